import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { collect } from '../../../src/scan/collect.ts';
import { eventsInOrder } from '../../../src/scan/rows/order.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { sharedCapture } from '../../support/shared.ts';

/** One line of the log of the script that drove the phones: nothing in it comes from a capture. */
interface Deed {
  kind: string;
  n: number;
  iso: string;
  mode: string;
  caller: string;
  caller_imsi: string;
  caller_msisdn: string;
  caller_imei: string;
  caller_arfcn: number;
  called_number: string;
  callee_imsi?: string;
  callee_arfcn: number;
  t_dial: string;
  t_incoming?: string | null;
  t_answered_caller?: string;
  talk_s_cmd?: number;
  t_release_cmd?: string;
  released_by?: string;
  imsi: string;
  imei: string;
  msisdn: string;
  arfcn: number;
  t_cmd: string;
  t_done: string | null;
  number: string;
  text: string;
  t_submit_ok: string;
  delivered_to?: string;
  code: string;
  old_imsi: string;
  new_imsi: string;
  old: string;
  new: string;
}

const FOLDER = 'osmocom-virtual';
/** README: radio channels of the two cells. */
const CELLS: Record<number, string> = { 871: '001-01-1-6969', 881: '001-01-2-7070' };
/** README, table of calls: the phone itself refused these, still releasing its last channel. */
const NOT_ON_THE_AIR = new Set([16, 23]);
/** Packets are at most so much later than what the phone's console said before, or earlier than what it said after, ms. */
const AIR = 3500;

const deeds = readFileSync(
  sharedCapture('ss7', FOLDER, 'a-interface-main-msc.pcap').replace(/[^/]+$/, 'truth-main.jsonl'),
)
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Deed);
const of = (kind: string): Deed[] => deeds.filter((deed) => deed.kind === kind);

async function eventsOf(...names: string[]): Promise<CatpoolEvent[]> {
  const store = new SpoolStore(1e8);
  const paths = names.map((name) => sharedCapture('ss7', FOLDER, `a-interface-main-${name}.pcap`));
  const collected = await collect(paths, store, {
    feed: 'test',
    homeCountry: null,
    limits: DEFAULT_LIMITS,
    workers: 1,
  });
  const events = [...eventsInOrder(collected)];
  store.close();
  return events;
}

const at = ({ s, ns }: { s: number; ns: number }): number => s * 1000 + ns / 1e6;
const isNear = (event: CatpoolEvent, iso: string, before: number, after: number): boolean => {
  const distance = at(event.time) - Date.parse(iso);
  return distance >= -before && distance <= after;
};

let events: CatpoolEvent[];
beforeAll(async () => {
  events = await eventsOf('msc');
});
const kind = (name: string): CatpoolEvent[] => events.filter((event) => event.kind === name);

/** What the release of a call means, as the log has it: `caller(before answer)`, `callee`, ... */
const RELEASED: Record<string, string> = { caller: 'caller', callee: 'called' };

describe('the calls that reached the air', () => {
  const calls = of('CALL').filter(({ n }) => !NOT_ON_THE_AIR.has(n));

  test('are 23, each with one leg at the caller and one at each phone that was reached', () => {
    expect(calls).toHaveLength(23);
    // Call 17: the called phone was off. Call 13: it was busy and refused the second call.
    const reached = calls.filter(({ t_incoming, mode }) => (t_incoming ?? null) !== null || mode === 'busy');
    expect(kind('leg').filter(({ direction }) => direction === 'originating')).toHaveLength(23);
    expect(kind('leg').filter(({ direction }) => direction === 'terminating')).toHaveLength(reached.length);
    expect(reached).toHaveLength(22);
  });

  for (const call of calls) {
    test(`call ${call.n}: ${call.mode}, ${call.caller_imsi} to ${call.called_number}`, () => {
      const ends = [
        kind('leg').filter(
          (leg) =>
            leg.direction === 'originating' &&
            leg.imsi === call.caller_imsi &&
            leg.counterpart === call.called_number &&
            isNear(leg, call.t_dial, 0, AIR),
        ),
        kind('leg').filter(
          (leg) =>
            leg.direction === 'terminating' &&
            leg.imsi === call.callee_imsi &&
            leg.counterpart === call.caller_msisdn &&
            isNear(leg, call.t_dial, 0, 2 * AIR),
        ),
      ] as const;
      expect(ends[0]).toHaveLength(1);
      expect(ends[1]).toHaveLength(call.mode === 'fail' ? 0 : 1);
      expect(ends[0][0]!.cell).toBe(CELLS[call.caller_arfcn]);
      for (const leg of [...ends[0], ...ends[1]]) {
        if (leg.direction === 'terminating') expect(leg.cell).toBe(CELLS[call.callee_arfcn]);
        if (call.mode === 'answer') {
          expect(leg.outcome).toBe('answered');
          expect(leg.released_by).toBe(RELEASED[call.released_by!]);
          expect(Math.abs(at(leg.answer_time!) - Date.parse(call.t_answered_caller!))).toBeLessThan(300);
          expect(Math.abs(leg.talk_ms! - call.talk_s_cmd! * 1000)).toBeLessThan(300);
        } else {
          expect(leg.answer_time).toBeNull();
          expect(leg.talk_ms).toBeNull();
          if (call.mode === 'noanswer') expect([leg.outcome, leg.released_by]).toEqual(['cancelled', 'caller']);
          if (call.mode === 'reject') expect([leg.outcome, leg.released_by]).toEqual(['rejected', 'called']);
          if (call.mode === 'busy') expect(leg.outcome).toBe('busy');
          if (call.mode === 'fail') expect(['failed', 'no_answer']).toContain(leg.outcome);
        }
        if (call.t_release_cmd !== undefined) {
          expect(Math.abs(at(leg.end_time!) - Date.parse(call.t_release_cmd))).toBeLessThan(300);
        }
      }
    });
  }
});

