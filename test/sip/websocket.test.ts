import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { encodeSip } from '../../src/sip/encode.ts';
import { callId } from '../../src/sip/fields.ts';
import { createStreamState, SipStreamReader } from '../../src/sip/framing.ts';
import { readStream } from './stream.ts';

/** One frame (RFC 6455 §5.2). */
function frame(
  payload: string,
  options: { opcode?: number; final?: boolean; masked?: boolean; reserved?: number; length?: 16 | 64 } = {},
): Buffer {
  const { opcode = 1, final = true, masked = true, reserved = 0 } = options;
  const body = Buffer.from(payload, 'latin1');
  const head = [(final ? 0x80 : 0) | reserved | opcode];
  const mask = masked ? 0x80 : 0;
  if (options.length === 64) head.push(mask | 127, 0, 0, 0, 0, 0, 0, body.length >> 8, body.length & 255);
  else if (body.length > 125 || options.length === 16) head.push(mask | 126, body.length >> 8, body.length & 255);
  else head.push(mask | body.length);
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const key = [0x37, 0xfa, 0x21, 0x3d];
  return Buffer.concat([Buffer.from([...head, ...key]), body.map((byte, i) => byte ^ key[i & 3]!) as Buffer]);
}

const client =
  'GET / HTTP/1.1\r\nHost: sip-ws.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n';
const server =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nsec-websocket-protocol: sip\r\n\r\n';
const register = (id: string, extra = '') =>
  encodeSip({
    method: 'REGISTER',
    uri: 'sip:proxy.example.com',
    headers: [
      ['Call-ID', id],
      ['CSeq', '1 REGISTER'],
      ['X', extra],
    ],
  }).toString('latin1');
const seen = (id: string) => `REGISTER 0 ${id} `;
const bytes = (data: Buffer) => [...data].map((byte) => Buffer.from([byte]));

describe('SIP over WebSocket (RFC 7118)', () => {
  it('the masking example of RFC 6455 §5.7 is what the frames of these tests look like', () => {
    expect(frame('Hello').toString('hex')).toBe('818537fa213d7f9f4d5158');
  });

  it.each([
    ['client', client, true],
    ['server', server, false],
  ])('is read after the handshake of the %s', (_, handshake, masked) => {
    const data = Buffer.concat([
      Buffer.from(handshake),
      frame(register('a'), { masked }),
      frame(register('b', 'x'.repeat(300)), { masked }),
      frame(register('c'), { masked, opcode: 2, length: 64 }),
    ]);
    const expected = { messages: [seen('a'), seen('b'), seen('c')], ignored: false, waiting: 0 };
    expect(readStream([data])).toMatchObject(expected);
    expect(readStream(bytes(data))).toMatchObject(expected);
  });

  it('is found again after lost segments, and by a capture that begins with a ping or inside a frame', () => {
    const [ping, crlf] = [frame('', { opcode: 9 }), frame('\r\n')];
    const tail = frame(register('x', 'x'.repeat(300))).subarray(50);
    for (const first of [[ping], [crlf, ping], [tail]]) {
      const reading = readStream([...first, frame(register('a')), frame(register('b'))], { midway: true });
      expect(reading).toMatchObject({ messages: [seen('a'), seen('b')], ignored: false });
    }
    const counters = new Counters();
    const found: (string | null)[] = [];
    const reader = new SipStreamReader(DEFAULT_LIMITS, counters, (m) => found.push(callId(m)));
    const state = createStreamState();
    for (const [segment, midway] of [
      [Buffer.concat([Buffer.from(client), frame(register('a'))]), false],
      [tail, true],
      [frame(register('b')), true],
    ] as const)
      reader.read(segment, 0, segment.length, midway, { consumed: 0, headless: 0, ignore: false }, state);
    expect(found).toEqual(['a', 'b']);
  });

  it('joins fragments, with control frames between them', () => {
    const text = register('a', 'y'.repeat(100));
    const data = [
      Buffer.from(client),
      frame(text.slice(0, 20), { final: false }),
      frame('ping', { opcode: 9 }),
      frame(text.slice(20, 50), { opcode: 0, final: false, masked: false }),
      frame(text.slice(50), { opcode: 0 }),
      frame('', { opcode: 8 }),
    ];
    expect(readStream(data).messages).toEqual([seen('a')]);
    expect(readStream([Buffer.concat(data)]).messages).toEqual([seen('a')]);
  });

  it('passes over keep-alives, empty frames and what is no SIP', () => {
    expect(
      readStream([client, frame('\r\n\r\n'), frame(''), frame('hello'), frame(register('a') + register('b'))]).messages,
    ).toEqual([seen('a'), seen('b')]);
  });

  it('passes over compressed and overlong messages and goes on', () => {
    const long = register('long', 'z'.repeat(2000));
    const reading = readStream(
      [
        client,
        frame('compressed', { reserved: 0x40, final: false }),
        frame('rest', { opcode: 0 }),
        frame(long),
        frame(long.slice(0, 900), { final: false }),
        frame(long.slice(900, 1500), { opcode: 0, final: false }),
        frame(long.slice(1500), { opcode: 0 }),
        frame(register('b')),
      ],
      { limits: { sipMessageBytes: 1000 } },
    );
    expect(reading.messages).toEqual([seen('b')]);
    expect(reading.counters.anomalies.get('websocket extension')).toBe(1);
    expect(reading.counters.dropped.get('sipMessageBytes')).toBe(2);
  });

  it('allocates nothing for a length of 2^63', () => {
    const head = Buffer.from([0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]);
    expect(readStream([client, head, 'x'.repeat(100)])).toMatchObject({ messages: [], waiting: 0 });
  });

  it('is left alone where the subprotocol is another, or the upgrade was refused', () => {
    expect(readStream([client.replace('Protocol: sip', 'Protocol: mqtt')]).ignored).toBe(true);
    expect(readStream([server.replace('101 Switching Protocols', '403 Forbidden')]).ignored).toBe(true);
    expect(readStream([client.replace('Protocol: sip', 'Protocol: msrp, sip')]).ignored).toBe(false);
    expect(readStream([`GET /${'a'.repeat(20_000)}`]).ignored).toBe(true);
  });

  it('is found where the handshake was not captured', () => {
    for (const masked of [true, false]) {
      expect(
        readStream([frame(register('a'), { masked }), frame(register('b'), { masked })], { midway: true }),
      ).toMatchObject({
        messages: [seen('a'), seen('b')],
        headless: 0,
      });
    }
    expect(readStream([client, frame(register('a'))], { midway: true }).messages).toEqual([seen('a')]);
  });
});
