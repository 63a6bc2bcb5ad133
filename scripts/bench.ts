/**
 * Measures speed and memory, beside tshark on the same machine and core. Prints figures, asserts nothing.
 *
 *   npm run bench -- [--gigabytes 1] [--runs 3] [--model FILE]
 *   npm run bench -- ss7 [--gigabytes 1] [--runs 3]
 *   npm run bench -- memory [--gigabytes 10]
 *   npm run bench -- forest
 *   npm run bench -- store [--events 20000000] [--lines 200000] [--hours 168] [--captures 216000]
 *   npm run bench -- watch [--days 30] [--files 24] [--lines 200000] [--events 20000000]
 *   npm run bench -- desk [--lines 1000000] [--cases 50000] [--captures 216000] [--runs 3]
 *
 * Captures are generated once into CATPOOL_BENCH_DIR (tmp/bench) and kept for the next run.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchDesk } from './bench/desk.ts';
import { benchForest, scoringRates } from './bench/forest.ts';
import {
  FIRST_CORE,
  fail,
  line,
  median,
  rate,
  readPlainly,
  root,
  run,
  sliceOf,
  type Timing,
  timed,
  timedTogether,
} from './bench/measure.ts';
import { benchSs7, ss7Capture } from './bench/ss7.ts';
import { benchStore } from './bench/store.ts';
import { benchWatch } from './bench/watch.ts';

const folder = join(root, process.env.CATPOOL_BENCH_DIR || 'tmp/bench');
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gigabytes: { type: 'string' },
    runs: { type: 'string', default: '3' },
    model: { type: 'string' },
    events: { type: 'string', default: '20000000' },
    lines: { type: 'string' },
    cases: { type: 'string', default: '50000' },
    hours: { type: 'string', default: '168' },
    captures: { type: 'string', default: '216000' },
    days: { type: 'string', default: '30' },
    files: { type: 'string', default: '24' },
  },
});
const gigabytes = Number(options.gigabytes ?? (positionals[0] === 'memory' ? 10 : 1));
const runs = Number(options.runs);
if (!(gigabytes > 0) || !(runs >= 1)) fail('--gigabytes and --runs are numbers above 0');

const MAIN = join(root, 'dist/cli/main.js');
const BOTH_CORES = ['taskset', '-c', '0,1'];
/** Packets that tshark is given: at its rate of some ten thousand a second, ten seconds, of which its start is a small part. */
const SLICE_PACKETS = 200_000;
/** What a scan takes from each message, as tshark names it. */
const TSHARK_FIELDS = [
  ...[
    'frame.number',
    'frame.time_epoch',
    'ip.src',
    'ip.dst',
    'sip.Method',
    'sip.Status-Code',
    'sip.r-uri.user',
    'sip.Call-ID',
  ],
  ...[
    'sip.CSeq.seq',
    'sip.CSeq.method',
    'sip.from.user',
    'sip.from.tag',
    'sip.to.user',
    'sip.to.tag',
    'sip.P-Asserted-Identity',
  ],
  ...[
    'sip.contact.uri',
    'sip.Via.branch',
    'sip.User-Agent',
    'sip.P-Access-Network-Info',
    'sip.Expires',
    'sdp.owner',
    'sdp.media',
  ],
];

if (positionals[0] === 'forest') {
  await benchForest();
  process.exit();
}
if (positionals[0] === 'watch') {
  await benchWatch({
    days: Number(options.days),
    files: Number(options.files),
    lines: Number(options.lines ?? 0),
    events: Number(options.events),
  });
  process.exit();
}
mkdirSync(folder, { recursive: true });
if (positionals[0] === 'store') {
  await benchStore(folder, {
    events: Number(options.events),
    lines: Number(options.lines ?? 200_000),
    hours: Number(options.hours),
    captures: Number(options.captures),
  });
  process.exit();
}
if (positionals[0] === 'desk') {
  await benchDesk(folder, {
    lines: Number(options.lines ?? 1_000_000),
    cases: Number(options.cases),
    captures: Number(options.captures),
    runs,
  });
  process.exit();
}
run(['bash', join(root, 'scripts/build.sh'), '--if-needed']);
if (positionals[0] === 'ss7') {
  await benchSs7(folder, gigabytes, runs);
  process.exit();
}
if (positionals[0] === 'memory') {
  await benchMemory();
  process.exit();
}

const big = capture(gigabytes * 1000, 1);
const slice = join(folder, 'slice.pcap');
sliceOf(big, slice, SLICE_PACKETS);
const megabytes = statSync(big).size / 1e6;
console.log(
  `capture: ${megabytes.toFixed(0)} MB; slice for tshark: ${SLICE_PACKETS} packets; medians of ${runs} runs on core 0\n`,
);

const plain = median(Array.from({ length: runs }, () => readPlainly(big)));
line('plain read of the file', `${(megabytes / plain).toFixed(0)} MB/s`);

