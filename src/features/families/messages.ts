import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { rateHours } from '../exposure.ts';
import { Direction, type History, Kind } from '../history/history.ts';
import { share, tally } from '../measures.ts';
import { CALL_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, figure, percent } from './say.ts';

const MESSAGE =
  'MESSAGE: RFC 3428 §4, 3GPP TS 24.341; RP-DATA: TS 24.011 §7.3.1; MO-ForwardSM, MT-ForwardSM: TS 29.002 §12.2, §12.9; InitialDPSMS: TS 29.078 §7.1';
/** Columns that decide which rows are messages, each once whatever interfaces show it (with {@link History.repeat}). */
const MESSAGE_COLUMNS = ['kind', 'time', 'direction', 'counterpart', 'sms_length'] as const;
const MISSING = 'missing where no line shows a short message';
/** Lengths of texts from here on count as one; a text has at most 255 parts. */
const LONGEST = 65_535;

export const MESSAGES: readonly FeatureDefinition[] = [
  {
    id: 'S1a',
    name: 'outgoing_sms_per_hour',
    family: 'S',
    unit: 'messages/h',
    leaning: 1,
    words: { en: 'Short messages sent per observed hour.', zh: '每观测小时发送的短信数。' },
    formula: `outgoing sms / max(1 h, observed time); ${MISSING}`,
    source: MESSAGE,
    columns: MESSAGE_COLUMNS,
    reason: {
      en: (value) => `sends ${counted(value, 'short message')} an hour`,
      zh: (value) => `平均每小时发送短信 ${figure(value)} 条`,
    },
    compute: (history, context) => fed(context) * (messages(history, Direction.outgoing) / rateHours(context)),
  },
  {
    id: 'S1b',
    name: 'incoming_sms_per_hour',
    family: 'S',
    unit: 'messages/h',
    words: { en: 'Short messages received per observed hour.', zh: '每观测小时接收的短信数。' },
    formula: `incoming sms / max(1 h, observed time); ${MISSING}`,
    source: MESSAGE,
    columns: MESSAGE_COLUMNS,
    reason: {
      en: (value) => `receives ${counted(value, 'short message')} an hour`,
      zh: (value) => `平均每小时接收短信 ${figure(value)} 条`,
    },
    compute: (history, context) => fed(context) * (messages(history, Direction.incoming) / rateHours(context)),
  },
  {
    id: 'S1c',
    name: 'outgoing_sms_share',
    family: 'S',
    unit: 'share',
    words: { en: 'Share of short messages that the line sent itself.', zh: '发送短信占全部短信的比例。' },
    formula: 'outgoing sms / (outgoing + incoming sms); missing below 5',
    source: MESSAGE,
    columns: MESSAGE_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its short messages are sent, not received`,
      zh: (value) => `${percent(value)} 的短信为发送`,
    },
    compute: (history) => {
      const out = messages(history, Direction.outgoing);
      return share(out, out + messages(history, Direction.incoming), LEAST_CALLS);
    },
  },
  {
    id: 'S2a',
    name: 'sms_numbers',
    family: 'S',
    unit: 'count',
    leaning: 1,
    words: { en: 'Distinct numbers that short messages were sent to.', zh: '发送短信的不同号码数。' },
    formula: `distinct counterparts of outgoing sms; ${MISSING}`,
    source: MESSAGE,
    columns: MESSAGE_COLUMNS,
    reason: {
      en: (value) => `short messages to ${counted(value, 'number')}`,
      zh: (value) => `向 ${figure(value)} 个号码发送短信`,
    },
    compute: (history, context) => {
      tallyNumbers(history);
      return fed(context) * tally.distinct;
    },
  },
  {
    id: 'S2b',
    name: 'sms_per_number',
    family: 'S',
    unit: 'ratio',
    leaning: -1,
    words: { en: 'Short messages sent per distinct number.', zh: '每个号码平均发送短信数。' },
    formula: 'outgoing sms with a number / distinct counterparts; missing below 5',
    source: MESSAGE,
    columns: MESSAGE_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'short message')} to each number`,
      zh: (value) => `每个号码平均发送短信 ${figure(value)} 条`,
    },
    compute: (history) => {
      tallyNumbers(history);
      return tally.total < LEAST_CALLS ? Number.NaN : tally.total / tally.distinct;
    },
  },
  {
    id: 'S3',
    name: 'voice_only',
    family: 'S',
    unit: 'bit',
    words: {
      en: 'The line calls but never sends or receives a short message or USSD.',
      zh: '只打电话，从不收发短信或 USSD。',
    },
    formula:
      '1 where there are calls and no sms or ussd, else 0; missing below 5 calls, or where no line shows a short message',
    source: MESSAGE,
    columns: [...CALL_COLUMNS, 'answer_time'],
    reason: {
      en: (value) =>
        value === 1 ? 'calls only: no short message, no USSD' : 'uses short messages or USSD besides calls',
      zh: (value) => (value === 1 ? '只有语音：没有短信和 USSD' : '除语音外也使用短信或 USSD'),
    },
    compute: (history, context) => {
      if (history.outgoingCount + history.incomingCount < LEAST_CALLS) return Number.NaN;
      return fed(context) * (history.kinds[Kind.sms]! + history.kinds[Kind.ussd]! > 0 ? 0 : 1);
    },
  },
  {
    id: 'S4',
    name: 'equal_length_sms_share',
    family: 'S',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of sent short messages that have the most frequent length.',
      zh: '发送短信中长度相同的最大比例。',
    },
    formula: 'outgoing sms of the most frequent sms_length / outgoing sms with a length; missing below 5',
    source: MESSAGE,
    columns: MESSAGE_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its short messages have the same length`,
      zh: (value) => `${percent(value)} 的短信长度相同`,
    },
    compute: (history) => {
      let longest = -1;
      eachLength(history, (length) => {
        if (length > longest) longest = length;
      });
      tally.clear(longest + 1);
      eachLength(history, (length) => tally.add(length));
      return tally.total < LEAST_CALLS ? Number.NaN : tally.topShare();
    },
  },
];

/** 1 where the captures carry short messages, else missing. */
function fed(context: FeatureContext): number {
  return context.population.smsLines > 0 ? 1 : Number.NaN;
}

function messages(history: History, direction: number): number {
  let count = 0;
  if (history.kinds[Kind.sms] === 0) return 0;
  for (let i = 0; i < history.count; i++)
    if (history.kind[i] === Kind.sms && history.direction[i] === direction && history.repeat[i] === 0) count++;
  return count;
}

function tallyNumbers(history: History): void {
  tally.clear(history.counterparts);
  if (history.kinds[Kind.sms] === 0) return;
  for (let i = 0; i < history.count; i++) {
    if (history.kind[i] === Kind.sms && history.direction[i] === Direction.outgoing && history.repeat[i] === 0)
      tally.add(history.counterpart[i]!);
  }
}

function eachLength(history: History, each: (length: number) => void): void {
  if (history.kinds[Kind.sms] === 0) return;
  for (let i = 0; i < history.count; i++) {
    if (history.kind[i] !== Kind.sms || history.direction[i] !== Direction.outgoing || history.repeat[i] === 1)
      continue;
    if (!(history.smsLength[i]! >= 0)) continue;
    each(Math.min(LONGEST, Math.floor(history.smsLength[i]!)));
  }
}
