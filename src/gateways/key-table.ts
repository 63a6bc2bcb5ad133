/** Kinds that a key can be of. */
const KINDS = 64;
const EMPTY = -1;

/**
 * A text of one kind as a number: 47 bits of hash (FNV-1a, twice) and the kind. Two texts out of ten million have one key with a
 * chance of about one in three.
 */
export function keyOf(kind: number, text: string): number {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + i), 0x85ebca6b);
  }
  low ^= low >>> 15;
  high ^= high >>> 13;
  return ((low >>> 0) * 0x8000 + (high & 0x7fff)) * KINDS + kind;
}

/** The kind of a key. */
export function kindOf(key: number): number {
  return key % KINDS;
}

/** The key of the same text as another kind. */
export function sameText(key: number, kind: number): number {
  return key - (key % KINDS) + kind;
}

/** How many lines showed each key, and the sum of their scores: open addressing over typed arrays. */
export class KeyTable {
  private keys = new Float64Array(1 << 12).fill(EMPTY);
  private sums = new Float64Array(1 << 12);
  private lines = new Uint32Array(1 << 12);
  private used = 0;
  private last = 0;

  /** Counts one line with its score. */
  add(key: number, score: number): void {
    if (2 * this.used >= this.keys.length) this.grow();
    const at = this.slot(key);
    if (this.keys[at] === EMPTY) {
      this.keys[at] = key;
      this.used++;
    }
    this.sums[at]! += score;
    this.lines[at]!++;
  }

  /** Lines that showed a key. */
  count(key: number): number {
    return this.lines[this.slot(key)]!;
  }

  /** Sum of their scores. */
  sum(key: number): number {
    return this.sums[this.slot(key)]!;
  }

  private slot(key: number): number {
    // Who asks for the count mostly asks for the sum next.
    if (this.keys[this.last] === key) return this.last;
    const { keys } = this;
    const mask = keys.length - 1;
    let at = Math.imul((key % 0xfffffffb) | 0, 0x9e3779b1) >>> 0;
    at = (at ^ (at >>> 15)) & mask;
    while (keys[at] !== EMPTY && keys[at] !== key) at = (at + 1) & mask;
    return (this.last = at);
  }

  private grow(): void {
    const { keys, sums, lines } = this;
    this.keys = new Float64Array(2 * keys.length).fill(EMPTY);
    this.sums = new Float64Array(2 * keys.length);
    this.lines = new Uint32Array(2 * keys.length);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === EMPTY) continue;
      const at = this.slot(keys[i]!);
      this.keys[at] = keys[i]!;
      this.sums[at] = sums[i]!;
      this.lines[at] = lines[i]!;
    }
  }
}
