import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import type { Identity } from '../../../src/ss7/radio/nas-elements-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import { CELL, CLASSMARK_1, CLASSMARK_2 } from '../../support/radio.ts';
import { type Connection, eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const BSC = 10;
const MSC = 20;
/** A phone, its TMSI, and its device; and somebody who has nothing to do with it. */
const IMSI = '460001234567890';
const TMSI = 0xdeadbeef;
const IMEI = '356938035649809';
const OTHER = '460009876543210';
const NUMBER = '8613912345678';

const serviceBy = (identity: Identity): Buffer =>
  nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity });
const updateBy = (identity: Identity): Buffer =>
  nas.encodeLocationUpdatingRequest({ luType: 0, area: CELL, classmark1: CLASSMARK_1, identity });
const response = (identity: Identity): Buffer => nas.encodeIdentityResponse({ identity });
const request = (identityType: 1 | 2 | 3): Buffer => nas.encodeIdentityRequest({ identityType });
const accept = (identity?: Identity): Buffer =>
  nas.encodeLocationUpdatingAccept(identity === undefined ? { area: CELL } : { area: CELL, identity });
const challenge = nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 1) });

/** Connections one after the other, after one that nothing is asked of: nothing of the others is the first thing of the capture. */
class Air {
  private readonly scene = new Scene();
  private references = 0;

  constructor() {
    this.open(0, serviceBy({ imsi: '460000000000000' }), 11).close(0.5);
  }

  /** A phone begins with this message. */
  open(at: number, layer3: Buffer, bsc = BSC): Connection {
    const reference = ++this.references;
    return this.scene
      .connection(bsc, MSC, reference, 0x1000 + reference)
      .open(at, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 }));
  }

  /** A connection whose beginning is not seen. */
  middle(): Connection {
    const reference = ++this.references;
    return this.scene.connection(BSC, MSC, reference, 0x1000 + reference);
  }

  /** The phone is given its TMSI. */
  attach(at: number, imsi = IMSI, tmsi = TMSI): this {
    this.open(at, updateBy({ imsi }))
      .toPhone(at + 0.2, accept({ tmsi }))
      .close(at + 0.5);
    return this;
  }

  /** The phone with this TMSI calls, and says nothing more of itself. */
  call(at: number, tmsi: number): this {
    talk(this.open(at, serviceBy({ tmsi })), at).close(at + 9);
    return this;
  }

  events(): CatpoolEvent[] {
    return eventsWhateverTheCut(this.scene);
  }

  legs(): CatpoolEvent[] {
    return this.events().filter(({ kind }) => kind === 'leg');
  }

  /** IMSIs of the calls. */
  callers(): (string | null)[] {
    return this.legs().map(({ imsi }) => imsi);
  }
}

const setup = (digits = NUMBER): Buffer => nas.encodeSetup({ transaction: 0, called: { digits, nature: 4 } });
const hangUp = nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 });

/** The phone calls, is answered after three seconds and hangs up after eight. */
function talk(connection: Connection, at: number): Connection {
  return connection
    .fromPhone(at + 1, setup())
    .toPhone(at + 3, nas.encodePlainCall('connect', { transaction: 8 }))
    .fromPhone(at + 8, hangUp);
}

