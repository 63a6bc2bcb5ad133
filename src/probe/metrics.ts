import { createServer, type Server, type ServerResponse } from 'node:http';
import { Counter, Gauge, Registry } from 'prom-client';
import { UserError } from '../base/errors.ts';
import { systemWords } from '../delivery/files.ts';
import type { HostPort } from './config.ts';
import type { ProbeStatus } from './probe.ts';

/** Answers `/metrics` for Prometheus and `/health` for whoever supervises the probe. */
export class MetricsServer {
  private readonly server: Server;
  private readonly status: () => ProbeStatus;
  private readonly now: () => number;

  /**
   * @param status asked at each request
   * @param now milliseconds since the epoch
   */
  constructor(status: () => ProbeStatus, now: () => number) {
    this.status = status;
    this.now = now;
    this.server = createServer((request, response) => {
      void this.answer(request.method ?? '', request.url ?? '', response);
    });
    // Nobody has a reason to send much, or slowly.
    this.server.requestTimeout = 10_000;
    this.server.headersTimeout = 10_000;
    this.server.maxConnections = 64;
  }

  /** @returns where it listens @throws UserError where it cannot */
  listen({ host, port }: HostPort): Promise<HostPort> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (error) =>
        reject(new UserError(`metrics: cannot listen on ${host}:${port}: ${systemWords(error)}`)),
      );
      this.server.listen(port, host, () => {
        const address = this.server.address();
        resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(method: string, url: string, response: ServerResponse): Promise<void> {
    const send = (code: number, type: string, body: string) => {
      response.writeHead(code, {
        'content-type': type,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      response.end(method === 'HEAD' ? undefined : body);
    };
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send(405, 'text/plain', 'only GET\n');
    } else if (url === '/metrics') {
      const registry = registryOf(this.status(), this.now());
      send(200, registry.contentType, await registry.metrics());
    } else if (url === '/health') {
      const { trouble, waiting, last_packet, swept_at, scored_at, quarantined } = this.status();
      const body = { healthy: trouble === null, trouble, waiting, quarantined, last_packet, swept_at, scored_at };
      send(trouble === null ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
    } else {
      send(404, 'text/plain', 'there are /metrics and /health\n');
    }
  }
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One name with what it means and its samples; a total where it never falls while the process lives. */
type Family = readonly [name: string, help: string, samples: readonly Sample[]];

function registryOf(status: ProbeStatus, now: number): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ feed: status.feed });
  for (const [name, help, samples] of families(status, now)) {
    const labelNames = [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))];
    const shape = { name: `catpool_${name}`, help, labelNames, registers: [registry] };
    const metric = name.endsWith('_total') ? new Counter(shape) : new Gauge(shape);
    for (const [labels, value] of samples) metric.inc(labels, value);
  }
  return registry;
}

function families(status: ProbeStatus, now: number): Family[] {
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
    [
      'trouble',
      '1 while the probe waits for a disk or store that it cannot write.',
      one(status.trouble === null ? 0 : 1),
    ],
  ];
}
