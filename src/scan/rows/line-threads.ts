import type { Worker } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import { startThread } from '../../base/thread.ts';
import type { FeatureContext } from '../../features/definition.ts';
import type { SharedPairing } from '../../features/pairing.ts';
import type { PopulationJson } from '../../features/population.ts';
import type { Forest } from '../../forest/forest.ts';
import type { Model } from '../../forest/model.ts';
import type { SwitchingCounts } from '../../gateways/switching.ts';
import type { ContextOptions } from '../context.ts';
import type { Lines, SharedLines } from './lines.ts';
import { Meeter, Meeting, type MetLines } from './meeting.ts';

/** What a thread is told. */
export interface LineThreadData {
  lines: SharedLines;
  context: Pick<FeatureContext, 'from' | 'until' | 'observedSeconds' | 'ownPrefixes'>;
  timeZone: string | null;
  population: PopulationJson;
  pairing: SharedPairing;
  forest: Forest;
  /** File of vectors. */
  vectors: number;
  /** The next partition that nobody has begun. */
  next: Int32Array<SharedArrayBuffer>;
}

/** From a thread; `begun` once it has all it needs. */
export type LineReply =
  | { kind: 'begun' }
  | { kind: 'met'; partition: number; lines: MetLines }
  | { kind: 'ended'; switching: SwitchingCounts };

/**
 * Meets all lines of a window in their context, by several threads, this one among them, that take one partition after the other. What
 * they find does not depend on how many they are. Null where one thread does as well: few lines, which are in memory, or files of the operator's, which
 * only this thread has read. To be closed.
 *
 * @throws UserError where a thread ends before it is done
 */
export async function meetByThreads(
  lines: Lines,
  context: FeatureContext,
  { timeZone, references = {} }: ContextOptions,
  { forest }: Model,
  threads: number,
): Promise<Meeting | null> {
  const { allowed: _, ...told } = references;
  const isPlain = Object.values(told).every((one) => one === undefined);
  const { pairing } = context;
  const shared = threads > 1 && isPlain && pairing !== undefined ? lines.share() : null;
  if (shared === null || pairing === undefined) return null;
  const meeting = new Meeting(lines.count, true);
  // Partitions are taken in their order, whichever is met first.
  const early = new Map<number, MetLines>();
  let next = 0;
  const take = (reply: LineReply): void => {
    if (reply.kind === 'met') early.set(reply.partition, reply.lines);
    else if (reply.kind === 'ended') meeting.switching.merge(reply.switching);
    for (let met = early.get(next); met !== undefined; met = early.get(next)) {
      meeting.add(met);
      early.delete(next++);
    }
  };
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const workers = startAll(Math.min(threads, lines.partitions.length) - 1, {
    lines: shared,
    context: plain(context),
    timeZone,
    population: context.population.toJSON(),
    pairing: pairing.share(),
    forest,
    vectors: meeting.vectors.descriptor,
    next: turn,
  });
  // Those begin first: they have all to learn, and this one takes what they leave.
  const begun = workers.map((worker) => allOf(worker, take));
  const own = Promise.all(begun.map(({ begins }) => begins)).then(async () => {
    const meeter = new Meeter(forest, context, meeting.vectors);
    for (;;) {
      const index = Atomics.add(turn, 0, 1);
      const partition = lines.partitions[index];
      if (partition === undefined) break;
      const met = meeter.meet(partition, (onLine) => lines.eachOf(partition, onLine));
      take({ kind: 'met', partition: index, lines: met });
      await new Promise((resolve) => setImmediate(resolve));
    }
    take({ kind: 'ended', switching: meeter.switching.data() });
  });
  try {
    await Promise.all([...begun.map(({ ends }) => ends), own]);
    return meeting;
  } catch (error) {
    Atomics.store(turn, 0, lines.partitions.length);
    await own.catch(() => undefined);
    meeting.close();
    throw error;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** MB for what a thread just made: what it makes of a line is garbage with the next. */
const YOUNG = 12;

/** Told by message, not at their start: what is only read once is not kept then. */
function startAll(count: number, data: LineThreadData): Worker[] {
  return Array.from({ length: count }, () => {
    const worker = startThread(new URL('./line-thread.ts', import.meta.url), null, YOUNG);
    worker.postMessage(data);
    return worker;
  });
}

function plain({ from, until, observedSeconds, ownPrefixes }: FeatureContext): LineThreadData['context'] {
  return { from, until, observedSeconds, ...(ownPrefixes === undefined ? {} : { ownPrefixes }) };
}

/** Hands over what a thread replies: when it begins, and when it has said that it is done. Where it breaks down it does neither. */
function allOf(worker: Worker, take: (reply: LineReply) => void): { begins: Promise<void>; ends: Promise<void> } {
  let begin = (): void => undefined;
  let fail = (_: unknown): void => undefined;
  const begins = new Promise<void>((resolve, reject) => {
    begin = resolve;
    fail = reject;
  });
  const ends = new Promise<void>((resolve, reject) => {
    const breaks = (error: unknown): void => {
      fail(error);
      reject(error);
    };
    worker.on('message', (reply: LineReply) => {
      try {
        take(reply);
        if (reply.kind === 'begun') begin();
        if (reply.kind === 'ended') resolve();
      } catch (error) {
        breaks(error);
      }
    });
    worker.on('error', (error) =>
      breaks(new UserError(`a thread that scored lines broke down: ${error.message.split('\n')[0]}`)),
    );
    worker.on('exit', () => breaks(new UserError('a thread that scored lines ended early')));
  });
  return { begins, ends };
}
