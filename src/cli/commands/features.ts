import type { CommandModule } from 'yargs';
import type { ColumnType } from '../../events/event.ts';
import { CATALOGUE, computeVector } from '../../features/catalogue.ts';
import { describeFeatures } from '../../features/describe.ts';
import { exposureOf } from '../../features/exposure.ts';
import { EXTRAS } from '../../scan/judge/judge.ts';
import { type LinesOptions, withLines } from '../../scan/run.ts';
import { type Window, wholeOf } from '../../scan/windows.ts';
import { atHome } from '../home.ts';
import { capturesOf, lakeOptions, type StoreArguments, withStore } from '../lake.ts';
import {
  captureOptions,
  type LineArguments,
  lineOptions,
  linesOptionsOf,
  outputOptions,
  storeOption,
} from '../options.ts';
import { type Format, openRecords } from '../records.ts';
import { progressBar, sayBeside, warnOfCaptures, writeStats } from '../report.ts';
import { totalBytes } from '../total.ts';

interface Arguments extends StoreArguments, LineArguments {
  describe: boolean;
  format: Format;
  output?: string | undefined;
  stats?: string | undefined;
}

export const featuresCommand: CommandModule<object, Arguments> = {
  command: 'features [capture...]',
  describe: 'One record per line: its features',
  builder: (yargs) =>
    outputOptions(lineOptions(storeOption(captureOptions(yargs), STORE)), 'ndjson')
      .option('describe', {
        describe: 'Print the catalogue instead: definitions, units, sources',
        type: 'boolean',
        default: false,
        group: 'Output:',
      })
      .example('$0 features trace.pcapng --format csv --output features.csv', 'the numbers behind the scores')
      .example('$0 features --describe --format table', 'what the numbers are') as never,
  handler: features,
};

const STORE = 'Store to put the captures into; features are taken of the last window of all that it holds';

async function features(args: Arguments): Promise<void> {
  if (args.describe) {
    await describe(args);
    return;
  }
  const captures = capturesOf('features', args, '; --describe prints what they are');
  const started = performance.now();
  const columns: Record<string, ColumnType> = { line: 'text', hours: 'real', events: 'integer', calls: 'integer' };
  for (const definition of CATALOGUE) columns[definition.name] = 'real';
  const writer = openRecords(
    {
      schema: 'catpool.features/1',
      columns,
      table: { line: 24, hours: 8, events: 8, calls: 8, called_numbers: 14, calls_per_called_number: 24 },
      sparse: false,
    },
    args.format,
    args.output ?? null,
  );
  const options = await atHome(linesOptionsOf({ ...args, capture: captures }), captures, args.store);
  const write = async (paths: readonly string[], from: LinesOptions): Promise<void> => {
    const bar = progressBar(totalBytes(paths));
    try {
      await withLines(paths, { ...from, onProgress: (bytes) => bar.update(bytes) }, ({ lines, context, collected }) => {
        bar.stop();
        const vector = new Float64Array(CATALOGUE.length);
        lines.each((history) => {
          if (writer.closed) return;
          computeVector(history, context, vector);
          const { observedHours, events, calls } = exposureOf(history, context);
          const record: Record<string, unknown> = { line: history.line, hours: observedHours, events, calls };
          for (const [index, definition] of CATALOGUE.entries())
            record[definition.name] = Number.isNaN(vector[index]!) ? null : vector[index]!;
          writer.write(record);
        });
        if (from.lake !== undefined || wholeOf(collected.captures, from).from < context.from) sayWindow(context);
        const damaged =
          from.lake === undefined && warnOfCaptures(collected.captures, collected.repeated, collected.counters);
        if (args.stats !== undefined)
          writeStats(args.stats, collected.captures, collected.counters, (performance.now() - started) / 1000);
        if (damaged && args.strict) process.exitCode = 1;
      });
    } finally {
      bar.stop();
    }
  };
  try {
    const { store } = args;
    if (store === undefined) await write(captures, options);
    else
      await withStore({ ...args, store }, options.homeCountry, (lake, filter) =>
        write([], lakeOptions(options, lake, filter)),
      );
    await writer.end();
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

/** Says which window the features are of: who computes them again from the events must know. */
function sayWindow({ from, until }: Window): void {
  const [begin, end] = [from, until].map((seconds) => new Date(seconds * 1000).toISOString());
  sayBeside(`features from ${begin} to ${end}: the last window (--window and --until set another)`);
}

async function describe(args: Arguments): Promise<void> {
  const columns = {
    id: 'text',
    name: 'text',
    family: 'text',
    unit: 'text',
    en: 'text',
    zh: 'text',
    formula: 'text',
    source: 'text',
    columns: 'text',
    leaning: 'text',
    pseudonymous: 'text',
    digest: 'text',
  } as const;
  const writer = openRecords(
    { schema: 'catpool.feature/1', columns, table: { id: 5, name: 32, unit: 9, en: 70, source: 28 }, sparse: false },
    args.format,
    args.output ?? null,
  );
  for (const description of describeFeatures([...CATALOGUE, ...EXTRAS])) writer.write({ ...description });
  await writer.end();
}
