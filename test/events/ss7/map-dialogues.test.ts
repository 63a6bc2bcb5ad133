import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { encodeDeliver, encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import * as cap from '../../../src/ss7/tcap/cap-encode.ts';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import { encodeError, encodeInvoke, encodeResult } from '../../../src/ss7/tcap/tcap-encode.ts';
import {
  afterAnother,
  CapContext,
  CENTRE,
  HLR,
  IMEI,
  IMSI,
  MapContext,
  MSC,
  MSISDN,
  node,
  OTHER,
  scene,
  Talk,
  VLR,
} from '../../support/dialogues.ts';
import { RARE_MAP_MESSAGES } from '../../support/map-rare.ts';
import { eventsOf, type Scene, second } from '../../support/ss7-events.ts';
import { statusReport } from '../../support/status-report.ts';

describe('MAP: where a subscriber is, and who', () => {
  test('a location update names IMSI, number, phone and register', () => {
    const [event, ...more] = scene((made) =>
      new Talk(made, MapContext.networkLocUp)
        .begin(
          100,
          encodeInvoke(1, 2, map.encodeUpdateLocation({ imsi: IMSI, msc: MSC, vlr: VLR, imeisv: `${IMEI}01` })),
        )
        .answer(101, encodeInvoke(1, 7, map.encodeInsertSubscriberData({ imsi: IMSI, msisdn: MSISDN })))
        .more(102, true, encodeResult(1, 7))
        .end(103, false, encodeResult(1, 2, map.encodeUpdateLocationResult({ hlr: HLR }))),
    );
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      kind: 'presence',
      interface: 'map',
      imsi: IMSI,
      msisdn: MSISDN,
      imei: IMEI,
      imeisv: '01',
      visited: VLR,
      outcome: 'registered',
      latency_ms: null,
    });
    expect([second(event!.time), second(event!.end_time!)]).toEqual([100, 103]);
  });

  test('one that the home network refuses; a cancelled one; a subscriber that the register has not heard of', () => {
    const events = scene((made) => {
      new Talk(made, MapContext.networkLocUp)
        .begin(100, encodeInvoke(1, 2, map.encodeUpdateLocation({ imsi: IMSI, msc: MSC, vlr: VLR })))
        .end(101, false, encodeError(1, 8));
      new Talk(made, MapContext.locationCancellation, [node(6, HLR), node(7, VLR)])
        .begin(200, encodeInvoke(1, 3, map.encodeCancelLocation({ imsi: IMSI })))
        .end(201, false, encodeResult(1, 3));
      new Talk(made, MapContext.msPurging)
        .begin(300, encodeInvoke(1, 67, map.encodePurgeMS({ imsi: IMSI, vlr: VLR })))
        .end(301, false, encodeResult(1, 67));
    });
    expect(events).toMatchObject([
      { kind: 'presence', imsi: IMSI, outcome: 'rejected', lu_type: null },
      { kind: 'presence', imsi: IMSI, outcome: 'deregistered', lu_type: null },
      { kind: 'presence', imsi: IMSI, outcome: 'deregistered', lu_type: 'detach' },
    ]);
  });

  test('vectors for an authentication: the time of the register, no latency of a SIM', () => {
    const [event] = scene((made) =>
      new Talk(made, MapContext.infoRetrieval)
        .begin(100, encodeInvoke(1, 56, map.encodeSendAuthenticationInfo({ imsi: IMSI })))
        .end(100.25, false, encodeResult(1, 56, map.encodeSendAuthenticationInfoResult([]))),
    );
    expect(event).toMatchObject({ kind: 'auth', interface: 'map', imsi: IMSI, latency_ms: null, outcome: null });
    expect(second(event!.end_time!)).toBe(100.25);
  });

  test('a phone that is looked up', () => {
    const [event] = scene((made) =>
      new Talk(made, MapContext.equipmentMngt, [node(8, MSC), node(9, HLR)])
        .begin(100, encodeInvoke(1, 43, map.encodeCheckImei({ imei: `${IMEI}9` })))
        .end(101, false, encodeResult(1, 43, map.encodeCheckImeiResult({ status: 1 }))),
    );
    expect(event).toMatchObject({ kind: 'device', interface: 'map', imei: IMEI });
  });
});

