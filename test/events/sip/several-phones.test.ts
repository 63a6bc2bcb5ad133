import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';
import {
  AT_OTHER,
  AT_PHONE,
  bye,
  CALLER,
  cancel,
  hop,
  OTHER,
  PHONE,
  PROXY,
  pass,
  say,
} from '../../support/sip-hops.ts';
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

// RFC 3261 §16.5: one phone of the line after the other, as long as its proxy likes.
const hunting = (scene: Scene): Scene =>
  scene
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
    .say(6.1, PROXY, PHONE, cancel('p1'))
    .say(6.2, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'))
    .say(6.3, PROXY, OTHER, pass('p2', AT_OTHER))
    .say(7.1, OTHER, PROXY, say('180 Ringing', 'p2', 'c1'));
const atOther = { direction: 'terminating', endpoint: `${OTHER}:5060` };
const ENDS_AT = [...ENDS, 'endpoint'];

test('a line whose phones rang one after the other ends as the last did', async () => {
  const refused = (scene: Scene): Scene => hunting(scene).say(9.1, OTHER, PROXY, say('486 Busy Here', 'p2', 'c1'));
  const busy = { ...atOther, outcome: 'busy', released_by: 'called', ring_ms: 8000, sip_status: 486 };
  expect(await read(refused(new Scene()), ENDS_AT)).toEqual([busy]);
  const told = refused(asked()).say(9.2, PROXY, CALLER, say('486 Busy Here', 'u', 'c1'));
  expect((await read(told, ENDS_AT))[1]).toEqual(busy);

  const givenUp = hunting(asked())
    .say(9, CALLER, PROXY, cancel('u'))
    .say(9.1, PROXY, OTHER, cancel('p2'))
    .say(9.2, OTHER, PROXY, say('487 Request Terminated', 'p2', 'c1'))
    .say(9.3, PROXY, CALLER, say('487 Request Terminated', 'u', 'x'));
  const cancelled = { ...atOther, outcome: 'cancelled', released_by: 'caller', ring_ms: 8000, sip_status: 487 };
  expect((await read(givenUp, ENDS_AT))[1]).toEqual(cancelled);

  const missed = hunting(asked())
    .say(9.1, PROXY, CALLER, say('408 Request Timeout', 'u', 'x'))
    .say(9.1, PROXY, OTHER, cancel('p2'))
    .say(9.2, OTHER, PROXY, say('487 Request Terminated', 'p2', 'c1'));
  const noAnswer = { ...atOther, outcome: 'no_answer', released_by: 'network', ring_ms: 8000, sip_status: 487 };
  expect((await read(missed, ENDS_AT))[1]).toEqual(noAnswer);
});

test('and rings while the last does', async () => {
  const open = { ...atOther, outcome: 'open', released_by: null, ring_ms: null, sip_status: null };
  expect(await read(hunting(new Scene()), ENDS_AT)).toEqual([open]);
});

// RFC 3261 §16.7 step 5: the proxy cancels the other branches.
test('a phone that refuses for all its line does, though another is cancelled later', async () => {
  const scene = forked()
    .say(5.1, OTHER, PROXY, say('603 Decline', 'p2', 'c1'))
    .say(5.2, PROXY, PHONE, cancel('p1'))
    .say(5.3, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'));
  expect(await read(scene, ENDS_AT)).toEqual([
    { ...atOther, outcome: 'rejected', released_by: 'called', ring_ms: 4000, sip_status: 603 },
  ]);
});

test('a phone of which nothing came says nothing of the line, nor does a proxy that goes before the phone', async () => {
  const silent = new Scene()
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(0.2, PROXY, OTHER, pass('p2', AT_OTHER))
    .say(1.2, OTHER, PROXY, say('486 Busy Here', 'p2', 'c1'));
  const busy = { ...atOther, outcome: 'busy', released_by: 'called', ring_ms: null, sip_status: 486 };
  expect(await read(silent, ENDS_AT)).toEqual([busy]);
  const through = new Scene()
    .say(0.1, PROXY, PHONE, pass('p1', AT_OTHER, [`Route: <sip:${PHONE};lr>`]))
    .say(0.2, PHONE, OTHER, hop(request('INVITE', 1, { uri: AT_OTHER }), 'p2', 'p1', 'u'))
    .say(1.2, OTHER, PHONE, say('486 Busy Here', 'p2', 'c1'))
    .say(1.3, PHONE, PROXY, say('486 Busy Here', 'p1', 'c1'));
  expect(await read(through, [...ENDS_AT, 'trunk'])).toEqual([{ ...busy, trunk: `${PHONE}:5060` }]);
});

// One packet of a hop is lost to the capture.
test('a phone whose answer is not seen on its hop answered, where its caller was given one with its tag', async () => {
  const scene = hunting(asked())
    .say(9.2, PROXY, CALLER, say('200 OK', 'u', 'c1'))
    .say(9.3, CALLER, PROXY, hop(request('ACK', 1, { toTag: 'c1' }), 'k'))
    .say(9.4, PROXY, OTHER, hop(request('ACK', 1, { toTag: 'c1' }), 'k1', 'k'))
    .say(19.2, CALLER, PROXY, bye('c1'));
  const answered = { outcome: 'answered', released_by: 'caller', ring_ms: 8100, talk_ms: 10_000 };
  expect((await read(scene, [...ENDS_AT, 'talk_ms']))[1]).toEqual({ ...atOther, ...answered, sip_status: 200 });
  // Of two lines, and where another one answered.
  const other = 'P-Called-Party-ID: <sip:+8613700000009@example.com>';
  const lines = asked()
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(0.2, PROXY, OTHER, pass('p2', AT_OTHER, [other]))
    .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
    .say(1.2, OTHER, PROXY, say('180 Ringing', 'p2', 'c1'))
    .say(9.2, PROXY, CALLER, say('200 OK', 'u', 'c1'))
    .say(19.2, CALLER, PROXY, bye('c1'));
  expect((await read(lines, ['msisdn', 'talk_ms'])).slice(1)).toEqual([
    { msisdn: '8613900000002', talk_ms: null },
    { msisdn: '8613700000009', talk_ms: 10_000 },
  ]);
});

test('a caller that was told that it gave up did, though its CANCEL is not seen, and the phones that were cancelled then', async () => {
  const scene = hunting(asked())
    .say(9.1, PROXY, OTHER, cancel('p2'))
    .say(9.2, OTHER, PROXY, say('487 Request Terminated', 'p2', 'c1'))
    .say(9.3, PROXY, CALLER, say('487 Request Terminated', 'u', 'c1'));
  const cancelled = { outcome: 'cancelled', released_by: 'caller', sip_status: 487 };
  expect(await read(scene, ENDS)).toMatchObject([cancelled, { ...cancelled, ring_ms: 8000 }]);
  // The phone that was asked before, of another line, did not answer.
  const other = 'P-Called-Party-ID: <sip:+8613700000009@example.com>';
  const lines = asked()
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(0.2, PROXY, OTHER, pass('p2', AT_OTHER, [other]))
    .say(6.1, PROXY, PHONE, cancel('p1'))
    .say(6.2, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'))
    .say(9.1, PROXY, OTHER, cancel('p2'))
    .say(9.2, OTHER, PROXY, say('487 Request Terminated', 'p2', 'c1'))
    .say(9.3, PROXY, CALLER, say('487 Request Terminated', 'u', 'c1'));
  expect((await read(lines, ENDS)).map(({ outcome }) => outcome)).toEqual(['cancelled', 'no_answer', 'cancelled']);
  // Nor did one that was cancelled before the caller gave up.
  const waited = asked()
    .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
    .say(6.1, PROXY, PHONE, cancel('p1'))
    .say(6.2, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'))
    .say(9, CALLER, PROXY, cancel('u'))
    .say(9.1, PROXY, CALLER, say('487 Request Terminated', 'u', 'x'));
  expect((await read(waited, ENDS)).map(({ outcome }) => outcome)).toEqual(['cancelled', 'no_answer']);
});

// As a test line of an operator does.
test('a caller with credentials on the host of its proxy is not who calls the phone', async () => {
  const own = `${PROXY}:5070`;
  const more = ['Proxy-Authorization: Digest username="x", realm="example.com"'];
  const rung = (): Scene =>
    new Scene()
      .say(0, own, PROXY, hop(request('INVITE', 1, { more }), 'u'))
      .say(0.1, PROXY, PHONE, pass('p1', AT_PHONE))
      .say(1.1, PHONE, PROXY, say('180 Ringing', 'p1', 'b1'))
      .say(1.2, PROXY, own, say('180 Ringing', 'u', 'b1'));
  const busy = rung()
    .say(5.1, PHONE, PROXY, say('486 Busy Here', 'p1', 'b1'))
    .say(5.2, PROXY, own, say('486 Busy Here', 'u', 'b1'));
  const same = { outcome: 'busy', released_by: 'called', sip_status: 486 };
  expect(await read(busy, ENDS_AT)).toEqual([
    { direction: 'originating', ...same, ring_ms: 4100, endpoint: own },
    { direction: 'terminating', ...same, ring_ms: 4000, endpoint: `${PHONE}:5060` },
  ]);
  // A CANCEL of the proxy's is not the caller's.
  const missed = rung()
    .say(21.1, PROXY, PHONE, cancel('p1'))
    .say(21.2, PHONE, PROXY, say('487 Request Terminated', 'p1', 'b1'))
    .say(21.3, PROXY, own, say('408 Request Timeout', 'u', 'x'));
  const noAnswer = { outcome: 'no_answer', released_by: 'network' };
  expect(await read(missed, ENDS)).toMatchObject([noAnswer, { ...noAnswer, ring_ms: 20_000 }]);
});

// RFC 3261 §16.7 step 4: a proxy may follow a redirection itself, and says so to nobody.
test('a phone of another number than the one dialled is of another line, where a phone of that one was asked too', async () => {
  const to = (user: string): Scene =>
    asked()
      .say(0.1, PROXY, PHONE, pass('p1', `sip:${user}@${PHONE}:5060`))
      .say(0.2, PHONE, PROXY, say('302 Moved Temporarily', 'p1', 'b1'))
      .say(0.3, PROXY, OTHER, pass('p2', `sip:8613700000009@${OTHER}:5060`))
      .say(1.3, OTHER, PROXY, say('180 Ringing', 'p2', 'c1'))
      .say(5.3, OTHER, PROXY, say('200 OK', 'p2', 'c1'))
      .say(5.4, PROXY, CALLER, say('200 OK', 'u', 'c1'))
      .say(15.3, CALLER, PROXY, bye('c1'));
  const columns = ['msisdn', 'aor', 'outcome', 'sip_status', 'talk_ms', 'endpoint'];
  const answered = { outcome: 'answered', sip_status: 200, talk_ms: 10_000, endpoint: `${OTHER}:5060` };
  const called = { msisdn: '8613900000002', aor: '+8613900000002@example.com' };
  expect((await read(to('8613900000002'), columns)).slice(1)).toEqual([
    { ...called, outcome: 'redirected', sip_status: 302, talk_ms: null, endpoint: `${PHONE}:5060` },
    { msisdn: '8613700000009', aor: null, ...answered },
  ]);
  // An exchange has many numbers behind the one of its account.
  for (const user of ['8613700000008', 'x7f3'])
    expect((await read(to(user), columns)).slice(1)).toEqual([{ ...called, ...answered }]);
});
