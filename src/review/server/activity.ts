import { tac } from '../../base/imei.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import type { Reply } from './api.ts';
import type { Eyes } from './eyes.ts';
import { callRow, cellOf, type LineEvent, seconds } from './line-events.ts';

/** Events that the time axis shows, and numbers that the fan shows. */
const MOST_SHOWN = 5000;
const MOST_COUNTERPARTS = 200;
/** Bounds of the bars of talk times, s: about equal steps of the logarithm. */
const TALK = [0, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600];
const DAY = 86_400;

type Activity = Reply<'activity'>;

/** Time that people live by: the name of its zone, and its offset from UTC at a time, both in seconds. */
export interface LocalTime {
  zone: string;
  offsetAt: (epochSeconds: number) => number;
}

/**
 * What a line did, drawn together.
 *
 * @param local time that hours and weekdays are told in
 * @param lineOf id of the desk's line of a number; null where it has none
 * @param typeOf what a type allocation code stands for; null where that is not known
 */
export function activityOf(
  row: LineRow,
  events: readonly LineEvent[],
  span: { from: number; until: number },
  local: LocalTime,
  eyes: Eyes,
  lineOf: (number: string) => number | null,
  typeOf: (tac: string) => string | null,
): Activity {
  const heat = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  const talk = TALK.map((from_s) => ({ from_s, out: 0, in: 0 }));
  const fan = new Map<string, Activity['counterparts'][number]>();
  const devices = new Map<string, Activity['devices'][number]>();
  const endpoints = new Map<string, Activity['endpoints'][number]>();
  const cells: Activity['cells'] = [];
  for (const one of events) {
    const { event, direction, counterpart, mirror, repeat } = one;
    const time = seconds(event.time);
    const isCall = event.kind === 'leg' && !repeat;
    if (isCall) {
      const there = time + local.offsetAt(time);
      // 1 January 1970 was a Thursday.
      const weekday = (Math.floor(there / DAY) + 3) % 7;
      heat[weekday]![Math.floor((((there % DAY) + DAY) % DAY) / 3600)]!++;
      if (event.talk_ms !== null && direction !== null) {
        const bar = TALK.findLastIndex((from) => event.talk_ms! / 1000 >= from);
        talk[Math.max(0, bar)]![direction]++;
      }
    }
    if (counterpart !== null && (isCall || event.kind === 'sms')) {
      const known = fan.get(counterpart) ?? {
        number: counterpart,
        out: 0,
        in: 0,
        sms: 0,
        talk_s: 0,
        first: time,
        last: time,
        line: null,
      };
      if (event.kind === 'sms') known.sms++;
      else known[direction ?? 'out']++;
      known.talk_s += (event.talk_ms ?? 0) / 1000;
      known.last = time;
      fan.set(counterpart, known);
    }
    if (mirror) continue;
    const cell = cellOf(event);
    if (cell !== null) {
      const stay = cells.at(-1);
      if (stay?.cell === cell) {
        stay.until = time;
        stay.events++;
      } else cells.push({ cell, from: time, until: time, events: 1 });
    }
    if (event.imei !== null) {
      const device = devices.get(event.imei) ?? {
        imei: event.imei,
        tac: tac(event.imei),
        type: typeOf(tac(event.imei)),
        user_agent: event.user_agent,
        first: time,
        last: time,
        events: 0,
      };
      device.last = time;
      device.events++;
      device.user_agent ??= event.user_agent;
      devices.set(event.imei, device);
    }
    if (event.endpoint !== null) {
      const known = endpoints.get(event.endpoint) ?? { endpoint: event.endpoint, first: time, last: time, events: 0 };
      known.last = time;
      known.events++;
      endpoints.set(event.endpoint, known);
    }
  }
  const counterparts = [...fan.values()].sort(
    (a, b) => b.out + b.in + b.sms - (a.out + a.in + a.sms) || a.first - b.first,
  );
  return {
    ...span,
    zone: local.zone,
    offset_minutes: local.offsetAt(span.until) / 60,
    total: events.length,
    events: events.slice(0, MOST_SHOWN).map((one) => callRow(one, row.id, eyes)),
    heat,
    talk,
    counterparts: counterparts.slice(0, MOST_COUNTERPARTS).map((one) => ({
      ...one,
      number: eyes.number(row.id, one.number)!,
      line: lineOf(one.number),
    })),
    distinct_counterparts: counterparts.length,
    cells,
    devices: [...devices.values()],
    endpoints: [...endpoints.values()],
  };
}
