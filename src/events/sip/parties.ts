import { isSubscriberNumber, type NumberPlan } from '../../base/numbers.ts';
import { imsiOfAddress } from '../../sip/imsi-address.ts';
import type { CatpoolEvent } from '../event.ts';
import { numberOf } from '../packed.ts';
import { type CallerNumber, isDialled, isMediaService, isNumber, isService, isVouchedFor } from './caller-number.ts';
import { isSentOn, isToMailbox, mailboxAddress } from './mailbox.ts';
import type { CalledDevice, CalledPlace, Identity, InviteState, RequestFacts } from './state.ts';

/** What the messages of a call or transaction say of who calls whom. */
export interface Said {
  request: RequestFacts | null;
  identity: Identity | null;
  caller: CallerNumber | null;
  response: InviteState['response'];
  /** It is from who has an account where it goes to. */
  byAccount?: boolean;
  /** The request of the attempt that came to something: who refused one before it did not carry the call (RFC 3263 §4.3). */
  carried?: RequestFacts | null;
}

/**
 * Whose event it is. A request sent to the address of a phone (its Request-URI names the destination of the packet, an address behind a
 * router, or what is no number where a number was called, and the To another host; or the called line's network said whom it looked for)
 * ends at the called line; every other one begins at the caller, and so does one from who has an account where it goes to.
 *
 * @param fromPhone whether it does, where the body says so; null where it does not
 */
export function nameParties(event: CatpoolEvent, said: Said, plan: NumberPlan, fromPhone: boolean | null = null): void {
  const { request, identity, response, byAccount = false } = said;
  const fromAor = request?.fromAor ?? response?.fromAor ?? null;
  const toAor = request?.toAor ?? response?.toAor ?? null;
  const toUser = request?.toUser ?? response?.toUser ?? null;
  const caller = callerOf(said, plan);
  const iamCalled = numberOf(request?.iamCalled ?? 0, plan);
  const isAtPhone = request !== null && !byAccount && reachesPhone(request, plan);
  if (fromPhone === null ? isAtPhone : !fromPhone) {
    event.direction = 'terminating';
    // The To is what the caller dialled, in whatever form; of a call that was forwarded, the number that forwarded it.
    const forwarded = request === null ? null : forwardedTo(request, plan);
    const isElsewhere = forwarded !== null || (request !== null && isSentOn(request, plan));
    const called = isElsewhere ? forwarded : (subscriber(plan, toUser) ?? subscriberNumber(iamCalled));
    event.msisdn = subscriber(plan, request?.calledUser ?? null) ?? called;
    event.aor = request?.calledAor ?? (isElsewhere ? null : toAor);
    event.imsi = imsiOfAddress(event.aor);
    event.counterpart = caller ?? fromAor;
    if (request === null) return;
    event.trunk = request.source;
    if (!isAtPhone) return;
    event.endpoint = calledAddress(request);
    event.contact = request.requestHost;
    return;
  }
  event.direction = 'originating';
  event.msisdn = subscriberNumber(caller);
  event.aor = fromAor;
  event.imsi = imsiOfAddress(fromAor);
  // The number dialled stands in the Request-URI; on the way to a gateway To may keep an older form. Of a service that was dialled, the
  // network puts there who answers for it (3GPP TS 24.229 §5.11.2); of a number, it may put the name of the account that leads there. The
  // network it goes to does not: what who has an account there writes it has dialled.
  const named = request?.requestUser ?? null;
  const isOwnNumber = byAccount && isDialled(named);
  const isByName =
    !isOwnNumber &&
    (isService(toUser) || isMediaService(named) || (named !== null && !isDialled(named) && isNumber(toUser)));
  const dialled = isByName ? toUser : (named ?? toUser);
  // Of what is no number, a service code, the context (RFC 3966 §5.1.5) says nothing.
  event.counterpart = iamCalled ?? plan.normalise(dialled ?? '') ?? dialled?.replace(/;.*$/s, '') ?? toAor;
  if (request !== null) {
    if (!isOwnNumber && isToMailbox(request, plan)) event.counterpart = mailboxAddress(request);
    describeDevice(event, request);
    event.endpoint = request.origin ?? request.source;
    event.trunk = (said.carried ?? request).destination;
  }
  describePlace(event, identity);
}

/** Who calls: a number that a network asserts, else the one in From, else one elsewhere, else the user in the same order. */
function callerOf({ request, identity, caller, response }: Said, plan: NumberPlan): string | null {
  const asserted = identity?.asserted ?? null;
  const from = request?.fromUser ?? response?.fromUser ?? null;
  if (!isNumber(asserted) && caller !== null && (isVouchedFor(caller) || !isNumber(from)))
    return numberOf(caller.number, plan);
  const user = isNumber(asserted) || !isNumber(from) ? (asserted ?? from) : from;
  return plan.normalise(user ?? '') ?? user;
}

/**
 * The number that a forwarded call is sent to, where that is not the one dialled (RFC 5806, RFC 7044). A call that is only sent to where the
 * phone is has a history too (RFC 7044 §10.1), and its phone may call itself by its IMSI.
 */
