import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../base/child.ts';
import { UserError } from '../base/errors.ts';
import { temporary } from '../base/temporary.ts';
import { type ScanOptions, type ScanResult, scan } from '../scan/run.ts';
import type { EventFilter, Store, StoreAddress } from '../store/store.ts';

/** One window of a store, to be scored; plain data. */
export interface WindowOrder {
  options: Omit<ScanOptions, 'lake'>;
  filter: EventFilter;
}

/** What the scoring of a window found; plain data. */
export type FoundWindow = Pick<
  ScanResult,
  'verdicts' | 'gateways' | 'lines' | 'tiers' | 'allowed' | 'events' | 'drift' | 'from' | 'until'
>;

/** What a process that scores a window is told. */
export type ProcessOrder = WindowOrder & { store: StoreAddress };

/** What it answers. */
export type ProcessReply = { kind: 'found'; found: FoundWindow } | { kind: 'failed'; message: string; user: boolean };

/** Scores a window in this process. */
export async function scoreHere(store: Store, { options, filter }: WindowOrder): Promise<FoundWindow> {
  const result = await scan([], { ...options, lake: { store, filter } });
  const { verdicts, gateways, lines, tiers, allowed, events, drift, from, until } = result;
  return { verdicts, gateways, lines, tiers, allowed, events, drift, from, until };
}

/**
 * Scores a window in a process of its own, which reads the store as this one would. All the memory that it took goes back to the
 * system when it ends: one that runs for months and scored by itself would keep some of it each time.
 *
 * @param signal ends it at once; the promise is then broken with the signal's reason
 * @throws UserError as scoring here does, and where the process is ended by another, for want of memory for instance
 */
export async function scoreApart(store: Store, order: WindowOrder, signal: AbortSignal): Promise<FoundWindow> {
  signal.throwIfAborted();
  // Whatever ends it, what it kept there goes.
  const folder = mkdtempSync(join(tmpdir(), 'catpool-'));
  const removed = temporary(folder);
  const child = startProcess(new URL('./window-process.ts', import.meta.url), { ...process.env, TMPDIR: folder });
  const end = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end);
  let reply: ProcessReply | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('message', (message: ProcessReply) => {
        reply = message;
      });
      child.once('error', reject);
      child.once('close', (code, by) => {
        if (reply !== undefined) resolve();
        else reject(new UserError(`the process that scored a window was ended early: ${by ?? `exit code ${code}`}`));
      });
      child.send({ ...order, store: store.address } satisfies ProcessOrder, (error) => {
        if (error !== null) end();
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    rmSync(folder, { recursive: true, force: true });
    removed();
  }
  if (reply!.kind === 'found') return reply!.found;
  throw reply!.user ? new UserError(reply!.message) : new Error(reply!.message);
}
