import type { Noted } from './among.ts';
import { type KeyTable, kindOf, Numbering, sameText, widened } from './key-table.ts';
import { ACTIVE, PLACE, RESTED, WOKE } from './kinds.ts';
import { SIBLINGS, type SiblingFeature } from './sibling-words.ts';
import { TRAIT, TRAIT_NAMES, type Trait } from './traits.ts';

/** Values a line has, and their places. */
const SIBLING_WIDTH = SIBLINGS.length;
const AT = Object.fromEntries(SIBLINGS.map(({ name }, place) => [name, place])) as Record<SiblingFeature, number>;

const TRAITS = TRAIT_NAMES.length;
/** Of a trait: weight of the lines that show it, sums of weight times value and of weight times its square; of all, then of suspected ones. */
const SUMS = 3;
const OF_SUSPECTS = SUMS * TRAITS;
const WIDTH = 2 * OF_SUSPECTS;

/** Siblings that weigh less together are not suspected. */
const SUSPECTED = 0.3;
/** Suspected siblings must weigh this much together, others of a place be so many, to be likened to. */
const LEAST_SUSPECTS = 0.5;
const LEAST_OTHERS = 3;
/** Of fewer lines nobody knows what is typical. */
const LEAST_LINES = 30;
/** Distances, in variances of all lines, below which all are as near. */
const NEAR = 0.05;
/** Half hours of suspected siblings, as chance gives them, below which there is nothing to tell; and what both sides of the ratio have more. */
const LEAST_HALF_HOURS = 1;
const MORE_HALF_HOURS = 0.5;

/** What is measured against the typical line of the window. */
const OVER_TYPICAL = [
  ['delay', 'post_dial_delay_over_typical'],
  ['answered', 'answered_over_typical'],
  ['talk', 'talk_over_typical'],
  ['ringing', 'time_to_answer_over_typical'],
] as const satisfies [Trait, SiblingFeature][];

/**
 * What lines of one place, a cell or else an address, do beside each other: whether they are active in turns, take over from each
 * other, and behave alike; and what is typical of all.
 *
 * {@link add} every line, then {@link describe} every line. Memory: half a kilobyte for each place.
 */
export class Siblings {
  private readonly places = new Numbering();
  private sums = new Float64Array(64 * WIDTH);
  /** By place: half hours in which somebody was active, and those of all lines by how much each is suspected. */
  private halfHours = new Float64Array(64);
  private suspected = new Float64Array(64);
  private readonly all = new Float64Array(SUMS * TRAITS);
  private typical: number[] | null = null;
  private readonly medians = TRAIT_NAMES.map(() => new Median());

  /**
   * @param place key of the line's place, or -1
   * @param active half hours in which it was active, and how many of them nobody there was before
   * @param score how much it is suspected
   */
  add(place: number, active: number, firsts: number, score: number, traits: Float64Array): void {
    for (let trait = 0; trait < TRAITS; trait++) {
      const value = traits[trait]!;
      if (Number.isNaN(value)) continue;
      weigh(this.all, SUMS * trait, 1, value);
      this.medians[trait]!.add(value);
    }
    if (place < 0) return;
    const number = this.places.number(place);
    if (number === this.halfHours.length) this.grow();
    this.halfHours[number]! += firsts;
    this.suspected[number]! += active * score;
    for (let trait = 0; trait < TRAITS; trait++) {
      const value = traits[trait]!;
      if (Number.isNaN(value)) continue;
      weigh(this.sums, number * WIDTH + SUMS * trait, 1, value);
      weigh(this.sums, number * WIDTH + OF_SUSPECTS + SUMS * trait, score, value);
    }
  }

  /**
   * Puts what is known of a line into `out`, {@link SIBLING_WIDTH} values.
   *
   * @param score how much it is suspected
   * @param noted what was noted of it, maybe of its first events alone
   * @param counted what it was added with
   * @param table of all lines' keys
   */
  describe(score: number, noted: Noted, counted: Noted, table: KeyTable, out: Float64Array): void {
    out.fill(Number.NaN, 0, SIBLING_WIDTH);
    this.typical ??= this.medians.map((median) => median.value);
    for (const [trait, name] of OVER_TYPICAL) out[AT[name]] = noted.traits[TRAIT[trait]]! - this.typical[TRAIT[trait]]!;
    const place = placeOf(noted.keys);
    const number = this.places.find(place);
    if (number < 0) return;
    const itself = placeOf(counted.keys) === place ? counted : null;
    this.describeTurns(number, score, noted.keys, itself, table, out);
    this.describeLikeness(number * WIDTH, score, noted.traits, itself, out);
  }

