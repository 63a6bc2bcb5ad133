import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.ts';
import { MIXED } from '../../src/simulate/difficulty.ts';
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