const scans: Timing[] = [];
const tsharks: Timing[] = [];
const peaks: number[] = [];
let messages = 0;
let sliceMessages = 0;
for (let i = 0; i < runs; i++) {
  const stats = join(folder, 'stats.json');
  scans.push(scan(FIRST_CORE, [big], 1, stats));
  const counted = JSON.parse(readFileSync(stats, 'utf8'));
  messages = counted.counters.messages.sip;
  peaks.push(counted.peak_rss_bytes / 1e6);
  const output = join(folder, 'tshark.txt');
  const fields = TSHARK_FIELDS.flatMap((field) => ['-e', field]);
  tsharks.push(timed([...FIRST_CORE, 'tshark', '-n', '-r', slice, '-Y', 'sip', '-T', 'fields', ...fields], output));
  sliceMessages = readFileSync(output, 'latin1').split('\n').length - 1;
}
const ours = median(scans.map((timing) => timing.seconds));
const oursCpu = median(scans.map((timing) => timing.cpuSeconds));
const theirs = median(tsharks.map((timing) => timing.seconds));
const theirsCpu = median(tsharks.map((timing) => timing.cpuSeconds));
line(
  'catpool scan',
  `${rate(messages / ours)} messages/s, ${(megabytes / ours).toFixed(0)} MB/s, ${ours.toFixed(2)} s for ${rate(messages)}`,
);
line(
  'tshark, same fields',
  `${rate(sliceMessages / theirs)} messages/s, ${theirs.toFixed(2)} s for ${rate(sliceMessages)}`,
);
line('ratio, wall', `${(messages / ours / (sliceMessages / theirs)).toFixed(1)} x`);
line(
  'ratio, CPU time',
  `${(messages / oursCpu / (sliceMessages / theirsCpu)).toFixed(1)} x (${rate(messages / oursCpu)} and ${rate(sliceMessages / theirsCpu)} messages a CPU second)`,
);
line('scan against plain read', `${(ours / plain).toFixed(1)} x its time`);
line('peak memory of scan', `${median(peaks).toFixed(0)} MB`);

const halves = [capture((gigabytes * 1000) / 2, 2), capture((gigabytes * 1000) / 2, 3)];
// One core for one worker: on two, it would have the second for its garbage and its compiler.
const one = Array.from({ length: runs }, () => scan(FIRST_CORE, halves, 1));
const two = Array.from({ length: runs }, () => scan(BOTH_CORES, halves, 2));
const oneBoth = median(Array.from({ length: runs }, () => scan(BOTH_CORES, halves, 1).seconds));
// What the machine gives to two programs that share nothing: no more can be had of two workers.
const single = median(Array.from({ length: runs }, () => scan(FIRST_CORE, [halves[0]!], 1).seconds));
const apart = median(
  Array.from({ length: runs }, () => {
    const commands = halves.map((half, core) => scanCommand(['taskset', '-c', String(core)], [half], 1));
    return timedTogether(commands).seconds;
  }),
);
const oneSeconds = median(one.map((timing) => timing.seconds));
const twoSeconds = median(two.map((timing) => timing.seconds));
const oneCpu = median(one.map((timing) => timing.cpuSeconds));
const twoCpu = median(two.map((timing) => timing.cpuSeconds));
line('two files, one worker, one core', `${oneSeconds.toFixed(2)} s (${oneCpu.toFixed(2)} s CPU)`);
line('two files, one worker, two cores', `${oneBoth.toFixed(2)} s`);
line(
  'two files, two workers, two cores',
  `${twoSeconds.toFixed(2)} s (${twoCpu.toFixed(2)} s CPU), ${(oneSeconds / twoSeconds).toFixed(2)} x as fast as one on one core`,
);

line(
  'two programs, a file and a core each',
  `${apart.toFixed(2)} s, one of them alone ${single.toFixed(2)} s: ${((2 * single) / apart).toFixed(2)} x as fast as one after the other`,
);

line('scoring, 100 trees of 256 leaves', `${rate(scoringRates().wall)} lines/s`);

/** A generated capture of plain SIP calls, made where it is missing. */
function capture(size: number, seed: number): string {
  const out = join(folder, `${Math.round(size)}-megabytes-${seed}`);
  const path = join(out, 'capture-001.pcap');
  // The scenario is written first: a run that was stopped leaves no marker.
  const marker = join(out, 'complete');
  if (!existsSync(marker)) {
    console.log(`generating ${Math.round(size)} MB ...`);
    run(['node', MAIN, 'simulate', '--out', out, '--megabytes', String(Math.round(size)), '--seed', String(seed)]);
    writeFileSync(marker, '');
  }
  return path;
}

function scan(cores: readonly string[], captures: readonly string[], workers: number, stats?: string): Timing {
  return timed([...scanCommand(cores, captures, workers), ...(stats === undefined ? [] : ['--stats', stats])]);
}

function scanCommand(cores: readonly string[], captures: readonly string[], workers: number): string[] {
  const model = options.model === undefined ? [] : ['--model', options.model];
  return [...cores, 'node', MAIN, 'scan', ...captures, '--workers', String(workers), '--home-country', 'CN', ...model];
}

/** The most memory that scans of 1 GB take, and of more of the same: the same lines, network and rate, for a longer time. */
async function benchMemory(): Promise<void> {
  for (const kind of ['SIP', 'SS7']) {
    for (const size of [1, gigabytes]) {
      const path = kind === 'SIP' ? capture(size * 1000, 1) : await ss7Capture(folder, size);
      const stats = join(folder, 'stats.json');
      const { cpuSeconds } = scan(BOTH_CORES, [path], 1, stats);
      const { counters, lines, events, captures, peak_rss_bytes: peak } = JSON.parse(readFileSync(stats, 'utf8'));
      const hours = (Date.parse(captures[0].last) - Date.parse(captures[0].first)) / 3_600_000;
      line(
        `${kind}, ${(statSync(path).size / 1e9).toFixed(1)} GB`,
        `${(peak / 1e6).toFixed(0)} MB; ${rate(lines)} lines, ${hours.toFixed(1)} h, ${rate(events)} events, ${cpuSeconds.toFixed(0)} s CPU; dropped ${JSON.stringify(counters.dropped)}`,
      );
    }
  }
}
