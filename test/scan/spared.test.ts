import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { isClaim } from '../../src/scan/claim.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/default-model.ts';
import { type ScanResult, scan, wholeCaptures } from '../../src/scan/run.ts';
import { call, callFrom, historyOf, registration, sms } from '../features/lines.ts';
import { observe, type Seen } from '../simulate/network.ts';

const calls = (count: number, columns: Partial<CatpoolEvent> = {}) =>
  Array.from({ length: count }, (_, i) => call(100 * i, `86138111100${10 + i}`, 20, columns));

describe('a number that callers over SIP show', () => {
  it.each<[string, boolean, CatpoolEvent[], string | null]>([
    ['in four calls', true, calls(4), null],
    ['in five calls', false, calls(5), null],
    [
      'in three calls and two messages',
      false,
      [...calls(3), sms(1000, '8613811110001', 40), sms(1100, '8613811110001', 40)],
      null,
    ],
    ['in one call, and it registers', false, [...calls(1), registration(5)], null],
    ['in one call, and one reaches it', false, [...calls(1), callFrom(500, '8613811110001', 20)], null],
    ['in one call, with a SIM', false, calls(1), '460001234567890'],
    [
      'in one call, and another on the radio interface',
      false,
      [...calls(1), call(900, '8613811110001', 20, { interface: 'bssap' })],
      null,
    ],
  ])('%s: a claim %s', (_, is, events, imsi) => {
    expect(isClaim(historyOf(events), imsi)).toBe(is);
  });
});

describe('boxes that show the numbers of who called them, where nobody registers', () => {
  let network: Seen;
  let result: ScanResult;

  beforeAll(async () => {
    network = await observe({
      seed: 7,
      subscribers: 150,
      gateways: 2,
      difficulty: 'naive',
      everyGateway: { presents: 0.9, use: 'bypass', lines: 12, idle: 0, codes: 0, addresses: 'shared', make: 'goip' },
      hours: 6,
      start: '2024-03-05T08:00:00Z',
      country: '49',
      network: { tap: 'access' },
      visibility: { registrations: false },
    });
    const options = { ...wholeCaptures('test', 'DE'), window: 86_400, model: readModel(DEFAULT_MODEL), threshold: 0 };
    result = await scan(network.captures, options);
  });
  afterAll(() => rmSync(network.folder, { recursive: true, force: true }));

  it('put nobody else under suspicion: the numbers that they show are in no box, and not marked', () => {
    const known = new Set(network.labels.map(([line]) => line));
    const others = result.verdicts.filter(({ line }) => !known.has(line));
    // Some score as high as the box does.
    expect(others.filter(({ score }) => score > 0.9).length).toBeGreaterThan(10);
    expect(others.filter(({ tier, gateway }) => tier !== 'none' || gateway !== null)).toEqual([]);
  });
});
