import { createRadio, radioTypeName } from '../../src/ss7/radio/bssap.ts';
import { readRanap } from '../../src/ss7/radio/ranap.ts';
import { readTwice, stopped, views } from './ss7-claims.ts';

const radio = createRadio();

/** A message of RANAP. */
export function fuzz(input: Buffer): void {
  readTwice(input, (data, start, end) => {
    const stop = readRanap(data, start, end, radio);
    return `${radioTypeName(radio)} ${stopped(stop, input.length)} ${views(radio, data, start, end, { copied: true, signed: true })}`;
  });
}
