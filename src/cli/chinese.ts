import type { EventKind, Outcome } from '../events/event.ts';
import { YES_NO } from '../scan/judge/units.ts';
import type { Verdict } from '../scan/judge/verdict.ts';

/** The words of verdicts and events in Chinese, as the desk has them. */
export const TIERS: Readonly<Record<Verdict['tier'], string>> = {
  none: '未见可疑',
  suspect: '可疑',
  strong: '高度可疑',
};

export const KINDS: Readonly<Record<EventKind, string>> = {
  leg: '通话',
  sms: '短信',
  presence: '附着 / 去附着',
  device: '终端',
  auth: '鉴权',
  registration: '注册',
  ussd: 'USSD',
  forwarding: '呼叫转移',
  handover: '切换',
};

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  answered: '接通',
  busy: '忙',
  rejected: '拒接',
  no_answer: '无应答',
  cancelled: '取消',
  failed: '失败',
  redirected: '前转',
  open: '未结束',
  registered: '已注册',
  deregistered: '已注销',
  challenged: '质询',
  delivered: '已送达',
};

/** Units that stand after a number. */
const MEASURES: Readonly<Record<string, string>> = {
  '1/h': '次/小时',
  '1/min': '次/分钟',
  bit: '比特',
  calls: '次通话',
  'calls/h': '次通话/小时',
  count: '个',
  d: '天',
  h: '小时',
  km: '公里',
  'km/h': '公里/小时',
  lines: '条线路',
  'messages/h': '条消息/小时',
  'min/h': '分钟/小时',
  ms: '毫秒',
  'numbers/h': '个号码/小时',
  s: '秒',
};

/** Units that say what a number is. */
const QUANTITIES: Readonly<Record<string, string>> = {
  '-log10 p': 'p 值的负对数',
  distance: '距离',
  'log2 ratio': '以 2 为底的对数',
  ratio: '比值',
  score: '得分',
  share: '占比',
  weight: '权重',
  [YES_NO]: '是/否',
};

/** What is so or is not, by its value. */
const IS_SO: Readonly<Record<string, string>> = { 0: '否', 1: '是' };

export function unitInChinese(unit: string): string {
  return MEASURES[unit] ?? QUANTITIES[unit] ?? unit;
}

/** A number with its unit: `12.67 个号码/小时`, `0.25（占比）`, `是`. */
export function valueInChinese(figure: string, unit: string): string {
  if (unit === YES_NO && figure in IS_SO) return IS_SO[figure]!;
  return unit in QUANTITIES ? `${figure}（${QUANTITIES[unit]}）` : `${figure} ${unitInChinese(unit)}`;
}

/** A sentence without its full stop, to be gone on with. */
export function unfinished(sentence: string): string {
  return sentence.replace(/。$/, '');
}
