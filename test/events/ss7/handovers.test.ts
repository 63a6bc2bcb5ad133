import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import * as sms from '../../../src/ss7/radio/nas-sms-encode.ts';
import * as ranap from '../../../src/ss7/radio/ranap-encode.ts';
import { encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { CELL, CLASSMARK_2, TARGET } from '../../support/radio.ts';
import { type Connection, eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const MSC = 20;
const OTHER_MSC = 21;
const IMSI = '460001234567890';
const OTHER = '460009876543210';
const NUMBER = '8613912345678';
/** SSN of the Iu interface. */
const IU = 142;

/** Handover commands of the radio interface (3GPP TS 44.018 §9.1.15), told apart by their reference. */
const command = (reference: number): Buffer => Buffer.of(0x06, 0x2b, 0x12, 0x34, 0x88, 0x0a, 0x87, reference, 0x05);

const connect = (scene: Scene, bsc: number, reference: number, msc = MSC, ssn?: 142): Connection =>
  scene.connection(bsc, msc, reference, 0x1000 + reference, ssn);

/** A phone calls from the cell of a BSC and is answered five seconds later. */
function call(scene: Scene, at: number, bsc: number, reference: number, imsi = IMSI): Connection {
  const layer3 = nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity: { imsi } });
  return connect(scene, bsc, reference)
    .open(at, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 }))
    .fromPhone(at + 1, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
    .toPhone(at + 2, nas.encodePlainCall('alerting', { transaction: 8 }))
    .toPhone(at + 5, nas.encodePlainCall('connect', { transaction: 8 }));
}

/** The exchange asks the BSC of the target cell for a channel, which has a message for the phone. */
function prepare(scene: Scene, at: number, bsc: number, reference: number, msc = MSC, message = reference): Connection {
  const request = bssap.encodeHandoverRequest({ classmark2: CLASSMARK_2, serving: CELL, target: TARGET, cic: 5 });
  return connect(scene, bsc, reference, msc)
    .openByMsc(at, request)
    .up(at + 0.1, bssap.encodeHandoverRequestAcknowledge({ layer3: command(message) }));
}

const tell = (from: Connection, at: number, reference: number): Connection =>
  from
    .up(at - 0.5, bssap.encodeHandoverRequired({ cause: 12, cells: [TARGET] }))
    .down(at + 0.2, bssap.encodeHandoverCommand({ layer3: command(reference) }));

const clear = (connection: Connection, at: number, cause: number): Connection =>
  connection
    .down(at, bssap.encodeClearCommand({ cause }))
    .up(at + 0.1, bssap.encodeClearComplete())
    .close(at + 0.2);

/** The phone is handed over, and its old connection is cleared. @returns the new one */
function handOver(
  scene: Scene,
  old: Connection,
  at: number,
  bsc: number,
  reference: number,
  msc = MSC,
  message = reference,
): Connection {
  const next = prepare(scene, at, bsc, reference, msc, message);
  tell(old, at, message);
  next.up(at + 1, bssap.encodeHandoverComplete());
  clear(old, at + 1.2, 11);
  return next;
}

const hangUp = (connection: Connection, at: number): Connection =>
  clear(connection.fromPhone(at, nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 })), at + 1, 9);

const legs = (scene: Scene): CatpoolEvent[] => eventsWhateverTheCut(scene).filter(({ kind }) => kind === 'leg');

/** The call of {@link call} at second 100, as the phone ends it. */
const ended = (seconds: number, more: Partial<CatpoolEvent> = {}) => ({
  imsi: IMSI,
  direction: 'originating',
  counterpart: NUMBER,
  outcome: 'answered',
  released_by: 'caller',
  talk_ms: (seconds - 105) * 1000,
  cell: '460-00-6151-1',
  ...more,
});

