import type { Stop } from '../../base/stop.ts';
import { setDigits } from '../digits.ts';
import { AREA_OCTETS, IMSI_DIGITS_MAX, setCell } from '../location.ts';
import type { Bytes, Radio } from '../message.ts';
import { setBytes } from '../operation.ts';
import { createOpenType, readOpenType } from './aper.ts';
import { clearRadio } from './bssap.ts';
import { readNas } from './nas.ts';
import { readTmsi } from './nas-elements.ts';

const LAYER = 'ranap';
/** First value of each alternative of a cause (25.413 §9.3.4): radio network, transmission network, NAS, protocol, misc, non-standard. */
const CAUSE_BASES: readonly number[] = [1, 65, 81, 97, 113, 129];
/** Bits of each of them. */
const CAUSE_BITS: readonly number[] = [6, 4, 4, 4, 4, 7];
const CAUSE_EXTENSION_BASE = 257;

const message = createOpenType();
const element = createOpenType();
const octets = createOpenType();

/** Reads one element, data [start, end), the value of its open type. */
type RanapReader = (data: Buffer, start: number, end: number, out: Radio) => Stop | null;

/** NAS-PDU: an octet string. */
const readNasPdu: RanapReader = (data, start, end, out) => {
  readOpenType(data, start, end, octets);
  return readNas(octets.data, octets.start, octets.end, out.nas);
};

/** LAI: an octet whose first bit says that extensions follow, network, location area (25.413 §9.2.3.6). */
const readLocationArea: RanapReader = (data, start, end, out) => {
  // A service area says more, whichever comes first.
  if (out.cell.ci < 0) setCell(out.cell, data, start + 1, Math.min(end, start + 1 + AREA_OCTETS));
  return null;
};

/** SAI (§9.2.3.9): the same with a service area code. */
const readServiceArea: RanapReader = (data, start, end, out) => {
  setCell(out.cell, data, start + 1, end);
  return null;
};

/** AreaIdentity (§9.2.3.10): a choice of a service area or a place. */
const readAreaIdentity: RanapReader = (data, start, end, out) => {
  if (end > start && data[start]! < 0x40) setCell(out.cell, data, start + 1, end);
  return null;
};

/** PagingAreaID (§9.2.1.21): a choice of a location area or a routeing area, which begins with one. */
const readPagingArea: RanapReader = (data, start, end, out) => {
  if (end > start && data[start]! < 0x80) setCell(out.cell, data, start + 1, Math.min(end, start + 1 + AREA_OCTETS));
  return null;
};

/** TargetID: RNC (its location area) or cell; ExtendedRNC-ID and what comes later is passed over. */
const readTarget: RanapReader = (data, start, end, out) => {
  if (start >= end || data[start]! > 0x7f) return null;
  const isCell = data[start]! > 0x3f;
  setCell(out.target, data, start + 1, isCell ? end : Math.min(end, start + 1 + AREA_OCTETS));
  return null;
};

/** SourceID: RNC, or service area. */
const readSource: RanapReader = (data, start, end, out) => {
  if (start < end && (data[start]! & 0xc0) === 0x40) setCell(out.cell, data, start + 1, end);
  return null;
};

/** PermanentNAS-UE-ID: an IMSI of 3 to 8 octets; its length less 3 in the bits behind the extension bit. */
const readPermanent: RanapReader = (data, start, end, out) => {
  if (start >= end || data[start]! > 0x7f) return null;
  const length = ((data[start]! >> 4) & 7) + 3;
  if (start + 1 + length > end) return stopAt(LAYER, 0, length, end - start - 1, 'IMSI');
  setDigits(out.imsi, data, start + 1, start + 1 + length, 0, IMSI_DIGITS_MAX);
  out.imsi.plan = 6;
  return null;
};

/** L3-Information: the handover command of a GSM cell. */
const readLayer3: RanapReader = (data, start, end, out) => {
  readOpenType(data, start, end, octets);
  setBytes(out.handoverMessage, octets.data, octets.start, octets.end);
  return null;
};

/** TargetRNC-ToSourceRNC-TransparentContainer. */
const readContainer: RanapReader = (data, start, end, out) => {
  if (out.handoverMessage.end === 0) setBytes(out.handoverMessage, data, start, end);
  return null;
};

/** TemporaryUE-ID: TMSI or P-TMSI, 4 octets each. */
const readTemporary: RanapReader = (data, start, end, out) => {
  if (end - start >= 5 && data[start]! < 0x80) out.tmsi = readTmsi(data, start + 1);
  return null;
};

/** Cause: extension bit, three bits for the alternative, then the value less the first one of it. */
const readCause: RanapReader = (data, start, end, out) => {
  if (start >= end) return null;
  const octet = data[start]!;
  if (octet > 0x7f) {
    // radioNetworkExtension: normally small number of the alternative, then an open type of one octet.
    readOpenType(data, start + 1, end, octets);
    if (octets.end > octets.start) out.cause = CAUSE_EXTENSION_BASE + octets.data[octets.start]!;
    return null;
  }
  const alternative = (octet >> 4) & 7;
  const base = CAUSE_BASES[alternative];
  if (base === undefined) return null;
  const bits = CAUSE_BITS[alternative]!;
  const sixteen = (octet << 8) | (start + 1 < end ? data[start + 1]! : 0);
  out.cause = base + ((sixteen >> (12 - bits)) & ((1 << bits) - 1));
  return null;
};

