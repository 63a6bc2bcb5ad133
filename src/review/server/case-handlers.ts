import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskTrouble } from '../../base/disk-trouble.ts';
import { maskLine } from '../../base/mask.ts';
import type { AuditRow } from '../../store/cases/audit.ts';
import { type CaseRow, caseRow, type DecisionRow, membersOf, pendingOf } from '../../store/cases/case-rows.ts';
import { ordersOf } from '../../store/cases/cases.ts';
import type { Value } from '../../store/cases/database.ts';
import { diskRefusal, Refusal } from '../../store/cases/refusal.ts';
import {
  ACTIONS,
  actionsFrom,
  CASE_STATES,
  type CaseState,
  ENDED,
  isAtLeast,
  LEVELS,
} from '../../store/cases/workflow.ts';
import type { CaseRow as CaseRowView, CaseView, Reply } from './api.ts';
import type { Desk } from './desk.ts';
import { type Eyes, maskDeep } from './eyes.ts';
import { Unwelcome, type Who } from './guard.ts';
import { doerOf, filePart, type Handlers, sendFile } from './handler.ts';
import { fileName, receiveFile } from './uploads.ts';

type Names =
  | 'cases'
  | 'openCase'
  | 'case'
  | 'act'
  | 'answer'
  | 'assign'
  | 'merge'
  | 'note'
  | 'attach'
  | 'attachment'
  | 'bulk';

/** Bytes of an attached file, and how many a case may have. */
const LARGEST_ATTACHMENT = 50 * 1024 * 1024;
const MOST_ATTACHMENTS = 200;

/** Cases: what is done about lines, by whom, and who agreed. */
export function caseHandlers(desk: Desk): Handlers<Names> {
  const { database, cases } = desk;

  /** Does something to a case and tells the pages. Whoever comes too late is shown how it stands now. */
  const change = (who: Who, eyes: Eyes, id: number, work: () => CaseRow): CaseView => {
    let row: CaseRow;
    try {
      row = work();
    } catch (error) {
      if (error instanceof Refusal && error.code === 'conflict' && error.details.current !== undefined)
        throw new Refusal('conflict', error.message, { current: caseView(desk, caseRow(database, id), who, eyes) });
      throw error;
    }
    desk.tellCase(row, who.user.name);
    return caseView(desk, row, who, eyes);
  };

  return {
    cases: ({ query, who, eyes }) => caseList(desk, query, who, eyes),

    openCase: ({ body, who, eyes }) => {
      const row =
        'line' in body ? cases.openLine(doerOf(who), body.line) : cases.openGateway(doerOf(who), body.gateway);
      desk.tellCase(row, who.user.name);
      return caseView(desk, row, who, eyes);
    },

    case: ({ params, who, eyes }) => caseView(desk, caseRow(database, params.case), who, eyes),

    act: ({ params, body, who, eyes }) =>
      change(who, eyes, params.case, () => cases.act(doerOf(who), params.case, body)),

    answer: ({ params, body: { answer, version, comment }, who, eyes }) =>
      change(who, eyes, params.case, () =>
        cases.answer(doerOf(who), params.case, params.decision, answer, version, comment),
      ),

    assign: ({ params, body: { user, version }, who, eyes }) =>
      change(who, eyes, params.case, () => cases.assign(doerOf(who), params.case, user, version)),

    merge: ({ params, body: { into, version }, who, eyes }) => {
      const view = change(who, eyes, params.case, () => cases.merge(doerOf(who), params.case, into, version));
      desk.tellCase(caseRow(database, into), who.user.name);
      return view;
    },

    note: ({ params, body: { text, version }, who, eyes }) =>
      change(who, eyes, params.case, () => cases.note(doerOf(who), params.case, text, version)),

    attach: async ({ params, who, eyes, request }) => {
      caseRow(database, params.case);
      const held = database.get<{ n: number }>(
        'SELECT count(*) AS n FROM attachments WHERE case_id = ?',
        params.case,
      )!.n;
      if (held >= MOST_ATTACHMENTS) throw new Refusal('refused', `a case has at most ${MOST_ATTACHMENTS} files`);
      const part = await filePart(request, LARGEST_ATTACHMENT);
      const folder = desk.folder('attachments');
      const path = join(folder, `.${randomBytes(8).toString('hex')}`);
      try {
        const bytes = await receiveSmall(part.file, path);
        const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
        // A file is kept under its digest: its name is for people alone.
        renameSync(path, join(folder, sha256));
        const file = { name: fileName(part.filename), sha256, bytes };
        return change(who, eyes, params.case, () => cases.attach(doerOf(who), params.case, file));
      } finally {
        rmSync(path, { force: true });
      }
    },

    attachment: ({ params, reply }) => {
      const row = database.get<{ name: string; sha256: string }>(
        'SELECT name, sha256 FROM attachments WHERE id = ? AND case_id = ?',
        params.attachment,
        params.case,
      );
      const path = row === undefined ? '' : join(desk.folder('attachments'), row.sha256);
      if (row === undefined || !existsSync(path)) throw new Refusal('not_found', 'there is no such file');
      return sendFile(reply, row.name, 'application/octet-stream', createReadStream(path));
    },

    bulk: ({ body: { targets, action, reason, comment, level }, who }) => {
      const doer = doerOf(who);
      const results = targets.map((target): Reply<'bulk'>['results'][number] => {
        try {
          // A case that is opened for the step is there only together with it.
          const row = database.transaction(() => {
            const at =
              'case' in target
                ? { id: target.case, version: target.version }
                : (openCase(target.line) ?? cases.openLine(doer, target.line));
            return cases.act(doer, at.id, { action, version: at.version, reason, comment, level });
          });
          desk.tellCase(row, who.user.name);
          return { target, case: row.id, state: row.state, pending: pendingOf(database, row.id) !== null, error: null };
        } catch (error) {
          // What was done for others before stays done, and is told.
          const why = isDiskTrouble(error) ? diskRefusal() : error;
          if (!(why instanceof Refusal)) throw error;
          return {
            target,
            case: null,
            state: null,
            pending: false,
            error: { code: why.code, message: why.message },
          };
        }
      });
      const failed = results.filter(({ error }) => error !== null).length;
      return { results, done: results.length - failed, failed };
    },
  };

  function openCase(line: number): CaseRow | null {
    const id = cases.openCaseOf(line);
    return id === null ? null : caseRow(database, id);
  }
}

