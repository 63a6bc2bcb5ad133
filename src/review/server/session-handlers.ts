import { readFileSync } from 'node:fs';
import type { FastifyRequest } from 'fastify';
import type { User } from '../../store/cases/people.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { Session } from './api.ts';
import type { Desk } from './desk.ts';
import { type Guard, Unwelcome, type Who } from './guard.ts';
import type { Handlers } from './handler.ts';
import { checkPassword, hashPassword } from './password.ts';

type Names =
  | 'session'
  | 'login'
  | 'setup'
  | 'logout'
  | 'changePassword'
  | 'events'
  | 'views'
  | 'saveView'
  | 'removeView'
  | 'unmask'
  | 'users'
  | 'addUser'
  | 'changeUser'
  | 'tokens'
  | 'addToken'
  | 'revokeToken';

const VERSION = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** Who is there: sessions, users, tokens, what a user has for himself. */
export function sessionHandlers(desk: Desk, guard: Guard): Handlers<Names> {
  const { people } = desk;
  const sessionOf = (request: FastifyRequest, who: Who | null): Session => {
    const setup = guard.setupOf(request);
    return {
      user: who?.user ?? null,
      csrf: who?.csrf ?? setup,
      setup: setup !== null,
      proxy: who?.via === 'proxy',
      version: VERSION,
    };
  };
  const signedIn = (user: User, csrf: string): Session => ({
    user,
    csrf,
    setup: false,
    proxy: false,
    version: VERSION,
  });
  const viewsOf = (who: Who) => ({ items: people.views(who.user) });

  return {
    session: ({ request, who }) => sessionOf(request, who),

    login: async ({ body: { name, password }, request, reply }) => {
      const until = people.lockedUntil(name);
      if (until !== null) throw new Unwelcome(429, 'locked', 'too many wrong passwords: try again later', { until });
      const user = people.byName(name);
      const right = await checkPassword(password, user?.password ?? null);
      if (user === null || !right || user.disabled) {
        people.failed(name, request.ip);
        throw new Unwelcome(401, 'unauthenticated', 'name or password is wrong');
      }
      // Tries that ran beside this one may have locked the name meanwhile.
      if (people.lockedUntil(name) !== null)
        throw new Unwelcome(429, 'locked', 'too many wrong passwords: try again later');
      const { password: _password, ...known } = user;
      return signedIn(known, guard.signIn(known, request, reply));
    },

    setup: async ({ body: { name, display, password }, request, reply }) => {
      const csrf = guard.setupOf(request);
      if (csrf === null) throw new Unwelcome(403, 'forbidden', 'open the address that was printed first');
      if (!guard.isCsrf(csrf, request.headers['x-catpool-csrf']))
        throw new Unwelcome(403, 'csrf', 'the header x-catpool-csrf is missing or not that of this session');
      const user = people.addFirst({ name, display, password: await hashPassword(password) });
      return signedIn(user, guard.signIn(user, request, reply));
    },

    logout: ({ who, reply }) => {
      guard.signOut(who, reply);
      return { ok: true as const };
    },

    changePassword: async ({ who, body: { old, password }, request, reply }) => {
      if (who.via !== 'session') throw new Refusal('forbidden', 'sign in with the password to change it');
      const known = people.byName(who.user.name);
      if (people.lockedUntil(who.user.name) !== null)
        throw new Unwelcome(429, 'locked', 'too many wrong passwords: try again later');
      if (known === null || !(await checkPassword(old, known.password))) {
        people.failed(who.user.name, request.ip);
        throw new Refusal('forbidden', 'the old password is wrong');
      }
      const user = people.change(who.actor, who.user.id, { password: await hashPassword(password) });
      return signedIn(user, guard.signIn(user, request, reply));
    },

    events: ({ who, request, reply }) => {
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      desk.hub.listen(who.user.id, reply.raw, () => guard.who(request) !== null);
      return reply;
    },

    views: ({ who }) => viewsOf(who),
    saveView: ({ who, body: { name, query } }) => {
      people.saveView(who.user, who.actor, name, query);
      return viewsOf(who);
    },
    removeView: ({ who, params: { view } }) => {
      people.removeView(who.user, who.actor, view);
      return viewsOf(who);
    },

    unmask: ({ who, body: { lines, reason } }) => {
      const rows = lines.map((id) => {
        const row = desk.database.get<{ id: number; line: string }>('SELECT id, line FROM lines WHERE id = ?', id);
        if (row === undefined) throw new Refusal('not_found', 'there is no such line');
        return row;
      });
      const minutes = desk.automatic.settings().unmask_minutes;
      const subject = lines.length === 1 ? `line:${lines[0]}` : 'lines';
      const until = people.unmask(who.user, who.actor, lines, reason, subject, minutes * 60_000);
      return { until, lines: rows };
    },

    users: () => ({ items: people.list() }),
    addUser: async ({ who, body: { name, display, role, password } }) =>
      people.add(who.actor, { name, display, role, password: password === null ? null : await hashPassword(password) }),
    changeUser: async ({ who, params: { user }, body: { password, ...change } }) =>
      people.change(who.actor, user, {
        ...given(change),
        ...(password === undefined ? {} : { password: await hashPassword(password) }),
      }),

    tokens: ({ who }) => ({ items: people.tokens(who.user) }),
    addToken: ({ who, body: { name, role, expires } }) => {
      if (who.via === 'token') throw new Refusal('forbidden', 'a token makes no tokens: sign in');
      return people.addToken(who.user, name, role, expires);
    },
    revokeToken: ({ who, params: { token } }) => {
      people.revokeToken(who.user, token);
      return { items: people.tokens(who.user) };
    },
  };
}

/** Without what was left out. */
function given<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
