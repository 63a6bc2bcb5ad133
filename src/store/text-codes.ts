/**
 * Numbers of texts by 64-bit digest: DuckDB digests a column a hundred times faster than it hands its texts over. Two texts of one
 * digest would share a number; among ten million that happens about once in 400,000 stores.
 */
export class TextCodes {
  private count = 0;
  private keys = new BigUint64Array(SMALLEST);
  private numbers = new Int32Array(SMALLEST).fill(-1);
  private words = new Uint32Array(this.keys.buffer);

  /** Number of the text with a digest, given as its two halves; -1 where it is new. */
  find(low: number, high: number): number {
    const { words, numbers } = this;
    const mask = numbers.length - 1;
    for (let slot = (low ^ (high >>> 7)) & mask; ; slot = (slot + 1) & mask) {
      const number = numbers[slot]!;
      if (number < 0 || (words[2 * slot] === low && words[2 * slot + 1] === high)) return number;
    }
  }

  /** Takes note of the number (0 or more) of a text with a new digest. */
  add(low: number, high: number, number: number): void {
    if (2 * ++this.count > this.numbers.length) this.grow();
    this.put(low, high, number);
  }

  private put(low: number, high: number, number: number): void {
    const { words, numbers } = this;
    const mask = numbers.length - 1;
    let slot = (low ^ (high >>> 7)) & mask;
    while (numbers[slot]! >= 0) slot = (slot + 1) & mask;
    words[2 * slot] = low;
    words[2 * slot + 1] = high;
    numbers[slot] = number;
  }

  private grow(): void {
    const { words, numbers } = this;
    this.keys = new BigUint64Array(2 * numbers.length);
    this.words = new Uint32Array(this.keys.buffer);
    this.numbers = new Int32Array(2 * numbers.length).fill(-1);
    for (let slot = 0; slot < numbers.length; slot++) {
      if (numbers[slot]! >= 0) this.put(words[2 * slot]!, words[2 * slot + 1]!, numbers[slot]!);
    }
  }
}

const SMALLEST = 1 << 12;
