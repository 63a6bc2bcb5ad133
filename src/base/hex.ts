/** Character codes of the hexadecimal digits. */
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/** Value of a lower-case hexadecimal digit by its character code, or -1. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

/** 32 bits as 8 lower-case hexadecimal digits. */
export function hex32(bits: number): string {
  return String.fromCharCode(
    DIGITS[bits >>> 28]!,
    DIGITS[(bits >>> 24) & 15]!,
    DIGITS[(bits >>> 20) & 15]!,
    DIGITS[(bits >>> 16) & 15]!,
    DIGITS[(bits >>> 12) & 15]!,
    DIGITS[(bits >>> 8) & 15]!,
    DIGITS[(bits >>> 4) & 15]!,
    DIGITS[bits & 15]!,
  );
}

/** Twice 32 bits as 16 digits, in one text: joined of two, it would be held as two. */
export function hex64(high: number, low: number): string {
  return String.fromCharCode(
    DIGITS[high >>> 28]!,
    DIGITS[(high >>> 24) & 15]!,
    DIGITS[(high >>> 20) & 15]!,
    DIGITS[(high >>> 16) & 15]!,
    DIGITS[(high >>> 12) & 15]!,
    DIGITS[(high >>> 8) & 15]!,
    DIGITS[(high >>> 4) & 15]!,
    DIGITS[high & 15]!,
    DIGITS[low >>> 28]!,
    DIGITS[(low >>> 24) & 15]!,
    DIGITS[(low >>> 20) & 15]!,
    DIGITS[(low >>> 16) & 15]!,
    DIGITS[(low >>> 12) & 15]!,
    DIGITS[(low >>> 8) & 15]!,
    DIGITS[(low >>> 4) & 15]!,
    DIGITS[low & 15]!,
  );
}

/** Value of the lower-case hexadecimal digit at a place of a text, or -1. */
export function hexDigit(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? -1;
}
