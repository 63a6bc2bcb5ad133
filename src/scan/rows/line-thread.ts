import { parentPort } from 'node:worker_threads';
import type { FeatureContext } from '../../features/definition.ts';
import { Texts } from '../../features/history/texts.ts';
import { localOffset } from '../../features/local-time.ts';
import { Pairing } from '../../features/pairing.ts';
import { Population } from '../../features/population.ts';
import { boundGarbage } from '../heap.ts';
import { LineReader } from './line-reader.ts';
import type { LineReply, LineThreadData } from './line-threads.ts';
import { Meeter } from './meeting.ts';
import { LineVectors } from './vectors.ts';

/** A thread that meets the lines of one partition after the other, until another thread has begun the last one. */
boundGarbage();
parentPort!.once('message', ({ population: counts, ...data }: LineThreadData) => {
  // Later, when nobody holds what was sent of the population any more.
  setImmediate(meet, data, Population.fromJSON(counts));
});

function meet(data: Omit<LineThreadData, 'population'>, population: Population): void {
  const { lines, context: given, timeZone, pairing, forest, vectors, next } = data;
  const { names, imsis, rows } = lines;
  const texts = Texts.of(lines.texts);
  const reader = new LineReader(texts, rows, {
    nameOf: (line) => texts.text(names[line]!),
    imsiOf: (line) => (imsis[line]! < 0 ? null : texts.text(imsis[line]!)),
    otherOf: () => {
      throw new Error('rows in memory are not shared');
    },
  });
  const context: FeatureContext = {
    ...given,
    population,
    localOffset: timeZone === null ? null : localOffset(timeZone),
    pairing: Pairing.of(pairing),
  };
  const meeter = new Meeter(forest, context, new LineVectors(names.length, { shared: vectors }));
  reply({ kind: 'begun' });
  for (;;) {
    const index = Atomics.add(next, 0, 1);
    const partition = rows.partitions[index];
    if (partition === undefined) break;
    const met = meeter.meet(partition, (onLine) => reader.each(partition, onLine, () => Number.POSITIVE_INFINITY));
    const { keys, starts, traits } = met.company;
    reply({ kind: 'met', partition: index, lines: met }, [
      met.scores.buffer,
      met.calls.buffer,
      keys.buffer,
      starts.buffer,
      traits.buffer,
    ]);
  }
  reply({ kind: 'ended', switching: meeter.switching.data() });
}

function reply(message: LineReply, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}
