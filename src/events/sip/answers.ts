import { equalsText, hashText, latin1 } from '../../base/bytes.ts';
import { compareTime, elapsed, type PacketTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Range } from '../../sip/address.ts';
import { tagRange, topBranchRange } from '../../sip/fields.ts';
import { Header, type SipMessage } from '../../sip/message.ts';
import { isKnown, noTime, notLater, takeEarlier, takeLater } from '../times.ts';
import { isSameAddress } from './endpoints.ts';
import type { ByeState, CallState, InviteState } from './state.ts';

/**
 * An INVITE that is forked may be answered by several phones: each To tag of a 2xx is another dialog, and the caller ends with a BYE
 * those that it does not want (RFC 3261 §13.2.2.4). The conversation is the one that it keeps.
 */
export interface Answer {
  /** '' where the response had none. */
  toTag: string;
  /** The earliest of the dialog. */
  time: PacketTime;
  /** The caller acknowledged it; states of older stores do not say. */
  acknowledged?: boolean;
}

/** Most dialogs kept of one INVITE beside the first. */
const OTHERS = 16;
/** Milliseconds that a switch takes to end one side of a call after the other. */
const TOGETHER = 1000;
/** How long it takes at most until a 200 is said again, milliseconds (RFC 3261 §13.3.1.4, §17.1.1.1). */
const T2 = 4000;
const NONE: never[] = [];

/** Takes a 2xx to an INVITE in. */
export function answer(invite: InviteState, message: SipMessage, payload: Payload): void {
  const { seconds, nanoseconds } = payload;
  const hasTag = tagRange(message, Header.To, range);
  const { data } = message;
  const { start, end } = range;
  const known = invite.successTag ?? '';
  takeLast(invite, seconds, nanoseconds);
  if (isKnown(invite.success) && (hasTag ? equalsText(data, start, end, known) : known === ''))
    takeEarlier(invite.success, seconds, nanoseconds);
  else takeAnswer(invite, hasTag ? latin1(data, start, end) : '', seconds, nanoseconds);
}

/** Takes the To tag of a provisional response in: a phone has it in its answer too (RFC 3261 §12.1.1). */
export function takeEarlyTag(invite: InviteState, message: SipMessage): void {
  if (tagRange(message, Header.To, range)) mergeEarlyTag(invite, hashText(message.data, range.start, range.end, 1));
}

/** Joins that of another capture. */
export function mergeEarlyTag(into: InviteState, tag = 0): void {
  const { earlyTag: known = 0 } = into;
  if (known === 0 || (tag !== 0 && tag < known)) into.earlyTag = tag;
}

/**
 * Has a hop be answered where nothing is seen of its end, and its caller was given an answer with the tag that its phone has: the answer on
 * the hop is not in the capture.
 *
 * @param hop is changed
 */
export function takeLostAnswer(hop: InviteState, invite: InviteState): void {
  const { earlyTag = 0 } = hop;
  if (earlyTag === 0 || isKnown(hop.success) || hop.failures.length > 0 || !isKnown(invite.success)) return;
  for (const { toTag, time, acknowledged } of answersOf(invite)) {
    const tag = Buffer.from(toTag, 'latin1');
    if (hashText(tag, 0, tag.length, 1) !== earlyTag) continue;
    takeAnswer(hop, toTag, time.s, time.ns, acknowledged);
    return;
  }
}

function takeLast(invite: InviteState, s: number, ns: number): void {
  invite.lastSuccess ??= noTime();
  takeLater(invite.lastSuccess, s, ns);
}

