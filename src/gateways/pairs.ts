import { keyOf, Numbering, sameText } from './key-table.ts';
import type { Sketch } from './sketch.ts';
import { TOGETHER } from './switching.ts';

/** Lines that share a key are all compared where they are no more than this; of more, each with the next few. */
const BLOCK = 256;
const NEIGHBOURS = 12;
/** Of the wanted ones, each with so many more. */
const WANTED = 64;
/** Serial numbers of one crate share all but so many of their last digits. */
const CRATE_DIGITS = 11;

/** What makes lines worth comparing, as kinds of keys. */
const KEYS = { imei: 0, crate: 1, endpoint: 2, contact: 3, cell: 4, look: 5, switched: 6, called: 7 } as const;

/**
 * Pairs of lines worth comparing: those that share an IMEI, a crate of serial numbers, an address, a cell, a moment of switching, a
 * look, or a called number. No pair that shares none of these is looked at, so that a million lines cost a million blocks and not
 * half a trillion pairs. Two keys in one block by a collision of hashes cost a comparison, nothing else.
 */
export class Pairs {
  /** Lines. */
  private readonly count: number;
  /** Blocks of line n: numbers from `starts[n]` to `starts[n + 1]`. */
  private readonly starts: Uint32Array;
  private readonly blocks: Uint32Array;
  /** Lines of block n, ascending: from `begins[n]` to `begins[n + 1]`. */
  private readonly begins: Uint32Array;
  private readonly members: Uint32Array;

  constructor(sketches: readonly Sketch[]) {
    const numbering = new Numbering();
    const blocks: number[] = [];
    const sizes: number[] = [];
    this.count = sketches.length;
    this.starts = new Uint32Array(this.count + 1);
    for (const [line, sketch] of sketches.entries()) {
      const own = new Set<number>();
      for (const key of keysOf(sketch)) own.add(numbering.number(key));
      for (const block of own) {
        blocks.push(block);
        sizes[block] = (sizes[block] ?? 0) + 1;
      }
      this.starts[line + 1] = blocks.length;
    }
    this.blocks = Uint32Array.from(blocks);
    this.begins = new Uint32Array(sizes.length + 1);
    for (const [block, size] of sizes.entries()) this.begins[block + 1] = this.begins[block]! + size;
    this.members = new Uint32Array(blocks.length);
    const next = this.begins.slice();
    for (let line = 0; line < this.count; line++) {
      for (let at = this.starts[line]!; at < this.starts[line + 1]!; at++) {
        this.members[next[this.blocks[at]!]!++] = line;
      }
    }
  }

  /**
   * Calls `each` with pairs (a < b), once and in order, of which one is `wanted` and none `done`. Where very many share a key, each is
   * compared with the next few, and the wanted ones with the next of their like.
   *
   * @param wanted by line, not 0 where it is
   */
  each(wanted: Uint8Array, done: Uint8Array, each: (a: number, b: number) => void): void {
    const { starts, blocks, begins, members } = this;
    const useful = new Uint8Array(begins.length);
    for (let line = 0; line < this.count; line++) {
      if (wanted[line] === 0) continue;
      for (let at = starts[line]!; at < starts[line + 1]!; at++) useful[blocks[at]!] = 1;
    }
    /** By block, where the line that is looked at stands. */
    const places = begins.slice();
    const seen = new Uint32Array(this.count);
    const others: number[] = [];
    for (let line = 0; line < this.count; line++) {
      others.length = 0;
      for (let at = starts[line]!; at < starts[line + 1]!; at++) {
        const block = blocks[at]!;
        const place = places[block]!++;
        if (useful[block] === 0 || done[line] !== 0) continue;
        const end = begins[block + 1]!;
        const isLarge = end - begins[block]! > BLOCK;
        const reach = isLarge ? Math.min(end, place + 1 + NEIGHBOURS) : end;
        const take = (from: number, until: number, wants: boolean, most: number): void => {
          for (let i = from, taken = 0; i < until && taken < most; i++) {
            const other = members[i]!;
            if (done[other] !== 0 || seen[other] === line + 1 || (wants && wanted[other] === 0)) continue;
            seen[other] = line + 1;
            others.push(other);
            taken++;
          }
        };
        take(place + 1, reach, wanted[line] === 0, BLOCK);
        if (isLarge && wanted[line] !== 0) take(reach, end, true, WANTED);
      }
      others.sort((a, b) => a - b);
      for (const other of others) each(line, other);
    }
  }
}

function* keysOf(sketch: Sketch): Generator<number> {
  for (const imei of sketch.imeis) {
    yield keyOf(KEYS.imei, imei);
    yield keyOf(KEYS.crate, imei.slice(0, CRATE_DIGITS));
  }
  for (const address of sketch.endpoints) yield keyOf(KEYS.endpoint, address);
  for (const address of sketch.contacts) yield keyOf(KEYS.contact, address);
  for (const cell of sketch.homes) yield keyOf(KEYS.cell, cell);
  if (sketch.headerOrder !== null) {
    yield keyOf(KEYS.look, `${sketch.headerOrder} ${sketch.sdpFingerprint ?? ''} ${sketch.userAgent ?? ''}`);
  }
  for (const time of sketch.switched) {
    // Into two bins of which the next instant within reach shares one.
    const bin = Math.floor(time / TOGETHER);
    yield keyOf(KEYS.switched, `${bin}`);
    yield keyOf(KEYS.switched, `${bin + 1}`);
  }
  for (const number of sketch.called) yield sameText(number, KEYS.called);
}
