import { compareTime, compareTimes } from '../../base/time.ts';
import type { Nas } from '../../ss7/message.ts';
import { SmsType } from '../../ss7/sms-tpdu.ts';
import { EIGHT_BITS, pack, packParty, packServiceCode } from '../packed.ts';
import { hasRoom, type Room } from './room.ts';
import { type ConnectionState, Did, type Mark, mergeMarks, noMarks, note, Seen, type Transaction } from './state.ts';
import { guessEnds, knowEnds } from './told.ts';

/** Protocol discriminators of layer 3 (3GPP TS 24.007 §11.2.3.1.1). */
export const Discriminator = { cc: 3, mm: 5, rr: 6, gmm: 8, sms: 9, ss: 11 } as const;

/** 3GPP TS 24.008 table 9.3: call control; and of supplementary services, the last two with REGISTER (24.080 table 2.2). */
const Cc = {
  alerting: 0x01,
  proceeding: 0x02,
  setup: 0x05,
  connect: 0x07,
  confirmed: 0x08,
  connectAcknowledge: 0x0f,
  emergencySetup: 0x0e,
  disconnect: 0x25,
  releaseComplete: 0x2a,
  release: 0x2d,
} as const;
const REGISTER = 0x3b;
const CP_ERROR = 0x10;

/** Operation codes of MAP (29.002 §17.5) that phones invoke by themselves, the second of phase 1. */
const PROCESS_USSD = 59;
const PROCESS_DATA = 19;
/** Those that phones alone begin (24.080 §3.6.4): they tell which end of the connection the phone is at. */
const OF_PHONES: readonly number[] = [10, 11, 12, 13, 14, PROCESS_DATA, PROCESS_USSD];

/** Operations of MAP that phones invoke to manage supplementary services (3GPP TS 24.080 §4.5). */
const SERVICE_NAMES: Readonly<Record<number, string>> = {
  10: 'register',
  11: 'erase',
  12: 'activate',
  13: 'deactivate',
};
/** Supplementary service codes of call forwarding (29.002 §17.7.5): `0010xxxx`. */
const FORWARDING = 0x20;

/** Marks of its end, of whichever kind it is. */
const ENDS = [Did.release, Did.success, Did.failure] as const;

/** Messages that stand alone, because the beginning of what they are of was not seen, to one of these. */
const ALONE = 2;

/** A message of call control (3GPP TS 24.008 §5): what the one end of a call says is nothing where the other says it. */
export function takeCall(
  state: ConnectionState,
  nas: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
  room: Room,
): void {
  const isByOpener = isOfOpener(nas);
  switch (nas.type) {
    case Cc.setup:
    case Cc.emergencySetup: {
      if (!isByOpener) return;
      // Phones alone send it (24.008 §9.3.8).
      if (nas.type === Cc.emergencySetup) knowEnds(state, opc, dpc);
      const call = open(state, nas, opc, dpc, s, ns, room);
      if (call === null) return;
      call.calling = pack(nas.calling);
      call.called = pack(nas.called);
      note(call.marks, Did.progress, s, ns, opc, -1);
      break;
    }
    case Cc.proceeding:
      if (!isByOpener) guessEnds(state, dpc, opc);
      break;
    case Cc.confirmed:
      if (!isByOpener) knowEnds(state, opc, dpc);
      break;
    case Cc.alerting:
      if (!isByOpener) noteIn(state, nas, opc, dpc, Did.ringing, s, ns, -1, room);
      break;
    case Cc.connect:
      if (!isByOpener) noteIn(state, nas, opc, dpc, Did.answer, s, ns, -1, room);
      break;
    case Cc.connectAcknowledge:
      if (isByOpener) noteIn(state, nas, opc, dpc, Did.acknowledge, s, ns, -1, room);
      break;
    case Cc.release:
      // Without a cause it answers the DISCONNECT of the other side (24.008 §5.4.4.1.1.1, §9.3.18.1.1), which may be lost to the capture.
      noteIn(state, nas, opc, dpc, Did.release, s, ns, nas.cause, room, nas.cause < 0 ? dpc : opc);
      break;
    case Cc.disconnect:
    case Cc.releaseComplete:
      noteIn(state, nas, opc, dpc, Did.release, s, ns, nas.cause, room);
      break;
    default:
  }
}

