import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, type Options, parse } from 'csv-parse';
import { UserError } from '../../base/errors.ts';
import type { RecordBytes } from './file-bytes.ts';
import type { Mapping } from './mapping.ts';

/** Most bytes of a record: what is longer is a quote that nobody closed. */
const LONGEST_RECORD = 64 * 1024;

/** Given each row, with the number of its line in the file. */
export type OnRow = (row: string[], line: number) => void;

/**
 * Reads CSV in memory that does not depend on its size.
 *
 * @param onHeader given the names of the columns before the first row; returns who is given the rows
 * @throws UserError, one line, where a quote is opened that is not closed, or what `onHeader` throws
 */
export async function readCsv(
  bytes: RecordBytes,
  { encoding, delimiter, quote, header }: Mapping['file'],
  onHeader: (columns: string[]) => OnRow,
): Promise<void> {
  const options: Options = {
    bom: true,
    delimiter,
    quote: quote ?? false,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
  };
  let onRow = header === true ? null : onHeader(header);
  // Of the first thing that went wrong: a pipeline may tell of its own undoing instead.
  let thrown: unknown = null;
  async function* watched<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      thrown ??= error;
      throw error;
    }
  }
  const chunks = watched(inUtf8(bytes.read(), encoding));
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), parse(options), async (records) => {
      try {
        for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
          if (onRow === null) onRow = onHeader(record.map((name) => name.trim()));
          else onRow(record, info.lines);
        }
      } catch (error) {
        thrown ??= error;
        throw error;
      }
    });
  } catch (error) {
    throw wordsOf(thrown ?? error, bytes.name);
  }
}

/** A fault in the form of the file as one line; anything else as it is. */
function wordsOf(error: unknown, name: string): unknown {
  if (!(error instanceof CsvError)) return error;
  const what =
    error.code === 'CSV_MAX_RECORD_SIZE'
      ? `a record of more than ${LONGEST_RECORD / 1024} kB: a quote may be open (mapping: file.quote, file.delimiter)`
      : 'a quote that is not closed (mapping: file.quote)';
  return new UserError(`${name}: line ${(error as { lines?: number }).lines ?? '?'}: ${what}; nothing was imported`);
}

async function* inUtf8(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  if (decoder.encoding === 'utf-8') {
    yield* chunks;
    return;
  }
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
