import type { Sketch } from './sketch.ts';
import { TOGETHER } from './switching.ts';

/** Lines that share a key are all compared where they are no more than this; of more, each with the next few. */
const BLOCK = 256;
const NEIGHBOURS = 12;
/** Serial numbers of one crate share all but so many of their last digits. */
const CRATE_DIGITS = 11;
/** A line that stays has this share of its events in one cell. */
const STAYS = 0.9;

/**
 * Calls `each` with every pair of lines worth comparing, once: those that share an IMEI, a crate of serial numbers, an address, a
 * cell, a moment of switching, a look, or a called number. No pair that shares none of these is looked at, so that a million lines
 * cost a million blocks and not half a trillion pairs.
 */
export function eachPair(sketches: readonly Sketch[], each: (a: number, b: number) => void): void {
  const blocks = new Map<string, number[]>();
  for (const [index, sketch] of sketches.entries()) {
    for (const key of keysOf(sketch)) {
      const block = blocks.get(key);
      if (block === undefined) blocks.set(key, [index]);
      else if (block[block.length - 1] !== index) block.push(index);
    }
  }
  const seen = new Set<number>();
  for (const block of blocks.values()) {
    const reach = block.length <= BLOCK ? block.length : NEIGHBOURS;
    for (let i = 0; i < block.length; i++) {
      for (let j = i + 1; j < Math.min(block.length, i + 1 + reach); j++) {
        const pair = block[i]! * sketches.length + block[j]!;
        if (seen.has(pair)) continue;
        seen.add(pair);
        each(block[i]!, block[j]!);
      }
    }
  }
}

function* keysOf(sketch: Sketch): Generator<string> {
  for (const imei of sketch.imeis) {
    yield `imei ${imei}`;
    yield `crate ${imei.slice(0, CRATE_DIGITS)}`;
  }
  for (const address of sketch.endpoints) yield `from ${address}`;
  for (const address of sketch.contacts) yield `contact ${address}`;
  if (sketch.home !== null && sketch.homeShare >= STAYS) yield `cell ${sketch.home}`;
  if (sketch.headerOrder !== null) {
    yield `look ${sketch.headerOrder} ${sketch.sdpFingerprint ?? ''} ${sketch.userAgent ?? ''}`;
  }
  for (const time of sketch.switched) {
    // Into two bins of which the next instant within reach shares one.
    const bin = Math.floor(time / TOGETHER);
    yield `at ${bin}`;
    yield `at ${bin + 1}`;
  }
  for (const number of sketch.called) yield `called ${number}`;
}