describe('a call that is handed over to another controller', () => {
  test('goes on there, until the phone ends it', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = handOver(scene, old, 120, 11, 2);
    hangUp(next, 165);
    const events = eventsWhateverTheCut(scene);
    expect(events.filter(({ kind }) => kind === 'leg')).toMatchObject([ended(165)]);
    expect(events.filter(({ kind }) => kind === 'handover')).toMatchObject([
      { imsi: IMSI, cell: '310-410-2-65534', lac: 2 },
    ]);
  });

  test('is in the cell that the controller was asked for, where the command leaves its own empty', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = prepare(scene, 120, 11, 2);
    old
      .up(119.5, bssap.encodeHandoverRequired({ cause: 12, cells: [TARGET] }))
      .down(
        120.2,
        bssap.encodeHandoverCommand({ layer3: command(2), target: { mcc: '000', mnc: '00', lac: 0, ci: 0 } }),
      );
    next.up(121, bssap.encodeHandoverComplete());
    clear(old, 121.2, 11);
    hangUp(next, 165);
    const events = eventsWhateverTheCut(scene);
    expect(events.filter(({ kind }) => kind === 'leg')).toMatchObject([ended(165)]);
    expect(events.filter(({ kind }) => kind === 'handover')).toMatchObject([
      { imsi: IMSI, mcc: '310', mnc: '410', cell: '310-410-2-65534', lac: 2 },
    ]);
  });

  test('goes on from there to a third, at another exchange', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = handOver(scene, old, 120, 11, 2, OTHER_MSC);
    const last = handOver(scene, next, 140, 12, 3, OTHER_MSC);
    // The other party ends it.
    clear(last.toPhone(200, nas.encodeDisconnect({ transaction: 8, cause: 16, location: 0 })), 201, 9);
    expect(legs(scene)).toMatchObject([ended(200, { released_by: 'called' })]);
  });

  describe('after many handovers', () => {
    /** So many within the first controller, ten seconds apart, then to another one, and on to a third. */
    function wander(many: number): Scene {
      const scene = new Scene();
      const old = call(scene, 100, 10, 1);
      for (let i = 1; i <= many; i++)
        old.up(110 + 10 * i, bssap.encodeHandoverPerformed({ cause: 12, cell: { ...CELL, ci: i } }));
      // The phone does not find the channel that it is told of first.
      tell(old, 120 + 10 * many, 4).up(121 + 10 * many, bssap.encodeHandoverFailure({ cause: 0x60 }));
      const next = handOver(scene, old, 130 + 10 * many, 11, 2);
      hangUp(handOver(scene, next, 150 + 10 * many, 12, 3), 900);
      return scene;
    }

    test('goes on as after a few', () => {
      const events = eventsWhateverTheCut(wander(20));
      expect(events.filter(({ kind }) => kind === 'leg')).toMatchObject([ended(900)]);
      expect(events.filter(({ kind }) => kind === 'handover')).toHaveLength(22);
    });

    test('goes on where there is no room for all of them, and those that are dropped are counted', () => {
      const limits = { ...DEFAULT_LIMITS, handoversPerConnection: 8 };
      const { packets } = wander(20);
      for (const cuts of [[], [9, 20], packets.map((_, index) => index).slice(1)]) {
        const { events, counters } = eventsOf(packets, cuts, limits);
        expect(events.filter(({ kind }) => kind === 'leg')).toMatchObject([ended(900)]);
        // Of the first connection the last four, for there are three commands and a failure.
        const cells = events.filter(({ kind }) => kind === 'handover').map(({ cell }) => cell);
        const within = ['460-00-6151-17', '460-00-6151-18', '460-00-6151-19', '460-00-6151-20'];
        expect(cells).toEqual([...within, '310-410-2-65534', '310-410-2-65534']);
        expect(counters.dropped.get('handoversPerConnection')).toBe(16);
      }
    });
  });

  test('comes back where it does not succeed', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = prepare(scene, 120, 11, 2);
    tell(old, 120, 2);
    clear(next, 122, 10);
    hangUp(old, 150);
    expect(legs(scene)).toMatchObject([ended(150)]);
  });

  test('stays where it was when the phone goes back to its old channel (48.008 §3.1.5.3.2)', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const within = bssap.encodeHandoverPerformed({ cause: 12, cell: { ...CELL, ci: 7 } });
    old.up(110, within);
    tell(old, 120, 2).up(121, bssap.encodeHandoverFailure({ cause: 0x60 }));
    tell(old, 130, 3).up(131, bssap.encodeHandoverFailure({ cause: 0x60 }));
    old.fromPhone(140, nas.encodeSetup({ transaction: 1, called: { digits: NUMBER, nature: 4 } }));
    hangUp(old, 150);
    const events = eventsWhateverTheCut(scene);
    expect(events.filter(({ kind }) => kind === 'handover')).toMatchObject([{ cell: '460-00-6151-7' }]);
    expect(events.filter(({ kind }) => kind === 'leg').map(({ cell }) => cell)).toEqual([
      '460-00-6151-1',
      '460-00-6151-7',
    ]);
  });

  test('is open where its end is not in the capture', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    handOver(scene, old, 120, 11, 2);
    expect(legs(scene)).toMatchObject([ended(0, { outcome: 'open', released_by: null, talk_ms: null })]);
  });

  test('ends with the old connection where the new one is not in the capture', () => {
    const scene = new Scene();
    clear(tell(call(scene, 100, 10, 1), 120, 2), 121, 11);
    expect(legs(scene)).toMatchObject([ended(121, { released_by: 'network', talk_ms: expect.closeTo(16_100, 3) })]);
  });

  test('is told from another that is sent to the same channel later', () => {
    const scene = new Scene();
    const one = call(scene, 100, 10, 1);
    const next = handOver(scene, one, 120, 11, 2, MSC, 7);
    const other = call(scene, 200, 10, 3, OTHER);
    const later = handOver(scene, other, 220, 11, 4, MSC, 7);
    hangUp(later, 250);
    hangUp(next, 300);
    expect(legs(scene)).toMatchObject([ended(300), ended(250, { imsi: OTHER, talk_ms: 45_000 })]);
  });

  test('and the short message of the phone on the way is its message', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = handOver(scene, old, 120, 11, 2);
    const tpdu = encodeSubmit(NUMBER, 35);
    const relay = sms.encodeRpData({ fromMobile: true, reference: 1, serviceCentre: '8613800100500', tpdu });
    next.up(130, bssap.encodeDtap(sms.encodeCpData({ transaction: 0, relay }), 3));
    hangUp(next, 165);
    const events = eventsWhateverTheCut(scene);
    expect(events.filter(({ kind }) => kind === 'leg')).toMatchObject([ended(165)]);
    expect(events.filter(({ kind }) => kind === 'sms')).toMatchObject([
      { imsi: IMSI, counterpart: NUMBER, direction: 'originating', cell: '310-410-2-65534' },
    ]);
  });
});

