import { compareTimes } from '../../base/time.ts';
import type { Packed } from '../packed.ts';
import { type ConnectionState, type Mark, type Marks, mergeMarks, nothingSeen, Seen } from './state.ts';

/** What one end says that only a network may say: a phone can write any message of layer 3. */
export interface Told {
  /** TMSI that the phone is given; -1. */
  newTmsi: number;
  /** Area that it is taken into, as `areaOf` numbers it; -1. */
  newArea: number;
  /** IMSI that the network knows the phone by; 0. */
  named: Packed;
  /** The network wants a proof of who the phone is, or refuses what it asks for. */
  isDoubted: boolean;
  /** It refuses what the phone asks for, or its proof. */
  isTurnedAway: boolean;
  marks: Marks;
}

/** Marks of what networks alone say. */
const OF_NETWORKS = [
  Seen.authenticationRequest,
  Seen.authenticationReject,
  Seen.updateAccept,
  Seen.updateReject,
  Seen.imsiRequest,
  Seen.imeiRequest,
  Seen.accept,
  Seen.lastChallenge,
] as const;

/** A message tells which end is which that no phone can write, or that phones alone write: networks do not pretend to be phones. */
export function knowEnds(state: ConnectionState, access: number, core: number): void {
  if (state.isSure) return;
  const { teller, other } = state;
  state.isSure = true;
  state.access = access;
  state.core = core;
  if (teller >= 0 && teller === access && access !== core) move(other ?? nothingTold(), state);
  state.teller = -1;
  state.other = null;
}

/** A message of layer 3 tells it that networks write, or a phone that pretends to be one. */
export function guessEnds(state: ConnectionState, access: number, core: number): void {
  if (state.isSure || state.access >= 0) return;
  state.access = access;
  state.core = core;
}

/** Where to note what this end says as a network; null where it is the phone's. */
export function tellerOf(state: ConnectionState, from: number): Told | null {
  if (state.isSure) return from === state.access && from !== state.core ? null : state;
  if (state.teller < 0) state.teller = from;
  if (state.teller === from) return state;
  state.other ??= nothingTold();
  return state.other;
}

/** Joins which end of `b` is which, and what it was told, into `a`: all marks of it as well. */
export function mergeTold(a: ConnectionState, b: ConnectionState): void {
  if (a.isSure) {
    knowEnds(b, a.access, a.core);
  } else if (b.isSure) {
    knowEnds(a, b.access, b.core);
  } else {
    guessEnds(a, b.access, b.core);
    if (a.teller >= 0 && b.teller >= 0 && a.teller !== b.teller) exchange(b);
    if (a.teller < 0) a.teller = b.teller;
    if (a.other === null) a.other = b.other;
    else if (b.other !== null) addTold(a.other, b.other);
  }
  addTold(a, b);
}

function addTold(a: Told, b: Told): void {
  if (a.newTmsi < 0) a.newTmsi = b.newTmsi;
  if (a.newArea < 0) a.newArea = b.newArea;
  if (a.named === 0) a.named = b.named;
  a.isDoubted ||= b.isDoubted;
  a.isTurnedAway ||= b.isTurnedAway;
  const { authenticationRequest, lastChallenge } = Seen;
  const challenges = [b.marks[authenticationRequest]!, b.marks[lastChallenge]!, a.marks[lastChallenge]!];
  a.marks[lastChallenge] = b.marks[lastChallenge] = null;
  for (const challenge of challenges) if (challenge !== null) noteChallenge(a.marks, challenge);
  mergeMarks(a.marks, b.marks);
}

/** Notes the first challenge and the last one. */
export function noteChallenge(marks: Marks, challenge: Mark): void {
  const { authenticationRequest, lastChallenge } = Seen;
  const first = marks[authenticationRequest]!;
  if (first === null || compareTimes(challenge, first) < 0) {
    marks[authenticationRequest] = challenge;
    if (first !== null) noteChallenge(marks, first);
    return;
  }
  const last = marks[lastChallenge]!;
  if (compareTimes(challenge, last ?? first) > 0) marks[lastChallenge] = challenge;
}

function nothingTold(): Told {
  return { newTmsi: -1, newArea: -1, named: 0, isDoubted: false, isTurnedAway: false, marks: nothingSeen() };
}

/** What the one end said and what the other did change places. */
function exchange(state: ConnectionState): void {
  const mine = nothingTold();
  move(state, mine);
  move(state.other ?? nothingTold(), state);
  state.other = mine;
}

function move(from: Told, to: Told): void {
  to.newTmsi = from.newTmsi;
  to.newArea = from.newArea;
  to.named = from.named;
  to.isDoubted = from.isDoubted;
  to.isTurnedAway = from.isTurnedAway;
  for (const kind of OF_NETWORKS) to.marks[kind] = from.marks[kind]!;
}
