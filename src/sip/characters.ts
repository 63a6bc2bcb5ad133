/**
 * Character classes of RFC 3261 §25.1 as bits by byte, so that one look-up answers several questions. Bytes from 0x80 on are
 * UTF-8 and stand only where {@link QUOTABLE} says.
 */
export const CLASS = new Uint8Array(256);

/** token */
export const TOKEN_CHARACTER = 1;
/** user and password: unreserved, user-unreserved and the `%` of an escape */
export const USER = 2;
/** URI parameters and headers: paramchar or header character, and the `%` of an escape */
export const PARAMETER = 4;
/** host names and IPv4 addresses */
export const HOST = 8;
/** hexadecimal digits */
export const HEXADECIMAL = 16;
/** inside a quoted-string, without a backslash */
export const QUOTABLE = 32;

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const UNRESERVED = `${ALPHANUMERIC}-_.!~*'()`;

function mark(characters: string, bit: number): void {
  for (const c of characters) CLASS[c.charCodeAt(0)]! |= bit;
}

mark(`${ALPHANUMERIC}-.!%*_+\`'~`, TOKEN_CHARACTER);
mark(`${UNRESERVED}%&=+$,;?/`, USER);
mark(`${UNRESERVED}%[]/:&+$?`, PARAMETER);
mark(`${ALPHANUMERIC}-._`, HOST);
mark('0123456789abcdefABCDEF', HEXADECIMAL);
for (let byte = 0x20; byte < 256; byte++) {
  if (byte !== 0x22 && byte !== 0x5c && byte !== 0x7f) CLASS[byte]! |= QUOTABLE;
}
CLASS[0x09]! |= QUOTABLE;
