import type { FeatureContext } from '../../features/definition.ts';
import type { AllowList } from '../../features/references/allow-list.ts';
import { type Cohort, type CohortLine, levelOf, shiftAt } from '../../forest/cohort.ts';
import type { Model } from '../../forest/model.ts';
import { isEnough } from '../../forest/thresholds.ts';
import { Among, COMPANY_WIDTH, eachLine } from '../../gateways/among.ts';
import type { Gateway } from '../../gateways/boxes.ts';
import type { Lines } from '../rows/lines.ts';
import { type Meeting, meetHere } from '../rows/meeting.ts';
import { seenIn } from './basis.ts';
import { Boxes, boxed, comparedLines } from './boxes.ts';
import { Judge } from './judge.ts';
import type { Verdict } from './verdict.ts';

/** The lines of a window and what is known of it. */
export interface JudgedWindow {
  lines: Lines;
  context: FeatureContext;
  allowed?: AllowList | undefined;
}

/** What is asked for while windows are judged. */
export interface Judging {
  /** Lines whose verdict is wanted though nothing marks them. */
  listed: (line: string) => boolean;
  /** Given the lines of each window, the newest first, before any is judged. */
  onWindow?: (lines: Lines) => void;
  /** Given the lines of each window that only the allow list kept from being marked. */
  onKept?: (lines: ReadonlySet<string>) => void;
  /** Given the features of each line, in the order of the model, and its raw score. */
  onVector?: (x: Float64Array, score: number) => void;
  /** Given the verdict of the line with the highest score of each window, marked or not. */
  onHighest?: (verdict: Verdict) => void;
  /** Given the lines with such a raw score, marked or not, but for those that are not marked whatever they score. */
  close?: { score: number; take: (line: string) => void } | undefined;
  /**
   * Given each verdict of a marked or listed line, of one in a box a second time; whether it is worse than all before of that line;
   * who made it, whose views of the line's features are valid during the call.
   */
  onVerdict?: (verdict: Verdict, worse: boolean, judge: Judge, window: JudgedWindow) => void;
}

/** The lines of a window, met. */
export interface MetWindow extends JudgedWindow {
  meeting: Meeting;
}

/**
 * Judges every line of a window, then the boxes among them, and once more the lines whose company marks them.
 *
 * @param all verdicts of all lines, not only of the marked ones
 * @param onVerdict given each verdict; of a line in a box a second time
 */
export function judgeWindow(
  { lines, context }: JudgedWindow,
  model: Model,
  threshold: number | null,
  all: boolean,
  onVerdict: (verdict: Verdict) => void,
): Gateway[] {
  const meeting = meetHere(lines, context, model);
  try {
    return judgeMet({ lines, context, meeting }, model, threshold, { listed: () => all }, onVerdict);
  } finally {
    meeting.close();
  }
}

/** The same once they are met. */
export function judgeMet(
  { lines, context, allowed, meeting }: MetWindow,
  model: Model,
  threshold: number | null,
  { listed, onVector, onKept, onHighest, close }: Omit<Judging, 'onWindow' | 'onVerdict'>,
  onVerdict: (verdict: Verdict, judge: Judge) => void,
): Gateway[] {
  const { vectors, scores, calls, switching } = meeting;
  const judge = new Judge(model, { context, lines, allowed }, threshold, ({ line }) =>
    vectors.company(lines.placeOf(line)),
  );
  const boxes = new Boxes(context, switching, (history) => judge.sparedAs(history) !== null);
  // Most lines come near no threshold: their score is all that is asked of them.
  const finals = new Float64Array(lines.count);
  const score = (line: number, company: Float64Array): void => {
    const final = judge.score(vectors.vector(line), scores[line]!, calls[line]!, () => company);
    onVector?.(judge.own, final);
    finals[line] = final;
  };
  if (model.second === undefined) {
    for (let line = 0; line < lines.count; line++) score(line, NO_COMPANY);
  } else {
    const among = new Among(() => meeting.company(), scores);
    const company = new Float64Array(COMPANY_WIDTH);
    eachLine(
      () => meeting.company(),
      (noted, line) => {
        among.describe(line, noted, company);
        vectors.putCompany(line, company);
        score(line, company);
      },
    );
  }
  if (model.cohort !== undefined) judge.follow(shiftOf(model.cohort, finals, meeting, context));
  const { floor } = judge.standing;
  const compared = comparedLines(finals, floor);
  const lowest = Math.min(floor, close?.score ?? 1);
  const highest =
    onHighest === undefined ? -1 : finals.reduce((best, final, line) => (final > finals[best]! ? line : best), 0);
  lines.each(
    (history, line) => {
      const isListed = listed(history.line);
      const verdict = judge.verdict(history, isListed || line === highest, vectors.vector(line));
      if (line === highest && verdict !== null) onHighest?.(verdict);
      const isMarked = verdict !== null && verdict.tier !== 'none';
      if (isMarked) boxes.mark(history.line);
      if (compared.has(line)) {
        const final = finals[line]!;
        boxes.compare(history, final, judge.isNear(history, vectors.vector(line), final));
      }
      if (close !== undefined && finals[line]! >= close.score && judge.sparedAs(history) === null)
        close.take(history.line);
      if (verdict !== null && (isMarked || isListed)) onVerdict(verdict, judge);
    },
    (name, line) =>
      listed(name) || line === highest || compared.has(line) || finals[line]! >= lowest
        ? Number.POSITIVE_INFINITY
        : null,
  );
  onKept?.(judge.kept);
  const gateways = boxes.find(lines);
  const company = new Map(gateways.flatMap((gateway) => gateway.lines.map((line) => [line, gateway] as const)));
  if (company.size === 0) return gateways;
  lines.each(
    (history, line) => {
      const verdict = judge.verdict(history, true, vectors.vector(line))!;
      const { line: name } = history;
      const joined = boxed(judge.standing.limits, verdict, company.get(name)!, threshold, boxes.isLoose(name));
      if (joined) onVerdict(joined, judge);
    },
    (name) => (company.has(name) ? Number.POSITIVE_INFINITY : null),
  );
  return gateways;
}

/** By how much thresholds are moved for what lines of a window score of which enough was seen, log-odds. */
function shiftOf(
  cohort: Cohort,
  finals: Float64Array,
  { vectors, calls }: Meeting,
  { observedSeconds }: FeatureContext,
): number {
  const known: CohortLine[] = [];
  for (const [line, final] of finals.entries())
    if (isEnough(seenIn(vectors.vector(line), calls[line]!, observedSeconds / 3600)))
      known.push({ score: final, lines: 1 });
  return shiftAt(cohort, levelOf(known, cohort.usual));
}

const NO_COMPANY = new Float64Array(0);
