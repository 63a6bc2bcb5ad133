import { record } from './audit.ts';
import {
  type CaseRow,
  caseRow,
  type DecisionRow,
  type MemberRow,
  membersOf,
  mirror,
  type OrderRow,
  pendingOf,
} from './case-rows.ts';
import type { Database } from './database.ts';
import { refuseAllowed } from './lists.ts';
import { Refusal } from './refusal.ts';
import { readSettings } from './settings.ts';
import {
  ACTIONS,
  type ActionName,
  ENDED,
  isAtLeast,
  type Level,
  MEASURES,
  RESTORATION,
  type Reason,
  type Role,
  STATE_OF_MEASURE,
} from './workflow.ts';

/** Who does something. `name` is the person, also where a token acts; `actor` is what the audit log says. */
export interface Doer {
  id: number | null;
  name: string;
  actor: string;
  role: Role;
}

export interface Step {
  action: ActionName;
  /** Version of the case as it was read. */
  version: number;
  reason: Reason;
  comment: string;
  level?: Level | undefined;
}

/** What the policy acts as. */
export const POLICY: Doer = { id: null, name: 'policy', actor: 'policy', role: 'administrator' };

const HOUR = 3_600_000;

/** The workflow on the database. Each change is one transaction together with its row in the audit log. */
export class Cases {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Opens a case of one line as a lead. @throws Refusal where it has an open one: its id stands in `details.case` */
  openLine(doer: Doer, line: number): CaseRow {
    return this.database.transaction(() => {
      const member = this.database.get<{ line: string; run: number | null; score: number; tier: string }>(
        'SELECT line, run, score, tier FROM lines WHERE id = ?',
        line,
      );
      if (member === undefined) throw new Refusal('not_found', 'there is no such line');
      const open = this.openCaseOf(line);
      if (open !== null) throw new Refusal('conflict', `the line has case ${open} already`, { case: open });
      return this.open(doer, { ...member, kind: 'line', subject: member.line }, [line]);
    });
  }

  /** Opens a case of a gateway of the newest run, with those of its lines that have no open case. */
  openGateway(doer: Doer, gateway: number): CaseRow {
    return this.database.transaction(() => {
      const members = this.database.all<{ id: number; run: number; score: number; tier: string }>(
        `SELECT id, run, score, tier FROM lines WHERE gateway = ?
         AND run = (SELECT id FROM newest_run) ORDER BY score DESC`,
        gateway,
      );
      const first = members[0];
      if (first === undefined) throw new Refusal('not_found', `there is no gateway #${gateway} in the newest run`);
      const free = members.filter(({ id }) => this.openCaseOf(id) === null).map(({ id }) => id);
      if (free.length === 0)
        throw new Refusal('conflict', 'all lines of the gateway have a case', {
          case: this.openCaseOf(members[0]!.id),
        });
      return this.open(doer, { ...first, kind: 'gateway', subject: `#${gateway}` }, free);
    });
  }

  /** The open case of a line; null where it has none. */
  openCaseOf(line: number): number | null {
    return (
      this.database.get<{ case_id: number }>('SELECT case_id FROM case_lines WHERE line = ? AND open = 1', line)
        ?.case_id ?? null
    );
  }

