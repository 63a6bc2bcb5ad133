import { describe, expect, test } from 'vitest';
import type { History } from '../../../src/features/history/history.ts';
import { Population } from '../../../src/features/population.ts';
import { Subscribers } from '../../../src/features/references/subscribers.ts';
import { RegisteredLines } from '../../../src/features/registered-lines.ts';
import { call, context, feature, historyOf, populationOf, registration, START } from '../lines.ts';

const DAY = 86_400;
const blank = { imsi: null, id: '', activated: Number.NaN, isThing: false, dealer: '', brand: '' };
/** Calls at these seconds. */
const caller = (seconds: readonly number[], line = '8613800000001') =>
  historyOf(
    seconds.map((second, i) => call(second, String(8_613_900_000_000 + i), 5)),
    line,
  );

function registerOf(rows: Record<string, Partial<Parameters<Subscribers['add']>[0]>>, lines: readonly History[] = []) {
  const subscribers = new Subscribers();
  for (const [msisdn, columns] of Object.entries(rows)) subscribers.add({ ...blank, msisdn, ...columns });
  const registered = new RegisteredLines(subscribers);
  for (const history of lines) registered.add(history);
  return registered;
}

const value = (name: string, history: History, registered: RegisteredLines, columns = {}) =>
  feature(name).compute(history, context({ registered, ...columns }));

test('V9c calls after activation', () => {
  const history = caller([100, 3600, 7200, 3600 + DAY - 1, 3600 + DAY]);
  const after = (activated: number) =>
    value('calls_after_activation', history, registerOf({ 8613800000001: { activated: START + activated } }), {
      until: START + 2 * DAY,
    });
  expect(after(3600)).toBe(3);
  expect(after(7201)).toBe(2);
  // The day after it is not wholly within the window.
  expect(after(DAY + 1)).toBeNaN();
  expect(after(-1)).toBeNaN();
  expect(value('calls_after_activation', history, registerOf({}))).toBeNaN();
});

test('V9d silent days before the first call', () => {
  const history = caller([10 * DAY, 11 * DAY]);
  const silent = (activated: number) =>
    value('silent_days_before_first_call', history, registerOf({ 8613800000001: { activated: START + activated } }));
  // Since the window began, however old the card; since its activation, within the window.
  expect(silent(-400 * DAY)).toBe(10);
  expect(silent(4 * DAY)).toBe(6);
  expect(silent(10.5 * DAY)).toBeNaN();
  expect(value('silent_days_before_first_call', history, registerOf({ 8613800000001: {} }))).toBeNaN();
  const nothing = registerOf({ 8613800000001: { activated: START } });
  expect(value('silent_days_before_first_call', historyOf([registration(0)]), nothing)).toBeNaN();
});

test('S7 an IoT line that calls', () => {
  const history = caller([0, 100, 200]);
  expect(value('iot_line_calls', history, registerOf({ 8613800000001: { isThing: true } }))).toBe(3);
  expect(value('iot_line_calls', history, registerOf({ 8613800000001: {} }))).toBe(0);
  // No product is none that is known.
  expect(value('iot_line_calls', history, registerOf({ 8613800000001: { isThing: null } }))).toBeNaN();
  expect(value('iot_line_calls', history, registerOf({ 8613800000002: { isThing: true } }))).toBeNaN();
  expect(feature('iot_line_calls').compute(history, context())).toBeNaN();
});

