import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { IsupFields } from '../../../src/ss7/isup/isup-encode.ts';
import { eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const A = 100;
const B = 200;
const CALLER = { digits: '8613800000001' };
const CALLED = { digits: '8675500000002' };

const iam = (cic: number, fields: Partial<IsupFields> = {}): IsupFields => ({
  type: 'IAM',
  cic,
  calling: CALLER,
  called: CALLED,
  category: 10,
  ...fields,
});
const acm = (cic: number, calledStatus = 0): IsupFields => ({ type: 'ACM', cic, calledStatus });
const cpg = (cic: number, event: number): IsupFields => ({ type: 'CPG', cic, event });
const anm = (cic: number): IsupFields => ({ type: 'ANM', cic });
const rel = (cic: number, cause: number): IsupFields => ({ type: 'REL', cic, cause });
const rlc = (cic: number): IsupFields => ({ type: 'RLC', cic });

/** A call from A to B before the one of the test, so that it is not the first thing in the capture. */
function afterAnotherCall(): Scene {
  return new Scene().isup(0, A, B, iam(31)).isup(0.1, B, A, rel(31, 34)).isup(0.2, A, B, rlc(31));
}

describe('a call on a circuit', () => {
  // Q.763 §3.16: who answered, where that is another.
  test.each(['ANM', 'CON'] as const)(
    'is to the number that was dialled, whatever number the %s says answered',
    (type) => {
      const scene = afterAnotherCall()
        .isup(10, A, B, iam(1))
        .isup(20, B, A, { type, cic: 1, connected: { digits: '8675500000009' } })
        .isup(80, A, B, rel(1, 16))
        .isup(80.1, B, A, rlc(1));
      const [, leg, ...more] = eventsWhateverTheCut(scene);
      expect(more).toHaveLength(0);
      expect(leg).toMatchObject({ counterpart: CALLED.digits, outcome: 'answered', talk_ms: 60_000 });
    },
  );

  test('is answered and released by the caller', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1))
      .isup(14, B, A, cpg(1, 1))
      .isup(20, B, A, anm(1))
      .isup(80.5, A, B, rel(1, 16))
      .isup(80.6, B, A, rlc(1));
    const [, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toHaveLength(0);
    expect(leg).toMatchObject({
      kind: 'leg',
      interface: 'isup',
      direction: 'originating',
      msisdn: CALLER.digits,
      counterpart: CALLED.digits,
      trunk: '100-200-1',
      outcome: 'answered',
      released_by: 'caller',
      cause: 16,
      setup_ms: 4000,
      ring_ms: 6000,
      talk_ms: 60_500,
    });
    expect([second(leg!.time), second(leg!.answer_time!), second(leg!.end_time!)]).toEqual([10, 20, 80.5]);
  });

  test.each([
    // Q.763 §3.21, §3.6, §3.25, §3.46.
    ['busy', { type: 'CPG', event: 4 }],
    ['no_reply', { type: 'CPG', event: 5 }],
    ['unconditional', { type: 'CPG', event: 6 }],
    ['not_reachable', { type: 'CPG', event: 2, notification: 0x7b, diversion: 6 }],
    ['deflected', { type: 'CPG', event: 1, diversion: 4 }],
    // For a reason that is not told: it had rung.
    ['no_reply', { type: 'ANM', redirection: { digits: '8675500000003' } }],
  ] as const)('that goes on to another number says so and why: %s', (reason, fields) => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1, 1))
      .isup(19.9, B, A, { cic: 1, ...fields })
      .isup(20, B, A, anm(1))
      .isup(80, A, B, rel(1, 16))
      .isup(80.1, B, A, rlc(1));
    const [other, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toHaveLength(0);
    expect(other!.forwarding).toBeNull();
    expect(leg).toMatchObject({ counterpart: CALLED.digits, outcome: 'answered', forwarding: `forwarded ${reason}` });
  });

  test('that goes on before anybody rang says so, and nobody goes on who only called', () => {
    const redirection = { digits: '8675500000003' };
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, { type: 'ACM', cic: 1, calledStatus: 0, redirection })
      .isup(14, B, A, cpg(1, 1))
      .isup(20, B, A, anm(1))
      .isup(80, A, B, rel(1, 16))
      .isup(90, A, B, iam(2))
      .isup(91, A, B, { type: 'CPG', cic: 2, event: 6 })
      .isup(92, B, A, anm(2));
    expect(eventsWhateverTheCut(scene).map(({ forwarding }) => forwarding)).toEqual([null, 'forwarded', null]);
  });

  // ITU-T Q.704 §14.2.2: 0 international, 2 national network.
  test('is one call where the exchanges write different network indicators', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1), 0)
      .isup(20, B, A, anm(1), 0)
      .isup(80, A, B, rel(1, 16))
      .isup(80.1, B, A, rlc(1), 0);
    const [, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(leg).toMatchObject({ outcome: 'answered', talk_ms: 60_000, ring_ms: 8000, released_by: 'caller' });
  });

  // Q.763 table 45a: a segment has room for a generic notification (§3.25: 0x7b, the call is diverting).
  test('that goes on says so in the segment behind a message of the called exchange', () => {
    const diverting = { type: 'SGM', notification: 0x7b } as const;
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1))
      .isup(12.1, B, A, { ...diverting, cic: 1 })
      .isup(20, B, A, anm(1))
      .isup(80, A, B, rel(1, 16))
      .isup(100, A, B, iam(2))
      .isup(100.1, A, B, { ...diverting, cic: 2 })
      .isup(112, B, A, acm(2))
      .isup(120, B, A, anm(2));
    expect(eventsWhateverTheCut(scene).map(({ forwarding }) => forwarding)).toEqual([null, 'forwarded', null]);
  });

  test('whose other party is alerted after the answer rang from its ACM on', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1))
      .isup(20, B, A, anm(1))
      .isup(21, B, A, cpg(1, 1))
      .isup(80, A, B, rel(1, 16));
    expect(eventsWhateverTheCut(scene)[1]).toMatchObject({ setup_ms: 2000, ring_ms: 8000, talk_ms: 60_000 });
  });

  test.each([
    ['caller', B, A],
    ['called', A, B],
  ])('whose REL is lost is released by the %s: RLC answers it', (by, opc, dpc) => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1))
      .isup(20, B, A, anm(1))
      .isup(80.5, opc, dpc, rlc(1));
    expect(eventsWhateverTheCut(scene)[1]).toMatchObject({ outcome: 'answered', talk_ms: 60_500, released_by: by });
  });

  test.each([
    ['the called directory number', { dialled: { digits: '75500000002', nature: 3 } }],
    ['a generic address of the ported number', { generic: { digits: '75500000002', nature: 3, qualifier: 0xc0 } }],
  ])('goes to %s, not to the number that leads to its network', (_, fields) => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1, { called: { digits: '8675599900001' }, ...fields }))
      .isup(12, B, A, rel(1, 17))
      .isup(12.1, A, B, rlc(1));
    expect(eventsWhateverTheCut(scene)[1]).toMatchObject({ msisdn: CALLER.digits, counterpart: '75500000002' });
  });

  test.each([
    // Q.763 §3.9, Q.769.1 §6.1: nature of address 8, or a hexadecimal digit that nobody dials.
    ['ES', { digits: '741234600123456', nature: 8 }, '34600123456'],
    ['RU', { digits: 'b01429161234567', nature: 3 }, '79161234567'],
    ['DE', { digits: 'b0181701234567', nature: 3 }, '491701234567'],
    ['DE', { digits: 'b018301234567', nature: 8 }, '49301234567'],
    // How long the routing number is, nothing tells.
    ['DE', { digits: '981701234567', nature: 8 }, '981701234567'],
    ['DE', { digits: 'a1601512345678', nature: 3 }, '1601512345678'],
    [null, { digits: 'b0181701234567', nature: 3 }, '0181701234567'],
  ])('goes to the number behind the routing number: at home in %s, %o', (country, called, number) => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1, { called }))
      .isup(12, B, A, rel(1, 17))
      .isup(12.1, A, B, rlc(1));
    expect(eventsWhateverTheCut(scene, country)[1]).toMatchObject({ counterpart: number });
    const overlap = afterAnotherCall()
      .isup(10, A, B, iam(1, { called: { ...called, digits: called.digits.slice(0, -3) } }))
      .isup(10.2, A, B, { type: 'SAM', cic: 1, subsequent: called.digits.slice(-3) })
      .isup(12, B, A, rel(1, 17));
    expect(eventsWhateverTheCut(overlap, country)[1]).toMatchObject({ counterpart: number });
  });

  test('has its caller in the segment behind its IAM, where the network gives none', () => {
    const additional = { digits: CALLER.digits, nature: 4, qualifier: 6 };
    const connected = { digits: '8675500000003', nature: 4, qualifier: 5 };
    const { calling: _, ...nameless } = iam(1);
    const scene = afterAnotherCall()
      .isup(10, A, B, nameless)
      .isup(10.2, A, B, { type: 'SGM', cic: 1, generic: additional })
      .isup(12, B, A, acm(1))
      .isup(12.1, B, A, { type: 'SGM', cic: 1, generic: connected })
      .isup(80, A, B, rel(1, 16))
      .isup(100, A, B, iam(2, { calling: { digits: '8613800000009' } }))
      .isup(100.1, A, B, { type: 'SGM', cic: 2, generic: additional })
      .isup(180, A, B, rel(2, 16))
      .isup(200, A, B, { ...nameless, cic: 3, generic: additional })
      .isup(210, A, B, rel(3, 16))
      .isup(300, A, B, { ...iam(4, { calling: { digits: '4001', nature: 2 } }), generic: additional })
      .isup(310, A, B, rel(4, 16));
    const [, inSegment, ofNetwork, inIam, ofCompany, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(ofCompany).toMatchObject({ msisdn: CALLER.digits, trunk: '100-200-4' });
    expect(inSegment).toMatchObject({ msisdn: CALLER.digits, counterpart: CALLED.digits, trunk: '100-200-1' });
    expect(ofNetwork).toMatchObject({ msisdn: '8613800000009', trunk: '100-200-2' });
    expect(inIam).toMatchObject({ msisdn: CALLER.digits, trunk: '100-200-3' });
  });

  test('has the caller that the exchange before it tells when asked', () => {
    const { calling: _, ...nameless } = iam(1);
    const scene = afterAnotherCall()
      .isup(10, A, B, nameless)
      .isup(10.1, B, A, { type: 'INR', cic: 1 })
      .isup(10.3, A, B, { type: 'INF', cic: 1, calling: CALLER })
      .isup(12, B, A, acm(1))
      .isup(80, A, B, rel(1, 16))
      // It tells that there is none; and what it tells of a call that shows one changes nothing.
      .isup(100, A, B, { ...nameless, cic: 2 })
      .isup(100.3, A, B, { type: 'INF', cic: 2 })
      .isup(180, A, B, rel(2, 16))
      .isup(200, A, B, iam(3, { calling: { digits: '8613800000009' } }))
      .isup(200.3, A, B, { type: 'INF', cic: 3, calling: CALLER })
      .isup(280, A, B, rel(3, 16));
    const [, told, untold, shown, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ msisdn: CALLER.digits, counterpart: CALLED.digits, trunk: '100-200-1' });
    expect(untold).toMatchObject({ msisdn: null, trunk: '100-200-2' });
    expect(shown).toMatchObject({ msisdn: '8613800000009', trunk: '100-200-3' });
  });

  test('goes the other way on the same circuit, and its digits come one after the other', () => {
    const scene = afterAnotherCall()
      .isup(10, B, A, iam(1, { called: { digits: '867', nature: 4 } }))
      .isup(10.2, B, A, { type: 'SAM', cic: 1, subsequent: '550' })
      .isup(10.4, B, A, { type: 'SAM', cic: 1, subsequent: '00007' })
      .isup(11, A, B, acm(1, 1))
      .isup(15, A, B, { type: 'CON', cic: 1 })
      .isup(16, A, B, rel(1, 16))
      .isup(16.1, B, A, rlc(1));
    const leg = eventsWhateverTheCut(scene)[1];
    expect(leg).toMatchObject({ counterpart: '86755000007', trunk: '200-100-1', released_by: 'called', talk_ms: 1000 });
  });

  test('ends with the circuits that a hardware failure takes away (Q.764 §2.8.2.2), not with those that wait for maintenance', () => {
    const scene = afterAnotherCall();
    for (const cic of [5, 6, 9]) scene.isup(10 + cic / 10, A, B, iam(cic)).isup(12 + cic / 10, B, A, anm(cic));
    scene.isup(20, B, A, { type: 'CGB', cic: 4, range: 3, supervision: 0 });
    scene.isup(30, B, A, { type: 'CGB', cic: 4, range: 3, supervision: 1 });
    scene.isup(30.1, A, B, { type: 'CGBA', cic: 4, range: 3, supervision: 1 });
    scene.isup(40, A, B, rel(9, 16));
    const [, ...legs] = eventsWhateverTheCut(scene);
    expect(legs).toMatchObject([
      { trunk: '100-200-5', outcome: 'answered', talk_ms: 17_500, released_by: 'network' },
      { trunk: '100-200-6', outcome: 'answered', talk_ms: 17_400, released_by: 'network' },
      { trunk: '100-200-9', outcome: 'answered', talk_ms: 27_100, released_by: 'caller' },
    ]);
  });

  test('goes on on another circuit where the continuity check of the first one failed (Q.764 §2.1.8)', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(11, A, B, { type: 'COT', cic: 1, continuity: 0 })
      .isup(11.1, A, B, { type: 'CCR', cic: 1 })
      .isup(11.2, A, B, iam(2))
      .isup(11.5, A, B, { type: 'COT', cic: 2, continuity: 1 })
      .isup(13, B, A, acm(2))
      .isup(15, B, A, anm(2))
      .isup(35, A, B, rel(2, 16))
      .isup(35.1, B, A, rlc(2));
    const [, failed, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({ trunk: '100-200-1', outcome: 'failed', released_by: 'network' });
    expect(second(failed!.end_time!)).toBe(11);
    expect(leg).toMatchObject({ trunk: '100-200-2', outcome: 'answered', talk_ms: 20_000 });
  });

  test('goes on on another circuit where the first one is not equipped at the other end (Q.764 §2.12)', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(10.2, B, A, { type: 'UCIC', cic: 1 })
      .isup(10.3, A, B, iam(2))
      .isup(12, B, A, anm(2))
      .isup(32, A, B, rel(2, 16))
      .isup(32.1, B, A, rlc(2));
    const [, failed, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({ trunk: '100-200-1', outcome: 'failed', released_by: 'network' });
    expect(leg).toMatchObject({ trunk: '100-200-2', outcome: 'answered', talk_ms: 20_000 });
  });

  const endings: [string, 'A' | 'B', number, object][] = [
    ['busy', 'B', 17, { outcome: 'busy', released_by: 'called' }],
    ['no answer', 'B', 19, { outcome: 'no_answer', released_by: 'network' }],
    ['rejected', 'B', 21, { outcome: 'rejected', released_by: 'called' }],
    ['no circuit', 'B', 34, { outcome: 'failed', released_by: 'network' }],
    ['number unknown', 'B', 1, { outcome: 'failed', released_by: 'network' }],
    ['the caller gives up', 'A', 16, { outcome: 'cancelled', released_by: 'caller' }],
  ];
  for (const [name, side, cause, expected] of endings) {
    test(`ends before the answer: ${name}`, () => {
      const [from, to] = side === 'A' ? [A, B] : [B, A];
      const scene = afterAnotherCall()
        .isup(10, A, B, iam(1))
        .isup(12, B, A, acm(1, 1))
        .isup(20, from, to, rel(1, cause))
        .isup(20.1, to, from, rlc(1));
      const leg = eventsWhateverTheCut(scene)[1];
      expect(leg).toMatchObject({ ...expected, cause, answer_time: null, talk_ms: null, ring_ms: 8000 });
    });
  }

  test('the called user hangs up first: the talk ends at the suspend message', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, acm(1, 1))
      .isup(20, B, A, anm(1))
      .isup(30, B, A, { type: 'SUS', cic: 1, suspendByNetwork: true })
      .isup(32, B, A, { type: 'RES', cic: 1, suspendByNetwork: true })
      .isup(40, B, A, { type: 'SUS', cic: 1, suspendByNetwork: true })
      .isup(100, A, B, rel(1, 102))
      .isup(100.1, B, A, rlc(1));
    expect(eventsWhateverTheCut(scene)[1]).toMatchObject({ talk_ms: 20_000, released_by: 'called', cause: 102 });
  });

  test('calls follow each other on a circuit at once', () => {
    const scene = afterAnotherCall();
    for (const start of [10, 20, 30]) {
      scene
        .isup(start, A, B, iam(1))
        .isup(start + 1, B, A, acm(1))
        .isup(start + 2, B, A, anm(1))
        .isup(start + 8, A, B, rel(1, 16))
        .isup(start + 8.1, B, A, rlc(1));
    }
    const legs = eventsWhateverTheCut(scene).slice(1);
    expect(legs.map(({ talk_ms }) => talk_ms)).toEqual([6000, 6000, 6000]);
    expect(new Set(legs.map(({ event_id }) => event_id)).size).toBe(3);
  });

  // Q.764 §2.3.1: the next IAM waits for RLC, but the two directions of a link need not reach a capture at the same pace.
  test('an RLC that the next IAM overtook is of the call before', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, anm(1))
      .isup(20, A, B, rel(1, 16))
      .isup(20.1, A, B, iam(1, { called: { digits: '8675500000003' } }))
      .isup(20.2, B, A, rlc(1))
      .isup(22, B, A, acm(1, 1))
      .isup(25, B, A, anm(1))
      .isup(125, A, B, rel(1, 16))
      .isup(125.1, B, A, rlc(1));
    expect(eventsWhateverTheCut(scene).slice(1)).toMatchObject([
      { counterpart: CALLED.digits, outcome: 'answered', talk_ms: 8000, released_by: 'caller' },
      { counterpart: '8675500000003', outcome: 'answered', talk_ms: 100_000, released_by: 'caller', cause: 16 },
    ]);
  });

  test('an IAM over an open call begins another; when the first ended is not known', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, anm(1))
      .isup(40, A, B, iam(1, { called: { digits: '8675500000003' } }))
      .isup(41, B, A, rel(1, 17))
      .isup(41.1, A, B, rlc(1));
    const [, first, second] = eventsWhateverTheCut(scene);
    expect(first).toMatchObject({ outcome: 'open', talk_ms: null, end_time: null });
    expect(second).toMatchObject({ outcome: 'busy', counterpart: '8675500000003' });
  });

  test('an answer after the release is of a call whose beginning was lost', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(12, B, A, rel(1, 17))
      .isup(12.1, A, B, rlc(1))
      .isup(13, B, A, acm(1, 1))
      .isup(14, B, A, anm(1));
    expect(eventsWhateverTheCut(scene).slice(1)).toMatchObject([
      { outcome: 'busy', answer_time: null, setup_ms: null, ring_ms: null },
    ]);
  });

  test('both ends seize the circuit: the one that is answered to goes on, the other gives way', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(10.05, B, A, iam(1, { calling: CALLED, called: CALLER }))
      .isup(12, A, B, acm(1, 1))
      .isup(15, A, B, anm(1))
      .isup(25, B, A, rel(1, 16))
      .isup(25.1, A, B, rlc(1));
    const [, lost, won] = eventsWhateverTheCut(scene);
    expect(lost).toMatchObject({ msisdn: CALLER.digits, outcome: 'failed', released_by: 'network', talk_ms: null });
    expect(won).toMatchObject({ msisdn: CALLED.digits, outcome: 'answered', released_by: 'caller', talk_ms: 10_000 });
  });

  test('a reset of the circuit, or of its group, ends the call', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(4))
      .isup(11, B, A, anm(4))
      .isup(12, A, B, iam(5))
      .isup(13, B, A, anm(5))
      .isup(14, A, B, iam(9))
      .isup(15, B, A, anm(9))
      .isup(20, B, A, { type: 'GRS', cic: 3, range: 3 })
      .isup(25, A, B, { type: 'RSC', cic: 9 })
      .isup(25.1, B, A, rlc(9));
    const legs = eventsWhateverTheCut(scene).slice(1);
    expect(legs.map(({ talk_ms, released_by }) => [talk_ms, released_by])).toEqual([
      [9000, 'network'],
      [7000, 'network'],
      [10_000, 'network'],
    ]);
  });

  test('the same circuit number to another exchange, or of BICC, is another circuit', () => {
    const scene = afterAnotherCall()
      .isup(10, A, B, iam(1))
      .isup(10.5, A, 300, iam(1))
      .isup(11, 300, A, rel(1, 17))
      .isup(11.1, A, 300, rlc(1))
      .isup(12, B, A, anm(1))
      .isup(13, A, B, rel(1, 16))
      .isup(13.1, B, A, rlc(1));
    expect(eventsWhateverTheCut(scene).slice(1)).toMatchObject([
      { trunk: '100-200-1', outcome: 'answered' },
      { trunk: '100-300-1', outcome: 'busy' },
    ]);
  });

  test('still open at the end; a release whose call was never seen is counted and makes nothing', () => {
    const scene = afterAnotherCall().isup(10, A, B, iam(1)).isup(12, B, A, anm(1)).isup(20, B, A, rel(2, 16));
    expect(eventsWhateverTheCut(scene).slice(1)).toMatchObject([{ outcome: 'open', talk_ms: null }]);
    expect(eventsOf(scene.packets).counters.anomalies.get('circuit without a seizure')).toBe(1);
  });

  test('keeps so many messages with digits, and counts those that it drops', () => {
    const scene = afterAnotherCall().isup(10, A, B, iam(1, { called: { digits: '867550' } }));
    for (let i = 0; i < 4; i++) scene.isup(11 + i, A, B, { type: 'SAM', cic: 1, subsequent: `${i}` });
    const { events, counters } = eventsOf(scene.packets, [4, 6], { ...DEFAULT_LIMITS, digitsPerCircuit: 3 });
    expect(events[1]).toMatchObject({ counterpart: '867550012' });
    expect(counters.dropped.get('digitsPerCircuit')).toBe(1);
  });

  test('a full table ends what is there longest, and says so', () => {
    const scene = new Scene();
    for (let cic = 1; cic <= 30; cic++) scene.isup(cic, A, B, iam(cic));
    const { events, counters } = eventsOf(scene.packets, [], { ...DEFAULT_LIMITS, ss7Circuits: 10 });
    expect(events).toHaveLength(30);
    // Ten are left open at the end of the capture, and one of them goes when another comes in the stitch.
    expect(counters.dropped.get('ss7Circuits')).toBeGreaterThanOrEqual(20);
  });
});
