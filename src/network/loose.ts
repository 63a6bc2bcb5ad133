import { u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { addressText, endpointText } from './address.ts';
import type { LooseBytes, Payload } from './payload.ts';

/** What one kept piece costs beside its bytes, so that many small ones are bounded too. */
export const PIECE_OVERHEAD = 256;

/** When and where in its capture something was seen. */
export interface Sighting {
  seconds: number;
  nanoseconds: number;
  frame: number;
}

/** The ends of a direction: its addresses as bytes in `header`, and ports. */
export type Ends = Pick<
  Payload,
  'header' | 'addressLength' | 'sourceAt' | 'destinationAt' | 'sourcePort' | 'destinationPort'
>;

/** Collects the loose ends of one capture, at most `looseBytes` of them; the ones that come later are dropped. */
export class LooseEnds {
  private readonly limits: Limits;
  private readonly counters: Counters;
  private pieces: LooseBytes[] = [];
  private held = 0;

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Bytes of a TCP direction from sequence number `position` on. */
  tcp(
    place: 'head' | 'tail',
    unsure: boolean,
    more: boolean,
    ends: Ends,
    position: number,
    bytes: Buffer,
    seen: Sighting,
  ): void {
    if (!this.take(bytes.length)) return;
    const { header, addressLength, sourceAt, destinationAt, sourcePort, destinationPort } = ends;
    const from = endpointText(header, sourceAt, addressLength, sourcePort);
    const to = endpointText(header, destinationAt, addressLength, destinationPort);
    this.pieces.push({
      kind: 'tcp',
      place,
      key: `${from}>${to}`,
      position: position >>> 0,
      more,
      ...(unsure ? { unsure } : {}),
      source: header.toString('hex', sourceAt, sourceAt + addressLength),
      destination: header.toString('hex', destinationAt, destinationAt + addressLength),
      sourcePort,
      destinationPort,
      protocol: 6,
      bytes: bytes.toString('base64'),
      seconds: seen.seconds,
      nanoseconds: seen.nanoseconds,
      frame: seen.frame,
    });
  }

  /** One DATA or I-DATA chunk, header included, that is a piece of a user message. `tag`: the verification tag of its packet. */
  sctp(ends: Ends, tag: number, more: boolean, chunk: Buffer, seen: Sighting): void {
    if (!this.take(chunk.length)) return;
    const { header, addressLength, sourceAt, destinationAt, sourcePort, destinationPort } = ends;
    const from = endpointText(header, sourceAt, addressLength, sourcePort);
    const to = endpointText(header, destinationAt, addressLength, destinationPort);
    this.pieces.push({
      kind: 'sctp',
      place: 'tail',
      key: `${from}>${to}/${tag}`,
      position: u32(chunk, 4),
      more,
      source: header.toString('hex', sourceAt, sourceAt + addressLength),
      destination: header.toString('hex', destinationAt, destinationAt + addressLength),
      sourcePort,
      destinationPort,
      protocol: 132,
      bytes: chunk.toString('base64'),
      seconds: seen.seconds,
      nanoseconds: seen.nanoseconds,
      frame: seen.frame,
    });
  }

  /** One fragment of an IP datagram. `addresses`: source and destination, one after the other. */
  fragment(
    addresses: Buffer,
    protocol: number,
    identification: number,
    position: number,
    more: boolean,
    bytes: Buffer,
    seen: Sighting,
    capture: string,
    copy: boolean,
  ): void {
    if (!this.take(bytes.length)) return;
    const length = addresses.length === 8 ? 4 : 16;
    const from = addressText(addresses, 0, length);
    const to = addressText(addresses, length, length);
    this.pieces.push({
      kind: 'fragment',
      place: 'tail',
      key: `${from}>${to}/${protocol}/${identification}`,
      position,
      more,
      source: addresses.toString('hex', 0, length),
      destination: addresses.toString('hex', length),
      sourcePort: 0,
      destinationPort: 0,
      protocol,
      bytes: bytes.toString('base64'),
      seconds: seen.seconds,
      nanoseconds: seen.nanoseconds,
      frame: seen.frame,
      ...(capture === '' ? {} : { capture }),
      ...(copy ? { copy } : {}),
    });
  }

  /**
   * All pieces by frame, those of one packet in the order they were found: the order in which the capture itself saw them, which
   * times need not follow. Empties the collection.
   */
  takeAll(): LooseBytes[] {
    const pieces = this.pieces;
    this.pieces = [];
    this.held = 0;
    return pieces.sort((a, b) => a.frame - b.frame);
  }

  private take(length: number): boolean {
    if (this.held + length + PIECE_OVERHEAD > this.limits.looseBytes) {
      add(this.counters.dropped, 'looseBytes');
      return false;
    }
    this.held += length + PIECE_OVERHEAD;
    return true;
  }
}