  /**
   * One step. Where it needs second persons it is proposed, and waits for {@link answer}.
   *
   * @throws Refusal `conflict` where the case was changed meanwhile, `forbidden`, `refused` where a rule stands against it
   */
  act(doer: Doer, id: number, step: Step): CaseRow {
    return this.database.transaction(() => {
      const row = this.current(id, step.version);
      const needed = this.check(doer, row, step);
      const { id: decision } = this.database.run(
        `INSERT INTO decisions (case_id, action, state, proposer, reason, comment, level, needed, created, held_clock, held_due)
         VALUES (?, ?, 'proposed', ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        step.action,
        doer.name,
        step.reason,
        step.comment,
        step.level ?? null,
        needed,
        this.database.now(),
        row.clock,
        row.due,
      );
      const proposal = this.decision(decision);
      if (needed === 0) return this.apply(doer, row, proposal);
      this.change(id, { ...this.clock('approve') });
      record(this.database, doer.actor, `case.propose`, `case:${id}`, {
        action: step.action,
        decision,
        reason: step.reason,
        comment: step.comment,
        needed,
      });
      return caseRow(this.database, id);
    });
  }

  /** A second person's answer to what waits, or the proposer's withdrawal. */
  answer(
    doer: Doer,
    id: number,
    decision: number,
    answer: 'approve' | 'reject' | 'withdraw',
    version: number,
    comment: string,
  ): CaseRow {
    return this.database.transaction(() => {
      const row = this.current(id, version);
      const proposal = pendingOf(this.database, id);
      if (proposal === null || proposal.id !== decision)
        throw new Refusal('not_found', 'nothing waits under this number');
      const own = isSame(proposal.proposer, doer.name);
      if (answer === 'withdraw') {
        if (!own) throw new Refusal('forbidden', 'only who proposed it may withdraw it');
      } else {
        if (own) throw new Refusal('forbidden', 'who ordered it may not approve it: a second person must');
        if (!isAtLeast(doer.role, 'approver')) throw new Refusal('forbidden', 'this needs an approver');
        const before = this.database.get(
          'SELECT 1 FROM approvals WHERE decision = ? AND person = ?',
          decision,
          doer.name,
        );
        if (before !== undefined) throw new Refusal('forbidden', 'you have answered already: another person must');
        this.database.run(
          'INSERT INTO approvals (decision, person, answer, comment, at) VALUES (?, ?, ?, ?, ?)',
          decision,
          doer.name,
          answer,
          comment,
          this.database.now(),
        );
      }
      record(this.database, doer.actor, `case.${answer}`, `case:${id}`, { decision, action: proposal.action, comment });
      if (answer !== 'approve') {
        this.database.run(
          'UPDATE decisions SET state = ?, decided = ? WHERE id = ?',
          answer === 'reject' ? 'rejected' : 'withdrawn',
          this.database.now(),
          decision,
        );
        return this.change(id, { clock: proposal.held_clock, due: proposal.held_due });
      }
      if (this.approvals(decision).length < proposal.needed) return this.change(id, {});
      return this.apply(doer, row, proposal);
    });
  }

  assign(doer: Doer, id: number, user: number | null, version: number): CaseRow {
    return this.database.transaction(() => {
      this.current(id, version);
      if (user !== null && this.database.get('SELECT 1 FROM users WHERE id = ? AND disabled = 0', user) === undefined)
        throw new Refusal('not_found', 'there is no such user');
      record(this.database, doer.actor, 'case.assign', `case:${id}`, { user });
      return this.change(id, { assignee: user });
    });
  }

  note(doer: Doer, id: number, text: string, version: number): CaseRow {
    return this.database.transaction(() => {
      this.current(id, version);
      const { id: note } = this.database.run(
        'INSERT INTO notes (case_id, author, text, at) VALUES (?, ?, ?, ?)',
        id,
        doer.name,
        text,
        this.database.now(),
      );
      record(this.database, doer.actor, 'case.note', `case:${id}`, { note });
      return this.change(id, {});
    });
  }

  attach(doer: Doer, id: number, file: { name: string; sha256: string; bytes: number }): CaseRow {
    return this.database.transaction(() => {
      caseRow(this.database, id);
      this.database.run(
        'INSERT INTO attachments (case_id, name, sha256, bytes, author, at) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        file.name,
        file.sha256,
        file.bytes,
        doer.name,
        this.database.now(),
      );
      record(this.database, doer.actor, 'case.attach', `case:${id}`, { ...file });
      return this.change(id, {});
    });
  }

  /** Ends a duplicate: its lines go on in case `into`. */
  merge(doer: Doer, id: number, into: number, version: number): CaseRow {
    return this.database.transaction(() => {
      const row = this.current(id, version);
      const goal = caseRow(this.database, into);
      if (id === into) throw new Refusal('refused', 'a case cannot be merged into itself');
      for (const { id: one, state } of [row, goal])
        if (ENDED.includes(state)) throw new Refusal('refused', `case ${one} is over`);
      for (const one of [row, goal])
        if (pendingOf(this.database, one.id) !== null)
          throw new Refusal('refused', `case ${one.id} waits for a second person`);
      if (MEASURES.indexOf(row.measure) > MEASURES.indexOf(goal.measure))
        throw new Refusal('refused', `case ${id} holds a stronger measure (${row.measure}): merge the other way`);
      this.database.run('UPDATE case_lines SET open = 0 WHERE case_id = ?', id);
      this.database.run(
        `INSERT INTO case_lines (case_id, line, open) SELECT ?, line, 1 FROM case_lines WHERE case_id = ?
         ON CONFLICT (case_id, line) DO UPDATE SET open = 1`,
        into,
        id,
      );
      record(this.database, doer.actor, 'case.merge', `case:${id}`, { into });
      record(this.database, doer.actor, 'case.merged', `case:${into}`, { from: id });
      this.change(into, {});
      return this.change(id, { state: 'merged', merged_into: into, clock: null, due: null });
    });
  }

  approvals(decision: number): string[] {
    return this.database
      .all<{ person: string }>(
        `SELECT person FROM approvals WHERE decision = ? AND answer = 'approve' ORDER BY at, person`,
        decision,
      )
      .map(({ person }) => person);
  }

  /** Second persons that a step needs here, and whether `doer` may make it. @throws Refusal saying why not */
  check(doer: Doer, row: CaseRow, { action: name, level }: Pick<Step, 'action' | 'level'>): number {
    const action = ACTIONS[name];
    if (!action.from.includes(row.state))
      throw new Refusal('refused', `a case in state ${row.state} cannot go on with ${name}`);
    if (!isAtLeast(doer.role, action.role)) throw new Refusal('forbidden', `this needs the role ${action.role}`);
    if (pendingOf(this.database, row.id) !== null)
      throw new Refusal('refused', 'a decision waits for a second person: it must be answered or withdrawn first');
    if (action.other && isSame(row.measure_by, doer.name))
      throw new Refusal('forbidden', 'who ordered the measure may not decide on the objection against it');
    if (name === 'lapse' && (row.due === null || row.due > this.database.now()))
      throw new Refusal('refused', 'the time to verify has not run out');
    if (name === 'reopen') this.refuseOther(row.id);
    if (action.level !== (level !== undefined))
      throw new Refusal('invalid', action.level ? 'say at which level the line is restored' : `${name} has no level`);
    if (['restrict', 'suspend', 'close'].includes(name)) refuseAllowed(this.database, membersOf(this.database, row.id));
    let needed = action.approvals;
    if (level !== undefined) {
      const { lifts, role, approvals } = RESTORATION[level];
      if (!lifts.includes(row.measure))
        throw new Refusal('refused', `${row.measure} cannot be lifted at the level ${level}`);
      if (!isAtLeast(doer.role, role)) throw new Refusal('forbidden', `the level ${level} needs the role ${role}`);
      needed = Math.max(needed, approvals);
    }
    const { approvals } = readSettings(this.database).settings;
    if (name === 'restrict' || name === 'suspend' || name === 'close') needed = Math.max(needed, approvals[name]);
    return doer === POLICY ? 0 : needed;
  }

  private open(
    doer: Doer,
    about: { kind: 'line' | 'gateway'; subject: string; run: number | null; score: number; tier: string },
    lines: readonly number[],
  ): CaseRow {
    const now = this.database.now();
    const { id } = this.database.run(
      `INSERT INTO cases (kind, subject, state, measure, version, opened, opened_by, updated, run, score, tier)
       VALUES (?, ?, 'lead', 'none', 1, ?, ?, ?, ?, ?, ?)`,
      about.kind,
      about.subject,
      now,
      doer.name,
      now,
      about.run,
      about.score,
      about.tier,
    );
    for (const line of lines)
      this.database.run('INSERT INTO case_lines (case_id, line, open) VALUES (?, ?, 1)', id, line);
    record(this.database, doer.actor, 'case.open', `case:${id}`, { subject: about.subject, lines: lines.length });
    mirror(this.database, id);
    return caseRow(this.database, id);
  }

  /** The case, where it stands as the caller saw it. */
  private current(id: number, version: number): CaseRow {
    const row = caseRow(this.database, id);
    if (row.version !== version)
      throw new Refusal('conflict', `case ${id} was changed meanwhile: it is ${row.state} now`, { current: row });
    return row;
  }

  private refuseOther(id: number): void {
    const other = this.database.get<{ case_id: number }>(
      `SELECT o.case_id FROM case_lines m JOIN case_lines o ON o.line = m.line AND o.open = 1 AND o.case_id <> m.case_id
       WHERE m.case_id = ?`,
      id,
    );
    if (other !== undefined)
      throw new Refusal('conflict', `its line has case ${other.case_id} by now`, { case: other.case_id });
  }

  private decision(id: number): DecisionRow {
    return this.database.get<DecisionRow>('SELECT * FROM decisions WHERE id = ?', id)!;
  }

  /** What a decision sets going: state, measure, orders, label, clock. */
  private apply(doer: Doer, row: CaseRow, decision: DecisionRow): CaseRow {
    const action = ACTIONS[decision.action];
    const members = membersOf(this.database, row.id);
    if (['restrict', 'suspend', 'close'].includes(decision.action)) refuseAllowed(this.database, members);
    const state = action.to === 'measure' ? STATE_OF_MEASURE[row.measure] : action.to;
    const now = this.database.now();
    this.database.run(`UPDATE decisions SET state = 'done', decided = ? WHERE id = ?`, now, decision.id);
    const orders =
      action.order === null || (action.order === 'restore' && row.measure === 'watch') ? 0 : members.length;
    if (orders > 0) this.order(row, decision, members);
    if (action.label !== null) this.label(row, decision, members);
    record(this.database, doer.actor, `case.${decision.action}`, `case:${row.id}`, {
      decision: decision.id,
      proposer: decision.proposer,
      approvals: this.approvals(decision.id),
      reason: decision.reason,
      comment: decision.comment,
      ...(decision.level === null ? {} : { level: decision.level }),
      from: row.state,
      to: state,
      orders,
    });
    const open = ENDED.includes(state) ? 0 : 1;
    this.database.run('UPDATE case_lines SET open = ? WHERE case_id = ?', open, row.id);
    return this.change(row.id, {
      state,
      ...(action.measure === null ? {} : { measure: action.measure, measure_by: decision.proposer }),
      level: decision.level ?? row.level,
      ...(action.clock === null ? { clock: null, due: null } : this.clock(action.clock)),
    });
  }

  private order(row: CaseRow, decision: DecisionRow, members: readonly MemberRow[]): void {
    const now = this.database.now();
    const action = ACTIONS[decision.action].order!;
    const desk = this.database.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'desk'`)!.value;
    // What nobody took yet must not be carried out after its undoing.
    if (action === 'restore')
      this.database.run(
        `UPDATE orders SET state = 'withdrawn', updated = ? WHERE case_id = ? AND state IN ('ready', 'refused')`,
        now,
        row.id,
      );
    const persons = JSON.stringify([decision.proposer, ...this.approvals(decision.id)]);
    for (const { id, line, imsi } of members) {
      // The same decision on the same line is the same order, however often it is exported.
      this.database.run(
        `INSERT INTO orders (id, case_id, decision, line, imsi, action, reason, approvals, state, created, updated)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'ready', ?, ?)`,
        `${desk}-${decision.id}-${id}`,
        row.id,
        decision.id,
        line,
        imsi,
        action,
        decision.reason,
        persons,
        now,
        now,
      );
    }
  }

  private label(row: CaseRow, decision: DecisionRow, members: readonly MemberRow[]): void {
    for (const { line, gateway, first_s, last_s } of members) {
      this.database.run(
        `INSERT INTO labels (line, from_s, until_s, label, gateway, case_id, person, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        line,
        first_s,
        last_s,
        ACTIONS[decision.action].label!,
        gateway === null ? '' : `#${gateway}`,
        row.id,
        decision.proposer,
        this.database.now(),
      );
    }
  }

  private clock(kind: 'verify' | 'approve' | 'answer'): Pick<CaseRow, 'clock' | 'due'> {
    const { clocks } = readSettings(this.database).settings;
    return { clock: kind, due: this.database.now() + Math.round(clocks[kind] * HOUR) };
  }

  /** Writes columns of a case, counts its version up, and tells its lines. */
  private change(id: number, columns: Partial<Omit<CaseRow, 'id' | 'version'>>): CaseRow {
    const names = Object.keys(columns) as (keyof typeof columns)[];
    this.database.run(
      `UPDATE cases SET ${names.map((name) => `${name} = ?, `).join('')}version = version + 1, updated = ? WHERE id = ?`,
      ...names.map((name) => columns[name] ?? null),
      this.database.now(),
      id,
    );
    mirror(this.database, id);
    return caseRow(this.database, id);
  }
}

/** Names of users differ by more than case. */
function isSame(a: string | null, b: string): boolean {
  return a !== null && a.toLowerCase() === b.toLowerCase();
}

/** Orders of a case, newest first. */
export function ordersOf(database: Database, id: number): OrderRow[] {
  return database.all<OrderRow>('SELECT * FROM orders WHERE case_id = ? ORDER BY created DESC, id', id);
}