/** As {@link answer}, of a tag and a time. */
function takeAnswer(invite: InviteState, toTag: string, s: number, ns: number, acknowledged = false): void {
  const { success } = invite;
  const first = isKnown(success) ? (invite.successTag ?? '') : toTag;
  if (first === toTag) {
    takeEarlier(success, s, ns);
    invite.successTag = toTag;
    if (acknowledged) invite.successAcknowledged = true;
    return;
  }
  const others = invite.otherAnswers ?? NONE;
  let other = others.find((known) => known.toTag === toTag);
  if (other !== undefined) {
    takeEarlier(other.time, s, ns);
    if (acknowledged) other.acknowledged = true;
  } else {
    if (others.length >= OTHERS) return;
    other = { toTag, time: { s, ns }, acknowledged };
    // The list that states share is never added to.
    invite.otherAnswers = [...others, other];
  }
  if (order(other.time, toTag, success, first) >= 0) return;
  const { time, acknowledged: isAcknowledged = false } = other;
  other.toTag = first;
  other.time = { s: success.s, ns: success.ns };
  other.acknowledged = invite.successAcknowledged ?? false;
  invite.successTag = toTag;
  invite.successAcknowledged = isAcknowledged;
  success.s = time.s;
  success.ns = time.ns;
}

/** Most ACKs kept of one INVITE, and most hops. */
const ACKS = 16;
export const HOPS = 16;

/** Takes the branch of a request of the INVITE in, each hop has one. @returns the branch where it is new, else 0 */
export function takeBranch(invite: InviteState, message: SipMessage): number {
  const branch = branchOf(message);
  const { branch: known = 0, otherBranches: others = NONE } = invite;
  if (branch === 0 || branch === known || others.includes(branch)) return 0;
  if (known === 0) invite.branch = branch;
  else if (others.length < HOPS) invite.otherBranches = [...others, branch];
  else return 0;
  return branch;
}

/**
 * Takes an ACK in. Where the final answer that it is for was not seen, it tells of that: one of a success is a transaction of its own, one
 * of another answer has the branch of the INVITE.
 *
 * @returns true where it may have changed when the call ended
 */
export function acknowledge(invite: InviteState, message: SipMessage, payload: Payload): boolean {
  const { success, acks = NONE } = invite;
  if (!tagRange(message, Header.To, range)) return false;
  const { data } = message;
  if (isKnown(success) && equalsText(data, range.start, range.end, invite.successTag ?? '')) {
    invite.successAcknowledged = true;
    return invite.otherAnswers !== undefined && invite.otherAnswers.length > 0;
  }
  const toTag = latin1(data, range.start, range.end);
  const branch = branchOf(message);
  if (branch === 0 || acks.length >= ACKS) return false;
  invite.acks = [...acks, { toTag, branch, time: { s: payload.seconds, ns: payload.nanoseconds } }];
  return settleAcks(invite);
}

/**
 * Has ACKs acknowledge the answers of the INVITE that are known, and answer it else, once its request is known. One that comes before that
 * is of an earlier hop or branch of it, in the capture before. @returns true where one did
 */
export function settleAcks(invite: InviteState): boolean {
  const { acks = NONE, branch = 0, otherBranches = NONE, request, failures } = invite;
  if (acks.length === 0) return false;
  let isChanged = false;
  invite.acks = acks.filter(({ toTag, branch: own, time }) => {
    const isKnownAnswer = isKnown(invite.success) && answersOf(invite).some((answer) => answer.toTag === toTag);
    if (!isKnownAnswer) {
      if (request === null || branch === 0 || notLater(time, request.time)) return true;
      if (own === branch || otherBranches.includes(own)) return false;
      if (failures.some((failure) => notLater(failure.time, time))) return false;
    }
    takeAnswer(invite, toTag, time.s, time.ns, true);
    isChanged = true;
    return false;
  });
  if (invite.acks.length === 0) invite.acks = NONE;
  return isChanged;
}

export function branchOf(message: SipMessage): number {
  return topBranchRange(message, range) ? hashText(message.data, range.start, range.end, 1) || 1 : 0;
}

function answersOf({
  success,
  successTag = '',
  successAcknowledged = false,
  otherAnswers = NONE,
}: InviteState): Answer[] {
  return [{ toTag: successTag, time: success, acknowledged: successAcknowledged }, ...otherAnswers];
}

