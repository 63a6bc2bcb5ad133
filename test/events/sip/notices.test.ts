import { rmSync } from 'node:fs';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeRpData } from '../../../src/ss7/radio/nas-sms-encode.ts';
import { encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { request, response } from '../../support/sip-messages.ts';
import { statusReport } from '../../support/status-report.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sent(type: string, body: string | Buffer): Promise<Row[]> {
  const scene = new Scene()
    .say(0, '10.0.0.1', '10.0.0.2', request('MESSAGE', 1, { more: [type] }), body)
    .say(0.2, '10.0.0.2', '10.0.0.1', response('202 Accepted', 'MESSAGE', 1));
  return sceneEvents(scene, folder, ['kind', 'counterpart', 'sms_length']);
}

// RFC 3862 §2: headers of the message, a blank line, MIME headers, a blank line, the content.
const cpim = (type: string, content: string): string =>
  `From: <sip:a@x>\r\nTo: <sip:b@x>\r\nDateTime: 2026-01-01T00:00:00Z\r\n\r\n${type}\r\nContent-Length: ${content.length}\r\n\r\n${content}`;

test.each([
  // RFC 3994: somebody is typing. RFC 5438: a message was delivered or shown.
  ['Content-Type: application/im-iscomposing+xml', '<isComposing/>'],
  ['c: Application/IM-isComposing+XML; charset=utf-8', '<isComposing/>'],
  ['Content-Type: message/imdn+xml', '<imdn/>'],
  ['Content-Type: message/cpim', cpim('Content-type: message/imdn+xml', '<imdn/>')],
  // GB/T 28181 §9.6: a camera is alive. RFC 3863, RFC 3842; OMA push.
  ['Content-Type: Application/MANSCDP+xml', '<Notify><CmdType>Keepalive</CmdType></Notify>'],
  ['Content-Type: application/pidf+xml', '<presence/>'],
  ['Content-Type: application/simple-message-summary', 'Messages-Waiting: yes'],
  ['Content-Type: application/vnd.oma.push', '<si/>'],
  [
    'Content-Type: message/CPIM;charset=utf-8',
    cpim('Content-Type: application/im-iscomposing+xml;a=b', '<isComposing/>'),
  ],
])('a notice about messages is none: %s', async (type, body) => {
  expect(await sent(type, body)).toEqual([]);
});

test('the report of a service centre on a message is none', async () => {
  const relay = encodeRpData({
    fromMobile: false,
    reference: 1,
    serviceCentre: '8613800100500',
    tpdu: statusReport('8613977778888'),
  });
  expect(await sent('Content-Type: application/vnd.3gpp.sms', relay)).toEqual([]);
});

test.each([
  'Content-Type: text/plain',
  'Content-Type: TEXT/html;charset=utf-8',
  'Content-Type: application/vnd.gsma.rcs-ft-http+xml',
  'Content-Type: multipart/mixed;boundary=b',
  'X-Other: 1',
])('what people write is one: %s', async (type) => {
  expect(await sent(type, 'hello')).toMatchObject([{ kind: 'sms', sms_length: 5 }]);
});

test('a message in a wrapper has the length of its text', async () => {
  const told = { kind: 'sms', counterpart: '8613900000002', sms_length: 5 };
  expect(await sent('Content-Type: message/cpim', cpim('Content-Type: text/plain; charset=utf-8', 'hello'))).toEqual([
    told,
  ]);
  expect(await sent('Content-Type: message/cpim', cpim('Content-Language: en', 'hello'))).toEqual([told]);
});

test('a wrapper that is cut short anywhere is a message or a notice', async () => {
  const whole = cpim('Content-Type: text/plain', 'hello');
  for (const length of [0, 1, 30, whole.length - 8, whole.length - 6, whole.length - 4]) {
    const [event] = await sent('Content-Type: message/cpim', whole.slice(0, length));
    expect(event).toMatchObject({
      kind: 'sms',
      sms_length: expect.toSatisfy((size: number) => size >= 0 && size <= length),
    });
  }
});

// RFC 3261 §20.12: Linphone compresses bodies that are long enough, reports among them.
describe('a body with a Content-Encoding is read without it', () => {
  const text = 'hello '.repeat(100);
  const codings = [
    ['deflate', deflateSync],
    ['Deflate', deflateRawSync],
    ['gzip', gzipSync],
  ] as const;

  test.each(codings)('%s', async (coding, encode) => {
    const coded = (type: string, body: string): Promise<Row[]> =>
      sent(`Content-Encoding: ${coding}\r\nContent-Type: ${type}`, encode(body));
    expect(await coded('message/cpim', cpim('Content-Type: message/imdn+xml', '<imdn/>'))).toEqual([]);
    expect(await coded('message/cpim', cpim('Content-Type: text/plain', text))).toMatchObject([{ sms_length: 600 }]);
    expect(await coded('text/plain', text)).toMatchObject([{ sms_length: 600 }]);
  });

  test('where that is known; else it is as long as it was sent', async () => {
    const coded = deflateSync(cpim('Content-Type: message/imdn+xml', '<imdn/>'));
    const damaged = Buffer.from(coded).fill(0xff, 2);
    for (const [coding, body] of [
      ['br', coded],
      ['gzip', coded],
      ['deflate', damaged],
    ] as const) {
      const events = await sent(`Content-Encoding: ${coding}\r\nContent-Type: message/cpim`, body);
      expect(events).toMatchObject([{ kind: 'sms', sms_length: body.length }]);
    }
    expect(await sent('Content-Encoding: identity\r\nContent-Type: text/plain', 'hello')).toMatchObject([
      { sms_length: 5 },
    ]);
  });

  test('where it is cut short, as far as it goes', async () => {
    const coded = deflateSync(cpim('Content-Type: message/imdn+xml', '<imdn/>'));
    const type = 'Content-Encoding: deflate\r\nContent-Type: message/cpim';
    expect(await sent(type, coded.subarray(0, -5))).toEqual([]);
  });
});

test('the relay layer in a part of a body names who writes to whom', async () => {
  const tpdu = encodeSubmit('8613977778888', 40);
  const data = encodeRpData({ fromMobile: true, reference: 7, serviceCentre: '8613800100500', tpdu });
  const head = '--q\r\nContent-Type: application/vnd.3gpp.sms\r\nContent-Transfer-Encoding: binary\r\n\r\n';
  const body = Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n--q--\r\n')]);
  expect(await sent('Content-Type: multipart/mixed;boundary=q', body)).toEqual([
    { kind: 'sms', counterpart: '8613977778888', sms_length: 40 },
  ]);
});
