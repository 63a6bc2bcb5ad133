import { type Clock, MICROSECONDS, makeClock } from './clock.ts';
import { RecordReader } from './records.ts';

/** pcapng: draft-ietf-opsawg-pcapng. Clause numbers are those of revision 03. */

/** Block types (clause 10.1). All others are passed over. */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** Block type, block total length; the length again at the end (clause 3.1). */
const BLOCK_HEADER = 8;
const BLOCK_TRAILER = 4;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Smallest total length of a block that is read. */
const MIN_SECTION_HEADER = 28;
const MIN_INTERFACE_DESCRIPTION = 20;
const MIN_SIMPLE_PACKET = 16;
const MIN_PACKET = 32;

/** Options of an interface (clause 4.2). */
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

/** A larger block that has to be held whole is damage. */
const MAX_BLOCK = 64 * 1024 * 1024;
/** Interfaces of one section. */
const MAX_INTERFACES = 65_536;

interface Interface {
  linkType: number;
  /** Bytes captured of a packet at most; 0: no bound. */
  snapLength: number;
  clock: Clock;
}

/** True where `head` begins with a section header. At least four bytes. */
export function isPcapng(head: Buffer): boolean {
  return head.readUInt32BE(0) === SECTION_HEADER;
}

/**
 * Reads a pcapng; see {@link RecordReader}. A simple packet block has no time: it is given the time of the packet before it (the
 * epoch where there is none).
 */
export class PcapngReader extends RecordReader {
  protected readonly layer = 'pcapng';
  private little = true;
  private interfaces: Interface[] = [];
  /** Total length that the trailer of a block passed over must repeat. */
  private trailer = 0;

  get format(): string {
    return `pcapng, ${this.little ? 'little' : 'big'}-endian`;
  }

  override finish(): void {
    super.finish();
    if (this.stop === null && this.trailer > 0) this.fail(0, BLOCK_TRAILER, 0, 'block trailer');
  }

  protected parse(data: Buffer, at: number, end: number): number {
    const origin = at;
    this.packet.data = data;
    for (;;) {
      if (this.trailer > 0) {
        this.need = BLOCK_TRAILER;
        this.needFor = 'block trailer';
        if (end - at < BLOCK_TRAILER) return at;
        if (this.length(data, at) !== this.trailer)
          return this.damage(at, origin, end, 'block total length not repeated');
        this.trailer = 0;
        at += BLOCK_TRAILER;
      }
      this.need = BLOCK_HEADER;
      this.needFor = 'block header';
      if (end - at < BLOCK_HEADER) return at;
      const type = this.u32(data, at);
      if (type === SECTION_HEADER) {
        this.need = BLOCK_HEADER + 4;
        if (end - at < this.need) return at;
        const magic = data.readUInt32LE(at + BLOCK_HEADER);
        if (magic === BYTE_ORDER_MAGIC) this.little = true;
        else if (data.readUInt32BE(at + BLOCK_HEADER) === BYTE_ORDER_MAGIC) this.little = false;
        else return this.damage(at, origin, end, 'byte-order magic');
      }
      const total = this.length(data, at + 4);
      if (total < BLOCK_HEADER + BLOCK_TRAILER) return this.damage(at, origin, end, 'block total length');
      const smallest = smallestBlock(type);
      if (smallest === 0) {
        this.skip = total - BLOCK_HEADER - BLOCK_TRAILER;
        this.needFor = 'block total length';
        this.trailer = total;
        at += BLOCK_HEADER;
        const step = Math.min(this.skip, end - at);
        this.skip -= step;
        at += step;
        if (this.skip > 0) return at;
        continue;
      }
      if (total < smallest) return this.damage(at, origin, end, 'block total length');
      if (total > MAX_BLOCK) return this.damage(at, origin, end, `block total length above ${MAX_BLOCK}`);
      const next = at + total;
      if (next > end) {
        this.need = total;
        this.needFor = 'block total length';
        return at;
      }
      if (this.length(data, next - BLOCK_TRAILER) !== total) {
        return this.damage(next - BLOCK_TRAILER, origin, end, 'block total length not repeated');
      }
      const reason = this.block(data, type, at + BLOCK_HEADER, next - BLOCK_TRAILER);
      if (reason !== null) return this.damage(at, origin, end, reason);
      at = next;
    }
  }

