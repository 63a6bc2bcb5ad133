import type { Range } from '../sip/address.ts';
import type { SipMessage } from '../sip/message.ts';
import { findBody } from '../sip/multipart.ts';
import { qValueCause } from '../sip/reason.ts';
import { createIsup, readIsupBody } from '../ss7/isup.ts';
import { IsupType } from '../ss7/isup-messages.ts';
import { Ss7Variant } from '../ss7/message.ts';

/**
 * Q.850 cause with which a call ends: of the Reason header, else of the REL that a message of a trunk carries (ITU-T Q.1912.5 §5.4, RFC 3398
 * §7.2.4); null where neither tells.
 */
export function releaseCause(message: SipMessage): number | null {
  return qValueCause(message) ?? causeInBody(message);
}

function causeInBody(message: SipMessage): number | null {
  if (message.bodyStart >= message.end || !findBody(message, 'application/isup', body)) return null;
  // The mandatory part of a REL, where the cause is, has one format in all networks.
  readIsupBody(message.data, body.start, body.end, Ss7Variant.itu, isup);
  return isup.type === IsupType.REL && isup.cause > 0 ? isup.cause : null;
}

/** Scratch. */
const body: Range = { start: 0, end: 0 };
const isup = createIsup();
