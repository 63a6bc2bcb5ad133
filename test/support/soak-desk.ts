import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDiskTrouble } from '../../src/base/disk-trouble.ts';
import type { Random } from '../../src/base/random.ts';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { verifyAudit } from '../../src/store/cases/audit.ts';
import { openDatabase } from '../../src/store/cases/database.ts';
import { newRuns } from '../../src/store/cases/runs.ts';
import { Caller } from './caller.ts';
import type { DiskState } from './soak-disk.ts';
import { endChild, more, PATIENCE, startCatpool, until } from './soak-watcher.ts';

/** Between two rounds of questions, milliseconds. */
const ROUND = 1000;
/** Rounds of which one asks for what takes long. */
const LONG = 10;
/** How often a page asks again while the store is still being read. */
const ASKED_AGAIN = 60;
const PASSWORD = 'correct horse battery staple';

/** What people at a desk met. */
export interface DeskReport {
  answers: number;
  /** The slowest answer, milliseconds. */
  slowest: number;
  /** Answers that nobody should get, and what the desk logged as an error or said of anything but a disk. */
  wrong: string[];
  /** Writes that were told as done, and those that were refused as a disk had no room. */
  written: number;
  refused: number;
  /** Writes told as done that are not there, and refused ones that are. */
  lost: string[];
  /** Runs of verdicts that open pages were told of. */
  runs: number;
  /** Answers of the watchers to who asked for their metrics. */
  metrics: number;
  /** What the server ended with. */
  code: number | null;
}

/** What stands beside a desk. */
interface Surroundings {
  /** Addresses at which watchers answer now. */
  metrics: () => readonly string[];
  /** Whether a disk is in trouble, or was a moment ago. */
  isTroubled: () => boolean;
}

/** What was done to a case and told as done, or refused. */
interface Deeds {
  notes: Set<string>;
  refused: Set<string>;
  suspended: boolean;
}

/** What a desk says as it begins: its only sink takes removals alone. */
const BEGINNING = /^Open this address|: no sink takes restoration, lead, victims: /;

/** `catpool review` in a process of its own, with two people at it who look and decide once a second. */
export class DeskAtWork {
  private readonly store: string;
  private readonly desk: string;
  private readonly log: string;
  private readonly sent: string;
  private readonly child: ChildProcess;
  private readonly random: Random;
  private readonly around: Surroundings;
  private readonly deeds = new Map<number, Deeds>();
  private readonly stopping = new AbortController();
  private readonly report: DeskReport = {
    ...{ answers: 0, slowest: 0, written: 0, refused: 0, runs: 0, metrics: 0, code: null },
    ...{ wrong: [], lost: [] },
  };
  private readonly ann: Caller;
  private readonly ben: Caller;
  private said = '';
  private working: Promise<void> = Promise.resolve();
  private listening: Promise<void> = Promise.resolve();

  private constructor(
    paths: { store: string; desk: string; folder: string },
    child: ChildProcess,
    origin: string,
    random: Random,
    around: Surroundings,
  ) {
    this.store = paths.store;
    this.desk = paths.desk;
    this.log = join(paths.folder, 'desk.log');
    this.sent = join(paths.folder, 'orders.jsonl');
    this.child = child;
    this.random = random;
    this.around = around;
    this.ann = new Caller(origin);
    this.ben = new Caller(origin);
  }

  /** Starts the server on a store that is there, and makes two users of it by the address that it prints. */
  static async open(
    paths: { store: string; desk: string; folder: string },
    random: Random,
    around: Surroundings,
  ): Promise<DeskAtWork> {
    const delivery = join(paths.folder, 'delivery.yaml');
    const sink = `{ type: file, name: orders, path: ${join(paths.folder, 'orders.jsonl')}, mask: false, alerts: [], documents: [removal] }`;
    writeFileSync(delivery, `delivery: { sinks: [${sink}] }\n`);
    const temporary = join(paths.folder, 'tmp-desk');
    mkdirSync(temporary);
    const args = ['review', '--store', paths.store, '--desk', paths.desk, '--port', '0', '--delivery', delivery];
    const child = startCatpool(
      [...args, '--log', join(paths.folder, 'desk.log')],
      ['ignore', 'pipe', 'pipe'],
      temporary,
    );
    let printed = '';
    let said = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    await until(() => printed.includes('\n') || child.exitCode !== null, PATIENCE, 50);
    if (!printed.includes('\n')) throw new Error(`review ended with ${child.exitCode}: ${said}`);
    const address = new URL(printed.trim());
    const desk = new DeskAtWork(paths, child, address.origin, random, around);
    child.stderr!.on('data', () => {
      desk.said = said;
    });
    desk.said = said;
    await desk.ann.setUp(`${address.pathname}${address.search}`, 'ann', PASSWORD);
    const ben = { name: 'ben', display: 'Ben', role: 'approver', password: PASSWORD };
    await desk.expectOk(desk.ann, 'POST', '/api/users', ben);
    await desk.ben.signIn('ben', PASSWORD);
    desk.listening = desk.listen();
    desk.working = desk.work();
    return desk;
  }

