import { createHash, randomBytes } from 'node:crypto';
import { isDiskTrouble } from '../../base/disk-trouble.ts';
import { record } from './audit.ts';
import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';
import { isAtLeast, type Role } from './workflow.ts';

export interface User {
  id: number;
  name: string;
  display: string;
  role: Role;
  disabled: boolean;
  created: number;
}

export interface NewUser {
  name: string;
  display: string;
  role: Role;
  /** Digest, made by the caller; null: comes in by a trusted proxy alone. */
  password: string | null;
}

export interface ApiToken {
  id: number;
  name: string;
  /** Name of its owner. */
  user: string;
  role: Role;
  created: number;
  expires: number | null;
  revoked: number | null;
}

interface UserRow extends Omit<User, 'disabled'> {
  disabled: number;
  password: string | null;
}

/** Wrong passwords before a name is locked, and for how long, ms. */
const TRIES = 5;
const LOCK_MS = 15 * 60_000;
/** A session ends after this long, and after so long without use, ms. */
const SESSION_MS = 12 * 3_600_000;
const IDLE_MS = 60 * 60_000;
const SEEN_MS = 60_000;
const SESSIONS_A_USER = 20;

/** Users, their sessions and their tokens. Secrets are kept as SHA-256: they are long and random. */
export class People {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  list(): User[] {
    return this.database.all<UserRow>('SELECT * FROM users ORDER BY name').map(userOf);
  }

  count(): number {
    return this.database.get<{ n: number }>('SELECT count(*) AS n FROM users')!.n;
  }

  byId(id: number): User | null {
    const row = this.database.get<UserRow>('SELECT * FROM users WHERE id = ?', id);
    return row === undefined ? null : userOf(row);
  }

  byName(name: string): (User & { password: string | null }) | null {
    const row = this.database.get<UserRow>('SELECT * FROM users WHERE name = ?', name);
    return row === undefined ? null : { ...userOf(row), password: row.password };
  }

  /** @throws Refusal where the name is taken */
  add(actor: string, { name, display, role, password }: NewUser): User {
    return this.database.transaction(() => {
      if (this.byName(name) !== null) throw new Refusal('conflict', `there is a user ${name} already`);
      const { id } = this.database.run(
        'INSERT INTO users (name, display, role, password, created) VALUES (?, ?, ?, ?, ?)',
        name,
        display,
        role,
        password,
        this.database.now(),
      );
      record(this.database, actor, 'user.add', `user:${id}`, { name, role });
      return this.byId(id)!;
    });
  }

  /** The very first user, an administrator. @throws Refusal where there are users */
  addFirst(user: Omit<NewUser, 'role'>): User {
    return this.database.transaction(() => {
      if (this.count() > 0) throw new Refusal('forbidden', 'there are users already: sign in');
      return this.add(user.name, { ...user, role: 'administrator' });
    });
  }

  /** Changes a user; whoever was signed in under it is so no longer. */
  change(actor: string, id: number, change: Partial<Omit<NewUser, 'name'> & { disabled: boolean }>): User {
    return this.database.transaction(() => {
      const before = this.byId(id);
      if (before === null) throw new Refusal('not_found', 'no such user');
      const after = { ...before, ...change };
      const leaves = before.role === 'administrator' && (after.role !== 'administrator' || after.disabled);
      if (leaves && !before.disabled && this.administrators() === 1)
        throw new Refusal('refused', 'the last administrator must stay one');
      this.database.run(
        'UPDATE users SET display = ?, role = ?, disabled = ? WHERE id = ?',
        after.display,
        after.role,
        after.disabled ? 1 : 0,
        id,
      );
      if (change.password !== undefined)
        this.database.run('UPDATE users SET password = ? WHERE id = ?', change.password, id);
      if (change.role !== undefined || change.disabled !== undefined || change.password !== undefined)
        this.database.run('DELETE FROM sessions WHERE user = ?', id);
      if (after.disabled)
        this.database.run('UPDATE tokens SET revoked = ? WHERE user = ? AND revoked IS NULL', this.database.now(), id);
      const { password, ...told } = change;
      record(this.database, actor, 'user.change', `user:${id}`, {
        ...told,
        ...(password === undefined ? {} : { password: 'changed' }),
      });
      return this.byId(id)!;
    });
  }

