/**
 * Codes of texts by 64-bit digest: DuckDB digests a column a hundred times faster than it hands its texts over. Two texts of one
 * digest would share a code; among ten million that happens about once in 400,000 stores.
 */
export class TextCodes {
  count = 0;
  private keys = new BigUint64Array(SMALLEST);
  private codes = new Int32Array(SMALLEST).fill(-1);
  private words = new Uint32Array(this.keys.buffer);

  /** Code of a digest, given as its two halves; -1 where it is new. */
  find(low: number, high: number): number {
    const { words, codes } = this;
    const mask = codes.length - 1;
    for (let slot = (low ^ (high >>> 7)) & mask; ; slot = (slot + 1) & mask) {
      const code = codes[slot]!;
      if (code < 0 || (words[2 * slot] === low && words[2 * slot + 1] === high)) return code;
    }
  }

  /** Gives a new digest the next code. */
  add(low: number, high: number): number {
    if (2 * (this.count + 1) > this.codes.length) this.grow();
    this.put(low, high, this.count);
    return this.count++;
  }

  private put(low: number, high: number, code: number): void {
    const { words, codes } = this;
    const mask = codes.length - 1;
    let slot = (low ^ (high >>> 7)) & mask;
    while (codes[slot]! >= 0) slot = (slot + 1) & mask;
    words[2 * slot] = low;
    words[2 * slot + 1] = high;
    codes[slot] = code;
  }

  private grow(): void {
    const { words, codes } = this;
    this.keys = new BigUint64Array(2 * codes.length);
    this.words = new Uint32Array(this.keys.buffer);
    this.codes = new Int32Array(2 * codes.length).fill(-1);
    for (let slot = 0; slot < codes.length; slot++) {
      if (codes[slot]! >= 0) this.put(words[2 * slot]!, words[2 * slot + 1]!, codes[slot]!);
    }
  }
}

const SMALLEST = 1 << 12;
