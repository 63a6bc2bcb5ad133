import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Frame, frame, hex } from '../support/frames.ts';
import { tsharkFields } from '../support/tshark.ts';
import { classicPcap, packetOf, record } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-network-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TEXT = 'OPTIONS sip:b@10.0.0.2 SIP/2.0\r\n\r\n';
const inner = (f: Frame) => f.ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5070).text(TEXT);
const inner6 = (f: Frame) => f.ipv6('2001:db8::1', '2001:db8::2').udp(5060, 5070).text(TEXT);
const outer = () => frame().ethernet().ipv4('192.0.2.1', '192.0.2.2');

/** Name, link type, frame. Each has one UDP datagram between 10.0.0.1 or 2001:db8::1 and its neighbour. */
const CASES: [string, number, Frame][] = [
  ['Ethernet II', 1, inner(frame().ethernet())],
  ['Ethernet II with IPv6', 1, inner6(frame().ethernet())],
  ['802.3 with LLC and SNAP', 1, inner(frame().snap())],
  ['802.1Q', 1, inner(frame().ethernet().vlan(7))],
  ['QinQ of 802.1ad', 1, inner(frame().ethernet().vlan(7, 0x88a8).vlan(8))],
  ['the older QinQ', 1, inner6(frame().ethernet().vlan(7, 0x9100).vlan(8))],
  ['MPLS, three labels', 1, inner(frame().ethernet().mpls(16, 17, 18))],
  ['MPLS with IPv6', 1, inner6(frame().ethernet().mpls(16))],
  ['Ethernet over MPLS with a control word', 1, inner(frame().ethernet().mpls(99).raw('00000000').ethernet())],
  ['Ethernet over MPLS without one', 1, inner(frame().ethernet().mpls(98).ethernet())],
  // RFC 8469 section 1: addresses that begin with the digit of an IP version.
  ['the same to an address with a 4', 1, inner(frame().ethernet().mpls(98).raw('485702000001 020000000001 0800'))],
  ['the same with a 4 and no such header', 1, inner(frame().ethernet().mpls(98).raw('4c1fcc000001 020000000001 0800'))],
  ['the same to an address with a 6', 1, inner6(frame().ethernet().mpls(98).raw('60de44000001 020000000001 86dd'))],
  [
    'MPLS with an IPv4 packet from 8.0.0.0/16',
    1,
    frame()
      .ethernet()
      .mpls(16)
      .ipv4('8.0.69.1', '192.0.2.2')
      .gre()
      .ipv4('10.0.0.1', '10.0.0.2')
      .udp(5060, 5070)
      .text(TEXT),
  ],
  [
    'a tag of a virtual interface (VN-Tag)',
    1,
    inner(frame().ethernet().raw('80010002', { etherType: 0x8926 }).raw('0800')),
  ],
  ['802.1BR', 1, inner(frame().ethernet().raw('000000010000', { etherType: 0x893f }).raw('0800'))],
  ['a security group tag', 1, inner(frame().ethernet().raw('010100010005', { etherType: 0x8909 }).raw('0800'))],
  [
    'a provider backbone (802.1ah)',
    1,
    inner(frame().ethernet().vlan(5, 0x88a8).raw('00000064', { etherType: 0x88e7 }).ethernet().vlan(9)),
  ],
  ['PPPoE', 1, inner(frame().ethernet().pppoe().ppp())],
  ['PPPoE with IPv6 in a VLAN', 1, inner6(frame().ethernet().vlan(9).pppoe().ppp())],
  ['Linux cooked', 113, inner(frame().cooked())],
  ['Linux cooked with a VLAN', 113, inner(frame().cooked().vlan(3))],
  ['Linux cooked, version 2', 276, inner6(frame().cookedV2())],
  ['raw IPv4', 101, inner(frame())],
  ['raw IPv6', 101, inner6(frame())],
  ['raw IP by its BSD number', 12, inner(frame())],
  ['raw IP by its OpenBSD number', 14, inner(frame())],
  ['LINKTYPE_IPV4', 228, inner(frame())],
  ['LINKTYPE_IPV6', 229, inner6(frame())],
  ['BSD loopback, little-endian', 0, inner(frame().raw('02000000'))],
  ['BSD loopback with IPv6', 0, inner6(frame().raw('1e000000'))],
  ['OpenBSD loopback', 108, inner(frame().raw('00000002'))],
  ['NFLOG of Linux', 239, inner(frame().raw('02000005 08000100 08000300 08000a00 70667800 42000900'))],
  ['NFLOG with IPv6 and an odd prefix', 239, inner6(frame().raw('0a000005 07000a00 70660000 56000900'))],
  ['PPP', 9, inner(frame().ppp(true))],
  ['PPP without address and control', 9, inner6(frame().ppp())],
  ['PPP in HDLC framing', 50, inner(frame().ppp(true))],
  ['PPP with a protocol of one byte', 9, inner(frame().raw('ff03 21'))],
  ['PPP with MPLS', 9, inner(frame().ppp(true).mpls(16))],
  ['PPP with direction', 204, inner(frame().raw('01').ppp(true))],
  ['Cisco HDLC', 104, inner(frame().ciscoHdlc())],
  ['Cisco HDLC under the number of PPP', 50, inner(frame().ciscoHdlc())],
  ['frame relay, NLPID of IPv4', 107, inner(frame().raw('1841 03cc'))],
  ['frame relay with SNAP', 107, inner(frame().raw('1841 0300 80 000000 0800'))],
  ['frame relay of Cisco', 107, inner(frame().raw('1841 0800'))],
  ['IPv6 extension headers', 1, ext(frame().ethernet().ipv6('2001:db8::1', '2001:db8::2'))],
  [
    'an authentication header',
    1,
    frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').authentication().udp(5060, 5070).text(TEXT),
  ],
  [
    'an atomic IPv6 fragment',
    1,
    frame().ethernet().ipv6('2001:db8::1', '2001:db8::2').fragment6(1, 0, false).udp(5060, 5070).text(TEXT),
  ],
  ['IPv4 in IPv4', 1, inner(outer())],
  ['IPv6 in IPv4', 1, inner6(outer())],
  ['IPv4 in IPv6', 1, inner(frame().ethernet().ipv6('2001:db8::8', '2001:db8::9'))],
  ['MPLS in IP', 1, inner(outer().mpls(16))],
  ['GRE', 1, inner(outer().gre())],
  ['GRE with checksum, key and sequence number', 1, inner6(outer().gre({ checksum: true, key: 1, sequence: 2 }))],
  ['GRE with bridged Ethernet (NVGRE)', 1, inner(outer().gre({ key: 0x123400 }).ethernet())],
  [
    'GRE with PPP (PPTP)',
    1,
    inner(outer().gre({ key: 0x100001, sequence: 3, version1: true, type: 0x880b }).ppp(true)),
  ],
  ['ERSPAN I', 1, inner(outer().gre({ type: 0x88be }).ethernet())],
  ['ERSPAN II', 1, inner(outer().gre({ type: 0x88be, sequence: 1 }).raw('1001 0001 00000000').ethernet())],
  ['ERSPAN III', 1, inner(outer().gre({ type: 0x22eb, sequence: 1 }).raw('2001 0001 00000000 0000 0000').ethernet())],
  [
    'ERSPAN III with a subheader',
    1,
    inner(outer().gre({ type: 0x22eb, sequence: 1 }).raw('2001 0001 00000000 0000 0001 1400000000000000').ethernet()),
  ],
  ['VXLAN', 1, inner(outer().udp(40_000, 4789).vxlan(5).ethernet())],
  [
    'VXLAN in a VXLAN',
    1,
    inner(outer().udp(40_000, 4789).vxlan(5).ethernet().ipv4('10.9.9.1', '10.9.9.2').udp(1, 4789).vxlan(6).ethernet()),
  ],
  ['VXLAN-GPE with IPv4', 1, inner(outer().udp(40_000, 4790).raw('0c000001 00000500'))],
  ['VXLAN-GPE with Ethernet', 1, inner(outer().udp(40_000, 4790).raw('0c000003 00000500').ethernet())],
  ['Geneve with options', 1, inner(outer().udp(40_000, 6081).geneve(8).ethernet())],
  ['L2TP', 1, inner(outer().udp(1701, 1701).raw('0002 0007 0009').ppp(true))],
  [
    'L2TP with length, sequence numbers and padding',
    1,
    inner6(outer().udp(40_000, 1701).raw('4a02 0065 0007 0009 0001 0002 0003 000000').ppp()),
  ],
  ['TZSP', 1, inner(outer().udp(40_000, 37_008).raw('01 00 0001 01').ethernet())],
  ['TZSP with tags', 1, inner6(outer().udp(40_000, 37_008).raw('01 00 0001 00 0a01ce 1200 01').ethernet())],
  ['GRE in UDP', 1, inner(outer().udp(50_000, 4754).gre({ key: 7 }))],
  ['MPLS in UDP', 1, inner(outer().udp(50_000, 6635).mpls(16, 17))],
  ['MPLS in UDP with IPv6', 1, inner6(outer().udp(50_000, 6635).mpls(16))],
  // Label 274962, 32 hops: four bytes that are text too.
  ['MPLS in UDP whose label is text', 1, inner(outer().udp(50_000, 6635).raw('43212120'))],
  ['EtherIP', 1, inner(outer().raw('3000', { protocol: 97 }).ethernet())],
  ['GTP-U', 1, inner(outer().udp(2152, 2152).gtpu())],
  ['GTP-U with a sequence number', 1, inner6(outer().udp(2152, 2152).gtpu({ sequence: 9 }))],
  [
    'GTP-U with two extension headers',
    1,
    inner(
      outer()
        .udp(2152, 2152)
        .gtpu({ extensions: [0x85, 0xc0] }),
    ),
  ],
];

