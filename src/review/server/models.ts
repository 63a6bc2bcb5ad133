import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { Model } from '../../forest/model.ts';
import { DEFAULT_MODEL, readModel } from '../../scan/judge/default-model.ts';
import { record } from '../../store/cases/audit.ts';
import type { Database } from '../../store/cases/database.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { Reply } from './api.ts';

interface ModelRow {
  id: string;
  name: string;
  added: number;
  person: string;
}

/** Model files of the desk, by the SHA-256 of each: which one scores, which ones did, which ones could. */
export class Models {
  private readonly database: Database;
  private readonly folder: string;
  private readonly read = new Map<string, Model>();

  constructor(database: Database, folder: string) {
    this.database = database;
    this.folder = folder;
    const text = readFileSync(DEFAULT_MODEL);
    const id = digest(text);
    // The model that comes with Catpool is there from the beginning; a newer one comes with a newer Catpool.
    if (!existsSync(this.path(id))) this.write(id, text);
    database.run(
      'INSERT INTO models (id, name, added, person) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
      id,
      'default',
      database.now(),
      'catpool',
    );
    if (this.version() === 0)
      database.run('INSERT INTO model_switches (model, at, person) VALUES (?, ?, ?)', id, database.now(), 'catpool');
    // A model that an older Catpool brought along, and this one cannot read, gives way to its own.
    else if (this.current() === null && this.isShipped(this.currentId()))
      database.transaction(() => this.put('catpool', 'catpool', id, 'model.switch'));
  }

  /** Counts the switches. */
  version(): number {
    return this.database.get<{ n: number }>('SELECT count(*) AS n FROM model_switches')!.n;
  }

  path(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  currentId(): string {
    return this.database.get<{ model: string }>('SELECT model FROM model_switches ORDER BY id DESC LIMIT 1')!.model;
  }

  /** The model that scores; null where this Catpool cannot read it. */
  current(): Model | null {
    try {
      return this.model(this.currentId());
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }

  private isShipped(id: string): boolean {
    return this.database.get(`SELECT 1 FROM models WHERE id = ? AND person = 'catpool'`, id) !== undefined;
  }

  /** @throws Refusal where there is none; UserError where its file is damaged */
  model(id: string): Model {
    let model = this.read.get(id);
    if (model === undefined) {
      if (this.database.get('SELECT 1 FROM models WHERE id = ?', id) === undefined)
        throw new Refusal('not_found', 'there is no such model');
      model = readModel(this.path(id));
      this.read.set(id, model);
    }
    return model;
  }

  list(): Reply<'models'> {
    const current = this.currentId();
    const rows = this.database.all<ModelRow>('SELECT * FROM models ORDER BY added DESC');
    const models = rows.flatMap((row) => {
      let model: Model;
      try {
        model = this.model(row.id);
      } catch (error) {
        // Of an older Catpool: it can no longer be used.
        if (error instanceof UserError) return [];
        throw error;
      }
      const { training, thresholds, prevalence } = model;
      return {
        ...row,
        current: row.id === current,
        simulated: training.simulated,
        rows: training.rows,
        positives: training.positives,
        prevalence,
        thresholds: thresholds.map(({ rate, score, reason }) => ({ rate, score, reason })),
      };
    });
    models.sort((a, b) => Number(b.current) - Number(a.current));
    return { models, version: this.version(), before: this.before() };
  }

  /** Takes a model file in. @throws UserError where it is none */
  add(actor: string, person: string, name: string, path: string): string {
    const text = readFileSync(path);
    readModel(path);
    const id = digest(text);
    this.write(id, text);
    this.database.transaction(() => {
      const { changes } = this.database.run(
        'INSERT INTO models (id, name, added, person) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
        id,
        name,
        this.database.now(),
        person,
      );
      if (changes > 0) record(this.database, actor, 'model.add', `model:${id}`, { name });
    });
    return id;
  }

  /** Scores with another model from now on. @throws Refusal where somebody switched meanwhile */
  switchTo(actor: string, person: string, id: string, version: number): void {
    this.model(id);
    this.database.transaction(() => {
      this.checkVersion(version);
      if (id === this.currentId()) throw new Refusal('refused', 'this model is the current one');
      this.put(actor, person, id, 'model.switch');
    });
  }

  /** Goes back to the model before the current one. */
  rollBack(actor: string, person: string, version: number): void {
    this.database.transaction(() => {
      this.checkVersion(version);
      const before = this.before();
      if (before === null) throw new Refusal('refused', 'there was no other model before');
      this.model(before);
      this.put(actor, person, before, 'model.roll-back');
    });
  }

  /** The model that was used before the current one; null where there was none. */
  private before(): string | null {
    const query = 'SELECT model FROM model_switches WHERE model <> ? ORDER BY id DESC LIMIT 1';
    return this.database.get<{ model: string }>(query, this.currentId())?.model ?? null;
  }

  private put(actor: string, person: string, id: string, action: string): void {
    const before = this.currentId();
    this.database.run(
      'INSERT INTO model_switches (model, at, person) VALUES (?, ?, ?)',
      id,
      this.database.now(),
      person,
    );
    record(this.database, actor, action, `model:${id}`, { before });
  }

  private checkVersion(version: number): void {
    if (version !== this.version())
      throw new Refusal('conflict', 'somebody switched the model meanwhile', { version: this.version() });
  }

  private write(id: string, text: Buffer): void {
    const part = `${this.path(id)}.part`;
    try {
      writeFileSync(part, text, { mode: 0o600 });
      renameSync(part, this.path(id));
    } finally {
      rmSync(part, { force: true });
    }
  }
}

function digest(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
