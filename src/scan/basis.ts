import { CATALOGUE } from '../features/catalogue.ts';
import type { Basis } from '../forest/thresholds.ts';

/** A feature that is there where a line registers; those that count who else shows its address. */
const [REGISTERS] = placesOf('registration_expires');
const ADDRESS = placesOf('lines_per_endpoint', 'lines_per_contact');
/** Features that are there where a line was seen on the radio side. */
const RADIO = placesOf('lines_per_imei', 'cells', 'attaches_per_hour');
/** What more lines come from is a switch on their way, which signals for all of them. */
const SWITCH = 200;

/** What a vector of all features of the catalogue rests on. */
export function basisOf(vector: Float64Array): Basis {
  if (has(vector, REGISTERS!) || ADDRESS.some((place) => vector[place]! <= SWITCH)) return 'sip';
  return RADIO.some((place) => has(vector, place)) ? 'radio' : 'calls';
}

function has(vector: Float64Array, place: number): boolean {
  return !Number.isNaN(vector[place]!);
}

function placesOf(...names: string[]): number[] {
  return names.map((name) => CATALOGUE.findIndex((definition) => definition.name === name));
}
