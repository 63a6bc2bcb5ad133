import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/cli/next.ts';
import { parsed } from '../support/commands.ts';

const LINE = '8613800000001';

/** Words of a command line as a shell takes them apart. */
function wordsOf(command: string): string[] {
  const { stdout } = spawnSync('sh', ['-c', `catpool() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

/** What `scan` was given, and what `explain` is with the command that comes next. */
async function asked(...args: string[]) {
  const scan = (await parsed('scan', ...args))!;
  const command = explainCommand(LINE, scan);
  return { scan, command, explain: (await parsed(...wordsOf(command)))! };
}

describe('what comes next', () => {
  test.each([
    [['captures'], `catpool explain ${LINE} captures`],
    [['a.pcap', 'b.pcap', '--threshold', '0'], `catpool explain ${LINE} a.pcap b.pcap`],
    [['--store', 'lake/', '--feed', 'north'], `catpool explain ${LINE} --store lake/ --feed north`],
    // They are in the store by now, and all feeds were looked at.
    [['a.pcap', '--store', 'lake', '--feed', 'north'], `catpool explain ${LINE} --store lake`],
    [['a b.pcap'], `catpool explain ${LINE} 'a b.pcap'`],
    [['a.pcap', '--window', '1h', '--language', 'zh'], `catpool explain ${LINE} a.pcap --window 1h --language zh`],
  ])('after scan %j', async (args, expected) => {
    expect((await asked(...args)).command).toBe(expected);
  });

  test.each(["it's $HOME; `id`.pcap", '*.pcap', '~/x.pcap', '-x.pcap', '\u62d3\u6251.pcap'])(
    'names a file as it is: %s',
    async (name) => {
      const { explain } = await asked('--', name, '-');
      expect(explain).toMatchObject({ line: LINE, capture: [name, '-'] });
    },
  );

  test('says the same of everything that changes what is said', async () => {
    const options = {
      'home-country': 'CN',
      'ss7-variant': 'china',
      subscribers: 'my subscribers.csv',
      'tac-db': 'tac.csv',
      cells: 'cells.csv',
      networks: 'networks.csv',
      fingerprints: 'prints.json',
      allowed: 'allowed.csv',
      'own-prefixes': '8613,8615',
      'own-imsi': '46000',
      window: '7d',
      since: '2026-01-31T08:00:00+08:00',
      until: '2026-02-01T08:00:00+08:00',
      'time-zone': 'Asia/Shanghai',
      model: '-own.json',
      language: 'zh',
    };
    const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const { explain } = await asked('x.pcap', ...given, '--limit', 'tcpStreams=5', '--limit', 'dialogs=6');
    expect(explain).toMatchObject({ ...options, limit: ['tcpStreams=5', 'dialogs=6'] });
  });
});