const readDomain: RanapReader = (data, start, end, out) => {
  if (start < end) out.domain = data[start]! >> 7;
  return null;
};

const readClassmark2: RanapReader = (data, start, end, out) => {
  readOpenType(data, start, end, octets);
  setBytes(out.classmark, octets.data, octets.start, octets.end);
  return null;
};

const readClassmark3: RanapReader = (data, start, end, out) => {
  readOpenType(data, start, end, octets);
  setBytes(out.classmark3, octets.data, octets.start, octets.end);
  return null;
};

/** IuSignallingConnectionIdentifier: 24 bits. */
const readConnection: RanapReader = (data, start, end, out) => {
  if (end - start >= 3) out.iuConnection = connectionAt(data, start);
  return null;
};

const readConnections: RanapReader = (data, start, end, out) => {
  setBytes(out.iuConnections, data, start, end);
  return null;
};

/** Elements that are read, by identifier (25.413 §9.3.6). */
const ELEMENTS: Readonly<Record<number, RanapReader>> = {
  /* id-AreaIdentity */ 0: readAreaIdentity,
  /* id-CN-DomainIndicator */ 3: readDomain,
  /* id-Cause */ 4: readCause,
  /* id-ClassmarkInformation2 */ 7: readClassmark2,
  /* id-ClassmarkInformation3 */ 8: readClassmark3,
  /* id-LAI */ 15: readLocationArea,
  /* id-NAS-PDU */ 16: readNasPdu,
  /* id-PagingAreaID */ 21: readPagingArea,
  /* id-L3-Information */ 22: readLayer3,
  /* id-PermanentNAS-UE-ID */ 23: readPermanent,
  /* id-SAI */ 58: readServiceArea,
  /* id-SourceID */ 60: readSource,
  /* id-TargetID */ 62: readTarget,
  /* id-TargetRNC-ToSourceRNC-TransparentContainer */ 63: readContainer,
  /* id-TemporaryUE-ID */ 64: readTemporary,
  /* id-IuSigConIdList */ 77: readConnections,
  /* id-IuSigConId */ 79: readConnection,
};
const READERS: readonly (RanapReader | undefined)[] = Array.from({ length: 128 }, (_, id) => ELEMENTS[id]);

/**
 * RANAP message (3GPP TS 25.413 §9.3.2, aligned PER): kind, procedure, criticality, then a container of elements, each with its
 * identifier, criticality and length; unknown ones are passed over.
 *
 * @param out cleared first; its views are into `data`, or into a copy where it came in fragments of 16 K. What was read before a
 * bad byte stays.
 */
export function readRanap(data: Buffer, start: number, end: number, out: Radio): Stop | null {
  clearRadio(out);
  out.protocol = 'ranap';
  if (end - start < 3) return stopAt(LAYER, 0, 3, end - start, 'procedure');
  // The extension bit stands for a kind of message that no edition has.
  if (data[start]! > 0x7f) return stopAt(LAYER, 0, 1, end - start, 'kind of message');
  out.outcome = data[start]! >> 5;
  out.type = data[start + 1]!;
  readOpenType(data, start + 3, end, message);
  const stop = readElements(message.data, message.start, message.end, out);
  if (message.missing === 0) return stop;
  const have = message.end - message.start;
  return stopAt(LAYER, 3, have + message.missing, have, 'message length');
}

/** SEQUENCE of a container of elements and optional extensions: an octet of bits, the number of elements in two octets. */
function readElements(data: Buffer, start: number, end: number, out: Radio): Stop | null {
  if (end - start < 3) return stopAt(LAYER, 0, 3, Math.max(0, end - start), 'number of elements');
  const count = (data[start + 1]! << 8) | data[start + 2]!;
  let at = start + 3;
  let stop: Stop | null = null;
  for (let index = 0; index < count; index++) {
    if (end - at < 4) return stopAt(LAYER, at - start, 4, end - at, 'element');
    const id = (data[at]! << 8) | data[at + 1]!;
    readOpenType(data, at + 3, end, element);
    at = element.next;
    if (element.missing > 0) {
      const have = element.end - element.start;
      if (id === 16) readNasPdu(element.data, element.start, element.end, out);
      return stopAt(LAYER, at - start - have, have + element.missing, have, 'element length');
    }
    const read = READERS[id];
    if (read !== undefined) stop = read(element.data, element.start, element.end, out) ?? stop;
  }
  return stop;
}

/**
 * Gives `take` each identifier of the list of a RESET RESOURCE (25.413 §9.1.45): the number of containers less 1, then of each the number of
 * its elements, which is 1, and of that identifier, criticality and open type: an octet of bits and the 24 bits.
 */
export function eachIuConnection({ data, start, end }: Bytes, take: (connection: number) => void): void {
  if (start >= end) return;
  let at = start + 1;
  for (let left = data[start]! + 1; left > 0 && end - at >= CONTAINER_BYTES; left--) {
    if (data[at] !== 0 || data[at + 1] !== 1) return;
    readOpenType(data, at + 5, end, element);
    at = element.next;
    if (element.end - element.start >= 4) take(connectionAt(element.data, element.start + 1));
  }
}

/** Two octets of number, two of identifier, one of criticality, one of length. */
const CONTAINER_BYTES = 6;

function connectionAt(data: Buffer, at: number): number {
  return (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;
}

function stopAt(layer: string, offset: number, need: number, have: number, reason: string): Stop {
  return { layer, offset, need, have, reason };
}
