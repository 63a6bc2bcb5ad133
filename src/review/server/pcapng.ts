import { closeSync, openSync, writeSync } from 'node:fs';

/** Block types of draft-ietf-opsawg-pcapng, clause 10.1. */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Option if_tsresol (clause 4.2) with nanoseconds. */
const TSRESOL = 9;
const NANOSECONDS = 9;
const BILLION = 1_000_000_000n;

/** Writes a pcapng with one section, an interface for each link type, times in nanoseconds. Its file is for its owner alone. */
export class PcapngWriter {
  private readonly file: number;
  /** Link types, by number of their interface. */
  private readonly interfaces: number[] = [];

  constructor(path: string) {
    this.file = openSync(path, 'w', 0o600);
    const body = Buffer.alloc(16);
    body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    body.writeUInt16LE(1, 4);
    body.writeBigInt64LE(-1n, 8);
    this.block(SECTION_HEADER, body);
  }

  /** @param length of the packet on the wire */
  write(data: Buffer, linkType: number, seconds: number, nanoseconds: number, length: number): void {
    let number = this.interfaces.indexOf(linkType);
    if (number < 0) {
      number = this.interfaces.push(linkType) - 1;
      const description = Buffer.alloc(20);
      description.writeUInt16LE(linkType, 0);
      description.writeUInt16LE(TSRESOL, 8);
      description.writeUInt16LE(1, 10);
      description.writeUInt8(NANOSECONDS, 12);
      this.block(INTERFACE_DESCRIPTION, description);
    }
    const body = Buffer.alloc(20 + Math.ceil(data.length / 4) * 4);
    const time = BigInt(seconds) * BILLION + BigInt(nanoseconds);
    body.writeUInt32LE(number, 0);
    body.writeUInt32LE(Number(time >> 32n), 4);
    body.writeUInt32LE(Number(time & 0xffffffffn), 8);
    body.writeUInt32LE(data.length, 12);
    body.writeUInt32LE(length, 16);
    data.copy(body, 20);
    this.block(ENHANCED_PACKET, body);
  }

  close(): void {
    closeSync(this.file);
  }

  /** Type, length, body, length again (clause 3.1). */
  private block(type: number, body: Buffer): void {
    const block = Buffer.alloc(body.length + 12);
    block.writeUInt32LE(type, 0);
    block.writeUInt32LE(block.length, 4);
    body.copy(block, 8);
    block.writeUInt32LE(block.length, block.length - 4);
    for (let at = 0; at < block.length; ) at += writeSync(this.file, block, at, block.length - at);
  }
}
