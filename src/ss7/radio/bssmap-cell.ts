import { setCell } from '../location.ts';
import type { CellView } from '../message.ts';

/** Place of each part in the value of a cell identifier after its discriminator: offset, -1 where it has none. */
interface CellForm {
  length: number;
  /** MCC and MNC in 3 octets. */
  plmn: number;
  lac: number;
  ci: number;
}

const form = (length: number, plmn: number, lac: number, ci: number): CellForm => ({ length, plmn, lac, ci });

/**
 * Forms of a cell by its discriminator (48.008 §3.2.2.17, and §3.2.2.27 for lists). RNC identities stand for no cell: of these
 * only the location area is kept.
 */
const FORMS: readonly (CellForm | undefined)[] = [
  /* cell global identification */ form(7, 0, 3, 5),
  /* location area code and cell identity */ form(4, -1, 0, 2),
  /* cell identity */ form(2, -1, -1, 0),
  /* no cell */ undefined,
  /* location area identification */ form(5, 0, 3, -1),
  /* location area code */ form(2, -1, 0, -1),
  /* all cells of the BSS */ undefined,
  undefined,
  /* PLMN, location area, RNC */ form(7, 0, 3, -1),
  /* RNC */ undefined,
  /* location area, RNC */ form(4, -1, 0, -1),
  /* service area identification */ form(7, 0, 3, 5),
  /* location area, RNC, UTRAN cell identity */ form(6, -1, 0, -1),
];

/**
 * Cell identifier, or the first one of a list (both begin with the discriminator).
 *
 * @returns false where octets are missing
 */
export function readCellIdentifier(data: Buffer, start: number, end: number, cell: CellView): boolean {
  if (start >= end) return false;
  const found = FORMS[data[start]! & 15];
  if (found === undefined) return true;
  const at = start + 1;
  if (at + found.length > end) return false;
  if (found.plmn >= 0) {
    setCell(cell, data, at, found.ci < 0 ? at + 5 : at + 7);
    return true;
  }
  if (found.lac >= 0) cell.lac = (data[at + found.lac]! << 8) | data[at + found.lac + 1]!;
  if (found.ci >= 0) cell.ci = (data[at + found.ci]! << 8) | data[at + found.ci + 1]!;
  return true;
}
