import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { encodeSip } from '../../src/sip/encode.ts';
import { callId } from '../../src/sip/fields.ts';
import { createStreamState, SipStreamReader } from '../../src/sip/framing.ts';
import { pieces, readStream } from './stream.ts';

function message(id: string, body = '', more: readonly (readonly [string, string])[] = []): string {
  return encodeSip({
    method: 'MESSAGE',
    uri: 'sip:bob@example.com',
    headers: [['Call-ID', id], ['CSeq', '1 MESSAGE'], ...more],
    body,
  }).toString('latin1');
}

/** Bytes that are no text. */
const binary = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7919) % 256));
const seen = (id: string, body = '') => `MESSAGE 0 ${id} ${body}`;

describe('a SIP stream', () => {
  it('gives its messages in order, several in a segment or one over many', () => {
    const text = message('a', 'hello') + message('b') + message('c', 'INVITE sip:no SIP/2.0\r\n\r\n');
    const all = [seen('a', 'hello'), seen('b'), seen('c', 'INVITE sip:no SIP/2.0\r\n\r\n')];
    expect(readStream([text])).toMatchObject({ messages: all, ignored: false, waiting: 0 });
    expect(readStream([...text])).toMatchObject({ messages: all, ignored: false, waiting: 0 });
  });

  it('is the same however TCP cuts it', () => {
    const parts = fc.array(
      fc.oneof(
        fc
          .tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 40 }))
          .map(([id, body]) => message(id, body)),
        fc.constantFrom('\r\n\r\n', '\r\n', '\n'),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(parts, fc.array(fc.nat(5000), { maxLength: 12 }), (texts, cuts) => {
        const data = Buffer.from(texts.join(''), 'latin1');
        const whole = readStream([data]);
        const cut = readStream(pieces(data, cuts));
        expect(cut.messages).toEqual(whole.messages);
        expect(whole.messages).toHaveLength(texts.filter((text) => text.startsWith('M')).length);
        expect(cut.waiting).toBe(0);
      }),
      { numRuns: 200, seed: 5626 },
    );
  });

  it('may have keep-alives and STUN between and before messages (RFC 5626)', () => {
    const stun = Buffer.from('000100002112a442000102030405060708090a0b', 'hex').toString('latin1');
    const text = `\r\n\r\n${stun}${message('a')}\r\n\r\n\r\n${stun}${stun}${message('b')}\r\n`;
    for (const segments of [[text], [...text]]) {
      expect(readStream(segments)).toMatchObject({ messages: [seen('a'), seen('b')], ignored: false, waiting: 0 });
    }
  });

  it('that carries no SIP is left alone at once', () => {
    for (const first of [
      '\x16\x03\x01\x02\x00\x01\x00',
      'SSH-2.0-OpenSSH_9\r\n',
      'GET /index HTTP/1.1\r\nHost: a\r\n\r\n<',
      'HTTP/1.1 200 OK\r\n\r\n<html>',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'GET /index HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5),
      'OPTIONS rtsp://a/b RTSP/1.0\r\n\r\n',
      'EHLO mail.example.com\r\n',
      '\x00\x01\x00\x00\x01\x02\x03\x04',
    ]) {
      expect(readStream([first]), JSON.stringify(first)).toMatchObject({ ignored: true, messages: [] });
    }
  });

  it('may carry SIP after HTTP, as servers that speak both read it', () => {
    const get = 'GET /index HTTP/1.1\r\nHost: a\r\n\r\n';
    const found = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>';
    for (const http of [get, get + get, found]) {
      for (const segments of [[http + message('a')], [http, message('a')]])
        expect(readStream(segments), http).toMatchObject({ messages: [seen('a')], ignored: false });
    }
  });

  it('waits while its first bytes may still be SIP', () => {
    for (const first of ['I', 'INVITE', 'INVITE sip:', 'SIP/2.0 20', 'G', 'GET / HTTP/1.1\r\nUpgr', '\x00', '\r\n']) {
      expect(readStream([first]), JSON.stringify(first)).toMatchObject({ ignored: false, messages: [] });
    }
  });

  it('without Content-Length has the body up to the next start line', () => {
    const bare = 'MESSAGE sip:bob@example.com SIP/2.0\r\nCall-ID: a\r\n\r\n';
    expect(readStream([bare + message('b')]).messages).toEqual([seen('a'), seen('b')]);
    const reading = readStream([`${bare}v=0\r\ns=-\r\n${message('b')}`]);
    expect(reading.messages).toEqual([seen('a', 'v=0\r\ns=-\r\n'), seen('b')]);
    expect(reading.counters.anomalies.get('sip stream without Content-Length')).toBe(1);
    expect(readStream([`${bare}v=0\r\n`, `s=-\r\n${message('b')}`]).messages).toEqual([
      seen('a', 'v=0\r\n'),
      seen('b'),
    ]);
  });

  it('whose Content-Length is too small is in step again at the next start line', () => {
    const short = message('a', '', [['Content-Length', '4']]);
    const reading = readStream([`${short}v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n${message('b')}`]);
    expect(reading.messages).toEqual([seen('a', 'v=0\r'), seen('b')]);
    expect(reading.counters.anomalies.get('sip stream out of step')).toBe(1);
    // The line that is no message may come in pieces, its end taken for no beginning.
    expect(readStream([`${short}v=0\r\no=- 1 `, `INVITE sip:x SIP/2.0\r\n${message('b')}`]).messages).toEqual([
      seen('a', 'v=0\r'),
      seen('b'),
    ]);
  });

  it('whose Content-Length is beyond the limit goes on after the header block', () => {
    const reading = readStream([message('a', '', [['Content-Length', '99999999']]), `junk\r\n${message('b')}`]);
    expect(reading.messages).toEqual([seen('a'), seen('b')]);
    expect(reading.stops).toEqual(['Content-Length', undefined]);
  });

  it('with a header block beyond the limit gives what is there and goes on', () => {
    const long = `MESSAGE sip:b SIP/2.0\r\nCall-ID: a\r\n${'X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(100)}`;
    const reading = readStream([`${long}\r\n${message('b')}`], { limits: { sipMessageBytes: 1000 } });
    expect(reading.messages).toEqual([seen('a'), seen('b')]);
    expect(reading.stops).toEqual(['sipMessageBytes', undefined]);
    expect(
      readStream(pieces(Buffer.from(long), [200, 400, 900]), { limits: { sipMessageBytes: 1000 } }).messages,
    ).toEqual([seen('a')]);
  });

  it('gives a long message once, header block and body in many pieces', () => {
    const text = message('a', 'b'.repeat(20_000), [['X', 'c'.repeat(20_000)]]);
    const cuts = Array.from({ length: 300 }, (_, i) => i * 137);
    expect(readStream(pieces(Buffer.from(text), cuts)).messages).toEqual([seen('a', 'b'.repeat(20_000))]);
  });
});

