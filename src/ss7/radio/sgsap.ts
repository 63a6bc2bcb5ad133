import { u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import { clearDigits, createDigits, setDigits } from '../digits.ts';
import { AREA_OCTETS, setCell } from '../location.ts';
import type { Sgsap } from '../message.ts';
import { clearBytes, clearCell, createBytes, setBytes } from '../operation.ts';
import { clearNas, createNas, readNas } from './nas.ts';
import { readNumber, readTmsi, setIdentity } from './nas-elements.ts';
import { isSgsapType, LAST_ELEMENT, SgsapElement } from './sgsap-names.ts';

const LAYER = 'sgsap';
/** Identifier and length of an element (3GPP TS 29.118 §9.1). */
const ELEMENT_HEADER = 2;
/** Octets of an IMSI (§9.4.6): 6 to 15 digits. */
const IMSI_OCTETS = { least: 4, most: 8 };
/** Digits of an IMEISV (§9.4.5). */
const IMEISV_DIGITS = 16;
/** Octets of a cell of 4G (§9.4.3a). */
const CELL_OCTETS = 7;
/** Kinds of mobile identity (24.008 §10.5.1.4). */
const IDENTITY_IMSI = 1;
const IDENTITY_TMSI = 4;

export function createSgsap(): Sgsap {
  return {
    type: -1,
    imsi: createDigits(),
    imeisv: createDigits(),
    tmsi: -1,
    calling: createDigits(),
    area: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    cell: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    cause: -1,
    reject: -1,
    updateType: -1,
    detachType: -1,
    service: -1,
    classmark: createBytes(),
    mmeName: createBytes(),
    vlrName: createBytes(),
    nas: createNas(),
  };
}

function clearSgsap(out: Sgsap): void {
  out.type = -1;
  clearDigits(out.imsi);
  clearDigits(out.imeisv);
  out.tmsi = -1;
  clearDigits(out.calling);
  clearCell(out.area);
  clearCell(out.cell);
  out.cause = -1;
  out.reject = -1;
  out.updateType = -1;
  out.detachType = -1;
  out.service = -1;
  clearBytes(out.classmark);
  clearBytes(out.mmeName);
  clearBytes(out.vlrName);
  clearNas(out.nas);
}

/**
 * True where data [start, end) is a message by all that can be told without its port: a type that is known, an IMSI of decimal digits first,
 * then elements that are known and end where the message ends. Messages that are about no phone are not recognised.
 *
 * @param cut the end of the message is missing
 */
export function looksLikeSgsap(data: Buffer, start: number, end: number, cut: boolean): boolean {
  if (end - start < 1 + ELEMENT_HEADER + IMSI_OCTETS.least || !isSgsapType(data[start]!)) return false;
  if (data[start + 1] !== SgsapElement.imsi) return false;
  let at = start + 1 + ELEMENT_HEADER;
  const after = at + data[start + 2]!;
  if (after > end || !isImsi(data, at, after)) return false;
  for (at = after; at < end; ) {
    const identifier = data[at]!;
    if (identifier === 0 || identifier > LAST_ELEMENT) return false;
    if (at + ELEMENT_HEADER > end) return cut;
    at += ELEMENT_HEADER + data[at + 1]!;
  }
  return at === end || cut;
}

/** A mobile identity that is an IMSI: its kind, whether it has an odd number of digits, and none but these. */
function isImsi(data: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length < IMSI_OCTETS.least || length > IMSI_OCTETS.most || (data[start]! & 7) !== IDENTITY_IMSI) return false;
  if (data[start]! >> 4 > 9) return false;
  const isOdd = (data[start]! & 8) !== 0;
  for (let at = start + 1; at < end; at++) {
    const high = data[at]! >> 4;
    if ((data[at]! & 15) > 9 || (at === end - 1 && !isOdd ? high !== 15 : high > 9)) return false;
  }
  return true;
}

/** True where data [start, end) begins as a message on the port of SGsAP does. */
export function beginsAsSgsap(data: Buffer, start: number, end: number): boolean {
  return start < end && isSgsapType(data[start]!);
}

/**
 * One message (29.118 §8), data [start, end): its type, then elements by identifier and length, of which those that the table has are
 * read.
 *
 * @param out cleared first; its views are into `data`. What was read before a bad byte stays.
 */