function ext(f: Frame): Frame {
  return f.extension(0).extension(43, 2).extension(60, 3).udp(5060, 5070).text(TEXT);
}

describe.each(CASES)('%s', (_name, linkType, built) => {
  const bytes = built.bytes();
  const six = bytes.includes(hex('20010db8 00000000 00000000 00000002')) && !bytes.includes(hex('0a000002'));
  const ends = six ? '[2001:db8::1]:5060>[2001:db8::2]:5070' : '10.0.0.1:5060>10.0.0.2:5070';

  test('is opened', () => {
    const { seen, anomalies } = record([packetOf(bytes, { linkType })]);
    expect(seen).toEqual([`1 udp ${ends} ${TEXT}`]);
    expect(anomalies).toEqual({});
  });

  test('may be cut at any length', () => {
    for (let length = 0; length < bytes.length; length++) {
      const { seen, anomalies } = record([
        packetOf(bytes.subarray(0, length), { linkType, originalLength: bytes.length }),
      ]);
      // Where a datagram was found behind the last header, it is the beginning of the text, and said to be cut.
      for (const line of seen) expect(line).toMatch(/ cut$/);
      expect(anomalies).toEqual({});
      // The same bytes as if they had been the whole packet.
      record([packetOf(bytes.subarray(0, length), { linkType })]);
    }
  });
});

