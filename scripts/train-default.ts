/**
 * Makes the model that comes with Catpool, models/default.json and its card, from simulated captures: the same bytes each time.
 *
 *   npm run train:default [-- --runs 1312] [--held 36] [--rows FOLDER]
 *   npm run train:default -- --measure     the model that is there, measured again on networks it has not seen
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deserialize } from 'node:v8';
import { fitModel } from '../src/forest/fit.ts';
import { type Model, saveModel } from '../src/forest/model.ts';
import { readModel } from '../src/scan/judge/default-model.ts';
import { definitionDigests } from '../src/scan/judge/judge.ts';
import { familyOf, type RowsData, TrainingRows } from '../src/scan/training.ts';
import { readHeldOut } from './held-out.ts';
import { modelCard } from './model-card.ts';
import { inProcesses } from './processes.ts';
import { TRAINING_RUNS, trainingRun, UNTOLD } from './training-plan.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: String(TRAINING_RUNS) },
    trees: { type: 'string', default: '100' },
    rows: { type: 'string' },
    held: { type: 'string', default: '36' },
    measure: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const models = fileURLToPath(new URL('../models/', import.meta.url));
const path = join(models, 'default.json');
const model = values.measure ? readModel(path) : await trained();

const held = mkdtempSync(join(tmpdir(), 'catpool-held-out-'));
await inProcesses('held-out-runs.ts', [path, held], Number(values.held));
writeFileSync(join(models, 'default.md'), modelCard(model, runs, readHeldOut(held)));
rmSync(held, { recursive: true });
console.log(`models/default.json: ${model.training.rows} rows`);
for (const threshold of model.thresholds) console.log(threshold);
for (const stratum of model.strata) console.log(JSON.stringify(stratum));
console.log(JSON.stringify(model.training.metrics, null, 1));

async function trained(): Promise<Model> {
  /** Folder of rows gathered before, to train on again; a new one where none is named. */
  const folder = values.rows ?? mkdtempSync(join(tmpdir(), 'catpool-rows-'));

  await inProcesses('training-runs.ts', [folder], runs);
  const rows = new TrainingRows(UNTOLD);
  const enriched: boolean[] = [];
  for (let run = 0; run < runs; run++) {
    rows.take(deserialize(readFileSync(join(folder, `${run}.rows`))) as RowsData);
    const plan = trainingRun(run);
    while (enriched.length < rows.rows) enriched.push(plan.enriched);
  }
  if (values.rows === undefined) rmSync(folder, { recursive: true });

  const model = await fitModel(rows.dataset(), {
    trainer: 'histogram',
    // Large leaves and populations that weigh alike do best where false positives are rare: those of one call centre come together.
    options: { trees: Number(values.trees), maxLeaves: 256, minLeaf: 40, weigh: 'group', seed: 1 },
    // Other networks differ in what tells most here: with less to rest on, forests rank more of their lines right.
    hidden: 0.15,
    // Desks of networks that others simulated score higher than those here where SIP shows their devices.
    margins: { sip_imei: 0.2 },
    seed: 1,
    folds: 5,
    digests: definitionDigests(),
    seen: rows.seen,
    networks: rows.networks,
    difficulty: rows.difficulty,
    kinds: rows.kinds,
    enriched,
    prevalence: 1e-4,
    timeZone: null,
    simulated: true,
    progress: (done, of) => console.log(`forest ${done} of ${of}`),
    workers: availableParallelism(),
    familyOf,
    second: rows.second()!,
  });
  writeFileSync(path, saveModel(model));
  return model;
}
