import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { AT_OTHER, AT_PHONE, bye, CALLER, cancel, hop, OTHER, PHONE, PROXY, pass, say } from '../../support/sip-hops.ts';
import { request } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (scene: Scene, columns: readonly string[]): Promise<Row[]> => sceneEvents(scene, folder, columns);

/** Two phones of one line that ring, and nothing of the caller. */
const forked = (): Scene =>
  new Scene()
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(0.2, PROXY, OTHER, pass('p2', AT_OTHER))
    .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
    .say(1.2, OTHER, PROXY, say('180 Ringing', 'p2', 'c1'));

test('of the phones of a line, the one that answers is told where nothing is seen of the caller', async () => {
  const scene = forked()
    .say(5.1, OTHER, PROXY, say('200 OK', 'p2', 'c1'))
    .say(5.2, PROXY, PHONE, cancel('p1'))
    .say(5.3, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'))
    .say(15.1, PROXY, OTHER, bye('c1'));
  expect(await read(scene, ['direction', 'outcome', 'setup_ms', 'ring_ms', 'talk_ms', 'endpoint'])).toEqual([
    {
      ...{ direction: 'terminating', outcome: 'answered', setup_ms: 1000, ring_ms: 4000, talk_ms: 10_000 },
      endpoint: `${OTHER}:5060`,
    },
  ]);
});

/** What the caller asks of the proxy is seen too. */
const asked = (): Scene => new Scene().say(0, CALLER, PROXY, hop(request('INVITE', 1), 'u'));
const ENDS = ['direction', 'outcome', 'released_by', 'ring_ms', 'sip_status'];

// RFC 3261 §9.1.
test('a CANCEL of a request whose final answer was given has no effect', async () => {
  const scene = asked()
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
    .say(1.2, PROXY, CALLER, say('180 Ringing', 'u', 'b1'))
    .say(5.1, PHONE, PROXY, say('486 Busy Here', 'p1', 'b1'))
    .say(5.2, PROXY, CALLER, say('486 Busy Here', 'u', 'b1'))
    .say(5.3, CALLER, PROXY, cancel('u'));
  const busy = { outcome: 'busy', released_by: 'called', sip_status: 486 };
  expect(await read(scene, ENDS)).toEqual([
    { direction: 'originating', ...busy, ring_ms: 4100 },
    { direction: 'terminating', ...busy, ring_ms: 4000 },
  ]);
});

// A proxy that tries another gateway under the same CSeq cancels that one alone.
test('a CANCEL after the final answer of another branch has its effect', async () => {
  const to = (branch: string): string[] => hop(request('INVITE', 1), branch, 'u');
  const scene = new Scene()
    .say(0.1, PROXY, PHONE, to('p1'))
    .say(0.2, PHONE, PROXY, say('503 Service Unavailable', 'p1', 'b1'))
    .say(0.3, PROXY, OTHER, to('p2'))
    .say(1.3, OTHER, PROXY, say('180 Ringing', 'p2', 'c1'))
    .say(5.3, PROXY, OTHER, cancel('p2'))
    .say(5.4, OTHER, PROXY, say('487 Request Terminated', 'p2', 'c1'));
  expect(await read(scene, ENDS)).toEqual([
    { direction: 'originating', outcome: 'cancelled', released_by: 'caller', ring_ms: 4000, sip_status: 487 },
  ]);
});
