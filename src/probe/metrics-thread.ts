import { createServer, type ServerResponse } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { systemWords } from '../delivery/files.ts';
import type { HostPort } from './config.ts';
import { healthOf, metricsText, type SentStatus } from './metrics.ts';
import type { MetricsOrder } from './metrics-server.ts';

/** From the thread: once whether it listens, then each time that it wants a status. */
export type MetricsReply = { kind: 'listens'; at: HostPort } | { kind: 'failed'; words: string } | { kind: 'asks' };

/** How long a request waits for a new status, milliseconds: an idle probe gives it at once. */
const PATIENCE = 250;

const port = parentPort!;
const { at, status: first } = workerData as MetricsOrder & { at: HostPort };
let known: { status: SentStatus; since: number } = { status: first, since: Date.now() };
let waiting: (() => void)[] = [];

port.on('message', ({ status }: MetricsOrder) => {
  known = { status, since: Date.now() };
  for (const go of waiting) go();
  waiting = [];
});

/** Waits for a status that is newer than the request, as long as that may be. */
function renew(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    waiting.push(() => {
      clearTimeout(timer);
      resolve();
    });
    if (waiting.length === 1) port.postMessage({ kind: 'asks' } satisfies MetricsReply);
  });
}

async function answer(method: string, url: string, response: ServerResponse): Promise<void> {
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
    await renew();
    const now = Date.now();
    const { contentType, text } = await metricsText(known.status, (now - known.since) / 1000, now);
    send(200, contentType, text);
  } else if (url === '/health') {
    await renew();
    const health = healthOf(known.status, (Date.now() - known.since) / 1000);
    send(health.healthy ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
  } else {
    send(404, 'text/plain', 'there are /metrics and /health\n');
  }
}

const server = createServer((request, response) => {
  void answer(request.method ?? '', request.url ?? '', response);
});
// Nobody has a reason to send much, or slowly.
server.requestTimeout = 10_000;
server.headersTimeout = 10_000;
server.maxConnections = 64;
server.once('error', (error) => port.postMessage({ kind: 'failed', words: systemWords(error) } satisfies MetricsReply));
server.listen(at.port, at.host, () => {
  const address = server.address();
  const real = typeof address === 'object' && address !== null ? address.port : at.port;
  port.postMessage({ kind: 'listens', at: { host: at.host, port: real } } satisfies MetricsReply);
});