  private administrators(): number {
    return this.database.get<{ n: number }>(
      `SELECT count(*) AS n FROM users WHERE role = 'administrator' AND disabled = 0`,
    )!.n;
  }

  /** Until when a name is locked, ms; null where it is not. */
  lockedUntil(name: string): number | null {
    const row = this.database.get<{ count: number; last: number }>(
      'SELECT count, last FROM failures WHERE name = ?',
      name,
    );
    if (row === undefined || row.count < TRIES || row.last + LOCK_MS <= this.database.now()) return null;
    return row.last + LOCK_MS;
  }

  /** Notes a wrong password; names that do not exist are locked like those that do. */
  failed(name: string, remote: string): void {
    const now = this.database.now();
    this.database.transaction(() => {
      this.database.run('DELETE FROM failures WHERE last <= ?', now - LOCK_MS);
      this.database.run(
        `INSERT INTO failures (name, count, last) VALUES (?, 1, ?)
         ON CONFLICT (name) DO UPDATE SET count = count + 1, last = excluded.last`,
        name,
        now,
      );
      record(this.database, 'nobody', 'session.refused', 'desk', { name, remote });
    });
  }

  /** Forgets wrong passwords. */
  unlock(name: string): void {
    this.database.run('DELETE FROM failures WHERE name = ?', name);
  }

  /** Opens a session under a new secret; wrong passwords before it are forgotten. */
  signIn(user: User, remote: string): { secret: string; csrf: string } {
    const secret = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    const now = this.database.now();
    this.database.transaction(() => {
      this.database.run('DELETE FROM failures WHERE name = ?', user.name);
      this.database.run('DELETE FROM sessions WHERE created <= ? OR seen <= ?', now - SESSION_MS, now - IDLE_MS);
      this.database.run(
        `DELETE FROM sessions WHERE user = ? AND hash NOT IN
         (SELECT hash FROM sessions WHERE user = ? ORDER BY seen DESC LIMIT ${SESSIONS_A_USER - 1})`,
        user.id,
        user.id,
      );
      this.database.run(
        'INSERT INTO sessions (hash, user, csrf, created, seen) VALUES (?, ?, ?, ?, ?)',
        digest(secret),
        user.id,
        csrf,
        now,
        now,
      );
      record(this.database, user.name, 'session.open', `user:${user.id}`, { remote });
    });
    return { secret, csrf };
  }

  /** Who a session's secret stands for; null where it has ended. */
  session(secret: string): { user: User; csrf: string } | null {
    const hash = digest(secret);
    const row = this.database.get<{ user: number; csrf: string; created: number; seen: number }>(
      'SELECT user, csrf, created, seen FROM sessions WHERE hash = ?',
      hash,
    );
    const now = this.database.now();
    if (row === undefined || row.created <= now - SESSION_MS || row.seen <= now - IDLE_MS) return null;
    const user = this.byId(row.user);
    if (user === null || user.disabled) return null;
    if (row.seen <= now - SEEN_MS) this.seen(hash, now);
    return { user, csrf: row.csrf };
  }

  /** Notes that a session is used. On a disk that takes no more it is not: whoever reads goes on reading. */
  private seen(hash: string, now: number): void {
    try {
      this.database.run('UPDATE sessions SET seen = ? WHERE hash = ?', now, hash);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
    }
  }

  signOut(actor: string, secret: string): void {
    this.database.transaction(() => {
      const { changes } = this.database.run('DELETE FROM sessions WHERE hash = ?', digest(secret));
      if (changes > 0) record(this.database, actor, 'session.close', 'desk');
    });
  }

  tokens(user: User): ApiToken[] {
    const all = isAtLeast(user.role, 'administrator') ? 1 : 0;
    return this.database.all<ApiToken>(
      `SELECT t.id, t.name, u.name AS user, t.role, t.created, t.expires, t.revoked FROM tokens t
       JOIN users u ON u.id = t.user WHERE ? = 1 OR t.user = ? ORDER BY t.id`,
      all,
      user.id,
    );
  }