async function receiveSmall(stream: Parameters<typeof receiveFile>[0]['stream'], path: string): Promise<number> {
  try {
    return await receiveFile({ stream, name: '' }, path);
  } catch (error) {
    if (error instanceof Refusal) throw new Unwelcome(413, 'too_large', error.message);
    throw error;
  }
}

interface ListedRow extends CaseRow {
  lines: number;
  member: number | null;
  assignee_name: string | null;
  assignee_display: string | null;
  pending: DecisionRow['action'] | null;
}

const LIST = `SELECT c.*, (SELECT count(*) FROM case_lines m WHERE m.case_id = c.id) AS lines,
  (SELECT min(m.line) FROM case_lines m WHERE m.case_id = c.id) AS member, u.name AS assignee_name,
  u.display AS assignee_display, (SELECT d.action FROM decisions d WHERE d.case_id = c.id AND d.state = 'proposed') AS pending
  FROM cases c LEFT JOIN users u ON u.id = c.assignee`;

const SORTS = {
  updated: { column: 'c.updated', order: 'DESC', than: '<' },
  opened: { column: 'c.id', order: 'DESC', than: '<' },
  due: { column: 'c.due', order: 'ASC', than: '>' },
  score: { column: 'c.score', order: 'DESC', than: '<' },
} as const;

function caseList(
  desk: Desk,
  query: {
    state?: string | undefined;
    assignee?: string | undefined;
    pending?: 'mine' | 'any' | undefined;
    overdue?: 'yes' | undefined;
    sort: keyof typeof SORTS;
    cursor?: string | undefined;
    limit: number;
  },
  who: Who,
  eyes: Eyes,
): Reply<'cases'> {
  const { database } = desk;
  const where: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, ...own: Value[]): void => {
    where.push(sql);
    values.push(...own);
  };
  if (query.state !== undefined) {
    const states = query.state.split(',').filter((state) => state !== '');
    if (states.some((state) => !CASE_STATES.includes(state as CaseState)))
      throw new Refusal('invalid', `a state is one of ${CASE_STATES.join(', ')}`, { field: 'state' });
    add(`c.state IN (${states.map(() => '?').join(', ')})`, ...states);
  }
  if (query.assignee === 'me') add('c.assignee = ?', who.user.id);
  else if (query.assignee === 'none') add('c.assignee IS NULL');
  else if (query.assignee !== undefined) add('c.assignee = ?', Number(query.assignee));
  if (query.pending === 'any') add(`c.id IN (SELECT case_id FROM decisions WHERE state = 'proposed')`);
  if (query.pending === 'mine')
    add(
      `c.id IN (SELECT d.case_id FROM decisions d WHERE d.state = 'proposed' AND d.proposer <> ? AND NOT EXISTS
       (SELECT 1 FROM approvals a WHERE a.decision = d.id AND a.person = ?)) AND ?`,
      who.user.name,
      who.user.name,
      isAtLeast(who.user.role, 'approver') ? 1 : 0,
    );
  if (query.overdue === 'yes') add('c.due <= ?', database.now());
  const { column, order, than } = SORTS[query.sort];
  if (query.sort === 'due') add('c.due IS NOT NULL');
  if (query.cursor !== undefined) {
    const [key, id] = query.cursor.split(' ').map(Number);
    if (key === undefined || id === undefined || Number.isNaN(key) || Number.isNaN(id))
      throw new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
    add(`(${column}, c.id) ${than} (?, ?)`, key, id);
  }
  const rows = database.all<ListedRow & { key: number }>(
    `${LIST.replace('SELECT ', `SELECT ${column} AS key, `)} ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
     ORDER BY ${column} ${order}, c.id ${order} LIMIT ?`,
    ...values,
    query.limit + 1,
  );
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => rowView(desk, row, eyes)),
    next: rows.length > query.limit && last !== undefined ? `${last.key} ${last.id}` : null,
    counts: database.all('SELECT state, count(*) AS cases FROM cases GROUP BY state'),
  };
}

