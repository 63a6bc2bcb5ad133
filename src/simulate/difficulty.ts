import { z } from 'zod';
import type { Random } from '../base/random.ts';
import {
  BOX,
  FAMILY,
  HANDSETS,
  HIDDEN_IMEI,
  OPEN_IMEI,
  OPEN_TRAFFIC,
  REMOTE_SIMS,
  SHAPED_TRAFFIC,
  SIBLINGS,
  WIFI,
} from './box-parameters.ts';
import { weighted } from './draws.ts';
import { RADIO, RADIO_HIDDEN } from './ss7/parameters.ts';

/** What a box can do to hide, in the order in which a difficulty names them. */
export const AXES = {
  imei: 'changes its IMEIs',
  traffic: 'shapes volume, hours and counterparts',
  bank: 'keeps its SIMs in a bank far from the radio, several for a modem, which take turns',
  mobility: 'walks over near cells on a timer, or moves its SIMs like commuters',
  counterparts: 'calls a family of preferred numbers',
  incoming: 'has its SIMs call each other, and answers',
  texts: 'mimics short messages',
  handset: 'is made of real phones',
  wifi: 'registers over Wi-Fi with no radio at all',
} as const;
export type Axis = keyof typeof AXES;

const NAMES = Object.keys(AXES) as Axis[];
/** Those that do not go together: real phones show their own IMEI, and what is on Wi-Fi is in no cell. */
const APART: readonly (readonly [Axis, Axis])[] = [
  ['handset', 'imei'],
  ['handset', 'wifi'],
  ['wifi', 'mobility'],
];
/** All that go with each other. */
const ALL = NAMES.filter((axis) => axis !== 'handset' && axis !== 'wifi');

/** What the boxes of a scenario hide where nothing is said. */
export const MIXED = ['naive', 'imei', 'traffic', 'imei+traffic'] as const;

/** `naive`, `all`, or axes with + between. */
export const Difficulty = z.string().refine((text) => axesOf(text) !== null, {
  error: `expected naive, all, or some of ${NAMES.join(', ')} with + between`,
});

/** The axes of a difficulty; null where it is none. */
export function axesOf(difficulty: string): readonly Axis[] | null {
  if (difficulty === 'naive') return [];
  if (difficulty === 'all') return ALL;
  const axes = difficulty.split('+');
  const known = NAMES.filter((axis) => axes.includes(axis));
  if (known.length !== axes.length || APART.some((two) => two.every((axis) => known.includes(axis)))) return null;
  return known;
}

/** Its name, with the axes in their order. */
export function nameOf(difficulty: string): string {
  return difficulty === 'naive' || difficulty === 'all' ? difficulty : axesOf(difficulty)!.join('+');
}

/** One of all difficulties: nothing, one axis, two or all that go together. */
export function anyDifficulty(random: Random): string {
  switch (weighted(random, { naive: 0.15, one: 0.5, two: 0.2, all: 0.15 })) {
    case 'naive':
      return 'naive';
    case 'all':
      return 'all';
    case 'one':
      return random.pick(NAMES);
    default:
      for (;;) {
        const [a, b] = [random.pick(NAMES), random.pick(NAMES)];
        if (a !== b && axesOf(`${a}+${b}`) !== null) return nameOf(`${a}+${b}`);
      }
  }
}

/** Parameters of a box that hides these. */
export function boxTable(axes: readonly Axis[]) {
  return {
    ...BOX,
    ...(axes.includes('imei') ? HIDDEN_IMEI : OPEN_IMEI),
    ...(axes.includes('traffic') ? SHAPED_TRAFFIC : OPEN_TRAFFIC),
    ...(axes.includes('bank') ? REMOTE_SIMS : {}),
    ...(axes.includes('counterparts') ? FAMILY : {}),
    ...(axes.includes('incoming') ? SIBLINGS : {}),
    ...(axes.includes('handset') ? HANDSETS : {}),
    ...(axes.includes('wifi') ? WIFI : {}),
  };
}

/** Parameters of its radio side. */
export function radioTable(axes: readonly Axis[]): typeof RADIO {
  return Object.assign({}, RADIO, ...axes.map((axis) => RADIO_HIDDEN[axis] ?? {})) as typeof RADIO;
}

/** Whether what it hides is more than a box without a radio side of its own can. */
export function needsRadio(axes: readonly Axis[]): boolean {
  return axes.some((axis) => axis !== 'imei' && axis !== 'traffic');
}
