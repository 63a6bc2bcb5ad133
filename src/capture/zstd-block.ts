import {
  backwardLength,
  bitsAt,
  buildFse,
  decodeHuffman,
  type FseTable,
  type HuffmanTable,
  readFseProbabilities,
  readHuffman,
  singleFse,
} from './zstd-entropy.ts';

/** The blocks of a Zstandard frame (RFC 8878 clause 3.1.1.3): literals, and sequences that mix them with earlier content. */

/** What a kind of code of the sequences section is: clause 3.1.1.3.2.1 and the default distributions of clause 3.1.1.3.2.2. */
interface Codes {
  maxSymbol: number;
  maxAccuracyLog: number;
  predefined: FseTable;
}

const LITERAL_LENGTHS: Codes = {
  maxSymbol: 35,
  maxAccuracyLog: 9,
  predefined: buildFse(
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
    6,
  ),
};
const OFFSETS: Codes = {
  maxSymbol: 31,
  maxAccuracyLog: 8,
  predefined: buildFse([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
};
const MATCH_LENGTHS: Codes = {
  maxSymbol: 52,
  maxAccuracyLog: 9,
  predefined: buildFse(
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    6,
  ),
};

/** Extra bits of a literal length code and the length it begins at. */
const LITERAL_LENGTH_BITS = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const LITERAL_LENGTH_BASE = Uint32Array.of(
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64],
  ...[128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536],
);
/** The same of a match length code. */
const MATCH_LENGTH_BITS = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const MATCH_LENGTH_BASE = Uint32Array.of(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32],
  ...[33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539],
);

/** A larger offset code reaches back further than the largest window we take. */
const MAX_OFFSET_CODE = 27;

/** The content is moved to the front after this many bytes beyond the window. */
const SLACK = 16 * 1024 * 1024;

/** Decodes the blocks of one frame and keeps as much of its content as later blocks may refer to. */
export class ZstdBlocks {
  private readonly window: number;
  /** Content: the last of it up to `length`, of which the current block begins at `start`. */
  private out = Buffer.alloc(0);
  private length = 0;
  private start = 0;
  /** Content of the current block ends here at most. */
  private limit = 0;
  private literals: Uint8Array = new Uint8Array(0);
  private literalsAt = 0;
  private literalsEnd = 0;
  private own = new Uint8Array(0);
  private huffman: HuffmanTable | null = null;
  private literalLengths: FseTable | null = null;
  private offsets: FseTable | null = null;
  private matchLengths: FseTable | null = null;
  /** Repeated offsets (clause 3.1.1.5). */
  private offset1 = 1;
  private offset2 = 4;
  private offset3 = 8;

  /** @param window bytes of content that offsets may reach back over */
  constructor(window: number) {
    this.window = window;
  }

  /** Begins a block of `blockLimit` bytes of content at most. */
  begin(blockLimit: number): void {
    const most = this.window + Math.min(this.window, SLACK);
    if (this.length > most) {
      this.out.copyWithin(0, this.length - this.window, this.length);
      this.length = this.window;
    }
    this.start = this.length;
    this.limit = this.length + blockLimit;
    if (this.limit > this.out.length) {
      const grown = Buffer.allocUnsafe(Math.max(Math.min(2 * this.out.length, most + blockLimit), this.limit));
      this.out.copy(grown, 0, 0, this.length);
      this.out = grown;
    }
  }

  /** What the block gave; valid until the next one begins. */
  content(): Buffer {
    return this.out.subarray(this.start, this.length);
  }

  /** A block that is its content. */
  raw(data: Buffer, at: number, end: number): void {
    this.length += data.copy(this.out, this.length, at, end);
  }

