import type { FeatureContext } from '../../features/definition.ts';
import type { History } from '../../features/history/history.ts';
import type { Limits } from '../../forest/cohort.ts';
import { isEnough } from '../../forest/thresholds.ts';
import { findGateways, type Gateway, number } from '../../gateways/boxes.ts';
import { type Sketch, sketchOf } from '../../gateways/sketch.ts';
import type { Switching } from '../../gateways/switching.ts';
import type { Lines } from '../rows/lines.ts';
import { isNear, tierOf, type Verdict, type VerdictReason } from './verdict.ts';

/** Lines whose score reaches this share of the lowest threshold are compared with each other. */
const COMPARED = 0.5;
/** At most so many, the highest scores first. */
const MOST_COMPARED = 20_000;
/** An address or IMEI of a marked line brings in the other lines that show it where they are no more than this. */
const MOST_SIBLINGS = 512;

/**
 * Which lines are compared, by their raw scores in order of name.
 *
 * @param floor lowest raw score that marks a line: none is marked that is not compared, unless very many are
 */
export function comparedLines(scores: Float64Array, floor: number): Set<number> {
  const compared: number[] = [];
  for (let line = 0; line < scores.length; line++) if (scores[line]! >= COMPARED * floor) compared.push(line);
  if (compared.length > MOST_COMPARED) compared.sort((a, b) => scores[b]! - scores[a]! || a - b);
  return new Set(compared.slice(0, MOST_COMPARED));
}

/** Gathers, while the lines of one window are judged, what finding boxes among them needs. */
export class Boxes {
  private readonly context: FeatureContext;
  private readonly switching: Switching;
  private readonly sketches = new Map<string, Sketch>();
  private readonly marked = new Set<string>();
  private readonly loose = new Set<string>();
  private readonly isSpared: (history: History) => boolean;

  /** @param switching of all lines @param isSpared true of those that are in no box, whatever they share with others */
  constructor(context: FeatureContext, switching: Switching, isSpared: (history: History) => boolean) {
    this.context = context;
    this.switching = switching;
    this.isSpared = isSpared;
  }

  /** A line that its own behaviour marked. */
  mark(line: string): void {
    this.marked.add(line);
  }

  /** One of the lines that are compared, with its raw score, and whether that comes near what would mark it. */
  compare(history: History, score: number, near: boolean): void {
    if (!this.isSpared(history)) this.sketches.set(history.line, sketchOf(history, { score, near }, this.context.from));
  }

  /** The boxes of the window. */
  find(lines: Lines): Gateway[] {
    this.addSiblings(lines);
    const sketches = [...this.sketches.values()].sort((a, b) => (a.line < b.line ? -1 : 1));
    return findGateways(sketches, this.marked, this.context.population, this.switching, (line) => this.loose.add(line));
  }

  /** After {@link find}: whether nothing ties a line to its box but what lines of one company share too. */
  isLoose(line: string): boolean {
    return this.loose.has(line);
  }

  /** Lines that do nothing yet, but share a device or an address with a marked one. */
  private addSiblings(lines: Lines): void {
    const { population } = this.context;
    const imeis = new Set<string>();
    const addresses = new Set<string>();
    for (const line of this.marked) {
      const sketch = this.sketches.get(line);
      if (sketch === undefined) continue;
      for (const imei of sketch.imeis) if (population.lines('imei', imei) <= MOST_SIBLINGS) imeis.add(imei);
      for (const host of sketch.endpoints) if (population.lines('endpoint', host) <= MOST_SIBLINGS) addresses.add(host);
    }
    if (imeis.size + addresses.size === 0) return;
    const siblings = lines.showing(imeis, addresses);
    lines.each(
      (history) => this.compare(history, 0, false),
      (name, line) => (siblings.has(line) && !this.sketches.has(name) ? Number.POSITIVE_INFINITY : null),
    );
  }
}

/** Evidence of a box that the verdict of a line tells. */
const TIES = 2;

/** Boxes of several windows as one list: those that share half of the smaller one's lines are one, however many windows lie between. */
export function joinGateways(all: readonly Gateway[]): Gateway[] {
  const joined: Gateway[] = [];
  for (const gateway of [...all].sort((a, b) => b.score - a.score)) {
    let whole = { ...gateway };
    // What it brings may join it to others, and what they bring to more.
    for (let at = joined.findIndex((one) => isSame(one, whole)); at >= 0; ) {
      whole = together(joined.splice(at, 1)[0]!, whole);
      at = joined.findIndex((one) => isSame(one, whole));
    }
    joined.push(whole);
  }
  return number(joined);
}

function isSame({ lines }: Gateway, other: Gateway): boolean {
  const shared = other.lines.filter((line) => lines.includes(line)).length;
  return 2 * shared >= Math.min(lines.length, other.lines.length);
}

/** Two that are one: with the score and evidence of the better one. */
function together(one: Gateway, other: Gateway): Gateway {
  const [better, worse] = one.score >= other.score ? [one, other] : [other, one];
  return {
    ...better,
    lines: [...new Set([...better.lines, ...worse.lines])].sort(),
    endpoints: [...new Set([...better.endpoints, ...worse.endpoints])].sort(),
    first: Math.min(better.first, worse.first),
    last: Math.max(better.last, worse.last),
  };
}

/** What belonging to a box says of a line: what ties this one to others, most first. */
export function boxReason(gateway: Gateway, line: string): VerdictReason {
  const others = gateway.lines.length - 1;
  const ties = gateway.evidence.filter(({ tied }) => tied.includes(line)).slice(0, TIES);
  return {
    feature: 'gateway',
    value: gateway.gateway,
    contribution: 0,
    rarity: null,
    text: [`one of ${others + 1} lines of gateway #${gateway.gateway}`, ties.map(({ text }) => text).join('; ')]
      .filter((part) => part !== '')
      .join(': '),
    text_zh: [`网关 #${gateway.gateway} 的 ${others + 1} 条线路之一`, ties.map(({ text_zh }) => text_zh).join('；')]
      .filter((part) => part !== '')
      .join('：'),
  };
}

/**
 * Puts a line into its box. What it shares with the others is evidence of its device: where only that was missing, it is strong now,
 * and a line that came near its threshold is suspect for the company it keeps. A line that is tied loosely is no more certain for it,
 * and must come nearer: it may be a colleague; and so must one of which little was seen, or that texts and hardly calls, as machines do. Null for one that did not.
 *
 * @param loose nothing ties it but what lines of one company share too
 */
export function boxed(
  limits: Limits,
  verdict: Verdict,
  gateway: Gateway,
  threshold: number | null,
  loose: boolean,
): Verdict | null {
  const { score, exposure } = verdict;
  const tier = loose ? verdict.tier : tierOf(limits, score, exposure, 0, threshold);
  const isKnown = isEnough(exposure) && exposure.basis !== 'texts';
  const how = isKnown ? (loose ? 'loose' : 'tied') : 'unseen';
  if (tier === 'none' && !isNear(limits, score, exposure, threshold, how)) return null;
  return {
    ...verdict,
    gateway: gateway.gateway,
    tier: tier === 'none' ? 'suspect' : tier,
    reasons: [...verdict.reasons, boxReason(gateway, verdict.line)],
  };
}
