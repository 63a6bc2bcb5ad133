import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../support/scene.ts';
import { request, requestBack, response } from '../support/sip-messages.ts';

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
