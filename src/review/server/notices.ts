import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { maskText } from '../../base/mask.ts';
import type { Finding } from '../../delivery/alert.ts';
import type { Clock } from '../../delivery/clock.ts';
import { type DeliveryConfig, maxBytesOf, windowOf } from '../../delivery/config.ts';
import type { Document, DocumentKind } from '../../delivery/document.ts';
import { openSinks } from '../../delivery/open-sinks.ts';
import { type Outbox, openOutbox } from '../../delivery/outbox.ts';
import type { OrderRow } from '../../store/cases/case-rows.ts';
import type { Database } from '../../store/cases/database.ts';
import { ownSigner } from '../../store/cases/exchange.ts';
import { setOrder } from '../../store/cases/lists.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { RunRow } from '../../store/cases/runs.ts';
import type { OrderAction } from '../../store/cases/workflow.ts';
import { isoMs } from './csv.ts';
import { orderContent } from './exports.ts';
import { leadOf } from './lead.ts';
import { reasonsOf } from './line-handlers.ts';

export interface NoticesOptions {
  config: DeliveryConfig;
  clock: Clock;
  /** Where secrets of `{ env: NAME }` are. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Told in one line of a receiver that fails or refuses. */
  report: (words: string) => void;
}

const SAID: Readonly<Record<OrderAction, { en: string; zh: string }>> = {
  're-verify': { en: 'verify the holder of', zh: '二次实人认证' },
  restrict: { en: 'bar outgoing calls of', zh: '限制呼出' },
  suspend: { en: 'suspend', zh: '停机' },
  close: { en: 'close', zh: '销户' },
  restore: { en: 'restore', zh: '复机' },
};
/** Lines of one lead; those of a larger gateway are told in parts. */
const LEAD_LINES = 200;
/** Orders and leads that are handed over at a time. */
const AT_ONCE = 1000;
/** What is under way when the desk ends has so long to end, ms. */
const GRACE = 2000;

/** What a desk hands over, besides newly marked lines. */
const HANDED_OVER: readonly DocumentKind[] = ['removal', 'restoration', 'lead', 'victims'];

/** Of the documents that a desk hands over, those that no receiver takes. */
export function untaken({ sinks }: DeliveryConfig): DocumentKind[] {
  const taken = new Set(sinks.flatMap((sink) => ('documents' in sink ? sink.documents : [])));
  return HANDED_OVER.filter((kind) => !taken.has(kind));
}

/**
 * Hands over what others wait for: orders to provisioning, leads to the police, victims to those who warn them, newly marked lines to
 * whoever is alerted. What was taken lies in an outbox until its receiver has it; each is known by its id, and counts once.
 */
export class Notices {
  private readonly database: Database;
  private readonly outbox: Outbox;
  private readonly wanted: ReadonlySet<string>;
  private readonly report: (words: string) => void;
  private readonly changed: (id: number) => void;
  private readonly troubles = new Set<string>();

  /**
   * @param changed told of the case of an order that its receiver refused
   * @throws UserError where a secret cannot be read, or the outbox is of another process
   */
  constructor(
    database: Database,
    folder: string,
    { config, clock, environment, report }: NoticesOptions,
    changed: (id: number) => void,
  ) {
    this.database = database;
    this.report = report;
    this.changed = changed;
    const sinks = openSinks(config.sinks, { clock, environment });
    this.wanted = new Set(sinks.flatMap(({ kinds }) => [...kinds]));
    this.outbox = openOutbox(join(folder, 'outbox'), sinks, clock, {
      probe: ownSigner(database).name,
      window: windowOf(config),
      maxBytes: maxBytesOf(config),
      report,
      lost: ({ id, kind }, sink, why) => this.refused(id, kind, `${sink}: ${why}`),
    });
    this.begin();
    this.outbox.start();
  }

  /** Whether somebody is there to take what is of a kind. */
  takes(kind: DocumentKind | 'new_suspect'): boolean {
    return this.wanted.has(kind);
  }