function forwardedTo({ diverted = false, requestUser, toUser }: RequestFacts, plan: NumberPlan): string | null {
  const to = diverted && requestUser !== null && !IMSI.test(requestUser) ? subscriber(plan, requestUser) : null;
  return to === subscriber(plan, toUser) ? null : to;
}

/** Whether a request goes to the called phone, or to who knows where that is. */
export function reachesPhone(request: RequestFacts, plan: NumberPlan): boolean {
  const { requestHost, requestUser, toAor, toUser, calledAor, calledUser, destination, routed } = request;
  // It is put there by the proxy that knows where the called phone is (RFC 7315 §4.2). States of older stores have none.
  if ((calledAor ?? calledUser ?? null) !== null) return true;
  // Who answers for a service is no line, nor is who plays an announcement in place of who was called, or takes a message.
  if (requestHost === null || isService(toUser) || isMediaService(requestUser) || isToMailbox(request, plan))
    return false;
  // How a number is routed is told to who routes it.
  if (requestUser !== null && ROUTED_ON.test(requestUser)) return false;
  // Of the same address whatever the port: over TCP a phone is reached on the connection that it opened.
  const address = destination.slice(0, destination.lastIndexOf(':'));
  const sameAddress =
    requestHost.startsWith(address) && (requestHost.length === address.length || requestHost[address.length] === ':');
  // A phone behind a translating router registers its private address, a browser a name that nobody has (RFC 7118 §5), and requests name that.
  const isOwn = sameAddress || PRIVATE.test(requestHost) || NOBODYS.test(requestHost);
  // Through a proxy on the way, it has the address that it registered, whatever that is; and anywhere what only a phone calls itself,
  // where a number was called.
  const isRegistered =
    (routed && ADDRESS.test(requestHost)) || (requestUser !== null && !isNumber(requestUser) && isNumber(toUser));
  if (!isOwn && !isRegistered) return false;
  // A number alone (tel:) is at no host.
  if (toAor === null) return true;
  const toHost = toAor.slice(toAor.lastIndexOf('@') + 1);
  return requestHost !== toHost && !requestHost.startsWith(`${toHost}:`);
}

/**
 * Address of the phone that a request is sent to. Behind a proxy on the way, that of the Request-URI is all there is; a private one may
 * be that of any home, and a name is none.
 */
function calledAddress({ routed, requestHost, destination }: RequestFacts): string | null {
  if (!routed) return destination;
  if (requestHost === null || !ADDRESS.test(requestHost)) return null;
  if (PRIVATE.test(requestHost)) return null;
  return /[\]\d]:\d+$/.test(requestHost) ? requestHost : `${requestHost}:5060`;
}

/** Parameters of a number of which networks tell each other: where it was ported to (RFC 4694 §4), and the group of trunks (RFC 4904 §4.3). */
const ROUTED_ON = /;(?:npdi|rn|cic|tgrp)(?:[=;]|$)/i;

/** Digits as long as the IMSI of nearly all networks (3GPP TS 23.003 §2.2) and no number of a phone. */
const IMSI = /^\d{15}$/;

/** An IPv4 address or one of IPv6 in brackets, and a port or none. */
const ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\])(:\d+)?$/i;

/** A name that no server has (RFC 2606 §2). */
const NOBODYS = /\.invalid(:\d+)?$/i;

/** RFC 1918 and RFC 6598 addresses. */
const PRIVATE = /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+(:\d+)?$/;

export function subscriber(plan: NumberPlan, user: string | null): string | null {
  return user === null ? null : subscriberNumber(plan.normalise(user));
}

function subscriberNumber(digits: string | null): string | null {
  return digits !== null && isSubscriberNumber(digits) ? digits : null;
}

export function describeDevice(event: CatpoolEvent, request: RequestFacts): void {
  event.contact = request.contact;
  event.imei = request.imei;
  event.imeisv = request.imeisv;
  event.user_agent = request.userAgent;
  event.header_order = request.headerOrder;
  event.id_shape = request.idShape;
  event.via_mismatch = request.viaMismatch;
  event.sdp_fingerprint = request.sdpFingerprint;
  event.media = request.media;
  event.keep_alive_s = request.keepAlive;
}

export function describePlace(event: CatpoolEvent, identity: Identity | null): void {
  if (identity === null) return;
  event.imsi = identity.imsi ?? event.imsi;
  event.visited = identity.visited;
  placeAt(event, identity);
}

function placeAt(event: CatpoolEvent, { access, mcc, mnc, lac, cell }: Omit<CalledPlace, 'time' | 'answered'>): void {
  event.access = access;
  event.mcc = mcc;
  event.mnc = mnc;
  event.lac = lac;
  event.cell = cell;
}

/** What the called phone said of itself. */
export function describeCalled(event: CatpoolEvent, place: CalledPlace | null, device: CalledDevice | null): void {
  if (place !== null) placeAt(event, place);
  if (device === null) return;
  event.imei = device.imei;
  event.imeisv = device.imeisv;
}
