import { featureNames } from '../features/catalogue.ts';

/** Of the features of a line, those that its siblings may be like, on scales on which steps are steps. */
export const TRAITS = {
  rate: { feature: 'outgoing_per_active_hour', plus: 0.1 },
  repeats: { feature: 'calls_per_called_number', plus: 0 },
  outgoing: { feature: 'outgoing_share' },
  answered: { feature: 'answer_seizure_ratio' },
  talk: { feature: 'talk_mean', plus: 1 },
  variation: { feature: 'talk_variation' },
  delay: { feature: 'post_dial_delay', plus: 0.1 },
  ringing: { feature: 'time_to_answer', plus: 0.5 },
  latency: { feature: 'authentication_latency_median', plus: 1 },
} as const satisfies Record<string, { feature: string; plus?: number }>;

export type Trait = keyof typeof TRAITS;

export const TRAIT_NAMES = Object.keys(TRAITS) as Trait[];
export const TRAIT = Object.fromEntries(TRAIT_NAMES.map((name, place) => [name, place])) as Record<Trait, number>;

const PARTS = Object.values(TRAITS).map((trait: { feature: string; plus?: number }) => ({
  place: featureNames.indexOf(trait.feature),
  plus: trait.plus ?? null,
}));

/** Puts the traits of a line into `out` from `at` on: shares and ratios as they are, times and rates as log2(value + plus); NaN where missing. */
export function putTraits(vector: Float64Array, out: Float64Array, at: number): void {
  for (const [trait, { place, plus }] of PARTS.entries()) {
    const value = vector[place]!;
    out[at + trait] = plus === null ? value : Math.log2(value + plus);
  }
}
