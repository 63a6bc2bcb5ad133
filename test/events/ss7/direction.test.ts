import { describe, expect, test } from 'vitest';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import * as ranap from '../../../src/ss7/radio/ranap-encode.ts';
import { CELL, CLASSMARK_2 } from '../../support/radio.ts';
import { hex } from '../../support/ss7.ts';
import { type Connection, eventsWhateverTheCut, Scene } from '../../support/ss7-events.ts';

const NUMBER = '8613912345678';
const layer3 = nas.encodeCmServiceRequest({
  service: 1,
  classmark2: CLASSMARK_2,
  identity: { imsi: '460001234567890' },
});
const setup = nas.encodeSetup({ transaction: 0, called: { digits: NUMBER, nature: 4 } });
const connect = nas.encodePlainCall('connect', { transaction: 8 });
const disconnect = nas.encodeDisconnect({ transaction: 0, cause: 16, location: 0 });
const transfer = (message: Buffer): Buffer => ranap.encodeDirectTransfer({ layer3: message });

/** A connection before that of the test: nothing of it is the first thing of the capture. */
function afterAnother(): Scene {
  const scene = new Scene();
  scene
    .connection(11, 21, 7, 8)
    .open(0, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 }))
    .close(1);
  return scene;
}

/** A call from a phone on the Iu interface, in which more is said. */
function callOnIu(say: (connection: Connection) => void) {
  const scene = afterAnother();
  const connection = scene
    .connection(10, 20, 1, 2, 142)
    .open(100, ranap.encodeInitialUeMessage({ cell: CELL, layer3, connection: 5, rnc: 1 }))
    .up(102, transfer(setup))
    .down(105, transfer(connect));
  say(connection);
  connection.up(125, transfer(disconnect)).close(126);
  return eventsWhateverTheCut(scene);
}

const originating = [{ kind: 'leg', direction: 'originating', counterpart: NUMBER, released_by: 'caller' }];

describe('a call from a phone stays one', () => {
  test('whose phone does not know a message of the network, and says so (24.008 §9.2.16: MM STATUS, either way)', () => {
    // MM INFORMATION, then MM STATUS of cause 97, message type not implemented (§10.5.3.6).
    const events = callOnIu((connection) =>
      connection.down(106, transfer(hex('0532'))).up(106.2, transfer(hex('053161'))),
    );
    expect(events).toMatchObject(originating);
  });

  test('whose phone gives up what it asked for besides (24.008 §9.2.7: CM SERVICE ABORT, from the phone)', () => {
    const events = callOnIu((connection) => connection.up(110, transfer(layer3)).up(111, transfer(hex('0523'))));
    expect(events).toMatchObject(originating);
  });

  test('of whose classmark the exchange tells the controller (48.008 §3.2.1.29: CLASSMARK UPDATE, either way)', () => {
    const scene = afterAnother();
    scene
      .connection(10, 20, 1, 2)
      .open(100, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3 }))
      .fromPhone(102, setup)
      .toPhone(105, connect)
      .down(106, bssap.encodeClassmarkUpdate({ classmark2: CLASSMARK_2 }))
      .fromPhone(125, disconnect)
      .close(126);
    expect(eventsWhateverTheCut(scene)).toMatchObject(originating);
  });
});
