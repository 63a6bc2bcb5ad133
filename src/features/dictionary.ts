/** Texts of one column of one line, numbered as they come. Runs of the same text cost one comparison. */
export class Dictionary {
  readonly texts: string[] = [];
  private readonly table = new Map<string, number>();
  private lastText: string | null = null;
  private lastCode = -1;
  /** What stands before the port in the last address, colon included; empty where it had no port. */
  private lastAddress = '';

  code(text: string | null): number {
    if (text === null) return -1;
    if (text === this.lastText) return this.lastCode;
    this.lastText = text;
    return (this.lastCode = this.number(text));
  }

  /** Code of the address in `text`, its port left out. */
  hostCode(text: string | null): number {
    if (text === null) return -1;
    if (text === this.lastText) return this.lastCode;
    const { length } = this.lastAddress;
    if (length > 0 && text.startsWith(this.lastAddress) && text.indexOf(':', length) < 0) return this.lastCode;
    this.lastText = text;
    const host = hostOf(text);
    this.lastAddress = host !== null && PORT.test(text) ? text.slice(0, text.lastIndexOf(':') + 1) : '';
    return (this.lastCode = host === null ? -1 : this.number(host));
  }

  clear(): void {
    if (this.texts.length === 0) return;
    this.texts.length = 0;
    this.table.clear();
    this.lastText = null;
    this.lastCode = -1;
    this.lastAddress = '';
  }

  /** Numbers the texts again in the order of `codes`. */
  renumber(codes: Int32Array, count: number): void {
    const old = this.texts.slice();
    this.clear();
    for (let i = 0; i < count; i++) if (codes[i]! >= 0) codes[i] = this.number(old[codes[i]!]!);
  }

  private number(text: string): number {
    let code = this.table.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.table.set(text, code);
    }
    return code;
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
    if (cell === null) return null;
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

/** An address with a port: one colon in all, or one after the bracket. */
const PORT = /(^|[\] ])[^:[\]]*:\d*$/;

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
