import { numberTypeOf } from '../../base/number-type.ts';
import { UNSEEN } from '../call-sides.ts';
import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { durationWords } from '../exposure.ts';
import type { History } from '../history/history.ts';
import { share } from '../measures.ts';
import { CROWD } from '../population.ts';
import { CALL_COLUMNS } from './calls.ts';
import { counted, figure, percent } from './say.ts';
import { isAccount, SIP_NETWORK } from './sip-network.ts';

const REGISTER = '--subscribers';
const CALLS = `${REGISTER}; Setup: 3GPP TS 24.008 §9.3.23; INVITE: RFC 3261 §13`;
const DAY = 86_400;
/** Calls are counted for this long after activation. */
const BURST = DAY;
/** A share over the other lines of a dealer or brand needs this many. */
const LEAST_LINES = 5;
/** IMSIs this close were made together. */
const NEAR_IMSIS = 10;

/** What tells an account on SIP. */
const OF_SIP = new Map(SIP_NETWORK.map(({ name, compute }) => [name, compute]));

/** What the register of subscribers, and the card itself, say of a line. */
export const ENROLMENT: readonly FeatureDefinition[] = [
  {
    id: 'V9c',
    name: 'calls_after_activation',
    family: 'V',
    unit: 'count',
    words: {
      en: 'Outgoing calls in the first 24 hours after the activation of the card.',
      zh: '开卡后 24 小时内的主叫次数。',
    },
    formula:
      'outgoing calls with activated <= time < activated + 24 h; missing where these 24 h are not within the window, or without --subscribers',
    source: CALLS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'call')} in the first day after activation`,
      zh: (value) => `开卡后一天内主叫 ${figure(value)} 次`,
    },
    compute: callsAfterActivation,
  },
  {
    id: 'V9d',
    name: 'silent_days_before_first_call',
    family: 'V',
    unit: 'd',
    words: {
      en: 'Days without an outgoing call from activation, or from the start of the window, to its first (a sleeping card).',
      zh: '自开卡（或窗口起点）至首次主叫的沉默天数（睡眠卡、静默卡）。',
    },
    formula:
      '(time of first outgoing call - max(activated, window start)) / 86400 s; missing without an outgoing call, without a time of activation before it, or without --subscribers',
    source: CALLS,
    columns: ['kind', 'time', 'direction'],
    reason: {
      en: (value) => `first call ${durationWords(value * DAY).en} after activation or the first capture`,
      zh: (value) => `开卡或观测开始 ${durationWords(value * DAY).zh}后才首次主叫`,
    },
    compute: silentDays,
  },
  {
    id: 'S7',
    name: 'iot_line_calls',
    family: 'S',
    unit: 'count',
    words: { en: 'Outgoing voice calls of a line that was sold for a thing.', zh: '物联网卡的语音主叫次数。' },
    formula:
      'outgoing calls where the product is IoT or M2M, 0 where it is another; missing where the register has not the line, or without --subscribers',
    source: CALLS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) =>
        value === 0 ? 'makes no calls as an IoT line' : `an IoT line that made ${counted(value, 'call')}`,
      zh: (value) => (value === 0 ? '没有物联网卡的语音通话' : `物联网卡主叫 ${figure(value)} 次`),
    },
    compute: (history, { registered }) => {
      const isThing = registered?.of(history.line)?.isThing ?? null;
      return isThing === null ? Number.NaN : isThing ? history.outgoingCount : 0;
    },
  },
  {
    id: 'G8a',
    name: 'lines_per_identity',
    family: 'G',
    unit: 'lines',
    words: {
      en: 'Lines registered under the same identity document, itself among them.',
      zh: '同一证件名下的号码数（一证多卡）。',
    },
    formula: 'subscribers with the id_hash of the line; missing without one, or without --subscribers',
    source: REGISTER,
    columns: [],
    reason: {
      en: (value) => `${counted(value, 'line')} under one identity document`,
      zh: (value) => `同一证件名下有 ${figure(value)} 个号码`,
    },
    compute: (history, { registered }) => registered?.linesOfId(history.line) ?? Number.NaN,
  },
  heavyShare('G8b', 'outgoing_lines_share_of_dealer', 'dealer', 'dealer', '同一网点'),
  {
    id: 'G8c',
    name: 'lines_near_in_imsi',
    family: 'G',
    unit: 'lines',
    leaning: 1,
    words: {
      en: 'Other lines seen whose IMSI is within 10 of its own: cards of one batch.',
      zh: 'IMSI 与其相差不超过 10 的其他号码数（连号卡）。',
    },
    formula:
      'other lines whose imsi differs by at most 10, as numbers (of several of a line, the smallest); missing without an imsi',
    source: 'IMSI: 3GPP TS 23.003 §2.2',
    columns: ['imsi'],
    reason: {
      en: (value) => `${counted(value, 'line')} within 10 of its IMSI`,
      zh: (value) => `有 ${figure(value)} 个号码的 IMSI 与其相差不超过 10`,
    },
    compute: (history, { population }) =>
      history.imsi === null ? Number.NaN : Math.max(0, population.linesNearImsi(history.imsi, NEAR_IMSIS) - 1),
  },
  heavyShare('G8d', 'outgoing_lines_share_of_brand', 'brand', 'brand', '同一品牌'),
  {
    id: 'G9',
    name: 'lines_activated_together',
    family: 'G',
    unit: 'lines',
    words: {
      en: 'Other lines seen that the same dealer activated on the same day.',
      zh: '同一网点同一天开通的其他号码数。',
    },
    formula:
      'other lines of the window with the dealer and the day (UTC) of activated of the line; missing without either, or without --subscribers',
    source: REGISTER,
    columns: [],
    reason: {
      en: (value) => `${counted(value, 'line')} activated by the same dealer on the same day`,
      zh: (value) => `同一网点同一天开通了另外 ${figure(value)} 个号码`,
    },
    compute: (history, { registered }) => registered?.activatedTogether(history.line) ?? Number.NaN,
  },
  {
    id: 'G8e',
    name: 'fixed_number',
    family: 'G',
    unit: 'bit',
    leaning: -1,
    words: {
      en: 'Whether its number is of a fixed line or a service by the numbering plan: no SIM card has such a one, an account on SIP may.',
      zh: '按编号计划，其号码是否为固定电话或业务号码（SIM 卡不会使用此类号码，SIP 账号则可能）。',
    },
    formula: `1 where the numbering plan has the number for fixed lines, free, shared-cost, premium-rate or IP telephony, 0 where for mobile ones; missing where it does not tell them apart, the home country is not known, the line is not named by a number, or is an account on SIP: it registers, or ${CROWD.least} lines or fewer show an address of it`,
    source: 'ITU-T E.164 and national numbering plans (libphonenumber)',
    columns: ['expires_s', 'endpoint', 'contact'],
    reason: {
      en: (value) => (value === 1 ? 'has a number of a fixed line' : 'has a mobile number'),
      zh: (value) => (value === 1 ? '使用固定电话号码' : '使用手机号码'),
    },
    compute: fixedNumber,
  },
];

function heavyShare(id: string, name: string, what: 'dealer' | 'brand', en: string, zh: string): FeatureDefinition {
  return {
    id,
    name,
    family: 'G',
    unit: 'share',
    words: {
      en: `Share of the other lines seen of the same ${en} that nearly only call out.`,
      zh: `${zh}的其他号码中几乎只有主叫者的比例。`,
    },
    formula: `other lines of the ${what} with >= 10 outgoing calls that are >= 90 % of their calls / other lines of the ${what} seen in the window; missing below 5 of these, without --subscribers, or ${UNSEEN}`,
    source: CALLS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of the lines of its ${en} only call out`,
      zh: (value) => `${zh} ${percent(value)} 的号码几乎只主叫`,
    },
    compute: (history, { registered, population }) => {
      if (registered === undefined || !population.showsIncoming(history)) return Number.NaN;
      const { heavy, lines } = registered.others(history, what);
      return share(heavy, lines, LEAST_LINES);
    },
  };
}