/** Rows of the list that a condition finds, in an order of its own. */
export function caseRows(
  desk: Pick<Desk, 'database'>,
  eyes: Eyes,
  condition: string,
  ...values: Value[]
): CaseRowView[] {
  return desk.database.all<ListedRow>(`${LIST} ${condition}`, ...values).map((row) => rowView(desk, row, eyes));
}

function rowView(desk: Pick<Desk, 'database'>, row: ListedRow, eyes: Eyes): CaseRowView {
  const whole = row.kind === 'gateway' || (row.member !== null && eyes.sees(row.member));
  return {
    id: row.id,
    kind: row.kind,
    subject: whole ? row.subject : maskLine(row.subject),
    lines: row.lines,
    state: row.state,
    measure: row.measure,
    tier: row.tier as CaseRowView['tier'],
    score: row.score,
    version: row.version,
    opened: row.opened,
    opened_by: row.opened_by,
    updated: row.updated,
    assignee: row.assignee_name === null ? null : { name: row.assignee_name, display: row.assignee_display ?? '' },
    clock:
      row.clock === null || row.due === null
        ? null
        : { kind: row.clock, due: row.due, overdue: row.due <= desk.database.now() },
    pending: row.pending,
  };
}

function caseView(desk: Desk, { id }: CaseRow, who: Who, eyes: Eyes): CaseView {
  const { database, cases } = desk;
  const row = database.get<ListedRow>(`${LIST} WHERE c.id = ?`, id)!;
  const members = membersOf(database, id);
  const pending = pendingOf(database, id);
  const whole = members.length > 0 && members.every((member) => eyes.sees(member.id));
  return {
    ...rowView(desk, row, eyes),
    members: members.map((member) => ({
      ...eyes.name(member),
      tier: member.tier as CaseView['tier'],
      score: member.score,
    })),
    level: row.level,
    merged_into: row.merged_into,
    decisions: database
      .all<DecisionRow>('SELECT * FROM decisions WHERE case_id = ? ORDER BY id DESC', id)
      .map(({ case_id: _case, held_clock: _clock, held_due: _due, ...decision }) => ({
        ...decision,
        approvals: database.all(
          'SELECT person, answer, comment, at FROM approvals WHERE decision = ? ORDER BY at',
          decision.id,
        ),
      })),
    notes: database.all('SELECT id, author, text, at FROM notes WHERE case_id = ? ORDER BY id DESC', id),
    attachments: database.all(
      'SELECT id, name, sha256, bytes, author, at FROM attachments WHERE case_id = ? ORDER BY id DESC',
      id,
    ),
    orders: ordersOf(database, id).map(({ id: order, action, state, message, created }) => ({
      id: order,
      action,
      state,
      message,
      created,
    })),
    history: database
      .all<AuditRow>('SELECT * FROM audit WHERE subject = ? ORDER BY seq DESC LIMIT 500', `case:${id}`)
      .map(({ seq, at, actor, action, detail }) => {
        const told = JSON.parse(detail) as Record<string, unknown>;
        return { seq, at, actor, action, detail: whole ? told : (maskDeep(told) as Record<string, unknown>) };
      }),
    actions: actionsFrom(row.state).flatMap((action) => {
      const levels = ACTIONS[action].level ? LEVELS : [undefined];
      const open = levels.flatMap((level) => {
        try {
          return [{ level, approvals: cases.check(doerOf(who), row, { action, level }) }];
        } catch (error) {
          if (error instanceof Refusal) return [];
          throw error;
        }
      });
      if (open.length === 0) return [];
      return {
        action,
        approvals: Math.min(...open.map(({ approvals }) => approvals)),
        levels: open.flatMap(({ level }) => level ?? []),
      };
    }),
    may_answer:
      pending !== null &&
      isAtLeast(who.user.role, 'approver') &&
      pending.proposer !== who.user.name &&
      database.get('SELECT 1 FROM approvals WHERE decision = ? AND person = ?', pending.id, who.user.name) ===
        undefined,
    duplicates: ENDED.includes(row.state) ? [] : duplicatesOf(desk, row, eyes),
  };
}

/** Open cases of other lines of its gateway, or of the gateway of its line. */
function duplicatesOf(desk: Desk, row: ListedRow, eyes: Eyes): CaseView['duplicates'] {
  return caseRows(
    desk,
    eyes,
    `WHERE c.id IN (SELECT o.case_id FROM case_lines m JOIN lines l ON l.id = m.line
       JOIN lines s ON s.gateway = l.gateway AND s.run = l.run JOIN case_lines o ON o.line = s.id AND o.open = 1
       WHERE m.case_id = ? AND o.case_id <> ?) ORDER BY c.id LIMIT 50`,
    row.id,
    row.id,
  ).map(({ id, subject, state }) => ({ id, subject, state }));
}
