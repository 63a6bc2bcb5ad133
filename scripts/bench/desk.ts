import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/review/server/app.ts';
import { Desk } from '../../src/review/server/desk.ts';
import { hashPassword } from '../../src/review/server/password.ts';
import type { Doer } from '../../src/store/cases/cases.ts';
import { Duck, quote } from '../../src/store/duck.ts';
import { openStore } from '../../src/store/store.ts';
import { fail, line, median, rate } from './measure.ts';
import { fillMonths } from './store.ts';

export interface DeskBenchOptions {
  /** Lines of each of the two newest runs. */
  lines: number;
  cases: number;
  /** Captures that the store tells of. */
  captures: number;
  /** How often each page is asked for. */
  runs: number;
}

const UNTIL = Date.parse('2026-01-31T00:00:00Z') / 1000;
const DAY = 86_400;
/** Lines of a million that are marked, and those that each gateway has. */
const STRONG = 2000;
const SUSPECT = 8000;
const PER_GATEWAY = 20;
const PASSWORD = 'a password of the bench';

/** `npm run bench -- desk`: how long the server takes for its pages where the newest runs have a million lines each, and months have cases. */
export async function benchDesk(folder: string, options: DeskBenchOptions): Promise<void> {
  const { lines, cases, captures, runs } = options;
  if (![lines, captures].every(Number.isSafeInteger) || !(cases >= 0 && cases <= lines / 2))
    fail('--lines, --cases and --captures are whole numbers, and cases at most half as many as lines');
  const root = join(folder, `desk-${lines}-${cases}-${captures}`);
  const store = join(root, 'lake');
  if (!existsSync(join(root, 'made'))) {
    rmSync(root, { recursive: true, force: true });
    const start = Date.now();
    await makeLake(store, options);
    line(`making two runs of ${rate(lines)} lines`, `${((Date.now() - start) / 1000).toFixed(0)} s`);
  }
  if (!existsSync(join(root, 'made'))) {
    const desk = await openDesk(root);
    const { app, cookies } = await serve(desk);
    const start = Date.now();
    let isIn = false;
    const taken = desk.refresh().finally(() => {
      isIn = true;
    });
    const meanwhile: Answer[] = [];
    // What is asked for by its number is not there yet.
    const lists = PAGES.filter((url) => !/\/1(\/|$)/.test(url));
    while (!isIn) for (const url of lists) if (!isIn) meanwhile.push(await ask(app, url, cookies));
    await taken;
    line('taking both in', `${((Date.now() - start) / 1000).toFixed(0)} s, ${memory()}`);
    slowest('meanwhile', meanwhile);
    makeCases(desk, cases);
    line(`opening ${rate(cases)} cases`, memory());
    mkdirSync(join(root, 'made'));
    await app.close();
    await desk.close();
  }
  const begun = Date.now();
  const desk = await openDesk(root);
  line('opening the desk', `${((Date.now() - begun) / 1000).toFixed(2)} s`);
  const { app, cookies } = await serve(desk);
  desk.watch(fail);
  const first: Answer[] = [];
  for (const url of PAGES) first.push(await ask(app, url, cookies));
  slowest('right after the start', first);
  const summed = Date.now();
  while ((await desk.feeds.now()) === null) await new Promise((resolve) => setTimeout(resolve, 100));
  line('the captures are summed up', `${((Date.now() - summed) / 1000).toFixed(0)} s later`);
  line(
    '',
    `${rate(lines)} lines, ${rate(cases)} cases, ${rate(captures)} captures; medians of ${runs}, then the slowest`,
  );
  for (const url of PAGES) {
    const answers: Answer[] = [];
    for (let i = 0; i < runs; i++) answers.push(await ask(app, url, cookies));
    const worst = Math.max(...answers.map(({ ms }) => ms)).toFixed(0);
    const wall = median(answers.map(({ ms }) => ms)).toFixed(0);
    const spent = median(answers.map(({ cpu }) => cpu)).toFixed(0);
    const size = (answers[0]!.bytes / 1000).toFixed(0);
    line(nameOf(url), `${wall} ms (${spent} ms of CPU), ${worst} ms, ${size} kB`);
  }
  line('the process', memory());
  await app.close();
  await desk.close();
}

interface Answer {
  url: string;
  ms: number;
  /** Of the whole process, ms. */
  cpu: number;
  bytes: number;
}

