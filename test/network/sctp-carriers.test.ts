import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sctpChecksum } from '../../src/network/sctp-checksum.ts';
import { type Frame, frame, hex } from '../support/frames.ts';
import { crc32c, data, sack, sctpPacket } from '../support/sctp.ts';
import { tsharkFields } from '../support/tshark.ts';
import { classicPcap, packetOf, packetsOf, record } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-carriers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PACKET = sctpPacket({}, data({ tsn: 1, payload: 'one', ppid: 3 }), sack(), data({ tsn: 2, payload: 'four' }));
const SEEN = ['1 sctp 10.0.0.1:2905>10.0.0.2:2906 one ppid=3', '1 sctp 10.0.0.1:2905>10.0.0.2:2906 four'];

function inUdp(sourcePort: number, destinationPort: number, packet: Buffer): Buffer {
  return frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(sourcePort, destinationPort).data(packet).bytes();
}

function damaged(packet: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(packet);
  copy[at] = value;
  return copy;
}

test('the checksum is CRC32c', () => {
  // The check value of CRC-32C in the catalogue of parametrised CRC algorithms; RFC 3720 appendix B.4: 32 bytes of zeros.
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32)).toString(16)).toBe('8a9136aa');
  expect(sctpChecksum(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa);
  for (const length of [12, 13, 40]) {
    const packet = Buffer.from(Array.from({ length }, (_, i) => (i >= 8 && i < 12 ? 0 : 7 * i)));
    expect(sctpChecksum(packet, 0, length)).toBe(crc32c(packet));
    packet.fill(0xff, 8, 12);
    expect(sctpChecksum(Buffer.concat([hex('ffff'), packet]), 2, length + 2)).toBe(sctpChecksum(packet, 0, length));
  }
});

describe('SCTP in UDP', () => {
  test('is known by its port, whatever the checksum', () => {
    for (const [from, to] of [
      [9899, 9899],
      [9899, 40_000],
      [40_000, 9899],
    ]) {
      expect(record([packetOf(inUdp(from, to, damaged(PACKET, 8, 0)))])).toMatchObject({
        seen: SEEN,
        packets: { ip: 1, sctp: 1 },
      });
    }
  });

  test('is known by its checksum on any port', () => {
    expect(record([packetOf(inUdp(5060, 30_000, PACKET))]).seen).toEqual(SEEN);
    expect(record([packetOf(inUdp(5060, 30_000, damaged(PACKET, 8, PACKET[8] ^ 1)))]).packets).toEqual({
      ip: 1,
      udp: 1,
    });
  });

  test('is not taken for such where the chunks do not fill the datagram', () => {
    const udp = { ip: 1, udp: 1 };
    for (const packet of [
      PACKET.subarray(0, 12),
      PACKET.subarray(0, 15),
      PACKET.subarray(0, PACKET.length - 1),
      damaged(PACKET, 15, 3),
      damaged(PACKET, 12, 0x4f),
      Buffer.concat([PACKET, hex('00000000')]),
    ]) {
      expect(record([packetOf(inUdp(9899, 9899, packet))]).packets).toEqual(udp);
    }
  });

  test('cut by the snap length is known by its port alone', () => {
    const cut = (port: number) => {
      const whole = inUdp(port, port, PACKET);
      return record([packetOf(whole.subarray(0, whole.length - 2), { originalLength: whole.length })]).seen;
    };
    expect(cut(9899)).toEqual([SEEN[0], `${SEEN[1].slice(0, -2)} cut`]);
    expect(cut(30_000)[0]).toContain('1 udp 10.0.0.1:30000');
  });

  test('is what tshark sees on port 9899', () => {
    const file = join(folder, 'udp.pcap');
    writeFileSync(file, classicPcap(1, [inUdp(9899, 9899, PACKET)]));
    const fields = ['sctp.srcport', 'sctp.data_payload_proto_id', 'data.data', 'sctp.checksum.status'];
    const extra = ['-o', 'sctp.ulp_dissection:FALSE', '-o', 'sctp.checksum:CRC 32c'];
    const texts = ['one', 'four'].map((text) => Buffer.from(text).toString('hex'));
    expect(tsharkFields(file, '', fields, extra)).toEqual([[['2905'], ['3', '0'], texts, ['1']]]);
  });
});

describe('SCTP in', () => {
  const outer = () => frame().ethernet().ipv4('192.0.2.1', '192.0.2.2');
  const inner = (f: Frame) => f.ipv4('10.0.0.1', '10.0.0.2', { protocol: 132 }).data(PACKET);
  const cases: [string, Frame][] = [
    ['a VLAN', inner(frame().ethernet().vlan(7))],
    ['GRE', inner(outer().gre())],
    ['GTP-U', inner(outer().udp(2152, 2152).gtpu())],
    ['VXLAN', inner(outer().udp(1, 4789).vxlan(7).ethernet())],
    ['IP in IP', inner(outer())],
    [
      'ESP without encryption',
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').esp(7).raw('', { protocol: 132 }).data(PACKET),
    ],
  ];
  test.each(cases)('%s', (_, built) => {
    expect(record([packetOf(built.bytes())]).seen).toEqual(SEEN);
  });

  test('IP fragments', () => {
    const fragment = (offset: number, end: number) =>
      frame()
        .ethernet()
        .ipv4('10.0.0.1', '10.0.0.2', { identification: 7, offset, more: end < PACKET.length, protocol: 132 })
        .data(PACKET.subarray(offset, end))
        .bytes();
    const { seen } = record(packetsOf([fragment(16, PACKET.length), fragment(0, 16)]));
    expect(seen).toEqual(SEEN.map((line) => line.replace('1 ', '2 ')));
  });

  test('a capture that begins with it', () => {
    expect(record([packetOf(PACKET, { linkType: 248 })])).toMatchObject({
      seen: SEEN.map((line) => line.replaceAll(/10\.0\.0\.[12]/g, '0.0.0.0')),
      packets: { sctp: 1 },
    });
    expect(record([packetOf(PACKET.subarray(0, 30), { linkType: 248, originalLength: PACKET.length })]).seen).toEqual([
      '1 sctp 0.0.0.0:2905>0.0.0.0:2906 on cut ppid=3',
    ]);
  });
});
