import { definitionDigest, OF_DIGITS } from './catalogue.ts';
import { FAMILIES, type FeatureDefinition } from './definition.ts';

/** One feature as `catpool features --describe` shows it. */
export interface FeatureDescription {
  id: string;
  name: string;
  family: string;
  unit: string;
  en: string;
  zh: string;
  formula: string;
  source: string;
  columns: string;
  /** `up` where no forest takes more of it to speak for a line, `down` where none takes less of it so: see {@link FeatureDefinition.leaning}. */
  leaning: 'up' | 'down' | 'either';
  /** `missing` or `kept`, in a pseudonymous store. */
  pseudonymous: string;
  digest: string;
}

/** Features in words, in the order given. */
export function describeFeatures(
  definitions: readonly Omit<FeatureDefinition, 'compute' | 'reason'>[],
): FeatureDescription[] {
  return definitions.map((definition) => ({
    id: definition.id,
    name: definition.name,
    family: FAMILIES[definition.family],
    unit: definition.unit,
    en: definition.words.en,
    zh: definition.words.zh,
    formula: definition.formula,
    source: definition.source,
    columns: definition.columns.join(' '),
    leaning: definition.leaning === undefined ? 'either' : definition.leaning > 0 ? 'up' : 'down',
    pseudonymous: OF_DIGITS.has(definition.name) ? 'missing' : 'kept',
    digest: definitionDigest(definition),
  }));
}
