import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { isoTime } from '../../base/time.ts';
import type { ColumnType } from '../../events/event.ts';
import { hasThresholds } from '../../forest/thresholds.ts';
import { DEFAULT_MODEL, readModel } from '../../scan/judge/default-model.ts';
import type { Verdict } from '../../scan/judge/verdict.ts';
import { type ScanOptions, type ScanResult, scan } from '../../scan/run.ts';
import { hasClockJump, observedSeconds } from '../../scan/windows.ts';
import { atHome } from '../home.ts';
import { capturesOf, lakeOptions, type StoreArguments, withStore } from '../lake.ts';
import {
  allowedOption,
  captureOptions,
  type Language,
  type LineArguments,
  languageOption,
  lineOptions,
  linesOptionsOf,
  outputOptions,
  storeOption,
} from '../options.ts';
import { type Format, openRecords } from '../records.ts';
import { count, progressBar, say, sayBeside, size, span, warn, warnOfCaptures, writeStats } from '../report.ts';
import { printTable } from '../scan-table.ts';
import { totalBytes } from '../total.ts';

interface Arguments extends StoreArguments, LineArguments {
  model: string;
  threshold?: number | undefined;
  record?: boolean | undefined;
  failOn?: string | undefined;
  language: Language;
  format: Format;
  output?: string | undefined;
  stats?: string | undefined;
}

export const scanCommand: CommandModule<object, Arguments> = {
  command: 'scan [capture...]',
  describe: 'Suspected lines, ranked, with reasons',
  builder: (yargs) =>
    allowedOption(languageOption(outputOptions(lineOptions(storeOption(captureOptions(yargs), STORE)), 'table')))
      .option('model', {
        describe: 'Model file',
        type: 'string',
        default: DEFAULT_MODEL,
        defaultDescription: 'the one shipped',
        group: 'Verdict:',
      })
      .option('threshold', {
        describe: 'Score from which a line is suspect, instead of the thresholds of the model; 0 lists every line',
        type: 'number',
        group: 'Verdict:',
      })
      .option('record', {
        describe: 'Keep the verdicts in the store, for the desk',
        type: 'boolean',
        defaultDescription: 'unless nothing is new, or --threshold, --since or --until is given',
        group: 'Verdict:',
      })
      .option('fail-on', {
        describe: 'Exit with 2 where a line of this tier was found',
        choices: ['suspect', 'strong'],
        group: 'Verdict:',
      })
      .example('$0 scan *.pcapng.gz', 'what do these captures show?')
      .example('$0 scan spool/ --store lake/ --window 7d', 'adds what is new, then scores the last seven days')
      .example('$0 scan spool/ --store lake/ --pseudonym-key lake.key', 'a store without the numbers of subscribers')
      .example('$0 scan spool/ --language zh', 'the table in Chinese')
      .example('tcpdump -i eth1 -w - udp port 5060 | $0 scan -', 'from a pipe, when it ends')
      .example(
        '$0 scan spool/ --own-prefixes 86 --time-zone Asia/Shanghai --format ndjson',
        'only own lines, for a program',
      ) as never,
  handler: scanHandler,
};

const VERDICT_COLUMNS = {
  line: 'text',
  msisdn: 'text',
  imsi: 'text',
  score: 'real',
  probability: 'real',
  tier: 'text',
  anomaly: 'real',
  anomaly_percentile: 'real',
  reasons: 'text',
  gateway: 'integer',
  calls: 'integer',
  first: 'time',
  last: 'time',
  interfaces: 'text',
  exposure: 'text',
} as const satisfies Record<string, ColumnType>;

async function scanHandler(args: Arguments): Promise<void> {
  const started = performance.now();
  const model = readModel(args.model);
  if (args.threshold === undefined && !hasThresholds(model)) {
    throw new UserError(`model ${args.model} has no thresholds (trained on too few ordinary lines): give --threshold`);
  }
  if (args.threshold !== undefined && !(args.threshold >= 0 && args.threshold <= 1))
    throw new UserError('--threshold: expected a score from 0 to 1');
  if (args.record && args.store === undefined) throw new UserError('--record needs --store');
  const captures = capturesOf('scan', args);
  const options = {
    ...(await atHome(linesOptionsOf({ ...args, capture: captures }), captures, args.store)),
    model,
    threshold: args.threshold ?? null,
    named: args.stats !== undefined,
  };
  const { store } = args;
  const result =
    store === undefined ? await scanCaptures(captures, options) : await scanStore({ ...args, store }, options);
  const damaged = store === undefined && warnOfCaptures(result.captures, result.repeated, result.counters);
  if (model.training.simulated) {
    warn(
      'the model was trained on simulated captures: check every line before acting on it, and train on your own verdicts (catpool train)',
    );
  }
  const seconds = (performance.now() - started) / 1000;
  if (result.drift.score.verdict === 'drifted') warn(result.drift.words.en);
  if (result.unnumbered > 0) {
    const lines = count(result.unnumbered, 'line');
    warn(`--own-prefixes leaves out ${lines} known by IMSI alone: name own IMSIs as well (--own-imsi)`);
  }
  const clocks = clocksApart(result);
  if (clocks !== '') say(`clocks put right by calls that several saw: ${clocks}`);
  if (result.allowed > 0) say(`allow list: ${count(result.allowed, 'line')} not marked that would be`);
  say(headline(result, seconds));
  if (args.format === 'table') printTable(result, args);
  else await printRecords(result, args);
  if (args.stats !== undefined) {
    writeStats(args.stats, result.captures, result.counters, seconds, {
      events: result.events,
      lines: result.lines,
      tiers: result.tiers,
      allowed: result.allowed,
      drift: driftRecord(result.drift),
      clocks: result.clocks,
    });
  }
  const marked = result.tiers.strong + (args.failOn === 'suspect' ? result.tiers.suspect : 0);
  if (damaged && args.strict) process.exitCode = 1;
  else if (args.failOn !== undefined && marked > 0) process.exitCode = 2;
}

