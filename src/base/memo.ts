import { hashText } from './bytes.ts';

/**
 * What runs of bytes say that come again and again: a phone names itself, its network and its cell in each request. One place for
 * each hash, taken over by whoever came last, so that it never grows and no sender can make it slow. A key's own bytes are kept
 * and compared: two that share a hash are never taken for each other.
 *
 * @typeParam T what a run of bytes says, shared by all who ask
 */
export class Memo<T> {
  private readonly hashes: Int32Array;
  private readonly lengths: Uint16Array;
  private readonly keys: Buffer;
  private readonly values: (T | null)[];
  private readonly mask: number;
  private readonly longest: number;
  private readonly read: (data: Buffer, start: number, end: number) => T;

  /**
   * @param slots runs remembered, a power of two
   * @param longest bytes of a run; longer ones are read each time
   * @param read makes what a run says; must depend on nothing else
   */
  constructor(slots: number, longest: number, read: (data: Buffer, start: number, end: number) => T) {
    this.hashes = new Int32Array(slots);
    // No run is as long as this.
    this.lengths = new Uint16Array(slots).fill(0xffff);
    // Pages that nothing was written to cost no memory.
    this.keys = Buffer.allocUnsafeSlow(slots * longest);
    this.values = new Array<T | null>(slots).fill(null);
    this.mask = slots - 1;
    this.longest = longest;
    this.read = read;
  }

  /** What bytes [start, end) say. */
  get(data: Buffer, start: number, end: number): T {
    const length = end - start;
    if (length > this.longest) return this.read(data, start, end);
    const hash = hashText(data, start, end, 0x5bd1e995);
    const slot = hash & this.mask;
    const at = slot * this.longest;
    if (this.hashes[slot] === hash && this.lengths[slot] === length && isEqual(this.keys, at, data, start, end)) {
      return this.values[slot] as T;
    }
    const value = this.read(data, start, end);
    data.copy(this.keys, at, start, end);
    this.hashes[slot] = hash;
    this.lengths[slot] = length;
    this.values[slot] = value;
    return value;
  }
}

function isEqual(keys: Buffer, at: number, data: Buffer, start: number, end: number): boolean {
  for (; start < end; start++, at++) if (data[start] !== keys[at]) return false;
  return true;
}
