import { describe, expect, test } from 'vitest';
import type { SccpAddressFields } from '../../../src/ss7/sccp/sccp-encode.ts';
import * as cap from '../../../src/ss7/tcap/cap-encode.ts';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult, encodeTcap, type TcapText } from '../../../src/ss7/tcap/tcap-encode.ts';
import { eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const IMSI = '460001234567890';
const MSISDN = '8613912345678';
const OTHER = '8613800000002';
const HLR = '8613900300';
const VLR = '8613900200';
const { networkLocUp } = map.MapContext;

const titled = (ssn: number, digits: string): SccpAddressFields => ({ ssn, title: { digits } });
const atCode = (ssn: number, pointCode?: number): SccpAddressFields =>
  pointCode === undefined ? { ssn } : { ssn, pointCode };

const register = titled(7, VLR);
const home = titled(6, HLR);
/** E.214: what a register has of a subscriber that it does not know yet. */
const mobile = titled(6, '861390001234567890');

type Way = readonly [calling: SccpAddressFields, called: SccpAddressFields];
/** Addresses of a dialogue: of what asks, of the answer, of what answers that, of the end. */
type Ways = readonly [Way, Way, Way, Way];

const update = (id = 1) => encodeInvoke(id, 2, map.encodeUpdateLocation({ imsi: IMSI, msc: '8613900100', vlr: VLR }));
const updated = encodeResult(1, 2, map.encodeUpdateLocationResult({ hlr: HLR }));

/** A location update between the nodes of two point codes, by transactions 77 and 99. */
function updating(scene: Scene, at: number, ways: Ways, [from, to] = [10, 20], [a, b] = [77, 99]): Scene {
  const texts: TcapText[] = [
    { type: 'begin', originating: a, context: networkLocUp, components: [update()] },
    {
      type: 'continue',
      originating: b,
      destination: a,
      context: networkLocUp,
      components: [encodeInvoke(1, 7, map.encodeInsertSubscriberData({ imsi: IMSI, msisdn: MSISDN }))],
    },
    { type: 'continue', originating: a, destination: b, components: [encodeResult(1, 7)] },
    { type: 'end', destination: a, components: [updated] },
  ];
  for (const [index, text] of texts.entries()) {
    const [opc, dpc] = index % 2 === 0 ? [from, to] : [to, from];
    scene.tcap(at + index, opc, dpc, ...ways[index]!, text);
  }
  return scene;
}

/** A dialogue of others first: nothing of the test is the first thing of the capture. */
function begun(): Scene {
  return new Scene()
    .tcap(0, 1, 2, titled(6, '491700'), titled(7, '491701'), { type: 'begin', originating: 5, components: [] })
    .tcap(0.5, 2, 1, titled(7, '491701'), titled(6, '491700'), { type: 'end', destination: 5, components: [] });
}

// ITU-T Q.714 §2.2: a transfer point translates the title of a called party, and may leave it out; Q.774 §3.2.1.2: who is asked may answer
// from another address.
describe('one dialogue, whatever addresses its messages go by', () => {
  test.each<[string, Ways]>([
    [
      'the same',
      [
        [register, home],
        [home, register],
        [register, home],
        [home, register],
      ],
    ],
    [
      'asked by the subscriber, answered by the register',
      [
        [register, mobile],
        [home, register],
        [register, home],
        [home, register],
      ],
    ],
    [
      'the subscriber all along',
      [
        [register, mobile],
        [home, register],
        [register, mobile],
        [home, register],
      ],
    ],
    [
      'answers whose title a transfer point took away',
      [
        [register, mobile],
        [home, atCode(7, 10)],
        [register, home],
        [home, atCode(7, 10)],
      ],
    ],
    [
      'the same without the point code',
      [
        [register, home],
        [home, atCode(7)],
        [register, home],
        [home, atCode(7)],
      ],
    ],
    [
      'a title that a transfer point put in',
      [
        [atCode(7, 10), mobile],
        [home, register],
        [atCode(7, 10), home],
        [home, register],
      ],
    ],
    [
      'who is asked answers by point code',
      [
        [register, home],
        [atCode(6, 20), register],
        [register, home],
        [atCode(6, 20), register],
      ],
    ],
    [
      'by one of two',
      [
        [register, home],
        [atCode(6, 21), register],
        [register, atCode(6)],
        [atCode(6), register],
      ],
    ],
    [
      'by title and by point code',
      [
        [register, home],
        [home, register],
        [register, home],
        [atCode(6, 20), register],
      ],
    ],
  ])('%s', (_, ways) => {
    const events = eventsWhateverTheCut(updating(begun(), 100, ways));
    expect(events).toMatchObject([{ kind: 'presence', imsi: IMSI, msisdn: MSISDN, outcome: 'registered' }]);
    expect([second(events[0]!.time), second(events[0]!.end_time!)]).toEqual([100, 103]);
  });

  test('seen on both sides of the transfer point', () => {
    const begin: TcapText = { type: 'begin', originating: 77, context: networkLocUp, components: [update()] };
    const end: TcapText = { type: 'end', destination: 77, context: networkLocUp, components: [updated] };
    const scene = begun()
      .tcap(100, 10, 30, register, mobile, begin)
      .tcap(100.001, 30, 20, register, atCode(6, 20), begin)
      .tcap(101, 20, 30, home, register, end)
      .tcap(101.001, 30, 10, home, atCode(7, 10), end);
    expect(eventsWhateverTheCut(scene)).toMatchObject([{ kind: 'presence', outcome: 'registered' }]);
  });

  test('also where the first message comes back to the point code of its sender', () => {
    const text: TcapText = { type: 'begin', originating: 77, context: networkLocUp, components: [update()] };
    const scene = begun()
      .tcap(100, 10, 30, register, mobile, text)
      .sccp(100.2, 30, 10, { type: 'UDTS', calling: mobile, called: atCode(7, 10), cause: 0, data: encodeTcap(text) });
    const events = eventsWhateverTheCut(scene);
    expect(events).toMatchObject([{ kind: 'presence', outcome: 'rejected' }]);
    expect(second(events[0]!.end_time!)).toBe(100.2);
  });

  test('of a call: the control function is asked by title, and answers by point code', () => {
    const [exchange, control] = [titled(146, '8613900100'), titled(146, '8613900400')];
    const initial = cap.encodeInitialDp({
      serviceKey: 1,
      calling: { digits: MSISDN },
      dialled: { digits: OTHER },
      eventType: 'collectedInfo',
      imsi: IMSI,
      phase: 3,
    });
    const report = (id: number, fields: Parameters<typeof cap.encodeEventReportBcsm>[0]) =>
      encodeInvoke(id, 24, cap.encodeEventReportBcsm(fields));
    const context = cap.CapContext.phase3;
    const scene = begun()
      .tcap(100, 10, 20, exchange, control, {
        type: 'begin',
        originating: 77,
        context,
        components: [encodeInvoke(0, 0, initial)],
      })
      .tcap(101, 20, 10, atCode(146, 20), atCode(146, 10), {
        type: 'continue',
        originating: 99,
        destination: 77,
        context,
        components: [encodeInvoke(1, 31)],
      })
      .tcap(110, 10, 20, exchange, control, {
        type: 'continue',
        originating: 77,
        destination: 99,
        components: [report(1, { event: 'oAnswer', leg: 2 })],
      })
      .tcap(150, 10, 20, exchange, control, {
        type: 'end',
        destination: 99,
        components: [report(2, { event: 'oDisconnect', leg: 2, cause: 16 })],
      });
    expect(eventsWhateverTheCut(scene)).toMatchObject([
      { kind: 'leg', msisdn: MSISDN, outcome: 'answered', talk_ms: 40_000, released_by: 'called' },
    ]);
  });
});

describe('two dialogues under one identifier', () => {
  const [one, two] = [titled(7, '8613900201'), titled(7, '8613900202')];
  const begin = (context: TcapText['context']): TcapText => ({
    type: 'begin',
    originating: 77,
    ...(context === undefined ? {} : { context }),
    components: [update()],
  });
  const end: TcapText = { type: 'end', destination: 77, components: [updated] };

  test('are told apart by their titles', () => {
    const scene = begun()
      .tcap(100, 30, 20, one, home, begin(networkLocUp))
      .tcap(101, 30, 20, two, home, begin(networkLocUp))
      .tcap(102, 20, 30, home, one, end)
      .tcap(103, 20, 30, home, two, end);
    expect(eventsWhateverTheCut(scene).map(({ end_time }) => second(end_time!))).toEqual([102, 103]);
  });

  test('are told apart by their point codes, where the answers have no titles', () => {
    const scene = begun()
      .tcap(100, 11, 20, one, home, begin(networkLocUp))
      .tcap(101, 12, 20, two, home, begin(networkLocUp))
      .tcap(102, 20, 11, home, atCode(7), end)
      .tcap(103, 20, 12, home, atCode(7), end);
    expect(eventsWhateverTheCut(scene).map(({ end_time }) => second(end_time!))).toEqual([102, 103]);
  });

  // Each node chooses its own (Q.773 §3.1.1), and may choose what the other chose.
  test('of both ends are told apart, whatever their addresses', () => {
    const bare: Ways = [
      [register, mobile],
      [atCode(6, 20), atCode(7, 10)],
      [register, home],
      [home, atCode(7, 10)],
    ];
    const scene = updating(begun(), 100, bare, [10, 20], [77, 77]);
    updating(scene, 200, bare, [30, 10], [77, 78]);
    updating(scene, 300, bare, [20, 10], [77, 77]);
    expect(eventsWhateverTheCut(scene)).toMatchObject([
      { msisdn: MSISDN, outcome: 'registered' },
      { msisdn: MSISDN, outcome: 'registered' },
      { msisdn: MSISDN, outcome: 'registered' },
    ]);
  });

  test('stay open where neither tells of which the answer is', () => {
    const scene = begun()
      .tcap(100, 30, 20, one, home, begin(networkLocUp))
      .tcap(101, 30, 20, two, home, begin(networkLocUp))
      .tcap(102, 20, 30, home, atCode(7), end);
    expect(eventsOf(scene.packets).events).toMatchObject([{ outcome: 'open' }, { outcome: 'open' }]);
  });
});