  /** Hands over the orders, leads and newly marked lines that were not yet. What cannot be taken now is taken the next time. */
  handOver(): void {
    const troubles = new Set<string>();
    for (const step of [() => this.orders(), () => this.leads(), () => this.marks()])
      try {
        step();
      } catch (error) {
        const { message } = error as Error;
        if (!this.troubles.has(message) && !troubles.has(message)) this.report(message);
        troubles.add(message);
      }
    this.troubles.clear();
    for (const trouble of troubles) this.troubles.add(trouble);
  }

  /** Hands over a list of victims. @throws Refusal where nobody takes such lists; UserError where it cannot be taken */
  victims(victims: readonly Readonly<Record<string, unknown>>[]): void {
    if (!this.takes('victims')) throw new Refusal('refused', 'no receiver takes victims: name one in --delivery');
    const content = { schema: 'catpool.victims/1', victims };
    this.outbox.post({
      ...identified('victims', content),
      subject: 'victims',
      text: `${victims.length} victims to be warned`,
      text_zh: `${victims.length} 名待劝阻的受害人`,
      content,
    });
  }

  close(): Promise<void> {
    return this.outbox.close(GRACE);
  }

  /** Whoever begins to take newly marked lines gets those from then on. */
  private begin(): void {
    const { database } = this;
    const takes = this.takes('new_suspect');
    const took = database.get(`SELECT 1 FROM meta WHERE key = '${TAKEN}'`) !== undefined;
    if (takes === took) return;
    database.transaction(() => {
      if (!takes) database.run(`DELETE FROM meta WHERE key = '${TAKEN}'`);
      else {
        database.run('UPDATE runs SET told = 1 WHERE imported IS NOT NULL');
        database.run(`INSERT INTO meta (key, value) VALUES ('${TAKEN}', '')`);
      }
    });
  }

  /** Tells of the lines that runs were the first to mark, and notes that it did: a run is told of also after a restart. */
  private marks(): void {
    if (!this.takes('new_suspect')) return;
    const { database } = this;
    for (const run of database.all<RunRow>('SELECT * FROM runs WHERE told = 0 AND imported IS NOT NULL ORDER BY id')) {
      this.outbox.raise(this.firstMarked(run));
      database.run('UPDATE runs SET told = 1 WHERE id = ?', run.id);
    }
  }

  /** Lines that no run taken in before had marked, unless a newer one no longer does. */
  private firstMarked(run: RunRow): Finding[] {
    const rows = this.database.all<LineRow & { gateway: number | null }>(
      `SELECT l.line, l.msisdn, l.imsi, p.tier, p.score, l.calls, l.gateway, v.reasons FROM lines l
       JOIN past p ON p.line = l.id AND p.run = ? JOIN verdicts v ON v.line = l.id
       WHERE l.tier <> 'none' AND p.tier <> 'none' AND NOT EXISTS
         (SELECT 1 FROM past e WHERE e.line = l.id AND e.run < p.run AND e.tier <> 'none')
       ORDER BY p.score DESC`,
      run.id,
    );
    return rows.map(({ line, msisdn, imsi, tier, score, gateway, reasons }): Finding => {
      const said = reasonsOf({ reasons });
      return {
        kind: 'new_suspect',
        time: isoMs(run.until_s * 1000),
        ...{ line, msisdn, imsi, tier, score, gateway: gateway === null ? null : `#${gateway}` },
        reasons: said.map(({ text }) => text),
        reasons_zh: said.map(({ text_zh }) => text_zh),
      };
    });
  }

