import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { type AppOptions, buildApp } from '../../src/review/server/app.ts';
import { Desk, type DeskOptions } from '../../src/review/server/desk.ts';
import type { Guard } from '../../src/review/server/guard.ts';
import { hashPassword } from '../../src/review/server/password.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { addToStore, lastWindow } from '../../src/scan/lake.ts';
import { scan } from '../../src/scan/run.ts';
import { type Database, openDatabase } from '../../src/store/cases/database.ts';
import { importRuns, type RunRow } from '../../src/store/cases/runs.ts';
import type { Role } from '../../src/store/cases/workflow.ts';
import { openStore } from '../../src/store/store.ts';
import { root } from './sources.ts';

export const SAMPLE = join(root, 'captures/sample.pcap.gz');
export const PASSWORD = 'correct horse battery staple';
/** A morning on which desks of tests are open. */
const MORNING = Date.UTC(2026, 0, 5, 8);

/** A folder that is gone at the end. */
export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A store with captures and the verdicts of them, as `scan --store` leaves it. @param threshold raw; null: the model's own */
export async function makeStore(
  path: string,
  captures: readonly string[] = [SAMPLE],
  pseudonymKey?: string,
  threshold: number | null = null,
): Promise<void> {
  // Where `scan` finds the sample to be.
  const homeCountry = 'CN';
  const store = openStore(path, true, { homeCountry, pseudonymKey });
  try {
    const options = {
      feed: 'local',
      homeCountry,
      timeZone: 'Asia/Shanghai',
      limits: DEFAULT_LIMITS,
      workers: 1,
      window: 86_400,
      since: null,
      until: null,
    };
    await addToStore(captures, store, options);
    const span = lastWindow(store, undefined, options);
    const model = readModel(DEFAULT_MODEL);
    const result = await scan([], { ...options, ...span, lake: { store, filter: span }, model, threshold });
    await store.writeVerdicts(
      result.verdicts.map((verdict) => ({ ...verdict })),
      result.from,
      result.until,
    );
  } finally {
    await store.close();
  }
}

/** A verdict as a file of them has it. */
export function verdictRow(line: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    line,
    msisdn: line,
    imsi: null,
    score: 0.9,
    probability: 0.5,
    tier: 'strong',
    reasons: [{ feature: 'x', value: 1, contribution: 0.1, rarity: 0.01, text: 'one', text_zh: '一' }],
    gateway: null,
    calls: 10,
    first: 1_700_000_000,
    last: 1_700_003_600,
    interfaces: ['sip'],
    exposure: { hours: 1, events: 10, calls: 10, rests_on: 'rests on 10 calls', rests_on_zh: '依据 10 次通话' },
    ...more,
  };
}

/** A store without captures that holds one run of verdicts. */
export async function makeVerdicts(path: string, ...runs: Record<string, unknown>[][]): Promise<void> {
  const store = openStore(path, true);
  try {
    for (const [index, rows] of runs.entries())
      await store.writeVerdicts(rows, 1_700_000_000 + index * 3600, 1_700_003_600 + index * 3600);
  } finally {
    await store.close();
  }
}

/** Takes the verdicts of a store into a desk's database. */
export async function takeVerdicts(
  database: Database,
  path: string,
  onRun: (run: RunRow) => void = () => undefined,
): Promise<void> {
  const store = openStore(path, false);
  try {
    await importRuns(database, store, onRun);
  } finally {
    await store.close();
  }
}

/** The desk's database with a clock of the test's. */
export async function openCases(folder: string): Promise<{ database: Database; clock: { now: number } }> {
  const clock = { now: MORNING };
  return { database: await openDatabase(folder, () => clock.now), clock };
}

export interface TestDesk {
  desk: Desk;
  app: FastifyInstance;
  guard: Guard;
  clock: { now: number };
  close: () => Promise<void>;
  /** Adds a user and signs him in. */
  person: (name: string, role: Role) => Promise<Person>;
}

