import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { rateHours } from '../exposure.ts';
import { type History, Kind } from '../history/history.ts';
import { knownPlaces } from '../places.ts';
import type { CellPlaces } from '../references/cell-places.ts';
import { BOTH_WAYS_COLUMNS } from './calls.ts';
import { counted, figure } from './say.ts';

const CELL_COLUMNS = ['mcc', 'mnc', 'lac', 'cell'] as const;
const PLACE =
  'Cell Identifier: 3GPP TS 48.008 §3.2.2.17; locationInformation: TS 29.002 §7.6.2; P-Access-Network-Info: RFC 7315 §5.4; --cells';
/** Jumps shorter than this, km, are between cells that overlap. */
const LEAST_JUMP = 10;
/** Two events closer than this, s, say nothing of speed: cells are kilometres wide. */
const LEAST_TIME = 60;

/** How far and how fast a line moves, and when it changes cell. */
export const MOVEMENT: readonly FeatureDefinition[] = [
  {
    id: 'M4',
    name: 'radius_of_gyration',
    family: 'M',
    unit: 'km',
    leaning: -1,
    words: {
      en: 'Root mean square distance of the places of its events from their centre.',
      zh: '事件位置到其中心的均方根距离（回转半径）。',
    },
    formula:
      'sqrt(mean of squared distance to the mean place) over events in a known cell, on a plane that touches the earth at the first; missing below 5, or without --cells',
    source: PLACE,
    columns: CELL_COLUMNS,
    reason: {
      en: (value) => `moves within ${figure(value)} km`,
      zh: (value) => `活动半径 ${figure(value)} 公里`,
    },
    compute: (history, { cells }) => (cells === undefined ? Number.NaN : radiusOfGyration(history, cells)),
  },
  {
    id: 'M8',
    name: 'top_speed',
    family: 'M',
    unit: 'km/h',
    leaning: -1,
    words: {
      en: 'Highest speed that two following events at different places need.',
      zh: '相邻两个事件的位置所要求的最高速度。',
    },
    formula:
      'max over following events in known cells 10 km or more apart of distance / max(60 s, time between); 0 without such; missing below 2 events in known cells, or without --cells',
    source: PLACE,
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value) => `moves at ${figure(value)} km/h from one place to the next`,
      zh: (value) => `相邻位置间移动速度达每小时 ${figure(value)} 公里`,
    },
    compute: (history, { cells }) => (cells === undefined ? Number.NaN : topSpeed(history, cells)),
  },
  {
    id: 'M9',
    name: 'handovers_per_call_minute',
    family: 'M',
    unit: '1/min',
    leaning: -1,
    words: {
      en: 'Changes of cell within calls, per minute of talk: a line that does not move has none.',
      zh: '每分钟通话的切换次数：不移动的号码没有切换。',
    },
    formula:
      'handovers / minutes of talk of all calls; missing below 1 minute of talk, or where no line shows a handover',
    source: 'Handover Command, Handover Performed: 3GPP TS 48.008 §3.2.1.11, §3.2.1.25',
    columns: [...BOTH_WAYS_COLUMNS, 'talk_ms'],
    reason: {
      en: (value) =>
        value === 0 ? 'never changes cell within a call' : `${counted(value, 'handover')} a minute of talk`,
      zh: (value) => (value === 0 ? '通话中从不切换小区' : `每分钟通话切换 ${figure(value)} 次`),
    },
    compute: handoversPerMinute,
  },
  {
    id: 'M11b',
    name: 'attaches_per_hour',
    family: 'M',
    unit: '1/h',
    leaning: 1,
    words: {
      en: 'Times it was switched on (IMSI attach) per observed hour.',
      zh: '每观测小时的开机附着（IMSI attach）次数。',
    },
    formula:
      'presence events with lu_type attach / max(1 h, observed time); missing where the line shows no location update with a lu_type',
    source: 'location updating type: 3GPP TS 24.008 §10.5.3.5',
    columns: ['kind', 'lu_type'],
    reason: {
      en: (value) => `switched on ${counted(value, 'time')} an hour`,
      zh: (value) => `平均每小时开机附着 ${figure(value)} 次`,
    },
    compute: (history, context) => {
      if (history.kinds[Kind.presence] === 0 || history.texts('luType').length === 0) return Number.NaN;
      let updates = 0;
      let attaches = 0;
      for (let i = 0; i < history.count; i++) {
        if (history.kind[i] !== Kind.presence || history.luType[i]! < 0) continue;
        updates++;
        if (history.text('luType', history.luType[i]!) === 'attach') attaches++;
      }
      return updates === 0 ? Number.NaN : attaches / rateHours(context);
    },
  },
  {
    id: 'D12',
    name: 'imei_in_two_places',
    family: 'D',
    unit: 'count',
    leaning: 1,
    words: {
      en: 'Its events at a place where another line showed the same IMEI too far away at about that time: a copied IMEI.',
      zh: '另一号码几乎同时在远处出示同一 IMEI 的事件数（复制的 IMEI）。',
    },
    formula:
      'events with an imei in a known cell, for which another line showed that imei 50 km or more away, and farther than 1000 km/h reach in the time between; missing without such events, or without --cells',
    source: `IMEI: 3GPP TS 23.003 §6.2; ${PLACE}`,
    columns: ['time', 'imei', ...CELL_COLUMNS],
    reason: {
      en: (value) => `its IMEI was in two far places at once ${counted(value, 'time')}`,
      zh: (value) => `其 IMEI 有 ${figure(value)} 次同时出现在两个相距很远的地方`,
    },
    compute: imeiInTwoPlaces,
  },
];