describe('where phones were, and which', () => {
  const attaches = of('ATTACH');

  test('every attach, with IMSI, cell and IMEI, and none besides', () => {
    const updates = kind('presence').filter(({ lu_type }) => lu_type !== 'detach');
    expect(updates).toHaveLength(attaches.length);
    for (const attach of attaches) {
      const found = updates.filter(
        (event) =>
          event.imsi === attach.imsi &&
          isNear(event, attach.t_cmd, 0, 10_000) &&
          at(event.time) < Date.parse(attach.t_done!),
      );
      expect(found, attach.iso).toHaveLength(1);
      const [event] = found;
      expect(event).toMatchObject({
        outcome: 'registered',
        cell: CELLS[attach.arfcn],
        imei: attach.imei.slice(0, 14),
        lac: attach.arfcn === 871 ? 1 : 2,
      });
      expect(Math.abs(at(event!.end_time!) - Date.parse(attach.t_done!))).toBeLessThan(2000);
      expect(event!.tmsi).toMatch(/^[0-9a-f]{8}$/);
      // A location update takes its time in the network: no latency of the SIM.
      expect(event!.latency_ms).toBeNull();
    }
  });

  test('every detach that happened', () => {
    const detaches = of('DETACH').filter(({ t_done }) => t_done !== null);
    const found = kind('presence').filter(({ lu_type }) => lu_type === 'detach');
    // A was switched on once more by mistake and never off again; B refused (README, remark).
    expect(found).toHaveLength(detaches.length);
    for (const detach of detaches) {
      const same = found.filter(({ imsi, time }) => imsi === detach.imsi && at(time) <= Date.parse(detach.t_done!));
      const near = same.filter((event) => isNear(event, detach.t_cmd, 0, AIR));
      expect(near, detach.iso).toHaveLength(1);
      expect(near[0]).toMatchObject({ outcome: 'deregistered', imei: detach.imei.slice(0, 14) });
    }
  });

  test('the phones that each IMSI was in, in order, and the IMSIs of each phone', () => {
    const devices = kind('device');
    expect(devices).toHaveLength(attaches.length);
    expect(devices.map(({ imsi, imei }) => [imsi, imei])).toEqual(
      attaches.toSorted((a, b) => (a.t_cmd < b.t_cmd ? -1 : 1)).map(({ imsi, imei }) => [imsi, imei.slice(0, 14)]),
    );
    for (const { old, new: now, imsi, iso } of of('IMEI_CHANGE')) {
      const before = devices.findLast((event) => event.imsi === imsi && at(event.time) < Date.parse(iso));
      const after = devices.find((event) => event.imsi === imsi && at(event.time) > Date.parse(iso));
      expect([before!.imei, after!.imei]).toEqual([old.slice(0, 14), now.slice(0, 14)]);
    }
    for (const { old_imsi, new_imsi, imei, iso } of of('SIM_CHANGE')) {
      const phone = devices.filter((event) => event.imei === imei.slice(0, 14));
      const before = phone.findLast(({ time }) => at(time) < Date.parse(iso));
      const after = phone.find(({ time }) => at(time) > Date.parse(iso));
      expect([before!.imsi, after!.imsi]).toEqual([old_imsi, new_imsi]);
    }
  });

  test('each authentication took the time between its two packets', () => {
    // README: 62 authentication requests, 62 responses.
    expect(kind('auth')).toHaveLength(62);
    for (const { latency_ms } of kind('auth')) {
      expect(latency_ms).toBeGreaterThan(100);
      expect(latency_ms).toBeLessThan(1000);
    }
  });
});

