import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { AT_PHONE, bye, CALLER, cancel, hop, OTHER, PHONE, PROXY, pass, say } from '../../support/sip-hops.ts';
import { request, response } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MAILBOX = '10.0.0.5';
const COLUMNS = [
  ...['direction', 'msisdn', 'counterpart', 'outcome', 'setup_ms', 'ring_ms', 'talk_ms'],
  ...['released_by', 'endpoint', 'trunk'],
];
const read = (scene: Scene, columns: readonly string[] = COLUMNS): Promise<Row[]> =>
  sceneEvents(scene, folder, columns);

const called = { direction: 'terminating', msisdn: '8613900000002', counterpart: '8613800000001' };
const caller = { direction: 'originating', msisdn: '8613800000001', counterpart: '8613900000002' };

describe('a call that a proxy passes on under its Call-ID is one of both lines', () => {
  const begun = (): Scene =>
    new Scene().say(0, CALLER, PROXY, hop(request('INVITE', 1), 'u')).say(0.1, PROXY, PHONE, pass('p1', AT_PHONE));

  test('where it is answered', async () => {
    const scene = begun()
      .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
      .say(1.2, PROXY, CALLER, say('180 Ringing', 'u', 'b1'))
      .say(4.1, PHONE, PROXY, say('200 OK', 'p1', 'b1'))
      .say(4.2, PROXY, CALLER, say('200 OK', 'u', 'b1'))
      .say(24.1, CALLER, PROXY, bye('b1'));
    // Both from the first message that shows it, at the phone; the phone's leg begins with the INVITE that it gets.
    const same = { outcome: 'answered', ring_ms: 3000, talk_ms: 20_000, released_by: 'caller' };
    expect(await read(scene)).toEqual([
      { ...caller, ...same, setup_ms: 1100, endpoint: `${CALLER}:5060`, trunk: `${PROXY}:5060` },
      { ...called, ...same, setup_ms: 1000, endpoint: `${PHONE}:5060`, trunk: `${PROXY}:5060` },
    ]);
  });

  const missed = (scene: Scene): Scene =>
    scene
      .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
      .say(21.1, PROXY, PHONE, cancel('p1'))
      .say(21.2, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'));
  const noAnswer = { outcome: 'no_answer', ring_ms: 20_000, talk_ms: null, released_by: 'network' };

  // RFC 4458 §2.2: the proxy asks the voicemail server, in the same dialog of the caller.
  test('and its phone did not answer where a mailbox does', async () => {
    const toMailbox = (scene: Scene): Scene =>
      missed(scene)
        .say(21.3, PROXY, MAILBOX, pass('p2', `sip:vm@${MAILBOX};target=sip:+8613900000002%40example.com;cause=408`))
        .say(21.4, MAILBOX, PROXY, say('200 OK', 'p2', 'm1'))
        .say(51.4, PROXY, MAILBOX, bye('m1'));
    const phone = { ...called, ...noAnswer, setup_ms: 1000, endpoint: `${PHONE}:5060`, trunk: `${PROXY}:5060` };
    expect(await read(toMailbox(begun()))).toMatchObject([
      { ...caller, outcome: 'answered', talk_ms: 30_000, released_by: 'caller' },
      phone,
    ]);
    // Where nothing is seen of the caller.
    expect(await read(toMailbox(new Scene().say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))))).toEqual([phone]);
  });

  // 3GPP TS 24.604 §4.5.2.6; RFC 7044.
  test('and where it is forwarded also of the line that it is sent on to', async () => {
    const history =
      'History-Info: <sip:+8613900000002@x>;index=1, <sip:+8613700000009@x;cause=408>;index=1.1;mp=1, <sip:y@10.0.0.4>;index=1.1.1;rc=1.1';
    const more = [history, 'P-Called-Party-ID: <sip:+8613700000009@example.com>'];
    const scene = missed(begun())
      .say(21.3, PROXY, OTHER, pass('p2', `sip:y@${OTHER}:5060`, more))
      .say(22.3, OTHER, PROXY, say('180 Ringing', 'p2', 'c1'))
      .say(25.3, OTHER, PROXY, say('200 OK', 'p2', 'c1'))
      .say(55.3, OTHER, PROXY, hop(request('BYE', 1, { fromTag: 'c1', toTag: 'a1' }), 'back'));
    expect(await read(scene, ['msisdn', 'outcome', 'setup_ms', 'ring_ms', 'talk_ms', 'released_by'])).toEqual([
      {
        ...{ msisdn: '8613800000001', outcome: 'answered', setup_ms: 1100, ring_ms: 24_200, talk_ms: 30_000 },
        released_by: 'called',
      },
      { msisdn: '8613900000002', setup_ms: 1000, ...noAnswer },
      {
        ...{ msisdn: '8613700000009', outcome: 'answered', setup_ms: 1000, ring_ms: 3000, talk_ms: 30_000 },
        released_by: 'called',
      },
    ]);
  });

  test('and is given up by its caller where that is so', async () => {
    const scene = begun()
      .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
      .say(9, CALLER, PROXY, cancel('u'))
      .say(9.1, PROXY, PHONE, cancel('p1'))
      .say(9.2, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'));
    expect(await read(scene, ['direction', 'outcome', 'released_by', 'ring_ms'])).toEqual([
      { direction: 'originating', outcome: 'cancelled', released_by: 'caller', ring_ms: 7900 },
      { direction: 'terminating', outcome: 'cancelled', released_by: 'caller', ring_ms: 8000 },
    ]);
  });

  // RFC 3261 §16.7 step 10: when one phone answers, the other branches are cancelled.
  test('with several phones of one line as one leg, of several lines as one each', async () => {
    const forked = (uri: string, more: readonly string[] = []): Scene =>
      begun()
        .say(0.2, PROXY, OTHER, pass('p2', uri, more))
        .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
        .say(5.2, OTHER, PROXY, say('200 OK', 'p2', 'c1'))
        .say(5.3, PROXY, PHONE, cancel('p1'))
        .say(5.4, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'))
        .say(15.2, PROXY, OTHER, bye('c1'));
    const columns = ['msisdn', 'outcome', 'talk_ms', 'released_by'];
    const answered = { outcome: 'answered', talk_ms: 10_000, released_by: 'caller' };
    expect(await read(forked(`sip:y@${OTHER}:5060`), columns)).toEqual([
      { msisdn: '8613800000001', ...answered },
      { msisdn: '8613900000002', ...answered },
    ]);
    const another = ['P-Called-Party-ID: <sip:+8613700000009@example.com>'];
    expect(await read(forked(`sip:y@${OTHER}:5060`, another), columns)).toEqual([
      { msisdn: '8613800000001', ...answered },
      { msisdn: '8613900000002', outcome: 'cancelled', talk_ms: null, released_by: 'network' },
      { msisdn: '8613700000009', ...answered },
    ]);
  });
});

test('a phone that says nothing did not answer where its caller was told so', async () => {
  const scene = new Scene()
    .say(0, CALLER, PROXY, hop(request('INVITE', 1), 'u'))
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(32, PROXY, CALLER, say('408 Request Timeout', 'u', 'x'));
  const same = { outcome: 'no_answer', released_by: 'network', ring_ms: null };
  expect(await read(scene, ['direction', 'outcome', 'released_by', 'ring_ms'])).toEqual([
    { direction: 'originating', ...same },
    { direction: 'terminating', ...same },
  ]);
});

test('a switch that passes a call on under a CSeq of its own reaches the phone too', async () => {
  const scene = new Scene()
    .say(0, CALLER, PROXY, hop(request('INVITE', 1), 'u'))
    .say(0.1, PROXY, PHONE, hop(request('INVITE', 102, { uri: AT_PHONE }), 's'))
    .say(2.1, PHONE, PROXY, hop(response('200 OK', 'INVITE', 102, { toTag: 'b1' }), 's'))
    .say(2.2, PROXY, CALLER, hop(response('200 OK', 'INVITE', 1, { toTag: 'q1' }), 'u'))
    .say(12.1, CALLER, PROXY, hop(request('BYE', 2, { toTag: 'q1' }), 'b'))
    .say(12.2, PROXY, PHONE, hop(request('BYE', 103, { toTag: 'b1' }), 'c'));
  expect(await read(scene, ['direction', 'msisdn', 'outcome', 'talk_ms'])).toMatchObject([
    { direction: 'originating', msisdn: '8613800000001', outcome: 'answered' },
    { direction: 'terminating', msisdn: '8613900000002', outcome: 'answered', talk_ms: 10_100 },
  ]);
});

test('an answer whose branch no request had may be of any phone', async () => {
  const scene = new Scene()
    .say(0, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(0.1, PROXY, OTHER, pass('p2', 'sip:+8613900000002@other.example'))
    .say(4, PHONE, PROXY, say('200 OK', 'p9', 'b1'))
    .say(24, PROXY, PHONE, bye('b1'));
  expect(await read(scene, ['direction', 'outcome', 'talk_ms'])).toEqual([
    { direction: 'terminating', outcome: 'answered', talk_ms: 20_000 },
  ]);
});
