import { describe, expect, test } from 'vitest';
import { createSipMessage, scanSip } from '../../src/sip/scan.ts';
import { frame } from '../support/frames.ts';
import { packetsOf, record, type StreamRule } from './record.ts';

/** HAProxy, The PROXY protocol versions 1 & 2: the examples of §2.1, and headers of §2.2 with addresses, extensions and none. */
const HEADERS: [name: string, header: Buffer][] = [
  ['text, IPv4', Buffer.from('PROXY TCP4 192.168.0.1 192.168.0.11 56324 5060\r\n')],
  ['text, IPv6', Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 56324 5060\r\n')],
  ['text, no address', Buffer.from('PROXY UNKNOWN\r\n')],
  ['binary, IPv4', binary('21 11', 'c0a80001 c0a8000b dc04 13c4')],
  ['binary, IPv4 and an extension', binary('21 11', 'c0a80001 c0a8000b dc04 13c4 04 0003 000000')],
  ['binary, of the proxy itself', binary('20 00', '')],
];

function binary(command: string, rest: string): Buffer {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const inside = hex(rest);
  return Buffer.concat([hex('0d0a0d0a000d0a515549540a'), hex(command), Buffer.from([0, inside.length]), inside]);
}

const OPTIONS = 'OPTIONS sip:10.0.0.2 SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n';
const message = createSipMessage();
const sip: StreamRule = (text, _joinedMidway, verdict) => {
  const data = Buffer.from(text, 'latin1');
  verdict.consumed = Math.max(0, scanSip(data, 0, data.length, message, { stream: true, maxBytes: 65_536 }));
};

/** A connection on which these pieces are sent, and its SYN unless it is joined. */
function connection(pieces: Buffer[], hasSyn = true): Buffer[] {
  const from = () => frame().ethernet().ipv4('10.0.0.1', '10.0.0.2');
  let sequence = 100;
  const frames = hasSyn ? [from().tcp(4000, 5060, { sequence: 99, flags: 'S' }).bytes()] : [];
  for (const piece of pieces) {
    frames.push(from().tcp(4000, 5060, { sequence, flags: 'PA' }).data(piece).bytes());
    sequence += piece.length;
  }
  return frames;
}

/** The last of what the handler was shown. */
function lastShown(frames: Buffer[], rule?: StreamRule): string | undefined {
  return record(packetsOf(frames), {}, rule)
    .seen.at(-1)
    ?.replace(/^\d+ tcp [^ ]+ /, '');
}

describe.each(HEADERS)('a connection that a proxy passes on begins with whose it is: %s', (_name, header) => {
  test('in the segment of what follows', () => {
    expect(lastShown(connection([Buffer.concat([header, Buffer.from(OPTIONS)])]))).toBe(OPTIONS);
  });

  test('in one of its own, also where the capture begins with it', () => {
    expect(lastShown(connection([header, Buffer.from(OPTIONS)]))).toBe(OPTIONS);
    expect(lastShown(connection([header, Buffer.from(OPTIONS)], false))).toBe(OPTIONS);
  });

  test('cut anywhere', () => {
    const bytes = Buffer.concat([header, Buffer.from(OPTIONS)]);
    // The line ends that begin a binary header keep a connection alive, alone: nobody sends less of it than that.
    const least = header[0] === 0x0d ? 5 : 1;
    for (let cut = least; cut < bytes.length; cut++)
      expect(lastShown(connection([bytes.subarray(0, cut), bytes.subarray(cut)]), sip), `at ${cut}`).toBe(OPTIONS);
  });
});

test('what only begins like such a header is shown as it is', () => {
  const long = `PROXY TCP4 ${'1'.repeat(110)}`;
  for (const text of ['PRACK sip:a SIP/2.0\r\n', 'PROXY/1 x\r\n', '\r\n\r\n', '\r\n\r\nOPTIONS', long])
    expect(lastShown(connection([Buffer.from(text, 'latin1')]))).toBe(text);
});
