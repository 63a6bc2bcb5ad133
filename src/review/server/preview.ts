import { lastLabels } from '../../store/cases/lists.ts';
import { lineId } from '../../store/cases/queue.ts';
import type { Reply } from './api.ts';
import { decidedWindows } from './decisions.ts';
import type { Desk } from './desk.ts';
import type { Eyes } from './eyes.ts';

const MOST_CHANGES = 200;
/** Windows with decisions that are scored, the newest. */
const MOST_WINDOWS = 14;
const NOTHING = { tier: 'none', score: 0 } as const;

/**
 * What another model would say of the last window of the store, beside what the current one says; and what both say of lines that
 * people decided on, in the windows they decided on, as far as neither model learned from these decisions.
 */
export async function modelPreview(desk: Desk, id: string, eyes: Eyes): Promise<Reply<'previewModel'>> {
  const { models, database } = desk;
  const { training } = models.model(id);
  const labels = lastLabels(database);
  const learned = Math.max(training.decisions?.until ?? 0, models.current()?.training.decisions?.until ?? 0);
  const held = labels.filter(({ at }) => at > learned);
  const windows = decidedWindows(database, held, desk.options.window).slice(-MOST_WINDOWS);
  const found = await desk.workers.run({
    ...desk.scanSettings,
    kind: 'preview',
    before: models.path(models.currentId()),
    after: models.path(id),
    decided: windows.map(({ from, until, labels: decided }) => ({
      since: from,
      until,
      lines: decided.map(({ line }) => line),
    })),
  });
  const count = (which: 'before' | 'after'): Reply<'previewModel'>['before'] => {
    const tally = { suspect: 0, strong: 0, confirmed: 0, confirmed_found: 0, cleared: 0, cleared_marked: 0 };
    for (const { tier } of Object.values(found[which])) if (tier !== 'none') tally[tier]++;
    for (const { line, label } of held) {
      const verdict = found.decided[which][line];
      // What is no longer in the store says nothing of either model.
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
  const said = new Map(labels.map(({ line, label }) => [line, label]));
  const changes = [...new Set([...Object.keys(found.before), ...Object.keys(found.after)])]
    .map((line) => ({ line, before: found.before[line] ?? NOTHING, after: found.after[line] ?? NOTHING }))
    .filter(({ before, after }) => before.tier !== after.tier)
    .sort((a, b) => Math.abs(b.after.score - b.before.score) - Math.abs(a.after.score - a.before.score));
  return {
    from: found.from,
    until: found.until,
    lines: found.lines,
    held_out: held.length,
    decisions: labels.length,
    before: count('before'),
    after: count('after'),
    changes: changes.slice(0, MOST_CHANGES).map(({ line, before, after }) => ({
      ...eyes.name({ id: lineId(database, line) ?? 0, line }),
      before,
      after,
      label: said.get(line) ?? null,
    })),
    caveats: [
      `What would change is told of the last window of the store alone: ${found.lines} lines.`,
      ...(training.simulated ? ['The new model was trained on simulated captures.'] : []),
      ...(labels.length === 0 ? ['No decision has been made yet that it could be held to.'] : []),
      ...(labels.length > 0 && held.length === 0
        ? ['No decision was made since those that a model learned from: none is left to hold it to.']
        : []),
      ...(training.decisions === undefined && labels.length > 0
        ? ['The new model does not say which decisions it was trained on: those are no test of it.']
        : []),
    ],
  };
}
