import { cellText, mncDigits } from '../base/cells.ts';

/** What P-Access-Network-Info (RFC 7315 §5.4) says of the place. */
export interface AccessNetwork {
  /** `3GPP-E-UTRAN-FDD`, `IEEE-802.11`, ... in upper case; null where it is not said. */
  access: string | null;
  mcc: string | null;
  mnc: string | null;
  /** Location or tracking area code. */
  lac: number | null;
  /** `mcc-mnc-area-cell` in decimal. */
  cell: string | null;
}

const CELL = /;\s*(cgi-3gpp|utran-sai-3gpp|utran-cell-id-3gpp|nr-cell-id-3gpp)\s*=\s*"?([\dA-Fa-f]+)"?/i;

/**
 * Parses a value of P-Access-Network-Info. Of several in a list (from the device and from the network) the first that names a
 * cell is taken, else the first. Null where there is no access type. Cellular-Network-Info is of the same form.
 *
 * Cells (3GPP TS 24.229 §7.2A.4): cgi-3gpp is MCC, MNC, LAC (4 hexadecimal digits), CI (4), and utran-sai-3gpp the same with a service
 * area code, which networks give for a cell of 3G; utran-cell-id-3gpp is MCC, MNC, LAC or TAC (4), cell (7); on NR it is MCC, MNC, TAC
 * (6), cell (9). The length tells whether the MNC has 2 or 3 digits.
 */
export function parseAccessNetwork(text: string): AccessNetwork | null {
  let first: AccessNetwork | null = null;
  for (const element of elements(text)) {
    const access = /^\s*([\w.!%*+`'~-]+)\s*(?:;|$)/.exec(element)?.[1]?.toUpperCase();
    if (access === undefined) continue;
    const found: AccessNetwork = { access, mcc: null, mnc: null, lac: null, cell: null };
    const cell = CELL.exec(element);
    if (cell !== null && place(found, access, cell[1]!.toLowerCase(), cell[2]!)) return found;
    first ??= found;
  }
  return first;
}

function place(found: AccessNetwork, access: string, parameter: string, digits: string): boolean {
  const isShort = parameter === 'cgi-3gpp' || parameter === 'utran-sai-3gpp';
  const isNr = !isShort && access.includes('NR') && digits.length >= 20;
  const area = isNr ? 6 : 4;
  const usual = 3 + area + (isNr ? 9 : isShort ? 4 : 7);
  const mcc = digits.slice(0, 3);
  const mncLength = digits.length === usual + 2 ? 2 : digits.length === usual + 3 ? 3 : mncDigits(mcc);
  const mnc = digits.slice(3, 3 + mncLength);
  const cell = digits.slice(3 + mncLength + area);
  if (!/^\d+$/.test(mcc + mnc) || cell.length === 0 || cell.length > 9) return false;
  const lac = Number.parseInt(digits.slice(3 + mncLength, 3 + mncLength + area), 16);
  found.mcc = mcc;
  found.mnc = mnc;
  found.lac = lac;
  found.cell = cellText({ mcc, mnc, lac, ci: Number.parseInt(cell, 16) });
  return true;
}

/** Elements of a comma-separated list; commas in quotes are no separators. */
function elements(text: string): string[] {
  return text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}
