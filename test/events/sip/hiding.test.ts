import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf, type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { type DialogParts, request, response } from '../../support/sip-messages.ts';

// What a device may do so that its calls and messages are not seen, or are seen otherwise.

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BOX = '10.0.0.1';
const SERVER = '10.0.0.2';
const CREDENTIALS = 'Proxy-Authorization: Digest username="+8613800000001", realm="example.com"';
const SDP = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n';

/** Somebody else each time. */
const called = (index: number): DialogParts => ({
  to: `<sip:+861390000${1000 + index}@example.com>`,
  uri: `sip:+861390000${1000 + index}@example.com`,
});
const numbers = (count: number): { counterpart: string }[] =>
  Array.from({ length: count }, (_, index) => ({ counterpart: `861390000${1000 + index}` }));
const withBranch = (lines: string[], branch: number | string): string[] =>
  lines.map((line) => line.replace('branch=z9hG4bKabc', `branch=z9hG4bK${branch}`));

/** A call from `at` on, of 20 s after 5 s. */
function call(scene: Scene, at: number, parts: DialogParts, toTag: string, { cseq = 1, branch = 'abc' } = {}): Scene {
  return scene
    .say(at, BOX, SERVER, withBranch(request('INVITE', cseq, parts), branch))
    .say(at + 5, SERVER, BOX, withBranch(response('200 OK', 'INVITE', cseq, { ...parts, more: [], toTag }), branch))
    .say(at + 25, BOX, SERVER, withBranch(request('BYE', cseq + 100, { ...parts, more: [], toTag }), `${branch}bye`));
}

