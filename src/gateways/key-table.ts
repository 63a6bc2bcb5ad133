/** Kinds that a key can be of. */
const KINDS = 64;

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

/** The key of a whole number in the place, or whatever else, that another key is of. */
export function keyWith(key: number, kind: number, number: number): number {
  const high = (key - (key % KINDS)) / KINDS;
  let mixed = Math.imul((high % 0x80000000) ^ Math.imul(number, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  const low = (mixed ^ (mixed >>> 13)) >>> 0;
  const rest = Math.imul(Math.floor(high / 0x80000000) ^ number, 0x27d4eb2f) >>> 17;
  return (low * 0x8000 + rest) * KINDS + kind;
}

/** Keys by number, from 0 on in order of appearance: open addressing over typed arrays. */
export class Numbering {
  /** Numbers given. */
  count = 0;
  private keys = new Float64Array(SMALLEST);
  /** Number plus one, or 0. At most half full. */
  private slots = new Int32Array(2 * SMALLEST);
  private last = 0;

  /** Number of a key, a new one where it is seen for the first time. */
  number(key: number): number {
    const known = this.find(key);
    if (known >= 0) return known;
    if (2 * (this.count + 1) > this.slots.length) this.grow();
    const { slots } = this;
    slots[this.slot(key)] = this.count + 1;
    this.keys[this.count] = key;
    return (this.last = this.count++);
  }

  /** Number of a key, -1 where it has none. */
  find(key: number): number {
    // Who asks for one thing of a key mostly asks for another next.
    if (this.last < this.count && this.keys[this.last] === key) return this.last;
    const number = this.slots[this.slot(key)]! - 1;
    if (number >= 0) this.last = number;
    return number;
  }

  /** The slot of a key, or that it would take. */
  private slot(key: number): number {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    let at = Math.imul((key % 0xfffffffb) | 0, 0x9e3779b1) >>> 0;
    at = (at ^ (at >>> 15)) & mask;
    while (slots[at] !== 0 && keys[slots[at]! - 1] !== key) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    this.keys = widened(this.keys);
    this.slots = new Int32Array(2 * this.slots.length);
    for (let number = 0; number < this.count; number++) this.slots[this.slot(this.keys[number]!)] = number + 1;
  }
}

/** How many lines showed each key, and the sum of their scores. */
export class KeyTable {
  private readonly numbers = new Numbering();
  private sums = new Float64Array(SMALLEST);
  private lines = new Float64Array(SMALLEST);

  /** Counts one line with its score. */
  add(key: number, score: number): void {
    const number = this.numbers.number(key);
    if (number === this.sums.length) {
      this.sums = widened(this.sums);
      this.lines = widened(this.lines);
    }
    this.sums[number]! += score;
    this.lines[number]!++;
  }

  /** Keys that lines showed. */
  get size(): number {
    return this.numbers.count;
  }

  /** Lines that showed a key. */
  count(key: number): number {
    const number = this.numbers.find(key);
    return number < 0 ? 0 : this.lines[number]!;
  }

  /** Sum of their scores. */
  sum(key: number): number {
    const number = this.numbers.find(key);
    return number < 0 ? 0 : this.sums[number]!;
  }
}

const SMALLEST = 1 << 12;

/** A copy with twice the room. */
export function widened(from: Float64Array): Float64Array<ArrayBuffer> {
  const into = new Float64Array(2 * from.length);
  into.set(from);
  return into;
}
