import { add, Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { NumberPlan } from '../base/numbers.ts';
import { compareTime } from '../base/time.ts';
import { type CaptureInput, listCaptures } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import { decodeCapture } from '../events/capture-events.ts';
import type { CaptureName } from '../events/capture-name.ts';
import { EventWriter } from '../events/codec.ts';
import type { EventContext } from '../events/finish.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import { Stitch } from '../events/stitch.ts';
import { Spool, type SpoolStore } from './spool.ts';
import { DecodePool } from './workers.ts';

export interface CollectOptions {
  /** Name of the feed the captures belong to. */
  feed: string;
  /** ISO 3166 code, for numbers without a country code; null: they stay as they are. */
  homeCountry: string | null;
  limits: Limits;
  /** Captures decoded at the same time; 1: in this thread. */
  workers: number;
  /** Called now and then with the bytes read so far from all captures. */
  onProgress?: (bytesOnDisk: number) => void;
}

/** All events of some captures, in no particular order. */
export interface Collected {
  /** In order of time. */
  captures: CaptureResult[];
  /** The same capture given twice (also once plain, once compressed): read once, named here. */
  repeated: string[];
  /** By the numbers that rows hold. */
  names: CaptureName[];
  spools: Spool[];
  events: number;
  counters: Counters;
}

/** What one capture gave. */
interface Part {
  result: CaptureResult;
  ends: LooseEnds;
  counters: Counters;
  spool: Spool;
  events: number;
}

/** Reads captures into events: each alone, then one stitch over what they left open. */
export async function collect(
  paths: readonly string[],
  store: SpoolStore,
  options: CollectOptions,
): Promise<Collected> {
  const inputs = await listCaptures(paths);
  const parts = await decodeAll(inputs, store, options);
  parts.sort(
    (a, b) =>
      compareFirst(a.result, b.result) ||
      (a.result.sha256 < b.result.sha256 ? -1 : a.result.sha256 > b.result.sha256 ? 1 : 0),
  );
  const counters = new Counters();
  const numbers = new Map<string, number>();
  const names: CaptureName[] = [];
  const repeated: string[] = [];
  const kept: Part[] = [];
  for (const part of parts) {
    if (numbers.has(part.result.sha256)) {
      repeated.push(part.result.path);
      part.spool.clear();
      continue;
    }
    numbers.set(part.result.sha256, kept.length);
    kept.push(part);
    counters.merge(part.counters);
  }
  const spools = kept.map((part) => part.spool);
  const joined = new Spool(store);
  // Rows number captures by their place among the inputs; the stitch numbers them after those.
  const byInput = new Map<string, number>();
  for (const [index, input] of inputs.entries()) byInput.set(input.path, index);
  for (const part of kept) names[byInput.get(part.result.path)!] = part.ends.capture;
  const numberOf = (capture: CaptureName): number => byInput.get(kept[numbers.get(capture.sha256)!]!.result.path)!;
  const writer = new EventWriter(numberOf, (chunk) => joined.add(chunk));
  const context: EventContext = { feed: options.feed, plan: new NumberPlan(options.homeCountry) };
  const stitch = new Stitch(
    context,
    options.limits,
    counters,
    (event) => writer.write(event),
    () => {
      add(counters.messages, 'joined across captures');
    },
  );
  for (const part of kept) stitch.add(part.ends);
  stitch.finish();
  writer.flush();
  spools.push(joined);
  return {
    captures: kept.map((part) => part.result),
    repeated,
    names,
    spools,
    events: kept.reduce((sum, part) => sum + part.events, writer.count),
    counters,
  };
}

async function decodeAll(inputs: CaptureInput[], store: SpoolStore, options: CollectOptions): Promise<Part[]> {
  const read = new Array<number>(inputs.length).fill(0);
  const progress = (index: number, bytes: number): void => {
    read[index] = bytes;
    options.onProgress?.(read.reduce((sum, value) => sum + value, 0));
  };
  if (options.workers > 1 && inputs.length > 1) {
    const pool = new DecodePool(Math.min(options.workers, inputs.length), options);
    try {
      return await Promise.all(
        inputs.map(async (input, index) => {
          const spool = new Spool(store);
          const done = await pool.decode(
            input,
            index,
            (chunk) => spool.add(chunk),
            (bytes) => progress(index, bytes),
          );
          return { ...done, spool };
        }),
      );
    } finally {
      await pool.close();
    }
  }
  const parts: Part[] = [];
  for (const [index, input] of inputs.entries()) {
    const spool = new Spool(store);
    const done = await decodeToRows(
      input,
      index,
      options,
      (chunk) => spool.add(chunk),
      (bytes) => progress(index, bytes),
    );
    parts.push({ ...done, spool });
  }
  return parts;
}

/** Decodes one capture into rows of events that number it `index`. */
export async function decodeToRows(
  input: CaptureInput,
  index: number,
  options: Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits'>,
  onChunk: (chunk: Buffer) => void,
  onProgress: (bytesOnDisk: number) => void,
): Promise<Omit<Part, 'spool'>> {
  const writer = new EventWriter(() => index, onChunk);
  const context: EventContext = { feed: options.feed, plan: new NumberPlan(options.homeCountry) };
  const decoded = await decodeCapture(
    input,
    context,
    options.limits,
    { onEvent: (event) => writer.write(event) },
    { onProgress },
  );
  writer.flush();
  return { ...decoded, events: writer.count };
}

function compareFirst(a: CaptureResult, b: CaptureResult): number {
  if (a.first === null || b.first === null) return (a.first === null ? 1 : 0) - (b.first === null ? 1 : 0);
  return compareTime(a.first.s, a.first.ns, b.first.s, b.first.ns);
}
