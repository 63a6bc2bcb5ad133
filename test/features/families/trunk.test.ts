import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { Pairing, poissonTail, type TrunkLeg } from '../../../src/features/pairing.ts';
import { call, context, feature, historyOf, measured, missed, START } from '../lines.ts';

const to = (i: number) => String(8_613_900_000_000 + i);
/** A call by radio, answered after 7 s. */
const mobile = (second: number, number: string, talk: number, columns: Partial<CatpoolEvent> = {}) =>
  call(second, number, talk, { interface: 'bssap', ...columns });
/** A leg on a trunk from abroad: `lead` seconds before such a call, answered and released with it. */
const leg = (second: number, number: string, talk: number, lead = 3, columns: Partial<TrunkLeg> = {}): TrunkLeg => ({
  called: Number(number),
  caller: 442_071_838_750,
  time: START + second - lead,
  answer: START + second + 7,
  end: START + second + 7 + talk,
  ...columns,
});

function pairingOf(calls: readonly CatpoolEvent[], legs: readonly TrunkLeg[], most?: number): Pairing {
  const pairing = new Pairing(86_400, most);
  for (const { counterpart } of calls) pairing.noteCalled(Number(counterpart));
  for (const each of legs) pairing.noteTrunk(each);
  pairing.seal();
  return pairing;
}

const share = (calls: readonly CatpoolEvent[], legs: readonly TrunkLeg[]) =>
  measured('paired_leg_share', calls, { pairing: pairingOf(calls, legs) });

describe('N12 paired legs', () => {
  const calls = [0, 1, 2, 3].map((i) => mobile(i * 1000, to(i), 60));

  test('the share of calls that carry on a call on a trunk', () => {
    const three = [0, 1, 2].map((i) => leg(i * 1000, to(i), 60));
    expect(share(calls, three)).toBe(0.75);
    // Which came first into the index does not matter.
    expect(share(calls, [...three].reverse())).toBe(0.75);
    expect(share(calls, [leg(0, '8613911111111', 60)])).toBe(0);
  });

  test.each<[string, Partial<TrunkLeg>, number, number]>([
    ['at the same time', {}, 0, 0.25],
    ['8 s before', {}, 8, 0.25],
    ['more than 8 s before', {}, 8.1, 0],
    ['after it', {}, -0.1, 0],
    ['answered 1.5 s later', { answer: START + 8.5 }, 3, 0.25],
    ['answered 1.6 s later', { answer: START + 8.6 }, 3, 0],
    ['released 1.5 s before', { end: START + 65.5 }, 3, 0.25],
    ['released 1.6 s before', { end: START + 65.4 }, 3, 0],
    ['never answered', { answer: Number.NaN }, 3, 0],
    ['from the line itself', { caller: 8_613_800_000_001 }, 3, 0],
    ['from the line itself, as it is written at home', { caller: 13_800_000_001 }, 3, 0],
    ['of a caller who hides', { caller: Number.NaN }, 3, 0],
    ['to another number', { called: 8_613_900_000_009 }, 3, 0],
  ])('a leg %s', (_name, columns, lead, expected) => {
    expect(share(calls, [leg(0, to(0), 60, lead, columns)])).toBe(expected);
  });

  test('looks at answered calls of mobile phones alone', () => {
    const legs = [0, 1, 2, 3].map((i) => leg(i * 1000, to(i), 60));
    const with3gpp = calls.map((each) => ({ ...each, interface: 'sip' as const, access: '3GPP-E-UTRAN-FDD' }));
    expect(share(with3gpp, legs)).toBe(1);
    const overWifi = calls.map((each) => ({ ...each, interface: 'sip' as const, access: 'IEEE-802.11' }));
    expect(share(overWifi, legs)).toBeNaN();
    expect(share([...calls, missed(9000, to(0), { interface: 'cap' })], legs)).toBe(1);
    // A call seen on SIP first, then by radio.
    const joined = calls.flatMap((each) => [
      { ...each, interface: 'sip' as const, event_id: `${each.event_id}s` },
      each,
    ]);
    expect(share(joined, legs)).toBe(1);
  });

  test('missing where the line is known by its IMSI alone: its own legs could not be told from those of others', () => {
    const legs = [0, 1, 2, 3].map((i) => leg(i * 1000, to(i), 60));
    const history = historyOf(
      calls.map((each) => ({ ...each, msisdn: null, imsi: '460001234567890' })),
      '460001234567890',
    );
    expect(feature('paired_leg_share').compute(history, context({ pairing: pairingOf(calls, legs) }))).toBeNaN();
  });

  test('missing below three calls, and where there is no trunk', () => {
    expect(share(calls.slice(0, 2), [leg(0, to(0), 60)])).toBeNaN();
    expect(share(calls, [])).toBeNaN();
    expect(measured('paired_leg_share', calls)).toBeNaN();
  });

  test('the chance of it is Poisson', () => {
    const legs = [0, 1, 2].map((i) => leg(i * 1000, to(i), 60));
    // Three numbers with one leg in a day each: 3 x 8 / 86400 expected, 3 seen. P(X >= 3) = 1 - e^-m (1 + m + m^2 / 2).
    const mean = 24 / 86_400;
    const expected = -Math.log10((mean ** 3 / 6) * (1 - (3 / 4) * mean));
    expect(measured('paired_leg_evidence', calls, { pairing: pairingOf(calls, legs) })).toBeCloseTo(expected, 6);
    expect(measured('paired_leg_evidence', calls, { pairing: pairingOf(calls, [leg(0, to(0), 9)]) })).toBe(0);
  });

  test('of calls at random the evidence is that of chance', () => {
    const random = new Random(3, 'pairs');
    // A hundred lines call the same thirty numbers that a trunk calls 20,000 times: coincidences, no pairs.
    const second = () => random.between(0, 86_000);
    const legs = Array.from({ length: 20_000 }, () => leg(second(), to(random.integer(0, 29)), random.integer(5, 120)));
    const lines = Array.from({ length: 100 }, () =>
      Array.from({ length: 20 }, () => mobile(second(), to(random.integer(0, 29)), random.integer(5, 120))),
    );
    const pairing = pairingOf(lines.flat(), legs);
    const evidence = lines.map((events) => measured('paired_leg_evidence', events, { pairing }));
    expect(evidence.filter((value) => value > 2).length).toBeLessThanOrEqual(1);
  });
});

