import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'pcap-parser';
import { describe, expect, test } from 'vitest';
import { asText, type ReadPacket, readPackets } from '../support/read-bytes.ts';
import { sharedCaptures } from '../support/shared.ts';

/** The package knows only microseconds, and neither the modified format nor compression. */
const MAGICS = ['a1b2c3d4', 'd4c3b2a1'];

/** Refused by libpcap and us for its major version, 1, which pcap-parser takes because the minor one is 4. */
const EXCEPTIONS = new Set(['pcap-invalid-version-1.pcap']);

const classic = (['formats', 'sip', 'ss7', 'lte'] as const)
  .flatMap(sharedCaptures)
  .filter((path) => MAGICS.includes(magic(path)) && !EXCEPTIONS.has(basename(path)));

describe('a classic capture gives the packets that the npm package pcap-parser reads', () => {
  test.each(classic.map((path) => [basename(path), path]))('%s', async (_, path) => {
    expect(asText((await readPackets(path)).packets)).toEqual(asText(await oracle(path)));
  });

  test('there are many of them', () => {
    expect(classic.length).toBeGreaterThan(120);
  });
});

function magic(path: string): string {
  const head = Buffer.alloc(4);
  const file = openSync(path, 'r');
  readSync(file, head);
  closeSync(file);
  return head.toString('hex');
}

function oracle(path: string): Promise<ReadPacket[]> {
  const packets: ReadPacket[] = [];
  let linkType = 0;
  return new Promise((resolve, reject) => {
    parse(path)
      .on('globalHeader', (header) => {
        linkType = header.linkLayerType;
      })
      .on('packet', ({ header, data }) => {
        packets.push({
          frame: packets.length + 1,
          seconds: header.timestampSeconds,
          nanoseconds: header.timestampMicroseconds * 1000,
          linkType,
          originalLength: header.originalLength,
          data: Buffer.from(data),
        });
      })
      .on('end', () => resolve(packets))
      .on('error', reject);
  });
}
