import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { isoTime } from '../../base/time.ts';
import type { CatpoolEvent } from '../../events/event.ts';
import { eventRecord } from '../../events/record.ts';
import { CATALOGUE } from '../../features/catalogue.ts';
import { featuresOf, heldBy, movedBy, reasonsFor, startOf } from '../../forest/explain.ts';
import type { Model } from '../../forest/model.ts';
import { medianOf } from '../../forest/population.ts';
import { DEFAULT_MODEL, readModel } from '../../scan/judge/default-model.ts';
import { DEFINITIONS } from '../../scan/judge/judge.ts';
import { unitOf, YES_NO } from '../../scan/judge/units.ts';
import type { Verdict } from '../../scan/judge/verdict.ts';
import { namesOf, spoolFromStore } from '../../scan/lake.ts';
import { namesGiven } from '../../scan/naming/given.ts';
import type { Lines } from '../../scan/rows/lines.ts';
import { judgeWindows, type ScanOptions, withCollected } from '../../scan/run.ts';
import type { Window } from '../../scan/windows.ts';
import { KINDS, OUTCOMES, TIERS, unfinished, unitInChinese, valueInChinese } from '../chinese.ts';
import { atHome } from '../home.ts';
import { capturesOf, lakeOptions, type StoreArguments, withStore } from '../lake.ts';
import { type LocalClock, localClock, packetTime } from '../local-clock.ts';
import {
  allowedOption,
  captureOptions,
  type Language,
  type LineArguments,
  languageOption,
  lineOptions,
  linesOptionsOf,
  storeOption,
} from '../options.ts';
import { checkOutputs } from '../outputs.ts';
import { warnOfCaptures } from '../report.ts';
import { Sink } from '../sink.ts';

interface Arguments extends StoreArguments, LineArguments {
  line: string;
  model: string;
  language: Language;
  format: 'table' | 'ndjson';
  output?: string | undefined;
}

export const explainCommand: CommandModule<object, Arguments> = {
  command: 'explain <line> [capture...]',
  describe: "One line's verdict, its features against the population, its calls and their frames",
  builder: (yargs) =>
    allowedOption(languageOption(lineOptions(storeOption(captureOptions(yargs), STORE))))
      .positional('line', { describe: 'The line, as scan names it', type: 'string', demandOption: true })
      .option('model', {
        describe: 'Model file',
        type: 'string',
        default: DEFAULT_MODEL,
        defaultDescription: 'the one shipped',
        group: 'Verdict:',
      })
      .option('format', {
        describe: 'Form of the output',
        choices: ['table', 'ndjson'] as const,
        default: 'table' as const,
        group: 'Output:',
      })
      .option('output', {
        describe: 'File to write instead of standard output',
        type: 'string',
        alias: 'o',
        group: 'Output:',
      })
      .check(checkOutputs, false)
      .example('$0 explain 8613812345678 spool/*.pcapng', 'why this line?')
      .example(
        '$0 explain 8613812345678 spool/ --format ndjson',
        'what each feature moved its score by: `moved`',
      ) as never,
  handler: explain,
};

const STORE = 'Store to put the captures into; the line is looked for in the last window of all that it holds';

async function explain(args: Arguments): Promise<void> {
  const model = readModel(args.model);
  const captures = capturesOf('explain', args);
  const options = {
    ...(await atHome(linesOptionsOf({ ...args, capture: captures }), captures, args.store)),
    keep: 'both' as const,
    model,
    threshold: null,
  };
  const { store } = args;
  if (store === undefined) await explainFrom(captures, options, args);
  else {
    await withStore({ ...args, store }, options.homeCountry, (lake, filter) =>
      explainFrom([], { ...options, ...lakeOptions(options, lake, filter) }, args),
    );
  }
}

async function explainFrom(captures: readonly string[], options: ScanOptions, args: Arguments): Promise<void> {
  const { lake, model } = options;
  await withCollected(captures, options, async (collected, store) => {
    const { naming } = collected.table.names(collected.references?.subscribers);
    const wanted = namesGiven(args.line, naming, Number.POSITIVE_INFINITY, options);
    const whole =
      lake === undefined
        ? collected
        : await spoolFromStore(lake.store, store, {
            ...lake.filter,
            line: wanted.flatMap((name) => namesOf(collected.table, naming, name)),
          });
    const found = new Map<string, Explained>();
    const { worst } = await judgeWindows(collected, store, options, {
      listed: (line) => wanted.includes(line),
      onVerdict: ({ line }, worse, { vector, row }, { lines, context: { from, until } }) => {
        if (worse && wanted.includes(line))
          found.set(line, { vector: vector.slice(), row: row.slice(), lines, window: { from, until } });
      },
    });
    const name = wanted.find((line) => found.has(line));
    if (name === undefined) {
      throw new UserError(
        `line ${args.line} did nothing in ${lake === undefined ? 'these captures' : 'this window of the store'}; catpool scan --threshold 0 lists the lines that did`,
      );
    }
    const verdict = worst.get(name)!;
    const { vector, row, lines, window } = found.get(name)!;
    const events = lines.eventsOf(verdict.line, whole);
    if (lake === undefined) warnOfCaptures(collected.captures, collected.repeated, collected.counters);
    const sink = new Sink(args.output ?? null);
    const paths = new Map(collected.captures.map((capture) => [capture.sha256, capture.path]));
    if (args.format === 'ndjson') {
      sink.write(
        `${JSON.stringify({
          schema: 'catpool.explanation/1',
          verdict,
          window: { from: timeText(window.from), until: timeText(window.until) },
          start: startOf(model),
          moved: everyMovedRow(model, row),
          held: heldRows(model, row),
          features: featureRows(model, vector),
        })}\n`,
      );
      for (const { event } of events)
        sink.write(`${JSON.stringify({ schema: 'catpool.event/1', ...eventRecord(event) })}\n`);
    } else {
      writeWords(sink, args, model, verdict, row, vector, window, events, paths, localClock(options.timeZone));
    }
    sink.end();
  });
}