describe('who a phone says that it is (24.008 §4.3.3)', () => {
  test('counts for nothing where nobody asked: not in the call, nor in the next one of its TMSI', () => {
    const air = new Air().attach(10);
    talk(air.open(100, serviceBy({ tmsi: TMSI })).fromPhone(100.2, response({ imsi: OTHER })), 100).close(109);
    expect(air.call(200, TMSI).callers()).toEqual([IMSI, IMSI]);
  });

  test('counts for nothing in a location update either, and the TMSI that this gives', () => {
    const air = new Air().attach(10);
    air
      .open(100, updateBy({ tmsi: TMSI }))
      .fromPhone(100.2, response({ imsi: OTHER }))
      .toPhone(101, accept({ tmsi: 0x1234 }))
      .close(102);
    expect(air.call(200, 0x1234).callers()).toEqual([IMSI]);
  });

  test('counts once the network asks for the IMSI, whatever was said before, and not where it asks for the IMEI', () => {
    const air = new Air();
    air
      .open(100, updateBy({ tmsi: 0x55 }))
      .fromPhone(100.2, response({ imsi: OTHER }))
      .toPhone(100.4, request(1))
      .fromPhone(100.6, response({ imsi: IMSI }))
      .toPhone(101, accept({ tmsi: TMSI }))
      .close(102);
    air
      .open(150, updateBy({ tmsi: 0x66 }))
      .toPhone(150.4, request(2))
      .fromPhone(150.6, response({ imsi: OTHER }))
      .toPhone(151, accept({ tmsi: 0x77 }))
      .close(152);
    expect(air.call(200, TMSI).call(300, 0x77).callers()).toEqual([IMSI, null]);
  });

  test('counts for nothing where the phone itself writes the question', () => {
    const air = new Air().attach(10);
    const connection = air.open(100, serviceBy({ tmsi: TMSI })).fromPhone(100.1, request(1));
    talk(connection.fromPhone(100.2, response({ imsi: OTHER })), 100).close(109);
    expect(air.callers()).toEqual([IMSI]);
  });

  test('counts where the beginning was not seen, so that somebody may have asked', () => {
    const air = new Air();
    talk(air.middle().fromPhone(100, response({ imsi: IMSI })), 100).close(109);
    expect(air.callers()).toEqual([IMSI]);
  });

  test('gives way to what the network says (48.008 §3.1.30: Common Id), sooner or later', () => {
    const air = new Air();
    const common = bssap.encodeCommonId({ imsi: IMSI });
    talk(air.open(100, serviceBy({ imsi: OTHER })).down(100.5, common), 100).close(109);
    const asked = air.open(200, serviceBy({ tmsi: 0x55 })).toPhone(200.1, request(1));
    talk(asked.fromPhone(200.3, response({ imsi: OTHER })).down(200.5, common), 200).close(209);
    expect(air.callers()).toEqual([IMSI, IMSI]);
  });

  test('in another request of the same connection counts for nothing', () => {
    const air = new Air().attach(10).attach(20, OTHER, 0x99);
    const named = talk(air.open(100, serviceBy({ tmsi: TMSI })), 100);
    named.fromPhone(108.5, serviceBy({ imsi: OTHER })).close(109);
    const known = talk(air.open(200, serviceBy({ imsi: IMSI })), 200);
    known.fromPhone(208.5, serviceBy({ tmsi: 0x99 })).close(209);
    expect(air.call(300, TMSI).call(400, 0x99).callers()).toEqual([IMSI, IMSI, IMSI, OTHER]);
  });

  test('and the area that it says in a connection that it comes from do not hide whose TMSI it has', () => {
    const air = new Air().attach(10);
    const area = { ...CELL, lac: 99 };
    const update = nas.encodeLocationUpdatingRequest({
      ...{ luType: 0, area, classmark1: CLASSMARK_1, identity: { tmsi: TMSI } },
    });
    talk(air.open(100, serviceBy({ tmsi: TMSI })).fromPhone(100.5, update), 100).close(109);
    const events = air.events().filter(({ time }) => second(time) >= 100);
    expect(events.map(({ kind, imsi, tmsi }) => [kind, imsi, tmsi])).toEqual([['leg', IMSI, 'deadbeef']]);
  });

  test('does not take the TMSI away from whom it was given to (24.008 §4.3.2.5: the network asks, for it proves wrong)', () => {
    const air = new Air().attach(10);
    // It comes with the TMSI of somebody else, cannot prove that, and says who it is.
    const connection = air.open(100, serviceBy({ tmsi: TMSI })).toPhone(100.1, request(1));
    talk(connection.fromPhone(100.3, response({ imsi: OTHER })), 100).close(109);
    const named = air.open(150, serviceBy({ tmsi: TMSI })).toPhone(150.1, request(1));
    talk(
      named.fromPhone(150.3, response({ imsi: OTHER })).down(150.4, bssap.encodeCommonId({ imsi: OTHER })),
      150,
    ).close(159);
    const legs = air.call(200, TMSI).legs();
    expect(legs.map(({ imsi, tmsi }) => [imsi, tmsi])).toEqual([
      [OTHER, null],
      [OTHER, null],
      [IMSI, 'deadbeef'],
    ]);
  });

  test('and the TMSI that it then is given is not that of the one whose TMSI it came with, where its answer is lost', () => {
    const air = new Air().attach(10);
    air
      .open(100, updateBy({ tmsi: TMSI }))
      .toPhone(100.2, request(1))
      .toPhone(101, accept({ tmsi: 0x1234 }))
      .close(102);
    expect(air.call(200, 0x1234).callers()).toEqual([null]);
  });

  test('of its device counts less unasked than asked', () => {
    const air = new Air();
    const claimed = air.open(100, updateBy({ imsi: IMSI })).fromPhone(100.1, response({ imei: '490154203237518' }));
    claimed
      .toPhone(100.2, request(2))
      .fromPhone(100.4, response({ imei: IMEI }))
      .close(101);
    const device = air.events().find(({ kind }) => kind === 'device');
    expect(device).toMatchObject({ imsi: IMSI, imei: IMEI.slice(0, 14) });
  });
});

