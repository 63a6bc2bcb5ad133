import { createHmac } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from './clock.ts';
import { failed, type Message, type Outcome, refused, SENT, type Sink } from './sink.ts';

export interface WebhookOptions {
  /** `http:` or `https:`. */
  url: string;
  /** Of the HMAC. */
  key: Buffer;
  /** Certificates trusted for https, PEM; undefined: those of the system. */
  ca: string[] | undefined;
  clock: Clock;
}

/** Client errors (RFC 9110 §15.5) that pass: the receiver did not judge what it was sent. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
/** An answer's body is of no use to us; it is read this far so that the receiver can end, bytes and milliseconds. */
const BODY_MAX = 64 * 1024;
const BODY_WAIT = 5000;

/**
 * Posts each message as JSON. `Idempotency-Key` is its id, `X-Catpool-Signature` proves who sent it and when.
 *
 * 2xx: sent. 4xx other than 408, 425, 429: refused. Everything else, redirects too, which are not followed: tried again, not
 * before Retry-After (RFC 9110 §10.2.3).
 */
export function webhook(options: WebhookOptions): Sink {
  return {
    batch: 1,
    send: ([message], signal) => (message === undefined ? Promise.resolve(SENT) : post(options, message, signal)),
  };
}

/**
 * `t=<seconds since the epoch>,v1=<HMAC-SHA256 of "<t>.<body>", hexadecimal>`. Receivers refuse a `t` that is long ago, so that
 * nobody who saw a request can send it again.
 */
function signature(key: Buffer, body: Buffer, milliseconds: number): string {
  const time = Math.floor(milliseconds / 1000);
  return `t=${time},v1=${createHmac('sha256', key).update(`${time}.`).update(body).digest('hex')}`;
}

function post({ url, key, ca, clock }: WebhookOptions, message: Message, signal: AbortSignal): Promise<Outcome> {
  const body = Buffer.from(JSON.stringify(message));
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    'Idempotency-Key': message.id,
    'User-Agent': 'catpool',
    'X-Catpool-Signature': signature(key, body, clock.now()),
  };
  return new Promise((resolve) => {
    const options = { method: 'POST', headers, agent: false as const, signal };
    const answered = (response: IncomingMessage) => {
      resolve(judge(response, clock.now()));
      letEnd(response);
    };
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, ...(ca === undefined ? {} : { ca }) }, answered)
      : requestHttp(url, options, answered);
    request.on('error', (error) => resolve(failed(error.message)));
    request.on('close', () => resolve(failed('the connection was closed without an answer')));
    request.end(body);
  });
}

function judge({ statusCode = 0, statusMessage = '', headers }: IncomingMessage, now: number): Outcome {
  const words = `HTTP ${statusCode} ${statusMessage}`.trimEnd();
  if (statusCode >= 200 && statusCode < 300) return SENT;
  if (statusCode >= 300 && statusCode < 400) return failed(`${words}: redirects are not followed`);
  if (statusCode >= 400 && statusCode < 500 && !PASSING.has(statusCode)) return refused(words);
  return failed(words, retryAfter(headers['retry-after'], now));
}

/** Milliseconds that a Retry-After asks for; null where it says nothing that can be understood. */
function retryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Reads what else comes, within bounds, without keeping the process for it. */
function letEnd(response: IncomingMessage): void {
  let bytes = 0;
  const late = setTimeout(() => response.destroy(), BODY_WAIT).unref();
  response.socket.unref();
  response.on('error', () => undefined);
  response.on('close', () => clearTimeout(late));
  response.on('data', (data: Buffer) => {
    bytes += data.length;
    if (bytes > BODY_MAX) response.destroy();
  });
}
