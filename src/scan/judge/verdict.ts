import type { FeatureDefinition } from '../../features/definition.ts';
import type { Exposure } from '../../features/exposure.ts';
import type { History } from '../../features/history/history.ts';
import { INTERFACES } from '../../features/history/rows.ts';
import { calibrate } from '../../forest/calibrate.ts';
import type { Limits } from '../../forest/cohort.ts';
import { type Reason, reasonsFor } from '../../forest/explain.ts';
import type { Anomaly } from '../../forest/isolation.ts';
import type { Model } from '../../forest/model.ts';
import { type Basis, isEnough, type Seen, scoreFor } from '../../forest/thresholds.ts';
import { type Spared, sparedWords } from './spared.ts';

/** What is said of a feature. */
type Definition = Omit<FeatureDefinition, 'compute'>;

export type Tier = 'none' | 'suspect' | 'strong';

/** One thing that moved a line's score toward a gateway. */
export interface VerdictReason {
  /** Name of the feature. */
  feature: string;
  value: number | null;
  /** What it moved the raw score by: exact path attribution. */
  contribution: number;
  /** Share of ordinary lines of the training data at least as far out; null where unknown. */
  rarity: number | null;
  text: string;
  text_zh: string;
}

/** What is said of one line. */
export interface Verdict {
  line: string;
  msisdn: string | null;
  imsi: string | null;
  /** Raw score of the forest, 0..1: the share of its votes for a gateway. */
  score: number;
  /** Calibrated probability at the model's prevalence. */
  probability: number;
  tier: Tier;
  /** How odd the line is among ordinary lines, 0..1, whatever labels say; null where the model cannot tell. It marks nothing. */
  anomaly: number | null;
  /** Share of ordinary lines of the training data that are no odder. */
  anomaly_percentile: number | null;
  reasons: VerdictReason[];
  /** Number of the gateway it belongs to. */
  gateway: number | null;
  calls: number;
  /** First and last event, seconds since the epoch. */
  first: number;
  last: number;
  interfaces: string[];
  exposure: {
    basis: Basis;
    hours: number;
    events: number;
    calls: number;
    /** Calls, and short messages that it sent. */
    acts: number;
    rests_on: string;
    rests_on_zh: string;
    /** By how much thresholds were moved for what other lines of the window score, log-odds. */
    threshold_shift: number;
    /** The raw score from which on a line of which so much was seen is suspect; null where nothing marks it. */
    marked_from: number | null;
  };
}

/** False-positive rates that the tiers are set for (design section 5). */
const SUSPECT_RATE = 1e-3;
const STRONG_RATE = 1e-4;
/** Evidence of the device is what at most this share of ordinary lines show; it speaks for itself at the second. */
const RARE = 0.05;
const TELLING = 1e-3;
/**
 * From this share of its threshold on, the company of a box marks a line; from the second where it may be that of colleagues, and from the
 * third where little was seen of the line itself, or it only texts: who stays where a box stands looks like it by that alone.
 */
const NEAR = { tied: 0.6, loose: 0.85, unseen: 0.95 } as const;
const REASONS = 4;
/** Features looked at for them. */
const CANDIDATES = 16;
/** A reason must move the score by this much to be told, unless it is telling: then it needs to have moved it that way at all. */
const LEAST_CONTRIBUTION = 0.01;
/** Telling reasons that come first. A forest that knows enough already takes little more from them; who reads the verdict does. */
const TELLING_REASONS = 2;
/** Features that say how much was seen: nothing against a line, whatever a forest makes of it. */
const HOW_MUCH: ReadonlySet<string> = new Set(['calls_seen', 'hours_seen']);
/** What a larger share of ordinary lines shows is usual. */
const USUAL = 0.25;
/** Of so many lines that share something nobody knows how rare they are. */
const CROWD = 200;
/** What this share of the lines of a window has, where these are many, is of the place that was tapped: one proxy, one network. */
const MOST = { share: 0.5, of: 100 } as const;

/**
 * The tier of a raw score. Thresholds go by what was seen; where a stratum could not measure its rate, the one
 * over all lines is used. A line seen little without telling evidence of its device must reach the stricter threshold to be suspect.
 * `strong` also needs evidence of the device: behaviour alone can be a call centre's.
 *
 * @param device share of ordinary lines that show the rarest evidence of the device among what moved the score most; 1 where there is none
 * @param telling the same, among all that moved the score at all
 */
export function tierOf(
  limits: Limits,
  score: number,
  seen: Seen,
  device: number,
  threshold: number | null,
  telling = device,
): Tier {
  const suspect = suspectFrom(limits, seen, device, threshold);
  if (suspect === null || score < suspect) return 'none';
  const strong = scoreFor(limits, seen, STRONG_RATE);
  return strong !== null && score >= strong && telling <= RARE ? 'strong' : 'suspect';
}

