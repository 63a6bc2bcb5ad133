import type { Stop } from '../../base/stop.ts';
import { clearDigits, createDigits } from '../digits.ts';
import type { Radio } from '../message.ts';
import { clearBytes, clearCell, createBytes } from '../operation.ts';
import { readBssmap } from './bssmap.ts';
import { BSSMAP_NAMES } from './bssmap-names.ts';
import { clearNas, createNas, nasTypeName, readNas } from './nas.ts';
import { RanapProcedure, ranapTypeName } from './ranap-names.ts';

const LAYER = 'bssap';

/** Discrimination octet (3GPP TS 48.006 §9.3.2). */
const BSSMAP = 0;
const DTAP = 1;

/** A message of the radio access that says nothing. */
export function createRadio(): Radio {
  return {
    protocol: 'bssap',
    type: -1,
    outcome: -1,
    imsi: createDigits(),
    imeisv: createDigits(),
    tmsi: -1,
    cell: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    cause: -1,
    classmark: createBytes(),
    classmark3: createBytes(),
    target: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    domain: -1,
    circuit: -1,
    callIdentifier: -1,
    callIdentifiers: createBytes(),
    iuConnection: -1,
    iuConnections: createBytes(),
    handoverMessage: createBytes(),
    nas: createNas(),
  };
}

export function clearRadio(radio: Radio): void {
  radio.type = -1;
  radio.outcome = -1;
  clearDigits(radio.imsi);
  clearDigits(radio.imeisv);
  radio.tmsi = -1;
  clearCell(radio.cell);
  radio.cause = -1;
  clearBytes(radio.classmark);
  clearBytes(radio.classmark3);
  clearCell(radio.target);
  radio.domain = -1;
  radio.circuit = -1;
  radio.callIdentifier = -1;
  clearBytes(radio.callIdentifiers);
  radio.iuConnection = -1;
  clearBytes(radio.iuConnections);
  clearBytes(radio.handoverMessage);
  clearNas(radio.nas);
}

/**
 * BSSAP (48.006 §9.3): discrimination, of DTAP the data link connection, length, then a BSSMAP or a layer 3 message.
 *
 * @param out cleared first; its views are into `data`. What was read before a bad byte stays.
 */
export function readBssap(data: Buffer, start: number, end: number, out: Radio): Stop | null {
  clearRadio(out);
  out.protocol = 'bssap';
  if (start >= end) return stopAt(0, 1, 0, 'discrimination');
  const discrimination = data[start]!;
  if (discrimination !== BSSMAP && discrimination !== DTAP) return stopAt(0, 1, end - start, 'discrimination');
  const header = discrimination === DTAP ? 3 : 2;
  if (start + header > end) return stopAt(1, header - 1, end - start - 1, 'length indicator');
  const at = start + header;
  const length = data[at - 1]!;
  const after = at + length;
  const last = Math.min(after, end);
  const stop = discrimination === DTAP ? readNas(data, at, last, out.nas) : readBssmap(data, at, last, out);
  return after > end ? stopAt(header, length, end - at, 'length indicator') : stop;
}

/**
 * Name of a BSSAP or RANAP message in camel case, as the standard names it. DTAP and direct transfer are named by the layer 3
 * message inside (`setup`); messages that hold one besides what they say themselves keep their own name
 * (`completeLayer3Information`, `initialUeMessage`). `unknown` where the tables have none.
 */
export function radioTypeName(radio: Radio): string {
  const { type, nas } = radio;
  if (radio.protocol === 'ranap') {
    return type === RanapProcedure.directTransfer && nas.discriminator >= 0
      ? nasTypeName(nas)
      : ranapTypeName(type, radio.outcome);
  }
  return type >= 0 ? (BSSMAP_NAMES[type] ?? 'unknown') : nasTypeName(nas);
}

function stopAt(offset: number, need: number, have: number, reason: string): Stop {
  return { layer: LAYER, offset, need, have, reason };
}
