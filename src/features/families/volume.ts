import type { FeatureDefinition } from '../definition.ts';
import { durationWords, rateHours } from '../exposure.ts';
import type { History } from '../history/history.ts';
import { type Sample, sample, share } from '../measures.ts';
import { BOTH_WAYS_COLUMNS, CALL_COLUMNS, LEAST_CALLS, startIntervals } from './calls.ts';
import { counted, figure, percent } from './say.ts';

export const INVITE =
  'INVITE, BYE: RFC 3261 §13, §15; Setup, Disconnect: 3GPP TS 24.008 §9.3; InitialDP, EventReportBCSM: TS 29.078 §6.1; IAM, REL: ITU-T Q.763 §4';
const HOUR = 3600;
/** The next call may be seen to begin this long before the end of the last is: more is two calls at once. */
const OVERLAP_SECONDS = 5;

const GAPS = `following outgoing calls, of which the next began no more than ${OVERLAP_SECONDS} s before the end of the one before,`;

export const VOLUME: readonly FeatureDefinition[] = [
  {
    id: 'V1a',
    name: 'outgoing_per_active_hour',
    family: 'V',
    unit: 'calls/h',
    leaning: 1,
    words: { en: 'Outgoing calls per clock hour in which the line called out.', zh: '每个有主叫的小时内的主叫次数。' },
    formula: 'outgoing calls / distinct floor(time / 3600 s) of outgoing calls; missing without outgoing calls',
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'outgoing call')} in each hour it was active`,
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
    leaning: 1,
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
    leaning: 1,
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
    leaning: 1,
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
    formula: `median over ${GAPS} of max(0, time_next - end_time); missing below 3 gaps`,
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
    leaning: -1,
    words: {
      en: 'Shortest time from the end of an outgoing call to the start of the next.',
      zh: '主叫结束到下一次主叫开始的最短间隔。',
    },
    formula: `min over ${GAPS} of max(0, time_next - end_time); missing below 3 gaps`,
    source: INVITE,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `never less than ${durationWords(value).en} from the end of a call to the next that follows it`,
      zh: (value) => `一次通话结束到下一次拨号至少间隔 ${durationWords(value).zh}`,
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
    leaning: 1,
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
];

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

/** Times from the end of an outgoing call to the start of the next, sorted; none where there are fewer than 3. Calls at once have none between them. */
function idleGaps(history: History): Sample {
  return sample.load(history, fillIdleGaps);
}

function fillIdleGaps({ time, end, outgoing, outgoingCount }: History, into: Sample): void {
  for (let i = 1; i < outgoingCount; i++) {
    const gap = time[outgoing[i]!]! - end[outgoing[i - 1]!]!;
    if (gap >= -OVERLAP_SECONDS) into.add(Math.max(0, gap));
  }
  if (into.count < 3) into.clear();
}
