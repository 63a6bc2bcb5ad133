import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../src/capture/read.ts';
import { PcapngWriter } from '../../src/capture/write-pcapng.ts';
import { sharedCapture } from '../support/shared.ts';
import { tsharkFields } from '../support/tshark.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the packets of captures, one capture after the other, as one pcapng. */
async function rewritten(paths: readonly string[], name: string): Promise<string> {
  const out = join(folder, name);
  const writer = new PcapngWriter(out);
  for (const path of paths)
    await readCapture({ path, kind: 'file', bytes: null, first: null }, (packet) => writer.write(packet));
  writer.close();
  return out;
}

const FIELDS = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.encap_type', 'frame.protocols', 'ip.checksum'];

describe('a pcapng that is written', () => {
  test('shows tshark the packets of captures of any link type, to the nanosecond', async () => {
    const paths = [
      sharedCapture('formats', 'seladb+PcapPlusPlus', 'nanosecs.pcap'),
      sharedCapture('formats', 'seladb+PcapPlusPlus', 'sll.pcap'),
      sharedCapture('formats', 'seladb+PcapPlusPlus', 'linktype_ipv6.pcap'),
      sharedCapture('formats', 'seladb+PcapPlusPlus', 'null_loopback.pcap'),
      sharedCapture('formats', 'sipcapture+hep-wireshark', 'hep.pcap'),
    ];
    const expected = paths.flatMap((path) => tsharkFields(path, '', FIELDS));
    expect(expected.length).toBeGreaterThan(20);
    expect(tsharkFields(await rewritten(paths, 'all.pcapng'), '', FIELDS)).toEqual(expected);
  });

  test('has its name when it is complete, and is for its user alone', () => {
    const path = join(folder, 'late.pcapng');
    const writer = new PcapngWriter(path);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder)).toContain('.late.pcapng.part');
    writer.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).not.toContain('.late.pcapng.part');
  });

  test('leaves nothing where it is abandoned', () => {
    const writer = new PcapngWriter(join(folder, 'never.pcapng'));
    writer.abandon();
    expect(readdirSync(folder).filter((name) => name.includes('never'))).toEqual([]);
  });
});
