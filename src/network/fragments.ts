import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { millisecondsBetween } from '../base/time.ts';
import { endsOf, Flow, FlowTable } from './flows.ts';
import { type Ends, type LooseEnds, PIECE_OVERHEAD, type Sighting } from './loose.ts';

/**
 * Fragments of a datagram are sent one after the other: what did not come together by then was lost, or never captured. Hosts wait longer
 * (RFC 8200 section 4.5: 60 s), but what a host answers is in the capture too, and should not have to wait for its question.
 */
const LIFETIME_S = 5;
/** Fragments that follow a complete datagram of the same identification are copies from another mirror port, close in time. */
const COPY_LIFETIME_MS = 1000;
const MAX_DATAGRAM = 65_535;
/** Length that the queue of datagrams may have beside those that it can hold. */
const SPARE = 1024;

/** Counter of datagrams that are not whole, their first fragment being all that filters for a port pass. */
export const INCOMPLETE = 'incomplete datagrams';

interface Fragment extends Sighting {
  offset: number;
  /** Length the fragment had on the wire; `bytes` may have fewer. */
  length: number;
  more: boolean;
  bytes: Buffer;
  capture: string;
}

class Datagram extends Flow {
  protocol = 0;
  identification = 0;
  fragments: Fragment[] = [];
  /** Bytes of the whole datagram, -1 until the last fragment was seen. */
  total = -1;
  covered = 0;
  /** Bytes held, with the cost of each piece. */
  held = 0;
  /** It was complete once: what comes now begins a copy of it. */
  completed = false;
  lifetime = 1000 * LIFETIME_S;
  /** Grows with each datagram, and tells those apart that came one after the other under one identification. */
  number = 0;
  seconds = 0;
  nanoseconds = 0;
}

/** A datagram since it began, and the packet time, seconds, from which on it waits no more. */
interface Waiting {
  datagram: Datagram;
  number: number;
  until: number;
}

/** Bytes [from, to) of a datagram. */
interface Part {
  from: number;
  to: number;
}

/** One fragment as an IP header describes it; its bytes are data [from, to). */
export interface FragmentView {
  protocol: number;
  identification: number;
  /** Offset in the datagram, in bytes. */
  offset: number;
  more: boolean;
  data: Buffer;
  from: number;
  to: number;
  /** Length on the wire, at least `to - from`. */
  length: number;
  /** See {@link LooseBytes.capture}. */
  capture: string;
  /** See {@link LooseBytes.copy}. */
  copy: boolean;
}

/** A datagram put together: source and destination address, then the IP payload. */
export interface Reassembled {
  bytes: Buffer;
  protocol: number;
  /** A fragment is missing, or was cut by the snap length: the payload ends at the first missing byte. */
  cut: boolean;
}

/** What was captured of a datagram that was given up, from its first byte on, and where its first fragment was. */
export interface Beginning extends Reassembled {
  addressLength: 4 | 16;
  seen: Sighting;
  /** See {@link LooseBytes.capture}. */
  capture: string;
}