/** The raw score from which on {@link tierOf} has a line suspect; null where none does. */
function suspectFrom(limits: Limits, seen: Seen, device: number, threshold: number | null): number | null {
  if (threshold !== null) return threshold;
  const ordinary = scoreFor(limits, seen, SUSPECT_RATE);
  const few = !isEnough(seen) && device > TELLING;
  return few && ordinary !== null ? Math.max(ordinary, scoreFor(limits, seen, STRONG_RATE) ?? 0) : ordinary;
}

/** What thresholds go by. */
export function seenOf(basis: Basis, { observedHours, calls, sent }: Exposure): Seen {
  return { basis, hours: observedHours, acts: calls + sent };
}

/** Whether a raw score comes near what would mark a line of which so much was seen. */
export function isNear(
  limits: Limits,
  score: number,
  seen: Seen,
  threshold: number | null,
  how: keyof typeof NEAR,
): boolean {
  const limit = threshold ?? scoreFor(limits, { ...seen, acts: 0 }, SUSPECT_RATE);
  return limit !== null && score >= NEAR[how] * limit;
}

/** Thresholds of a window, and by how much they differ from those of the model, log-odds. */
export interface Standing {
  limits: Limits;
  shift: number;
}

const DIGITS = /^\d+$/;

/** Families whose reasons are evidence of the device or of a group, not of the line's own behaviour. */
const DEVICE_FAMILIES: ReadonlySet<string> = new Set(['D', 'N', 'G']);

/** Makes the verdict of one of so many `lines`. `x` is its whole row, in the order of {@link featuresOf}, and rests on `basis`. */
export function verdictOf(
  model: Model,
  { limits, shift }: Standing,
  definitions: readonly Definition[],
  history: History,
  lines: number,
  imsi: string | null,
  exposure: Exposure,
  basis: Basis,
  x: Float64Array,
  score: number,
  threshold: number | null,
  anomaly: Anomaly | null,
): Verdict {
  const pushed = reasonsFor(model, x, 0, definitions.length)
    .filter(({ feature }) => !HOW_MUCH.has(definitions[feature]!.name))
    .filter((reason) => !isOfMost(reason, definitions, lines))
    .map((reason) => sized(reason, definitions));
  const worded = (reason: Reason) => inWords(reason, definitions, history);
  const strongest = pushed.slice(0, CANDIDATES).filter(({ contribution }) => contribution >= LEAST_CONTRIBUTION);
  const reasons = distinct(strongest.map(worded));
  const telling = tellingOf(pushed, definitions).map(worded);
  const device = rarestOfDevice(reasons.slice(0, REASONS));
  const seen = seenOf(basis, exposure);
  const tier = tierOf(limits, score, seen, device, threshold, Math.min(device, rarestOfDevice(telling)));
  return {
    line: history.line,
    msisdn: DIGITS.test(history.line) && history.line !== imsi ? history.line : null,
    imsi,
    score,
    probability: calibrate(model.calibration, score, model.prevalence),
    tier,
    anomaly: anomaly?.score ?? null,
    anomaly_percentile: anomaly?.percentile ?? null,
    reasons: chosen(distinct(telling).slice(0, TELLING_REASONS), tellable(reasons)).map(verdictReason),
    gateway: null,
    calls: exposure.calls,
    first: history.count > 0 ? history.time[0]! : 0,
    last: history.count > 0 ? history.time[history.count - 1]! : 0,
    interfaces: INTERFACES.filter((_, bit) => (history.interfaces & (1 << bit)) !== 0),
    exposure: {
      basis,
      hours: exposure.observedHours,
      events: exposure.events,
      calls: exposure.calls,
      acts: seen.acts,
      rests_on: exposure.restsOn.en,
      rests_on_zh: exposure.restsOn.zh,
      threshold_shift: shift,
      marked_from: suspectFrom(limits, seen, device, threshold),
    },
  };
}

/** The verdict of a line that nothing marks. */
export function sparedVerdict(verdict: Verdict, spared: Spared): Verdict {
  const { en, zh } = sparedWords(spared);
  const { rests_on, rests_on_zh } = verdict.exposure;
  return {
    ...verdict,
    tier: 'none',
    exposure: { ...verdict.exposure, rests_on: rests_on + en, rests_on_zh: rests_on_zh + zh, marked_from: null },
  };
}

/** Whether most lines have what a reason counts. */
function isOfMost({ feature, value }: Reason, definitions: readonly Definition[], lines: number): boolean {
  return definitions[feature]!.unit === 'lines' && lines >= MOST.of && value >= MOST.share * lines;
}

