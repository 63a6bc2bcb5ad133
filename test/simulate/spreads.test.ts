import { rmSync } from 'node:fs';
import { median, sampleStandardDeviation } from 'simple-statistics';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TruthRecord } from '../../src/simulate/sink.ts';
import { simulatedDay } from './day.ts';
import { observe } from './network.ts';

/** A frame of SIP as text, with its address of destination and its time in seconds. */
interface Message {
  text: string;
  to: string;
  time: number;
}

const NETWORK = {
  ...{ tap: 'access', tcp: 0, loss: 0, retransmissions: 0, proxies: 1 },
  ...{ ringing: '180', reliable: 0 },
};

/** Messages that phones of a quiet network exchange with it within eight hours. */
async function messages(network: Record<string, number>): Promise<Message[]> {
  const found: Message[] = [];
  await simulatedDay(
    {
      ...{ seed: 3, subscribers: 120, gateways: 0, hours: 8, start: '2024-03-05T09:00:00Z', country: '34' },
      network: { ...NETWORK, ...network },
      population: { redials: 0, hotel: 0 },
    },
    (data, seconds, nanoseconds) =>
      found.push({
        text: data.toString('latin1', 42),
        to: [...data.subarray(30, 34)].join('.'),
        time: seconds + nanoseconds / 1e9,
      }),
  );
  return found;
}

const header = (text: string, name: string): string => new RegExp(`\r\n${name}: ([^\r]+)`, 'i').exec(text)?.[1] ?? '';

/** Seconds from an INVITE of a phone to its first 180, of each call. */
function setups(all: readonly Message[]): number[] {
  const proxy = all.find(({ text }) => text.startsWith('REGISTER '))!.to;
  const asked = new Map<string, number>();
  const found: number[] = [];
  for (const { text, to, time } of all) {
    const call = header(text, '(?:Call-ID|i)');
    if (text.startsWith('INVITE ') && to === proxy && !asked.has(call)) asked.set(call, time);
    if (!text.startsWith('SIP/2.0 180')) continue;
    const since = asked.get(call);
    if (since !== undefined) found.push(time - since);
    asked.delete(call);
  }
  return found;
}

/** By how much the times between refreshes of a device differ from their median, at most: the median of devices. */
function refreshes(all: readonly Message[]): number {
  const times = new Map<string, number[]>();
  for (const { text, time } of all) {
    if (!text.startsWith('REGISTER ')) continue;
    const call = header(text, '(?:Call-ID|i)');
    const before = times.get(call) ?? [];
    // Again with credentials at once.
    if (before.length === 0 || time - before.at(-1)! > 20) times.set(call, [...before, time]);
  }
  const spreads: number[] = [];
  for (const at of times.values()) {
    const gaps = at.slice(1).map((time, i) => time - at[i]!);
    if (gaps.length < 8) continue;
    const middle = median(gaps);
    spreads.push(Math.max(...gaps.map((gap) => Math.abs(gap - middle) / middle)));
  }
  expect(spreads.length).toBeGreaterThan(5);
  return median(spreads);
}

describe('the time from dialling to ringing', () => {
  let [usual, slow, steady]: number[][] = [];
  beforeAll(async () => {
    usual = setups(await messages({ setup: 1, setupSpread: 1 }));
    slow = setups(await messages({ setup: 2, setupSpread: 1 }));
    steady = setups(await messages({ setup: 1, setupSpread: 0.1 }));
  });

  it('is as long as the scenario says', () => {
    expect(usual!.length).toBeGreaterThan(100);
    expect(median(slow!) / median(usual!)).toBeGreaterThan(1.6);
    expect(median(slow!) / median(usual!)).toBeLessThan(2.4);
  });

  it('differs from call to call as much as it says', () => {
    const spread = (values: readonly number[]): number => sampleStandardDeviation(values.map(Math.log));
    expect(spread(usual!)).toBeGreaterThan(0.4);
    // Calls within the network ring sooner than others, however steady each of the two is.
    expect(spread(steady!)).toBeLessThan(0.65 * spread(usual!));
  });
});

