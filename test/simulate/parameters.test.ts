import { beforeAll, describe, expect, it } from 'vitest';
import { numberTypeOf } from '../../src/base/number-type.ts';
import type { ActRecord, TruthRecord } from '../../src/simulate/sink.ts';
import { type Day, linesOf, simulatedDay } from './day.ts';

const run = (changes: Record<string, unknown>): Promise<Day> =>
  simulatedDay({
    ...{ seed: 11, subscribers: 60, gateways: 0, hours: 10, start: '2024-03-05T08:00:00Z', country: '34' },
    ...changes,
  });

const callsOf = (day: Day, line: string): TruthRecord[] => day.calls.filter(({ caller }) => caller === line);
const textsOf = (day: Day, line: string, direction = 'originating'): ActRecord[] =>
  day.acts.filter((act) => act.line === line && act.kind === 'sms' && act.direction === direction);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const talks = (calls: readonly TruthRecord[]): number[] =>
  calls.flatMap(({ answer, end }) =>
    answer === null || end === null ? [] : [(Date.parse(end) - Date.parse(answer)) / 1000],
  );

const BOX = {
  difficulty: 'naive',
  lines: 10,
  idle: 0,
  from: 0,
  until: 24,
  use: 'scam',
  bulkTexts: 0,
  codes: 0,
  calls: 'loop',
  atOnce: 0,
  redials: 0,
};
const RADIO = { restarts: 0, powerOn: 0, modems: 'one', cells: 'one', notices: 0 };

describe('cells that are heard in one place', () => {
  /** Different cells in which each line of the boxes called or wrote, of one place each. */
  const cellsOf = async (sectors: number, locked: boolean): Promise<number[]> => {
    const day = await run({
      interfaces: ['a'],
      network: { sectors, cells: 5 },
      ss7: { areaCells: 12, circuit: 1 },
      gateways: [{ ...BOX, locked, pause: 20, radio: RADIO }],
    });
    return linesOf(day, 'gateway').map((line) => {
      const legs = callsOf(day, line).flatMap((call) => call.legs ?? []);
      return new Set(legs.filter(({ direction }) => direction === 'originating').map(({ cell }) => cell)).size;
    });
  };

  it('are shown by who stays there, unless locked to one', async () => {
    const heard = await cellsOf(3, false);
    expect(Math.max(...heard)).toBe(3);
    expect(heard.filter((cells) => cells > 1).length).toBeGreaterThan(heard.length / 2);
    expect(new Set(await cellsOf(3, true))).toEqual(new Set([1]));
    expect(new Set(await cellsOf(1, false))).toEqual(new Set([1]));
  });
});

describe('a box that sends short messages in bulk', () => {
  let day: Day;
  beforeAll(async () => {
    day = await run({
      interfaces: ['a'],
      ss7: { circuit: 1 },
      gateways: [{ ...BOX, idle: 0.2, bulkTexts: 40, radio: RADIO }],
      population: { notifier: 0.06 },
    });
  });

  it('sends about as many as it says, to ever new numbers, and places no calls', () => {
    const lines = linesOf(day, 'gateway');
    const sent = lines.map((line) => textsOf(day, line));
    const busy = sent.filter(({ length }) => length > 0);
    expect(busy).toHaveLength(8);
    // The pause between two is log-normal: its mean is above the median that the rate gives.
    for (const texts of busy) {
      expect(texts.length).toBeGreaterThan(120);
      expect(texts.length).toBeLessThan(600);
      expect(new Set(texts.map(({ counterpart }) => counterpart)).size / texts.length).toBeGreaterThan(0.8);
    }
    for (const line of lines) expect(callsOf(day, line).length).toBeLessThan(5);
  });

  it('has lines that count as such, the idle ones less', () => {
    for (const { line, label, weight } of day.labels) {
      if (label !== 'gateway' || callsOf(day, line).length > 0) continue;
      expect([line, weight]).toEqual([line, textsOf(day, line).length > 0 ? 1 : 0.25]);
    }
  });

  it('is not the only one: a lawful machine writes to its customers, again and again', () => {
    const lines = linesOf(day, 'notifier');
    expect(lines.length).toBeGreaterThan(0);
    const texts = lines.flatMap((line) => textsOf(day, line));
    expect(texts.length).toBeGreaterThan(10 * lines.length);
    expect(new Set(texts.map(({ counterpart }) => counterpart)).size).toBeLessThan(texts.length);
  });
});