describe('under one Call-ID', () => {
  test.each([
    ['tags', (index: number) => ({ ...called(index), fromTag: `f${index}` })],
    ['recipients', called],
    ['Request-URIs', (index: number) => ({ uri: called(index).uri! })],
  ])('and one CSeq, messages of other %s are messages of their own', async (_, parts) => {
    const scene = new Scene();
    for (let i = 0; i < 4; i++) {
      const own = { ...parts(i), more: ['Content-Type: text/plain'] };
      scene.say(i, BOX, SERVER, withBranch(request('MESSAGE', 1, own), i), 'hi');
      scene.say(
        i + 0.1,
        SERVER,
        BOX,
        withBranch(response('200 OK', 'MESSAGE', 1, { ...own, more: [], toTag: 'r' }), i),
      );
    }
    expect(await sceneEvents(scene, folder, ['counterpart', 'outcome'])).toEqual(
      numbers(4).map((event) => ({ ...event, outcome: 'delivered' })),
    );
  });

  test('and one CSeq, messages at once are as many', async () => {
    const scene = new Scene();
    const own = (index: number): DialogParts => ({ ...called(index), more: ['Content-Type: text/plain'] });
    for (let i = 0; i < 3; i++) scene.say(i / 10, BOX, SERVER, withBranch(request('MESSAGE', 1, own(i)), i), 'hi');
    for (let i = 0; i < 3; i++)
      scene.say(1 + i / 10, SERVER, BOX, withBranch(response('200 OK', 'MESSAGE', 1, { ...called(i), toTag: 'r' }), i));
    expect(await sceneEvents(scene, folder, ['counterpart'])).toEqual(numbers(3));
  });

  test('and one CSeq, each line registers', async () => {
    const scene = new Scene();
    for (let i = 0; i < 3; i++) {
      const line = called(i).to!;
      const parts = { from: line, to: line, uri: 'sip:example.com', fromTag: `f${i}` };
      const more = ['Contact: <sip:x@10.0.0.1>', 'Expires: 600'];
      scene.say(i, BOX, SERVER, request('REGISTER', 1, { ...parts, more }));
      scene.say(i + 0.1, SERVER, BOX, response('200 OK', 'REGISTER', 1, { ...parts, more, toTag: 'r' }));
    }
    expect(await sceneEvents(scene, folder, ['msisdn', 'outcome'])).toEqual(
      numbers(3).map(({ counterpart }) => ({ msisdn: counterpart, outcome: 'registered' })),
    );
  });

  test('a message that a proxy passes on to two phones is one', async () => {
    const own = { more: ['Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx', 'Content-Type: text/plain'] };
    const to = (phone: string): DialogParts => ({ ...own, uri: `sip:+8613900000002@${phone}` });
    const scene = new Scene()
      .say(0, SERVER, '10.0.0.8', withBranch(request('MESSAGE', 1, to('10.0.0.8')), 1), 'hi')
      .say(0.1, SERVER, '10.0.0.9', withBranch(request('MESSAGE', 1, to('10.0.0.9')), 2), 'hi')
      .say(0.2, '10.0.0.9', SERVER, withBranch(response('200 OK', 'MESSAGE', 1, { toTag: 'r' }), 2));
    expect(await sceneEvents(scene, folder, ['counterpart', 'outcome'])).toEqual([
      { counterpart: '8613800000001', outcome: 'delivered' },
    ]);
  });

  test('and one From tag, calls at once are calls of their own', async () => {
    const scene = new Scene();
    for (let i = 0; i < 3; i++) call(scene, i, called(i), `b${i}`, { cseq: i + 1, branch: `${i}` });
    scene.inOrder();
    expect(await sceneEvents(scene, folder, ['counterpart', 'talk_ms'])).toEqual(
      numbers(3).map((event) => ({ ...event, talk_ms: 20_000 })),
    );
  });

  test.each(['404 Not Found', '486 Busy Here'])('who calls another number after %s calls twice', async (status) => {
    const scene = new Scene()
      .say(0, BOX, SERVER, request('INVITE', 1, called(0)))
      .say(1, SERVER, BOX, response(status, 'INVITE', 1, { ...called(0), toTag: 'b0' }));
    call(scene, 2, called(1), 'b1', { cseq: 2 });
    expect(await sceneEvents(scene, folder, ['counterpart', 'talk_ms'])).toEqual([
      { ...numbers(1)[0], talk_ms: null },
      { ...numbers(2)[1], talk_ms: 20_000 },
    ]);
  });

  test('a number that is written in another way, or redirected, is called once', async () => {
    const scene = new Scene()
      .say(0, BOX, SERVER, request('INVITE', 1, { uri: 'sip:013900000002@example.com' }))
      .say(1, SERVER, BOX, response('404 Not Found', 'INVITE', 1, { toTag: 'b0' }))
      .say(2, BOX, SERVER, request('INVITE', 2, { uri: 'sip:13900000002@example.com' }))
      .say(3, SERVER, BOX, response('302 Moved Temporarily', 'INVITE', 2, { toTag: 'b0' }));
    call(scene, 4, { uri: 'sip:+8613700000007@example.com' }, 'b1', { cseq: 3 });
    expect(await sceneEvents(scene, folder, ['talk_ms'])).toEqual([{ talk_ms: 20_000 }]);
  });

  test('more calls than a call may have transactions are calls while one of them goes on', async () => {
    const limits = { ...DEFAULT_LIMITS, transactionsPerCall: 8 };
    const scene = new Scene().say(0, BOX, SERVER, request('INVITE', 1, { ...called(0), fromTag: 'f' }));
    scene.say(1, SERVER, BOX, response('200 OK', 'INVITE', 1, { ...called(0), fromTag: 'f', toTag: 'b' }));
    for (let i = 1; i < 30; i++) call(scene, i * 100, { ...called(i), fromTag: `f${i}` }, `b${i}`);
    const columns = ['counterpart', 'talk_ms', 'outcome'];
    const whole = await eventsOf([scene.write(join(folder, 'many.pcap'))], columns, limits);
    expect(whole).toEqual(
      numbers(30).map((event, index) => ({
        ...event,
        ...(index === 0 ? { talk_ms: null, outcome: 'open' } : { talk_ms: 20_000, outcome: 'answered' }),
      })),
    );
    for (const cut of [20, 41, 66, 75]) {
      const parts = [scene.write(join(folder, 'a.pcap'), 0, cut), scene.write(join(folder, 'b.pcap'), cut)];
      expect(await eventsOf(parts, columns, limits), `cut after message ${cut}`).toEqual(whole);
    }
  });
});

