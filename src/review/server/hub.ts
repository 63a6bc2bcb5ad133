import type { ServerResponse } from 'node:http';
import type { DeskEvent } from './api.ts';

/** Whoever listens is sent a line this often, ms, so that proxies keep the connection and the dead are noticed. */
const HEARTBEAT_MS = 20_000;
/** Listeners of one user at a time; the oldest goes. */
const MOST_LISTENERS = 12;
/** A listener that does not read has this much waiting for it at most, bytes. */
const MOST_WAITING = 1024 * 1024;

interface Listener {
  user: number;
  out: ServerResponse;
  /** Whether it is still signed in. */
  holds: () => boolean;
}

/** Tells open pages what happens, as server-sent events. */
export class Hub {
  private readonly listeners = new Set<Listener>();
  private readonly heart: NodeJS.Timeout;

  constructor() {
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heart.unref();
  }

  /** Takes a response over, whose head is written. */
  listen(user: number, out: ServerResponse, holds: () => boolean): void {
    const own = [...this.listeners].filter((one) => one.user === user);
    if (own.length >= MOST_LISTENERS) own[0]!.out.end();
    const listener = { user, out, holds };
    this.listeners.add(listener);
    out.on('close', () => this.listeners.delete(listener));
    out.write('retry: 3000\n\n');
  }

  tell(event: DeskEvent): void {
    this.send(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  close(): void {
    clearInterval(this.heart);
    for (const { out } of this.listeners) out.end();
    this.listeners.clear();
  }

  private beat(): void {
    for (const { out, holds } of this.listeners) if (!holds()) out.end();
    this.send(': \n\n');
  }

  private send(text: string): void {
    for (const { out } of this.listeners) {
      if (out.writableLength > MOST_WAITING) out.destroy();
      else if (!out.writableEnded) out.write(text);
    }
  }
}