describe('a box that gathers verification codes', () => {
  const farm = { ...BOX, idle: 0.2, codes: 6 };

  it('gets about as many as it says on the air, calls and writes to nobody; its SIMs take turns', async () => {
    const radio = { ...RADIO, simsPerModem: 2, simHours: 0.2 };
    const day = await run({
      interfaces: ['a'],
      ss7: { circuit: 1, loss: 0 },
      gateways: [{ ...farm, use: 'bypass', radio }],
    });
    const lines = linesOf(day, 'gateway');
    const got = lines.map((line) => textsOf(day, line, 'terminating').length);
    const busy = got.filter((count) => count > 5);
    expect(busy).toHaveLength(8);
    // A SIM gets 6 an hour, for half of ten hours, in eight lines: a Poisson number of 240.
    const all = busy.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThan(160);
    expect(all).toBeLessThan(320);
    for (const line of lines) {
      expect(callsOf(day, line).length).toBeLessThan(5);
      expect(textsOf(day, line)).toHaveLength(0);
      const attaches = day.acts.filter((act) => act.line === line && act.kind === 'presence');
      expect(attaches.length).toBeGreaterThan(10);
    }
    for (const [at, line] of lines.entries()) {
      const idle = got[at]! <= 5 && callsOf(day, line).length === 0;
      expect(day.labels.find((label) => label.line === line)?.weight).toBe(idle ? 0.25 : 1);
    }
  });

  it('gets them over SIP where it has no radio', async () => {
    let codes = 0;
    const outgoing = new Set<string>();
    await simulatedDay(
      {
        ...{ seed: 11, subscribers: 1, hours: 10, start: '2024-03-05T08:00:00Z', country: '34' },
        ...{ network: { loss: 0, tcp: 0, challenge: 0, tap: 'access' }, population: { messages: 0 } },
        gateways: [farm],
      },
      (frame) => {
        const text = frame.toString('latin1');
        if (text.includes('is your code')) codes++;
        const [, from] = /MESSAGE sip:.*\r\n(?:.*\r\n)*?From: .*sip:([^@>]*)/.exec(text) ?? [];
        if (from !== undefined) outgoing.add(from);
      },
    );
    // 6 an hour, ten hours, eight lines.
    expect(codes).toBeGreaterThan(380);
    expect(codes).toBeLessThan(580);
    expect(outgoing.size).toBeGreaterThan(100);
  });
});

describe('calls that come in from a trunk', () => {
  it('are as many an hour as it says, as they come; the others come one after the other', async () => {
    const gaps = async (changes: object): Promise<{ perHour: number; spread: number }> => {
      const day = await run({ gateways: [{ ...BOX, talk: 0.6, ...changes }] });
      const starts = linesOf(day, 'gateway').map((line) =>
        callsOf(day, line).map(({ start }) => Date.parse(start) / 1000),
      );
      const between = starts.flatMap((times) => times.slice(1).map((time, i) => time - times[i]!));
      const mean = between.reduce((sum, gap) => sum + gap, 0) / between.length;
      const variance = between.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / between.length;
      return { perHour: 3600 / mean, spread: Math.sqrt(variance) / mean };
    };
    const loop = await gaps({ pause: 300, pauseSpread: 0.1 });
    const trunk = await gaps({ calls: 'trunk', callsPerHour: 6 });
    // What goes unanswered is tried again now and then.
    expect(trunk.perHour).toBeGreaterThan(4);
    expect(trunk.perHour).toBeLessThan(12);
    // Of a Poisson process the spread of the gaps is their mean.
    expect(trunk.spread).toBeGreaterThan(0.8);
    expect(loop.spread).toBeLessThan(0.7);
  });
});

describe('calls of a box that follow one another within seconds', () => {
  /** Seconds from the end of each call of the box to the next of the line, and whether that calls the same number. */
  const followed = async (changes: object): Promise<{ gap: number; again: boolean; missed: boolean }[]> => {
    const day = await run({
      gateways: [{ ...BOX, pause: 300, pauseSpread: 0.1, repeat: 0, sequential: 0, ...changes }],
    });
    return linesOf(day, 'gateway').flatMap((line) => {
      const calls = callsOf(day, line);
      return calls.slice(1).map((call, i) => ({
        gap: (Date.parse(call.start) - Date.parse(calls[i]!.end!)) / 1000,
        again: call.called === calls[i]!.called,
        missed: calls[i]!.answer === null,
      }));
    });
  };
  const share = <T>(all: readonly T[], of: (one: T) => boolean): number => all.filter(of).length / all.length;

  it('are the share that somebody waits for, to other numbers', async () => {
    const soon = await followed({ atOnce: 0.5 });
    expect(share(soon, ({ gap }) => gap < 90)).toBeGreaterThan(0.4);
    expect(share(soon, ({ gap }) => gap < 90)).toBeLessThan(0.6);
    expect(share(soon, ({ again }) => again)).toBeLessThan(0.02);
    expect(share(await followed({}), ({ gap }) => gap < 90)).toBeLessThan(0.1);
  });

  it('are the share of those not answered that are tried again, and no other', async () => {
    const missed = await followed({ redials: 0.5, answered: 0.4 });
    const again = missed.filter((one) => one.again);
    expect(again.length).toBeGreaterThan(20);
    expect(share(again, (one) => one.missed)).toBeGreaterThan(0.95);
    expect(
      share(
        missed.filter((one) => one.missed),
        (one) => one.again,
      ),
    ).toBeGreaterThan(0.35);
    expect(
      share(
        missed.filter((one) => one.missed),
        (one) => one.again,
      ),
    ).toBeLessThan(0.65);
    expect(share(again, ({ gap }) => gap < 90)).toBeGreaterThan(0.9);
  });
});