// 3GPP TS 24.008 §4.5.1.6: the phone asks for its call on another channel; the exchange releases what is left of the old one.
describe('a call whose phone lost its channel', () => {
  const TMSI = 0x11223344;

  /** The phone asks for its call in another cell, and has a channel there. */
  function askAgain(
    scene: Scene,
    at: number,
    reference: number,
    identity: { imsi: string } | { tmsi: number },
  ): Connection {
    const layer3 = nas.encodeCmReestablishmentRequest({ classmark2: CLASSMARK_2, identity });
    return connect(scene, 11, reference).open(at, bssap.encodeCompleteLayer3Information({ cell: TARGET, layer3 }));
  }

  test('goes on where it asks for it', () => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = askAgain(scene, 130, 2, { imsi: IMSI });
    clear(old, 132, 1);
    hangUp(next, 165);
    expect(legs(scene)).toMatchObject([ended(165)]);
  });

  test('goes on after its channel was given up, by the TMSI of the phone', () => {
    const scene = new Scene();
    const layer3 = nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity: { tmsi: TMSI } });
    const old = connect(scene, 10, 1)
      .open(100, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 }))
      .down(100.5, bssap.encodeCommonId({ imsi: IMSI }))
      .fromPhone(101, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
      .toPhone(105, nas.encodePlainCall('connect', { transaction: 8 }));
    clear(old, 130, 1);
    const next = askAgain(scene, 134, 2, { tmsi: TMSI });
    clear(next.toPhone(200, nas.encodeDisconnect({ transaction: 8, cause: 16, location: 0 })), 201, 9);
    expect(legs(scene)).toMatchObject([ended(200, { released_by: 'called' })]);
  });

  // §4.5.1.6.2: ciphering and CM SERVICE ACCEPT both say that it goes on.
  test.each([
    ['says so', (next: Connection) => next.toPhone(131, nas.encodeCmServiceAccept())],
    ['ciphers', (next: Connection) => next.up(131, bssap.encodeCipherModeComplete({}))],
  ])('goes on where the exchange %s, until that channel is given up as well', (_, accept) => {
    const scene = new Scene();
    const old = call(scene, 100, 10, 1);
    const next = accept(askAgain(scene, 130, 2, { imsi: IMSI }));
    clear(old, 132, 1);
    clear(next, 165, 1);
    expect(legs(scene)).toMatchObject([ended(165.1, { released_by: 'network', talk_ms: 60_100 })]);
  });

  test('is over where the exchange does not let it go on, or another phone asks for its own', () => {
    const refused = new Scene();
    clear(call(refused, 100, 10, 1), 130, 1);
    askAgain(refused, 132, 2, { imsi: IMSI })
      .toPhone(133, nas.encodeCmServiceReject({ reject: 38 }))
      .close(134);
    const another = new Scene();
    clear(call(another, 100, 10, 1), 130, 1);
    hangUp(askAgain(another, 132, 2, { imsi: OTHER }), 165);
    for (const scene of [refused, another])
      expect(legs(scene)).toMatchObject([ended(130.1, { released_by: 'network', talk_ms: 25_100 })]);
  });
});

