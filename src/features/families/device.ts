import { distinctClassmarks } from '../classmark.ts';
import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { durationWords } from '../exposure.ts';
import { type History, Kind, LONGEST_ANSWER_MS, OutcomeCode, tellsLatency } from '../history/history.ts';
import { type Sample, sample, share, tally } from '../measures.ts';
import { CALL_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, figure, percent, spanOf } from './say.ts';

const IMEI =
  'Contact +sip.instance urn:gsma:imei: RFC 7254 §4, RFC 5626 §4.1; Identity Response: 3GPP TS 24.008 §9.2.11; InitialDP: TS 29.078 §6.1; CheckIMEI: TS 29.002 §8.7.1; TS 23.003 §6.2';
const AUTHENTICATION =
  '401 or 407 to the authorised request: RFC 3261 §22; Authentication Request to Response: 3GPP TS 24.008 §9.2.2, §9.2.3 (of MAP nothing: there a register answers), T3260 §11.2.2';
/** Digits of the type allocation code: 3GPP TS 23.003 §6.2.1. */
const TAC_DIGITS = 8;
const LEAST_CHANGES = 2;
/** Median, tenth and ninetieth of a hundred need this many latencies. */
const LEAST_LATENCIES = 3;
const LATENCIES = `latency_ms (on SIP up to ${LONGEST_ANSWER_MS / 1000} s)`;

