/** No holder, no key. */
export const NOBODY = -1;
/** Places at first; a power of two. */
const FIRST = 1024;

/** Doubles of the row of a holder, and where they stand: since when, who, and in the two integers of the last one the rest. */
const HOLDER = 4;
const SECONDS = 0;
const IMSI = 1;
const IMEI = 2;
/** Integers of it: nanoseconds, and the holder before or {@link NOBODY}. */
const NANOSECONDS = 6;
const BEFORE = 7;
/** Doubles of the row of an entry: its key first. */
const ENTRY = 3;
/** Integers of it: its latest holder, and its neighbours in the order in which keys came. */
const HEAD = 2;
const OLDER = 3;
const NEWER = 4;

/** Rows of numbers, seen as doubles and as integers: one row lies in a line or two of the processor's cache. */
class Rows {
  count = 0;
  private readonly width: number;
  real: Float64Array;
  whole: Int32Array;

  /** @param width doubles of a row */
  constructor(width: number) {
    this.width = width;
    this.real = new Float64Array(FIRST * width);
    this.whole = new Int32Array(this.real.buffer);
  }

  /** Number of one row more. */
  add(): number {
    if (this.count * this.width === this.real.length) {
      const { real } = this;
      this.real = new Float64Array(2 * real.length);
      this.real.set(real);
      this.whole = new Int32Array(this.real.buffer);
    }
    return this.count++;
  }
}

/**
 * Who held what, by key: a chain of holders each, the latest first. Half a million keys are a few pieces of memory outside
 * of the heap, a third of what objects would take, and nothing for the garbage collector to look through. Keys are whole numbers of at
 * most 53 bits and either sign; they are gone through in the order in which they came.
 */
export class HolderTable {
  /** Keys in it. */
  size = 0;
  private readonly holders = new Rows(HOLDER);
  /** Given back, one after the other by what was before. */
  private freeHolder = NOBODY;
  private readonly entries = new Rows(ENTRY);
  /** Given back, by the newer one. */
  private freeEntry = NOBODY;
  private oldest = NOBODY;
  private newest = NOBODY;
  /** Open addressing: number of an entry plus one, or 0. At most half full. */
  private slots = new Int32Array(2 * FIRST);

  /** Holders that there is, or was, room needed for at once. */
  get room(): number {
    return this.holders.count;
  }

  /** Of a holder: since when, in seconds and nanoseconds. */
  s(holder: number): number {
    return this.holders.real[HOLDER * holder + SECONDS]!;
  }

  ns(holder: number): number {
    return this.holders.whole[2 * HOLDER * holder + NANOSECONDS]!;
  }

  imsi(holder: number): number {
    return this.holders.real[HOLDER * holder + IMSI]!;
  }

  imei(holder: number): number {
    return this.holders.real[HOLDER * holder + IMEI]!;
  }

  /** The holder before; {@link NOBODY}. */
  before(holder: number): number {
    return this.holders.whole[2 * HOLDER * holder + BEFORE]!;
  }

  /** Says who a holder is. */
  name(holder: number, imsi: number, imei: number): void {
    const { real } = this.holders;
    real[HOLDER * holder + IMSI] = imsi;
    real[HOLDER * holder + IMEI] = imei;
  }

  /** Puts another one, or nobody, before a holder. */
  follow(holder: number, before: number): void {
    this.holders.whole[2 * HOLDER * holder + BEFORE] = before;
  }

  /** The latest holder of a key; {@link NOBODY}. */
  latest(key: number): number {
    const entry = this.slots[this.slotOf(key)]! - 1;
    return entry < 0 ? NOBODY : this.entries.whole[2 * ENTRY * entry + HEAD]!;
  }