describe('a stream joined midway', () => {
  it('begins with a message where one stands at its first byte', () => {
    expect(readStream([message('a')], { midway: true })).toMatchObject({ messages: [seen('a')], headless: 0 });
    expect(readStream(['SIP/2.0 200 OK\r\nCall-ID: a\r\nCSeq: 1 BYE\r\nl: 0\r\n\r\n'], { midway: true })).toMatchObject(
      { messages: ['BYE 200 a '], headless: 0 },
    );
  });

  it('gives up the tail of the message that began before', () => {
    const text = `=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n${message('b')}`;
    expect(readStream([text], { midway: true })).toMatchObject({
      messages: [seen('b')],
      headless: text.indexOf('MESSAGE'),
    });
    expect(
      readStream(['Via: SIP/2.0/TCP h\r\n', 'To: <sip:a@b>\r\n\r\n', message('b')], { midway: true }),
    ).toMatchObject({
      messages: [seen('b')],
      headless: 37,
    });
  });

  it('does not take the tail of a method for another', () => {
    const reading = readStream([`SSAGE sip:a SIP/2.0\r\nCall-ID: a\r\n\r\n${message('b')}`], { midway: true });
    expect(reading.messages).toEqual([seen('b')]);
  });

  it('waits for a start line that is cut', () => {
    expect(readStream(['body\r\nMESS', message('b').slice(4)], { midway: true })).toMatchObject({
      messages: [seen('b')],
      headless: 6,
    });
    expect(readStream(['MESSA', message('b').slice(5)], { midway: true })).toMatchObject({
      messages: [seen('b')],
      headless: 0,
    });
  });

  it('reads text in any language as text, and leaves other bytes alone', () => {
    const chinese = Buffer.concat([
      Buffer.from('你好,这是一条短消息的剩余部分。'.repeat(4)),
      Buffer.from(`\r\n${message('b')}`),
    ]);
    expect(readStream([chinese], { midway: true }).messages).toEqual([seen('b')]);
    expect(readStream([binary(5000)], { midway: true })).toMatchObject({ ignored: true, messages: [] });
  });

  it('may begin inside a body that is no text, or with the one byte of a keep-alive', () => {
    for (const first of [binary(200), Buffer.from([0])]) {
      expect(readStream([first, message('b'), message('c')], { midway: true })).toMatchObject({
        messages: [seen('b'), seen('c')],
        headless: first.length,
      });
    }
    const tail = Buffer.concat([binary(200), Buffer.from(`\r\n${message('b')}`)]);
    expect(readStream([tail], { midway: true }).messages).toEqual([seen('b')]);
  });

  it('that was known before is not given up, however much is no text', () => {
    const reader = new SipStreamReader(DEFAULT_LIMITS, new Counters(), (m) => found.push(callId(m)));
    const found: (string | null)[] = [];
    const state = createStreamState();
    for (const [segment, midway] of [
      [Buffer.from(message('a')), false],
      [binary(60_000), true],
      [Buffer.from(message('b')), true],
    ] as const) {
      const verdict = { consumed: 0, headless: 0, ignore: false };
      reader.read(segment, 0, segment.length, midway, verdict, state);
      expect(verdict).toMatchObject({ consumed: segment.length, ignore: false });
    }
    expect(found).toEqual(['a', 'b']);
  });

  it('gives what there is of a message whose segment was cut', () => {
    const text = message('a', 'x'.repeat(100));
    const { messages, stops } = readStream([message('b'), text.slice(0, -40)], { cut: true });
    expect(messages).toEqual([seen('b'), `${seen('a')}${'x'.repeat(60)}`]);
    expect(stops).toEqual([undefined, 'Content-Length']);
    expect(readStream([text.slice(0, 60)], { cut: true }).stops).toEqual(['header block']);
  });

  it('never throws on any bytes, and never consumes what is not there', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
            fc.constantFrom(message('a', 'xyz'), 'SIP/2.0 ', '\r\n', 'GET ').map((text) => Buffer.from(text)),
          ),
          { maxLength: 8 },
        ),
        fc.boolean(),
        (segments, midway) => {
          readStream(segments, { midway });
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });
});
