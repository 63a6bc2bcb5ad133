import { equalsText, latin1 } from '../../base/bytes.ts';
import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Range } from '../../sip/address.ts';
import { tagRange } from '../../sip/fields.ts';
import { Header, type SipMessage } from '../../sip/message.ts';
import { newInvite } from './open-states.ts';
import type { CallState, InviteState } from './state.ts';
import type { Entry } from './state-table.ts';

/** INVITE transactions of calls: each has a From tag and a CSeq number. */
export class Invites {
  private readonly limits: Limits;
  private readonly counters: Counters;

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** The transaction of a message, made where there is none; null where the call has too many. */
  of(entry: Entry, message: SipMessage): InviteState | null {
    const hasTag = tagRange(message, Header.From, range);
    const { start, end } = range;
    const { data, cseq } = message;
    const last = entry.invite;
    if (last !== null && last.cseq === cseq && isTag(hasTag, data, start, end, last.fromTag)) return last;
    const call = entry.state as CallState;
    for (const invite of call.invites) {
      if (invite.cseq !== cseq || !isTag(hasTag, data, start, end, invite.fromTag)) continue;
      entry.invite = invite;
      return invite;
    }
    if (call.invites.length >= this.limits.transactionsPerCall) {
      add(this.counters.dropped, 'transactionsPerCall');
      return null;
    }
    let invite: InviteState;
    if (call.invites.length > 0) {
      invite = newInvite();
      call.invites.push(invite);
    } else {
      call.invites = entry.spare ?? [newInvite()];
      invite = call.invites[0]!;
    }
    invite.fromTag = hasTag ? latin1(data, start, end) : '';
    invite.cseq = cseq;
    entry.invite = invite;
    return invite;
  }
}

/** Scratch: the range that {@link tagRange} found. */
const range: Range = { start: 0, end: 0 };

function isTag(hasTag: boolean, data: Buffer, start: number, end: number, known: string): boolean {
  return hasTag ? equalsText(data, start, end, known) : known === '';
}
