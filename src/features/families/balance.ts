import { UNSEEN } from '../call-sides.ts';
import type { FeatureDefinition } from '../definition.ts';
import { rateHours } from '../exposure.ts';
import { Direction, type History, Kind } from '../history/history.ts';
import { type Sample, sample, share, tally } from '../measures.ts';
import { ANSWER_COLUMNS, BOTH_WAYS_COLUMNS, CALL_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, figure, percent } from './say.ts';

const INVITE =
  'INVITE in both directions: RFC 3261 §13; Setup: 3GPP TS 24.008 §9.3.23; InitialDP: TS 29.078 §6.1; IAM: ITU-T Q.763 §4';
const TALK =
  '200 to INVITE, BYE: RFC 3261 §13.2, §15; Connect, Disconnect: 3GPP TS 24.008 §9.3; oAnswer, oDisconnect: TS 29.078 §5.1; ANM, REL: ITU-T Q.763 §4';
const RINGING =
  '180 to 200: RFC 3261 §13.3.1; Alerting to Connect: 3GPP TS 24.008 §9.3.1, §9.3.5; callAccepted to tAnswer: TS 29.078 §5.1; ACM, CPG to ANM: ITU-T Q.763 §4';

/** What incoming calls are; said in formulas. */
const REACHED =
  "without calls to the line that only the caller's side shows and that were refused or failed before they rang";

