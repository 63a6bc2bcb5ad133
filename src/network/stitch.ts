import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { millisecondsBetween } from '../base/time.ts';
import { endsOf, Flow, FlowTable } from './flows.ts';
import { type LooseEnds, PIECE_OVERHEAD } from './loose.ts';
import type { Payload } from './payload.ts';
import { Reader, type StreamMark, type StreamReaders } from './streams.ts';

/** A piece that nothing joined for this long is forgotten: TCP gives up a connection sooner or later, and ports are used again. */
const LIFETIME_MS = 60_000;

/** What is known of the first byte of a run. */
export const Begins = {
  /** It begins a message. */
  message: 0,
  /** Not known: it may. */
  unsure: 1,
  /** It continues a message. */
  inside: 2,
} as const;
export type Begin = (typeof Begins)[keyof typeof Begins];

/** Contiguous bytes of a direction that were not consumed, from sequence number `start` (signed 32 bits). */
interface Run extends StreamMark {
  start: number;
  bytes: Buffer;
  begins: Begin;
  /** The reader has read a message of it. */
  inStep: boolean;
  seconds: number;
  nanoseconds: number;
}

class StitchedDirection extends Flow {
  /** By sequence number. */
  runs: Run[] = [];
  held = 0;
}

/**
 * Joins the loose ends of TCP directions across captures. Pieces may come in any order: each is joined to the ones it
 * touches, and a run whose beginning is known is shown to the reader. So the messages do not depend on where a capture was cut.
 */
export class Stitch {
  private readonly readers: StreamReaders;
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly table: FlowTable<StitchedDirection>;
  private held = 0;

  constructor(readers: StreamReaders, limits: Limits, counters: Counters) {
    this.readers = readers;
    this.limits = limits;
    this.counters = counters;
    this.table = new FlowTable<StitchedDirection>(limits.tcpStreams, (direction) => {
      this.held -= direction.held;
      if (direction.held > 0) add(counters.dropped, 'tcpStreams');
    });
  }

  /** Takes the bytes of one piece, kept from now on, that has the ends and time of `payload`. */
  piece(payload: Payload, begins: Begin, position: number, bytes: Buffer): void {
    let direction = this.table.find(payload);
    if (direction === undefined) {
      direction = new StitchedDirection();
      this.table.insert(payload, direction);
    }
    this.expire(direction, payload);
    const { runs } = direction;
    const start = position | 0;
    let run = runs.find((held) => touches(held, start) && joins(held, begins));
    if (run === undefined) {
      const { seconds, nanoseconds } = payload;
      run = { start, bytes, begins, inStep: false, seconds, nanoseconds, reader: Reader.unknown, slot: null };
      insert(runs, run);
    } else if (!extend(run, start, bytes)) {
      return;
    }
    this.settle(direction, run, payload);
    this.account(direction);
  }

  /** Hands over all that is held, so that another stitch may go on from here. */
  looseEnds(loose: LooseEnds): void {
    for (const direction of this.table.flows()) {
      const ends = endsOf(direction);
      for (const { begins, start, bytes, seconds, nanoseconds } of direction.runs) {
        const place = begins === Begins.inside ? 'head' : 'tail';
        loose.tcp(place, begins === Begins.unsure, true, ends, start, bytes, { seconds, nanoseconds, frame: 0 });
      }
    }
  }

  /** Shows what is new in `run` and joins it to the runs it reaches, until neither changes anything. */
  private settle(direction: StitchedDirection, run: Run, payload: Payload): void {
    const { runs } = direction;
    run.seconds = payload.seconds;
    run.nanoseconds = payload.nanoseconds;
    for (;;) {
      if (run.begins !== Begins.inside && run.bytes.length > 0 && !this.show(direction, run, payload)) return;
      if (run.bytes.length === 0) {
        runs.splice(runs.indexOf(run), 1);
        return;
      }
      for (let grown = false; !grown; ) {
        const next = runs.findIndex((other) => other !== run && touches(run, other.start) && joins(run, other.begins));
        if (next < 0) return;
        const [{ start, bytes }] = runs.splice(next, 1);
        grown = extend(run, start, bytes);
      }
    }
  }

  /** False where the run is done with. */
  private show(direction: StitchedDirection, run: Run, payload: Payload): boolean {
    const { runs } = direction;
    payload.data = run.bytes;
    payload.start = 0;
    payload.end = run.bytes.length;
    payload.cut = false;
    // Where a message begins there may be a frame of a WebSocket too: the reader has to find out what stream this is.
    const { consumed, headless, ignore } = this.readers.show(payload, !run.inStep, run);
    if (headless > 0) {
      const { start, seconds, nanoseconds } = run;
      const bytes = run.bytes.subarray(0, headless);
      const inside: Run = {
        start,
        bytes,
        begins: Begins.inside,
        inStep: false,
        seconds,
        nanoseconds,
        reader: Reader.unknown,
        slot: null,
      };
      runs.splice(runs.indexOf(run), 0, inside);
    }
    if (consumed > headless) {
      run.begins = Begins.message;
      run.inStep = true;
    }
    run.start = (run.start + consumed) | 0;
    run.bytes = run.bytes.subarray(consumed);
    if (!ignore) return true;
    runs.splice(runs.indexOf(run), 1);
    return false;
  }

  private expire(direction: StitchedDirection, payload: Payload): void {
    const { seconds, nanoseconds } = payload;
    direction.runs = direction.runs.filter(
      (run) => Math.abs(millisecondsBetween(run.seconds, run.nanoseconds, seconds, nanoseconds)) <= LIFETIME_MS,
    );
  }

  /** Counts the bytes held anew and keeps to the limits. */
  private account(direction: StitchedDirection): void {
    let held = 0;
    for (const run of direction.runs) held += run.bytes.length + PIECE_OVERHEAD;
    if (held > this.limits.tcpStreamBytes) {
      add(this.counters.dropped, 'tcpStreamBytes');
      direction.runs = [];
      held = 0;
    }
    this.held += held - direction.held;
    direction.held = held;
    while (this.held > this.limits.tcpBytes && this.table.evictOldest());
  }
}

/** Whether `position` lies in the run or right after it. */
function touches(run: Run, position: number): boolean {
  const offset = (position - run.start) | 0;
  return offset >= 0 && offset <= run.bytes.length;
}

/** Whether bytes that begin as `begins` says may continue the run. */
function joins(run: Run, begins: Begin): boolean {
  switch (run.begins) {
    case Begins.message:
      return true;
    case Begins.unsure:
      return begins !== Begins.message;
    default:
      return begins === Begins.inside;
  }
}

/** Adds what of `bytes` at `position` lies past the run's end; false where nothing does. */
function extend(run: Run, position: number, bytes: Buffer): boolean {
  const skip = (run.start + run.bytes.length - position) | 0;
  if (skip >= bytes.length) return false;
  run.bytes = Buffer.concat([run.bytes, bytes.subarray(skip)]);
  return true;
}

function insert(runs: Run[], run: Run): void {
  let place = runs.length;
  while (place > 0 && ((runs[place - 1].start - run.start) | 0) > 0) place--;
  runs.splice(place, 0, run);
}
