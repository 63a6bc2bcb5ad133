import { createHash } from 'node:crypto';
import { isDiskTrouble } from '../base/disk-trouble.ts';
import { UserError } from '../base/errors.ts';
import { CaptureDecoder } from '../capture/decode.ts';
import { readDisk } from '../capture/disk.ts';
import type { CaptureInput } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import { PcapngWriter } from '../capture/write-pcapng.ts';
import { type CollectOptions, type DecodedRows, decodeInto } from '../scan/collect.ts';
import { eventsOf } from '../scan/lake.ts';
import { Spool, SpoolStore } from '../scan/spool.ts';
import type { Store } from '../store/store.ts';
import type { Finished } from './finder.ts';
import type { LedgerEntry } from './ledger.ts';

/** Bytes of events kept in memory until they are in the store. */
const MEMORY = 32 * 1024 * 1024;

export interface TakeOptions extends Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits' | 'ss7Variant'> {
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** What became of a file, with its counters where it is in. */
export type Taken = { entry: LedgerEntry } & Partial<Pick<DecodedRows, 'result' | 'counters' | 'events'>>;

/** The store could not be written: the capture is not in, and is to be taken again. */
export class StoreTrouble extends UserError {
  override name = 'StoreTrouble';
}

/**
 * Decodes one capture and puts it into a store.
 *
 * @param input as it was listed
 * @returns what became of it; null where the file is gone
 * @throws StoreTrouble where it is to be tried again; the reason of the signal when that is aborted
 */
export async function take(
  input: CaptureInput,
  file: Finished,
  store: Store,
  options: TakeOptions,
): Promise<Taken | null> {
  const spools = new SpoolStore(MEMORY);
  const spool = new Spool(spools);
  try {
    let decoded: DecodedRows;
    try {
      decoded = await decodeInto(input, 0, options, {
        onChunk: (chunk) => spool.add(chunk),
        onEvent: null,
        onProgress: () => undefined,
        signal: options.signal,
      });
    } catch (error) {
      options.signal.throwIfAborted();
      if (isGone(error)) return null;
      if (isDiskTrouble(error)) throw new StoreTrouble((error as Error).message);
      return { entry: refused(file, error, options.now()) };
    }
    const { result, ends, counters, events } = decoded;
    const entry = entryOf(file, result);
    if (store.has(result.sha256, options.feed)) return { entry: { ...entry, outcome: 'repeated' } };
    let isIn: boolean;
    try {
      isIn = await store.commit(options.feed, { result, ends, counters, events: eventsOf(spool, ends.capture) });
    } catch (error) {
      throw new StoreTrouble((error as Error).message);
    }
    return isIn ? { entry, result, counters, events } : { entry: { ...entry, outcome: 'expired' } };
  } finally {
    spools.close();
  }
}

function entryOf({ path, stamp }: Finished, result: CaptureResult): LedgerEntry {
  return {
    path,
    ...stamp,
    outcome: 'taken',
    capture: result.sha256,
    packets: result.packets,
    bytes: result.bytes,
    first: result.first?.s ?? null,
    reason: null,
    since: null,
  };
}

/** The entry of a file that cannot be read. @param now milliseconds since the epoch */
export function refused({ path, stamp }: Finished, error: unknown, now: number): LedgerEntry {
  const reason = error instanceof UserError ? error.message : `internal error: ${String(error)}`;
  const since = new Date(now).toISOString();
  return { path, ...stamp, outcome: 'refused', capture: '', packets: 0, bytes: 0, first: null, reason, since };
}

export function isGone(error: unknown): boolean {
  return /: no such file or folder$/.test((error as Error).message);
}

/**
 * Where a file that was read before has grown, writes the packets that came since as a capture of their own: so that none counts twice
 * when its writer paused for longer than the time to settle.
 *
 * @param before what the file was when it was read
 * @param restPath where to write the packets that came since
 * @returns its new entry; null where it does not begin with what it was: another capture under an old name
 */
export async function growth(file: Finished, before: LedgerEntry, restPath: string): Promise<LedgerEntry | null> {
  const early = createHash('sha256');
  const all = createHash('sha256');
  let bytes = 0;
  let writer: PcapngWriter | null = null;
  let packets = 0;
  const decoder = new CaptureDecoder(
    (packet) => {
      packets = packet.frame;
      if (packet.frame <= before.packets) return;
      writer ??= new PcapngWriter(restPath);
      writer.write(packet);
    },
    (chunk) => {
      if (bytes < before.bytes) early.update(chunk.subarray(0, before.bytes - bytes));
      all.update(chunk);
      bytes += chunk.length;
      return true;
    },
  );
  let ended = false;
  try {
    for await (const chunk of readDisk(file.file)) {
      await decoder.push(chunk);
      if (decoder.found !== null) break;
    }
    decoder.finish();
    ended = decoder.found === null && bytes >= before.bytes && early.digest('hex') === before.capture;
  } finally {
    decoder.close();
    const opened = writer as PcapngWriter | null;
    if (ended) opened?.close();
    else opened?.abandon();
  }
  if (!ended) return null;
  return {
    ...before,
    path: file.path,
    ...file.stamp,
    outcome: 'grown',
    capture: all.digest('hex'),
    packets,
    bytes,
  };
}
