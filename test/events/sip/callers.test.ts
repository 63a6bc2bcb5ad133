import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeIsup, type IsupFields } from '../../../src/ss7/isup/isup-encode.ts';
import { Ss7Variant } from '../../../src/ss7/message.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf, type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { type DialogParts, request, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '10.0.0.3';
const NUMBER = '8613811112222';
const HIDDEN = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** The caller of a call that is rejected, however it is cut. */
async function callerOf(parts: DialogParts): Promise<string | null> {
  const scene = new Scene()
    .say(0, A, B, request('INVITE', 1, parts))
    .say(1, B, A, response('486 Busy Here', 'INVITE', 1, { ...parts, more: [], toTag: 'b1' }));
  const [event] = await sceneEvents(scene, folder, ['msisdn', 'direction']);
  expect(event!.direction).toBe('originating');
  return event!.msisdn as string | null;
}

describe('a caller whose From has no number', () => {
  // draft-ietf-sip-privacy-04 §4 and §5.1: party is the calling one in a request where it is not said; privacy says who may be shown it.
  test.each([
    ['Remote-Party-ID: <sip:+8613811112222@pbx.example>;party=calling;screen=yes;privacy=off', NUMBER],
    ['Remote-Party-ID: "Wang" <sip:8613811112222@10.0.0.1;user=phone>;party=calling;privacy=full', NUMBER],
    ['Remote-Party-ID: "Wang, Li" <tel:+86-138-1111-2222>', NUMBER],
    ['remote-party-id: <sip:+8613811112222@pbx.example>;PARTY=Calling', NUMBER],
    ['Remote-Party-ID: <sip:+8613811112222@pbx.example>;party=called', null],
    ['Remote-Party-ID: <sip:anonymous@pbx.example>;party=calling', null],
    ['Remote-Party-ID: <sip:+8613900009999@x>;party=called, <sip:+8613811112222@x>;party=calling', NUMBER],
    ['Remote-Party-ID: ', null],
    // RFC 3325 §9.2.
    ['P-Preferred-Identity: <sip:+8613811112222@home.example>', NUMBER],
    ['P-Preferred-Identity: "W" <sip:wang@home.example>', null],
    // RFC 3325 §9.1: one or two values, a SIP address and a telephone number.
    ['P-Asserted-Identity: "W" <sip:wang@home.example>, <tel:+8613811112222>', NUMBER],
    ['P-Asserted-Identity: "W" <sip:wang@home.example>\r\nP-Asserted-Identity: <tel:+86-138-1111-2222>', NUMBER],
    ['P-Asserted-Identity: <sip:home.example>, <tel:+8613811112222>', NUMBER],
  ])('is who is said in %s', async (line, number) => {
    expect(await callerOf({ from: HIDDEN, more: [line] })).toBe(number);
    expect(await callerOf({ from: '<sip:10.0.0.1>', more: [line] })).toBe(number);
  });

  test('is whom the network asserts, before the phone and the exchange', async () => {
    const lines = [
      'Remote-Party-ID: <sip:+8613811113333@x>;party=calling',
      'P-Preferred-Identity: <sip:+8613811112222@x>',
      'P-Asserted-Identity: <sip:+8613811111111@x>',
    ];
    for (const [count, number] of ['8613811113333', '8613811112222', '8613811111111'].entries())
      expect(await callerOf({ from: HIDDEN, more: lines.slice(0, count + 1) })).toBe(number);
  });

  test('is whom a later hop asserts, though the first said where the phone is', async () => {
    const from = HIDDEN;
    const cell = 'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=4600018070000101';
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1, { from, more: [cell] }))
      .say(
        0.1,
        B,
        C,
        request('INVITE', 1, { from, more: ['P-Asserted-Identity: <sip:trunk@x>, <tel:+8613811112222>'] }),
      )
      .say(1, C, B, response('486 Busy Here', 'INVITE', 1, { from, toTag: 'b1' }))
      .say(1.1, B, A, response('486 Busy Here', 'INVITE', 1, { from, toTag: 'b1' }));
    expect(await sceneEvents(scene, folder, ['msisdn', 'cell'])).toEqual([{ msisdn: NUMBER, cell: '460-00-6151-257' }]);
  });
});

