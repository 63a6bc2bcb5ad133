import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { encodeTlv } from '../../../src/ss7/tcap/ber-encode.ts';
import * as cap from '../../../src/ss7/tcap/cap-encode.ts';
import { encodeError, encodeInvoke } from '../../../src/ss7/tcap/tcap-encode.ts';
import {
  afterAnother,
  CapContext,
  CELL,
  CENTRE,
  HLR,
  IMEI,
  IMSI,
  MSC,
  MSISDN,
  node,
  OTHER,
  scene,
  Talk,
  VLR,
} from '../../support/dialogues.ts';
import { eventsOf, type Scene, second } from '../../support/ss7-events.ts';

describe('CAP', () => {
  const ends = [node(146, MSC), node(146, HLR)] as const;
  const originating = cap.encodeInitialDp({
    serviceKey: 1,
    calling: { digits: MSISDN },
    dialled: { digits: OTHER },
    eventType: 'collectedInfo',
    imsi: IMSI,
    location: { ...CELL, vlr: VLR },
    msc: MSC,
    imei: IMEI,
    classmark: Buffer.of(0x33, 0x19, 0xa2),
    phase: 3,
  });
  const terminating = cap.encodeInitialDp({
    serviceKey: 1,
    calling: { digits: OTHER },
    called: { digits: MSISDN },
    eventType: 'termAttemptAuthorized',
    imsi: IMSI,
    msc: MSC,
    phase: 3,
  });
  const report = (id: number, fields: Parameters<typeof cap.encodeEventReportBcsm>[0]) =>
    encodeInvoke(id, 24, cap.encodeEventReportBcsm(fields));
  const call = (made: Scene, argument: Buffer) =>
    new Talk(made, CapContext.phase3, ends)
      .begin(100, encodeInvoke(0, 0, argument))
      .answer(
        100.2,
        encodeInvoke(1, 23, cap.encodeRequestReportBcsmEvent([{ event: 'oAnswer', leg: 2 }])),
        encodeInvoke(2, 35, cap.encodeApplyCharging({ tenths: 36_000 })),
        encodeInvoke(3, 31),
      );

  test('a call of the subscriber, answered and ended by the called user', () => {
    const [leg, ...more] = scene((made) =>
      call(made, originating)
        .more(110, true, report(1, { event: 'oAnswer', leg: 2 }))
        .more(170, true, report(2, { event: 'oDisconnect', leg: 2, cause: 16 }))
        .end(170.1, false, encodeInvoke(5, 31)),
    );
    expect(more).toEqual([]);
    expect(leg).toMatchObject({
      kind: 'leg',
      interface: 'cap',
      direction: 'originating',
      imsi: IMSI,
      msisdn: MSISDN,
      counterpart: OTHER,
      imei: IMEI,
      classmark: '3319a2',
      cell: '460-00-6151-1',
      visited: MSC,
      outcome: 'answered',
      setup_ms: null,
      talk_ms: 60_000,
      released_by: 'called',
      cause: 16,
    });
    expect([second(leg!.time), second(leg!.answer_time!), second(leg!.end_time!)]).toEqual([100, 110, 170]);
  });

  describe('a call of a card that is topped up a minute at a time', () => {
    const charged = (made: Scene, minutes: number) => {
      const talk = call(made, originating).more(110, true, report(1, { event: 'oAnswer', leg: 2 }));
      for (let i = 1; i <= minutes; i++) {
        const told = encodeInvoke(i + 1, 36, cap.encodeApplyChargingReport({ tenths: 600 * i, active: true }));
        const grant = encodeInvoke(i + 3, 35, cap.encodeApplyCharging({ tenths: 600 }));
        talk.more(110 + 60 * i, true, told).more(110.2 + 60 * i, false, grant);
      }
      const over = 110 + 60 * minutes + 30;
      talk.more(over, true, report(60, { event: 'oDisconnect', leg: 1, cause: 16 })).end(over + 0.1, false);
      return over;
    };

    test('ends as it does, however many captures it goes on in', () => {
      const [leg, ...more] = scene((made) => charged(made, 20));
      expect(more).toEqual([]);
      expect(leg).toMatchObject({ outcome: 'answered', released_by: 'caller', cause: 16, talk_ms: 1_230_000 });
    });

    // 3GPP TS 29.078 §5.1, timeIfTariffSwitch: the time is counted anew.
    test('does not end, where its end is not seen, before the report that it goes on', () => {
      const charge = (id: number, tenths: number, before?: number) =>
        encodeInvoke(
          id,
          36,
          cap.encodeApplyChargingReport({ tenths, ...(before === undefined ? {} : { before }), active: true }),
        );
      const [leg, ...more] = scene((made) =>
        call(made, originating)
          .more(110, true, report(1, { event: 'oAnswer', leg: 2 }))
          .more(200, true, charge(2, 300, 600))
          .more(260, true, charge(3, 900))
          .abort(260.2, false, 4),
      );
      expect(more).toEqual([]);
      expect(leg).toMatchObject({ outcome: 'answered', talk_ms: 150_000 });
      expect(second(leg!.end_time!)).toBe(260);
    });

    test('of which the beginning is not there leaves so much to be read, and counts what it drops', () => {
      const made = afterAnother();
      charged(made, 20);
      const limits = { ...DEFAULT_LIMITS, componentsPerDialogue: 10 };
      const packets = made.packets.slice(5);
      expect(eventsOf(packets, [], limits).counters.dropped.get('componentsPerDialogue')).toBe(31);
      expect(eventsOf(packets, [5, 20], limits).counters.dropped.get('componentsPerDialogue')).toBe(31);
    });
  });

  test('how long it took to ring is not known where the clock was set back before', () => {
    // 3GPP TS 29.078 §5.1, EventTypeBCSM.
    const oTermSeized = 19;
    const rung = (alerted: number) =>
      scene((made) =>
        call(made, originating)
          .more(alerted, true, encodeInvoke(1, 24, encodeTlv(0x30, encodeTlv(0x80, Buffer.of(oTermSeized)))))
          .more(110, true, report(2, { event: 'oAnswer', leg: 2 }))
          .more(170, true, report(3, { event: 'oDisconnect', leg: 2, cause: 16 }))
          .end(170.1, false, encodeInvoke(5, 31)),
      );
    expect(rung(104)).toMatchObject([{ setup_ms: 4000, ring_ms: 6000, talk_ms: 60_000 }]);
    expect(rung(40)).toMatchObject([{ setup_ms: null, talk_ms: 60_000 }]);
  });

  test('a call to the subscriber, who hangs up', () => {
    expect(
      scene((made) =>
        call(made, terminating)
          .more(110, true, report(1, { event: 'tAnswer', leg: 2 }))
          .more(115, true, report(2, { event: 'tDisconnect', leg: 2, cause: 16 }))
          .end(115.1, false, encodeInvoke(5, 31)),
      ),
    ).toMatchObject([
      { direction: 'terminating', msisdn: MSISDN, counterpart: OTHER, talk_ms: 5000, released_by: 'called' },
    ]);
  });

  const endings: [string, Parameters<typeof cap.encodeEventReportBcsm>[0], object][] = [
    ['busy', { event: 'oCalledPartyBusy', leg: 2, cause: 17 }, { outcome: 'busy', released_by: 'called', cause: 17 }],
    ['no answer', { event: 'oNoAnswer', leg: 2 }, { outcome: 'no_answer', cause: 19 }],
    ['abandoned', { event: 'oAbandon', leg: 1 }, { outcome: 'cancelled', released_by: 'caller' }],
    ['no route', { event: 'routeSelectFailure', leg: 2, cause: 34 }, { outcome: 'failed', released_by: 'network' }],
  ];
  for (const [name, fields, expected] of endings) {
    test(`a call that is not answered: ${name}`, () => {
      const events = scene((made) =>
        call(made, originating).more(120, true, report(1, fields)).end(120.1, false, encodeInvoke(5, 31)),
      );
      expect(events).toMatchObject([{ ...expected, answer_time: null, talk_ms: null }]);
      expect(second(events[0]!.end_time!)).toBe(120);
    });
  }

  for (const [name, fields] of endings.filter(([, { event }]) => event !== 'oAbandon')) {
    test(`a call that the service connects to somebody else who answers: ${name} first`, () => {
      const [leg, ...more] = scene((made) =>
        call(made, originating)
          .more(112, true, report(1, fields))
          .answer(112.2, encodeInvoke(4, 20, cap.encodeConnect({ destination: { digits: '8613700000009' } })))
          .more(115, true, report(2, { event: 'oAnswer', leg: 2 }))
          .more(145, true, report(3, { event: 'oDisconnect', leg: 1, cause: 16 }))
          .end(145.1, false, encodeInvoke(5, 31)),
      );
      expect(more).toEqual([]);
      expect(leg).toMatchObject({ outcome: 'answered', talk_ms: 30_000, released_by: 'caller', cause: 16 });
      expect([second(leg!.answer_time!), second(leg!.end_time!)]).toEqual([115, 145]);
      const why = { busy: 'busy', 'no answer': 'no_reply', 'no route': 'not_reachable' }[name];
      expect(leg!.forwarding).toBe(`forwarded ${why}`);
    });

    test(`a call that the service connects to somebody else, for whom its caller does not wait: ${name} first`, () => {
      const [leg, ...more] = scene((made) =>
        call(made, originating)
          .more(112, true, report(1, fields))
          .answer(112.2, encodeInvoke(4, 20, cap.encodeConnect({ destination: { digits: '8613700000009' } })))
          .more(140, true, report(2, { event: 'oAbandon', leg: 1 }))
          .end(140.1, false, encodeInvoke(5, 31)),
      );
      expect(more).toEqual([]);
      expect(leg).toMatchObject({ outcome: 'cancelled', released_by: 'caller', answer_time: null });
      expect(second(leg!.end_time!)).toBe(140);
    });
  }

  for (const [name, fields, expected] of endings.filter(([, { event }]) => event !== 'oAbandon')) {
    test(`a call that the service connects to one number after the other, none of which is reached: ${name}`, () => {
      const connect = encodeInvoke(4, 20, cap.encodeConnect({ destination: { digits: '8613700000009' } }));
      const tried = (made: Scene) =>
        call(made, originating)
          .more(112, true, report(1, fields))
          .answer(112.2, connect)
          .more(130, true, report(2, fields))
          .more(130.2, false, connect);
      const [leg, ...more] = scene((made) => tried(made).more(150, true, report(3, fields)).end(150.1, false));
      expect(more).toEqual([]);
      expect(leg).toMatchObject({ ...expected, answer_time: null });
      expect(second(leg!.end_time!)).toBe(150);
      expect(leg!.forwarding).toMatch(/^forwarded /);
      // A copy of the report, as another link shows it, is no other try.
      const [copied] = scene((made) =>
        call(made, originating).more(112, true, report(1, fields)).more(112.3, true, report(2, fields)).end(113, false),
      );
      expect(copied).toMatchObject({ ...expected, forwarding: null });
      expect(second(copied!.end_time!)).toBe(112);
    });
  }

  test('a call that goes on to somebody else when its called party has hung up ends with that', () => {
    const again = (made: Scene) =>
      call(made, originating)
        .more(110, true, report(1, { event: 'oAnswer', leg: 2 }))
        .more(170, true, report(2, { event: 'oDisconnect', leg: 2, cause: 16 }))
        .more(170.2, false, encodeInvoke(4, 20, cap.encodeConnect({ destination: { digits: '8613700000009' } })))
        .more(180, true, report(3, { event: 'oAnswer', leg: 2 }));
    const [leg, ...more] = scene((made) =>
      again(made)
        .more(240, true, report(4, { event: 'oDisconnect', leg: 1, cause: 16 }))
        .end(240.1, false),
    );
    expect(more).toEqual([]);
    expect(leg).toMatchObject({ outcome: 'answered', released_by: 'caller', talk_ms: 130_000 });
    expect([second(leg!.answer_time!), second(leg!.end_time!)]).toEqual([110, 240]);
    expect(scene(again)).toMatchObject([{ outcome: 'open', end_time: null }]);
  });

  describe('a party that the control function takes out of the call', () => {
    const leg = (id: number, side: number, cause = 31) =>
      encodeInvoke(
        id,
        90,
        encodeTlv(
          0x30,
          encodeTlv(0xa0, encodeTlv(0x80, Buffer.of(side))),
          encodeTlv(0x81, Buffer.of(0x80, 0x80 | cause)),
        ),
      );
    const answered = (made: Scene) => call(made, originating).more(110, true, report(1, { event: 'oAnswer', leg: 2 }));
    const ended = (events: CatpoolEvent[]) =>
      events.map(({ outcome, cause, released_by, talk_ms, end_time }) => [
        outcome,
        cause,
        released_by,
        talk_ms,
        end_time && second(end_time),
      ]);
    const torn = [['answered', 31, 'network', 40_000, 150]];
    const open = [['open', null, null, null, null]];

    test.each([1, 2])('ends it, once the dialogue is over: leg %i', (side) => {
      expect(ended(scene((made) => answered(made).answer(150, leg(6, side)).abort(150.5, true)))).toEqual(torn);
      expect(ended(scene((made) => answered(made).answer(150, leg(6, side)).end(151, false)))).toEqual(torn);
      expect(
        ended(
          scene((made) =>
            answered(made)
              .answer(150, leg(6, side))
              .answer(152, leg(7, 3 - side))
              .end(153, false),
          ),
        ),
      ).toEqual(torn);
    });

    test('does not end it while the dialogue goes on, where it was an added one, or where the switch refused', () => {
      expect(ended(scene((made) => answered(made).answer(150, leg(6, 2)).more(150.2, true)))).toEqual(open);
      expect(ended(scene((made) => answered(made).answer(150, leg(6, 3)).abort(150.5, true)))).toEqual(open);
      const refused = (made: Scene) =>
        answered(made).answer(150, leg(6, 2)).more(150.2, true, encodeError(6, 16)).abort(150.5, true);
      expect(ended(scene(refused))).toEqual(open);
    });

    // Each report of one event and leg is kept once: the other answer is told of another leg.
    test('does not end it where another one answers in its place', () => {
      const again = (made: Scene) =>
        answered(made)
          .answer(130, leg(6, 2))
          .answer(130.1, encodeInvoke(7, 20, cap.encodeConnect({ destination: { digits: '8613700000009' } })))
          .more(140, true, report(2, { event: 'oAnswer', leg: 1 }));
      expect(ended(scene((made) => again(made).abort(160, true)))).toEqual(open);
      expect(ended(scene((made) => again(made).answer(150, leg(8, 2)).abort(160, true)))).toEqual(torn);
    });

    test('is told from how the call was seen to end', () => {
      const reported = (made: Scene) =>
        answered(made)
          .answer(150, leg(6, 2))
          .more(150.3, true, report(2, { event: 'oDisconnect', leg: 2, cause: 16 }))
          .end(151, false);
      expect(ended(scene(reported))).toEqual([['answered', 16, 'called', 40_300, 150.3]]);
    });
  });

  // 3GPP TS 29.078 §6.1: entityReleased, of a call segment with its cause, or of a leg of it. Cause 41: temporary failure.
  test.each([
    ['call segment', 'a007800101820284a9', true],
    ['leg', 'a109a003800101820284a9', true],
    ['added leg', 'a109a003800103820284a9', false],
  ])('a call whose %s the switch had to release', (_, argument, isOver) => {
    const events = scene((made) =>
      call(made, originating)
        .more(110, true, report(1, { event: 'oAnswer', leg: 2 }))
        .end(150, true, encodeInvoke(5, 96, Buffer.from(argument, 'hex'))),
    );
    expect(events).toMatchObject([
      isOver
        ? { outcome: 'answered', cause: 41, released_by: 'network', talk_ms: 40_000 }
        : { outcome: 'open', cause: null, talk_ms: null },
    ]);
  });

  test('a call that the control function releases, and one whose charging report alone tells how long it was', () => {
    const events = scene((made) => {
      call(made, originating).end(101, false, encodeInvoke(4, 22, cap.encodeReleaseCall({ cause: 21 })));
      new Talk(made, CapContext.phase3, ends)
        .begin(200, encodeInvoke(0, 0, originating))
        .answer(200.2, encodeInvoke(1, 35, cap.encodeApplyCharging({ tenths: 36_000 })), encodeInvoke(2, 31))
        .more(250, true, encodeInvoke(3, 36, cap.encodeApplyChargingReport({ tenths: 421, active: false })))
        .end(250.1, false);
    });
    expect(events).toMatchObject([
      { outcome: 'rejected', cause: 21, talk_ms: null, released_by: 'network' },
      { outcome: 'answered', talk_ms: 42_100 },
    ]);
  });

  // 3GPP TS 23.078 §4.2.2: only a call that was answered disconnects.
  for (const [name, argument, event] of [
    ['by', originating, 'oDisconnect'],
    ['to', terminating, 'tDisconnect'],
  ] as const) {
    const ends = report(2, { event, leg: 1, cause: 16 });

    test(`a call ${name} the subscriber whose answer was not asked for, or was lost: how long it was is charged`, () => {
      const charged = encodeInvoke(3, 36, cap.encodeApplyChargingReport({ tenths: 905, active: false }));
      const [leg, ...more] = scene((made) => call(made, argument).more(200, true, charged, ends).end(200.1, false));
      expect(more).toEqual([]);
      expect(leg).toMatchObject({ outcome: 'answered', talk_ms: 90_500, released_by: 'caller', cause: 16 });
      expect([second(leg!.answer_time!), second(leg!.end_time!)]).toEqual([109.5, 200]);
    });

    test.each([
      ['nothing tells', []],
      // More than passed since the call began.
      [
        'what is charged cannot tell',
        [encodeInvoke(3, 36, cap.encodeApplyChargingReport({ tenths: 1001, active: false }))],
      ],
    ])(`a call ${name} the subscriber of which %s when it was answered`, (_, charged) => {
      const events = scene((made) =>
        call(made, argument)
          .more(200, true, ...charged, ends)
          .end(200.1, false),
      );
      const expected = { outcome: 'answered', answer_time: null, talk_ms: null, ring_ms: null, released_by: 'caller' };
      expect(events).toMatchObject([expected]);
      expect(second(events[0]!.end_time!)).toBe(200);
    });
  }

  test('a call that the subscriber forwards is of its number, not of the number that called it', () => {
    const THIRD = '8613700000003';
    const forwarded = (fields: Partial<cap.InitialDpFields>) =>
      cap.encodeInitialDp({
        serviceKey: 1,
        calling: { digits: OTHER },
        called: { digits: THIRD },
        eventType: 'collectedInfo',
        imsi: IMSI,
        msc: MSC,
        phase: 2,
        ...fields,
      });
    const again = forwarded({ originalCalled: { digits: '8613700000004' }, redirecting: { digits: MSISDN } });
    const once = forwarded({ originalCalled: { digits: MSISDN } });
    const events = scene((made) => {
      for (const argument of [again, once]) call(made, argument).end(130, false);
    });
    const expected = { direction: null, imsi: IMSI, msisdn: MSISDN, counterpart: THIRD };
    expect(events).toMatchObject([expected, expected]);
  });

  test('a called party that others forwarded to keeps its number, and its caller', () => {
    const reached = cap.encodeInitialDp({
      serviceKey: 1,
      calling: { digits: OTHER },
      called: { digits: MSISDN },
      redirecting: { digits: '8613700000004' },
      eventType: 'termAttemptAuthorized',
      imsi: IMSI,
      phase: 2,
    });
    expect(scene((made) => call(made, reached).end(130, false))).toMatchObject([
      { direction: 'terminating', msisdn: MSISDN, counterpart: OTHER },
    ]);
  });

  test('a call that only its summary tells of: how long it was connected, or why it was not', () => {
    // CallInformationReportArg (29.078 §6.1.1): connected time [2] in tenths of a second, release cause [30], leg 2.
    const summary = (connected: string, cause: string) =>
      Buffer.from(`301ca0153008800102a10382${connected}300980011ea1049e0280${cause}a303810102`, 'hex');
    const ended = (made: Scene, argument: Buffer) =>
      new Talk(made, CapContext.phase3, ends)
        .begin(100, encodeInvoke(0, 0, originating))
        .answer(100.2, encodeInvoke(1, 45), encodeInvoke(2, 31))
        .end(140, true, encodeInvoke(3, 44, argument));
    expect(scene((made) => ended(made, summary('0140', '90')))).toMatchObject([
      { outcome: 'answered', talk_ms: 6400, answer_time: null },
    ]);
    const [busy] = scene((made) => ended(made, summary('0100', '91')));
    expect(busy).toMatchObject({ outcome: 'busy', cause: 17, talk_ms: null, answer_time: null });
    expect(second(busy!.end_time!)).toBe(140);
  });

  test('a short message of the subscriber', () => {
    const argument = cap.encodeInitialDpSms({
      serviceKey: 1,
      calling: MSISDN,
      destination: OTHER,
      imsi: IMSI,
      serviceCentre: CENTRE,
      msc: MSC,
    });
    expect(
      scene((made) =>
        new Talk(made, CapContext.sms, ends)
          .begin(100, encodeInvoke(0, 60, argument))
          .answer(100.2, encodeInvoke(1, 66))
          .more(102, true, encodeInvoke(1, 64, cap.encodeEventReportSms({ submitted: true })))
          .end(102.1, false),
      ),
    ).toMatchObject([
      {
        kind: 'sms',
        interface: 'cap',
        direction: 'originating',
        imsi: IMSI,
        msisdn: MSISDN,
        counterpart: OTHER,
        outcome: 'delivered',
      },
    ]);
  });
});
