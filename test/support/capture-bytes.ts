/**
 * Bytes of capture files, built block by block, so that a test reads like the format: draft-ietf-opsawg-pcap and
 * draft-ietf-opsawg-pcapng. Nothing is checked: a test may build what is wrong.
 */

/** Numbers in the byte order of a capture's writer. */
export class Fields {
  private readonly parts: Buffer[] = [];
  private readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    if (this.little) part.writeUInt16LE(value);
    else part.writeUInt16BE(value);
    return this.bytes(part);
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    if (this.little) part.writeUInt32LE(value);
    else part.writeUInt32BE(value);
    return this.bytes(part);
  }

  i64(value: bigint): this {
    const part = Buffer.alloc(8);
    if (this.little) part.writeBigInt64LE(value);
    else part.writeBigInt64BE(value);
    return this.bytes(part);
  }

  bytes(part: Uint8Array): this {
    this.parts.push(Buffer.from(part));
    return this;
  }

  /** Zeros up to a multiple of four. */
  padded(part: Uint8Array): this {
    return this.bytes(part).bytes(new Uint8Array(-part.length & 3));
  }

  build(): Buffer {
    return Buffer.concat(this.parts);
  }
}

export interface PcapOptions {
  little?: boolean;
  magic?: number;
  major?: number;
  minor?: number;
  linkType?: number;
  /** What stands between the file header and the first record. */
  after?: Uint8Array;
}

export interface PcapRecord {
  seconds: number;
  fraction: number;
  data: Uint8Array;
  captured?: number;
  original?: number;
  /** What stands between the record header and the packet. */
  after?: Uint8Array;
}

/** A classic pcap. */
export function pcap(records: readonly PcapRecord[], options: PcapOptions = {}): Buffer {
  const little = options.little ?? true;
  const file = new Fields(little)
    .u32(options.magic ?? 0xa1b2c3d4)
    .u16(options.major ?? 2)
    .u16(options.minor ?? 4)
    .u32(0)
    .u32(0)
    .u32(65535)
    .u32(options.linkType ?? 1)
    .bytes(options.after ?? new Uint8Array(0));
  for (const { seconds, fraction, data, captured, original, after } of records) {
    file.u32(seconds).u32(fraction);
    file.u32(captured ?? data.length).u32(original ?? data.length);
    file.bytes(after ?? new Uint8Array(0)).bytes(data);
  }
  return file.build();
}

/** Builds a pcapng, block after block. */
export class PcapngBytes {
  private readonly blocks: Buffer[] = [];
  private little = true;

  section(options: { little?: boolean; major?: number; minor?: number } = {}): this {
    this.little = options.little ?? true;
    const body = this.fields().u32(0x1a2b3c4d);
    return this.block(
      0x0a0d0d0a,
      body
        .u16(options.major ?? 1)
        .u16(options.minor ?? 0)
        .i64(-1n)
        .build(),
    );
  }

  interface(
    options: { linkType?: number; snapLength?: number; resolution?: number; offset?: bigint; name?: string } = {},
  ): this {
    const body = this.fields()
      .u16(options.linkType ?? 1)
      .u16(0)
      .u32(options.snapLength ?? 0);
    if (options.name !== undefined) body.u16(2).u16(options.name.length).padded(Buffer.from(options.name));
    if (options.resolution !== undefined) body.u16(9).u16(1).padded(Uint8Array.of(options.resolution));
    if (options.offset !== undefined) body.u16(14).u16(8).i64(options.offset);
    return this.block(1, body.u32(0).build());
  }

  /** @param time in units of the interface */
  enhanced(index: number, time: bigint, data: Uint8Array, original = data.length, captured = data.length): this {
    const body = this.fields()
      .u32(index)
      .u32(Number(time >> 32n))
      .u32(Number(time & 0xffffffffn));
    return this.block(6, body.u32(captured).u32(original).padded(data).build());
  }

  /** The obsolete packet block. */
  packet(index: number, drops: number, time: bigint, data: Uint8Array, original = data.length): this {
    const body = this.fields()
      .u16(index)
      .u16(drops)
      .u32(Number(time >> 32n))
      .u32(Number(time & 0xffffffffn));
    return this.block(2, body.u32(data.length).u32(original).padded(data).build());
  }

  simple(data: Uint8Array, original = data.length): this {
    return this.block(3, this.fields().u32(original).padded(data).build());
  }

  block(type: number, body: Uint8Array, total = body.length + 12, repeated = total): this {
    this.blocks.push(this.fields().u32(type).u32(total).bytes(body).u32(repeated).build());
    return this;
  }

  fields(): Fields {
    return new Fields(this.little);
  }

  build(): Buffer {
    return Buffer.concat(this.blocks);
  }
}
