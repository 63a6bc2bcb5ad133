import type { Stop } from '../../base/stop.ts';
import { type Digits, setDigits } from '../digits.ts';
import { natureOf, setCell } from '../location.ts';
import type { Nas } from '../message.ts';
import { setBytes } from '../operation.ts';

/** Reads the value of an information element, data [start, end). A nested protocol may stop. */
export type ElementReader = (data: Buffer, start: number, end: number, out: Nas) => Stop | null;

/** Digits of an IMEISV, the longest of the mobile identities. */
const IDENTITY_DIGITS_MAX = 16;
/** Digits of a BCD number: 41 octets at most, two digits each (24.008 §10.5.4.7). */
const NUMBER_DIGITS_MAX = 82;

/** Kinds of mobile identity (24.008 §10.5.1.4). */
const IdentityType = { imsi: 1, imei: 2, imeisv: 3, tmsi: 4 } as const;

/** Mobile identity (24.008 §10.5.1.4): IMSI, IMEI, IMEISV or TMSI. */
export const readIdentity: ElementReader = (data, start, end, out) => {
  if (start >= end) return null;
  switch (data[start]! & 7) {
    case IdentityType.imsi:
      setIdentity(out.imsi, data, start, end);
      out.imsi.plan = 6;
      break;
    case IdentityType.imei:
      setIdentity(out.imei, data, start, end);
      break;
    case IdentityType.imeisv:
      setIdentity(out.imeisv, data, start, end);
      break;
    case IdentityType.tmsi:
      if (end - start >= 5) out.tmsi = readTmsi(data, start + 1);
  }
  return null;
};

/** Mobile identity of GPRS mobility management (24.008 §10.5.1.4): a P-TMSI is none of the TMSIs, which have numbers of their own. */
export const readGprsIdentity: ElementReader = (data, start, end, out) =>
  start < end && (data[start]! & 7) !== IdentityType.tmsi ? readIdentity(data, start, end, out) : null;

/** Digits of a mobile identity: the first in the high half of the first octet. */
export function setIdentity(digits: Digits, data: Buffer, start: number, end: number): void {
  setDigits(digits, data, start, end, 1, IDENTITY_DIGITS_MAX);
}

/** TMSI of 4 octets as an unsigned number (23.003 §2.4). */
export function readTmsi(data: Buffer, at: number): number {
  return data[at]! * 0x1000000 + ((data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!);
}

/** Location area identification (24.008 §10.5.1.3). LAC fffe means that the mobile has none. */
export const readArea: ElementReader = (data, start, end, out) => {
  setCell(out.area, data, start, end);
  return null;
};

/** Mobile station classmark 1 (1 octet) or 2 (3 octets), 24.008 §10.5.1.5, §10.5.1.6. */
export const readClassmark: ElementReader = (data, start, end, out) => {
  setBytes(out.classmark, data, start, end);
  return null;
};

/** Location updating type (24.008 §10.5.3.5): bits 2 and 1; bit 4 is the follow-on request. */
export const readLuType: ElementReader = (data, start, _end, out) => {
  out.luType = data[start]! & 3;
  return null;
};

/** CM service type (24.008 §10.5.3.3): 1 call, 2 emergency call, 4 short message, 8 supplementary service, ... */
export const readService: ElementReader = (data, start, _end, out) => {
  out.service = data[start]! & 15;
  return null;
};

/** Identity type (24.008 §10.5.5.9). */
export const readIdentityType: ElementReader = (data, start, _end, out) => {
  out.identityType = data[start]! & 7;
  return null;
};

/** Reject cause of mobility management (24.008 §10.5.3.6). */
export const readReject: ElementReader = (data, start, _end, out) => {
  out.reject = data[start]!;
  return null;
};

/** Cause of call control (24.008 §10.5.4.11): location, octet 3a where the extension bit says so, value. */
export const readCause: ElementReader = (data, start, end, out) => {
  // Of an element that comes again the first counts (24.008 §8.6.3): a RELEASE has a second cause where a timer ran out.
  if (start >= end || out.cause >= 0) return null;
  out.causeLocation = data[start]! & 15;
  const at = (data[start]! & 0x80) === 0 ? start + 2 : start + 1;
  if (at < end) out.cause = data[at]! & 0x7f;
  return null;
};

/** Calling party BCD number (24.008 §10.5.4.9). */
export const readCalling: ElementReader = (data, start, end, out) => readNumber(out.calling, data, start, end);

/** Called party BCD number (24.008 §10.5.4.7). */
export const readCalled: ElementReader = (data, start, end, out) => readNumber(out.called, data, start, end);

/** Redirecting party BCD number (24.008 §10.5.4.21b). */
export const readRedirecting: ElementReader = (data, start, end, out) => readNumber(out.redirecting, data, start, end);

/** BCD number (24.008 §10.5.4.7): of several the first. */
export function readNumber(digits: Digits, data: Buffer, start: number, end: number): null {
  if (start >= end || digits.count > 0) return null;
  const octet = data[start]!;
  let at = start + 1;
  digits.nature = natureOf(octet);
  digits.plan = octet & 15;
  if ((octet & 0x80) === 0 && at < end) digits.presentation = (data[at++]! >> 5) & 3;
  setDigits(digits, data, at, end, 0, NUMBER_DIGITS_MAX);
  return null;
}
