import { createHash } from 'node:crypto';
import type { FeatureContext, FeatureDefinition } from './definition.ts';
import { BALANCE } from './families/balance.ts';
import { CALLERS } from './families/callers.ts';
import { COHORT } from './families/cohort.ts';
import { COUNTERPARTS } from './families/counterparts.ts';
import { DEVICE } from './families/device.ts';
import { ENROLMENT } from './families/enrolment.ts';
import { LENGTH } from './families/length.ts';
import { MESSAGES } from './families/messages.ts';
import { MOBILITY } from './families/mobility.ts';
import { MOVEMENT } from './families/movement.ts';
import { PRESENTED } from './families/presented.ts';
import { SERVICES } from './families/services.ts';
import { SESSIONS } from './families/sessions.ts';
import { SHARED_DEVICE } from './families/shared-device.ts';
import { SIP_AGAINST_RADIO } from './families/sip-against-radio.ts';
import { SIP_LOOK } from './families/sip-look.ts';
import { SIP_NETWORK } from './families/sip-network.ts';
import { TIMES } from './families/times.ts';
import { TRUNK_LEGS } from './families/trunk.ts';
import { VOLUME } from './families/volume.ts';
import type { History } from './history/history.ts';

/** Every feature, in the order of a vector. */
export const CATALOGUE: readonly FeatureDefinition[] = [
  ...DEVICE,
  ...MOBILITY,
  ...VOLUME,
  ...TIMES,
  ...SESSIONS,
  ...LENGTH,
  ...COUNTERPARTS,
  ...BALANCE,
  ...CALLERS,
  ...MESSAGES,
  ...SIP_LOOK,
  ...SIP_NETWORK,
  ...SHARED_DEVICE,
  ...MOVEMENT,
  ...COHORT,
  ...SERVICES,
  ...ENROLMENT,
  ...SIP_AGAINST_RADIO,
  ...TRUNK_LEGS,
  ...PRESENTED,
];

/** Their names, in the same order. */
export const featureNames: readonly string[] = CATALOGUE.map((definition) => definition.name);

/** Features that ask which numbers are neighbours, or what a number is for: missing where pseudonyms stand for numbers. */
export const OF_DIGITS: ReadonlySet<string> = new Set([
  'sequential_number_share',
  'imeis_near_in_serial',
  'lines_near_in_imsi',
  'fixed_number',
]);

/** Computes the vector of a sealed history into the first `CATALOGUE.length` places of `out`. Missing is NaN. */
export function computeVector(history: History, context: FeatureContext, out: Float64Array): void {
  for (let i = 0; i < CATALOGUE.length; i++) out[i] = CATALOGUE[i]!.compute(history, context);
}

/** SHA-256 of what a model relies on: name, formula, unit and columns. A model file keeps it for each of its features. */
export function definitionDigest({
  name,
  formula,
  unit,
  columns,
}: Omit<FeatureDefinition, 'compute' | 'reason'>): string {
  return createHash('sha256')
    .update(JSON.stringify([name, formula, unit, columns]))
    .digest('hex');
}
