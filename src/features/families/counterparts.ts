import { UNSEEN } from '../call-sides.ts';
import type { FeatureDefinition } from '../definition.ts';
import { rateHours } from '../exposure.ts';
import { digitsOf } from '../history/dictionary.ts';
import { Direction, type History, Kind } from '../history/history.ts';
import { sample, share, tally } from '../measures.ts';
import { BOTH_WAYS_COLUMNS, CALL_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, figure, percent } from './say.ts';

const NUMBERS =
  'From, To, Request-URI, P-Asserted-Identity: RFC 3261 §8.1.1, RFC 3325 §9.1; called party BCD number: 3GPP TS 24.008 §10.5.4.7; InitialDP: TS 29.078 §6.1; called party number: ITU-T Q.763 §3.9';
/** Numbers this close to another called number are taken as dialled in sequence. */
const SEQUENCE_STEP = 10;
/** The first five digits of an E.164 number tell country and operator: 86 138, 44 79 1. */
const PREFIX_END = 100_000;

export const COUNTERPARTS: readonly FeatureDefinition[] = [
  {
    id: 'C1a',
    name: 'called_numbers',
    family: 'C',
    unit: 'count',
    leaning: 1,
    words: { en: 'Distinct numbers called.', zh: '主叫的不同号码数。' },
    formula: 'distinct counterparts of outgoing calls',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value, history) => `${counted(history.outgoingCount, 'call')} to ${counted(value, 'number')}`,
      zh: (value, history) => `向 ${figure(value)} 个号码主叫 ${history.outgoingCount} 次`,
    },
    compute: (history) => numbers(history).called,
  },
  {
    id: 'C1b',
    name: 'called_numbers_per_hour',
    family: 'C',
    unit: 'numbers/h',
    leaning: 1,
    words: { en: 'Distinct numbers called per observed hour.', zh: '每观测小时主叫的不同号码数。' },
    formula: 'distinct counterparts of outgoing calls / max(1 h, observed time)',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'different number')} called an hour`,
      zh: (value) => `平均每小时拨打 ${figure(value)} 个不同号码`,
    },
    compute: (history, context) => numbers(history).called / rateHours(context),
  },
  {
    id: 'C2',
    name: 'new_number_share',
    family: 'C',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of the later half of outgoing calls that go to a number not met before in the window.',
      zh: '后一半主叫中拨打窗口内从未联系过的号码的比例。',
    },
    formula:
      'outgoing calls of the second half (by count) whose counterpart had no earlier call with the line / calls of that half; missing below 10 outgoing calls with a number',
    source: NUMBERS,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its later calls to numbers it had never met`,
      zh: (value) => `后期 ${percent(value)} 的主叫为从未联系过的号码`,
    },
    compute: newNumberShare,
  },
  {
    id: 'C3',
    name: 'calls_per_called_number',
    family: 'C',
    unit: 'ratio',
    leaning: -1,
    words: { en: 'Outgoing calls per distinct number called.', zh: '每个被叫号码的平均主叫次数。' },
    formula: 'outgoing calls with a number / distinct counterparts; missing below 5 calls',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (_value, history) => {
        const { calls, called } = numbers(history);
        return `${counted(calls, 'call')} to ${counted(called, 'number')}`;
      },
      zh: (_value, history) => {
        const { calls, called } = numbers(history);
        return `主叫 ${calls} 次，涉及 ${called} 个号码`;
      },
    },
    compute: (history) => {
      const { calls, called } = numbers(history);
      return calls < LEAST_CALLS ? Number.NaN : calls / called;
    },
  },
  {
    id: 'C4',
    name: 'top_five_share',
    family: 'C',
    unit: 'share',
    leaning: -1,
    words: { en: 'Share of outgoing calls to the five numbers called most.', zh: '最常拨打的五个号码所占主叫比例。' },
    formula: 'calls to the five most called numbers / outgoing calls with a number; missing below 10 calls',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its calls to its five favourite numbers`,
      zh: (value) => `${percent(value)} 的主叫集中在前五个号码`,
    },
    compute: (history) => {
      const { calls } = numbers(history);
      if (calls < 2 * LEAST_CALLS) return Number.NaN;
      sample.clear();
      const known = history.counterparts;
      for (let code = 0; code < known; code++) if (history.called[code]! > 0) sample.add(history.called[code]!);
      sample.sort();
      let top = 0;
      for (let i = Math.max(0, sample.count - 5); i < sample.count; i++) top += sample.at(i);
      return top / calls;
    },
  },
  {
    id: 'C5',
    name: 'called_back_share',
    family: 'C',
    unit: 'share',
    leaning: -1,
    words: { en: 'Share of called numbers that also called the line.', zh: '被叫号码中曾主动呼入的比例。' },
    formula: `distinct called numbers with an incoming call / distinct called numbers; missing below 5 numbers, or ${UNSEEN}`,
    source: NUMBERS,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of the numbers it calls ever call it`,
      zh: (value) => `其拨打的号码中 ${percent(value)} 曾回拨`,
    },
    compute: (history, { population }) => {
      if (!population.showsIncoming(history)) return Number.NaN;
      const known = history.counterparts;
      let called = 0;
      let back = 0;
      for (let code = 0; code < known; code++) {
        if (history.called[code] === 0) continue;
        called++;
        if (history.callers[code]! > 0) back++;
      }
      return share(back, called, LEAST_CALLS);
    },
  },
  {
    id: 'C6',
    name: 'sequential_number_share',
    family: 'C',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of called numbers that lie within 10 of another called number.',
      zh: '与其他被叫号码相差不超过 10 的号码比例（顺号拨打）。',
    },
    formula:
      'distinct called numbers of 7 to 15 digits with another one at a distance of at most 10 / these numbers; missing below 5',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of the numbers it calls are in sequence`,
      zh: (value) => `${percent(value)} 的被叫号码为连号`,
    },
    compute: (history, { population }) => {
      if (population.pseudonymous) return Number.NaN;
      calledDigits(history);
      let near = 0;
      for (let i = 0; i < sample.count; i++) {
        const before = i > 0 && sample.at(i) - sample.at(i - 1) <= SEQUENCE_STEP;
        const after = i + 1 < sample.count && sample.at(i + 1) - sample.at(i) <= SEQUENCE_STEP;
        if (before || after) near++;
      }
      return share(near, sample.count, LEAST_CALLS);
    },
  },
  {
    id: 'C7a',
    name: 'prefix_entropy',
    family: 'C',
    unit: 'bit',
    words: {
      en: 'Entropy over the prefixes of the numbers called: the country code and two digits, three after a code of one digit.',
      zh: '被叫号段（国家码及其后两位；一位国家码后三位）的熵。',
    },
    formula:
      'entropy of the prefixes (country code and 2 digits, 3 after a code of 1 digit) of distinct called numbers of 7 to 15 digits; missing below 5, or where the home country is not known',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `called numbers spread over prefixes with ${counted(value, 'bit')}`,
      zh: (value) => `被叫号段分布熵 ${figure(value)} 比特`,
    },
    compute: (history, { population }) => {
      if (population.withoutCountry) return Number.NaN;
      const known = history.counterparts;
      sample.clear();
      for (let code = 0; code < known; code++)
        if (history.called[code]! > 0) sample.add(prefixOf(history.digits[code]!));
      if (sample.count < LEAST_CALLS) return Number.NaN;
      sample.sort();
      // Rounding would tell how many there were of one.
      if (sample.at(0) === sample.at(sample.count - 1)) return 0;
      let run = 0;
      let sum = 0;
      for (let i = 0; i < sample.count; i++) {
        run++;
        if (i + 1 < sample.count && sample.at(i + 1) === sample.at(i)) continue;
        sum += run * Math.log2(run);
        run = 0;
      }
      return Math.max(0, Math.log2(sample.count) - sum / sample.count);
    },
  },
  {
    id: 'C7b',
    name: 'other_prefix_share',
    family: 'C',
    unit: 'share',
    words: {
      en: 'Share of outgoing calls to numbers outside the prefix of the line itself.',
      zh: '拨打与本机号段不同号码的主叫比例。',
    },
    formula:
      'outgoing calls to numbers whose prefix (see prefix_entropy) differs from that of the line / outgoing calls to numbers of 7 to 15 digits; missing below 5, where the line is not named by such a number, or where the home country is not known',
    source: NUMBERS,
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its calls leave its own prefix`,
      zh: (value) => `${percent(value)} 的主叫为其他号段`,
    },
    compute: (history, { population }) => {
      // An IMSI is no number of the numbering plan.
      const own =
        population.withoutCountry || history.line === history.imsi ? Number.NaN : prefixOf(digitsOf(history.line));
      if (Number.isNaN(own)) return Number.NaN;
      const known = history.counterparts;
      let calls = 0;
      let other = 0;
      for (let code = 0; code < known; code++) {
        const prefix = prefixOf(history.digits[code]!);
        if (Number.isNaN(prefix)) continue;
        calls += history.called[code]!;
        if (prefix !== own) other += history.called[code]!;
      }
      return share(other, calls, LEAST_CALLS);
    },
  },
];

