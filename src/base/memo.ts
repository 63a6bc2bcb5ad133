import { hashText, viewOf } from './bytes.ts';

/** A place holds the hash and the length of its key (4 bytes each), then the key. */
const KEY = 8;

/**
 * What runs of bytes say that come again and again: a phone names itself, its network and its cell in each request. One place for
 * each hash, taken over by whoever came last, so that it never grows and no sender can make it slow. A key's own bytes are kept
 * and compared: two that share a hash are never taken for each other.
 *
 * @typeParam T what a run of bytes says, shared by all who ask
 */
export class Memo<T> {
  private readonly places: Buffer;
  private readonly view: DataView;
  private readonly values: (T | null)[];
  private readonly mask: number;
  private readonly longest: number;
  private readonly read: (data: Buffer, start: number, end: number) => T;

  /**
   * @param slots runs remembered, a power of two
   * @param longest bytes of a run, a multiple of 8; longer ones are read each time
   * @param read makes what a run says; must depend on nothing else
   */
  constructor(slots: number, longest: number, read: (data: Buffer, start: number, end: number) => T) {
    this.places = Buffer.alloc(slots * (KEY + longest));
    this.view = new DataView(this.places.buffer, this.places.byteOffset);
    this.values = new Array<T | null>(slots).fill(null);
    this.mask = slots - 1;
    this.longest = longest;
    this.read = read;
  }

  /** What bytes [start, end) say. */
  get(data: Buffer, start: number, end: number): T {
    const length = end - start;
    // Nothing has the length that an empty place has.
    if (length > this.longest || length <= 0) return this.read(data, start, end);
    const hash = hashText(data, start, end, 0x5bd1e995);
    const slot = hash & this.mask;
    const { view } = this;
    const place = slot * (KEY + this.longest);
    if (
      view.getInt32(place, true) === hash &&
      view.getInt32(place + 4, true) === length &&
      this.isKey(place + KEY, data, start, end)
    ) {
      return this.values[slot] as T;
    }
    const value = this.read(data, start, end);
    data.copy(this.places, place + KEY, start, end);
    view.setInt32(place, hash, true);
    view.setInt32(place + 4, length, true);
    this.values[slot] = value;
    return value;
  }

  private isKey(at: number, data: Buffer, start: number, end: number): boolean {
    const { places, view } = this;
    const other = viewOf(data);
    for (const last = end - 4; start <= last; start += 4, at += 4) {
      if (other.getInt32(start, true) !== view.getInt32(at, true)) return false;
    }
    for (; start < end; start++, at++) if (data[start] !== places[at]) return false;
    return true;
  }
}
