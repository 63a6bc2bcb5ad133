import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import type { History } from '../history/history.ts';
import { share, tally } from '../measures.ts';
import { CALL_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, figure, percent } from './say.ts';

const CELL_COLUMNS = ['mcc', 'mnc', 'lac', 'cell'] as const;
const PLACE =
  'Cell Identifier: 3GPP TS 48.008 §3.2.2.17; locationInformation: TS 29.002 §7.6.2; P-Access-Network-Info: RFC 7315 §5.4';
/** Growth is told of windows from this long on, s. */
const LEAST_WINDOW = 6 * 3600;

/** Who else is where the line is, and whether it calls outside of its network. */
export const COHORT: readonly FeatureDefinition[] = [
  {
    id: 'C7c',
    name: 'off_net_share',
    family: 'C',
    unit: 'share',
    words: { en: 'Share of outgoing calls to numbers of other networks.', zh: '拨打网外号码的主叫比例。' },
    formula:
      'outgoing calls to numbers of 7 to 15 digits without a prefix of --own-prefixes / outgoing calls to such numbers; missing below 5, or without --own-prefixes',
    source: 'called party number: 3GPP TS 24.008 §10.5.4.7, ITU-T Q.763 §3.9; To, Request-URI: RFC 3261 §8.1.1',
    columns: CALL_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its calls go to other networks`,
      zh: (value) => `${percent(value)} 的主叫为网外号码`,
    },
    compute: offNetShare,
  },
  {
    id: 'G1',
    name: 'stationary_lines_in_cell',
    family: 'G',
    unit: 'lines',
    leaning: 1,
    words: {
      en: 'Other lines that were never seen outside of its most frequent cell.',
      zh: '最常出现小区内从未离开的其他号码数。',
    },
    formula:
      'other lines with 5 events or more that have a cell, all in the most frequent cell of the line; missing without a cell',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value, history) => `${counted(value, 'other line')} never left cell ${topCell(history)}`,
      zh: (value, history) => `另有 ${figure(value)} 个号码从未离开小区 ${topCell(history)}`,
    },
    compute: (history, { population }) => {
      const cell = topCell(history);
      if (cell === '') return Number.NaN;
      const itself = history.texts('cell').length === 1 && tally.total >= 5 ? 1 : 0;
      return Math.max(0, population.stationaryLines(cell) - itself);
    },
  },
  {
    id: 'G12',
    name: 'cell_growth',
    family: 'G',
    unit: 'log2 ratio',
    leaning: 1,
    words: {
      en: 'Lines in its most frequent cell in the later half of the window against the earlier, in doublings.',
      zh: '最常出现小区内窗口后半段与前半段号码数之比（以 2 为底的对数）。',
    },
    formula:
      'log2((lines seen in the cell in the second half of the window + 1) / (lines in the first half + 1)), a line in each half in which it has an event there; missing without a cell, in windows below 6 h',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value, history) =>
        `about ${figure(2 ** value)} times as many lines in cell ${topCell(history)} in the later half`,
      zh: (value, history) => `小区 ${topCell(history)} 的号码数约为前半段的 ${figure(2 ** value)} 倍`,
    },
    compute: (history, { population, from, until }) => {
      const cell = topCell(history);
      if (cell === '' || until - from < LEAST_WINDOW) return Number.NaN;
      const { early, late } = population.linesByHalf(cell);
      return Math.log2((late + 1) / (early + 1));
    },
  },
];

/** Most frequent cell, empty where there is none; leaves cells tallied. */
function topCell(history: History): string {
  const cells = history.texts('cell').length;
  tally.clear(cells);
  if (cells === 0) return '';
  for (let i = 0; i < history.count; i++) tally.add(history.cell[i]!);
  return history.text('cell', tally.top()) ?? '';
}

function offNetShare(history: History, { ownPrefixes }: FeatureContext): number {
  if (ownPrefixes === undefined) return Number.NaN;
  const texts = history.texts('counterpart');
  let calls = 0;
  let other = 0;
  for (let code = 0; code < texts.length; code++) {
    const called = history.called[code]!;
    if (called === 0 || Number.isNaN(history.digits[code]!)) continue;
    calls += called;
    if (!ownPrefixes.some((prefix) => texts[code]!.startsWith(prefix))) other += called;
  }
  return share(other, calls, LEAST_CALLS);
}