/** What is known of the line in the window in which it looked worst. */
interface Explained {
  /** Features in the order of the catalogue, and those of the final score in that of the model. */
  vector: Float64Array;
  row: Float64Array;
  lines: Lines;
  window: Window;
}

/** Features that speak most against the line, and those that speak most for it. */
const PUSHED = 6;
const HELD = 3;

interface MovedRow {
  feature: string;
  value: number | null;
  contribution: number;
}

function movedRows(
  model: Model,
  found: readonly { feature: number; value: number; contribution: number }[],
): MovedRow[] {
  const names = featuresOf(model);
  return found.map(({ feature, value, contribution }) => ({
    feature: names[feature]!,
    value: orNull(value),
    contribution,
  }));
}

function pushedRows(model: Model, row: Float64Array): MovedRow[] {
  return movedRows(model, reasonsFor(model, row, 0, PUSHED));
}

function heldRows(model: Model, row: Float64Array): MovedRow[] {
  return movedRows(model, heldBy(model, row, 0, HELD));
}

/** All that moved the score, most first: together the score less its start. */
function everyMovedRow(model: Model, row: Float64Array): MovedRow[] {
  const moved = Array.from(movedBy(model, row, 0), (contribution, feature) => ({
    feature,
    value: row[feature]!,
    contribution,
  }));
  moved.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.feature - b.feature);
  return movedRows(
    model,
    moved.filter(({ contribution }) => contribution !== 0),
  );
}

interface FeatureRow {
  id: string;
  name: string;
  value: number | null;
  unit: string;
  ordinary_median: number | null;
  gateway_median: number | null;
}

function featureRows(model: Model, vector: Float64Array): FeatureRow[] {
  const places = new Map(model.forest.features.map((name, index) => [name, index]));
  return CATALOGUE.map((definition, index) => {
    const place = places.get(definition.name);
    const value = vector[index]!;
    return {
      id: definition.id,
      name: definition.name,
      value: Number.isNaN(value) ? null : value,
      unit: definition.unit,
      ordinary_median: place === undefined ? null : orNull(medianOf(model.population.ordinary[place]!)),
      gateway_median: place === undefined ? null : orNull(medianOf(model.population.gateway[place]!)),
    };
  });
}

/** By so much, log-odds, thresholds have to be moved for it to be told. */
const TOLD_SHIFT = 0.1;
const LESS = { en: ', less than usual as other lines score low here', zh: '（此处其他线路得分偏低，阈值低于通常）' };
const MORE = { en: ', more than usual as other lines score high here', zh: '（此处其他线路得分偏高，阈值高于通常）' };

