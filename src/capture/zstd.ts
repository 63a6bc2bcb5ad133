import type { Decompressor, Sink } from './decompress.ts';
import { UnitReader } from './units.ts';
import { ZstdBlocks } from './zstd-block.ts';

/** Zstandard (RFC 8878), several frames one after the other, cut anywhere. */

const MAGIC = 0xfd2fb528;
/** Sixteen magic numbers of frames to pass over (clause 3.1.2). */
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
/** Magic number and frame header descriptor: they tell how long the frame header is. */
const DESCRIPTOR_AT = 4;
const BLOCK_HEADER = 3;
const CHECKSUM = 4;

/** Blocks by type (clause 3.1.1.2.2). */
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;
/** A block gives no more (clause 3.1.1.2.4). */
const MAX_BLOCK = 128 * 1024;

/** As much as the zstd program takes unless told otherwise (`--long=27`). It is not set aside before it is filled. */
const MAX_WINDOW = 128 * 1024 * 1024;

const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

/**
 * Reads Zstandard. What hostile bytes can make it do is bounded: memory by the window, time by the bytes that come out. The
 * checksum of the content is passed over; its length is checked where the frame tells it.
 */
export class ZstdDecompressor extends UnitReader implements Decompressor {
  protected readonly layer = 'zstd';
  private readonly sink: Sink;
  private wanted = true;
  private state: 'frame' | 'block' | 'checksum' = 'frame';
  private blocks = new ZstdBlocks(0);
  private blockLimit = 0;
  private hasChecksum = false;
  /** Content bytes of the frame: told by it (null where it does not), and given so far. */
  private contentSize: number | null = null;
  private given = 0;

  constructor(sink: Sink) {
    super();
    this.sink = sink;
  }

  override push(chunk: Buffer): void {
    if (this.wanted) super.push(chunk);
  }

  override finish(): void {
    if (!this.wanted) return;
    super.finish();
    if (this.state === 'block') this.fail(0, BLOCK_HEADER, 0, 'block header');
    else if (this.state === 'checksum') this.fail(0, CHECKSUM, 0, 'content checksum');
  }

  close(): void {
    this.blocks = new ZstdBlocks(0);
  }

  protected parse(data: Buffer, at: number, end: number): number {
    const origin = at;
    while (this.stop === null && this.wanted) {
      const used =
        this.state === 'frame'
          ? this.frame(data, at, end, origin)
          : this.state === 'block'
            ? this.block(data, at, end, origin)
            : this.checksum(at, end);
      at += used;
      if (used === 0 || this.skip > 0) return at;
    }
    return end;
  }

  /** Reads a frame header. Gives the bytes used, 0 where there are too few. */
  private frame(data: Buffer, at: number, end: number, origin: number): number {
    if (!this.enough(at, end, DESCRIPTOR_AT, 'magic number')) return 0;
    const magic = data.readUInt32LE(at);
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE) {
      if (!this.enough(at, end, 8, 'skippable frame')) return 0;
      this.skip = data.readUInt32LE(at + 4);
      this.needFor = 'skippable frame';
      return 8;
    }
    if (magic !== MAGIC) return this.damage(at - origin, end - at, 'bytes after the end of the zstd data');
    if (!this.enough(at, end, DESCRIPTOR_AT + 1, 'frame header')) return 0;
    // Clause 3.1.1.1.1: the descriptor.
    const descriptor = data[at + DESCRIPTOR_AT]!;
    const singleSegment = (descriptor & 0x20) !== 0;
    const windowBytes = singleSegment ? 0 : 1;
    const dictionaryBytes = DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag > 0 ? 1 << sizeFlag : singleSegment ? 1 : 0;
    const length = DESCRIPTOR_AT + 1 + windowBytes + dictionaryBytes + sizeBytes;
    if (!this.enough(at, end, length, 'frame header')) return 0;
    if (descriptor & 8) return this.damage(at - origin + DESCRIPTOR_AT, end - at, 'reserved bit');

    let field = at + DESCRIPTOR_AT + 1 + windowBytes;
    const dictionary = dictionaryBytes === 0 ? 0 : data.readUIntLE(field, dictionaryBytes);
    if (dictionary !== 0) return this.damage(field - origin, end - field, 'dictionary, which we do not have');
    field += dictionaryBytes;
    this.contentSize = sizeBytes === 0 ? null : contentSize(data, field, sizeBytes);
    const window = singleSegment ? this.contentSize! : windowSize(data[at + DESCRIPTOR_AT + 1]!);
    if (window > MAX_WINDOW) return this.damage(at - origin, end - at, `window size above ${MAX_WINDOW}`);
    this.blockLimit = Math.min(window, MAX_BLOCK);
    this.blocks = new ZstdBlocks(window);
    this.hasChecksum = (descriptor & 4) !== 0;
    this.given = 0;
    this.state = 'block';
    return length;
  }

  /** Reads a block and gives its content to the sink. Gives the bytes used, 0 where there are too few. */
  private block(data: Buffer, at: number, end: number, origin: number): number {
    if (!this.enough(at, end, BLOCK_HEADER, 'block header')) return 0;
    const header = data.readUIntLE(at, BLOCK_HEADER);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (size > this.blockLimit) return this.damage(at - origin, end - at, 'block size');
    const start = at + BLOCK_HEADER;
    const length = BLOCK_HEADER + (type === RLE ? 1 : size);
    if (!this.enough(at, end, length, 'block size')) return 0;
    const { blocks } = this;
    blocks.begin(this.blockLimit);
    if (type === RAW) blocks.raw(data, start, start + size);
    else if (type === RLE) blocks.repeat(data[start]!, size);
    else if (type !== COMPRESSED) return this.damage(at - origin, end - at, 'block type');
    else if (!blocks.compressed(data, start, start + size)) return this.damage(at - origin, end - at, 'block content');
    const content = blocks.content();
    this.given += content.length;
    if (content.length > 0) this.wanted = this.sink(content);
    if (header & 1) {
      if (this.contentSize !== null && this.contentSize !== this.given) {
        return this.damage(at - origin, end - at, 'frame content size');
      }
      this.state = this.hasChecksum ? 'checksum' : 'frame';
    }
    return length;
  }

  private checksum(at: number, end: number): number {
    if (!this.enough(at, end, CHECKSUM, 'content checksum')) return 0;
    this.state = 'frame';
    return CHECKSUM;
  }

  private enough(at: number, end: number, need: number, needFor: string): boolean {
    this.need = need;
    this.needFor = needFor;
    return end - at >= need;
  }

  private damage(offset: number, have: number, reason: string): 0 {
    this.fail(offset, 0, have, reason);
    return 0;
  }
}

/** Clause 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Clause 3.1.1.1.4: two bytes begin at 256. */
function contentSize(data: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(data.readBigUInt64LE(at));
  return data.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
