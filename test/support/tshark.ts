import { spawnSync } from 'node:child_process';

/** One packet's fields, in the order asked for; each is the list of its occurrences, empty where the packet has none. */
export type TsharkRow = string[][];

const SEPARATOR = '\x1e';
const AGGREGATOR = '\x1f';
const UNESCAPED: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  f: '\f',
  v: '\v',
  b: '\b',
  a: '\x07',
  '0': '\0',
};
const cache = new Map<string, TsharkRow[]>();

/**
 * What tshark, the independent decoder, reads: one row for each packet that passes `filter` ('' passes all), with every
 * occurrence of each field. A file that was cut short gives the packets before the cut. Reads gzip and zstd itself.
 *
 * @param extra more arguments, for instance `['-o', 'tcp.desegment_tcp_streams:FALSE', '-2']`
 */
export function tsharkFields(
  file: string,
  filter: string,
  fields: readonly string[],
  extra: readonly string[] = [],
): TsharkRow[] {
  const arguments_ = ['-n', '-r', file, ...(filter ? ['-Y', filter] : []), ...extra];
  arguments_.push('-T', 'fields', '-E', 'escape=y', '-E', 'occurrence=a');
  arguments_.push(
    '-E',
    `separator=${SEPARATOR}`,
    '-E',
    `aggregator=${AGGREGATOR}`,
    ...fields.flatMap((f) => ['-e', f]),
  );
  const key = arguments_.join('\0');
  let rows = cache.get(key);
  if (!rows) {
    rows = tshark(arguments_)
      .split('\n')
      .slice(0, -1)
      .map((line) =>
        line.split(SEPARATOR).map((field) => (field === '' ? [] : field.split(AGGREGATOR).map(unescaped))),
      );
    cache.set(key, rows);
  }
  return rows;
}

/** Standard output of one run of tshark with its default preferences. Throws with its words where it could not run or read. */
function tshark(arguments_: readonly string[]): string {
  const run = spawnSync('tshark', arguments_, {
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', WIRESHARK_CONFIG_DIR: '/nonexistent' },
  });
  if (run.error) throw new Error(`tshark did not run: ${run.error.message}`);
  // 2 is also the status after a file that was cut short, whose packets were printed.
  if (run.status !== 0 && !(run.status === 2 && /cut short|damaged or corrupt/.test(run.stderr))) {
    const words = run.stderr.replace(/^Running as user.*\n/m, '').trim();
    throw new Error(`tshark on ${arguments_[2]}: ${words || `ended with status ${run.status}`}`);
  }
  return run.stdout;
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, (_, letter: string) => UNESCAPED[letter] ?? letter) : text;
}
