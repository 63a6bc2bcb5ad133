import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf, type Row, Scene } from '../../support/scene.ts';
import { request, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const HOUR = 3600;

/** Of one capture: cut in two, its pieces would be taken for those of other hours. */
const read = (scene: Scene): Promise<Row[]> =>
  eventsOf([scene.write(join(folder, 'whole.pcap'))], ['outcome', 'setup_ms', 'ring_ms', 'talk_ms', 'released_by']);

/** A call that rings after 2 s, is answered 5 s later and ends after a minute of talk; its clock is an hour back from the step given on. */
function call(back: 'ringing' | 'answer' | 'end' | 'never'): Scene {
  const order = ['ringing', 'answer', 'end', 'never'];
  const time = (step: string, seconds: number) => seconds - (order.indexOf(step) >= order.indexOf(back) ? HOUR : 0);
  return new Scene()
    .say(HOUR, A, B, request('INVITE', 1))
    .say(HOUR + time('ringing', 2), B, A, response('180 Ringing', 'INVITE', 1, { toTag: 'b1' }))
    .say(HOUR + time('answer', 7), B, A, response('200 OK', 'INVITE', 1, { toTag: 'b1' }))
    .say(HOUR + time('answer', 7.1), A, B, request('ACK', 1, { toTag: 'b1' }))
    .say(HOUR + time('end', 67), A, B, request('BYE', 2, { toTag: 'b1' }));
}

describe('a length of time over which the clock of the probe was set back is not known', () => {
  test('it was not', async () => {
    expect(await read(call('never'))).toEqual([
      { outcome: 'answered', setup_ms: 2000, ring_ms: 5000, talk_ms: 60_000, released_by: 'caller' },
    ]);
  });

  test('while they talked', async () => {
    expect(await read(call('end'))).toEqual([
      { outcome: 'answered', setup_ms: 2000, ring_ms: 5000, talk_ms: null, released_by: 'caller' },
    ]);
  });

  test('while it rang', async () => {
    expect(await read(call('answer'))).toEqual([
      { outcome: 'answered', setup_ms: null, ring_ms: null, talk_ms: 60_000, released_by: 'caller' },
    ]);
  });

  test('before it rang', async () => {
    expect(await read(call('ringing'))).toEqual([
      { outcome: 'answered', setup_ms: null, ring_ms: 5000, talk_ms: 60_000, released_by: 'caller' },
    ]);
  });
});
