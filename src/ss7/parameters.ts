import type { Stop } from '../base/stop.ts';

/**
 * How the parameters of a message of SCCP or ISUP stand in it (Q.713 §1, Q.763 §1): first the mandatory ones of fixed length,
 * then a pointer for each mandatory one of variable length and a pointer to the optional ones, then what these point to. The
 * optional ones begin with their code and end with the code 0.
 */
export interface MessageFormat {
  name: string;
  /** Mandatory parameters of fixed length: code, length, code, length... */
  fixed: readonly number[];
  /** Codes of the mandatory parameters of variable length, in the order of their pointers. */
  variable: readonly number[];
  /** There is a pointer to an optional part. */
  optional: boolean;
  /** Bytes of a pointer, least significant first: 2 in LUDT and LUDTS. */
  pointer: 1 | 2;
}

/** Given one parameter, data [from, to), `whole` unless its end is cut off. Returns null, or what is wrong with it. */
type TakeParameter<Target> = (
  code: number,
  data: Buffer,
  from: number,
  to: number,
  target: Target,
  whole: boolean,
) => string | null;

/** Code that ends the optional part. */
const END = 0;

/**
 * Hands each parameter of a message to `take`.
 *
 * @param base offset that stops are counted from
 * @param at offset of the first parameter, after the message type
 * @param wide code of the parameter whose length has two bytes; -1 none
 */
export function readParameters<Target>(
  layer: string,
  format: MessageFormat,
  data: Buffer,
  base: number,
  at: number,
  end: number,
  wide: number,
  take: TakeParameter<Target>,
  target: Target,
): Stop | null {
  const { fixed, variable, pointer } = format;
  for (let index = 0; index < fixed.length; index += 2) {
    const length = fixed[index + 1]!;
    if (at + length > end) return stop(layer, at - base, length, end - at, 'fixed part');
    const wrong = take(fixed[index]!, data, at, at + length, target, true);
    if (wrong !== null) return stop(layer, at - base, length, length, wrong);
    at += length;
  }
  for (let index = 0; index < variable.length; index++) {
    const code = variable[index]!;
    if (at + pointer > end) return stop(layer, at - base, pointer, Math.max(0, end - at), 'pointer');
    const value = pointer === 1 ? data[at]! : data[at]! | (data[at + 1]! << 8);
    // Counted from the last byte of the pointer (Q.713 §2.3).
    const from = at + pointer - 1 + value;
    at += pointer;
    if (value === 0) return stop(layer, at - pointer - base, pointer, pointer, 'pointer to a mandatory parameter');
    const bad = readSized(layer, code, data, base, from, end, code === wide ? 2 : 1, take, target);
    if (bad !== null) return bad;
  }
  // Messages of an earlier edition end before the pointer that a later one added.
  if (!format.optional || (at >= end && variable.length === 0)) return null;
  if (at + pointer > end) return stop(layer, at - base, pointer, Math.max(0, end - at), 'pointer');
  const value = pointer === 1 ? data[at]! : data[at]! | (data[at + 1]! << 8);
  if (value === 0) return null;
  at += pointer - 1 + value;
  while (at < end) {
    const code = data[at]!;
    if (code === END) return null;
    const bad = readSized(layer, code, data, base, at + 1, end, 1, take, target);
    if (bad !== null) return bad;
    at += 2 + data[at + 1]!;
  }
  return stop(layer, at - base, 1, Math.max(0, end - at), 'optional part');
}

/** One parameter whose length stands at `at` in `width` bytes. */
function readSized<Target>(
  layer: string,
  code: number,
  data: Buffer,
  base: number,
  at: number,
  end: number,
  width: number,
  take: TakeParameter<Target>,
  target: Target,
): Stop | null {
  if (at + width > end) return stop(layer, at - base, width, Math.max(0, end - at), 'parameter length');
  const length = width === 1 ? data[at]! : data[at]! | (data[at + 1]! << 8);
  const from = at + width;
  const to = from + length;
  if (to <= end) {
    const wrong = take(code, data, from, to, target, true);
    return wrong === null ? null : stop(layer, from - base, length, length, wrong);
  }
  take(code, data, from, end, target, false);
  return stop(layer, from - base, length, end - from, 'parameter length');
}

function stop(layer: string, offset: number, need: number, have: number, reason: string): Stop {
  return { layer, offset, need, have, reason };
}

/** An optional parameter to be written. */
export interface OptionalParameter {
  code: number;
  value: Buffer;
}

/**
 * A message of `format` without what stands before the message type: the reverse of {@link readParameters}.
 *
 * @param fixed the fixed parameters, in order, one after the other
 * @param variable the variable ones, in the order of the format
 * @throws RangeError where a parameter is longer than its length can say
 */
export function writeParameters(
  format: MessageFormat,
  type: number,
  fixed: Buffer,
  variable: readonly Buffer[],
  optional: readonly OptionalParameter[],
  wide: number,
): Buffer {
  const { pointer } = format;
  const pointers = Buffer.alloc(pointer * (format.variable.length + (format.optional ? 1 : 0)));
  const parts: Buffer[] = [];
  let length = pointers.length;
  const point = (index: number): void => {
    const at = index * pointer;
    pointers.writeUIntLE(length - (at + pointer - 1), at, pointer);
  };
  for (const [index, value] of variable.entries()) {
    point(index);
    const size = sized(value, format.variable[index] === wide ? 2 : 1);
    parts.push(size);
    length += size.length;
  }
  if (format.optional && optional.length > 0) {
    point(format.variable.length);
    for (const { code, value } of optional) parts.push(Buffer.of(code), sized(value, 1));
    parts.push(Buffer.of(END));
  }
  return Buffer.concat([Buffer.of(type), fixed, pointers, ...parts]);
}

function sized(value: Buffer, width: 1 | 2): Buffer {
  const length = Buffer.alloc(width);
  length.writeUIntLE(value.length, 0, width);
  return Buffer.concat([length, value]);
}
