import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simpleMapping, writeCsv } from '../support/cdr.ts';
import { cli } from '../support/cli.ts';
import { parsed, toldCommands } from '../support/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Words of the part of an example that is Catpool's: what a shell gives it. */
function wordsOf(example: string): string[] {
  const own = example.split(' | ').find((part) => part.startsWith('$0 '))!;
  return own
    .replace(/ >>? \S+$/, '')
    .split(' ')
    .slice(1);
}

const COMMANDS = toldCommands();
const EXAMPLES = COMMANDS.flatMap(({ examples }) => examples);

/** Commands whose examples need a person, a desk with decisions, a probe, or a network of a thousand: they are read, not run. */
const READ_ALONE = /^(watch(?!.*--once)|review|export|user|doctor|simulate --out|(?:train|evaluate) --labels store)/;

const DECODE_AT_ONCE = new Set(['scan', 'events', 'features', 'explain', 'train', 'evaluate']);

describe('an example of the help', () => {
  test('is there for every command', () => {
    const without = COMMANDS.filter(({ examples }) => examples.length === 0);
    expect(without.map(({ name }) => name)).toEqual(['import']);
    expect(COMMANDS.filter(({ name }) => name.startsWith('import ')).length).toBe(2);
  });

  test.each(EXAMPLES)('is a command line that is taken: %s', async (example) => {
    expect(await parsed(...wordsOf(example))).toBeDefined();
  });
});

describe('an example, run where its files are', () => {
  const before = process.cwd();
  const model = join(folder, 'small.json');
  let line = '';

  beforeAll(async () => {
    const scenario = join(folder, 'scenario.yaml');
    writeFileSync(
      scenario,
      'seed: 5\ncountry: "86"\nsubscribers: 30\nhours: 2\nstart: 2026-03-02T04:00:00Z\nfiles: 2\nnetwork: { numberFormat: plus, identity: number }\neveryGateway: { difficulty: naive, lines: 6 }\ngateways: 2\n',
    );
    const sim = join(folder, 'sim');
    await cli('simulate', '--out', sim, '--scenario', scenario);
    mkdirSync(join(folder, 'spool'));
    const captures = readdirSync(sim).filter((name) => name.endsWith('.pcap'));
    // What a file is called says nothing of what it is: both forms are told by their bytes.
    for (const name of captures) cpSync(join(sim, name), join(folder, 'spool', name.replace('.pcap', '.pcapng')));
    for (const name of ['trace.pcapng', 'a-interface.pcap']) cpSync(join(sim, captures[0]!), join(folder, name));
    writeFileSync(join(folder, 'one.pcapng.gz'), gzipSync(readFileSync(join(sim, captures[0]!))));
    cpSync(join(sim, 'labels.csv'), join(folder, 'verdicts.csv'));
    writeFileSync(join(folder, 'lake.key'), Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)), { mode: 0o600 });
    writeCalls();
    await writeParquet();
    process.chdir(folder);
    const trained = await cli(
      'train',
      'spool',
      '--labels',
      'verdicts.csv',
      '-o',
      model,
      '--trees',
      '6',
      '--folds',
      '2',
      '--prior',
      'none',
      '--workers',
      '1',
    );
    expect([trained.code, trained.stderr]).toEqual([0, expect.stringContaining('trees from')]);
    line = /^(86\d+),/m.exec(await active())![1]!;
  });
  afterAll(() => process.chdir(before));

  /** Lines of the captures that did something. */
  async function active(): Promise<string> {
    return (await cli('features', 'spool', '--format', 'csv', '--workers', '1')).stdout;
  }

  const run = EXAMPLES.filter((example) => !READ_ALONE.test(wordsOf(example).join(' ')));
  test.each(run)('ends well: %s', async (example) => {
    const words = wordsOf(example)
      .flatMap((word) => (word.includes('*') ? filesOf(word) : [word]))
      .map((word) => (word === '-' ? 'trace.pcapng' : word === '8613812345678' ? line : word));
    const [command] = words as [string];
    // A worker that runs from the sources needs the folder of the sources.
    if (DECODE_AT_ONCE.has(command)) words.push('--workers', '1');
    // The model of the sample is small, and has no thresholds.
    if (['scan', 'explain', 'evaluate'].includes(command)) words.push('--model', model);
    if (command === 'scan') words.push('--threshold', '0.5');
    // Stores of one example are none of the next.
    const store = words.indexOf('--store') + 1;
    if (store > 0 && words.includes('--pseudonym-key')) words[store] = 'pseudonymous/';
    if (command === 'train') words.push('--prior', 'none', '--trees', '6', '--folds', '2');
    if (command === 'evaluate' && words.includes('lake/'))
      await cli('features', 'spool', '--store', 'lake/', '--workers', '1');
    if (command === 'watch') {
      writeFileSync('probe.yaml', `model: ${model}\nsettle: 1s\nthreshold: 0.5\n`);
      words[words.indexOf('lake/')] = 'watched/';
      words.push('--config', 'probe.yaml');
    }
    const { code, stderr } = await cli(...words);
    expect([code, stderr.replace(/^pseudonymous store: .*$|^warning: .*$/gm, '')]).toEqual([
      0,
      expect.not.stringMatching(/catpool:|internal/),
    ]);
  });

  test('is run of most commands', () => {
    expect(new Set(run.map((example) => basename(wordsOf(example)[0]!)))).toEqual(
      new Set([
        'scan',
        'messages',
        'events',
        'features',
        'explain',
        'import',
        'train',
        'evaluate',
        'simulate',
        'watch',
        'completion',
      ]),
    );
  });
});

/** What a shell makes of `folder/*.end`. */
function filesOf(pattern: string): string[] {
  const at = pattern.indexOf('*');
  const names = readdirSync(pattern.slice(0, at) || '.').filter((name) => name.endsWith(pattern.slice(at + 1)));
  return names.sort().map((name) => pattern.slice(0, at) + name);
}

/** A call that a switch recorded, with the fields of 3GPP TS 32.298. */
function writeCalls(): void {
  const rows = [
    [
      'recordType',
      'servedMSISDN',
      'servedIMSI',
      'calledNumber',
      'callingNumber',
      'seizureTime',
      'answerTime',
      'releaseTime',
      'callDuration',
      'causeForTerm',
      'destinationNumber',
      'originationTime',
      'originatingNumber',
      'deliveryTime',
    ],
    [
      '0',
      '8613912345678',
      '460001234567890',
      '8613887654321',
      'NULL',
      '260105100000+0800',
      '260105100005+0800',
      '260105100105+0800',
      '60',
      '0',
      'NULL',
      'NULL',
      'NULL',
      'NULL',
    ],
  ];
  const text = rows.map((row) => `${row.join(',')}\n`).join('');
  writeFileSync(join(folder, 'calls.csv.gz'), gzipSync(text));
}

async function writeParquet(): Promise<void> {
  writeFileSync(join(folder, 'own.yaml'), simpleMapping());
  const csv = writeCsv(folder, 'calls.csv', [
    ['line', 'other', 'way', 'began', 'talked'],
    ['8613912345678', '8613887654321', 'out', '2026-03-02 10:00:00', 60],
  ]);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM read_csv('${csv}', all_varchar = true)) TO '${join(folder, 'calls.parquet')}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
}
