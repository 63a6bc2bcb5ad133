import { describe, expect, test } from 'vitest';
import { encodeSegments } from '../../../src/ss7/sccp/sccp-encode.ts';
import { encodeCldt } from '../../../src/ss7/sccp/sua-encode.ts';
import { encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { encodeTlv } from '../../../src/ss7/tcap/ber-encode.ts';
import * as cap from '../../../src/ss7/tcap/cap-encode.ts';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult, encodeTcap } from '../../../src/ss7/tcap/tcap-encode.ts';
import {
  afterAnother,
  CapContext,
  CENTRE,
  HLR,
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
import { eventsOf, eventsWhateverTheCut, second } from '../../support/ss7-events.ts';

describe('a dialogue that is given up', () => {
  const update = () => encodeInvoke(1, 2, map.encodeUpdateLocation({ imsi: IMSI, msc: MSC, vlr: VLR }));

  test.each([
    ['by whom it was asked', false, undefined],
    ['for a transaction that is not known', false, 1],
    ['by who asked', true, undefined],
  ])('%s grants nothing', (_, fromFirst, cause) => {
    const [event, ...more] = scene((made) =>
      new Talk(made, MapContext.networkLocUp).begin(100, update()).answer(100.2).abort(101, fromFirst, cause),
    );
    expect(event).toMatchObject({ kind: 'presence', imsi: IMSI, outcome: 'rejected' });
    expect(second(event!.end_time!)).toBe(101);
    expect(more).toEqual([]);
  });

  test('after an answer changes nothing of it', () => {
    const [event] = scene((made) =>
      new Talk(made, MapContext.networkLocUp)
        .begin(100, update())
        .answer(100.5, encodeResult(1, 2, map.encodeUpdateLocationResult({ hlr: HLR })))
        .abort(101, true),
    );
    expect(event).toMatchObject({ outcome: 'registered' });
    expect(second(event!.end_time!)).toBe(100.5);
  });
});

// ITU-T Q.714 §4.2: to the calling address, with the user data as it was sent.
describe('a message that SCCP gives back', () => {
  const update = () => encodeInvoke(1, 2, map.encodeUpdateLocation({ imsi: IMSI, msc: MSC, vlr: VLR }));
  const accepted = () => encodeResult(1, 2, map.encodeUpdateLocationResult({ hlr: HLR }));

  test.each([
    ['UDTS', 20],
    ['UDTS', 99],
    ['XUDTS', 99],
    ['LUDTS', 20],
  ] as const)('ends the dialogue that it was to begin: %s of %i', (type, opc) => {
    const events = scene((made) => {
      new Talk(made, MapContext.networkLocUp).begin(100, update()).returned(100.3, type, opc);
      // Another one of the same subscriber is not touched.
      new Talk(made, MapContext.networkLocUp).begin(100.1, update()).end(101, false, accepted());
    });
    expect(events.map(({ kind, outcome, end_time }) => [kind, outcome, second(end_time!)])).toEqual([
      ['presence', 'rejected', 100.3],
      ['presence', 'registered', 101],
    ]);
  });

  test('of SUA does so as well (RFC 3868 §3.3.2: CLDR)', () => {
    const data = encodeTcap({
      type: 'begin',
      originating: 77,
      components: [update()],
      context: MapContext.networkLocUp,
    });
    const [register, home] = [
      { title: VLR, ssn: 7 },
      { title: HLR, ssn: 6 },
    ];
    const back = encodeCldt(register, home, data);
    back[3] = 2;
    const [event, ...more] = scene((made) =>
      made
        .sctp(100, '10.0.0.1', '10.0.0.2', 4, encodeCldt(home, register, data))
        .sctp(100.3, '10.0.0.2', '10.0.0.1', 4, back),
    );
    expect(event).toMatchObject({ kind: 'presence', imsi: IMSI, outcome: 'rejected' });
    expect(second(event!.end_time!)).toBe(100.3);
    expect(more).toEqual([]);
  });

  test('in a dialogue that is open fails what it asks for', () => {
    const ends = [node(8, MSC), node(8, CENTRE)] as const;
    const tpdu = encodeSubmit(OTHER, 40);
    const send = (id: number) =>
      encodeInvoke(id, 46, map.encodeMoForwardSM({ msisdn: MSISDN, serviceCentre: CENTRE, tpdu }));
    const events = scene((made) =>
      new Talk(made, MapContext.shortMsgMoRelay, ends)
        .begin(100)
        .answer(100.2)
        .more(101, true, send(1))
        .returned(101.2, 'UDTS', 20)
        .more(103, true, send(2))
        .end(104, false, encodeResult(2, 46)),
    );
    const sent = events.filter(({ kind }) => kind === 'sms');
    expect(sent.map(({ outcome, end_time }) => [outcome, second(end_time!)])).toEqual([
      ['rejected', 101.2],
      ['delivered', 104],
    ]);
  });

  test('that ends a dialogue changes nothing: what it says was granted', () => {
    const [event] = scene((made) =>
      new Talk(made, MapContext.networkLocUp)
        .begin(100, update())
        .end(101, false, accepted())
        .returned(101.2, 'UDTS', 10),
    );
    expect(event).toMatchObject({ outcome: 'registered' });
    expect(second(event!.end_time!)).toBe(101);
  });

  test('to a service of a call leaves no call open', () => {
    const [event, ...more] = scene((made) =>
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
              eventType: 'collectedInfo',
              imsi: IMSI,
              phase: 3,
            }),
          ),
        )
        .returned(100.3, 'UDTS', 99),
    );
    expect(event).toMatchObject({ kind: 'leg', interface: 'cap', imsi: IMSI, outcome: null, end_time: null });
    expect(more).toEqual([]);
  });
});

describe('a message in segments', () => {
  const calling = node(6, HLR);
  const called = node(7, VLR);
  /** Subscriber data with so many octets in an extension that it takes four segments. */
  const data = (id: number) => {
    const argument = map.encodeInsertSubscriberData({ imsi: IMSI, msisdn: MSISDN });
    const extended = encodeTlv(0x30, argument.subarray(2), encodeTlv(0xae, Buffer.alloc(600)));
    const components = [encodeInvoke(1, 7, extended)];
    return encodeTcap({ type: 'begin', originating: id, components, context: MapContext.subscriberDataMngt });
  };

  test('is put together across captures, whatever the order of its segments', () => {
    const made = afterAnother();
    const units = encodeSegments({ calling, called, data: data(0x77) }, 5);
    expect(units).toHaveLength(4);
    made.segments(100, 1, 20, 10, [units[2]!, units[0]!, units[3]!, units[1]!]);
    // The reference is in use anew, after its time.
    made.segments(200, 1, 20, 10, encodeSegments({ calling, called, data: data(0x78) }, 5));
    expect(eventsWhateverTheCut(made)).toMatchObject([
      { kind: 'presence', imsi: IMSI, msisdn: MSISDN },
      { kind: 'presence', imsi: IMSI, msisdn: MSISDN },
    ]);
  });

  test('of which one is missing makes nothing, and is counted', () => {
    const made = afterAnother();
    for (const [index, missing] of [0, 1, 0].entries()) {
      const units = encodeSegments({ calling, called, data: data(0x79 + index) }, index);
      made.segments(100 * (index + 1), 1, 20, 10, units.slice(missing));
    }
    expect(eventsWhateverTheCut(made).map(({ time }) => second(time))).toEqual([103, 303]);
    expect(eventsOf(made.packets).counters.anomalies.get('sccp segments missing')).toBe(1);
  });
});
