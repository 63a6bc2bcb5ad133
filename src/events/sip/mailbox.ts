import type { NumberPlan } from '../../base/numbers.ts';
import { findParam, type Range } from '../../sip/address.ts';
import type { AddressTexts } from '../../sip/address-texts.ts';
import { Header, type SipMessage } from '../../sip/message.ts';
import { isNumber } from './caller-number.ts';
import type { RequestFacts } from './state.ts';

/** Whether a Request-URI names whose mailbox is asked for (`target`, RFC 4458 §4). */
export function asksForMailbox({ data, uriStart, uriEnd }: SipMessage): boolean {
  return findParam(data, uriStart, uriEnd, 'target', range);
}

/**
 * Who sent a call on last, the user of an address (RFC 5806 §4.3: the first Diversion is the latest); null where nobody did. A Request-URI that
 * says why (`cause`, RFC 4458 §4, 3GPP TS 24.604 §4.5.2.6.2.2) is the one that it was sent on to: by who was called, as far as is told.
 */
export function diverterOf(
  message: SipMessage,
  texts: AddressTexts,
  { requestUser, toUser }: Pick<RequestFacts, 'requestUser' | 'toUser'>,
): string | null {
  const { data, first, uriStart, uriEnd } = message;
  if (first[Header.Diversion] !== 0) return texts.header(message, Header.Diversion)?.user ?? null;
  if (first[Header.HistoryInfo] === 0 && isNumber(requestUser)) return null;
  return findParam(data, uriStart, uriEnd, 'cause', range) ? toUser : null;
}

/** Whether a call goes to the mailbox of who was called: it asks for one, or who sent it on is who it is sent to. */
export function isToMailbox({ mailbox = false, divertedBy, requestUser }: RequestFacts, plan: NumberPlan): boolean {
  return mailbox || isNumberOf(divertedBy, requestUser, plan);
}

/** The address of that mailbox: its number alone is the line's. */
export function mailboxAddress({ requestUser, requestHost }: RequestFacts): string {
  return `${requestUser}@${requestHost?.replace(/:\d+$/, '')}`;
}

/** Whether who was called sent the call on (RFC 5806): it does not reach its phone. */
export function isSentOn({ divertedBy, toUser }: RequestFacts, plan: NumberPlan): boolean {
  return isNumberOf(divertedBy, toUser, plan);
}

function isNumberOf(by: string | null | undefined, user: string | null, plan: NumberPlan): boolean {
  return !!by && user !== null && plan.normalise(by) === plan.normalise(user) && plan.normalise(by) !== null;
}

/** Scratch: the range that {@link findParam} found. */
const range: Range = { start: 0, end: 0 };
