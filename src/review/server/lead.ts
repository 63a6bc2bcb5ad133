import type { CaseRow, DecisionRow } from '../../store/cases/case-rows.ts';
import { caseRow } from '../../store/cases/case-rows.ts';
import type { Database } from '../../store/cases/database.ts';
import { isoMs } from './csv.ts';
import { reasonsOf } from './line-handlers.ts';

/** One line of a lead, as the police are given it. */
export interface LeadLine {
  line: string;
  msisdn: string | null;
  imsi: string | null;
  tier: 'none' | 'suspect' | 'strong';
  score: number;
  calls: number;
  first: string;
  last: string;
  /** The order that the decision gave on it. */
  order: string | null;
  reasons: { text: string; text_zh: string }[];
}

/** A case as the police are given it: which lines, why, and what was done. */
export interface Lead {
  schema: 'catpool.lead/1';
  case: number;
  subject: string;
  measure: CaseRow['measure'];
  /** Why, as a code of the workflow; null where nothing was decided yet. */
  reason: string | null;
  lines: LeadLine[];
}

interface Row extends Omit<LeadLine, 'first' | 'last' | 'order' | 'reasons'> {
  first_s: number;
  last_s: number;
  order_id: string | null;
  reasons: string | null;
}

/** @param decision the one that made it a lead; null: the last that was carried out, if any. @throws Refusal where there is no such case */
export function leadOf(database: Database, id: number, decision: number | null): Lead {
  const { subject, measure } = caseRow(database, id);
  const made =
    decision === null
      ? database.get<DecisionRow>(
          `SELECT * FROM decisions WHERE case_id = ? AND state = 'done' AND action IN ('restrict', 'suspend', 'close')
           ORDER BY id DESC LIMIT 1`,
          id,
        )
      : database.get<DecisionRow>('SELECT * FROM decisions WHERE id = ?', decision);
  const rows = database.all<Row>(
    `SELECT l.line, l.msisdn, l.imsi, l.tier, l.score, l.calls, l.first_s, l.last_s, v.reasons, o.id AS order_id
     FROM case_lines c JOIN lines l ON l.id = c.line LEFT JOIN verdicts v ON v.line = l.id
     LEFT JOIN orders o ON o.decision = ? AND o.line = l.line WHERE c.case_id = ? ORDER BY l.score DESC, l.line`,
    made?.id ?? null,
    id,
  );
  return {
    schema: 'catpool.lead/1',
    ...{ case: id, subject, measure, reason: made?.reason ?? null },
    lines: rows.map(({ reasons, first_s, last_s, order_id, ...line }) => ({
      ...line,
      first: isoMs(first_s * 1000),
      last: isoMs(last_s * 1000),
      order: order_id,
      reasons: reasonsOf({ reasons: reasons ?? '[]' }).map(({ text, text_zh }) => ({ text, text_zh })),
    })),
  };
}
