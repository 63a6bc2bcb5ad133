import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSentToBoth } from '../../../src/events/sip/answers.ts';
import type { ByeState } from '../../../src/events/sip/state.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { request, requestBack, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CALLER = '10.0.0.1';
const PROXY = '10.0.0.2';
const FIRST = '10.0.0.3';
const SECOND = '10.0.0.4';

const read = (scene: Scene): Promise<Row[]> =>
  sceneEvents(scene, folder, ['outcome', 'ring_ms', 'talk_ms', 'sip_status', 'cause', 'released_by']);

/** A proxy lets one phone ring for 20 s, cancels that branch (RFC 3261 §16.5, §9.1), and tries another. */
const hunting = (): Scene =>
  new Scene()
    .say(0, CALLER, PROXY, request('INVITE', 1))
    .say(0.1, PROXY, FIRST, request('INVITE', 1))
    .say(1, FIRST, PROXY, response('180 Ringing', 'INVITE', 1, { toTag: 'b1' }))
    .say(1.1, PROXY, CALLER, response('180 Ringing', 'INVITE', 1, { toTag: 'b1' }))
    .say(21, PROXY, FIRST, request('CANCEL', 1, { more: ['Reason: Q.850;cause=102'] }))
    .say(21.1, FIRST, PROXY, response('487 Request Terminated', 'INVITE', 1, { toTag: 'b1' }))
    .say(21.2, PROXY, SECOND, request('INVITE', 1))
    .say(22, SECOND, PROXY, response('180 Ringing', 'INVITE', 1, { toTag: 'b2' }));

describe('a proxy that tries one phone after another cancels branches, not the call', () => {
  test('which is busy where the last phone is', async () => {
    const scene = hunting().say(31, SECOND, PROXY, response('486 Busy Here', 'INVITE', 1, { toTag: 'b2' }));
    scene.say(31.1, PROXY, CALLER, response('486 Busy Here', 'INVITE', 1, { toTag: 'b2' }));
    expect(await read(scene)).toEqual([
      { outcome: 'busy', ring_ms: 30_100, talk_ms: null, sip_status: 486, cause: null, released_by: 'called' },
    ]);
  });

  test('and is cancelled when its caller does that', async () => {
    const scene = hunting().say(31, CALLER, PROXY, request('CANCEL', 1, { more: ['Reason: Q.850;cause=16'] }));
    scene.say(31.1, PROXY, SECOND, request('CANCEL', 1));
    scene.say(31.2, SECOND, PROXY, response('487 Request Terminated', 'INVITE', 1, { toTag: 'b2' }));
    scene.say(31.3, PROXY, CALLER, response('487 Request Terminated', 'INVITE', 1, { toTag: 'b2' }));
    expect(await read(scene)).toEqual([
      { outcome: 'cancelled', ring_ms: 30_000, talk_ms: null, sip_status: 487, cause: 16, released_by: 'caller' },
    ]);
  });

  test('and is answered where a phone does', async () => {
    const scene = hunting().say(31, SECOND, PROXY, response('200 OK', 'INVITE', 1, { toTag: 'b2' }));
    scene.say(31.1, PROXY, CALLER, response('200 OK', 'INVITE', 1, { toTag: 'b2' }));
    scene.say(91, CALLER, PROXY, request('BYE', 2, { toTag: 'b2' }));
    expect(await read(scene)).toMatchObject([{ outcome: 'answered', ring_ms: 30_000, talk_ms: 60_000 }]);
  });
});

