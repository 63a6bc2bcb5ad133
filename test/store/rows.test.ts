import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { Random } from '../../src/base/random.ts';
import {
  type CatpoolEvent,
  EVENT_COLUMNS,
  EVENT_KINDS,
  type EventColumn,
  emptyEvent,
  type Outcome,
} from '../../src/events/event.ts';
import { eventRecord } from '../../src/events/record.ts';
import { END_TEXT, FIRST_TEXT, FLOATS, INTEGERS, OutcomeCode, Whole } from '../../src/features/history/rows.ts';
import { collectFromStore } from '../../src/scan/lake.ts';
import { EventTable, RowShipper } from '../../src/scan/rows/table.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import { openStore } from '../../src/store/store.ts';
import { storedRows } from '../support/lake.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHA = 'a'.repeat(64);
const DAY = 86_400;
const START = 1_700_006_400;
const FREE_TEXTS: Partial<Record<EventColumn, string[]>> = {
  direction: ['originating', 'terminating'],
  released_by: ['caller', 'called', 'network'],
  outcome: Object.keys(OutcomeCode) as Outcome[],
  cell: ['460-01-7-9', '17', '23'],
  endpoint: ['10.0.0.1:5060', '[2001:db8::1]:5060', '2001:db8::1', 'host', ':5060'],
  contact: ['10.0.0.1', 'example.org:5080'],
  media: ['audio 10.1.1.1:4000', 'audio+video [2001:db8::2]:9', 'audio'],
  user_agent: ['猫池 7', 'O\'Neil "x"\\', '', 'a'.repeat(300)],
};

/** Events with every column filled in about half of them. */
function someEvents(count: number): CatpoolEvent[] {
  const random = new Random(11, 'rows');
  const time = () => ({ s: START + random.integer(0, 3 * DAY - 1), ns: random.integer(0, 999_999_999) });
  return Array.from({ length: count }, (_, index) => {
    const kind = EVENT_KINDS[random.integer(0, EVENT_KINDS.length - 1)]!;
    const faces = ['sip', 'isup', 'cap', 'map', 'bssap', 'ranap'] as const;
    const event = emptyEvent(kind, time(), 'test', faces[random.integer(0, 5)]!);
    const values = event as unknown as Record<string, unknown>;
    for (const [name, type] of Object.entries(EVENT_COLUMNS)) {
      if (['kind', 'time', 'feed', 'interface', 'first_capture', 'last_capture'].includes(name)) continue;
      if (name.endsWith('_frame')) values[name] = random.integer(0, 4_294_967_295);
      else if (random.integer(0, 1) === 0) continue;
      else if (type === 'time') values[name] = time();
      else if (type === 'integer') values[name] = random.integer(0, 70_000);
      else if (type === 'real') values[name] = random.integer(0, 1e9) / 1e6;
      else if (type === 'boolean') values[name] = random.integer(0, 1) === 1;
      else {
        const texts = FREE_TEXTS[name as EventColumn] ?? ['one', 'two', 'three', String(random.integer(1, 1000))];
        values[name] = texts[random.integer(0, texts.length - 1)];
      }
    }
    event.event_id = (0xfedc_ba98_7654_0000n + BigInt(index)).toString(16);
    event.first_capture = { sha256: SHA };
    event.last_capture = { sha256: SHA };
    return event;
  });
}

/** Rows as texts that do not depend on how texts and identities are numbered. */
function plainRows({ blocks, texts, identities }: EventTable): string[] {
  const rows: string[] = [];
  const textOf = (number: number) => (number < 0 ? null : texts.text(number));
  for (const [, block] of blocks.read()) {
    for (let row = 0; row < block.count; row++) {
      const reals = [...block.floats.subarray(row * FLOATS, row * FLOATS + 7)].map(String);
      const wholes = [...block.integers.subarray(row * INTEGERS + Whole.smsLength, row * INTEGERS + FIRST_TEXT)];
      const who = wholes[Whole.identity - Whole.smsLength]!;
      wholes[Whole.identity - Whole.smsLength] = 0;
      const named = [identities.imsi(who), identities.msisdn(who), identities.aor(who)].map(textOf);
      named.push(String(identities.asked(who)));
      const texted = [...block.integers.subarray(row * INTEGERS + FIRST_TEXT, row * INTEGERS + END_TEXT)].map(textOf);
      wholes.push(block.integers[row * INTEGERS + Whole.tmsi]!);
      rows.push(JSON.stringify([reals, wholes, named, texted]));
    }
  }
  return rows.sort();
}

describe('events put into a store', () => {
  const events = someEvents(5000);

  test('come back as they were, and as the rows that features read', async () => {
    const store = openStore(join(folder, 'store'), true);
    const time = { s: START, ns: 0 };
    await store.commit('test', {
      result: {
        path: 'x.pcap',
        sha256: SHA,
        format: 'pcap',
        compression: 'none',
        packets: 1,
        bytes: 1,
        diskBytes: 1,
        first: time,
        last: { s: START + 3 * DAY, ns: 0 },
        stop: null,
        cutPackets: 0,
      },
      ends: { capture: { sha256: SHA }, first: time, last: time, states: [], ss7: [], holders: [], bytes: [] },
      counters: new Counters(),
      events,
    });
    const rows = events.map((event) => JSON.stringify(eventRecord(event)));
    expect((await storedRows(store)).sort()).toEqual(rows.sort());

    const spools = new SpoolStore(1e8);
    const table = new EventTable(spools);
    for (const event of events) table.add(event, 0);
    const collected = await collectFromStore(store, spools, {});
    expect(collected.events).toBe(events.length);
    expect(plainRows(collected.table)).toEqual(plainRows(table));
    const shipped = new EventTable(spools);
    const shipper = new RowShipper(shipped.receiver());
    for (const event of events) shipper.add(event, 0);
    shipper.flush();
    expect(plainRows(shipped)).toEqual(plainRows(table));
    const { identities } = table;
    const askedOf = Array.from({ length: identities.count }, (_, i) => identities.asked(i));
    expect(askedOf.filter((asked) => asked === 1).length).toBeGreaterThan(20);
    for (let i = 0; i < collected.table.identities.count; i++)
      expect(collected.table.identities.first(i)).toBeGreaterThanOrEqual(START);

    const since = START + DAY + 0.5;
    const until = START + 2 * DAY;
    const within = events.filter(({ time: { s, ns } }) => s + ns / 1e9 >= since && s + ns / 1e9 < until);
    expect((await storedRows(store, { since, until })).length).toBe(within.length);
    expect((await collectFromStore(store, spools, { since, until })).events).toBe(within.length);
    const line = ['two'];
    const ofLine = events.filter((event) => [event.imsi, event.msisdn, event.aor, event.counterpart].includes('two'));
    expect((await storedRows(store, { line })).length).toBe(ofLine.length);
    spools.close();
    await store.close();
  });
});
