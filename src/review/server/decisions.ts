import type { Label } from '../../scan/labels.ts';
import type { Window } from '../../scan/windows.ts';
import type { Database } from '../../store/cases/database.ts';
import type { LabelRow } from '../../store/cases/lists.ts';

/** What the decisions of one window were made on, and these. */
export interface DecidedWindow extends Window {
  labels: LabelRow[];
}

/** A decision as training reads it. A line that was given back is an ordinary one. */
export function trainingLabel({ line, from_s, until_s, label, gateway }: LabelRow): Label {
  return {
    line,
    from: from_s === null ? Number.NEGATIVE_INFINITY : Math.floor(from_s),
    until: until_s === null ? Number.POSITIVE_INFINITY : Math.ceil(until_s) + 1,
    gateway: label === 'confirmed',
    box: gateway,
    difficulty: '',
    weight: 1,
    kind: '',
  };
}

/**
 * The windows of the runs whose verdicts people decided on, oldest first, none longer than `length` seconds. A decision on a line
 * that no run of the desk shows is left out.
 */
export function decidedWindows(database: Database, labels: readonly LabelRow[], length: number): DecidedWindow[] {
  const windows = new Map<string, DecidedWindow>();
  for (const label of labels) {
    const { from_s, until_s, at } = label;
    if (from_s === null || until_s === null) continue;
    const run = database.get<{ from_s: number; until_s: number }>(
      `SELECT from_s, until_s FROM runs WHERE from_s <= ? AND until_s >= ? AND imported <= ?
       ORDER BY until_s DESC, id DESC LIMIT 1`,
      from_s,
      until_s,
      at,
    );
    if (run === undefined) continue;
    for (let until = run.until_s; until > run.from_s; until -= length) {
      const from = Math.max(run.from_s, until - length);
      if (from > until_s || until <= from_s) continue;
      const key = `${from} ${until}`;
      const known = windows.get(key) ?? { from, until, labels: [] };
      known.labels.push(label);
      windows.set(key, known);
    }
  }
  return [...windows.values()].sort((a, b) => a.until - b.until || a.from - b.from);
}

/**
 * Parts decisions in those to learn from and the newest, which a model is held to that did not learn from them. What was decided of
 * one case at once stays together.
 *
 * @param share of all that are held out, 0 to below 1
 */
export function heldOut(labels: readonly LabelRow[], share: number): { learned: LabelRow[]; held: LabelRow[] } {
  const sorted = [...labels].sort((a, b) => a.at - b.at || a.id - b.id);
  let cut = sorted.length - Math.floor(sorted.length * share);
  while (cut > 0 && cut < sorted.length && sorted[cut]!.at === sorted[cut - 1]!.at) cut++;
  return { learned: sorted.slice(0, cut), held: sorted.slice(cut) };
}
