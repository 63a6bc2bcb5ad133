import { UNSEEN } from '../call-sides.ts';
import type { FeatureDefinition } from '../definition.ts';
import { durationWords } from '../exposure.ts';
import { type History, Kind } from '../history/history.ts';
import { sample, share, tally } from '../measures.ts';
import { isOutgoingHeavy } from '../population.ts';
import { CALL_COLUMNS } from './calls.ts';
import { counted, figure, percent } from './say.ts';

const PLACE =
  'P-Access-Network-Info: RFC 7315 §5.4, 3GPP TS 24.229 §7.2A.4; Cell Identifier: TS 48.008 §3.2.2.17; locationInformation: TS 29.002 §7.6.2';
const CELL_COLUMNS = ['mcc', 'mnc', 'lac', 'cell'] as const;
/** A statistic of places needs this many events that have one. */
const LEAST_PLACES = 5;
const DAY = 86_400;

export const MOBILITY: readonly FeatureDefinition[] = [
  {
    id: 'M1',
    name: 'cells',
    family: 'M',
    unit: 'count',
    leaning: -1,
    words: { en: 'Distinct cells the line was seen in.', zh: '出现过的不同小区数。' },
    formula: 'distinct cells; missing without one',
    source: PLACE,
    columns: CELL_COLUMNS,
    reason: {
      en: (value, history) =>
        value === 1 ? `never left cell ${history.text('cell', 0)}` : `seen in ${figure(value)} cells`,
      zh: (value, history) =>
        value === 1 ? `从未离开小区 ${history.text('cell', 0)}` : `出现在 ${figure(value)} 个小区`,
    },
    compute: (history) => history.texts('cell').length || Number.NaN,
  },
  {
    id: 'M2a',
    name: 'top_cell_share',
    family: 'M',
    unit: 'share',
    leaning: 1,
    words: { en: 'Share of events with a place that are in the most frequent cell.', zh: '最常出现小区所占比例。' },
    formula: 'events in the most frequent cell / events with a cell; missing below 5',
    source: PLACE,
    columns: CELL_COLUMNS,
    reason: {
      en: (value, history) => `${percent(value)} of its events with a place in cell ${topCell(history)}`,
      zh: (value, history) => `${percent(value)} 的事件在小区 ${topCell(history)}`,
    },
    compute: (history) => (tallyCells(history) < LEAST_PLACES ? Number.NaN : tally.topShare()),
  },
  {
    id: 'M2b',
    name: 'top_cell_dwell_hours',
    family: 'M',
    unit: 'h',
    words: { en: 'Longest unbroken stay in the most frequent cell.', zh: '在最常出现小区的最长连续停留时间。' },
    formula: 'max over runs of events in that cell of last time - first time, h; missing below 5 events with a cell',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value) => `stayed in one cell for ${durationWords(value * 3600).en}`,
      zh: (value) => `在同一小区连续停留 ${durationWords(value * 3600).zh}`,
    },
    compute: (history) => {
      if (tallyCells(history) < LEAST_PLACES) return Number.NaN;
      const top = tally.top();
      let longest = 0;
      let since = Number.NaN;
      for (let i = 0; i < history.count; i++) {
        const cell = history.cell[i]!;
        if (cell < 0) continue;
        if (cell !== top) since = Number.NaN;
        else if (Number.isNaN(since)) since = history.time[i]!;
        else longest = Math.max(longest, history.time[i]! - since);
      }
      return longest / 3600;
    },
  },
  {
    id: 'M3',
    name: 'cell_entropy',
    family: 'M',
    unit: 'bit',
    leaning: -1,
    words: { en: 'Entropy over the cells of its events.', zh: '所在小区的熵。' },
    formula: 'entropy of cells over events with one; missing below 5',
    source: PLACE,
    columns: CELL_COLUMNS,
    reason: {
      en: (value, history) =>
        `moves between ${counted(history.texts('cell').length, 'cell')} (${counted(value, 'bit')})`,
      zh: (value, history) => `在 ${history.texts('cell').length} 个小区间移动（${figure(value)} 比特）`,
    },
    compute: (history) => (tallyCells(history) < LEAST_PLACES ? Number.NaN : tally.entropy()),
  },
  {
    id: 'M5',
    name: 'day_cell_is_night_cell',
    family: 'M',
    unit: 'bit',
    words: {
      en: 'Its most frequent cell from 9 to 18 is also that from 0 to 6.',
      zh: '白天（9-18 点）与夜间（0-6 点）最常出现的小区相同。',
    },
    formula:
      '1 where the most frequent cells of local 9-18 h and 0-6 h are the same, else 0; missing below 2 events in either, or without a time zone',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value) => (value === 1 ? 'in the same cell by day and by night' : 'in different cells by day and by night'),
      zh: (value) => (value === 1 ? '昼夜在同一小区' : '昼夜在不同小区'),
    },
    compute: (history, { localOffset }) => {
      if (localOffset === null || history.texts('cell').length === 0) return Number.NaN;
      const day = topCellBetween(history, localOffset, 9, 18);
      const night = topCellBetween(history, localOffset, 0, 6);
      return day < 0 || night < 0 ? Number.NaN : day === night ? 1 : 0;
    },
  },
  {
    id: 'M6',
    name: 'same_neighbours_share',
    family: 'M',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of changes of cell that are between the same three pairs of cells (neighbours polled).',
      zh: '小区变换集中在最常见三对小区之间的比例（轮询基站）。',
    },
    formula: 'changes between the three most frequent unordered pairs of cells / changes; missing below 5 changes',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value) => `${percent(value)} of its changes of cell are between the same few neighbours`,
      zh: (value) => `${percent(value)} 的小区变换发生在固定的几个邻区之间`,
    },
    compute: (history) => {
      const cells = history.texts('cell').length;
      if (cells < 2) return Number.NaN;
      sample.clear();
      eachChange(history, (from, to) => sample.add(Math.min(from, to) * cells + Math.max(from, to)));
      const changes = sample.count;
      if (changes < 5) return Number.NaN;
      sample.sort();
      let [first, second, third] = [0, 0, 0];
      let run = 0;
      for (let i = 0; i < changes; i++) {
        run++;
        if (i + 1 < changes && sample.at(i + 1) === sample.at(i)) continue;
        if (run > first) [first, second, third] = [run, first, second];
        else if (run > second) [second, third] = [run, second];
        else if (run > third) third = run;
        run = 0;
      }
      return (first + second + third) / changes;
    },
  },
  {
    id: 'M7',
    name: 'cell_change_interval_variation',
    family: 'M',
    unit: 'ratio',
    words: {
      en: 'Variation of the time between changes of cell: 0 for a timer.',
      zh: '小区变换间隔的变异系数：定时变换为 0。',
    },
    formula: 'sample standard deviation / mean of time between changes of cell; missing below 4 changes',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value) => `time between changes of cell varies by ${figure(value)} of its mean (a timer 0)`,
      zh: (value) => `小区变换间隔变异系数 ${figure(value)}（定时器为 0）`,
    },
    compute: (history) => {
      sample.clear();
      let last = Number.NaN;
      eachChange(history, (_from, _to, time) => {
        sample.add(time - last);
        last = time;
      });
      return sample.count < 3 ? Number.NaN : sample.variation();
    },
  },
  {
    id: 'M10a',
    name: 'outgoing_lines_in_top_cell',
    family: 'M',
    unit: 'lines',
    leaning: 1,
    words: {
      en: 'Other lines in its most frequent cell that nearly only call out.',
      zh: '最常出现小区内几乎只有主叫的其他号码数。',
    },
    formula: `lines seen in the top cell with >= 10 outgoing calls that are >= 90 % of their calls, without itself; missing without a cell, or ${UNSEEN}`,
    source: PLACE,
    columns: [...CALL_COLUMNS, ...CELL_COLUMNS],
    reason: {
      en: (value, history) =>
        `${counted(value, 'other line')} in cell ${topCell(history)} that only ${value === 1 ? 'calls' : 'call'} out`,
      zh: (value, history) => `小区 ${topCell(history)} 内另有 ${figure(value)} 个几乎只主叫的号码`,
    },
    compute: (history, { population }) => {
      if (tallyCells(history) === 0 || !population.showsIncoming(history)) return Number.NaN;
      return Math.max(0, population.outgoingHeavyLines(topCell(history)) - (isOutgoingHeavy(history) ? 1 : 0));
    },
  },
  {
    id: 'M10b',
    name: 'outgoing_lines_share_of_top_cell',
    family: 'M',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of the other lines in its most frequent cell that nearly only call out.',
      zh: '最常出现小区内其他号码中几乎只有主叫者的比例。',
    },
    formula: `the same over all other lines seen in the top cell; missing below 5 of these, or ${UNSEEN}`,
    source: PLACE,
    columns: [...CALL_COLUMNS, ...CELL_COLUMNS],
    reason: {
      en: (value, history) => `${percent(value)} of the lines in cell ${topCell(history)} only call out`,
      zh: (value, history) => `小区 ${topCell(history)} 内 ${percent(value)} 的号码几乎只主叫`,
    },
    compute: (history, { population }) => {
      if (tallyCells(history) === 0 || !population.showsIncoming(history)) return Number.NaN;
      const cell = topCell(history);
      const heavy = Math.max(0, population.outgoingHeavyLines(cell) - (isOutgoingHeavy(history) ? 1 : 0));
      return share(heavy, population.lines('cell', cell) - 1, LEAST_PLACES);
    },
  },
  {
    id: 'M11',
    name: 'idle_update_share',
    family: 'M',
    unit: 'share',
    words: {
      en: 'Share of location updates that are periodic or attach: a line that does not move.',
      zh: '周期性或附着类位置更新的比例：不移动的号码。',
    },
    formula:
      'presence events with lu_type periodic or attach / presence events with a lu_type other than detach; missing below 5',
    source: '3GPP TS 24.008 §10.5.3.5',
    columns: ['kind', 'lu_type'],
    reason: {
      en: (value) => `${percent(value)} of its location updates without moving`,
      zh: (value) => `${percent(value)} 的位置更新并非移动所致`,
    },
    compute: (history) => {
      if (history.kinds[Kind.presence] === 0 || history.texts('luType').length === 0) return Number.NaN;
      let updates = 0;
      let idle = 0;
      for (let i = 0; i < history.count; i++) {
        if (history.kind[i] !== Kind.presence || history.luType[i]! < 0) continue;
        const type = history.text('luType', history.luType[i]!)!;
        if (type === 'detach') continue;
        updates++;
        if (type === 'periodic' || type === 'attach') idle++;
      }
      return share(idle, updates, LEAST_PLACES);
    },
  },
];

