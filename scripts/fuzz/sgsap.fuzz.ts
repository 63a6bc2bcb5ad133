import { createSgsap, looksLikeSgsap, readSgsap } from '../../src/ss7/radio/sgsap.ts';
import { sgsapTypeName } from '../../src/ss7/radio/sgsap-names.ts';
import { readTwice, stopped, views } from './ss7-claims.ts';

const sgsap = createSgsap();
/** The operation code of a supplementary service, which no message should hold, is a signed number. */
const SIGNED = { signed: true };

/** A message of SGsAP, and whether it is known as one. */
export function fuzz(input: Buffer): void {
  readTwice(input, (data, start, end) => {
    const known = [true, false].map((cut) => looksLikeSgsap(data, start, end, cut)).join();
    const stop = readSgsap(data, start, end, sgsap);
    return `${known} ${sgsapTypeName(sgsap.type)} ${stopped(stop, input.length)} ${views(sgsap, data, start, end, SIGNED)}`;
  });
}
