import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, observe, type Seen } from './network.ts';

const BASE = {
  seed: 12,
  subscribers: 80,
  gateways: 1,
  hours: 4,
  start: '2024-03-05T08:00:00Z',
  country: '49',
  interfaces: ['sip', 'a', 'map', 'cap', 'isup'],
  network: { loss: 0, tcp: 0 },
  ss7: { loss: 0, retransmissions: 0, clockA: 0, clockMap: 0, clockCap: 0, clockIsup: 0, commonId: 1, circuit: 0.6 },
};

describe('what probes do not see', () => {
  const folders: string[] = [];
  let whole: Seen;

  const seen = async (visibility: object | null): Promise<Seen> => {
    const network = await observe(visibility === null ? BASE : { ...BASE, visibility });
    folders.push(network.folder);
    return network;
  };
  beforeAll(async () => {
    whole = await seen(null);
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('is no less true: the truth stays the same', async () => {
    const some = await seen({ interfaces: ['cap', 'sip'], sampling: 0.3, loss: 0.1, from: 1, until: 3 });
    expect(some.calls).toEqual(whole.calls);
    expect(some.acts).toEqual(whole.acts);
    expect(some.labels).toEqual(whole.labels);
    expect(some.events.length).toBeLessThan(whole.events.length / 2);
    expect(some.events.length).toBeGreaterThan(0);
  });

  it('interfaces: only theirs have captures', async () => {
    const { folder, events } = await seen({ interfaces: ['a', 'isup'] });
    expect(readdirSync(folder).filter((name) => name.endsWith('.pcap'))).toEqual(['a-001.pcap', 'isup-001.pcap']);
    expect(new Set(events.map(({ interface: over }) => over))).toEqual(new Set(['bssap', 'isup']));
    const of = (network: Seen) =>
      network.events.filter(({ kind, interface: over }) => kind === 'leg' && over === 'isup');
    expect(of({ ...whole, events }).length).toBe(of(whole).length);
  });

  it('time: nothing before or after', async () => {
    const { events } = await seen({ from: 1.5, until: 2.5 });
    const start = Date.parse(BASE.start) / 1000;
    expect(events.length).toBeGreaterThan(50);
    for (const { time } of events) {
      expect(at(time)).toBeGreaterThanOrEqual(start + 1.5 * 3600);
      expect(at(time)).toBeLessThan(start + 2.5 * 3600);
    }
  });

  it('sampling: some lines are followed on every interface, the others on none', async () => {
    const some = await seen({ sampling: 0.5 });
    const imsis = (network: Seen, over: string) =>
      new Set(network.events.flatMap(({ imsi, interface: on }) => (on === over && imsi ? [imsi] : [])));
    const shares = ['bssap', 'map'].map((over) => imsis(some, over).size / imsis(whole, over).size);
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.25);
      expect(share).toBeLessThan(0.75);
    }
    // Who is followed has all of its calls.
    const legs = (network: Seen, imsi: string) =>
      network.events.filter((event) => event.kind === 'leg' && event.interface === 'bssap' && event.imsi === imsi)
        .length;
    for (const imsi of imsis(some, 'bssap')) expect(legs(some, imsi), imsi).toBe(legs(whole, imsi));
  });

  it('registrations: all else of SIP is there', async () => {
    const { events } = await seen({ interfaces: ['sip'], registrations: false });
    const kinds = (of: Seen['events'], kind: string) => of.filter((event) => event.kind === kind).length;
    expect(kinds(whole.events, 'registration')).toBeGreaterThan(50);
    expect(kinds(events, 'registration')).toBe(0);
    const sip = whole.events.filter(({ interface: over }) => over === 'sip');
    expect(kinds(events, 'leg')).toBe(kinds(sip, 'leg'));
  });

  it('loss: a share of the packets', async () => {
    const some = await seen({ loss: 0.3 });
    const ratio = some.events.length / whole.events.length;
    expect(ratio).toBeLessThan(1);
    const size = (network: Seen) => network.events.filter(({ outcome }) => outcome === 'answered').length;
    expect(size(some)).toBeLessThan(size(whole));
    expect(size(some)).toBeGreaterThan(0);
  });
});
