import { viewOf } from '../base/bytes.ts';

/** What is known of a DATA chunk: it is new; it came before; its TSN came before with other contents. */
export const Seen = { first: 0, again: 1, reused: 2 } as const;
export type SeenId = (typeof Seen)[keyof typeof Seen];

/** Digest of a chunk that the snap length cut: it may be any other of its TSN. */
export const CUT = 2;

const FIRST_SIZE = 32;
const LAST_SIZE = 8192;
/** A retransmission comes within some seconds (RFC 9260 section 16: RTO.Initial 1 s). */
const COVERED_SECONDS = 4;

/** TSNs that all directions together may remember. */
export interface SeenBudget {
  left: number;
}

/**
 * The TSNs seen last in one direction: some tens at first, and as many as come in a few seconds where there is much traffic. A
 * slot holds the TSN seen last of those that share it.
 */
export class SeenChunks {
  private readonly budget: SeenBudget;
  /** TSN and digest by turns; a digest of 0 is a free slot. */
  private slots = new Int32Array(2 * FIRST_SIZE);
  private mask = FIRST_SIZE - 1;
  /** Chunks that were new since the time in seconds. */
  private count = 0;
  private since = 0;

  constructor(budget: SeenBudget) {
    this.budget = budget;
  }

  /** Remembers the chunk of `tsn` (32 bits, signed) and tells what is known of it. */
  mark(tsn: number, digest: number, seconds: number): SeenId {
    const { slots } = this;
    const slot = (tsn & this.mask) << 1;
    const before = slots[slot + 1];
    if (before !== 0 && slots[slot] === tsn) {
      if (before === digest || before === CUT || digest === CUT) return Seen.again;
      slots[slot + 1] = digest;
      return Seen.reused;
    }
    slots[slot] = tsn;
    slots[slot + 1] = digest;
    if (this.count++ === 0) this.since = seconds;
    if (this.count > this.mask) this.turn(seconds);
    return Seen.first;
  }

  /** Whether a chunk of this TSN is remembered. */
  has(tsn: number): boolean {
    const slot = (tsn & this.mask) << 1;
    return this.slots[slot + 1] !== 0 && this.slots[slot] === tsn;
  }

  clear(): void {
    this.slots.fill(0);
  }

  /** Gives what this direction took of the budget back. */
  release(): void {
    this.budget.left += this.mask + 1 - FIRST_SIZE;
    this.slots = new Int32Array(2 * FIRST_SIZE);
    this.mask = FIRST_SIZE - 1;
  }

  /** As many chunks came as there are slots: doubles them where that was within the seconds to be covered. */
  private turn(seconds: number): void {
    const size = this.mask + 1;
    if (seconds - this.since >= COVERED_SECONDS || size >= LAST_SIZE || this.budget.left < size) {
      this.count = 0;
      return;
    }
    this.budget.left -= size;
    const { slots } = this;
    this.slots = new Int32Array(4 * size);
    this.mask = 2 * size - 1;
    for (let slot = 0; slot < slots.length; slot += 2) {
      const to = (slots[slot] & this.mask) << 1;
      this.slots[to] = slots[slot];
      this.slots[to + 1] = slots[slot + 1];
    }
  }
}

/** Digest of bytes [start, end), odd, so that it is neither 0 nor {@link CUT}. Two sums that do not wait for each other. */
export function digestOf(data: Buffer, start: number, end: number): number {
  const view = viewOf(data);
  let a = 0x9e3779b9 ^ (end - start);
  let b = 0x165667b1;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    const x = Math.imul(a ^ view.getInt32(at, true), 0x85ebca6b);
    const y = Math.imul(b ^ view.getInt32(at + 4, true), 0xc2b2ae35);
    a = x ^ (x >>> 15);
    b = y ^ (y >>> 15);
  }
  for (; at < end; at++) a = Math.imul(a ^ data[at], 0x01000193);
  const mixed = Math.imul(a ^ (b << 16) ^ (b >>> 16), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15)) | 1;
}