  private orders(): void {
    const ready = this.database.all<OrderRow>(
      `SELECT * FROM orders WHERE state = 'ready' ORDER BY created, id LIMIT ${AT_ONCE}`,
    );
    for (const order of ready) {
      const kind = order.action === 'restore' ? 'restoration' : 'removal';
      if (!this.takes(kind)) continue;
      const said = SAID[order.action];
      // What was handed out before and came back is sent once more, under the id that it has.
      const again =
        this.database.get(`SELECT 1 FROM audit WHERE subject = ? AND action = 'order.state'`, `order:${order.id}`) !==
        undefined;
      const document: Document = {
        id: order.id,
        kind,
        subject: order.line,
        text: `Order ${order.id}: ${said.en} ${order.line}`,
        text_zh: `指令 ${order.id}：${said.zh} ${order.line}`,
        content: { schema: 'catpool.order/1', ...orderContent(order) },
      };
      this.outbox.post(document, again);
      const { state } = this.database.get<OrderRow>('SELECT * FROM orders WHERE id = ?', order.id)!;
      if (state === 'ready') setOrder(this.database, 'delivery', order.id, 'sent', '');
    }
  }

  /** An order that will not arrive is shown to those who can send it again or take it back. */
  private refused(id: string, kind: string, why: string): void {
    if (kind !== 'removal' && kind !== 'restoration') return;
    const order = this.database.get<OrderRow>('SELECT * FROM orders WHERE id = ?', id);
    // Whoever carried it out without this receiver needs it no more.
    if (order === undefined || !['ready', 'sent', 'refused'].includes(order.state)) return;
    this.changed(setOrder(this.database, 'delivery', id, 'refused', why));
  }

  /** Cases that came to be suspended or closed since the last time, as leads: what the police are given. */
  private leads(): void {
    if (!this.takes('lead')) return;
    const { database } = this;
    const told = database.get<{ value: string }>(`SELECT value FROM meta WHERE key = '${TOLD}'`)?.value;
    // Whoever begins to take leads gets those from then on.
    const from = Number(told ?? database.get<{ seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM audit')!.seq);
    const rows = database.all<{ seq: number; subject: string; detail: string }>(
      `SELECT seq, subject, detail FROM audit WHERE seq > ? AND action IN ('case.suspend', 'case.close') ORDER BY seq LIMIT ${AT_ONCE}`,
      from,
    );
    for (const { subject, detail } of rows)
      for (const lead of this.leadsOf(Number(subject.slice('case:'.length)), detail)) this.outbox.post(lead);
    const until = rows.at(-1)?.seq ?? from;
    if (told === undefined || until !== from)
      database.run(
        `INSERT INTO meta (key, value) VALUES ('${TOLD}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        String(until),
      );
  }

  private leadsOf(id: number, detail: string): Document[] {
    const { decision } = JSON.parse(detail) as { decision: number };
    const lead = leadOf(this.database, id, decision);
    const { subject, lines } = lead;
    const what = maskText(subject);
    const parts = Math.max(1, Math.ceil(lines.length / LEAD_LINES));
    return Array.from({ length: parts }, (_, part) => {
      const content = {
        ...lead,
        ...(parts === 1 ? {} : { part: part + 1, parts }),
        lines: lines.slice(part * LEAD_LINES, (part + 1) * LEAD_LINES),
      };
      return {
        ...identified('lead', content),
        subject,
        text: `Lead: case ${id}, ${what}, ${lines.length} lines`,
        text_zh: `线索：案件 ${id}，${what}，${lines.length} 条线路`,
        content,
      };
    });
  }
}

/** In the desk's database: the last row of the log whose lead was handed over. */
const TOLD = 'leads_told';
/** There where newly marked lines are taken. */
const TAKEN = 'marks_taken';

interface LineRow {
  line: string;
  msisdn: string | null;
  imsi: string | null;
  tier: 'none' | 'suspect' | 'strong';
  score: number;
  calls: number;
  reasons: string;
}

/** The same content is the same document. */
function identified<K extends DocumentKind>(kind: K, content: unknown): { id: string; kind: K } {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { id: `${kind}-${digest.slice(0, 32)}`, kind };
}
