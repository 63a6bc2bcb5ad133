import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { Scene, sceneEvents } from '../../support/scene.ts';
import { request, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CALLER = '10.0.0.1';
const PROXY = '10.0.0.2';
const toB = (status: string, more: readonly string[] = []): string[] =>
  response(status, 'INVITE', 1, { toTag: 'b1', more });
/** What networks write of a call to +8613900000002 that went on (3GPP TS 24.604 §A.1). */
const history = (cause: string): string[] => [
  'History-Info: <sip:+8613900000002@x>;index=1',
  `History-Info: "Somebody, else" <sip:+8613700000009@x;user=phone${cause}>;index=1.1;mp=1, <sip:z@10.0.0.7>;index=1.1.1;rc=1.1`,
];

describe('an answer says that and why a call goes on to another number', () => {
  interface Said {
    /** Of the INVITE. */
    asked?: readonly string[];
    ringing?: boolean;
    forwarded?: readonly string[];
    answer?: readonly string[];
  }
  const scene = ({ asked = [], ringing = false, forwarded, answer = [] }: Said): Scene => {
    const call = new Scene().say(0, CALLER, PROXY, request('INVITE', 1, { more: asked }));
    if (ringing) call.say(1, PROXY, CALLER, toB('180 Ringing'));
    if (forwarded) call.say(20, PROXY, CALLER, toB('181 Call Is Being Forwarded', forwarded));
    return call
      .say(22, PROXY, CALLER, toB('180 Ringing'))
      .say(25, PROXY, CALLER, toB('200 OK', answer))
      .say(55, CALLER, PROXY, request('BYE', 2, { toTag: 'b1' }));
  };
  const read = async (said: Said): Promise<unknown> => {
    const [leg, ...others] = await sceneEvents(scene(said), folder, ['outcome', 'talk_ms', 'forwarding']);
    expect(others).toEqual([]);
    const { forwarding, ...rest } = leg!;
    expect(rest).toEqual({ outcome: 'answered', talk_ms: 30_000 });
    return forwarding;
  };

  test.each([
    ['', { forwarded: [] }, 'forwarded'],
    ['after ringing', { ringing: true, forwarded: [] }, 'forwarded no_reply'],
    ['because', { forwarded: history(';cause=486') }, 'forwarded busy'],
    ['because the phone is not there', { forwarded: history(';cause=503') }, 'forwarded not_reachable'],
    ['because, after ringing', { ringing: true, forwarded: history(';cause=487') }, 'forwarded deflected'],
    ['by the answer alone', { answer: history(';cause=302') }, 'forwarded unconditional'],
    ['by the answer alone, without a reason', { answer: history('') }, null],
    // RFC 8119 §3: another number of who was called.
    ['for a service number', { answer: history(';cause=380') }, null],
    ['of a call that came by another number', { asked: history(';cause=408'), answer: history(';cause=408') }, null],
    [
      'of such a call that goes on again',
      { asked: history(';cause=408'), forwarded: history(';cause=408') },
      'forwarded',
    ],
  ])('%s', async (_, said, forwarding) => {
    expect(await read(said)).toBe(forwarding);
  });
});

describe('a caller that is redirected', () => {
  const FIRST = '10.0.0.2';
  const NEXT = '10.0.0.3';
  const redirected = (uri: string): Scene =>
    new Scene()
      .say(0, CALLER, FIRST, request('INVITE', 1))
      .say(1, FIRST, CALLER, response('302 Moved Temporarily', 'INVITE', 1, { toTag: 'b1' }))
      .say(1.1, CALLER, NEXT, request('INVITE', 2, { uri }))
      .say(4, NEXT, CALLER, response('200 OK', 'INVITE', 2, { toTag: 'b2' }))
      .say(34, CALLER, NEXT, request('BYE', 3, { uri, toTag: 'b2' }));
  const read = (scene: Scene) =>
    sceneEvents(scene, folder, ['counterpart', 'outcome', 'talk_ms', 'forwarding', 'trunk']);

  const answered = { counterpart: '8613900000002', outcome: 'answered', talk_ms: 30_000, trunk: `${NEXT}:5060` };

  test('to another number was not answered by the one it dialled (RFC 3261 §8.1.3.4)', async () => {
    expect(await read(redirected('sip:+8613700000009@example.com'))).toEqual([
      { ...answered, forwarding: 'forwarded' },
    ]);
  });

  test.each([
    ['elsewhere', 'sip:+8613900000002@10.0.0.3'],
    ['with the number written otherwise', 'tel:+86-139-0000-0002'],
    ['where it was ported to', 'sip:+8613900000002;npdi;rn=+8613700000000@10.0.0.3'],
    ['to a phone by its name', 'sip:bob@10.0.0.3'],
  ])('%s called who it dialled', async (_, uri) => {
    const [leg] = await read(redirected(uri));
    expect(leg).toMatchObject({ outcome: 'answered', forwarding: null, trunk: `${NEXT}:5060` });
  });

  test('calls by the trunk that carries it, not by one that refused before (RFC 3263 §4.3)', async () => {
    const scene = new Scene()
      .say(0, CALLER, FIRST, request('INVITE', 1))
      .say(1, FIRST, CALLER, response('503 Service Unavailable', 'INVITE', 1, { toTag: 'b1' }))
      .say(1.1, CALLER, NEXT, request('INVITE', 2))
      .say(4, NEXT, CALLER, response('200 OK', 'INVITE', 2, { toTag: 'b2' }))
      .say(34, CALLER, NEXT, request('BYE', 3, { toTag: 'b2' }));
    expect(await read(scene)).toEqual([{ ...answered, forwarding: null }]);
  });
});