describe('MAP: what a subscriber does', () => {
  test('short messages, from the mobile and to it', () => {
    const events = scene((made) => {
      new Talk(made, MapContext.shortMsgMoRelay, [node(8, MSC), node(8, CENTRE)])
        .begin(
          100,
          encodeInvoke(
            1,
            46,
            map.encodeMoForwardSM({ serviceCentre: CENTRE, msisdn: MSISDN, imsi: IMSI, tpdu: encodeSubmit(OTHER, 20) }),
          ),
        )
        .end(102, false, encodeResult(1, 46));
      new Talk(made, MapContext.shortMsgMtRelay, [node(8, CENTRE), node(8, MSC)])
        .begin(
          200,
          encodeInvoke(
            1,
            44,
            map.encodeMtForwardSM({ imsi: IMSI, serviceCentre: CENTRE, tpdu: encodeDeliver(OTHER, 33) }),
          ),
        )
        .end(206, false, encodeError(1, 27));
    });
    expect(events).toMatchObject([
      {
        kind: 'sms',
        direction: 'originating',
        imsi: IMSI,
        msisdn: MSISDN,
        counterpart: OTHER,
        sms_length: 20,
        outcome: 'delivered',
      },
      {
        kind: 'sms',
        direction: 'terminating',
        imsi: IMSI,
        counterpart: OTHER,
        sms_length: 33,
        outcome: 'rejected',
        latency_ms: null,
      },
    ]);
  });

  // 3GPP TS 29.002 §17.6.4: SS-UserData is an IA5String; functionalSS of version 1.
  test('a service code of phase 1', () => {
    const data = Buffer.from(`1605${Buffer.from('*100#').toString('hex')}`, 'hex');
    const events = scene((made) => {
      new Talk(made, MapContext.networkFunctionalSs, [node(7, VLR), node(6, HLR)])
        .begin(100, encodeInvoke(1, 19, data))
        .end(101, false, encodeResult(1, 19, data));
    });
    expect(events).toMatchObject([
      { kind: 'ussd', direction: 'originating', ussd_code: '*100#', outcome: 'delivered' },
    ]);
  });

  test('service codes, and where calls are to go instead', () => {
    const ends = [node(7, VLR), node(6, HLR)] as const;
    const events = scene((made) => {
      new Talk(made, MapContext.networkUnstructuredSs, ends)
        .begin(100, encodeInvoke(1, 59, map.encodeUssd({ text: '*123#', msisdn: MSISDN })))
        .answer(101, encodeInvoke(2, 60, map.encodeUssd({ text: 'your name?' }), 1))
        .more(105, true, encodeResult(2, 60, map.encodeUssd({ text: 'secret' })))
        .end(106, false, encodeResult(1, 59, map.encodeUssd({ text: 'thanks' })));
      new Talk(made, MapContext.networkFunctionalSs, ends)
        .begin(200, encodeInvoke(1, 10, map.encodeRegisterSS({ ssCode: 0x2b, forwardedTo: OTHER })))
        .end(201, false, encodeResult(1, 10, map.encodeForwardingInfo({ ssCode: 0x2b, forwardedTo: OTHER })));
      new Talk(made, MapContext.networkFunctionalSs, ends)
        .begin(300, encodeInvoke(1, 11, map.encodeSsCode({ ssCode: 0x21 })))
        .end(301, false, encodeError(1, 16));
    });
    expect(events).toMatchObject([
      { kind: 'ussd', direction: 'originating', msisdn: MSISDN, ussd_code: '*123#', outcome: 'delivered' },
      { kind: 'ussd', direction: 'terminating', ussd_code: null, outcome: 'delivered' },
      { kind: 'forwarding', forwarding: 'register not_reachable', counterpart: OTHER, outcome: 'delivered' },
      { kind: 'forwarding', forwarding: 'erase unconditional', counterpart: null, outcome: 'rejected' },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/secret|thanks|name/);
  });

  // 3GPP TS 23.038 §5: UCS2, and UCS2 after the name of its language in two septets.
  test.each([
    ['48', '002a0031003000300023', '*100#'],
    ['11', '00c5002a0031003000300023', '*100#'],
    ['48', '4f60597d', null],
    ['48', '', null],
    ['11', '00', null],
    ['48', '0031'.repeat(25), null],
  ])('a service code in UCS2: %s %s', (coding, text, code) => {
    const octets = (tag: string, value: string) => `${tag}${(value.length / 2).toString(16).padStart(2, '0')}${value}`;
    const argument = Buffer.from(octets('30', octets('04', coding) + octets('04', text)), 'hex');
    const events = scene((made) => {
      new Talk(made, MapContext.networkUnstructuredSs, [node(7, VLR), node(6, HLR)])
        .begin(100, encodeInvoke(1, 59, argument))
        .end(101, false, encodeResult(1, 59, argument));
    });
    expect(events).toMatchObject([{ kind: 'ussd', ussd_code: code, outcome: 'delivered' }]);
  });

  test('two invokes of one dialogue are two acts, an invoke seen again is one', () => {
    const invoke = (id: number, text: string) => encodeInvoke(id, 59, map.encodeUssd({ text, msisdn: MSISDN }));
    const events = scene((made) =>
      new Talk(made, MapContext.networkUnstructuredSs)
        .begin(100, invoke(1, '*1#'), invoke(2, '*2#'))
        .end(101, false, encodeResult(2, 59), encodeError(1, 34)),
    );
    expect(events.map(({ ussd_code, outcome }) => [ussd_code, outcome]).sort()).toEqual([
      ['*1#', 'rejected'],
      ['*2#', 'delivered'],
    ]);
  });

  // Q.774 §3.2.1.1.2: an invoke identifier is free again once its operation was answered. 29.002 §12.9: more messages to send.
  test.each([
    ['', 1],
    [', and are answered at once', 0.1],
  ])('the parts of a long message are messages, also where each has the same invoke identifier%s', (_, scale) => {
    const at = (seconds: number): number => 100 + Math.round((seconds - 100) * scale * 1000) / 1000;
    const part = (octets: number) =>
      encodeInvoke(
        1,
        44,
        map.encodeMtForwardSM({ imsi: IMSI, serviceCentre: CENTRE, tpdu: encodeDeliver(OTHER, octets) }),
      );
    const events = scene((made) =>
      new Talk(made, MapContext.shortMsgMtRelay, [node(8, CENTRE), node(8, MSC)])
        .begin(100, part(134))
        .answer(at(103), encodeResult(1, 44))
        .more(at(103.5), true, part(133))
        .more(at(106), false, encodeResult(1, 44))
        .more(at(106.5), true, part(30))
        .end(at(110), false, encodeError(1, 27)),
    );
    expect(
      events.map(({ kind, imsi, time, end_time, sms_length, outcome }) => [
        kind,
        imsi,
        second(time),
        end_time && second(end_time),
        sms_length,
        outcome,
      ]),
    ).toEqual([
      ['sms', IMSI, 100, at(103), 134, 'delivered'],
      ['sms', IMSI, at(103.5), at(106), 133, 'delivered'],
      ['sms', IMSI, at(106.5), at(110), 30, 'rejected'],
    ]);
  });

  test('every message of a dialogue is one, as many as there are; those that find no room are counted', () => {
    const made = afterAnother();
    const talk = new Talk(made, MapContext.shortMsgMtRelay, [node(8, CENTRE), node(8, MSC)]);
    const parts = Array.from({ length: 50 }, (_, i) =>
      encodeInvoke(
        i + 1,
        44,
        map.encodeMtForwardSM({ imsi: IMSI, serviceCentre: CENTRE, tpdu: encodeDeliver(OTHER, i) }),
      ),
    );
    for (const [i, part] of parts.entries()) {
      const [at, result] = [100 + 4 * i, encodeResult(i + 1, 44)];
      if (i === 0) talk.begin(at, part).answer(at + 2, result);
      else talk.more(at, true, part).more(at + 2, false, result);
    }
    for (const cuts of [[], [30], [31, 80]]) {
      const { events } = eventsOf(made.packets, cuts);
      const sent = events.filter(({ kind, outcome }) => kind === 'sms' && outcome === 'delivered');
      expect(sent.map(({ sms_length }) => sms_length)).toEqual(parts.map((_, i) => i));
    }
    const { events, counters } = eventsOf(made.packets, [], { ...DEFAULT_LIMITS, componentsPerDialogue: 40 });
    expect(events.filter(({ kind }) => kind === 'sms')).toHaveLength(40);
    expect(counters.dropped.get('componentsPerDialogue')).toBe(20);
  });

  test('a dialogue whose end is not seen, and one whose beginning is not', () => {
    const [open, ...more] = scene((made) => {
      new Talk(made, MapContext.networkLocUp).begin(
        100,
        encodeInvoke(1, 2, map.encodeUpdateLocation({ imsi: IMSI, msc: MSC, vlr: VLR })),
      );
      new Talk(made, MapContext.networkLocUp).end(
        200,
        false,
        encodeResult(1, 2, map.encodeUpdateLocationResult({ hlr: HLR })),
      );
    });
    expect(open).toMatchObject({ kind: 'presence', outcome: 'open', end_time: null });
    expect(more).toEqual([]);
  });
});

test('the report of a service centre on a message is no message', () => {
  const events = scene((made) =>
    new Talk(made, MapContext.shortMsgMtRelay)
      .begin(
        100,
        encodeInvoke(1, 44, map.encodeMtForwardSM({ imsi: IMSI, serviceCentre: CENTRE, tpdu: statusReport(OTHER) })),
      )
      .end(101, false, encodeResult(1, 44)),
  );
  expect(events.filter(({ kind }) => kind === 'sms')).toEqual([]);
});

/** Who is who: IMSI and number beside each other, at a time. */
describe('the pairs of IMSI and number', () => {
  const isdn = (digits: string) => map.encodeSendRoutingInfo({ msisdn: digits, gmsc: MSC });
  const sources: [string, (made: Scene) => Talk, object][] = [
    [
      'insertSubscriberData by itself',
      (made) =>
        new Talk(made, { context: 16, version: 3 }, [node(6, HLR), node(7, VLR)])
          .begin(100, encodeInvoke(1, 7, map.encodeInsertSubscriberData({ imsi: IMSI, msisdn: MSISDN })))
          .end(101, false, encodeResult(1, 7)),
      { interface: 'map', direction: null },
    ],
    [
      'sendRoutingInfo and its result',
      (made) =>
        new Talk(made, MapContext.locationInfoRetrieval, [node(8, MSC), node(6, HLR)])
          .begin(100, encodeInvoke(1, 22, isdn(MSISDN)))
          .end(101, false, encodeResult(1, 22, map.encodeSendRoutingInfoResult({ imsi: IMSI, roaming: OTHER }))),
      { interface: 'map', direction: 'terminating' },
    ],
    [
      'sendRoutingInfoForSM and its result',
      (made) =>
        new Talk(made, MapContext.shortMsgGateway, [node(8, CENTRE), node(6, HLR)])
          .begin(100, encodeInvoke(1, 45, map.encodeSendRoutingInfoForSM({ msisdn: MSISDN, serviceCentre: CENTRE })))
          .end(101, false, encodeResult(1, 45, map.encodeSendRoutingInfoForSMResult({ imsi: IMSI, msc: MSC }))),
      { interface: 'map', direction: 'terminating', visited: MSC },
    ],
    [
      'provideRoamingNumber',
      (made) =>
        new Talk(made, MapContext.roamingNumberEnquiry, [node(6, HLR), node(7, VLR)])
          .begin(
            100,
            encodeInvoke(1, 4, map.encodeProvideRoamingNumber({ imsi: IMSI, msc: MSC, msisdn: MSISDN, gmsc: MSC })),
          )
          .end(101, false, encodeResult(1, 4, map.encodeProvideRoamingNumberResult({ roaming: OTHER }))),
      { interface: 'map', direction: null },
    ],
    [
      'initialDP',
      (made) =>
        new Talk(made, CapContext.phase3, [node(146, MSC), node(146, HLR)])
          .begin(
            100,
            encodeInvoke(
              0,
              0,
              cap.encodeInitialDp({
                serviceKey: 1,
                calling: { digits: MSISDN },
                dialled: { digits: OTHER },
                imsi: IMSI,
                phase: 3,
              }),
            ),
          )
          .end(101, false, encodeInvoke(1, 31)),
      { kind: 'leg', interface: 'cap' },
    ],
  ];
  for (const [name, talk, said] of sources) {
    test(name, () => {
      const events = scene(talk);
      expect(events).toMatchObject([{ imsi: IMSI, msisdn: MSISDN, ...said }]);
      expect(second(events[0]!.time)).toBe(100);
    });
  }

  test('of operations that few networks use, and where the phone is', () => {
    const said = (name: string) => {
      const { opcode, context, parameter } = RARE_MAP_MESSAGES.find((message) => message.name === name)!;
      const [number, version] = context!;
      const [event, ...more] = scene((made) =>
        new Talk(made, { context: number, version }, [node(7, VLR), node(147, MSC)]).begin(
          100,
          encodeInvoke(1, opcode, parameter),
        ),
      );
      expect(more).toEqual([]);
      return event;
    };
    const pair = { kind: 'presence', imsi: '460020123456789', msisdn: MSISDN, outcome: null };
    for (const name of ['noteSubscriberDataModified', 'ss-InvocationNotification'])
      expect(said(name)).toMatchObject({ ...pair, direction: null, cell: null });
    expect(said('resumeCallHandling')).toMatchObject({ ...pair, direction: 'terminating' });
    expect(said('noteMM-Event')).toMatchObject({ ...pair, direction: null, cell: '460-02-4660-22136' });
    expect(said('noteMM-Event of packets')).toMatchObject({ ...pair, mcc: '460', mnc: '02', lac: 0x1234, cell: null });
    expect(said('purgeMS with a cell')).toMatchObject({ outcome: 'deregistered', cell: '460-02-4660-22136' });
  });

  test('a question without its answer names nobody: no event', () => {
    expect(
      scene((made) =>
        new Talk(made, MapContext.locationInfoRetrieval, [node(8, MSC), node(6, HLR)]).begin(
          100,
          encodeInvoke(1, 22, isdn(MSISDN)),
        ),
      ),
    ).toEqual([]);
  });
});
