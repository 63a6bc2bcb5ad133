import type { PacketTime } from '../base/time.ts';
import type { Payload } from '../network/payload.ts';
import { createNameAddr, findParam, nextElement, parseNameAddr, type Range } from '../sip/address.ts';
import { Header, ROW, type SipMessage } from '../sip/message.ts';
import type { InviteState } from './state.ts';
import { earliest, isKnown, notLater, takeEarlier } from './state.ts';

/** Why a call goes on to another number, as History-Info of an answer has it. */
export interface SentOn {
  time: PacketTime;
  /** Of {@link REASONS}. */
  cause: number;
}

/** Causes in addresses that calls are sent on to (RFC 4458 §4, 3GPP TS 24.604 §4.5.2.6.2.2), as conditions of call forwarding. */
const REASONS: Record<number, string> = {
  302: 'unconditional',
  408: 'no_reply',
  480: 'deflected',
  486: 'busy',
  487: 'deflected',
  503: 'not_reachable',
};
/** Call Is Being Forwarded (RFC 3261 §21.1.3). */
const FORWARDED = 181;

/** Takes in what a response below 300 says of a call that went on to another number. */
export function takeSentOn(invite: InviteState, message: SipMessage, { seconds, nanoseconds }: Payload): void {
  if (message.status === FORWARDED) {
    invite.forwarded ??= { s: seconds, ns: nanoseconds };
    takeEarlier(invite.forwarded, seconds, nanoseconds);
  }
  if (message.first[Header.HistoryInfo] === 0) return;
  const cause = firstCause(message);
  if (cause !== 0) mergeSentOn(invite, { sentOn: { time: { s: seconds, ns: nanoseconds }, cause } });
}

/** Joins what another capture has of the same INVITE. */
export function mergeSentOn(into: InviteState, { forwarded, sentOn }: Pick<InviteState, 'forwarded' | 'sentOn'>): void {
  if (forwarded !== undefined && isKnown(forwarded)) {
    into.forwarded ??= { ...forwarded };
    takeEarlier(into.forwarded, forwarded.s, forwarded.ns);
  }
  if (sentOn && (!into.sentOn || !notLater(into.sentOn.time, sentOn.time))) into.sentOn = sentOn;
}

/**
 * That and why a leg's call went on from the number that was called; null where it did not. One that was sent on before has a history that
 * says so of another number. A line that rang before, for a reason that is not told, did not answer.
 */
export function sentOnText(leg: readonly InviteState[]): string | null {
  let forwarded: PacketTime | null = null;
  let ringing: PacketTime | null = null;
  let reason: string | null = null;
  for (const invite of leg) {
    forwarded = earliest(forwarded, invite.forwarded ?? null);
    ringing = earliest(ringing, invite.ringing);
    const { request, sentOn } = invite;
    if (sentOn && request !== null && !request.diverted) reason ??= REASONS[sentOn.cause]!;
  }
  if (forwarded === null) return reason === null ? null : `forwarded ${reason}`;
  if (reason === null && ringing !== null && notLater(ringing, forwarded)) reason = 'no_reply';
  return reason === null ? 'forwarded' : `forwarded ${reason}`;
}

/** The first cause in the addresses of History-Info (RFC 7044 §5), that of the number which was called; 0 where there is none. */
function firstCause({ data, rows, rowCount, first }: SipMessage): number {
  for (let row = (first[Header.HistoryInfo]! - 1) * ROW; row < rowCount * ROW; row += ROW) {
    if (rows[row] !== Header.HistoryInfo) continue;
    const end = rows[row + 3]!;
    for (let at = rows[row + 2]!; at < end; ) {
      const stop = nextElement(data, at, end);
      const { uriParamsStart: start, uriParamsEnd } = parseNameAddr(data, at, stop, address) ? address : NOWHERE;
      if (findParam(data, start, uriParamsEnd, 'cause', range)) {
        const cause = Number(data.toString('latin1', range.start, range.end));
        return cause in REASONS ? cause : 0;
      }
      at = stop + 1;
    }
  }
  return 0;
}

/** Scratch: what is parsed, and the range that {@link findParam} found. */
const address = createNameAddr();
const range: Range = { start: 0, end: 0 };
const NOWHERE = createNameAddr();
