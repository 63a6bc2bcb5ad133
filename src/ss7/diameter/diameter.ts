import { u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import { clearDigits, createDigits, setDigits } from '../digits.ts';
import { setCell } from '../location.ts';
import type { Diameter } from '../message.ts';
import { clearBytes, clearCell, createBytes, setBytes } from '../operation.ts';
import { isDiameterCommand } from './diameter-names.ts';

const LAYER = 'diameter';
/** Version, length (24 bits), flags, command (24 bits), application, hop-by-hop and end-to-end identifier (RFC 6733 §3). */
export const DIAMETER_HEADER = 20;
const REQUEST = 0x80;
const RESERVED = 0x0f;
/** Code, flags, length (24 bits), and the vendor where its flag says so (§4.1). */
const AVP_HEADER = 8;
const VENDOR = 0x80;
/** Groups within groups that are gone into: a location in subscriber data is at the third. */
const DEPTH_MAX = 4;
/** Longest message taken from a stream or found by content, bytes. */
const MOST = 65_536;

export function createDiameter(): Diameter {
  return {
    isRequest: false,
    command: -1,
    application: -1,
    hopByHop: -1,
    endToEnd: -1,
    session: createBytes(),
    originHost: createBytes(),
    destinationHost: createBytes(),
    imsi: createBytes(),
    msisdn: createDigits(),
    imei: createBytes(),
    softwareVersion: createBytes(),
    cell: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    result: -1,
    updateFlags: -1,
    equipmentStatus: -1,
    cancellationType: -1,
  };
}

function clearDiameter(out: Diameter): void {
  out.isRequest = false;
  out.command = -1;
  out.application = -1;
  out.hopByHop = -1;
  out.endToEnd = -1;
  clearBytes(out.session);
  clearBytes(out.originHost);
  clearBytes(out.destinationHost);
  clearBytes(out.imsi);
  clearDigits(out.msisdn);
  clearBytes(out.imei);
  clearBytes(out.softwareVersion);
  clearCell(out.cell);
  out.result = -1;
  out.updateFlags = -1;
  out.equipmentStatus = -1;
  out.cancellationType = -1;
}

/** Length that a header at `at` claims. */
export function diameterLength(data: Buffer, at: number): number {
  return u24(data, at + 1);
}

/** True where data [start, end) can be the head of a message: version 1, a sound length, no reserved flag, a command that is known. */
export function looksLikeDiameter(data: Buffer, start: number, end: number): boolean {
  if (end - start < DIAMETER_HEADER || data[start] !== 1 || (data[start + 4]! & RESERVED) !== 0) return false;
  const length = diameterLength(data, start);
  return length >= DIAMETER_HEADER && length <= MOST && (length & 3) === 0 && isDiameterCommand(u24(data, start + 5));
}

/**
 * One message (RFC 6733 §3), data [start, end): its header, then attribute-value pairs, of which those that the table has are read.
 *
 * @param out cleared first; its views are into `data`. What was read before a bad byte stays.
 */
export function readDiameter(data: Buffer, start: number, end: number, out: Diameter): Stop | null {
  clearDiameter(out);
  if (end - start < DIAMETER_HEADER) return stopAt(0, DIAMETER_HEADER, end - start, 'header');
  if (data[start] !== 1) return stopAt(0, 1, end - start, 'version');
  out.isRequest = (data[start + 4]! & REQUEST) !== 0;
  out.command = u24(data, start + 5);
  out.application = u32(data, start + 8);
  out.hopByHop = u32(data, start + 12);
  out.endToEnd = u32(data, start + 16);
  const length = diameterLength(data, start);
  if (length < DIAMETER_HEADER) return stopAt(1, DIAMETER_HEADER, length, 'message length');
  const last = Math.min(end, start + length);
  const stop = readPairs(data, start + DIAMETER_HEADER, last, start, out, 0);
  return stop ?? (start + length > end ? stopAt(1, length, end - start, 'message length') : null);
}

/** What is read of the value of one pair, data [start, end). */
type PairReader = (data: Buffer, start: number, end: number, out: Diameter) => void;

/** A pair that is read: whose code it is (0 of the base protocol), and its reader; none of a group, whose own pairs are read. */
interface Pair {
  vendor: number;
  read: PairReader | null;
}

/** Vendor of 3GPP. */
const TGPP = 10_415;

function base(read: PairReader | null): Pair {
  return { vendor: 0, read };
}

function tgpp(read: PairReader | null): Pair {
  return { vendor: TGPP, read };
}

/** The first octets that are said stay: a group repeats what stands outside of it. */
function octets(pick: (out: Diameter) => Diameter['session']): PairReader {
  return (data, start, end, out) => {
    const bytes = pick(out);
    if (bytes.start === bytes.end) setBytes(bytes, data, start, end);
  };
}

function number(name: 'result' | 'updateFlags' | 'equipmentStatus' | 'cancellationType'): PairReader {
  return (data, start, end, out) => {
    if (end - start === 4 && out[name] < 0) out[name] = u32(data, start);
  };
}

/** Digits of an IMSI (3GPP TS 23.003 §2.2) in a user name. */
const IMSI_DIGITS = { least: 6, most: 15 };

/** User-Name (RFC 6733 §8.14): of S6a and S13 an IMSI (29.272 §5.2.1), elsewhere a name, with a realm where it is one of the network. */
const userName: PairReader = (data, start, end, out) => {
  let at = start;
  while (at < end && isDigit(data[at]!)) at++;
  const count = at - start;
  const isImsi = count >= IMSI_DIGITS.least && count <= IMSI_DIGITS.most && (at === end || data[at] === AT);
  if (isImsi && out.imsi.start === out.imsi.end) setBytes(out.imsi, data, start, at);
};
const AT = 0x40;

/** MSISDN (3GPP TS 29.329 §6.3.2): TBCD of an international number, nothing before it. */
const msisdn: PairReader = (data, start, end, out) => {
  if (out.msisdn.count > 0) return;
  setDigits(out.msisdn, data, start, end, 0, MSISDN_DIGITS_MAX);
  out.msisdn.nature = 4;
  out.msisdn.plan = 1;
};
const MSISDN_DIGITS_MAX = 15;

/** Visited-PLMN-Id (29.272 §7.3.9): three octets; a cell or an area says more. */
const network: PairReader = (data, start, end, out) => {
  if (end - start !== 3 || out.cell.mcc >= 0) return;
  plmn.set(data.subarray(start, end));
  setCell(out.cell, plmn, 0, plmn.length);
  out.cell.lac = -1;
};
const plmn = Buffer.alloc(5);

/** Tracking area (29.272 §7.3.118, 3GPP TS 23.003 §19.4.2.3), location area: network and two octets. */
const area: PairReader = (data, start, end, out) => {
  if (end - start === 5) setCell(out.cell, data, start, end);
};

/** Cell or service area of 2G and 3G: seven octets. */
const cell: PairReader = (data, start, end, out) => {
  if (end - start === 7) setCell(out.cell, data, start, end);
};

/** Cell of 4G (29.272 §7.3.117): network and 28 bits; the tracking area stands in a pair of its own. */
const cellOf4g: PairReader = (data, start, end, out) => {
  if (end - start !== 7) return;
  const { lac } = out.cell;
  network(data, start, start + 3, out);
  out.cell.lac = lac;
  out.cell.ci = u32(data, start + 3) & 0x0fff_ffff;
};

/** Pairs by their code: RFC 6733 §4.5; 29.272 §7.3, 29.329 §6.3. */
const PAIRS: ReadonlyMap<number, Pair> = new Map([
  /* User-Name */ [1, base(userName)],
  /* Session-Id */ [263, base(octets((out) => out.session))],
  /* Origin-Host */ [264, base(octets((out) => out.originHost))],
  /* Result-Code */ [268, base(number('result'))],
  /* Destination-Host */ [293, base(octets((out) => out.destinationHost))],
  /* Experimental-Result */ [297, base(null)],
  /* Experimental-Result-Code */ [298, base(number('result'))],
  /* MSISDN */ [701, tgpp(msisdn)],
  /* Subscription-Data */ [1400, tgpp(null)],
  /* Terminal-Information */ [1401, tgpp(null)],
  /* IMEI */ [1402, tgpp(octets((out) => out.imei))],
  /* Software-Version */ [1403, tgpp(octets((out) => out.softwareVersion))],
  /* ULR-Flags */ [1405, tgpp(number('updateFlags'))],
  /* Visited-PLMN-Id */ [1407, tgpp(network)],
  /* Cancellation-Type */ [1420, tgpp(number('cancellationType'))],
  /* Equipment-Status */ [1445, tgpp(number('equipmentStatus'))],
  /* EPS-Location-Information */ [1496, tgpp(null)],
  /* MME-Location-Information */ [1600, tgpp(null)],
  /* SGSN-Location-Information */ [1601, tgpp(null)],
  /* E-UTRAN-Cell-Global-Identity */ [1602, tgpp(cellOf4g)],
  /* Tracking-Area-Identity */ [1603, tgpp(area)],
  /* Cell-Global-Identity */ [1604, tgpp(cell)],
  /* Location-Area-Identity */ [1606, tgpp(area)],
  /* Service-Area-Identity */ [1607, tgpp(cell)],
]);

function readPairs(data: Buffer, from: number, end: number, first: number, out: Diameter, depth: number): Stop | null {
  for (let at = from; at < end; ) {
    if (end - at < AVP_HEADER) return stopAt(at - first, AVP_HEADER, end - at, 'AVP header');
    const hasVendor = (data[at + 4]! & VENDOR) !== 0;
    const length = u24(data, at + 5);
    const header = hasVendor ? AVP_HEADER + 4 : AVP_HEADER;
    if (length < header) return stopAt(at + 5 - first, header, length, 'AVP length');
    if (at + length > end) return stopAt(at - first, length, end - at, 'AVP length');
    const pair = PAIRS.get(u32(data, at));
    if (pair !== undefined && pair.vendor === (hasVendor ? u32(data, at + AVP_HEADER) : 0)) {
      if (pair.read !== null) {
        pair.read(data, at + header, at + length, out);
      } else if (depth < DEPTH_MAX) {
        const stop = readPairs(data, at + header, at + length, first, out, depth + 1);
        if (stop !== null) return stop;
      }
    }
    at += (length + 3) & ~3;
  }
  return null;
}

function u24(data: Buffer, at: number): number {
  return (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

function stopAt(offset: number, need: number, have: number, reason: string): Stop {
  return { layer: LAYER, offset, need, have, reason };
}
