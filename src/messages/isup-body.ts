import { findParam, type Range } from '../sip/address.ts';
import type { SipMessage } from '../sip/message.ts';
import { findBody } from '../sip/multipart.ts';
import { Ss7Variant, type Ss7VariantId } from '../ss7/message.ts';

/** RFC 3204 §3.1. */
const ISUP_BODY = 'application/isup';

/** Range of the ISUP message that a SIP message carries (ITU-T Q.1912.5 profile C), and which format it has; null where there is none. */
export function findIsup(message: SipMessage, out: Range): Ss7VariantId | null {
  if (message.bodyStart >= message.end || !findBody(message, ISUP_BODY, out, parameters)) return null;
  return variantOf(message.data, parameters);
}

/**
 * Which ISUP a body is of, by the parameters of its media type: `version=ansi88`, `gr317` of the North American networks, or a name of
 * a vendor's own with `base=ansi88` beside it (RFC 3204 §3.1). All others have ITU's format.
 */
function variantOf(data: Buffer, { start, end }: Range): Ss7VariantId {
  for (const name of ['version', 'base']) {
    if (findParam(data, start, end, name, value) && isNorthAmerican(data.toString('latin1', value.start, value.end)))
      return Ss7Variant.ansi;
  }
  return Ss7Variant.itu;
}

function isNorthAmerican(version: string): boolean {
  return /^(ansi|gr)[-\d]/i.test(version);
}

/** Scratch. */
const parameters: Range = { start: 0, end: 0 };
const value: Range = { start: 0, end: 0 };
