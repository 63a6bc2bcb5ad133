import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import type { Identity } from '../../../src/ss7/radio/nas-elements-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import * as ranap from '../../../src/ss7/radio/ranap-encode.ts';
import { CELL, CLASSMARK_1 } from '../../support/radio.ts';
import { hex } from '../../support/ss7.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const BSC = 10;
const MSC = 20;
const OTHER_MSC = 21;
const SGSN = 22;
const IMSI = '460001234567890';
const OTHER = '460009876543210';
/** Bits of a TMSI tell the exchange of a pool that gave it (3GPP TS 23.003 §2.4, 23.236 §4.4: network resource identifier). */
const TMSI = 0x0a00_0001;
const OTHER_TMSI = 0x0b00_0001;
const NEXT_AREA = { ...CELL, lac: CELL.lac + 1 };

let references = 0;
/** A location update from an area to another one at an exchange. */
function update(
  scene: Scene,
  at: number,
  msc: number,
  identity: Identity,
  from: typeof CELL,
  to = from,
  tmsi = -1,
): void {
  references++;
  const layer3 = nas.encodeLocationUpdatingRequest({ luType: 0, area: from, classmark1: CLASSMARK_1, identity });
  scene
    .connection(BSC, msc, references, 0x1000 + references)
    .open(at, bssap.encodeCompleteLayer3Information({ cell: to, layer3 }))
    .toPhone(at + 1, nas.encodeLocationUpdatingAccept({ area: to, ...(tmsi < 0 ? {} : { identity: { tmsi } }) }))
    .close(at + 2);
}

/** The other phone comes, so that nothing of the test is the first thing of the capture. */
function withOther(): Scene {
  const scene = new Scene();
  update(scene, 0, OTHER_MSC, { imsi: OTHER }, CELL, CELL, OTHER_TMSI);
  return scene;
}

/** The same message of RANAP, of the other domain (25.413 §9.2.1.5: CN domain indicator, identifier 3). */
function packetSwitched(message: Buffer): Buffer {
  const made = Buffer.from(message);
  made[made.indexOf(hex('0003400100')) + 4] = 0x80;
  return made;
}

const namesAfter = (events: readonly CatpoolEvent[], at: number) =>
  events.filter(({ kind, time }) => kind === 'presence' && second(time) >= at).map(({ imsi }) => imsi);

describe('who a phone is that updates its location by its TMSI', () => {
  test('in an area that several exchanges serve, a pool (3GPP TS 23.236 §4.2)', () => {
    const scene = withOther();
    update(scene, 100, MSC, { imsi: IMSI }, CELL, CELL, TMSI);
    for (const at of [200, 300]) {
      update(scene, at, OTHER_MSC, { tmsi: OTHER_TMSI }, CELL);
      update(scene, at + 10, MSC, { tmsi: TMSI }, CELL);
      update(scene, at + 20, OTHER_MSC, { tmsi: OTHER_TMSI }, CELL, NEXT_AREA);
      update(scene, at + 30, MSC, { tmsi: TMSI }, CELL, NEXT_AREA);
    }
    const both = [OTHER, IMSI];
    expect(namesAfter(eventsWhateverTheCut(scene), 200)).toEqual([...both, ...both, ...both, ...both]);
  });

  test('at an exchange outside of the pool that it comes from', () => {
    const scene = withOther();
    update(scene, 100, MSC, { imsi: IMSI }, CELL, CELL, TMSI);
    update(scene, 200, 30, { tmsi: TMSI }, CELL, NEXT_AREA);
    update(scene, 300, 30, { tmsi: OTHER_TMSI }, CELL, NEXT_AREA);
    expect(namesAfter(eventsWhateverTheCut(scene), 200)).toEqual([IMSI, OTHER]);
  });

  test('in an area in which another node serves its packets', () => {
    const scene = new Scene();
    update(scene, 0, MSC, { imsi: IMSI }, CELL, CELL, TMSI);
    // INITIAL UE MESSAGE with an ATTACH REQUEST (3GPP TS 25.413 §9.1.33, 24.008 §9.4.1), which names its IMSI.
    const layer3 = hex('0801 02 e5e0 71 0a00 08 6906108967452301 64f0001807ff 00');
    const initial = ranap.encodeInitialUeMessage({ cell: CELL, layer3, connection: 5, rnc: 1 });
    scene.connection(12, SGSN, 1, 2, 142).open(100, packetSwitched(initial)).close(101);
    update(scene, 200, 30, { tmsi: TMSI }, CELL, NEXT_AREA);
    expect(namesAfter(eventsWhateverTheCut(scene), 200)).toEqual([IMSI]);
  });

  test('not the one that a page of the packet network names by the same P-TMSI', () => {
    const scene = withOther();
    update(scene, 100, MSC, { imsi: IMSI }, CELL, CELL, TMSI);
    const data = packetSwitched(ranap.encodeRanapPaging({ imsi: OTHER, tmsi: TMSI }));
    scene.sccp(150, MSC, BSC, { type: 'UDT', called: { ssn: 142 }, calling: { ssn: 142 }, data });
    update(scene, 200, MSC, { tmsi: TMSI }, CELL);
    expect(namesAfter(eventsWhateverTheCut(scene), 200)).toEqual([IMSI]);
  });
});
