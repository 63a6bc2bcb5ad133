import { describe, expect, it } from 'vitest';
import { type Day, linesOf, simulatedDay } from '../day.ts';

interface Registration {
  line: string;
  imei: string;
  /** Node of a Wi-Fi, or empty. */
  node: string;
  address: string;
}

/** Twenty hours from five in the morning of a Tuesday in Spain, where local time is UTC+1. */
async function run(
  population: Record<string, number>,
  changes: Record<string, unknown> = {},
): Promise<Day & { registrations: Registration[] }> {
  const registrations: Registration[] = [];
  const network = { tap: 'access', numberFormat: 'digits', tcp: 0, loss: 0, identity: 'number', instances: 1 };
  const day = await simulatedDay(
    {
      ...{ seed: 7, subscribers: 200, gateways: 0, hours: 20, start: '2024-03-05T04:00:00Z', country: '34' },
      network: { ...network, accessInfo: 1, nat: 0, keepAlive: 0 },
      population: { onPhones: 1, shifts: 0, officeWifi: 0, testLab: 0, hotel: 0, longTalks: 0, ...population },
      ...changes,
    },
    (data) => {
      const text = data.length < 60 ? '' : data.toString('latin1', 42);
      if (!text.startsWith('REGISTER ')) return;
      registrations.push({
        line: /\r\n(?:To|t): <sip:(\d+)@/.exec(text)![1]!,
        imei: /imei:(\d{8}-\d{6})/.exec(text)?.[1] ?? '',
        node: /i-wlan-node-id=([0-9a-f]+)/.exec(text)?.[1] ?? '',
        address: [...data.subarray(26, 30)].join('.'),
      });
    },
  );
  return { ...day, registrations };
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

describe('phones that a company keeps', () => {
  it('are switched on when work begins, and off when it ends', async () => {
    const shown = { interfaces: ['a'], ss7: { circuit: 1, loss: 0 } };
    const day = await run({ callCentre: 0.2, shifts: 1 }, shown);
    const lines = linesOf(day, 'callCentre');
    expect(lines.length).toBeGreaterThan(10);
    let [inside, all] = [0, 0];
    for (const line of lines) {
      const own = day.acts.filter((act) => act.line === line && act.kind === 'presence');
      const times = (update: string) => own.filter((act) => act.update === update).map(({ time }) => time / 1e6);
      const [on] = times('attach');
      const [off = Number.POSITIVE_INFINITY] = times('detach');
      expect(on).toBeDefined();
      const calls = day.calls.filter(({ caller }) => caller === line).map(({ start }) => Date.parse(start) / 1000);
      expect(calls.length).toBeGreaterThan(0);
      all += calls.length;
      inside += calls.filter((time) => time > on! && time < off).length;
    }
    // A call from outside may show the number of any subscriber.
    expect(inside / all).toBeGreaterThan(0.97);
    const leaves = day.acts.filter(
      ({ line, kind, update }) => lines.includes(line) && kind === 'presence' && update === 'detach',
    );
    expect(leaves.length).toBeGreaterThan(lines.length / 4);
    expect(leaves.length).toBeLessThan(lines.length);
  });

  it('are in one place and on one address where they are on its Wi-Fi, with serial numbers of one crate', async () => {
    const day = await run({ callCentre: 0.3, officeWifi: 1 });
    const lines = linesOf(day, 'callCentre');
    const own = day.registrations.filter(({ line }) => lines.includes(line));
    const nodes = distinct(own.map(({ node }) => node).filter((node) => node !== ''));
    expect(nodes.length).toBeLessThan(lines.length / 4);
    for (const node of nodes) {
      const there = distinct(own.filter((one) => one.node === node).map(({ line }) => line));
      expect(there.length).toBeGreaterThan(3);
      const theirs = own.filter(({ line }) => there.includes(line));
      expect(distinct(theirs.map(({ address }) => address))).toHaveLength(1);
    }
    const numbers = distinct(own.map(({ imei }) => Number(imei.replace('-', '')))).sort((a, b) => a - b);
    // Some register once in days.
    expect(numbers.length).toBeGreaterThan(lines.length / 2);
    expect(numbers).toHaveLength(distinct(own.map(({ line }) => line)).length);
    const near = numbers.filter((one, at) => at > 0 && one - numbers[at - 1]! <= 40);
    expect(near.length).toBeGreaterThan(lines.length / 4);
  });

  it('carry on as others where it does not keep them', async () => {
    const day = await run({ callCentre: 0.3 });
    const lines = linesOf(day, 'callCentre');
    const own = day.registrations.filter(({ line }) => lines.includes(line));
    const seen = distinct(own.map(({ line }) => line));
    expect(seen.length).toBeGreaterThan(lines.length / 2);
    expect(distinct(own.map(({ address }) => address))).toHaveLength(seen.length);
  });
});

describe('a lab', () => {
  it('puts its SIM cards in many phones in turn, and calls its own numbers and a few others', async () => {
    const day = await run({ testLab: 0.1 });
    const lines = linesOf(day, 'testLab');
    expect(lines.length).toBeGreaterThan(10);
    const imeis = lines.map((line) =>
      distinct(day.registrations.filter((one) => one.line === line && one.imei !== '').map(({ imei }) => imei)),
    );
    const used = imeis.flat();
    expect(used.length).toBeGreaterThan(2 * lines.length);
    expect(distinct(used).length).toBeLessThan(used.length);
    const calls = day.calls.filter(({ caller }) => lines.includes(caller));
    expect(calls.length).toBeGreaterThan(10 * lines.length);
    expect(calls.filter(({ called }) => lines.includes(called)).length / calls.length).toBeGreaterThan(0.2);
  });
});
