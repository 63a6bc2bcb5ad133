import { add, Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { numberPlan } from '../base/numbers.ts';
import { compareTime, type PacketTime } from '../base/time.ts';
import { type CaptureInput, listCaptures } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import { type CaptureObserver, decodeCapture } from '../events/capture-events.ts';
import type { CaptureName } from '../events/capture-name.ts';
import { EventWriter } from '../events/codec.ts';
import type { EventContext } from '../events/context.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import { Stitch } from '../events/stitch.ts';
import type { References } from '../features/references/references.ts';
import type { Ss7VariantId } from '../ss7/message.ts';
import { boundGarbage } from './heap.ts';
import { NamelessRows, NamelessWriter } from './naming/nameless.ts';
import { EventTable } from './rows/table.ts';
import { Spool, type SpoolStore } from './spool.ts';
import { DecodeWorker } from './workers.ts';

export interface CollectOptions {
  /** Name of the feed the captures belong to. */
  feed: string;
  /** ISO 3166 code, for numbers without a country code; null: they stay as they are. */
  homeCountry: string | null;
  limits: Limits;
  /** Point codes of all signalling links; null or left out: found link by link. */
  ss7Variant?: Ss7VariantId | null;
  /** Captures decoded at the same time, one of them in this thread. */
  workers: number;
  /** What is kept of events: all of it (the default), only what features read, or both. */
  keep?: Keep;
  /** Captures get their names even where it takes none to tell them apart. */
  named?: boolean;
  /** Called now and then with the bytes read so far from all captures. */
  onProgress?: (bytesOnDisk: number) => void;
}

export type Keep = 'events' | 'rows' | 'both';

/** All events of some captures, in no particular order. */
export interface Collected {
  /** In order of time. */
  captures: CaptureResult[];
  /** The same capture given twice (also once plain, once compressed): read once, named here. */
  repeated: string[];
  /** By the numbers that rows hold. */
  names: CaptureName[];
  /** Whole events, as bytes; empty where they are not kept. */
  spools: Spool[];
  /** What features read of them; empty where it is not kept. */
  table: EventTable;
  events: number;
  counters: Counters;
  /** What the operator's files say; absent: no files. */
  references?: References;
  /** Numbers in them are pseudonyms; absent: they are as they are. */
  pseudonymous?: boolean;
  /** They were read without a home country; absent: not so. */
  withoutCountry?: boolean;
}

/** What one capture gave besides its events. */
export interface DecodedRows {
  result: CaptureResult;
  ends: LooseEnds;
  counters: Counters;
  /** How many they are. */
  events: number;
}

/** One capture, decoded by itself, with its place among the inputs. */
export interface Part extends DecodedRows {
  index: number;
  spool: Spool;
  /** Its events that wait for names, as {@link NamelessWriter} writes them; empty where they are among the loose ends. */
  nameless: Spool;
}

/**
 * A capture whose packets are not in order may begin earlier than its first packet says, by seconds: what may come after it
 * in time waits for it.
 */
const DISORDER = 60;

/** Reads captures into events: each alone, then one stitch over what they left open. */
export async function collect(
  paths: readonly string[],
  store: SpoolStore,
  options: CollectOptions,
): Promise<Collected> {
  boundGarbage();
  const counters = new Counters();
  const inputs = await listCaptures(paths, counters);
  const gathering = new Gathering(inputs, store, options, counters);
  await decodeEach(inputs, store, gathering.table, { ...options, apart: true }, (part) => gathering.add(part));
  const collected = gathering.finish();
  boundGarbage();
  return collected;
}

/**
 * Decodes captures, several at a time.
 *
 * @param table of the rows that features read
 * @param options `apart`: events that wait for names are no part of the loose ends
 * @param onPart given each as soon as it is decoded; the same lane goes on when it is done with it
 */
export async function decodeEach(
  inputs: readonly CaptureInput[],
  store: SpoolStore,
  table: EventTable,
  options: CollectOptions & { apart?: boolean },
  onPart: (part: Part) => void | Promise<void>,
): Promise<void> {
  const read = new Array<number>(inputs.length).fill(0);
  const progress = (index: number, bytes: number): void => {
    read[index] = bytes;
    options.onProgress?.(read.reduce((sum, value) => sum + value, 0));
  };
  const { keep = 'events', apart = false } = options;
  const all = keep !== 'rows' || options.named === true;
  const failure = new AbortController();
  const workers = Array.from(
    { length: Math.min(options.workers, inputs.length) - 1 },
    () => new DecodeWorker({ ...options, keep }),
  );
  let next = 0;
  /** Decodes one capture after the other, in a worker or here. */
  const lane = async (worker: DecodeWorker | null): Promise<void> => {
    while (next < inputs.length) {
      const index = next++;
      const input = inputs[index]!;
      const spool = new Spool(store);
      const nameless = new Spool(store);
      const onChunk = (chunk: Buffer): void => spool.add(chunk);
      const onNameless = (chunk: Buffer): void => nameless.add(chunk);
      const onProgress = (bytes: number): void => progress(index, bytes);
      const named = all || mayRepeat(inputs, index);
      const decoded =
        worker === null
          ? await decodeInto(input, index, options, {
              onChunk: keep === 'rows' ? null : onChunk,
              onEvent: keep === 'events' ? null : (event) => table.add(event, index),
              onNameless: apart ? onNameless : null,
              onProgress,
              signal: failure.signal,
              named,
            })
          : await worker.decode({ input, index, named }, { onChunk, onNameless, onRows: table.receiver(), onProgress });
      await onPart({ ...decoded, index, spool, nameless });
    }
  };
  try {
    await Promise.all([...workers, null].map(lane));
  } catch (error) {
    next = inputs.length;
    failure.abort(error);
    throw error;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/**
 * Whether a capture may be the copy of another: both begin at the same time, or nobody knows when one of them does. What neither
 * compresses has the same length then.
 */
function mayRepeat(inputs: readonly CaptureInput[], index: number): boolean {
  const input = inputs[index]!;
  const { first } = input;
  if (first === null || inputs.at(-1)!.first === null) return inputs.length > 1;
  const isCopy = (other: CaptureInput): boolean => !input.plain || !other.plain || input.bytes === other.bytes;
  // They come in order of time.
  for (const step of [-1, 1]) {
    for (let at = index + step; isAt(inputs[at], first); at += step) if (isCopy(inputs[at]!)) return true;
  }
  return false;
}

function isAt(input: CaptureInput | undefined, time: PacketTime): boolean {
  return input?.first != null && compareTime(time.s, time.ns, input.first.s, input.first.ns) === 0;
}

/** Takes decoded captures in, as they come, and hands their loose ends to the stitch in order of time, as early as that order is sure. */
class Gathering {
  readonly table: EventTable;
  private readonly inputs: readonly CaptureInput[];
  private readonly counters: Counters;
  private readonly stitch: Stitch;
  private readonly writer: EventWriter;
  private readonly joined: Spool;
  /** Decoded, but one that was named before it is not. */
  private readonly early: (Part | undefined)[] = [];
  private next = 0;
  /** Not yet in the stitch. */
  private waiting: Part[] = [];
  private readonly kept: Part[] = [];
  /** Number of each capture: rows number captures by their place among the inputs. */
  private readonly numbers = new Map<CaptureName, number>();
  private readonly names: CaptureName[] = [];
  private readonly named = new Set<string>();
  private readonly repeated: string[] = [];
  private readonly withoutCountry: boolean;

  constructor(inputs: readonly CaptureInput[], store: SpoolStore, options: CollectOptions, counters: Counters) {
    this.inputs = inputs;
    this.counters = counters;
    this.withoutCountry = options.homeCountry === null;
    this.table = new EventTable(store);
    this.joined = new Spool(store);
    const { keep = 'events' } = options;
    const numberOf = (capture: CaptureName): number => this.numbers.get(capture)!;
    this.writer = new EventWriter(numberOf, (chunk) => this.joined.add(chunk));
    this.stitch = new Stitch(
      contextOf(options),
      options.limits,
      this.counters,
      (event) => {
        if (keep !== 'rows') this.writer.write(event);
        if (keep !== 'events') this.table.add(event, numberOf(event.first_capture));
        this.events++;
      },
      () => {
        add(this.counters.messages, 'joined across captures');
      },
    );
  }
  private events = 0;

  add(part: Part): void {
    this.early[part.index] = part;
    for (;;) {
      const next = this.early[this.next];
      if (next === undefined) return;
      delete this.early[this.next++];
      this.take(next);
    }
  }

  finish(): Collected {
    this.release(Number.POSITIVE_INFINITY);
    this.stitch.finish();
    this.writer.flush();
    this.kept.sort(compareParts);
    return {
      captures: this.kept.map((part) => part.result),
      repeated: this.repeated,
      names: this.names,
      spools: [...this.kept.map((part) => part.spool), this.joined],
      table: this.table,
      events: this.events,
      counters: this.counters,
      withoutCountry: this.withoutCountry,
    };
  }

  private take(part: Part): void {
    const { result } = part;
    if (result.sha256 !== '' && this.named.has(result.sha256)) {
      this.repeated.push(result.path);
      part.spool.clear();
      part.nameless.clear();
      this.table.dropped[part.index] = true;
      return;
    }
    this.named.add(result.sha256);
    this.numbers.set(part.ends.capture, part.index);
    this.names[part.index] = part.ends.capture;
    this.counters.merge(part.counters);
    this.events += part.events;
    this.kept.push(part);
    this.waiting.push(part);
    // Inputs come in order of their first packet, those that do not tell it last.
    if (this.inputs.at(-1)!.first !== null) this.release((this.inputs[this.next]?.first?.s ?? 0) - DISORDER);
  }

  /** Hands over what began before a time. */
  private release(seconds: number): void {
    const sure = this.waiting.filter(
      ({ result }) => (result.first?.s ?? Number.POSITIVE_INFINITY) < seconds || seconds === Number.POSITIVE_INFINITY,
    );
    this.waiting = this.waiting.filter((part) => !sure.includes(part));
    for (const part of sure.sort(compareParts)) {
      this.stitch.add(part.ends, new NamelessRows(part.nameless, this.names));
      part.nameless.clear();
      part.ends = { ...part.ends, states: [], ss7: [], holders: [], bytes: [] };
    }
  }
}

/** Who is given what one capture holds, while it is read. */
export interface DecodeTargets {
  /** Its events as bytes, in chunks of whole ones that number the capture `index`; null: not wanted. */
  onChunk: ((chunk: Buffer) => void) | null;
  onEvent: ((event: CatpoolEvent) => void) | null;
  /** Those that wait for names, as {@link NamelessWriter} writes them; left out: they are among the loose ends. */
  onNameless?: ((chunk: Buffer) => void) | null;
  onProgress: (bytesOnDisk: number) => void;
  signal?: AbortSignal;
  named?: boolean;
}

/** Decodes one capture in this thread. */
export async function decodeInto(
  input: CaptureInput,
  index: number,
  options: Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits' | 'ss7Variant'>,
  { onChunk, onEvent, onNameless = null, ...reading }: DecodeTargets,
): Promise<DecodedRows> {
  const writer = onChunk === null ? null : new EventWriter(() => index, onChunk);
  const nameless = onNameless === null ? null : new NamelessWriter(index, onNameless);
  let events = 0;
  const observer: CaptureObserver = {
    onEvent: (event) => {
      events++;
      writer?.write(event);
      onEvent?.(event);
    },
    ...(nameless === null ? {} : { onNameless: (event, asks) => nameless.write(event, asks) }),
  };
  const decoded = await decodeCapture(input, contextOf(options), options.limits, observer, reading);
  writer?.flush();
  nameless?.flush();
  return { ...decoded, events };
}

function contextOf({
  feed,
  homeCountry,
  ss7Variant,
}: Pick<CollectOptions, 'feed' | 'homeCountry' | 'ss7Variant'>): EventContext {
  return { feed, plan: numberPlan(homeCountry), ...(ss7Variant === undefined ? {} : { ss7Variant }) };
}

/** In order of time; where that is the same by their names, which do not depend on those of files, else as they were listed. */
function compareParts({ result: a, index }: Part, { result: b, index: other }: Part): number {
  return compareFirst(a, b) || (a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : 0) || index - other;
}

function compareFirst(a: CaptureResult, b: CaptureResult): number {
  if (a.first === null || b.first === null) return (a.first === null ? 1 : 0) - (b.first === null ? 1 : 0);
  return compareTime(a.first.s, a.first.ns, b.first.s, b.first.ns);
}