function writeWords(
  sink: Sink,
  args: Arguments,
  model: Model,
  verdict: Verdict,
  row: Float64Array,
  vector: Float64Array,
  window: Window,
  events: readonly { event: CatpoolEvent; role: 'own' | 'mirror' }[],
  paths: ReadonlyMap<string, string>,
  clock: LocalClock,
): void {
  const zh = args.language === 'zh';
  const say = (text: string): void => sink.write(`${text}\n`);
  const reasons = verdict.reasons.map((reason) => (zh ? reason.text_zh : reason.text));
  const { rests_on: en, rests_on_zh: cn, marked_from: from, threshold_shift: shift } = verdict.exposure;
  const moved = Math.abs(shift) < TOLD_SHIFT ? '' : (shift < 0 ? LESS : MORE)[zh ? 'zh' : 'en'];
  const limit =
    from === null
      ? ''
      : zh
        ? `，达到 ${from.toFixed(3)} 即标记${moved}`
        : `, marked from ${from.toFixed(3)} on${moved}`;
  const score = verdict.score.toFixed(3);
  say(
    zh
      ? `${verdict.line}：${TIERS[verdict.tier]}，得分 ${score}${limit}（${cn}）`
      : `${verdict.line}: ${verdict.tier}, score ${score}${limit} (${en})`,
  );
  say(
    reasons.length === 0
      ? zh
        ? '没有任何特征指向网关。'
        : 'Nothing points to a gateway.'
      : zh
        ? `原因：${reasons.join('；')}。`
        : `Because: ${reasons.join('; ')}.`,
  );
  if (verdict.anomaly_percentile !== null) {
    const share = percentText(verdict.anomaly_percentile);
    say(
      zh
        ? `无标签的异常度：比 ${share} 的普通线路更异常（${verdict.anomaly!.toFixed(3)}，不参与判定）。`
        : `Odder than ${share} of ordinary lines, whatever labels say (anomaly ${verdict.anomaly!.toFixed(3)}; it marks nothing).`,
    );
  }
  say('');
  const start = startOf(model);
  say(
    zh
      ? `推动得分的特征（对线路一无所知时为 ${start.toFixed(3)}）`
      : `What moved the score, from ${start.toFixed(3)} of a line of which nothing is known`,
  );
  let rest = verdict.score - start;
  for (const { feature, contribution, value } of [...pushedRows(model, row), ...heldRows(model, row)]) {
    const definition = DEFINITIONS.get(feature)!;
    const { words } = definition;
    const unit = unitOf(definition);
    say(
      zh
        ? `  ${signed(contribution)}  ${unfinished(words.zh)}：${value === null ? '未见' : valueInChinese(figure(value), unit)}`
        : `  ${signed(contribution)}  ${words.en} ${value === null ? 'not seen' : valueText(value, unit)}`,
    );
    rest -= contribution;
  }
  say(
    `  ${signed(rest)}  ${zh ? '其余所有特征合计（逐项：--format ndjson）' : 'All other features together (each: --format ndjson).'}`,
  );
  say('');
  say(
    zh
      ? '特征（本线路 / 普通线路中位数 / 网关线路中位数）'
      : 'Features (this line / median of ordinary lines / median of gateway lines)',
  );
  for (const row of featureRows(model, vector)) {
    if (row.value === null) continue;
    const figures = [row.value, row.ordinary_median, row.gateway_median].map((value) => figure(value).padStart(10));
    const definition = DEFINITIONS.get(row.name)!;
    const unit = unitOf(definition);
    const meaning = zh ? `${unitInChinese(unit)}  ${unfinished(definition.words.zh)}` : unit;
    say(`  ${row.id.padEnd(5)} ${row.name.padEnd(36)} ${figures.join(' ')}  ${meaning}`);
  }
  say('');
  say(zh ? `事件（时间：${clock.zone}）` : `Events (times of ${clock.zone})`);
  for (const { event, role } of events) {
    const way = event.direction === null ? '' : (event.direction === 'originating') === (role === 'own') ? '->' : '<-';
    const number = role === 'mirror' ? (event.msisdn ?? event.imsi ?? event.aor) : event.counterpart;
    const other = number ?? (way === '' ? '' : zh ? '（未见号码）' : '(number not seen)');
    const talk = event.talk_ms === null ? '' : ` ${(event.talk_ms / 1000).toFixed(1)} ${zh ? '秒' : 's'}`;
    const kind = zh ? KINDS[event.kind] : event.kind;
    const outcome = event.outcome === null ? '' : zh ? OUTCOMES[event.outcome] : event.outcome;
    // A call among own lines has a leg at each end, where both are seen.
    const end = role === 'own' ? '' : zh ? '  对端所见' : '  at the other end';
    const frames = `${zh ? '帧' : 'frames'} ${event.first_frame}-${event.last_frame}${end}`;
    const capture = paths.get(event.first_capture.sha256) ?? event.first_capture.sha256.slice(0, 12);
    say(
      `  ${clock.text(event.time)}  ${kind} ${way} ${other} ${outcome}${talk}  ${capture} ${frames}`.replace(
        / {2,}(?=\S)/g,
        '  ',
      ),
    );
  }
  say('');
  say(
    zh
      ? `特征取自窗口 ${clock.textOf(window.from)} 至 ${clock.textOf(window.until)}；窗口内首个事件 ${clock.textOf(verdict.first)}，末个 ${clock.textOf(verdict.last)}。`
      : `Features are of the window from ${clock.textOf(window.from)} to ${clock.textOf(window.until)}; first event ${clock.textOf(verdict.first)}, last ${clock.textOf(verdict.last)}.`,
  );
}

/** `97 %`, `99.98 %`: never 100, since no number of lines shows it. */
function percentText(share: number): string {
  const percent = share * 100;
  return percent >= 99.99 ? '99.99 %' : `${percent >= 99 ? percent.toFixed(2) : Math.floor(percent)} %`;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}

function figure(value: number | null): string {
  if (value === null) return '-';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** A number with its unit; `yes` or `no` of what is so or is not. */
function valueText(value: number, unit: string): string {
  if (unit === YES_NO && (value === 0 || value === 1)) return value === 1 ? 'yes' : 'no';
  return `${figure(value)} ${unit}`;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function timeText(epochSeconds: number): string {
  const { s, ns } = packetTime(epochSeconds);
  return isoTime(s, ns);
}
