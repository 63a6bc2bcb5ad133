import { lastLabels } from '../../store/cases/lists.ts';
import { lineId } from '../../store/cases/queue.ts';
import type { Reply } from './api.ts';
import type { Desk } from './desk.ts';
import type { Eyes } from './eyes.ts';

const MOST_CHANGES = 200;
const NOTHING = { tier: 'none', score: 0 } as const;

/** What another model would say of the last window of the store, beside what the current one says, held to the decisions made. */
export async function modelPreview(desk: Desk, id: string, eyes: Eyes): Promise<Reply<'previewModel'>> {
  const { models, database } = desk;
  const model = models.model(id);
  const labels = new Map(lastLabels(database).map((row) => [row.line, row]));
  const found = await desk.workers.run({
    ...desk.scanSettings,
    kind: 'preview',
    before: models.path(models.currentId()),
    after: models.path(id),
    labelled: [...labels.keys()],
  });
  const count = (which: 'before' | 'after'): Reply<'previewModel'>['before'] => {
    const tally = { suspect: 0, strong: 0, confirmed: 0, confirmed_found: 0, cleared: 0, cleared_marked: 0 };
    for (const { tier } of Object.values(found[which])) if (tier !== 'none') tally[tier]++;
    for (const [line, { label }] of labels) {
      const verdict = found[which][line];
      // A line that did nothing in this window says nothing of either model.
      if (verdict === undefined) continue;
      const isMarked = verdict.tier !== 'none';
      if (label === 'confirmed') {
        tally.confirmed++;
        if (isMarked) tally.confirmed_found++;
      } else {
        tally.cleared++;
        if (isMarked) tally.cleared_marked++;
      }
    }
    return tally;
  };
  const changes = [...new Set([...Object.keys(found.before), ...Object.keys(found.after)])]
    .map((line) => ({ line, before: found.before[line] ?? NOTHING, after: found.after[line] ?? NOTHING }))
    .filter(({ before, after }) => before.tier !== after.tier)
    .sort((a, b) => Math.abs(b.after.score - b.before.score) - Math.abs(a.after.score - a.before.score));
  return {
    from: found.from,
    until: found.until,
    lines: found.lines,
    before: count('before'),
    after: count('after'),
    changes: changes.slice(0, MOST_CHANGES).map(({ line, before, after }) => ({
      ...eyes.name({ id: lineId(database, line) ?? 0, line }),
      before,
      after,
      label: labels.get(line)?.label ?? null,
    })),
    caveats: [
      `It covers the last window of the store alone: ${found.lines} lines.`,
      ...(model.training.simulated ? ['The new model was trained on simulated captures.'] : []),
      ...(labels.size === 0 ? ['No decision has been made yet that it could be held to.'] : []),
      'Decisions that the new model was trained on are no test of it.',
    ],
  };
}
