import type { CommandModule } from 'yargs';
import { Counters } from '../../base/counters.ts';
import { EVENT_COLUMNS } from '../../events/event.ts';
import { eventRecord } from '../../events/record.ts';
import { type CollectOptions, collect } from '../../scan/collect.ts';
import { eventsInOrder } from '../../scan/rows/order.ts';
import { SpoolStore } from '../../scan/spool.ts';
import type { EventFilter, Store } from '../../store/store.ts';
import { atHome } from '../home.ts';
import { capturesOf, type StoreArguments, withStore } from '../lake.ts';
import { notRead } from '../not-read.ts';
import { captureOptions, collectOptionsOf, outputOptions, storeOption } from '../options.ts';
import { type Format, openRecords, type RecordWriter } from '../records.ts';
import { progressBar, say, warnOfCaptures, writeStats } from '../report.ts';
import { totalBytes } from '../total.ts';

interface Arguments extends StoreArguments {
  format: Format;
  output?: string | undefined;
  stats?: string | undefined;
}

export const eventsCommand: CommandModule<object, Arguments> = {
  command: 'events [capture...]',
  describe: 'What lines did: one record per call leg, registration, short message',
  builder: (yargs) =>
    outputOptions(storeOption(captureOptions(yargs), STORE), 'ndjson')
      .example('$0 events trace.pcapng --format table', 'the calls of a capture')
      .example('$0 events spool/ --format parquet --output events.parquet', 'for DuckDB, Spark, pandas') as never,
  handler: events,
};

const STORE = 'Store to put the captures into; the events are all that it holds';

async function events(args: Arguments): Promise<void> {
  const captures = capturesOf('events', args);
  const writer = openRecords(
    {
      schema: 'catpool.event/1',
      columns: EVENT_COLUMNS,
      table: {
        time: 30,
        kind: 12,
        direction: 11,
        msisdn: 15,
        imsi: 15,
        aor: 24,
        counterpart: 16,
        outcome: 12,
        ring_ms: 9,
        talk_ms: 10,
        released_by: 11,
      },
      sparse: false,
    },
    args.format,
    args.output ?? null,
  );
  try {
    const { store } = args;
    if (store === undefined) await writeCaptures(captures, args, writer);
    else {
      const { homeCountry } = captures.length > 0 ? await optionsOf(args, captures) : { homeCountry: null };
      await withStore({ ...args, store }, homeCountry, (lake, filter) => writeStore(lake, filter, args, writer));
    }
    await writer.end();
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

function optionsOf(args: Arguments, captures: string[]): Promise<CollectOptions> {
  return atHome(collectOptionsOf({ ...args, capture: captures }), captures, args.store);
}

async function writeStore(store: Store, filter: EventFilter, args: Arguments, writer: RecordWriter): Promise<void> {
  const started = performance.now();
  let events = 0;
  for await (const event of store.events(filter)) {
    writer.write(eventRecord(event));
    events++;
    if (writer.closed) break;
  }
  if (args.stats === undefined) return;
  const kept = [...store.eachCapture(filter)];
  const counters = new Counters();
  for (const one of kept) counters.merge(one.counters);
  const captures = kept.map(({ result }) => result);
  writeStats(args.stats, captures, counters, (performance.now() - started) / 1000, { events });
}

async function writeCaptures(captures: string[], args: Arguments, writer: RecordWriter): Promise<void> {
  const started = performance.now();
  const bar = progressBar(totalBytes(captures));
  const store = new SpoolStore(64 * 1024 * 1024);
  try {
    const collected = await collect(captures, store, {
      ...(await optionsOf(args, captures)),
      onProgress: (bytes) => bar.update(bytes),
    });
    bar.stop();
    for (const event of eventsInOrder(collected)) {
      writer.write(eventRecord(event));
      if (writer.closed) break;
    }
    const damaged = warnOfCaptures(collected.captures, collected.repeated, collected.counters);
    const words = notRead(collected.counters);
    if (words !== '') say(words);
    if (args.stats !== undefined) {
      writeStats(args.stats, collected.captures, collected.counters, (performance.now() - started) / 1000, {
        events: collected.events,
      });
    }
    if (damaged && args.strict) process.exitCode = 1;
  } finally {
    bar.stop();
    store.close();
  }
}
