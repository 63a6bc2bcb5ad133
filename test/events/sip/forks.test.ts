import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, byeOf } from '../../../src/events/sip/answers.ts';
import { mergeStates } from '../../../src/events/sip/merge.ts';
import { newCall, newInvite } from '../../../src/events/sip/open-states.ts';
import type { CallState, InviteState } from '../../../src/events/sip/state.ts';
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
const C = '10.0.0.3';
const COLUMNS = ['outcome', 'ring_ms', 'talk_ms', 'sip_status', 'released_by'];

const ringing = (): Scene =>
  new Scene()
    .say(0, A, B, request('INVITE', 1))
    .say(1, B, A, response('180 Ringing', 'INVITE', 1, { toTag: 'b1' }))
    .say(1.5, B, A, response('180 Ringing', 'INVITE', 1, { toTag: 'b2' }));

/** One branch answers and is acknowledged. */
const answered = (scene: Scene, at: number, toTag: string): Scene =>
  scene.say(at, B, A, response('200 OK', 'INVITE', 1, { toTag })).say(at + 0.1, A, B, request('ACK', 1, { toTag }));

const hungUp = (scene: Scene, at: number, cseq: number, toTag: string): Scene =>
  scene.say(at, A, B, request('BYE', cseq, { toTag })).say(at + 0.1, B, A, response('200 OK', 'BYE', cseq, { toTag }));

const read = (scene: Scene): Promise<Row[]> => sceneEvents(scene, folder, COLUMNS);

/** RFC 3261 §13.2.2.4: each 2xx of another To tag is another dialog; the caller acknowledges all and ends those it does not want. */
describe('a call that two branches answered is the one that went on', () => {
  test('where the first to answer is kept', async () => {
    const scene = hungUp(answered(answered(ringing(), 5, 'b2'), 5.2, 'b1'), 5.4, 2, 'b1');
    expect(await read(hungUp(scene, 30, 3, 'b2'))).toEqual([
      { outcome: 'answered', ring_ms: 4000, talk_ms: 25_000, sip_status: 200, released_by: 'caller' },
    ]);
  });

  test('where the second to answer is kept, and longer than a transaction lasts', async () => {
    const scene = hungUp(answered(answered(ringing(), 5, 'b2'), 6, 'b1'), 6.2, 2, 'b2');
    scene.say(600, B, A, requestBack('BYE', 7, { toTag: 'b1' }));
    expect(await read(scene)).toEqual([
      { outcome: 'answered', ring_ms: 5000, talk_ms: 594_000, sip_status: 200, released_by: 'called' },
    ]);
  });

  test('which is open while nothing ends it', async () => {
    const scene = hungUp(answered(answered(ringing(), 5, 'b2'), 5.2, 'b1'), 5.4, 2, 'b1');
    expect(await read(scene)).toEqual([
      { outcome: 'open', ring_ms: 4000, talk_ms: null, sip_status: 200, released_by: null },
    ]);
  });

  test('and its 200 sent again changes nothing', async () => {
    const scene = answered(answered(ringing(), 5, 'b2'), 5.2, 'b1');
    answered(hungUp(scene, 5.4, 2, 'b1'), 5.7, 'b2');
    scene.say(10, A, B, request('INVITE', 3, { toTag: 'b2' }));
    scene.say(10.2, B, A, response('200 OK', 'INVITE', 3, { toTag: 'b2' }));
    expect(await read(hungUp(scene, 45, 4, 'b2'))).toEqual([
      { outcome: 'answered', ring_ms: 4000, talk_ms: 40_000, sip_status: 200, released_by: 'caller' },
    ]);
  });

  test('of three, after credentials were asked for', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.2, B, A, response('407 Proxy Authentication Required', 'INVITE', 1, { toTag: 'p' }))
      .say(0.5, A, B, request('INVITE', 2, { more: ['Proxy-Authorization: Digest username="x"'] }))
      .say(1.5, B, A, response('180 Ringing', 'INVITE', 2, { toTag: 'b1' }));
    for (const [at, toTag] of [3, 4, 5].map((at) => [at, `b${at}`] as const))
      scene.say(at, B, A, response('200 OK', 'INVITE', 2, { toTag }));
    hungUp(hungUp(scene, 5.2, 3, 'b3'), 5.4, 4, 'b5');
    expect(await read(hungUp(scene, 64, 5, 'b4'))).toEqual([
      { outcome: 'answered', ring_ms: 2500, talk_ms: 60_000, sip_status: 200, released_by: 'caller' },
    ]);
  });
});

/** A switch that keeps Call-ID and From tag on its other side, both sides captured. */
describe('a call whose two sides have a To tag each is one conversation', () => {
  const bothSides = (cseq: number): Scene => {
    const scene = new Scene().say(0, A, B, request('INVITE', 1)).say(0.05, B, C, request('INVITE', cseq));
    scene.say(4, C, B, response('200 OK', 'INVITE', cseq, { toTag: 'c1' }));
    return scene.say(4.05, B, A, response('200 OK', 'INVITE', 1, { toTag: 'b1' }));
  };

  test.each([
    ['caller', 1, 'b1', 'c1', request],
    ['called', 1, 'c1', 'b1', requestBack],
    ['caller', 41_515, 'b1', 'c1', request],
    ['called', 41_515, 'c1', 'b1', requestBack],
  ] as const)(
    'from the first answer to the first BYE, where the %s ends it; CSeq %d',
    async (released_by, cseq, first, second, bye) => {
      const scene = bothSides(cseq).say(24, A, B, bye('BYE', 2, { toTag: first }));
      scene.say(24.05, B, C, bye('BYE', cseq + 1, { toTag: second }));
      expect(await read(scene)).toEqual([
        { outcome: 'answered', ring_ms: null, talk_ms: 20_000, sip_status: 200, released_by },
      ]);
    },
  );
});

