import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

/** One thing that was done. */
export interface AuditRow {
  seq: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** Name of a user, `token:NAME`, `policy`, or `cli:NAME`. */
  actor: string;
  /** For instance `case.suspend`. */
  action: string;
  /** For instance `case:12`. */
  subject: string;
  /** JSON object. */
  detail: string;
  /** Hash of the row before; of the first, zeros. */
  previous: string;
  /** SHA-256 of the JSON array of the columns before it. */
  hash: string;
}

const BEGINNING = '0'.repeat(64);

/** Adds a row; to be called within the transaction that does what it tells. */
export function record(
  database: Database,
  actor: string,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>> = {},
): void {
  const last = database.get<{ seq: number; hash: string }>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
  const row = {
    seq: (last?.seq ?? 0) + 1,
    at: database.now(),
    actor,
    action,
    subject,
    detail: JSON.stringify(detail),
    previous: last?.hash ?? BEGINNING,
  };
  const hash = hashOf(row);
  database.run(
    'INSERT INTO audit (seq, at, actor, action, subject, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    row.seq,
    row.at,
    row.actor,
    row.action,
    row.subject,
    row.detail,
    row.previous,
    hash,
  );
  database.run(
    `INSERT INTO meta (key, value) VALUES ('audit_head', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    `${row.seq} ${hash}`,
  );
}

function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { previous, seq, at, actor, action, subject, detail } = row;
  return createHash('sha256')
    .update(JSON.stringify([previous, seq, at, actor, action, subject, detail]))
    .digest('hex');
}

export interface AuditCheck {
  rows: number;
  hash: string;
  /** The first row that does not fit, and why; null where all do. */
  broken: { seq: number; why: string } | null;
}

/** Goes through the whole log. Finds rows that were changed, taken out, put in between, or cut from the end. */
export function verifyAudit(database: Database): AuditCheck {
  let previous = BEGINNING;
  let seq = 0;
  for (const row of auditRows(database, 0)) {
    const why =
      row.seq !== seq + 1
        ? `row ${seq + 1} is missing`
        : row.previous !== previous
          ? 'it does not follow the row before'
          : row.hash !== hashOf(row)
            ? 'it was changed'
            : null;
    if (why !== null) return { rows: seq, hash: previous, broken: { seq: row.seq, why } };
    previous = row.hash;
    seq = row.seq;
  }
  const head = database.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'audit_head'`)?.value;
  const broken =
    (head ?? `0 ${BEGINNING}`) === `${seq} ${previous}` ? null : { seq: seq + 1, why: 'rows are missing at the end' };
  return { rows: seq, hash: previous, broken };
}

const PAGE = 1000;

/** All rows after `seq`, in order, a page at a time. */
export function* auditRows(database: Database, seq: number): Generator<AuditRow> {
  for (;;) {
    const rows = database.all<AuditRow>('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', seq, PAGE);
    yield* rows;
    if (rows.length < PAGE) return;
    seq = rows.at(-1)!.seq;
  }
}
