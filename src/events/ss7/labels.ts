import { KeyTable } from '../../base/key-table.ts';

/** Identifiers of transactions are the low 32 bits of keys of dialogues and of labels. */
export const IDENTIFIERS = 0x1_0000_0000;
/** Bits above them: of a point code, and the highest of a label whose node is named by a global title. */
const CODES = 0xf_ffff;
const TITLED = 0x10_0000;
/** No dialogue that is open has the label, or several have. */
const NOBODY = -1;
const SEVERAL = -2;

/**
 * An identifier of a transaction, and the point code in the routing labels of messages of the node that chose it, or to it, and whether they
 * name that node by a global title; -1 without a point code.
 */
export function labelOf(key: number, pointCode: number, isTitled: boolean): number {
  if (pointCode < 0) return -1;
  const code = ((pointCode ^ (pointCode >>> 20)) & CODES) | (isTitled ? TITLED : 0);
  return code * IDENTIFIERS + identifierOf(key);
}

/** The identifier that a key or a label is of. */
export function identifierOf(key: number): number {
  return key % IDENTIFIERS;
}

/**
 * Keys of the dialogues that are open by their labels. A transfer point takes global titles away or puts them in (ITU-T Q.714 §2.2), so that a
 * node may be answered by its point code that asked by its title, or the other way round. Titles tell nodes apart.
 */
export class Labels {
  private readonly keys = new KeyTable<number>();

  /** The key of the only dialogue that a message with the label may belong to; {@link NOBODY} without one. */
  keyOf(label: number): number {
    if (label < 0) return NOBODY;
    const isTitled = label >= TITLED * IDENTIFIERS;
    const bare = this.keys.get(isTitled ? label - TITLED * IDENTIFIERS : label) ?? NOBODY;
    if (isTitled) return Math.max(bare, NOBODY);
    const titled = this.keys.get(label + TITLED * IDENTIFIERS) ?? NOBODY;
    if (bare === NOBODY || titled === NOBODY || bare === titled) return Math.max(bare, titled, NOBODY);
    return NOBODY;
  }

  add(label: number, key: number): void {
    const known = this.keys.get(label);
    this.keys.set(label, known === undefined || known === key ? key : SEVERAL);
  }

  delete(label: number): void {
    this.keys.delete(label);
  }
}

/** Labels, each with its key behind it, and one more. */
export function withLabel(labels: readonly number[], label: number, key: number): number[] {
  return labels.length === 0 ? [label, key] : [...labels, label, key];
}

/** The labels of two states that are one, those of `b` where `a` has them not. */
export function joinLabels(a: number[], b: readonly number[]): number[] {
  let joined = a;
  for (let i = 0; i < b.length; i += 2) if (!hasLabel(a, b[i]!)) joined = withLabel(joined, b[i]!, b[i + 1]!);
  return joined;
}

function hasLabel(labels: readonly number[], label: number): boolean {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === label) return true;
  return false;
}
