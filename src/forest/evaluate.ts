import { type Metrics, measure, scored } from './metrics.ts';

/** A known line, and what the model said of it over some span of time. */
export interface EvaluatedLine {
  line: string;
  gateway: boolean;
  /** Name of the box, or the line itself: what belongs together when intervals are drawn. */
  group: string;
  /** Of a gateway line; empty where unknown. */
  difficulty: string;
  /** Of an ordinary line: call centre, courier, ...; empty where unknown. */
  kind: string;
  weight: number;
  calls: number;
  /** Interfaces it was seen on, joined by `+`. */
  interfaces: string;
  score: number;
  probability: number;
  marked: boolean;
  strong: boolean;
  /** Number of the box that the report put it in. */
  box: number | null;
  /** Why, in words. */
  reasons: string[];
  /** What kept its score down, in words. */
  held: string[];
  /** Its first event, seconds from the begin of the window on. */
  first: number;
}

/** Known lines as they looked when so much had been seen of each. */
export interface EvaluatedExposure {
  /** `attach`, `5 calls`, `6 h`. */
  name: string;
  lines: EvaluatedLine[];
}

/** What was found when so much had been seen of each line. */
export interface Exposed {
  name: string;
  /** Lines of which so much was seen at all. */
  ordinary: Marked;
  gateway: Marked;
  metrics: Metrics;
}

/** Lines of one span of the window: what was known after so long. */
export interface EvaluatedSpan {
  /** Seconds from the begin of the window on. */
  seconds: number;
  lines: EvaluatedLine[];
}

/** How many of a class were marked. */
export interface Marked {
  name: string;
  lines: number;
  marked: number;
  strong: number;
}

export interface Evaluation {
  /** Seconds of traffic that the tables but `delay` rest on. */
  seconds: number;
  ordinary: Marked;
  gateway: Marked;
  /** Ordinary lines marked, of a million of them, a day; null where the captures are shorter than an hour. */
  alertsPerMillionADay: number | null;
  all: Metrics;
  byDifficulty: [string, Metrics, Marked][];
  byCalls: [string, Metrics, Marked][];
  byInterfaces: [string, Metrics, Marked][];
  /** Share of the gateway lines seen that were marked after each span. */
  delay: { seconds: number; seen: number; marked: number; of: number }[];
  /** Gateway lines marked after some span, and seconds from a line's first event to the end of the first span that marked it. */
  firstAlert: { marked: number; of: number; median: number | null; slowest: number | null };
  /** By what had been seen of each line; a box brings in nobody. */
  exposure: Exposed[];
  /** Ordinary lines by kind. */
  kinds: Marked[];
  /** Ten bins of probability: mean said, share that were gateways, rows. */
  reliability: { said: number; was: number; rows: number }[];
  /** Rows by raw score, 20 bins each. */
  histogram: { ordinary: number[]; gateway: number[] };
  /** Gateway lines that were not marked, lowest score first; ordinary ones that were, highest first. */
  missed: EvaluatedLine[];
  wrong: EvaluatedLine[];
  /** True boxes: their lines, how many were marked, and the boxes of the report that they are in. */
  boxes: { box: string; difficulty: string; lines: number; marked: number; found: number[] }[];
}

const SHOWN = 20;
const BINS = 20;
const CALLS = [0, 1, 5, 20] as const;

/**
 * Measures a model's verdicts on known lines, by all that an operator would ask. Rates of the verdicts themselves stand beside those
 * that the scores would allow; what the lines cannot measure is null.
 *
 * @param spans shortest first, at least one; the tables are of the last
 * @param exposures least first
 */
