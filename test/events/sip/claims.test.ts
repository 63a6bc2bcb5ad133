import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { type DialogParts, request, response } from '../../support/sip-messages.ts';

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

test.each([
  ['the address of the server', { uri: `sip:+8613900000002@${SERVER}` }],
  ['an address at home', { uri: 'sip:+8613900000002@192.168.1.7' }],
  ['an address behind a proxy', { uri: 'sip:+8613900000002@198.51.100.7', more: [`Route: <sip:${SERVER};lr>`] }],
  ['whom the network looked for', { more: ['P-Called-Party-ID: <sip:+8613700000007@example.com>'] }],
  ['a Via of a proxy', { uri: `sip:+8613900000002@${SERVER}`, more: ['Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx'] }],
] as const)('who was asked for credentials and came with some called, whatever else is said: %s', async (_, parts) => {
  expect(await challenged(parts, parts)).toEqual(CALL);
});

test('credentials that nobody asks for any more make a call one of theirs', async () => {
  const parts = { uri: `sip:+8613900000002@${SERVER}` };
  const scene = new Scene()
    .say(0, BOX, SERVER, request('INVITE', 1, { ...parts, more: [CREDENTIALS] }))
    .say(5, SERVER, BOX, response('200 OK', 'INVITE', 1, { ...parts, toTag: 'b1' }))
    .say(25, BOX, SERVER, request('BYE', 2, { ...parts, toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'counterpart', 'talk_ms'])).toEqual(CALL);
});

test('credentials that a proxy passes on to a phone make nothing of its call', async () => {
  const phone = '10.0.0.9';
  const parts = { uri: `sip:+8613900000002@${phone}` };
  const more = ['Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx', CREDENTIALS];
  const scene = new Scene()
    .say(0, SERVER, phone, request('INVITE', 2, { ...parts, more }))
    .say(5, phone, SERVER, response('200 OK', 'INVITE', 2, { ...parts, toTag: 'b1' }))
    .say(25, SERVER, phone, request('BYE', 3, { ...parts, toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'counterpart'])).toEqual([
    { direction: 'terminating', msisdn: '8613900000002', counterpart: '8613800000001' },
  ]);
});

test('a message with credentials is from who has them', async () => {
  const parts = { uri: `sip:+8613900000002@${SERVER}`, more: [CREDENTIALS, 'Content-Type: text/plain'] };
  const scene = new Scene()
    .say(0, BOX, SERVER, request('MESSAGE', 1, parts), 'hi')
    .say(0.1, SERVER, BOX, response('200 OK', 'MESSAGE', 1, { ...parts, more: [], toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'counterpart'])).toEqual([
    { direction: 'originating', msisdn: '8613800000001', counterpart: '8613900000002' },
  ]);
});

/** A call with one's own credentials that says to be of somebody else. */
async function claimed(more: readonly string[]): Promise<Row[]> {
  const first = { from: OTHER, more };
  const scene = new Scene()
    .say(0, BOX, SERVER, request('INVITE', 1, first))
    .say(
      0.1,
      SERVER,
      BOX,
      response('407 Proxy Authentication Required', 'INVITE', 1, { from: OTHER, toTag: 'x', more: [ASKED] }),
    )
    .say(0.2, BOX, SERVER, request('INVITE', 2, { from: OTHER, more: [...more, CREDENTIALS] }))
    .say(5, SERVER, BOX, response('200 OK', 'INVITE', 2, { from: OTHER, toTag: 'b1' }))
    .say(25, BOX, SERVER, request('BYE', 3, { from: OTHER, toTag: 'b1' }));
  return sceneEvents(scene, folder, ['direction', 'imsi', 'msisdn', 'aor']);
}

const ASKED = 'Proxy-Authenticate: Digest realm="example.com", nonce="n"';
const BINDING = ['Contact: <sip:x@10.0.0.1>', 'Expires: 600'];
const IMSI = '460001234567890@ims.mnc000.mcc460.3gppnetwork.org';

// A lawful exchange says whose number it shows in the same way: account and number are both told.
test.each([
  ['what it asserts itself', 'P-Asserted-Identity: <sip:+8613700000007@example.com>'],
  ['credentials for another realm', 'Proxy-Authorization: Digest username="+8613700000007", realm="example.org"'],
  ['credentials of a SIM card for another realm', `Authorization: Digest username="${IMSI}", realm="example.org"`],
  ['a user name in another parameter', `Subject: Digest username="${IMSI}"`],
] as const)('the account is that of the credentials that were asked for, beside %s', async (_, header) => {
  expect(await claimed([header])).toEqual([
    { direction: 'originating', imsi: null, msisdn: '8613700000007', aor: '+8613800000001@example.com' },
  ]);
});

test('what a proxy asserts on the way is no claim of the account', async () => {
  const proxy = '10.0.0.3';
  const own = { from: OTHER, more: [CREDENTIALS] };
  const passed = ['Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx', 'P-Asserted-Identity: <sip:+8613700000007@example.com>'];
  const scene = new Scene()
    .say(0, BOX, proxy, request('INVITE', 1, own))
    .say(0.1, proxy, SERVER, request('INVITE', 1, { from: OTHER, more: [...own.more, ...passed] }))
    .say(5, SERVER, proxy, response('200 OK', 'INVITE', 1, { from: OTHER, toTag: 'b1' }))
    .say(5.1, proxy, BOX, response('200 OK', 'INVITE', 1, { from: OTHER, toTag: 'b1' }))
    .say(25, BOX, proxy, request('BYE', 2, { from: OTHER, toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['msisdn', 'aor'])).toEqual([
    { msisdn: '8613700000007', aor: '+8613700000007@example.com' },
  ]);
});

test('the SIM card of a registration is that of its user name, and of no other parameter', async () => {
  const parts = { from: OWN, to: OWN, uri: 'sip:example.com' };
  const more = [`Authorization: Digest username="box7", realm="example.com", x="username=${IMSI}"`, ...BINDING];
  const scene = new Scene()
    .say(0, BOX, SERVER, request('REGISTER', 1, { ...parts, more }))
    .say(0.1, SERVER, BOX, response('200 OK', 'REGISTER', 1, { ...parts, toTag: 'r1', more: BINDING }));
  expect(await sceneEvents(scene, folder, ['imsi', 'outcome'])).toEqual([{ imsi: null, outcome: 'registered' }]);
});

test('of several credentials in a registration, the SIM card is of those that were asked for', async () => {
  const parts = { from: OWN, to: OWN, uri: 'sip:example.com' };
  const bogus =
    'Authorization: Digest username="460009999999999@ims.mnc000.mcc460.3gppnetwork.org", realm="example.org"';
  const more = [bogus, `Authorization: Digest username="${IMSI}", realm="example.com"`, ...BINDING];
  const asked = [ASKED.replace('Proxy', 'WWW')];
  const scene = new Scene()
    .say(0, BOX, SERVER, request('REGISTER', 1, { ...parts, more: [bogus, ...BINDING] }))
    .say(0.1, SERVER, BOX, response('401 Unauthorized', 'REGISTER', 1, { ...parts, toTag: 'r1', more: asked }))
    .say(0.2, BOX, SERVER, request('REGISTER', 2, { ...parts, more }))
    .say(0.3, SERVER, BOX, response('200 OK', 'REGISTER', 2, { ...parts, toTag: 'r1', more: BINDING }));
  expect(await sceneEvents(scene, folder, ['imsi', 'outcome'])).toEqual([
    { imsi: '460001234567890', outcome: 'registered' },
  ]);
});
