import { statSync } from 'node:fs';
import type { Argv, CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { maskText } from '../../base/mask.ts';
import { parseMapping } from '../../store/cdr/mapping.ts';
import { READY, readMapping } from '../../store/cdr/mappings/ready.ts';
import type { Refusal } from '../../store/cdr/record-reader.ts';
import { homeOfStore } from '../../store/feed-state.ts';
import { openStore } from '../../store/store.ts';
import { type Imported, importRecords } from '../import.ts';
import { keyOption } from '../options.ts';
import { openRecords, type RecordWriter } from '../records.ts';
import { count, progressBar, say, span, warn } from '../report.ts';
import { Sink } from '../sink.ts';

/** Feed of records that come from no named source: not that of captures, whose calls go on from file to file. */
const STANDARD_FEED = 'cdr';

interface CdrArguments {
  file: string;
  mapping: string;
  store: string;
  feed: string;
  homeCountry?: string | undefined;
  timeZone?: string | undefined;
  pseudonymKey?: string | undefined;
  refused?: string | undefined;
  show: number;
  maxRefused: number;
}

export const importCommand: CommandModule = {
  command: 'import',
  describe: 'Put call records of other systems into a store',
  builder: (yargs) => yargs.command(cdrCommand).command(mappingCommand).demandCommand(1, 'Import what? See --help.'),
  handler: () => undefined,
};

const cdrCommand: CommandModule<object, CdrArguments> = {
  command: 'cdr <file>',
  describe: 'Call and location records from a CSV or Parquet file',
  builder: (yargs: Argv) =>
    keyOption(yargs)
      .positional('file', {
        describe: 'CSV (plain, gzip, zstd), Parquet, or - for CSV on standard input',
        type: 'string',
        demandOption: true,
      })
      .option('mapping', {
        describe: `What the columns mean: a YAML file, or ${Object.keys(READY).join(', ')}; see import mapping`,
        type: 'string',
        demandOption: true,
        group: 'Input:',
      })
      .option('home-country', {
        describe: 'Country of numbers without a country code, for instance CN',
        type: 'string',
        group: 'Input:',
      })
      .option('time-zone', {
        describe: 'Local time of times without an offset, instead of what the mapping says: Europe/Rome, +08:00',
        type: 'string',
        group: 'Input:',
      })
      .option('store', { describe: 'Store to put them into', type: 'string', demandOption: true, group: 'Output:' })
      .option('feed', {
        describe: 'Name of where the records come from; a store keeps each feed by itself',
        type: 'string',
        default: STANDARD_FEED,
        group: 'Output:',
      })
      .option('refused', {
        describe: 'File for all rows that were refused: NDJSON, or CSV by its name. It holds what stood in them',
        type: 'string',
        group: 'Output:',
      })
      .option('show', { describe: 'Refused rows that are shown', type: 'number', default: 10, group: 'Output:' })
      .option('max-refused', {
        describe: 'Percent of rows; where more are refused, nothing is imported',
        type: 'number',
        default: 10,
        group: 'Output:',
      })
      .example('$0 import cdr calls.csv.gz --mapping msc --store lake/ --home-country CN', 'records of a switch')
      .example('$0 import cdr calls.parquet --mapping own.yaml --store lake/ --home-country CN', 'your own layout')
      .example('$0 scan --store lake/ --window 7d', 'then score the last seven days')
      .epilogue('A file is imported once: what is given again changes nothing.') as never,
  handler: importCdr,
};

const mappingCommand: CommandModule<object, { name?: string | undefined }> = {
  command: 'mapping [name]',
  describe: 'Print a ready mapping, to begin your own with; without a name, list them',
  builder: (yargs: Argv) =>
    yargs
      .positional('name', { describe: Object.keys(READY).join(', '), type: 'string' })
      .example('$0 import mapping msc > own.yaml', 'begin with that of a switch') as never,
  handler: printMapping,
};

async function importCdr(args: CdrArguments): Promise<void> {
  const { mapping: mappingPath, feed, file } = args;
  if (!(args.maxRefused >= 0 && args.maxRefused <= 100))
    throw new UserError(`--max-refused: expected a percentage from 0 to 100, got ${args.maxRefused}`);
  const mapping = readMapping(mappingPath);
  const homeCountry = args.homeCountry ?? homeOfStore(args.store, [feed]) ?? homeOfStore(args.store) ?? null;
  const store = openStore(args.store, true, {
    homeCountry,
    pseudonymKey: args.pseudonymKey,
  });
  const bar = progressBar(file === '-' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0));
  let report: RecordWriter | null = null;
  const shown: Refusal[] = [];
  try {
    report = args.refused === undefined ? null : openReport(args.refused);
    const imported = await importRecords(file, store, {
      mapping,
      mappingPath: mappingPath in READY ? `mapping ${mappingPath}` : mappingPath,
      feed,
      homeCountry,
      timeZone: args.timeZone ?? null,
      mostRefused: args.maxRefused / 100,
      onProgress: (bytes) => bar.update(bytes),
      onRefusal: (refusal) => {
        if (shown.length < args.show) shown.push(refusal);
        report?.write({ ...refusal });
      },
    });
    bar.stop();
    await report?.end();
    tell({ ...args, file }, imported, shown);
  } catch (error) {
    report?.abandon();
    throw error;
  } finally {
    bar.stop();
    await store.close();
  }
}