/** Joins the answers that another capture has of the same INVITE. */
export function mergeAnswers(into: InviteState, from: InviteState): void {
  if (!isKnown(from.success)) return;
  const last = from.lastSuccess ?? from.success;
  takeLast(into, last.s, last.ns);
  for (const { toTag, time, acknowledged } of answersOf(from)) takeAnswer(into, toTag, time.s, time.ns, acknowledged);
}

/** When the dialog that went on was answered; the INVITE was. */
export function answerOf(call: CallState, invite: InviteState): PacketTime {
  const { success, successTag = '', otherAnswers: others = NONE } = invite;
  const { time, toTag } = earliestOf(call, invite);
  if (successTag !== '' || toTag === '') return time;
  // An answer whose tag is not known is that of the first whose tag is.
  const isFirst = !others.some((other) => other.toTag !== '' && order(other.time, other.toTag, time, toTag) < 0);
  return isFirst ? success : time;
}

/** The BYE of the dialog that went on; null where none ended it. The INVITE was answered. */
export function byeOf(call: CallState, invite: InviteState): ByeState | null {
  const { fromTag, successTag = '', otherAnswers: others = NONE } = invite;
  if (others.length === 0) return dialogBye(call, fromTag, successTag);
  const last = dialogBye(call, fromTag, lastingOf(call, invite).toTag);
  let found = last;
  if (found !== null)
    for (const { toTag } of togetherWith(call, invite, last)) found = earlier(found, dialogBye(call, fromTag, toTag)!);
  return found;
}

/**
 * The BYE that ended a leg, of its INVITE that was answered first. A switch may pass a call on under a CSeq of its own: of both sides the
 * earlier BYE, where they ended together.
 */
export function legBye(call: CallState, leg: readonly InviteState[], answered: InviteState): ByeState | null {
  const last = byeOf(call, answered);
  let found = last;
  if (last === null) return null;
  for (const invite of leg) {
    const bye = invite === answered || !isKnown(invite.success) ? null : byeOf(call, invite);
    if (bye !== null && Math.abs(elapsed(bye.time, last.time)) <= TOGETHER) found = earlier(found!, bye);
  }
  return found;
}

/** Of the dialog that went on, and those that ended with it, the first to be answered. */
function earliestOf(call: CallState, invite: InviteState): Answer {
  let found = lastingOf(call, invite);
  if ((invite.otherAnswers ?? NONE).length === 0) return found;
  const last = dialogBye(call, invite.fromTag, found.toTag);
  for (const other of togetherWith(call, invite, last))
    if (order(other.time, other.toTag, found.time, found.toTag) < 0) found = other;
  return found;
}

/**
 * The dialogs that ended within {@link TOGETHER} before the last one did: a switch that passes a call on under its Call-ID and From tag
 * answers with a To tag of its own, and both sides are one conversation.
 */
function togetherWith(call: CallState, invite: InviteState, last: ByeState | null): Answer[] {
  if (last === null) return [];
  const { fromTag } = invite;
  return keptOf(call, invite).filter(({ toTag }) => {
    const bye = toTag === '' ? null : dialogBye(call, fromTag, toTag);
    return bye !== null && elapsed(bye.time, last.time) <= TOGETHER;
  });
}

function earlier(a: ByeState, b: ByeState): ByeState {
  return compareTime(b.time.s, b.time.ns, a.time.s, a.time.ns) < 0 ? b : a;
}

/** The dialog that went on: one without a BYE before those with one, then the last to end. */
function lastingOf(call: CallState, invite: InviteState): Answer {
  const { fromTag } = invite;
  const [first, ...others] = keptOf(call, invite);
  let lasting = first!;
  for (const other of others) {
    if (other.toTag === '') continue;
    const longer =
      lasting.toTag === ''
        ? 1
        : compareEnds(dialogBye(call, fromTag, other.toTag), dialogBye(call, fromTag, lasting.toTag)) ||
          order(lasting.time, lasting.toTag, other.time, other.toTag);
    if (longer > 0) lasting = other;
  }
  return lasting;
}

