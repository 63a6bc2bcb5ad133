/**
 * One process of the report on a model: simulates some of the runs that no model was trained on, judges their lines, and writes what
 * was said of each to a file.
 *
 *   held-out-runs MODEL FOLDER FIRST STEP RUNS
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../src/base/random.ts';
import { judgeKnownLines } from '../src/scan/evaluation.ts';
import { readModel } from '../src/scan/judge/default-model.ts';
import { readLabels } from '../src/scan/labels.ts';
import { wholeCaptures } from '../src/scan/run.ts';
import { parseScenario, shownInterfaces } from '../src/simulate/scenario.ts';
import { simulate } from '../src/simulate/simulate.ts';
import { FolderSink } from '../src/simulate/sink.ts';
import { INTERFACES } from '../src/simulate/ss7/parameters.ts';
import { viewOf } from './held-out.ts';
import { zoneOf } from './local-time.ts';

const HOURS = 24;
/** Seeds of training lie below. */
const FIRST_SEED = 900_000;

const [path, folder, first, step, runs] = process.argv.slice(2) as [string, string, string, string, string];
const model = readModel(path);
for (let run = Number(first); run < Number(runs); run += Number(step)) await judge(run);

async function judge(run: number): Promise<void> {
  const random = new Random(run, 'held out');
  const { name, network = {}, ...visibility } = viewOf(run);
  const scenario = parseScenario('', {
    seed: FIRST_SEED + run,
    subscribers: random.integer(500, 900),
    gateways: random.integer(5, 9),
    difficulty: 'any',
    // The model is not trained on code farms.
    everyGateway: { codes: 0 },
    hours: HOURS,
    interfaces: visibility.interfaces.join() === 'sip' ? ['sip'] : [...INTERFACES],
    network,
    visibility,
    start: new Date(Date.UTC(2025, 5, 2 + random.integer(0, 6), random.integer(0, 23))).toISOString(),
  });
  const captured = mkdtempSync(join(tmpdir(), 'catpool-held-out-'));
  try {
    const sink = new FolderSink(captured, Date.parse(scenario.start) / 1000, HOURS, 1, shownInterfaces(scenario));
    const { homeCountry, scenario: drawn } = await simulate(scenario, sink);
    const kinds = readFileSync(join(captured, 'lines.csv'), 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').slice(0, 2) as [string, string]);
    const judged = await judgeKnownLines(
      readdirSync(captured)
        .filter((name) => name.endsWith('.pcap'))
        .sort()
        .map((name) => join(captured, name)),
      readLabels(join(captured, 'labels.csv')),
      new Map(kinds),
      model,
      // A scan takes the local time of the home country.
      { ...wholeCaptures('held-out', homeCountry), timeZone: zoneOf(drawn.timeZoneOffset) },
    );
    writeFileSync(join(folder, `${run}.json`), JSON.stringify({ visibility: name, ...judged }));
    console.log(`held out ${run + 1} of ${runs}: ${name}, ${judged.spans.at(-1)!.lines.length} lines`);
  } finally {
    rmSync(captured, { recursive: true, force: true });
  }
}
