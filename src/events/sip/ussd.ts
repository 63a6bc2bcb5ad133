import { latin1 } from '../../base/bytes.ts';
import type { Range } from '../../sip/address.ts';
import type { SipMessage } from '../../sip/message.ts';
import { findBody } from '../../sip/multipart.ts';
import type { CatpoolEvent, Outcome } from '../event.ts';
import { isServiceCode } from '../packed.ts';

/**
 * USSD that a request carries (3GPP TS 24.390 §4.5.1): an INVITE asks, the BYE that ends its dialog tells the last of the answer. A phone that
 * says it understands USSD (Recv-Info) says so in its calls too: only a body makes one.
 */
export interface Ussd {
  /** Service code that was dialled; '' where the text is none: what people write is not kept. */
  code: string;
  /** A network asks or tells the phone something. */
  fromNetwork: boolean;
  /** The network could not do it. */
  failed: boolean;
}

const MEDIA_TYPE = 'application/vnd.3gpp.ussd+xml';
/** A text is of 160 octets at most (3GPP TS 29.002 §17.7.4), 182 characters of seven bits; the elements around it are a few hundred. */
const MOST_BYTES = 4096;
const CODE = /<(?:\w+:)?ussd-string>\s*([*#\d]{1,24})\s*</;
const FROM_NETWORK = /<(?:\w+:)?UnstructuredSS-(?:Request|Notify)\b/;
/** Networks say 0 where nothing is wrong. */
const ERROR = /<(?:\w+:)?error-code>\s*0*[1-9]/;

/** Reads the USSD in the body of a request; null where there is none. */
export function readUssd(message: SipMessage): Ussd | null {
  if (!findBody(message, MEDIA_TYPE, range)) return null;
  const { start, end } = range;
  const text = latin1(message.data, start, Math.min(end, start + MOST_BYTES));
  const code = CODE.exec(text)?.[1] ?? '';
  return { code: isServiceCode(code) ? code : '', fromNetwork: FROM_NETWORK.test(text), failed: ERROR.test(text) };
}

/** Scratch: the range that {@link findBody} found. */
const range: Range = { start: 0, end: 0 };

/**
 * Makes the event of a leg that of the USSD which was all that the dialog carried: nobody was called, no phone rang.
 *
 * @param dialled user that was called: the service code, where the body has it in another form
 * @param failed the network said that it could not do it
 */
export function makeUssd(event: CatpoolEvent, { code }: Ussd, dialled: string | null, failed: boolean): void {
  const called = dialled?.replace(/;.*$/s, '') ?? '';
  event.kind = 'ussd';
  // What a network tells is no code.
  event.ussd_code = event.direction === 'originating' ? code || (isServiceCode(called) ? called : null) : null;
  event.counterpart = null;
  event.answer_time = null;
  event.setup_ms = null;
  event.ring_ms = null;
  event.talk_ms = null;
  event.released_by = null;
  event.outcome = outcomeOf(event.outcome, failed);
}

function outcomeOf(ofLeg: Outcome | null, failed: boolean): Outcome | null {
  if (ofLeg === 'open' || ofLeg === 'challenged') return ofLeg;
  return ofLeg === 'answered' && !failed ? 'delivered' : 'rejected';
}
