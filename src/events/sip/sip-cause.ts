import { findIsup } from '../../messages/isup-body.ts';
import type { Range } from '../../sip/address.ts';
import type { SipMessage } from '../../sip/message.ts';
import { qValueCause } from '../../sip/reason.ts';
import { createIsup, readIsupBody } from '../../ss7/isup/isup.ts';
import { IsupType } from '../../ss7/isup/isup-messages.ts';

/**
 * Q.850 cause with which a call ends: of the Reason header, else of the REL that a message of a trunk carries (ITU-T Q.1912.5 §5.4, RFC 3398
 * §7.2.4); null where neither tells. Exchanges that have none write 0, which is no cause (Q.850 table 1).
 */
export function releaseCause(message: SipMessage): number | null {
  return qValueCause(message) || causeInBody(message);
}

function causeInBody(message: SipMessage): number | null {
  const variant = findIsup(message, body);
  if (variant === null) return null;
  readIsupBody(message.data, body.start, body.end, variant, isup);
  return isup.type === IsupType.REL && isup.cause > 0 ? isup.cause : null;
}

/** Scratch. */
const body: Range = { start: 0, end: 0 };
const isup = createIsup();