export function readSgsap(data: Buffer, start: number, end: number, out: Sgsap): Stop | null {
  clearSgsap(out);
  if (start >= end) return stopAt(0, 1, 0, 'message type');
  out.type = data[start]!;
  let stop: Stop | null = null;
  for (let at = start + 1; at < end; ) {
    if (at + ELEMENT_HEADER > end) return stopAt(at - start, ELEMENT_HEADER, end - at, 'element length');
    const identifier = data[at]!;
    const length = data[at + 1]!;
    at += ELEMENT_HEADER;
    const after = at + length;
    if (after > end) {
      if (identifier === SgsapElement.nas) readNas(data, at, end, out.nas);
      return stop ?? stopAt(at - start, length, end - at, 'element length');
    }
    const read = READERS[identifier];
    if (read !== undefined) stop = read(data, at, after, out) ?? stop;
    at = after;
  }
  return stop;
}

/** Reads the value of an element, data [start, end). The message of layer 3 may stop. */
type ElementReader = (data: Buffer, start: number, end: number, out: Sgsap) => Stop | null;

/** IMSI (§9.4.6): a mobile identity (29.018 §18.4.10). */
const imsi: ElementReader = (data, start, end, out) => {
  setIdentity(out.imsi, data, start, end);
  out.imsi.plan = 6;
  return null;
};

/** IMEISV (§9.4.5): sixteen digits and no kind before them (29.018 §18.4.9). */
const imeisv: ElementReader = (data, start, end, out) => {
  setDigits(out.imeisv, data, start, end, 0, IMEISV_DIGITS);
  return null;
};

/** TMSI (§9.4.20). */
const tmsi: ElementReader = (data, start, end, out) => {
  if (end - start >= 4) out.tmsi = readTmsi(data, start);
  return null;
};

/** Mobile identity (§9.4.14): the TMSI that the phone is given, or its IMSI where it is to have none. */
const mobileIdentity: ElementReader = (data, start, end, out) => {
  if (end - start >= 5 && (data[start]! & 7) === IDENTITY_TMSI) out.tmsi = readTmsi(data, start + 1);
  return null;
};

/** Location area (§9.4.11): of a location update the new one, which comes before the old one (§8.11). */
const area: ElementReader = (data, start, end, out) => {
  if (end - start >= AREA_OCTETS && out.area.lac < 0) setCell(out.area, data, start, start + AREA_OCTETS);
  return null;
};

/** Tracking area (§9.4.21a). Octets behind it are passed over, as are those behind a cell. */
const trackingArea: ElementReader = (data, start, end, out) => {
  if (end - start >= AREA_OCTETS) setCell(out.cell, data, start, start + AREA_OCTETS);
  return null;
};

/** Cell of 4G (§9.4.3a): network and 28 bits; the tracking area stands in an element of its own. */
const cell: ElementReader = (data, start, end, out) => {
  if (end - start < CELL_OCTETS) return null;
  const { lac } = out.cell;
  setCell(out.cell, data, start, start + AREA_OCTETS);
  out.cell.lac = lac;
  if (out.cell.mcc >= 0) out.cell.ci = u32(data, start + 3) & 0x0fff_ffff;
  return null;
};

function octet(name: 'cause' | 'reject' | 'updateType' | 'detachType' | 'service'): ElementReader {
  return (data, start, end, out) => {
    if (start < end) out[name] = data[start]!;
    return null;
  };
}

function octets(name: 'classmark' | 'mmeName' | 'vlrName'): ElementReader {
  return (data, start, end, out) => {
    setBytes(out[name], data, start, end);
    return null;
  };
}

/** Elements that are read, by identifier (§9.3). */
const ELEMENTS: Readonly<Record<number, ElementReader>> = {
  [SgsapElement.imsi]: imsi,
  [SgsapElement.vlrName]: octets('vlrName'),
  [SgsapElement.tmsi]: tmsi,
  [SgsapElement.area]: area,
  [SgsapElement.cause]: octet('cause'),
  [SgsapElement.mmeName]: octets('mmeName'),
  [SgsapElement.updateType]: octet('updateType'),
  [SgsapElement.mobileIdentity]: mobileIdentity,
  [SgsapElement.reject]: octet('reject'),
  [SgsapElement.detachFromEps]: octet('detachType'),
  [SgsapElement.detachFromNonEps]: octet('detachType'),
  [SgsapElement.imeisv]: imeisv,
  [SgsapElement.nas]: (data, start, end, out) => readNas(data, start, end, out.nas),
  [SgsapElement.calling]: (data, start, end, out) => readNumber(out.calling, data, start, end),
  [SgsapElement.service]: octet('service'),
  [SgsapElement.classmark2]: octets('classmark'),
  [SgsapElement.trackingArea]: trackingArea,
  [SgsapElement.cell]: cell,
};
const READERS: readonly (ElementReader | undefined)[] = Array.from(
  { length: 256 },
  (_, identifier) => ELEMENTS[identifier],
);

function stopAt(offset: number, need: number, have: number, reason: string): Stop {
  return { layer: LAYER, offset, need, have, reason };
}