/** IP reassembly (RFC 791 section 3.2, RFC 8200 section 4.5), bounded by `fragmentDatagrams` and `fragmentBytes`. */
export class Fragments {
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly table: FlowTable<Datagram>;
  private readonly ends: Ends = {
    header: Buffer.alloc(0),
    addressLength: 4,
    sourceAt: 0,
    destinationAt: 0,
    sourcePort: 0,
    destinationPort: 0,
  };
  private held = 0;
  private numbers = 0;
  /** Datagrams in the order in which they began; those that are over are among them. */
  private waiting: Waiting[] = [];
  private waitingHead = 0;
  private readonly givenUp: Beginning[] = [];
  /** Packet time, seconds, from which on {@link takeGivenUp} may have something to give. */
  deadline = Number.POSITIVE_INFINITY;
  private dropName = 'fragmentDatagrams';

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
    this.table = new FlowTable<Datagram>(limits.fragmentDatagrams, (datagram) => {
      if (datagram.fragments.length > 0 && !isCopy(datagram)) add(counters.dropped, this.dropName);
      this.giveUp(datagram);
    });
  }

  /** Takes one fragment between the addresses of `ends`; gives the datagram where it is now complete, else null. */
  add(ends: Ends, view: FragmentView, seen: Sighting): Reassembled | null {
    const { offset, length, more } = view;
    if (length === 0 || offset + length > MAX_DATAGRAM || (more && (length & 7) !== 0)) {
      add(this.counters.anomalies, 'ip fragment length');
      return null;
    }
    const datagram = this.datagramOf(ends, view, seen);
    let place = datagram.fragments.length;
    while (place > 0 && datagram.fragments[place - 1].offset > offset) place--;
    const before = datagram.fragments[place - 1];
    if (before !== undefined && before.offset + before.length >= offset + length) return null;
    const parts = contradicts(datagram, view)
      ? null
      : newParts(datagram.fragments, Math.max(0, place - 1), view, ends.addressLength === 4);
    if (parts === null) {
      add(this.counters.anomalies, 'ip fragment overlap');
      this.release(datagram);
      return null;
    }
    // RFC 8200 section 4.5: the next header of the fragment at offset 0 counts.
    if (offset === 0 || datagram.fragments.length === 0) datagram.protocol = view.protocol;
    if (!more) datagram.total = offset + length;
    for (const part of parts) {
      while (place < datagram.fragments.length && datagram.fragments[place].offset < part.from) place++;
      this.keep(datagram, place, part, view, seen);
    }
    if (datagram.covered === datagram.total) return this.assemble(datagram);
    this.dropName = 'fragmentBytes';
    while (this.held > this.limits.fragmentBytes && this.table.evictOldest());
    this.dropName = 'fragmentDatagrams';
    return null;
  }

  /** Hands over the fragments of datagrams that are not complete; those that no other capture can complete are given up. */
  looseEnds(loose: LooseEnds): void {
    for (const datagram of this.table.flows()) {
      const [first] = datagram.fragments;
      if (first?.offset === 0 && first.bytes.length < first.length) {
        this.giveUp(datagram);
        continue;
      }
      const addresses = endsOf(datagram).header;
      for (const fragment of datagram.fragments) {
        const { offset, more, bytes } = fragment;
        // A cut one cannot complete anything later either: its missing bytes would be taken for its neighbour's.
        if (bytes.length < fragment.length) continue;
        loose.fragment(
          addresses,
          datagram.protocol,
          datagram.identification,
          offset,
          more,
          bytes,
          fragment,
          fragment.capture,
          isCopy(datagram),
        );
      }
    }
  }

  /** The beginning of a datagram that was not complete in time at `seconds`; null where there is none, or no other. */
  takeGivenUp(seconds: number): Beginning | null {
    let next = this.waiting[this.waitingHead];
    for (; next !== undefined && (isOver(next) || next.until <= seconds); next = this.waiting[++this.waitingHead]) {
      if (isOver(next)) continue;
      // Without its beginning it is kept: that may be in the capture before. A copy's is known.
      const { datagram } = next;
      if (datagram.fragments[0]?.offset === 0 || isCopy(datagram)) this.giveUp(datagram);
    }
    const given = this.givenUp.shift() ?? null;
    this.deadline = next === undefined ? Number.POSITIVE_INFINITY : next.until;
    if (this.givenUp.length > 0) this.deadline = Number.NEGATIVE_INFINITY;
    return given;
  }

  private datagramOf(ends: Ends, view: FragmentView, seen: Sighting): Datagram {
    const key = this.ends;
    key.header = ends.header;
    key.addressLength = ends.addressLength;
    key.sourceAt = ends.sourceAt;
    key.destinationAt = ends.destinationAt;
    // RFC 791: the protocol is part of the key; RFC 8200: it is not, and the identification has 32 bits.
    key.sourcePort = ends.addressLength === 4 ? view.protocol : view.identification >>> 16;
    key.destinationPort = view.identification & 0xffff;
    let datagram = this.table.find(key);
    if (datagram !== undefined) {
      const age = Math.abs(millisecondsBetween(datagram.seconds, datagram.nanoseconds, seen.seconds, seen.nanoseconds));
      if (datagram.fragments.length > 0 && age <= datagram.lifetime) return datagram;
      if (datagram.fragments.length > 0 && !isCopy(datagram)) add(this.counters.anomalies, 'ip fragment timeout');
      this.giveUp(datagram);
      const copy = view.copy || (datagram.completed && age <= COPY_LIFETIME_MS);
      datagram.lifetime = copy ? COPY_LIFETIME_MS : 1000 * LIFETIME_S;
      datagram.completed = false;
    } else {
      datagram = new Datagram();
      if (view.copy) datagram.lifetime = COPY_LIFETIME_MS;
      this.table.insert(key, datagram);
    }
    datagram.identification = view.identification;
    datagram.number = ++this.numbers;
    datagram.seconds = seen.seconds;
    datagram.nanoseconds = seen.nanoseconds;
    // A copy may have begun late in its second.
    const until = seen.seconds + (isCopy(datagram) ? 1 + COPY_LIFETIME_MS / 1000 : LIFETIME_S);
    this.wait({ datagram, number: datagram.number, until });
    return datagram;
  }

  /** Keeps a part of a fragment at its place among those of its datagram. */
  private keep(datagram: Datagram, place: number, { from, to }: Part, view: FragmentView, seen: Sighting): void {
    const start = view.from + from - view.offset;
    const bytes = Buffer.from(view.data.subarray(start, Math.max(start, Math.min(view.to, start + to - from))));
    datagram.fragments.splice(place, 0, {
      offset: from,
      length: to - from,
      more: view.more || to < view.offset + view.length,
      bytes,
      capture: view.capture,
      seconds: seen.seconds,
      nanoseconds: seen.nanoseconds,
      frame: seen.frame,
    });
    datagram.covered += to - from;
    datagram.held += bytes.length + PIECE_OVERHEAD;
    this.held += bytes.length + PIECE_OVERHEAD;
  }

  private wait(one: Waiting): void {
    if (this.waiting.length >= 2 * this.limits.fragmentDatagrams + SPARE) {
      this.waiting = this.waiting.slice(this.waitingHead).filter((other) => !isOver(other));
      this.waitingHead = 0;
    }
    this.waiting.push(one);
    this.deadline = Math.min(this.deadline, one.until);
  }

  private assemble(datagram: Datagram): Reassembled {
    const whole = joined(datagram);
    this.release(datagram);
    datagram.completed = true;
    return whole;
  }

  /** Keeps what there is of a datagram that will not be whole, for {@link takeGivenUp}. */
  private giveUp(datagram: Datagram): void {
    const [first] = datagram.fragments;
    if (first?.offset === 0 && !isCopy(datagram)) {
      const { seconds, nanoseconds, frame, capture } = first;
      const { addressLength } = datagram;
      this.givenUp.push({ ...joined(datagram), addressLength, seen: { seconds, nanoseconds, frame }, capture });
      this.deadline = Number.NEGATIVE_INFINITY;
    }
    this.release(datagram);
  }

  private release(datagram: Datagram): void {
    this.held -= datagram.held;
    datagram.held = 0;
    datagram.fragments = [];
    datagram.total = -1;
    datagram.covered = 0;
  }
}

