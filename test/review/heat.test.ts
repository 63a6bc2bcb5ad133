import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localOffset } from '../../src/features/local-time.ts';
import { activityOf } from '../../src/review/server/activity.ts';
import type { Reply } from '../../src/review/server/api.ts';
import { Eyes } from '../../src/review/server/eyes.ts';
import type { LineEvent } from '../../src/review/server/line-events.ts';
import type { LineRow } from '../../src/store/cases/queue.ts';
import { makeStore, openDesk, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;

beforeAll(async () => {
  folder = scratch();
  await makeStore(`${folder.path}/lake`, [SAMPLE]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

/** A call that began at a time, ISO 8601. */
function callAt(time: string): LineEvent {
  const event = { kind: 'leg', time: { s: Date.parse(time) / 1000, ns: 0 }, end_time: null, talk_ms: null };
  const captures = { first_capture: { sha256: '' }, last_capture: { sha256: '' } };
  return {
    event: { ...event, ...captures, imei: null, endpoint: null, cell: null } as never,
    mirror: false,
    direction: 'out',
    counterpart: null,
    repeat: false,
  };
}

describe('the hours and weekdays of a line', () => {
  it('are those of the reader, where the desk has no zone, and the reply says which', async () => {
    const ann = await test.person('ann', 'investigator');
    const of = (zone: string) => ann.get<Reply<'activity'>>(`/api/lines/1/activity${zone}`);
    const utc = await of('');
    const there = await of('?zone=Asia/Shanghai');
    expect([utc.zone, utc.offset_minutes, there.zone, there.offset_minutes]).toEqual(['UTC', 0, 'Asia/Shanghai', 480]);
    const hours = utc.heat.flat();
    expect(hours.some((calls) => calls > 0)).toBe(true);
    // Eight hours later in the week, Sunday night going on in Monday morning.
    expect(there.heat.flat()).toEqual([...hours.slice(-8), ...hours.slice(0, -8)]);
  });

  it('are those of the desk, where it has a zone, whatever the reader lives by', async () => {
    const own = await openDesk(`${folder.path}/lake`, `${folder.path}/own`, { timeZone: 'Asia/Urumqi' });
    const ann = await own.person('ann', 'investigator');
    const { zone, offset_minutes } = await ann.get<Reply<'activity'>>('/api/lines/1/activity?zone=Europe/Berlin');
    // IANA's own day for Xinjiang: UTC+6.
    expect([zone, offset_minutes]).toEqual(['Asia/Urumqi', 360]);
    await own.close();
  });

  it('are refused in a zone that there is not', async () => {
    const ben = await test.person('ben', 'investigator');
    for (const zone of ['Mars/Olympus', '../etc', "'; DROP TABLE lines"]) {
      const reply = await ben.request({ method: 'GET', url: `/api/lines/1/activity?zone=${encodeURIComponent(zone)}` });
      expect([reply.statusCode, reply.json().code]).toEqual([400, 'invalid']);
    }
  });

  it('go with the clocks of people through a change to summer time', () => {
    // Berlin put its clocks forward on Sunday 29 March 2026: half past eight on Saturday and on Monday.
    const events = ['2026-03-28T07:30:00Z', '2026-03-30T06:30:00Z'].map(callAt);
    const span = { from: Date.parse('2026-03-28') / 1000, until: Date.parse('2026-03-31') / 1000 };
    const local = { zone: 'Europe/Berlin', offsetAt: localOffset('Europe/Berlin') };
    const eyes = new Eyes(new Set());
    const nobody = () => null;
    const { heat } = activityOf({ id: 1 } as LineRow, events, span, local, eyes, nobody, nobody);
    expect([heat[5]![8], heat[0]![8], heat.flat().reduce((a, b) => a + b)]).toEqual([1, 1, 2]);
  });
});
