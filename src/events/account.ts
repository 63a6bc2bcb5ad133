import { isSubscriberNumber, type NumberPlan } from '../base/numbers.ts';
import { type CallerNumber, isVouchedFor } from './caller-number.ts';
import type { CatpoolEvent } from './event.ts';
import type { Identity, RequestFacts } from './state.ts';

/**
 * Names the account whose credentials a request carries, where its From is somebody else: whoever has an account can write any From, but
 * credentials are checked (RFC 3261 §22). `aor` is the account then, `msisdn` stays the number that was presented. What the network
 * vouches for stays as it is, and so does a private identity, which is no address of record (3GPP TS 23.003 §13.3).
 *
 * @param request with the credentials; null where none had them
 */
export function nameAccount(
  event: CatpoolEvent,
  request: RequestFacts | null,
  { identity, caller }: { identity: Identity | null; caller: CallerNumber | null },
  plan: NumberPlan,
): void {
  // States of older stores have none.
  const account = request?.account ?? null;
  const from = request?.fromAor ?? null;
  if (request === null || account === null || event.direction !== 'originating') return;
  if (isVouchedFor(caller)) return;
  if (identity !== null && (identity.asserted !== null || identity.imsi !== null)) return;
  if (!ACCOUNT.test(account) || PRIVATE_IDENTITY.test(account)) return;
  const [user = '', realm] = account.split('@');
  const number = plan.normalise(user);
  if (user === request.fromUser || (event.msisdn !== null && number === event.msisdn)) return;
  // A From that is a telephone number names no host.
  const host = from === null ? request.destination.replace(/:\d+$/, '') : from.slice(from.lastIndexOf('@') + 1);
  event.aor = `${user}@${realm?.toLowerCase() ?? host}`;
  // Who hides has the account's number, if that is one.
  if (event.msisdn === null && ANONYMOUS.test(from ?? '') && number !== null && isSubscriberNumber(number))
    event.msisdn = number;
}

/** A user name, with the host of an address after it or without. */
const ACCOUNT = /^[^\s@<>"]{1,64}(@[\w.-]{1,128})?$/;
const PRIVATE_IDENTITY = /@.*3gppnetwork\.org$/i;
/** RFC 3323 §4.1.1.3. */
const ANONYMOUS = /^anonymous@/i;
