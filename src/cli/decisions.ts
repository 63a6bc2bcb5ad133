import { UserError } from '../base/errors.ts';
import { type DecidedWindow, decidedWindows } from '../review/server/decisions.ts';
import { record } from '../store/cases/audit.ts';
import { type LabelRow, lastLabels } from '../store/cases/lists.ts';
import { LABELS } from '../store/cases/workflow.ts';
import { cliActor, type DeskArguments, deskFolder, withDesk } from './desk.ts';
import { count, say } from './report.ts';

interface LabelArguments {
  labels: string;
  desk?: string | undefined;
  holdOut?: number | undefined;
}

/**
 * Whether labels are the decisions of a desk.
 *
 * @throws UserError where they are a file, and an option of the desk is given
 */
export function areDecisions({ labels, desk, holdOut }: LabelArguments): boolean {
  if (labels === 'store') return true;
  if (desk !== undefined) throw new UserError('--desk goes with --labels store');
  if (holdOut !== undefined) throw new UserError('--hold-out goes with --labels store');
  return false;
}

/** What a command takes of the decisions of a desk, and what it leaves. */
export interface Parted {
  taken: LabelRow[];
  left: LabelRow[];
}

/**
 * Reads the last decision on every line from a desk, logs there that it was read, and says whose decisions they are, and of when.
 *
 * @param window longest window that a decision is read in, seconds
 * @throws UserError where nobody has decided yet, or nothing is taken
 */
export async function readDecisions(
  args: DeskArguments,
  window: number,
  part: (labels: LabelRow[]) => Parted,
): Promise<Parted & { windows: DecidedWindow[] }> {
  const { taken, left, windows } = await withDesk(args, false, (database) => {
    const parts = part(lastLabels(database));
    record(database, cliActor(), 'export.labels', 'labels', { labels: parts.taken.length });
    return { ...parts, windows: decidedWindows(database, parts.taken, window) };
  });
  if (taken.length === 0)
    throw new UserError(
      left.length === 0
        ? `${deskFolder(args)}: no decision has been made at this desk yet`
        : `${deskFolder(args)}: the model learned from all decisions of this desk: none is left to hold it to`,
    );
  sayDecisions(taken);
  return { taken, left, windows };
}

function sayDecisions(labels: readonly LabelRow[]): void {
  const of = (kind: LabelRow['label']) => labels.filter(({ label }) => label === kind).length;
  const persons = [...new Set(labels.map(({ person }) => person))].sort();
  const times = labels.map(({ at }) => at);
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const kinds = LABELS.filter((kind) => of(kind) > 0).map((kind) => `${of(kind)} ${kind}`);
  const span = `${day(Math.min(...times))} to ${day(Math.max(...times))}`;
  say(`${count(labels.length, 'decision')} of the desk: ${kinds.join(', ')}; by ${persons.join(', ')}, ${span}`);
}
