import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { request, requestBack, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const TYPE = 'Content-Type: application/sdp';
const session = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n';
const audio = 'm=audio 4000 RTP/AVP 8\r\n';
// RFC 4975 §8.1.
const messages = 'm=message 7394 TCP/MSRP *\r\na=accept-types:message/cpim\r\n';

function answered(lines: readonly string[], media: string): Promise<Row[]> {
  const scene = new Scene()
    .say(0, A, B, request('INVITE', 1, { more: [...lines, TYPE] }), session + media)
    .say(1, B, A, response('200 OK', 'INVITE', 1, { toTag: 'b1' }))
    .say(9, B, A, requestBack('BYE', 1, { toTag: 'b1' }));
  return sceneEvents(scene, folder, ['kind', 'msisdn', 'outcome']);
}

const CALL = [{ kind: 'leg', msisdn: '8613800000001', outcome: 'answered' }];

// RFC 7866 §6.1.1, §6.2.1: who begins a recording session requires what only recorders know.
test.each([
  ['Require: siprec', []],
  ['require: timer, SIPREC', []],
  ['Require: timer\r\nRequire: siprec', []],
  ['Require: precondition', CALL],
  // A recorder that is called by somebody else.
  ['Supported: siprec', CALL],
])('what a border controller sends to a recorder is no call: %s', async (line, events) => {
  expect(await answered([line], audio)).toEqual(events);
});

test.each([
  ['messages alone', messages, []],
  ['a call in which they write as well', audio + messages, CALL],
  ['a session of messages in which they may talk', messages + audio, CALL],
])('a session of messages between phones is no call: %s', async (_, media, events) => {
  expect(await answered([], media)).toEqual(events);
});

// RFC 3891; RFC 4538, as 3GPP TS 24.237 §10.2.1 and §12.7.2 have it. RFC 3911: who joins a call is one more in it.
test.each([
  ['Replaces: one@x;to-tag=b1;from-tag=a1', []],
  ['Replaces: one@x;to-tag=b1;from-tag=a1;early-only', []],
  ['Require: tdialog\r\nTarget-Dialog: one@x;local-tag=b1;remote-tag=a1', []],
  ['Supported: replaces, tdialog', CALL],
  ['Join: one@x;to-tag=b1;from-tag=a1', CALL],
])('what takes the place of one side of a call is no other call: %s', async (line, events) => {
  expect(await answered([line], audio)).toEqual(events);
});

test.each([
  [
    'a phone rings',
    [
      ['180 Ringing', 1],
      ['200 OK', 1.5],
    ],
  ],
  ['somebody takes longer to answer', [['200 OK', 6]]],
] as const)(
  'what anybody may write of a call makes it none only where who waits for it answers: %s',
  async (_, answers) => {
    for (const line of ['Replaces: one@x;to-tag=b1;from-tag=a1', 'Target-Dialog: one@x', 'Require: siprec']) {
      const scene = new Scene().say(0, A, B, request('INVITE', 1, { more: [line, TYPE] }), session + audio);
      for (const [status, at] of answers) scene.say(at, B, A, response(status, 'INVITE', 1, { toTag: 'b1' }));
      scene.say(19, B, A, requestBack('BYE', 1, { toTag: 'b1' }));
      expect(await sceneEvents(scene, folder, ['kind', 'msisdn', 'outcome'])).toEqual(CALL);
    }
  },
);

test('a call that is transferred after both were asked is one call of each line to the other', async () => {
  const [C, D] = ['10.0.0.3', '10.0.0.4'];
  const first = { callId: 'first', to: '<sip:+8613900000002@example.com>' };
  const uri = 'sip:+8613900000003@example.com';
  const second = { callId: 'second', fromTag: 'a2', to: `<${uri}>`, uri };
  const taken = {
    ...{ callId: 'taken', fromTag: 'b3', from: first.to, to: second.to, toTag: 'c3', uri },
    more: ['Replaces: second;to-tag=c2;from-tag=a2', 'Referred-By: <sip:+8613800000001@example.com>'],
  };
  const replaced = 'Refer-To: <sip:+8613900000003@example.com?Replaces=second%3Bto-tag%3Dc2%3Bfrom-tag%3Da2>';
  const scene = new Scene()
    .say(0, A, D, request('INVITE', 1, first))
    .say(2, D, A, response('200 OK', 'INVITE', 1, { ...first, toTag: 'b1' }))
    .say(10, A, D, request('INVITE', 1, second))
    .say(13, D, A, response('200 OK', 'INVITE', 1, { ...second, toTag: 'c2' }))
    .say(20, A, D, request('REFER', 2, { ...first, toTag: 'b1', more: [replaced] }))
    .say(20.1, D, A, response('202 Accepted', 'REFER', 2, { ...first, toTag: 'b1' }))
    .say(20.2, C, D, request('INVITE', 1, { ...taken, toTag: '' }))
    .say(20.3, D, C, response('200 OK', 'INVITE', 1, taken))
    .say(21, D, A, requestBack('BYE', 1, { ...second, toTag: 'c2' }))
    .say(22, A, D, request('BYE', 3, { ...first, toTag: 'b1' }))
    .say(60, C, D, request('BYE', 2, taken));
  expect(await sceneEvents(scene, folder, ['counterpart', 'talk_ms', 'released_by'])).toEqual([
    { counterpart: '8613900000002', talk_ms: 20_000, released_by: 'caller' },
    { counterpart: '8613900000003', talk_ms: 8000, released_by: 'called' },
  ]);
});
