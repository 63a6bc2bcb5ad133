import type { Stop } from '../../base/stop.ts';
import type { Bytes, Radio } from '../message.ts';
import { setBytes } from '../operation.ts';
import { readCellIdentifier } from './bssmap-cell.ts';
import { BSSMAP_LENGTHS, BssmapType, TLV_LONG } from './bssmap-names.ts';
import { readNas } from './nas.ts';
import { readTmsi, setIdentity } from './nas-elements.ts';

const LAYER = 'bssmap';
/** Octets of a call identifier; the lowest comes first. */
const CALL_IDENTIFIER = 4;

/** Cell identifiers of the message that is read, so far: the serving one may be that of no cell. */
let cellsBefore = 0;

/** Reads the value of an element, data [start, end). A nested protocol may stop. */
type BssmapReader = (data: Buffer, start: number, end: number, out: Radio) => Stop | null;

const readCause: BssmapReader = (data, start, end, out) => {
  if (start >= end) return null;
  const octet = data[start]!;
  // The extension bit announces a national cause in a second octet (48.008 §3.2.2.5).
  if (octet < 0x80) out.cause = octet;
  else if (start + 1 < end) out.cause = ((octet & 0x7f) << 8) | data[start + 1]!;
  return null;
};

const readCircuit: BssmapReader = (data, start, end, out) => {
  if (end - start >= 2) out.circuit = (data[start]! << 8) | data[start + 1]!;
  return null;
};

const readCallIdentifier: BssmapReader = (data, start, end, out) => {
  if (end - start >= CALL_IDENTIFIER) out.callIdentifier = data.readUInt32LE(start);
  return null;
};

const readCallIdentifiers: BssmapReader = (data, start, end, out) => {
  setBytes(out.callIdentifiers, data, start, end);
  return null;
};

const readCell: BssmapReader = (data, start, end, out) => {
  // A handover request names the serving cell, then the target (48.008 §3.2.1.8).
  const isTarget =
    out.type === BssmapType.handoverCommand || (out.type === BssmapType.handoverRequest && cellsBefore++ > 0);
  return readCellIdentifier(data, start, end, isTarget ? out.target : out.cell) ? null : cellStop(end - start);
};

const readCells: BssmapReader = (data, start, end, out) => {
  const cell = out.type === BssmapType.handoverRequired ? out.target : out.cell;
  return readCellIdentifier(data, start, end, cell) ? null : cellStop(end - start);
};

const readImsi: BssmapReader = (data, start, end, out) => {
  setIdentity(out.imsi, data, start, end);
  out.imsi.plan = 6;
  return null;
};

const readTmsiElement: BssmapReader = (data, start, end, out) => {
  if (end - start >= 4) out.tmsi = readTmsi(data, start);
  return null;
};

const readClassmark2: BssmapReader = (data, start, end, out) => {
  setBytes(out.classmark, data, start, end);
  return null;
};

const readClassmark3: BssmapReader = (data, start, end, out) => {
  setBytes(out.classmark3, data, start, end);
  return null;
};

const readLayer3: BssmapReader = (data, start, end, out) => {
  const stop = readNas(data, start, end, out.nas);
  const { imeisv } = out.nas;
  if (imeisv.count > 0) {
    out.imeisv.data = imeisv.data;
    out.imeisv.nibble = imeisv.nibble;
    out.imeisv.count = imeisv.count;
  }
  return stop;
};

const readRadioInformation: BssmapReader = (data, start, end, out) => {
  if (out.type === BssmapType.handoverCommand || out.type === BssmapType.handoverRequestAcknowledge)
    setBytes(out.handoverMessage, data, start, end);
  return readLayer3(data, start, end, out);
};

const LAYER_3_INFORMATION = 23;
const LAYER_3_CONTENTS = 32;

/** Elements that are read, by identifier (48.008 §3.2.2.1). */
const ELEMENTS: Readonly<Record<number, BssmapReader>> = {
  /* §3.2.2.2 */ 1: readCircuit,
  /* §3.2.2.5 */ 4: readCause,
  /* §3.2.2.17 */ 5: readCell,
  /* §3.2.2.6 */ 8: readImsi,
  /* §3.2.2.7 */ 9: readTmsiElement,
  /* §3.2.2.19 */ 18: readClassmark2,
  /* §3.2.2.20 */ 19: readClassmark3,
  /* §3.2.2.24 */ [LAYER_3_INFORMATION]: readRadioInformation,
  /* §3.2.2.27 */ 26: readCells,
  /* §3.2.2.35 */ [LAYER_3_CONTENTS]: readLayer3,
  /* §3.2.2.105 */ 127: readCallIdentifier,
  /* §3.2.2.106 */ 128: readCallIdentifiers,
};
const READERS: readonly (BssmapReader | undefined)[] = Array.from(
  { length: 256 },
  (_, identifier) => ELEMENTS[identifier],
);

/**
 * BSSMAP message (48.008 §3.2.1): its type, then elements, each read by its identifier; unknown ones have a length octet.
 *
 * @param out with nothing in it; what was read before a bad byte stays
 */
export function readBssmap(data: Buffer, start: number, end: number, out: Radio): Stop | null {
  if (start >= end) return stopAt(0, 1, 0, 'message type');
  out.type = data[start]!;
  cellsBefore = 0;
  let stop: Stop | null = null;
  let at = start + 1;
  while (at < end) {
    const identifier = data[at++]!;
    let length = BSSMAP_LENGTHS[identifier]!;
    if (length < 0) {
      const octets = length === TLV_LONG ? 2 : 1;
      if (at + octets > end) return stopAt(at - start, octets, end - at, 'element length');
      length = octets === 1 ? data[at]! : (data[at]! << 8) | data[at + 1]!;
      at += octets;
    }
    const after = at + length;
    if (after > end) {
      const inner = identifier === LAYER_3_INFORMATION || identifier === LAYER_3_CONTENTS;
      if (inner) readLayer3(data, at, end, out);
      return stop ?? stopAt(at - start, length, end - at, 'element length');
    }
    const read = READERS[identifier];
    if (read !== undefined) stop = read(data, at, after, out) ?? stop;
    at = after;
  }
  return stop;
}

/** Gives `take` each call identifier that a RESET IP RESOURCE lists (48.008 §3.2.1.99). */
export function eachCallIdentifier({ data, start, end }: Bytes, take: (identifier: number) => void): void {
  for (let at = start; end - at >= CALL_IDENTIFIER; at += CALL_IDENTIFIER) take(data.readUInt32LE(at));
}

function cellStop(have: number): Stop {
  return { layer: 'cell identifier', offset: 0, need: have + 1, have, reason: 'cell identification discriminator' };
}

function stopAt(offset: number, need: number, have: number, reason: string): Stop {
  return { layer: LAYER, offset, need, have, reason };
}
