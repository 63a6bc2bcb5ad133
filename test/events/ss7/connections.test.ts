import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import * as sms from '../../../src/ss7/radio/nas-sms-encode.ts';
import * as ss from '../../../src/ss7/radio/nas-ss-encode.ts';
import { encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { encodeRegisterSS, encodeUssd } from '../../../src/ss7/tcap/map-encode.ts';
import { encodeError, encodeInvoke, encodeResult } from '../../../src/ss7/tcap/tcap-encode.ts';
import {
  afterAnother,
  BSC,
  connect,
  IMSI,
  legs,
  MSC,
  NUMBER,
  OTHER,
  references,
  serviceBy,
  updateBy,
} from '../../support/connections.ts';
import { CELL, CLASSMARK_2, TARGET } from '../../support/radio.ts';
import { hex } from '../../support/ss7.ts';
import { type Connection, eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';
import { statusReport } from '../../support/status-report.ts';

describe('a connection of the A interface', () => {
  test('a reset of the link ends its calls, and no others', () => {
    const scene = afterAnother();
    const talk = (at: number, bsc: number): void => {
      connect(scene, at, serviceBy({ imsi: IMSI }), CELL, bsc)
        .fromPhone(at + 1, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
        .toPhone(at + 5, nas.encodePlainCall('connect', { transaction: 8 }));
    };
    const reset = (at: number, opc: number, dpc: number): void => {
      scene.sccp(at, opc, dpc, {
        ...{ type: 'UDT', called: { ssn: 254 }, calling: { ssn: 254 }, data: bssap.encodeReset({ cause: 7 }) },
      });
    };
    talk(100, BSC);
    talk(120, BSC + 1);
    reset(160, BSC, MSC);
    // The references are used anew, without a word of the first use.
    references.last--;
    references.last--;
    talk(200, BSC);
    reset(260, MSC, BSC);
    reset(300, BSC, MSC);
    const [first, elsewhere, later, ...more] = legs(eventsWhateverTheCut(scene));
    expect(more).toEqual([]);
    expect(first).toMatchObject({ outcome: 'answered', talk_ms: 55_000, released_by: 'network' });
    expect(elsewhere).toMatchObject({ outcome: 'open', end_time: null });
    expect(later).toMatchObject({ outcome: 'answered', talk_ms: 55_000 });
  });

  test('ends with CLEAR COMPLETE, or with an ERR, where nobody saw its release', () => {
    const scene = afterAnother();
    const talk = (at: number): Connection =>
      connect(scene, at, serviceBy({ imsi: IMSI }))
        .fromPhone(at + 1, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
        .toPhone(at + 5, nas.encodePlainCall('connect', { transaction: 8 }));
    talk(100)
      .down(135, bssap.encodeClearCommand({ cause: 9 }))
      .up(136, bssap.encodeClearComplete());
    talk(200);
    scene.sccp(250, BSC, MSC, { type: 'ERR', destinationReference: 0x1000 + references.last, cause: 0 });
    const found = legs(eventsWhateverTheCut(scene));
    expect(found.map(({ talk_ms }) => talk_ms)).toEqual([31_000, 45_000]);
    expect(found.map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
  });

  test('ends with the RESET CIRCUIT of its circuit, unless it had several', () => {
    const scene = afterAnother();
    const talk = (at: number, ...circuits: number[]): void => {
      const connection = connect(scene, at, serviceBy({ imsi: IMSI }));
      for (const cic of circuits) connection.down(at + 1, bssap.encodeAssignmentRequest({ cic }));
      connection
        .fromPhone(at + 2, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
        .toPhone(at + 5, nas.encodePlainCall('connect', { transaction: 8 }));
    };
    talk(100, 33);
    talk(110, 34);
    talk(120, 33, 35);
    for (const [at, cic] of [
      [150, 36],
      [155, 33],
    ] as const)
      scene.sccp(at, BSC, MSC, {
        ...{ type: 'UDT', called: { ssn: 254 }, calling: { ssn: 254 } },
        data: bssap.encodeResetCircuit({ cic, cause: 7 }),
      });
    expect(legs(eventsWhateverTheCut(scene)).map(({ talk_ms }) => talk_ms)).toEqual([50_000, null, null]);
  });

  test('ends with the RESET IP RESOURCE that lists its call, of its own link', () => {
    const scene = afterAnother();
    const talk = (at: number, bsc: number, ...calls: number[]): void => {
      const connection = connect(scene, at, serviceBy({ imsi: IMSI }), CELL, bsc);
      for (const callIdentifier of calls) connection.down(at + 1, bssap.encodeAssignmentRequest({ callIdentifier }));
      connection
        .fromPhone(at + 2, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
        .toPhone(at + 5, nas.encodePlainCall('connect', { transaction: 8 }));
    };
    const HIGH = 0xfedc_ba98;
    talk(100, BSC, 7);
    talk(110, BSC, HIGH);
    talk(120, BSC, 8);
    talk(130, BSC + 1, 7);
    talk(140, BSC);
    const reset = (at: number, data: Buffer): void => {
      scene.sccp(at, MSC, BSC, { type: 'UDT', called: { ssn: 254 }, calling: { ssn: 254 }, data });
    };
    // The circuit of this number is another thing, a list of nothing names no call, and an answer resets none.
    reset(150, bssap.encodeResetCircuit({ cic: 7, cause: 7 }));
    reset(151, bssap.encodeResetIpResource({ callIdentifiers: [], cause: 7 }));
    reset(152, bssap.encodeResetIpResourceAcknowledge({ callIdentifiers: [7, 8] }));
    reset(155, bssap.encodeResetIpResource({ callIdentifiers: [9, HIGH, 7], cause: 7 }));
    const found = legs(eventsWhateverTheCut(scene));
    expect(found.map(({ talk_ms }) => talk_ms)).toEqual([50_000, 40_000, null, null, null]);
    expect(found.map(({ released_by }) => released_by)).toEqual(['network', 'network', null, null, null]);
  });

  test('a message in segments is one, whatever the captures they are in', () => {
    const setup = bssap.encodeDtap(nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }));
    const scene = afterAnother();
    const connection = connect(scene, 100, serviceBy({ imsi: IMSI }));
    const data = { destinationReference: 0x1000 + references.last };
    const cuts = [0, 3, 9, setup.length];
    for (const [index, from] of cuts.slice(0, -1).entries())
      scene.sccp(101 + index, BSC, MSC, {
        type: 'DT1',
        ...data,
        more: index < 2,
        data: setup.subarray(from, cuts[index + 1]),
      });
    connection
      .toPhone(105, nas.encodePlainCall('alerting', { transaction: 8 }))
      .toPhone(110, nas.encodePlainCall('connect', { transaction: 8 }))
      .fromPhone(140, nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 }))
      .close(141);
    const [leg] = legs(eventsWhateverTheCut(scene));
    expect(leg).toMatchObject({
      direction: 'originating',
      imsi: IMSI,
      counterpart: NUMBER,
      ring_ms: 5000,
      talk_ms: 30_000,
    });
    expect(second(leg!.time)).toBe(103);
  });

  test('a call from the phone: who, to whom, where, how long it rang and was talked, who hung up', () => {
    const scene = afterAnother();
    connect(scene, 100, serviceBy({ imsi: IMSI }))
      .fromPhone(101, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
      .toPhone(101.2, nas.encodePlainCall('callProceeding', { transaction: 8 }))
      .toPhone(103, nas.encodePlainCall('alerting', { transaction: 8 }))
      .toPhone(110, nas.encodePlainCall('connect', { transaction: 8 }))
      .toPhone(140, nas.encodeDisconnect({ transaction: 8, cause: 16, location: 0 }))
      .close(141);
    const [leg] = legs(eventsWhateverTheCut(scene));
    expect(leg).toMatchObject({
      interface: 'bssap',
      direction: 'originating',
      imsi: IMSI,
      counterpart: NUMBER,
      cell: '460-00-6151-1',
      classmark: CLASSMARK_2.toString('hex'),
      outcome: 'answered',
      setup_ms: 2000,
      ring_ms: 7000,
      talk_ms: 30_000,
      released_by: 'called',
      cause: 16,
    });
    expect([second(leg!.time), second(leg!.answer_time!), second(leg!.end_time!)]).toEqual([101, 110, 140]);
  });

  test('a call whose CONNECT is lost was answered when that was acknowledged', () => {
    const scene = afterAnother();
    const placed = connect(scene, 100, serviceBy({ imsi: IMSI }));
    placed.fromPhone(101, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }));
    placed.fromPhone(110, nas.encodePlainCall('connectAcknowledge', { transaction: 0 }));
    placed.toPhone(140, nas.encodeDisconnect({ transaction: 8, cause: 16, location: 0 })).close(141);
    const taken = connect(scene, 200, nas.encodePagingResponse({ classmark2: CLASSMARK_2, identity: { imsi: IMSI } }));
    taken.toPhone(201, nas.encodeSetup({ transaction: 0, calling: { digits: NUMBER, nature: 4 } }));
    taken.toPhone(210, nas.encodePlainCall('connectAcknowledge', { transaction: 0 }));
    taken.toPhone(240, nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 })).close(241);
    const answered = { imsi: IMSI, outcome: 'answered', talk_ms: 30_000 };
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([
      { ...answered, direction: 'originating', released_by: 'called' },
      { ...answered, direction: 'terminating', released_by: 'caller' },
    ]);
  });

  test('a call to the phone, which is busy', () => {
    const scene = afterAnother();
    connect(scene, 100, nas.encodePagingResponse({ classmark2: CLASSMARK_2, identity: { imsi: IMSI } }))
      .toPhone(101, nas.encodeSetup({ transaction: 0, calling: { digits: NUMBER, nature: 4 } }))
      .fromPhone(102, nas.encodeRelease('releaseComplete', { transaction: 8, cause: 17, location: 0 }))
      .close(103);
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([
      { direction: 'terminating', imsi: IMSI, counterpart: NUMBER, outcome: 'busy', released_by: 'called', cause: 17 },
    ]);
  });

  test('two calls at once and one after another that takes over an identifier', () => {
    const scene = afterAnother();
    const setup = (transaction: number, digits: string) =>
      nas.encodeSetup({ transaction, called: { digits, nature: 4 } });
    connect(scene, 100, serviceBy({ imsi: IMSI }))
      .fromPhone(101, setup(0, '8613900000001'))
      .fromPhone(102, setup(1, '8613900000002'))
      .toPhone(103, nas.encodePlainCall('connect', { transaction: 9 }))
      .toPhone(104, nas.encodeRelease('releaseComplete', { transaction: 8, cause: 17, location: 2 }))
      .fromPhone(105, setup(0, '8613900000003'))
      .fromPhone(113, nas.encodeDisconnect({ transaction: 1, cause: 16, location: 0 }))
      .close(114);
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([
      { counterpart: '8613900000001', outcome: 'busy' },
      { counterpart: '8613900000002', outcome: 'answered', talk_ms: 10_000, released_by: 'caller' },
      { counterpart: '8613900000003', outcome: 'failed', released_by: 'network' },
    ]);
  });

  test('how long the SIM took to answer the challenge, and a SIM that failed', () => {
    const scene = afterAnother();
    const rand = Buffer.alloc(16, 1);
    connect(scene, 100, serviceBy({ imsi: IMSI }))
      .toPhone(100.5, nas.encodeAuthenticationRequest({ rand }))
      .fromPhone(101.25, nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4) }))
      .close(102);
    connect(scene, 200, serviceBy({ imsi: OTHER }))
      .toPhone(200.5, nas.encodeAuthenticationRequest({ rand }))
      .fromPhone(200.9, nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4) }))
      .toPhone(201, nas.encodeAuthenticationReject())
      .close(202);
    const auths = eventsWhateverTheCut(scene).filter(({ kind }) => kind === 'auth');
    expect(auths).toMatchObject([
      { interface: 'bssap', imsi: IMSI, latency_ms: 750, outcome: null },
      { interface: 'bssap', imsi: OTHER, latency_ms: 400, outcome: 'rejected' },
    ]);
  });

  test('a location update refused, and one that no answer was seen to', () => {
    const scene = afterAnother();
    connect(scene, 100, updateBy({ imsi: IMSI }))
      .toPhone(101, nas.encodeLocationUpdatingReject({ reject: 3 }))
      .close(102);
    connect(scene, 200, updateBy({ imsi: OTHER }, TARGET)).close(201);
    expect(eventsWhateverTheCut(scene)).toMatchObject([
      { kind: 'presence', imsi: IMSI, outcome: 'rejected', lu_type: 'normal', latency_ms: null },
      { kind: 'presence', imsi: OTHER, outcome: 'open', end_time: null },
    ]);
  });

  // 3GPP TS 24.008 §4.3.2.5: AUTHENTICATION REJECT ends what the phone asked for; §4.5.1.1: so does CM SERVICE REJECT.
  test('a card that is not who it says attaches nowhere and calls nobody', () => {
    const challenge = nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 1) });
    const answer = nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4) });
    const scene = afterAnother();
    connect(scene, 100, updateBy({ imsi: IMSI }))
      .toPhone(100.5, challenge)
      .fromPhone(101, answer)
      .toPhone(101.5, nas.encodeAuthenticationReject())
      .close(102);
    connect(scene, 200, serviceBy({ imsi: OTHER }))
      .toPhone(200.5, challenge)
      .fromPhone(201, answer)
      .toPhone(201.5, nas.encodeCmServiceReject({ reject: 6 }))
      .close(202);
    const events = eventsWhateverTheCut(scene);
    expect(
      events.map(({ kind, imsi, outcome, end_time }) => [kind, imsi, outcome, end_time && second(end_time)]).sort(),
    ).toEqual([
      ['auth', IMSI, 'rejected', 101],
      ['auth', OTHER, null, 201],
      ['presence', IMSI, 'rejected', 101.5],
    ]);
  });

  test('the cell it is handed over to', () => {
    const scene = afterAnother();
    const layer3 = Buffer.of(0x06, 0x2b, 0x12, 0x34, 0x88, 0x0a, 0x87, 0x01, 0x05);
    connect(scene, 100, serviceBy({ imsi: IMSI }))
      .up(101, bssap.encodeHandoverRequired({ cause: 12, cells: [TARGET] }))
      .down(102, bssap.encodeHandoverCommand({ layer3, target: TARGET }))
      .up(104, bssap.encodeHandoverPerformed({ cause: 12, cell: CELL }))
      .close(110);
    const handovers = eventsWhateverTheCut(scene).filter(({ kind }) => kind === 'handover');
    expect(handovers).toMatchObject([
      { imsi: IMSI, cell: '310-410-2-65534', lac: 2 },
      { imsi: IMSI, cell: '460-00-6151-1', lac: 6151 },
    ]);
  });

  // 3GPP TS 48.008 §3.2.2.17: 0 the whole name, 1 area and cell, 2 the cell alone.
  test('a cell without its network, or its area, is in those of the cell before', () => {
    const performed = (...cell: number[]) => Buffer.of(0, 6 + cell.length, 23, 4, 1, 12, 5, cell.length, ...cell);
    const scene = afterAnother();
    connect(scene, 100, serviceBy({ imsi: IMSI }))
      .up(104, performed(1, 0x18, 0x08, 0, 7))
      .up(106, performed(2, 0, 8))
      .up(108, bssap.encodeHandoverPerformed({ cause: 12, cell: TARGET }))
      .up(109, performed(2, 0, 9))
      .fromPhone(110, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
      .close(120);
    const places = eventsWhateverTheCut(scene).filter(({ imsi }) => imsi === IMSI);
    expect(places.map(({ kind, mcc, mnc, lac, cell }) => [kind, mcc, mnc, lac, cell])).toEqual([
      ['handover', '460', '00', 6152, '460-00-6152-7'],
      ['handover', '460', '00', 6152, '460-00-6152-8'],
      ['handover', '310', '410', 2, '310-410-2-65534'],
      ['handover', '310', '410', 2, '310-410-2-9'],
      ['leg', '310', '410', 2, '310-410-2-9'],
    ]);
  });

  test('a short message, a service code and a forwarding that the phone asks for', () => {
    const scene = afterAnother();
    const relay = sms.encodeRpData({
      fromMobile: true,
      reference: 1,
      serviceCentre: '8613800100500',
      tpdu: encodeSubmit(NUMBER, 35),
    });
    const connection = connect(scene, 100, serviceBy({ imsi: IMSI }, 4));
    connection
      .up(101, bssap.encodeDtap(sms.encodeCpData({ transaction: 0, relay }), 3))
      .down(
        103,
        bssap.encodeDtap(
          sms.encodeCpData({ transaction: 8, relay: sms.encodeRpAck({ fromMobile: false, reference: 1 }) }),
          3,
        ),
      )
      .close(104);
    const invoke = (opcode: number, parameter: Buffer) =>
      ss.encodeSsRegister({ transaction: 0, component: encodeInvoke(1, opcode, parameter), fromMobile: true });
    const done = (opcode: number) => ss.encodeSsReleaseComplete({ transaction: 8, component: encodeResult(1, opcode) });
    connect(scene, 200, serviceBy({ imsi: IMSI }, 8))
      .fromPhone(201, invoke(59, encodeUssd({ text: '*100#' })))
      .toPhone(202, done(59))
      .close(203);
    connect(scene, 250, serviceBy({ imsi: IMSI }, 8))
      .fromPhone(251, invoke(19, Buffer.from('16052a31303123', 'hex')))
      .toPhone(252, done(19))
      .close(253);
    connect(scene, 300, serviceBy({ imsi: IMSI }, 8))
      .fromPhone(301, invoke(10, encodeRegisterSS({ ssCode: 0x21, forwardedTo: NUMBER })))
      .toPhone(302, done(10))
      .close(303);
    expect(eventsWhateverTheCut(scene)).toMatchObject([
      { kind: 'sms', direction: 'originating', counterpart: NUMBER, sms_length: 35, outcome: 'delivered' },
      { kind: 'ussd', direction: 'originating', ussd_code: '*100#', outcome: 'delivered' },
      { kind: 'ussd', direction: 'originating', ussd_code: '*101#', outcome: 'delivered' },
      { kind: 'forwarding', forwarding: 'register unconditional', counterpart: NUMBER, outcome: 'delivered' },
    ]);
  });

  describe('on which a phone does very much', () => {
    const message = (on: Connection, at: number, reference: number): void => {
      const relay = sms.encodeRpData({
        fromMobile: true,
        reference,
        serviceCentre: '8613800100500',
        tpdu: encodeSubmit(`8613900${String(reference).padStart(6, '0')}`, 35),
      });
      const done = sms.encodeRpAck({ fromMobile: false, reference });
      on.up(at, bssap.encodeDtap(sms.encodeCpData({ transaction: 0, relay }), 3)).down(
        at + 1,
        bssap.encodeDtap(sms.encodeCpData({ transaction: 8, relay: done }), 3),
      );
    };
    const ask = (on: Connection, at: number, opcode: number, parameter: Buffer): void => {
      const component = encodeInvoke(1, opcode, parameter);
      on.fromPhone(at, ss.encodeSsRegister({ transaction: 0, component, fromMobile: true })).toPhone(
        at + 1,
        ss.encodeSsReleaseComplete({ transaction: 8, component: encodeResult(1, opcode) }),
      );
    };
    // 29.002 §17.5: interrogateSS.
    const question = (on: Connection, at: number): void => ask(on, at, 14, hex('3003040121'));

    test('every short message is one, as many as a box sends', () => {
      const scene = afterAnother();
      const connection = connect(scene, 100, serviceBy({ imsi: IMSI }, 4));
      for (let i = 0; i < 200; i++) message(connection, 101 + 3 * i, i);
      connection.close(800);
      for (const cuts of [[], [50], [51, 150, 300, 301]]) {
        const { events, counters } = eventsOf(scene.packets, cuts);
        const numbers = events.map(({ kind, outcome, counterpart }) => [kind, outcome, counterpart]);
        const sent = Array.from({ length: 200 }, (_, i) => `8613900${String(i).padStart(6, '0')}`);
        expect(numbers).toEqual(sent.map((number) => ['sms', 'delivered', number]));
        expect(counters.dropped.size).toBe(0);
      }
    });

    test('short messages that find no room are counted', () => {
      const scene = afterAnother();
      const connection = connect(scene, 100, serviceBy({ imsi: IMSI }, 4));
      for (let i = 0; i < 12; i++) message(connection, 101 + 3 * i, i);
      const { events, counters } = eventsOf(scene.packets, [], { ...DEFAULT_LIMITS, actsPerConnection: 8 });
      expect(events).toHaveLength(8);
      expect(counters.dropped.get('actsPerConnection')).toBe(4);
    });

    test('questions about services give way to what makes an event', () => {
      const scene = afterAnother();
      const connection = connect(scene, 100, serviceBy({ imsi: IMSI }, 8));
      for (let i = 0; i < 12; i++) question(connection, 101 + 3 * i);
      ask(connection, 200, 59, encodeUssd({ text: '*100#' }));
      ask(connection, 210, 10, encodeRegisterSS({ ssCode: 0x21, forwardedTo: NUMBER }));
      for (let i = 0; i < 12; i++) question(connection, 220 + 3 * i);
      connection.close(300);
      const { events, counters } = eventsOf(scene.packets, [], { ...DEFAULT_LIMITS, actsPerConnection: 8 });
      expect(events).toMatchObject([
        { kind: 'ussd', ussd_code: '*100#', outcome: 'delivered' },
        { kind: 'forwarding', forwarding: 'register unconditional', counterpart: NUMBER, outcome: 'delivered' },
      ]);
      expect(counters.dropped.size).toBe(0);
    });
  });

  // 3GPP TS 24.090 §6.1: the network asks on with FACILITY, the phone answers with FACILITY, and RELEASE COMPLETE has the network's answer.
  const question = ss.encodeSsFacility({
    transaction: 8,
    component: encodeInvoke(1, 60, encodeUssd({ text: '1 balance 2 bonus' })),
  });
  const choice = ss.encodeSsFacility({ transaction: 0, component: encodeResult(1, 60, encodeUssd({ text: '1' })) });
  test.each([
    ['a result', encodeResult(1, 59, encodeUssd({ text: '9.50' })), 'delivered'],
    ['an error', encodeError(1, 34), 'rejected'],
    ['nothing', undefined, 'rejected'],
  ])('a menu ends with what the network says last: %s', (_, component, outcome) => {
    const scene = afterAnother();
    connect(scene, 100, serviceBy({ imsi: IMSI }, 8))
      .fromPhone(
        101,
        ss.encodeSsRegister({
          transaction: 0,
          component: encodeInvoke(1, 59, encodeUssd({ text: '*100#' })),
          fromMobile: true,
        }),
      )
      .toPhone(103, question)
      .fromPhone(110, choice)
      .toPhone(
        112,
        ss.encodeSsReleaseComplete(component === undefined ? { transaction: 8 } : { transaction: 8, component }),
      )
      .close(113);
    const [event, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ kind: 'ussd', direction: 'originating', ussd_code: '*100#', outcome });
    expect(second(event!.end_time!)).toBe(112);
  });

  // 3GPP TS 24.008 §9.3.8: from the mobile station to the network, and without a number.
  test('an emergency call is told by its set-up where the connection began before the capture', () => {
    const scene = new Scene();
    scene
      .connection(BSC, MSC, 0x71, 0x72)
      .fromPhone(1, nas.encodeEmergencySetup({ transaction: 0 }))
      .toPhone(5, nas.encodePlainCall('connect', { transaction: 8 }))
      .close(30);
    expect(eventsWhateverTheCut(scene)).toMatchObject([{ kind: 'leg', direction: 'originating', outcome: 'answered' }]);
  });

  // 3GPP TS 24.090 §4, §5: a phone asks with processUnstructuredSS-Request, a network with unstructuredSS-Request.
  test.each([
    ['a phone asks for', 59, true, { direction: 'originating', ussd_code: '*100#', outcome: 'delivered' }],
    ['a network asks for', 60, false, { direction: 'terminating', ussd_code: null, outcome: 'delivered' }],
  ])(
    'a service that %s is told by its operation where the connection began before the capture',
    (_, opcode, up, says) => {
      const scene = new Scene();
      const register = ss.encodeSsRegister({
        transaction: 0,
        component: encodeInvoke(1, opcode, encodeUssd({ text: '*100#' })),
        fromMobile: up,
      });
      const done = ss.encodeSsReleaseComplete({ transaction: 8, component: encodeResult(1, opcode) });
      const connection = scene.connection(BSC, MSC, 0x71, 0x72);
      if (up) connection.fromPhone(1, register).toPhone(2, done).close(3);
      else connection.toPhone(1, register).fromPhone(2, done).close(3);
      expect(eventsWhateverTheCut(scene)).toMatchObject([{ kind: 'ussd', ...says }]);
    },
  );

  // 3GPP TS 24.011 §7.2.3; cause 17 is a failure of the network (§8.1.4.2).
  test('a short message that the network could not take is rejected', () => {
    const scene = afterAnother();
    const tpdu = encodeSubmit(NUMBER, 35);
    const relay = sms.encodeRpData({ fromMobile: true, reference: 1, serviceCentre: '8613800100500', tpdu });
    connect(scene, 100, serviceBy({ imsi: IMSI }, 4))
      .up(101, bssap.encodeDtap(sms.encodeCpData({ transaction: 0, relay }), 3))
      .down(102, bssap.encodeDtap(sms.encodeCpError({ transaction: 8, cause: 17 }), 3))
      .close(103);
    expect(eventsWhateverTheCut(scene)).toMatchObject([
      { kind: 'sms', direction: 'originating', counterpart: NUMBER, outcome: 'rejected', cause: 17 },
    ]);
  });

  test('a short message of a sender with a name is from that (TS 23.040 §9.1.2.5)', () => {
    const scene = afterAnother();
    const tpdu = Buffer.from(`040bd0cdbc30ec5e030000${'42'.repeat(7)}03c1e120`, 'hex');
    const relay = sms.encodeRpData({ fromMobile: false, reference: 2, serviceCentre: '8613800100500', tpdu });
    connect(scene, 100, serviceBy({ imsi: IMSI }, 4))
      .down(101, bssap.encodeDtap(sms.encodeCpData({ transaction: 0, relay }), 3))
      .close(103);
    expect(eventsWhateverTheCut(scene).filter(({ kind }) => kind === 'sms')).toMatchObject([
      { direction: 'terminating', imsi: IMSI, counterpart: 'MyBank' },
    ]);
  });

  test('the report of a service centre on a message is no message', () => {
    const scene = afterAnother();
    const relay = sms.encodeRpData({
      fromMobile: false,
      reference: 2,
      serviceCentre: '8613800100500',
      tpdu: statusReport(NUMBER),
    });
    connect(scene, 100, serviceBy({ imsi: IMSI }, 4))
      .down(101, bssap.encodeDtap(sms.encodeCpData({ transaction: 0, relay }), 3))
      .up(
        102,
        bssap.encodeDtap(
          sms.encodeCpData({ transaction: 8, relay: sms.encodeRpAck({ fromMobile: true, reference: 2 }) }),
          3,
        ),
      )
      .close(103);
    expect(eventsWhateverTheCut(scene).filter(({ kind }) => kind === 'sms')).toEqual([]);
  });

  test.each([
    ['the caller, whose DISCONNECT is lost: a RELEASE without a cause answers it', undefined, 'caller'],
    ['the called side, whose RELEASE with a cause clears the call', 16, 'called'],
  ])('a call is released by %s', (_, cause, by) => {
    const scene = afterAnother();
    connect(scene, 100, serviceBy({ imsi: IMSI }))
      .fromPhone(101, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
      .toPhone(105, nas.encodePlainCall('connect', { transaction: 8 }))
      .toPhone(135, nas.encodeRelease('release', { transaction: 8, ...(cause === undefined ? {} : { cause }) }))
      .fromPhone(135.1, nas.encodeRelease('releaseComplete', { transaction: 0 }))
      .close(136);
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([
      { outcome: 'answered', talk_ms: 30_000, released_by: by },
    ]);
  });

  test('references are in use anew: another phone', () => {
    const scene = afterAnother();
    const first = (at: number, imsi: string) =>
      scene
        .connection(BSC, MSC, 7, 9)
        .open(at, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3: serviceBy({ imsi }) }))
        .fromPhone(at + 1, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
        .fromPhone(at + 2, nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 }));
    first(100, IMSI);
    first(110, OTHER).close(113);
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([
      { imsi: IMSI, outcome: 'cancelled' },
      { imsi: OTHER, outcome: 'cancelled' },
    ]);
  });
});
