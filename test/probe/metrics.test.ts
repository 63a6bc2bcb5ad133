import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { MetricsServer } from '../../src/probe/metrics-server.ts';
import type { ProbeStatus } from '../../src/probe/probe.ts';

let server: MetricsServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

function statusOf(trouble: string | null, events: number): ProbeStatus {
  const counters = new Counters();
  counters.packets.set('read', 7);
  return {
    feed: 'north',
    trouble,
    counters,
    captures: { taken: 3, repeated: 0, expired: 0, grown: 0, refused: 0, vanished: 0 },
    events,
    waiting: 0,
    unfinished: 0,
    quarantined: 0,
    last_packet: 1_700_000_000,
    windows: [],
    tiers: { suspect: 1, strong: 2 },
    store_bytes: 10,
    disk: null,
    delivery: null,
    live: null,
    swept_at: null,
    scored_at: null,
  };
}

/** Asks from another process while this one's thread does nothing else than wait for it. */
function askedWhileBusy(port: number, path: string): { status: number; text: string } {
  const program = `fetch('http://127.0.0.1:${port}${path}').then(async (r) => console.log(JSON.stringify({ status: r.status, text: await r.text() })))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 60_000 });
  if (stdout === '') throw new Error(stderr || 'no answer');
  return JSON.parse(stdout);
}

describe('metrics and health', () => {
  test('are answered while the probe is busy, by what was known before', async () => {
    server = new MetricsServer(() => statusOf(null, 42));
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const health = askedWhileBusy(port, '/health');
    expect(health.status).toBe(200);
    expect(JSON.parse(health.text)).toMatchObject({ healthy: true, trouble: null, last_packet: 1_700_000_000 });
    const { text } = askedWhileBusy(port, '/metrics');
    expect(text).toMatch(/^catpool_events_total\{feed="north"\} 42$/m);
    expect(text).toMatch(/^catpool_packets_total\{kind="read",feed="north"\} 7$/m);
    expect(text).toMatch(/^catpool_suspects\{tier="strong",feed="north"\} 2$/m);
    expect(text).toMatch(/^catpool_status_age_seconds\{feed="north"\} [\d.]+$/m);
  });

  test('are as new as the request where the probe has time', async () => {
    let events = 1;
    let trouble: string | null = null;
    server = new MetricsServer(() => statusOf(trouble, events));
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    events = 2;
    trouble = 'no space left on device';
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ healthy: false, trouble });
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await metrics.text()).toMatch(/^catpool_events_total\{feed="north"\} 2$/m);
  });

  test('say in one line where the port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    server = new MetricsServer(() => statusOf(null, 0));
    const words = new RegExp(`^metrics: cannot listen on 127\\.0\\.0\\.1:${port}: .*address already in use`);
    await expect(server.listen({ host: '127.0.0.1', port })).rejects.toThrow(words);
    other.close();
  });
});
