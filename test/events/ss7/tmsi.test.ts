import { describe, expect, test } from 'vitest';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import type { Identity } from '../../../src/ss7/radio/nas-elements-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import * as ranap from '../../../src/ss7/radio/ranap-encode.ts';
import {
  afterAnother,
  answer,
  attach,
  BSC,
  call,
  connect,
  IMEI,
  IMSI,
  legs,
  MSC,
  NUMBER,
  OTHER,
  page,
  serviceBy,
  TMSI,
  updateBy,
} from '../../support/connections.ts';
import { CELL, CLASSMARK_1, CLASSMARK_2, TARGET } from '../../support/radio.ts';
import { eventsWhateverTheCut, second } from '../../support/ss7-events.ts';

describe('who a phone is that names itself by a TMSI', () => {
  test('the one that the exchange gave it to, or that the network named in a connection of it (Common Id)', () => {
    const scene = afterAnother();
    attach(scene, 100, IMSI, TMSI);
    call(scene, 200, TMSI);
    connect(scene, 300, serviceBy({ tmsi: 0x11 }))
      .down(301, bssap.encodeCommonId({ imsi: OTHER }))
      .close(302);
    call(scene, 400, 0x11);
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([
      { imsi: IMSI, tmsi: 'deadbeef' },
      { imsi: OTHER, tmsi: '00000011' },
    ]);
  });

  test('not the one that has the same TMSI at another exchange, nor who had it before or was given it later', () => {
    const scene = afterAnother();
    attach(scene, 100, IMSI, TMSI);
    attach(scene, 110, OTHER, TMSI, TARGET, 30);
    call(scene, 200, TMSI);
    call(scene, 300, TMSI, TARGET, 30);
    call(scene, 400, TMSI, CELL, 40);
    attach(scene, 500, OTHER, TMSI);
    call(scene, 600, TMSI);
    expect(legs(eventsWhateverTheCut(scene)).map(({ imsi }) => imsi)).toEqual([IMSI, OTHER, null, OTHER]);
  });

  test('in a location update the one that had it in the area it comes from', () => {
    const scene = afterAnother();
    // Area of CELL: exchange 20. Area of TARGET: exchange 30.
    attach(scene, 100, IMSI, TMSI);
    attach(scene, 110, OTHER, TMSI, TARGET, 30);
    connect(scene, 200, updateBy({ tmsi: TMSI }, CELL), TARGET, BSC, 30)
      .toPhone(201, nas.encodeLocationUpdatingAccept({ area: TARGET, identity: { tmsi: 0x22 } }))
      .close(202);
    connect(scene, 210, updateBy({ tmsi: TMSI }, { ...CELL, lac: 99 }), TARGET, BSC, 30)
      .toPhone(211, nas.encodeLocationUpdatingAccept({ area: TARGET }))
      .close(212);
    call(scene, 300, 0x22, TARGET, 30);
    const events = eventsWhateverTheCut(scene);
    const updates = events.filter(({ kind, time }) => kind === 'presence' && second(time) >= 200);
    expect(updates.map(({ imsi, lac }) => [imsi, lac])).toEqual([
      [IMSI, TARGET.lac],
      [null, TARGET.lac],
    ]);
    expect(legs(events)).toMatchObject([{ imsi: IMSI, tmsi: '00000022' }]);
  });

  test('the one that keeps its TMSI in a location update of the same exchange and is named there', () => {
    const scene = afterAnother();
    const kept = (at: number, from: typeof CELL, imsi: string): void => {
      connect(scene, at, updateBy({ tmsi: TMSI }, from), TARGET, BSC, 30)
        .toPhone(at + 0.1, nas.encodeIdentityRequest({ identityType: 1 }))
        .fromPhone(at + 0.3, nas.encodeIdentityResponse({ identity: { imsi } }))
        .toPhone(at + 1, nas.encodeLocationUpdatingAccept({ area: TARGET }))
        .close(at + 1.5);
    };
    // From an area of another exchange: whoever has that TMSI here is somebody else.
    kept(100, CELL, OTHER);
    call(scene, 200, TMSI, TARGET, 30);
    kept(300, TARGET, IMSI);
    call(scene, 400, TMSI, TARGET, 30);
    call(scene, 500, TMSI);
    expect(legs(eventsWhateverTheCut(scene)).map(({ imsi }) => imsi)).toEqual([null, IMSI, null]);
  });

  test('a TMSI from another area is not shown beside the cell of this one: it may be somebody else’s there', () => {
    const scene = afterAnother();
    const authenticated = (at: number, area: typeof CELL, given: Identity | undefined): void => {
      connect(scene, at, updateBy({ tmsi: TMSI }, area), TARGET, BSC, 30)
        .toPhone(at + 1, nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 1) }))
        .fromPhone(at + 1.3, nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4) }))
        .toPhone(
          at + 2,
          nas.encodeLocationUpdatingAccept({ area: TARGET, ...(given === undefined ? {} : { identity: given }) }),
        )
        .close(at + 3);
    };
    authenticated(100, CELL, { tmsi: 0x22 });
    authenticated(200, CELL, undefined);
    authenticated(300, TARGET, undefined);
    expect(eventsWhateverTheCut(scene).map(({ kind, tmsi }) => [kind, tmsi])).toEqual([
      ['presence', '00000022'],
      ['auth', '00000022'],
      ['presence', null],
      ['auth', null],
      ['presence', 'deadbeef'],
      ['auth', 'deadbeef'],
    ]);
  });

  test('the one that the exchange pages by both names, until it gives the TMSI to somebody else', () => {
    const scene = afterAnother();
    page(scene, 100, bssap.encodePaging({ imsi: IMSI, tmsi: TMSI }));
    answer(scene, 102, TMSI);
    call(scene, 200, TMSI);
    // Another exchange, another phone.
    call(scene, 300, TMSI, TARGET, 30);
    // A phone that nobody names is given it.
    connect(scene, 400, serviceBy({ tmsi: 0x44 }))
      .toPhone(401, nas.encodeTmsiReallocationCommand({ area: CELL, identity: { tmsi: TMSI } }))
      .close(402);
    call(scene, 500, TMSI);
    page(scene, 600, bssap.encodePaging({ imsi: OTHER, tmsi: TMSI, cell: CELL }));
    answer(scene, 601, TMSI);
    // Nobody says whose TMSI the phone has that this names.
    page(scene, 700, bssap.encodePaging({ imsi: IMSI }));
    answer(scene, 701, 0x55);
    expect(legs(eventsWhateverTheCut(scene)).map(({ imsi }) => imsi)).toEqual([IMSI, IMSI, null, null, OTHER, null]);
  });

  test('the one that is named after it was given the TMSI, in the same connection', () => {
    const scene = afterAnother();
    page(scene, 100, bssap.encodePaging({ imsi: IMSI, tmsi: TMSI }));
    connect(scene, 200, serviceBy({ tmsi: 0x44 }))
      .toPhone(201, nas.encodeTmsiReallocationCommand({ area: CELL, identity: { tmsi: TMSI } }))
      .down(202, bssap.encodeCommonId({ imsi: OTHER }))
      .close(203);
    call(scene, 300, TMSI);
    expect(legs(eventsWhateverTheCut(scene)).map(({ imsi }) => imsi)).toEqual([OTHER]);
  });

  test('the one that PAGING of RANAP names', () => {
    const scene = afterAnother();
    page(scene, 100, ranap.encodeRanapPaging({ imsi: IMSI, tmsi: TMSI }), 142);
    const transfer = (layer3: Buffer) => ranap.encodeDirectTransfer({ layer3 });
    const layer3 = nas.encodePagingResponse({ classmark2: CLASSMARK_2, identity: { tmsi: TMSI } });
    scene
      .connection(BSC, MSC, 0x500, 0x600, 142)
      .open(102, ranap.encodeInitialUeMessage({ cell: CELL, layer3, connection: 5, rnc: 1 }))
      .down(103, transfer(nas.encodeSetup({ transaction: 0, calling: { digits: NUMBER, nature: 4 } })))
      .up(105, transfer(nas.encodePlainCall('connect', { transaction: 8 })))
      .close(126);
    expect(legs(eventsWhateverTheCut(scene))).toMatchObject([{ imsi: IMSI, tmsi: 'deadbeef', counterpart: NUMBER }]);
  });

  test('a detach by TMSI has the IMSI and the IMEI of the attach', () => {
    const scene = afterAnother();
    attach(scene, 100, IMSI, TMSI);
    connect(scene, 200, nas.encodeImsiDetach({ classmark1: CLASSMARK_1, identity: { tmsi: TMSI } })).close(201);
    const detach = eventsWhateverTheCut(scene).findLast(({ kind }) => kind === 'presence');
    expect(detach).toMatchObject({ lu_type: 'detach', outcome: 'deregistered', imsi: IMSI, imei: IMEI.slice(0, 14) });
  });
});
