import { describe, expect, test } from 'vitest';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import * as ranap from '../../../src/ss7/radio/ranap-encode.ts';
import { afterAnother, BSC, IMSI, legs, MSC, NUMBER, references, serviceBy } from '../../support/connections.ts';
import { CELL } from '../../support/radio.ts';
import { hex } from '../../support/ss7.ts';
import { type Connection, eventsWhateverTheCut, type Scene } from '../../support/ss7-events.ts';

test('the Iu interface says the same in RANAP', () => {
  const scene = afterAnother();
  const connection = scene
    .connection(BSC, MSC, 0x500, 0x600, 142)
    .open(100, ranap.encodeInitialUeMessage({ cell: CELL, layer3: serviceBy({ tmsi: 0x33 }), connection: 5, rnc: 1 }));
  const transfer = (layer3: Buffer) => ranap.encodeDirectTransfer({ layer3 });
  connection
    .down(100.5, transfer(nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 1), autn: Buffer.alloc(16, 2) })))
    .up(100.8, transfer(nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4) })))
    .down(101, ranap.encodeRanapCommonId({ imsi: IMSI }))
    .up(102, transfer(nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } })))
    .down(105, transfer(nas.encodePlainCall('connect', { transaction: 8 })))
    .up(125, transfer(nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 })))
    .close(126);
  expect(eventsWhateverTheCut(scene)).toMatchObject([
    { kind: 'auth', interface: 'ranap', imsi: IMSI, latency_ms: 300 },
    { kind: 'leg', interface: 'ranap', imsi: IMSI, counterpart: NUMBER, talk_ms: 20_000, released_by: 'caller' },
  ]);
});

test('a phone of a packet network names itself and its equipment', () => {
  const scene = afterAnother();
  const transfer = (octets: string): Buffer => ranap.encodeDirectTransfer({ layer3: hex(octets) });
  // ATTACH REQUEST with a P-TMSI, IDENTITY REQUEST and RESPONSE twice (3GPP TS 24.008 §9.4.1, §9.4.12, §9.4.13).
  const layer3 = hex('0801 02 e5e0 71 0a00 05 f4c1234567 64f0001807ff 00');
  scene
    .connection(BSC, MSC, 0x500, 0x600, 142)
    .open(100, ranap.encodeInitialUeMessage({ cell: CELL, layer3, connection: 5, rnc: 1 }))
    .down(100.5, transfer('0815 01'))
    .up(101, transfer('0816 08 4906103254769810'))
    .down(101.5, transfer('0815 02'))
    .up(102, transfer('0816 08 3a65835306459808'))
    .close(103);
  const [event, ...others] = eventsWhateverTheCut(scene);
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    kind: 'device',
    interface: 'ranap',
    imsi: '460012345678901',
    imei: '35638356054898',
    tmsi: null,
    lac: CELL.lac,
  });
});

describe('a connection of the Iu interface', () => {
  const RNC = 30;
  /** A call that nobody is seen to hang up, on the signalling connection of this identifier. */
  const talk = (scene: Scene, at: number, connection: number, rnc = RNC): Connection => {
    references.last++;
    const transfer = (layer3: Buffer): Buffer => ranap.encodeDirectTransfer({ layer3 });
    return scene
      .connection(rnc, MSC, references.last, 0x1000 + references.last, 142)
      .open(at, ranap.encodeInitialUeMessage({ cell: CELL, layer3: serviceBy({ imsi: IMSI }), connection, rnc: 1 }))
      .up(at + 1, transfer(nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } })))
      .down(at + 5, transfer(nas.encodePlainCall('connect', { transaction: 8 })));
  };
  const unitdata = (scene: Scene, at: number, opc: number, dpc: number, data: Buffer): void => {
    scene.sccp(at, opc, dpc, { type: 'UDT', called: { ssn: 142 }, calling: { ssn: 142 }, data });
  };
  const talked = (scene: Scene): (number | null)[] => legs(eventsWhateverTheCut(scene)).map(({ talk_ms }) => talk_ms);

  test('ends with the RESET of its domain and its link', () => {
    const scene = afterAnother();
    talk(scene, 100, 1);
    talk(scene, 110, 2, RNC + 1);
    unitdata(scene, 140, RNC, MSC, ranap.encodeRanapReset({ domain: 1, cause: 115 }));
    unitdata(scene, 155, RNC, MSC, ranap.encodeRanapReset({ domain: 0, cause: 115 }));
    unitdata(scene, 156, MSC, RNC, ranap.encodeRanapResetAcknowledge({ domain: 0 }));
    unitdata(scene, 165, MSC, RNC, ranap.encodeRanapReset({ domain: 0, cause: 115 }));
    expect(talked(scene)).toEqual([50_000, null]);
  });

  test('ends with a RESET RESOURCE that names it', () => {
    const scene = afterAnother();
    talk(scene, 100, 0x0a_0b0c);
    talk(scene, 110, 0x0a_0b0d);
    talk(scene, 120, 0x0a_0b0c, RNC + 1);
    const connections = [7, 0x0a_0b0c];
    unitdata(scene, 135, MSC, RNC, ranap.encodeResetResource({ domain: 0, cause: 115, connections }));
    expect(talked(scene)).toEqual([30_000, null, null]);
  });

  test('ends with IU RELEASE COMPLETE where nobody saw its release', () => {
    const scene = afterAnother();
    talk(scene, 100, 1)
      .down(140, ranap.encodeIuReleaseCommand({ cause: 83 }))
      .up(141, ranap.encodeIuReleaseComplete());
    expect(talked(scene)).toEqual([36_000]);
  });
});
