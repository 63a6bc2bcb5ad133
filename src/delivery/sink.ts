import type { Alert } from './alert.ts';
import type { PostedDocument } from './document.ts';

/** What receivers get: both kinds carry `schema`, `id`, `kind`, `subject`, `severity`, `text`, `text_zh` and `probe`. */
export type Message = Alert | PostedDocument;

/** What became of an attempt to deliver. */
export type Outcome =
  /** `but`: what an operator should know of it. */
  | { outcome: 'sent'; but?: string }
  /** The receiver will not take it, however often it is asked. */
  | { outcome: 'refused'; why: string }
  /** To be tried again; `retryAfter`: not before so many milliseconds, where the receiver said so. */
  | { outcome: 'failed'; why: string; retryAfter: number | null };

/** One way out: knows how to hand messages to a receiver, nothing of queues. */
export interface Sink {
  /** Messages it takes at a time. */
  readonly batch: number;
  /** Hands over messages, all or none of them. Gives up when `signal` is aborted. */
  send(messages: readonly Message[], signal: AbortSignal): Promise<Outcome>;
}

export const SENT: Outcome = { outcome: 'sent' };

/** An attempt that is to be made again. */
export function failed(why: string, retryAfter: number | null = null): Outcome {
  return { outcome: 'failed', why, retryAfter };
}

/** An attempt that is not to be made again. */
export function refused(why: string): Outcome {
  return { outcome: 'refused', why };
}
