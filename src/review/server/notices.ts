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
/** Orders and leads that are handed over at a time. */
const AT_ONCE = 1000;
/** What is under way when the desk ends has so long to end, ms. */
const GRACE = 2000;

/**
 * Hands over what others wait for: orders to provisioning, leads to the police, victims to those who warn them, newly marked lines to
 * whoever is alerted. What was taken lies in an outbox until its receiver has it; each is known by its id, and counts once.
 */
export class Notices {
  private readonly database: Database;
  private readonly outbox: Outbox;
  private readonly wanted: ReadonlySet<string>;
  private readonly report: (words: string) => void;
  /** Runs whose lines nobody was told of yet. */
  private readonly runs: RunRow[] = [];
  private trouble = '';

  /** @throws UserError where a secret cannot be read, or the outbox is of another process */
  constructor(database: Database, folder: string, { config, clock, environment, report }: NoticesOptions) {
    this.database = database;
    this.report = report;
    const sinks = openSinks(config.sinks, { clock, environment });
    this.wanted = new Set(sinks.flatMap(({ kinds }) => [...kinds]));
    this.outbox = openOutbox(join(folder, 'outbox'), sinks, clock, {
      probe: ownSigner(database).name,
      window: windowOf(config),
      maxBytes: maxBytesOf(config),
      report,
    });
    this.outbox.start();
  }

  /** Whether somebody is there to take what is of a kind. */
  takes(kind: DocumentKind | 'new_suspect'): boolean {
    return this.wanted.has(kind);
  }

  /** Hands over the orders, leads and newly marked lines that were not yet. What cannot be taken now is taken the next time. */
  handOver(): void {
    try {
      this.orders();
      this.leads();
      for (; this.runs.length > 0; this.runs.shift()) this.outbox.raise(this.firstMarked(this.runs[0]!));
      this.trouble = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.trouble) this.report(message);
      this.trouble = message;
    }
  }

  /** Tells of the lines that a run is the first to mark. */
  raise(run: RunRow): void {
    if (!this.takes('new_suspect')) return;
    this.runs.push(run);
    this.handOver();
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

  private firstMarked(run: RunRow): Finding[] {
    const rows = this.database.all<LineRow & { gateway: number | null }>(
      `SELECT l.line, l.msisdn, l.imsi, l.tier, l.score, l.calls, l.gateway, v.reasons FROM lines l JOIN verdicts v ON v.line = l.id
       WHERE l.run = ? AND l.tier <> 'none' AND NOT EXISTS
         (SELECT 1 FROM past p WHERE p.line = l.id AND p.run <> l.run AND p.tier <> 'none')
       ORDER BY l.score DESC`,
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
      this.outbox.post({
        id: order.id,
        kind,
        subject: order.line,
        text: `Order ${order.id}: ${said.en} ${order.line}`,
        text_zh: `指令 ${order.id}：${said.zh} ${order.line}`,
        content: { schema: 'catpool.order/1', ...orderContent(order) },
      });
      setOrder(this.database, 'delivery', order.id, 'sent', '');
    }
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
    for (const { subject, detail } of rows) this.outbox.post(this.lead(Number(subject.slice('case:'.length)), detail));
    const until = rows.at(-1)?.seq ?? from;
    if (told === undefined || until !== from)
      database.run(
        `INSERT INTO meta (key, value) VALUES ('${TOLD}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        String(until),
      );
  }

  private lead(id: number, detail: string): Document {
    const { decision, reason } = JSON.parse(detail) as { decision: number; reason: string };
    const lines = this.database.all<LineRow & { first_s: number; last_s: number; order_id: string | null }>(
      `SELECT l.line, l.msisdn, l.imsi, l.tier, l.score, l.calls, l.first_s, l.last_s, v.reasons, o.id AS order_id
       FROM case_lines c JOIN lines l ON l.id = c.line LEFT JOIN verdicts v ON v.line = l.id
       LEFT JOIN orders o ON o.decision = ? AND o.line = l.line WHERE c.case_id = ? ORDER BY l.score DESC, l.line`,
      decision,
      id,
    );
    const { subject, measure } = this.database.get<{ subject: string; measure: string }>(
      'SELECT subject, measure FROM cases WHERE id = ?',
      id,
    )!;
    const content = {
      schema: 'catpool.lead/1',
      ...{ case: id, subject, measure, reason },
      lines: lines.map(({ reasons, first_s, last_s, order_id, ...line }) => ({
        ...line,
        first: isoMs(first_s * 1000),
        last: isoMs(last_s * 1000),
        order: order_id,
        reasons: reasonsOf({ reasons: reasons ?? '[]' }).map(({ text, text_zh }) => ({ text, text_zh })),
      })),
    };
    const what = maskText(subject);
    return {
      ...identified('lead', content),
      subject,
      text: `Lead: case ${id}, ${what}, ${lines.length} lines`,
      text_zh: `线索：案件 ${id}，${what}，${lines.length} 条线路`,
      content,
    };
  }
}

/** In the desk's database: the last row of the log whose lead was handed over. */
const TOLD = 'leads_told';

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
