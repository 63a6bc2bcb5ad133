import { Counter, Gauge, Registry } from 'prom-client';
import type { ProbeStatus } from './probe.ts';

/** A status as it comes from another thread: counts are tables alone. */
export type SentStatus = Omit<ProbeStatus, 'counters'> & {
  counters: Record<'packets' | 'messages' | 'anomalies' | 'dropped' | 'encrypted', ReadonlyMap<string, number>>;
};

/** What Prometheus reads of a probe. @param age of the status, seconds @param now milliseconds since the epoch */
export async function metricsText(
  status: SentStatus,
  age: number,
  now: number,
): Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  registry.setDefaultLabels({ feed: status.feed });
  for (const [name, help, samples] of families(status, age, now)) {
    const labelNames = [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))];
    const shape = { name: `catpool_${name}`, help, labelNames, registers: [registry] };
    const metric = name.endsWith('_total') ? new Counter(shape) : new Gauge(shape);
    for (const [labels, value] of samples) metric.inc(labels, value);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** What whoever supervises a probe reads of it. */
export function healthOf(status: SentStatus, age: number): { healthy: boolean } & Record<string, unknown> {
  const { trouble, waiting, last_packet, swept_at, scored_at, quarantined } = status;
  return {
    healthy: trouble === null,
    trouble,
    waiting,
    quarantined,
    last_packet,
    swept_at,
    scored_at,
    status_age_s: Math.round(age),
  };
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One name with what it means and its samples; a total where it never falls while the process lives. */
type Family = readonly [name: string, help: string, samples: readonly Sample[]];

function families(status: SentStatus, age: number, now: number): Family[] {
  const { counters, delivery, windows, disk, last_packet: last } = status;
  const table = (label: string, counts: ReadonlyMap<string, number>): Sample[] =>
    [...counts].map(([name, value]) => [{ [label]: name }, value]);
  const one = (value: number): Sample[] => [[{}, value]];
  const sinks = (value: (sink: NonNullable<typeof delivery>['sinks'][number]) => number): Sample[] =>
    (delivery?.sinks ?? []).map((sink) => [{ sink: sink.name }, value(sink)]);
  return [
    ['packets_total', 'Packets of captures taken since the start: read, cut.', table('kind', counters.packets)],
    ['messages_total', 'Signalling messages since the start, by protocol.', table('protocol', counters.messages)],
    ['anomalies_total', 'Input that broke a rule, by kind.', table('kind', counters.anomalies)],
    ['dropped_total', 'What bounded tables dropped, by table.', table('table', counters.dropped)],
    ['encrypted_total', 'Flows of signalling that cannot be read, by kind.', table('kind', counters.encrypted)],
    ['events_total', 'Events that captures held whole, since the start.', one(status.events)],
    [
      'captures_total',
      'Files since the start, by what became of them.',
      Object.entries(status.captures).map(([outcome, value]) => [{ outcome }, value]),
    ],
    [
      'live_packets_total',
      'Packets of live input, by what became of them.',
      Object.entries(status.live ?? {}).map(([outcome, value]) => [{ outcome }, value]),
    ],
    ['captures_waiting', 'Files that are complete and not yet taken.', one(status.waiting)],
    ['captures_unfinished', 'Files that may still be written to.', one(status.unfinished)],
    ['captures_quarantined', 'Files that cannot be read.', one(status.quarantined)],
    ['last_packet_timestamp_seconds', 'Time of the last packet taken.', last === null ? [] : one(last)],
    ['lag_seconds', 'From the last packet taken until now.', last === null ? [] : one(now / 1000 - last)],
    [
      'scan_seconds',
      'That scoring a window took the last time.',
      windows.map(({ window, seconds }) => [{ window: String(window) }, seconds]),
    ],
    [
      'window_lines',
      'Lines that a window held when it was last scored.',
      windows.map(({ window, lines }) => [{ window: String(window) }, lines]),
    ],
    [
      'suspects',
      'Marked lines over all windows, by tier.',
      Object.entries(status.tiers).map(([tier, value]) => [{ tier }, value]),
    ],
    [
      'gateways',
      'Gateways found, by window.',
      windows.map(({ window, gateways }) => [{ window: String(window) }, gateways]),
    ],
    ['store_bytes', 'Events of this feed in the store.', one(status.store_bytes)],
    ['disk_free_bytes', 'Free on the disk of the store.', disk === null ? [] : one(disk.free)],
    ['disk_bytes', 'Size of the disk of the store.', disk === null ? [] : one(disk.total)],
    ['alerts_queued', 'Alerts that a receiver does not have yet.', sinks(({ queued }) => queued)],
    ['alerts_oldest_seconds', 'Age of the oldest of them.', sinks(({ oldest }) => (oldest ?? 0) / 1000)],
    ['alerts_sent_total', 'Alerts delivered since the outbox was made.', sinks(({ sent }) => sent)],
    ['alerts_refused_total', 'Alerts that a receiver refused.', sinks(({ dead }) => dead)],
    ['alerts_dropped_total', 'Alerts that a full outbox dropped.', sinks(({ dropped }) => dropped)],
    ['alerts_failed_total', 'Attempts that failed since the start.', sinks(({ failed }) => failed)],
    ['alerts_suppressed_total', 'Findings counted instead of told since the start.', one(delivery?.suppressed ?? 0)],
    ['status_age_seconds', 'Age of these figures: they wait while a window is scored.', one(age)],
    [
      'trouble',
      '1 while the probe waits for a disk or store that it cannot write.',
      one(status.trouble === null ? 0 : 1),
    ],
  ];
}
