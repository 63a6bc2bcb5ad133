import type { EvaluatedExposure, EvaluatedLine, EvaluatedSpan } from '../forest/evaluate.ts';
import type { Model } from '../forest/model.ts';
import { CUTS } from './cuts.ts';
import { joinGateways } from './judge/boxes.ts';
import { judgeOnTheWay } from './judge/exposure.ts';
import { judgeWindow } from './judge/judge-window.ts';
import type { Verdict } from './judge/verdict.ts';
import { KnownLines } from './known-lines.ts';
import type { Label } from './labels.ts';
import { type LinesOptions, lineFinder, openLines, withCollected } from './run.ts';
import { windowOf } from './windows.ts';

/** What is looked at, seconds from the begin of the window on; longer ones than it are left out, its whole length comes last. */
const SPANS = [600, 3600, 6 * 3600, 24 * 3600] as const;

/** Verdicts of known lines, as they would have been after each span. */
export interface JudgedCaptures {
  spans: EvaluatedSpan[];
  exposures: EvaluatedExposure[];
  /** Names of the captures. */
  captures: string[];
  /** Lines that are marked over the whole window, and that no label knows. */
  unlabelled: string[];
  /** Labelled lines that were judged over the whole window, and those that were not. */
  known: string[];
  missing: string[];
}

/**
 * Judges a window of captures as `scan` does, the last where they are longer: after ten minutes, an hour, six hours, a day and its
 * whole length. Keeps what was said of the lines that labels know.
 *
 * @param kinds what kind of line some are, by name, whatever their labels say
 */
export async function judgeKnownLines(
  paths: readonly string[],
  labels: readonly Label[],
  kinds: ReadonlyMap<string, string>,
  model: Model,
  options: LinesOptions,
): Promise<JudgedCaptures> {
  return withCollected(paths, options, (collected, store) => {
    const { from, until } = windowOf(collected.captures, options);
    const whole = until - from;
    const spans: EvaluatedSpan[] = [];
    let exposures: EvaluatedExposure[] = [];
    let held = new Map<string, string[]>();
    const unlabelled = new Set<string>();
    let [known, missing]: string[][] = [[], []];
    const captures = collected.captures.map(({ sha256 }) => sha256);
    if (!(whole > 0))
      return { spans: [{ seconds: 0, lines: [] }], exposures, captures, unlabelled: [], known, missing };
    for (const seconds of [...SPANS.filter((span) => span < whole), whole]) {
      const window = { window: seconds, since: from, until: from + seconds };
      const opened = openLines(collected, store, options, window);
      const find = lineFinder(opened, options);
      const labelled = new KnownLines(labels, ({ line, until }) => find(line, until));
      const kindOf = new Map([...kinds].map(([name, kind]) => [find(name), kind]));
      const verdicts = new Map<string, Verdict>();
      const gateways = joinGateways(
        judgeWindow(opened, model, null, true, (verdict) => {
          if (labelled.of(verdict.line, verdict.first) !== null) verdicts.set(verdict.line, verdict);
          else if (seconds === whole && verdict.tier !== 'none') unlabelled.add(verdict.line);
        }),
      );
      const judged = (verdict: Verdict, box: number | null): EvaluatedLine => {
        const { line, first } = verdict;
        const label = labelled.of(line, first)!;
        return lineOf(label, verdict, kindOf.get(line) ?? label.kind, box, held.get(line) ?? [], from);
      };
      if (seconds === whole)
        ({ exposures, held } = judgeOnTheWay(
          opened,
          model,
          verdicts.values().next().value?.exposure.threshold_shift ?? 0,
          ({ line, time }) => labelled.of(line, time[0]!) !== null,
          (verdict) => judged(verdict, null),
        ));
      const boxOf = new Map(gateways.flatMap(({ lines, gateway }) => lines.map((line) => [line, gateway] as const)));
      spans.push({
        seconds,
        lines: [...verdicts].map(([line, verdict]) => judged(verdict, boxOf.get(line) ?? null)),
      });
      known = [...labelled.known];
      missing = labelled.missing;
    }
    return { spans, exposures, captures, unlabelled: [...unlabelled].sort(), known, missing };
  });
}

/** What was judged in several windows, as one: a line that several of them show counts once, as it looked worst. */
export function joinJudged(parts: readonly JudgedCaptures[]): JudgedCaptures {
  const [only] = parts;
  if (parts.length === 1) return only!;
  const lengths = [...new Set(parts.flatMap(({ spans }) => spans.slice(0, -1).map(({ seconds }) => seconds)))];
  const whole = parts.map(({ spans }) => spans.at(-1)!);
  const named = (name: string) =>
    parts.flatMap(({ exposures }) => exposures.filter((one) => one.name === name).flatMap(({ lines }) => lines));
  return {
    spans: [
      ...lengths
        .sort((a, b) => a - b)
        .map((seconds) => ({
          seconds,
          lines: worstOf(
            parts.flatMap(({ spans }) =>
              spans.slice(0, -1).flatMap((span) => (span.seconds === seconds ? span.lines : [])),
            ),
          ),
        })),
      {
        seconds: Math.max(...whole.map(({ seconds }) => seconds)),
        lines: worstOf(whole.flatMap(({ lines }) => lines)),
      },
    ],
    exposures: CUTS.map((name) => ({ name, lines: worstOf(named(name)) })).filter(({ lines }) => lines.length > 0),
    captures: [...new Set(parts.flatMap(({ captures }) => captures))],
    unlabelled: [...new Set(parts.flatMap(({ unlabelled }) => unlabelled))].sort(),
    known: [...new Set(parts.flatMap(({ known }) => known))],
    missing: [...new Set(parts.flatMap(({ missing }) => missing))],
  };
}

function worstOf(lines: readonly EvaluatedLine[]): EvaluatedLine[] {
  const worst = new Map<string, EvaluatedLine>();
  for (const line of lines) {
    const known = worst.get(line.line);
    if (known === undefined || line.score > known.score) worst.set(line.line, line);
  }
  return [...worst.values()];
}

function lineOf(
  label: Label,
  verdict: Verdict,
  kind: string,
  box: number | null,
  held: string[],
  begin: number,
): EvaluatedLine {
  return {
    line: verdict.line,
    gateway: label.gateway,
    group: label.gateway && label.box !== '' ? label.box : verdict.line,
    difficulty: label.gateway ? label.difficulty : '',
    kind: label.gateway ? '' : kind,
    weight: label.weight,
    calls: verdict.calls,
    interfaces: verdict.interfaces.join('+'),
    score: verdict.score,
    probability: verdict.probability,
    marked: verdict.tier !== 'none',
    strong: verdict.tier === 'strong',
    box,
    reasons: verdict.reasons.map(({ text }) => text),
    held,
    first: Math.max(0, verdict.first - begin),
  };
}