test('a number in From stands, unless the network asserts another', async () => {
  const remote = 'Remote-Party-ID: <sip:+8613811112222@x>;party=calling';
  expect(await callerOf({ more: [remote, 'P-Preferred-Identity: <tel:+8613811112222>'] })).toBe('8613800000001');
  expect(await callerOf({ more: ['P-Asserted-Identity: <sip:trunk-7@provider.example>'] })).toBe('8613800000001');
  expect(await callerOf({ more: ['P-Asserted-Identity: <tel:+8613811112222>'] })).toBe(NUMBER);
});

// RFC 3261 §19.1.2: `%40` is no `@`, and what follows the colon of a user is a password. 3GPP TS 22.030 knows no `#` after a number.
test.each([
  ['sip:+8613900000002%23@10.0.0.2', '<sip:+8613811112222@x>', '+8613811112222@x'],
  ['sip:+8613900000002#@10.0.0.2', '<sip:+8613811112222@x>', '+8613811112222@x'],
  [
    'sip:+8613900000002%40ims.example@10.0.0.2',
    '<sip:+8613811112222%40ims.example@sbc>',
    '+8613811112222@ims.example@sbc',
  ],
  ['sip:tel:+8613900000002@10.0.0.2', '<sip:TEL:+8613811112222@x>', '+8613811112222@x'],
])('a number is read with what does not belong to it: %s', async (uri, from, aor) => {
  const scene = new Scene().say(0, A, B, request('INVITE', 1, { uri, from, to: `<${uri}>` }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'aor', 'counterpart'])).toEqual([
    { direction: 'originating', msisdn: NUMBER, aor, counterpart: '8613900000002' },
  ]);
});

test('a service code keeps its #, and a password is none of the user', async () => {
  for (const [uri, counterpart] of [
    ['sip:*100%23@10.0.0.2', '*100#'],
    ['sip:100%23@10.0.0.2', '100#'],
    ['sip:wang:8613900000002@10.0.0.2', 'wang'],
  ]) {
    const scene = new Scene().say(0, A, B, request('INVITE', 1, { uri: uri!, to: `<${uri}>` }));
    expect(await sceneEvents(scene, folder, ['counterpart'])).toEqual([{ counterpart }]);
  }
});

// A provider sends what it has for a company to the account of that, and says in To who was dialled.
test.each([
  ['sip:trunk1@10.0.0.2', '<sip:+8613900000002@10.0.0.2>', '8613900000002'],
  ['sip:trunk1@10.0.0.2', '<sip:reception@10.0.0.2>', 'trunk1'],
  ['sip:*100%23@10.0.0.2', '<sip:+8613900000002@10.0.0.2>', '*100#'],
  ['sip:10086@10.0.0.2', '<sip:+8613900000002@10.0.0.2>', '10086'],
])('a call to %s for %s is one to %s', async (uri, to, counterpart) => {
  const scene = new Scene().say(0, A, B, request('INVITE', 1, { uri, to }));
  expect(await sceneEvents(scene, folder, ['direction', 'counterpart'])).toEqual([
    { direction: 'originating', counterpart },
  ]);
});

test('who is called sees the number in Remote-Party-ID as the other one', async () => {
  const more = ['Remote-Party-ID: <sip:+8613811112222@x>;party=calling;privacy=full'];
  const from = '"Unavailable" <sip:Unavailable@dom.example>';
  const scene = new Scene().say(0, A, B, request('INVITE', 1, { from, more, uri: `sip:x@${B}:5060` }));
  expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'counterpart'])).toEqual([
    { direction: 'terminating', msisdn: '8613900000002', counterpart: NUMBER },
  ]);
});

// RFC 5806 §3.1.1, RFC 7044 §3: To stays who was called first.
test.each([
  'Diversion: <sip:+8613900000002@x>;reason=unconditional',
  'History-Info: <sip:+8613900000002@x>;index=1, <sip:+8613900000009@10.0.0.2>;index=1.1;mp=1',
])('a call that was forwarded is of the phone that it is sent to: %s', async (line) => {
  const forwarded = request('INVITE', 1, { more: [line], uri: `sip:+8613900000009@${B}:5060` });
  expect(await sceneEvents(new Scene().say(0, A, B, forwarded), folder, ['direction', 'msisdn', 'aor'])).toEqual([
    { direction: 'terminating', msisdn: '8613900000009', aor: null },
  ]);
  const plain = request('INVITE', 1, { uri: `sip:+8613900000009@${B}:5060` });
  const [called] = await sceneEvents(new Scene().say(0, A, B, plain), folder, ['direction', 'msisdn']);
  expect(called).toEqual({ direction: 'terminating', msisdn: '8613900000002' });
});

