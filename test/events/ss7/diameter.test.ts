import { describe, expect, test } from 'vitest';
import * as diameter from '../../../src/ss7/diameter/diameter-encode.ts';
import { DiameterCommand } from '../../../src/ss7/diameter/diameter-names.ts';
import { ends, IMEI, IMSI, MME, MSISDN, VISITED } from '../../support/diameter-messages.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const MME_AT = '10.0.0.1';
const HSS_AT = '10.0.0.2';
const AGENT_AT = '10.0.0.3';
const DIAMETER = 46;

type Fields = ReturnType<typeof ends>['request'];
type Answer = Omit<Parameters<typeof diameter.encodeDiameterAnswer>[0], keyof Fields>;

let transactions = 0;

/** A request of the MME and, where there is one, the answer a tenth of a second later. */
function ask(scene: Scene, at: number, request: (fields: Fields) => Buffer, answer: Answer | null): void {
  const { request: from, answer: back } = ends(++transactions);
  scene.sctp(at, MME_AT, HSS_AT, DIAMETER, request(from));
  if (answer !== null)
    scene.sctp(at + 0.1, HSS_AT, MME_AT, DIAMETER, diameter.encodeDiameterAnswer({ ...back, ...answer }));
}

/** As {@link ask}, of the register. */
function tell(scene: Scene, at: number, request: (fields: Fields) => Buffer, answer: Answer): void {
  const { request: from, answer: back } = ends(++transactions, true);
  scene.sctp(at, HSS_AT, MME_AT, DIAMETER, request(from));
  scene.sctp(at + 0.1, MME_AT, HSS_AT, DIAMETER, diameter.encodeDiameterAnswer({ ...back, ...answer }));
}

const update =
  (more: { imei?: string; softwareVersion?: string; initial?: boolean } = {}, imsi = IMSI) =>
  (fields: Fields): Buffer =>
    diameter.encodeUpdateLocationRequest({ ...fields, imsi, visited: VISITED, ...more });

/** Another phone before those of the test: nothing of them is the first thing of the capture. */
function afterAnother(): Scene {
  const scene = new Scene();
  ask(scene, 0, update({}, '460000000000000'), { command: DiameterCommand.updateLocation, result: 2001 });
  return scene;
}

/** Events of a scene without the phone before. */
const eventsOf = (scene: Scene) => eventsWhateverTheCut(scene).filter(({ imsi }) => imsi !== '460000000000000');

describe('a phone of 4G, by Diameter', () => {
  test('attaches: who, which number, which device, where, at which node', () => {
    const scene = afterAnother();
    ask(scene, 100, update({ imei: IMEI, softwareVersion: '78', initial: true }), {
      ...{ command: DiameterCommand.updateLocation, result: 2001, msisdn: MSISDN },
    });
    const [event, ...more] = eventsOf(scene);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      ...{ kind: 'presence', interface: 'map', outcome: 'registered', lu_type: 'attach', imsi: IMSI, msisdn: MSISDN },
      ...{ imei: IMEI, imeisv: '78', mcc: '460', mnc: '00', visited: MME[0] },
    });
    expect([second(event!.time), second(event!.end_time!)]).toEqual([100, 100.1]);
  });

  test.each([
    ['is not known', 5001, 'rejected'],
    ['may not roam there (3GPP)', 5004, 'rejected'],
    ['may not use this radio (experimental result)', 5421, 'rejected'],
    ['gets no answer', null, 'open'],
  ] as const)('%s', (_, result, outcome) => {
    const scene = afterAnother();
    ask(scene, 100, update(), result === null ? null : { command: DiameterCommand.updateLocation, result });
    expect(eventsOf(scene)).toMatchObject([{ kind: 'presence', outcome, lu_type: null }]);
  });

  test('is asked for its secret: the time that the register took, not the phone', () => {
    const scene = afterAnother();
    const request = (fields: Fields): Buffer =>
      diameter.encodeAuthenticationInformationRequest({ ...fields, imsi: IMSI, visited: VISITED });
    const command = DiameterCommand.authenticationInformation;
    ask(scene, 100, request, { command, result: 2001, vector: Buffer.alloc(72, 1) });
    ask(scene, 200, request, { command, result: 5001 });
    const [good, bad] = eventsOf(scene);
    expect(good).toMatchObject({ kind: 'auth', interface: 'map', imsi: IMSI, outcome: null, latency_ms: null });
    expect(second(good!.end_time!)).toBe(100.1);
    expect(bad).toMatchObject({ kind: 'auth', outcome: 'rejected' });
  });

  test('has its device checked, with its IMSI or without', () => {
    const scene = afterAnother();
    const command = DiameterCommand.meIdentityCheck;
    for (const imsi of [IMSI, undefined]) {
      ask(
        scene,
        imsi === undefined ? 200 : 100,
        (fields) => diameter.encodeMeIdentityCheckRequest({ ...fields, imei: IMEI, ...(imsi && { imsi }) }),
        { command, result: 2001, equipmentStatus: 0 },
      );
    }
    expect(eventsOf(scene)).toMatchObject([
      { kind: 'device', imsi: IMSI, imei: IMEI },
      { kind: 'device', imsi: null, imei: IMEI },
    ]);
  });

  test('changes its device, and the register is notified', () => {
    const scene = afterAnother();
    const command = DiameterCommand.notify;
    const notify = (more: { imei?: string }) => (fields: Fields) =>
      diameter.encodeNotifyRequest({ ...fields, imsi: IMSI, ...more });
    ask(scene, 100, notify({ imei: IMEI }), { command, result: 2001 });
    ask(scene, 200, notify({}), { command, result: 2001 });
    expect(eventsOf(scene)).toMatchObject([
      { kind: 'device', imsi: IMSI, imei: IMEI },
      { kind: 'presence', imsi: IMSI, imei: null, outcome: null },
    ]);
  });

  test('goes to another node, is purged', () => {
    const scene = afterAnother();
    tell(scene, 100, (fields) => diameter.encodeCancelLocationRequest({ ...fields, imsi: IMSI, type: 0 }), {
      ...{ command: DiameterCommand.cancelLocation, result: 2001 },
    });
    ask(scene, 200, (fields) => diameter.encodePurgeUeRequest({ ...fields, imsi: IMSI }), {
      ...{ command: DiameterCommand.purgeUe, result: 2001 },
    });
    expect(eventsOf(scene)).toMatchObject([
      { kind: 'presence', imsi: IMSI, outcome: 'deregistered', lu_type: null, visited: MME[0] },
      { kind: 'presence', imsi: IMSI, outcome: 'deregistered', lu_type: 'detach', visited: MME[0] },
    ]);
  });

  test('is where the register is told that it is, under the number that it has', () => {
    const scene = afterAnother();
    tell(
      scene,
      100,
      (fields) => diameter.encodeInsertSubscriberDataRequest({ ...fields, imsi: IMSI, msisdn: MSISDN }),
      {
        ...{ command: DiameterCommand.insertSubscriberData, result: 2001 },
        location: { ...VISITED, tac: 6151, cell: 0x012_3405 },
      },
    );
    expect(eventsOf(scene)).toMatchObject([
      {
        ...{ kind: 'presence', outcome: null, imsi: IMSI, msisdn: MSISDN },
        ...{ mcc: '460', mnc: '00', lac: 6151, cell: `460-00-6151-${0x012_3405}` },
      },
    ]);
  });
});

