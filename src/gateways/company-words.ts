import type { FeatureDefinition } from '../features/definition.ts';
import { joined } from '../features/families/say.ts';
import { SCORES, SIBLINGS } from './sibling-words.ts';

/** A feature of the second stage: it takes the scores of other lines to compute. */
export type CompanyDefinition = Omit<FeatureDefinition, 'compute' | 'reason'> & {
  reason: { en: (value: number) => string; zh: (value: number) => string };
};

type Columns = CompanyDefinition['columns'];

/** What lines may share, in the order of their numbers as kinds of keys, and how it is said: `lines with ${en}`. */
export const SHARED = {
  imei: { en: 'the same IMEI', zh: '同一 IMEI', columns: ['imei'] },
  type: { en: 'an IMEI of the same type', zh: '同型号 IMEI', columns: ['imei'] },
  endpoint: { en: 'the same address', zh: '同一地址', columns: ['endpoint'] },
  network: { en: 'an address of the same network', zh: '同一网段地址', columns: ['endpoint'] },
  contact: { en: 'the same Contact address', zh: '同一 Contact 地址', columns: ['contact'] },
  media: { en: 'the same media address', zh: '同一媒体地址', columns: ['media'] },
  cell: { en: 'the same cell', zh: '同一小区', columns: ['mcc', 'mnc', 'lac', 'cell'] },
  classmark: { en: 'the same classmark', zh: '相同 Classmark', columns: ['classmark'] },
  look: {
    en: 'messages of the same look',
    zh: '相同报文外观',
    columns: ['header_order', 'user_agent', 'sdp_fingerprint'],
  },
  make: { en: 'messages of the same make', zh: '相同报文构造', columns: ['header_order', 'id_shape'] },
  make_on_network: {
    en: 'messages of the same make from the same network',
    zh: '同网段、相同报文构造',
    columns: ['header_order', 'id_shape', 'endpoint'],
  },
  make_in_cell: {
    en: 'messages of the same make in the same cell',
    zh: '同小区、相同报文构造',
    columns: ['header_order', 'id_shape', 'mcc', 'mnc', 'lac', 'cell'],
  },
  type_in_cell: {
    en: 'an IMEI of the same type in the same cell',
    zh: '同小区、同型号 IMEI',
    columns: ['imei', 'mcc', 'mnc', 'lac', 'cell'],
  },
  switched: {
    en: 'a switching on or off within the same 30 s',
    zh: '30 秒内同时开关机',
    columns: ['time', 'lu_type', 'expires_s', 'outcome'],
  },
  classmark1: { en: 'the same first octet of the classmark', zh: 'Classmark 首字节相同', columns: ['classmark'] },
  places: { en: 'the same two cells', zh: '相同的两个小区', columns: ['mcc', 'mnc', 'lac', 'cell'] },
  moved: {
    en: 'a change to the same cell within the same 10 minutes',
    zh: '10 分钟内转入同一小区',
    columns: ['time', 'mcc', 'mnc', 'lac', 'cell'],
  },
} as const satisfies Record<string, { en: string; zh: string; columns: Columns }>;

const NUMBERS = 'RFC 3261 §8.1.1; 3GPP TS 24.008 §9.3.23; TS 29.078 §6.1; ITU-T Q.763 §3.10';

function said(value: number): string {
  return Number(value.toPrecision(2)).toString().replace(/^0\./, '.');
}

/** What a crowd may share by chance: the more other lines show it, the less it says. More lines in one device or at one address may say more. */
const CROWDED: ReadonlySet<string> = new Set([
  'type',
  'network',
  'cell',
  'classmark',
  'look',
  'make',
  'make_on_network',
  'make_in_cell',
  'type_in_cell',
  'classmark1',
  'places',
  'moved',
]);

type Telling = Pick<CompanyDefinition, 'unit' | 'words' | 'formula' | 'reason' | 'leaning'>;

function othersWith(name: string, en: string, zh: string): Telling {
  return {
    unit: 'lines',
    ...(CROWDED.has(name) ? { leaning: -1 as const } : {}),
    words: { en: `Other lines with ${en}.`, zh: joined(zh, '的其他线路数。') },
    formula: 'number of the other lines whose mean the feature before is',
    reason: {
      en: (value) => `${value} other ${value === 1 ? 'line' : 'lines'} with ${en}`,
      zh: (value) => joined(zh, `的其他线路 ${value} 条`),
    },
  };
}