export const BALANCE: readonly FeatureDefinition[] = [
  {
    id: 'R1',
    name: 'outgoing_share',
    family: 'R',
    unit: 'share',
    leaning: 1,
    words: { en: 'Share of calls that the line placed itself.', zh: '主叫占全部通话的比例。' },
    formula: `outgoing calls / (outgoing + incoming calls), ${REACHED}; missing below 5 calls, or ${UNSEEN}`,
    source: INVITE,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (_value, history) =>
        `${history.outgoingCount} ${history.outgoingCount === 1 ? 'call' : 'calls'} out, ${history.incomingCount} in`,
      zh: (_value, history) => `主叫 ${history.outgoingCount} 次，被叫 ${history.incomingCount} 次`,
    },
    compute: (history, { population }) =>
      population.showsIncoming(history)
        ? share(history.outgoingCount, history.outgoingCount + history.incomingCount, LEAST_CALLS)
        : Number.NaN,
  },
  {
    id: 'R2a',
    name: 'incoming_per_hour',
    family: 'R',
    unit: 'calls/h',
    leaning: -1,
    words: { en: 'Incoming calls per observed hour.', zh: '每观测小时的被叫次数。' },
    formula: `incoming calls, ${REACHED} / max(1 h, observed time); missing ${UNSEEN}`,
    source: INVITE,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (_value, history) => counted(history.incomingCount, 'incoming call'),
      zh: (_value, history) => `被叫 ${history.incomingCount} 次`,
    },
    compute: (history, context) =>
      context.population.showsIncoming(history) ? history.incomingCount / rateHours(context) : Number.NaN,
  },
  {
    id: 'R2b',
    name: 'outgoing_to_incoming',
    family: 'R',
    unit: 'log2 ratio',
    leaning: 1,
    words: {
      en: 'Outgoing against incoming calls, in doublings; 0 where balanced.',
      zh: '主叫与被叫次数之比（以 2 为底的对数），均衡时为 0。',
    },
    formula: `log2((outgoing + 1) / (incoming + 1)), ${REACHED}; missing without calls, or ${UNSEEN}`,
    source: INVITE,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (_value, history) =>
        `${history.outgoingCount} ${history.outgoingCount === 1 ? 'call' : 'calls'} out, ${history.incomingCount} in`,
      zh: (_value, history) => `主叫 ${history.outgoingCount} 次，被叫 ${history.incomingCount} 次`,
    },
    compute: (history, { population }) =>
      history.outgoingCount + history.incomingCount === 0 || !population.showsIncoming(history)
        ? Number.NaN
        : Math.log2((history.outgoingCount + 1) / (history.incomingCount + 1)),
  },
  {
    id: 'R3a',
    name: 'outgoing_minutes_share',
    family: 'R',
    unit: 'share',
    leaning: 1,
    words: { en: 'Share of the talk time that is in outgoing calls.', zh: '主叫通话时长占比。' },
    formula: `talk of outgoing calls / talk of all calls; missing below 5 calls with talk, or ${UNSEEN}`,
    source: TALK,
    columns: [...BOTH_WAYS_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `${percent(value)} of its talk time in outgoing calls`,
      zh: (value) => `${percent(value)} 的通话时长为主叫`,
    },
    compute: (history, { population }) => {
      if (!population.showsIncoming(history)) return Number.NaN;
      const out = talkOf(history, history.outgoing, history.outgoingCount);
      const back = talkOf(history, history.incoming, history.incomingCount);
      const all = out.talked + back.talked;
      return out.calls + back.calls < LEAST_CALLS || all === 0 ? Number.NaN : out.talked / all;
    },
  },
  {
    id: 'R3b',
    name: 'outgoing_minutes_per_hour',
    family: 'R',
    unit: 'min/h',
    leaning: 1,
    words: { en: 'Minutes of talk in outgoing calls per observed hour.', zh: '每观测小时的主叫通话分钟数。' },
    formula: 'talk of outgoing calls in minutes / max(1 h, observed time)',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `talks ${figure(value)} min an hour in outgoing calls`,
      zh: (value) => `平均每小时主叫通话 ${figure(value)} 分钟`,
    },
    compute: (history, context) =>
      talkOf(history, history.outgoing, history.outgoingCount).talked / 60_000 / rateHours(context),
  },
  {
    id: 'R4',
    name: 'incoming_answered_share',
    family: 'R',
    unit: 'share',
    words: { en: 'Share of incoming calls that the line answered.', zh: '被叫接听率。' },
    formula: 'answered / (incoming calls not open before an answer and not redirected); missing below 5',
    source: INVITE,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `answers ${percent(value)} of its incoming calls`,
      zh: (value) => `被叫接听率 ${percent(value)}`,
    },
    compute: ({ answered, incoming, incomingCount }) => {
      let yes = 0;
      let known = 0;
      for (let i = 0; i < incomingCount; i++) {
        const result = answered[incoming[i]!]!;
        if (result > 0) known++;
        if (result === 2) yes++;
      }
      return share(yes, known, LEAST_CALLS);
    },
  },
  {
    id: 'R5a',
    name: 'time_to_answer',
    family: 'R',
    unit: 's',
    words: { en: 'Median ringing time before the line answers an incoming call.', zh: '接听来电前振铃时间的中位数。' },
    formula: 'median of ring_ms / 1000 of answered incoming calls; missing below 3',
    source: RINGING,
    columns: [...ANSWER_COLUMNS, 'ring_ms'],
    reason: {
      en: (value) => `answers after ${figure(value)} s (median)`,
      zh: (value) => `振铃 ${figure(value)} 秒后接听（中位数）`,
    },
    compute: (history) => {
      const times = answerTimes(history);
      return times.count < 3 ? Number.NaN : times.median();
    },
  },
  {
    id: 'R5b',
    name: 'time_to_answer_variation',
    family: 'R',
    unit: 'ratio',
    words: {
      en: 'Variation of the ringing time before the line answers: near 0 for a robot.',
      zh: '接听前振铃时间的变异系数：自动接听接近 0。',
    },
    formula: 'sample standard deviation / mean of ring_ms of answered incoming calls; missing below 5',
    source: RINGING,
    columns: [...ANSWER_COLUMNS, 'ring_ms'],
    reason: {
      en: (value) => `its time to answer varies by ${figure(value)} of its mean`,
      zh: (value) => `接听时间变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      const times = answerTimes(history);
      return times.count < LEAST_CALLS ? Number.NaN : times.variation();
    },
  },
  {
    id: 'R7',
    name: 'failed_call_back_share',
    family: 'R',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of calls from numbers the line had called before that it did not answer.',
      zh: '回拨未接通的比例。',
    },
    formula:
      'incoming calls from a number called earlier, not answered / such calls not open or redirected; missing below 3',
    source: INVITE,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of calls back to it fail`,
      zh: (value) => `${percent(value)} 的回拨未接通`,
    },
    compute: (history) => {
      const { kind, repeat, counterpart, direction, answered, count } = history;
      if (history.incomingCount === 0) return Number.NaN;
      tally.clear(history.counterparts);
      let backs = 0;
      let failed = 0;
      for (let i = 0; i < count; i++) {
        const number = counterpart[i]!;
        if (kind[i] !== Kind.leg || repeat[i] === 1 || number < 0) continue;
        if (direction[i] === Direction.outgoing) tally.add(number);
        else if (direction[i] === Direction.incoming && tally.counts[number]! > 0 && answered[i]! > 0) {
          backs++;
          if (answered[i] === 1) failed++;
        }
      }
      return share(failed, backs, 3);
    },
  },
];

/** Sum of talk of these calls, ms, and the calls that have one. */
function talkOf({ talk }: History, rows: Int32Array, count: number): { talked: number; calls: number } {
  let talked = 0;
  let calls = 0;
  for (let i = 0; i < count; i++) {
    const value = talk[rows[i]!]!;
    if (Number.isNaN(value)) continue;
    talked += value;
    calls++;
  }
  return { talked, calls };
}

/** Sorted. */
function answerTimes(history: History): Sample {
  return sample.load(history, fillAnswerTimes);
}

function fillAnswerTimes({ answered, ring, incoming, incomingCount }: History, into: Sample): void {
  for (let i = 0; i < incomingCount; i++) if (answered[incoming[i]!] === 2) into.add(ring[incoming[i]!]! / 1000);
}
