import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { DEFAULT_MODEL, readModel } from '../../../src/scan/judge/default-model.ts';
import { sparedAs } from '../../../src/scan/judge/spared.ts';
import type { Verdict } from '../../../src/scan/judge/verdict.ts';
import { type ScanResult, scan, wholeCaptures } from '../../../src/scan/run.ts';
import { call, callFrom, historyOf, registration, sms } from '../../features/lines.ts';
import { observe, type Seen } from '../../simulate/network.ts';

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
    expect(sparedAs(historyOf(events), imsi)).toBe(is ? 'claim' : null);
  });
});

describe('a line that only texts', () => {
  const texts = (...numbers: number[]) => numbers.map((one, i) => sms(3600 * i, `861381111000${one}`, 40));
  it.each<[string, 'telemetry' | null, CatpoolEvent[]]>([
    ['one number', 'telemetry', texts(1, 1, 1)],
    ['two numbers', 'telemetry', texts(1, 2, 1, 2)],
    ['three numbers', null, texts(1, 2, 3)],
    ['one number, twice', null, texts(1, 1)],
    ['one number, and calls it once', null, [...texts(1, 1, 1), call(9, '8613811110001', 20)]],
    ['one number, and is called', null, [...texts(1, 1, 1), callFrom(9, '8613811110001', 20)]],
  ])('%s: %s', (_, as, events) => {
    expect(sparedAs(historyOf([registration(1), ...events]), null)).toBe(as);
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

  it('put nobody else under suspicion: numbers that they show now and then are in no box, and not marked', () => {
    const known = new Set(network.labels.map(([line]) => line));
    // A number that a box shows again and again is one that it calls under.
    const others = result.verdicts.filter(({ line, calls }) => !known.has(line) && calls < 5);
    // Some score about as high as lines that are marked.
    expect(others.filter(({ score }) => score > 0.85).length).toBeGreaterThan(10);
    expect(others.filter(({ tier, gateway }) => tier !== 'none' || gateway !== null)).toEqual([]);
  });

  it('are told why not, and how much was seen is held against nobody', () => {
    const told = ({ exposure }: Verdict) => exposure.rests_on.includes('a caller may claim any number');
    const claims = result.verdicts.filter(told);
    expect(claims.length).toBeGreaterThan(10);
    expect(claims.every(({ tier, calls }) => tier === 'none' && calls < 5)).toBe(true);
    expect(claims.every(({ exposure }) => exposure.rests_on_zh.includes('主叫可以声称任何号码'))).toBe(true);
    const reasons = result.verdicts.flatMap(({ reasons }) => reasons.map(({ feature }) => feature));
    for (const feature of ['hours_seen', 'calls_seen']) expect(reasons).not.toContain(feature);
  });
});
