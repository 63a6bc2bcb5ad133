import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { millisecondsBetween } from '../base/time.ts';
import { endsOf, Flow, FlowTable } from './flows.ts';
import { type Ends, type LooseEnds, PIECE_OVERHEAD, type Sighting } from './loose.ts';

/** RFC 8200 section 4.5: what did not come together in 60 s is given up; Linux waits 30 s. */
const LIFETIME_MS = 30_000;
/** Fragments that follow a complete datagram of the same identification are copies from another mirror port, close in time. */
const COPY_LIFETIME_MS = 1000;
const MAX_DATAGRAM = 65_535;

/** Counter of datagrams of which fragments are missing: filters for a port pass the first one alone. */
export const INCOMPLETE = 'incomplete datagrams';

interface Fragment extends Sighting {
  offset: number;
  /** Length the fragment had on the wire; `bytes` may have fewer. */
  length: number;
  more: boolean;
  bytes: Buffer;
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
  lifetime = LIFETIME_MS;
  seconds = 0;
  nanoseconds = 0;
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
}

/** A datagram put together: source and destination address, then the IP payload. */
export interface Reassembled {
  bytes: Buffer;
  protocol: number;
  /** A fragment was cut by the snap length: the payload ends at the first missing byte. */
  cut: boolean;
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
  private dropName = 'fragmentDatagrams';

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
    this.table = new FlowTable<Datagram>(limits.fragmentDatagrams, (datagram) => {
      this.held -= datagram.held;
      if (datagram.fragments.length > 0) add(counters.dropped, this.dropName);
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
    const after = datagram.fragments[place];
    if (before !== undefined && before.offset + before.length >= offset + length) return null;
    const overlap =
      (before !== undefined && before.offset + before.length > offset) ||
      (after !== undefined && offset + length > after.offset);
    const beyond = datagram.total >= 0 ? !more || offset + length > datagram.total : !more && after !== undefined;
    if (overlap || beyond) {
      // RFC 5722: a datagram with overlapping fragments is discarded whole.
      add(this.counters.anomalies, 'ip fragment overlap');
      this.release(datagram);
      return null;
    }
    // RFC 8200 section 4.5: the next header of the fragment at offset 0 counts.
    if (offset === 0 || datagram.fragments.length === 0) datagram.protocol = view.protocol;
    if (!more) datagram.total = offset + length;
    const bytes = Buffer.from(view.data.subarray(view.from, view.to));
    datagram.fragments.splice(place, 0, {
      offset,
      length,
      more,
      bytes,
      seconds: seen.seconds,
      nanoseconds: seen.nanoseconds,
      frame: seen.frame,
    });
    datagram.covered += length;
    datagram.held += bytes.length + PIECE_OVERHEAD;
    this.held += bytes.length + PIECE_OVERHEAD;
    if (datagram.covered === datagram.total) return this.assemble(datagram);
    this.dropName = 'fragmentBytes';
    while (this.held > this.limits.fragmentBytes && this.table.evictOldest());
    this.dropName = 'fragmentDatagrams';
    return null;
  }

  /** Hands over the fragments of datagrams that are not complete. */
  looseEnds(loose: LooseEnds): void {
    for (const datagram of this.table.flows()) {
      const addresses = endsOf(datagram).header;
      for (const fragment of datagram.fragments) {
        const { offset, more, bytes } = fragment;
        // A cut one cannot complete anything later either: its missing bytes would be taken for its neighbour's.
        if (bytes.length < fragment.length) continue;
        loose.fragment(addresses, datagram.protocol, datagram.identification, offset, more, bytes, fragment);
      }
    }
  }

  /** Datagrams of which all fragments but the first are missing, or some. */
  get incomplete(): number {
    let count = 0;
    for (const { fragments, completed } of this.table.flows()) if (fragments[0]?.offset === 0 && !completed) count++;
    return count;
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
      if (datagram.fragments.length > 0) add(this.counters.anomalies, 'ip fragment timeout');
      this.release(datagram);
      datagram.lifetime = datagram.completed && age <= COPY_LIFETIME_MS ? COPY_LIFETIME_MS : LIFETIME_MS;
      datagram.completed = false;
    } else {
      datagram = new Datagram();
      this.table.insert(key, datagram);
    }
    datagram.identification = view.identification;
    datagram.seconds = seen.seconds;
    datagram.nanoseconds = seen.nanoseconds;
    return datagram;
  }

  private assemble(datagram: Datagram): Reassembled {
    const { addresses, fragments } = datagram;
    let length = 0;
    let cut = false;
    const parts = [addresses];
    for (const fragment of fragments) {
      parts.push(fragment.bytes);
      length += fragment.bytes.length;
      if (fragment.bytes.length < fragment.length) {
        cut = true;
        break;
      }
    }
    const bytes = Buffer.concat(parts, addresses.length + length);
    this.release(datagram);
    datagram.completed = true;
    return { bytes, protocol: datagram.protocol, cut };
  }

  private release(datagram: Datagram): void {
    this.held -= datagram.held;
    datagram.held = 0;
    datagram.fragments = [];
    datagram.total = -1;
    datagram.covered = 0;
  }
}
