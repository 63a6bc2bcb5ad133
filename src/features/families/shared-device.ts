import { classmarksByType, distinctClassmarks, isClassmark2 } from '../classmark.ts';
import type { FeatureDefinition } from '../definition.ts';
import type { History } from '../history/history.ts';
import type { Population } from '../population.ts';
import { counted, figure, percent } from './say.ts';

const IMEI = 'IMEI: 3GPP TS 23.003 §6.2; Contact +sip.instance: RFC 7254 §4; Identity Response: TS 24.008 §9.2.11';
/** Other lines of a type code that must show a classmark before one is told to be unlike theirs. */
const LEAST_LINES = 5;
/** A classmark that fewer than this share of them show is unlike theirs. */
const RARE = 0.1;
/** Serial numbers this close are neighbours. */
const NEAR_SERIALS = 50;

/** What a line's device has in common with those of other lines. */
export const SHARED_DEVICE: readonly FeatureDefinition[] = [
  {
    id: 'D8c',
    name: 'classmark_unlike_tac',
    family: 'D',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of its pairs of type code and classmark that other lines with the type code hardly show: a borrowed IMEI.',
      zh: '其 TAC 与 classmark 组合中、同 TAC 其他号码几乎不出现的比例（冒用的 IMEI）。',
    },
    formula:
      'distinct pairs of TAC and classmark seen in one event (compared without RF power and frequency capability and in what both have; of those that agree in that, the fullest), which fewer than 10 % of the other lines of that TAC show / distinct pairs whose TAC at least 5 other lines show with a classmark; missing without one of these',
    source: `Mobile Station Classmark: 3GPP TS 24.008 §10.5.1.5 to §10.5.1.7; ${IMEI}`,
    columns: ['imei', 'classmark'],
    reason: {
      en: (value) =>
        value === 0
          ? 'its classmark is that of its IMEI type'
          : `its classmark is not that of its IMEI type (${percent(value)})`,
      zh: (value) => (value === 0 ? 'classmark 与 IMEI 型号相符' : `classmark 与 IMEI 型号不符（${percent(value)}）`),
    },
    compute: (history, { population }) => classmarkUnlikeTac(history, population),
  },
  {
    id: 'D11',
    name: 'imeis_near_in_serial',
    family: 'D',
    unit: 'count',
    leaning: 1,
    words: {
      en: 'Most IMEIs of all lines that lie within 50 serial numbers of one of its own, under the same type code.',
      zh: '与其某一 IMEI 同型号且序号相差不超过 50 的 IMEI 数（最大值）。',
    },
    formula:
      'max over its imei of the other distinct imei with equal first 8 digits and serial within 50; missing without one',
    source: IMEI,
    columns: ['imei'],
    reason: {
      en: (value) => `${counted(value, 'IMEI')} with nearly the same serial number`,
      zh: (value) => `有 ${figure(value)} 个 IMEI 序号与其相邻`,
    },
    compute: (history, { population }) => {
      let most = Number.NaN;
      for (const imei of history.texts('imei')) {
        const near = Math.max(0, population.imeisNear(imei, NEAR_SERIALS) - 1);
        if (!(near <= most)) most = near;
      }
      return most;
    },
  },
  {
    id: 'G5',
    name: 'lines_tied_by_imeis',
    family: 'G',
    unit: 'lines',
    leaning: 1,
    words: {
      en: 'Lines that it is tied to by shared IMEIs, over any number of steps, itself among them.',
      zh: '通过共用 IMEI（可经多步）与其相连的号码数（含自身）。',
    },
    formula: 'lines of its component in the graph of lines and imei; missing without an imei',
    source: IMEI,
    columns: ['imei'],
    reason: {
      en: (value) => `tied to ${counted(Math.max(0, value - 1), 'other line')} by shared IMEIs`,
      zh: (value) => `通过共用 IMEI 与另外 ${figure(Math.max(0, value - 1))} 个号码相连`,
    },
    compute: (history, { population }) =>
      history.texts('imei').length === 0 ? Number.NaN : population.linesTiedTo(history.text('imei', 0)!),
  },
];

function classmarkUnlikeTac(history: History, population: Population): number {
  let known = 0;
  let unlike = 0;
  for (const [type, classmarks] of classmarksByType(history)) {
    for (const classmark of distinctClassmarks([...classmarks])) {
      const others = population.linesOfTac(type, isClassmark2(classmark)) - 1;
      if (others < LEAST_LINES) continue;
      known++;
      if (population.linesLikeTac(type, classmark) - 1 < RARE * others) unlike++;
    }
  }
  return known === 0 ? Number.NaN : unlike / known;
}