describe('short messages and services', () => {
  test('each short message once at its sender and once at its receiver', () => {
    // The fourth, to a phone that was off, was refused inside the phone (README: three RP-DATA each way).
    const sent = of('SMS').filter(({ delivered_to }) => delivered_to !== undefined);
    expect(kind('sms')).toHaveLength(2 * sent.length);
    const numbers = new Map(of('ATTACH').map(({ imsi, msisdn }) => [imsi, msisdn]));
    for (const { imsi, number, text, t_cmd, t_submit_ok, delivered_to } of sent) {
      const [submitted, ...more] = kind('sms').filter(
        (event) => event.direction === 'originating' && event.imsi === imsi && isNear(event, t_cmd, 0, AIR),
      );
      expect(more).toHaveLength(0);
      // Seven bits a character; the phone's console leaves out a blank at the end.
      const octets = Math.ceil((text.trimEnd().length * 7) / 8);
      expect(submitted).toMatchObject({ counterpart: number, outcome: 'delivered', sms_length: octets });
      expect(Math.abs(at(submitted!.end_time!) - Date.parse(t_submit_ok))).toBeLessThan(1000);
      const received = kind('sms').filter(
        (event) =>
          event.direction === 'terminating' && event.imsi === delivered_to && isNear(event, t_submit_ok, 1000, 2 * AIR),
      );
      expect(received).toHaveLength(1);
      expect(received[0]).toMatchObject({ counterpart: numbers.get(imsi), outcome: 'delivered' });
    }
  });

  test('the service code that was dialled, and not a word of the answer', () => {
    expect(
      kind('ussd')
        .map(({ imsi, ussd_code }) => [imsi, ussd_code])
        .sort(),
    ).toEqual(
      of('USSD')
        .map(({ imsi, code }) => [imsi, code])
        .sort(),
    );
    for (const event of kind('ussd')) expect(event).toMatchObject({ direction: 'originating', outcome: 'delivered' });
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/extension|hello|482913|waiting/);
  });
});

/** Without what depends on where the packets were seen: captures, frames, and times by the way through the transfer point. */
function plain(event: CatpoolEvent): string {
  const { first_capture, first_frame, last_capture, last_frame, event_id, time, ...rest } = event;
  const times = { answer_time: rest.answer_time, end_time: rest.end_time };
  const durations = [rest.setup_ms, rest.ring_ms, rest.talk_ms, rest.latency_ms];
  return JSON.stringify({
    ...rest,
    answer_time: times.answer_time !== null,
    end_time: times.end_time !== null,
    setup_ms: durations[0] !== null,
    ring_ms: durations[1] !== null,
    talk_ms: durations[2] !== null,
    latency_ms: durations[3] !== null,
  });
}

describe('the same events from other places', () => {
  const places: [string, string[]][] = [
    ['the links of the two base station controllers', ['bsc1', 'bsc2']],
    ['all links, every message twice', ['all-links']],
  ];
  for (const [name, captures] of places) {
    test(name, async () => {
      const others = await eventsOf(...captures);
      expect(others.map(plain).sort()).toEqual(events.map(plain).sort());
      // Each at the same time, to the time that a message takes through the transfer point.
      const left = new Map<string, CatpoolEvent[]>();
      for (const event of events) left.set(plain(event), [...(left.get(plain(event)) ?? []), event]);
      for (const other of others) {
        const event = left.get(plain(other))!.shift()!;
        for (const column of ['time', 'answer_time', 'end_time'] as const) {
          if (event[column] !== null) expect(Math.abs(at(event[column]) - at(other[column]!))).toBeLessThan(5);
        }
        for (const column of ['setup_ms', 'ring_ms', 'talk_ms', 'latency_ms'] as const) {
          if (event[column] !== null) expect(Math.abs(event[column] - other[column]!)).toBeLessThan(5);
        }
      }
    });
  }
});