test('a call goes on while one branch rings, however long ago another failed (RFC 3261 §16.7)', async () => {
  const forked = (): Scene =>
    new Scene()
      .say(0, CALLER, PROXY, request('INVITE', 1))
      .say(0.1, PROXY, FIRST, request('INVITE', 1))
      .say(0.2, PROXY, SECOND, request('INVITE', 1))
      .say(1, FIRST, PROXY, response('486 Busy Here', 'INVITE', 1, { toTag: 'b1' }))
      .say(2, SECOND, PROXY, response('180 Ringing', 'INVITE', 1, { toTag: 'b2' }))
      .say(2.1, PROXY, CALLER, response('180 Ringing', 'INVITE', 1, { toTag: 'b2' }));
  const answered = forked().say(52, SECOND, PROXY, response('200 OK', 'INVITE', 1, { toTag: 'b2' }));
  answered.say(52.1, PROXY, CALLER, response('200 OK', 'INVITE', 1, { toTag: 'b2' }));
  answered.say(112, CALLER, PROXY, request('BYE', 2, { toTag: 'b2' }));
  expect(await read(answered)).toEqual([
    { outcome: 'answered', ring_ms: 50_000, talk_ms: 60_000, sip_status: 200, cause: null, released_by: 'caller' },
  ]);
  // The best of all answers is passed on, whichever came last.
  const unanswered = forked().say(
    62,
    SECOND,
    PROXY,
    response('480 Temporarily Unavailable', 'INVITE', 1, { toTag: 'b2' }),
  );
  unanswered.say(62.1, PROXY, CALLER, response('486 Busy Here', 'INVITE', 1, { toTag: 'b1' }));
  expect(await read(unanswered)).toEqual([
    { outcome: 'busy', ring_ms: 60_100, talk_ms: null, sip_status: 486, cause: null, released_by: 'called' },
  ]);
});

test('where only the branch is captured, what the proxy cancels is cancelled', async () => {
  const scene = new Scene()
    .say(0, PROXY, FIRST, request('INVITE', 1))
    .say(1, FIRST, PROXY, response('180 Ringing', 'INVITE', 1, { toTag: 'b1' }))
    .say(21, PROXY, FIRST, request('CANCEL', 1));
  const cancelled = { outcome: 'cancelled', ring_ms: 20_000, talk_ms: null, cause: null, released_by: 'caller' };
  expect(await read(scene)).toEqual([{ ...cancelled, sip_status: null }]);
  scene.say(21.1, FIRST, PROXY, response('480 Gone', 'INVITE', 1, { toTag: 'b1' }));
  expect(await read(scene)).toEqual([{ ...cancelled, sip_status: 480 }]);
});

/** As Kamailio does where a dialog has lasted as long as it may. Both BYEs are its own, and none says why. */
test('a call that the proxy between two phones ends on both sides is ended by the network', async () => {
  const scene = new Scene()
    .say(0, CALLER, PROXY, request('INVITE', 1))
    .say(0.1, PROXY, FIRST, request('INVITE', 1))
    .say(5, FIRST, PROXY, response('200 OK', 'INVITE', 1, { toTag: 'b1' }))
    .say(5.1, PROXY, CALLER, response('200 OK', 'INVITE', 1, { toTag: 'b1' }))
    .say(35, PROXY, CALLER, requestBack('BYE', 1, { toTag: 'b1' }))
    .say(35.1, PROXY, FIRST, request('BYE', 2, { toTag: 'b1' }));
  expect(await read(scene)).toMatchObject([{ outcome: 'answered', talk_ms: 30_000, released_by: 'network' }]);
  // By TCP to one of them it comes from a port of its own.
  const bye = (fromTag: string, toTag: string, source: string): ByeState => ({
    fromTag,
    toTag,
    source,
    time: { s: 35, ns: 0 },
    cause: null,
  });
  const byes = [bye('b1', 'a1', `${PROXY}:5060`), bye('a1', 'b1', `${PROXY}:40123`)];
  expect(isSentToBoth({ byes }, byes[0]!)).toBe(true);
  expect(isSentToBoth({ byes: [byes[0]!, bye('a1', 'b1', `${CALLER}:5060`)] }, byes[0]!)).toBe(false);
  // Phones that hang up at one time each send their own.
  const both = new Scene()
    .say(0, CALLER, FIRST, request('INVITE', 1))
    .say(5, FIRST, CALLER, response('200 OK', 'INVITE', 1, { toTag: 'b1' }))
    .say(35, FIRST, CALLER, requestBack('BYE', 1, { toTag: 'b1' }))
    .say(35.1, CALLER, FIRST, request('BYE', 2, { toTag: 'b1' }));
  expect(await read(both)).toMatchObject([{ outcome: 'answered', talk_ms: 30_000, released_by: 'called' }]);
  // Two sides of one tag, and one BYE.
  const alike = new Scene()
    .say(0, CALLER, FIRST, request('INVITE', 1))
    .say(5, FIRST, CALLER, response('200 OK', 'INVITE', 1, { toTag: 'a1' }))
    .say(35, CALLER, FIRST, request('BYE', 2, { toTag: 'a1' }));
  expect(await read(alike)).toMatchObject([{ outcome: 'answered', talk_ms: 30_000, released_by: 'caller' }]);
});
