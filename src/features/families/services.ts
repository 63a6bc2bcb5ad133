import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { durationWords, rateHours } from '../exposure.ts';
import { Direction, type History, Kind } from '../history/history.ts';
import { type Sample, sample, tally } from '../measures.ts';
import { counted, figure } from './say.ts';

const USSD = 'ProcessUnstructuredSS-Request: 3GPP TS 29.002 §11.9; Facility: TS 24.090 §6';
const USSD_COLUMNS = ['kind', 'time', 'direction', 'ussd_code'] as const;
const FORWARDING_COLUMNS = ['kind', 'time', 'forwarding'] as const;
const DAY = 86_400;
/** A period is told from this many intervals on. */
const LEAST_INTERVALS = 3;

/** What a line asks of the network: USSD, call forwarding. */
export const SERVICES: readonly FeatureDefinition[] = [
  {
    id: 'S5a',
    name: 'ussd_per_hour',
    family: 'S',
    unit: '1/h',
    leaning: 1,
    words: { en: 'USSD requests of the line per observed hour.', zh: '每观测小时发起的 USSD 请求数。' },
    formula: 'originating ussd, each once / max(1 h, observed time); missing where no line shows USSD',
    source: USSD,
    columns: USSD_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'USSD request')} an hour`,
      zh: (value) => `平均每小时发起 USSD ${figure(value)} 次`,
    },
    compute: (history, context) => {
      if (context.population.ussdLines === 0) return Number.NaN;
      let requests = 0;
      eachRequest(history, () => requests++);
      return requests / rateHours(context);
    },
  },
  {
    id: 'S5b',
    name: 'ussd_interval_variation',
    family: 'S',
    unit: 'ratio',
    words: {
      en: 'Variation of the time between its USSD requests with the most frequent code: 0 for a timer that asks for the balance.',
      zh: '最常用 USSD 代码请求间隔的变异系数：定时查询余额为 0。',
    },
    formula:
      'sample standard deviation / mean of time between originating ussd of the most frequent ussd_code; missing below 4 of these',
    source: USSD,
    columns: USSD_COLUMNS,
    reason: {
      en: (value, history) =>
        `asks for the same USSD every ${durationWords(ussdIntervals(history).median()).en}, varying by ${figure(value)} (a timer 0)`,
      zh: (value, history) =>
        `约每 ${durationWords(ussdIntervals(history).median()).zh}发起同一 USSD，变异系数 ${figure(value)}（定时器为 0）`,
    },
    compute: (history) => {
      const intervals = ussdIntervals(history);
      return intervals.count < LEAST_INTERVALS ? Number.NaN : intervals.variation();
    },
  },
  {
    id: 'S6a',
    name: 'forwardings_set',
    family: 'S',
    unit: 'count',
    words: { en: 'Call forwardings that the line set up.', zh: '设置呼叫转移的次数。' },
    formula: 'forwarding events that register or activate, each once; missing where no line shows a forwarding',
    source: 'RegisterSS, ActivateSS: 3GPP TS 29.002 §11.1, §11.3; TS 24.080 §3.6',
    columns: FORWARDING_COLUMNS,
    reason: {
      en: (value) => `set up ${counted(value, 'call forwarding')}`,
      zh: (value) => `设置呼叫转移 ${figure(value)} 次`,
    },
    compute: (history, { population }) => {
      if (population.forwardingLines === 0) return Number.NaN;
      let set = 0;
      eachForwarding(history, () => set++);
      return set;
    },
  },
  {
    id: 'S6b',
    name: 'forwarding_after_activation',
    family: 'S',
    unit: 'd',
    words: {
      en: 'Days from the activation of the card to the first call forwarding it set up.',
      zh: '开卡到首次设置呼叫转移的天数。',
    },
    formula:
      '(time of the first forwarding event that registers or activates - activated) / 86400 s; missing without one, without a time of activation before it, or without --subscribers',
    source: 'RegisterSS, ActivateSS: 3GPP TS 29.002 §11.1, §11.3; --subscribers',
    columns: FORWARDING_COLUMNS,
    reason: {
      en: (value) => `set up call forwarding ${durationWords(value * DAY).en} after activation`,
      zh: (value) => `开卡 ${durationWords(value * DAY).zh}后设置呼叫转移`,
    },
    compute: forwardingAfterActivation,
  },
];

function eachRequest(history: History, each: (row: number) => void): void {
  if (history.kinds[Kind.ussd] === 0) return;
  const { kind, direction, repeat, count } = history;
  for (let i = 0; i < count; i++)
    if (kind[i] === Kind.ussd && direction[i] === Direction.outgoing && repeat[i] === 0) each(i);
}

/** Sorted. */
function ussdIntervals(history: History): Sample {
  return sample.load(history, fillIntervals);
}

function fillIntervals(history: History, into: Sample): void {
  if (history.kinds[Kind.ussd] === 0) return;
  tally.clear(history.texts('service').length);
  eachRequest(history, (row) => tally.add(history.service[row]!));
  const code = tally.top();
  let last = Number.NaN;
  eachRequest(history, (row) => {
    if (code < 0 || history.service[row] !== code) return;
    into.add(history.time[row]! - last);
    last = history.time[row]!;
  });
}

const SETS = /^(register|activate) /;

function eachForwarding(history: History, each: (row: number) => void): void {
  if (history.kinds[Kind.forwarding] === 0) return;
  for (let i = 0; i < history.count; i++) {
    if (history.kind[i] !== Kind.forwarding || history.repeat[i] === 1 || history.service[i]! < 0) continue;
    if (SETS.test(history.text('service', history.service[i]!)!)) each(i);
  }
}

function forwardingAfterActivation(history: History, { registered }: FeatureContext): number {
  const activated = registered?.of(history.line)?.activated ?? Number.NaN;
  if (Number.isNaN(activated)) return Number.NaN;
  let first = Number.NaN;
  eachForwarding(history, (row) => {
    if (Number.isNaN(first)) first = history.time[row]!;
  });
  return first >= activated ? (first - activated) / DAY : Number.NaN;
}
