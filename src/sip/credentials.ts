import { findParam, type Range, skipBlank } from './address.ts';
import { headerRange } from './fields.ts';
import type { SipMessage } from './message.ts';
import { textOf } from './text.ts';

/** Who a request says it is, or how a challenge asks. Nonces, responses and keys are never read. */
export interface Credentials {
  /** `Digest`, ... as sent. */
  scheme: string;
  /** Private identity of a request's credentials; null in a challenge. */
  user: string | null;
  realm: string | null;
}

const range: Range = { start: 0, end: 0 };
const parameter: Range = { start: 0, end: 0 };

/**
 * Scheme, user and realm of the first value of `header`: Authorization, Proxy-Authorization, WWW-Authenticate or
 * Proxy-Authenticate (RFC 3261 §20.7, §20.27). Null where it is not there.
 */
export function credentials(m: SipMessage, header: number): Credentials | null {
  if (!headerRange(m, header, range)) return null;
  const { data } = m;
  const { start, end } = range;
  let at = start;
  while (at < end && data[at]! > 0x20) at++;
  return {
    scheme: textOf(data, start, at),
    user: authParam(data, at, end, 'username'),
    realm: authParam(data, at, end, 'realm'),
  };
}

/** User name of a request's credentials, in `header`; null where it is not there. */
export function credentialsUser(m: SipMessage, header: number): string | null {
  if (!headerRange(m, header, range)) return null;
  let at = range.start;
  while (at < range.end && m.data[at]! > 0x20) at++;
  return authParam(m.data, at, range.end, 'username');
}

/** Value of `name` (lower case) among `a=b, c="d"`. */
function authParam(data: Buffer, at: number, end: number, name: string): string | null {
  at = skipBlank(data, at, end);
  return findParam(data, at, end, name, parameter, 0x2c) ? textOf(data, parameter.start, parameter.end) : null;
}