describe('a call that is relocated', () => {
  const rrc = Buffer.from('a1b2c3d4e5', 'hex');
  const direct = (layer3: Buffer): Buffer => ranap.encodeDirectTransfer({ layer3 });

  /** A call on the Iu interface, answered at second 105. */
  function call3g(scene: Scene, reference: number, imsi: string): Connection {
    const layer3 = nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity: { imsi } });
    const setup = nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } });
    return connect(scene, 10, reference, MSC, IU)
      .open(100, ranap.encodeInitialUeMessage({ cell: CELL, layer3, connection: reference, rnc: 7 }))
      .down(100.5, ranap.encodeRanapCommonId({ imsi }))
      .up(101, direct(setup))
      .down(102, direct(nas.encodePlainCall('alerting', { transaction: 8 })))
      .down(105, direct(nas.encodePlainCall('connect', { transaction: 8 })));
  }

  const release = (connection: Connection, at: number): Connection =>
    connection
      .down(at, ranap.encodeIuReleaseCommand({ cause: 83 }))
      .up(at + 0.1, ranap.encodeIuReleaseComplete())
      .close(at + 0.2);

  test.each([
    ['both messages', {}],
    // Two phones with the same message in the same second.
    ['both messages beside the same words', { rrc: Buffer.of(1) }],
  ])('to another radio network controller, by the phone that %s name', (_, told) => {
    const scene = new Scene();
    const phones = [IMSI, OTHER].map((imsi, index) => {
      const old = call3g(scene, 1 + index, imsi);
      const next = connect(scene, 11, 5 + index, MSC, IU)
        .openByMsc(120, ranap.encodeRelocationRequest({ imsi, cause: 16, connection: 9, rrc }))
        .up(120.1, ranap.encodeRelocationRequestAcknowledge(told));
      old.down(120.2, ranap.encodeRelocationCommand(told));
      next.up(121, ranap.encodeRelocationComplete());
      return { old, next };
    });
    for (const [index, { old, next }] of phones.entries()) {
      release(old, 121.5);
      const at = 160 + index * 20;
      next.up(at, direct(nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 })));
      release(next, at + 1);
    }
    scene.packets.sort((a, b) => a.at - b.at);
    const made = legs(scene);
    expect(new Set(made.map(({ imsi }) => imsi)).size).toBe(2);
    expect(made).toHaveLength(2);
    for (const leg of made) expect(leg).toMatchObject(leg.imsi === IMSI ? ended(160) : ended(180, { imsi: OTHER }));
  });

  test('to a GSM cell', () => {
    const scene = new Scene();
    const old = call3g(scene, 1, IMSI);
    const next = prepare(scene, 120, 11, 2);
    old.down(120.2, ranap.encodeRelocationCommand({ layer3: command(2) }));
    next.up(121, bssap.encodeHandoverComplete());
    release(old, 121.5);
    hangUp(next, 165);
    expect(legs(scene)).toMatchObject([ended(165)]);
  });
});

test('a phone that came from where no probe is has no event for it, and the messages that it sends there', () => {
  const scene = new Scene();
  const next = prepare(scene, 120, 11, 2);
  next.up(121, bssap.encodeHandoverComplete()).down(122, bssap.encodeCommonId({ imsi: IMSI }));
  hangUp(next, 165);
  call(scene, 300, 12, 9, OTHER);
  const events = eventsWhateverTheCut(scene);
  expect(events.map(({ kind, time }) => `${kind} ${second(time)}`)).toEqual(['leg 301']);
});
