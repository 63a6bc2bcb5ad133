import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PcapWriter } from '../../src/capture/write.ts';
import { cli, records } from '../support/cli.ts';
import { frame } from '../support/frames.ts';
import { sharedCapture } from '../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const call = sharedCapture('sip', 'NormB+sipnab', 'sip_call.pcap');

function file(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('input that is no capture gives one clear line and exit code 1', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const cases: [string, () => string, RegExp][] = [
    ['a PNG', () => file('picture.png', png), /picture\.png.*PNG/],
    ['an empty file', () => file('empty.pcap', ''), /empty\.pcap.*empty/],
    ['text', () => file('notes.txt', 'hello, these are notes\n'), /notes\.txt/],
    ['a missing file', () => join(folder, 'none.pcap'), /none\.pcap/],
    [
      'a folder without captures',
      () => {
        mkdirSync(join(folder, 'hollow'), { recursive: true });
        return join(folder, 'hollow');
      },
      /hollow/,
    ],
  ];
  for (const [name, make, words] of cases) {
    for (const command of ['scan', 'messages', 'events', 'features']) {
      test(`${command}: ${name}`, async () => {
        const { code, stdout, stderr } = await cli(command, make());
        expect(code).toBe(1);
        expect(stdout).toBe('');
        expect(stderr).toMatch(words);
        expect(stderr.trim().split('\n')).toHaveLength(1);
        expect(stderr).not.toMatch(/internal error| at /);
      });
    }
  }

  test('but a capture of a link type that is not read says so', async () => {
    const path = join(folder, 'wlan.pcap');
    // LINKTYPE_IEEE802_11.
    const writer = new PcapWriter(path, { linkType: 105 });
    for (let i = 0; i < 7; i++) writer.write(Buffer.alloc(40), 1_700_000_000 + i, 0);
    writer.close();
    const { code, stdout } = await cli('scan', path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Not read: 7 packets of link type 105\.$/m);
  });

  // RFC 791 §3.2: ports are in the first fragment alone, so that a filter for a port leaves out the others.
  test('and so does one of first fragments, unless the others are in another file', async () => {
    const part = (offset: number, more: boolean, bytes: string) => {
      const made = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { identification: 7, offset, more, protocol: 17 });
      return (offset === 0 ? made.data(frame().udp(5060, 5060).text(bytes).bytes()) : made.text(bytes)).bytes();
    };
    const [first, rest] = ['first.pcap', 'rest.pcap'].map((name) => join(folder, name)) as [string, string];
    for (const [i, path] of [first, rest].entries()) {
      const writer = new PcapWriter(path, {});
      writer.write(
        i === 0 ? part(0, true, 'OPTIONS ') : part(16, false, 'sip:a SIP/2.0\r\n\r\n'),
        1_700_000_000 + i,
        0,
      );
      writer.close();
    }
    expect((await cli('scan', first)).stdout).toMatch(
      /Not read: the end of 1 datagram of which fragments are missing\.$/m,
    );
    expect((await cli('scan', first, rest)).stdout).not.toContain('Not read');
  });

  test('a FIFO closed early', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const writer = spawn('sh', ['-c', `: > ${fifo}`]);
    const { code, stderr } = await cli('events', fifo);
    writer.kill();
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/fifo/);
  });
});

describe('arguments', () => {
  test.each([
    [['--threshold', 'much'], /threshold/i],
    [['--limit', 'tcpStreams=none'], /tcpStreams/],
    [['--limit', 'nothing=1'], /nothing/],
    [['--window', 'a while'], /--window/],
    [['--since', 'yesterday'], /--since/],
    [['--workers', '0'], /--workers/],
    [['--own-prefixes', 'abc'], /--own-prefixes/],
    [['--home-country', 'XX'], /XX/],
    [['--time-zone', 'Mars/Base'], /Mars/],
    [['--model', '/nonexistent.json'], /model \/nonexistent\.json/],
    [['--frobnicate'], /frobnicate/],
  ])('%j', async (args, words) => {
    const { code, stderr } = await cli('scan', call, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/internal error/);
  });

  test('a wrong time zone is told before captures are looked for', async () => {
    const { code, stderr } = await cli('scan', '/nonexistent.pcap', '--time-zone', 'Mars/Base');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Mars/);
  });

  test('no command', async () => {
    expect((await cli()).code).toBe(1);
  });

  test('help has examples', async () => {
    const { stdout, code } = await cli('scan', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/catpool scan \*\.pcapng\.gz/);
  });

  test('completion prints a script', async () => {
    expect((await cli('completion')).stdout).toMatch(/complete/);
  });
});

describe('a capture that is cut', () => {
  test('gives everything up to the cut, a warning with the offset, and exit code 0; 1 with --strict', async () => {
    const bytes = execFileSync('cat', [call]);
    // 7 packets; the last loses its final 10 bytes.
    const cut = file('cut.pcap', bytes.subarray(0, bytes.length - 10));
    const { code, stdout, stderr } = await cli('messages', cut);
    expect(code).toBe(0);
    expect(records(stdout)).toHaveLength(6);
    expect(stderr).toMatch(/cut\.pcap: ends at offset \d+/);
    expect((await cli('messages', cut, '--strict')).code).toBe(1);
    expect((await cli('scan', cut, '--strict')).code).toBe(1);
  });
});
