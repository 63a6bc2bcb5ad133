import { beforeAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../../src/simulate/scenario.ts';
import { simulate } from '../../../src/simulate/simulate.ts';
import type { LabelRecord, TruthRecord } from '../../../src/simulate/sink.ts';

/** Some of every kind, over a working day in Spain, where local time is UTC+1. */
const SHARES = {
  fixedLine: 0.03,
  softphone: 0.03,
  stayAtHome: 0.03,
  dormitory: 0.05,
  office: 0.05,
  shop: 0.02,
  callCentre: 0.04,
  survey: 0.02,
  reminder: 0.02,
  courier: 0.015,
  taxi: 0.02,
  probe: 0.02,
  terminal: 0.03,
  fixedWireless: 0.02,
  dualSim: 0.03,
  phoneChange: 0.04,
  handsetShop: 0.01,
  licensedGateway: 0.05,
  idle: 0.02,
  seller: 0.01,
  notifier: 0.01,
  meter: 0.01,
  testLab: 0.01,
  hotel: 0.04,
};

const NETWORK = {
  tap: 'access',
  numberFormat: 'digits',
  tcp: 0,
  loss: 0,
  identity: 'number',
  instances: 1,
  natExpires: 1800,
  keepAlive: 0,
};

interface Run {
  labels: LabelRecord[];
  truth: TruthRecord[];
  /** IMEIs that each line registered, in order. */
  imeis: Map<string, string[]>;
  /** Addresses its requests came from. */
  endpoints: Map<string, Set<string>>;
  byLine: Map<string, TruthRecord[]>;
}

async function run(changes: Record<string, unknown>): Promise<Run> {
  const result: Run = { labels: [], truth: [], imeis: new Map(), endpoints: new Map(), byLine: new Map() };
  await simulate(
    parseScenario('', {
      seed: 9,
      subscribers: 700,
      gateways: 0,
      hours: 12,
      start: '2024-03-05T07:00:00Z',
      country: '34',
      network: NETWORK,
      population: { ...SHARES, activity: 1, callsPerDay: 5, onPhones: 0.35 },
      ...changes,
    }),
    {
      frame: (data) => {
        if (data.length < 60) return;
        const text = data.toString('latin1', 42);
        if (!text.startsWith('REGISTER ')) return;
        const line = /\r\n(?:To|t): <sip:(\d+)@/.exec(text)![1]!;
        const imei = /imei:(\d{8})-(\d{6})/.exec(text);
        if (imei !== null) {
          const seen = result.imeis.get(line) ?? [];
          if (seen.at(-1) !== imei[1]! + imei[2]!) seen.push(imei[1]! + imei[2]!);
          result.imeis.set(line, seen);
        }
        result.endpoints.set(line, (result.endpoints.get(line) ?? new Set()).add([...data.subarray(26, 30)].join('.')));
      },
      call: (record) => {
        result.truth.push(record);
        result.byLine.set(record.caller, [...(result.byLine.get(record.caller) ?? []), record]);
      },
      label: (record) => result.labels.push(record),
      scenario: () => {},
      close: () => {},
    },
  );
  return result;
}

const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;
const talks = (calls: readonly TruthRecord[]): number[] =>
  calls.flatMap(({ answer, end }) => (answer === null || end === null ? [] : [seconds(answer, end)]));
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const share = <T>(items: readonly T[], is: (item: T) => boolean): number => items.filter(is).length / items.length;

describe('the people and the hard negatives', () => {
  let day: Run;
  const linesOf = (kind: string): string[] => day.labels.filter((label) => label.kind === kind).map(({ line }) => line);
  const callsOf = (kind: string): TruthRecord[] => linesOf(kind).flatMap((line) => day.byLine.get(line) ?? []);
  const distinct = (calls: readonly TruthRecord[]): number => new Set(calls.map(({ called }) => called)).size;

  beforeAll(async () => {
    day = await run({});
  });

  it('are all there', () => {
    expect(day.labels).toHaveLength(700);
    expect(new Set(day.labels.map(({ kind }) => kind))).toEqual(new Set(['person', ...Object.keys(SHARES)]));
    expect(linesOf('person').length).toBeGreaterThan(150);
  });

  it('people call a few times a day, with a heavy tail, mostly people they have called before or who know them', () => {
    const counts = linesOf('person').map((line) => day.byLine.get(line)?.length ?? 0);
    expect(median(counts)).toBeGreaterThanOrEqual(1);
    expect(median(counts)).toBeLessThanOrEqual(9);
    expect(Math.max(...counts)).toBeGreaterThan(15);
    const calls = callsOf('person');
    expect(calls.length / distinct(calls)).toBeGreaterThan(1.3);
  });

  it('calls to people are answered about as often as in real networks, and talk times have a long tail', () => {
    const calls = callsOf('person').filter(({ outcome }) => outcome !== 'open');
    const answered = share(calls, ({ outcome }) => outcome === 'answered');
    expect(answered).toBeGreaterThan(0.45);
    expect(answered).toBeLessThan(0.75);
    const lengths = talks(calls);
    expect(median(lengths)).toBeGreaterThan(15);
    expect(median(lengths)).toBeLessThan(180);
    expect(share(lengths, (length) => length > 300)).toBeGreaterThan(0.04);
    expect(new Set(calls.map(({ outcome }) => outcome))).toEqual(
      new Set(['answered', 'busy', 'rejected', 'no_answer', 'cancelled', 'failed']),
    );
  });

  it('nobody calls before the day begins and after it ends as much as between', () => {
    const at = (from: number, until: number): number =>
      callsOf('office').filter(({ start }) => {
        const hour = new Date(start).getUTCHours() + 1;
        return hour >= from && hour < until;
      }).length;
    expect(at(10, 12)).toBeGreaterThan(5 * (at(19, 20) + 1));
  });

  it('a probe calls few numbers by the clock, with talk times of one length', () => {
    for (const line of linesOf('probe')) {
      const calls = day.byLine.get(line) ?? [];
      if (calls.length < 5) continue;
      expect(distinct(calls)).toBeLessThanOrEqual(5);
      const lengths = talks(calls);
      const usual = median(lengths);
      expect(share(lengths, (length) => Math.abs(length - usual) < usual / 2)).toBeGreaterThan(0.75);
    }
    expect(callsOf('probe').length).toBeGreaterThan(20);
  });

  it('a courier, a call centre and a reminder call many numbers, a terminal one or two', () => {
    for (const kind of ['courier', 'callCentre', 'survey', 'reminder']) {
      const busiest = linesOf(kind)
        .map((line) => day.byLine.get(line) ?? [])
        .sort((a, b) => b.length - a.length)[0]!;
      expect(distinct(busiest), kind).toBeGreaterThan(10);
    }
    for (const line of linesOf('terminal')) expect(distinct(day.byLine.get(line) ?? [])).toBeLessThanOrEqual(2);
  });

  it('a company with desk phones shares an address; people do not, nor those of a company that calls from mobile phones', () => {
    const addresses = (lines: readonly string[]): number =>
      new Set(lines.flatMap((line) => [...(day.endpoints.get(line) ?? [])])).size;
    const onPhones = (line: string): boolean => day.imeis.has(line);
    // Some licensed gateways are racks of radio modules.
    const wired = linesOf('licensedGateway').filter((line) => !onPhones(line));
    expect(wired.length).toBeGreaterThan(5);
    expect(addresses(wired)).toBeLessThan(wired.length / 3);
    const staff = ['office', 'callCentre', 'survey', 'taxi', 'reminder'].flatMap(linesOf);
    const desks = staff.filter((line) => !onPhones(line));
    expect(addresses(desks)).toBeLessThan(desks.length / 3);
    for (const alone of [linesOf('person'), staff.filter(onPhones)]) {
      expect(alone.length).toBeGreaterThan(5);
      expect(addresses(alone)).toBe(alone.filter((line) => day.endpoints.has(line)).length);
    }
  });

  it('rooms of a hotel call from one address each, and only from where guests are', () => {
    const rooms = linesOf('hotel');
    const addresses = new Map<string, number>();
    for (const room of rooms)
      for (const address of day.endpoints.get(room) ?? []) addresses.set(address, (addresses.get(address) ?? 0) + 1);
    expect(rooms.length).toBeGreaterThan(addresses.size * 3);
    for (const room of rooms) expect(day.endpoints.get(room)?.size ?? 0).toBeLessThanOrEqual(1);
    const silent = share(rooms, (room) => !day.byLine.has(room));
    expect(silent).toBeGreaterThan(0);
    expect(silent).toBeLessThan(0.8);
  });

  it('a shop is called more than it calls', () => {
    const lines = new Set(linesOf('shop'));
    expect(day.truth.filter(({ called }) => lines.has(called)).length).toBeGreaterThan(callsOf('shop').length);
  });

  it('IMEIs change with the phone: another model for most, many models in a repair shop, two neighbours in a dual-SIM phone', () => {
    const changed = linesOf('phoneChange').filter((line) => (day.imeis.get(line)?.length ?? 0) > 1);
    expect(changed.length).toBeGreaterThan(2);
    const tacs = (line: string): number => new Set(day.imeis.get(line)!.map((imei) => imei.slice(0, 8))).size;
    expect(share(changed, (line) => tacs(line) > 1)).toBeGreaterThan(0.4);
    expect(Math.max(...linesOf('handsetShop').map(tacs))).toBeGreaterThan(2);
    for (const line of linesOf('person')) expect(day.imeis.get(line)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});

describe('a box', () => {
  const box = (changes: Record<string, unknown>): Promise<Run> =>
    run({
      subscribers: 60,
      // From behind a NAT all of its phones register often.
      network: { ...NETWORK, nat: 1 },
      gateways: [
        {
          lines: 10,
          idle: 0,
          make: 'phone',
          imei: 'fixed',
          from: 0,
          until: 24,
          calls: 'loop',
          bulkTexts: 0,
          codes: 0,
          ...changes,
        },
      ],
      population: { inside: 0.2 },
    });
  const linesOf = (day: Run): string[] => day.labels.filter(({ label }) => label === 'gateway').map(({ line }) => line);

  it('that hides nothing calls all day, one number after the other', async () => {
    const day = await box({ difficulty: 'naive', pause: 30, repeat: 0.02, sequential: 0 });
    for (const line of linesOf(day)) {
      const calls = day.byLine.get(line)!;
      expect(calls.length).toBeGreaterThan(60);
      expect(new Set(calls.map(({ called }) => called)).size / calls.length).toBeGreaterThan(0.8);
    }
    expect(
      day.labels
        .filter(({ gateway }) => gateway === 'box-1')
        .every(({ difficulty, weight }) => difficulty === 'naive' && weight === 1),
    ).toBe(true);
  });

  it('that changes serial numbers does so under one TAC, on its timer', async () => {
    const day = await box({ difficulty: 'imei', imei: 'timer', imeiPeriod: 1, imeiJitter: 0 });
    for (const line of linesOf(day)) {
      const imeis = day.imeis.get(line)!;
      expect(imeis.length).toBeGreaterThanOrEqual(9);
      expect(imeis.length).toBeLessThanOrEqual(14);
      expect(new Set(imeis.map((imei) => imei.slice(0, 8))).size).toBe(1);
    }
  });

  it('that draws whole IMEIs changes the TAC too; one with a list keeps one IMEI with each SIM', async () => {
    const whole = await box({ difficulty: 'imei', imei: 'random', imeiPeriod: 2, imeiJitter: 0.1 });
    for (const line of linesOf(whole))
      expect(new Set(whole.imeis.get(line)!.map((imei) => imei.slice(0, 8))).size).toBeGreaterThan(2);
    const list = await box({ difficulty: 'imei', imei: 'list' });
    const shown = linesOf(list).flatMap((line) => list.imeis.get(line) ?? []);
    expect(shown.length).toBe(new Set(shown).size);
    expect(new Set(shown.map((imei) => imei.slice(0, 8))).size).toBeGreaterThanOrEqual(1);
    for (const line of linesOf(list)) expect(list.imeis.get(line)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it('that shapes its traffic keeps to its caps, its hours and its family', async () => {
    const day = await box({
      difficulty: 'traffic',
      from: 9,
      until: 17,
      pause: 60,
      hourCap: 4,
      dayCap: 15,
      family: 1,
      familySize: 6,
      siblings: 0.3,
      friends: 0.5,
      leastAnswered: 0.1,
    });
    const lines = linesOf(day);
    for (const line of lines) {
      const calls = day.byLine.get(line) ?? [];
      expect(calls.length).toBeLessThanOrEqual(15);
      const byHour = new Map<string, number>();
      for (const { start } of calls) byHour.set(start.slice(0, 13), (byHour.get(start.slice(0, 13)) ?? 0) + 1);
      expect(Math.max(0, ...byHour.values())).toBeLessThanOrEqual(4);
      for (const { start } of calls) {
        const hour = new Date(start).getUTCHours() + 1;
        expect(hour >= 9 && hour < 17).toBe(true);
      }
      const outside = new Set(calls.map(({ called }) => called).filter((called) => !lines.includes(called)));
      expect(outside.size).toBeLessThanOrEqual(6);
    }
    const siblings = day.truth.filter(({ caller, called }) => lines.includes(caller) && lines.includes(called));
    expect(siblings.length).toBeGreaterThan(10);
    expect(share(siblings, ({ outcome }) => outcome === 'answered' || outcome === 'open')).toBeGreaterThan(0.6);
    expect(
      day.truth.filter(({ caller, called }) => !lines.includes(caller) && lines.includes(called)).length,
    ).toBeGreaterThan(10);
  });

  it('of a known make looks like it', async () => {
    const texts: string[] = [];
    await simulate(
      parseScenario('', {
        subscribers: 1,
        gateways: [{ lines: 4, make: 'goip', difficulty: 'naive', imei: 'none', incoming: 'answer' }],
        hours: 0.5,
        network: { tap: 'access', tcp: 0, loss: 0 },
      }),
      {
        frame: (data) => texts.push(data.length > 60 ? data.toString('latin1', 42) : ''),
        call: () => {},
        label: () => {},
        scenario: () => {},
        close: () => {},
      },
    );
    const own = texts.filter((text) => /^(INVITE|REGISTER) [\s\S]*User-Agent: (dble|pak)\r\n/.test(text));
    expect(own.length).toBeGreaterThan(10);
    for (const text of own) {
      expect(text).toMatch(/;branch=z9hG4bK\d{1,10};rport\r\n/);
      expect(text).toMatch(/\r\nCall-ID: \d{10}@\d+\.\d+\.\d+\.\d+\r\n/);
      expect(text).toMatch(/\r\nFrom: <sip:[^>]+>;tag=\d{8}\r\n/);
      if (text.startsWith('INVITE')) expect(text).toContain('o=userX 20000001 20000001 IN IP4');
    }
  });
});
