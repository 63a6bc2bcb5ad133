import { latin1 } from '../../base/bytes.ts';
import { RecentTexts } from '../../base/recent.ts';
import { digitsOf } from './dictionary.ts';

/** Texts as memory that threads share; see {@link Texts.share}. */
export interface SharedTexts {
  pages: SharedArrayBuffer[];
  places: Uint32Array<SharedArrayBuffer>;
}

/**
 * Texts, each once, by number from 0 on. They are kept as bytes outside the heap, so that millions of them cost their length and
 * a few bytes more, and nothing to the garbage collector.
 */
export class Texts {
  /** Texts held; their numbers are below it. */
  count = 0;
  /** A text's record: its length in characters (u16, high bit: two bytes a character), then its characters. Never over two pages. */
  private readonly pages: Buffer<SharedArrayBuffer>[] = [];
  private end = 0;
  private places: Uint32Array = new Uint32Array(SMALLEST);
  private hashes = new Int32Array(SMALLEST);
  /** Open addressing: number of a text plus one, or 0. At most half full. */
  private slots = new Int32Array(2 * SMALLEST);
  private seed = 0x811c9dc5 | 0;
  private reseeded = 0;
  /** What {@link digits} found, by number of the text. */
  private values = new Float64Array(0);
  /** Texts asked for lately: most are asked for again soon. */
  private readonly recent = new RecentTexts<number>();
  /** Texts made lately, by the low bits of their number. */
  private readonly made: string[] = [];
  private readonly madeOf = new Int32Array(MADE).fill(-1);

  /** Number of a text; of two that differ only beyond 32,766 characters, the same. */
  number(text: string): number {
    const known = this.recent.get(text);
    return known !== undefined ? known : this.recent.put(text, this.find(text));
  }

  private find(text: string): number {
    const length = Math.min(text.length, MAX_TEXT);
    let hash = this.seed;
    let wide = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      wide |= code;
      hash = Math.imul(hash ^ code, 0x01000193);
    }
    hash ^= hash >>> 15;
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    for (let slot = hash & mask, steps = 0; ; slot = (slot + 1) & mask, steps++) {
      const number = slots[slot]! - 1;
      if (number < 0) {
        if (steps > MOST_STEPS && this.reseeded < 16) {
          this.reseed();
          return this.find(text);
        }
        return this.add(text, length, hash, wide > 0xff, slot);
      }
      if (hashes[number] === hash && this.equals(number, text, length, wide > 0xff)) return number;
    }
  }

  text(number: number): string {
    const slot = number & (MADE - 1);
    if (this.madeOf[slot] === number) return this.made[slot]!;
    const place = this.places[number]!;
    const page = this.pages[place >>> PAGE_BITS]!;
    const at = place & (PAGE - 1);
    const head = page.readUInt16LE(at);
    const length = head & 0x7fff;
    const text =
      head === length ? latin1(page, at + 2, at + 2 + length) : page.toString('ucs2', at + 2, at + 2 + 2 * length);
    this.madeOf[slot] = number;
    this.made[slot] = text;
    return text;
  }

  /** The number that a text of 7 to 15 digits is, or NaN: worked out once. */
  digits(number: number): number {
    if (number >= this.values.length) {
      const values = new Float64Array(this.places.length).fill(UNKNOWN);
      values.set(this.values);
      this.values = values;
    }
    const known = this.values[number]!;
    return known === UNKNOWN ? (this.values[number] = digitsOf(this.text(number))) : known;
  }

  /** The texts that there are, for other threads to read while none is added. */
  share(): SharedTexts {
    const places = new Uint32Array(new SharedArrayBuffer(4 * this.count));
    places.set(this.places.subarray(0, this.count));
    return { pages: this.pages.map(({ buffer }) => buffer), places };
  }

  /** The texts that another thread shared: to be read, not added to. */
  static of({ pages, places }: SharedTexts): Texts {
    const texts = new Texts();
    texts.count = places.length;
    texts.places = places;
    for (const page of pages) texts.pages.push(Buffer.from(page));
    return texts;
  }

  /** Forgets all. */
  clear(): void {
    if (this.count === 0) return;
    this.values.fill(UNKNOWN, 0, this.count);
    this.count = 0;
    this.end = 0;
    this.slots.fill(0);
    this.madeOf.fill(-1);
    this.recent.clear();
  }

  private add(text: string, length: number, hash: number, wide: boolean, slot: number): number {
    const size = 2 + (wide ? 2 * length : length);
    let place = this.end;
    if ((place & (PAGE - 1)) + size > PAGE) place = ((place >>> PAGE_BITS) + 1) * PAGE;
    if (this.pages[place >>> PAGE_BITS] === undefined) this.pages.push(Buffer.from(new SharedArrayBuffer(PAGE)));
    this.end = place + size;
    const page = this.pages[place >>> PAGE_BITS]!;
    const at = place & (PAGE - 1);
    page.writeUInt16LE(wide ? length | 0x8000 : length, at);
    if (wide) page.write(text.slice(0, length), at + 2, 'ucs2');
    else for (let i = 0; i < length; i++) page[at + 2 + i] = text.charCodeAt(i);
    const number = this.count++;
    if (number === this.places.length) this.grow();
    this.places[number] = place;
    this.hashes[number] = hash;
    if (2 * this.count > this.slots.length) this.fill(new Int32Array(2 * this.slots.length));
    else this.slots[slot] = number + 1;
    return number;
  }

  private equals(number: number, text: string, length: number, wide: boolean): boolean {
    const place = this.places[number]!;
    const page = this.pages[place >>> PAGE_BITS]!;
    const at = place & (PAGE - 1);
    if ((page[at]! | (page[at + 1]! << 8)) !== (wide ? length | 0x8000 : length)) return false;
    if (wide) return this.text(number) === text.slice(0, length);
    for (let i = 0; i < length; i++) if (page[at + 2 + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  private grow(): void {
    const places = new Uint32Array(2 * this.places.length);
    const hashes = new Int32Array(2 * this.places.length);
    places.set(this.places);
    hashes.set(this.hashes);
    this.places = places;
    this.hashes = hashes;
  }

  private fill(slots: Int32Array<ArrayBuffer>): void {
    const mask = slots.length - 1;
    for (let number = 0; number < this.count; number++) {
      let slot = this.hashes[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.slots = slots;
  }

  /** Texts made to collide would make every lookup walk over all of them: another seed spreads them again. */
  private reseed(): void {
    this.reseeded++;
    this.seed = Math.imul(this.seed ^ this.count, 0x85ebca6b) | 1;
    for (let number = 0; number < this.count; number++) {
      const text = this.text(number);
      let hash = this.seed;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      this.hashes[number] = hash ^ (hash >>> 15);
    }
    this.fill(new Int32Array(this.slots.length));
  }
}

const SMALLEST = 256;
const UNKNOWN = -1;
const MAX_TEXT = 0x7ffe;
const PAGE_BITS = 18;
const PAGE = 1 << PAGE_BITS;
const MADE = 4096;
/** In a half-full table a walk is this long about once in a billion lookups. */
const MOST_STEPS = 96;
