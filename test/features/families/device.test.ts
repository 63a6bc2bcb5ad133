import { coefficientOfVariation, quantile } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import type { TacClass } from '../../../src/features/definition.ts';
import { call, context, event, feature, historyOf, measured, populationOf, registration } from '../lines.ts';

const imeiOf = (serial: number, tac = '35693803') => tac + String(serial).padStart(6, '0');
/** Registrations with these IMEIs, one every 10 minutes. */
const used = (imeis: readonly string[], step = 600) => imeis.map((imei, i) => registration(i * step, { imei }));

describe('D1 to D5 IMEIs', () => {
  const [a, b, c] = [imeiOf(1), imeiOf(2), imeiOf(3, '86012304')];
  test('distinct', () => {
    expect(measured('imeis', used([a, a, b, a]))).toBe(2);
    expect(measured('imeis', [registration(0)])).toBeNaN();
  });
  test('lines on one of them', () => {
    const me = historyOf(used([a, b]));
    const population = populationOf(me, historyOf(used([b])), historyOf(used([b])));
    expect(feature('lines_per_imei').compute(me, context({ population }))).toBe(3);
    expect(measured('lines_per_imei', [registration(0)])).toBeNaN();
  });
  test('changes per registration', () => {
    // a b b a: two changes in four registrations; a rejected one does not count.
    expect(
      measured('imei_changes_per_registration', [...used([a, b, b, a]), registration(9000, { outcome: 'rejected' })]),
    ).toBe(0.5);
    expect(measured('imei_changes_per_registration', used([a, b]))).toBeNaN();
    // On SS7: location updates, by the radio where it shows them, for MAP shows the same ones again.
    const update = (
      second: number,
      imei: string,
      lu_type: string | null,
      over: 'bssap' | 'map',
      outcome = 'registered',
    ) => event('presence', second, { imei, lu_type, interface: over, outcome: outcome as 'registered' });
    const radio = [a, b, b, a].map((imei, i) => update(600 * i, imei, i === 0 ? 'attach' : 'normal', 'bssap'));
    const map = [a, b, b, a].map((imei, i) => update(600 * i + 1, imei, null, 'map'));
    const refused = update(9000, a, 'normal', 'bssap', 'rejected');
    expect(measured('imei_changes_per_registration', [...radio, refused])).toBe(0.5);
    expect(measured('imei_changes_per_registration', [...radio, ...map])).toBe(0.5);
    expect(measured('imei_changes_per_registration', map)).toBe(0.5);
    expect(measured('imei_changes_per_registration', [registration(0), registration(1), registration(2)])).toBeNaN();
  });
  test('entropy', () => {
    expect(measured('imei_entropy', used([a, a, a, a, b, b, c, c]))).toBeCloseTo(1.5, 12);
    expect(measured('imei_entropy', used([a, a, b, b]))).toBeNaN();
    // Of one it is nothing, however often it was used: log2(n) - n log2(n) / n is not 0 in binary for some of these.
    for (let times = 5; times < 60; times++)
      expect(measured('imei_entropy', used(new Array<string>(times).fill(a)))).toBe(0);
  });
  test('changes under one TAC', () => {
    // a>b keeps it, b>c not, c>a not, a>b keeps it.
    expect(measured('same_tac_change_share', used([a, b, c, a, b]))).toBe(0.5);
    expect(measured('same_tac_change_share', used([a, b]))).toBeNaN();
  });
  test('said as a reason', () => {
    const history = historyOf(
      used(
        Array.from({ length: 15 }, (_, i) => imeiOf(i)),
        6171,
      ),
    );
    // 14 intervals of 6171 s are 24 h.
    expect(feature('imeis').reason.en(15, history)).toBe('IMEI changed 14 times in 24 h, always under TAC 35693803');
    expect(feature('imeis').reason.zh(15, history)).toBe('24 小时内更换 IMEI 14 次，始终为 TAC 35693803');
    expect(feature('imeis').reason.en(2, historyOf(used([a, c])))).toBe('IMEI changed 1 time in 10 min under 2 TACs');
    expect(feature('imeis').reason.en(1, historyOf(used([a])))).toBe(`one IMEI, ${a}`);
    expect(feature('same_tac_change_share').reason.en(1, historyOf(used([a, b, a])))).toBe(
      '100 % of 2 changes of IMEI keep the TAC 35693803 and change only the serial number',
    );
  });
});

describe('D6 D7 classes of TAC', () => {
  const classes: Record<string, TacClass> = { 11111111: 'phone', 22222222: 'module', 33333333: 'iot' };
  const tacClass = (tac: string) => classes[tac] ?? null;
  const events = used([imeiOf(1, '11111111'), imeiOf(1, '22222222'), imeiOf(2, '22222222'), imeiOf(1, '99999999')]);
  test('with a table', () => {
    // Known: one phone and two modules; one of four unknown.
    expect(measured('module_tac_share', events, { tacClass })).toBeCloseTo(2 / 3, 12);
    expect(measured('unknown_tac_share', events, { tacClass })).toBe(0.25);
    expect(measured('module_tac_share', events.slice(3), { tacClass })).toBeNaN();
    expect(measured('unknown_tac_share', events.slice(3), { tacClass })).toBe(1);
  });
  test('without one, or without an IMEI', () => {
    for (const name of ['module_tac_share', 'unknown_tac_share']) {
      expect(measured(name, events)).toBeNaN();
      expect(measured(name, [registration(0)], { tacClass })).toBeNaN();
    }
  });
});