/** After an outage everybody comes back together. */
const TOGETHER: Telling = {
  unit: 'ratio',
  words: {
    en: 'Lines that were switched on or off within the same 30 s, against those with which a typical line was.',
    zh: '30 秒内同时开关机的线路数，与典型线路的同时开关机线路数之比。',
  },
  formula:
    '(number of the other lines whose mean the feature before is + 1) / (median over all lines that were switched of the others, most in one 30 s; as with 30 lines more that had none + 1)',
  reason: {
    en: (value) => `switched on or off within the same 30 s as ${said(value)} times as many lines as is usual`,
    zh: (value) => `30 秒内同时开关机的线路数为通常的 ${said(value)} 倍`,
  },
};

/** Two features of each thing that lines may share. */
const OF_SHARED: CompanyDefinition[] = Object.entries(SHARED).flatMap(([name, { en, zh, columns }], index) => [
  {
    id: `G11.${index + 1}a`,
    name: `${name}_company`,
    family: 'G',
    unit: 'score',
    leaning: 1,
    words: {
      en: `How much more than usual the other lines with ${en} look like gateway lines by themselves.`,
      zh: joined(zh, '的其他线路自身比通常更像网关线路的程度。'),
    },
    formula:
      'sum of what the other lines’ base scores are above the median of all lines (at most .5; as with 30 lines more of score 0), as shares of what is left to 1 / (their number + 1); of several such values the largest',
    source: SCORES,
    columns,
    reason: {
      en: (value) => `other lines with ${en} score ${said(value)} above the usual by themselves`,
      zh: (value) => joined(zh, `的其他线路自身得分高出通常 ${said(value)}`),
    },
  },
  {
    id: `G11.${index + 1}b`,
    name: `${name}_others`,
    family: 'G',
    source: SCORES,
    columns,
    ...(name === 'switched' ? TOGETHER : othersWith(name, en, zh)),
  },
]);

