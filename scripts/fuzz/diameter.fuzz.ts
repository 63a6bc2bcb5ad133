import { createDiameter, readDiameter } from '../../src/ss7/diameter/diameter.ts';
import { diameterTypeName } from '../../src/ss7/diameter/diameter-names.ts';
import { readTwice, stopped, views } from './ss7-claims.ts';

const diameter = createDiameter();

/** A message of Diameter. */
export function fuzz(input: Buffer): void {
  readTwice(input, (data, start, end) => {
    const stop = readDiameter(data, start, end, diameter);
    const type = diameterTypeName(diameter.command, diameter.isRequest);
    return `${type} ${stopped(stop, input.length)} ${views(diameter, data, start, end)}`;
  });
}
