/** The two entropy codes of Zstandard (RFC 8878 clause 4): FSE and Huffman, read from bytes that may be hostile. */

/** A table to decode FSE with, indexed by state. */
export interface FseTable {
  accuracyLog: number;
  symbol: Uint8Array;
  /** Bits to read for the next state, and what to add to them. */
  bits: Uint8Array;
  base: Uint16Array;
}

/** A table to decode Huffman with, indexed by the next `maxBits` bits: symbol in the low byte, length above. */
export interface HuffmanTable {
  maxBits: number;
  entry: Uint16Array;
}

/** RFC 8878 clause 4.2.1: no Huffman code is longer. */
const MAX_HUFFMAN_BITS = 11;
const MAX_WEIGHTS_ACCURACY_LOG = 6;

/** Bits [at, at + count) of `data`, counted from the lowest bit of its first byte; `count` is at most 24. */
export function bitsAt(data: Uint8Array, start: number, at: number, count: number): number {
  const byte = start + (at >> 3);
  const word = data[byte]! | (data[byte + 1]! << 8) | (data[byte + 2]! << 16) | (data[byte + 3]! << 24);
  return (word >>> (at & 7)) & ((1 << count) - 1);
}

/** Number of bits before the mark, the highest 1 of the last byte, of a stream that is read backwards; -1 without a mark. */
export function backwardLength(data: Uint8Array, start: number, end: number): number {
  const last = end > start ? data[end - 1]! : 0;
  return last === 0 ? -1 : (end - 1 - start) * 8 + 31 - Math.clz32(last);
}

/**
 * Reads the description of an FSE table from [start, end) (clause 4.1.1).
 *
 * @returns the probabilities and the number of bytes read, or null where it is damaged
 */
export function readFseProbabilities(
  data: Uint8Array,
  start: number,
  end: number,
  maxSymbol: number,
  maxAccuracyLog: number,
): { probabilities: number[]; accuracyLog: number; used: number } | null {
  if (start >= end) return null;
  const accuracyLog = (data[start]! & 15) + 5;
  if (accuracyLog > maxAccuracyLog) return null;
  const limit = (end - start) * 8;
  const probabilities: number[] = [];
  let at = 4;
  let left = 1 << accuracyLog;
  while (left > 0) {
    if (probabilities.length > maxSymbol || at > limit) return null;
    // Values up to `left` + 1; the small ones take a bit less.
    const count = 32 - Math.clz32(left + 1);
    const low = (1 << (count - 1)) - 1;
    const small = (1 << count) - 2 - left;
    let value = bitsAt(data, start, at, count);
    if ((value & low) < small) {
      value &= low;
      at += count - 1;
    } else {
      if (value > low) value -= small;
      at += count;
    }
    const probability = value - 1;
    probabilities.push(probability);
    left -= Math.abs(probability);
    if (probability !== 0) continue;
    for (let repeat = 3; repeat === 3; at += 2) {
      repeat = bitsAt(data, start, at, 2);
      if (probabilities.length + repeat > maxSymbol + 1 || at > limit) return null;
      for (let i = 0; i < repeat; i++) probabilities.push(0);
    }
  }
  return left < 0 || at > limit ? null : { probabilities, accuracyLog, used: (at + 7) >> 3 };
}

