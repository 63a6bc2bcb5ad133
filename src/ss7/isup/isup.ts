import type { Stop } from '../../base/stop.ts';
import { clearDigits, createDigits, setDigits } from '../digits.ts';
import { type Isup, Ss7Variant, type Ss7VariantId } from '../message.ts';
import { setBytes } from '../operation.ts';
import { readParameters } from '../parameters.ts';
import { ANSI_ISUP_MESSAGES, ISUP_MESSAGES, IsupParameter, IsupType } from './isup-messages.ts';
import { causeValueAt, readIsupNumber } from './isup-number.ts';

/** Type of a generic address of ANSI (T1.113.3 §3.18); ITU has it for national use. */
const PORTED_NUMBER = 0xc0;
/** Number qualifier of a generic number (Q.763 §3.26): additional calling party number. */
export const ADDITIONAL_CALLING = 6;

/** Generic notification (Q.763 §3.25): the call is diverting. */
const DIVERTING = 0x7b;
/** Events of a CPG (Q.763 §3.21) that say that the call was forwarded: on busy, on no reply, unconditionally. Redirecting reasons are three less. */
const FORWARDED_BUSY = 4;
const FORWARDED_UNCONDITIONAL = 6;

/** Parameters that are a number. */
const NUMBERS: ReadonlySet<number> = new Set([
  IsupParameter.called,
  IsupParameter.calling,
  IsupParameter.originalCalled,
  IsupParameter.redirecting,
  IsupParameter.dialled,
  IsupParameter.connected,
  IsupParameter.charge,
  IsupParameter.generic,
  IsupParameter.subsequent,
]);

/** A view of an ISUP or BICC message to be filled in again and again. */
export function createIsup(): Isup {
  return {
    bicc: false,
    type: 0,
    passed: -1,
    cic: -1,
    calling: createDigits(),
    called: createDigits(),
    originalCalled: createDigits(),
    redirecting: createDigits(),
    generic: createDigits(),
    genericQualifier: -1,
    dialled: createDigits(),
    connected: createDigits(),
    charge: createDigits(),
    subsequent: createDigits(),
    cause: -1,
    causeLocation: -1,
    category: -1,
    suspendByNetwork: -1,
    event: -1,
    forwarded: -1,
    calledStatus: -1,
    continuity: -1,
    range: -1,
    status: { data: Buffer.alloc(0), start: 0, end: 0 },
    supervision: -1,
  };
}

/** Name of the message type: `IAM`, `REL`, `PAM FAC` of one that passes another along; `type 99` of one that is not known. */
export function isupTypeName({ type, passed }: Isup): string {
  return passed < 0 ? nameOf(type) : `${nameOf(type)} ${nameOf(passed)}`;
}

function nameOf(type: number): string {
  return ISUP_MESSAGES[type]?.name ?? `type ${type}`;
}

/**
 * Reads an ISUP message (ITU-T Q.763, ANSI T1.113.3) or, with `bicc`, a BICC message (Q.1902.3) from its circuit identification
 * code on. Chinese and Japanese use have ITU's format.
 */
export function readIsup(
  data: Buffer,
  start: number,
  end: number,
  variant: Ss7VariantId,
  bicc: boolean,
  out: Isup,
): Stop | null {
  clear(out);
  out.bicc = bicc;
  const length = bicc ? 4 : 2;
  if (start + length > end) {
    return { layer: layerOf(out), offset: 0, need: length, have: Math.max(0, end - start), reason: 'CIC' };
  }
  if (bicc) {
    // Q.1902.3 §5.2: the call instance code has 32 bits.
    out.cic = (data[start]! | (data[start + 1]! << 8) | (data[start + 2]! << 16) | (data[start + 3]! << 24)) >>> 0;
  } else {
    // Q.763 §1.2: 12 bits and 4 spare; T1.113.3 §1.2: 14 bits.
    out.cic = (data[start]! | (data[start + 1]! << 8)) & (variant === Ss7Variant.ansi ? 0x3fff : 0x0fff);
  }
  return readMessage(data, start, start + length, end, variant, out);
}

/** Reads an ISUP message in a SIP body (RFC 3204 §3.1), which begins with the message type. */
export function readIsupBody(data: Buffer, start: number, end: number, variant: Ss7VariantId, out: Isup): Stop | null {
  clear(out);
  return readMessage(data, start, start, end, variant, out);
}

/** @param at offset of the message type */
function readMessage(
  data: Buffer,
  start: number,
  at: number,
  end: number,
  variant: Ss7VariantId,
  out: Isup,
): Stop | null {
  const layer = layerOf(out);
  if (at >= end) return { layer, offset: at - start, need: 1, have: 0, reason: 'message type' };
  const formats = variant === Ss7Variant.ansi ? ANSI_ISUP_MESSAGES : ISUP_MESSAGES;
  out.type = data[at]!;
  let format = formats[out.type];
  if (out.type === IsupType.PAM) {
    // Q.763 §4 table 41: another message, from its type on. One that passes along is not passed along.
    at++;
    if (at >= end) return { layer, offset: at - start, need: 1, have: 0, reason: 'message passed along' };
    out.passed = data[at]!;
    format = out.passed === IsupType.PAM ? undefined : formats[out.passed];
  }
  if (format === undefined) {
    return { layer, offset: at - start, need: 1, have: end - at, reason: 'unknown message type' };
  }
  const stop = readParameters(layer, format, data, start, at + 1, end, -1, takeParameter, out);
  // Elsewhere the code is for national use.
  if (variant !== Ss7Variant.ansi) clearDigits(out.charge);
  return stop;
}

