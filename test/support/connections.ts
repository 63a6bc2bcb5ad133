import type { CatpoolEvent } from '../../src/events/event.ts';
import * as bssap from '../../src/ss7/radio/bssap-encode.ts';
import type { Identity } from '../../src/ss7/radio/nas-elements-encode.ts';
import * as nas from '../../src/ss7/radio/nas-encode.ts';
import { CELL, CLASSMARK_1, CLASSMARK_2 } from './radio.ts';
import { type Connection, Scene } from './ss7-events.ts';

export const BSC = 10;
export const MSC = 20;
export const IMSI = '460001234567890';
export const OTHER = '460009876543210';
export const IMEI = '356938035649809';
export const NUMBER = '8613912345678';
export const TMSI = 0xdeadbeef;

/** The local references of the newest connection are this, and 0x1000 more. */
export const references = { last: 0 };
/** A connection of its own pair of references, opened by a message of layer 3 in a cell. */
export function connect(scene: Scene, at: number, layer3: Buffer, cell = CELL, bsc = BSC, msc = MSC): Connection {
  references.last++;
  return scene
    .connection(bsc, msc, references.last, 0x1000 + references.last)
    .open(at, bssap.encodeCompleteLayer3Information({ cell, layer3 }));
}

export const serviceBy = (identity: Identity, service = 1): Buffer =>
  nas.encodeCmServiceRequest({ service, classmark2: CLASSMARK_2, identity });
export const updateBy = (identity: Identity, area = CELL): Buffer =>
  nas.encodeLocationUpdatingRequest({ luType: 0, area, classmark1: CLASSMARK_1, identity });

/** A connection before those of the test: nothing of them is the first thing of the capture. */
export function afterAnother(): Scene {
  const scene = new Scene();
  connect(scene, 0, serviceBy({ imsi: '460000000000000' }), CELL, 11, 21).close(0.5);
  return scene;
}

/** The phone with this IMSI is given a TMSI in a cell, at an exchange. */
export function attach(scene: Scene, at: number, imsi: string, tmsi: number, cell = CELL, msc = MSC): void {
  connect(scene, at, updateBy({ imsi }), cell, BSC, msc)
    .toPhone(at + 0.1, nas.encodeIdentityRequest({ identityType: 2 }))
    .fromPhone(at + 0.3, nas.encodeIdentityResponse({ identity: { imei: IMEI } }))
    .toPhone(at + 1, nas.encodeLocationUpdatingAccept({ area: cell, identity: { tmsi } }))
    .close(at + 1.5);
}

/** A call of the phone with this TMSI, which no message names otherwise. */
export function call(scene: Scene, at: number, tmsi: number, cell = CELL, msc = MSC): void {
  connect(scene, at, serviceBy({ tmsi }), cell, BSC, msc)
    .fromPhone(at + 1, nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } }))
    .toPhone(at + 2, nas.encodePlainCall('alerting', { transaction: 8 }))
    .toPhone(at + 5, nas.encodePlainCall('connect', { transaction: 8 }))
    .fromPhone(at + 65, nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 }))
    .close(at + 66);
}

/** The exchange asks in all cells for a phone, without a connection. `ssn`: 254 of the A, 142 of the Iu interface. */
export function page(scene: Scene, at: number, data: Buffer, ssn: 142 | 254 = 254): void {
  scene.sccp(at, MSC, BSC, { type: 'UDT', called: { ssn }, calling: { ssn }, data });
}

/** The phone with this TMSI answers a page, and is called. */
export function answer(scene: Scene, at: number, tmsi: number): void {
  connect(scene, at, nas.encodePagingResponse({ classmark2: CLASSMARK_2, identity: { tmsi } }))
    .toPhone(at + 1, nas.encodeSetup({ transaction: 0, calling: { digits: NUMBER, nature: 4 } }))
    .fromPhone(at + 2, nas.encodePlainCall('alerting', { transaction: 8 }))
    .close(at + 30);
}

export const legs = (events: readonly CatpoolEvent[]): CatpoolEvent[] => events.filter(({ kind }) => kind === 'leg');