/** Places of the line's events among the cells, in order of time. */
function eachPlace(history: History, cells: CellPlaces, each: (place: number, row: number) => void): void {
  if (history.texts('cell').length === 0) return;
  const places = knownPlaces(history, cells);
  for (let i = 0; i < history.count; i++) {
    const cell = history.cell[i]!;
    const place = cell < 0 ? -1 : places[cell]!;
    if (place >= 0) each(place, i);
  }
}

function radiusOfGyration(history: History, cells: CellPlaces): number {
  let first = -1;
  let count = 0;
  let north = 0;
  let east = 0;
  let squares = 0;
  eachPlace(history, cells, (place) => {
    if (first < 0) first = place;
    count++;
    if (place === first) return;
    const offset = cells.offset(first, place);
    north += offset.north;
    east += offset.east;
    squares += offset.north ** 2 + offset.east ** 2;
  });
  return count < 5 ? Number.NaN : Math.sqrt(Math.max(0, squares / count - (north / count) ** 2 - (east / count) ** 2));
}

function topSpeed(history: History, cells: CellPlaces): number {
  let last = -1;
  let since = 0;
  let places = 0;
  let top = 0;
  eachPlace(history, cells, (place, row) => {
    const time = history.time[row]!;
    places++;
    if (last >= 0 && place !== last) {
      const distance = cells.distance(last, place);
      if (distance >= LEAST_JUMP) top = Math.max(top, (3600 * distance) / Math.max(LEAST_TIME, time - since));
    }
    last = place;
    since = time;
  });
  return places < 2 ? Number.NaN : top;
}

function handoversPerMinute(history: History, { population }: FeatureContext): number {
  if (population.handoverLines === 0) return Number.NaN;
  const { talk, outgoing, outgoingCount, incoming, incomingCount } = history;
  let milliseconds = 0;
  for (let i = 0; i < outgoingCount; i++) milliseconds += orNothing(talk[outgoing[i]!]!);
  for (let i = 0; i < incomingCount; i++) milliseconds += orNothing(talk[incoming[i]!]!);
  return milliseconds < 60_000 ? Number.NaN : history.kinds[Kind.handover]! / (milliseconds / 60_000);
}

function orNothing(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function imeiInTwoPlaces(history: History, { cells, sightings }: FeatureContext): number {
  if (cells === undefined || sightings === undefined || history.texts('imei').length === 0) return Number.NaN;
  let seen = 0;
  let elsewhere = 0;
  eachPlace(history, cells, (place, row) => {
    const imei = history.imei[row]!;
    if (imei < 0) return;
    seen++;
    if (sightings.isElsewhere(history.text('imei', imei)!, history.line, history.time[row]!, place)) elsewhere++;
  });
  return seen === 0 ? Number.NaN : elsewhere;
}