function layerOf(isup: Isup): string {
  return isup.bicc ? 'bicc' : 'isup';
}

function clear(out: Isup): void {
  out.bicc = false;
  out.type = 0;
  out.passed = -1;
  out.cic = -1;
  clearDigits(out.calling);
  clearDigits(out.called);
  clearDigits(out.originalCalled);
  clearDigits(out.redirecting);
  clearDigits(out.generic);
  out.genericQualifier = -1;
  clearDigits(out.dialled);
  clearDigits(out.connected);
  clearDigits(out.charge);
  clearDigits(out.subsequent);
  out.cause = -1;
  out.causeLocation = -1;
  out.category = -1;
  out.suspendByNetwork = -1;
  out.event = -1;
  out.forwarded = -1;
  out.calledStatus = -1;
  out.continuity = -1;
  out.range = -1;
  out.status.start = 0;
  out.status.end = 0;
  out.supervision = -1;
}

function takeParameter(code: number, data: Buffer, from: number, to: number, out: Isup, whole: boolean): string | null {
  // The beginning of a number is the number of somebody else.
  if (!whole && NUMBERS.has(code)) return null;
  switch (code) {
    case IsupParameter.called:
      return readIsupNumber(data, from, to, false, out.called) ? null : 'called party number';
    case IsupParameter.calling:
      return readIsupNumber(data, from, to, true, out.calling) ? null : 'calling party number';
    case IsupParameter.originalCalled:
      return readIsupNumber(data, from, to, true, out.originalCalled) ? null : 'original called number';
    case IsupParameter.redirecting:
      return readIsupNumber(data, from, to, true, out.redirecting) ? null : 'redirecting number';
    case IsupParameter.dialled:
      return readIsupNumber(data, from, to, false, out.dialled) ? null : 'called directory number';
    case IsupParameter.connected:
      return readIsupNumber(data, from, to, true, out.connected) ? null : 'connected number';
    case IsupParameter.charge:
      readIsupNumber(data, from, to, true, out.charge);
      return null;
    case IsupParameter.generic:
      // Q.763 §3.26: the number qualifier stands first. Of several generic numbers the caller's is kept, else the first one.
      if (from >= to) return 'generic number';
      if (data[from] === PORTED_NUMBER) readIsupNumber(data, from + 1, to, true, out.dialled);
      if (out.genericQualifier === ADDITIONAL_CALLING) return null;
      if (out.genericQualifier >= 0 && data[from] !== ADDITIONAL_CALLING) return null;
      out.genericQualifier = data[from]!;
      clearDigits(out.generic);
      return readIsupNumber(data, from + 1, to, true, out.generic) ? null : 'generic number';
    case IsupParameter.subsequent:
      // Q.763 §3.51: odd/even, then digits.
      if (from >= to) return 'subsequent number';
      setDigits(out.subsequent, data, from + 1, to, 0, (to - from - 1) * 2 - (data[from]! >> 7));
      return null;
    case IsupParameter.cause:
      return readCause(data, from, to, out);
    case IsupParameter.category:
      if (from < to) out.category = data[from]!;
      return null;
    case IsupParameter.suspendResume:
      if (from < to) out.suspendByNetwork = data[from]! & 1;
      return null;
    case IsupParameter.event:
      if (from >= to) return null;
      out.event = data[from]! & 0x7f;
      if (out.event >= FORWARDED_BUSY && out.event <= FORWARDED_UNCONDITIONAL) out.forwarded = out.event - 3;
      return null;
    case IsupParameter.diversion:
      // Q.763 §3.6: the redirecting reason in bits D to G.
      if (from < to) out.forwarded = Math.max(out.forwarded, (data[from]! >> 3) & 15);
      return null;
    case IsupParameter.redirection:
      out.forwarded = Math.max(out.forwarded, 0);
      return null;
    case IsupParameter.notification:
      for (let at = from; at < to; at++)
        if ((data[at]! & 0x7f) === DIVERTING) out.forwarded = Math.max(out.forwarded, 0);
      return null;
    case IsupParameter.backwardCall:
      if (from < to) out.calledStatus = (data[from]! >> 2) & 3;
      return null;
    case IsupParameter.continuity:
      if (from < to) out.continuity = data[from]! & 1;
      return null;
    case IsupParameter.range:
      if (from >= to) return null;
      out.range = data[from]!;
      setBytes(out.status, data, from + 1, to);
      return null;
    case IsupParameter.groupSupervision:
      if (from < to) out.supervision = data[from]! & 3;
      return null;
    default:
      return null;
  }
}

/** Cause indicators (Q.763 §3.12): location, cause value. */
function readCause(data: Buffer, from: number, to: number, out: Isup): string | null {
  if (from < to) out.causeLocation = data[from]! & 15;
  const at = causeValueAt(data, from, to);
  if (at < 0) return 'cause indicators';
  out.cause = data[at]! & 0x7f;
  return null;
}
