import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { frame, hex, u16, u32 } from '../support/frames.ts';
import { tsharkFields } from '../support/tshark.ts';
import { classicPcap, packetOf, record } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-ss7-links-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An MTP3 message of ITU format: network 2, ISUP, from 1 to 2. */
const MTP3 = hex('85 02400090 0e00 01 1100 0a 03');
/** An MTP2 frame of it, with a check sum that nobody looks at. */
const MTP2 = Buffer.concat([hex('9d 9d'), Buffer.from([MTP3.length]), MTP3]);
const FCS = hex('abcd');

const NOBODY = / 0\.0\.0\.0:(\d+)>0\.0\.0\.0:0/;

/** What the handler got, as `transport text`, with the number of the link where it has one. */
function shown(linkType: number, data: Buffer, fields = {}) {
  const { seen, packets } = record([packetOf(data, { linkType, ...fields })]);
  return {
    seen: seen.map((line) => line.replace(/^1 /, '').replace(NOBODY, (_, port) => (port === '0' ? '' : ` ${port}`))),
    packets,
  };
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}

interface ErfFields {
  wire?: number;
  extensions?: string;
  /** Bytes between the header and the packet. */
  sub?: Buffer;
}

/** An ERF record, padded to 8 bytes. */
function erf(type: number, inside: Buffer, fields: ErfFields = {}): Buffer {
  const extensions = hex(fields.extensions ?? '');
  const body = Buffer.concat([extensions, fields.sub ?? Buffer.alloc(0), inside]);
  const padding = (8 - (body.length % 8)) % 8;
  return Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0x80, 0x5c, 0x5f, 0x5f, type, 0x04]),
    u16(16 + body.length + padding),
    u16(0),
    u16(fields.wire ?? inside.length),
    body,
    Buffer.alloc(padding),
  ]);
}

describe('SS7 right above the link layer', () => {
  test('is handed over as what the link type says, without addresses', () => {
    expect(shown(140, MTP2)).toEqual({ seen: [`mtp2 ${latin1(MTP2)}`], packets: { ss7: 1 } });
    expect(shown(141, MTP3).seen).toEqual([`mtp3 ${latin1(MTP3)}`]);
    expect(shown(142, hex('0900030507')).seen).toEqual([`sccp ${latin1(hex('0900030507'))}`]);
    expect(shown(140, MTP2.subarray(0, 9), { originalLength: MTP2.length }).seen).toEqual([
      `mtp2 ${latin1(MTP2.subarray(0, 9))} cut`,
    ]);
    expect(shown(140, Buffer.alloc(0))).toEqual({ seen: [], packets: { other: 1 } });
  });

  test('has the number of the link and the use of Annex A from the pseudo-header of MTP2', () => {
    expect(shown(139, Buffer.concat([hex('00 00 0000'), MTP2])).seen).toEqual([`mtp2 ${latin1(MTP2)}`]);
    expect(shown(139, Buffer.concat([hex('01 01 0107'), MTP2])).seen).toEqual([`mtp2 263 ${latin1(MTP2)} ppid=1`]);
    expect(shown(139, Buffer.concat([hex('01 02 0007'), MTP2])).seen).toEqual([`mtp2 7 ${latin1(MTP2)}`]);
    expect(shown(139, hex('000000'))).toEqual({ seen: [], packets: { other: 1 } });
  });
});

