import type { Range } from '../../sip/address.ts';
import { headerText } from '../../sip/fields.ts';
import { Header, type SipMessage } from '../../sip/message.ts';
import { findBody } from '../../sip/multipart.ts';
import { createNas, resetNas } from '../../ss7/radio/nas.ts';
import { RpType, readRelay } from '../../ss7/radio/nas-sms.ts';
import { SmsType } from '../../ss7/sms-tpdu.ts';
import { type Packed, packParty } from '../packed.ts';

/** What the body of a MESSAGE between a phone and a service centre is (3GPP TS 24.341 §7.2): a short message, or a report on one. */
export interface Relay {
  /** It carries a short message; else it is a report on one, an acknowledgment, an error or a notice that there is room again. */
  carries: boolean;
  fromPhone: boolean;
  /** By which a report names the message (3GPP TS 24.011 §8.2.3); states of older stores have none. */
  reference?: number;
  /** The other party's number, or name. */
  address: Packed;
  /** Octets of its user data; null where that is not there. */
  length: number | null;
  /**
   * Of a report that the message failed, the cause (3GPP TS 24.011 §8.2.5.4; -1 where cut off) and the Call-ID of that message's request, which
   * In-Reply-To has (RFC 3261 §20.21), null where there is none. States of older stores have none.
   */
  error?: { of: string | null; cause: number } | null;
}

const MEDIA_TYPE = 'application/vnd.3gpp.sms';
const nas = createNas();
const range: Range = { start: 0, end: 0 };

/** Reads the relay layer in a MESSAGE; null where its body is something else. */
export function relayOf(message: SipMessage): Relay | null {
  if (!findBody(message, MEDIA_TYPE, range) || range.end - range.start < 2) return null;
  resetNas(nas);
  readRelay(message.data, range.start, range.end, nas);
  return {
    carries:
      (nas.rpType === RpType.dataToNetwork || nas.rpType === RpType.dataToMobile) &&
      nas.smsType !== SmsType.statusReport,
    fromPhone: (nas.rpType & 1) === 0,
    reference: message.data[range.start + 1]!,
    address: packParty(nas),
    length: nas.smsLength < 0 ? null : nas.smsLength,
    error: errorOf(message),
  };
}

function errorOf(message: SipMessage): NonNullable<Relay['error']> | null {
  if (nas.rpType !== RpType.errorToNetwork && nas.rpType !== RpType.errorToMobile) return null;
  const of = /^[^\s,]+/.exec(headerText(message, Header.InReplyTo) ?? '')?.[0];
  return { of: of ?? null, cause: nas.cause };
}
