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

const PHONE = '10.0.0.1';
const PROXY = '10.0.0.2';
const HOME = '10.0.0.3';
const LINE = '<sip:+8613800000001@example.com>';

/** The registrar, or the exchange, is 200 ms behind the proxy; the phone takes 500 ms from when it is asked. */
describe('the time that a phone takes to answer a challenge is its own, not that of the proxies on the way', () => {
  test.each(['REGISTER', 'INVITE'])('%s', async (method) => {
    const to = method === 'REGISTER' ? LINE : '<sip:+8613900000002@example.com>';
    const ask = (cseq: number, more: string[] = []) =>
      request(method, cseq, { to, more: ['Contact: <sip:x@10.0.0.1>', ...more] });
    const say = (status: string, cseq: number) => response(status, method, cseq, { to, toTag: 't' });
    const credentials = ['Authorization: Digest username="a", nonce="1", response="2"'];
    const scene = new Scene()
      .say(0, PHONE, PROXY, ask(1))
      .say(0.2, PROXY, HOME, ask(1))
      .say(0.4, HOME, PROXY, say('401 Unauthorized', 1))
      .say(0.6, PROXY, PHONE, say('401 Unauthorized', 1))
      .say(1.1, PHONE, PROXY, ask(2, credentials))
      .say(1.3, PROXY, HOME, ask(2, credentials))
      .say(1.5, HOME, PROXY, say('200 OK', 2))
      .say(1.7, PROXY, PHONE, say('200 OK', 2));
    expect(await sceneEvents(scene, folder, ['latency_ms'])).toEqual([{ latency_ms: 500 }]);
  });
});