describe('people', () => {
  /** Calls between subscribers of a quiet network, of whom all are persons. */
  async function calls(changes: { network?: object; population?: object }): Promise<TruthRecord[]> {
    const kinds = ['callCentre', 'survey', 'office', 'courier', 'terminal', 'probe', 'licensedGateway', 'reminder'];
    const day = await simulatedDay({
      ...{ seed: 3, subscribers: 300, gateways: 0, hours: 12, start: '2024-03-05T09:00:00Z', country: '34' },
      network: { setup: 1, setupSpread: 0.1, pickUp: 1, mailboxes: 0, coldStart: 0, outages: 0, ...changes.network },
      population: {
        ...Object.fromEntries(kinds.map((kind) => [kind, 0])),
        ...{ missed: 1, talk: 1, talkSpread: 1, ...changes.population },
      },
    });
    const own = new Set(day.labels.map(({ line }) => line));
    return day.calls.filter(({ called }) => own.has(called));
  }
  const answered = (all: readonly TruthRecord[]): TruthRecord[] => all.filter(({ outcome }) => outcome === 'answered');
  const seconds = (from: string | null, to: string | null): number => (Date.parse(to!) - Date.parse(from!)) / 1000;
  let usual: TruthRecord[];
  beforeAll(async () => {
    usual = await calls({});
    expect(answered(usual).length).toBeGreaterThan(300);
  });

  it('let it ring as long as the scenario says', async () => {
    const ringing = (all: TruthRecord[]): number =>
      median(answered(all).map(({ start, answer }) => seconds(start, answer)));
    const longer = ringing(await calls({ network: { pickUp: 2 } })) - ringing(usual);
    // Seven seconds in the median, beside the time until it rings.
    expect(longer).toBeGreaterThan(4);
    expect(longer).toBeLessThan(10);
  });

  it('miss as many calls as it says', async () => {
    const share = (all: TruthRecord[]): number => answered(all).length / all.length;
    expect(share(await calls({ population: { missed: 0.2 } }))).toBeGreaterThan(share(usual) + 0.15);
  });

  it('talk as unlike from call to call as it says', async () => {
    const spread = (all: TruthRecord[]): number =>
      sampleStandardDeviation(answered(all).map(({ answer, end }) => Math.log(seconds(answer, end))));
    // A word, a talk and a long one differ in any case.
    expect(spread(await calls({ population: { talkSpread: 0.3 } }))).toBeLessThan(0.9 * spread(usual));
  });
});

describe('the time between refreshes of a registration', () => {
  it('differs as much as the scenario says', async () => {
    const of = async (refreshSpread: number) => refreshes(await messages({ refreshSpread, nat: 1, natExpires: 300 }));
    expect(await of(0.05)).toBeGreaterThan(0.02);
    expect(await of(0.001)).toBeLessThan(0.005);
  });
});

describe('on the radio side', () => {
  const OWN = { seed: 5, subscribers: 100, gateways: 0, hours: 12, start: '2024-03-05T07:00:00Z', country: '34' };
  const SS7 = { circuit: 1, loss: 0, authenticate: 1, authDelay: 300, handovers: 0, handoversAtRest: 0 };

  async function seen(changes: Record<string, unknown>) {
    const day = await observe({ ...OWN, interfaces: ['a'], ...changes });
    rmSync(day.folder, { recursive: true });
    return day.events;
  }

  it('answers to challenges take times that differ as much as the scenario says', async () => {
    const sigma = async (authSpread: number): Promise<number> => {
      const events = await seen({ ss7: { ...SS7, authSpread } });
      const delays = events.flatMap(({ kind, latency_ms: ms }) =>
        kind === 'auth' && ms !== null ? [Math.log(ms)] : [],
      );
      expect(delays.length).toBeGreaterThan(300);
      return sampleStandardDeviation(delays);
    };
    // That of phones and that of the accesses of each add up to 1.4 of either.
    expect(await sigma(0.4)).toBeGreaterThan(0.45);
    expect(await sigma(0.4)).toBeLessThan(0.7);
    expect(await sigma(0.05)).toBeLessThan(0.2);
  });

  it('people come through as many places as it says', async () => {
    const places = async (outings: number): Promise<number> => {
      const events = await seen({ ss7: SS7, network: { cells: 1, sectors: 1 }, population: { outings } });
      const cells = new Map<string, Set<string>>();
      for (const { imsi, cell } of events) {
        if (imsi === null || cell === null) continue;
        if (!cells.has(imsi)) cells.set(imsi, new Set());
        cells.get(imsi)!.add(cell);
      }
      const counts = [...cells.values()].map(({ size }) => size);
      expect(counts.length).toBeGreaterThan(30);
      return counts.reduce((sum, count) => sum + count, 0) / counts.length;
    };
    expect(await places(3)).toBeGreaterThan(1.4 * (await places(0.5)));
  });
});