  private describeTurns(
    place: number,
    score: number,
    keys: Float64Array,
    itself: Noted | null,
    table: KeyTable,
    out: Float64Array,
  ): void {
    const own = itself === null ? 0 : score;
    const counted = itself?.keys.reduce((sum, key) => (kindOf(key) === ACTIVE ? sum + own : sum), 0) ?? 0;
    let active = 0;
    let together = 0;
    let alone = 0;
    let turns = 0;
    let taken = 0;
    let best = Number.NaN;
    for (const key of keys) {
      const kind = kindOf(key);
      if (kind === ACTIVE) {
        const others = Math.max(0, table.sum(key) - own);
        active++;
        together += others;
        if (others < SUSPECTED) alone++;
      } else if (kind === RESTED || kind === WOKE) {
        const next = sameText(key, kind === RESTED ? WOKE : RESTED);
        // One call alone is waking and resting at once.
        const both = itself?.keys.includes(next) ? 1 : 0;
        const sum = Math.max(0, table.sum(next) - both * score);
        const company = sum / (table.count(next) - both + 1);
        turns++;
        if (sum >= SUSPECTED) taken++;
        if (!(best >= company)) best = company;
      }
    }
    const expected = ((this.suspected[place]! - counted) * active) / this.halfHours[place]!;
    if (active > 1 && expected >= LEAST_HALF_HOURS) {
      out[AT.together_with_suspects] = Math.log2((together + MORE_HALF_HOURS) / (expected + MORE_HALF_HOURS));
      out[AT.active_alone_share] = alone / active;
    }
    if (turns > 0) {
      out[AT.turns_company] = best;
      out[AT.turns_with_suspects] = taken / turns;
    }
  }

  private describeLikeness(
    from: number,
    score: number,
    traits: Float64Array,
    itself: Noted | null,
    out: Float64Array,
  ): void {
    let known = 0;
    let toSuspects = 0;
    let toOthers = 0;
    for (let trait = 0; trait < TRAITS; trait++) {
      const value = traits[trait]!;
      const counted = itself?.traits[trait] ?? Number.NaN;
      const others = momentsWithout(this.sums, from + SUMS * trait, 1, counted);
      const suspects = momentsWithout(this.sums, from + OF_SUSPECTS + SUMS * trait, score, counted);
      const isCrowded = others.weight >= LEAST_OTHERS;
      const isSuspected = isCrowded && suspects.weight >= LEAST_SUSPECTS;
      if (trait === TRAIT.latency) {
        if (isSuspected) out[AT.latency_spread_of_suspects] = Math.sqrt(suspects.variance);
        if (isCrowded) out[AT.latency_over_place] = value - others.mean;
      }
      const spread = momentsWithout(this.all, SUMS * trait, 0, Number.NaN).variance;
      if (!isSuspected || Number.isNaN(value) || !(spread > 0)) continue;
      known++;
      toSuspects += ((value - suspects.mean) ** 2 + suspects.variance) / spread;
      toOthers += ((value - others.mean) ** 2 + others.variance) / spread;
    }
    if (known > 0) out[AT.distance_to_suspects] = Math.log2((toSuspects / known + NEAR) / (toOthers / known + NEAR));
  }

  private grow(): void {
    this.sums = widened(this.sums);
    this.halfHours = widened(this.halfHours);
    this.suspected = widened(this.suspected);
  }
}

/** Median of values from -8 to 24, the middle of steps of 1/64; NaN of fewer than {@link LEAST_LINES}. */
class Median {
  private readonly counts = new Uint32Array(32 * 64);
  private count = 0;

  add(value: number): void {
    this.counts[Math.max(0, Math.min(this.counts.length - 1, Math.floor((value + 8) * 64)))]!++;
    this.count++;
  }

  get value(): number {
    if (this.count < LEAST_LINES) return Number.NaN;
    let below = 0;
    let step = 0;
    while (below + this.counts[step]! <= this.count / 2) below += this.counts[step++]!;
    return (step + 0.5) / 64 - 8;
  }
}

function weigh(sums: Float64Array, at: number, weight: number, value: number): void {
  sums[at]! += weight;
  sums[at + 1]! += weight * value;
  sums[at + 2]! += weight * value * value;
}

/** Weight, mean and variance of what is summed at a place, less one value of a weight; NaN takes nothing away. */
function momentsWithout(
  sums: Float64Array,
  at: number,
  weight: number,
  value: number,
): { weight: number; mean: number; variance: number } {
  const less = Number.isNaN(value) || weight === 0 ? null : { weight, value };
  const left = sums[at]! - (less?.weight ?? 0);
  const mean = (sums[at + 1]! - (less ? less.weight * less.value : 0)) / left;
  const square = (sums[at + 2]! - (less ? less.weight * less.value ** 2 : 0)) / left;
  return { weight: left, mean, variance: Math.max(0, square - mean ** 2) };
}

/** Key of the place that a line is of, or -1. */
function placeOf(keys: Float64Array): number {
  return keys.find((key) => kindOf(key) === PLACE) ?? -1;
}
