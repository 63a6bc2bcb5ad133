import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listCaptures } from '../../src/capture/list.ts';
import { readPackets } from '../support/read-bytes.ts';
import { sharedCaptures } from '../support/shared.ts';
import { tsharkFields } from '../support/tshark.ts';

/** What tshark calls a link layer (frame.encap_type) by LINKTYPE_ value: Wireshark's wiretap/wtap.h and pcap-common.c. */
const ENCAPSULATIONS = new Map([
  [0, 15],
  [1, 1],
  [12, 7],
  [101, 7],
  [104, 28],
  [107, 26],
  [113, 25],
  [140, 42],
  [141, 43],
  [204, 19],
  [228, 129],
  [229, 130],
  [253, 158],
  [258, 171],
  [276, 210],
]);

/** Files of the folders that are no pcap or pcapng. */
const OTHERS = new Map([
  ['c07-sip-r2.cap', 'a Microsoft Network Monitor capture'],
  ['cr_ss101.cap', 'a NetXRay/Sniffer capture'],
]);

/** Files that tshark refuses whole, and so do we: what we say. */
const REFUSED = new Map([
  ['pcap-invalid-version-1.pcap', 'major version'],
  ['http.bigendian.ntar', 'major version'],
  // Bits beside the link type are set, which libpcap and tshark refuse and we do not look at. The file ends before its
  // first packet.
  ['linktype-reserved-field-not-zero.pcap', null],
]);

/** LINKTYPE_PPP_WITH_DIR: tshark takes the byte of direction away from the packet, we leave it to the link layer. */
const PPP_WITH_DIR = 204;

/** Files with custom blocks, which tshark numbers as frames without a link layer; they are no packets, and we pass over them. */
const CUSTOM_BLOCKS = new Set(
  ['test017__2', 'test018', 'test018__2', 'test102__2', 'test202'].map((name) => `${name}.pcapng`),
);

const files = [
  ...sharedCaptures('formats'),
  ...sharedCaptures('sip'),
  ...sharedCaptures('ss7'),
  ...sharedCaptures('lte'),
];
const readable = files.filter((path) => !OTHERS.has(basename(path)) && !REFUSED.has(basename(path)));

describe('a real capture gives the packets that tshark reads: time to the nanosecond, lengths, link type, bytes', () => {
  test.each(readable.map((path) => [basename(path), path]))('%s', async (name, path) => {
    const { packets, result } = await readPackets(path);
    const ours = packets.map((packet) => {
      const direction = packet.linkType === PPP_WITH_DIR ? 1 : 0;
      return [
        `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}`,
        packet.data.length - direction,
        packet.originalLength - direction,
        ENCAPSULATIONS.get(packet.linkType),
        createHash('md5').update(packet.data.subarray(direction)).digest('hex'),
      ].join(' ');
    });
    const fields = ['frame.time_epoch', 'frame.cap_len', 'frame.len', 'frame.encap_type', 'frame.md5_hash'];
    const rows = tsharkFields(path, '', fields, ['--only-protocols', 'frame', '-o', 'frame.generate_md5_hash:TRUE']);
    const theirs: string[] = [];
    // A simple packet block has no time; we give it the time of the packet before it.
    let time = '0.000000000';
    for (const row of rows) {
      const [epoch, captured, length, encapsulation, md5] = row.map(([value]) => value);
      if (encapsulation === undefined && CUSTOM_BLOCKS.has(name)) continue;
      time = epoch ?? time;
      theirs.push([time, captured, length, encapsulation, md5].join(' '));
    }
    expect(ours).toEqual(theirs);
    expect(packets.map((packet) => packet.frame)).toEqual(packets.map((_, i) => i + 1));
    expect(result.stop).toBeNull();
  });

  test('most of the files are compared, and some have packets cut by the snap length', async () => {
    expect(readable.length).toBeGreaterThan(190);
    let cut = 0;
    for (const path of readable) cut += (await readPackets(path)).result.cutPackets;
    expect(cut).toBeGreaterThan(100);
  });
});

describe('a file that tshark refuses', () => {
  for (const [name, reason] of REFUSED) {
    test(name, async () => {
      const { packets, result } = await readPackets(files.find((path) => basename(path) === name)!);
      expect(packets).toEqual([]);
      expect(result.stop?.reason ?? null).toBe(reason);
    });
  }

  test.each([...OTHERS])('%s is named as %s', async (name, what) => {
    const path = files.find((file) => basename(file) === name)!;
    await expect(listCaptures([path])).rejects.toThrow(`${path}: not a pcap or pcapng capture but ${what}`);
  });
});
