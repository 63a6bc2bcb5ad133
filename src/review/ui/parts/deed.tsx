import type { Format } from '../format.ts';
import type { Words } from '../words/en.ts';
import { useSpeech, wordOf } from '../words/words.tsx';

/** What was done, in words, with the code that the log is searched by. */
export function Deed({ action }: { action: string }) {
  const { t } = useSpeech();
  return (
    <>
      {wordOf(t.deeds, action)} <code className="deed">{action}</code>
    </>
  );
}

/** Words of codes, by what the log calls them. */
const TABLES = {
  action: ['actions', 'orderActions'],
  reason: ['reasons'],
  level: ['levels'],
  from: ['states'],
  to: ['states'],
  state: ['orderStates'],
  role: ['roles'],
} as const satisfies Record<string, readonly (keyof Words)[]>;

/** What an entry of the log says of itself, on one line. */
export function detailText(detail: Readonly<Record<string, unknown>>, t: Words, format: Format): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${wordOf(t.details, key)}: ${valueText(key, value, t, format)}`)
    .join(' · ');
}

function valueText(key: string, value: unknown, t: Words, format: Format): string {
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  if (Array.isArray(value)) return value.map((one) => valueText(key, one, t, format)).join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  if (key === 'until' && typeof value === 'number') return format.time(value);
  const tables: readonly (keyof Words)[] = Object.hasOwn(TABLES, key) ? TABLES[key as keyof typeof TABLES] : [];
  for (const name of tables) {
    const table = t[name] as Readonly<Record<string, string>>;
    if (Object.hasOwn(table, String(value))) return table[String(value)]!;
  }
  return String(value);
}
