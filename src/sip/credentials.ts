import { Memo } from '../base/memo.ts';
import { findParam, type Range, skipBlank } from './address.ts';
import { headerRange } from './fields.ts';
import { Header, ROW, type SipMessage } from './message.ts';
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

/** Whether a request has credentials more than once: each realm that asks for some has its own (RFC 3261 §22.3). */
export function hasSeveralCredentials({ first, rows, rowCount }: SipMessage): boolean {
  const own = first[Header.Authorization]!;
  const proxy = first[Header.ProxyAuthorization]!;
  if (own === 0 && proxy === 0) return false;
  if (own !== 0 && proxy !== 0) return true;
  const header = own !== 0 ? Header.Authorization : Header.ProxyAuthorization;
  for (let row = Math.max(own, proxy) * ROW; row < rowCount * ROW; row += ROW) if (rows[row] === header) return true;
  return false;
}

/** Credentials of a request, of both headers in order: those for the realm that asked are checked. */
export function allCredentials({ data, rows, rowCount }: SipMessage): Omit<Credentials, 'scheme'>[] {
  const all: Omit<Credentials, 'scheme'>[] = [];
  for (let row = 0; row < rowCount * ROW; row += ROW) {
    if (rows[row] !== Header.Authorization && rows[row] !== Header.ProxyAuthorization) continue;
    const end = rows[row + 3]!;
    let at = rows[row + 2]!;
    while (at < end && data[at]! > 0x20) at++;
    all.push({ user: authParam(data, at, end, 'username'), realm: authParam(data, at, end, 'realm') });
  }
  return all;
}

/** Realm of a challenge, WWW-Authenticate or Proxy-Authenticate; null where there is none. */
export function challengedRealm(m: SipMessage): string | null {
  if (!headerRange(m, Header.ProxyAuthenticate, range) && !headerRange(m, Header.WwwAuthenticate, range)) return null;
  const { data } = m;
  let at = range.start;
  while (at < range.end && data[at]! > 0x20) at++;
  at = skipBlank(data, at, range.end);
  return findParam(data, at, range.end, 'realm', parameter, 0x2c)
    ? realms.get(data, parameter.start, parameter.end)
    : null;
}

/** Networks have few realms. */
const realms = new Memo(256, 64, textOf);

/** Value of `name` (lower case) among `a=b, c="d"`. */
function authParam(data: Buffer, at: number, end: number, name: string): string | null {
  at = skipBlank(data, at, end);
  return findParam(data, at, end, name, parameter, 0x2c) ? textOf(data, parameter.start, parameter.end) : null;
}
