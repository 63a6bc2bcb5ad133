/** Counts by name. Every count is a whole number; names are stable and appear in `--stats`. */
export class Counters {
  /** Packets read, by what became of them: `read`, `cut`, ... */
  readonly packets = new Map<string, number>();
  /** Signalling messages by protocol. */
  readonly messages = new Map<string, number>();
  /** Input that broke a rule, by kind. */
  readonly anomalies = new Map<string, number>();
  /** What a bounded table dropped, by the name of its limit. */
  readonly dropped = new Map<string, number>();
  /** Flows of signalling that cannot be read, by kind: `tls`, `esp`, ... */
  readonly encrypted = new Map<string, number>();

  /** Adds every count of `other` to this one. */
  merge(other: Counters): void {
    for (const table of TABLES) for (const [name, value] of other[table]) add(this[table], name, value);
  }

  toJSON(): Record<(typeof TABLES)[number], Record<string, number>> {
    return Object.fromEntries(
      TABLES.map((table) => [table, Object.fromEntries([...this[table]].sort(([a], [b]) => (a < b ? -1 : 1)))]),
    ) as Record<(typeof TABLES)[number], Record<string, number>>;
  }

  static fromJSON(json: ReturnType<Counters['toJSON']>): Counters {
    const counters = new Counters();
    for (const table of TABLES)
      for (const [name, value] of Object.entries(json[table])) counters[table].set(name, value);
    return counters;
  }
}

const TABLES = ['packets', 'messages', 'anomalies', 'dropped', 'encrypted'] as const;

/** Adds `by` to the count of `name`. */
export function add(table: Map<string, number>, name: string, by = 1): void {
  table.set(name, (table.get(name) ?? 0) + by);
}
