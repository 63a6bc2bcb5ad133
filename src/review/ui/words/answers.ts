import type { Words } from './en.ts';

/** A text of the server with `{kind}` where something of its own stands in it, and the same in the reader's language. */
export type Answer = readonly [text: string, said: string];

/** Tables of words that stand in texts of the server by their codes. */
const TABLES = {
  state: 'states',
  role: 'roles',
  measure: 'measures',
  action: 'actions',
  level: 'levels',
  order: 'orderStates',
} as const satisfies Record<string, keyof Words>;

interface Template {
  pattern: RegExp;
  kinds: string[];
  said: string;
}

const HOLE = /\{(\w+)\}/g;

function templateOf([text, said]: Answer): Template {
  const kinds = [...text.matchAll(HOLE)].map(([, kind]) => kind!);
  const parts = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { pattern: new RegExp(`^${parts.join('([^]+?)')}$`), kinds, said };
}

/**
 * Says what the server said in the reader's language: whole texts by a table, what stands in them by its kind. `{why}` is such a text
 * itself; what is of no known kind stays. A text that is not in the table is said as it is.
 */
export function sayerOf(answers: readonly Answer[], words: () => Words): (text: string) => string {
  const whole = new Map(answers.filter(([text]) => !text.includes('{')));
  const templates = answers.filter(([text]) => text.includes('{')).map(templateOf);
  const say = (text: string): string => {
    const known = whole.get(text);
    if (known !== undefined) return known;
    for (const { pattern, kinds, said } of templates) {
      const match = pattern.exec(text);
      if (match === null) continue;
      const values = new Map(kinds.map((kind, index) => [kind, wordOfKind(kind, match[index + 1]!)]));
      return said.replace(HOLE, (_, kind: string) => values.get(kind) ?? '');
    }
    return text;
  };
  const wordOfKind = (kind: string, value: string): string => {
    if (kind === 'why') return say(value);
    const table = Object.hasOwn(TABLES, kind) ? words()[TABLES[kind as keyof typeof TABLES]] : undefined;
    const word = (table as Readonly<Record<string, string>> | undefined)?.[value];
    return word ?? value;
  };
  return say;
}
