import { hashText, viewOf } from './bytes.ts';

/** Of each of the two runs that share a place: its hash and its length, next to each other. */
const WORDS = 4;

/**
 * What runs of bytes say that come again and again: a phone names itself, its network and its cell in each request. A place for
 * each hash holds two runs, and who comes new takes the room of the one that was asked for longer ago, so that it never grows and no
 * sender can make it slow. A key's own bytes are kept and compared: two that share a hash are never taken for each other.
 *
 * @typeParam T what a run of bytes says, shared by all who ask
 */
export class Memo<T> {
  private readonly heads: Int32Array;
  private readonly keys: Buffer;
  private readonly keyView: DataView;
  private readonly values: (T | null)[];
  /** Which of its two runs each place was asked for last. */
  private readonly newer: Uint8Array;
  private readonly mask: number;
  private readonly longest: number;
  private readonly read: (data: Buffer, start: number, end: number) => T;

  /**
   * @param slots runs remembered, a power of two
   * @param longest bytes of a run; longer ones are read each time
   * @param read makes what a run says; must depend on nothing else
   */
  constructor(slots: number, longest: number, read: (data: Buffer, start: number, end: number) => T) {
    this.heads = new Int32Array((slots / 2) * WORDS);
    this.keys = Buffer.alloc(slots * longest);
    this.keyView = new DataView(this.keys.buffer, this.keys.byteOffset);
    this.values = new Array<T | null>(slots).fill(null);
    this.newer = new Uint8Array(slots / 2);
    this.mask = slots / 2 - 1;
    this.longest = longest;
    this.read = read;
  }

  /** What bytes [start, end) say. @param view over the same bytes; who asks again and again for bytes of one buffer keeps it */
  get(data: Buffer, start: number, end: number, view = viewOf(data)): T {
    const length = end - start;
    // Nothing has the length that an empty place has.
    if (length > this.longest || length <= 0) return this.read(data, start, end);
    const hash = hashText(data, start, end, 0x5bd1e995, view);
    const place = hash & this.mask;
    const { heads, newer } = this;
    const head = place * WORDS;
    if (heads[head] === hash && heads[head + 1] === length && this.isKey(2 * place, data, view, start, end)) {
      newer[place] = 0;
      return this.values[2 * place] as T;
    }
    if (heads[head + 2] === hash && heads[head + 3] === length && this.isKey(2 * place + 1, data, view, start, end)) {
      newer[place] = 1;
      return this.values[2 * place + 1] as T;
    }
    const value = this.read(data, start, end);
    const way = newer[place]! ^ 1;
    newer[place] = way;
    heads[head + 2 * way] = hash;
    heads[head + 2 * way + 1] = length;
    const slot = 2 * place + way;
    data.copy(this.keys, slot * this.longest, start, end);
    this.values[slot] = value;
    return value;
  }

  private isKey(slot: number, data: Buffer, view: DataView, start: number, end: number): boolean {
    const { keys, keyView } = this;
    let at = slot * this.longest;
    for (const last = end - 4; start <= last; start += 4, at += 4) {
      if (view.getInt32(start, true) !== keyView.getInt32(at, true)) return false;
    }
    for (; start < end; start++, at++) if (data[start] !== keys[at]) return false;
    return true;
  }
}
