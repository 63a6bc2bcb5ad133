import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ALERT_KINDS, type Alert, type AlertKind, type Finding } from '../../src/delivery/alert.ts';
import type { Clock } from '../../src/delivery/clock.ts';
import { DOCUMENT_KINDS, type Document } from '../../src/delivery/document.ts';
import type { SinkSetup } from '../../src/delivery/lane.ts';
import { type Outbox, type OutboxOptions, openOutbox } from '../../src/delivery/outbox.ts';
import { type Message, type Outcome, SENT, type Sink } from '../../src/delivery/sink.ts';

export const HOUR = 3_600_000;
export const SECOND = 1000;

/** A folder that is gone after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-delivery-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A receiver in memory: what it was given, in order, and what it says to it. */
export class Receiver implements Sink {
  readonly batch: number;
  readonly got: Message[] = [];
  /** Times of attempts, by the clock. */
  readonly attempts: number[] = [];
  answer: (messages: readonly Message[]) => Outcome | Promise<Outcome> = () => SENT;
  private readonly clock: Clock;

  constructor(clock: Clock, batch = 1) {
    this.clock = clock;
    this.batch = batch;
  }

  async send(messages: readonly Message[]): Promise<Outcome> {
    this.attempts.push(this.clock.now());
    const outcome = await this.answer(messages);
    if (outcome.outcome === 'sent') this.got.push(...messages);
    return outcome;
  }

  get ids(): string[] {
    return this.got.map(({ id }) => id);
  }
  get subjects(): string[] {
    return this.got.map(({ subject }) => subject);
  }
  get alerts(): Alert[] {
    return this.got.filter((message) => message.schema === 'catpool.alert/1');
  }
}

export const EVERYTHING = new Set([...(Object.keys(ALERT_KINDS) as AlertKind[]), ...DOCUMENT_KINDS]);

export function setup(sink: Sink, more: Partial<SinkSetup> = {}): SinkSetup {
  return { name: 'noc', sink, masked: false, kinds: EVERYTHING, ...more };
}

/** An outbox, and what it reported. It is closed after the test. */
export function open(folder: string, sinks: readonly SinkSetup[], clock: Clock, more: Partial<OutboxOptions> = {}) {
  const reports: string[] = [];
  const options = { probe: 'p1', window: 24 * HOUR, maxBytes: 64e6, report: (words: string) => reports.push(words) };
  const outbox: Outbox = openOutbox(folder, sinks, clock, { ...options, ...more });
  onTestFinished(() => outbox.close(0));
  return { outbox, reports };
}

/** A suspect found at an hour of March 2026. */
export function suspect(
  line: string,
  hour = 0,
  more: Partial<Extract<Finding, { kind: 'new_suspect' }>> = {},
): Finding {
  return {
    kind: 'new_suspect',
    time: new Date(Date.UTC(2026, 2, 1, hour)).toISOString(),
    tier: 'suspect',
    line,
    msisdn: line,
    imsi: null,
    score: 0.91,
    gateway: null,
    reasons: ['14 IMEIs in 24 h'],
    reasons_zh: ['24 小时内 14 个 IMEI'],
    ...more,
  };
}

export function order(id: string, more: Partial<Document> = {}): Document {
  return {
    id,
    kind: 'removal',
    subject: '8613800000001',
    text: 'Suspend line 8613800000001',
    text_zh: '停机 8613800000001',
    content: { order: id, line: '8613800000001', action: 'suspend' },
    ...more,
  };
}
