import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { diskCalls, privateFolder, replaceFile } from '../../delivery/files.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import type { Desk } from './desk.ts';
import { theLine } from './line-handlers.ts';
import { eachEventOf } from './victims.ts';

/** Lines whose events are gone through at once. */
const AT_ONCE = 200;

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
    const open = desk.database.all<{ open_case: number; line: number }>(
      'SELECT case_id AS open_case, line FROM case_lines WHERE open = 1 ORDER BY case_id, line',
    );
    const keys = new Set(open.map(keyOf));
    for (const key of [...cited.keys()]) if (!keys.has(key)) cited.delete(key);
    const fresh = open.filter((one) => !cited.has(keyOf(one)));
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      await this.cite(fresh.slice(at, at + AT_ONCE));
      this.write();
      // Where there are no events to wait for, whoever asks for pages has his turn all the same.
      await new Promise((others) => setImmediate(others));
    }
    this.write();
  }

  /** Finds the captures of some lines, those of one window in one pass over its events. */
  private async cite(some: readonly { open_case: number; line: number }[]): Promise<void> {
    const { desk } = this;
    const windows = new Map<string, { from: number; until: number; rows: Map<number, LineRow> }>();
    const found = new Map<number, Set<string>>();
    const between = new Map<string, ReturnType<typeof desk.store.between>>();
    for (const { line } of some) {
      const row = theLine(desk, line);
      const span = desk.spanOf(row);
      const key = `${span.from} ${span.until}`;
      const window = windows.get(key) ?? { ...span, rows: new Map() };
      windows.set(key, window);
      window.rows.set(line, row);
      found.set(line, new Set());
    }
    for (const { from, until, rows } of windows.values())
      await eachEventOf(desk.store, [...rows.values()], from, until, ({ id }, event) => {
        const feed = between.get(event.feed) ?? desk.store.between(event.feed);
        between.set(event.feed, feed);
        for (const sha256 of feed(event)) if (sha256 !== '') found.get(id)!.add(sha256);
      });
    for (const one of some) this.cited.set(keyOf(one), found.get(one.line)!);
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

function keyOf({ open_case, line }: { open_case: number; line: number }): string {
  return `${open_case} ${line}`;
}
