/**
 * Values by keys that are whole numbers from 0 to 2^53 - 1: as a Map is, but keys beyond 31 bits are no objects here, which is
 * what a Map makes of each. Open addressing with linear probing; a key that goes leaves no gap behind.
 */
export class KeyTable<V> {
  private keys = freeKeys(FIRST);
  private values: (V | undefined)[] = new Array<V | undefined>(FIRST).fill(undefined);
  private mask = FIRST - 1;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: number): V | undefined {
    const { keys, mask } = this;
    for (let slot = hashOf(key) & mask; ; slot = (slot + 1) & mask) {
      const there = keys[slot]!;
      if (there === key) return this.values[slot];
      if (there === FREE) return undefined;
    }
  }

  set(key: number, value: V): void {
    const { keys, mask } = this;
    let slot = hashOf(key) & mask;
    while (keys[slot] !== FREE && keys[slot] !== key) slot = (slot + 1) & mask;
    this.values[slot] = value;
    if (keys[slot] === key) return;
    keys[slot] = key;
    if (++this.count * 2 > mask) this.grow();
  }

  delete(key: number): void {
    const { keys, values, mask } = this;
    let gap = hashOf(key) & mask;
    while (keys[gap] !== key) {
      if (keys[gap] === FREE) return;
      gap = (gap + 1) & mask;
    }
    // What stands behind the gap moves into it, unless its own place lies between them.
    for (let slot = (gap + 1) & mask; keys[slot] !== FREE; slot = (slot + 1) & mask) {
      const own = hashOf(keys[slot]!) & mask;
      if (((slot - own) & mask) < ((slot - gap) & mask)) continue;
      keys[gap] = keys[slot]!;
      values[gap] = values[slot];
      gap = slot;
    }
    keys[gap] = FREE;
    values[gap] = undefined;
    this.count--;
  }

  clear(): void {
    this.keys = freeKeys(FIRST);
    this.values = new Array<V | undefined>(FIRST).fill(undefined);
    this.mask = FIRST - 1;
    this.count = 0;
  }

  private grow(): void {
    const { keys, values } = this;
    const size = keys.length * 2;
    const mask = size - 1;
    const grown = freeKeys(size);
    const moved = new Array<V | undefined>(size).fill(undefined);
    for (let from = 0; from < keys.length; from++) {
      const key = keys[from]!;
      if (key === FREE) continue;
      let slot = hashOf(key) & mask;
      while (grown[slot] !== FREE) slot = (slot + 1) & mask;
      grown[slot] = key;
      moved[slot] = values[from];
    }
    this.keys = grown;
    this.values = moved;
    this.mask = mask;
  }
}

/** Slots at first; a power of two. */
const FIRST = 1024;
/** No key. */
const FREE = -1;

function freeKeys(size: number): Float64Array {
  return new Float64Array(size).fill(FREE);
}

function hashOf(key: number): number {
  let hash = (key | 0) ^ Math.imul((key / 0x1_0000_0000) | 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
