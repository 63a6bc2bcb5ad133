import type { Stop } from '../../src/base/stop.ts';
import { type Digits, digitsText } from '../../src/ss7/digits.ts';
import { type Bytes, Ss7Variant } from '../../src/ss7/message.ts';
import { claim } from './claims.ts';

/** Bytes on either side of what is read. */
const MARGIN = 9;

export const VARIANTS = Object.values(Ss7Variant);

/**
 * Gives `read` the bytes in the middle of others, twice, with other ones around them: what it says of them, made text by {@link views}, is the
 * same, so that nothing outside of them is used.
 */
export function readTwice(input: Buffer, read: (data: Buffer, start: number, end: number) => string): void {
  const said = [0x00, 0xff].map((filler) => {
    const data = Buffer.alloc(input.length + 2 * MARGIN, filler);
    data.set(input, MARGIN);
    return read(data, MARGIN, MARGIN + input.length);
  });
  claim(said[0] === said[1], 'nothing outside of the bytes is used');
}

/** What else than usual a view may hold. */
interface Exceptions {
  /** Numbers under -1: identifiers and codes of TCAP are signed. */
  signed?: boolean;
  /** Bytes that were put together of fragments, elsewhere. */
  copied?: boolean;
}

/** All that a view says, as text. Its digits and bytes lie in data [start, end), its numbers are whole and not under -1. */
export function views(view: object, data: Buffer, start: number, end: number, exceptions: Exceptions = {}): string {
  const said: string[] = [];
  const lies = (name: string, of: Buffer, from: number, to: number): void => {
    const isCopy = exceptions.copied === true && of !== data;
    claim(isCopy || of === data, `${name} lies in the bytes`);
    claim(from >= (isCopy ? 0 : start) && to <= (isCopy ? of.length : end), `${name} lies in the bytes`);
  };
  for (const [name, value] of Object.entries(view) as [string, unknown][]) {
    if (typeof value === 'number') {
      claim(Number.isSafeInteger(value) && (exceptions.signed === true || value >= -1), `${name} is a number`);
      said.push(`${name}=${value}`);
    } else if (typeof value !== 'object' || value === null) {
      said.push(`${name}=${String(value)}`);
    } else if ('nibble' in value) {
      const digits = value as Digits;
      claim(digits.count >= 0, `${name} has digits`);
      if (digits.count > 0) lies(name, digits.data, digits.nibble >> 1, (digits.nibble + digits.count + 1) >> 1);
      said.push(`${name}=${digitsText(digits)} ${digits.nature} ${digits.plan} ${digits.presentation}`);
    } else if ('start' in value && 'end' in value) {
      const bytes = value as Bytes;
      claim(bytes.start <= bytes.end, `${name} is a range`);
      if (bytes.start === bytes.end) continue;
      lies(name, bytes.data, bytes.start, bytes.end);
      said.push(`${name}=${bytes.data.toString('hex', bytes.start, bytes.end)}`);
    } else if (!Buffer.isBuffer(value)) {
      said.push(`${name}={${views(value, data, start, end, exceptions)}}`);
    }
  }
  return said.join(' ');
}

/** A stop as text: it lies in the `length` bytes that were read, unless a pointer leads past them. */
export function stopped(stop: Stop | null, length: number): string {
  if (stop === null) return 'read to the end';
  claim(stop.offset >= 0 && (stop.offset <= length || stop.have === 0), 'a stop lies in the bytes');
  claim(stop.need >= 0 && stop.have >= 0 && stop.have <= length, 'a stop says what was there');
  claim(stop.layer !== '' && stop.reason !== '', 'a stop says why');
  return JSON.stringify(stop);
}

/** The input as several messages, each after two bytes of its length. */
export function* messagesOf(input: Buffer): Generator<Buffer> {
  let at = 0;
  while (at + 2 <= input.length) {
    const length = input.readUInt16BE(at);
    yield input.subarray(at + 2, at + 2 + length);
    at += 2 + length;
  }
}