test('a call that is sent to where its phone is, which calls itself by its IMSI, was not forwarded (RFC 7044 §10.1)', async () => {
  const history = `History-Info: <sip:+8613900000002@x>;index=1, <sip:460007654321098@${B}>;index=1.1;rc=1`;
  const sent = request('INVITE', 1, { more: [history], uri: `sip:460007654321098@${B}:5060` });
  expect(await sceneEvents(new Scene().say(0, A, B, sent), folder, ['direction', 'msisdn', 'aor'])).toEqual([
    { direction: 'terminating', msisdn: '8613900000002', aor: '+8613900000002@example.com' },
  ]);
});

// RFC 4458 §4 (a URI that names whose mailbox it is), RFC 5806 §4.3 (the first Diversion is the latest).
describe('a call that goes on to another address is not of the phone that did not take it', () => {
  const reached = async (uri: string, ...more: string[]): Promise<Row[]> => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1, { uri, more }))
      .say(1, B, A, response('200 OK', 'INVITE', 1, { toTag: 'b1' }));
    return sceneEvents(scene, folder, ['direction', 'msisdn', 'aor', 'counterpart']);
  };
  const caller = { direction: 'originating', msisdn: '8613800000001', aor: '+8613800000001@example.com' };

  test('where that is its mailbox, by its name or under the same number', async () => {
    expect(await reached('sip:voicemail@10.0.0.2;target=sip:+8613900000002%40example.com;cause=408')).toEqual([
      { ...caller, counterpart: 'voicemail@10.0.0.2' },
    ]);
    const diversions = 'Diversion: <tel:+86-139-0000-0002>;reason=user-busy, <sip:+8613900000007@x>';
    expect(await reached('sip:8613900000002@10.0.0.2:5060', diversions)).toEqual([
      { ...caller, counterpart: '8613900000002@10.0.0.2' },
    ]);
  });

  test('where the address says why it was sent on, and History-Info from where (RFC 4458 §2.2, RFC 7044 §5)', async () => {
    const history =
      'History-Info: <sip:+8613900000002@x?Reason=SIP%3Bcause%3D408>;index=1, <sip:+8613900000002@10.0.0.2;cause=408>;index=1.1;mp=1';
    expect(await reached('sip:+8613900000002@10.0.0.2;cause=408', history)).toEqual([
      { ...caller, counterpart: '+8613900000002@10.0.0.2' },
    ]);
    expect(await reached('sip:+8613900000009@10.0.0.2;cause=302', history)).toEqual([
      { direction: 'terminating', msisdn: '8613900000009', aor: null, counterpart: '8613800000001' },
    ]);
    const phone = 'History-Info: <sip:+8613900000002@x>;index=1, <sip:+8613900000002@10.0.0.2>;index=1.1;rc=1';
    expect(await reached('sip:+8613900000002@10.0.0.2', phone)).toMatchObject([
      { direction: 'terminating', msisdn: '8613900000002' },
    ]);
  });

  test('nor named by its number where the other has none', async () => {
    const called = { direction: 'terminating', msisdn: null, aor: null, counterpart: '8613800000001' };
    expect(await reached('sip:x7f3@10.0.0.2', 'Diversion: <sip:+8613900000002@x>;reason=no-answer')).toEqual([called]);
    // Another sent it on to it.
    expect(await reached('sip:x7f3@10.0.0.2', 'Diversion: <sip:+8613900000007@x>;reason=no-answer')).toEqual([
      { ...called, msisdn: '8613900000002', aor: '+8613900000002@example.com' },
    ]);
  });
});

// RFC 4240 §3, §4, §5: the user part names the service; a server on the way asks for it in the name of who calls.
test.each(['annc', 'dialog', 'conf=7f3a'])(
  'what a media server plays to a caller does not reach who was called: %s',
  async (user) => {
    const uri = `sip:${user}@10.0.0.2:5060;play=http://as.example/busy.wav`;
    const [event] = await sceneEvents(new Scene().say(0, A, B, request('INVITE', 1, { uri })), folder, [
      ...['direction', 'msisdn', 'counterpart', 'endpoint'],
    ]);
    expect(event).toEqual({
      direction: 'originating',
      msisdn: '8613800000001',
      counterpart: '8613900000002',
      endpoint: `${A}:5060`,
    });
  },
);

