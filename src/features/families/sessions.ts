import type { FeatureDefinition } from '../definition.ts';
import type { History } from '../history/history.ts';
import { sample } from '../measures.ts';
import { CALL_COLUMNS } from './calls.ts';
import { figure, percent } from './say.ts';
import { INVITE } from './volume.ts';

/** Idle time that ends a session of calls, seconds. */
const SESSION_IDLE = 1200;
/** A session statistic needs this many sessions. */
const LEAST_SESSIONS = 4;

/** Sessions: calls that follow each other, and the rests between. */
export const SESSIONS: readonly FeatureDefinition[] = [
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
