import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import type { Stop } from '../base/stop.ts';
import type { Decompressor, Sink } from './decompress.ts';

/** gzip (RFC 1952), several members one after the other, cut anywhere. */

/** Clause 2.3: identification 1 and 2, method, flags, time (4), extra flags, operating system. */
const FIXED_HEADER = 10;
const DEFLATE = 8;
const FHCRC = 0x02;
const FEXTRA = 0x04;
const FNAME = 0x08;
const FCOMMENT = 0x10;
const RESERVED = 0xe0;
/** CRC-32 and length modulo 2^32 of the decompressed bytes. */
const TRAILER = 8;

const GARBAGE = 'bytes after the end of the gzip data';

/**
 * Bytes that zlib gives at a time. Where deflate data is damaged, what zlib made since the last time is lost with it, so it
 * is not large.
 */
const OUTPUT_BYTES = 64 * 1024;

type State = 'header' | 'extraLength' | 'extra' | 'name' | 'comment' | 'headerCrc' | 'deflate' | 'trailer' | 'padding';

/** Header fields that a flag says are there, in their order. */
const HEADER_FIELDS: readonly (readonly [flag: number, state: State])[] = [
  [FEXTRA, 'extraLength'],
  [FNAME, 'name'],
  [FCOMMENT, 'comment'],
  [FHCRC, 'headerCrc'],
];

const STATE_WORDS: Record<State, string> = {
  header: 'gzip header',
  extraLength: 'extra field',
  extra: 'extra field',
  name: 'file name',
  comment: 'comment',
  headerCrc: 'header CRC',
  deflate: 'deflate data',
  trailer: 'gzip trailer',
  padding: 'padding',
};

/** How a write to zlib ended: all used, deflate data at their end, damaged, or an error of the sink's, which is passed on. */
type Outcome = 'used' | 'end' | { damage: Error } | { thrown: unknown };

/** Reads gzip. Both checks of the trailer are made. */
export class GzipDecompressor implements Decompressor {
  stop: Stop | null = null;
  private readonly sink: Sink;
  private wanted = true;
  private state: State = 'header';
  /** Bytes of the file used. */
  private offset = 0;
  /** The bytes of a field of fixed length, as they come, and where it began. */
  private readonly field = Buffer.alloc(FIXED_HEADER);
  private fieldLength = 0;
  private fieldAt = 0;
  private flags = 0;
  /** The next of HEADER_FIELDS to look for. */
  private headerField = 0;
  private extraLeft = 0;
  private inflate: InflateRaw | null = null;
  private crc = 0;
  private length = 0;
  /** How a write to zlib ended; set while one is under way. */
  private settle: ((how: Outcome) => void) | null = null;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  async push(chunk: Buffer): Promise<void> {
    let at = 0;
    while (at < chunk.length && this.stop === null && this.wanted) {
      const used = this.state === 'deflate' ? await this.deflateData(chunk, at) : this.framing(chunk, at);
      at += used;
      this.offset += used;
    }
  }

  finish(): void {
    if (!this.wanted || this.state === 'padding' || (this.state === 'header' && this.fieldLength === 0)) return;
    const need = this.state === 'extra' ? this.extraLeft : this.fieldNeed() - this.fieldLength;
    this.fail(this.offset, need, 0, STATE_WORDS[this.state]);
  }

  close(): void {
    this.inflate?.destroy();
    this.inflate = null;
  }

  /** Reads what stands around deflate data. Gives the number of bytes used. */
  private framing(chunk: Buffer, at: number): number {
    switch (this.state) {
      case 'header':
        // Zeros after the last member are padding (tape blocks); anything else has to be a further member.
        if (this.fieldLength > 0 || this.offset === 0 || chunk[at] !== 0) return this.fill(chunk, at);
        this.state = 'padding';
        return 0;
      case 'extra': {
        const used = Math.min(this.extraLeft, chunk.length - at);
        this.extraLeft -= used;
        if (this.extraLeft === 0) this.nextHeaderField();
        return used;
      }
      case 'name':
      case 'comment': {
        const zero = chunk.indexOf(0, at);
        if (zero === -1) return chunk.length - at;
        this.nextHeaderField();
        return zero + 1 - at;
      }
      case 'padding': {
        let end = at;
        while (end < chunk.length && chunk[end] === 0) end++;
        if (end < chunk.length) this.fail(this.offset + end - at, 0, chunk.length - end, GARBAGE);
        return end - at;
      }
      default:
        return this.fill(chunk, at);
    }
  }

