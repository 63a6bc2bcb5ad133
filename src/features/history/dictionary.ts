import type { Texts } from './texts.ts';

/** Texts of one column of one line, numbered as they come. Runs of the same text cost one comparison. */
export class Dictionary {
  /** Numbers in {@link Texts} by code. */
  private numbers: number[] = [];
  private readonly codes = new Map<number, number>();
  private lastNumber = -1;
  private lastCode = -1;
  private made: string[] = [];

  /** Code of a text by its number; -1 for -1. */
  code(number: number): number {
    if (number === this.lastNumber) return this.lastCode;
    if (number < 0) return -1;
    this.lastNumber = number;
    let code = this.codes.get(number);
    if (code === undefined) {
      code = this.numbers.length;
      this.numbers.push(number);
      this.codes.set(number, code);
    }
    return (this.lastCode = code);
  }

  /** Texts it holds; their codes are below it. */
  get count(): number {
    return this.numbers.length;
  }

  /** See {@link Texts.digits}. */
  digits(code: number, texts: Texts): number {
    return texts.digits(this.numbers[code]!);
  }

  text(code: number, texts: Texts): string | null {
    const number = this.numbers[code];
    return number === undefined ? null : texts.text(number);
  }

  /** All texts by code. */
  texts(texts: Texts): readonly string[] {
    const { made, numbers } = this;
    for (let code = made.length; code < numbers.length; code++) made.push(texts.text(numbers[code]!));
    return made;
  }

  clear(): void {
    if (this.numbers.length === 0) return;
    this.numbers = [];
    this.made = [];
    this.codes.clear();
    this.lastNumber = -1;
    this.lastCode = -1;
  }

  /** Numbers the texts again in the order of `codes`. */
  renumber(codes: Int32Array, count: number): void {
    const { numbers } = this;
    this.clear();
    for (let i = 0; i < count; i++) if (codes[i]! >= 0) codes[i] = this.code(numbers[codes[i]!]!);
  }
}

/** Makes the name of a cell once for a run of events in it. */
export class CellNames {
  private mcc: string | null = null;
  private mnc: string | null = null;
  private lac: number | null = null;
  private cell: string | null = null;
  private last: string | null = null;

  name(mcc: string | null, mnc: string | null, lac: number | null, cell: string | null): string | null {
    // Signalling names a cell in full; call records may have its number alone.
    if (cell === null || cell.includes('-')) return cell;
    if (cell === this.cell && lac === this.lac && mnc === this.mnc && mcc === this.mcc) return this.last;
    this.mcc = mcc;
    this.mnc = mnc;
    this.lac = lac;
    this.cell = cell;
    return (this.last = [mcc, mnc, lac, cell].filter((part) => part !== null).join('-'));
  }
}

/**
 * The address in `10.0.0.1:5060`, `[2001:db8::1]:5060`, `2001:db8::1`, `host` or `audio 10.0.0.1:4000`; null where there is none.
 */
export function hostOf(text: string): string | null {
  const start = text.lastIndexOf(' ') + 1;
  if (text.charCodeAt(start) === 0x5b) {
    const close = text.indexOf(']', start);
    return close < 0 ? null : text.slice(start + 1, close);
  }
  const colon = text.indexOf(':', start);
  const port = colon >= 0 && text.indexOf(':', colon + 1) < 0;
  const host = text.slice(start, port ? colon : undefined);
  return host === '' ? null : host;
}

/** The number that 7 to 15 digits are, or NaN. */
export function digitsOf(text: string): number {
  if (text.length < 7 || text.length > 15) return Number.NaN;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = 10 * value + digit;
  }
  return value;
}