/**
 * The dialogs that the caller took part in. Some know one answer alone: a phone whose answer is never acknowledged says it again for 64*T1 and
 * ends a dialog with a BYE (RFC 3261 §13.3.1.4) in which nobody talked.
 */
function keptOf(call: CallState, invite: InviteState): Answer[] {
  const all = answersOf(invite);
  if (all.length === 1 || !all.some(({ acknowledged }) => acknowledged)) return all;
  return all.filter(
    ({ toTag, acknowledged }) => acknowledged || dialogBye(call, invite.fromTag, toTag)?.fromTag === invite.fromTag,
  );
}

/**
 * True for an INVITE whose one answer was said again until the called side ended its dialog: nobody acknowledged it (RFC 3261 §13.3.1.4). Where
 * its request was not seen, another phone's answer may have been acknowledged before.
 */
export function isNeverAcknowledged(call: CallState, invite: InviteState): boolean {
  const { fromTag, success, successTag = '', successAcknowledged, lastSuccess, otherAnswers = NONE } = invite;
  if (!isKnown(success) || successAcknowledged || otherAnswers.length > 0 || lastSuccess === undefined) return false;
  if (notLater(lastSuccess, success)) return false;
  const bye = dialogBye(call, fromTag, successTag);
  if (bye === null || bye.fromTag === fromTag) return false;
  return elapsed(lastSuccess, bye.time) <= T2 + TOGETHER;
}

function compareEnds(a: ByeState | null, b: ByeState | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareTime(a.time.s, a.time.ns, b.time.s, b.time.ns);
}

/** Order of answers; those of one instant by their tags, so that it never depends on who came first to us. */
function order(a: PacketTime, aTag: string, b: PacketTime, bTag: string): number {
  return compareTime(a.s, a.ns, b.s, b.ns) || (aTag < bTag ? -1 : aTag > bTag ? 1 : 0);
}

/** The earliest BYE of a dialog; a tag that is '' is not known and may be any. */
function dialogBye(call: Pick<CallState, 'byes'>, callerTag: string, calledTag: string): ByeState | null {
  let found: ByeState | null = null;
  for (const bye of call.byes) {
    const { fromTag, toTag, untagged = false } = bye;
    const other = fromTag === callerTag ? toTag : toTag === callerTag ? fromTag : null;
    if (other === null || (other !== calledTag && other !== '' && calledTag !== '')) continue;
    // A dialog whose answer has a tag knows of no request without it (RFC 3261 §12.2.2).
    if (untagged && other === '' && calledTag !== '') continue;
    if (found === null || compareTime(bye.time.s, bye.time.ns, found.time.s, found.time.ns) < 0) found = bye;
  }
  return found;
}

/** The earliest BYE of any dialog that the caller of the INVITE began, after that: one before it ended another call. */
export function anyByeOf({ byes }: CallState, { fromTag, request }: InviteState): ByeState | null {
  const later = request === null ? byes : byes.filter(({ time }) => notLater(request.time, time));
  return dialogBye({ byes: later }, fromTag, '');
}

/**
 * True where the server that sent the BYE to one side of a dialog sent one to the other side as well, as one does when the call has lasted as
 * long as it may: neither party ended it.
 */
export function isSentToBoth({ byes }: Pick<CallState, 'byes'>, bye: ByeState): boolean {
  const { fromTag, toTag, source = '' } = bye;
  // Of two sides that have one tag, as those of SIPp may, a BYE is of either.
  if (source === '' || fromTag === toTag) return false;
  return byes.some(
    (other) =>
      other.fromTag === toTag &&
      other.toTag === fromTag &&
      isSameAddress(other.source ?? '', source) &&
      Math.abs(elapsed(bye.time, other.time)) <= TOGETHER,
  );
}

/** Scratch: the range that {@link tagRange} found. */
const range: Range = { start: 0, end: 0 };
