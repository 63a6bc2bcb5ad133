import type { FeatureDefinition } from '../definition.ts';
import { durationWords } from '../exposure.ts';
import { type History, OutcomeCode, Release } from '../history/history.ts';
import { type Sample, sample, share, tally } from '../measures.ts';
import { ANSWER_COLUMNS, CALL_COLUMNS, LEAST_CALLS, outgoingTalk } from './calls.ts';
import { counted, figure, percent } from './say.ts';

const TALK =
  '200 to INVITE, BYE: RFC 3261 §13.2, §15; Connect, Disconnect: 3GPP TS 24.008 §9.3; oAnswer, oDisconnect: TS 29.078 §5.1; ANM, REL: ITU-T Q.763 §4';
const FINAL =
  'final response to INVITE: RFC 3261 §21; Reason: RFC 3326; cause in Disconnect: 3GPP TS 24.008 §10.5.4.11; REL: ITU-T Q.763 §3.12; ITU-T Q.850';
const PROGRESS =
  'INVITE to 180 or 200: RFC 3261 §13.3.1, §21.1.2; Setup to Alerting: 3GPP TS 24.008 §9.3.1; oTermSeized: TS 29.078 §5.1; IAM to ACM, CPG: ITU-T Q.763 §4';
const BIN_SECONDS = 5;
/** Talk times from an hour on share one bin. */
const BINS = 720;
/** Causes and statuses of a number that does not exist: Q.850 1, 28; RFC 3261 §21.4.5, §21.4.22, §21.6.3. */
const DEAD_CAUSES: ReadonlySet<number> = new Set([1, 28]);
const DEAD_STATUSES: ReadonlySet<number> = new Set([404, 484, 604]);

/** Q.850 §2.2.7.1: normal call clearing; normal, unspecified. */
const CLEARING = 16;
const UNSPECIFIED = 31;
const OK = 200;

