import { type Digits, digitsText } from '../../src/ss7/digits.ts';
import type { Bytes, CellView, Nas, Radio } from '../../src/ss7/message.ts';
import { radioTypeName } from '../../src/ss7/radio/bssap.ts';
import { nasTypeName } from '../../src/ss7/radio/nas.ts';
import { encodeSccp } from '../../src/ss7/sccp/sccp-encode.ts';

/** What a view says, without what it does not: digits and bytes as text, cells as `460-00-6151-1`. */
export type Said = Record<string, string | number>;

export const CELL = { mcc: '460', mnc: '00', lac: 0x1807, ci: 0x0001 };
export const TARGET = { mcc: '310', mnc: '410', lac: 2, ci: 0xfffe };
export const CLASSMARK_1 = Buffer.of(0x33);
export const CLASSMARK_2 = Buffer.of(0x33, 0x19, 0xa2);

/** Subsystem numbers (3GPP TS 23.003 §8). */
export const SubsystemNumber = { ranap: 142, bssap: 254 } as const;

/** Bytes of a layer 3 message, said by its name. */
export function saidOfNas(nas: Nas): Said {
  return nas.discriminator < 0 ? {} : { nas: nasTypeName(nas), ...fieldsOf(nas, ['type']) };
}

/** All that a message says: its name, and what it holds of the layer 3 message under the names of that. */
export function saidOf(radio: Radio): Said {
  const { nas, ...outside } = radio;
  return { name: radioTypeName(radio), ...fieldsOf(outside, ['protocol', 'type', 'outcome']), ...saidOfNas(nas) };
}

function fieldsOf(view: object, without: readonly string[]): Said {
  const said: Said = {};
  for (const [name, value] of Object.entries(view) as [string, number | Digits | Bytes | CellView][]) {
    if (without.includes(name)) continue;
    if (typeof value === 'number') {
      if (value >= 0) said[name] = value;
    } else if ('nibble' in value) {
      const text = digitsText(value);
      if (text !== null) said[name] = text;
    } else if ('lac' in value) {
      if (value.lac >= 0 || value.ci >= 0) said[name] = cellOf(value);
    } else if (value.end > value.start) {
      said[name] = value.data.toString('hex', value.start, value.end);
    }
  }
  return said;
}

/** `460-00-6151-1`, parts that are absent left out. */
function cellOf({ mcc, mnc, mncDigits, lac, ci }: CellView): string {
  const network = mcc < 0 ? [] : [String(mcc).padStart(3, '0'), String(mnc).padStart(mncDigits, '0')];
  return [...network, ...(lac < 0 ? [] : [lac]), ...(ci < 0 ? [] : [ci])].join('-');
}

/** An SCCP unitdata message that carries `data` between users of this subsystem. */
export function unitdata(ssn: number, data: Buffer): Buffer {
  return encodeSccp({ type: 'UDT', called: { ssn }, calling: { ssn }, data });
}
