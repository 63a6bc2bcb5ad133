import { compareTime } from '../../base/time.ts';
import type { Nas } from '../../ss7/message.ts';
import { type Packed, pack } from '../packed.ts';
import { type ConnectionState, type Mark, note, Seen } from './state.ts';

/** Who a phone says that it is, in an IDENTITY RESPONSE (3GPP TS 24.008 §9.2.11): one of the three; the others are 0. */
export interface Claim {
  s: number;
  ns: number;
  imsi: Packed;
  imei: Packed;
  imeisv: Packed;
}

/**
 * Who a phone says that it is once it has begun. What it sends unasked nobody takes in (3GPP TS 24.008 §4.3.3): it counts where it was asked
 * for, or where the beginning of the connection was not seen, so that it may have been. The question may be in another piece of the
 * connection, so the first claims are kept beside the first one that was asked for.
 */
export interface Claims {
  /** Of an IMSI and of an IMEI, in order of time. */
  imsiClaims: Claim[];
  imeiClaims: Claim[];
  imsiAnswer: Claim | null;
  imeiAnswer: Claim | null;
  /** Names in another message than the first and a response; null. */
  later: { imsi: Packed; tmsi: number } | null;
}

/** Claims of one kind that are kept. */
const CLAIMS = 8;

/** The phone names itself in a message that is not its first. */
export function takeClaim(state: ConnectionState, nas: Nas, isResponse: boolean, s: number, ns: number): void {
  const { imsi, imei, imeisv, tmsi } = nas;
  if (!isResponse) {
    if (imsi.count > 0 || tmsi >= 0) state.later ??= { imsi: pack(imsi), tmsi };
    return;
  }
  if (imsi.count > 0) {
    const claim = { s, ns, imsi: pack(imsi), imei: 0, imeisv: 0 };
    state.imsiClaims = firstOf(state.imsiClaims, [claim]);
    if (isAnswer(state.marks[Seen.imsiRequest]!, claim)) state.imsiAnswer = earlier(state.imsiAnswer, claim);
  }
  if (imei.count > 0 || imeisv.count > 0) {
    const claim = { s, ns, imsi: 0, imei: pack(imei), imeisv: pack(imeisv) };
    state.imeiClaims = firstOf(state.imeiClaims, [claim]);
    if (isAnswer(state.marks[Seen.imeiRequest]!, claim)) state.imeiAnswer = earlier(state.imeiAnswer, claim);
    note(state.marks, Seen.equipment, s, ns, -1, -1);
  }
}

/** Joins the claims of `b` into `a`; what the network asked for is joined already. */
export function mergeClaims(a: ConnectionState, b: ConnectionState): void {
  const imsiRequest = a.marks[Seen.imsiRequest]!;
  const imeiRequest = a.marks[Seen.imeiRequest]!;
  a.imsiClaims = firstOf(a.imsiClaims, b.imsiClaims);
  a.imeiClaims = firstOf(a.imeiClaims, b.imeiClaims);
  a.imsiAnswer = earlier(earlier(a.imsiAnswer, b.imsiAnswer), answerOf(imsiRequest, a.imsiClaims));
  a.imeiAnswer = earlier(earlier(a.imeiAnswer, b.imeiAnswer), answerOf(imeiRequest, a.imeiClaims));
  a.later ??= b.later;
}

/** Whose connection it is by what the network knows: by its word, by how the phone began, by the answer that it asked for; 0. */
export function knownImsi({ named, imsi, imsiAnswer }: ConnectionState): Packed {
  return named !== 0 ? named : imsi !== 0 ? imsi : imsiAnswer === null ? 0 : imsiAnswer.imsi;
}

/** IMEI or IMEISV of the phone; 0. */
export function knownEquipment({ imei, imeisv, imeiAnswer, imeiClaims }: ConnectionState): Packed {
  const claim = imeiAnswer ?? imeiClaims[0];
  return imei || claim?.imei || imeisv || claim?.imeisv || 0;
}

/** Settles who the phone of a connection is that nothing more will be added to. */
export function identify(state: ConnectionState): void {
  const { hasBegun, imsiClaims, later } = state;
  const imsi = knownImsi(state);
  state.imsi = imsi !== 0 || hasBegun ? imsi : (imsiClaims[0]?.imsi ?? later?.imsi ?? 0);
  if (state.tmsi < 0 && !hasBegun) state.tmsi = later?.tmsi ?? -1;
  const claim = state.imeiAnswer ?? state.imeiClaims[0];
  if (claim === undefined) return;
  if (state.imei === 0) state.imei = claim.imei;
  if (state.imeisv === 0) state.imeisv = claim.imeisv;
}

/** The network asked for the IMSI. */
export function isAsked({ marks }: Pick<ConnectionState, 'marks'>): boolean {
  return marks[Seen.imsiRequest] !== null;
}

/**
 * The network asked for the IMSI: the TMSI that the phone began with did not tell it who that is, or lied (3GPP TS 24.008 §4.3.2.5, §4.3.3),
 * unless the network lets the phone keep it.
 */
export function isTmsiRefused(state: Pick<ConnectionState, 'marks' | 'newTmsi'>): boolean {
  return isAsked(state) && (state.marks[Seen.updateAccept] === null || state.newTmsi >= 0);
}

function isAnswer(request: Mark | null, { s, ns }: Claim): boolean {
  return request !== null && compareTime(request.s, request.ns, s, ns) <= 0;
}

function answerOf(request: Mark | null, claims: readonly Claim[]): Claim | null {
  return claims.find((claim) => isAnswer(request, claim)) ?? null;
}

/** The first of both. */
function firstOf(a: Claim[], b: Claim[]): Claim[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  return [...a, ...b].sort((one, two) => compareTime(one.s, one.ns, two.s, two.ns)).slice(0, CLAIMS);
}

function earlier(a: Claim | null, b: Claim | null): Claim | null {
  if (a === null || b === null) return a ?? b;
  return compareTime(b.s, b.ns, a.s, a.ns) < 0 ? b : a;
}