describe('G8 G9 cards of one hand', () => {
  test('lines under one identity document', () => {
    const registered = registerOf({ 8613800000001: { id: 'a' }, 8613800000002: { id: 'a' }, 8613800000003: {} });
    expect(value('lines_per_identity', caller([0]), registered)).toBe(2);
    expect(value('lines_per_identity', caller([0], '8613800000003'), registered)).toBeNaN();
    expect(value('lines_per_identity', caller([0], '8613800000009'), registered)).toBeNaN();
  });

  test('lines of a dealer and a brand that only call out', () => {
    const ten = Array.from({ length: 10 }, (_, i) => i * 100);
    const names = ['1', '2', '3', '4', '5', '6', '7'].map((last) => `861380000000${last}`);
    const lines = names.map((line, i) => caller(i < 3 ? ten : [0], line));
    const register = Object.fromEntries(names.map((line, i) => [line, { dealer: i < 6 ? 'd' : 'e', brand: 'b' }]));
    const registered = registerOf(register, lines);
    // Dealer d has six lines, three of them heavy: of the five others of the first two are, of the last three.
    expect(value('outgoing_lines_share_of_dealer', lines[0]!, registered)).toBe(2 / 5);
    expect(value('outgoing_lines_share_of_dealer', lines[5]!, registered)).toBe(3 / 5);
    expect(value('outgoing_lines_share_of_dealer', lines[6]!, registered)).toBeNaN();
    expect(value('outgoing_lines_share_of_brand', lines[6]!, registered)).toBe(3 / 6);
  });

  test('lines that one dealer activated on one day', () => {
    const rows = {
      8613800000001: { dealer: 'd', activated: START },
      8613800000002: { dealer: 'd', activated: START + DAY - 1 },
      8613800000003: { dealer: 'd', activated: START + DAY },
      8613800000004: { dealer: 'e', activated: START },
      8613800000005: { dealer: 'd' },
      // In the register, but never seen.
      8613800000006: { dealer: 'd', activated: START },
    };
    const lines = Object.keys(rows).map((line) => caller([0], line));
    const registered = registerOf(rows, lines.slice(0, 5));
    expect(lines.slice(0, 5).map((history) => value('lines_activated_together', history, registered))).toEqual([
      1,
      1,
      0,
      0,
      Number.NaN,
    ]);
  });

  test('IMSIs near its own', () => {
    const card = (imsi: string | null, line: string) => historyOf([registration(0, { imsi })], line);
    const lines = ['460000000000100', '460000000000110', '460000000000111', null].map((imsi, i) =>
      card(imsi, `86${i}`),
    );
    const population = populationOf(...lines);
    const near = lines.map((history) => feature('lines_near_in_imsi').compute(history, context({ population })));
    expect(near).toEqual([1, 2, 1, Number.NaN]);
  });

  describe('a number of a fixed line', () => {
    const fixed = (line: string, columns: object = {}, population = new Population()) =>
      feature('fixed_number').compute(historyOf([call(0, '8613900000002', 5, columns)], line), context({ population }));

    test('is told by the numbering plan', () => {
      expect(fixed('8613800138000')).toBe(0);
      expect(fixed('861088888888')).toBe(1);
      // Numbers in the United States are of either; a user is no number; an IMSI may look like one, and a pseudonym.
      expect(fixed('12125550123')).toBeNaN();
      expect(fixed('alice')).toBeNaN();
      expect(fixed('44791234567890', { imsi: '44791234567890' })).toBeNaN();
      expect(fixed('8613800138000', {}, new Population(true))).toBeNaN();
      expect(fixed('8613800138000', {}, new Population(false, true))).toBeNaN();
    });

    test('says nothing of an account on SIP', () => {
      const registers = historyOf([registration(0, { expires_s: 3600 })], '861088888888');
      expect(feature('fixed_number').compute(registers, context())).toBeNaN();
      // An address of 200 lines may be an office's, one of 201 is a switch's.
      const shown = (lines: number) => {
        const others = Array.from({ length: lines }, (_, i) =>
          historyOf([call(0, '8613900000002', 5, { endpoint: '192.0.2.1:5060' })], `8610888${10_000 + i}`),
        );
        return fixed('861088810000', { endpoint: '192.0.2.1:5060' }, populationOf(...others));
      };
      expect([200, 201].map(shown)).toEqual([Number.NaN, 1]);
    });
  });
});
