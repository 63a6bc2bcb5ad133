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

const SENDER = '10.0.0.1';
const PROXY = '10.0.0.2';
const EDGE = '10.0.0.3';
const PHONE = '10.0.0.4';
const COLUMNS = ['direction', 'msisdn', 'counterpart', 'endpoint', 'outcome', 'sms_length', 'time', 'end_time'];
const read = (scene: Scene) => sceneEvents(scene, folder, COLUMNS);

describe('a MESSAGE that proxies pass on', () => {
  const write = (uri = 'sip:+8613900000002@example.com') => request('MESSAGE', 1, { uri });
  const answer = (status: string) => response(status, 'MESSAGE', 1, { toTag: 'b1' });
  const at = (tenths: number): string => `2023-11-14T22:13:20.${tenths}00000000Z`;
  const sent = { direction: 'originating', msisdn: '8613800000001', counterpart: '8613900000002', sms_length: 5 };
  const got = { direction: 'terminating', msisdn: '8613900000002', counterpart: '8613800000001', sms_length: 5 };

  test('is one of who wrote it and one of who got it, with what each hop shows', async () => {
    const scene = new Scene()
      .say(0, SENDER, PROXY, write(), 'hello')
      .say(0.1, PROXY, EDGE, write(), 'hello')
      .say(0.2, EDGE, PHONE, write(`sip:x7@${PHONE}:5060`), 'hello')
      .say(0.3, PHONE, EDGE, answer('200 OK'))
      .say(0.4, EDGE, PROXY, answer('200 OK'))
      .say(0.5, PROXY, SENDER, answer('200 OK'));
    const delivered = { outcome: 'delivered', end_time: at(3) };
    expect(await read(scene)).toEqual([
      { ...sent, ...delivered, endpoint: `${SENDER}:5060`, time: at(0) },
      { ...got, ...delivered, endpoint: `${PHONE}:5060`, time: at(2) },
    ]);
  });

  test('is one of who wrote it where no phone is seen to get it', async () => {
    const scene = new Scene()
      .say(0, SENDER, PROXY, write(), 'hello')
      .say(0.1, PROXY, EDGE, write(), 'hello')
      .say(0.2, EDGE, PROXY, answer('404 Not Found'))
      .say(0.3, PROXY, SENDER, answer('404 Not Found'));
    expect((await read(scene)).map(({ direction, outcome }) => [direction, outcome])).toEqual([
      ['originating', 'rejected'],
    ]);
  });
});
