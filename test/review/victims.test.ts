import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { type CatpoolEvent, emptyEvent } from '../../src/events/event.ts';
import type { Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { openDesk, type Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';

const SUSPECT = '8613800000001';
/** Where the captures of the probe end, and those of another that fell silent before. */
const END = 1_700_010_000;
const SILENT = END - 3600;

const at = (s: number) => ({ s, ns: 0 });
let serial = 0;

/** A call that the suspect made. */
function call(to: string, answered: number | null, ended: number | null, more: Partial<CatpoolEvent> = {}) {
  serial++;
  return {
    ...emptyEvent('leg', at((answered ?? ended ?? END) - 5), 'probe', 'sip'),
    event_id: serial.toString(16).padStart(16, '0'),
    msisdn: SUSPECT,
    direction: 'originating' as const,
    counterpart: to,
    answer_time: answered === null ? null : at(answered),
    end_time: ended === null ? null : at(ended),
    talk_ms: answered === null || ended === null ? null : (ended - answered) * 1000,
    outcome: ended === null ? ('open' as const) : ('answered' as const),
    ...more,
  };
}

const EVENTS: Readonly<Record<string, CatpoolEvent[]>> = {
  probe: [
    call('8613900000001', END - 300, null),
    // Ended, just before the captures did.
    call('8613900000002', END - 300, END - 2),
    // Still rings.
    call('8613900000003', null, null),
    // One leg of it has lost its end.
    call('8613900000004', END - 300, null),
    call('8613900000004', END - 299, END - 100, { interface: 'isup' }),
    // Lost its end long ago.
    call('8613900000005', END - 8 * 3600, null),
    // The second call with one to whom an earlier one was over.
    call('8613900000006', END - 900, END - 800),
    call('8613900000006', END - 60, null),
  ],
  silent: [call('8613900000007', SILENT - 30, null, { feed: 'silent' })],
};

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;

beforeEach(async () => {
  folder = scratch();
  const store = openStore(`${folder.path}/lake`, true);
  for (const [index, [feed, events]] of Object.entries(EVENTS).entries()) {
    const capture = { sha256: String(index + 1).repeat(64) };
    const [first, last] = [at(END - 9 * 3600), at(feed === 'silent' ? SILENT : END)];
    await store.commit(feed, {
      result: {
        path: `${feed}.pcap`,
        ...capture,
        format: 'pcap',
        compression: 'none',
        packets: 1,
        bytes: 1,
        diskBytes: 1,
        first,
        last,
        stop: null,
        cutPackets: 0,
      },
      ends: { capture, first, last, states: [], ss7: [], holders: [], bytes: [] },
      counters: new Counters(),
      events: events.map((event) => ({ ...event, first_capture: capture, last_capture: capture })),
    });
  }
  await store.writeVerdicts([verdictRow(SUSPECT)], END - 86_400, END + 1);
  await store.close();
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  test.clock.now = (END + 120) * 1000;
  ann = await test.person('ann', 'investigator');
});
afterEach(async () => {
  await test.close();
  folder.remove();
});

/** Last digit of each victim, in the order of the list, and of those who are said to talk. */
async function listed(): Promise<{ all: string; now: string }> {
  const { items } = await ann.get<Reply<'victims'>>('/api/victims?limit=100');
  const digits = (rows: typeof items) => rows.map(({ number }) => number.at(-1)).join('');
  return { all: digits(items), now: digits(items.filter(({ now }) => now)) };
}

describe('a victim', () => {
  it('talks now where an answered call has no end, in captures that reach to now', async () => {
    const { all, now } = await listed();
    expect([...now].sort().join('')).toBe('16');
    // They come first, and who was never answered is none.
    expect([...all.slice(0, 2)].sort().join('')).toBe('16');
    expect([...all].sort().join('')).toBe('124567');
  });

  it('is not said to talk as soon as the captures are old', async () => {
    expect((await listed()).now).not.toBe('');
    test.clock.now = (END + 3600) * 1000;
    expect((await listed()).now).toBe('');
    expect((await listed()).all).toHaveLength(6);
  });

  it('is not said to talk where the captures are of a time to come', async () => {
    test.clock.now = (END - 3600) * 1000;
    expect((await listed()).now).toBe('');
  });
});
