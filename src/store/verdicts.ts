import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, PART } from './disk.ts';
import { type Duck, quote } from './duck.ts';
import { copy } from './event-batch.ts';
import { namesIn } from './feed-state.ts';

/** Values of one verdict by column; lists and objects stand as JSON. */
export type VerdictRow = Readonly<Record<string, unknown>>;

/** What nobody says is his, and is older than this, a crash left: milliseconds. */
const ABANDONED = 3_600_000;

/**
 * Writes the verdicts of one run, immutable, as `verdicts/<until>-<window>-<number>.parquet`, times in seconds since the epoch.
 *
 * @param by whose run it is, as the claim on the name says
 * @returns the name of the file below the store
 */
export async function writeVerdicts(
  root: string,
  disk: Disk,
  duck: Duck,
  rows: readonly VerdictRow[],
  from: number,
  until: number,
  by: string,
): Promise<string> {
  const folder = join(root, 'verdicts');
  disk.folder(folder);
  const stem = stemOf(from, until);
  // Runs over the same window at a time each get a number: the one that makes the claim has it.
  for (let number = 1; ; number++) {
    const name = `verdicts/${stem}-${number}.parquet`;
    if (disk.written(join(root, name)) !== null || !disk.claim(join(root, `verdicts/.${stem}-${number}`), by)) continue;
    try {
      await disk.make(join(root, name), async (part) => {
        const text = disk.part(`${part}.ndjson`);
        disk.writeLines(text, linesOf(rows, from, until));
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
      disk.remove(disk.part(join(root, name)));
      disk.remove(join(root, `verdicts/.${stem}-${number}`));
    }
    return name;
  }
}

/** Whether a run over the same window has left its verdicts. */
export function hasVerdicts(root: string, from: number, until: number): boolean {
  const stem = `${stemOf(from, until)}-`;
  return namesIn(join(root, 'verdicts')).some((name) => name.startsWith(stem) && name.endsWith('.parquet'));
}

function stemOf(from: number, until: number): string {
  const stamp = new Date(Math.ceil(until) * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${Math.round(until - from)}s`;
}

function* linesOf(rows: readonly VerdictRow[], from: number, until: number): Generator<string> {
  for (const row of rows) yield JSON.stringify({ ...row, window_from: from, window_until: until });
}

/** Takes away what a crash of the one writer of `feed` left among the verdicts, and what is so old that nobody can be at it. */
export function cleanVerdicts(root: string, disk: Disk, feed: string): void {
  const folder = join(root, 'verdicts');
  const all = namesIn(folder);
  const names = all.filter((name) => name.startsWith('.'));
  if (names.length === 0) return;
  const now = Math.max(...all.map((name) => disk.written(join(folder, name)) ?? 0));
  for (const name of names) if (name.endsWith(`.${feed}${PART}`)) disk.remove(join(folder, name));
  for (const claim of names.filter((name) => !name.endsWith(PART))) {
    const path = join(folder, claim);
    const age = now - (disk.written(path) ?? now);
    if (ownerOf(path) !== feed && age < ABANDONED) continue;
    // The claim goes last: until then its files are known by it.
    for (const name of names) if (name.includes(`${claim}.parquet`)) disk.remove(join(folder, name));
    disk.remove(path);
  }
}

/** Who made a claim; null where it is gone. */
function ownerOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
