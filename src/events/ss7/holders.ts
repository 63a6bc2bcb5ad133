/** No holder, no key. */
export const NOBODY = -1;
/** Places at first; a power of two. */
const FIRST = 1024;

/**
 * Who held what, by key: a chain of holders each, the latest first, in columns. Half a million keys are a few pieces of memory outside
 * of the heap, a third of what objects would take, and nothing for the garbage collector to look through. Keys are whole numbers of at
 * most 53 bits and either sign; they are gone through in the order in which they came.
 */
export class HolderTable {
  /** Keys in it. */
  size = 0;
  /** Of each holder: since when, in seconds and nanoseconds; who; and the holder before, or {@link NOBODY}. */
  s = new Float64Array(FIRST);
  ns = new Int32Array(FIRST);
  imsi = new Float64Array(FIRST);
  imei = new Float64Array(FIRST);
  before = new Int32Array(FIRST);
  private holders = 0;
  /** Given back, by `before`. */
  private freeHolder = NOBODY;
  /** Of each entry: its key, its latest holder, and its neighbours in the order in which keys came. */
  private keys = new Float64Array(FIRST);
  private heads = new Int32Array(FIRST);
  private older = new Int32Array(FIRST);
  private newer = new Int32Array(FIRST);
  private entries = 0;
  /** Given back, by `newer`. */
  private freeEntry = NOBODY;
  private oldest = NOBODY;
  private newest = NOBODY;
  /** Open addressing: number of an entry plus one, or 0. At most half full. */
  private slots = new Int32Array(2 * FIRST);

  /** The latest holder of a key; {@link NOBODY}. */
  latest(key: number): number {
    const entry = this.slots[this.slotOf(key)]! - 1;
    return entry < 0 ? NOBODY : this.heads[entry]!;
  }

  /** Makes a holder the latest of a key. Those before it hang on it. */
  put(key: number, holder: number): void {
    const slot = this.slotOf(key);
    const known = this.slots[slot]! - 1;
    if (known >= 0) {
      this.heads[known] = holder;
      return;
    }
    const entry = this.newEntry();
    this.keys[entry] = key;
    this.heads[entry] = holder;
    this.older[entry] = this.newest;
    this.newer[entry] = NOBODY;
    if (this.newest < 0) this.oldest = entry;
    else this.newer[this.newest] = entry;
    this.newest = entry;
    this.slots[slot] = entry + 1;
    if (2 * ++this.size > this.slots.length) this.spread();
  }

  /** Forgets a key and who held it. */
  delete(key: number): void {
    let gap = this.slotOf(key);
    const { slots, keys, older, newer } = this;
    const entry = slots[gap]! - 1;
    if (entry < 0) return;
    this.release(this.heads[entry]!);
    if (older[entry]! < 0) this.oldest = newer[entry]!;
    else newer[older[entry]!] = newer[entry]!;
    if (newer[entry]! < 0) this.newest = older[entry]!;
    else older[newer[entry]!] = older[entry]!;
    newer[entry] = this.freeEntry;
    this.freeEntry = entry;
    this.size--;
    // What stands behind the gap moves into it, unless its own place lies between them.
    const mask = slots.length - 1;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const own = hashOf(keys[slots[slot]! - 1]!) & mask;
      if (((slot - own) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = slots[slot]!;
      gap = slot;
    }
    slots[gap] = 0;
  }

  /** Forgets the key that came first. */
  deleteOldest(): void {
    if (this.oldest >= 0) this.delete(this.keys[this.oldest]!);
  }

  /** Calls `onKey` with each key and its latest holder. */
  each(onKey: (key: number, latest: number) => void): void {
    for (let entry = this.oldest; entry >= 0; entry = this.newer[entry]!) onKey(this.keys[entry]!, this.heads[entry]!);
  }

  /** A new holder, which no key has yet. */
  holder(s: number, ns: number, imsi: number, imei: number, before: number): number {
    let made = this.freeHolder;
    if (made >= 0) this.freeHolder = this.before[made]!;
    else {
      made = this.holders++;
      if (made === this.s.length) {
        this.s = twice(this.s, new Float64Array(2 * made));
        this.ns = twice(this.ns, new Int32Array(2 * made));
        this.imsi = twice(this.imsi, new Float64Array(2 * made));
        this.imei = twice(this.imei, new Float64Array(2 * made));
        this.before = twice(this.before, new Int32Array(2 * made));
      }
    }
    this.s[made] = s;
    this.ns[made] = ns;
    this.imsi[made] = imsi;
    this.imei[made] = imei;
    this.before[made] = before;
    return made;
  }

  /** Takes a holder and all before it back, which hang on nobody any more. */
  release(holder: number): void {
    for (let at = holder; at >= 0; ) {
      const next = this.before[at]!;
      this.before[at] = this.freeHolder;
      this.freeHolder = at;
      at = next;
    }
  }

  private newEntry(): number {
    const free = this.freeEntry;
    if (free >= 0) {
      this.freeEntry = this.newer[free]!;
      return free;
    }
    const made = this.entries++;
    if (made === this.keys.length) {
      this.keys = twice(this.keys, new Float64Array(2 * made));
      this.heads = twice(this.heads, new Int32Array(2 * made));
      this.older = twice(this.older, new Int32Array(2 * made));
      this.newer = twice(this.newer, new Int32Array(2 * made));
    }
    return made;
  }

  /** Where a key stands, or may stand. */
  private slotOf(key: number): number {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    let slot = hashOf(key) & mask;
    while (slots[slot] !== 0 && keys[slots[slot]! - 1] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  private spread(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let entry = this.oldest; entry >= 0; entry = this.newer[entry]!) {
      let slot = hashOf(this.keys[entry]!) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
  }
}

function twice<T extends Float64Array | Int32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function hashOf(key: number): number {
  let hash = (key | 0) ^ Math.imul((key / 0x1_0000_0000) | 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
