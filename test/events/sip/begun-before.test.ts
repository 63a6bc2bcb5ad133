import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
const IN_DIALOG = { toTag: 'b1' };
const COLUMNS = ['outcome', 'sip_status', 'answer_time', 'talk_ms', 'released_by'];
const read = (scene: Scene): Promise<Row[]> => sceneEvents(scene, folder, COLUMNS);

/** A capture that begins between an INVITE within a dialog and its refusal. */
const refused = (status: string): Scene => new Scene().say(0, B, A, response(status, 'INVITE', 2, IN_DIALOG));

describe('an INVITE within a dialog that was refused is no call, where the capture begins after it', () => {
  test('which the other end does not know any more (RFC 3261 §12.2.2)', async () => {
    expect(await read(refused('481 Call/Transaction Does Not Exist'))).toEqual([]);
  });

  test('which was given up: its CANCEL has its To tag (RFC 3261 §9.1)', async () => {
    const scene = new Scene()
      .say(0, A, B, request('CANCEL', 2, IN_DIALOG))
      .say(0.1, B, A, response('487 Request Terminated', 'INVITE', 2, IN_DIALOG));
    expect(await read(scene)).toEqual([]);
  });

  test.each([
    ['by the caller', A, B, request('BYE', 3, IN_DIALOG)],
    ['by the called side', B, A, requestBack('BYE', 1, IN_DIALOG)],
  ])('and the call is ended %s', async (_, from, to, bye) => {
    expect(await read(refused('488 Not Acceptable Here').say(20, from, to, bye))).toEqual([]);
  });

  test('and asked for again (RFC 3261 §14.1)', async () => {
    const scene = refused('491 Request Pending')
      .say(2.5, A, B, request('INVITE', 3, IN_DIALOG))
      .say(2.6, B, A, response('200 OK', 'INVITE', 3, IN_DIALOG));
    expect(await read(scene)).toEqual([]);
  });

  test('but a BYE to a phone that rings may end a call before it is answered (RFC 3261 §15)', async () => {
    const scene = new Scene()
      .say(0, B, A, response('180 Ringing', 'INVITE', 1, IN_DIALOG))
      .say(9, A, B, request('BYE', 2, IN_DIALOG))
      .say(9.1, B, A, response('487 Request Terminated', 'INVITE', 1, IN_DIALOG));
    expect(await read(scene)).toMatchObject([{ outcome: 'cancelled', sip_status: 487 }]);
  });
});

// RFC 3261 §13.3.1.4: after T1, then twice as long each time, at most T2; a BYE after 64*T1.
describe('an answer that is said again until the phone gives up, where the capture begins among them', () => {
  const repeated = (): Scene => {
    const scene = new Scene();
    for (const time of [1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
      scene.say(time, B, A, response('200 OK', 'INVITE', 1, IN_DIALOG));
    return scene;
  };

  test('is no call', async () => {
    expect(await read(repeated().say(32, B, A, requestBack('BYE', 1, IN_DIALOG)))).toEqual([]);
  });

  test('but is one where its caller acknowledged it at last, or ended it', async () => {
    const acknowledged = repeated().say(31.6, A, B, request('ACK', 1, IN_DIALOG));
    acknowledged.say(34.5, B, A, requestBack('BYE', 1, IN_DIALOG));
    expect(await read(acknowledged)).toMatchObject([{ outcome: 'answered', talk_ms: 33_000, released_by: 'called' }]);
    const ended = repeated().say(31.6, A, B, request('BYE', 2, IN_DIALOG));
    expect(await read(ended)).toMatchObject([{ outcome: 'answered', talk_ms: 30_100, released_by: 'caller' }]);
  });

  test('and is one where it lasts', async () => {
    const scene = new Scene()
      .say(0, B, A, response('200 OK', 'INVITE', 1, IN_DIALOG))
      .say(0.5, B, A, response('200 OK', 'INVITE', 1, IN_DIALOG))
      .say(60, B, A, requestBack('BYE', 1, IN_DIALOG));
    expect(await read(scene)).toMatchObject([{ outcome: 'answered', talk_ms: 60_000 }]);
  });
});
