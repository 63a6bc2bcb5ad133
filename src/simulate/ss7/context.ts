import type { Random } from '../../base/random.ts';
import type { IsupNumber } from '../../ss7/isup/isup-encode.ts';
import type { Numbering } from '../numbering.ts';
import type { Numbers } from './connection.ts';
import type { EquipmentRoom, Mobile } from './mobile.ts';
import type { Nodes } from './nodes.ts';
import type { Ss7Values } from './parameters.ts';

/** What everything in the circuit-switched network is made with. */
export interface Ss7Context {
  settings: Ss7Values;
  nodes: Nodes;
  numbers: Numbers;
  numbering: Numbering;
  equipment: EquipmentRoom;
  random: Random;
  /** Local time from UTC, seconds. */
  offset: number;
}

/** Countries in which calls abroad do not begin with 00 (ITU-T E.164 list of dialling procedures): Nigeria, Kenya, Indonesia. */
const OTHER_PREFIX: ReadonlySet<string> = new Set(['234', '254', '62']);

/** Digits as a phone dials them, and their nature of address (Q.763 §3.9): 4 international, 2 unknown. */
export function dialled({ numbering }: Ss7Context, mobile: Mobile, number: string): { digits: string; nature: number } {
  const { home } = numbering;
  // A national number without a trunk prefix that is no mobile number would be taken for a local one.
  const isClear =
    home.trunk !== '' || home.mobile.some(([prefix]) => number.startsWith(home.code + prefix)) || home.code === '34';
  const abroad = !numbering.isHome(number) && OTHER_PREFIX.has(home.code);
  if (mobile.dialsPlus || !isClear || abroad) return { digits: number, nature: 4 };
  return numbering.isHome(number)
    ? { digits: numbering.national(number), nature: 2 }
    : { digits: `00${number}`, nature: 2 };
}

/** A number as it stands on trunks: national where it is, else international. */
export function onTrunk({ numbering }: Ss7Context, number: string): IsupNumber {
  return numbering.isHome(number)
    ? { digits: number.slice(numbering.home.code.length), nature: 3 }
    : { digits: number, nature: 4 };
}

/** Local time `YYYYMMDDhhmmss`, and quarters of an hour ahead of UTC. */
export function localTime({ offset }: Ss7Context, now: number): { digits: string; quarters: number } {
  const text = new Date(now / 1000 + offset * 1000).toISOString();
  return { digits: text.slice(0, 19).replaceAll(/\D/g, ''), quarters: Math.round(offset / 900) };
}
