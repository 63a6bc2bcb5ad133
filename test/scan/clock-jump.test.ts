import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PcapWriter } from '../../src/capture/write.ts';
import { hasClockJump } from '../../src/scan/windows.ts';
import { cli } from '../support/cli.ts';
import { sharedCapture } from '../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a capture whose clock was set while it was written', () => {
  /** Its first packet is of 1970-01-01, those from 274 on of 2014-01-02: 44 years in 531 packets. */
  const startup = sharedCapture('sip', 'ajbanjara+Wireshark', 'nb6-startup.pcap');

  test('is said to have a clock that jumps, instead of hours that nobody captured', async () => {
    const { stderr } = await cli('scan', startup);
    expect(stderr).toContain('1 file · 87 kB · a clock that jumps by years · 4 SIP messages');
    expect(stderr).not.toContain('of traffic');
  });

  test('counts for nothing in the hours of the others', async () => {
    const path = join(folder, 'steady.pcap');
    const writer = new PcapWriter(path, {});
    for (const second of [0, 600]) writer.write(Buffer.alloc(60), 1_388_651_400 + second, 0);
    writer.close();
    const { stderr } = await cli('scan', '--window', '24h', startup, path);
    expect(stderr).toContain('10 m 00 s of traffic and a clock that jumps by years');
  });

  test('a year of packets is no jump', () => {
    const of = (days: number) => ({
      first: { s: 1_700_000_000, ns: 0 },
      last: { s: 1_700_000_000 + days * 86_400, ns: 0 },
    });
    expect([1, 366, 367].map((days) => hasClockJump(of(days)))).toEqual([false, false, true]);
    expect(hasClockJump({ first: null, last: null })).toBe(false);
  });
});