  /** Reads the body [at, end) of a block. Gives what is wrong with it, or null. */
  private block(data: Buffer, type: number, at: number, end: number): string | null {
    switch (type) {
      case ENHANCED_PACKET:
        return this.packetBlock(data, this.u32(data, at), at, end);
      case PACKET:
        // Obsolete (appendix A): the interface has 16 bits, and the count of drops the other 16.
        return this.packetBlock(data, this.u16(data, at), at, end);
      case SIMPLE_PACKET:
        return this.simplePacket(data, at, end);
      case INTERFACE_DESCRIPTION:
        return this.interfaceDescription(data, at, end);
      default:
        if (this.u16(data, at + 4) !== 1) return 'major version';
        this.interfaces = [];
        return null;
    }
  }

  /** Clause 4.3: interface 0, time 4 and 8, captured length 12, original length 16, packet data 20. */
  private packetBlock(data: Buffer, index: number, at: number, end: number): string | null {
    const captureInterface = this.interfaces[index];
    if (captureInterface === undefined) return 'interface';
    const captured = this.u32(data, at + 12);
    if (captured > end - at - 20) return 'captured length';
    const packet = this.packet;
    packet.start = at + 20;
    packet.end = at + 20 + captured;
    packet.originalLength = this.u32(data, at + 16);
    packet.linkType = captureInterface.linkType;
    captureInterface.clock(this.u32(data, at + 4), this.u32(data, at + 8), packet);
    this.deliver();
    return null;
  }

  /** Clause 4.4: original length 0, packet data 4; captured on the first interface, up to its snap length. */
  private simplePacket(data: Buffer, at: number, end: number): string | null {
    const captureInterface = this.interfaces[0];
    if (captureInterface === undefined) return 'interface';
    const original = this.u32(data, at);
    const captured = captureInterface.snapLength === 0 ? original : Math.min(original, captureInterface.snapLength);
    if (captured > end - at - 4) return 'original length';
    const packet = this.packet;
    packet.start = at + 4;
    packet.end = at + 4 + captured;
    packet.originalLength = original;
    packet.linkType = captureInterface.linkType;
    this.deliver();
    return null;
  }

  /** Clause 4.2: link type 0, snap length 4, options 8. */
  private interfaceDescription(data: Buffer, at: number, end: number): string | null {
    if (this.interfaces.length >= MAX_INTERFACES) return `more than ${MAX_INTERFACES} interfaces`;
    let resolution = MICROSECONDS;
    let offset = 0n;
    for (let option = at + 8; option + 4 <= end; ) {
      const code = this.u16(data, option);
      const length = this.u16(data, option + 2);
      const value = option + 4;
      if (code === 0 || value + length > end) break;
      if (code === IF_TSRESOL && length >= 1) resolution = data[value]!;
      if (code === IF_TSOFFSET && length >= 8) {
        offset = this.little ? data.readBigInt64LE(value) : data.readBigInt64BE(value);
      }
      option = value + ((length + 3) & ~3);
    }
    this.interfaces.push({
      linkType: this.u16(data, at),
      snapLength: this.u32(data, at + 4),
      clock: makeClock(resolution, Number(offset)),
    });
    return null;
  }

  private damage(at: number, origin: number, end: number, reason: string): number {
    this.fail(at - origin, 0, end - at, reason);
    return at;
  }

  /** A block total length. Some writers leave out the padding, which is there all the same; tshark makes it a multiple of 4 as well. */
  private length(data: Buffer, at: number): number {
    return Math.ceil(this.u32(data, at) / 4) * 4;
  }

  private u16(data: Buffer, at: number): number {
    return this.little ? data[at]! | (data[at + 1]! << 8) : (data[at]! << 8) | data[at + 1]!;
  }

  private u32(data: Buffer, at: number): number {
    return this.little
      ? (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0
      : ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
  }
}

/** Smallest total length of a block of this type; 0 where such blocks are passed over. */
function smallestBlock(type: number): number {
  switch (type) {
    case ENHANCED_PACKET:
    case PACKET:
      return MIN_PACKET;
    case SIMPLE_PACKET:
      return MIN_SIMPLE_PACKET;
    case INTERFACE_DESCRIPTION:
      return MIN_INTERFACE_DESCRIPTION;
    case SECTION_HEADER:
      return MIN_SECTION_HEADER;
    default:
      return 0;
  }
}
