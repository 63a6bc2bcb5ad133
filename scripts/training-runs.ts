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
import { parseScenario, shownInterfaces } from '../src/simulate/scenario.ts';
import { simulate } from '../src/simulate/simulate.ts';
import { FolderSink } from '../src/simulate/sink.ts';
import { isQuiet } from './quiet.ts';

/** Lengths of the captures, hours; short ones more often, since long ones have more windows. */
const HOURS = [2, 2, 4, 4, 6, 6, 12, 12, 24] as const;
/** Windows that rows are cut to, seconds: what a scan of a short or a long capture would see. */
const WINDOWS = [600, 3600, 4 * 3600, 24 * 3600] as const;
/** What probes see together: SIP alone for near half of the runs. */
const SEEN = [
  ['a'],
  ['a'],
  ['a', 'map'],
  ['cap'],
  ['cap', 'map'],
  ['isup'],
  ['a', 'cap'],
  ['a', 'map', 'cap'],
  ['sip', 'a', 'map', 'cap', 'isup'],
  ['sip', 'cap'],
  ['sip', 'isup'],
] as const;
const SIP_ALONE = 0.45;
/** Share of runs with many subscribers, of whom a part is labelled, and hours of those: what lines share must be told from what many share. */
const LARGE = 0.25;
const LARGE_HOURS = [2, 2, 4, 6] as const;
const LABELLED = 350;
/** What probes see of networks without boxes: mostly what shows least, calls alone. */
const QUIET_SEEN = [['cap'], ['cap'], ['cap', 'map'], ['isup'], ['a'], ['a', 'map'], ['sip'], SEEN[8]] as const;
/** Desks keep office hours, and few of their lines are seen where only calls are. */
const QUIET_HOURS = [6, 12, 12, 24] as const;
const QUIET_SUBSCRIBERS = [500, 1200] as const;
/** Share of runs whose boxes hide nothing, IMEIs or traffic; the others hide anything. */
const MIXED = 0.4;

const [folder, first, step, runs] = process.argv.slice(2) as [string, string, string, string];
for (let run = Number(first); run < Number(runs); run += Number(step)) {
  if (!existsSync(join(folder, `${run}.rows`))) await gather(run);
}

/** A population with many desks that call for a living. */
function desks(random: Random) {
  return {
    callCentre: random.between(0.1, 0.25),
    survey: random.between(0.04, 0.12),
    office: random.between(0.05, 0.15),
    onPhones: random.between(0.5, 1),
  };
}

async function gather(run: number): Promise<void> {
  const random = new Random(run, 'training');
  const quiet = isQuiet(run);
  const large = !quiet && random.chance(LARGE);
  const hours = random.pick(large ? LARGE_HOURS : quiet ? QUIET_HOURS : HOURS);
  const interfaces = quiet ? [...random.pick(QUIET_SEEN)] : random.chance(SIP_ALONE) ? ['sip'] : [...random.pick(SEEN)];
  const few = quiet && !interfaces.includes('sip') && !interfaces.includes('a');
  const subscribers = large
    ? random.integer(800, 2000)
    : few
      ? random.integer(...QUIET_SUBSCRIBERS)
      : random.integer(200, 400);
  const all = interfaces.length === 1 && interfaces[0] === 'sip' ? ['sip'] : ['sip', 'a', 'map', 'cap', 'isup'];
  const scenario = parseScenario('', {
    seed: 1000 + run,
    subscribers,
    gateways: quiet ? 0 : large ? random.integer(3, 8) : random.integer(2, 5),
    difficulty: random.chance(MIXED) ? 'mixed' : 'any',
    hours,
    interfaces: all,
    ...(quiet ? { population: desks(random) } : {}),
    // Some probes follow a part of the lines, or miss packets.
    visibility: {
      interfaces,
      sampling: random.chance(0.8) ? 1 : random.between(0.3, 1),
      loss: random.chance(0.7) ? 0 : random.between(0, 0.05),
    },
    // Any day of the week and any hour may be the first.
    start: new Date(Date.UTC(2024, 2, 4 + random.integer(0, 6), random.integer(0, 23))).toISOString(),
  });
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
      readLabels(join(captured, 'labels.csv')).filter(
        ({ gateway, line }) => gateway || few || new Random(run, `labelled ${line}`).chance(LABELLED / subscribers),
      ),
      wholeCaptures('train', summary.homeCountry),
      windows,
      true,
    );
    const file = join(folder, `${run}.rows`);
    writeFileSync(`${file}.part`, serialize(rows.data()));
    renameSync(`${file}.part`, file);
    console.log(
      `run ${run + 1} of ${runs}: ${hours} h of ${interfaces.join(' ')}, ${summary.messages} messages, ${summary.lines} lines, ${added} rows`,
    );
  } finally {
    rmSync(captured, { recursive: true, force: true });
  }
}