export const DEVICE: readonly FeatureDefinition[] = [
  {
    id: 'D1',
    name: 'imeis',
    family: 'D',
    unit: 'count',
    leaning: 1,
    words: { en: 'Distinct IMEIs the line was used with.', zh: '使用过的不同 IMEI 数。' },
    formula: 'distinct imei; missing without one',
    source: IMEI,
    columns: ['imei'],
    reason: { en: imeisInWords, zh: imeisInChinese },
    compute: (history) => history.texts('imei').length || Number.NaN,
  },
  {
    id: 'D2',
    name: 'lines_per_imei',
    family: 'D',
    unit: 'lines',
    leaning: 1,
    words: { en: 'Most lines that were ever seen with one of its IMEIs.', zh: '与其共用同一 IMEI 的最多号码数。' },
    formula: 'max over its imei of the lines that showed it; missing without one',
    source: IMEI,
    columns: ['imei'],
    reason: {
      en: (value) => `${counted(value, 'line')} used the same IMEI`,
      zh: (value) => `${figure(value)} 个号码使用同一 IMEI`,
    },
    compute: (history, { population }) => {
      let most = Number.NaN;
      for (const imei of history.texts('imei')) {
        const lines = population.lines('imei', imei);
        if (!(lines <= most)) most = lines;
      }
      return most;
    },
  },
  {
    id: 'D3',
    name: 'imei_changes_per_registration',
    family: 'D',
    unit: 'ratio',
    leaning: 1,
    words: {
      en: 'Changes of IMEI per successful registration or location update.',
      zh: '每次成功注册或位置更新的 IMEI 变更次数。',
    },
    formula:
      'changes of imei between events that have one / attaches: sip registrations with outcome registered, and presence events with it and a lu_type, or without where the line shows none with; missing below 3 attaches or without an IMEI',
    source: `${IMEI}; REGISTER: RFC 3261 §10; LOCATION UPDATING ACCEPT: 3GPP TS 24.008 §9.2.13; UpdateLocation: TS 29.002 §8.1.2`,
    columns: ['time', 'kind', 'outcome', 'lu_type', 'imei'],
    reason: {
      en: (value) => `${counted(value, 'change')} of IMEI for each registration`,
      zh: (value) => `平均每次注册更换 IMEI ${figure(value)} 次`,
    },
    compute: (history) => {
      return history.texts('imei').length === 0 ? Number.NaN : share(imeiChanges(history), attaches(history), 3);
    },
  },
  {
    id: 'D4',
    name: 'imei_entropy',
    family: 'D',
    unit: 'bit',
    leaning: 1,
    words: { en: 'Entropy over the IMEIs of its events.', zh: '所用 IMEI 的熵。' },
    formula: 'entropy of imei over events with one; missing below 5',
    source: IMEI,
    columns: ['imei'],
    reason: {
      en: (value, history) =>
        `${counted(history.texts('imei').length, 'IMEI')} used in turn (${counted(value, 'bit')})`,
      zh: (value, history) => `轮换使用 ${history.texts('imei').length} 个 IMEI（${figure(value)} 比特）`,
    },
    compute: (history) => {
      tally.clear(history.texts('imei').length);
      for (let i = 0; i < history.count; i++) tally.add(history.imei[i]!);
      return tally.total < 5 ? Number.NaN : tally.entropy();
    },
  },
  {
    id: 'D5',
    name: 'same_tac_change_share',
    family: 'D',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of changes of IMEI that keep the type code and change the serial number (generated IMEIs).',
      zh: '更换 IMEI 时型号核准号（TAC）不变、仅序号变化的比例（生成的 IMEI）。',
    },
    formula: 'changes of imei with equal first 8 digits / changes of imei; missing below 2 changes',
    source: IMEI,
    columns: ['time', 'imei'],
    reason: { en: sameTacInWords, zh: sameTacInChinese },
    compute: (history) => {
      let same = 0;
      let changes = 0;
      eachImeiChange(history, (from, to) => {
        changes++;
        if (tacOf(history.text('imei', from)!) === tacOf(history.text('imei', to)!)) same++;
      });
      return share(same, changes, LEAST_CHANGES);
    },
  },
  {
    id: 'D6',
    name: 'module_tac_share',
    family: 'D',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of its IMEIs whose type code is of a module, modem or IoT device.',
      zh: 'TAC 属于模块、调制解调器或物联网设备的 IMEI 比例。',
    },
    formula:
      'distinct imei with TAC class module, modem or iot / distinct imei with a known TAC; missing without --tac-db',
    source: `${IMEI}; --tac-db`,
    columns: ['imei'],
    reason: {
      en: (value) => `${percent(value)} of its IMEIs belong to modules or modems, not phones`,
      zh: (value) => `${percent(value)} 的 IMEI 属于模块或调制解调器`,
    },
    compute: (history, context) => {
      const { known, modules } = tacClasses(history, context);
      return share(modules, known, 1);
    },
  },
  {
    id: 'D7',
    name: 'unknown_tac_share',
    family: 'D',
    unit: 'share',
    words: { en: 'Share of its IMEIs whose type code was never allocated.', zh: 'TAC 未分配（未知）的 IMEI 比例。' },
    formula: 'distinct imei whose TAC is not in --tac-db / distinct imei; missing without --tac-db',
    source: `${IMEI}; --tac-db`,
    columns: ['imei'],
    reason: {
      en: (value) => `${percent(value)} of its IMEIs have an unknown type code`,
      zh: (value) => `${percent(value)} 的 IMEI 型号未知`,
    },
    compute: (history, context) => {
      const { known } = tacClasses(history, context);
      const all = history.texts('imei').length;
      return known < 0 ? Number.NaN : share(all - known, all, 1);
    },
  },
  {
    id: 'D8a',
    name: 'imeis_per_classmark',
    family: 'D',
    unit: 'ratio',
    leaning: 1,
    words: {
      en: 'IMEIs per classmark, of which only what a phone shows on every band and in classmark 1 and 2 alike is compared: above 1 where one radio shows several identities.',
      zh: '每种 classmark 对应的 IMEI 数（只比较各频段、classmark 1 与 2 中都相同的内容）：大于 1 说明同一射频冒用多个身份。',
    },
    formula:
      'distinct imei / distinct classmark, compared without RF power and frequency capability and in what both have; missing where either was not seen',
    source: '3GPP TS 24.008 §10.5.1.5 to §10.5.1.7',
    columns: ['imei', 'classmark'],
    reason: {
      en: (_value, history) =>
        `${counted(history.texts('imei').length, 'IMEI')} but ${counted(distinctClassmarks(history.texts('classmark')).length, 'classmark')}`,
      zh: (_value, history) =>
        `${history.texts('imei').length} 个 IMEI，${distinctClassmarks(history.texts('classmark')).length} 种 classmark`,
    },
    compute: (history) => imeisPer(history, distinctClassmarks(history.texts('classmark'))),
  },
  {
    id: 'D8b',
    name: 'imeis_per_user_agent',
    family: 'D',
    unit: 'ratio',
    leaning: 1,
    words: {
      en: 'IMEIs per User-Agent: above 1 where one software shows several identities.',
      zh: '每种 User-Agent 对应的 IMEI 数：大于 1 说明同一软件冒用多个身份。',
    },
    formula: 'distinct imei / distinct user_agent; missing where either was not seen',
    source: `${IMEI}; User-Agent: RFC 3261 §20.41`,
    columns: ['imei', 'user_agent'],
    reason: {
      en: (_value, history) =>
        `${counted(history.texts('imei').length, 'IMEI')} but ${counted(history.texts('userAgent').length, 'User-Agent')}`,
      zh: (_value, history) =>
        `${history.texts('imei').length} 个 IMEI，${history.texts('userAgent').length} 种 User-Agent`,
    },
    compute: (history) => imeisPer(history, history.texts('userAgent')),
  },
  {
    id: 'D10',
    name: 'imei_change_interval_variation',
    family: 'D',
    unit: 'ratio',
    words: {
      en: 'Variation of the time between changes of IMEI: 0 for a timer.',
      zh: 'IMEI 变更间隔的变异系数：定时变更为 0。',
    },
    formula: 'sample standard deviation / mean of time between changes of imei; missing below 4 changes',
    source: IMEI,
    columns: ['time', 'imei'],
    reason: {
      en: (value, history) =>
        `IMEI changes every ${durationWords(imeiChangeIntervals(history).median()).en}, varying by ${figure(value)} (a timer 0)`,
      zh: (value, history) =>
        `约每 ${durationWords(imeiChangeIntervals(history).median()).zh}更换 IMEI，变异系数 ${figure(value)}（定时器为 0）`,
    },
    compute: (history) => {
      const intervals = imeiChangeIntervals(history);
      return intervals.count < 3 ? Number.NaN : intervals.variation();
    },
  },
  latencyQuantile('D13a', 'authentication_latency_median', 0.5, 'Median', '中位数'),
  latencyQuantile('D13b', 'authentication_latency_p10', 0.1, 'Tenth percentile', '第 10 百分位'),
  latencyQuantile('D13c', 'authentication_latency_p95', 0.95, '95th percentile', '第 95 百分位'),
  {
    id: 'D13d',
    name: 'authentication_latency_over_typical',
    family: 'D',
    unit: 'ratio',
    words: {
      en: 'Median time to answer a challenge, over that of a typical line (a SIM held far away answers late).',
      zh: '鉴权应答时延中位数与一般号码之比（远端 SIM 池应答慢）。',
    },
    formula: `median ${LATENCIES} / median over lines of their geometric mean of these (the middle of steps of 2^(1/4)); missing below 3, or below 10 lines with a latency`,
    source: AUTHENTICATION,
    columns: ['latency_ms'],
    reason: {
      en: (value) => `answers challenges ${figure(value)} times as slowly as a typical line`,
      zh: (value) => `鉴权应答时延为一般号码的 ${figure(value)} 倍`,
    },
    compute: (history, { population }) => {
      const latencies = latenciesOf(history);
      return latencies.count < LEAST_LATENCIES ? Number.NaN : latencies.median() / population.typicalLatency();
    },
  },
  {
    id: 'D15',
    name: 'authentications_per_call',
    family: 'D',
    unit: 'ratio',
    words: { en: 'Answered challenges per outgoing call.', zh: '每次主叫对应的鉴权次数。' },
    formula: 'events with latency_ms / outgoing calls; missing below 5 outgoing calls or without an answered challenge',
    source: AUTHENTICATION,
    columns: [...CALL_COLUMNS, 'latency_ms'],
    reason: {
      en: (value) => `${counted(value, 'authentication')} for each call`,
      zh: (value) => `每次主叫鉴权 ${figure(value)} 次`,
    },
    compute: (history) => {
      let answers = 0;
      for (let i = 0; i < history.count; i++) if (history.latency[i]! >= 0) answers++;
      return answers === 0 ? Number.NaN : share(answers, history.outgoingCount, LEAST_CALLS);
    },
  },
];