describe('a call', () => {
  const COLUMNS = ['direction', 'counterpart', 'talk_ms', 'outcome', 'media'];
  const CALL = {
    direction: 'originating',
    counterpart: '8613900000002',
    talk_ms: 20_000,
    outcome: 'answered',
    media: null,
  };
  const read = (scene: Scene): Promise<Row[]> => sceneEvents(scene, folder, COLUMNS);

  test('goes on where a BYE names no dialog', async () => {
    const scene = call(new Scene(), 0, {}, 'b1')
      .say(6, BOX, SERVER, request('BYE', 50))
      .say(6.1, SERVER, BOX, response('481 Call/Transaction Does Not Exist', 'BYE', 50, { toTag: 'z' }));
    expect(await read(scene.inOrder())).toEqual([CALL]);
  });

  test('that seems to replace another is one where it takes long to be refused', async () => {
    const more = ['Replaces: x;to-tag=a;from-tag=b'];
    const scene = new Scene()
      .say(0, BOX, SERVER, request('INVITE', 1, { more }))
      .say(2, SERVER, BOX, response('183 Session Progress', 'INVITE', 1, { toTag: 'b1' }))
      .say(9, SERVER, BOX, response('486 Busy Here', 'INVITE', 1, { toTag: 'b1' }));
    expect(await read(scene)).toEqual([{ ...CALL, talk_ms: null, outcome: 'busy' }]);
  });

  test.each([
    ['a service', { to: '<urn:service:sos>' }],
    ['a mailbox', { more: ['Diversion: <sip:+8613900000002@example.com>;reason=no-answer'] }],
  ])('with credentials is to the number that it is sent to, not to %s', async (_, parts: DialogParts) => {
    expect(await read(call(new Scene(), 0, { ...parts, more: [CREDENTIALS, ...(parts.more ?? [])] }, 'b1'))).toEqual([
      CALL,
    ]);
  });

  test.each(['-13900000002', '.13900000002'])('is to the number %s whatever To says', async (number) => {
    const parts = { uri: `sip:${number};phone-context=+86@example.com`, to: '<sip:+8613700000007@example.com>' };
    expect(await read(call(new Scene(), 0, parts, 'b1'))).toEqual([CALL]);
  });

  test('is one whatever stands before what counts in its header', async () => {
    const padded = (lines: string[]): string[] => [lines[0]!, ...Array<string>(600).fill('x: y'), ...lines.slice(1)];
    const parts = { toTag: 'b1' };
    const scene = new Scene()
      .say(0, BOX, SERVER, padded(request('INVITE', 1)))
      .say(5, SERVER, BOX, response('200 OK', 'INVITE', 1, parts))
      .say(25, BOX, SERVER, padded(request('BYE', 2, parts)));
    expect(await read(scene)).toEqual([CALL]);
  });

  test('has the media of its offer, with white space in the media type', async () => {
    const scene = new Scene()
      .say(0, BOX, SERVER, request('INVITE', 1, { more: ['Content-Type: application / SDP'] }), SDP)
      .say(9, SERVER, BOX, response('486 Busy Here', 'INVITE', 1, { toTag: 'b1' }));
    expect(await read(scene)).toMatchObject([{ media: 'audio 10.0.0.1:4000' }]);
  });
});

test.each(['text / plain', 'TEXT/plain', 'message / CPIM'])('a message of type %s is one', async (type) => {
  const body = type.startsWith('m') ? 'From: <a>\r\n\r\nContent-Type: text / plain\r\n\r\nhi' : 'hi';
  const scene = new Scene()
    .say(0, BOX, SERVER, request('MESSAGE', 1, { more: [`Content-Type: ${type}`] }), body)
    .say(0.1, SERVER, BOX, response('200 OK', 'MESSAGE', 1, { toTag: 'r' }));
  expect(await sceneEvents(scene, folder, ['counterpart', 'sms_length'])).toEqual([
    { counterpart: '8613900000002', sms_length: 2 },
  ]);
});

test('who registers does not say whose number it is in an answer of their own', async () => {
  const line = '<sip:+8613800000001@example.com>';
  const parts = { from: line, to: line, uri: 'sip:example.com' };
  const more = ['Contact: <sip:x@10.0.0.1>', 'Expires: 600'];
  const claimed = [...more, 'P-Associated-URI: <tel:+8613700000007>'];
  const scene = new Scene()
    .say(0, BOX, SERVER, request('REGISTER', 1, { ...parts, more }))
    .say(0.01, BOX, SERVER, response('200 OK', 'REGISTER', 1, { ...parts, toTag: 'z', more: claimed }))
    .say(0.1, SERVER, BOX, response('200 OK', 'REGISTER', 1, { ...parts, toTag: 'r', more }));
  const columns = ['msisdn', 'outcome'];
  expect(await eventsOf([scene.write(join(folder, 'echo.pcap'))], columns)).toEqual([
    { msisdn: '8613800000001', outcome: 'registered' },
  ]);
});
