import { moved, movedStrata } from './margin.ts';
import { isEnough, type Seen, type Stratum, type Threshold } from './thresholds.ts';

/**
 * How thresholds follow what the other lines of a window score. People of one network do more of what boxes do than those of another, and
 * captures of one kind show less of it: where ordinary lines score higher than usual, more is asked of each, and where they score
 * lower, less. Speaker verification takes scores relative to those of a cohort in the same way (T-norm: Auckenthaler et al. 2000).
 */
export interface Cohort {
  /** The {@link levelOf} that as many windows of the training data are below as above, log-odds. */
  usual: number;
  /** Thresholds move by this share of what a window's level is above it, log-odds. */
  weight: number;
}

/** The window that each row is of, and how many of its lines the row stands for; 0: of none. */
export interface Networks {
  window: ArrayLike<number>;
  lines: ArrayLike<number>;
}

/** Thresholds, whatever they hold for. */
export interface Limits {
  thresholds: readonly Threshold[];
  strata: readonly Stratum[];
}

const WEIGHT = 0.5;
/** Lines that score higher than others but are no boxes reach up to here; those above are not of the cohort. */
const CLEAR = 0.8;
/** The level is what this share of the cohort is below. */
const SHARE = 0.9;
/** So many lines that score as usual are taken to be there besides: few lines move nothing. */
const ASSUMED = 20;
/** Windows that are needed to tell what is usual, with as many lines at least as are assumed. */
const WINDOWS = 10;

/** A line of a cohort: its raw score, and how many lines it stands for. */
export interface CohortLine {
  score: number;
  lines: number;
}

/**
 * How high the lines of a window score that are in no doubt, log-odds; `usual` where there are none.
 *
 * @param cohort lines of which enough was seen to tell, see {@link isEnough}; those that may be of boxes are left out here
 */
export function levelOf(cohort: readonly CohortLine[], usual: number): number {
  const { level, lines } = rawLevel(cohort);
  return lines === 0 ? usual : (lines * level + ASSUMED * usual) / (lines + ASSUMED);
}

function rawLevel(cohort: readonly CohortLine[]): { level: number; lines: number } {
  const clear = cohort.filter(({ score }) => score < CLEAR).sort((a, b) => a.score - b.score);
  const total = clear.reduce((sum, { lines }) => sum + lines, 0);
  let below = 0;
  const at = clear.find(({ lines }) => (below += lines) >= SHARE * total);
  return { level: at === undefined ? 0 : logOdds(at.score), lines: clear.length };
}

/** By how much thresholds of a window with this level are moved, log-odds. */
export function shiftAt({ usual, weight }: Cohort, level: number): number {
  return weight * (level - usual);
}

/** Thresholds as a window with such a {@link shiftAt} has them. */
export function limitsAt({ thresholds, strata }: Limits, shift: number): Limits {
  return { thresholds: moved(thresholds, shift), strata: movedStrata(strata, () => shift) };
}

/**
 * What is usual over the windows of rows, and the scores of all rows as they would be in a usual window: thresholds are measured on these.
 *
 * @param scores raw, of forests that had not seen the row
 * @param known what is usual, where another model tells it
 * @returns null where there are too few windows to tell
 */
export function fitCohort(
  scores: Float64Array,
  seen: readonly Seen[],
  { window, lines }: Networks,
  known?: Cohort,
): { cohort: Cohort; level: Float64Array } | null {
  const cohorts = new Map<number, CohortLine[]>();
  for (let row = 0; row < scores.length; row++) {
    const of = cohorts.get(window[row]!) ?? [];
    cohorts.set(window[row]!, of);
    if (lines[row]! > 0 && isEnough(seen[row]!)) of.push({ score: scores[row]!, lines: lines[row]! });
  }
  const levels = [...cohorts.values()].map(rawLevel).filter((one) => one.lines >= ASSUMED);
  if (known === undefined && levels.length < WINDOWS) return null;
  const middle = levels.map(({ level }) => level).sort((a, b) => a - b)[levels.length >> 1]!;
  const cohort = known ?? { usual: Number(middle.toPrecision(6)), weight: WEIGHT };
  const shifts = new Map(
    [...cohorts].map(([of, members]) => [of, shiftAt(cohort, levelOf(members, cohort.usual))] as const),
  );
  const level = scores.map((score, row) => fromLogOdds(logOdds(score) - shifts.get(window[row]!)!));
  return { cohort, level };
}

/** Scores of 0 and 1 have log-odds too. */
const EDGE = 1e-4;

function logOdds(score: number): number {
  const within = Math.min(Math.max(score, EDGE), 1 - EDGE);
  return Math.log(within / (1 - within));
}

function fromLogOdds(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}
