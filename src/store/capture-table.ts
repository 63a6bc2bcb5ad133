import { comparePlaces, type Place } from './commit.ts';

/** Bytes of a capture's name. */
const NAME = 32;
const SMALLEST = 256;
/** Of a slot. */
const FREE = -1;
/** Instead of the number of a pack. */
export const UNPACKED = -1;

/** One capture as the table has it; times are seconds since the epoch, NaN without packets. */
export interface CaptureRow {
  sha256: string;
  first: { s: number; ns: number } | null;
  last: number;
  /** Bytes on disk. */
  size: number;
  /** Number of the pack that it is in, or {@link UNPACKED}. */
  pack: number;
  /** Where its loose ends are in the pack; 0 and 0 in a file of their own; null where it has none. */
  ends: { offset: number; length: number } | null;
}

/**
 * What is asked of every capture of a feed, however old: its name, its place, its end, its size, and where its loose ends are. Under
 * a hundred bytes each, so that months of captures fit; what else is known of them stays on the disk.
 */
export class CaptureTable {
  /** Captures in it. */
  size = 0;
  private names = Buffer.alloc(SMALLEST * NAME);
  private seconds = new Float64Array(SMALLEST);
  private nanoseconds = new Uint32Array(SMALLEST);
  private lasts = new Float64Array(SMALLEST);
  private sizes = new Float64Array(SMALLEST);
  private packs = new Int32Array(SMALLEST);
  /** NaN without loose ends. */
  private offsets = new Float64Array(SMALLEST);
  private lengths = new Uint32Array(SMALLEST);
  /** Rows by the beginning of the name. */
  private slots = new Int32Array(2 * SMALLEST).fill(FREE);
  /** Rows with a place, by place; the first `placed` count. */
  private order = new Int32Array(SMALLEST);
  private placed = 0;

  has(sha256: string): boolean {
    return this.find(sha256) >= 0;
  }

  /** Adds a capture, or says anew where one is. */
  add({ sha256, first, last, size, pack, ends }: CaptureRow): void {
    let row = this.find(sha256);
    if (row < 0) {
      if (this.size === this.sizes.length) this.grow();
      row = this.size++;
      this.names.write(sha256, row * NAME, 'hex');
      this.seconds[row] = first?.s ?? Number.NaN;
      this.nanoseconds[row] = first?.ns ?? 0;
      this.lasts[row] = last;
      this.sizes[row] = size;
      this.index(row);
      if (first !== null) this.insert(row, { ...first, sha256 });
    }
    this.packs[row] = pack;
    this.offsets[row] = ends?.offset ?? Number.NaN;
    this.lengths[row] = ends?.length ?? 0;
  }

  /** Where the loose ends of a capture are; null where it has none, or is not in. */
  ends(sha256: string): { pack: number; offset: number; length: number } | null {
    const row = this.find(sha256);
    if (row < 0 || Number.isNaN(this.offsets[row]!)) return null;
    return { pack: this.packs[row]!, offset: this.offsets[row]!, length: this.lengths[row]! };
  }

  /** Number of the pack that a capture is in, or {@link UNPACKED}. */
  pack(sha256: string): number {
    const row = this.find(sha256);
    return row < 0 ? UNPACKED : this.packs[row]!;
  }

  /** How many captures are in each of so many packs. */
  packed(packs: number): Uint32Array {
    const counts = new Uint32Array(packs);
    for (let row = 0; row < this.size; row++) if (this.packs[row]! >= 0) counts[this.packs[row]!]!++;
    return counts;
  }

  /** Time of the last packet of a capture, NaN without packets. */
  last(sha256: string): number {
    const row = this.find(sha256);
    return row < 0 ? Number.NaN : this.lasts[row]!;
  }

  /** Time of the last packet of all captures that end by `notAfter`; null where there is none. */
  latest(notAfter = Number.POSITIVE_INFINITY): number | null {
    let latest = Number.NEGATIVE_INFINITY;
    for (const last of this.lasts.subarray(0, this.size)) if (last > latest && last <= notAfter) latest = last;
    return Number.isFinite(latest) ? latest : null;
  }

  /** How many captures end after a time. */
  after(time: number): number {
    let count = 0;
    for (const last of this.lasts.subarray(0, this.size)) if (last > time) count++;
    return count;
  }

  /** Sizes of the captures on disk, bytes. */
  diskSizes(): Set<number> {
    return new Set(this.sizes.subarray(0, this.size));
  }

  /** Names of the captures that touch [from, until), by place, then those without packets by name where all are wanted. */
  *within(from: number, until: number): Generator<string> {
    for (let at = 0; at < this.placed; at++) {
      const row = this.order[at]!;
      if (this.seconds[row]! < until && this.lasts[row]! + 1 >= from) yield this.nameOf(row);
    }
    if (Number.isFinite(from) || Number.isFinite(until)) return;
    const empty: string[] = [];
    for (let row = 0; row < this.size; row++) if (Number.isNaN(this.seconds[row]!)) empty.push(this.nameOf(row));
    yield* empty.sort();
  }