describe('what networks alone say (24.008 table 9.2)', () => {
  test('gives a phone nothing where the phone says it: no TMSI, no place in the network', () => {
    const air = new Air().attach(10);
    air
      .open(100, updateBy({ imsi: OTHER }))
      .fromPhone(100.2, accept({ tmsi: TMSI }))
      .toPhone(101, nas.encodeLocationUpdatingReject({ reject: 12 }))
      .close(102);
    const events = air.call(200, TMSI).events();
    expect(events.filter(({ kind }) => kind === 'presence')).toMatchObject([
      { imsi: IMSI, outcome: 'registered' },
      { imsi: OTHER, outcome: 'rejected' },
    ]);
    expect(events.filter(({ kind }) => kind === 'leg')).toMatchObject([{ imsi: IMSI }]);
  });

  test('hides nothing that the network says after it', () => {
    const air = new Air();
    air
      .open(100, updateBy({ imsi: IMSI }))
      .fromPhone(100.2, nas.encodeLocationUpdatingReject({ reject: 12 }))
      .fromPhone(100.3, accept({ tmsi: 0x55 }))
      .toPhone(101, accept({ tmsi: TMSI }))
      .close(102);
    const events = air.call(200, TMSI).call(300, 0x55).events();
    expect(events.map(({ kind, imsi, tmsi, outcome }) => [kind, imsi, tmsi, outcome])).toEqual([
      ['presence', IMSI, 'deadbeef', 'registered'],
      ['leg', IMSI, 'deadbeef', 'answered'],
      ['leg', null, '00000055', 'answered'],
    ]);
    expect(second(events[0]!.end_time!)).toBe(101);
  });

  test.each(['callProceeding', 'alerting', 'connect'] as const)(
    'of a call does not make it one to the phone, or one that was answered: %s',
    (name) => {
      const air = new Air();
      air
        .open(100, serviceBy({ imsi: IMSI }))
        .fromPhone(100.5, nas.encodePlainCall('callProceeding', { transaction: 8 }))
        .fromPhone(101, setup())
        .fromPhone(102, nas.encodePlainCall(name, { transaction: 0 }))
        .fromPhone(108, hangUp)
        .close(109);
      expect(air.legs()).toMatchObject([
        { direction: 'originating', counterpart: NUMBER, outcome: 'cancelled', setup_ms: null, talk_ms: null },
      ]);
    },
  );

  test('of a call is answered when the network says so, not when the phone acknowledges it before', () => {
    const air = new Air();
    const connection = air.open(100, serviceBy({ imsi: IMSI }));
    connection.fromPhone(101, setup()).fromPhone(102, nas.encodePlainCall('connectAcknowledge', { transaction: 0 }));
    connection
      .toPhone(105, nas.encodePlainCall('connect', { transaction: 8 }))
      .fromPhone(108, hangUp)
      .close(109);
    expect(air.legs()).toMatchObject([{ outcome: 'answered', talk_ms: 3000 }]);
  });
});

