import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf, Scene, sceneEvents } from '../../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [A, P, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
const CALL = ['From: <sip:+8613800000001@a>;tag=a', 'Call-ID: lost@a'];
const TO = 'To: <sip:+8613900000002@b>';
const URI = 'sip:+8613900000002@b SIP/2.0';

/** A call whose final answer is not in the capture. Each hop of the INVITE has a branch. */
class Call extends Scene {
  invite(time: number, from: string, to: string, vias: readonly string[]): this {
    return this.say(time, from, to, [`INVITE ${URI}`, ...vias.map(via), ...CALL, TO, 'CSeq: 1 INVITE']);
  }
  ringing(time: number): this {
    return this.say(time, P, A, ['SIP/2.0 180 Ringing', via('1'), ...CALL, `${TO};tag=b`, 'CSeq: 1 INVITE']);
  }
  ack(time: number, from: string, to: string, branch: string): this {
    return this.say(time, from, to, [`ACK ${URI}`, via(branch), ...CALL, `${TO};tag=b`, 'CSeq: 1 ACK']);
  }
  bye(time: number): this {
    return this.say(time, A, P, [`BYE ${URI}`, via('bye'), ...CALL, `${TO};tag=b`, 'CSeq: 2 BYE']);
  }
}

const via = (branch: string): string => `Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK${branch}`;
const COLUMNS = ['outcome', 'ring_ms', 'talk_ms', 'released_by'];
const leg = { kind: 'leg', ring_ms: null, talk_ms: null };

// RFC 3261 §13.2.2.4: the ACK of a 2xx is a request of its own, with a branch of its own.
test('an ACK with a branch of its own says that the call was answered', async () => {
  const call = new Call().invite(0, A, P, ['1']).ringing(1).ack(5, A, P, 'ack').bye(15);
  expect(await sceneEvents(call, folder, ['kind', ...COLUMNS])).toEqual([
    { kind: 'leg', outcome: 'answered', ring_ms: 4000, talk_ms: 10_000, released_by: 'caller' },
  ]);
});

test('so does one of a capture of one direction, and a call that lasts is still one', async () => {
  const call = new Call().invite(0, A, P, ['1']).ack(5, A, P, 'ack').bye(1005);
  expect(await sceneEvents(call, folder, ['kind', ...COLUMNS])).toEqual([
    { ...leg, outcome: 'answered', talk_ms: 1_000_000, released_by: 'caller' },
  ]);
});

// RFC 3261 §17.1.1.3: the ACK of any other answer has the branch of the INVITE, at each hop that hop's.
test.each([
  ['the INVITE', (call: Call) => call.ack(5, A, P, '1')],
  ['a hop of the INVITE', (call: Call) => call.invite(0.1, P, B, ['2', '1']).ack(5, P, B, '2')],
])('one with the branch of %s does not', async (_, more) => {
  const call = more(new Call().invite(0, A, P, ['1']));
  expect(await sceneEvents(call, folder, ['kind', ...COLUMNS])).toEqual([
    { ...leg, outcome: 'open', released_by: null },
  ]);
});

test('nor does one after an answer that is known, or without the INVITE', async () => {
  const busy = ['SIP/2.0 486 Busy Here', via('1'), ...CALL, `${TO};tag=b`, 'CSeq: 1 INVITE'];
  const refused = new Call().invite(0, A, P, ['1']).say(3, P, A, busy).ack(3.1, A, P, 'odd');
  expect(await sceneEvents(refused, folder, ['kind', ...COLUMNS])).toEqual([
    { ...leg, outcome: 'busy', released_by: 'called' },
  ]);
  expect(await eventsOf([new Call().ack(5, A, P, 'ack').write(join(folder, 'ack.pcap'))])).toEqual([]);
});

// RFC 3261 §16.7: a proxy that tries one phone after another acknowledges the refusal of each. Where the capture begins after it was
// sent, nothing else tells that the INVITE with this branch was refused.
test('an ACK before the INVITE to the next phone is of the phone before', async () => {
  const call = new Call().invite(0, A, P, ['1']).invite(0.1, P, B, ['2', '1']);
  const final = (time: number, from: string, to: string, status: string, tag: string): Scene =>
    call.say(time, from, to, [`SIP/2.0 ${status}`, via('1'), ...CALL, `${TO};tag=${tag}`, 'CSeq: 1 INVITE']);
  final(1, B, P, '486 Busy Here', 'b');
  call.ack(1.1, P, B, '2').invite(1.2, P, C, ['3', '1']);
  final(3, C, P, '200 OK', 'c');
  final(3.1, P, A, '200 OK', 'c');
  call.say(7.1, C, P, [
    `BYE ${URI}`,
    via('bye'),
    'From: <sip:+8613900000002@b>;tag=c',
    'Call-ID: lost@a',
    'To: <sip:+8613800000001@a>;tag=a',
    'CSeq: 2 BYE',
  ]);
  expect(await sceneEvents(call, folder, ['kind', ...COLUMNS])).toEqual([
    { ...leg, outcome: 'answered', talk_ms: 4100, released_by: 'called' },
  ]);
});
