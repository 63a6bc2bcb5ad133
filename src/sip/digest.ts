/** Digests remembered with their text, a power of two: the one that came last at each place. Devices have few shapes. */
const REMEMBERED = 4096;

/**
 * A digest of bytes for telling shapes apart, not for secrets: 52 bits of two sums after FNV-1a, as 13 hexadecimal digits.
 * Equal digests are mostly one and the same string, so that events share it.
 */
export class Digest {
  private low = 0;
  private high = 0;
  private readonly lows = new Int32Array(REMEMBERED);
  private readonly highs = new Int32Array(REMEMBERED);
  private readonly texts = new Array<string>(REMEMBERED).fill('');

  /** Begins anew. */
  reset(): void {
    this.low = 0x811c9dc5 | 0;
    this.high = 0x01234567;
  }

  byte(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193);
    this.high = Math.imul(this.high ^ value, 0x01000197);
  }

  bytes(data: Uint8Array, start: number, end: number): void {
    let { low, high } = this;
    for (let at = start; at < end; at++) {
      const value = data[at]!;
      low = Math.imul(low ^ value, 0x01000193);
      high = Math.imul(high ^ value, 0x01000197);
    }
    this.low = low;
    this.high = high;
  }

  /** As {@link bytes}, capital letters as small ones. */
  lowerBytes(data: Uint8Array, start: number, end: number): void {
    let { low, high } = this;
    for (let at = start; at < end; at++) {
      let value = data[at]!;
      if (value >= 0x41 && value <= 0x5a) value |= 0x20;
      low = Math.imul(low ^ value, 0x01000193);
      high = Math.imul(high ^ value, 0x01000197);
    }
    this.low = low;
    this.high = high;
  }

  hex(): string {
    const { low, lows, highs, texts } = this;
    const high = this.high >>> 12;
    const place = (low ^ (low >>> 13) ^ high) & (REMEMBERED - 1);
    if (lows[place] === low && highs[place] === high && texts[place] !== '') return texts[place]!;
    lows[place] = low;
    highs[place] = high;
    return (texts[place] = (high * 0x1_0000_0000 + (low >>> 0)).toString(16).padStart(13, '0'));
  }
}
