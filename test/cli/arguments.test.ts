import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { COMMANDS, parsed, toldCommands } from '../support/commands.ts';
import { root } from '../support/sources.ts';

/** Options of every command, each with a value that it takes. */
const OPTIONS = toldCommands().flatMap(({ name: command, positionals, options }) =>
  Object.keys(options.key)
    .filter((name) => name.length > 1 && !positionals.includes(name) && name !== 'help' && name !== 'version')
    .map((name) => ({
      command,
      name,
      isArray: options.array.includes(name),
      isBoolean: options.boolean.includes(name),
      value: options.choices[name]?.[0] ?? (options.number.includes(name) ? '1' : 'x'),
    })),
);

/** What a command needs besides an option, so that it is read at all. */
const NEEDS: Record<string, string[]> = {
  explain: ['explain', '8613812345678'],
  'import cdr': ['import', 'cdr', 'file'],
  user: ['user', 'list'],
  messages: ['messages', 'x'],
  events: ['events', 'x'],
  export: ['export', 'audit'],
};

describe('an option given twice', () => {
  test('is known of every command that has options', () => {
    expect(new Set(OPTIONS.map(({ command }) => command)).size).toBeGreaterThan(13);
    expect(OPTIONS.length).toBeGreaterThan(100);
    expect(OPTIONS.filter(({ isArray }) => isArray).map(({ name }) => name)).toContain('limit');
  });

  test.each(OPTIONS.filter(({ isArray }) => !isArray))(
    'is one line: $command --$name',
    async ({ command, name, isBoolean, value }) => {
      const option = isBoolean ? [`--${name}`] : [`--${name}`, value];
      const needed = OPTIONS.filter(
        (other) => other.command === command && REQUIRED[command]?.includes(other.name) && other.name !== name,
      );
      const others = needed.flatMap((other) => [`--${other.name}`, other.value]);
      const run = await cli(...(NEEDS[command] ?? command.split(' ')), ...others, ...option, ...option);
      expect(run).toEqual({ code: 1, stdout: '', stderr: `catpool: --${name}: given twice\n` });
    },
  );

  test('is found under its short name, in camel case, and with no- before it', async () => {
    expect((await cli('scan', 'x', '-o', 'a', '--output', 'b')).stderr).toBe('catpool: --output: given twice\n');
    expect((await cli('scan', 'x', '--homeCountry', 'CN', '--home-country=FR')).stderr).toMatch(
      /--home-country: given twice/,
    );
    expect((await cli('scan', 'x', '--strict', '--no-strict')).stderr).toBe('catpool: --strict: given twice\n');
  });

  test('is taken where it is a list', async () => {
    expect((await parsed('scan', 'x', '--limit', 'a=1', '--limit', 'b=2'))?.limit).toEqual(['a=1', 'b=2']);
    expect((await parsed('watch', '--hep', 'udp:1', '--hep', 'udp:2', '--store', 'lake'))?.hep).toEqual([
      'udp:1',
      'udp:2',
    ]);
  });
});

/** Options that a command cannot be without. */
const REQUIRED: Record<string, string[]> = {
  train: ['labels', 'output'],
  evaluate: ['labels'],
  'import cdr': ['mapping', 'store'],
  review: ['store'],
};

describe('an option without its value', () => {
  test.each([
    [['scan', 'x', '--store'], '--store'],
    [['scan', '--home-country', '--strict', 'x'], '--home-country'],
    [['scan', 'x', '--threshold'], '--threshold'],
    [['events', 'x', '--output='], '--output'],
    [['scan', 'x', '-o'], '--output'],
  ])('is one line: %j', async (args, option) => {
    expect(await cli(...args)).toEqual({ code: 1, stdout: '', stderr: `catpool: ${option}: expected a value\n` });
  });

  test('is not one whose value begins with a dash as numbers do, or is a dash', async () => {
    expect((await parsed('scan', 'x', '--threshold', '-1'))?.threshold).toBe(-1);
    expect((await parsed('events', 'x', '--output', '-'))?.output).toBe('-');
  });

  test('is not looked for behind --', async () => {
    const words = ['a.pcap', '--store', '-', '--store'];
    expect((await parsed('scan', '--strict', '--', ...words))?.capture).toEqual(words);
    expect((await parsed('explain', '--', '8613812345678', 'a.pcap'))?.line).toBe('8613812345678');
  });
});

describe('a wrong choice', () => {
  test.each([
    [['scan', 'x', '--format', 'xml'], '--format: expected table, ndjson, csv or parquet, got xml'],
    [['scan', 'x', '--fail-on=none'], '--fail-on: expected suspect or strong, got none'],
    [['scan', 'x', '--failOn', 'none', '--format', 'xml'], '--fail-on: expected suspect or strong, got none'],
    [['export', 'all'], 'what: expected removal, evidence, lead, labels, audit or shift, got all'],
  ])('is one line: %j', async (args, words) => {
    const { code, stdout, stderr } = await cli(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^catpool: [^\n]*\n$/);
    expect(stderr).toContain(words);
  });
});

