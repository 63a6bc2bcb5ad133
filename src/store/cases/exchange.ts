import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { record } from './audit.ts';
import { type CaseRow, caseRow, type OrderRow, pendingOf } from './case-rows.ts';
import type { Cases, Doer } from './cases.ts';
import type { Database } from './database.ts';
import { linesNamed } from './queue.ts';
import { Refusal } from './refusal.ts';
import { REASONS, type Reason } from './workflow.ts';

/** One lead, order or mark of a list that travels between desks. */
export interface ExchangeItem {
  kind: 'lead' | 'order' | 'undo' | 'identity' | 'imei';
  /** The signer's own id of it. */
  id: string;
  /** Digits, or an address of record; of `identity` the hash, of `imei` its digits. */
  subject: string;
  action: 'watch' | 're-verify' | 'restrict' | 'suspend' | 'close' | 'restore' | 'raise';
  reason: string;
  /** ISO 8601. */
  at: string;
}

export interface SignedList {
  schema: 'catpool.exchange/1';
  list: { signer: string; created: string; items: ExchangeItem[] };
  /** Ed25519 over {@link signedBytes}, base64. */
  signature: string;
}

export interface SignerRow {
  id: number;
  name: string;
  /** Ed25519, SPKI, base64. */
  key: string;
  added: number;
  person: string;
}

export interface ReceivedRow {
  id: number;
  signer: string;
  item: string;
  kind: string;
  subject: string;
  action: string;
  reason: string;
  at: number;
  case_id: number | null;
  result: string;
}

/** What was taken in of a list. */
export interface TakenIn {
  applied: number;
  repeated: number;
  kept: number;
  failed: { id: string; why: string }[];
}

const SCHEMA = 'catpool.exchange/1';
const KEPT = 'kept';
/** Action of the workflow for that of an order. */
const STEPS = {
  watch: 'watch',
  're-verify': 'notify',
  restrict: 'restrict',
  suspend: 'suspend',
  close: 'close',
} as const;

/** The bytes that are signed: the schema, a line end, then signer, time and items as a JSON array of arrays. */
function signedBytes({ signer, created, items }: SignedList['list']): Buffer {
  const rows = items.map(({ kind, id, subject, action, reason, at }) => [kind, id, subject, action, reason, at]);
  return Buffer.from(`${SCHEMA}\n${JSON.stringify([signer, created, rows])}`);
}

