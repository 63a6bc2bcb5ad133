import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { type Duck, quote } from './duck.ts';
import { copy } from './event-batch.ts';

/** Values of one verdict by column; lists and objects stand as JSON. */
export type VerdictRow = Readonly<Record<string, unknown>>;

/**
 * Writes the verdicts of one run, immutable, as `verdicts/<until>-<window>-<number>.parquet`, times in seconds since the epoch.
 *
 * @returns the name of the file below the store
 */
export async function writeVerdicts(
  root: string,
  disk: Disk,
  duck: Duck,
  rows: readonly VerdictRow[],
  from: number,
  until: number,
): Promise<string> {
  const folder = join(root, 'verdicts');
  disk.folder(folder);
  const stamp = new Date(Math.ceil(until) * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  const stem = `${stamp}-${Math.round(until - from)}s`;
  // Runs over the same window at a time each get a number: the one that makes the claim has it.
  for (let number = 1; ; number++) {
    const name = `verdicts/${stem}-${number}.parquet`;
    if (disk.written(join(root, name)) !== null || !disk.claim(join(root, `verdicts/.${stem}-${number}`), '')) continue;
    try {
      await disk.make(join(root, name), async (part) => {
        const text = disk.part(`${part}.ndjson`);
        const lines = rows.map((row) => JSON.stringify({ ...row, window_from: from, window_until: until }));
        disk.writePlain(text, `${lines.join('\n')}\n`);
        try {
          const source =
            rows.length === 0
              ? `SELECT NULL::VARCHAR AS line, ${from}::DOUBLE AS window_from, ${until}::DOUBLE AS window_until WHERE false`
              : `SELECT * FROM read_json(${quote(text)}, format = 'newline_delimited', sample_size = -1, maximum_depth = 1)`;
          await copy(duck, source, part);
        } finally {
          disk.remove(text);
        }
      });
      disk.sync();
    } finally {
      disk.remove(join(root, `verdicts/.${stem}-${number}`));
    }
    return name;
  }
}
