import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { People, User } from '../../store/cases/people.ts';
import { isAtLeast } from '../../store/cases/workflow.ts';
import type { ApiError, Route } from './api.ts';

/** Who makes a request. */
export interface Who {
  user: User;
  /** As the audit log names it. */
  actor: string;
  via: 'session' | 'token' | 'proxy';
  csrf: string | null;
  /** Of the session. */
  secret: string | null;
}

/** A request that is not let in. */
export class Unwelcome extends Error {
  override name = 'Unwelcome';
  readonly status: number;
  readonly code: ApiError['code'];
  readonly details: Record<string, unknown>;

  constructor(status: number, code: ApiError['code'], message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export interface GuardOptions {
  /** Names that the desk may be called by, besides those of the loopback. */
  hosts: readonly string[];
  /** Cookies go over TLS only. */
  secure: boolean;
  /** A proxy that signs users in: it names the user in `header`, and proves itself by `secret` in `x-catpool-proxy`. */
  proxy: { secret: string; header: string } | null;
}

const SESSION = 'catpool_session';
const SETUP = 'catpool_setup';
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Lets requests in, or not: by Host, Origin, session or token, CSRF header and role. */
export class Guard {
  private readonly people: People;
  private readonly options: GuardOptions;
  private readonly hosts: ReadonlySet<string>;
  /** For CSRF tokens of users that a proxy signs in. */
  private readonly key = randomBytes(32);
  /** SHA-256 of the token of the first-user address; null where it was never made. */
  private token: Buffer | null = null;
  /** What browsers that opened the first-user address have, each of them the same: it serves once. */
  private setup: { secret: string; csrf: string } | null = null;

  constructor(people: People, options: GuardOptions) {
    this.people = people;
    this.options = options;
    this.hosts = new Set([...LOOPBACK, ...options.hosts].map((name) => name.toLowerCase()));
  }

  /** A token for the address by which the first user is made; null where there are users. */
  makeToken(): string | null {
    if (this.people.count() > 0) return null;
    const token = randomBytes(24).toString('base64url');
    this.token = digest(token);
    return token;
  }

  /**
   * Exchanges the token of the first-user address for a cookie, as often as it is opened until there is a user: whoever closes the
   * page too soon opens it again.
   *
   * @returns whether to go to the pages, which ask to sign in where there are users
   */
  open(token: string, reply: FastifyReply): boolean {
    if (this.people.count() > 0) return true;
    if (this.token === null || !timingSafeEqual(digest(token), this.token)) return false;
    this.setup ??= { secret: randomBytes(32).toString('base64url'), csrf: randomBytes(32).toString('base64url') };
    this.setCookie(reply, SETUP, this.setup.secret);
    return true;
  }

  /** CSRF token of the browser that may make the first user; null for any other. */
  setupOf(request: FastifyRequest): string | null {
    const secret = request.cookies[SETUP];
    if (this.setup === null || secret === undefined || this.people.count() > 0) return null;
    return timingSafeEqual(digest(secret), digest(this.setup.secret)) ? this.setup.csrf : null;
  }

  /** Checks name and origin of any request. @throws Unwelcome */
  checkAddress({ headers, method }: Pick<FastifyRequest, 'headers' | 'method'>): void {
    const host = headers.host ?? '';
    const name = host.replace(/:\d+$/, '').toLowerCase();
    if (!this.hosts.has(name)) throw new Unwelcome(403, 'forbidden', 'this desk is not called by that name');
    if (method === 'GET' || method === 'HEAD') return;
    const { origin } = headers;
    if (origin !== undefined && hostOf(origin) !== host.toLowerCase())
      throw new Unwelcome(403, 'csrf', 'the request comes from another site');
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new Unwelcome(403, 'csrf', 'the request comes from another site');
  }

  /** Who makes a request; null: nobody that is known. */
  who({ headers, cookies }: FastifyRequest): Who | null {
    const bearer = /^Bearer ([\w-]{1,200})$/.exec(headers.authorization ?? '')?.[1];
    if (headers.authorization !== undefined) {
      const found = bearer === undefined ? null : this.people.token(bearer);
      if (found === null) return null;
      return {
        user: found.user,
        actor: `${found.user.name} (token ${found.name})`,
        via: 'token',
        csrf: null,
        secret: null,
      };
    }
    const proxied = this.proxied(headers);
    if (proxied !== null) return proxied;
    const secret = cookies[SESSION];
    const session = secret === undefined ? null : this.people.session(secret);
    if (secret === undefined || session === null) return null;
    return { user: session.user, actor: session.user.name, via: 'session', csrf: session.csrf, secret };
  }

  /** @throws Unwelcome where `who` may not use the route, or does not prove that the request is his own */
  check(route: Route, who: Who | null, { headers }: Pick<FastifyRequest, 'headers'>): void {
    if (route.role === null) return;
    if (who === null) throw new Unwelcome(401, 'unauthenticated', 'sign in first');
    if (route.method !== 'GET' && who.via !== 'token' && !this.isCsrf(who.csrf, headers['x-catpool-csrf']))
      throw new Unwelcome(403, 'csrf', 'the header x-catpool-csrf is missing or not that of this session');
    if (!isAtLeast(who.user.role, route.role))
      throw new Unwelcome(403, 'forbidden', `this needs the role ${route.role}`, { role: route.role });
  }

  isCsrf(wanted: string | null, given: string | string[] | undefined): boolean {
    return wanted !== null && typeof given === 'string' && timingSafeEqual(digest(given), digest(wanted));
  }

  /** Opens a session under a new secret; the one that the browser came with ends. */
  signIn(user: User, request: FastifyRequest, reply: FastifyReply): string {
    const before = request.cookies[SESSION];
    if (before !== undefined) this.people.signOut(user.name, before);
    const { secret, csrf } = this.people.signIn(user, request.ip);
    this.setCookie(reply, SESSION, secret);
    reply.clearCookie(SETUP, { path: '/' });
    return csrf;
  }

  signOut(who: Who, reply: FastifyReply): void {
    if (who.secret !== null) this.people.signOut(who.actor, who.secret);
    reply.clearCookie(SESSION, { path: '/' });
  }

  private proxied(headers: FastifyRequest['headers']): Who | null {
    const { proxy } = this.options;
    const given = headers['x-catpool-proxy'];
    if (proxy === null || typeof given !== 'string' || !timingSafeEqual(digest(given), digest(proxy.secret)))
      return null;
    const name = headers[proxy.header];
    const user = typeof name === 'string' ? this.people.byName(name) : null;
    if (user === null || user.disabled) return null;
    const csrf = createHmac('sha256', this.key).update(user.name).digest('base64url');
    return { user, actor: `${user.name} (proxy)`, via: 'proxy', csrf, secret: null };
  }

  private setCookie(reply: FastifyReply, name: string, value: string): void {
    reply.setCookie(name, value, { path: '/', httpOnly: true, sameSite: 'strict', secure: this.options.secure });
  }
}

/** Compared in place of secrets: all of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return null;
  }
}