/** Whether a fragment and those before it say different ends of their datagram. */
function contradicts({ fragments, total }: Datagram, { offset, length, more }: FragmentView): boolean {
  const end = offset + length;
  if (total >= 0) return more ? end >= total : end !== total;
  const last = fragments.at(-1);
  return !more && last !== undefined && last.offset + last.length >= end;
}

/**
 * The parts of a fragment that are not in `fragments`, of which those before `index` end before it; null where its datagram is to
 * be discarded whole: RFC 5722 says so of IPv6 with any overlap. A router between two mirror ports may cut a datagram of IPv4
 * again, in other places: the bytes of both are the same (`mayOverlap`).
 */
function newParts(fragments: Fragment[], index: number, view: FragmentView, mayOverlap: boolean): Part[] | null {
  const parts: Part[] = [];
  const end = view.offset + view.length;
  let from = view.offset;
  for (let i = index; i < fragments.length && fragments[i].offset < end; i++) {
    const known = fragments[i];
    if (known.offset + known.length <= from) continue;
    if (!mayOverlap || differs(known, view)) return null;
    if (known.offset > from) parts.push({ from, to: known.offset });
    from = known.offset + known.length;
  }
  if (from < end) parts.push({ from, to: end });
  return parts;
}

/** Whether two fragments have different bytes in the same place of their datagram. */
function differs(known: Fragment, { offset, data, from, to }: FragmentView): boolean {
  const first = Math.max(known.offset, offset);
  const end = Math.min(known.offset + known.bytes.length, offset + to - from);
  if (first >= end) return false;
  const at = from - offset;
  return known.bytes.compare(data, at + first, at + end, first - known.offset, end - known.offset) !== 0;
}

/** The bytes of a datagram up to the first that is missing. */
function joined({ addresses, fragments, protocol, total }: Datagram): Reassembled {
  const parts = [addresses];
  let to = 0;
  for (const { offset, bytes, length } of fragments) {
    if (offset !== to) break;
    parts.push(bytes);
    to += bytes.length;
    if (bytes.length < length) break;
  }
  return { bytes: Buffer.concat(parts), protocol, cut: to !== total };
}

/** It was complete before: what is missing of it now is missing of a copy, and nothing is lost. */
function isCopy(datagram: Datagram): boolean {
  return datagram.lifetime <= COPY_LIFETIME_MS;
}

function isOver({ datagram, number }: Waiting): boolean {
  return datagram.number !== number || datagram.fragments.length === 0;
}