  /** Makes a holder the latest of a key. Those before it hang on it. */
  put(key: number, holder: number): void {
    const slot = this.slotOf(key);
    const known = this.slots[slot]! - 1;
    if (known >= 0) {
      this.entries.whole[2 * ENTRY * known + HEAD] = holder;
      return;
    }
    const entry = this.newEntry();
    const { real, whole } = this.entries;
    real[ENTRY * entry] = key;
    whole[2 * ENTRY * entry + HEAD] = holder;
    whole[2 * ENTRY * entry + OLDER] = this.newest;
    whole[2 * ENTRY * entry + NEWER] = NOBODY;
    if (this.newest < 0) this.oldest = entry;
    else whole[2 * ENTRY * this.newest + NEWER] = entry;
    this.newest = entry;
    this.slots[slot] = entry + 1;
    if (2 * ++this.size > this.slots.length) this.spread();
  }

  /** Forgets a key and who held it. */
  delete(key: number): void {
    let gap = this.slotOf(key);
    const { slots } = this;
    const { real, whole } = this.entries;
    const entry = slots[gap]! - 1;
    if (entry < 0) return;
    const older = whole[2 * ENTRY * entry + OLDER]!;
    const newer = whole[2 * ENTRY * entry + NEWER]!;
    this.release(whole[2 * ENTRY * entry + HEAD]!);
    if (older < 0) this.oldest = newer;
    else whole[2 * ENTRY * older + NEWER] = newer;
    if (newer < 0) this.newest = older;
    else whole[2 * ENTRY * newer + OLDER] = older;
    whole[2 * ENTRY * entry + NEWER] = this.freeEntry;
    this.freeEntry = entry;
    this.size--;
    // What stands behind the gap moves into it, unless its own place lies between them.
    const mask = slots.length - 1;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const own = hashOf(real[ENTRY * (slots[slot]! - 1)]!) & mask;
      if (((slot - own) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = slots[slot]!;
      gap = slot;
    }
    slots[gap] = 0;
  }

  /** Forgets the key that came first. */
  deleteOldest(): void {
    if (this.oldest >= 0) this.delete(this.entries.real[ENTRY * this.oldest]!);
  }

  /** Calls `onKey` with each key and its latest holder. */
  each(onKey: (key: number, latest: number) => void): void {
    const { real, whole } = this.entries;
    for (let entry = this.oldest; entry >= 0; entry = whole[2 * ENTRY * entry + NEWER]!)
      onKey(real[ENTRY * entry]!, whole[2 * ENTRY * entry + HEAD]!);
  }

  /** A new holder, which no key has yet. */
  holder(s: number, ns: number, imsi: number, imei: number, before: number): number {
    let made = this.freeHolder;
    if (made >= 0) this.freeHolder = this.before(made);
    else made = this.holders.add();
    const { real, whole } = this.holders;
    real[HOLDER * made + SECONDS] = s;
    whole[2 * HOLDER * made + NANOSECONDS] = ns;
    this.name(made, imsi, imei);
    this.follow(made, before);
    return made;
  }

  /** Takes a holder and all before it back, which hang on nobody any more. */
  release(holder: number): void {
    for (let at = holder; at >= 0; ) {
      const next = this.before(at);
      this.follow(at, this.freeHolder);
      this.freeHolder = at;
      at = next;
    }
  }

  private newEntry(): number {
    const free = this.freeEntry;
    if (free < 0) return this.entries.add();
    this.freeEntry = this.entries.whole[2 * ENTRY * free + NEWER]!;
    return free;
  }

  /** Where a key stands, or may stand. */
  private slotOf(key: number): number {
    const { slots } = this;
    const { real } = this.entries;
    const mask = slots.length - 1;
    let slot = hashOf(key) & mask;
    while (slots[slot] !== 0 && real[ENTRY * (slots[slot]! - 1)] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  private spread(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    const { real, whole } = this.entries;
    const mask = this.slots.length - 1;
    for (let entry = this.oldest; entry >= 0; entry = whole[2 * ENTRY * entry + NEWER]!) {
      let slot = hashOf(real[ENTRY * entry]!) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
  }
}

function hashOf(key: number): number {
  let hash = (key | 0) ^ Math.imul((key / 0x1_0000_0000) | 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
