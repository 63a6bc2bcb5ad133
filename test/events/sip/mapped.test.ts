import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PcapWriter } from '../../../src/capture/write.ts';
import { frame } from '../../support/frames.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf } from '../../support/scene.ts';
import { request } from '../../support/sip-messages.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// RFC 4291 §2.5.5.2: the upper 80 bits are zero, then 16 of ones, then the IPv4 address.
test('a packet between IPv4-mapped addresses is between IPv4 nodes', async () => {
  const text = [...request('INVITE', 1), 'Content-Length: 0', '', ''].join('\r\n');
  const path = join(folder, 'mapped.pcap');
  const writer = new PcapWriter(path, {});
  for (const [source, destination] of [
    ['::ffff:a00:1', '::ffff:a00:2'],
    ['::fffe:a00:1', '::ffff:a00:2:0'],
  ] as const) {
    const bytes = frame().ethernet().ipv6(source, destination).udp(5060, 5061).text(text).bytes();
    writer.write(bytes, source.includes('fffe') ? 1_700_000_900 : 1_700_000_000, 0);
  }
  writer.close();
  expect(await eventsOf([path], ['endpoint', 'trunk'])).toEqual([
    { endpoint: '10.0.0.1:5060', trunk: '10.0.0.2:5061' },
    { endpoint: '[::fffe:a00:1]:5060', trunk: '[::ffff:a00:2:0]:5061' },
  ]);
});
