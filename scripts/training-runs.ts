/**
 * One process of `npm run train:default`: simulates some of the runs, and writes the rows of each to a file.
 *
 *   training-runs FOLDER FIRST STEP RUNS
 */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { Random } from '../src/base/random.ts';
import { readLabels } from '../src/scan/labels.ts';
import { wholeCaptures } from '../src/scan/run.ts';
import { TrainingRows } from '../src/scan/training.ts';
import type { WindowOptions } from '../src/scan/windows.ts';
import { shownInterfaces } from '../src/simulate/scenario.ts';
import { simulate } from '../src/simulate/simulate.ts';
import { FolderSink } from '../src/simulate/sink.ts';
import { zoneOf } from './local-time.ts';
import { trainingRun } from './training-plan.ts';

/** Windows that rows are cut to, seconds: what a scan of a short or a long capture would see. */
const WINDOWS = [600, 3600, 4 * 3600, 24 * 3600] as const;

/** Share of the networks whose local time is told; where it is not, a scan does not know it either. */
const ZONE_KNOWN = 0.7;

const [folder, first, step, runs] = process.argv.slice(2) as [string, string, string, string];
for (let run = Number(first); run < Number(runs); run += Number(step)) {
  if (!existsSync(join(folder, `${run}.rows`))) await gather(run);
}

async function gather(run: number): Promise<void> {
  const { scenario, labelled, random } = trainingRun(run);
  const { hours } = scenario;
  const captured = mkdtempSync(join(tmpdir(), 'catpool-train-'));
  try {
    const start = Date.parse(scenario.start) / 1000;
    const summary = await simulate(scenario, new FolderSink(captured, start, hours, 1, shownInterfaces(scenario)));
    const end = start + hours * 3600;
    const windows = WINDOWS.filter((window) => window <= hours * 3600).map((window): WindowOptions => {
      const until = end - random.between(0, hours * 3600 - window);
      return { window, since: null, until };
    });
    if (hours * 3600 < WINDOWS[3]) windows.push({ window: hours * 3600, since: null, until: end });
    const rows = new TrainingRows();
    const added = await rows.add(
      `run ${run}`,
      readdirSync(captured)
        .filter((name) => name.endsWith('.pcap'))
        .sort()
        .map((name) => join(captured, name)),
      readLabels(join(captured, 'labels.csv')),
      {
        ...wholeCaptures('train', summary.homeCountry),
        timeZone: new Random(run, 'time zone').chance(ZONE_KNOWN) ? zoneOf(summary.scenario.timeZoneOffset) : null,
      },
      windows,
      true,
      (line, { gateway }) => gateway || labelled === 1 || new Random(run, `labelled ${line}`).chance(labelled),
    );
    const file = join(folder, `${run}.rows`);
    writeFileSync(`${file}.part`, serialize(rows.data()));
    renameSync(`${file}.part`, file);
    console.log(
      `run ${run + 1} of ${runs}: ${hours} h of ${shownInterfaces(scenario).join(' ')}, ${summary.messages} messages, ${summary.lines} lines, ${added} rows`,
    );
  } finally {
    rmSync(captured, { recursive: true, force: true });
  }
}