  /** A block of one byte repeated. */
  repeat(byte: number, count: number): void {
    this.out.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** A compressed block. False where it is damaged. */
  compressed(data: Buffer, at: number, end: number): boolean {
    const sequences = this.readLiterals(data, at, end);
    return sequences !== -1 && this.readSequences(data, sequences, end);
  }

  /** Reads the literals section (clause 3.1.1.3.1). Gives the offset after it; -1 where it is damaged. */
  private readLiterals(data: Buffer, at: number, end: number): number {
    if (at >= end) return -1;
    const type = data[at]! & 3;
    const format = (data[at]! >> 2) & 3;
    const most = this.limit - this.start;
    if (type < 2) {
      // Raw, or one byte repeated: the size has 5, 12 or 20 bits.
      const header = format === 1 ? 2 : format === 3 ? 3 : 1;
      if (at + header > end) return -1;
      const size = data.readUIntLE(at, header) >> (header === 1 ? 3 : 4);
      const start = at + header;
      const after = start + (type === 0 ? size : 1);
      if (size > most || after > end) return -1;
      if (type === 0) {
        this.literals = data;
        this.literalsAt = start;
      } else {
        this.literals = this.ownLiterals(size);
        this.literals.fill(data[start]!, 0, size);
        this.literalsAt = 0;
      }
      this.literalsEnd = this.literalsAt + size;
      return after;
    }
    // Huffman: both sizes have 10, 14 or 18 bits.
    const header = format < 2 ? 3 : format + 2;
    if (at + header > end) return -1;
    const bits = format < 2 ? 10 : 4 * format + 6;
    const sizes = data.readUIntLE(at, header);
    const size = Math.floor(sizes / 16) % 2 ** bits;
    const compressed = Math.floor(sizes / 2 ** (4 + bits));
    let start = at + header;
    const after = start + compressed;
    if (size > most || after > end) return -1;
    if (type === 2) {
      const tree = readHuffman(data, start, after);
      if (tree === null) return -1;
      this.huffman = tree.table;
      start += tree.used;
    }
    const table = this.huffman;
    if (table === null) return -1;
    this.literals = this.ownLiterals(size);
    this.literalsAt = 0;
    this.literalsEnd = size;
    if (format === 0) return decodeHuffman(data, start, after, table, this.literals, 0, size) ? after : -1;
    return this.fourStreams(data, start, after, table, size) ? after : -1;
  }

  /** Four streams after a table of the sizes of the first three (clause 3.1.1.3.1.6). */
  private fourStreams(data: Buffer, at: number, end: number, table: HuffmanTable, size: number): boolean {
    if (at + 6 > end) return false;
    const quarter = (size + 3) >> 2;
    let start = at + 6;
    for (let stream = 0; stream < 4; stream++) {
      const after = stream < 3 ? start + data.readUInt16LE(at + 2 * stream) : end;
      if (after > end) return false;
      const to = stream * quarter;
      const toEnd = stream < 3 ? to + quarter : size;
      if (to > toEnd || !decodeHuffman(data, start, after, table, this.literals, to, toEnd)) return false;
      start = after;
    }
    return true;
  }

  private ownLiterals(size: number): Uint8Array {
    if (this.own.length < size) this.own = new Uint8Array(Math.max(size, 2 * this.own.length));
    return this.own;
  }

  /** Reads the sequences section (clause 3.1.1.3.2) and carries the sequences out. False where it is damaged. */
  private readSequences(data: Buffer, at: number, end: number): boolean {
    if (at >= end) return false;
    let count = data[at++]!;
    if (count >= 128) {
      const more = count === 255 ? 2 : 1;
      if (at + more > end) return false;
      count = more === 2 ? data.readUInt16LE(at) + 0x7f00 : ((count - 128) << 8) | data[at]!;
      at += more;
    }
    if (count === 0) return at === end && this.lastLiterals();
    if (at >= end) return false;
    const modes = data[at++]!;
    if (modes & 3) return false;
    const literalLengths = readTable(data, at, end, modes >> 6, LITERAL_LENGTHS, this.literalLengths);
    if (literalLengths === null) return false;
    const offsets = readTable(data, literalLengths.at, end, (modes >> 4) & 3, OFFSETS, this.offsets);
    if (offsets === null) return false;
    const matchLengths = readTable(data, offsets.at, end, (modes >> 2) & 3, MATCH_LENGTHS, this.matchLengths);
    if (matchLengths === null) return false;
    this.literalLengths = literalLengths.table;
    this.offsets = offsets.table;
    this.matchLengths = matchLengths.table;
    return this.sequences(data, matchLengths.at, end, count) && this.lastLiterals();
  }

  private sequences(data: Buffer, start: number, end: number, count: number): boolean {
    const literalLengths = this.literalLengths!;
    const offsets = this.offsets!;
    const matchLengths = this.matchLengths!;
    let at = backwardLength(data, start, end);
    at -= literalLengths.accuracyLog;
    let literalState = bitsAt(data, start, at, literalLengths.accuracyLog);
    at -= offsets.accuracyLog;
    let offsetState = bitsAt(data, start, at, offsets.accuracyLog);
    at -= matchLengths.accuracyLog;
    let matchState = bitsAt(data, start, at, matchLengths.accuracyLog);
    // Positions before the beginning give wrong bits, which do no harm: that is found out before they are used.
    for (let left = count; left > 0; left--) {
      const offsetCode = offsets.symbol[offsetState]!;
      const matchCode = matchLengths.symbol[matchState]!;
      const literalCode = literalLengths.symbol[literalState]!;
      if (offsetCode > MAX_OFFSET_CODE) return false;
      let value = 1 << offsetCode;
      at -= offsetCode;
      if (offsetCode <= 24) value += bitsAt(data, start, at, offsetCode);
      else value += bitsAt(data, start, at, 16) + (bitsAt(data, start, at + 16, offsetCode - 16) << 16);
      let extra = MATCH_LENGTH_BITS[matchCode]!;
      at -= extra;
      const matchLength = MATCH_LENGTH_BASE[matchCode]! + bitsAt(data, start, at, extra);
      extra = LITERAL_LENGTH_BITS[literalCode]!;
      at -= extra;
      const literalLength = LITERAL_LENGTH_BASE[literalCode]! + bitsAt(data, start, at, extra);
      if (left > 1) {
        extra = literalLengths.bits[literalState]!;
        at -= extra;
        literalState = literalLengths.base[literalState]! + bitsAt(data, start, at, extra);
        extra = matchLengths.bits[matchState]!;
        at -= extra;
        matchState = matchLengths.base[matchState]! + bitsAt(data, start, at, extra);
        extra = offsets.bits[offsetState]!;
        at -= extra;
        offsetState = offsets.base[offsetState]! + bitsAt(data, start, at, extra);
      }
      if (at < 0 || !this.sequence(literalLength, this.realOffset(value, literalLength), matchLength)) return false;
    }
    return at === 0;
  }

  /** Clause 3.1.1.5: the values 1 to 3 stand for the last three offsets. */
  private realOffset(value: number, literalLength: number): number {
    if (value > 3) {
      this.offset3 = this.offset2;
      this.offset2 = this.offset1;
      this.offset1 = value - 3;
      return this.offset1;
    }
    const index = literalLength === 0 ? value : value - 1;
    if (index === 0) return this.offset1;
    const offset = index === 1 ? this.offset2 : index === 2 ? this.offset3 : this.offset1 - 1;
    if (index > 1) this.offset3 = this.offset2;
    this.offset2 = this.offset1;
    this.offset1 = offset;
    return offset;
  }

  /** Copies literals, then content from `offset` bytes back. False where one or the other is not there. */
  private sequence(literalLength: number, offset: number, matchLength: number): boolean {
    const { out, literals } = this;
    let to = this.length;
    const matchEnd = to + literalLength + matchLength;
    if (literalLength > this.literalsEnd - this.literalsAt || matchEnd > this.limit) return false;
    let from = this.literalsAt;
    for (const literalEnd = from + literalLength; from < literalEnd; ) out[to++] = literals[from++]!;
    this.literalsAt = from;
    if (offset <= 0 || offset > to || offset > this.window) return false;
    from = to - offset;
    if (matchLength > 64 && offset >= matchLength) {
      out.copyWithin(to, from, from + matchLength);
      to = matchEnd;
    }
    while (to < matchEnd) out[to++] = out[from++]!;
    this.length = matchEnd;
    return true;
  }

  private lastLiterals(): boolean {
    const count = this.literalsEnd - this.literalsAt;
    if (this.length + count > this.limit) return false;
    this.out.set(this.literals.subarray(this.literalsAt, this.literalsEnd), this.length);
    this.length += count;
    return true;
  }
}

/** Reads one of the three tables (clause 3.1.1.3.2.1.1). Gives the offset after it; null where it is damaged. */
function readTable(
  data: Buffer,
  at: number,
  end: number,
  mode: number,
  codes: Codes,
  previous: FseTable | null,
): { table: FseTable; at: number } | null {
  switch (mode) {
    case 0:
      return { table: codes.predefined, at };
    case 1:
      return at < end && data[at]! <= codes.maxSymbol ? { table: singleFse(data[at]!), at: at + 1 } : null;
    case 2: {
      const description = readFseProbabilities(data, at, end, codes.maxSymbol, codes.maxAccuracyLog);
      if (description === null) return null;
      return { table: buildFse(description.probabilities, description.accuracyLog), at: at + description.used };
    }
    default:
      return previous === null ? null : { table: previous, at };
  }
}