export const LENGTH: readonly FeatureDefinition[] = [
  {
    id: 'L1',
    name: 'talk_variation',
    family: 'L',
    unit: 'ratio',
    words: { en: 'Variation of the talk time of outgoing calls.', zh: '主叫通话时长的变异系数。' },
    formula: 'sample standard deviation / mean of talk_ms; missing below 5 answered outgoing calls',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `talk times vary by ${figure(value)} of their mean`,
      zh: (value) => `通话时长变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      const talk = outgoingTalk(history);
      return talk.count < LEAST_CALLS ? Number.NaN : talk.variation();
    },
  },
  {
    id: 'L2a',
    name: 'talk_entropy',
    family: 'L',
    unit: 'bit',
    words: { en: 'Entropy of the talk time of outgoing calls in bins of 5 s.', zh: '主叫通话时长（5 秒一档）的熵。' },
    formula: 'entropy of floor(talk / 5 s); missing below 5 answered outgoing calls',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `talk times spread with ${counted(value, 'bit')}`,
      zh: (value) => `通话时长分布熵 ${figure(value)} 比特`,
    },
    compute: (history) => (tallyTalk(history) < LEAST_CALLS ? Number.NaN : tally.entropy()),
  },
  {
    id: 'L2c',
    name: 'talk_evenness',
    family: 'L',
    unit: 'share',
    words: {
      en: 'Entropy of the talk time of outgoing calls in bins of 5 s, of the most that so many calls can have.',
      zh: '主叫通话时长（5 秒一档）的熵与同等次数可能的最大熵之比。',
    },
    formula: 'L2a / log2(answered outgoing calls); missing below 5 of them',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `talk times spread to ${percent(value)} of what so many could`,
      zh: (value) => `通话时长分散程度为最大可能的 ${percent(value)}`,
    },
    compute: (history) => {
      const calls = tallyTalk(history);
      return calls < LEAST_CALLS ? Number.NaN : tally.entropy() / Math.log2(calls);
    },
  },
  {
    id: 'L2b',
    name: 'talk_top_share',
    family: 'L',
    unit: 'share',
    words: {
      en: 'Share of outgoing calls in the most frequent 5 s of talk time.',
      zh: '最常见的 5 秒时长档所占比例。',
    },
    formula: 'calls in the fullest bin of floor(talk / 5 s) / calls; missing below 5 answered outgoing calls',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `${percent(value)} of its calls have nearly the same length`,
      zh: (value) => `${percent(value)} 的通话时长几乎相同`,
    },
    compute: (history) => (tallyTalk(history) < LEAST_CALLS ? Number.NaN : tally.topShare()),
  },
  shareUpTo('L3a', 'talk_up_to_2_s', 2),
  shareUpTo('L3b', 'talk_up_to_10_s', 10),
  shareUpTo('L3c', 'talk_up_to_30_s', 30),
  {
    id: 'L4',
    name: 'talk_over_180_s',
    family: 'L',
    unit: 'share',
    words: { en: 'Share of answered outgoing calls over 180 s of talk.', zh: '通话超过 180 秒的主叫比例。' },
    formula: 'calls with talk > 180 s / calls with talk; missing below 5 answered outgoing calls',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `${percent(value)} of its answered calls last over 3 min`,
      zh: (value) => `${percent(value)} 的接通通话超过 3 分钟`,
    },
    compute: (history) => {
      const talk = outgoingTalk(history);
      return talk.count < LEAST_CALLS ? Number.NaN : 1 - talk.shareUpTo(180);
    },
  },
  {
    id: 'L5',
    name: 'answer_seizure_ratio',
    family: 'L',
    unit: 'share',
    words: { en: 'Share of outgoing calls that were answered.', zh: '主叫接通率。' },
    formula:
      'answered / (outgoing calls of which it is known whether they were answered, those redirected left out); missing below 5',
    source: FINAL,
    columns: ANSWER_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its outgoing calls answered`,
      zh: (value) => `主叫接通率 ${percent(value)}`,
    },
    compute: ({ answered, outgoing, outgoingCount }) => {
      let yes = 0;
      let known = 0;
      for (let i = 0; i < outgoingCount; i++) {
        const result = answered[outgoing[i]!]!;
        if (result > 0) known++;
        if (result === 2) yes++;
      }
      return share(yes, known, LEAST_CALLS);
    },
  },
  {
    id: 'L6',
    name: 'talk_mean',
    family: 'L',
    unit: 's',
    words: { en: 'Mean talk time of answered outgoing calls.', zh: '主叫平均通话时长。' },
    formula: 'mean of talk_ms / 1000; missing below 3 answered outgoing calls',
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `talks for ${durationWords(value).en} on average`,
      zh: (value) => `平均通话 ${durationWords(value).zh}`,
    },
    compute: (history) => {
      const talk = outgoingTalk(history);
      return talk.count < 3 ? Number.NaN : talk.mean();
    },
  },
  {
    id: 'L7a',
    name: 'post_dial_delay',
    family: 'L',
    unit: 's',
    words: {
      en: 'Median time from dialling to ringing or answer of outgoing calls.',
      zh: '主叫拨号到振铃（或接通）的时间中位数。',
    },
    formula: 'median of setup_ms / 1000; missing below 3 outgoing calls with it',
    source: PROGRESS,
    columns: [...CALL_COLUMNS, 'setup_ms'],
    reason: {
      en: (value) => `rings ${figure(value)} s after dialling (median)`,
      zh: (value) => `拨号后 ${figure(value)} 秒振铃（中位数）`,
    },
    compute: (history) => {
      const delays = setupTimes(history);
      return delays.count < 3 ? Number.NaN : delays.median();
    },
  },
  {
    id: 'L7b',
    name: 'post_dial_delay_variation',
    family: 'L',
    unit: 'ratio',
    words: {
      en: 'Variation of the time from dialling to ringing of outgoing calls.',
      zh: '拨号到振铃时间的变异系数。',
    },
    formula: 'sample standard deviation / mean of setup_ms; missing below 5 outgoing calls with it',
    source: PROGRESS,
    columns: [...CALL_COLUMNS, 'setup_ms'],
    reason: {
      en: (value) => `time from dialling to ringing varies by ${figure(value)} of its mean`,
      zh: (value) => `拨号到振铃时间变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      const delays = setupTimes(history);
      return delays.count < LEAST_CALLS ? Number.NaN : delays.variation();
    },
  },
  {
    id: 'L8a',
    name: 'release_cause_entropy',
    family: 'L',
    unit: 'bit',
    words: {
      en: 'Entropy of how outgoing calls ended: Q.850 cause, else SIP status; all that were answered and ended normally are one.',
      zh: '主叫释放原因（Q.850 或 SIP 状态码；正常结束的接通呼叫算同一种）的熵。',
    },
    formula:
      'entropy of cause (31, and sip_status 200 without a cause, as 16), else sip_status, over outgoing calls that have one; missing below 5',
    source: FINAL,
    columns: [...CALL_COLUMNS, 'cause', 'sip_status'],
    reason: {
      en: (value) => `its calls end in ways that spread with ${counted(value, 'bit')}`,
      zh: (value) => `释放原因分布熵 ${figure(value)} 比特`,
    },
    compute: (history) => {
      tally.clear(1024);
      for (let i = 0; i < history.outgoingCount; i++) {
        const row = history.outgoing[i]!;
        const cause = history.cause[row]!;
        const status = history.sipStatus[row]!;
        // One side or one switch says a cause where another says none.
        if (cause === UNSPECIFIED || (cause < 0 && status === OK)) tally.add(CLEARING);
        else if (cause >= 0) tally.add(cause & 0x7f);
        else if (status >= 0) tally.add(128 + Math.min(status, 895));
      }
      return tally.total < LEAST_CALLS ? Number.NaN : tally.entropy();
    },
  },
  shareOfOutcome('L8b', 'busy_outcome_share', [OutcomeCode.busy], 'met a busy line', '遇忙'),
  shareOfOutcome('L8c', 'no_answer_share', [OutcomeCode.no_answer], 'were not answered', '无人应答'),
  shareOfOutcome(
    'L8d',
    'failed_share',
    [OutcomeCode.failed, OutcomeCode.rejected],
    'failed or were rejected',
    '失败或被拒',
  ),
  shareOfOutcome('L8e', 'cancelled_share', [OutcomeCode.cancelled], 'were given up while ringing', '振铃中取消'),
  {
    id: 'L8f',
    name: 'dead_number_share',
    family: 'L',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of outgoing calls to numbers that do not exist (dialling by list).',
      zh: '拨打空号的主叫比例（按号段群拨）。',
    },
    formula:
      'calls not answered with cause 1 or 28 or status 404, 484 or 604 / calls not open or redirected; missing below 5',
    source: FINAL,
    columns: [...ANSWER_COLUMNS, 'cause', 'sip_status'],
    reason: {
      en: (value) => `${percent(value)} of its calls to numbers that do not exist`,
      zh: (value) => `${percent(value)} 的主叫为空号`,
    },
    compute: ({ answered, cause, sipStatus, outgoing, outgoingCount }) => {
      let dead = 0;
      let known = 0;
      for (let i = 0; i < outgoingCount; i++) {
        const row = outgoing[i]!;
        if (answered[row]! > 0) known++;
        if (answered[row] === 1 && (DEAD_CAUSES.has(cause[row]!) || DEAD_STATUSES.has(sipStatus[row]!))) dead++;
      }
      return share(dead, known, LEAST_CALLS);
    },
  },
  {
    id: 'L9',
    name: 'released_by_line_share',
    family: 'L',
    unit: 'share',
    words: {
      en: 'Share of answered outgoing calls that the line itself hung up.',
      zh: '接通的主叫中由本方挂断的比例。',
    },
    formula: 'answered outgoing calls released by the caller / those released by either side; missing below 5',
    source:
      'BYE: RFC 3261 §15.1; Disconnect: 3GPP TS 24.008 §9.3.7; oDisconnect, legID: TS 29.078 §6.1; REL: ITU-T Q.763 §4',
    columns: [...ANSWER_COLUMNS, 'released_by'],
    reason: {
      en: (value) => `hangs up itself in ${percent(value)} of its calls`,
      zh: (value) => `${percent(value)} 的通话由本方挂断`,
    },
    compute: ({ answered, releasedBy, outgoing, outgoingCount }) => {
      let line = 0;
      let either = 0;
      for (let i = 0; i < outgoingCount; i++) {
        const row = outgoing[i]!;
        const by = releasedBy[row]!;
        if (answered[row] !== 2 || (by !== Release.line && by !== Release.other)) continue;
        either++;
        if (by === Release.line) line++;
      }
      return share(line, either, LEAST_CALLS);
    },
  },
];

function shareUpTo(id: string, name: string, seconds: number): FeatureDefinition {
  return {
    id,
    name,
    family: 'L',
    unit: 'share',
    words: {
      en: `Share of answered outgoing calls of up to ${seconds} s of talk.`,
      zh: `通话不超过 ${seconds} 秒的主叫比例。`,
    },
    formula: `calls with talk <= ${seconds} s / calls with talk; missing below 5 answered outgoing calls`,
    // Who keeps talking is no more suspect for it: there are desks and boxes of either sort.
    leaning: 1,
    source: TALK,
    columns: [...CALL_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) => `${percent(value)} of its answered calls last up to ${seconds} s`,
      zh: (value) => `${percent(value)} 的接通通话不超过 ${seconds} 秒`,
    },
    compute: (history) => {
      const talk = outgoingTalk(history);
      return talk.count < LEAST_CALLS ? Number.NaN : talk.shareUpTo(seconds);
    },
  };
}

function shareOfOutcome(
  id: string,
  name: string,
  [first, second]: readonly [number, number?],
  en: string,
  zh: string,
): FeatureDefinition {
  const names = Object.entries(OutcomeCode)
    .filter(([, code]) => code === first || code === second)
    .map(([text]) => text);
  return {
    id,
    name,
    family: 'L',
    unit: 'share',
    words: { en: `Share of outgoing calls that ${en}.`, zh: `${zh}的主叫比例。` },
    formula: `outgoing calls with outcome ${names.join(' or ')} / outgoing calls not open before an answer and not redirected; missing below 5`,
    source: FINAL,
    columns: ANSWER_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its outgoing calls ${en}`,
      zh: (value) => `${percent(value)} 的主叫${zh}`,
    },
    compute: ({ answered, outcome, outgoing, outgoingCount }) => {
      let part = 0;
      let known = 0;
      for (let i = 0; i < outgoingCount; i++) {
        const row = outgoing[i]!;
        if (answered[row]! > 0) known++;
        if (answered[row] === 1 && (outcome[row] === first || outcome[row] === second)) part++;
      }
      return share(part, known, LEAST_CALLS);
    },
  };
}

/** Tallies talk times of outgoing calls by bin; returns their number. */
function tallyTalk({ talk, outgoing, outgoingCount }: History): number {
  tally.clear(BINS + 1);
  for (let i = 0; i < outgoingCount; i++) {
    const seconds = talk[outgoing[i]!]! / 1000;
    if (seconds >= 0) tally.add(Math.min(BINS, Math.floor(seconds / BIN_SECONDS)));
  }
  return tally.total;
}

function setupTimes(history: History): Sample {
  return sample.load(history, fillSetup);
}

function fillSetup({ setup, outgoing, outgoingCount }: History, into: Sample): void {
  for (let i = 0; i < outgoingCount; i++) into.add(setup[outgoing[i]!]! / 1000);
}