async function ask(app: FastifyInstance, url: string, cookies: Record<string, string>): Promise<Answer> {
  // What waits for its turn has it, as it would between two questions that come over a network.
  await new Promise((resolve) => setTimeout(resolve, 1));
  const before = process.cpuUsage();
  const start = process.hrtime.bigint();
  const reply = await app.inject({ method: 'GET', url, cookies });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  const { user, system } = process.cpuUsage(before);
  // Right after a start, what needs the store's events says that it is still being read.
  if (reply.statusCode !== 200 && reply.statusCode !== 503)
    fail(`${url}: ${reply.statusCode} ${reply.body.slice(0, 200)}`);
  return { url, ms, cpu: (user + system) / 1000, bytes: reply.rawPayload.length };
}

/** The answers that took longest. */
function slowest(when: string, answers: readonly Answer[]): void {
  const sorted = [...answers].sort((a, b) => b.ms - a.ms);
  const late = sorted.filter(({ ms }) => ms >= 300).length;
  line(`${when}: slowest of ${rate(answers.length)}`, `${sorted[0]!.ms.toFixed(0)} ms; ${late} of 300 ms and more`);
  for (const { url, ms, cpu } of sorted.slice(0, 5))
    line('', `${nameOf(url)}: ${ms.toFixed(0)} ms (${cpu.toFixed(0)} ms of CPU)`);
}

function nameOf(url: string): string {
  return decodeURIComponent(url.slice('/api/'.length));
}

function openDesk(root: string): Promise<Desk> {
  return Desk.open({
    store: join(root, 'lake'),
    folder: join(root, 'desk'),
    now: () => (UNTIL + 3600) * 1000,
    captures: [],
    homeCountry: null,
    timeZone: 'Asia/Shanghai',
    window: DAY,
    references: {},
  });
}

/** The desk's server, not listening, and the cookies of a user. */
async function serve(desk: Desk): Promise<{ app: FastifyInstance; cookies: Record<string, string> }> {
  const { app } = await buildApp(desk, {
    hosts: [],
    secure: false,
    proxy: null,
    tls: null,
    rates: { all: 1e9, login: 1e9 },
    patience: 60_000,
    largest: 1e8,
    logger: null,
  });
  if (desk.people.count() === 0)
    desk.people.addFirst({ name: 'bench', display: 'bench', password: await hashPassword(PASSWORD) });
  return { app, cookies: await signIn(app) };
}

/** The first page of each list, as the pages ask for them. */
const PAGES = [
  '/api/overview',
  '/api/lines',
  '/api/lines?sort=last',
  '/api/lines?sort=calls',
  '/api/lines?sort=line',
  ...[
    '!reviewed tier:suspect,strong',
    'tier:strong',
    'tier:strong !reviewed',
    'gateway:7',
    'gateway:*',
    'state:review',
    'state:suspended',
    'assignee:me',
    'assignee:none',
    'reviewed',
    'case !reviewed',
    'allowed',
    'score:>0.9',
    'score:<0.2',
    'calls:>100',
    'interface:isup',
    'cell:460-00-7-*',
    'ua:*goip*',
    'dealer:nobody',
    'imei:35000000*',
    '8613800',
    '86*',
    'line:8613*',
    'line:*99',
  ].flatMap((query) => ['lines', 'facets'].map((what) => `/api/${what}?q=${encodeURIComponent(query)}`)),
  '/api/facets',
  '/api/arriving',
  '/api/lines/1',
  '/api/lines/1/activity',
  '/api/gateways',
  '/api/gateways/1',
  '/api/cases',
  '/api/cases?sort=opened',
  '/api/cases?sort=score',
  '/api/cases?sort=due',
  '/api/cases?state=review',
  '/api/cases?pending=mine',
  '/api/cases?pending=any',
  '/api/cases?overdue=yes',
  '/api/cases?assignee=me',
  '/api/cases/1',
  '/api/orders',
  '/api/orders?state=ready',
  '/api/labels',
  '/api/audit',
  '/api/audit?action=case.suspend',
  '/api/audit?actor=nobody',
  '/api/shift',
  '/api/victims',
];

function memory(): string {
  const peak = process.resourceUsage().maxRSS / 1024;
  return `memory ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, at most ${peak.toFixed(0)} MB`;
}

async function signIn(app: FastifyInstance): Promise<Record<string, string>> {
  const payload = { name: 'bench', password: PASSWORD };
  const reply = await app.inject({ method: 'POST', url: '/api/login', payload });
  return Object.fromEntries(reply.cookies.map(({ name, value }) => [name, value]));
}

