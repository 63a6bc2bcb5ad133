import { createIsup, isupTypeName, readIsup, readIsupBody } from '../../src/ss7/isup/isup.ts';
import { readTwice, stopped, VARIANTS, views } from './ss7-claims.ts';

const isup = createIsup();

/** A variant, then a message: of ISUP, of BICC, of a SIP body. */
export function fuzz(input: Buffer): void {
  if (input.length < 1) return;
  const variant = VARIANTS[input[0]! % VARIANTS.length]!;
  const message = input.subarray(1);
  readTwice(message, (data, start, end) => {
    const said = [false, true].map((bicc) => {
      const stop = readIsup(data, start, end, variant, bicc, isup);
      return `${isupTypeName(isup)} ${stopped(stop, message.length)} ${views(isup, data, start, end)}`;
    });
    const stop = readIsupBody(data, start, end, variant, isup);
    return `${said.join('\n')}\n${stopped(stop, message.length)} ${views(isup, data, start, end)}`;
  });
}