describe('a command of Diameter', () => {
  test('is one on both sides of an agent, and when it is sent again', () => {
    const scene = afterAnother();
    const { request, answer } = ends(++transactions);
    const bytes = update()(request);
    const back = diameter.encodeDiameterAnswer({
      ...{ ...answer, command: DiameterCommand.updateLocation, result: 2001, msisdn: MSISDN },
    });
    // An agent gives it another hop-by-hop identifier (RFC 6733 §6.1.6), and a route.
    const ofHop = (message: Buffer, hop: number): Buffer => {
      const changed = Buffer.from(message);
      changed.writeUInt32BE(hop, 12);
      return changed;
    };
    scene.sctp(100, MME_AT, AGENT_AT, DIAMETER, bytes);
    scene.sctp(101, MME_AT, AGENT_AT, DIAMETER, bytes);
    scene.sctp(101.1, AGENT_AT, HSS_AT, DIAMETER, ofHop(bytes, 77));
    scene.sctp(101.3, HSS_AT, AGENT_AT, DIAMETER, ofHop(back, 77));
    scene.sctp(101.4, AGENT_AT, MME_AT, DIAMETER, back);
    const [event, ...more] = eventsOf(scene);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ kind: 'presence', outcome: 'registered', msisdn: MSISDN });
    expect([second(event!.time), second(event!.end_time!)]).toEqual([100, 101.3]);
  });

  test('is another one where somebody uses its identifiers for another phone', () => {
    const scene = afterAnother();
    const { request } = ends(++transactions);
    scene.sctp(100, MME_AT, HSS_AT, DIAMETER, update()(request));
    scene.sctp(110, MME_AT, HSS_AT, DIAMETER, update({}, '460005555555555')(request));
    expect(eventsOf(scene).map(({ imsi }) => imsi)).toEqual([IMSI, '460005555555555']);
  });

  test('of another application, or an answer by itself, says nothing', () => {
    const scene = afterAnother();
    const { request, answer } = ends(++transactions);
    const of = { ...request, command: DiameterCommand.updateLocation, application: 16_777_217, isRequest: true };
    scene.sctp(100, MME_AT, HSS_AT, DIAMETER, diameter.encodeDiameter(of, [diameter.encodePair(1, Buffer.from(IMSI))]));
    scene.sctp(
      200,
      HSS_AT,
      MME_AT,
      DIAMETER,
      diameter.encodeDiameterAnswer({
        ...{ ...answer, command: DiameterCommand.updateLocation, result: 2001, msisdn: MSISDN },
      }),
    );
    expect(eventsOf(scene)).toEqual([]);
  });
});
