import { CATALOGUE, computeVector } from '../../features/catalogue.ts';
import type { FeatureContext } from '../../features/definition.ts';
import type { History } from '../../features/history/history.ts';
import type { EvaluatedExposure, EvaluatedLine } from '../../forest/evaluate.ts';
import { featuresOf, heldBy } from '../../forest/explain.ts';
import type { Model } from '../../forest/model.ts';
import { Among, COMPANY_WIDTH, notedIn } from '../../gateways/among.ts';
import { Company } from '../../gateways/company.ts';
import { CUTS, cutsOf } from '../cuts.ts';
import type { Lines } from '../rows/lines.ts';
import { OwnScorer } from '../rows/meeting.ts';
import type { OpenedLines } from '../run.ts';
import { type CompanyOf, DEFINITIONS, Judge } from './judge.ts';
import type { Verdict } from './verdict.ts';

/** Features named that held a score down. */
const HELD = 3;

/** What lines looked like on the way, and what held their scores down in the end. */
export interface Exposures {
  exposures: EvaluatedExposure[];
  held: Map<string, string[]>;
}

/**
 * Judges known lines as they stood when their attach, some calls, some hours had been seen of each: by their own behaviour, among all
 * that the window shows of other lines. A call that counts does so with its end.
 *
 * @param shift of the thresholds, of the whole window
 * @param isKnown whether a line is looked at, which did something
 * @param lineOf what is kept of a verdict
 */
export function judgeOnTheWay(
  opened: OpenedLines,
  model: Model,
  shift: number,
  isKnown: (history: History) => boolean,
  lineOf: (verdict: Verdict) => EvaluatedLine,
): Exposures {
  const { lines } = opened;
  // The judge sees the window end where the line's own events are cut.
  const context = { ...opened.context };
  const judge = new Judge(model, { context, lines }, null, meet(model, context, lines));
  judge.follow(shift);
  const cuts = new Map<string, (number | null)[]>();
  const held = new Map<string, string[]>();
  lines.each((history) => {
    if (history.count === 0 || !isKnown(history)) return;
    judge.verdict(history, true);
    held.set(history.line, heldWords(model, judge.row));
    cuts.set(history.line, cutsOf(history, opened.context.until));
  });
  const exposures = CUTS.map((name, at): EvaluatedExposure => {
    const found: EvaluatedLine[] = [];
    lines.each(
      (history) => {
        if (history.count === 0) return;
        const cut = Math.min(cuts.get(history.line)![at]!, opened.context.until);
        context.until = cut;
        context.observedSeconds = Math.min(opened.context.observedSeconds, Math.max(0, cut - context.from));
        found.push(lineOf(judge.verdict(history, true)!));
      },
      (line) => cuts.get(line)?.[at] ?? null,
    );
    return { name, lines: found };
  });
  return { exposures: exposures.filter(({ lines }) => lines.length > 0), held };
}

/** Goes through all lines. What it then says of a line rests on the events that are given, among all that the others did. */
function meet(model: Model, context: FeatureContext, lines: Lines): CompanyOf {
  const company = new Company(context);
  const scorer = new OwnScorer(model.forest, context.population);
  const own = new Float64Array(scorer.width);
  const vector = new Float64Array(CATALOGUE.length);
  const scores = new Float64Array(lines.count);
  lines.each((history, line) => {
    computeVector(history, context, vector);
    scores[line] = scorer.score(vector, own);
    company.add(history, vector);
  });
  const whole = company.data();
  const among = new Among(() => [whole], scores);
  const counted = notedIn(whole);
  const out = new Float64Array(COMPANY_WIDTH);
  return (history, given) => {
    const line = lines.placeOf(history.line);
    company.clear();
    company.add(history, given);
    const [noted] = notedIn(company.data());
    among.describe(line, noted!, out, counted[line]);
    return out;
  };
}

function heldWords(model: Model, x: Float64Array): string[] {
  return heldBy(model, x, 0, HELD).map(({ feature, contribution, value }) => {
    const name = featuresOf(model)[feature]!;
    const unit = DEFINITIONS.get(name)?.unit ?? '';
    const figure = Number.isNaN(value) ? 'missing' : `${Number(value.toPrecision(3))} ${unit}`.trim();
    return `${name} ${figure} (${contribution.toFixed(3)})`;
  });
}
