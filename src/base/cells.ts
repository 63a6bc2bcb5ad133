/** Mobile country codes with three-digit MNCs, all or most of them (ITU-T E.212). */
const THREE_DIGITS = new Set([
  '302',
  '310',
  '311',
  '312',
  '313',
  '314',
  '315',
  '316',
  '330',
  '334',
  '338',
  '342',
  '344',
  '346',
  '348',
  '350',
  '352',
  '354',
  '356',
  '358',
  '360',
  '365',
  '366',
  '376',
  '405',
  '708',
  '722',
  '732',
  '750',
]);

/** Digits that an MNC of the country has, where no length says so. */
export function mncDigits(mcc: string): 2 | 3 {
  return THREE_DIGITS.has(mcc) ? 3 : 2;
}

/** A cell of any radio access, as events and tables name it. */
export interface Cell {
  mcc: string;
  mnc: string;
  /** Location, tracking or service area code. */
  lac: number;
  /** Cell identity: 16 bits in GSM, 28 in E-UTRA, 36 in NR. */
  ci: number;
}

/** `460-00-6151-1`: MCC, MNC, area and cell in decimal. */
export function cellText(cell: Cell): string {
  return `${cell.mcc}-${cell.mnc}-${cell.lac}-${cell.ci}`;
}

/** Reads what {@link cellText} writes; null where it is no cell. */
export function parseCell(text: string): Cell | null {
  const parts = /^(\d{3})-(\d{2,3})-(\d{1,8})-(\d{1,11})$/.exec(text);
  return parts === null ? null : { mcc: parts[1]!, mnc: parts[2]!, lac: Number(parts[3]), ci: Number(parts[4]) };
}

/** Bits of a cell identity that tell the cells of one base station apart: in E-UTRA 8 of 28 (3GPP TS 36.413 §9.2.1.37), in NR mostly 12 of 36. */
const SECTORS = { lte: 2 ** 8, nr: 2 ** 12 } as const;
const LONGEST = { gsm: 2 ** 16, lte: 2 ** 28 } as const;

/** The base station of a cell, as far as its identity tells; of GSM, whose does not, the cell. */
export function siteOf(text: string): string {
  const cell = parseCell(text);
  if (cell === null || cell.ci < LONGEST.gsm) return text;
  const { mcc, mnc, lac, ci } = cell;
  const sectors = ci < LONGEST.lte ? SECTORS.lte : SECTORS.nr;
  return `${mcc}-${mnc}-${lac} ${Math.floor(ci / sectors)}`;
}
