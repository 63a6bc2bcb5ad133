import { isSubscriberNumber, type NumberPlan } from '../../base/numbers.ts';
import { imsiOfAddress, imsiOfPrivateIdentity } from '../../sip/imsi-address.ts';
import type { CatpoolEvent } from '../event.ts';
import { isVouchedFor } from './caller-number.ts';
import { isSameAddress } from './endpoints.ts';
import { isChallenge } from './lifetime.ts';
import { failuresOf } from './releases.ts';
import type { InviteState, RequestFacts, TransactionState } from './state.ts';

/** An attempt to call or to send a message, and what came of it. */
type Attempt = Pick<InviteState, 'request' | 'identity' | 'caller' | 'failures'>;

/** The last attempt with credentials: who was asked again had none that were right. Null where there is none. */
export function withCredentials(attempts: readonly Attempt[]): Attempt | null {
  return attempts.findLast(({ request }) => request?.authorised) ?? null;
}

/**
 * Whether who sent a request has an account where it sent it: it was asked for credentials there and came again with some, or has them with
 * one Via, of its own. A proxy may pass on the credentials of a caller, but to a phone that asked for none (RFC 3261 §22.3). Such a
 * request goes to no phone, whatever else its sender writes.
 *
 * @param attempts in order
 */
export function isByAccount(attempts: readonly Pick<InviteState, 'request' | 'failures'>[]): boolean {
  const first = attempts.find(({ request }) => request !== null)?.request ?? null;
  if (first === null) return false;
  return attempts.some(({ request }, index) => {
    if (request === null || !request.authorised || !isSameAddress(request.source, first.source)) return false;
    // States of older stores do not say how many Vias there were.
    return (request.own ?? request.origin === null) || attempts.slice(0, index).some(wasAsked);
  });
}

function wasAsked(attempt: Pick<InviteState, 'request' | 'failures'>): boolean {
  return failuresOf(attempt).some(({ status }) => isChallenge(status));
}

/** As {@link isByAccount}, of a MESSAGE. */
export function isMessageByAccount({ request, prior }: Pick<TransactionState, 'request' | 'prior'>): boolean {
  if (request === null || !request.authorised) return false;
  return (request.own ?? request.origin === null) || (prior !== null && prior.challenge !== null);
}

/** The realms that asked for credentials, of failures. */
export function realmsOf(attempts: readonly Pick<InviteState, 'request' | 'failures'>[]): string[] {
  return attempts.flatMap((attempt) => failuresOf(attempt).flatMap(({ realm }) => realm ?? []));
}

/**
 * User name of the credentials that are checked: of several, those for a realm that asked for some, else for the host of somebody in the
 * request. Null where there is none.
 *
 * @param realms that asked
 */
function accountOf(request: RequestFacts, realms: readonly string[]): string | null {
  // States of older stores have neither.
  const { account = null, accounts = [], fromAor, toAor, requestHost } = request;
  if (accounts.length === 0) return account;
  const hosts = [hostOf(toAor), hostOf(fromAor), requestHost?.replace(/:\d+$/, '').toLowerCase()];
  const checked =
    accounts.find(({ realm }) => realm !== null && realms.includes(realm)) ??
    accounts.find(({ realm }) => realm !== null && hosts.includes(realm.toLowerCase())) ??
    accounts[0]!;
  return checked.user;
}

/**
 * Names the subscriber whose private identity the credentials are for: of several those that are checked, of one the identity has it. What
 * an attempt before them said of it nobody checked.
 */
export function nameSubscriber(
  event: CatpoolEvent,
  { request, identity }: Pick<Attempt, 'request' | 'identity'>,
  realms: readonly string[],
): void {
  const isChosen = request !== null && (request.accounts ?? []).length > 0;
  const imsi = isChosen ? imsiOfPrivateIdentity(accountOf(request, realms)) : (identity?.imsi ?? null);
  event.imsi = imsi ?? imsiOfAddress(event.aor);
}

/**
 * Names the account whose credentials a request carries, where its From is somebody else: whoever has an account can write any From, but
 * credentials are checked (RFC 3261 §22). `aor` is the account then, `msisdn` stays the number that was presented. What the network
 * vouches for stays as it is, not what the account itself says that it does; and so does a private identity, which is no address of
 * record (3GPP TS 23.003 §13.3).
 *
 * @param attempt with the credentials; null where none had them
 */
export function nameAccount(
  event: CatpoolEvent,
  attempt: Omit<Attempt, 'failures'> | null,
  realms: readonly string[],
  plan: NumberPlan,
): void {
  if (attempt === null || event.direction !== 'originating') return;
  const { request, identity, caller = null } = attempt;
  if (request === null) return;
  nameSubscriber(event, attempt, realms);
  const account = accountOf(request, realms);
  const from = request.fromAor;
  if (account === null) return;
  if (isVouchedFor(caller) && !caller!.claimed) return;
  if (identity !== null && ((identity.asserted !== null && !identity.claimed) || identity.imsi !== null)) return;
  if (!ACCOUNT.test(account) || PRIVATE_IDENTITY.test(account)) return;
  const [user = '', realm] = account.split('@');
  const number = plan.normalise(user);
  if (user === request.fromUser || (event.msisdn !== null && number === event.msisdn)) return;
  // A From that is a telephone number names no host.
  const host = from === null ? request.destination.replace(/:\d+$/, '') : hostOf(from);
  event.aor = `${user}@${realm?.toLowerCase() ?? host}`;
  // Who hides has the account's number, if that is one.
  if (event.msisdn === null && ANONYMOUS.test(from ?? '') && number !== null && isSubscriberNumber(number))
    event.msisdn = number;
}

function hostOf(aor: string | null): string | null {
  return aor === null ? null : aor.slice(aor.lastIndexOf('@') + 1);
}

/** A user name, with the host of an address after it or without. */
const ACCOUNT = /^[^\s@<>"]{1,64}(@[\w.-]{1,128})?$/;
const PRIVATE_IDENTITY = /@.*3gppnetwork\.org$/i;
/** RFC 3323 §4.1.1.3. */
const ANONYMOUS = /^anonymous@/i;
