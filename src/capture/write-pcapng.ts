import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Packet } from './packet.ts';

/** Bytes gathered before they are written. */
const BUFFER_BYTES = 256 * 1024;

/** Block types (draft-ietf-opsawg-pcapng, clause 10.1) and the order of bytes (clause 4.1). */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option of an interface (clause 4.2): its timestamps are in 10^-9 s. */
const IF_TSRESOL = 9;
const NANOSECONDS = 9;

/** Sizes of the blocks without their packet, trailing length included. */
const SECTION_BYTES = 28;
const INTERFACE_BYTES = 32;
const PACKET_BYTES = 32;

/** What is written of a packet. */
export type WrittenPacket = Pick<
  Packet,
  'data' | 'start' | 'end' | 'linkType' | 'seconds' | 'nanoseconds' | 'originalLength'
>;

/**
 * Writes a pcapng of packets of any link types, little-endian, to the nanosecond. It has its name, and is on the disk, only when it is
 * closed; until then its name begins with a dot. Its owner alone can read it.
 */
export class PcapngWriter {
  /** Bytes so far. */
  bytes = 0;
  private readonly path: string;
  private readonly part: string;
  private readonly file: number;
  private readonly buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private length = 0;
  /** Number of each link type's interface. */
  private readonly interfaces = new Map<number, number>();

  constructor(path: string) {
    this.path = path;
    this.part = join(dirname(path), `.${basename(path)}.part`);
    this.file = openSync(this.part, 'w', 0o600);
    const block = Buffer.alloc(SECTION_BYTES);
    block.writeUInt32LE(SECTION_HEADER, 0);
    block.writeUInt32LE(SECTION_BYTES, 4);
    block.writeUInt32LE(BYTE_ORDER_MAGIC, 8);
    block.writeUInt16LE(1, 12);
    // Length of the section: not said.
    block.writeBigInt64LE(-1n, 16);
    block.writeUInt32LE(SECTION_BYTES, 24);
    this.put(block);
  }

  write(packet: WrittenPacket): void {
    const { data, start, end, seconds, nanoseconds, originalLength } = packet;
    const number = this.interfaceOf(packet.linkType);
    const length = end - start;
    const padded = (length + 3) & ~3;
    const block = Buffer.alloc(PACKET_BYTES + padded);
    const time = BigInt.asUintN(64, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
    block.writeUInt32LE(ENHANCED_PACKET, 0);
    block.writeUInt32LE(block.length, 4);
    block.writeUInt32LE(number, 8);
    block.writeUInt32LE(Number(time >> 32n), 12);
    block.writeUInt32LE(Number(time & 0xffffffffn), 16);
    block.writeUInt32LE(length, 20);
    block.writeUInt32LE(originalLength, 24);
    data.copy(block, 28, start, end);
    block.writeUInt32LE(block.length, 28 + padded);
    this.put(block);
  }

  /** Gives the file its name once all of it is on the disk. */
  close(): void {
    try {
      this.flush();
      fsyncSync(this.file);
    } finally {
      closeSync(this.file);
    }
    renameSync(this.part, this.path);
  }

  /** Takes away what was written. */
  abandon(): void {
    closeSync(this.file);
    rmSync(this.part, { force: true });
  }

  private interfaceOf(linkType: number): number {
    const known = this.interfaces.get(linkType);
    if (known !== undefined) return known;
    const block = Buffer.alloc(INTERFACE_BYTES);
    block.writeUInt32LE(INTERFACE_DESCRIPTION, 0);
    block.writeUInt32LE(INTERFACE_BYTES, 4);
    block.writeUInt16LE(linkType, 8);
    block.writeUInt16LE(IF_TSRESOL, 16);
    block.writeUInt16LE(1, 18);
    block.writeUInt8(NANOSECONDS, 20);
    block.writeUInt32LE(INTERFACE_BYTES, 28);
    this.put(block);
    const number = this.interfaces.size;
    this.interfaces.set(linkType, number);
    return number;
  }

  private put(block: Buffer): void {
    this.bytes += block.length;
    if (this.length + block.length > BUFFER_BYTES) this.flush();
    if (block.length > BUFFER_BYTES) writeAll(this.file, block);
    else this.length += block.copy(this.buffer, this.length);
  }

  /** Writes what was gathered, so that a crash leaves it. */
  flush(): void {
    const { length } = this;
    this.length = 0;
    writeAll(this.file, this.buffer.subarray(0, length));
  }
}

function writeAll(file: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
}
