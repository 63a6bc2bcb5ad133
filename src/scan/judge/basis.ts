import { CATALOGUE } from '../../features/catalogue.ts';
import { rateHours } from '../../features/exposure.ts';
import { isAccount } from '../../features/families/sip-network.ts';
import type { Basis, Seen } from '../../forest/thresholds.ts';

const PLACES = new Map(CATALOGUE.map(({ name }, place) => [name, place]));
/** Features that are there where a line was seen on the radio side; the first where its device is known, over SIP too. */
const RADIO = placesOf('lines_per_imei', 'cells', 'attaches_per_hour');
const [IMEI] = RADIO;
const [SDP, TEXTS, CALLS] = placesOf('lines_per_sdp_fingerprint', 'outgoing_sms_per_hour', 'outgoing_per_hour');
/** A line that texts so many times as often as it calls is one that texts. */
const MOSTLY = 4;

/**
 * What a vector of all features of the catalogue rests on. Lines that
 * text and hardly call are machines mostly, lawful ones too: what these score says nothing of those that call.
 */
export function basisOf(vector: Float64Array): Basis {
  if (vector[TEXTS!]! > MOSTLY * vector[CALLS!]!) return 'texts';
  if (isAccount((name) => vector[PLACES.get(name)!]!)) return has(vector, IMEI!) ? 'sip_imei' : 'sip';
  if (has(vector, IMEI!)) return 'radio';
  if (RADIO.some((place) => has(vector, place))) return 'cells';
  return has(vector, SDP!) ? 'trunk' : 'calls';
}

/** What a vector of all features shows was seen of a line with so many calls in so many hours. */
export function seenIn(vector: Float64Array, calls: number, hours: number): Seen {
  const sent = (vector[TEXTS!]! || 0) * rateHours({ observedSeconds: 3600 * hours });
  return { basis: basisOf(vector), hours, acts: calls + Math.round(sent) };
}

function has(vector: Float64Array, place: number): boolean {
  return !Number.isNaN(vector[place]!);
}

function placesOf(...names: string[]): number[] {
  return names.map((name) => PLACES.get(name)!);
}