const RATES = { all: 1e6, login: 1e6 };

/** A desk that is not listening, with all verdicts of its store taken in, unless it does not wait for them. */
export async function openDesk(
  store: string,
  folder: string,
  options: Partial<AppOptions> &
    Partial<Pick<DeskOptions, 'captures' | 'timeZone' | 'references' | 'notices' | 'pseudonymKey'>> & {
      waits?: boolean;
    } = {},
): Promise<TestDesk> {
  const clock = { now: MORNING };
  const { captures = [], timeZone = null, references = {}, waits = true, notices, pseudonymKey, ...web } = options;
  const desk = await Desk.open({
    store,
    folder,
    now: () => clock.now,
    captures,
    homeCountry: 'CN',
    timeZone,
    window: 86_400,
    references,
    pseudonymKey,
    ...(notices === undefined ? {} : { notices }),
  });
  if (waits) await desk.refresh();
  const { app, guard } = await buildApp(desk, {
    hosts: [],
    secure: false,
    proxy: null,
    tls: null,
    rates: RATES,
    patience: 20_000,
    largest: 1e8,
    logger: null,
    ...web,
  });
  await app.ready();
  return {
    desk,
    app,
    guard,
    clock,
    close: async () => {
      await app.close();
      await desk.close();
    },
    person: async (name, role) => {
      desk.people.add('test', { name, display: name, role, password: await hash() });
      const person = new Person(app);
      await person.signIn(name);
      return person;
    },
  };
}

let hashed: Promise<string> | null = null;
/** One digest serves all users of a test file: a good one takes its time. */
function hash(): Promise<string> {
  hashed ??= hashPassword(PASSWORD);
  return hashed;
}

type Json = Record<string, unknown>;

/** Somebody at a browser. */
export class Person {
  private app: FastifyInstance;
  cookies: Record<string, string> = {};
  csrf: string | null = null;

  constructor(app: FastifyInstance) {
    this.app = app;
  }

  /** Goes to another desk, or to the same after a restart, signed in as before. */
  comeTo(app: FastifyInstance): void {
    this.app = app;
  }

  async signIn(name: string, password = PASSWORD): Promise<LightMyRequestResponse> {
    const reply = await this.request({ method: 'POST', url: '/api/login', payload: { name, password } });
    if (reply.statusCode === 200) this.csrf = reply.json().csrf;
    return reply;
  }

  async request(options: InjectOptions): Promise<LightMyRequestResponse> {
    const reply = await this.app.inject({
      ...options,
      cookies: { ...this.cookies, ...options.cookies },
      headers: { ...(this.csrf === null ? {} : { 'x-catpool-csrf': this.csrf }), ...options.headers },
    });
    for (const { name, value } of reply.cookies) this.cookies[name] = value;
    return reply;
  }

  /** Reads; anything but 200 is an error of the test. */
  async get<T = Json>(url: string): Promise<T> {
    const reply = await this.request({ method: 'GET', url });
    if (reply.statusCode !== 200) throw new Error(`GET ${url}: ${reply.statusCode} ${reply.body}`);
    return reply.json() as T;
  }

  /** Sends JSON. @returns status and what came back */
  async send<T = Json>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
  ): Promise<{ status: number; body: T }> {
    const reply = await this.request({ method, url, ...(payload === undefined ? {} : { payload }) });
    return { status: reply.statusCode, body: reply.json() as T };
  }

  post<T = Json>(url: string, payload?: object): Promise<{ status: number; body: T }> {
    return this.send<T>('POST', url, payload);
  }

  /** Sends a file as a form does. */
  async upload(url: string, name: string, data: Buffer): Promise<LightMyRequestResponse> {
    const boundary = 'x-test-boundary';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
    return this.request({
      method: 'POST',
      url,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: Buffer.concat([Buffer.from(head), data, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    });
  }
}
