/**
 * sip.js as an independent witness: what the fast scanner settles, sip.js's grammar settles the same.
 */
import { isUtf8 } from 'node:buffer';
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { describe, expect, it } from 'vitest';
import { createNameAddr, findParam, parseNameAddr, parseUri } from '../../src/sip/address.ts';
import { Header, ROW } from '../../src/sip/message.ts';
import { createSipMessage, scanSip } from '../../src/sip/scan.ts';
import { unfoldedText } from '../../src/sip/text.ts';
import { Scheme } from '../../src/sip/uri.ts';
import { createVia, parseVia } from '../../src/sip/via.ts';

interface Witness {
  displayName?: string;
  uri: {
    raw: { scheme: string; user?: string; host: string; port?: number };
    parameters: Record<string, string | null>;
  };
  parameters: Record<string, string | null>;
}

const out = createNameAddr();
const via = createVia();
const range = { start: 0, end: 0 };

/** What sip.js makes of a header value; null where it refuses it. */
function witness(text: string, rule: 'From' | 'SIP_URI'): Witness | null {
  const parsed: unknown = Grammar.parse(text, rule);
  if (parsed === -1) return null;
  return rule === 'From' ? (parsed as Witness) : ({ uri: parsed } as Witness);
}

/** Folds are one space (RFC 3261 §7.3.1) before anything else looks at a value. */
const unfolded = (value: string): string => value.replace(/[ \t]*[\r\n]+[ \t]+/g, ' ');

const text = (start: number, end: number): string | undefined =>
  start < 0 ? undefined : unfolded(out.data.toString('utf8', start, end));

/**
 * RFC 3261 lets any parameter be an other-param; sip.js takes these by their name or prefix and then refuses what follows (`lr` of
 * `lrx`, `udp` of `udpx`, `:` in a transport, ...).
 */