function fixedNumber(history: History, context: FeatureContext): number {
  const { line, imsi } = history;
  const { pseudonymous, withoutCountry } = context.population;
  if (pseudonymous || withoutCountry || line === imsi) return Number.NaN;
  if (isAccount((name) => OF_SIP.get(name)!(history, context))) return Number.NaN;
  const type = numberTypeOf(line);
  return type === null ? Number.NaN : Number(type === 'fixed');
}

function activationOf(history: History, { registered }: FeatureContext): number {
  return registered?.of(history.line)?.activated ?? Number.NaN;
}

function callsAfterActivation(history: History, context: FeatureContext): number {
  const activated = activationOf(history, context);
  if (!(activated >= context.from && activated + BURST <= context.until)) return Number.NaN;
  let calls = 0;
  for (let i = 0; i < history.outgoingCount; i++) {
    const time = history.time[history.outgoing[i]!]!;
    if (time >= activated && time < activated + BURST) calls++;
  }
  return calls;
}

function silentDays(history: History, context: FeatureContext): number {
  const activated = activationOf(history, context);
  if (Number.isNaN(activated) || history.outgoingCount === 0) return Number.NaN;
  const first = history.time[history.outgoing[0]!]!;
  return first < activated ? Number.NaN : (first - Math.max(activated, context.from)) / DAY;
}
