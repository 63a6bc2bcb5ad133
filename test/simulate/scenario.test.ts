import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.ts';
import { AXES, MIXED } from '../../src/simulate/difficulty.ts';
import { NETWORK } from '../../src/simulate/parameters.ts';
import { drawScenario, parseScenario, Scenario, scenarioText } from '../../src/simulate/scenario.ts';

describe('a scenario', () => {
  it('may be empty', () => {
    const scenario = parseScenario('');
    expect(scenario).toMatchObject({ seed: 1, subscribers: 1000, gateways: 2, hours: 24, difficulty: 'mixed' });
  });

  it.each([
    ['subscribers: many', 'scenario: subscribers: expected number, received string'],
    ['subscribers: 0', /^scenario: subscribers: expected number to be >=1/],
    ['hours: -1', /^scenario: hours: expected number to be >0/],
    [
      'difficulty: hard',
      'scenario: difficulty: expected mixed, any, naive, all, or some of imei, traffic, bank, mobility, counterparts, incoming, texts, handset, wifi with + between',
    ],
    ['difficulty: imei+handset', /^scenario: difficulty: expected /],
    ['interfaces: [sip, b]', 'scenario: interfaces[1]: expected one of sip, a, map, cap, isup'],
    ['megabytes: 5\ninterfaces: [a]', 'scenario: megabytes: plain calls are of SIP alone, and all of them are seen'],
    [
      'interfaces: [sip, a]\nvisibility: {interfaces: [a, cap]}',
      'scenario: visibility.interfaces: cap is none of the interfaces sip, a',
    ],
    ['visibility: {sampling: 2}', /^scenario: visibility\.sampling: expected number to be <=1/],
    ['colour: red', 'scenario: colour: no such key'],
    ['network: {loss: 3}', /^scenario: network\.loss: expected number to be <=0\.5/],
    ['network: {lost: 0}', 'scenario: network.lost: no such key'],
    ['gateways: some', 'scenario: gateways: expected a whole number or a list'],
    ['gateways: [{lines: 8}, {lines: none}]', 'scenario: gateways[1].lines: expected number, received string'],
    ['gateways: [{line: 8}]', 'scenario: gateways[0].line: no such key'],
    ['start: yesterday', 'scenario: start: expected a time in ISO 8601 UTC, for instance 2024-03-05T00:00:00Z'],
    ['timeZoneOffset: Berlin', 'scenario: timeZoneOffset: expected an offset from UTC, for instance +08:00'],
    ['mcc: "12"', 'scenario: mcc: expected three digits'],
    ['- 1', 'scenario: the file: expected keys and values'],
    ['{', /^scenario: not YAML: /],
  ])('that is wrong is refused with the key and what was expected: %s', (text, message) => {
    expect(() => parseScenario(text)).toThrow(UserError);
    expect(() => parseScenario(text)).toThrow(typeof message === 'string' ? new UserError(message) : message);
  });

  it('is overruled by what is given besides', () => {
    expect(parseScenario('seed: 3\nhours: 2', { hours: 5 })).toMatchObject({ seed: 3, hours: 5 });
    expect(() => parseScenario('', { hours: 'x' })).toThrow('hours: expected number');
  });

  it('says what each of its keys means', () => {
    const undocumented: string[] = [];
    const walk = (schema: z.ZodType, path: string): void => {
      if (schema instanceof z.ZodObject) {
        for (const [key, inner] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
          if ((inner.description ?? '').length < 10) undocumented.push(`${path}${key}`);
          walk(inner, `${path}${key}.`);
        }
      } else if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
        walk(schema.unwrap() as z.ZodType, path);
      } else if (schema instanceof z.ZodUnion) {
        for (const option of schema.options) walk(option as z.ZodType, path);
      } else if (schema instanceof z.ZodArray) {
        walk(schema.element as z.ZodType, path);
      }
    };
    walk(Scenario, '');
    expect(undocumented).toEqual([]);
  });
});