function latencyQuantile(id: string, name: string, p: number, en: string, zh: string): FeatureDefinition {
  return {
    id,
    name,
    family: 'D',
    unit: 'ms',
    words: { en: `${en} of the time from a challenge to its answer.`, zh: `鉴权应答时延的${zh}。` },
    formula: `quantile ${p} (type 7) of ${LATENCIES}; missing below 3`,
    source: AUTHENTICATION,
    columns: ['latency_ms'],
    reason: {
      en: (value) => `answers challenges in ${figure(value)} ms (${en.toLowerCase()})`,
      zh: (value) => `鉴权应答时延 ${figure(value)} 毫秒（${zh}）`,
    },
    compute: (history) => {
      const latencies = latenciesOf(history);
      return latencies.count < LEAST_LATENCIES ? Number.NaN : latencies.quantile(p);
    },
  };
}

/** Successful registrations and location updates. The radio says of which type an update is, MAP shows the same update again without. */
function attaches({ kind, outcome, luType, count, kinds }: History): number {
  if (kinds[Kind.registration]! + kinds[Kind.presence]! === 0) return 0;
  let registrations = 0;
  let typed = 0;
  let untyped = 0;
  for (let i = 0; i < count; i++) {
    if (outcome[i] !== OutcomeCode.registered) continue;
    if (kind[i] === Kind.registration) registrations++;
    else if (kind[i] === Kind.presence && luType[i]! >= 0) typed++;
    else if (kind[i] === Kind.presence) untyped++;
  }
  return registrations + (typed > 0 ? typed : untyped);
}