/** RP messages (3GPP TS 24.011 §8.2.2): data, acknowledgement, error; the even ones come from the phone. */
export function takeShortMessage(
  state: ConnectionState,
  nas: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
  room: Room,
): void {
  const { rpType } = nas;
  if (rpType < 0) {
    // The transfer failed below the relay layer (3GPP TS 24.011 §7.2.3).
    if (nas.type === CP_ERROR) noteIn(state, nas, opc, dpc, Did.failure, s, ns, nas.cause, room);
    return;
  }
  if ((rpType & 1) === 0) knowEnds(state, opc, dpc);
  else guessEnds(state, dpc, opc);
  if (rpType > 5) return;
  const isByOpener = isOfOpener(nas);
  if (rpType > 1) {
    if (isByOpener) return;
    if (rpType > 3) noteIn(state, nas, opc, dpc, Did.failure, s, ns, nas.cause, room);
    else noteIn(state, nas, opc, dpc, Did.success, s, ns, -1, room);
  } else if (isByOpener && nas.smsType !== SmsType.statusReport) {
    // The service centre's report on a message, or a phone's command to it, is none (3GPP TS 23.040 §9.2.2.3, §9.2.2.4).
    const message = open(state, nas, opc, dpc, s, ns, room);
    if (message === null) return;
    message.called = packParty(nas);
    message.length = nas.smsLength;
    note(message.marks, Did.progress, s, ns, opc, rpType);
  }
}

/** A message of supplementary services (3GPP TS 24.080 §2). */
export function takeService(
  state: ConnectionState,
  nas: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
  room: Room,
): void {
  const { type, ssComponent } = nas;
  if (type === REGISTER) {
    if (!isOfOpener(nas)) return;
    if (OF_PHONES.includes(nas.ssOperation)) knowEnds(state, opc, dpc);
    const service = open(state, nas, opc, dpc, s, ns, room);
    if (service === null) return;
    note(service.marks, Did.progress, s, ns, opc, nas.ssOperation);
    if (nas.ussd.end > nas.ussd.start) service.code = codeOf(nas);
    service.called = pack(nas.forwardedTo);
    service.length = nas.ssCode;
  }
  // A component of the end that began the transaction answers a question of the other, as one of a menu (24.090 §6.1), not its own.
  if (!isOfOpener(nas)) {
    if (ssComponent === 2) noteIn(state, nas, opc, dpc, Did.success, s, ns, -1, room);
    else if (ssComponent === 3 || ssComponent === 4) noteIn(state, nas, opc, dpc, Did.failure, s, ns, -1, room);
  }
  if (type === Cc.releaseComplete) noteIn(state, nas, opc, dpc, Did.release, s, ns, nas.cause, room);
}

/** The service code that a phone asks for; '' of what it is told. */
function codeOf({ ssOperation, ussd, ussdCoding }: Nas): string {
  if (ssOperation === PROCESS_USSD) return packServiceCode(ussd, ussdCoding);
  return ssOperation === PROCESS_DATA ? packServiceCode(ussd, EIGHT_BITS) : '';
}

/** Its sender chose the transaction's identifier: the flag is 0 (24.007 §11.2.3.1.3). */
function isOfOpener({ transaction }: Nas): boolean {
  return (transaction & 8) === 0;
}

/** A transaction begins; null where there are too many. Whether it is another one than the last, {@link settle} knows. */
function open(
  state: ConnectionState,
  nas: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
  room: Room,
): Transaction | null {
  const made: Transaction = {
    discriminator: nas.discriminator,
    identifier: nas.transaction & 7,
    owner: isOfOpener(nas) ? opc : dpc,
    s,
    ns,
    calling: 0,
    called: 0,
    length: -1,
    code: null,
    marks: noMarks(),
  };
  // Where but one end is known, the answer may be in another piece of the connection.
  const isBoth = state.key1 >= 0 && state.key2 >= 0;
  if (s >= 0 && isBoth && countOf(state, made) >= room.limits.actsPerConnection)
    dropRepeated(state, made.discriminator);
  return addTransaction(state, made, room) ? made : null;
}

/**
 * False where a connection has as many of its kind, which is counted. What makes no event must not take the place of a call, nor keep one
 * from its place that does.
 */
export function addTransaction(state: ConnectionState, transaction: Transaction, room: Room): boolean {
  const { discriminator, s } = transaction;
  const most = room.limits.actsPerConnection;
  const count = state.transactions.length < most ? 0 : countOf(state, transaction) / (s < 0 ? ALONE : 1);
  const isMade = count >= most && s >= 0 && dropEventless(state, discriminator);
  if (!isMade && !hasRoom(count, 'actsPerConnection', room)) return false;
  state.transactions = [...state.transactions, transaction];
  return true;
}

/** Transactions of the same kind. */
function countOf({ transactions }: ConnectionState, { discriminator, s }: Transaction): number {
  let count = 0;
  for (const each of transactions) if (each.discriminator === discriminator && each.s >= 0 === s >= 0) count++;
  return count;
}

