import { CATALOGUE } from '../features/catalogue.ts';
import type { Basis } from '../forest/thresholds.ts';

/** Features that are there where a line was seen to signal over SIP, or was seen on the radio side. */
const SIP = placesOf('lines_per_endpoint', 'lines_per_contact');
const RADIO = placesOf('lines_per_imei', 'cells', 'attaches_per_hour');

/** What a vector of all features of the catalogue rests on. */
export function basisOf(vector: Float64Array): Basis {
  const has = (place: number) => !Number.isNaN(vector[place]!);
  if (SIP.some(has)) return 'sip';
  return RADIO.some(has) ? 'radio' : 'calls';
}

function placesOf(...names: string[]): number[] {
  return names.map((name) => CATALOGUE.findIndex((definition) => definition.name === name));
}
