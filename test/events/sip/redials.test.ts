import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { request, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';

const read = (scene: Scene): Promise<Row[]> =>
  sceneEvents(scene, folder, ['outcome', 'setup_ms', 'ring_ms', 'talk_ms', 'sip_status', 'released_by']);

/** An INVITE at `at` that rings a second later. */
const rings = (scene: Scene, at: number, cseq: number, toTag: string): Scene =>
  scene.say(at, A, B, request('INVITE', cseq)).say(at + 1, B, A, response('180 Ringing', 'INVITE', cseq, { toTag }));

/** It is answered 4 s after that, and its caller hangs up at `end`. */
const talks = (scene: Scene, at: number, cseq: number, toTag: string, end: number): Scene =>
  rings(scene, at, cseq, toTag)
    .say(at + 5, B, A, response('200 OK', 'INVITE', cseq, { toTag }))
    .say(at + 5.1, A, B, request('ACK', cseq, { toTag }))
    .say(end, A, B, request('BYE', cseq + 1, { toTag }));

const talked = { outcome: 'answered', setup_ms: 1000, ring_ms: 4000, sip_status: 200, released_by: 'caller' };

describe('a client that dials again under one Call-ID and From tag calls twice', () => {
  test('after a conversation, though it rings for longer than that one lingers', async () => {
    const scene = talks(new Scene(), 0, 1, 'b1', 15);
    rings(scene, 20, 3, 'b2').say(80, B, A, response('200 OK', 'INVITE', 3, { toTag: 'b2' }));
    scene.say(90, A, B, request('BYE', 4, { toTag: 'b2' }));
    expect(await read(scene)).toEqual([
      { ...talked, talk_ms: 10_000 },
      { ...talked, ring_ms: 59_000, talk_ms: 10_000 },
    ]);
  });

  test('after a conversation, and nothing is said to the second call', async () => {
    const scene = talks(new Scene(), 0, 1, 'b1', 15).say(16, A, B, request('INVITE', 3));
    expect(await read(scene)).toMatchObject([
      { ...talked, talk_ms: 10_000 },
      { outcome: 'open', sip_status: null },
    ]);
  });

  test('after the phone was busy', async () => {
    const scene = new Scene().say(0, A, B, request('INVITE', 1));
    scene.say(0.5, B, A, response('486 Busy Here', 'INVITE', 1, { toTag: 'b1' }));
    expect(await read(talks(scene, 2, 2, 'b2', 17))).toMatchObject([
      { outcome: 'busy', sip_status: 486, released_by: 'called' },
      { ...talked, talk_ms: 10_000 },
    ]);
  });

  test('after it gave up', async () => {
    const scene = rings(new Scene(), 0, 1, 'b1').say(9, A, B, request('CANCEL', 1));
    scene.say(9.1, B, A, response('487 Request Terminated', 'INVITE', 1, { toTag: 'b1' }));
    expect(await read(talks(scene, 12, 2, 'b2', 27))).toMatchObject([
      { outcome: 'cancelled', ring_ms: 8000, sip_status: 487, released_by: 'caller' },
      { ...talked, talk_ms: 10_000 },
    ]);
  });
});

test('one that asks in another way, or elsewhere, calls once', async () => {
  for (const status of ['302 Moved Temporarily', '415 Unsupported Media Type', '503 Service Unavailable']) {
    const scene = new Scene().say(0, A, B, request('INVITE', 1));
    scene.say(0.5, B, A, response(status, 'INVITE', 1, { toTag: 'b1' }));
    expect(await read(talks(scene, 2, 2, 'b2', 17))).toEqual([{ ...talked, setup_ms: 3000, talk_ms: 10_000 }]);
  }
  const scene = new Scene().say(0, A, B, request('INVITE', 1));
  scene.say(0.5, B, A, response('486 Busy Here', 'INVITE', 1, { toTag: 'b1' }));
  const uri = 'sip:+8613900000003@example.com';
  scene.say(2, A, B, request('INVITE', 2, { uri })).say(7, B, A, response('200 OK', 'INVITE', 2, { toTag: 'b2' }));
  scene.say(17, A, B, request('BYE', 3, { toTag: 'b2' }));
  expect(await read(scene)).toMatchObject([{ outcome: 'answered', talk_ms: 10_000 }]);
});