const STORE = 'Store to put the captures into; what is scored is the last window of all that it holds';

async function scanCaptures(captures: readonly string[], options: ScanOptions): Promise<ScanResult> {
  const bar = progressBar(totalBytes(captures));
  try {
    return await scan(captures, { ...options, onProgress: (bytes) => bar.update(bytes) });
  } finally {
    bar.stop();
  }
}

/**
 * Scores the last window of a store, and keeps the verdicts there for those who review them: each counts as an alarm, and what somebody
 * tries out is none.
 */
function scanStore(args: Arguments & { store: string }, options: ScanOptions): Promise<ScanResult> {
  return withStore(args, options.homeCountry, async (store, filter, added) => {
    const result = await scan([], { ...options, ...lakeOptions(options, store, filter) });
    const isLook = args.threshold !== undefined || options.since !== null || options.until !== null;
    const isNew = (added !== null && added.captures.length > 0) || !store.hasVerdicts(result.from, result.until);
    if (args.record ?? (isNew && !isLook)) {
      await store.writeVerdicts(
        result.verdicts.map((verdict) => ({ ...verdict })),
        result.from,
        result.until,
      );
    } else if (args.record === undefined) sayBeside('verdicts not kept in the store (--record keeps them)');
    return result;
  });
}

/** What captures and files of records hold, by the name it is counted under. */
const READ = { sip: 'SIP message', ss7: 'SS7 message', record: 'call record' } as const;

function headline(result: ScanResult, seconds: number): string {
  const bytes = result.captures.reduce((sum, capture) => sum + capture.bytes, 0);
  const messages = Object.entries(READ).flatMap(([name, noun]) => {
    const many = result.counters.messages.get(name) ?? 0;
    return many > 0 ? [count(many, noun)] : [];
  });
  return [
    count(result.captures.length, 'file'),
    size(bytes),
    traffic(result),
    messages.length === 0 ? 'no messages' : messages.join(' and '),
    count(result.lines, 'line'),
    `${seconds.toFixed(1)} s (${Math.round(bytes / 1e6 / seconds).toLocaleString('en-US')} MB/s)`,
  ].join(' · ');
}

/** How much traffic it was. A device without a clock of its own begins in 1970, until it is told the time. */
function traffic({ captures, observedSeconds: seconds, from, until }: ScanResult): string {
  const steady = captures.filter((capture) => !hasClockJump(capture));
  const jumping = captures.length - steady.length;
  if (jumping === 0) return `${span(seconds)} of traffic`;
  const jumps = `${jumping === 1 ? 'a clock that jumps' : `${jumping} clocks that jump`} by years`;
  return steady.length === 0 ? jumps : `${span(observedSeconds(steady, from, until))} of traffic and ${jumps}`;
}

/** Clocks whose times were put later or earlier by a second or more: `sip 0 s, bssap -3.1 s`. */
function clocksApart({ clocks }: ScanResult): string {
  if (!clocks.some(({ seconds }) => seconds !== null && Math.abs(seconds) >= 1)) return '';
  return clocks
    .map(({ feed, seconds }) => `${feed} ${seconds === null ? 'unknown' : `${Number(seconds.toFixed(1))} s`}`)
    .join(', ');
}

async function printRecords(result: ScanResult, args: Arguments): Promise<void> {
  const writer = openRecords(
    { schema: 'catpool.verdict/1', columns: VERDICT_COLUMNS, table: {}, sparse: false },
    args.format,
    args.output ?? null,
  );
  try {
    for (const verdict of result.verdicts)
      writer.write({ ...verdict, first: timeText(verdict.first), last: timeText(verdict.last) });
    if (args.format === 'ndjson') {
      for (const gateway of result.gateways) {
        writer.write({
          record: 'gateway',
          ...gateway,
          first: timeText(gateway.first),
          last: timeText(gateway.last),
        });
      }
      writer.write({
        record: 'summary',
        captures: result.captures.length,
        lines: result.lines,
        events: result.events,
        tiers: result.tiers,
        allowed: result.allowed,
        nearest: result.nearest === null ? null : nearestRecord(result.nearest),
        close: result.close,
        from: timeText(result.from),
        until: timeText(result.until),
        observed_seconds: result.observedSeconds,
        drift: driftRecord(result.drift),
        ...result.counters.toJSON(),
      });
    }
    await writer.end();
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

function nearestRecord({ line, score, exposure }: Verdict): Record<string, unknown> {
  return { line, score, marked_from: exposure.marked_from };
}

/** Features of which a record tells how far they moved. */
const MOVED = 10;

/** The drift as records tell it: the verdict, the scores, and the features that moved most. */
function driftRecord({ lines, verdict, score, features, words }: ScanResult['drift']): Record<string, unknown> {
  const moved = features.filter((feature) => feature.verdict === 'moderate' || feature.verdict === 'drifted');
  return {
    verdict,
    lines,
    score_psi: score.psi,
    features_moved: moved.length,
    features: moved.slice(0, MOVED).map(({ name, psi, verdict }) => ({ name, psi, verdict })),
    text: words.en,
    text_zh: words.zh,
  };
}

function timeText(epochSeconds: number): string {
  const whole = Math.floor(epochSeconds);
  // A double holds a time of today to about a quarter of a microsecond.
  return isoTime(whole, Math.round((epochSeconds - whole) * 1e6) * 1000);
}
