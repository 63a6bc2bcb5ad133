/** Shorter runs of digits in a text are a service number, a count, a port. A subscriber's number has 7 to 15 (ITU-T E.164 §6.1). */
const SHORTEST = 7;
/** Digits left at the front at most: country code and network, or MCC and MNC of an IMSI. */
const PREFIX = 5;
const SUFFIX = 2;
/** A number this short says too much with any digit of it left. */
const ALL_STARRED = 4;

/**
 * A global cell identity, `460-01-45124-123689494`, or a type allocation code that is called so, `TAC 35693803`, which are no subscriber's;
 * or a run of digits that could be a number.
 */
const PLACE_TYPE_OR_NUMBER = /(?<![\d-])\d{3}-\d{2,3}-\d{1,5}-\d{1,9}(?![\d-])|TAC[ （]\d{8}(?!\d)|\d{7,}/g;

/**
 * Digits of a number with the middle starred: the prefix (at most 5 digits, fewer of a short number) and the last 2 stay, as in
 * `86138******78`. Four digits and less are starred whole.
 */
export function maskNumber(digits: string): string {
  const { length } = digits;
  if (length <= ALL_STARRED) return '*'.repeat(length);
  const prefix = Math.min(PREFIX, Math.floor((length - SUFFIX) / 2));
  return digits.slice(0, prefix) + '*'.repeat(length - prefix - SUFFIX) + digits.slice(-SUFFIX);
}

/** A text with every number of 7 digits and more in it masked; cells and types of devices stay. */
export function maskText(text: string): string {
  return text.replace(PLACE_TYPE_OR_NUMBER, (found) => (/^\d+$/.test(found) ? maskNumber(found) : found));
}

/**
 * The name of a line masked: a number as {@link maskNumber} does it, and of an address of record the user too where it is a
 * name: `sip:a****e@example.com`.
 */
export function maskLine(line: string): string {
  const at = line.lastIndexOf('@');
  if (at < 0) return /^\d+$/.test(line) ? maskNumber(line) : maskText(line);
  const start = /^sips?:/i.exec(line)?.[0].length ?? 0;
  const user = line.slice(start, at);
  const digits = /^\+?(\d+)$/.exec(user)?.[1];
  const isNumber = digits !== undefined && digits.length >= SHORTEST;
  const masked = isNumber ? user.replace(digits, maskNumber(digits)) : maskName(user);
  return line.slice(0, start) + masked + line.slice(at);
}

/** A name with all but its ends starred, one of two characters and less whole. */
function maskName(name: string): string {
  const { length } = name;
  return length <= 2 ? '*'.repeat(length) : name.slice(0, 1) + '*'.repeat(length - 2) + name.slice(-1);
}