/** Puts an opening that was sent again together with the one before, as {@link settle} would. */
function dropRepeated(state: ConnectionState, discriminator: number): void {
  const { transactions } = state;
  const last = new Map<number, Transaction>();
  for (const [index, each] of transactions.entries()) {
    if (each.discriminator !== discriminator || each.s < 0) continue;
    const name = each.owner * 8 + each.identifier;
    const before = last.get(name);
    if (before !== undefined && !isOver(before, each)) {
      mergeMarks(before.marks, each.marks);
      state.transactions = transactions.toSpliced(index, 1);
      return;
    }
    last.set(name, each);
  }
}

/** Lets a service go that is over and makes no event, as a question about one; false where there is none. */
function dropEventless(state: ConnectionState, discriminator: number): boolean {
  const { transactions } = state;
  if (discriminator !== Discriminator.ss) return false;
  const index = transactions.findIndex((each) => {
    const isService = each.discriminator === discriminator && each.s >= 0;
    return isService && each.code === null && forwardingOf(each) === null && ENDS.some((kind) => each.marks[kind]);
  });
  if (index < 0) return false;
  state.transactions = transactions.toSpliced(index, 1);
  return true;
}

/** What a service does to the forwarding of calls: the name of its operation; null of others. */
export function forwardingOf({ marks, length: service }: Transaction): string | null {
  return (service & 0xf0) === FORWARDING ? (SERVICE_NAMES[marks[Did.progress]?.cause ?? -1] ?? null) : null;
}

/**
 * Notes what happened in the transaction of a message: the one that was opened last under its identifier. Where none was seen to
 * open, each message stands alone until the connection is put together, for what opened it may be in another piece.
 */
function noteIn(
  state: ConnectionState,
  nas: Nas,
  opc: number,
  dpc: number,
  kind: number,
  s: number,
  ns: number,
  cause: number,
  room: Room,
  by = opc,
): void {
  const { discriminator, transaction } = nas;
  const identifier = transaction & 7;
  const owner = (transaction & 8) === 0 ? opc : dpc;
  const { transactions } = state;
  let found: Transaction | null = null;
  for (let index = transactions.length - 1; index >= 0 && found === null; index--) {
    const known = transactions[index]!;
    const isSame = known.identifier === identifier && known.owner === owner && known.discriminator === discriminator;
    if (isSame && known.s >= 0) found = known;
  }
  found ??= open(state, nas, opc, dpc, -1, 0, room);
  if (found !== null) note(found.marks, kind, s, ns, by, cause);
}

/**
 * The transactions of a connection that nothing more will be added to, in order of time: what stood alone is in the one that was
 * open then, and an opening seen again before the end is no other transaction. Those whose opening was not seen are left out.
 */
export function settle({ transactions, marks }: ConnectionState): readonly Transaction[] {
  if (transactions.length === 0 || (transactions.length === 1 && transactions[0]!.s >= 0)) return transactions;
  const opened = transactions.filter(({ s }) => s >= 0);
  if (opened.length === 0) return opened;
  opened.sort((a, b) => compareTime(a.s, a.ns, b.s, b.ns));
  for (const lone of transactions) {
    if (lone.s >= 0) continue;
    const mark = lone.marks.find((each) => each !== null);
    if (mark === null || mark === undefined) continue;
    const home = opened.findLast((each) => isAlike(each, lone) && compareTime(each.s, each.ns, mark.s, mark.ns) <= 0);
    if (home !== undefined) mergeMarks(home.marks, lone.marks);
  }
  const settled: Transaction[] = [];
  for (const transaction of opened) {
    const index = settled.findLastIndex((each) => isAlike(each, transaction));
    const before = settled[index];
    if (before === undefined || isOver(before, transaction)) settled.push(transaction);
    else if (isUnheard(before, transaction, marks[Seen.accept]!)) settled[index] = transaction;
    else mergeMarks(before.marks, transaction.marks);
  }
  return settled;
}

/** The network took in what the phone asked for between the two: it did not hear the first (24.008 §4.5.1.1). */
function isUnheard(a: Transaction, b: Transaction, accept: Mark | null): boolean {
  return accept !== null && compareTimes(a, accept) < 0 && compareTimes(b, accept) >= 0;
}

/** They go under the same identifier, which the same end chose. */
export function isAlike(a: Transaction, b: Transaction): boolean {
  return a.identifier === b.identifier && a.owner === b.owner && a.discriminator === b.discriminator;
}

/** True where a transaction ended before another began. */
function isOver({ marks }: Transaction, { s, ns }: Transaction): boolean {
  for (const kind of ENDS) {
    const mark = marks[kind]!;
    if (mark !== null && compareTime(mark.s, mark.ns, s, ns) <= 0) return true;
  }
  return false;
}
