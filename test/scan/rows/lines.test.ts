import { afterEach, describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { type CatpoolEvent, EVENT_KINDS, emptyEvent } from '../../../src/events/event.ts';
import { History, type TextColumn } from '../../../src/features/history/history.ts';
import { Naming, OwnLines, type OwnOptions } from '../../../src/features/naming/naming.ts';
import { Lines } from '../../../src/scan/rows/lines.ts';
import { EventTable, RowShipper } from '../../../src/scan/rows/table.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';

const START = 1_704_067_200;
const DAY = 86_400;

const stores: SpoolStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** A table with `budget` bytes of memory: with few, its rows go to a file. */
function tableOf(budget: number): { table: EventTable; store: SpoolStore } {
  const store = new SpoolStore(budget);
  stores.push(store);
  return { table: new EventTable(store), store };
}

/** Events of some people whose identities are told in part, change, and are shared now and then. */
function invented(count: number): CatpoolEvent[] {
  const random = new Random(7, 'lines');
  const user = () => random.integer(0, 59);
  const aor = (who: number) => `u${who}@${random.chance(0.1) ? 'other' : 'home'}.example`;
  const imsi = (who: number) => `46000${1_000_000_000 + who}`;
  const msisdn = (who: number) => `861380000${1000 + who + (random.chance(0.02) ? 500 : 0)}`;
  const wide = 'телефон ☎ 猫池';
  return Array.from({ length: count }, (_, i) => {
    const who = user();
    const maybe = <T>(value: T, share = 0.7): T | null => (random.chance(share) ? value : null);
    const second = START + random.integer(0, 2 * DAY);
    return {
      ...emptyEvent(
        random.chance(0.7) ? 'leg' : random.pick(EVENT_KINDS),
        { s: second, ns: random.integer(0, 3) * 250_000_000 },
        'probe',
        random.pick(['sip', 'sip', 'isup', 'cap'] as const),
      ),
      direction: random.pick([null, 'originating', 'originating', 'terminating'] as const),
      imsi: maybe(imsi(who), 0.3),
      msisdn: maybe(msisdn(who), 0.5),
      aor: random.chance(0.02) ? 'anonymous@anonymous.invalid' : maybe(aor(who), 0.6),
      counterpart: random.pick([
        msisdn(user()),
        aor(user()),
        `u${user()}`,
        'anonymous',
        `86139${10_000_000 + user()}`,
        wide,
        null,
      ]),
      answer_time: maybe({ s: second + 5, ns: 5 }),
      end_time: maybe({ s: second + random.integer(6, 600), ns: 0 }),
      setup_ms: maybe(random.between(0, 5000)),
      ring_ms: maybe(random.between(0, 50_000)),
      talk_ms: maybe(random.between(0, 1e6)),
      outcome: random.pick([
        null,
        'answered',
        'busy',
        'rejected',
        'no_answer',
        'cancelled',
        'open',
        'delivered',
      ] as const),
      cause: maybe(random.integer(0, 127)),
      sip_status: maybe(random.integer(200, 699)),
      released_by: random.pick([null, 'caller', 'called', 'network'] as const),
      access: maybe('3GPP-E-UTRAN-FDD'),
      mcc: maybe('460'),
      mnc: maybe('00'),
      lac: maybe(random.integer(0, 3)),
      cell: maybe(String(random.integer(1, 5))),
      lu_type: maybe('periodic', 0.1),
      imei: maybe(`35693803${100_000 + random.integer(0, 9)}`),
      classmark: maybe('5359', 0.1),
      latency_ms: maybe(random.between(0, 900)),
      sms_length: maybe(random.integer(0, 160)),
      endpoint: maybe(`10.0.0.${who}:${random.integer(1024, 1030)}`),
      contact: maybe(random.chance(0.5) ? `[2001:db8::${who}]:5060` : `192.168.0.${who}`),
      via_mismatch: random.pick([null, true, false]),
      user_agent: maybe(random.chance(0.1) ? wide : `phone/${random.integer(0, 3)}`),
      sdp_fingerprint: maybe(random.integer(0, 1e9).toString(16)),
      header_order: maybe('x'.repeat(random.integer(1, 400))),
      id_shape: maybe(`d${random.integer(1, 20)}`),
      media: maybe(`audio 10.0.1.${who}:${random.integer(4000, 5000)}`),
      ussd_code: maybe('*101#', 0.1),
      forwarding: maybe('register all', 0.1),
      keep_alive_s: maybe(30),
      expires_s: maybe(3600),
      event_id: i.toString(16).padStart(16, '0'),
    };
  });
}

const NUMBERS = [
  'time answer end setup ring talk latency smsLength expires keepAlive kind over seen direction mirror repeat outcome releasedBy',
  'viaMismatch cause sipStatus counterpart imei cell classmark luType access endpoint contact media userAgent',
  'sdpFingerprint headerOrder idShape service',
]
  .join(' ')
  .split(' ') as ('time' | 'counterpart')[];
const TEXTS: TextColumn[] = [
  'service',
  'counterpart',
  'imei',
  'cell',
  'endpoint',
  'contact',
  'media',
  'userAgent',
  'idShape',
];

/** All that a history says, as plain data. */
function said(history: History): Record<string, unknown> {
  return {
    ...Object.fromEntries(NUMBERS.map((name) => [name, [...history[name].subarray(0, history.count)]])),
    ...Object.fromEntries(TEXTS.map((name) => [`${name} texts`, [...history.texts(name)]])),
    outgoing: [...history.outgoing.subarray(0, history.outgoingCount)],
    incoming: [...history.incoming.subarray(0, history.incomingCount)],
  };
}

/** The same by the definition: name every event, show it to the line it is of and to the line that was called. */
function byDefinition(
  events: readonly CatpoolEvent[],
  from: number,
  until: number,
  options: OwnOptions,
): Map<string, Record<string, unknown>> {
  const naming = new Naming();
  for (const event of events) naming.learn(event);
  const inside = events.filter(({ time }) => time.s >= from && time.s < until);
  const own = new OwnLines(naming, options);
  for (const event of inside) own.see(event);
  const lines = new Map<string, History>();
  const push = (line: string, event: CatpoolEvent, role: 'own' | 'mirror', other: string | null): void => {
    let history = lines.get(line);
    if (history === undefined) {
      history = new History();
      history.reset(line);
      lines.set(line, history);
    }
    history.push(event, role, other);
  };
  for (const event of inside) {
    const line = naming.lineOf(event);
    const other = naming.lineOfCounterpart(event);
    if (line !== null && own.has(line)) push(line, event, 'own', other);
    if ((event.kind === 'leg' || event.kind === 'sms') && other !== null && other !== line && own.has(other))
      push(other, event, 'mirror', line);
  }
  const names = [...lines.keys()].sort((a, b) => (a < b ? -1 : 1));
  return new Map(
    names.map((name) => {
      lines.get(name)!.seal();
      return [name, said(lines.get(name)!)];
    }),
  );
}

function linesOf(lines: Lines): Map<string, Record<string, unknown>> {
  const found = new Map<string, Record<string, unknown>>();
  lines.each((history) => found.set(history.line, said(history)));
  return found;
}

const EVENTS = invented(6000);
const OPTIONS: [string, OwnOptions][] = [
  ['without prefixes', {}],
  ['with number prefixes', { prefixes: ['8613800001', '8613910'] }],
  ['with IMSI prefixes', { imsiPrefixes: ['46000100000000', '46000100000001'] }],
];

describe('the lines of a window', () => {
  test.each(OPTIONS)('are what naming every event gives, in memory and from a file (%s)', (_, options) => {
    const [from, until] = [START + DAY / 2, START + DAY];
    const expected = byDefinition(EVENTS, from, until, options);
    expect(expected.size).toBeGreaterThan(10);
    for (const budget of [1e9, 300_000, 0]) {
      const { table, store } = tableOf(budget);
      for (const event of EVENTS) table.add(event, 0);
      expect(table.blocks.inMemory() === null).toBe(budget < 1e9);
      const lines = new Lines(table, store, { ...options, from, until });
      // Twice: what is put in order on the way stays so.
      for (let round = 0; round < 2; round++) {
        const found = linesOf(lines);
        expect([...found.keys()]).toEqual([...expected.keys()]);
        for (const [name, line] of expected) expect([name, found.get(name)]).toEqual([name, line]);
      }
    }
  });

  test('are the same when workers ship the rows, in any interleaving', () => {
    const window = { from: START, until: START + 2 * DAY };
    const expected = byDefinition(EVENTS, window.from, window.until, {});
    const { table, store } = tableOf(1e9);
    const shippers = [0, 1, 2].map(() => {
      const receive = table.receiver();
      return new RowShipper((shipment) => receive(structuredClone(shipment, { transfer: [shipment.rows] })));
    });
    for (const [i, event] of EVENTS.entries()) {
      shippers[i % 3]!.add(event, i % 3);
      if (i % 3 === 2) table.add({ ...event, event_id: event.event_id }, 2);
    }
    for (const shipper of shippers) shipper.flush();
    expect(linesOf(new Lines(table, store, window))).toEqual(expected);
  });

  test('leave out captures that were given twice', () => {
    const window = { from: START, until: START + 2 * DAY };
    const { table, store } = tableOf(1e9);
    for (const [i, event] of EVENTS.entries()) table.add(event, i % 2);
    table.dropped[1] = true;
    const kept = EVENTS.filter((_, i) => i % 2 === 0);
    const found = linesOf(new Lines(table, store, window));
    const events = (lines: Map<string, Record<string, unknown>>) =>
      [...lines.values()].reduce((sum, { time }) => sum + (time as unknown[]).length, 0);
    // Names may come from the copy too: it says nothing else.
    expect(events(found)).toBeLessThanOrEqual(2 * kept.length);
    expect(events(found)).toBeLessThan(events(byDefinition(EVENTS, window.from, window.until, {})) * 0.6);
  });

  test('are spread over partitions when they do not fit into one', () => {
    const { table, store } = tableOf(0);
    const lines = 40;
    // 180,000 rows of 160 bytes are more than two partitions of 12 MB.
    for (let i = 0; i < 180_000; i++) {
      table.add(
        {
          ...emptyEvent('registration', { s: START + (i % 7919), ns: 0 }, 'probe', 'sip'),
          msisdn: String(8_613_800_000_000 + (i % lines)),
          event_id: i.toString(16).padStart(16, '0'),
        },
        0,
      );
    }
    const counts: [string, number][] = [];
    new Lines(table, store, { from: 0, until: Number.POSITIVE_INFINITY }).each((history) => {
      counts.push([history.line, history.count]);
      for (let i = 1; i < history.count; i++)
        if (history.time[i]! < history.time[i - 1]!) throw new Error('out of order');
    });
    expect(counts).toEqual(Array.from({ length: lines }, (_, i) => [String(8_613_800_000_000 + i), 180_000 / lines]));
  });
});
