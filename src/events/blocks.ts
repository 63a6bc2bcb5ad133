/** Blocks are handed out in multiples of so many bytes. */
const UNIT = 64;
/** Bytes of one piece of memory. */
const CHUNK = 1 << 20;
const UNITS = CHUNK / UNIT;
/** Longest block, bytes. */
const BLOCK_MAX = 8192;

/**
 * Memory outside the heap in blocks that are given back: bytes that live for minutes cost the garbage collector nothing here.
 * A block is a number; it stays where it is until it is given back.
 */
export class Blocks {
  private readonly chunks: Buffer[] = [];
  /** Blocks given back, by their length in units. */
  private readonly free: number[][] = Array.from({ length: BLOCK_MAX / UNIT + 1 }, () => []);
  /** Unit from which on the last chunk is unused. */
  private next = UNITS;
  private readonly most: number;

  /** @param bytes most memory to take */
  constructor(bytes: number) {
    this.most = Math.floor(bytes / CHUNK);
  }

  /** A block of at least `length` bytes; -1 where it is too long or there is no memory left. */
  take(length: number): number {
    if (length > BLOCK_MAX) return -1;
    const units = Math.ceil(length / UNIT);
    const block = this.free[units]!.pop();
    if (block !== undefined) return block;
    if (this.next + units > UNITS) {
      if (this.chunks.length >= this.most) return -1;
      this.chunks.push(Buffer.allocUnsafeSlow(CHUNK));
      this.next = 0;
    }
    this.next += units;
    return this.chunks.length * UNITS - UNITS + this.next - units;
  }

  /** Gives back a block that was taken for `length` bytes. */
  give(block: number, length: number): void {
    this.free[Math.ceil(length / UNIT)]!.push(block);
  }

  /** The bytes that hold a block, from {@link offsetOf} on. */
  bytesOf(block: number): Buffer {
    return this.chunks[Math.floor(block / UNITS)]!;
  }

  offsetOf(block: number): number {
    return (block % UNITS) * UNIT;
  }
}