/** A phone that knows one answer alone acknowledges no other: who gave that one ends the dialog 64*T1 later (RFC 3261 §13.3.1.4). */
describe('an answer that the caller never acknowledged is no conversation', () => {
  const unacknowledged = (scene: Scene, at: number, toTag: string): Scene =>
    scene.say(at, B, A, response('200 OK', 'INVITE', 1, { toTag }));

  test('where it came second', async () => {
    const scene = unacknowledged(answered(ringing(), 5, 'b2'), 5.2, 'b1');
    unacknowledged(hungUp(scene, 9, 2, 'b2'), 9.2, 'b1').say(37.2, B, A, requestBack('BYE', 1, { toTag: 'b1' }));
    expect(await read(scene)).toEqual([
      { outcome: 'answered', ring_ms: 4000, talk_ms: 4000, sip_status: 200, released_by: 'caller' },
    ]);
  });

  test('where it came first', async () => {
    const scene = answered(unacknowledged(ringing(), 5, 'b2'), 5.2, 'b1');
    hungUp(scene, 20, 2, 'b1').say(37, B, A, requestBack('BYE', 1, { toTag: 'b2' }));
    expect(await read(scene)).toEqual([
      { outcome: 'answered', ring_ms: 4200, talk_ms: 14_800, sip_status: 200, released_by: 'caller' },
    ]);
  });

  test('and nothing that it leaves open keeps the call open', async () => {
    const scene = unacknowledged(answered(ringing(), 5, 'b2'), 5.2, 'b1');
    expect(await read(hungUp(scene, 9, 2, 'b2'))).toEqual([
      { outcome: 'answered', ring_ms: 4000, talk_ms: 4000, sip_status: 200, released_by: 'caller' },
    ]);
  });

  test('where the ACK comes after both', async () => {
    const scene = unacknowledged(unacknowledged(ringing(), 5, 'b2'), 5.1, 'b1');
    scene.say(5.2, A, B, request('ACK', 1, { toTag: 'b2' }));
    hungUp(scene, 9, 2, 'b2').say(37.1, B, A, requestBack('BYE', 1, { toTag: 'b1' }));
    expect(await read(scene)).toEqual([
      { outcome: 'answered', ring_ms: 4000, talk_ms: 4000, sip_status: 200, released_by: 'caller' },
    ]);
  });

  test('unless the caller ends it itself: the ACK was lost to the capture', async () => {
    const scene = unacknowledged(answered(ringing(), 5, 'b2'), 5.2, 'b1');
    expect(await read(hungUp(hungUp(scene, 5.4, 2, 'b2'), 30, 3, 'b1'))).toEqual([
      { outcome: 'answered', ring_ms: 4200, talk_ms: 24_800, sip_status: 200, released_by: 'caller' },
    ]);
  });
});

test('a BYE of a branch that only rang does not end the call that another answered (RFC 3261 §15)', async () => {
  const scene = answered(hungUp(ringing(), 3, 2, 'b1'), 5, 'b2');
  expect(await read(hungUp(scene, 65, 3, 'b2'))).toEqual([
    { outcome: 'answered', ring_ms: 4000, talk_ms: 60_000, sip_status: 200, released_by: 'caller' },
  ]);
});

test('a call whose 200 has no To tag ends with whatever BYE it has', async () => {
  const scene = new Scene()
    .say(0, A, B, request('INVITE', 1))
    .say(2, B, A, response('200 OK', 'INVITE', 1))
    .say(9, A, B, request('BYE', 2, { toTag: 'b1' }));
  expect(await read(scene)).toEqual([
    { outcome: 'answered', ring_ms: null, talk_ms: 7000, sip_status: 200, released_by: 'caller' },
  ]);
});

describe('states of stores that know no tags of answers', () => {
  /** The state of a call as JSON keeps it. @param s when it was answered @param toTag by which branch, left out where that was not kept */
  const state = (s: number, toTag?: string): CallState => {
    const call = newCall({ sha256: '' });
    call.callId = 'one';
    const invite: InviteState = { ...newInvite(), fromTag: 'a1', cseq: 1, initial: true, success: { s, ns: 0 } };
    call.invites = [invite];
    if (toTag !== undefined) {
      invite.successTag = toTag;
    } else {
      delete invite.successTag;
      delete invite.otherAnswers;
    }
    return JSON.parse(JSON.stringify(call)) as CallState;
  };

  test('are joined with newer ones, in either order', () => {
    for (const [a, b] of [
      [state(5), state(6, 'b1')],
      [state(6, 'b1'), state(5)],
    ] as const) {
      mergeStates(a, b);
      expect(a.invites).toHaveLength(1);
      expect(a.invites[0]!.success).toEqual({ s: 5, ns: 0 });
      a.byes = [{ fromTag: 'a1', toTag: 'b1', time: { s: 9, ns: 0 }, cause: null }];
      expect(answerOf(a, a.invites[0]!)).toEqual({ s: 5, ns: 0 });
      expect(byeOf(a, a.invites[0]!)).toBe(a.byes[0]);
    }
  });
});
