import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES, type Route, type RouteName } from '../../src/review/server/api.ts';
import { isAtLeast, ROLES, type Role } from '../../src/store/cases/workflow.ts';
import { makeVerdicts, openDesk, PASSWORD, Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
const people = {} as Record<Role, Person>;

beforeAll(async () => {
  folder = scratch();
  await makeVerdicts(`${folder.path}/lake`, [verdictRow('8613800000001'), verdictRow('8613800000002', { gateway: 1 })]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  for (const role of ROLES) people[role] = await test.person(role, role);
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

const ALL = Object.entries(ROUTES) as [RouteName, Route][];
const GUARDED = ALL.filter(([, { role }]) => role !== null);
const CHANGES = GUARDED.filter(([, { method }]) => method !== 'GET');

/** The address of a route, each parameter replaced. */
function address({ url }: Route, value = '1'): string {
  return url.replace(/:\w+/g, encodeURIComponent(value));
}

function logged(): number {
  return test.desk.database.get<{ n: number }>('SELECT count(*) AS n FROM audit')!.n;
}

describe('every route', () => {
  it.each(GUARDED)('%s is closed to whoever is not signed in', async (_, route) => {
    const reply = await new Person(test.app).request({
      method: route.method,
      url: address(route),
      ...(route.body === undefined ? {} : { payload: {} }),
    });
    expect(reply.statusCode).toBe(401);
    expect(reply.json()).toMatchObject({ code: 'unauthenticated' });
  });

  it.each(GUARDED.filter(([, { role }]) => role !== 'viewer'))('%s is closed to lesser roles', async (_, route) => {
    for (const role of ROLES.filter((one) => !isAtLeast(one, route.role!))) {
      const reply = await people[role].request({
        method: route.method,
        url: address(route),
        ...(route.body === undefined ? {} : { payload: {} }),
      });
      expect([role, reply.statusCode]).toEqual([role, 403]);
      expect(reply.json()).toMatchObject({ code: 'forbidden' });
    }
  });

  it.each(CHANGES)('%s does nothing without the CSRF header, or with that of another session', async (_, route) => {
    const before = logged();
    const root = people.administrator;
    for (const csrf of ['', 'x', people.viewer.csrf!]) {
      const reply = await root.request({
        method: route.method,
        url: address(route),
        headers: { 'x-catpool-csrf': csrf },
        payload: {},
      });
      expect(reply.statusCode).toBe(403);
      expect(reply.json()).toMatchObject({ code: 'csrf' });
    }
    expect(logged()).toBe(before);
  });

  it.each(ALL)('%s answers to no other name than its own', async (_, route) => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:80', 'localhost@evil.example']) {
      const reply = await people.administrator.request({
        method: route.method,
        url: address(route),
        headers: { host },
      });
      expect([host, reply.statusCode]).toEqual([host, 403]);
    }
  });

  it.each(ALL.filter(([, { method }]) => method !== 'GET'))(
    '%s refuses requests that come from another site',
    async (_, route) => {
      for (const headers of [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { origin: 'http://localhost.evil.example' },
        { origin: 'http://localhost:1' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const reply = await people.administrator.request({ method: route.method, url: address(route), headers });
        expect([headers, reply.statusCode, reply.json().code]).toEqual([headers, 403, 'csrf']);
      }
    },
  );
});

/** What breaks out of SQL, paths, headers and pages where nobody looks. */
const NASTY = [
  "1' OR '1'='1",
  '1; DROP TABLE lines; --',
  '1 UNION SELECT password FROM users',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '\0',
  '%00',
  '-1',
  '0',
  '1e3',
  '99999999999999999999',
  'NaN',
  '{"$gt":0}',
  '<script>alert(1)</script>',
  '\r\nset-cookie: x=y',
  '__proto__',
  '𝕏'.repeat(60),
];

function fieldsOf(schema: Route['params']): string[] {
  return Object.keys(schema?.shape ?? {});
}

describe('what is put into parameters', () => {
  const tables = (): unknown =>
    test.desk.database.all('SELECT name, sql FROM sqlite_master WHERE name NOT LIKE ? ORDER BY name', 'sqlite_%');
  const secrets = /\$16\$|scrypt\$|root:x:0:0/;

  it.each(GUARDED.filter(([name]) => name !== 'events' && name !== 'logout'))(
    'of %s is taken as data or refused',
    async (name, route) => {
      const before = tables();
      const root = people.administrator;
      const names = fieldsOf(route.query);
      // Features of a line that is there take a process each.
      const plain = address(route, name === 'features' ? '999' : '1');
      for (const value of NASTY) {
        const query = names.map((name) => `${name}=${encodeURIComponent(value)}`);
        const urls = [
          ...(route.url.includes(':') ? [address(route, value)] : []),
          ...names.map((_, index) => `${plain}?${query[index]}`),
          `${plain}?${query.join('&')}&${encodeURIComponent(value)}=1`,
        ];
        for (const url of urls.filter(
          (one) => route.method === 'GET' || route.body !== undefined || one.includes('%'),
        )) {
          const payload = route.body === undefined ? undefined : nastyBody(value);
          const reply = await root.request({
            method: route.method,
            url,
            ...(payload === undefined ? {} : { payload }),
          });
          expect([url, reply.statusCode < 500, reply.statusCode]).toEqual([url, true, reply.statusCode]);
          expect(reply.body).not.toMatch(secrets);
          expect(reply.headers['x-content-type-options']).toBe('nosniff');
          expect(reply.cookies.map(({ name }) => name)).not.toContain('x');
          if (reply.statusCode >= 400)
            expect(reply.json()).toMatchObject({ code: expect.any(String), message: expect.any(String) });
        }
      }
      expect(tables()).toEqual(before);
    },
  );

  /** The value wherever a body has a place for it. */
  function nastyBody(value: string): object {
    return Object.fromEntries(
      [
        'name',
        'display',
        'role',
        'action',
        'version',
        'reason',
        'comment',
        'text',
        'number',
        'owner',
        'query',
        'lines',
        'answer',
        'kinds',
        'list',
        'key',
        '__proto__',
        'constructor',
      ].map((name) => [name, value]),
    );
  }

  it('cannot add fields to what is kept', async () => {
    const { status, body } = await people.administrator.post('/api/users', {
      name: 'mallory',
      display: 'M',
      role: 'viewer',
      password: null,
      id: 1,
      disabled: false,
    });
    expect([status, body]).toMatchObject([400, { code: 'invalid' }]);
  });
});

describe('signing in', () => {
  it('gives a new secret each time, and ends the session that came with it: none can be fixed beforehand', async () => {
    const visitor = new Person(test.app);
    visitor.cookies = { catpool_session: 'chosen-by-an-attacker' };
    const reply = await visitor.signIn('viewer');
    const cookie = reply.cookies.find(({ name }) => name === 'catpool_session')!;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie.value).not.toBe('chosen-by-an-attacker');
    expect(cookie.value.length).toBeGreaterThanOrEqual(43);
    const first = { ...visitor.cookies };
    await visitor.signIn('viewer');
    expect(visitor.cookies.catpool_session).not.toBe(first.catpool_session);
    const old = new Person(test.app);
    old.cookies = first;
    expect((await old.get<{ user: unknown }>('/api/session')).user).toBeNull();
  });

  it('ends with signing out, also for a copy of the cookie', async () => {
    const visitor = new Person(test.app);
    await visitor.signIn('viewer');
    const copy = new Person(test.app);
    copy.cookies = { ...visitor.cookies };
    expect((await visitor.post('/api/logout')).status).toBe(200);
    expect((await copy.request({ method: 'GET', url: '/api/lines' })).statusCode).toBe(401);
  });

  it('locks a name after five wrong passwords, whether it exists or not, and says the same of both', async () => {
    for (const name of ['approver', 'no-such-user']) {
      const visitor = new Person(test.app);
      const replies = [];
      for (let i = 0; i < 5; i++) replies.push(await visitor.signIn(name, 'wrong password'));
      expect(replies.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401, 401]);
      const locked = await visitor.signIn(name, PASSWORD);
      expect([locked.statusCode, locked.json().code]).toEqual([429, 'locked']);
    }
    test.clock.now += 15 * 60_000;
    expect((await new Person(test.app).signIn('approver')).statusCode).toBe(200);
  });

  it('is not possible for a disabled user, whose sessions and tokens end at once', async () => {
    const eve = await test.person('eve', 'investigator');
    const { body: token } = await eve.post<{ secret: string }>('/api/tokens', {
      name: 'script',
      role: 'investigator',
      expires: null,
    });
    const script = (): Promise<number> =>
      new Person(test.app)
        .request({ method: 'GET', url: '/api/lines', headers: { authorization: `Bearer ${token.secret}` } })
        .then(({ statusCode }) => statusCode);
    expect(await script()).toBe(200);
    const { id } = test.desk.people.byName('eve')!;
    expect((await people.administrator.send('PATCH', `/api/users/${id}`, { disabled: true })).status).toBe(200);
    expect((await eve.request({ method: 'GET', url: '/api/lines' })).statusCode).toBe(401);
    expect(await script()).toBe(401);
    expect((await new Person(test.app).signIn('eve')).statusCode).toBe(401);
  });

  it('is limited in rate', async () => {
    const own = scratch();
    const slow = await openDesk(`${folder.path}/lake`, own.path, { rates: { all: 1000, login: 3 } });
    const codes = [];
    for (let i = 0; i < 5; i++) codes.push((await new Person(slow.app).signIn(`n${i}`, 'x')).statusCode);
    expect(codes).toEqual([401, 401, 401, 429, 429]);
    await slow.close();
    own.remove();
  });
});

describe('the first user', () => {
  it('is made once, by who has the printed address, however often he opens it before', async () => {
    const own = scratch();
    const fresh = await openDesk(`${folder.path}/lake`, own.path);
    const token = fresh.guard.makeToken()!;
    const setup = { name: 'first', display: 'First', password: PASSWORD };
    const stranger = new Person(fresh.app);
    expect((await stranger.post('/api/setup', setup)).status).toBe(403);
    expect((await stranger.request({ method: 'GET', url: '/open?token=wrong' })).statusCode).toBe(403);
    const owner = new Person(fresh.app);
    const opened = await owner.request({ method: 'GET', url: `/open?token=${token}` });
    expect([opened.statusCode, opened.headers.location]).toEqual([303, '/']);
    expect(opened.cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    // Whoever closes the page before the user is made has not spent the address.
    const again = new Person(fresh.app);
    expect((await again.request({ method: 'GET', url: `/open?token=${token}` })).statusCode).toBe(303);
    expect((await again.get('/api/session')).setup).toBe(true);
    const session = await owner.get<{ setup: boolean; csrf: string }>('/api/session');
    expect(session.setup).toBe(true);
    expect((await owner.post('/api/setup', setup)).body).toMatchObject({ code: 'csrf' });
    owner.csrf = session.csrf;
    const before = owner.cookies.catpool_setup;
    expect((await owner.post('/api/setup', setup)).body).toMatchObject({
      user: { name: 'first', role: 'administrator' },
    });
    const late = new Person(fresh.app);
    late.cookies = { catpool_setup: before! };
    late.csrf = session.csrf;
    expect((await late.post('/api/setup', { ...setup, name: 'second' })).status).toBe(403);
    // With a user there it leads to the pages, as any address does, and gives nothing.
    const spent = await stranger.request({ method: 'GET', url: `/open?token=${token}` });
    expect([spent.statusCode, spent.headers.location, spent.cookies]).toEqual([303, '/', []]);
    expect((await stranger.get('/api/session')).setup).toBe(false);
    expect(fresh.guard.makeToken()).toBeNull();
    await fresh.close();
    own.remove();
  });
});

describe('a token', () => {
  it('does no more than its role, needs no CSRF header, and makes no further ones', async () => {
    const root = people.administrator;
    const { body } = await root.post<{ id: number; secret: string }>('/api/tokens', {
      name: 'reader',
      role: 'viewer',
      expires: null,
    });
    const script = new Person(test.app);
    const headers = { authorization: `Bearer ${body.secret}` };
    expect((await script.request({ method: 'GET', url: '/api/lines', headers })).statusCode).toBe(200);
    expect(
      (await script.request({ method: 'POST', url: '/api/cases', headers, payload: { line: 1 } })).json(),
    ).toMatchObject({ code: 'forbidden' });
    expect(
      (await script.request({ method: 'POST', url: '/api/views', headers, payload: { name: 'v', query: '' } }))
        .statusCode,
    ).toBe(200);
    const more = { name: 'more', role: 'viewer', expires: null };
    expect((await script.request({ method: 'POST', url: '/api/tokens', headers, payload: more })).statusCode).toBe(403);
    await root.send('DELETE', `/api/tokens/${body.id}`);
    expect((await script.request({ method: 'GET', url: '/api/lines', headers })).statusCode).toBe(401);
    expect((await people.viewer.post('/api/tokens', { ...more, role: 'approver' })).status).toBe(403);
  });
});

describe('a proxy that signs users in', () => {
  it('is believed only with its secret, and still needs the CSRF header', async () => {
    const own = scratch();
    const secret = 'a secret of thirty characters.';
    const behind = await openDesk(`${folder.path}/lake`, own.path, { proxy: { header: 'x-remote-user', secret } });
    behind.desk.people.add('root', { name: 'gil', display: 'Gil', role: 'investigator', password: null });
    const ask = (headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') =>
      behind.app.inject({ method, url: '/api/cases', headers, ...(method === 'POST' ? { payload: { line: 1 } } : {}) });
    expect((await ask({ 'x-remote-user': 'gil' })).statusCode).toBe(401);
    expect((await ask({ 'x-remote-user': 'gil', 'x-catpool-proxy': 'guess' })).statusCode).toBe(401);
    const headers = { 'x-remote-user': 'gil', 'x-catpool-proxy': secret };
    expect((await ask({ ...headers, 'x-remote-user': 'nobody' })).statusCode).toBe(401);
    expect((await ask(headers)).statusCode).toBe(200);
    expect((await ask(headers, 'POST')).json()).toMatchObject({ code: 'csrf' });
    const session = await behind.app.inject({ method: 'GET', url: '/api/session', headers });
    expect((await ask({ ...headers, 'x-catpool-csrf': session.json().csrf }, 'POST')).statusCode).toBe(200);
    await behind.close();
    own.remove();
  });
});

describe('every answer', () => {
  it('forbids scripts that are not its own, frames, sniffing and keeping', async () => {
    for (const url of ['/', '/api/session', '/nothing', '/api/nothing', '/assets/../../package.json']) {
      const { headers } = await people.viewer.request({ method: 'GET', url });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
      if (url.startsWith('/api/')) expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('of the OpenAPI document names every route, and is for those who are signed in', async () => {
    expect((await new Person(test.app).request({ method: 'GET', url: '/api/openapi.json' })).statusCode).toBe(401);
    const document = await people.viewer.get<{ paths: Record<string, Record<string, unknown>> }>('/api/openapi.json');
    for (const [, { method, url }] of ALL)
      expect(document.paths[url.replace(/:(\w+)/g, '{$1}')]).toHaveProperty(method.toLowerCase());
  });
});
