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
const OTHER = '10.0.0.4';
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

describe('a phone that is asked twice answered the first time', () => {
  const credentials = ['Authorization: Digest username="a", nonce="1", response="2"'];
  const call = (cseq: number, more: readonly string[] = []) => request('INVITE', cseq, { more });
  const say = (status: string, cseq: number) => response(status, 'INVITE', cseq, { toTag: 't' });
  const begin = (): Scene =>
    new Scene().say(0, PHONE, PROXY, call(1)).say(0.1, PROXY, PHONE, say('401 Unauthorized', 1));
  const read = (scene: Scene) => sceneEvents(scene, folder, ['latency_ms', 'outcome']);

  test('by a second realm', async () => {
    const scene = begin()
      .say(0.15, PHONE, PROXY, call(2, credentials))
      .say(0.2, PROXY, PHONE, say('407 Proxy Authentication Required', 2))
      .say(0.9, PHONE, PROXY, call(3, credentials))
      .say(1, PROXY, PHONE, say('486 Busy Here', 3));
    expect(await read(scene)).toEqual([{ latency_ms: 50, outcome: 'busy' }]);
  });

  test('for a nonce that was stale', async () => {
    const scene = new Scene()
      .say(0, PHONE, PROXY, call(1, credentials))
      .say(0.1, PROXY, PHONE, say('401 Unauthorized', 1))
      .say(0.17, PHONE, PROXY, call(2, credentials))
      .say(0.3, PROXY, PHONE, say('486 Busy Here', 2));
    expect(await read(scene)).toEqual([{ latency_ms: 70, outcome: 'busy' }]);
  });
});

describe('what a branch of a proxy answers is not what the phone was given (RFC 3261 §16.7)', () => {
  test.each([
    ['REGISTER', { outcome: 'registered', latency_ms: 90 }],
    ['INVITE', { outcome: 'open', latency_ms: 90 }],
  ])('a %s that one server refused and another asked to come again comes again', async (method, expected) => {
    const to = method === 'REGISTER' ? LINE : '<sip:+8613900000002@example.com>';
    const via = (message: string[], branch: string): string[] =>
      message.map((line) => (line.startsWith('Via') ? line.replace('abc', branch) : line));
    const ask = (cseq: number, branch: string, more: string[] = []) =>
      via(request(method, cseq, { to, more: ['Contact: <sip:x@10.0.0.1>', ...more] }), branch);
    const say = (status: string, cseq: number, branch: string) =>
      via(response(status, method, cseq, { to, toTag: 't' }), branch);
    const credentials = ['Authorization: Digest username="a", nonce="1", response="2"'];
    const scene = new Scene()
      .say(0, PHONE, PROXY, ask(1, 'one'))
      .say(0.01, PROXY, HOME, ask(1, 'two'))
      .say(0.05, HOME, PROXY, say('503 Service Unavailable', 1, 'two'))
      .say(0.06, PROXY, OTHER, ask(1, 'three'))
      .say(0.1, OTHER, PROXY, say('401 Unauthorized', 1, 'three'))
      .say(0.11, PROXY, PHONE, say('401 Unauthorized', 1, 'one'))
      .say(0.2, PHONE, PROXY, ask(2, 'four', credentials))
      .say(0.3, PROXY, PHONE, say('200 OK', 2, 'four'));
    expect(await sceneEvents(scene, folder, ['outcome', 'latency_ms'])).toEqual([expected]);
  });
});