function openReport(path: string): RecordWriter {
  const columns = { row: 'integer', column: 'text', expected: 'text', found: 'text' } as const;
  const format = /\.csv$/i.test(path) ? 'csv' : 'ndjson';
  return openRecords({ schema: 'catpool.refused/1', columns, table: {}, sparse: false }, format, path);
}

/** Says what became of the file. Numbers in what was refused are masked. */
function tell(
  { file, maxRefused, refused }: CdrArguments,
  { outcome, read, reasons }: Imported,
  shown: readonly Refusal[],
) {
  const name = file === '-' ? 'standard input' : file;
  if (outcome === 'in before') {
    say(`${name}: imported before; nothing was changed`);
    return;
  }
  if (read === null) return;
  for (const { row, column, expected, found } of shown)
    say(
      `  row ${row.toLocaleString('en-US')}, ${column}: expected ${expected}, got ${found === '' ? 'nothing' : maskText(found)}`,
    );
  if (read.refused > shown.length && shown.length > 0)
    say(`  ... ${refused === undefined ? 'all of them: --refused FILE' : `all of them: ${refused}`}`);
  for (const { column, expected, rows } of reasons)
    warn(`${count(rows, 'row')} refused: ${column}: expected ${expected}`);
  if (read.twice > 0) warn(`${count(read.twice, 'time')} came twice when clocks went back: the earlier was taken`);
  if (outcome === 'refused') {
    throw new UserError(
      `${name}: ${count(read.refused, 'row')} of ${read.rows.toLocaleString('en-US')} refused, more than ${maxRefused} %: nothing was imported (mapping, or --max-refused)`,
    );
  }
  if (outcome === 'expired') throw new UserError(`${name}: older than what the store keeps; nothing was imported`);
  const { first, last } = read.result;
  const parts = [
    `${count(read.rows, 'row')} over ${span(last!.s - first!.s)}`,
    `${count(read.events, 'event')} imported`,
    read.skipped > 0 ? `${count(read.skipped, 'row')} of types left out` : '',
    `${read.refused.toLocaleString('en-US')} refused`,
  ];
  say(parts.filter((part) => part !== '').join(' · '));
}

function printMapping({ name }: { name?: string | undefined }): void {
  const sink = new Sink(null);
  if (name === undefined) {
    for (const [ready, yaml] of Object.entries(READY))
      sink.write(`${ready.padEnd(14)} ${parseMapping(yaml, ready).describe}\n`);
  } else {
    if (!Object.hasOwn(READY, name))
      throw new UserError(`no ready mapping ${name}: there are ${Object.keys(READY).join(', ')}`);
    sink.write(READY[name]!);
  }
  sink.end();
}
