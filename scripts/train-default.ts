/**
 * Makes the model that comes with Catpool, models/default.json and its card, from simulated captures: the same bytes each time.
 *
 *   npm run train:default [-- --runs 60]
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_LIMITS } from '../src/base/limits.ts';
import { Random } from '../src/base/random.ts';
import { fitModel } from '../src/forest/fit.ts';
import { saveModel } from '../src/forest/model.ts';
import { definitionDigests } from '../src/scan/judge.ts';
import { readLabels } from '../src/scan/labels.ts';
import type { WindowOptions } from '../src/scan/run.ts';
import { familyOf, TrainingRows } from '../src/scan/training.ts';
import { parseScenario } from '../src/simulate/scenario.ts';
import { simulate } from '../src/simulate/simulate.ts';
import { FolderSink } from '../src/simulate/sink.ts';
import { modelCard } from './model-card.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '60' }, trees: { type: 'string', default: '100' } },
});
const runs = Number(values.runs);
const models = fileURLToPath(new URL('../models/', import.meta.url));
/** Lengths of the captures, hours. */
const HOURS = [2, 4, 6, 12, 24] as const;
/** Windows that rows are cut to, seconds: what a scan of a short or a long capture would see. */
const WINDOWS = [600, 3600, 4 * 3600, 24 * 3600] as const;

const rows = new TrainingRows();
for (let run = 0; run < runs; run++) {
  const random = new Random(run, 'training');
  const hours = random.pick(HOURS);
  const scenario = parseScenario('', {
    seed: 1000 + run,
    subscribers: random.integer(250, 450),
    gateways: random.integer(2, 5),
    hours,
    // Any day of the week and any hour may be the first.
    start: new Date(Date.UTC(2024, 2, 4 + random.integer(0, 6), random.integer(0, 23))).toISOString(),
  });
  const folder = mkdtempSync(join(tmpdir(), 'catpool-train-'));
  try {
    const start = Date.parse(scenario.start) / 1000;
    const summary = await simulate(scenario, new FolderSink(folder, start, hours, 1));
    const end = start + hours * 3600;
    const windows = WINDOWS.filter((window) => window <= hours * 3600).map((window): WindowOptions => {
      const until = end - random.between(0, hours * 3600 - window);
      return { window, since: null, until };
    });
    if (hours * 3600 < WINDOWS[3]) windows.push({ window: hours * 3600, since: null, until: end });
    const captures = readdirSync(folder)
      .filter((name) => name.endsWith('.pcap'))
      .map((name) => join(folder, name));
    const added = await rows.add(
      `run ${run}`,
      captures,
      readLabels(join(folder, 'labels.csv')),
      {
        feed: 'train',
        homeCountry: summary.homeCountry,
        limits: DEFAULT_LIMITS,
        workers: 1,
        window: Number.POSITIVE_INFINITY,
        since: null,
        until: null,
        timeZone: null,
      },
      windows,
    );
    console.log(
      `run ${run + 1} of ${runs}: ${hours} h, ${summary.messages} messages, ${summary.lines} lines, ${added} rows`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const model = await fitModel(rows.dataset(), {
  trainer: 'histogram',
  options: { trees: Number(values.trees), maxLeaves: 256, minLeaf: 10, seed: 1 },
  seed: 1,
  folds: 5,
  digests: definitionDigests(),
  calls: rows.calls,
  difficulty: rows.difficulty,
  prevalence: 1e-4,
  timeZone: null,
  simulated: true,
  progress: (done, of) => console.log(`forest ${done} of ${of}`),
  workers: availableParallelism(),
  times: rows.times,
  familyOf,
  compare: true,
  second: rows.second()!,
});
writeFileSync(join(models, 'default.json'), saveModel(model));
writeFileSync(join(models, 'default.md'), modelCard(model, runs));
console.log(`models/default.json: ${rows.rows} rows`);
for (const threshold of model.thresholds) console.log(threshold);
for (const stratum of model.strata) console.log(JSON.stringify(stratum));
console.log(JSON.stringify(model.training.metrics, null, 1));