const PREFIX_QUIRK =
  /;\s*(lr[^;>=?]|(transport|user|lr)=[^;>?]*[^\w;>?.!%*+`'~-]|transport=(udp|tcp|tls|sctp)[^;>?]|user=(phone|ip)[^;>?]|(ttl|maddr|method)=)/i;

/** sip.js does not know every IPv6 address that there is (`::`, `1:2:3:4:5:6:7::`); node:net bears witness to those. */
function hasUnknownIpv6(value: string): boolean {
  const hosts = value.match(/\[[\dA-Fa-f:.]*\]/g) ?? [];
  return hosts.some((host) => Grammar.parse(host, 'host') === -1 && isIPv6(host.slice(1, -1)));
}

/** sip.js cannot unescape a user that is not UTF-8. */
function hasUnknownEscape(value: string): boolean {
  return (value.match(/(%[0-9A-Fa-f]{2})+/g) ?? []).some((run) => !isUtf8(Buffer.from(run.replaceAll('%', ''), 'hex')));
}

function expectSame(value: string): void {
  const data = Buffer.from(value);
  if (!parseNameAddr(data, 0, data.length, out)) return;
  if (out.schemeId !== Scheme.sip && out.schemeId !== Scheme.sips) return;
  const other = witness(unfolded(value).trim(), 'From');
  if (other === null && (PREFIX_QUIRK.test(value) || hasUnknownIpv6(value) || hasUnknownEscape(value))) return;
  expect(other, `sip.js refuses ${JSON.stringify(value)}`).not.toBeNull();
  const { raw, parameters } = other!.uri;
  expect(text(out.displayStart, out.displayEnd)).toBe(other!.displayName);
  expect(out.schemeId === Scheme.sips ? 'sips' : 'sip').toBe(raw.scheme.toLowerCase());
  // sip.js unescapes the user and leaves its password on.
  const password = out.userStart >= 0 && data[out.userEnd] === 0x3a ? text(out.userEnd, out.hostStart - 1) : '';
  const user = out.userStart < 0 ? undefined : decodeURIComponent(text(out.userStart, out.userEnd)! + password);
  expect(user).toBe(raw.user);
  expect(text(out.hostStart, out.hostEnd)).toBe(raw.host);
  expect(out.port).toBe(raw.port ?? -1);
  for (const [name, value] of Object.entries(parameters)) {
    // sip.js writes these in lower case, and forgets the value of lr.
    if (name === 'transport' || name === 'user' || name === 'lr') continue;
    expectParam(out.uriParamsStart, out.uriParamsEnd, name, value);
  }
  for (const [name, value] of Object.entries(other!.parameters)) {
    expectParam(out.paramsStart, out.paramsEnd, name, value);
  }
  expect(text(out.tagStart, out.tagEnd)).toBe(other!.parameters.tag ?? undefined);
}

function expectParam(start: number, end: number, name: string, value: string | null): void {
  expect(findParam(out.data, start, end, name, range), name).toBe(true);
  // sip.js keeps quotes and writes null for a parameter without a value.
  expect(text(range.start, range.end)).toBe((value ?? '').replace(/^"([\s\S]*)"$/, '$1'));
}

// Each parameter has another name: of two alike sip.js keeps the last.
const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
const blank = fc.constantFrom('', ' ', '\t', '\r\n ', ' \r\n\t');
const gap = fc.constantFrom(' ', '\t', '\r\n ', '  ');
const escaped = fc.stringMatching(/^%[2-7][0-9A-Fa-f]$/);
const userText = fc
  .array(fc.oneof(fc.stringMatching(/^[A-Za-z0-9\-_.!~*'()&=+$,;?/]{1,8}$/), escaped), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));
const number = fc.stringMatching(/^\+?[0-9]{3,15}$/);
const password = fc.stringMatching(/^[A-Za-z0-9&=+$,]{0,6}$/);
const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,6}[A-Za-z0-9])?$/);
const hostname = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,5}$/))
  .map(([labels, top]) => [...labels, top].join('.'));
const host = fc.oneof(
  hostname,
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);
const port = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 65_535 }).map((value) => `:${value}`),
);
const userInfo = fc.oneof(
  fc.constant(''),
  fc
    .tuple(
      fc.oneof(userText, number),
      fc.oneof(
        fc.constant(''),
        password.map((value) => `:${value}`),
      ),
    )
    .map(([user, secret]) => `${user}${secret}@`),
);
const uriParam = fc.oneof(
  fc.constantFrom(';lr', ';transport=udp', ';transport=TCP', ';user=phone', ';ob', ';phone-context=+86', ';LR=on'),
  fc
    .tuple(fc.stringMatching(/^x[a-z0-9-]{0,6}$/), fc.stringMatching(/^[A-Za-z0-9[\]/:&+$.~*'()-]{1,8}$/))
    .map(([name, value]) => `;${name}=${value}`),
);
const uriParams = fc.uniqueArray(uriParam, {
  maxLength: 3,
  selector: (param) => /^;([^=]*)/.exec(param)![1]!.toLowerCase(),
});
const uriHeaders = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^\?[a-z]{1,6}=[A-Za-z0-9%?:+$/[\]]{0,6}(&[a-z]{1,6}=[A-Za-z]{0,5})?$/),
);
const uri = fc
  .tuple(fc.constantFrom('sip:', 'sips:', 'SIP:', 'Sips:'), userInfo, host, port, uriParams, uriHeaders)
  .map(([scheme, user, where, at, params, headers]) => scheme + user + where + at + params.join('') + headers);
const bareUri = fc.tuple(fc.constantFrom('sip:', 'sips:'), userInfo, host, port).map((parts) => parts.join(''));
const quoted = fc
  .array(
    fc.oneof(
      fc.stringMatching(/^[ !#-[\]-~]{1,8}$/),
      fc.constantFrom('\\"', '\\\\', '\\;', '张三', 'é', '<', '>', ',', ';tag=no', '\r\n '),
    ),
    { maxLength: 4 },
  )
  .map((parts) => `"${parts.join('')}"`);
const display = fc.oneof(
  fc.constant(''),
  quoted,
  fc
    .tuple(
      token,
      fc.array(
        fc.tuple(gap, token).map((parts) => parts.join('')),
        { maxLength: 2 },
      ),
    )
    .map(([first, rest]) => `${first}${rest.join('')} `),
);
const headerParam = fc
  .tuple(
    blank,
    blank,
    fc.constantFrom('tag', 'expires', 'q', 'Tag', 'x', 'y-z', '+sip.instance', 'isfocus'),
    fc.oneof(
      fc.constant(''),
      fc.tuple(blank, blank, token).map(([before, after, value]) => `${before}=${after}${value}`),
    ),
  )
  .map(([before, after, name, value]) => `${before};${after}${name}${value}`);
const headerParams = fc
  .uniqueArray(headerParam, { maxLength: 4, selector: (param) => /;\s*([^\s=]*)/.exec(param)![1]!.toLowerCase() })
  .map((params) => params.join(''));
const nameAddr = fc
  .tuple(display, uri, blank, headerParams)
  .map(([name, address, after, params]) => `${name}<${address}>${after}${params}`);
const addrSpec = fc.tuple(bareUri, headerParams).map(([address, params]) => address + params);

describe('the fast scanner and the grammar of sip.js', () => {
  it('settle names, URIs and parameters of addresses the same', () => {
    let settled = 0;
    let all = 0;
    fc.assert(
      fc.property(fc.oneof(nameAddr, nameAddr, addrSpec), (value) => {
        all++;
        const data = Buffer.from(value);
        if (parseNameAddr(data, 0, data.length, out)) settled++;
        expectSame(value);
      }),
      { numRuns: 1500, seed: 3261 },
    );
    // These values are by the letter of RFC 3261: nearly all of them are the fast scanner's.
    expect(settled / all).toBeGreaterThan(0.9);
  });

  it('agree on addresses with characters replaced, taken out and put in', () => {
    const damage = fc.tuple(
      fc.oneof(nameAddr, addrSpec),
      fc.nat(),
      fc.constantFrom(
        '"',
        '<',
        '>',
        ';',
        ',',
        ' ',
        '@',
        ':',
        '%',
        '\\',
        '=',
        '?',
        '[',
        ']',
        '\r\n ',
        '\u0007',
        '张',
        'a',
        '0',
        '.',
      ),
      fc.nat(2),
    );
    fc.assert(
      fc.property(damage, ([value, place, text, kind]) => {
        const at = place % (value.length + 1);
        const damaged = value.slice(0, at) + (kind === 0 ? '' : text) + value.slice(kind === 1 ? at : at + 1);
        // A line end that is no fold ends the value.
        fc.pre(!/\r(?!\n)|(?<!\r)\n|\n(?![ \t])/.test(damaged));
        expectSame(damaged);
      }),
      { numRuns: 2500, seed: 3261 },
    );
  });

  it('agree on URIs alone', () => {
    fc.assert(
      fc.property(uri, (value) => {
        const data = Buffer.from(value);
        if (!parseUri(data, 0, data.length, out)) return;
        if (hasUnknownIpv6(value)) return;
        const other = witness(value, 'SIP_URI')!.uri;
        expect(text(out.hostStart, out.hostEnd)).toBe(other.raw.host);
        expect(out.port).toBe(other.raw.port ?? -1);
        expect(out.userStart < 0).toBe(other.raw.user === undefined);
      }),
      { numRuns: 500, seed: 3261 },
    );
  });

  it('read the same Via', () => {
    const parameter = fc.oneof(
      fc.stringMatching(/^z9hG4bK[A-Za-z0-9.-]{0,12}$/).map((value) => `;branch=${value}`),
      fc.constantFrom(';rport', ';rport=5061', ';received=192.0.2.1', ';ttl=1', ';alias', '; keep', ' ;\r\n x = y'),
    );
    const value = fc
      .tuple(
        fc.constantFrom('SIP/2.0/UDP ', 'SIP / 2.0 / TCP ', 'SIP/2.0/TLS\r\n ', 'sip/2.0/ws  '),
        host,
        fc.oneof(port, fc.constant(' : 5060')),
        fc.uniqueArray(parameter, { maxLength: 4, selector: (param) => param.slice(0, 6) }),
      )
      .map(([protocol, sentBy, at, params]) => protocol + sentBy + at + params.join(''));
    fc.assert(
      fc.property(value, (line) => {
        fc.pre(!hasUnknownIpv6(line));
        const other = Grammar.parse(line, 'Via') as Record<string, string | number>;
        const data = Buffer.from(line);
        expect(parseVia(data, 0, data.length, via)).toBe(true);
        const slice = (start: number, end: number) => (start < 0 ? undefined : data.toString('latin1', start, end));
        expect(slice(via.transportStart, via.transportEnd)!.toLowerCase()).toBe(String(other.transport).toLowerCase());
        expect(slice(via.hostStart, via.hostEnd)).toBe(other.host);
        expect(via.port).toBe(other.port ?? -1);
        expect(slice(via.branchStart, via.branchEnd)).toBe(other.branch);
        expect(slice(via.receivedStart, via.receivedEnd)).toBe(other.received);
        // To sip.js a bare rport is an unknown parameter.
        const bare = 'rport' in ((other.params as unknown as object | undefined) ?? {}) ? 0 : -1;
        expect(via.rport).toBe(other.rport === undefined ? bare : Number(other.rport));
      }),
      { numRuns: 400, seed: 3261 },
    );
  });

  it('read the same CSeq and Call-ID', () => {
    const m = createSipMessage();
    fc.assert(
      fc.property(
        fc.nat(0x7fff_ffff),
        gap,
        fc.oneof(fc.constantFrom('INVITE', 'ACK', 'PRACK', 'REGISTER', 'FOO'), token),
        fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~()<>:\\"/[\]?{}-]{1,20}(@[a-z0-9.]{1,10})?$/),
        (value, space, method, callId) => {
          const cseq = `${value}${space}${method}`;
          const other = Grammar.parse(cseq, 'CSeq') as { value: number; method: string };
          const data = Buffer.from(`OPTIONS sip:h SIP/2.0\r\nCSeq: ${cseq}\r\nCall-ID: ${callId}\r\n\r\n`);
          scanSip(data, 0, data.length, m, { stream: false, maxBytes: 65_536 });
          expect(m.cseq).toBe(other.value);
          expect(data.toString('latin1', m.cseqMethodStart, m.cseqMethodEnd)).toBe(other.method);
          const row = (m.first[Header.CallId]! - 1) * ROW;
          expect(unfoldedText(data, m.rows[row + 2]!, m.rows[row + 3]!)).toBe(Grammar.parse(callId, 'Call_ID'));
        },
      ),
      { numRuns: 400, seed: 3261 },
    );
  });
});