describe('an option that would change nothing', () => {
  const LEARN = ['train', 'x', '-o', 'm', '--labels', 'verdicts.csv'];
  test.each([
    [['messages', 'x', '--workers', '2'], 'Unknown argument: workers'],
    [['messages', 'x', '--feed', 'a'], 'Unknown argument: feed'],
    [[...LEARN, '--hold-out', '0.5'], '--hold-out goes with --labels store'],
    [[...LEARN, '--desk', 'lake-desk'], '--desk goes with --labels store'],
    [['evaluate', 'x', '--labels', 'verdicts.csv', '--desk', 'lake-desk'], '--desk goes with --labels store'],
    [['export', 'audit', '--format', 'json'], '--format goes with export removal'],
    [['export', 'evidence', '8613812345678', '--format', 'csv'], '--format goes with export removal'],
    [['export', 'labels', '--window', '7d'], '--window goes with export evidence and lead'],
    [['export', 'removal', '--tac-db', 'tac.csv'], '--tac-db goes with export evidence and lead'],
    [['export', 'removal', '12'], 'export removal takes no more words: 12'],
    [['export', 'audit', '--verify', '-o', 'audit.ndjson'], 'export audit --verify writes no file: leave out --output'],
  ])('is one line: %j', async (args, words) => {
    expect(await cli(...args)).toEqual({ code: 1, stdout: '', stderr: `catpool: ${words}\n` });
  });

  test('is none where the decisions of the desk are meant', async () => {
    const { stderr } = await cli('train', 'x', '-o', 'm', '--labels', 'store', '--desk', 'nothing', '--hold-out', '2');
    expect(stderr).toBe('catpool: --hold-out needs a share from 0 up to, not including, 1\n');
  });
});

describe('a lone dash', () => {
  test.each(['scan', 'messages', 'events', 'features', 'train', 'evaluate'])(
    'is standard input to %s',
    async (command) => {
      const more = command === 'train' ? ['--labels', 'l', '-o', 'm'] : command === 'evaluate' ? ['--labels', 'l'] : [];
      expect((await parsed(command, '-', ...more))?.capture).toEqual(['-']);
      expect((await parsed(command, 'a.pcap', '-', 'b.pcap', ...more))?.capture).toEqual(['a.pcap', '-', 'b.pcap']);
    },
  );

  test('is standard input where one file is asked for', async () => {
    expect((await parsed('import', 'cdr', '-', '--mapping', 'msc', '--store', 'lake'))?.file).toBe('-');
    expect((await parsed('watch', '-', '--store', 'lake'))?.folder).toBe('-');
    expect((await parsed('explain', '8613812345678', '-'))?.capture).toEqual(['-']);
  });

  test('that nobody takes is named as it was typed', async () => {
    expect((await cli('doctor', '-')).stderr).toBe('catpool: Unknown argument: -\n');
  });
});

describe('a command line', () => {
  test('with a wrong command names the one that was meant, or says where they are', async () => {
    expect(await cli('scna')).toEqual({ code: 1, stdout: '', stderr: 'catpool: Did you mean scan?\n' });
    expect((await cli('frobnicate')).stderr).toMatch(/^catpool: [^\n]*frobnicate\n$/);
    expect((await cli()).stderr).toBe('catpool: Which command? See catpool --help.\n');
  });

  test('takes an option with a dot in its name for an unknown one', async () => {
    expect((await cli('scan', 'x', '--store.x', '1')).stderr).toBe('catpool: Unknown argument: store.x\n');
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await cli('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('help', () => {
  test.each(COMMANDS.map(({ command }) => String(command).split(' ')[0]!))(
    'of %s says what it does',
    async (command) => {
      const { code, stdout, stderr } = await cli(command, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`catpool ${command}`);
    },
  );
});

describe('completion', () => {
  test('is for the shell in use, unless one is named', async () => {
    const inUse = process.env.SHELL;
    try {
      process.env.SHELL = '/usr/bin/zsh';
      expect((await cli('completion')).stdout).toMatch(/^#compdef catpool\n/);
      process.env.SHELL = '/bin/bash';
      expect((await cli('completion')).stdout).toMatch(/^complete .* catpool$/m);
      expect((await cli('completion', 'zsh')).stdout).toMatch(/^#compdef catpool\n/);
    } finally {
      if (inUse === undefined) delete process.env.SHELL;
      else process.env.SHELL = inUse;
    }
    expect((await cli('completion', 'fish')).stderr).toBe('catpool: shell: expected bash or zsh, got fish\n');
  });

  test('what is missing or unknown is named as it is typed, once', async () => {
    expect((await cli('evaluate', 'x.pcap')).stderr).toBe('catpool: --labels: is needed\n');
    expect((await cli('watch', 'x', '--store', 'y', '--home-country', 'CN')).stderr).toBe(
      'catpool: Unknown argument: home-country\n',
    );
  });
});
