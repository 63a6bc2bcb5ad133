import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import { encodeCpAck, encodeCpData, encodeCpError, encodeRpError } from '../../../src/ss7/radio/nas-sms-encode.ts';
import { encodeSgsap, type SgsapFields } from '../../../src/ss7/radio/sgsap-encode.ts';
import { SgsapType } from '../../../src/ss7/radio/sgsap-names.ts';
import { CLASSMARK_1, CLASSMARK_2 } from '../../support/radio.ts';
import * as made from '../../support/sgsap-messages.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const MME = '10.0.0.1';
const REGISTER = '10.0.0.2';
const OTHER_REGISTER = '10.0.0.3';
const OTHER = '460009876543210';
const TMSI = 0x8000_0001;
const PHONE = { imeisv: made.IMEISV, trackingArea: made.TRACKING_AREA, cell: made.CELL };
const PLACE = { mcc: '460', mnc: '00', lac: 24_577, cell: '460-00-24577-1192965' };
const DEVICE = { imei: '35693803564980', imeisv: '78' };

type Fields = Partial<SgsapFields>;

/** A message of the node that serves the phone, of the register. */
const up = (scene: Scene, at: number, type: number, fields: Fields = {}, register = REGISTER): Scene =>
  scene.sctp(at, MME, register, 0, encodeSgsap({ imsi: made.IMSI, ...fields, type }));
const down = (scene: Scene, at: number, type: number, fields: Fields = {}, register = REGISTER): Scene =>
  scene.sctp(at, register, MME, 0, encodeSgsap({ imsi: made.IMSI, ...fields, type }));

/** A location update, a second until its answer. */
function attach(scene: Scene, at: number, fields: Fields = {}, given: Fields = {}, register = REGISTER): Scene {
  const { imsi = made.IMSI } = fields;
  up(
    scene,
    at,
    SgsapType.locationUpdateRequest,
    { mmeName: made.MME_NAME, updateType: 1, area: made.AREA, ...fields },
    register,
  );
  return down(scene, at + 1, SgsapType.locationUpdateAccept, { imsi, area: made.AREA, ...given }, register);
}

/** Another phone before those of the test: nothing of them is the first thing of the capture. */
const afterAnother = (): Scene => attach(new Scene(), 0, { imsi: OTHER });

const eventsAfter = (scene: Scene): CatpoolEvent[] => eventsWhateverTheCut(scene).filter(({ imsi }) => imsi !== OTHER);

const presences = (scene: Scene): CatpoolEvent[] => eventsAfter(scene).filter(({ kind }) => kind === 'presence');

