import { coefficientOfVariation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { Subscribers } from '../../../src/features/references/subscribers.ts';
import { RegisteredLines } from '../../../src/features/registered-lines.ts';
import { call, event, feature, historyOf, measured, populationOf, START } from '../lines.ts';

const ussd = (second: number, ussd_code: string | null, columns = {}) =>
  event('ussd', second, { interface: 'map', direction: 'originating', ussd_code, ...columns });
const forwarding = (second: number, text: string) =>
  event('forwarding', second, { interface: 'map', forwarding: text });

describe('S5 USSD', () => {
  const events = [
    ussd(0, '*101#'),
    ussd(1, '*101#', { interface: 'bssap' }),
    ussd(600, '*101#'),
    ussd(700, '*5#'),
    ussd(1200, '*101#'),
    ussd(2400, '*101#'),
    ussd(2500, null, { direction: 'terminating' }),
  ];
  const population = populationOf(historyOf(events));

  test('an hour, each once', () => {
    expect(measured('ussd_per_hour', events, { population })).toBe(5 / 24);
    expect(measured('ussd_per_hour', [call(0, '8613900000002', 5)], { population })).toBe(0);
    expect(measured('ussd_per_hour', [call(0, '8613900000002', 5)])).toBeNaN();
  });
  test('a timer asks for the same', () => {
    // At 0, 600, 1200, 2400.
    expect(measured('ussd_interval_variation', events)).toBeCloseTo(coefficientOfVariation([600, 600, 1200]), 12);
    expect(measured('ussd_interval_variation', events.slice(0, 5))).toBeNaN();
    expect(feature('ussd_interval_variation').reason.en(0, historyOf(events))).toBe(
      'asks for the same USSD every 10 min, varying by 0 (a timer 0)',
    );
    const unnamed = [0, 10, 20, 30, 40].map((second) => ussd(second, null));
    expect(measured('ussd_interval_variation', unnamed)).toBeNaN();
  });
});

describe('S6 call forwarding', () => {
  const events = [
    forwarding(100, 'erase all'),
    forwarding(86_400, 'register unconditional'),
    forwarding(86_500, 'activate busy'),
  ];
  test('set up', () => {
    const population = populationOf(historyOf(events));
    expect(measured('forwardings_set', events, { population })).toBe(2);
    expect(measured('forwardings_set', [call(0, '8613900000002', 5)], { population })).toBe(0);
    expect(measured('forwardings_set', [call(0, '8613900000002', 5)])).toBeNaN();
  });
  test('after activation', () => {
    const since = (activated: number) => {
      const subscribers = new Subscribers();
      subscribers.add({
        msisdn: '8613800000001',
        imsi: null,
        id: '',
        activated,
        isThing: false,
        dealer: '',
        brand: '',
      });
      return measured('forwarding_after_activation', events, { registered: new RegisteredLines(subscribers) });
    };
    expect(since(START)).toBe(1);
    expect(since(START - 86_400)).toBe(2);
    expect(since(START + 90_000)).toBeNaN();
    expect(since(Number.NaN)).toBeNaN();
    expect(measured('forwarding_after_activation', events)).toBeNaN();
  });
});
