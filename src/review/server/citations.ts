import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { diskCalls, privateFolder, replaceFile } from '../../delivery/files.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import type { Desk } from './desk.ts';

/**
 * Tells the probes of a store which captures open cases rest on, so that retention spares them: one line `case line sha256` each, in a
 * file of this desk in `cited/` of the store. A case rests on the captures that its lines were seen in over the window of the verdicts
 * they had when it was opened; it does so until it is closed.
 */
export class Citations {
  private readonly desk: Desk;
  private readonly path: string;
  /** Names of captures by case and line. */
  private readonly cited = new Map<string, ReadonlySet<string>>();
  private written: string;

  constructor(desk: Desk) {
    this.desk = desk;
    const name = createHash('sha256').update(resolve(desk.options.folder)).digest('hex').slice(0, 12);
    this.path = join(desk.options.store, 'cited', `desk-${name}.txt`);
    this.written = existsSync(this.path) ? readFileSync(this.path, 'utf8') : '';
    const known = new Map<string, Set<string>>();
    for (const [, key, capture] of this.written.matchAll(/^(\d+ \d+) ([0-9a-f]{64})$/gm))
      known.set(key!, (known.get(key!) ?? new Set()).add(capture!));
    for (const [key, captures] of known) this.cited.set(key, captures);
  }

  /** Looks at which cases are open, and writes what has changed. @throws UserError where the store cannot be read or written */
  async renew(): Promise<void> {
    const { desk, cited } = this;
    const rows = desk.database.all<LineRow & { open_case: number }>(
      'SELECT lines.*, case_lines.case_id AS open_case FROM case_lines JOIN lines ON lines.id = case_lines.line WHERE case_lines.open = 1',
    );
    const open = new Set(rows.map(({ open_case, id }) => `${open_case} ${id}`));
    for (const key of [...cited.keys()]) if (!open.has(key)) cited.delete(key);
    for (const row of rows) {
      const key = `${row.open_case} ${row.id}`;
      if (cited.has(key)) continue;
      const { from, until } = desk.spanOf(row);
      const captures = new Set<string>();
      for (const { event } of await desk.eventsOf(row, from, until))
        for (const { sha256 } of [event.first_capture, event.last_capture]) if (sha256 !== '') captures.add(sha256);
      cited.set(key, captures);
      this.write();
    }
    this.write();
  }

  private write(): void {
    const lines = [...this.cited].flatMap(([key, captures]) => [...captures].map((capture) => `${key} ${capture}\n`));
    const text = lines.sort().join('');
    if (text === this.written) return;
    privateFolder(join(this.path, '..'));
    replaceFile(this.path, text, true, diskCalls);
    this.written = text;
  }
}
