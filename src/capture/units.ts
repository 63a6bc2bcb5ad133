import type { Stop } from '../base/stop.ts';

/**
 * Reads a file made of units (records, blocks) that is given in chunks of any size. Units are read where they lie; only one that
 * crosses the border of two chunks is copied. Memory is bounded by the largest unit a format allows, and grows with the bytes
 * that are there, never with a length that is claimed.
 */
export abstract class UnitReader {
  /** Why the reader can't go on; what comes after is ignored. */
  stop: Stop | null = null;

  /** Layer named in a Stop. */
  protected abstract readonly layer: string;
  /** Bytes that the unfinished unit needs from its beginning on, and what says so. */
  protected need = 0;
  protected needFor = '';
  /** Bytes still to be passed over without being looked at. */
  protected skip = 0;

  /** Offset in the file of the first byte not used. */
  private base = 0;
  /** The beginning of an unfinished unit, from `base` on. */
  private carry = Buffer.alloc(0);
  private carried = 0;

  /**
   * Reads whole units from `data[at..end)` and returns the offset after the last one. Where the next unit is not whole it sets
   * `need` (more than there is) and `needFor`; to pass over bytes it sets `skip` and returns the offset where they begin. Where
   * it can't go on it calls {@link fail}, and what it returns does not matter.
   */
  protected abstract parse(data: Buffer, at: number, end: number): number;

  /** Reads the next bytes of the file. Nothing refers to `chunk` afterwards. */
  push(chunk: Buffer): void {
    const end = chunk.length;
    let at = 0;
    while (this.carried > 0 && this.stop === null) {
      const take = Math.min(this.need - this.carried, end - at);
      this.keep(chunk, at, at + take);
      at += take;
      if (this.carried < this.need) return;
      const used = this.parse(this.carry, 0, this.carried);
      if (used === 0) continue;
      this.base += used;
      this.carried -= used;
      this.carry.copyWithin(0, used, used + this.carried);
    }
    while (at < end && this.stop === null) {
      let step = Math.min(this.skip, end - at);
      if (step > 0) {
        this.skip -= step;
      } else {
        step = this.parse(chunk, at, end) - at;
        if (this.stop !== null) return;
        if (this.skip === 0) {
          this.base += step;
          this.keep(chunk, at + step, end);
          return;
        }
      }
      at += step;
      this.base += step;
    }
  }

  /** The file ends here. A unit that is not whole is told in `stop`; all before it were read. */
  finish(): void {
    if (this.carried > 0) this.fail(0, this.need, this.carried, this.needFor);
    else if (this.skip > 0) this.fail(0, this.skip, 0, this.needFor);
  }

  /** Stops, unless it did before, at `offset` bytes after the place where `parse` began. */
  protected fail(offset: number, need: number, have: number, reason: string): void {
    this.stop ??= { layer: this.layer, offset: this.base + offset, need, have, reason };
  }

  private keep(chunk: Buffer, from: number, to: number): void {
    const length = this.carried + to - from;
    if (length > this.carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(4096, 2 * length));
      this.carry.copy(grown, 0, 0, this.carried);
      this.carry = grown;
    }
    chunk.copy(this.carry, this.carried, from, to);
    this.carried = length;
  }
}