/** A store with two runs of verdicts, written as a scan writes them, and the commits of captures without events. */
async function makeLake(root: string, { lines, captures }: DeskBenchOptions): Promise<void> {
  const store = openStore(root, true);
  if (captures > 0) fillMonths(store, 'probe', captures);
  await store.close();
  mkdirSync(join(root, 'verdicts'), { recursive: true });
  const duck = new Duck(2);
  const reasons = JSON.stringify(
    Array.from({ length: 4 }, (_, index) => ({
      feature: 'called_numbers_an_hour',
      value: 8 + index,
      contribution: 0.1,
      rarity: 0.02,
      text: '8.33 different numbers called an hour (ordinary lines like this: 2 %)',
      text_zh: '每小时拨打 8.33 个不同号码（同类普通线路：2 %）',
    })),
  );
  const exposure = JSON.stringify({
    hours: 24,
    events: 90,
    calls: 40,
    rests_on: 'rests on 40 calls over 24 hours',
    rests_on_zh: '依据 24 小时内的 40 次通话',
  });
  for (const [index, until] of [UNTIL - DAY, UNTIL].entries()) {
    const stamp = new Date(until * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    const path = join(root, 'verdicts', `${stamp}-${DAY}s-1.parquet`);
    // Which lines are marked and how differs from run to run: a line is not always of the same rank.
    await duck.run(
      `COPY (SELECT '86138' || lpad(i::VARCHAR, 8, '0') AS line, line AS msisdn, '46000' || lpad(i::VARCHAR, 10, '0') AS imsi,
         CASE WHEN rank < ${STRONG + SUSPECT} THEN 0.99 - rank * 0.00001 ELSE 0.5 * (1 - rank / 1000000) END AS score,
         score / 2 AS probability,
         CASE WHEN rank < ${STRONG} THEN 'strong' WHEN rank < ${STRONG + SUSPECT} THEN 'suspect' ELSE 'none' END AS tier,
         ${quote(reasons)}::JSON AS reasons, CASE WHEN rank < ${STRONG} THEN rank // ${PER_GATEWAY} + 1 END AS gateway,
         1 + (i * 7) % 200 AS calls, ${until - DAY} + (i * 13) % ${DAY} AS first, ${until - 1} - (i * 17) % 3600 AS last,
         CASE i % 3 WHEN 0 THEN '["sip"]' WHEN 1 THEN '["isup","map"]' ELSE '["sip","bssap"]' END::JSON AS interfaces,
         ${quote(exposure)}::JSON AS exposure, ${until - DAY}::DOUBLE AS window_from, ${until}::DOUBLE AS window_until
       FROM (SELECT range AS i, ((range * 7919 + ${index * 1000}) % ${lines}) * 1000000 // ${lines} AS rank FROM range(${lines})))
       TO ${quote(path)} (FORMAT PARQUET)`,
    );
  }
  await duck.close();
}

const PERSON: Doer = { id: null, name: 'ann', actor: 'ann', role: 'administrator' };
const SECOND: Doer = { id: null, name: 'ben', actor: 'ben', role: 'administrator' };
/** Cases that are made in one transaction. */
const AT_ONCE = 500;

/** Cases in all states, of the lines that scored highest, with cells and looks as the events of marked lines would give them. */
function makeCases({ database, cases }: Desk, count: number): void {
  database.transaction(() => {
    for (let agent = 1; agent <= 200; agent++)
      database.run('INSERT INTO agents (text) VALUES (?)', agent % 50 === 0 ? `GoIP ${agent}` : `Phone ${agent}`);
    database.run(
      `UPDATE lines SET agent = 1 + id % 200, cell = '460-00-' || (id % 40) || '-' || (id % 900) WHERE tier <> 'none'`,
    );
    database.run(
      `INSERT INTO marks (value, line) SELECT 'imei:35' || substr('000000000000' || (id / 4), -12), id FROM lines WHERE tier <> 'none'`,
    );
  });
  const lines = database.all<{ id: number }>('SELECT id FROM lines ORDER BY score DESC, id LIMIT ?', count);
  const step = { reason: 'simbox', comment: 'seen' } as const;
  for (let at = 0; at < lines.length; at += AT_ONCE)
    database.transaction(() => {
      for (const [index, { id }] of lines.slice(at, at + AT_ONCE).entries()) {
        let row = cases.openLine(PERSON, id);
        const way = (at + index) % 10;
        if (way === 0) continue;
        row = cases.act(PERSON, row.id, { ...step, action: 'take', version: row.version });
        if (way === 1) continue;
        if (way === 2) cases.act(PERSON, row.id, { ...step, action: 'notify', version: row.version });
        else if (way < 6) cases.act(PERSON, row.id, { ...step, action: 'clear', version: row.version });
        else {
          row = cases.act(PERSON, row.id, { ...step, action: 'suspend', version: row.version });
          if (way === 6) continue;
          const { id: decision } = database.get<{ id: number }>(
            `SELECT id FROM decisions WHERE case_id = ? AND state = 'proposed'`,
            row.id,
          )!;
          cases.answer(SECOND, row.id, decision, 'approve', row.version, '');
        }
      }
    });
  database.analyse();
}