/** Name and public key of this desk; the private one never leaves its database. */
export function ownSigner(database: Database): { name: string; key: string } {
  const key = createPublicKey(privateKey(database)).export({ type: 'spki', format: 'der' }).toString('base64');
  return { name: `desk-${database.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'desk'`)!.value}`, key };
}

function privateKey(database: Database) {
  const kept = database.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'exchange_key'`)?.value;
  if (kept !== undefined) return createPrivateKey(kept);
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  database.run(`INSERT INTO meta (key, value) VALUES ('exchange_key', ?) ON CONFLICT (key) DO NOTHING`, pem);
  return createPrivateKey(database.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'exchange_key'`)!.value);
}

export function signers(database: Database): SignerRow[] {
  return database.all<SignerRow>('SELECT * FROM signers ORDER BY name');
}

/** @throws Refusal where the key is none, or the name is taken */
export function addSigner(database: Database, actor: string, person: string, name: string, key: string): void {
  try {
    if (publicKey(key).asymmetricKeyType !== 'ed25519') throw new Error('another kind of key');
  } catch {
    throw new Refusal('invalid', 'the key is no Ed25519 public key (SPKI, base64)', { field: 'key' });
  }
  database.transaction(() => {
    if (database.get('SELECT 1 FROM signers WHERE name = ?', name) !== undefined)
      throw new Refusal('conflict', `there is a signer ${name} already`);
    const { id } = database.run(
      'INSERT INTO signers (name, key, added, person) VALUES (?, ?, ?, ?)',
      name,
      key,
      database.now(),
      person,
    );
    record(database, actor, 'signer.add', `signer:${id}`, { name, key });
  });
}

export function removeSigner(database: Database, actor: string, id: number): void {
  database.transaction(() => {
    if (database.run('DELETE FROM signers WHERE id = ?', id).changes === 0)
      throw new Refusal('not_found', 'there is no such signer');
    record(database, actor, 'signer.remove', `signer:${id}`);
  });
}

function publicKey(key: string) {
  return createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
}

/** Leads, orders and undoings of this desk since a time, signed. */
export function signList(
  database: Database,
  actor: string,
  kinds: readonly ('lead' | 'order' | 'undo')[],
  since: number,
): SignedList {
  return database.transaction(() => {
    const iso = (ms: number): string => new Date(ms).toISOString();
    const items: ExchangeItem[] = [];
    if (kinds.includes('lead')) {
      const rows = database.all<{ id: number; line: string; opened: number }>(
        `SELECT c.id, l.line, c.opened FROM cases c JOIN case_lines m ON m.case_id = c.id AND m.open = 1
         JOIN lines l ON l.id = m.line WHERE c.state IN ('lead', 'review', 'watched') AND c.opened >= ? ORDER BY c.id, l.id`,
        since,
      );
      for (const { id, line, opened } of rows)
        items.push({
          kind: 'lead',
          id: `lead-${id}-${items.length}`,
          subject: line,
          action: 'raise',
          reason: 'simbox',
          at: iso(opened),
        });
    }
    const orders = database.all<OrderRow>(
      `SELECT * FROM orders WHERE created >= ? AND state <> 'withdrawn' ORDER BY created, id`,
      since,
    );
    for (const { id, line, action, reason, created } of orders) {
      const kind = action === 'restore' ? 'undo' : 'order';
      if (kinds.includes(kind)) items.push({ kind, id, subject: line, action, reason, at: iso(created) });
    }
    const list = { signer: ownSigner(database).name, created: iso(database.now()), items };
    record(database, actor, 'exchange.out', 'exchange', { items: items.length, kinds });
    return {
      schema: SCHEMA,
      list,
      signature: sign(null, signedBytes(list), privateKey(database)).toString('base64'),
    };
  });
}

/**
 * Takes a signed list in: each item once, each wholly or not at all. An order is the signer's, agreed to by `doer` as the second
 * person.
 *
 * @throws Refusal where the signer is not trusted, or the signature is not his
 */
export function takeIn(database: Database, cases: Cases, doer: Doer, { list, signature }: SignedList): TakenIn {
  const signer = database.get<SignerRow>('SELECT * FROM signers WHERE name = ?', list.signer);
  if (signer === undefined) throw new Refusal('forbidden', `${list.signer} is no signer that this desk trusts`);
  if (!verify(null, signedBytes(list), publicKey(signer.key), Buffer.from(signature, 'base64')))
    throw new Refusal('forbidden', `the signature is not that of ${list.signer}: the list was changed on its way`);
  const taken: TakenIn = { applied: 0, repeated: 0, kept: 0, failed: [] };
  for (const item of list.items) {
    try {
      const result = database.transaction(() => takeItem(database, cases, doer, signer.name, item));
      taken[result]++;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      taken.failed.push({ id: item.id, why: error.message });
    }
  }
  database.transaction(() =>
    record(database, doer.actor, 'exchange.in', 'exchange', {
      signer: signer.name,
      created: list.created,
      ...taken,
      failed: taken.failed.length,
    }),
  );
  return taken;
}

function takeItem(
  database: Database,
  cases: Cases,
  doer: Doer,
  signer: string,
  item: ExchangeItem,
): 'applied' | 'repeated' | 'kept' {
  const known = database.get('SELECT 1 FROM received WHERE signer = ? AND item = ?', signer, item.id);
  if (known !== undefined) return 'repeated';
  const subject = item.subject.replace(/^\+/, '');
  const lines = linesOf(database, item.kind, subject);
  let row: CaseRow | null = null;
  for (const line of lines) row = applyItem(database, cases, doer, signer, item, line) ?? row;
  database.run(
    'INSERT INTO received (signer, item, kind, subject, action, reason, at, case_id, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    signer,
    item.id,
    item.kind,
    subject,
    item.action,
    item.reason,
    database.now(),
    row?.id ?? null,
    lines.length === 0 || isMark(item.kind) ? KEPT : 'applied',
  );
  return lines.length === 0 ? 'kept' : 'applied';
}

/** Lists of identities and devices raise every line that they appear on, now or later. */
function isMark(kind: string): boolean {
  return kind === 'identity' || kind === 'imei';
}

function linesOf(database: Database, kind: string, subject: string): number[] {
  if (kind === 'imei')
    return database
      .all<{ line: number }>('SELECT line FROM marks WHERE value = ?', `imei:${subject.slice(0, 14)}`)
      .map(({ line }) => line);
  if (kind === 'identity')
    return database
      .all<{ id: number }>(
        `SELECT l.id FROM subscribers s JOIN lines l ON s.number IN (l.msisdn, l.imsi) WHERE s.id_hash = ?`,
        subject,
      )
      .map(({ id }) => id);
  return linesNamed(database, subject)
    .slice(0, 1)
    .map(({ id }) => id);
}

function applyItem(
  database: Database,
  cases: Cases,
  doer: Doer,
  signer: string,
  item: ExchangeItem,
  line: number,
): CaseRow | null {
  const open = cases.openCaseOf(line);
  const theirs: Doer = { id: null, name: signer, actor: `exchange ${signer}`, role: 'administrator' };
  const reason: Reason = REASONS.find((one) => one === item.reason) ?? 'other';
  const comment = `${signer} ${item.id}`;
  if (item.kind === 'undo') {
    const row = open === null ? null : caseRow(database, open);
    if (row === null || row.measure_by !== signer)
      throw new Refusal('refused', 'no measure of this signer is in force on the line');
    return agree(
      cases,
      database,
      doer,
      cases.act(theirs, row.id, { action: 'restore', version: row.version, reason, comment, level: 'centre' }),
    );
  }
  const row = open === null ? cases.openLine(theirs, line) : caseRow(database, open);
  if (item.kind !== 'order') {
    record(database, theirs.actor, 'case.raised', `case:${row.id}`, {
      by: item.kind,
      item: item.id,
      reason: item.reason,
    });
    return row;
  }
  if (item.action === 'raise' || item.action === 'restore') throw new Refusal('invalid', `${item.action} is no order`);
  const action = STEPS[item.action];
  return agree(cases, database, doer, cases.act(theirs, row.id, { action, version: row.version, reason, comment }));
}

/** Whoever takes the list in is the second person; where the settings ask for more, the order waits for them. */
function agree(cases: Cases, database: Database, doer: Doer, row: CaseRow): CaseRow {
  const pending = pendingOf(database, row.id);
  return pending === null ? row : cases.answer(doer, row.id, pending.id, 'approve', row.version, 'list taken in');
}

/** Opens cases of lines on which something appears that a list named. @returns them */
export function raiseKept(database: Database, cases: Cases): CaseRow[] {
  const raised: CaseRow[] = [];
  for (const item of database.all<ReceivedRow>(
    `SELECT * FROM received WHERE result = ? AND kind IN ('identity', 'imei', 'lead')`,
    KEPT,
  )) {
    for (const line of linesOf(database, item.kind, item.subject)) {
      const had = database.get('SELECT 1 FROM case_lines WHERE line = ?', line);
      if (had !== undefined) continue;
      raised.push(
        database.transaction(() => {
          const theirs: Doer = { id: null, name: item.signer, actor: `exchange ${item.signer}`, role: 'administrator' };
          const row = cases.openLine(theirs, line);
          record(database, theirs.actor, 'case.raised', `case:${row.id}`, { by: item.kind, item: item.item });
          database.run(
            'UPDATE received SET case_id = ?, result = ? WHERE id = ?',
            row.id,
            isMark(item.kind) ? KEPT : 'applied',
            item.id,
          );
          return row;
        }),
      );
    }
  }
  return raised;
}

export function receivedList(database: Database): ReceivedRow[] {
  return database.all<ReceivedRow>('SELECT * FROM received ORDER BY id DESC LIMIT 1000');
}
