import { isNumber } from './caller-number.ts';
import { isSameAddress } from './endpoints.ts';
import type { RequestFacts } from './state.ts';

/** What tells a request from another one of its Call-ID. */
export type Recipient = Pick<RequestFacts, 'source' | 'origin' | 'own' | 'toAor' | 'toUser' | 'requestUser'>;

/**
 * Whether a request is another one than that which is known, and neither that one again nor that one on its way: its sender calls or writes to
 * somebody else, or registers another line. Call-ID, tag and CSeq of two requests are different (RFC 3261 §8.1.1.4), but who sends
 * them may write what it likes. A proxy that forks a request sends it to other addresses with one To, and has the Via of its sender
 * below its own (§16.6).
 */
export function isAnother(known: Recipient, next: Recipient): boolean {
  if (!isSameAddress(known.source, next.source)) return false;
  if (isSomebodyElse(known.toUser ?? known.toAor, next.toUser ?? next.toAor)) return true;
  // States of older stores do not say how many Vias there were.
  if (!(known.own ?? known.origin === null) || !(next.own ?? next.origin === null)) return false;
  const { requestUser } = known;
  return isNumber(requestUser) && isNumber(next.requestUser) && isSomebodyElse(requestUser, next.requestUser);
}

/** Digits that numbers of one line share, whatever stands before them: codes of countries and trunks. */
const SHARED = 9;

function isSomebodyElse(a: string | null, b: string | null): boolean {
  if (a === null || b === null || a === b) return false;
  if (!isNumber(a) || !isNumber(b)) return true;
  const first = digitsOf(a);
  const second = digitsOf(b);
  // More digits of one number (overlap signalling, RFC 3578 §3).
  if (first.startsWith(second) || second.startsWith(first)) return false;
  const tail = Math.min(SHARED, first.length, second.length);
  return first.slice(-tail) !== second.slice(-tail);
}

function digitsOf(number: string): string {
  return number.replace(/;.*$/s, '').replace(/\D/g, '');
}