describe('ERF records', () => {
  const channel = u32(0x0004_001f);
  const ethernet = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(1, 2).text('x').bytes();
  const ip = frame().ipv4('10.0.0.1', '10.0.0.2').udp(1, 2).text('x').bytes();

  test.each([1, 10, 15, 19])('of HDLC, type %d, give MTP2 with or without a check sum', (type) => {
    for (const inside of [MTP2, Buffer.concat([MTP2, FCS]), Buffer.concat([MTP2, FCS, FCS])]) {
      expect(shown(197, erf(type, inside))).toEqual({ seen: [`mtp2 ${latin1(inside)}`], packets: { ss7: 1 } });
    }
  });

  test.each([5, 17])('of channels of HDLC, type %d, give MTP2 and the channel', (type) => {
    expect(shown(197, erf(type, MTP2, { sub: channel })).seen).toEqual([`mtp2 31 ${latin1(MTP2)}`]);
  });

  test('have any number of extension headers', () => {
    const one = { extensions: '0300000000000000' };
    const two = { extensions: '8300000000000000 0400000000000000' };
    expect(shown(197, erf(0x81, MTP2, one)).seen).toEqual([`mtp2 ${latin1(MTP2)}`]);
    expect(shown(197, erf(0x85, MTP2, { ...two, sub: channel })).seen).toEqual([`mtp2 31 ${latin1(MTP2)}`]);
    const endless = erf(0x81, Buffer.alloc(0), { extensions: '8300000000000000' });
    expect(shown(197, endless)).toEqual({ seen: [], packets: { other: 1 } });
  });

  test('of Ethernet, IP, PPP and Cisco HDLC give IP', () => {
    const seen = ['udp 10.0.0.1:1>10.0.0.2:2 x'];
    for (const type of [2, 11, 16, 20]) {
      expect(shown(197, erf(type, ethernet, { sub: u16(0) })), `type ${type}`).toEqual({
        seen,
        packets: { ip: 1, udp: 1 },
      });
    }
    expect(shown(197, erf(22, ip)).seen).toEqual(seen);
    expect(shown(197, erf(1, Buffer.concat([hex('ff030021'), ip, FCS]))).seen).toEqual(seen);
    expect(shown(197, erf(1, Buffer.concat([hex('0f000800'), ip, FCS]))).seen).toEqual(seen);
    expect(shown(197, erf(5, Buffer.concat([hex('ff030021'), ip]), { sub: channel })).seen).toEqual(seen);
  });

  test('with long frames are MTP2 where the length indicator is 63', () => {
    const long = (length: number) => Buffer.concat([hex('9d9d3f'), Buffer.alloc(length, 0x41)]);
    expect(shown(197, erf(1, long(200))).seen).toEqual([`mtp2 ${latin1(long(200))}`]);
    expect(shown(197, erf(1, long(50)))).toEqual({ seen: [], packets: { other: 1 } });
    expect(shown(197, erf(1, Buffer.concat([hex('9d9dc9'), MTP3])))).toEqual({ seen: [], packets: { other: 1 } });
  });

  // Q.703 Annex A: BSN and BIB, FSN and FIB, length indicator, two bytes each, the low one first.
  const EXTENDED = Buffer.concat([hex('9d81 1c02'), Buffer.from([MTP3.length, 0]), MTP3]);

  test('of a high-speed link give MTP2 with or without a check sum', () => {
    const long = Buffer.concat([hex('0f00 1c82 1001'), Buffer.alloc(272, 0x41)]);
    for (const inside of [EXTENDED, Buffer.concat([EXTENDED, FCS]), long, Buffer.concat([long, FCS])]) {
      expect(shown(197, erf(1, inside))).toEqual({ seen: [`mtp2 ${latin1(inside)}`], packets: { ss7: 1 } });
    }
    // Spare bits that are set, and a length of another frame.
    for (const inside of [hex('9df1 1c02 0200 4142'), hex('9d81 1c72 0200 4142'), hex('9d81 1c02 0900 4142')])
      expect(shown(197, erf(1, inside))).toEqual({ seen: [], packets: { other: 1 } });
    // 69 bytes behind the first six, as the version and the header length of IPv4 seem to say.
    const text = 'x'.repeat(71 - 20 - 8);
    const packet = frame().ipv4('10.0.0.1', '10.0.0.2').udp(1, 2).text(text).bytes();
    for (const header of ['0f000800', '8f000800'])
      expect(shown(197, erf(1, Buffer.concat([hex(header), packet]))).seen).toEqual([
        `udp 10.0.0.1:1>10.0.0.2:2 ${text}`,
      ]);
  });

  test('of a high-speed link are read as tshark reads them', () => {
    const file = join(folder, 'erf-extended.pcap');
    writeFileSync(file, classicPcap(197, [erf(1, EXTENDED)]));
    const preferences = ['erf.hdlc_type:mtp2', 'mtp2.use_extended_sequence_numbers:TRUE'].flatMap((set) => ['-o', set]);
    const [row] = tsharkFields(file, '', ['mtp2.fsn', 'mtp2.li', 'mtp3.opc'], preferences);
    expect(row!.map((values) => values.join())).toEqual([String(0x21c), String(MTP3.length), '1']);
  });

  test('that the snap length cut are shown as far as they go, at every length', () => {
    const whole = erf(0x85, MTP2, { extensions: '0300000000000000', sub: channel });
    for (let length = 0; length <= whole.length; length++) {
      const inside = Math.min(length - 28, MTP2.length);
      const { seen } = shown(197, whole.subarray(0, length), { originalLength: whole.length });
      // Two sequence numbers and the length indicator are needed to tell what it is.
      if (inside < 3) expect(seen).toEqual([]);
      else expect(seen[0]).toContain(`mtp2 31 ${latin1(MTP2.subarray(0, inside))}`);
      if (inside >= 3) expect(seen[0].endsWith(' cut')).toBe(length < whole.length);
    }
  });

  test('of other types are passed over', () => {
    for (const type of [0, 3, 21, 24, 27, 48]) {
      expect(shown(197, erf(type, MTP2))).toEqual({ seen: [], packets: { other: 1 } });
    }
  });

  test('are read as tshark reads them', () => {
    const records = [
      ...[2, 11, 16].map((type) => erf(type, ethernet, { sub: u16(0) })),
      erf(22, ip),
      erf(1, Buffer.concat([MTP2, FCS])),
      erf(0x85, Buffer.concat([MTP2, FCS]), { extensions: '0300000000000000', sub: channel }),
    ];
    const file = join(folder, 'erf.pcap');
    writeFileSync(file, classicPcap(197, records));
    const preferences = ['erf.hdlc_type:mtp2', 'mtp2.capture_contains_frame_check_sequence:TRUE'].flatMap((set) => [
      '-o',
      set,
    ]);
    const rows = tsharkFields(
      file,
      '',
      ['udp.dstport', 'mtp2.fsn', 'mtp2.li', 'mtp3.opc', 'erf.mchdlc.cn'],
      preferences,
    );
    expect(rows.map((row) => row.map((values) => values.join()))).toEqual([
      ...Array.from({ length: 4 }, () => ['2', '', '', '', '']),
      ['', '29', String(MTP3.length), '1', ''],
      ['', '29', String(MTP3.length), '1', '31'],
    ]);
    expect(records.map((data) => shown(197, data).seen.join().split(' ')[0])).toEqual([
      ...Array.from({ length: 4 }, () => 'udp'),
      'mtp2',
      'mtp2',
    ]);
  });
});
