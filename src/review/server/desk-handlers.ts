import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isDiskTrouble } from '../../base/disk-trouble.ts';
import { type AuditRow, verifyAudit } from '../../store/cases/audit.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import { arrivingRun, type RunRow } from '../../store/cases/runs.ts';
import { readSettings, writeSettings } from '../../store/cases/settings.ts';
import type { CaseState } from '../../store/cases/workflow.ts';
import type { Reply } from './api.ts';
import { caseRows } from './case-handlers.ts';
import type { Desk } from './desk.ts';
import { type Eyes, maskDeep } from './eyes.ts';
import { Unwelcome } from './guard.ts';
import { filePart, type Handlers } from './handler.ts';
import { modelPreview } from './preview.ts';
import { shiftReport, waitingOf } from './shift.ts';
import { fileName, receiveFile } from './uploads.ts';

type Names =
  | 'overview'
  | 'arriving'
  | 'settings'
  | 'changeSettings'
  | 'audit'
  | 'auditCheck'
  | 'shift'
  | 'uploads'
  | 'upload'
  | 'uploadState'
  | 'models'
  | 'addModel'
  | 'previewModel'
  | 'switchModel'
  | 'rollBackModel';

const LARGEST_MODEL = 6 * 1024 * 1024;

/** The desk itself: at a glance, its settings, its log, what comes in through it, the model that scores. */
export function deskHandlers(desk: Desk, largest: number): Handlers<Names> {
  const { database, models } = desk;

  const settingsView = (): Reply<'settings'> => {
    const { settings, version } = readSettings(database);
    const refused = settings.automatic.suspend ? desk.automatic.refusal(models.current()) : null;
    return { settings, version, automatic_refused: refused };
  };
  const switched = (): Reply<'models'> => {
    desk.hub.tell({ kind: 'model', version: models.version() });
    return models.list();
  };

  return {
    overview: ({ eyes }) => overview(desk, eyes),
    arriving: () => {
      const run = arrivingRun(database);
      if (run === null) return { run };
      const { name, from_s, until_s, lines, expected } = run;
      return { run: { name, from: from_s, until: until_s, lines, expected, first: desk.newestRun() === null } };
    },

    settings: () => settingsView(),
    changeSettings: ({ body: { settings, version }, who }) => {
      if (settings.automatic.suspend && !readSettings(database).settings.automatic.suspend) {
        const refused = desk.automatic.refusal(models.current());
        if (refused !== null) throw new Refusal('refused', `automatic suspension stays off: ${refused}`);
      }
      const now = writeSettings(database, who.actor, version, settings);
      desk.hub.tell({ kind: 'settings', version: now });
      return settingsView();
    },

    audit: ({ query: { cursor, limit, actor, action, subject } }) => {
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
      if (!Number.isSafeInteger(before))
        throw new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
      const rows = database.all<AuditRow>(
        `SELECT * FROM audit WHERE seq < ? AND (? IS NULL OR actor = ?) AND (? IS NULL OR action = ?) AND (? IS NULL OR subject = ?)
         ORDER BY seq DESC LIMIT ?`,
        before,
        actor ?? null,
        actor ?? null,
        action ?? null,
        action ?? null,
        subject ?? null,
        subject ?? null,
        limit + 1,
      );
      return {
        items: rows.slice(0, limit).map(({ previous: _previous, detail, ...row }) => ({
          ...row,
          detail: maskDeep(JSON.parse(detail)) as Record<string, unknown>,
        })),
        next: rows.length > limit ? String(rows[limit - 1]!.seq) : null,
      };
    },

    auditCheck: () => verifyAudit(database),

    shift: ({ query, eyes }) => shiftReport(desk, eyes, query.since),

    uploads: () => ({ items: desk.uploads.list() }),
    uploadState: ({ params }) => desk.uploads.get(params.upload),
    upload: async ({ request, who }) => {
      const part = await filePart(request, largest);
      return tooLarge(desk.uploads.receive(who.user.name, who.actor, { stream: part.file, name: part.filename }));
    },

    models: () => models.list(),
    addModel: async ({ request, who }) => {
      const part = await filePart(request, LARGEST_MODEL);
      const path = join(desk.folder('scratch'), `${randomBytes(8).toString('hex')}.json`);
      try {
        await tooLarge(receiveFile({ stream: part.file, name: part.filename }, path));
        models.add(who.actor, who.user.name, fileName(part.filename), path);
      } catch (error) {
        if (error instanceof Refusal || error instanceof Unwelcome || isDiskTrouble(error)) throw error;
        throw new Refusal('invalid', (error as Error).message.replaceAll(path, fileName(part.filename)), {
          field: 'file',
        });
      } finally {
        desk.discard(path);
      }
      return models.list();
    },
    previewModel: ({ params, eyes }) => modelPreview(desk, params.model, eyes),
    switchModel: ({ params, body: { version }, who }) => {
      models.switchTo(who.actor, who.user.name, params.model, version);
      return switched();
    },
    rollBackModel: ({ body: { version }, who }) => {
      models.rollBack(who.actor, who.user.name, version);
      return switched();
    },
  };
}