// RFC 3578 §3: the next digits come in a new INVITE of the same call.
test('a number that is dialled in parts is called as a whole', async () => {
  const dial = (cseq: number, digits: string) => {
    const parts = { uri: `sip:${digits}@example.com`, to: `<sip:${digits}@example.com>` };
    return [
      request('INVITE', cseq, parts),
      response('484 Address Incomplete', 'INVITE', cseq, { ...parts, toTag: 't' }),
    ];
  };
  const scene = new Scene();
  for (const [i, digits] of ['+86139', '+8613900', '+8613900000009'].entries()) {
    const [invite, answer] = dial(i + 1, digits);
    scene.say(i, A, B, invite!);
    if (i < 2) scene.say(i + 0.2, B, A, answer!);
    else scene.say(i + 0.2, B, A, response('486 Busy Here', 'INVITE', i + 1, { toTag: 't' }));
  }
  expect(await sceneEvents(scene, folder, ['kind', 'counterpart', 'outcome'])).toEqual([
    { kind: 'leg', counterpart: '8613900000009', outcome: 'busy' },
  ]);
});

// RFC 6432; RFC 3398 §7.2.4.1 on which causes these statuses stand for.
test.each([
  ['480 Temporarily Unavailable', 17, 'busy'],
  ['480 Temporarily Unavailable', 21, 'rejected'],
  ['500 Server Internal Error', 19, 'no_answer'],
  ['503 Service Unavailable', 17, 'busy'],
  ['503 Service Unavailable', 34, 'failed'],
  // Q.850 §2.2.7.1: no number, absent, out of order reach nobody; a normal end says no more than the status.
  ['480 Temporarily Unavailable', 1, 'failed'],
  ['480 Temporarily Unavailable', 20, 'failed'],
  ['480 Temporarily Unavailable', 27, 'failed'],
  ['480 Temporarily Unavailable', 18, 'no_answer'],
  ['480 Temporarily Unavailable', 31, 'no_answer'],
  ['404 Not Found', 17, 'failed'],
])('%s for cause %i is %s', async (status, cause, outcome) => {
  const more = [`Reason: Q.850;cause=${cause}`];
  const scene = new Scene()
    .say(0, A, B, request('INVITE', 1))
    .say(1, B, A, response(status, 'INVITE', 1, { toTag: 't', more }));
  expect(await sceneEvents(scene, folder, ['outcome', 'cause'])).toEqual([{ outcome, cause }]);
});

test('a short message without a number in From has the one that its network asserts or the phone asks for', async () => {
  const more = ['Content-Type: text/plain', 'P-Preferred-Identity: <sip:+8613811112222@home.example>'];
  const scene = new Scene().say(0, A, B, request('MESSAGE', 1, { from: HIDDEN, more }), 'hello');
  expect(await sceneEvents(scene, folder, ['kind', 'msisdn'])).toEqual([{ kind: 'sms', msisdn: NUMBER }]);
});