/** Sorted. */
function latenciesOf(history: History): Sample {
  return sample.load(history, fillLatencies);
}

function fillLatencies(history: History, into: Sample): void {
  for (let i = 0; i < history.count; i++) if (tellsLatency(history, i)) into.add(history.latency[i]!);
}

function eachImeiChange(history: History, each: (from: number, to: number, time: number) => void): void {
  if (history.texts('imei').length < 2) return;
  let last = -1;
  for (let i = 0; i < history.count; i++) {
    const imei = history.imei[i]!;
    if (imei < 0) continue;
    if (last >= 0 && imei !== last) each(last, imei, history.time[i]!);
    last = imei;
  }
}

function imeiChanges(history: History): number {
  let changes = 0;
  eachImeiChange(history, () => changes++);
  return changes;
}

/** Sorted. */
function imeiChangeIntervals(history: History): Sample {
  return sample.load(history, fillImeiChanges);
}

function fillImeiChanges(history: History, into: Sample): void {
  let last = Number.NaN;
  eachImeiChange(history, (_from, _to, time) => {
    into.add(time - last);
    last = time;
  });
}

function tacOf(imei: string): string {
  return imei.slice(0, TAC_DIGITS);
}

function tacsOf(history: History): Set<string> {
  return new Set(history.texts('imei').map(tacOf));
}

/** Distinct IMEIs whose TAC is known, and those of modules; `known` is -1 without a table or an IMEI. */
function tacClasses(history: History, context: FeatureContext): { known: number; modules: number } {
  const { tacClass } = context;
  if (tacClass === undefined || history.texts('imei').length === 0) return { known: -1, modules: 0 };
  let known = 0;
  let modules = 0;
  for (const imei of history.texts('imei')) {
    const found = tacClass(tacOf(imei));
    if (found === null) continue;
    known++;
    if (found !== 'phone') modules++;
  }
  return { known, modules };
}

function imeisPer(history: History, values: readonly string[]): number {
  const imeis = history.texts('imei').length;
  return imeis === 0 ? Number.NaN : share(imeis, values.length, 1);
}

function imeisInWords(value: number, history: History): string {
  if (value === 1) return `one IMEI, ${history.text('imei', 0)}`;
  const tacs = tacsOf(history);
  const under = tacs.size === 1 ? `, always under TAC ${[...tacs][0]}` : ` under ${tacs.size} TACs`;
  return `IMEI changed ${counted(imeiChanges(history), 'time')} in ${spanOf(history).en}${under}`;
}

function imeisInChinese(value: number, history: History): string {
  if (value === 1) return `只有一个 IMEI：${history.text('imei', 0)}`;
  const tacs = tacsOf(history);
  const under = tacs.size === 1 ? `始终为 TAC ${[...tacs][0]}` : `涉及 ${tacs.size} 个 TAC`;
  return `${spanOf(history).zh}内更换 IMEI ${imeiChanges(history)} 次，${under}`;
}

function sameTacInWords(value: number, history: History): string {
  const tacs = tacsOf(history);
  const where = tacs.size === 1 ? ` ${[...tacs][0]}` : '';
  return `${percent(value)} of ${counted(imeiChanges(history), 'change')} of IMEI keep the TAC${where} and change only the serial number`;
}

function sameTacInChinese(value: number, history: History): string {
  const tacs = tacsOf(history);
  const where = tacs.size === 1 ? ` ${[...tacs][0]} ` : ' ';
  return `${imeiChanges(history)} 次 IMEI 变更中 ${percent(value)} 保持 TAC${where}不变、仅序号变化`;
}