  /** Cases that were opened at it. */
  get cases(): number {
    return this.deeds.size;
  }

  /** What is looked at while a disk is in trouble: reading goes on; what finds no room is refused in so many words. */
  async during(state: DiskState): Promise<void> {
    await this.look(this.ann);
    const [known] = [...this.deeds.keys()];
    if (known !== undefined) {
      const form = new FormData();
      form.append('file', new Blob([randomBytes(16 * 1024 * 1024)]), 'scan.pdf');
      const { status, body } = await this.ask(this.ann, 'POST', `/api/cases/${known}/attachments`, form);
      if (status === 503 && body.code === 'disk') this.report.refused++;
      else this.wrong(`an attachment on a disk that is ${state}: ${status} ${JSON.stringify(body)}`);
    }
  }

  /** Takes the server down as a service is ended, and looks at what it leaves. */
  async end(): Promise<DeskReport> {
    await this.comeIn();
    this.stopping.abort();
    await this.working;
    await this.checkDeeds();
    this.report.code = await endChild(this.child, 'SIGTERM');
    await this.listening;
    await this.checkFolder();
    this.checkWords();
    return this.report;
  }

  async kill(): Promise<void> {
    this.stopping.abort();
    await endChild(this.child, 'SIGKILL');
    await Promise.allSettled([this.working, this.listening]);
  }

