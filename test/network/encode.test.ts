import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sctpFrame, TcpFlag, tcpFrame, udpFrame } from '../../src/network/encode.ts';
import { hex } from '../support/frames.ts';
import { tsharkFields } from '../support/tshark.ts';
import { classicPcap } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-encode-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CHECKS = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE'];
const ENDS = { source: '10.0.0.1', destination: '192.168.200.9', sourcePort: 5060, destinationPort: 40_000 };

function read(frames: Buffer[], fields: string[]): string[] {
  const path = join(folder, 'frames.pcap');
  writeFileSync(path, classicPcap(1, frames));
  return tsharkFields(path, '', fields, CHECKS).map((row) => row.map((values) => values.join()).join(' '));
}

test('tshark reads what is encoded, with good checksums', () => {
  const out = Buffer.alloc(70_000);
  // The second payload makes the sum zero, which is sent as all ones.
  const payloads = [Buffer.from('odd'), Buffer.alloc(0), Buffer.alloc(65_507, 0xff), Buffer.from('even')];
  const udp = payloads.map((payload) => {
    const length = udpFrame(out, 100, { ...ENDS, payload, identification: 77 });
    return Buffer.from(out.subarray(100, 100 + length));
  });
  const fields = ['ip.src', 'ip.dst', 'ip.id', 'udp.srcport', 'udp.dstport', 'udp.length'];
  expect(read(udp, [...fields, 'ip.checksum.status', 'udp.checksum.status'])).toEqual(
    payloads.map(({ length }) => `10.0.0.1 192.168.200.9 0x004d 5060 40000 ${length + 8} 1 1`),
  );
  const length = tcpFrame(out, 7, {
    ...ENDS,
    payload: Buffer.from('hello'),
    sequence: 0xffff_fff0,
    acknowledgment: 5,
    flags: TcpFlag.psh | TcpFlag.ack,
  });
  const tcp = Buffer.from(out.subarray(7, 7 + length));
  const tcpFields = [
    'tcp.seq_raw',
    'tcp.ack_raw',
    'tcp.flags',
    'tcp.payload',
    'ip.checksum.status',
    'tcp.checksum.status',
  ];
  expect(read([tcp], tcpFields)).toEqual(['4294967280 5 0x0018 68656c6c6f 1 1']);
});

test('tshark reads SCTP that is encoded, with a good checksum', () => {
  const out = Buffer.alloc(70_000, 0xff);
  const chunk = (tsn: number, text: string) => ({
    tsn,
    stream: 7,
    sequence: tsn & 0xffff,
    ppid: 3,
    payload: Buffer.from(text),
  });
  const frames = [
    [chunk(0xffff_ffff, 'a'), chunk(0, 'four'), chunk(1, 'three')],
    [{ ...chunk(2, 'begin '), ends: false }],
    [{ ...chunk(3, 'end'), begins: false, sequence: 2 }],
  ].map((chunks) => {
    const length = sctpFrame(out, 3, { ...ENDS, tag: 0xfeed_0001, chunks });
    return Buffer.from(out.subarray(3, 3 + length));
  });
  const path = join(folder, 'sctp.pcap');
  writeFileSync(path, classicPcap(1, frames));
  const fields = [
    ...['ip.src', 'sctp.dstport', 'sctp.verification_tag', 'sctp.data_tsn_raw', 'sctp.data_sid', 'sctp.data_ssn'],
    ...['sctp.data_payload_proto_id', 'data.data', 'ip.checksum.status', 'sctp.checksum.status', '_ws.expert.severity'],
  ];
  const extra = ['sctp.ulp_dissection:FALSE', 'sctp.checksum:CRC 32c', 'ip.check_checksum:TRUE'].flatMap((set) => [
    '-o',
    set,
  ]);
  const rows = tsharkFields(path, '', fields, extra).map((row) => row.map((values) => values.join()).join(' '));
  const bytes = (text: string) => Buffer.from(text).toString('hex');
  expect(rows).toEqual([
    `10.0.0.1 40000 0xfeed0001 4294967295,0,1 0x0007,0x0007,0x0007 65535,0,1 3,3,3 ${['a', 'four', 'three'].map(bytes)} 1 1 `,
    '10.0.0.1 40000 0xfeed0001 2 0x0007 2 3  1 1 ',
    `10.0.0.1 40000 0xfeed0001 3 0x0007 2 3 ${bytes('begin end')} 1 1 `,
  ]);
});

test('a sum of zero is sent as all ones', () => {
  const out = Buffer.alloc(100);
  // The one's complement of the sum without it makes the sum zero.
  udpFrame(out, 0, { ...ENDS, payload: hex('0000') });
  const payload = Buffer.from([out[40], out[41]]);
  const length = udpFrame(out, 0, { ...ENDS, payload });
  expect(out.readUInt16BE(40)).toBe(0xffff);
  expect(read([out.subarray(0, length)], ['udp.checksum.status'])).toEqual(['1']);
});

test('MAC addresses are those given, else made from the IP addresses', () => {
  const out = Buffer.alloc(100);
  const payload = Buffer.from('x');
  udpFrame(out, 0, { ...ENDS, payload });
  expect(out.toString('hex', 0, 12)).toBe('0200c0a8c80902000a000001');
  udpFrame(out, 0, { ...ENDS, payload, sourceMac: hex('020202020202'), destinationMac: hex('040404040404') });
  expect(out.toString('hex', 0, 12)).toBe('040404040404020202020202');
});