describe('what a scenario leaves open', () => {
  it('is drawn, and the scenario as used draws nothing more', () => {
    const drawn = drawScenario(parseScenario('seed: 5\ngateways: 3'));
    const again = drawScenario(parseScenario(scenarioText(drawn)));
    expect(again).toEqual(drawn);
    expect(drawn.gateways).toHaveLength(3);
  });

  it('is not what it says', () => {
    const drawn = drawScenario(
      parseScenario('network: {loss: 0.25}\neveryGateway: {lines: 7}\ngateways: [{}, {lines: 9, difficulty: imei}]'),
    );
    expect(drawn.network.loss).toBe(0.25);
    expect(drawn.gateways.map(({ lines }) => lines)).toEqual([7, 9]);
    expect(drawn.gateways[1]!.difficulty).toBe('imei');
  });

  it('is drawn independently: setting one parameter moves no other', () => {
    const free = drawScenario(parseScenario('seed: 9'));
    const set = drawScenario(parseScenario('seed: 9\nnetwork: {proxies: 3}'));
    expect({ ...set.network, proxies: 0 }).toEqual({ ...free.network, proxies: 0 });
    expect(set.gateways).toEqual(free.gateways);
  });

  it('covers wide ranges, from run to run', () => {
    const runs = Array.from({ length: 60 }, (_, seed) => drawScenario(parseScenario(`seed: ${seed}\ngateways: 4`)));
    const boxes = runs.flatMap(({ gateways }) => gateways);
    const spread = (values: number[]) => Math.max(...values) / Math.min(...values);
    expect(spread(boxes.map(({ lines }) => lines))).toBeGreaterThan(10);
    expect(spread(boxes.map(({ pause }) => pause))).toBeGreaterThan(50);
    expect(spread(boxes.map(({ imeiPeriod }) => imeiPeriod))).toBeGreaterThan(20);
    expect(new Set(boxes.map(({ make }) => make)).size).toBe(6);
    expect(new Set(boxes.map(({ difficulty }) => difficulty))).toEqual(new Set(MIXED));
    expect(new Set(runs.map(({ country }) => country)).size).toBeGreaterThan(8);
    for (const name of Object.keys(NETWORK) as (keyof typeof NETWORK)[]) {
      expect(new Set(runs.map(({ network }) => network[name])).size, name).toBeGreaterThan(1);
    }
  });

  it('of radio sides too, where a probe or what is hidden shows them, and stays out of the text of SIP alone', () => {
    const sip = drawScenario(parseScenario('seed: 5\ngateways: 3'));
    expect(sip.gateways.map(({ radio }) => radio)).toEqual([undefined, undefined, undefined]);
    expect(scenarioText(sip)).not.toMatch(/^(ss7|interfaces|visibility):/m);
    for (const more of [
      'interfaces: [a, map]',
      'difficulty: bank',
      'difficulty: any\nvisibility: {loss: 0.1}\ninterfaces: [isup]',
    ]) {
      const drawn = drawScenario(parseScenario(`seed: 5\ngateways: 3\n${more}`));
      expect(drawn.gateways.map(({ radio }) => radio === undefined)).toEqual([false, false, false]);
      expect(drawScenario(parseScenario(scenarioText(drawn)))).toEqual(drawn);
    }
  });

  it('has boxes of every axis, of pairs and of all at once, where any is asked for', () => {
    const drawn = Array.from({ length: 60 }, (_, seed) =>
      drawScenario(parseScenario(`seed: ${seed}\ngateways: 5\ndifficulty: any`)),
    );
    const names = new Set(drawn.flatMap(({ gateways }) => gateways.map(({ difficulty }) => difficulty)));
    for (const axis of ['naive', 'all', ...Object.keys(AXES)]) expect(names.has(axis), axis).toBe(true);
    const pairs = [...names].filter((name) => name.includes('+'));
    expect(pairs.length).toBeGreaterThan(15);
    expect(pairs.filter((name) => name.includes('handset') && name.includes('imei'))).toEqual([]);
  });

  it('hides on the radio side what the axis says and no more', () => {
    const box = (difficulty: string, seed: number) => {
      const [drawn] = drawScenario(parseScenario(`seed: ${seed}\ngateways: 1\ndifficulty: ${difficulty}`)).gateways;
      return { ...drawn!, ...drawn!.radio };
    };
    const naive = { simsPerModem: 1, textsPerDay: 0, wifi: false, family: 0, siblings: 0 };
    for (let seed = 0; seed < 30; seed++) {
      expect(box('bank', seed)).toMatchObject({ ...naive, simsPerModem: expect.any(Number) });
      expect(box('bank', seed).simsPerModem).toBeGreaterThan(1);
      expect(box('bank', seed).simDelay).toBeGreaterThanOrEqual(60);
      expect(['one', 'few']).toContain(box('bank', seed).cells);
      expect(box('mobility', seed)).toMatchObject(naive);
      expect(['poll', 'commute']).toContain(box('mobility', seed).cells);
      expect(box('counterparts', seed)).toMatchObject({ ...naive, family: expect.any(Number) });
      expect(box('counterparts', seed).family).toBeGreaterThan(0.3);
      expect(box('incoming', seed)).toMatchObject({ ...naive, siblings: expect.any(Number), incoming: 'answer' });
      expect(box('texts', seed)).toMatchObject({ ...naive, textsPerDay: expect.any(Number) });
      expect(box('texts', seed).textsPerDay).toBeGreaterThan(0);
      expect(box('handset', seed)).toMatchObject({ ...naive, modems: 'handsets', make: 'phone', simDelay: 0 });
      expect(box('wifi', seed)).toMatchObject({ ...naive, wifi: true, make: 'phone' });
      expect(box('all', seed)).toMatchObject({ wifi: false, incoming: 'answer' });
      expect(box('all', seed).hourCap).toBeGreaterThan(0);
    }
  });

  it('hides only what the difficulty says', () => {
    const box = (difficulty: string, seed: number) =>
      drawScenario(parseScenario(`seed: ${seed}\ngateways: 1\ndifficulty: ${difficulty}`)).gateways[0]!;
    for (let seed = 0; seed < 40; seed++) {
      expect(['none', 'fixed']).toContain(box('naive', seed).imei);
      expect(box('naive', seed)).toMatchObject({ hourCap: 0, family: 0, siblings: 0 });
      expect(['timer', 'random', 'list']).toContain(box('imei', seed).imei);
      expect(box('imei', seed).dayCap).toBe(0);
      expect(['none', 'fixed']).toContain(box('traffic', seed).imei);
      expect(box('traffic', seed).hourCap).toBeGreaterThan(0);
      expect(box('traffic', seed).familySize).toBeLessThanOrEqual(30);
      expect(['timer', 'random', 'list']).toContain(box('imei+traffic', seed).imei);
      expect(box('imei+traffic', seed).dayCap).toBeGreaterThan(0);
    }
  });
});
