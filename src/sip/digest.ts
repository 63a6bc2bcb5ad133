/** Digests remembered with their text; then all are forgotten and it begins anew. Devices have few shapes. */
const REMEMBERED = 4096;

/**
 * A digest of bytes for telling shapes apart, not for secrets: 52 bits of two sums after FNV-1a, as 13 hexadecimal digits.
 * Equal digests are one and the same string, so that events share it.
 */
export class Digest {
  private low = 0;
  private high = 0;
  private readonly texts = new Map<number, string>();

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
    const key = (this.high >>> 12) * 0x1_0000_0000 + (this.low >>> 0);
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    const text = key.toString(16).padStart(13, '0');
    if (this.texts.size >= REMEMBERED) this.texts.clear();
    this.texts.set(key, text);
    return text;
  }
}
