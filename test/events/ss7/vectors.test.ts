import { expect, test } from 'vitest';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult, type TcapText } from '../../../src/ss7/tcap/tcap-encode.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const IMSI = '460001234567890';
const SEND_AUTHENTICATION_INFO = 56;
const VLR = { ssn: 7, title: { digits: '8613900200' } };
const HLR = { ssn: 6, title: { digits: '8613900300' } };

test('vectors that take several messages are asked for once (29.002 §17.6.1: an invoke without an argument asks for the rest)', () => {
  const scene = new Scene();
  const context = map.MapContext.infoRetrieval;
  const ask = (at: number, text: TcapText): Scene => scene.tcap(at, 10, 20, VLR, HLR, text);
  const give = (at: number, text: TcapText): Scene => scene.tcap(at, 20, 10, HLR, VLR, text);
  const vectors = (id: number): Buffer[] => [
    encodeResult(id, SEND_AUTHENTICATION_INFO, map.encodeSendAuthenticationInfoResult([])),
  ];
  ask(0, { type: 'begin', originating: 1, context, components: [] });
  give(0.5, { type: 'end', destination: 1, context, components: [] });
  const argument = map.encodeSendAuthenticationInfo({ imsi: IMSI });
  ask(100, {
    type: 'begin',
    originating: 2,
    context,
    components: [encodeInvoke(1, SEND_AUTHENTICATION_INFO, argument)],
  });
  give(100.2, { type: 'continue', originating: 7, destination: 2, context, components: vectors(1) });
  ask(100.4, {
    type: 'continue',
    originating: 2,
    destination: 7,
    components: [encodeInvoke(2, SEND_AUTHENTICATION_INFO)],
  });
  give(100.6, { type: 'end', destination: 2, components: vectors(2) });
  const events = eventsWhateverTheCut(scene);
  expect(events).toMatchObject([{ kind: 'auth', interface: 'map', imsi: IMSI, outcome: null }]);
  expect([second(events[0]!.time), second(events[0]!.end_time!)]).toEqual([100, 100.2]);
});
