/**
 * Numbers of texts by 64-bit digest: DuckDB digests a column a hundred times faster than it hands its texts over. Two texts of one
 * digest would share a number; among ten million that happens about once in 400,000 stores.
 */
export class TextCodes {
  private count = 0;
  /** Slots by the digest's bits; one less than there are. */
  private mask = SMALLEST - 1;
  /** Of each slot side by side, since rows ask in no order: low half of a digest, high half, number or -1. */
  private words = new Uint32Array(SMALLEST * WORDS).fill(NONE);
  private numbers = new Int32Array(this.words.buffer);

  /** Number of the text with a digest, given as its two halves; -1 where it is new. */
  find(low: number, high: number): number {
    const { mask, words, numbers } = this;
    for (let slot = (low ^ (high >>> 7)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      const number = numbers[at + 2]!;
      if (number < 0 || (words[at] === low && words[at + 1] === high)) return number;
    }
  }

  /** Takes note of the number (0 or more) of a text with a new digest. */
  add(low: number, high: number, number: number): void {
    if (2 * ++this.count > this.mask + 1) this.grow();
    this.put(low, high, number);
  }

  private put(low: number, high: number, number: number): void {
    const { mask, words, numbers } = this;
    let slot = (low ^ (high >>> 7)) & mask;
    while (numbers[slot * WORDS + 2]! >= 0) slot = (slot + 1) & mask;
    words[slot * WORDS] = low;
    words[slot * WORDS + 1] = high;
    numbers[slot * WORDS + 2] = number;
  }

  private grow(): void {
    const { words, numbers } = this;
    this.mask = 2 * this.mask + 1;
    this.words = new Uint32Array(2 * words.length).fill(NONE);
    this.numbers = new Int32Array(this.words.buffer);
    for (let at = 0; at < words.length; at += WORDS) {
      if (numbers[at + 2]! >= 0) this.put(words[at]!, words[at + 1]!, numbers[at + 2]!);
    }
  }
}

const SMALLEST = 1 << 12;
const WORDS = 3;
const NONE = 0xffff_ffff;