export function evaluate(spans: readonly EvaluatedSpan[], exposures: readonly EvaluatedExposure[] = []): Evaluation {
  const last = spans.at(-1)!;
  const { lines, seconds } = last;
  const ordinary = lines.filter(({ gateway }) => !gateway);
  const gateways = lines.filter(({ gateway }) => gateway);
  const wrong = ordinary.filter(({ marked }) => marked);
  return {
    seconds,
    ordinary: marksOf('ordinary', ordinary),
    gateway: marksOf('gateway', gateways),
    alertsPerMillionADay:
      seconds < 3600 || ordinary.length === 0
        ? null
        : ((wrong.length / ordinary.length) * 1e6 * 86_400) / Math.max(seconds, 86_400),
    all: metricsOf(lines),
    byDifficulty: grouped(gateways, ({ difficulty }) => difficulty || 'unknown').map(([name, part]) => [
      name,
      metricsOf([...ordinary, ...part]),
      marksOf(name, part),
    ]),
    byCalls: CALLS.map((from, at) => {
      const until = CALLS[at + 1] ?? Number.POSITIVE_INFINITY;
      const part = lines.filter(({ calls }) => calls >= from && calls < until);
      const name =
        until === Number.POSITIVE_INFINITY
          ? `${from} and more`
          : until === from + 1
            ? `${from}`
            : `${from}-${until - 1}`;
      return [
        name,
        metricsOf(part),
        marksOf(
          name,
          part.filter(({ gateway }) => gateway),
        ),
      ];
    }),
    byInterfaces: grouped(lines, ({ interfaces }) => interfaces).map(([name, part]) => [
      name,
      metricsOf(part),
      marksOf(
        name,
        part.filter(({ gateway }) => gateway),
      ),
    ]),
    delay: delayOf(spans, gateways.length),
    firstAlert: firstAlertOf(spans, gateways.length),
    exposure: exposures.map(({ name, lines: part }) => ({
      name,
      ordinary: marksOf(
        'ordinary',
        part.filter(({ gateway }) => !gateway),
      ),
      gateway: marksOf(
        'gateway',
        part.filter(({ gateway }) => gateway),
      ),
      metrics: metricsOf(part),
    })),
    kinds: grouped(ordinary, ({ kind }) => kind || 'unknown').map(([name, part]) => marksOf(name, part)),
    reliability: reliabilityOf(lines),
    histogram: { ordinary: histogramOf(ordinary), gateway: histogramOf(gateways) },
    missed: gateways
      .filter(({ marked }) => !marked)
      .sort((a, b) => a.score - b.score || byName(a, b))
      .slice(0, SHOWN),
    wrong: wrong.sort((a, b) => b.score - a.score || byName(a, b)).slice(0, SHOWN),
    boxes: grouped(gateways, ({ group }) => group).map(([box, part]) => ({
      box,
      difficulty: part[0]!.difficulty,
      lines: part.length,
      marked: part.filter(({ marked }) => marked).length,
      found: [...new Set(part.flatMap(({ box }) => box ?? []))].sort((a, b) => a - b),
    })),
  };
}

function byName(a: EvaluatedLine, b: EvaluatedLine): number {
  return a.line < b.line ? -1 : 1;
}

/** By name, in order of it. */
function grouped(
  lines: readonly EvaluatedLine[],
  nameOf: (line: EvaluatedLine) => string,
): [string, EvaluatedLine[]][] {
  const groups = new Map<string, EvaluatedLine[]>();
  for (const line of lines) {
    const name = nameOf(line);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [line]);
    else known.push(line);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function marksOf(name: string, lines: readonly EvaluatedLine[]): Marked {
  return {
    name,
    lines: lines.length,
    marked: lines.filter(({ marked }) => marked).length,
    strong: lines.filter(({ strong }) => strong).length,
  };
}

function metricsOf(lines: readonly EvaluatedLine[]): Metrics {
  const groups = new Map<string, number>();
  const group = Int32Array.from(lines, (line) => {
    const number = groups.get(line.group) ?? groups.size;
    groups.set(line.group, number);
    return number;
  });
  const rows = scored(
    Float64Array.from(lines, ({ score }) => score),
    Uint8Array.from(lines, ({ gateway }) => (gateway ? 1 : 0)),
    Float64Array.from(lines, ({ weight }) => weight),
    group,
  );
  return measure(
    rows,
    Float64Array.from(lines, ({ probability }) => probability),
  );
}

/** Shares of the gateway lines that the last span knows, so that every row of the table is of the same lines. */
function delayOf(spans: readonly EvaluatedSpan[], of: number): Evaluation['delay'] {
  return spans.map(({ seconds, lines }) => {
    const gateways = lines.filter(({ gateway }) => gateway);
    return { seconds, seen: gateways.length, marked: gateways.filter(({ marked }) => marked).length, of };
  });
}

/** A line is told at the end of a span, at the latest: figures are those of the spans that were looked at. */
function firstAlertOf(spans: readonly EvaluatedSpan[], of: number): Evaluation['firstAlert'] {
  const delays = new Map<string, number>();
  for (const { seconds, lines } of spans) {
    for (const { line, gateway, marked, first } of lines)
      if (gateway && marked && !delays.has(line)) delays.set(line, seconds - first);
  }
  const sorted = [...delays.values()].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { marked: sorted.length, of, median: at(0.5), slowest: at(0.9) };
}

function reliabilityOf(lines: readonly EvaluatedLine[]): Evaluation['reliability'] {
  const bins = Array.from({ length: 10 }, () => ({ said: 0, was: 0, rows: 0 }));
  for (const { probability, gateway } of lines) {
    const bin = bins[Math.min(9, Math.floor(probability * 10))]!;
    bin.said += probability;
    bin.was += gateway ? 1 : 0;
    bin.rows++;
  }
  return bins
    .filter(({ rows }) => rows > 0)
    .map(({ said, was, rows }) => ({ said: said / rows, was: was / rows, rows }));
}

function histogramOf(lines: readonly EvaluatedLine[]): number[] {
  const bins = new Array<number>(BINS).fill(0);
  for (const { score } of lines) bins[Math.min(BINS - 1, Math.floor(score * BINS))]!++;
  return bins;
}
