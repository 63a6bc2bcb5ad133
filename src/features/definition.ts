import type { EventColumn } from '../events/event.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { History } from './history/history.ts';
import type { Pairing } from './pairing.ts';
import type { Population } from './population.ts';
import type { CellPlaces } from './references/cell-places.ts';
import type { Networks } from './references/networks.ts';
import type { RegisteredLines } from './registered-lines.ts';
import type { Sightings } from './sightings.ts';

export const FAMILIES = {
  D: 'Device',
  M: 'Mobility',
  V: 'Volume and timing',
  L: 'Call length and outcome',
  C: 'Counterparts',
  R: 'In and out',
  S: 'SMS, USSD, data',
  N: 'SIP',
  G: 'Group',
} as const;
type Family = keyof typeof FAMILIES;

/** What a feature may know besides the line's own events. */
export interface FeatureContext {
  /** Start and end of the window, seconds since the epoch. */
  from: number;
  until: number;
  /** Seconds of the window that captures cover: rates are per observed hour, of this. */
  observedSeconds: number;
  /** Counts over all lines. */
  population: Population;
  /** Offset of local time from UTC at a time, seconds; null where `--time-zone` was not given (features of the local day are missing then). */
  localOffset: ((epochSeconds: number) => number) | null;
  /** Class of a type allocation code (first 8 digits of an IMEI), null where the table has it not; absent without `--tac-db`. */
  tacClass?: (tac: string) => TacClass | null;
  /** Known gateway fingerprints; absent: the table that comes with Catpool. */
  fingerprints?: Fingerprints;
  /** Legs on trunks, which mobile calls may carry on; absent: nothing paired. */
  pairing?: Pairing;
  /** Where cells are; absent without `--cells`. */
  cells?: CellPlaces;
  /** Where and when IMEIs of several lines were seen; absent without `--cells`. */
  sightings?: Sightings;
  /** Classes of networks; absent without `--networks`. */
  networks?: Networks;
  /** What the operator's register says of the lines; absent without `--subscribers`. */
  registered?: RegisteredLines;
  /** Digit prefixes of the own network's numbers; absent without `--own-prefixes`. */
  ownPrefixes?: readonly string[];
}

export type TacClass = 'phone' | 'module' | 'modem' | 'iot';

/**
 * One feature: one number about one line over a window. NaN where its source was not in the captures (missing is not zero).
 */
export interface FeatureDefinition {
  /** Number in the catalogue with a letter where one number has several, for instance `V4a`. */
  id: string;
  /** snake_case column name, for instance `calls_per_called_number`. Unique; a model names its features by it. */
  name: string;
  family: Family;
  /** `calls/h`, `s`, `share`, `bit`, `count`, ... */
  unit: string;
  /** What it is, in words, one sentence. English and Chinese. */
  words: { en: string; zh: string };
  /** The formula, plain text. */
  formula: string;
  /** Message and clause the raw fact is read from, for instance `RFC 3261 §8.1.1`. */
  source: string;
  /** Event columns it reads. */
  columns: readonly EventColumn[];
  /**
   * 1 where more of it does not speak for a line, -1 where less of it does not: no split of a forest may take it so, whatever the networks
   * show that it is trained on. Left out: it may speak either way.
   */
  leaning?: 1 | -1;
  /** The value said as a reason: `131 calls to 131 numbers`. Shown with the value of this line. */
  reason: { en: (value: number, history: History) => string; zh: (value: number, history: History) => string };
  compute: (history: History, context: FeatureContext) => number;
}
