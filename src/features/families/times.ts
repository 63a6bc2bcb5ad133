import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import type { History } from '../history/history.ts';
import { share, tally } from '../measures.ts';
import { CALL_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, figure, percent } from './say.ts';
import { INVITE } from './volume.ts';

const HOUR = 3600;
const DAY = 86_400;
/** A silence is measured between this many events. */
const LEAST_EVENTS = 5;
/** A weekend share needs nearly a week of captures. */
const WEEK = 6.5 * DAY;
/** Days without any event after which a line counts as a sleeping card. */
const SILENT_DAYS = 30;

/** At what hours and on what days it calls, and how long it is silent. */
export const TIMES: readonly FeatureDefinition[] = [
  {
    id: 'V6',
    name: 'hour_entropy',
    family: 'V',
    unit: 'bit',
    words: { en: 'Entropy of the local hour of the day of outgoing calls.', zh: '主叫时刻（本地小时）的熵。' },
    formula: 'entropy over 24 local hours; missing below 5 outgoing calls or without a time zone',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `calls spread over the hours of the day with ${counted(value, 'bit')} (4.58 is evenly)`,
      zh: (value) => `主叫在一天各小时的分布熵为 ${figure(value)} 比特（均匀为 4.58）`,
    },
    compute: (history, context) => {
      if (history.outgoingCount < LEAST_CALLS || context.localOffset === null) return Number.NaN;
      tally.clear(24);
      for (let i = 0; i < history.outgoingCount; i++) {
        tally.add(Math.floor(localSecond(history.time[history.outgoing[i]!]!, context.localOffset) / HOUR));
      }
      return tally.entropy();
    },
  },
  {
    id: 'V7',
    name: 'night_share',
    family: 'V',
    unit: 'share',
    words: { en: 'Share of outgoing calls between midnight and 6 in the morning.', zh: '凌晨 0 点至 6 点的主叫比例。' },
    formula: 'outgoing calls with local hour 0 to 5 / outgoing calls; missing below 5 or without a time zone',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its outgoing calls between 0 and 6 at night`,
      zh: (value) => `${percent(value)} 的主叫在凌晨 0 至 6 点`,
    },
    compute: (history, context) => {
      if (context.localOffset === null) return Number.NaN;
      let night = 0;
      for (let i = 0; i < history.outgoingCount; i++) {
        if (localSecond(history.time[history.outgoing[i]!]!, context.localOffset) < 6 * HOUR) night++;
      }
      return share(night, history.outgoingCount, LEAST_CALLS);
    },
  },
  {
    id: 'V8',
    name: 'weekend_share',
    family: 'V',
    unit: 'share',
    words: { en: 'Share of outgoing calls on Saturdays and Sundays.', zh: '周末的主叫比例。' },
    formula:
      'outgoing calls on local Saturday or Sunday / outgoing calls; missing below 5, below 6.5 observed days, without a time zone',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its outgoing calls on weekends (evenly: 29 %)`,
      zh: (value) => `${percent(value)} 的主叫在周末（均匀为 29 %）`,
    },
    compute: (history, context) => {
      if (context.localOffset === null || context.observedSeconds < WEEK) return Number.NaN;
      let weekend = 0;
      for (let i = 0; i < history.outgoingCount; i++) {
        const time = history.time[history.outgoing[i]!]!;
        // Day 0 of the epoch was a Thursday; modulo 7, Saturday is 2 and Sunday 3.
        const day = Math.floor((time + context.localOffset(time)) / DAY) % 7;
        if (day === 2 || day === 3) weekend++;
      }
      return share(weekend, history.outgoingCount, LEAST_CALLS);
    },
  },
  {
    id: 'V9a',
    name: 'longest_silence_share',
    family: 'V',
    unit: 'share',
    words: {
      en: 'Longest time without any event of the line, as a share of the observed time.',
      zh: '最长无事件时间占观测时间的比例。',
    },
    formula:
      'max of gaps between window start, event times (calls by their start) and window end / observed time, at most 1; missing below 5 events',
    source: 'all events',
    columns: ['time'],
    reason: {
      en: (value) => `silent for ${percent(value)} of the time at a stretch`,
      zh: (value) => `连续静默占 ${percent(value)} 的时间`,
    },
    compute: (history, context) => {
      if (history.count < LEAST_EVENTS) return Number.NaN;
      let longest = Math.max(0, context.until - history.time[history.count - 1]!);
      let last = context.from;
      for (let i = 0; i < history.count; i++) {
        longest = Math.max(longest, history.time[i]! - last);
        last = history.time[i]!;
      }
      return Math.min(1, longest / Math.max(1, context.observedSeconds));
    },
  },
  {
    id: 'V9b',
    name: 'calls_after_long_silence',
    family: 'V',
    unit: 'count',
    words: {
      en: 'Most outgoing calls in the 24 hours after 30 silent days (a sleeping card woken).',
      zh: '静默 30 天后 24 小时内的最多主叫次数（睡眠卡唤醒）。',
    },
    formula:
      'max of outgoing calls in the 24 h from the end of a gap of 30 d or more without events (from window start on); missing up to 30 observed days',
    source: 'all events',
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'call')} in the day after a month of silence`,
      zh: (value) => `静默一个月后一天内主叫 ${figure(value)} 次`,
    },
    compute: callsAfterSilence,
  },
];

function localSecond(time: number, localOffset: (epochSeconds: number) => number): number {
  const local = time + localOffset(time);
  return local - Math.floor(local / DAY) * DAY;
}

function callsAfterSilence(history: History, context: FeatureContext): number {
  if (context.observedSeconds <= SILENT_DAYS * DAY) return Number.NaN;
  let most = 0;
  let last = context.from;
  let next = 0;
  for (let i = 0; i < history.count; i++) {
    const time = history.time[i]!;
    if (time - last >= SILENT_DAYS * DAY) {
      while (next < history.outgoingCount && history.outgoing[next]! < i) next++;
      let calls = 0;
      while (next + calls < history.outgoingCount && history.time[history.outgoing[next + calls]!]! < time + DAY)
        calls++;
      most = Math.max(most, calls);
    }
    last = time;
  }
  return most;
}