  /** Collects the bytes of a field of fixed length. */
  private fill(chunk: Buffer, at: number): number {
    const length = this.fieldNeed();
    if (this.fieldLength === 0) this.fieldAt = this.offset;
    const used = Math.min(length - this.fieldLength, chunk.length - at);
    chunk.copy(this.field, this.fieldLength, at, at + used);
    this.fieldLength += used;
    if (this.fieldLength === length) {
      this.fieldLength = 0;
      this.filled();
    }
    return used;
  }

  private fieldNeed(): number {
    if (this.state === 'header') return FIXED_HEADER;
    if (this.state === 'trailer') return TRAILER;
    return this.state === 'extraLength' || this.state === 'headerCrc' ? 2 : 1;
  }

  private filled(): void {
    const { field } = this;
    if (this.state === 'header') {
      this.flags = field[3]!;
      this.headerField = 0;
      if (field[0] !== 0x1f || field[1] !== 0x8b) this.fail(this.fieldAt, 0, FIXED_HEADER, GARBAGE);
      else if (field[2] !== DEFLATE || this.flags & RESERVED)
        this.fail(this.fieldAt, 0, FIXED_HEADER, 'method and flags');
      this.nextHeaderField();
    } else if (this.state === 'extraLength') {
      this.extraLeft = field.readUInt16LE(0);
      this.state = 'extra';
      if (this.extraLeft === 0) this.nextHeaderField();
    } else if (this.state === 'headerCrc') {
      this.nextHeaderField();
    } else {
      if (field.readUInt32LE(0) !== this.crc) this.fail(this.fieldAt, 0, TRAILER, 'CRC-32');
      else if (field.readUInt32LE(4) !== this.length)
        this.fail(this.fieldAt + 4, 0, 4, 'length of the decompressed bytes');
      this.state = 'header';
    }
  }

  private nextHeaderField(): void {
    while (this.headerField < HEADER_FIELDS.length) {
      const [flag, state] = HEADER_FIELDS[this.headerField++]!;
      if ((this.flags & flag) === 0) continue;
      this.state = state;
      return;
    }
    this.state = 'deflate';
  }

  private async deflateData(chunk: Buffer, at: number): Promise<number> {
    this.inflate ??= this.startInflate();
    const inflate = this.inflate;
    const before = inflate.bytesWritten;
    const how = await new Promise<Outcome>((resolve) => {
      this.settle = resolve;
      inflate.write(chunk.subarray(at), (error) => resolve(error ? { damage: error } : 'used'));
    });
    this.settle = null;
    if (how === 'used') return chunk.length - at;
    if (how !== 'end' && 'thrown' in how) throw how.thrown;
    const used = inflate.bytesWritten - before;
    this.close();
    if (how === 'end') this.state = 'trailer';
    else this.fail(this.offset + used, 0, chunk.length - at - used, `deflate data: ${how.damage.message}`);
    return used;
  }

  private startInflate(): InflateRaw {
    this.crc = 0;
    this.length = 0;
    const inflate = createInflateRaw({ chunkSize: OUTPUT_BYTES });
    inflate.on('data', (output: Buffer) => {
      if (!this.wanted) return;
      this.crc = crc32(output, this.crc);
      this.length = (this.length + output.length) >>> 0;
      try {
        this.wanted = this.sink(output);
        if (!this.wanted) this.settle?.('used');
      } catch (error) {
        this.wanted = false;
        this.settle?.({ thrown: error });
      }
    });
    inflate.on('end', () => this.settle?.('end'));
    inflate.on('error', (error) => this.settle?.({ damage: error }));
    return inflate;
  }

  private fail(offset: number, need: number, have: number, reason: string): void {
    this.stop ??= { layer: 'gzip', offset, need, have, reason };
  }
}
