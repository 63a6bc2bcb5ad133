import { describe, expect, test } from 'vitest';
import { History } from '../../src/features/history/history.ts';
import { Population } from '../../src/features/population.ts';
import { call, callFrom, event, historyOf, populationOf, registration, sms } from './lines.ts';

const CELL = { mcc: '460', mnc: '00', lac: 6151, cell: '1' };

/** `count` outgoing calls in one cell. */
function caller(count: number, line: string) {
  return historyOf(
    Array.from({ length: count }, (_, i) => call(i * 100, String(8_613_900_000_000 + i), 10, CELL)),
    line,
  );
}

describe('a population', () => {
  test('counts each value once a line', () => {
    const a = historyOf([
      registration(0, { imei: '1', endpoint: '10.0.0.1:5060' }),
      registration(60, { imei: '1', endpoint: '10.0.0.1:5070' }),
    ]);
    const b = historyOf([registration(0, { imei: '1', endpoint: '10.0.0.1:9' }), registration(60, { imei: '2' })]);
    const population = populationOf(a, b);
    expect(population.total).toBe(2);
    expect(population.lines('imei', '1')).toBe(2);
    expect(population.lines('imei', '2')).toBe(1);
    expect(population.lines('imei', '3')).toBe(0);
    // Asked with a port or without.
    expect(population.lines('endpoint', '10.0.0.1:1')).toBe(2);
    expect(population.lines('endpoint', '10.0.0.1')).toBe(2);
  });

  test('knows the lines of a cell that nearly only call out', () => {
    // Nine calls are too few; ten out and two in are 83 %, below 90 %.
    const balanced = historyOf([
      ...Array.from({ length: 10 }, (_, i) => call(i * 100, String(8_613_900_000_000 + i), 10, CELL)),
      callFrom(5000, '8613900000001', 10),
      callFrom(6000, '8613900000001', 10),
    ]);
    const population = populationOf(caller(10, 'a'), caller(12, 'b'), caller(9, 'c'), balanced);
    expect(population.outgoingHeavyLines('460-00-6151-1')).toBe(2);
    expect(population.outgoingHeavyLines('460-00-6151-2')).toBe(0);
    expect(population.lines('cell', '460-00-6151-1')).toBe(4);
  });

  test('knows whether the captures show short messages and access networks', () => {
    const population = populationOf(historyOf([call(0, '8613900000002', 1)]));
    expect([population.smsLines, population.accessLines]).toEqual([0, 0]);
    population.add(historyOf([sms(0, '8613900000002', 5), registration(9, { access: '3GPP-E-UTRAN-FDD' })]));
    expect([population.smsLines, population.accessLines]).toEqual([1, 1]);
  });

  test('knows the typical authentication latency to within a bin', () => {
    const lines = Array.from({ length: 11 }, (_, i) => historyOf([registration(0, { latency_ms: 10 * (i + 1) })]));
    // Lines have 10, 20, ... 110 ms; the median is 60; a bin is a factor of 2^(1/4) = 1.19 wide.
    const typical = populationOf(...lines).typicalLatency();
    expect(typical / 60).toBeGreaterThan(1 / 1.19);
    expect(typical / 60).toBeLessThan(1.19);
    expect(populationOf(...lines.slice(0, 9)).typicalLatency()).toBeNaN();
  });

  test('tells that calls to lines cannot be seen, where only legs of those who place calls are there', () => {
    const B = '8613900000002';
    const over = (kind: 'cap' | 'bssap' | 'ranap' | 'isup' | 'sip', count: number, line: string, leg = call) =>
      historyOf(
        Array.from({ length: count }, (_, i) => leg(i * 100, B, 10, { msisdn: line, interface: kind })),
        line,
      );
    const onNet = new History();
    onNet.reset(B);
    for (let i = 0; i < 60; i++) onNet.push(call(i * 100, B, 10, { interface: 'cap' }), 'mirror');
    onNet.seal();
    const shows = (line: History, ...others: History[]) => populationOf(line, ...others).showsIncoming(line);
    for (const kind of ['cap', 'bssap', 'ranap'] as const) {
      expect(shows(over(kind, 49, 'a'))).toBe(true);
      expect(shows(over(kind, 50, 'a'))).toBe(false);
      expect(shows(over(kind, 50, 'a'), over(kind, 1, 'b', callFrom))).toBe(true);
      // One line in a network has a service on calls to it.
      expect(shows(over(kind, 500, 'a'), over(kind, 1, 'b', callFrom))).toBe(false);
      // What another interface shows is not shown of a line that is not there.
      expect(shows(over(kind, 50, 'a'), over('sip', 50, 'b', callFrom))).toBe(false);
    }
    // Calls among own lines are the callers' legs, seen again.
    expect(shows(onNet, over('cap', 50, 'a'))).toBe(false);
    // A line that only a register is asked about.
    expect(shows(historyOf([event('auth', 0, { interface: 'map' })]), over('cap', 50, 'a'))).toBe(false);
    // Trunks and SIP name both parties.
    expect(shows(over('isup', 60, 'a'))).toBe(true);
    expect(shows(over('sip', 60, 'a'))).toBe(true);
    const fromAbroad = new History();
    fromAbroad.reset(B);
    fromAbroad.push(call(0, B, 10, { msisdn: '442071838750', interface: 'isup' }), 'mirror');
    fromAbroad.seal();
    expect(shows(over('cap', 50, 'a'), fromAbroad)).toBe(true);
    // A trunk that carries a call between own lines shows no more than the caller's leg.
    const carried = new History();
    carried.reset(B);
    carried.push(call(0, B, 10, { interface: 'cap' }), 'mirror');
    carried.push(call(0.5, B, 9.5, { interface: 'isup' }), 'mirror');
    carried.seal();
    expect(shows(over('cap', 50, 'a'), carried)).toBe(false);
  });

  test('is the same after it was written and read, and whatever the order of lines', () => {
    const lines = [
      caller(10, 'a'),
      historyOf(Array.from({ length: 50 }, (_, i) => call(i * 100, '1', 10, { interface: 'cap' }))),
      historyOf([
        registration(0, { user_agent: '__proto__', header_order: 'h', latency_ms: 100, access: 'x' }),
        sms(5, '1', 1),
      ]),
    ];
    const forward = JSON.stringify(populationOf(...lines));
    expect(JSON.stringify(populationOf(...[...lines].reverse()))).toBe(forward);
    const read = Population.fromJSON(JSON.parse(forward));
    expect(JSON.stringify(read)).toBe(forward);
    expect(read.lines('user_agent', '__proto__')).toBe(1);
    expect(read.outgoingHeavyLines('460-00-6151-1')).toBe(1);
    expect(read.showsIncoming(lines[1]!)).toBe(false);
  });
});
