import { u16, u32 } from '../base/bytes.ts';
import { type Digits, setDigits } from './digits.ts';
import type { CellView, Operation } from './message.ts';
import { type Field, type FieldReader, field, inside } from './tcap/fields.ts';

/** Type of number of 3GPP TS 29.002 §17.7.8 (AddressString) and 24.008 §10.5.4.7, brought to the nature of address of Q.763 §3.9. */
const NATURES = [0, 4, 3, 2, 1, 0, 0, 0] as const;
/** Numbering plans of 29.002 §17.7.8. */
export const E164 = 1;
export const E212 = 6;
/** Longest AddressString: 20 octets, one of them type and plan. */
const ADDRESS_DIGITS_MAX = 40;
/** Longest IMSI (3GPP TS 23.003 §2.2): where half an octet is left, some fill it with 0. */
export const IMSI_DIGITS_MAX = 15;
/** Country, network and location area; behind them a cell, a service or routeing area code, or extensions. */
export const AREA_OCTETS = 5;

/** Nature of address (Q.763 §3.9) of an octet of type of number and numbering plan. */
export function natureOf(octet: number): number {
  return NATURES[(octet >> 4) & 7]!;
}

/** AddressString, ISDN-AddressString (29.002 §17.7.8): an octet of type of number and numbering plan, then TBCD. */
export function setAddressString(digits: Digits, data: Buffer, start: number, end: number): void {
  if (end <= start) return;
  setDigits(digits, data, start + 1, end, 0, ADDRESS_DIGITS_MAX);
  const octet = data[start]!;
  digits.nature = natureOf(octet);
  digits.plan = octet & 15;
}

/**
 * Cell global identity, service area identity (7 octets) or location area identity (5), 3GPP TS 23.003 §4.1-§4.3, 29.002 §17.7.8.
 * Left as it was where fillers (1111) stand for the country or network.
 */
export function setCell(cell: CellView, data: Buffer, start: number, end: number): void {
  if (end - start < 5) return;
  const first = data[start]!;
  const second = data[start + 1]!;
  const third = data[start + 2]!;
  const last = second >> 4;
  if ((first & 15) === 15 || first >> 4 === 15 || (second & 15) === 15 || (third & 15) === 15) return;
  const mcc = (first & 15) * 100 + (first >> 4) * 10 + (second & 15);
  const two = (third & 15) * 10 + (third >> 4);
  const mnc = last === 15 ? two : two * 10 + last;
  // Half bytes above 9 are no digits, though captures with made up ones have some.
  if (mcc > 999 || mnc > 999) return;
  cell.mcc = mcc;
  cell.mncDigits = last === 15 ? 2 : 3;
  cell.mnc = mnc;
  cell.lac = (data[start + 3]! << 8) | data[start + 4]!;
  if (end - start >= 7) cell.ci = (data[start + 5]! << 8) | data[start + 6]!;
}

/** TBCD-STRING (29.002 §17.7.8) into the digits of an operation that `pick` names. */
export function tbcd(pick: (operation: Operation) => Digits, most = ADDRESS_DIGITS_MAX) {
  return (data: Buffer, start: number, end: number, out: Operation): void =>
    setDigits(pick(out), data, start, end, 0, most);
}

/** AddressString into the digits of an operation that `pick` names. */
export function addressString(pick: (operation: Operation) => Digits) {
  return (data: Buffer, start: number, end: number, out: Operation): void =>
    setAddressString(pick(out), data, start, end);
}

/** The first cell or area that is said: where calls go, before that of packets. */
export const cell: FieldReader<Operation> = (data, start, end, out) => {
  if (out.cell.mcc < 0) setCell(out.cell, data, start, end);
};

/** Routeing area identity (3GPP TS 23.003 §4.2): its first octets are the location area. */
export const routeingArea: FieldReader<Operation> = (data, start, end, out) =>
  cell(data, start, Math.min(end, start + AREA_OCTETS), out);

/** CellGlobalIdOrServiceAreaIdOrLAI (29.002 §17.7.8). */
export const CELL_OR_AREA: Field<Operation>[] = [field(0x80, cell), field(0x81, cell)];

/**
 * Beginning of LocationInformationEPS (29.002 §17.7.1): E-UTRAN cell global identity (29.118 §9.4.3a: a network and 28 bits), then tracking
 * area identity (§9.4.21a). A cell has a name with both alone.
 */
export const locationOf4g: FieldReader<Operation> = (data, start, end, { cell }) => {
  const area = start + 9;
  const isBoth = end - area >= 7 && u16(data, start) === 0x8007 && u16(data, area) === 0x8105;
  if (!isBoth || cell.mcc >= 0) return;
  setCell(cell, data, area + 2, area + 7);
  if (cell.mcc >= 0) cell.ci = u32(data, start + 5) & 0x0fff_ffff;
};

/** LocationInformation (29.002 §17.7.1), also of CAP (29.078 §6.1). */
export const LOCATION_INFORMATION: Field<Operation>[] = [
  field(
    0x81,
    addressString((operation) => operation.vlr),
  ),
  inside(0xa3, ...CELL_OR_AREA),
  field(
    0x86,
    addressString((operation) => operation.msc),
  ),
  field(0xaa, locationOf4g),
];
