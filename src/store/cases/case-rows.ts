import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';
import type { ActionName, CaseState, Clock, Level, Measure, OrderAction, OrderState, Reason } from './workflow.ts';

/** A case as it stands in its table. */
export interface CaseRow {
  id: number;
  kind: 'line' | 'gateway';
  /** The line, or `#12` of a gateway. */
  subject: string;
  state: CaseState;
  measure: Measure;
  /** Of the restoration that ended it. */
  level: Level | null;
  version: number;
  opened: number;
  opened_by: string;
  updated: number;
  assignee: number | null;
  run: number | null;
  score: number;
  tier: string;
  merged_into: number | null;
  clock: Clock | null;
  due: number | null;
  /** Who ordered the measure in force. */
  measure_by: string | null;
}

export interface DecisionRow {
  id: number;
  case_id: number;
  action: ActionName;
  state: 'proposed' | 'done' | 'rejected' | 'withdrawn';
  proposer: string;
  reason: Reason;
  comment: string;
  level: Level | null;
  needed: number;
  created: number;
  decided: number | null;
  /** The clock that ran before the proposal, which goes on where it comes to nothing. */
  held_clock: Clock | null;
  held_due: number | null;
}

export interface OrderRow {
  id: string;
  case_id: number;
  decision: number;
  line: string;
  imsi: string | null;
  action: OrderAction;
  reason: Reason;
  /** JSON array of names. */
  approvals: string;
  state: OrderState;
  message: string;
  created: number;
  updated: number;
}

/** A line of a case. */
export interface MemberRow {
  id: number;
  line: string;
  msisdn: string | null;
  imsi: string | null;
  tier: string;
  score: number;
  gateway: number | null;
  first_s: number;
  last_s: number;
}

/** @throws Refusal where there is none */
export function caseRow(database: Database, id: number): CaseRow {
  const row = database.get<CaseRow>('SELECT * FROM cases WHERE id = ?', id);
  if (row === undefined) throw new Refusal('not_found', `there is no case ${id}`);
  return row;
}

export function membersOf(database: Database, id: number): MemberRow[] {
  return database.all<MemberRow>(
    `SELECT l.id, l.line, l.msisdn, l.imsi, l.tier, l.score, l.gateway, l.first_s, l.last_s FROM case_lines c
     JOIN lines l ON l.id = c.line WHERE c.case_id = ? ORDER BY l.score DESC, l.line`,
    id,
  );
}

export function pendingOf(database: Database, id: number): DecisionRow | null {
  return database.get<DecisionRow>(`SELECT * FROM decisions WHERE case_id = ? AND state = 'proposed'`, id) ?? null;
}

/** Says in the lines where their case stands. */
export function mirror(database: Database, id: number): void {
  database.run(
    `UPDATE lines SET case_id = c.id, case_state = c.state, assignee = c.assignee,
       reviewed = CASE WHEN c.state IN ('lead', 'review') THEN 0 ELSE 1 END
     FROM cases c JOIN case_lines m ON m.case_id = c.id WHERE c.id = ? AND lines.id = m.line
       AND (m.open = 1 OR lines.case_id = c.id)`,
    id,
  );
}
