import { expect, test } from 'vitest';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import { encodeSuaConnection } from '../../../src/ss7/sccp/sua-encode.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const IMSI = '460001234567890';
const NUMBER = '8613912345678';
const CELL = { mcc: '460', mnc: '00', lac: 6151, ci: 1 };
const [BSC, MSC] = ['10.0.0.1', '10.0.0.2'];
/** Message types of RFC 3868 §3.1.2. */
const [CORE, COAK, RELRE, RELCO, CODT] = [1, 2, 4, 5, 8];
const SUA = 4;

/** A call on an A interface over SUA, whose ends have the references 9 and 8 of `pair`. */
function call(scene: Scene, at: number, pair: number, addressed: boolean): void {
  const [source, destination] = [pair * 16 + 9, pair * 16 + 8];
  const classmark2 = Buffer.of(0x33, 0x19, 0xa2);
  const layer3 = nas.encodeCmServiceRequest({ service: 1, classmark2, identity: { imsi: IMSI } });
  const called = addressed ? { pointCode: 100, ssn: 254 } : null;
  const up = (when: number, data: Buffer): Scene =>
    scene.sctp(when, BSC, MSC, SUA, encodeSuaConnection(CODT, { destination }, null, data));
  const down = (when: number, data: Buffer): Scene =>
    scene.sctp(when, MSC, BSC, SUA, encodeSuaConnection(CODT, { destination: source }, null, data));
  const first = bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 });
  scene.sctp(at, BSC, MSC, SUA, encodeSuaConnection(CORE, { source }, called, first));
  scene.sctp(
    at + 0.1,
    MSC,
    BSC,
    SUA,
    encodeSuaConnection(COAK, { source: destination, destination: source }, null, null),
  );
  up(at + 1, bssap.encodeDtap(nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } })));
  down(at + 2, bssap.encodeDtap(nas.encodePlainCall('alerting', { transaction: 8 })));
  down(at + 5, bssap.encodeDtap(nas.encodePlainCall('connect', { transaction: 8 })));
  up(at + 65, bssap.encodeDtap(nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 })));
  scene.sctp(
    at + 66,
    MSC,
    BSC,
    SUA,
    encodeSuaConnection(RELRE, { source: destination, destination: source }, null, null),
  );
  scene.sctp(at + 66.1, BSC, MSC, SUA, encodeSuaConnection(RELCO, { source, destination }, null, null));
}

// RFC 3868 §3.3: a CORE may have the addresses of both ends, the messages after it have references alone.
test.each([
  ['without addresses', false],
  ['whose first message alone has an address', true],
])('a call over SUA %s', (_, addressed) => {
  const scene = new Scene();
  call(scene, 0, 1, addressed);
  call(scene, 100, 2, addressed);
  const legs = eventsWhateverTheCut(scene).filter(({ kind, time }) => kind === 'leg' && second(time) > 50);
  expect(legs).toMatchObject([
    {
      interface: 'bssap',
      direction: 'originating',
      imsi: IMSI,
      counterpart: NUMBER,
      outcome: 'answered',
      setup_ms: 1000,
      talk_ms: 60_000,
      released_by: 'caller',
      cell: '460-00-6151-1',
    },
  ]);
});
