import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { encodeSegments, type SccpAddressFields } from '../../../src/ss7/sccp/sccp-encode.ts';
import { encodeCldt } from '../../../src/ss7/sccp/sua-encode.ts';
import { encodeDeliver, encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { encodeTlv } from '../../../src/ss7/tcap/ber-encode.ts';
import * as cap from '../../../src/ss7/tcap/cap-encode.ts';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import {
  type ContextName,
  encodeError,
  encodeInvoke,
  encodeResult,
  encodeTcap,
  type TcapText,
} from '../../../src/ss7/tcap/tcap-encode.ts';
import { RARE_MAP_MESSAGES } from '../../support/map-rare.ts';
import { eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';
import { statusReport } from '../../support/status-report.ts';

const { MapContext } = map;
const { CapContext } = cap;
const IMSI = '460001234567890';
const MSISDN = '8613912345678';
const OTHER = '8613800000002';
const VLR = '8613900200';
const MSC = '8613900100';
const HLR = '8613900300';
const CENTRE = '8613800100500';
const IMEI = '35693803564980';
const CELL = { mcc: '460', mnc: '00', lac: 6151, ci: 1 };

const node = (ssn: number, digits: string) => ({ ssn, title: { digits } });
let identifiers = 0;

/** Two nodes talk in dialogues of identifiers of their own. */
class Talk {
  private readonly scene: Scene;
  private readonly context: ContextName;
  private readonly ends: readonly [ReturnType<typeof node>, ReturnType<typeof node>];
  private readonly a = ++identifiers;
  private readonly b = 0x8000_0000 + identifiers;

  constructor(
    scene: Scene,
    context: ContextName,
    ends: readonly [ReturnType<typeof node>, ReturnType<typeof node>] = [node(7, VLR), node(6, HLR)],
  ) {
    this.scene = scene;
    this.context = context;
    this.ends = ends;
  }

  begin(at: number, ...components: Buffer[]): this {
    return this.say(at, true, { type: 'begin', originating: this.a, components, context: this.context });
  }
  /** The first answer accepts the context. */
  answer(at: number, ...components: Buffer[]): this {
    const { a, b, context } = this;
    return this.say(at, false, { type: 'continue', originating: b, destination: a, components, context });
  }
  more(at: number, fromFirst: boolean, ...components: Buffer[]): this {
    const { a, b } = this;
    const [originating, destination] = fromFirst ? [a, b] : [b, a];
    return this.say(at, fromFirst, { type: 'continue', originating, destination, components });
  }
  end(at: number, fromFirst: boolean, ...components: Buffer[]): this {
    return this.say(at, fromFirst, { type: 'end', destination: fromFirst ? this.b : this.a, components });
  }

  /** One side gives up (U-ABORT without a reason, or the layer below where it has a cause). */
  abort(at: number, fromFirst: boolean, abortCause?: number): this {
    const destination = fromFirst ? this.b : this.a;
    return this.say(at, fromFirst, { type: 'abort', destination, ...(abortCause === undefined ? {} : { abortCause }) });
  }

  /** The last message comes back from `opc`, which has no translation for its called address (Q.713 §3.12: 0). */
  returned(at: number, type: 'UDTS' | 'XUDTS' | 'LUDTS', opc: number): this {
    const { calling, called, from, data } = this.last!;
    const segmentation = { first: true, remaining: 0, reference: 1 };
    const fields = { type, calling: called, called: calling, cause: 0, hopCounter: 9, data };
    this.scene.sccp(at, opc, from, type === 'UDTS' ? fields : { ...fields, segmentation });
    return this;
  }
  private last: { calling: SccpAddressFields; called: SccpAddressFields; from: number; data: Buffer } | null = null;

  private say(at: number, fromFirst: boolean, text: TcapText): this {
    const [first, second] = this.ends;
    const [calling, called] = fromFirst ? [first, second] : [second, first];
    const [opc, dpc] = fromFirst ? [10, 20] : [20, 10];
    this.last = { calling, called, from: opc, data: encodeTcap(text) };
    this.scene.tcap(at, opc, dpc, calling, called, text);
    return this;
  }
}

/** A dialogue before those of the test: nothing of them is the first thing of the capture. */
function afterAnother(): Scene {
  const scene = new Scene();
  new Talk(scene, MapContext.locationCancellation, [node(6, '491700'), node(7, '491701')]).begin(0).end(0.5, false);
  return scene;
}

/** A capture with one dialogue more. */
function scene(talk: (scene: Scene) => unknown): CatpoolEvent[] {
  const made = afterAnother();
  talk(made);
  return eventsWhateverTheCut(made);
}

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
