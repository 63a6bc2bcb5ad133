import type { Stop } from '../../base/stop.ts';
import { clearDigits, createDigits } from '../digits.ts';
import type { Nas } from '../message.ts';
import { clearBytes, clearCell, createBytes } from '../operation.ts';
import { FORMATS, LENGTH_VALUE } from './nas-formats.ts';
import { Discriminator, NAMES, TYPE_MASKS } from './nas-names.ts';

const LAYER = 'nas';

/** A layer 3 message that says nothing. */
export function createNas(): Nas {
  return {
    discriminator: -1,
    transaction: -1,
    type: -1,
    imsi: createDigits(),
    imei: createDigits(),
    imeisv: createDigits(),
    tmsi: -1,
    calling: createDigits(),
    redirecting: createDigits(),
    called: createDigits(),
    cause: -1,
    reject: -1,
    luType: -1,
    service: -1,
    area: { mcc: -1, mnc: -1, mncDigits: 2, lac: -1, ci: -1 },
    classmark: createBytes(),
    rpType: -1,
    smsAddress: createDigits(),
    smsName: createBytes(),
    smsLength: -1,
    smsType: -1,
    serviceCentre: createDigits(),
    ussd: createBytes(),
    ussdCoding: -1,
    causeLocation: -1,
    identityType: -1,
    ssComponent: -1,
    ssOperation: -1,
    ssCode: -1,
    forwardedTo: createDigits(),
  };
}

export function clearNas(nas: Nas): void {
  // Nothing was said since the last time.
  if (nas.discriminator >= 0) resetNas(nas);
}

/** Clears all, also what was read without the layers around it. */
export function resetNas(nas: Nas): void {
  nas.discriminator = -1;
  nas.transaction = -1;
  nas.type = -1;
  clearDigits(nas.imsi);
  clearDigits(nas.imei);
  clearDigits(nas.imeisv);
  nas.tmsi = -1;
  clearDigits(nas.calling);
  clearDigits(nas.redirecting);
  clearDigits(nas.called);
  nas.cause = -1;
  nas.reject = -1;
  nas.luType = -1;
  nas.service = -1;
  clearCell(nas.area);
  clearBytes(nas.classmark);
  nas.rpType = -1;
  clearDigits(nas.smsAddress);
  clearBytes(nas.smsName);
  nas.smsLength = -1;
  nas.smsType = -1;
  clearDigits(nas.serviceCentre);
  clearBytes(nas.ussd);
  nas.ussdCoding = -1;
  nas.causeLocation = -1;
  nas.identityType = -1;
  nas.ssComponent = -1;
  nas.ssOperation = -1;
  nas.ssCode = -1;
  clearDigits(nas.forwardedTo);
}

/** Discriminators whose upper half octet is a transaction identifier (24.007 §11.2.3.1.3); of the others it is a skip indicator. */
const HAS_TRANSACTION: readonly boolean[] = Array.from({ length: 16 }, (_, discriminator) =>
  (
    [
      Discriminator.gcc,
      Discriminator.bcc,
      Discriminator.cc,
      Discriminator.sms,
      Discriminator.sm,
      Discriminator.ss,
    ] as number[]
  ).includes(discriminator),
);

/**
 * Layer 3 message of the radio interface (3GPP TS 24.007 §11.2): discriminator, transaction, type, then by the table of its
 * protocol the mandatory elements in order and the optional ones by identifier. What was read before a bad byte stays.
 *
 * @param out cleared first; its views are into `data`
 */
export function readNas(data: Buffer, start: number, end: number, out: Nas): Stop | null {
  clearNas(out);
  if (start >= end) return stopAt(0, 2, 0, 'discriminator');
  const octet = data[start]!;
  const discriminator = octet & 15;
  let at = start + 1;
  out.discriminator = discriminator;
  if (HAS_TRANSACTION[discriminator]!) {
    out.transaction = octet >> 4;
    // Value 7 announces an octet with more of it (24.007 §11.2.3.1.3).
    if ((octet & 0x70) === 0x70) at++;
  }
  if (at >= end) return stopAt(at - start, 1, 0, 'message type');
  const type = data[at++]! & TYPE_MASKS[discriminator]!;
  out.type = type;
  const formats = FORMATS[discriminator];
  const parts = formats?.parts[type];
  if (formats === undefined || parts === undefined) return null;
  let stop: Stop | null = null;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    let { length } = part;
    if (length === LENGTH_VALUE) {
      if (at >= end) return stopAt(at - start, 1, 0, part.name);
      length = data[at++]!;
    }
    const after = at + length;
    if (after > end) {
      const inner = part.nested ? part.read!(data, at, end, out) : null;
      return inner ?? stopAt(at - start, length, end - at, part.name);
    }
    if (part.read !== null) stop = part.read(data, at, after, out) ?? stop;
    at = after;
  }
  const { optional, fixed } = formats;
  while (at < end) {
    const identifier = data[at]!;
    at++;
    // Elements of one octet have bit 8 set (24.007 §11.2.4).
    if (identifier > 0x7f) continue;
    let length = fixed[identifier]!;
    if (length < 0) {
      if (at >= end) return stopAt(at - start, 1, 0, 'element length');
      length = data[at++]!;
    }
    const after = at + length;
    if (after > end) return stopAt(at - start, length, end - at, 'element length');
    const read = optional[identifier];
    if (read !== undefined) stop = read(data, at, after, out) ?? stop;
    at = after;
  }
  return stop;
}

/**
 * Name of the message in camel case, as the standard names it: `setup`, `cmServiceRequest`, `cpData`. Messages of supplementary
 * services, group and broadcast calls begin with `ss`, `gcc` and `bcc`, because call control has the same names. `unknown` where
 * the tables have none.
 */
export function nasTypeName(nas: Nas): string {
  return NAMES[nas.discriminator]?.[nas.type] ?? 'unknown';
}

function stopAt(offset: number, need: number, have: number, reason: string): Stop {
  return { layer: LAYER, offset, need, have, reason };
}