  /** Takes captures away. */
  remove(names: readonly string[]): void {
    const gone = new Set<number>();
    for (const sha256 of names) {
      const row = this.find(sha256);
      if (row >= 0) gone.add(row);
    }
    if (gone.size === 0) return;
    const to = new Int32Array(this.size).fill(FREE);
    let kept = 0;
    for (let row = 0; row < this.size; row++) {
      if (gone.has(row)) continue;
      to[row] = kept;
      this.names.copyWithin(kept * NAME, row * NAME, (row + 1) * NAME);
      for (const column of this.columns()) column[kept] = column[row]!;
      kept++;
    }
    this.size = kept;
    let placed = 0;
    for (let at = 0; at < this.placed; at++) {
      const row = to[this.order[at]!]!;
      if (row >= 0) this.order[placed++] = row;
    }
    this.placed = placed;
    this.slots.fill(FREE);
    for (let row = 0; row < kept; row++) this.index(row);
  }

  /** The places of captures after one of them, or all. */
  places(after: Place | null): Places {
    let start = 0;
    if (after !== null) {
      start = this.before(after);
      if (start < this.placed && comparePlaces(this.placeAt(start), after) === 0) start++;
    }
    return new Places(this, start, this.placed - start, null);
  }

  /** Place of a capture among all; as many as have a place where it has none. */
  rank(sha256: string): number {
    const row = this.find(sha256);
    if (row < 0 || Number.isNaN(this.seconds[row]!)) return this.placed;
    return this.before({ s: this.seconds[row]!, ns: this.nanoseconds[row]!, sha256 });
  }

  /** How many captures have a place before this one. */
  before(place: Place): number {
    let low = 0;
    let high = this.placed;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePlaces(this.placeAt(middle), place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  placeAt(at: number): Place {
    const row = this.order[at]!;
    return { s: this.seconds[row]!, ns: this.nanoseconds[row]!, sha256: this.nameOf(row) };
  }

  private nameOf(row: number): string {
    return this.names.toString('hex', row * NAME, (row + 1) * NAME);
  }

  /** Row of a capture, -1 where it is not in. */
  private find(sha256: string): number {
    const mask = this.slots.length - 1;
    for (let slot = Number.parseInt(sha256.slice(0, 8), 16) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot]!;
      if (row < 0 || this.nameOf(row) === sha256) return row;
    }
  }

  private index(row: number): void {
    const mask = this.slots.length - 1;
    let slot = this.names.readUInt32BE(row * NAME) & mask;
    while (this.slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = row;
  }

  /** Puts a row at its place; most come last. */
  private insert(row: number, place: Place): void {
    const isLast = this.placed === 0 || comparePlaces(this.placeAt(this.placed - 1), place) < 0;
    const at = isLast ? this.placed : this.before(place);
    this.order.copyWithin(at + 1, at, this.placed);
    this.order[at] = row;
    this.placed++;
  }

  private grow(): void {
    const room = 2 * this.sizes.length;
    this.names = Buffer.concat([this.names], room * NAME);
    this.seconds = grown(this.seconds, new Float64Array(room));
    this.nanoseconds = grown(this.nanoseconds, new Uint32Array(room));
    this.lasts = grown(this.lasts, new Float64Array(room));
    this.sizes = grown(this.sizes, new Float64Array(room));
    this.packs = grown(this.packs, new Int32Array(room));
    this.offsets = grown(this.offsets, new Float64Array(room));
    this.lengths = grown(this.lengths, new Uint32Array(room));
    this.order = grown(this.order, new Int32Array(room));
    this.slots = new Int32Array(2 * room).fill(FREE);
    for (let row = 0; row < this.size; row++) this.index(row);
  }

  private columns(): Column[] {
    const { seconds, nanoseconds, lasts, sizes, packs, offsets, lengths } = this;
    return [seconds, nanoseconds, lasts, sizes, packs, offsets, lengths];
  }
}

/** Places of captures in order, as many as there may be: each is made when it is asked for. */
export class Places {
  readonly length: number;
  private readonly table: CaptureTable;
  private readonly start: number;
  /** One that is not in the table, and where it stands among those that are. */
  private readonly added: { place: Place; at: number } | null;

  constructor(table: CaptureTable, start: number, count: number, added: { place: Place; at: number } | null) {
    this.table = table;
    this.start = start;
    this.added = added;
    this.length = count + (added === null ? 0 : 1);
  }

  /** These and one more, in its place. */
  with(place: Place): Places {
    return new Places(this.table, this.start, this.length, { place, at: this.before(place) });
  }

  /** @throws RangeError where there are not so many */
  at(index: number): Place {
    if (index < 0 || index >= this.length) throw new RangeError(`no place ${index} of ${this.length}`);
    const { added } = this;
    if (added === null || index < added.at) return this.table.placeAt(this.start + index);
    return index === added.at ? added.place : this.table.placeAt(this.start + index - 1);
  }

  /** How many of them are before a place: where it stands, if it is one of them. */
  before(place: Place): number {
    const others = Math.max(0, this.table.before(place) - this.start);
    return this.added !== null && comparePlaces(this.added.place, place) < 0 ? others + 1 : others;
  }
}

type Column = Float64Array | Uint32Array | Int32Array;

function grown<T extends Column>(from: T, to: T): T {
  to.set(from);
  return to;
}
