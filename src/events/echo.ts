import { readOrigin, Vias } from '../sip/fields.ts';
import { Method, type SipMessage } from '../sip/message.ts';
import { createVia } from '../sip/via.ts';
import { branchOf } from './answers.ts';
import { isAddressOf, isSameAddress } from './endpoints.ts';
import type { RequestFacts } from './state.ts';

/**
 * Whether a response that went the way of a request was sent by who had asked: its one Via, to which responses go (RFC 3261 §18.2.2), is that
 * of its own sender, by the address or, behind a translating router, by the branch of the request. A server may hand a call back to where it
 * came from, but no registration. Anyone may send a server such a datagram, which knows of no request and drops it; nobody answered.
 *
 * @param branch hash of that of the request; 0 where it is not known
 */
export function isEcho(
  message: SipMessage,
  { source, destination }: Pick<RequestFacts, 'source' | 'destination'>,
  branch: number,
): boolean {
  if (isSameAddress(source, destination)) return false;
  if (message.cseqMethod === Method.REGISTER) return true;
  if (readOrigin(message, via) !== Vias.own) return false;
  const { data, hostStart, hostEnd } = via;
  return isAddressOf(source, data, hostStart, hostEnd) || (branch !== 0 && branchOf(message) === branch);
}

/** Scratch: the Via that was read. */
const via = createVia();