describe('an IAM in an INVITE (ITU-T Q.1912.5, RFC 3204)', () => {
  const called = { digits: '8675500000002' };
  const parts = (type: string, body: Buffer, dialog: DialogParts): [string[], Buffer] => {
    const more = [`Content-Type: multipart/mixed;boundary=b`];
    const sdp = '--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n';
    const head = `${sdp}--b\r\nContent-Type: ${type}\r\nContent-Disposition: signal;handling=optional\r\n\r\n`;
    return [
      request('INVITE', 1, { ...dialog, more }),
      Buffer.concat([Buffer.from(head), body, Buffer.from('\r\n--b--\r\n')]),
    ];
  };
  const read = (fields: Omit<IsupFields, 'cic' | 'type'>, dialog: DialogParts): Promise<Row[]> => {
    const type =
      fields.variant === Ss7Variant.ansi ? 'application/ISUP;version=ansi88' : 'application/ISUP;version=itu-t92+';
    const [lines, body] = parts(type, encodeIsup({ ...fields, type: 'IAM', cic: null }), dialog);
    const scene = new Scene().say(0, A, B, lines, body);
    scene.say(3, B, A, response('480 Gone', 'INVITE', 1, { from: dialog.from ?? HIDDEN, toTag: 'b1' }));
    return sceneEvents(scene, folder, ['msisdn', 'counterpart']);
  };

  test('says who calls where From does not', async () => {
    const calling = { digits: NUMBER };
    for (const from of [HIDDEN, '<sip:10.0.0.1>'])
      expect(await read({ calling, called }, { from })).toEqual([{ msisdn: NUMBER, counterpart: '8613900000002' }]);
    const from = '<sip:+8613800000001@example.com>';
    expect(await read({ calling, called }, { from })).toEqual([
      { msisdn: '8613800000001', counterpart: '8613900000002' },
    ]);
  });

  test('says by its charge number who calls where North American networks say nothing else', async () => {
    const us = { variant: Ss7Variant.ansi, called: { digits: '12125550100' }, charge: { digits: '12015550123' } };
    expect(await read(us, { from: HIDDEN })).toMatchObject([{ msisdn: '12015550123' }]);
  });

  test('says who is called where the Request-URI does not', async () => {
    const to = '<sip:10.0.0.2>';
    for (const uri of ['sip:gateway.example.net', 'sip:trunk@gateway.example.net'])
      expect(await read({ called }, { uri, to, from: '<sip:+8613800000001@example.com>' })).toEqual([
        { msisdn: '8613800000001', counterpart: '8675500000002' },
      ]);
  });

  test('that is cut short anywhere names nobody else', async () => {
    const iam = encodeIsup({ type: 'IAM', cic: null, calling: { digits: NUMBER }, called });
    const scene = new Scene();
    for (let length = 0; length <= iam.length; length++) {
      const [lines, body] = parts('application/isup', iam.subarray(0, length), { from: HIDDEN, callId: `${length}` });
      scene.say(length, A, B, lines, body);
    }
    const events = await eventsOf([scene.write(join(folder, 'cut.pcap'))], ['msisdn', 'counterpart']);
    expect(events).toHaveLength(iam.length + 1);
    for (const { msisdn, counterpart } of events) {
      expect([null, NUMBER]).toContain(msisdn);
      expect(counterpart).toBe('8613900000002');
    }
    expect(events.at(-1)).toEqual({ msisdn: NUMBER, counterpart: '8613900000002' });
  });
});

// RFC 5031; 3GPP TS 24.229 §5.1.6.8 and §5.11.2: a phone puts the service in both, the network puts who answers for it in the Request-URI.
describe('an emergency call', () => {
  test.each([
    ['urn:service:sos', '<urn:service:sos>', 'urn:service:sos'],
    ['URN:service:SOS.police', '<sip:110@example.com>', 'urn:service:sos.police'],
    ['sip:desk@10.0.0.2', '<urn:service:sos>', 'urn:service:sos'],
    ['sip:+86201110000@example.com', '<urn:service:sos.fire>', 'urn:service:sos.fire'],
    ['tel:+86201110000', '<urn:service:sos>', 'urn:service:sos'],
    // A number stays one.
    ['tel:112', '<tel:112>', '112'],
    ['urn:gsma:imei:35693803-567890-0', '<tel:112>', '112'],
  ])('to %s, To %s, is one of the caller to the service', async (uri, to, counterpart) => {
    const parts = { uri, to };
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1, parts))
      .say(2, B, A, response('200 OK', 'INVITE', 1, { ...parts, toTag: 'b1' }))
      .say(9, A, B, request('BYE', 2, { ...parts, toTag: 'b1' }));
    const columns = ['kind', 'direction', 'msisdn', 'counterpart', 'outcome', 'talk_ms'];
    expect(await sceneEvents(scene, folder, columns)).toEqual([
      {
        kind: 'leg',
        direction: 'originating',
        msisdn: '8613800000001',
        counterpart,
        outcome: 'answered',
        talk_ms: 7000,
      },
    ]);
  });

  test('of which only the answers were seen is one to the service', async () => {
    const parts = { to: '<urn:service:sos>', toTag: 'b1' };
    const scene = new Scene().say(0, B, A, response('200 OK', 'INVITE', 1, parts));
    expect(await sceneEvents(scene, folder, ['msisdn', 'counterpart'])).toEqual([
      { msisdn: '8613800000001', counterpart: 'urn:service:sos' },
    ]);
  });
});