/** The features of company, in the order of a row of them. */
export const COMPANY: readonly CompanyDefinition[] = [
  ...OF_SHARED,
  {
    id: 'G4',
    name: 'called_with_suspects',
    family: 'G',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of the numbers it called that other lines which look like gateway lines called too.',
      zh: '其被叫号码中，疑似网关线路也呼叫过的比例。',
    },
    formula:
      'numbers called that another line with a base score of at least .3 above the usual (G11) called / numbers called (first 64)',
    source: SCORES,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) =>
        `${Math.round(value * 100)} % of the numbers it called (first 64) were called by suspected lines too`,
      zh: (value) => `其被叫号码（前 64 个）的 ${Math.round(value * 100)} % 也被疑似线路呼叫`,
    },
  },
  {
    id: 'C9',
    name: 'calls_to_company',
    family: 'G',
    unit: 'score',
    leaning: 1,
    words: {
      en: 'How much more than usual the own lines that it called look like gateway lines.',
      zh: '其呼叫的本网线路比通常更像网关线路的程度。',
    },
    formula:
      'mean of what the base scores of the own lines that it called are above the usual, as in G11 (first 64 numbers)',
    source: SCORES,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) => `the own lines that it called score ${said(value)} above the usual by themselves`,
      zh: (value) => `其呼叫的本网线路自身得分高出通常 ${said(value)}`,
    },
  },
  {
    id: 'R6',
    name: 'calls_from_company',
    family: 'G',
    unit: 'score',
    leaning: 1,
    words: {
      en: 'How much more than usual the own lines that called it look like gateway lines.',
      zh: '呼叫它的本网线路比通常更像网关线路的程度。',
    },
    formula:
      'mean of what the base scores of the own lines that called it are above the usual, as in G11 (first 64 numbers)',
    source: SCORES,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) => `the own lines that called it score ${said(value)} above the usual by themselves`,
      zh: (value) => `呼叫它的本网线路自身得分高出通常 ${said(value)}`,
    },
  },
  {
    id: 'R6a',
    name: 'callers_with_suspects',
    family: 'G',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of the numbers that called it which called other lines that look like gateway lines too.',
      zh: '呼叫它的号码中，也呼叫过其他疑似网关线路的比例。',
    },
    formula:
      'numbers that called it and another line with a base score of at least .3 above the usual (G11) / numbers that called it (first 64)',
    source: SCORES,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) => `${Math.round(value * 100)} % of the numbers that called it (first 64) called suspected lines too`,
      zh: (value) => `呼叫它的号码（前 64 个）中 ${Math.round(value * 100)} % 也呼叫过疑似线路`,
    },
  },
  {
    id: 'R6b',
    name: 'lines_per_caller',
    family: 'G',
    unit: 'lines',
    leaning: 1,
    words: {
      en: 'Own lines that each of those who called it called, typically.',
      zh: '呼叫它的号码通常各呼叫的本网线路数。',
    },
    formula:
      'harmonic mean over the numbers that called it (first 64) of the lines that each called, this one among them: one that calls everybody hardly counts',
    source: NUMBERS,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) =>
        said(value) === '1'
          ? 'those who called it typically called no other line'
          : `those who called it typically called ${said(value)} lines each`,
      zh: (value) =>
        said(value) === '1' ? '呼叫它的号码通常不呼叫其他线路' : `呼叫它的号码通常各呼叫 ${said(value)} 条线路`,
    },
  },
  {
    id: 'R6c',
    name: 'callers_in_circle',
    family: 'G',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of the numbers that called it which are own lines of one circle: they exchanged calls with others it exchanged calls with.',
      zh: '呼叫它的号码中，与它的其他通话对象也互有通话的本网线路（同一圈子）所占比例。',
    },
    formula:
      'own lines that called it and exchanged calls with another own line that it exchanged calls with / numbers that called it (first 64 each way)',
    source: NUMBERS,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) => `${Math.round(value * 100)} % of those who called it (first 64) are lines that call each other`,
      zh: (value) => `呼叫它的号码（前 64 个）中 ${Math.round(value * 100)} % 是彼此互相呼叫的线路`,
    },
  },
  {
    id: 'C9a',
    name: 'called_in_circle',
    family: 'G',
    unit: 'share',
    words: {
      en: 'Share of the numbers it called which are own lines of one circle: they exchanged calls with others it exchanged calls with.',
      zh: '其被叫号码中，与它的其他通话对象也互有通话的本网线路（同一圈子）所占比例。',
    },
    formula:
      'own lines that it called and that exchanged calls with another own line that it exchanged calls with / numbers that it called (first 64 each way)',
    source: NUMBERS,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) => `${Math.round(value * 100)} % of the numbers it called (first 64) are lines that call each other`,
      zh: (value) => `其被叫号码（前 64 个）的 ${Math.round(value * 100)} % 是彼此互相呼叫的线路`,
    },
  },
  {
    id: 'R2c',
    name: 'outside_called_to_callers',
    family: 'G',
    unit: 'log2 ratio',
    leaning: 1,
    words: {
      en: 'Numbers it called against numbers that called it, in doublings, those of its own circle (C9a, R6c) left out.',
      zh: '除去同一圈子（C9a、R6c）后，被叫号码数与来电号码数之比（以 2 为底的对数）。',
    },
    formula:
      'log2((numbers it called outside of its circle + 1) / (numbers that called it from outside of its circle + 1)) (first 64 each way)',
    source: NUMBERS,
    columns: ['counterpart', 'direction'],
    reason: {
      en: (value) =>
        `calls about ${said(2 ** value)} times as many numbers outside of its circle as call it from there (of the first 64 each way)`,
      zh: (value) => `圈子之外的被叫号码数约为来电号码数的 ${said(2 ** value)} 倍（各取前 64 个）`,
    },
  },
  ...SIBLINGS,
];

/** What else the second forest is told of a line, before its company and its own features. */
export const STANDING: readonly CompanyDefinition[] = [
  {
    id: 'G0',
    name: 'base_score',
    family: 'V',
    unit: 'score',
    leaning: 1,
    words: { en: 'Score of the line by its own features.', zh: '线路自身特征的得分。' },
    formula: 'share of the votes of the first forest',
    source: SCORES,
    columns: [],
    reason: {
      en: (value) => `scores ${said(value)} by itself`,
      zh: (value) => `自身得分 ${said(value)}`,
    },
  },
  {
    id: 'G0a',
    name: 'calls_seen',
    family: 'V',
    unit: 'calls',
    leaning: 1,
    words: { en: 'Calls that the score rests on.', zh: '得分所依据的通话数。' },
    formula: 'calls in the window, both ways, each once',
    source: 'RFC 3261 §13; ITU-T Q.763; 3GPP TS 24.008 §5',
    columns: ['time', 'direction', 'counterpart'],
    reason: { en: (value) => `${value} calls seen`, zh: (value) => `共见 ${value} 次通话` },
  },
  {
    id: 'G0b',
    name: 'hours_seen',
    family: 'V',
    unit: 'h',
    words: { en: 'Hours that were observed.', zh: '观测小时数。' },
    formula: 'hours of the window that captures cover',
    source: 'packet times',
    columns: ['time'],
    reason: { en: (value) => `${said(value)} h observed`, zh: (value) => `观测 ${said(value)} 小时` },
  },
];