test.each([
  // 1 - e^-m, and 1 - e^-m (1 + m), by hand.
  [0, 3, 0],
  [1, 0.5, Math.log10(1 - Math.exp(-0.5))],
  [2, 3, Math.log10(1 - Math.exp(-3) * 4)],
  [1, 40, 0],
])('the tail of Poisson: at least %s where %s are expected', (count, mean, expected) => {
  expect(poissonTail(count, mean)).toBeCloseTo(expected, 12);
});

describe('C8 numbers also called over a trunk', () => {
  const calls = [0, 1, 2, 3, 4].map((i) => mobile(i * 1000, to(i), 60));
  const value = (legs: readonly TrunkLeg[]) =>
    measured('called_on_trunk_share', calls, { pairing: pairingOf(calls, legs) });
  test('at any time, answered or not, by others', () => {
    expect(value([leg(50_000, to(0), 5), leg(60_000, to(1), 5, 0, { answer: Number.NaN })])).toBe(0.4);
    expect(value([leg(50_000, to(0), 5, 0, { caller: 8_613_800_000_001 })])).toBe(0);
    expect(value([])).toBeNaN();
  });
});

test('more legs than there is room for: whole numbers are left out, the same ones in any order', () => {
  const calls = Array.from({ length: 400 }, (_, i) => mobile(i * 200, to(i), 60));
  const legs = calls.flatMap((_, i) => [leg(i * 200, to(i), 60), leg(i * 200 + 100, to(i), 60)]);
  const kept = (order: readonly TrunkLeg[]) => {
    const pairing = pairingOf(calls, order, 200);
    return calls.map((_, i) => [
      pairing.isKept(Number(to(i))),
      pairing.look(leg(0, to(i), 60, 0, { caller: 1 })).others,
    ]);
  };
  const forward = kept(legs);
  expect(kept([...legs].reverse())).toEqual(forward);
  const numbers = forward.filter(([isKept]) => isKept === true);
  expect(numbers.length).toBeGreaterThan(20);
  expect(numbers.length).toBeLessThanOrEqual(100);
  for (const [isKept, count] of forward) expect(count).toBe(isKept === true ? 2 : 0);
  // Of those that are kept, all are paired.
  expect(measured('paired_leg_share', calls, { pairing: pairingOf(calls, legs, 200) })).toBe(1);
});