test('NFLOG of a machine that is big-endian is opened', () => {
  const bytes = inner(frame().raw('02000005 00080001 08000300 0008000a 70667800 00420009')).bytes();
  expect(record([packetOf(bytes, { linkType: 239 })]).seen).toEqual([`1 udp 10.0.0.1:5060>10.0.0.2:5070 ${TEXT}`]);
});

test('what is sent to the ports of tunnels and is none is an ordinary datagram', () => {
  const texts = [
    TEXT,
    'SIP/2.0 200 OK\r\nFrom: <sip:a@b>\r\n\r\n',
    'SIP/2.0 200 OK\r\nf: <sip:a@b>\r\n\r\n',
    'INVITE sip:b@x SIP/2.0\r\n\r\n',
    '\r\n\r\n',
  ];
  for (const port of [4754, 6635]) {
    for (const text of texts) {
      const { seen, anomalies } = record([packetOf(outer().udp(5060, port).text(text).bytes())]);
      expect(seen).toEqual([`1 udp 192.0.2.1:5060>192.0.2.2:${port} ${text}`]);
      expect(anomalies).toEqual({});
    }
  }
});

test('tshark sees the same datagram in each', () => {
  const byLinkType = new Map<number, string[]>();
  for (const [, linkType] of CASES) byLinkType.set(linkType, []);
  for (const linkType of byLinkType.keys()) {
    const cases = CASES.filter((one) => one[1] === linkType);
    const path = join(folder, `${linkType}.pcap`);
    writeFileSync(
      path,
      classicPcap(
        linkType,
        cases.map(([, , built]) => built.bytes()),
      ),
    );
    const fields = ['udp.srcport', 'udp.dstport', 'udp.payload'];
    // Nothing in a packet says that a label carries Ethernet.
    const rows = tsharkFields(path, '', fields, ['-d', 'mpls.label==99,pwethcw', '-d', 'mpls.label==98,pwethnocw']);
    cases.forEach(([name], i) => {
      const [from, to, payload] = rows[i].map((values) => values.at(-1));
      expect([name, from, to, payload]).toEqual([name, '5060', '5070', Buffer.from(TEXT).toString('hex')]);
    });
  }
});
