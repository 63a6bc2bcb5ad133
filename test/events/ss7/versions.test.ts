import { describe, expect, test } from 'vitest';
import { encodeDeliver } from '../../../src/ss7/sms-tpdu-encode.ts';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult, type TcapText } from '../../../src/ss7/tcap/tcap-encode.ts';
import { hex } from '../../support/ss7.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const IMSI = '460001234567890';
const CENTRE = { ssn: 8, title: { digits: '8613800100500' } };
const MSC = { ssn: 8, title: { digits: '8613900100' } };
/** shortMsgMT-Relay (29.002 §17.3.2.25), versions 3 and 2. */
const LATE = { context: 25, version: 3 };
const EARLY = { context: 25, version: 2 };

/** An abort with a response (AARE, Q.773 §3.2.2) that names version 2 of the context, result 1, and has this source and diagnostic. */
const refusal = (destination: string, source: string, diagnostic: string): Buffer =>
  hex(
    `6732 4904 ${destination} 6b2a 2828 0607 00118605010101 a01d 611b 8002 0780 a109 0607 04000001001902 a203 020101 a305 ${source}03 0201${diagnostic}`,
  );

/** A message that is asked for in version 3, which the exchange refuses, and then in version 2. */
function delivered(source: string, diagnostic: string) {
  const scene = new Scene();
  const ask = (at: number, text: TcapText): Scene => scene.tcap(at, 10, 20, CENTRE, MSC, text);
  const answer = (at: number, text: TcapText): Scene => scene.tcap(at, 20, 10, MSC, CENTRE, text);
  const tpdu = encodeDeliver('8613800000002', 40);
  const argument = map.encodeMtForwardSM({ imsi: IMSI, serviceCentre: '8613800100500', tpdu });
  ask(0, { type: 'begin', originating: 1, context: LATE, components: [] });
  answer(0.5, { type: 'end', destination: 1, context: LATE, components: [] });
  ask(100, { type: 'begin', originating: 2, context: LATE, components: [encodeInvoke(1, 44, argument)] });
  const data = refusal('00000002', source, diagnostic);
  scene.sccp(100.1, 20, 10, { type: 'UDT', calling: MSC, called: CENTRE, data });
  ask(100.2, { type: 'begin', originating: 3, context: EARLY, components: [encodeInvoke(1, 46, argument)] });
  answer(101, { type: 'end', destination: 3, context: EARLY, components: [encodeResult(1, 46)] });
  return eventsWhateverTheCut(scene).map(({ kind, outcome, time }) => [kind, outcome, second(time)]);
}

test.each([
  ['application context name not supported', 'a1', '02'],
  ['no common dialogue portion', 'a2', '02'],
])(
  'what is asked for in an older version of MAP, because the other side has no newer one, is asked for once: %s',
  (_, source, diagnostic) => {
    expect(delivered(source, diagnostic)).toEqual([['sms', 'delivered', 100.2]]);
  },
);

// ITU-T Q.773 §3.1.4.1, 3GPP TS 29.002 §16.1: a side without the dialogue portion aborts the transaction as incorrect.
describe('where the other side knows version 1 of MAP alone', () => {
  const ask = (scene: Scene, at: number, text: TcapText): Scene => scene.tcap(at, 10, 20, CENTRE, MSC, text);
  const answer = (scene: Scene, at: number, text: TcapText): Scene => scene.tcap(at, 20, 10, MSC, CENTRE, text);
  const tpdu = encodeDeliver('8613800000002', 40);
  const argument = map.encodeMtForwardSM({ imsi: IMSI, serviceCentre: '8613800100500', tpdu });
  const begun = (): Scene => {
    const scene = new Scene();
    ask(scene, 0, { type: 'begin', originating: 1, context: LATE, components: [] });
    return answer(scene, 0.5, { type: 'end', destination: 1, context: LATE, components: [] });
  };
  const outcomes = (scene: Scene) =>
    eventsWhateverTheCut(scene).map(({ kind, outcome, time }) => [kind, outcome, second(time)]);

  test.each([
    ['incorrect transaction portion: asked for once', 3, []],
    ['unrecognized transaction: refused', 1, [['sms', 'rejected', 100]]],
    ['resource limitation: refused', 4, [['sms', 'rejected', 100]]],
  ])('%s', (_, abortCause, expected) => {
    const scene = begun();
    ask(scene, 100, { type: 'begin', originating: 2, context: LATE, components: [encodeInvoke(1, 44, argument)] });
    answer(scene, 100.1, { type: 'abort', destination: 2, abortCause });
    ask(scene, 100.2, { type: 'begin', originating: 3, components: [encodeInvoke(1, 46, argument)] });
    answer(scene, 101, { type: 'end', destination: 3, components: [encodeResult(1, 46)] });
    expect(outcomes(scene)).toEqual([...expected, ['sms', 'delivered', 100.2]]);
  });

  test('version 1 has none before it: what is aborted is refused', () => {
    const scene = begun();
    ask(scene, 100, { type: 'begin', originating: 2, components: [encodeInvoke(1, 46, argument)] });
    answer(scene, 100.1, { type: 'abort', destination: 2, abortCause: 3 });
    expect(outcomes(scene)).toEqual([['sms', 'rejected', 100]]);
  });

  test('what goes wrong later is refused', () => {
    const scene = begun();
    ask(scene, 100, { type: 'begin', originating: 2, context: LATE, components: [encodeInvoke(1, 44, argument)] });
    answer(scene, 101, { type: 'continue', originating: 9, destination: 2, context: LATE, components: [] });
    answer(scene, 102, { type: 'abort', destination: 2, abortCause: 3 });
    expect(outcomes(scene)).toEqual([['sms', 'rejected', 100]]);
  });
});

test('what is refused without a reason is refused', () => {
  expect(delivered('a1', '01')).toEqual([
    ['sms', 'rejected', 100],
    ['sms', 'delivered', 100.2],
  ]);
});
