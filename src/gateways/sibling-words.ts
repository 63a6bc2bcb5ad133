import { figure, percent } from '../features/families/say.ts';
import type { CompanyDefinition } from './company-words.ts';

/** Where scores of other lines come from. */
export const SCORES = 'RFC 3261 §8.1.1, 3GPP TS 24.008 §9; scores of the first forest';
const PLACE = ['mcc', 'mnc', 'lac', 'cell', 'endpoint'] as const;
const ACTS = ['time', 'kind', ...PLACE] as const;
const SUSPECTED = 'base score above the usual as in G11';
const PLACES =
  'place: the cell that most of its events show, where it shows none its first address that others show too and that is not common';
const TRAITS =
  'log2 of outgoing_per_active_hour + .1, calls_per_called_number, talk_mean + 1, post_dial_delay + .1, time_to_answer + .5 and authentication_latency_median + 1; outgoing_share, answer_seizure_ratio, talk_variation';

/** `3 times`, said of doublings. */
function times(doublings: number): string {
  return figure(2 ** doublings);
}

/** What a line is among the lines of its place, and against the typical line of the window. */
export const SIBLINGS = [
  {
    id: 'G6',
    name: 'together_with_suspects',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'Half hours in which both it and lines of its cell (or address) that look like gateway lines were active, against chance, in doublings: cards that take turns are never active together.',
      zh: '与同小区（或同地址）疑似网关线路同处活跃状态的半小时数与随机预期之比（以 2 为底的对数）：轮换的卡从不同时活跃。',
    },
    formula: `log2((sum over its active half hours of what the others of its place active in them have of ${SUSPECTED} + .5) / (its active half hours x mean of that over all half hours in which anybody there was active + .5)) (first 64); missing where less than 1 is expected; ${PLACES}`,
    source: SCORES,
    columns: [...ACTS],
    reason: {
      en: (value) =>
        `active together with suspected lines of its place ${times(value)} times as much as chance would have it`,
      zh: (value) => `与同处疑似线路同时活跃的程度为随机预期的 ${times(value)} 倍`,
    },
  },
  {
    id: 'V11',
    name: 'active_alone_share',
    family: 'G',
    unit: 'share',
    words: {
      en: 'Share of the half hours in which it was active where no line of its cell (or address) that looks like a gateway line was.',
      zh: '其活跃的半小时中，同小区（或同地址）没有疑似网关线路活跃的比例。',
    },
    formula: `active half hours in which the others of its place have less than .3 of ${SUSPECTED} together / active half hours; missing with G6`,
    source: SCORES,
    columns: [...ACTS],
    reason: {
      en: (value) => `in ${percent(value)} of its active half hours no suspected line of its place was active`,
      zh: (value) => `其活跃半小时中 ${percent(value)} 无同处疑似线路活跃`,
    },
  },
  {
    id: 'G10a',
    name: 'turns_company',
    family: 'G',
    unit: 'score',
    leaning: 1,
    words: {
      en: 'How much more than usual those lines of its cell (or address) look like gateway lines which woke when it came to rest, or came to rest when it woke.',
      zh: '同小区（或同地址）中在它静默时开始活动、或在它开始活动时静默的线路，比通常更像网关线路的程度。',
    },
    formula: `largest over its rests (the last act before an hour of silence) of the sum of ${SUSPECTED} of those of its place that woke (the first act after an hour of silence) within the same 10 minutes / (their number + 1), and the other way round (first 8 each); ${PLACES}`,
    source: SCORES,
    columns: [...ACTS],
    reason: {
      en: (value) =>
        `lines that took over from it, or it from them, score ${figure(value)} above the usual by themselves`,
      zh: (value) => `与它前后接替的线路自身得分高出通常 ${figure(value)}`,
    },
  },
  {
    id: 'G10b',
    name: 'turns_with_suspects',
    family: 'G',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of its changes between rest and work at which a line of its cell (or address) that looks like a gateway line changed the other way.',
      zh: '其作息切换中，同小区（或同地址）有疑似网关线路反向切换的比例。',
    },
    formula: `10 minutes in which it came to rest, or woke, and others of its place with at least .3 of ${SUSPECTED} did the other / those in which it did`,
    source: SCORES,
    columns: [...ACTS],
    reason: {
      en: (value) =>
        `at ${percent(value)} of its changes between rest and work a suspected line of its place took over`,
      zh: (value) => `其作息切换中 ${percent(value)} 有同处疑似线路接替`,
    },
  },
  {
    id: 'G7',
    name: 'distance_to_suspects',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'How far its behaviour is from that of the lines of its cell (or address) that look like gateway lines, against how far it is from all others there, in doublings.',
      zh: '其行为与同小区（或同地址）疑似网关线路的距离，与到该处所有线路的距离之比（以 2 为底的对数）。',
    },
    formula: `log2((mean square distance to the others of its place weighted by ${SUSPECTED} + .05) / (that to all of them, weighted equally + .05)), in variances over all lines, mean of: ${TRAITS}; missing where those weigh less than .5 or these are fewer than 3`,
    source: SCORES,
    columns: [...ACTS, 'direction', 'counterpart', 'talk_ms', 'setup_ms', 'ring_ms', 'latency_ms'],
    reason: {
      en: (value) =>
        `behaves ${value < 0 ? `${times(-value)} times as near to` : `${times(value)} times as far from`} suspected lines of its place as others there`,
      zh: (value) => `行为与同处疑似线路的距离为与其他线路的 ${times(value)} 倍`,
    },
  },
  {
    id: 'D14',
    name: 'latency_spread_of_suspects',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'Spread of the authentication latencies of the other lines of its cell (or address) that look like gateway lines: those of one bank are as late as each other.',
      zh: '同小区（或同地址）疑似网关线路鉴权时延的离散程度：同一 SIM 池的时延相近。',
    },
    formula: `standard deviation of log2(authentication_latency_median + 1) of the others of its place, weighted by ${SUSPECTED}; missing with less than .5 of it`,
    source: 'Authentication Request, Response: 3GPP TS 24.008 §9.2.2, §9.2.3; 401, credentials: RFC 3261 §22',
    columns: ['latency_ms', ...PLACE],
    reason: {
      en: (value) =>
        `authentication latencies of suspected lines of its place lie within ${times(value)} times each other`,
      zh: (value) => `同处疑似线路鉴权时延相差 ${times(value)} 倍以内`,
    },
  },
  {
    id: 'D13e',
    name: 'latency_over_place',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'Authentication latency against that of the other lines of its cell (or address), in doublings.',
      zh: '鉴权时延与同小区（或同地址）其他线路之比（以 2 为底的对数）。',
    },
    formula:
      'log2(authentication_latency_median + 1) - mean of it over the others of its place; missing with fewer than 3 of them',
    source: 'Authentication Request, Response: 3GPP TS 24.008 §9.2.2, §9.2.3; 401, credentials: RFC 3261 §22',
    columns: ['latency_ms', ...PLACE],
    reason: {
      en: (value) => `answers challenges ${times(value)} times as slowly as the other lines of its place`,
      zh: (value) => `鉴权应答时延为同处其他线路的 ${times(value)} 倍`,
    },
  },
  {
    id: 'L7c',
    name: 'post_dial_delay_over_typical',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'Time from dialling to ringing (L7a) against that of a typical line, in doublings.',
      zh: '拨号到振铃时间与典型线路之比（以 2 为底的对数）。',
    },
    formula: 'log2(post_dial_delay + .1) - median of it over all lines (the middle of steps of 1/64); missing below 30',
    source: 'INVITE to 180: RFC 3261 §13; Setup to Alerting: 3GPP TS 24.008 §9.3.1; IAM to ACM: ITU-T Q.763 §4',
    columns: ['setup_ms', 'direction'],
    reason: {
      en: (value) => `takes ${times(value)} times as long from dialling to ringing as a typical line`,
      zh: (value) => `拨号到振铃时间为典型线路的 ${times(value)} 倍`,
    },
  },
  {
    id: 'L5b',
    name: 'answered_over_typical',
    family: 'G',
    unit: 'share',
    words: {
      en: 'Share of its calls that were answered (L5), less that of a typical line.',
      zh: '主叫接通率与典型线路之差。',
    },
    formula: 'answer_seizure_ratio - median of it over all lines (the middle of steps of 1/64); missing below 30',
    source: '200 to INVITE: RFC 3261 §13.2; Connect: 3GPP TS 24.008 §9.3; ANM: ITU-T Q.763 §4',
    columns: ['outcome', 'direction'],
    reason: {
      en: (value) =>
        `${Math.abs(Math.round(100 * value))} points ${value < 0 ? 'less' : 'more'} of its calls were answered than of a typical line`,
      zh: (value) => `接通率比典型线路${value < 0 ? '低' : '高'} ${Math.abs(Math.round(100 * value))} 个百分点`,
    },
  },
  {
    id: 'L6b',
    name: 'talk_over_typical',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'Mean talk time (L6) against that of a typical line, in doublings.',
      zh: '平均通话时长与典型线路之比（以 2 为底的对数）。',
    },
    formula: 'log2(talk_mean + 1) - median of it over all lines (the middle of steps of 1/64); missing below 30',
    source:
      '200 to INVITE, BYE: RFC 3261 §13.2, §15; Connect, Disconnect: 3GPP TS 24.008 §9.3; ANM, REL: ITU-T Q.763 §4',
    columns: ['talk_ms', 'direction'],
    reason: {
      en: (value) => `talks ${times(value)} times as long as a typical line`,
      zh: (value) => `平均通话时长为典型线路的 ${times(value)} 倍`,
    },
  },
  {
    id: 'R5c',
    name: 'time_to_answer_over_typical',
    family: 'G',
    unit: 'log2 ratio',
    words: {
      en: 'Ringing time before it answers (R5a) against that of a typical line, in doublings.',
      zh: '接听来电前振铃时间与典型线路之比（以 2 为底的对数）。',
    },
    formula: 'log2(time_to_answer + .5) - median of it over all lines (the middle of steps of 1/64); missing below 30',
    source: '180, 200: RFC 3261 §13.3.1; Alerting, Connect: 3GPP TS 24.008 §9.3; ACM, ANM: ITU-T Q.763 §4',
    columns: ['ring_ms', 'direction'],
    reason: {
      en: (value) => `lets it ring ${times(value)} times as long as a typical line`,
      zh: (value) => `来电振铃时长为典型线路的 ${times(value)} 倍`,
    },
  },
] as const satisfies readonly CompanyDefinition[];

export type SiblingFeature = (typeof SIBLINGS)[number]['name'];