describe('D8 D10 what does not change with the IMEI', () => {
  const imeis = [imeiOf(1), imeiOf(2), imeiOf(3)];
  test('classmark and User-Agent', () => {
    const events = imeis.map((imei, i) => registration(i, { imei, classmark: '33', user_agent: i === 0 ? 'x' : 'y' }));
    expect(measured('imeis_per_classmark', events)).toBe(3);
    expect(measured('imeis_per_user_agent', events)).toBe(1.5);
    expect(measured('imeis_per_classmark', used(imeis))).toBeNaN();
    expect(measured('imeis_per_user_agent', [registration(0, { user_agent: 'x' })])).toBeNaN();
  });
  test('one phone is one classmark, on UMTS and on GSM, in classmark 1 and 2', () => {
    // What tshark shows of the Xperia in QCSuper's capture sample_2g_3g_4g_xperia: location updates and service requests on UMTS, on GSM.
    const xperia = ['57', '5758a6', '53', '5359a6'];
    const events = xperia.map((classmark, i) => registration(i, { imei: imeiOf(1), classmark }));
    expect(measured('imeis_per_classmark', events)).toBe(1);
    expect(feature('imeis_per_classmark').reason.en(1, historyOf(events))).toBe('1 IMEI but 1 classmark');
    // A phone that lacks A5/1, and one whose third octet differs, are others.
    for (const other of ['5b', '5359a2'])
      expect(measured('imeis_per_classmark', [...events, registration(9, { imei: imeiOf(1), classmark: other })])).toBe(
        0.5,
      );
  });
  test('a timer', () => {
    const five = [1, 2, 3, 4, 5].map((serial) => imeiOf(serial));
    expect(measured('imei_change_interval_variation', used(five))).toBe(0);
    // Changes at 100, 300, 350, 650: intervals 200, 50, 300.
    const uneven = [0, 100, 300, 350, 650].map((second, i) => registration(second, { imei: five[i]! }));
    expect(measured('imei_change_interval_variation', uneven)).toBeCloseTo(coefficientOfVariation([50, 200, 300]), 12);
    expect(measured('imei_change_interval_variation', uneven.slice(1))).toBeNaN();
    expect(feature('imei_change_interval_variation').reason.en(0, historyOf(used(five)))).toBe(
      'IMEI changes every 10 min, varying by 0 (a timer 0)',
    );
  });
});

describe('D13 D15 authentication', () => {
  const latencies = [300, 10, 40, 20, 30];
  const events = latencies.map((latency_ms, i) => registration(i * 100, { latency_ms }));
  test('quantiles', () => {
    expect(measured('authentication_latency_median', events)).toBe(30);
    expect(measured('authentication_latency_p10', events)).toBeCloseTo(quantile(latencies, 0.1), 12);
    expect(measured('authentication_latency_p95', events)).toBeCloseTo(quantile(latencies, 0.95), 12);
    for (const part of ['median', 'p10', 'p95'])
      expect(measured(`authentication_latency_${part}`, events.slice(3))).toBeNaN();
  });
  test('leave out what no network waits for: a password that somebody typed, an answer that was lost', () => {
    const typed = [12_000.5, 17_000, 43_000].map((latency_ms, i) => registration(1000 + i, { latency_ms }));
    expect(measured('authentication_latency_median', [...events, ...typed])).toBe(30);
    expect(measured('authentication_latency_p95', typed)).toBeNaN();
    // On the radio side the network gives up by itself.
    const radio = typed.map((event) => ({ ...event, interface: 'bssap' as const }));
    expect(measured('authentication_latency_median', radio)).toBe(17_000);
    const last = registration(1000, { latency_ms: 12_000 });
    expect(measured('authentication_latency_median', [...events.slice(0, 2), last])).toBe(300);
  });
  test('against a typical line', () => {
    const late = registration(1, { latency_ms: 60_000 });
    const ordinary = Array.from({ length: 10 }, () => historyOf([registration(0, { latency_ms: 10 }), late]));
    const ratio = measured('authentication_latency_over_typical', events, { population: populationOf(...ordinary) });
    // 30 over 10, the latter known to within 19 %.
    expect(ratio).toBeGreaterThan(3 / 1.19);
    expect(ratio).toBeLessThan(3 * 1.19);
    expect(measured('authentication_latency_over_typical', events)).toBeNaN();
  });
  test('per call', () => {
    const calls = Array.from({ length: 10 }, (_, i) => call(1000 + i * 100, '8613900000002', 5));
    expect(measured('authentications_per_call', [...events, ...calls])).toBe(0.5);
    expect(measured('authentications_per_call', calls)).toBeNaN();
    expect(measured('authentications_per_call', [...events, ...calls.slice(6)])).toBeNaN();
  });
});