/** Spreads the symbols over the states (clause 4.1.1). The probabilities, -1 counted as 1, sum to 2^accuracyLog. */
export function buildFse(probabilities: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const table = {
    accuracyLog,
    symbol: new Uint8Array(size),
    bits: new Uint8Array(size),
    base: new Uint16Array(size),
  };
  const next = new Uint16Array(probabilities.length);
  let high = size;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    next[symbol] = Math.abs(probabilities[symbol]!);
    if (probabilities[symbol] === -1) table.symbol[--high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    for (let i = probabilities[symbol]!; i > 0; i--) {
      table.symbol[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  for (let state = 0; state < size; state++) {
    const count = next[table.symbol[state]!]!++;
    const bits = accuracyLog - (31 - Math.clz32(count));
    table.bits[state] = bits;
    table.base[state] = (count << bits) - size;
  }
  return table;
}

/** The table of one symbol that takes no bits. */
export function singleFse(symbol: number): FseTable {
  return { accuracyLog: 0, symbol: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}

/**
 * Reads the description of a Huffman tree from [start, end) (clause 4.2.1).
 *
 * @returns the table and the number of bytes read, or null where it is damaged
 */
export function readHuffman(
  data: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; used: number } | null {
  if (start >= end) return null;
  const header = data[start]!;
  const at = start + 1;
  let weights: number[] | null = [];
  let used = 1;
  if (header >= 128) {
    // Clause 4.2.1.1: four bits each, the upper ones first.
    const count = header - 127;
    used += (count + 1) >> 1;
    if (start + used > end) return null;
    for (let i = 0; i < count; i++) weights.push(i & 1 ? data[at + (i >> 1)]! & 15 : data[at + (i >> 1)]! >> 4);
  } else {
    used += header;
    if (start + used > end) return null;
    weights = readWeights(data, at, at + header);
    if (weights === null) return null;
  }
  const table = buildHuffman(weights);
  return table === null ? null : { table, used };
}

/** Weights compressed with FSE, two states in turn, up to the end of the bits (clause 4.2.1.2). */
function readWeights(data: Uint8Array, start: number, end: number): number[] | null {
  const description = readFseProbabilities(data, start, end, 255, MAX_WEIGHTS_ACCURACY_LOG);
  if (description === null) return null;
  const { accuracyLog } = description;
  const table = buildFse(description.probabilities, accuracyLog);
  const from = start + description.used;
  let at = backwardLength(data, from, end);
  const read = (count: number): number => {
    at -= count;
    // Bits before the beginning are zero.
    return at >= 0 ? bitsAt(data, from, at, count) : (bitsAt(data, from, 0, Math.max(0, count + at)) << -at) & 0xff;
  };
  if (at < 2 * accuracyLog) return null;
  const states = [read(accuracyLog), read(accuracyLog)] as [number, number];
  const weights: number[] = [];
  for (let turn: 0 | 1 = 0; ; turn = turn === 0 ? 1 : 0) {
    const state = states[turn];
    weights.push(table.symbol[state]!);
    states[turn] = table.base[state]! + read(table.bits[state]!);
    if (at < 0) {
      weights.push(table.symbol[states[turn ^ 1]!]!);
      return weights.length > 255 ? null : weights;
    }
    if (weights.length >= 255) return null;
  }
}

/** Clause 4.2.1.3. The last weight is not given: it makes the sum a power of two. */
function buildHuffman(weights: number[]): HuffmanTable | null {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_HUFFMAN_BITS) return null;
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum === 0) return null;
  const maxBits = 32 - Math.clz32(sum);
  const rest = (1 << maxBits) - sum;
  if (maxBits > MAX_HUFFMAN_BITS || (rest & (rest - 1)) !== 0) return null;
  const all = [...weights, 32 - Math.clz32(rest)];
  const entry = new Uint16Array(1 << maxBits);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    const length = maxBits + 1 - weight;
    for (let symbol = 0; symbol < all.length; symbol++) {
      if (all[symbol] !== weight) continue;
      const next = at + (1 << (weight - 1));
      entry.fill((length << 8) | symbol, at, next);
      at = next;
    }
  }
  return { maxBits, entry };
}

/** Decodes the Huffman stream [start, end) into `into[to..toEnd)`. False where it does not fill that exactly. */
export function decodeHuffman(
  data: Uint8Array,
  start: number,
  end: number,
  table: HuffmanTable,
  into: Uint8Array,
  to: number,
  toEnd: number,
): boolean {
  const { maxBits, entry } = table;
  const mask = (1 << maxBits) - 1;
  let at = backwardLength(data, start, end);
  // Two symbols take 22 bits at most, and a word has 25 whole ones wherever it begins.
  const fast = 2 * maxBits;
  while (to + 1 < toEnd && at >= fast) {
    const low = at - fast;
    const byte = start + (low >> 3);
    const word =
      (data[byte]! | (data[byte + 1]! << 8) | (data[byte + 2]! << 16) | (data[byte + 3]! << 24)) >>> (low & 7);
    const first = entry[(word >>> maxBits) & mask]!;
    const length = first >>> 8;
    const second = entry[(word >>> (maxBits - length)) & mask]!;
    into[to] = first;
    into[to + 1] = second;
    to += 2;
    at -= length + (second >>> 8);
  }
  while (to < toEnd && at > 0) {
    const low = at - maxBits;
    const index = low >= 0 ? bitsAt(data, start, low, maxBits) : bitsAt(data, start, 0, at) << -low;
    into[to++] = entry[index]!;
    at -= entry[index]! >>> 8;
  }
  return at === 0 && to === toEnd;
}