describe('a phone of 4G at an exchange, by SGsAP', () => {
  test('attaches: who, with which device, where', () => {
    const scene = attach(afterAnother(), 100, PHONE, { tmsi: TMSI });
    up(scene, 101.1, 0x0c);
    const [device, presence, ...more] = eventsAfter(scene).sort((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(more).toEqual([]);
    expect(presence).toMatchObject({
      ...{
        kind: 'presence',
        interface: 'bssap',
        outcome: 'registered',
        lu_type: 'attach',
        imsi: made.IMSI,
        tmsi: null,
      },
      ...PLACE,
      ...DEVICE,
    });
    expect([second(presence!.time), second(presence!.end_time!)]).toEqual([100, 101]);
    expect(device).toMatchObject({ kind: 'device', interface: 'bssap', imsi: made.IMSI, ...PLACE, ...DEVICE });
  });

  test('comes from another area, is refused, gets no answer; its location area is where it is, if nothing says more', () => {
    const scene = afterAnother();
    const request = { mmeName: made.MME_NAME, updateType: 2, area: made.AREA } as const;
    up(scene, 100, SgsapType.locationUpdateRequest, request);
    down(scene, 100.5, SgsapType.locationUpdateReject, { reject: 2 });
    up(scene, 110, SgsapType.locationUpdateRequest, request);
    up(scene, 200, SgsapType.locationUpdateRequest, request);
    down(scene, 200.5, SgsapType.locationUpdateAccept, { area: made.AREA });
    expect(presences(scene)).toMatchObject([
      { outcome: 'rejected', lu_type: 'normal', mcc: '460', mnc: '00', lac: 6151, cell: null, imei: null },
      { outcome: 'open', end_time: null },
      { outcome: 'registered' },
    ]);
  });

  test('a request that is sent again before its answer is one', () => {
    const scene = afterAnother();
    const request = { mmeName: made.MME_NAME, updateType: 1, area: made.AREA } as const;
    for (const at of [100, 104, 108]) up(scene, at, SgsapType.locationUpdateRequest, request);
    down(scene, 109, SgsapType.locationUpdateAccept, { area: made.AREA });
    expect(presences(scene)).toMatchObject([{ outcome: 'registered' }]);
  });

  test.each([
    ['leaves 4G', SgsapType.epsDetachIndication, 2, 'detach'],
    ['is taken out of 4G', SgsapType.epsDetachIndication, 1, null],
    ['may not use 4G', SgsapType.epsDetachIndication, 3, null],
    ['leaves other services', SgsapType.imsiDetachIndication, 1, 'detach'],
    ['is switched off', SgsapType.imsiDetachIndication, 2, 'detach'],
    ['is missed', SgsapType.imsiDetachIndication, 3, null],
  ] as const)('%s', (_, type, detachType, luType) => {
    const scene = afterAnother();
    // Sent again where no acknowledgement came (3GPP TS 29.118 §5.4, §5.5); later another one.
    const detach = (at: number): Scene => up(scene, at, type, { mmeName: made.MME_NAME, detachType });
    for (const at of [100, 104]) detach(at);
    down(scene, 104.1, type + 1);
    detach(110);
    down(scene, 110.1, type + 1);
    const events = eventsAfter(scene);
    expect(events).toMatchObject([
      { kind: 'presence', interface: 'bssap', outcome: 'deregistered', lu_type: luType, imsi: made.IMSI },
      { kind: 'presence', outcome: 'deregistered', lu_type: luType },
    ]);
    expect(events.map(({ time }) => second(time))).toEqual([100, 110]);
  });

  test('detaches and is back at once', () => {
    const scene = afterAnother();
    for (const at of [100, 105]) {
      up(scene, at, SgsapType.imsiDetachIndication, { mmeName: made.MME_NAME, detachType: 2 });
      down(scene, at + 0.1, SgsapType.imsiDetachAck);
      attach(scene, at + 1);
    }
    expect(presences(scene).map(({ outcome }) => outcome)).toEqual([
      'deregistered',
      'registered',
      'deregistered',
      'registered',
    ]);
  });
});

describe('short messages of phones of 4G', () => {
  test('one that a phone sends', () => {
    const scene = afterAnother();
    up(scene, 100, SgsapType.uplinkUnitdata, { nas: made.submit(), ...PHONE, classmark2: CLASSMARK_2 });
    down(scene, 100.1, SgsapType.downlinkUnitdata, { nas: encodeCpAck({ transaction: 8 }) });
    down(scene, 102, SgsapType.downlinkUnitdata, { nas: made.submitted() });
    up(scene, 102.1, SgsapType.uplinkUnitdata, { nas: encodeCpAck({ transaction: 0 }) });
    down(scene, 102.2, 0x1b);
    const sms = eventsAfter(scene).filter(({ kind }) => kind === 'sms');
    expect(sms).toMatchObject([
      {
        ...{
          interface: 'bssap',
          direction: 'originating',
          outcome: 'delivered',
          imsi: made.IMSI,
          counterpart: made.NUMBER,
        },
        ...{ sms_length: 20, classmark: CLASSMARK_2.toString('hex') },
        ...PLACE,
        ...DEVICE,
      },
    ]);
    expect([second(sms[0]!.time), second(sms[0]!.end_time!)]).toEqual([100, 102]);
  });

  test('one that a phone is sent: the page is answered from where it is', () => {
    const scene = afterAnother();
    down(scene, 100, SgsapType.pagingRequest, { vlrName: 'vlr1', service: 2 });
    up(scene, 101, SgsapType.serviceRequest, { service: 2, ...PHONE });
    down(scene, 101.1, SgsapType.downlinkUnitdata, { nas: made.deliver() });
    up(scene, 101.2, SgsapType.uplinkUnitdata, { nas: encodeCpAck({ transaction: 8 }) });
    up(scene, 103, SgsapType.uplinkUnitdata, { nas: made.delivered() });
    down(scene, 103.1, SgsapType.downlinkUnitdata, { nas: encodeCpAck({ transaction: 0 }) });
    const events = eventsAfter(scene);
    expect(events.map(({ kind }) => kind)).toEqual(['device', 'sms']);
    expect(events[1]).toMatchObject({
      ...{ direction: 'terminating', outcome: 'delivered', counterpart: made.NUMBER, sms_length: 10 },
      ...PLACE,
      ...DEVICE,
    });
  });

  test('one after the other and both ways at once, and some that are refused', () => {
    const scene = afterAnother();
    const refused = (transaction: number): Buffer =>
      encodeCpData({
        transaction: transaction | 8,
        relay: encodeRpError({ fromMobile: false, reference: 1, cause: 21 }),
      });
    up(scene, 100, SgsapType.uplinkUnitdata, { nas: made.submit(0) });
    down(scene, 101, SgsapType.downlinkUnitdata, { nas: made.deliver(0) });
    down(scene, 102, SgsapType.downlinkUnitdata, { nas: made.submitted(0) });
    up(scene, 103, SgsapType.uplinkUnitdata, { nas: made.submit(1) });
    up(scene, 104, SgsapType.uplinkUnitdata, { nas: made.delivered(0) });
    down(scene, 105, SgsapType.downlinkUnitdata, { nas: refused(1) });
    up(scene, 106, SgsapType.uplinkUnitdata, { nas: made.submit(2) });
    down(scene, 107, SgsapType.downlinkUnitdata, { nas: encodeCpError({ transaction: 10, cause: 17 }) });
    up(scene, 120, SgsapType.uplinkUnitdata, { nas: made.submit(3) });
    const sms = eventsAfter(scene).filter(({ kind }) => kind === 'sms');
    expect(sms.map(({ time, direction, outcome, cause }) => [second(time), direction, outcome, cause])).toEqual([
      [100, 'originating', 'delivered', null],
      [101, 'terminating', 'delivered', null],
      [103, 'originating', 'rejected', 21],
      [106, 'originating', 'rejected', 17],
      [120, 'originating', 'open', null],
    ]);
  });

  test('one that is sent again below the relay layer is one', () => {
    const scene = afterAnother();
    for (const at of [100, 105]) up(scene, at, SgsapType.uplinkUnitdata, { nas: made.submit() });
    down(scene, 106, SgsapType.downlinkUnitdata, { nas: made.submitted() });
    expect(eventsAfter(scene)).toMatchObject([{ kind: 'sms', outcome: 'delivered' }]);
  });

  test('a page for a call that is answered shows the device; one that is not, nothing', () => {
    const scene = afterAnother();
    down(scene, 100, SgsapType.pagingRequest, { vlrName: 'vlr1', service: 1 });
    up(scene, 101, SgsapType.serviceRequest, { service: 1, ...PHONE });
    down(scene, 200, SgsapType.pagingRequest, { vlrName: 'vlr1', service: 1 });
    up(scene, 205, SgsapType.pagingReject, { cause: 6 });
    expect(eventsAfter(scene)).toMatchObject([{ kind: 'device', ...PLACE, ...DEVICE }]);
  });
});

describe('a TMSI that SGsAP gives, on the A interface', () => {
  const AREA = { ...made.AREA, ci: 1 };
  let references = 0;

  /** The phone calls in its cell, a second for each message, by its TMSI. */
  function call(scene: Scene, at: number, tmsi: number, cell = AREA): void {
    references++;
    const layer3 = nas.encodeCmServiceRequest({ service: 1, classmark2: CLASSMARK_2, identity: { tmsi } });
    scene
      .connection(10, 20, references, 0x1000 + references)
      .open(at, bssap.encodeCompleteLayer3Information({ cell, layer3 }))
      .fromPhone(at + 1, nas.encodeSetup({ transaction: 0, called: { digits: made.NUMBER, nature: 4 } }))
      .close(at + 2);
  }

  const callers = (scene: Scene) =>
    eventsWhateverTheCut(scene)
      .filter(({ kind }) => kind === 'leg')
      .map(({ imsi }) => imsi);

  test('names the phone that comes for a call, in its location area', () => {
    const scene = attach(afterAnother(), 100, {}, { tmsi: TMSI });
    call(scene, 200, TMSI);
    call(scene, 210, TMSI, { ...AREA, lac: 7000 });
    call(scene, 220, TMSI + 1);
    expect(callers(scene)).toEqual([made.IMSI, null, null]);
  });

  test('names a phone that changes its area on the way', () => {
    const scene = attach(afterAnother(), 100, {}, { tmsi: TMSI });
    const layer3 = nas.encodeLocationUpdatingRequest({
      ...{ luType: 0, area: made.AREA, classmark1: CLASSMARK_1, identity: { tmsi: TMSI } },
    });
    const cell = { ...AREA, lac: 7000 };
    scene
      .connection(10, 20, 7, 8)
      .open(200, bssap.encodeCompleteLayer3Information({ cell, layer3 }))
      .toPhone(201, nas.encodeLocationUpdatingAccept({ area: cell }))
      .close(202);
    expect(presences(scene).map(({ imsi }) => imsi)).toEqual([made.IMSI, made.IMSI]);
  });

  test('goes to another phone, and means something at its register alone', () => {
    const scene = attach(
      new Scene(),
      0,
      { imsi: OTHER, area: { ...made.AREA, lac: 7000 } },
      { area: { ...made.AREA, lac: 7000 }, tmsi: TMSI },
      OTHER_REGISTER,
    );
    attach(scene, 100, {}, { tmsi: TMSI });
    call(scene, 200, TMSI);
    call(scene, 210, TMSI, { ...AREA, lac: 7000 });
    attach(scene, 300, { imsi: OTHER }, { tmsi: TMSI });
    call(scene, 400, TMSI);
    expect(callers(scene)).toEqual([made.IMSI, OTHER, OTHER]);
  });

  test('is of who was given it last, whichever interface shows it', () => {
    const given = (scene: Scene, at: number, imsi: string): void => {
      references++;
      const layer3 = nas.encodeLocationUpdatingRequest({
        ...{ luType: 0, area: made.AREA, classmark1: CLASSMARK_1, identity: { imsi } },
      });
      scene
        .connection(10, 20, references, 0x1000 + references)
        .open(at, bssap.encodeCompleteLayer3Information({ cell: AREA, layer3 }))
        .toPhone(at + 1, nas.encodeLocationUpdatingAccept({ area: AREA, identity: { tmsi: TMSI } }))
        .close(at + 2);
    };
    const scene = afterAnother();
    given(scene, 100, OTHER);
    attach(scene, 200, {}, { tmsi: TMSI });
    call(scene, 300, TMSI);
    given(scene, 400, '460007777777777');
    call(scene, 500, TMSI);
    expect(callers(scene)).toEqual([made.IMSI, '460007777777777']);
  });

  test('is told by a page', () => {
    const scene = attach(afterAnother(), 100, { imsi: OTHER });
    down(scene, 150, SgsapType.pagingRequest, { vlrName: 'vlr1', service: 1, tmsi: TMSI });
    call(scene, 200, TMSI);
    expect(callers(scene)).toEqual([made.IMSI]);
  });
});