/** Outgoing calls that have a number, and the distinct numbers. */
function numbers(history: History): { calls: number; called: number } {
  const known = history.counterparts;
  let calls = 0;
  let called = 0;
  for (let code = 0; code < known; code++) {
    if (history.called[code] === 0) continue;
    calls += history.called[code]!;
    called++;
  }
  return { calls, called };
}

function newNumberShare(history: History): number {
  const { calls } = numbers(history);
  if (calls < 2 * LEAST_CALLS) return Number.NaN;
  tally.clear(history.counterparts);
  const { kind, repeat, counterpart, direction, count } = history;
  const firstHalf = Math.floor(calls / 2);
  let seen = 0;
  let fresh = 0;
  for (let i = 0; i < count; i++) {
    const number = counterpart[i]!;
    if (kind[i] !== Kind.leg || repeat[i] === 1 || number < 0) continue;
    if (direction[i] === Direction.outgoing && seen++ >= firstHalf && tally.counts[number] === 0) fresh++;
    if (direction[i] !== Direction.unknown) tally.add(number);
  }
  return fresh / (calls - firstHalf);
}

/** Called numbers as numbers, each once, sorted, into `sample`. */
function calledDigits(history: History): void {
  const known = history.counterparts;
  sample.clear();
  for (let code = 0; code < known; code++) if (history.called[code]! > 0) sample.add(history.digits[code]!);
  sample.sort();
}

/** Country code and the digits after it that tell networks, not subscribers: two, or three of an area where the code has one digit. */
function prefixOf(digits: number): number {
  while (digits >= PREFIX_END) digits = Math.floor(digits / 10);
  const two = Math.floor(digits / 1000);
  return isThreeDigits(two) ? digits : Math.floor(digits / 10);
}

/** Country codes of two digits (ITU-T E.164 annex to Operational Bulletin 1114); 1 and 7 have one, all others three. */
const TWO_DIGITS: ReadonlySet<number> = new Set([
  ...[20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58],
  ...[60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98],
]);

function isThreeDigits(two: number): boolean {
  const one = Math.floor(two / 10);
  return one !== 1 && one !== 7 && !TWO_DIGITS.has(two);
}
