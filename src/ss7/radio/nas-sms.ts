import type { Stop } from '../../base/stop.ts';
import { setAddressString } from '../location.ts';
import { readTpdu } from '../sms-tpdu.ts';
import type { ElementReader } from './nas-elements.ts';

/**
 * Relay layer of short messages (3GPP TS 24.011 §7.3), inside CP-DATA. Message types by §8.2.2: even ones come from the mobile,
 * odd ones go to it.
 */
export const RpType = {
  dataToNetwork: 0,
  dataToMobile: 1,
  ackToNetwork: 2,
  ackToMobile: 3,
  errorToNetwork: 4,
  errorToMobile: 5,
  memoryAvailable: 6,
} as const;

/** RP-User data of RP-ACK and RP-ERROR (24.011 §8.2.5.3). */
const USER_DATA = 0x41;
const LAYER = 'rp';

/** RP message (24.011 §7.3): service centre, address and length of the TPDU, cause. */
export const readRelay: ElementReader = (data, start, end, out) => {
  if (end - start < 2) return stopAt(0, 2, end - start, 'message type and reference');
  const type = data[start]! & 7;
  const fromMobile = (type & 1) === 0;
  out.rpType = type;
  let at = start + 2;
  if (type === RpType.dataToNetwork || type === RpType.dataToMobile) {
    // Originator, then destination: the service centre is the one that is not the mobile.
    for (let index = 0; index < 2; index++) {
      const stop = lengthStop(data, at, start, end, index === 0 ? 'originator address' : 'destination address');
      if (stop !== null) return stop;
      const after = at + 1 + data[at]!;
      if (after > at + 1) setAddressString(out.serviceCentre, data, at + 1, after);
      at = after;
    }
    const stop = lengthStop(data, at, start, end, 'user data');
    if (stop !== null) return stop;
    out.smsType = readTpdu(data, at + 1, at + 1 + data[at]!, fromMobile, out);
  } else if (type === RpType.errorToNetwork || type === RpType.errorToMobile) {
    const stop = lengthStop(data, at, start, end, 'cause');
    if (stop !== null) return stop;
    if (data[at]! > 0) out.cause = data[at + 1]! & 0x7f;
    at += 1 + data[at]!;
    return userData(data, at, start, end);
  } else if (type !== RpType.memoryAvailable) {
    return userData(data, at, start, end);
  }
  return null;
};

/** CP-Cause (24.011 §8.1.4.2). */
export const readCpCause: ElementReader = (data, start, _end, out) => {
  out.cause = data[start]! & 0x7f;
  return null;
};

/** A report holds nothing of a subscriber: only its length is checked. */
function userData(data: Buffer, at: number, start: number, end: number): Stop | null {
  return at < end && data[at] === USER_DATA ? lengthStop(data, at + 1, start, end, 'user data') : null;
}

function lengthStop(data: Buffer, at: number, start: number, end: number, reason: string): Stop | null {
  if (at >= end) return stopAt(at - start, 1, 0, reason);
  const length = data[at]!;
  const have = end - at - 1;
  return length > have ? stopAt(at + 1 - start, length, have, reason) : null;
}

function stopAt(offset: number, need: number, have: number, reason: string): Stop {
  return { layer: LAYER, offset, need, have, reason };
}
