import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { PcapWriter } from '../../src/capture/write.ts';
import { hasClockJump } from '../../src/scan/windows.ts';
import { cli, records } from '../support/cli.ts';
import { SAMPLE } from '../support/desk.ts';
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

  test('rates of lines are of the hours between events, not of a whole window that ends with the last packet', async () => {
    const path = join(folder, 'booted.pcap');
    const sample = gunzipSync(readFileSync(SAMPLE));
    expect(sample.subarray(0, 4).toString('hex')).toBe('d4c3b2a1');
    // Of the time before somebody set the clock, one packet of 60 bytes at second 0.
    const packet = Buffer.alloc(16 + 60);
    packet.writeUInt32LE(60, 8);
    packet.writeUInt32LE(60, 12);
    writeFileSync(path, Buffer.concat([sample.subarray(0, 24), packet, sample.subarray(24)]));
    const hours = async (capture: string): Promise<number> => {
      const { stdout } = await cli('features', capture, '--home-country', 'CN', '--format', 'ndjson');
      return records(stdout)[0]!.hours as number;
    };
    const expected = await hours(SAMPLE);
    const found = await hours(path);
    expect(found).toBeLessThanOrEqual(expected);
    expect(found).toBeGreaterThan(0.99 * expected);
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
