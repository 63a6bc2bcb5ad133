import { equalsText } from '../../base/bytes.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { InviteState, RequestFacts, SipState } from './state.ts';

/** A state in the table, with what the table needs to find and to end it. */
export interface Entry {
  // What every message looks at comes first: memory is read by lines of 64 bytes, and each costs as much as all the rest.
  /** Of `idHash` and CSeq where the state is a transaction, else `idHash`. */
  hash: number;
  callId: string;
  /** CSeq number of a transaction; of a call -1. */
  cseq: number;
  /** Number of the method whose transactions the state holds. */
  method: number;
  /** Next entry with the same head. */
  next: Entry | null;
  /** Last message, as in the state, which follows when the entry leaves the table. */
  lastS: number;
  lastNs: number;
  lastFrame: number;
  /** Everything in the state has ended. */
  over: boolean;
  /** {@link settledAt} of the state where it is over, kept up to date. */
  settled: number;
  /** INVITE transaction of the last message. */
  invite: InviteState | null;
  state: SipState;
  /** Of Call-ID and method. */
  idHash: number;
  /** For the call's first INVITE transaction, and for what its request says. */
  spare: InviteState[] | null;
  spareFacts: RequestFacts | null;
  /** It stands in the queue of those that close, at the place that its `settled` of then gave it. */
  listed: boolean;
  listedAt: number;
  /** Neighbours in the order in which the entries were made. */
  older: Entry | null;
  newer: Entry | null;
  /** It left the table. */
  gone: boolean;
  /** Others hold its state now. */
  kept: boolean;
}

/** Heads of the table at first, a power of two. */
const HEADS = 1 << 14;

/** Open states by the hash of Call-ID, method and CSeq, and in the order in which they were made. */
export class StateTable {
  size = 0;
  oldest: Entry | null = null;
  private newest: Entry | null = null;
  private heads: (Entry | null)[] = new Array<Entry | null>(HEADS).fill(null);

  /** The first of the entries that may have this hash; the others follow by `next`. */
  first(hash: number): Entry | null {
    return this.heads[hash & (this.heads.length - 1)]!;
  }

  /** The entry of a Call-ID, bytes [start, end), with the method and CSeq number; null where there is none. */
  find(hash: number, cseq: number, method: number, data: Buffer, start: number, end: number): Entry | null {
    for (let entry = this.first(hash); entry !== null; entry = entry.next) {
      if (entry.hash !== hash || entry.cseq !== cseq || entry.method !== method) continue;
      if (equalsText(data, start, end, entry.callId)) return entry;
    }
    return null;
  }

  /** Puts an entry in, as the newest. */
  insert(entry: Entry): void {
    if (this.size >= this.heads.length) this.grow();
    const head = entry.hash & (this.heads.length - 1);
    entry.gone = false;
    entry.next = this.heads[head]!;
    entry.older = this.newest;
    entry.newer = null;
    this.heads[head] = entry;
    if (this.newest === null) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
    this.size++;
  }

  remove(entry: Entry): void {
    entry.gone = true;
    const head = entry.hash & (this.heads.length - 1);
    if (this.heads[head] === entry) {
      this.heads[head] = entry.next;
    } else {
      let before = this.heads[head]!;
      while (before.next !== entry) before = before.next!;
      before.next = entry.next;
    }
    if (entry.older === null) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === null) this.newest = entry.older;
    else entry.newer.older = entry.older;
    this.size--;
  }

  /** The transaction of the same Call-ID and method whose CSeq number is `step` more. */
  neighbour(of: Entry, step: number): Entry | null {
    const cseq = of.cseq + step;
    const hash = withCseq(of.idHash, cseq);
    for (let entry = this.first(hash); entry !== null; entry = entry.next) {
      if (entry.hash !== hash || entry.cseq !== cseq || entry.method !== of.method) continue;
      if (entry.callId === of.callId) return entry;
    }
    return null;
  }

  clear(): void {
    this.heads.fill(null);
    this.oldest = this.newest = null;
    this.size = 0;
  }

  /** Four times as many heads. */
  private grow(): void {
    const heads = new Array<Entry | null>(this.heads.length * 4).fill(null);
    for (let entry = this.oldest; entry !== null; entry = entry.newer) {
      const head = entry.hash & (heads.length - 1);
      entry.next = heads[head]!;
      heads[head] = entry;
    }
    this.heads = heads;
  }
}

/** A message of the entry was in this packet. */
export function noteMessage(entry: Entry, { seconds, nanoseconds, frame }: Payload): void {
  if (compareTime(seconds, nanoseconds, entry.lastS, entry.lastNs) >= 0) {
    entry.lastS = seconds;
    entry.lastNs = nanoseconds;
    entry.lastFrame = frame;
    return;
  }
  const { state } = entry;
  if (compareTime(seconds, nanoseconds, state.firstS, state.firstNs) >= 0) return;
  state.firstS = seconds;
  state.firstNs = nanoseconds;
  state.firstFrame = frame;
}

/** Hash of a transaction, from that of its Call-ID and method. */
export function withCseq(idHash: number, cseq: number): number {
  const hash = Math.imul(idHash ^ cseq, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** An entry that stands nowhere yet. */
export function newEntry(state: SipState): Entry {
  return {
    hash: 0,
    callId: '',
    cseq: -1,
    method: 0,
    next: null,
    lastS: 0,
    lastNs: 0,
    lastFrame: 0,
    over: false,
    settled: 0,
    invite: null,
    state,
    idHash: 0,
    spare: null,
    spareFacts: null,
    listed: false,
    listedAt: 0,
    older: null,
    newer: null,
    gone: false,
    kept: false,
  };
}
