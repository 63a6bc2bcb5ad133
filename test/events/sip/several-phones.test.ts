import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { AT_OTHER, AT_PHONE, bye, cancel, OTHER, PHONE, PROXY, pass, say } from '../../support/sip-hops.ts';

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
