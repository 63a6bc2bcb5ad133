import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { listCaptures } from '../../../src/capture/list.ts';
import { decodeInto } from '../../../src/scan/collect.ts';
import { uncutEvents } from '../../support/cut-captures.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { Scene } from '../../support/scene.ts';
import { request, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PHONE = '10.0.0.1';
const REGISTRAR = '10.0.0.2';
const LINE = '<sip:+8613800000001@example.com>';
const CREDENTIALS = 'Authorization: Digest username="a", realm="r", nonce="1", response="2"';

const ask = (cseq: number, ...more: string[]): string[] =>
  request('REGISTER', cseq, { to: LINE, more: ['Contact: <sip:x@10.0.0.1>', ...more] });
const say = (status: string, cseq: number): string[] =>
  response(status, 'REGISTER', cseq, { to: LINE, toTag: 't', more: ['Expires: 120'] });

/** What of a capture may go on in its neighbours, and its events. */
async function looseOf(scene: Scene, name: string): Promise<{ states: number; events: number }> {
  const [input] = await listCaptures([scene.write(join(folder, name))], new Counters());
  let events = 0;
  const { ends } = await decodeInto(
    input!,
    0,
    { feed: 'test', homeCountry: null, limits: DEFAULT_LIMITS },
    { onChunk: null, onEvent: () => events++, onProgress: () => {} },
  );
  return { states: ends.states.length, events };
}

describe('a phone that refreshes its registration under one Call-ID all day', () => {
  test.each([
    ['with the credentials of before', false],
    ['challenged each time', true],
  ])('leaves no more to the next capture than the first and the last: %s', async (_, isChallenged) => {
    const scene = new Scene();
    let cseq = 1;
    for (let minute = 0; minute < 300; minute++) {
      const time = 5 + 60 * minute;
      if (isChallenged || minute === 0)
        scene.say(time, PHONE, REGISTRAR, ask(cseq)).say(time + 0.1, REGISTRAR, PHONE, say('401 Unauthorized', cseq++));
      scene
        .say(time + 0.2, PHONE, REGISTRAR, ask(cseq, CREDENTIALS))
        .say(time + 0.3, REGISTRAR, PHONE, say('200 OK', cseq++));
    }
    const { states, events } = await looseOf(scene, `${isChallenged}.pcap`);
    expect(states).toBeLessThan(10);
    expect(events).toBeGreaterThan(290);
  });

  test('gives the same events wherever the capture is cut', async () => {
    const scene = new Scene()
      .say(1, PHONE, REGISTRAR, ask(1))
      .say(1.1, REGISTRAR, PHONE, say('401 Unauthorized', 1))
      .say(1.2, PHONE, REGISTRAR, ask(2, CREDENTIALS))
      .say(1.3, REGISTRAR, PHONE, say('200 OK', 2))
      // With the credentials of before.
      .say(30, PHONE, REGISTRAR, ask(3, CREDENTIALS))
      .say(30.1, REGISTRAR, PHONE, say('200 OK', 3))
      // They are stale.
      .say(60, PHONE, REGISTRAR, ask(4, CREDENTIALS))
      .say(60.1, REGISTRAR, PHONE, say('401 Unauthorized', 4))
      .say(60.2, PHONE, REGISTRAR, ask(5, CREDENTIALS))
      .say(60.3, REGISTRAR, PHONE, say('200 OK', 5))
      // The answer is lost; the next is challenged, refused, and comes again.
      .say(90, PHONE, REGISTRAR, ask(6, CREDENTIALS))
      .say(100, PHONE, REGISTRAR, ask(7, CREDENTIALS))
      .say(100.1, REGISTRAR, PHONE, say('401 Unauthorized', 7))
      .say(100.2, PHONE, REGISTRAR, ask(8, CREDENTIALS))
      .say(100.3, REGISTRAR, PHONE, say('403 Forbidden', 8))
      .say(130, PHONE, REGISTRAR, ask(9, CREDENTIALS))
      .say(130.1, REGISTRAR, PHONE, say('200 OK', 9))
      .say(160, PHONE, REGISTRAR, ask(10, CREDENTIALS))
      .say(160.1, REGISTRAR, PHONE, say('200 OK', 10));
    const whole = await uncutEvents([scene.write(join(folder, 'whole.pcap'))]);
    const outcomes = whole.map((event) => (JSON.parse(event) as { outcome: string | null }).outcome);
    // Of two requests of which the first was challenged there is one event.
    const [before, after] = [Array(3).fill('registered'), Array(2).fill('registered')];
    expect(outcomes).toEqual([...before, 'open', 'rejected', ...after]);
    for (let cut = 1; cut < 19; cut++) {
      const halves = [
        scene.write(join(folder, `a${cut}.pcap`), 0, cut),
        scene.write(join(folder, `b${cut}.pcap`), cut),
      ];
      expect([cut, await uncutEvents(halves)]).toEqual([cut, whole]);
    }
  });
});