  /** @returns the token's secret, which is shown once */
  addToken(owner: User, name: string, role: Role, expires: number | null): { id: number; secret: string } {
    if (!isAtLeast(owner.role, role)) throw new Refusal('forbidden', 'a token may do no more than its owner');
    const secret = `cp_${randomBytes(32).toString('base64url')}`;
    return this.database.transaction(() => {
      const { id } = this.database.run(
        'INSERT INTO tokens (hash, name, user, role, created, expires) VALUES (?, ?, ?, ?, ?, ?)',
        digest(secret),
        name,
        owner.id,
        role,
        this.database.now(),
        expires,
      );
      record(this.database, owner.name, 'token.add', `token:${id}`, { name, role });
      return { id, secret };
    });
  }

  revokeToken(user: User, id: number): void {
    this.database.transaction(() => {
      if (!this.tokens(user).some((token) => token.id === id)) throw new Refusal('not_found', 'no such token');
      this.database.run('UPDATE tokens SET revoked = ? WHERE id = ? AND revoked IS NULL', this.database.now(), id);
      record(this.database, user.name, 'token.revoke', `token:${id}`);
    });
  }

  /** Who a token stands for: its owner, with the lesser of both roles. */
  token(secret: string): { user: User; name: string } | null {
    const row = this.database.get<{ user: number; name: string; role: Role; expires: number | null }>(
      'SELECT user, name, role, expires FROM tokens WHERE hash = ? AND revoked IS NULL',
      digest(secret),
    );
    if (row === undefined || (row.expires !== null && row.expires <= this.database.now())) return null;
    const user = this.byId(row.user);
    if (user === null || user.disabled) return null;
    return { user: isAtLeast(user.role, row.role) ? { ...user, role: row.role } : user, name: row.name };
  }

  /** Lets a user see the numbers of some lines for a while; the log keeps why. */
  unmask(user: User, actor: string, lines: readonly number[], reason: string, subject: string, ms: number): number {
    const until = this.database.now() + ms;
    this.database.transaction(() => {
      this.database.run('DELETE FROM unmasked WHERE until <= ?', this.database.now());
      for (const line of lines) {
        this.database.run(
          'INSERT INTO unmasked (user, line, until) VALUES (?, ?, ?) ON CONFLICT (user, line) DO UPDATE SET until = excluded.until',
          user.id,
          line,
          until,
        );
      }
      record(this.database, actor, 'unmask', subject, { reason, lines });
    });
    return until;
  }

  /** Lines whose numbers a user may see now. */
  unmaskedLines(user: User): Set<number> {
    const rows = this.database.all<{ line: number }>(
      'SELECT line FROM unmasked WHERE user = ? AND until > ?',
      user.id,
      this.database.now(),
    );
    return new Set(rows.map(({ line }) => line));
  }

  views(user: User): { id: number; name: string; query: string }[] {
    return this.database.all('SELECT id, name, query FROM views WHERE user = ? ORDER BY name', user.id);
  }

  saveView(user: User, actor: string, name: string, query: string): void {
    this.database.transaction(() => {
      this.database.run(
        'INSERT INTO views (user, name, query) VALUES (?, ?, ?) ON CONFLICT (user, name) DO UPDATE SET query = excluded.query',
        user.id,
        name,
        query,
      );
      record(this.database, actor, 'view.save', `user:${user.id}`, { name });
    });
  }

  removeView(user: User, actor: string, id: number): void {
    this.database.transaction(() => {
      const { changes } = this.database.run('DELETE FROM views WHERE id = ? AND user = ?', id, user.id);
      if (changes === 0) throw new Refusal('not_found', 'there is no such saved query');
      record(this.database, actor, 'view.remove', `user:${user.id}`, { view: id });
    });
  }
}

function userOf({ id, name, display, role, disabled, created }: UserRow): User {
  return { id, name, display, role, disabled: disabled !== 0, created };
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