/** What was refused for its size, said as HTTP does. */
async function tooLarge<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal && error.details.field === 'file')
      throw new Unwelcome(413, 'too_large', error.message);
    throw error;
  }
}

const MOST_RUNS = 200;

async function overview(desk: Desk, eyes: Eyes): Promise<Reply<'overview'>> {
  const { database, models } = desk;
  const run = desk.newestRun();
  const history = database
    .all<RunRow>(
      `SELECT * FROM runs WHERE imported IS NOT NULL AND until_s <= ? ORDER BY until_s DESC, id DESC LIMIT ${MOST_RUNS}`,
      run?.until_s ?? 0,
    )
    .reverse();
  const id = models.currentId();
  const model = models.current();
  const name = database.get<{ name: string }>('SELECT name FROM models WHERE id = ?', id)!.name;
  return {
    lines: database.get<{ n: number }>('SELECT coalesce(max(id), 0) AS n FROM lines')!.n,
    tiers: { suspect: run?.suspect ?? 0, strong: run?.strong ?? 0 },
    run: run === null ? null : { name: run.name, from: run.from_s, until: run.until_s },
    feeds: await desk.feeds.now(),
    history: history.map((one) => ({
      run: one.name,
      from: one.from_s,
      until: one.until_s,
      lines: one.lines,
      suspect: one.suspect,
      strong: one.strong,
    })),
    cells: run === null ? [] : cellsOf(desk, run.id),
    waiting: waitingOf(desk),
    states: database.all<{ state: CaseState; cases: number }>(
      'SELECT state, count(*) AS cases FROM cases GROUP BY state',
    ),
    clocks: caseRows(desk, eyes, 'WHERE c.due IS NOT NULL ORDER BY c.due, c.id LIMIT 20').flatMap((row) =>
      row.clock === null ? [] : { case: row, kind: row.clock.kind, due: row.clock.due },
    ),
    model:
      model === null
        ? null
        : {
            id,
            name,
            simulated: model.training.simulated,
            rows: model.training.rows,
            prevalence: model.prevalence,
            automatic: desk.automatic.refusal(model) === null,
          },
    drift: driftOf(history),
  };
}

/** Share of lines that are marked, in the newest run and on average in those that were over when it began; null where either is not known. */
function driftOf(history: readonly RunRow[]): Reply<'overview'>['drift'] {
  const newest = history.at(-1);
  if (newest === undefined) return null;
  const now = shareOf(newest);
  const before = history.filter(({ until_s }) => until_s <= newest.from_s).flatMap((run) => shareOf(run) ?? []);
  if (now === null || before.length === 0) return null;
  return { before: before.reduce((sum, share) => sum + share, 0) / before.length, now };
}

/** Null of a run that holds marked lines alone: of how many they are is not in it. */
function shareOf({ lines, suspect, strong }: RunRow): number | null {
  return lines > suspect + strong ? (suspect + strong) / lines : null;
}

const MOST_CELLS = 500;

function cellsOf(desk: Desk, run: number): Reply<'overview'>['cells'] {
  return desk.database
    .all<{ cell: string; suspect: number; strong: number; gateways: string | null }>(
      `SELECT cell, sum(tier = 'suspect') AS suspect, sum(tier = 'strong') AS strong, group_concat(DISTINCT gateway) AS gateways
       FROM lines WHERE run = ? AND tier <> 'none' AND cell IS NOT NULL GROUP BY cell
       ORDER BY strong DESC, suspect DESC LIMIT ${MOST_CELLS}`,
      run,
    )
    .map(({ gateways, ...one }) => ({
      ...one,
      place: desk.placeOf(one.cell),
      gateways: gateways === null ? [] : gateways.split(',').map(Number),
    }));
}