describe('what a network adds', () => {
  it('mailboxes answer calls to outside that nobody answers, after they rang for long, and callers soon hang up', async () => {
    const changes = { gateways: [{ ...BOX, pause: 60, answered: 0.3 }] };
    const outcomes = async (mailboxes: number) => (await run({ ...changes, network: { mailboxes } })).calls;
    const [none, all] = [await outcomes(0), await outcomes(1)];
    expect(none.filter(({ outcome }) => outcome === 'no_answer').length).toBeGreaterThan(50);
    // Those of subscribers have none.
    const unanswered = all.filter(({ outcome }) => outcome === 'no_answer').length;
    expect(unanswered).toBeLessThan(0.3 * none.filter(({ outcome }) => outcome === 'no_answer').length);
    const slow = all.filter(({ start, answer }) => answer !== null && Date.parse(answer) - Date.parse(start) > 16_000);
    expect(median(talks(slow))).toBeLessThan(20);
  });

  it('notices reach the lines of a box, which write to nobody', async () => {
    const texts = async (notices: number) => {
      const day = await run({
        interfaces: ['a'],
        ss7: { circuit: 1, loss: 0 },
        gateways: [{ ...BOX, radio: { ...RADIO, textsInPerDay: 0, textsPerDay: 0, notices } }],
      });
      const lines = linesOf(day, 'gateway');
      expect(lines.flatMap((line) => textsOf(day, line))).toHaveLength(0);
      return lines.flatMap((line) => textsOf(day, line, 'terminating')).length;
    };
    expect(await texts(0)).toBe(0);
    // 24 a day, of ten hours, in ten lines: a Poisson number of 100 at most.
    expect(await texts(24)).toBeGreaterThan(40);
  });
});

describe('people who call for a living', () => {
  it('sell by phone to new people, and are called', async () => {
    const day = await run({ population: { seller: 0.1 } });
    const lines = linesOf(day, 'seller');
    expect(lines.length).toBeGreaterThan(3);
    const calls = lines.flatMap((line) => callsOf(day, line));
    expect(calls.length / lines.length).toBeGreaterThan(10);
    expect(day.calls.filter(({ called }) => lines.includes(called)).length).toBeGreaterThan(lines.length);
  });

  it('talk for minutes where they have time, and are hardly called', async () => {
    const desks = async (longTalks: number) => {
      const day = await run({
        subscribers: 400,
        population: { callCentre: 0.2, onPhones: 0, longTalks, talk: 1, inside: 0.05, testLab: 0, hotel: 0 },
      });
      const lines = linesOf(day, 'callCentre');
      expect(lines.length).toBeGreaterThan(20);
      return median(talks(lines.flatMap((line) => callsOf(day, line))));
    };
    const [short, long] = [await desks(0), await desks(1)];
    expect(long).toBeGreaterThan(1.3 * short);
  });
});

describe('numbers of fixed lines', () => {
  /** Types of the numbers of desks and of boxes, from the numbering plan. */
  const typesOf = async (share: number, changes: Record<string, unknown> = {}) => {
    const day = await run({
      hours: 1,
      gateways: 2,
      everyGateway: { ...BOX, make: 'goip', fixed: share },
      population: { callCentre: 0.2, onPhones: 0, fixedCompanies: share },
      ...changes,
    });
    const typesIn = (lines: readonly string[]): (string | null)[] => [...new Set(lines.map(numberTypeOf))];
    return { desks: typesIn(linesOf(day, 'callCentre')), boxes: typesIn(linesOf(day, 'gateway')) };
  };

  it('have as many companies and boxes as it says', async () => {
    expect(await typesOf(1)).toEqual({ desks: ['fixed'], boxes: ['fixed'] });
    expect(await typesOf(0)).toEqual({ desks: ['mobile'], boxes: ['mobile'] });
  });

  it('no box has whose SIMs are seen', async () => {
    const { boxes } = await typesOf(1, { interfaces: ['a'] });
    expect(boxes).toEqual(['mobile']);
  });
});
