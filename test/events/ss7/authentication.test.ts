import { describe, expect, test } from 'vitest';
import * as bssap from '../../../src/ss7/radio/bssap-encode.ts';
import * as nas from '../../../src/ss7/radio/nas-encode.ts';
import { CELL, CLASSMARK_2 } from '../../support/radio.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const service = nas.encodeCmServiceRequest({
  service: 1,
  classmark2: CLASSMARK_2,
  identity: { imsi: '460001234567890' },
});
const challenge = nas.encodeAuthenticationRequest({ rand: Buffer.alloc(16, 1), autn: Buffer.alloc(16, 2) });
const response = nas.encodeAuthenticationResponse({ sres: Buffer.alloc(4, 3) });
/** 3GPP TS 24.008 §10.5.3.6: 21 is a synch failure. */
const outOfStep = nas.encodeAuthenticationFailure({ reject: 21 });

/** What comes of what the phone and the network say, in turns, so many seconds after the first challenge. */
function authenticated(...said: [at: number, from: 'phone' | 'network', message: Buffer][]) {
  const scene = new Scene();
  scene
    .connection(11, 21, 7, 8)
    .open(0, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3: service }))
    .close(1);
  const connection = scene.connection(10, 20, 1, 2);
  connection.open(10, bssap.encodeCompleteLayer3Information({ cell: CELL, layer3: service }));
  for (const [at, from, message] of said) {
    if (from === 'phone') connection.fromPhone(20 + at, message);
    else connection.toPhone(20 + at, message);
  }
  connection.close(30);
  const events = eventsWhateverTheCut(scene).filter(({ kind }) => kind === 'auth');
  expect(events).toHaveLength(1);
  const { latency_ms, outcome, end_time } = events[0]!;
  return { latency_ms, outcome, end: second(end_time!) };
}

describe('the challenge of a phone', () => {
  test('is accepted though the first one was out of step (24.008 §4.3.2.6)', () => {
    expect(
      authenticated(
        [0, 'network', challenge],
        [0.4, 'phone', outOfStep],
        [0.9, 'network', challenge],
        [1.3, 'phone', response],
      ),
    ).toEqual({ latency_ms: 400, outcome: null, end: 21.3 });
  });

  // §4.3.2.6 c: the network challenges again, whoever says at once that the first challenge was wrong.
  test('takes as long as the answer that was accepted, not as the refusal of another one before', () => {
    expect(
      authenticated(
        [0, 'network', challenge],
        [0.05, 'phone', outOfStep],
        [0.5, 'network', challenge],
        [1.8, 'phone', response],
      ).latency_ms,
    ).toBe(1300);
  });

  test('fails where none was accepted, or the network refuses the answer', () => {
    expect(authenticated([0, 'network', challenge], [0.4, 'phone', outOfStep])).toEqual({
      latency_ms: 400,
      outcome: 'rejected',
      end: 20.4,
    });
    expect(
      authenticated(
        [0, 'network', challenge],
        [0.5, 'phone', response],
        [0.6, 'network', nas.encodeAuthenticationReject()],
      ),
    ).toEqual({ latency_ms: 500, outcome: 'rejected', end: 20.5 });
  });
});