  /** Looks and decides until it is stopped. */
  private async work(): Promise<void> {
    for (let round = 1; !this.stopping.signal.aborted; round++) {
      try {
        await this.look(this.random.chance(0.5) ? this.ann : this.ben, round % LONG === 0);
        await this.decide(round);
        await this.askMetrics();
      } catch (error) {
        this.wrong(String((error as Error).stack));
      }
      await pause(ROUND, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Goes through the pages as a person does. @param long also what takes long */
  private async look(who: Caller, long = false): Promise<void> {
    for (const url of ['/', '/api/session', '/api/overview', '/api/arriving', '/api/gateways', '/api/facets'])
      await this.expectOk(who, 'GET', url);
    for (const url of ['/api/cases', '/api/orders', '/api/users']) await this.expectOk(who, 'GET', url);
    const queue = await this.expectOk<Reply<'queue'>>(who, 'GET', '/api/lines?limit=100');
    if (queue === null || queue.items.length === 0) return;
    const { id } = this.random.pick(queue.items);
    await this.expectOk(who, 'GET', `/api/lines/${id}`);
    await this.expectOk(who, 'GET', `/api/lines/${id}/activity`);
    const calls = await this.expectOk<Reply<'calls'>>(who, 'GET', `/api/lines/${id}/calls`);
    const call = calls === null || calls.items.length === 0 ? null : this.random.pick(calls.items);
    if (!long) return;
    // Its verdicts may be of a later window by now, which the call is not in.
    if (call !== null) await this.expectOk(who, 'GET', `/api/lines/${id}/calls/${call.event}`, undefined, [404]);
    await this.expectOk(who, 'GET', `/api/lines/${id}/features`);
    const shown = await this.write(who, '/api/unmask', { lines: [id], reason: 'for the evidence package' });
    if (shown !== null) await this.expectOk(who, 'GET', `/api/lines/${id}/evidence`);
  }

  /** Opens a case of the first line without one, writes a note, orders a suspension; the second person approves it. */
  private async decide(round: number): Promise<void> {
    const queue = await this.expectOk<Reply<'queue'>>(this.ann, 'GET', '/api/lines?limit=500');
    const line = queue?.items.find((one) => one.case === null && !one.reviewed);
    if (line === undefined) return;
    const opened = await this.write<CaseView>(this.ann, '/api/cases', { line: line.id });
    if (opened === null) return;
    const deeds: Deeds = { notes: new Set(), refused: new Set(), suspended: false };
    this.deeds.set(opened.id, deeds);
    const of = `/api/cases/${opened.id}`;
    const text = `looked at in round ${round}`;
    const noted = await this.write<CaseView>(this.ann, `${of}/notes`, { text, version: opened.version });
    (noted === null ? deeds.refused : deeds.notes).add(text);
    const { version } = noted ?? opened;
    const act = { action: 'suspend', version, reason: 'simbox', comment: '' };
    const ordered = await this.write<CaseView>(this.ann, `${of}/actions`, act);
    const waits = ordered?.decisions.find(({ state }) => state === 'proposed');
    if (ordered === null || waits === undefined) return;
    const answer = { answer: 'approve', version: ordered.version, comment: '' };
    deeds.suspended = (await this.write(this.ben, `${of}/decisions/${waits.id}`, answer)) !== null;
  }

  private async askMetrics(): Promise<void> {
    for (const url of this.around.metrics()) {
      try {
        const reply = await fetch(url);
        const text = await reply.text();
        if (reply.status !== 200 || !text.includes('catpool_')) this.wrong(`${url}: ${reply.status} ${text}`);
        else this.report.metrics++;
      } catch (error) {
        // Killed meanwhile: then it is nobody's address any more.
        if (this.around.metrics().includes(url)) this.wrong(`${url}: ${String(error)}`);
      }
    }
  }

  /** Hears what open pages hear. */
  private async listen(): Promise<void> {
    try {
      const reply = await this.ann.send('GET', '/api/events', undefined, this.stopping.signal);
      const decoder = new TextDecoder();
      for await (const chunk of reply.body!)
        this.report.runs += decoder.decode(chunk, { stream: true }).split('event: run\n').length - 1;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.wrong(`live updates ended: ${String(error)}`);
    }
  }

  /** @returns what came back; null where a disk had no room */
  private async write<T>(who: Caller, url: string, body: object): Promise<T | null> {
    const { status, body: reply } = await this.ask(who, 'POST', url, body);
    if (status === 200) {
      this.report.written++;
      return reply as T;
    }
    if (status === 503 && reply.code === 'disk' && this.around.isTroubled()) this.report.refused++;
    else this.wrong(`POST ${url}: ${status} ${JSON.stringify(reply)}`);
    return null;
  }

  /** Asks for what everybody must get. @returns null where he did not @param also answers that are right too */
  private async expectOk<T = unknown>(
    who: Caller,
    method: 'GET' | 'POST',
    url: string,
    body?: object,
    also: readonly number[] = [],
  ): Promise<T | null> {
    const { status, body: reply } = await this.ask(who, method, url, body);
    if (status === 200) return reply as T;
    // What is noted in the log of the desk is given to nobody where that cannot be.
    const isUnnoted = url.endsWith('/evidence') && status === 503 && reply.code === 'disk' && this.around.isTroubled();
    if (!isUnnoted && !also.includes(status)) this.wrong(`${method} ${url}: ${status} ${JSON.stringify(reply)}`);
    return null;
  }

  private async ask(
    who: Caller,
    method: 'GET' | 'POST',
    url: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    for (let attempt = 0; ; attempt++) {
      const began = performance.now();
      const answer = await who.ask(method, url, body);
      this.report.answers++;
      this.report.slowest = Math.max(this.report.slowest, performance.now() - began);
      if (answer.body.code !== 'reading' || attempt === ASKED_AGAIN) return answer;
      await pause(ROUND);
    }
  }

  /** Waits until all verdicts are in, one run after the other. */
  private async comeIn(): Promise<void> {
    const database = await openDatabase(this.desk, Date.now);
    const missing = (): number => newRuns(database, this.store).length;
    try {
      for (let before = missing(); before > 0; ) {
        const now = -(await more(() => -missing(), -before));
        if (now >= before) throw new Error(`${now} runs of verdicts do not come in: ${this.said}`);
        before = now;
      }
    } finally {
      database.close();
    }
  }

  /** What was told as done is there; what was refused is not. */
  private async checkDeeds(): Promise<void> {
    const { lost } = this.report;
    const orders = new Set<string>();
    for (const [id, { notes, refused, suspended }] of this.deeds) {
      const found = (await this.ask(this.ben, 'GET', `/api/cases/${id}`)).body as unknown as CaseView;
      const texts = new Set(found.notes.map(({ text }) => text));
      lost.push(...[...notes].filter((text) => !texts.has(text)).map((text) => `case ${id}: no note ${text}`));
      lost.push(...[...refused].filter((text) => texts.has(text)).map((text) => `case ${id}: refused note ${text}`));
      if (suspended !== (found.state === 'suspended')) lost.push(`case ${id}: ${found.state}`);
      if (suspended && found.orders.length !== 1) lost.push(`case ${id}: ${found.orders.length} orders`);
      for (const order of found.orders) orders.add(order.id);
    }
    const arrived = (): string[] =>
      existsSync(this.sent)
        ? readFileSync(this.sent, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line).id)
        : [];
    await until(() => arrived().length >= orders.size, PATIENCE, 200);
    const ids = arrived();
    if (ids.length !== orders.size || ids.some((id) => !orders.has(id)))
      lost.push(`${ids.length} orders arrived of ${orders.size}`);
  }

  /** The file of the desk is whole, its log unbroken, and nothing half written lies beside it. */
  private async checkFolder(): Promise<void> {
    const database = await openDatabase(this.desk, Date.now);
    try {
      const { rows, broken } = verifyAudit(database);
      if (broken !== null || rows === 0)
        this.report.lost.push(`the log of the desk is broken: ${JSON.stringify(broken)}`);
    } finally {
      database.close();
    }
  }

  /** What it logged and said. */
  private checkWords(): void {
    const lines = readFileSync(this.log, 'utf8').split('\n');
    const errors = lines.filter((line) => line !== '' && ['error', 'fatal'].includes(JSON.parse(line).level));
    this.report.wrong.push(...errors);
    const said = this.said.split('\n').filter((line) => line !== '' && !BEGINNING.test(line));
    this.report.wrong.push(...said.filter((line) => !line.startsWith('warning: ') || !isDiskTrouble(line)));
  }

  private wrong(words: string): void {
    this.report.wrong.push(words);
  }
}
