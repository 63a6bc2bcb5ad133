import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../support/scene.ts';
import { type DialogParts, request, response } from '../support/sip-messages.ts';

// What a device may write that wants to be somebody else, or nobody.

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BOX = '10.0.0.1';
const SERVER = '10.0.0.2';
const OWN = '<sip:+8613800000001@example.com>';
const OTHER = '<sip:+8613700000007@example.com>';
const CREDENTIALS = 'Proxy-Authorization: Digest username="+8613800000001", realm="example.com"';
const session = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n';
const audio = `${session}m=audio 4000 RTP/AVP 8\r\n`;
const messages = `${session}m=message 7394 TCP/MSRP *\r\n`;
const TYPE = 'Content-Type: application/sdp';

/** A call that is challenged and comes again. @param again what is otherwise then */
function challenged(first: DialogParts, again: DialogParts, offer = audio): Promise<Row[]> {
  const second = { ...again, more: [CREDENTIALS, TYPE, ...(again.more ?? [])] };
  const scene = new Scene()
    .say(0, BOX, SERVER, request('INVITE', 1, { ...first, more: [TYPE] }), offer)
    .say(0.1, SERVER, BOX, response('407 Proxy Authentication Required', 'INVITE', 1, { ...first, toTag: 'x' }))
    .say(0.2, BOX, SERVER, request('INVITE', 2, second), audio)
    .say(3, SERVER, BOX, response('180 Ringing', 'INVITE', 2, { ...again, toTag: 'b1' }))
    .say(5, SERVER, BOX, response('200 OK', 'INVITE', 2, { ...again, toTag: 'b1' }))
    .say(25, BOX, SERVER, request('BYE', 3, { ...again, toTag: 'b1' }));
  return sceneEvents(scene, folder, ['direction', 'msisdn', 'counterpart', 'talk_ms']);
}

const CALL = [{ direction: 'originating', msisdn: '8613800000001', counterpart: '8613900000002', talk_ms: 20_000 }];

test.each([
  ['the same again', {}],
  ['somebody else, first', { from: OTHER }],
  ['somebody else, first, under another tag', { from: OTHER, fromTag: 'q' }],
  ['another number, first', { to: OTHER, uri: 'sip:+8613700000007@example.com' }],
] as const)('the attempt with credentials says who calls whom: %s', async (_, first) => {
  expect(await challenged(first, {})).toEqual(CALL);
});

test('a session of messages that comes again as a call is a call', async () => {
  expect(await challenged({}, {}, messages)).toEqual(CALL);
});

test('the account is that of the credentials where From is a telephone number', async () => {
  const from = '<tel:+8613700000007>';
  const second = { from, more: ['Proxy-Authorization: Digest username="box7"'] };
  const scene = new Scene()
    .say(0, BOX, SERVER, request('INVITE', 1, second))
    .say(5, SERVER, BOX, response('200 OK', 'INVITE', 1, { from, toTag: 'b1' }))
    .say(25, BOX, SERVER, request('BYE', 2, { from, toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'aor'])).toEqual([
    { direction: 'originating', msisdn: '8613700000007', aor: `box7@${SERVER}` },
  ]);
});

// Kamailio, OpenSIPS and Asterisk compare methods without regard to case.
test('methods in lower case are methods', async () => {
  const scene = new Scene()
    .say(0, BOX, SERVER, request('invite', 1))
    .say(5, SERVER, BOX, response('200 OK', 'invite', 1, { toTag: 'b1' }))
    .say(25, BOX, SERVER, request('bye', 2, { toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'counterpart', 'talk_ms'])).toEqual(CALL);
});

test.each([['<sip:x@10.0.0.1>'], ['<sip:example.com>'], [OWN]])(
  'a registration with credentials is one, whoever it is from: %s',
  async (from) => {
    const parts = { from, to: OWN, uri: 'sip:example.com' };
    const more = ['Contact: <sip:x@10.0.0.1>', 'Expires: 600', CREDENTIALS.replace('Proxy-', '')];
    const scene = new Scene()
      .say(0, BOX, SERVER, request('REGISTER', 1, { ...parts, more }))
      .say(0.1, SERVER, BOX, response('200 OK', 'REGISTER', 1, { ...parts, toTag: 'r1', more }));
    expect(await sceneEvents(scene, folder, ['kind', 'msisdn', 'outcome'])).toEqual([
      { kind: 'registration', msisdn: '8613800000001', outcome: 'registered' },
    ]);
  },
);