/**
 * A reason whose rarity is known: that of a count of very many lines hangs on how large the network is, and those that a model is trained
 * on are small.
 */
function sized(reason: Reason, definitions: readonly Definition[]): Reason {
  const { unit } = definitions[reason.feature]!;
  return unit === 'lines' && reason.value > CROWD ? { ...reason, rarity: null } : reason;
}

/** A reason in words, how rare it is left aside. */
interface WordedReason extends Reason {
  definition: Definition;
  en: string;
  zh: string;
}

/** Share of ordinary lines that show the rarest evidence of the device or group among reasons; 1 where there is none. */
function rarestOfDevice(reasons: readonly WordedReason[]): number {
  return Math.min(
    1,
    ...reasons
      .filter(({ value, definition }) => !Number.isNaN(value) && DEVICE_FAMILIES.has(definition.family))
      .map(({ rarity }) => rarity ?? 1),
  );
}

/** What many ordinary lines show as well is nothing against this one, whatever a forest makes of it; unless there is nothing else. */
function tellable(reasons: readonly WordedReason[]): readonly WordedReason[] {
  const left = reasons.filter(({ rarity }) => rarity === null || rarity <= USUAL);
  return left.length === 0 ? reasons : left;
}

/**
 * What hardly any ordinary line shows, rarest first: of each family what moved the score most. What is rare on the side that can but speak
 * for a line, whatever else moved the score with it, is not among it.
 */
export function tellingOf(pushed: readonly Reason[], definitions: readonly Definition[]): Reason[] {
  const families = new Set<string>();
  return pushed
    .filter(({ rarity, side }) => rarity !== null && rarity <= TELLING && side !== 'missing')
    .filter(({ feature, side }) => definitions[feature]!.leaning !== (side === 'low' ? 1 : -1))
    .filter(({ feature }) => !families.has(definitions[feature]!.family) && families.add(definitions[feature]!.family))
    .sort((a, b) => a.rarity! - b.rarity!);
}

/** Each said once: several features may be told in the same words. */
function distinct(reasons: readonly WordedReason[]): WordedReason[] {
  const told = new Set<string>();
  return reasons.filter(({ en }) => !told.has(en) && told.add(en));
}

function inWords(reason: Reason, definitions: readonly Definition[], history: History): WordedReason {
  const definition = definitions[reason.feature]!;
  const { value } = reason;
  const words = Number.isNaN(value)
    ? unseenWords(definition.words)
    : { en: definition.reason.en(value, history), zh: definition.reason.zh(value, history) };
  return { ...reason, definition, ...words };
}

function verdictReason({ definition, value, contribution, rarity, en, zh }: WordedReason): VerdictReason {
  const rare = rarityWords(rarity);
  return {
    feature: definition.name,
    value: Number.isNaN(value) ? null : value,
    contribution,
    rarity,
    text: en + rare.en,
    text_zh: zh + rare.zh,
  };
}

/**
 * {@link REASONS} of them: first the telling ones, then the strongest, strongest first; of each family its strongest first, since
 * several of one family mostly say one thing in several ways.
 */
function chosen(telling: readonly WordedReason[], reasons: readonly WordedReason[]): WordedReason[] {
  const families = new Set(telling.map(({ definition }) => definition.family));
  const left = reasons.filter(({ en }) => telling.every((told) => told.en !== en));
  const firsts = left.filter(({ definition: { family } }) => !families.has(family) && families.add(family));
  const others = left.filter((reason) => !firsts.includes(reason));
  const told = new Set([...firsts, ...others].slice(0, REASONS - telling.length));
  return [...telling, ...left.filter((reason) => told.has(reason))];
}

/** `too little seen to say: share of incoming calls that the line answered`, of a feature without a value. */
function unseenWords({ en, zh }: Definition['words']): { en: string; zh: string } {
  const what = en.replace(/\.$/, '');
  // IMEIs and SIP stay capitals.
  const begun = /^[A-Z][a-z]/.test(what) ? what[0]!.toLowerCase() + what.slice(1) : what;
  return { en: `too little seen to say: ${begun}`, zh: `所见太少，无法得知：${zh.replace(/。$/, '')}` };
}

/** `; lines like this: 0.2 %`, where the model knows. */
function rarityWords(rarity: number | null): { en: string; zh: string } {
  if (rarity === null || rarity > 0.1) return { en: '', zh: '' };
  const percent = rarity * 100;
  const figure = percent < 0.01 ? 'under 0.01' : String(Number(percent.toPrecision(1)));
  return {
    en: ` (ordinary lines like this: ${figure} %)`,
    zh: `（普通线路中占${percent < 0.01 ? '不到 0.01' : ` ${figure}`} %）`,
  };
}
