import { BOTH_WAYS_COLUMNS, CALL_COLUMNS, LEAST_CALLS, startIntervals } from './calls.ts';
import type { FeatureContext, FeatureDefinition } from './definition.ts';
import { durationWords, rateHours } from './exposure.ts';
import type { History } from './history.ts';
import { type Sample, sample, share, tally } from './measures.ts';
import { counted, figure, percent } from './say.ts';

const INVITE =
  'INVITE, BYE: RFC 3261 §13, §15; Setup, Disconnect: 3GPP TS 24.008 §9.3; InitialDP, EventReportBCSM: TS 29.078 §6.1; IAM, REL: ITU-T Q.763 §4';
const HOUR = 3600;
const DAY = 86_400;
/** A silence is measured between this many events. */
const LEAST_EVENTS = 5;
/** A weekend share needs nearly a week of captures. */
const WEEK = 6.5 * DAY;
/** Days without any event after which a line counts as a sleeping card. */
const SILENT_DAYS = 30;
/** Idle time that ends a session of calls, seconds. */
const SESSION_IDLE = 1200;
/** A session statistic needs this many sessions. */
const LEAST_SESSIONS = 4;

export const VOLUME: readonly FeatureDefinition[] = [
  {
    id: 'V1a',
    name: 'outgoing_per_active_hour',
    family: 'V',
    unit: 'calls/h',
    words: { en: 'Outgoing calls per clock hour in which the line called out.', zh: '每个有主叫的小时内的主叫次数。' },
    formula: 'outgoing calls / distinct floor(time / 3600 s) of outgoing calls; missing without outgoing calls',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${figure(value)} outgoing calls in each hour it was active`,
      zh: (value) => `活跃时每小时主叫 ${figure(value)} 次`,
    },
    compute: (history) => {
      let hours = 0;
      let last = -1;
      for (let i = 0; i < history.outgoingCount; i++) {
        const hour = Math.floor(history.time[history.outgoing[i]!]! / HOUR);
        if (hour !== last) hours++;
        last = hour;
      }
      return share(history.outgoingCount, hours, 1);
    },
  },
  {
    id: 'V1b',
    name: 'outgoing_per_hour',
    family: 'V',
    unit: 'calls/h',
    words: { en: 'Outgoing calls per observed hour.', zh: '每观测小时的主叫次数。' },
    formula: 'outgoing calls / max(1 h, observed time)',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value, history) => `${counted(history.outgoingCount, 'outgoing call')}, ${figure(value)} an hour`,
      zh: (value, history) => `主叫 ${history.outgoingCount} 次，平均每小时 ${figure(value)} 次`,
    },
    compute: (history, context) => history.outgoingCount / rateHours(context),
  },
  {
    id: 'V2',
    name: 'peak_hour_calls',
    family: 'V',
    unit: 'count',
    words: { en: 'Most outgoing calls started within any 60 minutes.', zh: '任意 60 分钟内主叫次数的最大值。' },
    formula: 'max over outgoing calls i of the number of outgoing calls that start in [time_i, time_i + 3600 s)',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'outgoing call')} in its busiest hour`,
      zh: (value) => `最忙一小时主叫 ${figure(value)} 次`,
    },
    compute: (history) => {
      let most = 0;
      let first = 0;
      for (let i = 0; i < history.outgoingCount; i++) {
        const time = history.time[history.outgoing[i]!]!;
        while (time - history.time[history.outgoing[first]!]! >= HOUR) first++;
        if (i - first + 1 > most) most = i - first + 1;
      }
      return most;
    },
  },
  {
    id: 'V3',
    name: 'busy_share',
    family: 'V',
    unit: 'share',
    words: { en: 'Share of the observed time in which the line was in a call.', zh: '观测时间内处于通话状态的比例。' },
    formula: 'length of the union of [time, end_time] over calls with a known end / max(1 h, observed time); at most 1',
    source: INVITE,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `in a call ${percent(value)} of the time`,
      zh: (value) => `${percent(value)} 的时间处于通话中`,
    },
    compute: (history, context) => Math.min(1, busySeconds(history) / (rateHours(context) * HOUR)),
  },
  {
    id: 'V4a',
    name: 'idle_gap_median',
    family: 'V',
    unit: 's',
    words: {
      en: 'Median time from the end of an outgoing call to the start of the next.',
      zh: '主叫结束到下一次主叫开始的间隔中位数。',
    },
    formula: 'median over following outgoing calls of max(0, time_next - end_time); missing below 3 gaps',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `calls again ${durationWords(value).en} after a call ends (median)`,
      zh: (value) => `通话结束后 ${durationWords(value).zh}即再次拨号（中位数）`,
    },
    compute: (history) => idleGaps(history).median(),
  },
  {
    id: 'V4b',
    name: 'idle_gap_minimum',
    family: 'V',
    unit: 's',
    words: {
      en: 'Shortest time from the end of an outgoing call to the start of the next.',
      zh: '主叫结束到下一次主叫开始的最短间隔。',
    },
    formula: 'min over following outgoing calls of max(0, time_next - end_time); missing below 3 gaps',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `never less than ${durationWords(value).en} between its calls`,
      zh: (value) => `两次通话之间至少间隔 ${durationWords(value).zh}`,
    },
    compute: (history) => idleGaps(history).quantile(0),
  },
  {
    id: 'V5a',
    name: 'call_interval_variation',
    family: 'V',
    unit: 'ratio',
    words: {
      en: 'Variation of the time between starts of outgoing calls: 0 for a timer, 1 for chance, more for bursts.',
      zh: '主叫间隔的变异系数：定时器为 0，随机为 1，突发更大。',
    },
    formula: 'sample standard deviation / mean of intervals between starts; missing below 5 intervals',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `time between calls varies by ${figure(value)} of its mean (a timer 0, chance 1)`,
      zh: (value) => `主叫间隔变异系数 ${figure(value)}（定时器为 0，随机为 1）`,
    },
    compute: (history) => {
      const intervals = startIntervals(history);
      return intervals.count < LEAST_CALLS ? Number.NaN : intervals.variation();
    },
  },
  {
    id: 'V5b',
    name: 'call_interval_distance_to_chance',
    family: 'V',
    unit: 'distance',
    words: {
      en: 'Distance of the intervals between starts of outgoing calls from those of calls at random.',
      zh: '主叫间隔分布与随机（指数）分布的距离。',
    },
    formula: 'Kolmogorov-Smirnov distance of intervals to the exponential of the same mean; missing below 5 intervals',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `intervals between calls are ${figure(value)} away from chance (0 is chance)`,
      zh: (value) => `主叫间隔偏离随机分布 ${figure(value)}（0 为随机）`,
    },
    compute: (history) => {
      const intervals = startIntervals(history);
      return intervals.count < LEAST_CALLS ? Number.NaN : intervals.distanceToExponential();
    },
  },
  {
    id: 'V5c',
    name: 'call_interval_timer_share',
    family: 'V',
    unit: 'share',
    words: {
      en: 'Share of intervals between starts of outgoing calls within a tenth of the median.',
      zh: '与中位数相差不超过一成的主叫间隔比例。',
    },
    formula: 'intervals in [0.9, 1.1] of the median / intervals; missing below 5 intervals',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of intervals between its calls are alike`,
      zh: (value) => `${percent(value)} 的主叫间隔几乎相同`,
    },
    compute: (history) => {
      const intervals = startIntervals(history);
      if (intervals.count < LEAST_CALLS) return Number.NaN;
      const median = intervals.median();
      let near = 0;
      for (let i = 0; i < intervals.count; i++) if (Math.abs(intervals.at(i) - median) <= 0.1 * median) near++;
      return near / intervals.count;
    },
  },
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
      en: (value) => `calls spread over the hours of the day with ${figure(value)} bits (4.58 is evenly)`,
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
      'max of gaps between window start, event times and window end / observed time, at most 1; missing below 5 events',
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
  {
    id: 'V10a',
    name: 'session_calls_variation',
    family: 'V',
    unit: 'ratio',
    words: {
      en: 'Variation of the number of outgoing calls per session: 0 where each slot has the same quota.',
      zh: '每个时段内主叫次数的变异系数：固定配额时为 0。',
    },
    formula:
      'sample standard deviation / mean of calls per session (ended by 20 min without an outgoing call); missing below 4 sessions',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `calls per session vary by ${figure(value)} of their mean`,
      zh: (value) => `每时段主叫次数变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      sample.clear();
      sessions(history, (calls) => sample.add(calls));
      return sample.count < LEAST_SESSIONS ? Number.NaN : sample.variation();
    },
  },
  {
    id: 'V10b',
    name: 'session_length_variation',
    family: 'V',
    unit: 'ratio',
    words: { en: 'Variation of the length of sessions of outgoing calls.', zh: '主叫时段长度的变异系数。' },
    formula:
      'sample standard deviation / mean of (start of last - start of first call) per session; missing below 4 sessions',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `lengths of its sessions vary by ${figure(value)} of their mean`,
      zh: (value) => `时段长度变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      sample.clear();
      sessions(history, (_calls, first, last) => sample.add(last - first));
      return sample.count < LEAST_SESSIONS ? Number.NaN : sample.variation();
    },
  },
  {
    id: 'V10c',
    name: 'session_cap_share',
    family: 'V',
    unit: 'share',
    words: {
      en: 'Share of sessions with exactly as many calls as the fullest one (a cap per slot).',
      zh: '达到最大主叫次数的时段比例（每时段上限）。',
    },
    formula: 'sessions with the maximum number of calls / sessions; missing below 4 sessions or where the maximum is 1',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its sessions end at the same number of calls`,
      zh: (value) => `${percent(value)} 的时段恰好达到同一主叫次数`,
    },
    compute: (history) => {
      sample.clear();
      sessions(history, (calls) => sample.add(calls));
      const most = sample.quantile(1);
      if (sample.count < LEAST_SESSIONS || most < 2) return Number.NaN;
      return 1 - sample.shareUpTo(most - 1);
    },
  },
  {
    id: 'V10d',
    name: 'rest_variation',
    family: 'V',
    unit: 'ratio',
    words: { en: 'Variation of the rests between sessions of outgoing calls.', zh: '主叫时段之间休息时间的变异系数。' },
    formula:
      'sample standard deviation / mean of time from the last start of a session to the first of the next; missing below 4 sessions',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `rests between sessions vary by ${figure(value)} of their mean`,
      zh: (value) => `休息时间变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      sample.clear();
      let ended = Number.NaN;
      sessions(history, (_calls, first, last) => {
        sample.add(first - ended);
        ended = last;
      });
      return sample.count < LEAST_SESSIONS - 1 ? Number.NaN : sample.variation();
    },
  },
];

function localSecond(time: number, localOffset: (epochSeconds: number) => number): number {
  const local = time + localOffset(time);
  return local - Math.floor(local / DAY) * DAY;
}

/** Length of the union of calls with a known end. Outgoing and incoming rows are each in time order. */
function busySeconds(history: History): number {
  const { time, end, outgoing, incoming, outgoingCount, incomingCount } = history;
  let busy = 0;
  let until = Number.NEGATIVE_INFINITY;
  let o = 0;
  let i = 0;
  while (o < outgoingCount || i < incomingCount) {
    const row =
      i >= incomingCount || (o < outgoingCount && outgoing[o]! < incoming[i]!) ? outgoing[o++]! : incoming[i++]!;
    if (!(end[row]! > until)) continue;
    busy += end[row]! - Math.max(until, time[row]!);
    until = end[row]!;
  }
  return busy;
}

/** Times from the end of an outgoing call to the start of the next, sorted; none where there are fewer than 3. */
function idleGaps(history: History): Sample {
  return sample.load(history, fillIdleGaps);
}

function fillIdleGaps({ time, end, outgoing, outgoingCount }: History, into: Sample): void {
  for (let i = 1; i < outgoingCount; i++) into.add(Math.max(0, time[outgoing[i]!]! - end[outgoing[i - 1]!]!));
  if (into.count < 3) into.clear();
}

/** Runs of outgoing calls with less than {@link SESSION_IDLE} from start to start. */
function sessions(history: History, each: (calls: number, first: number, last: number) => void): void {
  let calls = 0;
  let first = 0;
  let last = 0;
  for (let i = 0; i < history.outgoingCount; i++) {
    const time = history.time[history.outgoing[i]!]!;
    if (calls > 0 && time - last >= SESSION_IDLE) {
      each(calls, first, last);
      calls = 0;
    }
    if (calls++ === 0) first = time;
    last = time;
  }
  if (calls > 0) each(calls, first, last);
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
