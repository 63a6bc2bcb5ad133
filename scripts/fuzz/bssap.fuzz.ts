import { createRadio, radioTypeName, readBssap } from '../../src/ss7/radio/bssap.ts';
import { createNas, nasTypeName, readNas } from '../../src/ss7/radio/nas.ts';
import { readTwice, stopped, views } from './ss7-claims.ts';

const radio = createRadio();
const nas = createNas();
/** The operation code of a supplementary service is a signed number. */
const SIGNED = { signed: true };

/** A message of BSSAP; also a layer 3 message of the radio interface by itself. */
export function fuzz(input: Buffer): void {
  readTwice(input, (data, start, end) => {
    const stop = readBssap(data, start, end, radio);
    const ofRadio = `${radioTypeName(radio)} ${stopped(stop, input.length)} ${views(radio, data, start, end, SIGNED)}`;
    const inner = readNas(data, start, end, nas);
    return `${ofRadio}\n${nasTypeName(nas)} ${stopped(inner, input.length)} ${views(nas, data, start, end, SIGNED)}`;
  });
}
