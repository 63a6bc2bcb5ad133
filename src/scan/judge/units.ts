import type { FeatureDefinition } from '../../features/definition.ts';

/** The unit, for people, of what is so (1) or is not (0). */
export const YES_NO = 'yes/no';

/** The unit of a feature for people: the catalogue counts both what is so or not and entropies in bits. */
export function unitOf({ unit, formula }: Pick<FeatureDefinition, 'unit' | 'formula'>): string {
  return unit === 'bit' && formula.startsWith('1 where ') ? YES_NO : unit;
}
