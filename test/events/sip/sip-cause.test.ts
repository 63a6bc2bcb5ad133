import { expect, test } from 'vitest';
import { releaseCause } from '../../../src/events/sip/sip-cause.ts';
import { createSipMessage, scanSip } from '../../../src/sip/scan.ts';
import { encodeIsup, type IsupFields } from '../../../src/ss7/isup/isup-encode.ts';

/** The cause of a BYE with this body of its type, and with these headers. */
function causeOf(type: string, body: Buffer, ...headers: string[]): number | null {
  const head = ['BYE sip:1@a SIP/2.0', 'Call-ID: 1', 'CSeq: 2 BYE', ...headers, `Content-Type: ${type}`].join('\r\n');
  const bytes = Buffer.concat([Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
  const message = createSipMessage(64);
  expect(scanSip(bytes, 0, bytes.length, message, { stream: false, maxBytes: 65_536 })).toBe(bytes.length);
  return releaseCause(message);
}

const isup = (fields: Omit<IsupFields, 'cic'>): Buffer => encodeIsup({ ...fields, cic: null });
const TYPE = 'application/isup; version=itu-t92+';

test('the cause of the REL in a message is the cause, unless the message gives one itself', () => {
  const release = isup({ type: 'REL', cause: 19 });
  expect(causeOf(TYPE, release)).toBe(19);
  expect(causeOf(TYPE, release, 'Reason: Q.850;cause=31')).toBe(31);
  const parts = [
    '--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n',
    `--b\r\nContent-Type: ${TYPE}\r\n\r\n${release.toString('latin1')}`,
    '\r\n--b--\r\n',
  ];
  expect(causeOf('multipart/mixed; boundary=b', Buffer.from(parts.join(''), 'latin1'))).toBe(19);
});

test('cause 0, which Asterisk writes where it has none, is none', () => {
  expect(causeOf('application/sdp', Buffer.alloc(0), 'Reason: Q.850;cause=0')).toBeNull();
  expect(causeOf(TYPE, isup({ type: 'REL', cause: 19 }), 'Reason: Q.850;cause=0')).toBe(19);
});

test('no other message, and no part of one, gives a cause', () => {
  expect(causeOf(TYPE, isup({ type: 'RLC', cause: 19 }))).toBeNull();
  expect(causeOf(TYPE, Buffer.alloc(0))).toBeNull();
  expect(causeOf('application/sdp', isup({ type: 'REL', cause: 19 }))).toBeNull();
  const release = isup({ type: 'REL', cause: 19 });
  for (let length = 0; length < release.length - 1; length++)
    expect([null, 19]).toContain(causeOf(TYPE, release.subarray(0, length)));
});
