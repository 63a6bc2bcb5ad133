import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { History } from '../../../src/features/history/history.ts';
import { collect } from '../../../src/scan/collect.ts';
import { Lines } from '../../../src/scan/rows/lines.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { context, feature } from '../../features/lines.ts';
import { observe, type Seen } from '../network.ts';

/** Boxes that present numbers, that calls are delivered to, and that do as all; companies that register once. */
const BOX = {
  difficulty: 'naive',
  lines: 5,
  idle: 0,
  imei: 'none',
  addresses: 'separate',
  from: 0,
  until: 24,
  pause: 60,
  calls: 'loop',
  bulkTexts: 0,
  codes: 0,
};
const SCENARIO = {
  seed: 78,
  subscribers: 160,
  hours: 2,
  start: '2024-03-05T07:00:00Z',
  country: '86',
  network: { tap: 'access', loss: 0, challenge: 0.5, proxies: 2, legs: 'b2bua' },
  population: { oneRegistration: 1, office: 0.3, callCentre: 0.05, onPhones: 0, inside: 0.2, meter: 0 },
  gateways: [
    { ...BOX, use: 'bypass', make: 'asterisk', presents: 1, delivered: 0 },
    { ...BOX, use: 'bypass', make: 'goip', presents: 0, delivered: 1 },
    { ...BOX, use: 'scam', make: 'exchange', presents: 0, delivered: 0 },
  ],
};

interface Counted {
  presented: number;
  dialled: number;
}

let seen: Seen;
const counted = new Map<string, Counted>();
beforeAll(async () => {
  seen = await observe(SCENARIO);
  const store = new SpoolStore(1e9);
  const options = { feed: 't', homeCountry: 'CN', limits: DEFAULT_LIMITS, workers: 1, keep: 'rows' } as const;
  const { table } = await collect(seen.captures, store, options);
  const measure = (name: string, history: History) => feature(name).compute(history, context());
  new Lines(table, store, { from: 0, until: 4e9 }).each((history) => {
    counted.set(history.line, {
      presented: measure('presented_numbers', history),
      dialled: measure('dialled_numbers', history),
    });
  });
  store.close();
}, 120_000);
afterAll(() => rmSync(seen.folder, { recursive: true, force: true }));

/** Numbers of the lines with this label. */
function linesOf(gateway: string, kind: string): string[] {
  const found = seen.labels.filter((label) => label[4] === gateway && label[7] === kind).map(([line]) => line!);
  // Else nothing would be looked at.
  expect(found.length).toBeGreaterThanOrEqual(BOX.lines);
  return found;
}

/** Calls of a line, as the truth tells. */
function callsOf(line: string): number {
  return seen.calls.filter(({ caller }) => caller === line).length;
}

describe('a simulated box', () => {
  test('that presents other numbers shows all those that came from the address it registered', () => {
    for (const line of linesOf('box-1', 'gateway')) {
      expect([line, callsOf(line) > 5]).toEqual([line, true]);
      const address = seen.events.find(({ kind, msisdn }) => kind === 'registration' && msisdn === line)?.endpoint;
      const placed = seen.events.filter(
        ({ kind, direction, endpoint }) => kind === 'leg' && direction === 'originating' && endpoint === address,
      );
      expect([line, placed.length]).toEqual([line, callsOf(line)]);
      const numbers = new Set(placed.map(({ msisdn }) => msisdn));
      expect([line, numbers.has(line)]).toEqual([line, false]);
      expect([line, counted.get(line)?.presented]).toEqual([line, numbers.size]);
    }
  });

  test('that a switch delivers calls to shows as many numbers dialled as it dials', () => {
    for (const line of linesOf('box-2', 'gateway')) {
      const called = new Set(seen.calls.filter(({ caller }) => caller === line).map((call) => call.called));
      expect([line, called.size > 5]).toEqual([line, true]);
      expect(counted.get(line)?.dialled).toBeGreaterThan(0.8 * called.size);
      expect(counted.get(line)?.presented).toBeNaN();
    }
  });

  test('that does neither calls under the numbers of its accounts', () => {
    for (const line of linesOf('box-3', 'gateway')) expect([line, counted.get(line)?.presented]).toEqual([line, 1]);
  });
});

test('a company that registers once has its numbers in one block, and each is a line that calls', () => {
  const registered = new Set(seen.events.filter(({ kind }) => kind === 'registration').map(({ msisdn }) => msisdn));
  const behind = linesOf('', 'office').filter((line) => !registered.has(line));
  expect(behind.length).toBeGreaterThan(10);
  for (const line of behind) {
    const block = line.slice(0, -4);
    expect(linesOf('', 'office').some((other) => registered.has(other) && other.startsWith(block))).toBe(true);
    const { presented } = counted.get(line) ?? { presented: Number.NaN };
    expect([line, Number.isNaN(presented) || presented === 1]).toEqual([line, true]);
  }
  expect(behind.some((line) => counted.get(line)?.presented === 1)).toBe(true);
});

test('the scenario as used says how each box uses its accounts', () => {
  const text = readFileSync(join(seen.folder, 'scenario.yaml'), 'utf8');
  expect(text.match(/presents: \d/g)).toHaveLength(3);
  expect(text.match(/delivered: \d/g)).toHaveLength(3);
});
