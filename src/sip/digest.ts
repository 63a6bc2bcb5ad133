/**
 * A digest of bytes for telling shapes apart, not for secrets: two 32-bit FNV-1a sums side by side, 16 hexadecimal digits.
 */
export class Digest {
  private low = 0x811c9dc5 | 0;
  private high = 0x01234567;

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
    for (let at = start; at < end; at++) this.byte(data[at]!);
  }

  hex(): string {
    return hex(this.high) + hex(this.low);
  }
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