/** Tallies events by cell; returns those that have one. */
function tallyCells(history: History): number {
  const cells = history.texts('cell').length;
  tally.clear(cells);
  if (cells > 0) for (let i = 0; i < history.count; i++) tally.add(history.cell[i]!);
  return tally.total;
}

function topCell(history: History): string {
  tallyCells(history);
  return history.text('cell', tally.top()) ?? '';
}

/** Most frequent cell of local hours [from, until), or -1 where it shows fewer than 2 events. */
function topCellBetween(history: History, localOffset: (time: number) => number, from: number, until: number): number {
  tally.clear(history.texts('cell').length);
  for (let i = 0; i < history.count; i++) {
    if (history.cell[i]! < 0) continue;
    const local = history.time[i]! + localOffset(history.time[i]!);
    const hour = (local - Math.floor(local / DAY) * DAY) / 3600;
    if (hour >= from && hour < until) tally.add(history.cell[i]!);
  }
  return tally.total < 2 ? -1 : tally.top();
}

function eachChange(history: History, each: (from: number, to: number, time: number) => void): void {
  if (history.texts('cell').length < 2) return;
  let last = -1;
  for (let i = 0; i < history.count; i++) {
    const cell = history.cell[i]!;
    if (cell < 0) continue;
    if (last >= 0 && cell !== last) each(last, cell, history.time[i]!);
    last = cell;
  }
}
