import { maskLine, maskNumber, maskText } from '../../base/mask.ts';

/** Which numbers one reader sees whole: those of the lines that he has unmasked, for as long as that holds. */
export class Eyes {
  private readonly unmasked: ReadonlySet<number>;

  /** @param unmasked ids of lines */
  constructor(unmasked: ReadonlySet<number>) {
    this.unmasked = unmasked;
  }

  sees(line: number): boolean {
    return this.unmasked.has(line);
  }

  /** A line as it is named on screen. */
  name({ id, line }: { id: number; line: string }): { id: number; line: string; masked: boolean } {
    const masked = !this.sees(id);
    return { id, line: masked ? maskLine(line) : line, masked };
  }

  /** A number that belongs to what a line did: seen whole with the line. */
  number(line: number, text: string | null): string | null {
    return text === null || this.sees(line) ? text : maskLine(text);
  }
}

/** Columns of a message that hold addresses of persons; of all others only long runs of digits are masked. */
const PERSONAL =
  /^(?:from|to|request_uri|.*_user|identity|contact|preferred_identity|remote_party|diversion|history_info|authorization|route|record_route|via)$/;
const ADDRESS = /(sips?:|tel:)([^@;>,\s]{1,128})(?=[@;>,\s]|$)/gi;

/** A value of a decoded message with numbers and users masked. */
export function maskField(name: string, value: string): string {
  if (!PERSONAL.test(name)) return maskText(value);
  const masked = value.replace(ADDRESS, (_, scheme: string, user: string) => `${scheme}${maskUser(user)}`);
  const quoted = masked.replace(/"[^"]*"/g, '"***"');
  return maskText(name.endsWith('_user') || name === 'identity' ? maskUser(quoted) : quoted);
}

function maskUser(user: string): string {
  const digits = /^\+?(\d+)$/.exec(user)?.[1];
  if (digits !== undefined) return user.replace(digits, maskNumber(digits));
  return user.length <= 2 ? '**' : `${user[0]}${'*'.repeat(user.length - 2)}${user.at(-1)}`;
}

/** An object with every long run of digits in its texts masked. */
export function maskDeep(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskDeep);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskDeep(inner)]));
  return value;
}