describe('a phone that cannot prove who it is', () => {
  /** A call of a phone that answers a page by somebody's TMSI and is challenged; `then`: what comes after its SETUP. */
  function challenged(then: (connection: Connection) => Connection): CatpoolEvent[] {
    const air = new Air().attach(10);
    const paged = nas.encodePagingResponse({ classmark2: CLASSMARK_2, identity: { tmsi: TMSI } });
    const connection = air
      .open(100, paged)
      .toPhone(100.5, challenge)
      .fromPhone(100.6, response({ imei: IMEI }));
    then(connection.fromPhone(101, setup())).close(104);
    return air.events();
  }

  test.each([
    ['proof', nas.encodeAuthenticationReject()],
    ['service', nas.encodeCmServiceReject({ reject: 6 })],
  ])('calls nobody in the name of another, nor shows its device as theirs: its %s is refused', (_, refusal) => {
    const events = challenged((connection) => connection.toPhone(101.5, refusal));
    expect(events.filter(({ kind }) => kind === 'leg' || kind === 'device')).toEqual([]);
    expect(events.every(({ imei }) => imei === null)).toBe(true);
  });

  test.each([
    ['its answer', (connection: Connection) => connection],
    [
      'its answer and the end of ciphering',
      (c: Connection) => c.down(101.5, bssap.encodeCipherModeCommand({ key: Buffer.alloc(8) })),
    ],
  ])('is no other case than that of a capture that lost %s: it called', (_, then) => {
    expect(challenged(then).filter(({ kind }) => kind === 'leg')).toMatchObject([{ imsi: IMSI, counterpart: NUMBER }]);
  });

  test('that is taken in after all calls as ever (24.008 §4.5.1.1: so does ciphering)', () => {
    const air = new Air().attach(10);
    const connection = air.open(100, serviceBy({ tmsi: TMSI })).toPhone(100.3, challenge);
    connection.up(100.8, bssap.encodeCipherModeComplete({})).fromPhone(101, setup()).fromPhone(103, hangUp).close(104);
    expect(air.legs()).toMatchObject([{ imsi: IMSI, counterpart: NUMBER, outcome: 'cancelled' }]);
  });

  test('calls the number that it asks for once the network takes it in, not one that it asked for before', () => {
    const air = new Air();
    const connection = air.open(100, serviceBy({ imsi: IMSI })).fromPhone(100.2, setup('8613800000000'));
    connection.toPhone(100.5, nas.encodeCmServiceAccept()).fromPhone(101, setup());
    connection
      .toPhone(103, nas.encodePlainCall('connect', { transaction: 8 }))
      .fromPhone(108, hangUp)
      .close(109);
    const legs = air.legs();
    expect(legs).toMatchObject([{ counterpart: NUMBER, outcome: 'answered', talk_ms: 5000 }]);
    expect(second(legs[0]!.time)).toBe(101);
  });
});

describe('a call is seen', () => {
  /** Messages of so many transactions, a hundredth of a second apart. */
  function many(connection: Connection, at: number, count: number, message: (index: number) => Buffer): void {
    for (let index = 0; index < count; index++) connection.fromPhone(at + index / 100, message(index));
  }
  const IDENTIFIERS = 7;

  test.each([
    // 3GPP TS 24.080 §2.4: REGISTER, of a service that makes no event; §2.5: RELEASE COMPLETE.
    ['services', (index: number) => Buffer.of(0x0b | ((index % IDENTIFIERS) << 4), 0x3b, 0x1c, 0x00)],
    ['ends of calls that nobody began', () => nas.encodeRelease('releaseComplete', { transaction: 5 })],
  ])('after many %s on its connection', (_, message) => {
    const scene = new Scene();
    const connection = scene.connection(BSC, MSC, 1, 2);
    connection.open(10, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3: serviceBy({ imsi: IMSI }) }));
    many(connection, 11, 70, message);
    talk(connection, 20).close(29);
    expect(eventsOf(scene.packets).events.filter(({ kind }) => kind === 'leg')).toMatchObject([
      { imsi: IMSI, counterpart: NUMBER, talk_ms: 5000 },
    ]);
  });

  test('after a set-up of another that was sent again and again', () => {
    const scene = new Scene();
    const connection = scene.connection(BSC, MSC, 1, 2);
    connection.open(10, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3: serviceBy({ imsi: IMSI }) }));
    many(connection, 11, 70, () => setup('8613800000000'));
    connection.fromPhone(12, nas.encodeRelease('releaseComplete', { transaction: 0 }));
    talk(connection, 20).close(29);
    expect(eventsOf(scene.packets).events.filter(({ kind }) => kind === 'leg')).toMatchObject([
      { counterpart: '8613800000000', outcome: 'cancelled' },
      { counterpart: NUMBER, talk_ms: 5000 },
    ]);
  });

  test('apart from the one before that was lost, though its phone asks for that one meanwhile', () => {
    const air = new Air();
    const lost = air.open(100, serviceBy({ imsi: IMSI })).fromPhone(101, setup('8613800000000'));
    lost.toPhone(103, nas.encodePlainCall('connect', { transaction: 8 })).close(110);
    const next = air.open(112, serviceBy({ imsi: IMSI }));
    const again = nas.encodeCmReestablishmentRequest({ classmark2: CLASSMARK_2, identity: { imsi: IMSI } });
    talk(next.fromPhone(112.5, again), 112).close(121);
    expect(air.legs().map(({ counterpart }) => counterpart)).toEqual(['8613800000000', NUMBER]);
  });
});
