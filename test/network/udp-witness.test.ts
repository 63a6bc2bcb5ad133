import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { readCapture } from '../../src/capture/read.ts';
import { addressText } from '../../src/network/address.ts';
import { Network } from '../../src/network/network.ts';
import { Transport } from '../../src/network/payload.ts';
import { sharedCaptures, sharedDir } from '../support/shared.ts';
import { tsharkFields } from '../support/tshark.ts';

/** Files that are no capture to us (Network Monitor, Sniffer), or none to tshark (damaged ones that we read up to the damage). */
const ONE_READER_ONLY =
  /(c07-sip-r2\.cap|cr_ss101\.cap|http\.bigendian\.ntar|linktype-reserved-field-not-zero\.pcap|pcap-invalid-version-1\.pcap)$/;

/** Where we and tshark differ and we stand by what we do: datagrams of these are left out on both sides. */
const EXCEPTIONS: { file: RegExp; datagram: RegExp; reason: string }[] = [
  {
    file: /nb6-startup\.pcap$/,
    datagram: / 1701 1701 |^(309|310|311|312) .* (546|547) /,
    reason: 'L2TP is not opened: it carries access sessions, not signalling',
  },
  {
    file: /arkime_synthetic\.pcap$/,
    datagram: /^818 /,
    reason: 'UDP length 0: we take the IP payload (RFC 2675 section 4), tshark nothing',
  },
  {
    file: /fuzz-2006-06-26-2594\.pcap$/,
    datagram: /^(182|208|470|622|624|630|95) /,
    reason: 'UDP length shorter than the IP payload: we stop there (RFC 768), tshark gives all bytes',
  },
  {
    file: /wireshark_samples-test\.pcapng$/,
    datagram: / 3544 /,
    reason: 'Teredo is not opened',
  },
  {
    file: /hep\.pcap$/,
    datagram: /./,
    reason: 'HEP gives the message inside with its own addresses; this tshark has no decoder for it',
  },
];

/** tshark also numbers blocks that are no packets (journal entries, custom blocks). */
const OTHER_BLOCKS_NUMBERED = /pcapng-test-generator.test(018|018__2|102__2|202)\.pcapng$/;

/** Innermost UDP datagrams: frame, addresses, ports, payload in hexadecimal. */
async function ours(path: string): Promise<string[]> {
  const seen: string[] = [];
  const network = new Network(
    {
      datagram({ header, addressLength, sourceAt, destinationAt, transport, ...payload }) {
        if (transport !== Transport.udp) return;
        const from = addressText(header, sourceAt, addressLength);
        const to = addressText(header, destinationAt, addressLength);
        const hex = payload.data.toString('hex', payload.start, payload.end);
        seen.push(`${payload.frame} ${from} ${to} ${payload.sourcePort} ${payload.destinationPort} ${hex}`);
      },
      stream(payload, _midway, verdict) {
        verdict.consumed = payload.end - payload.start;
      },
    },
    DEFAULT_LIMITS,
    new Counters(),
  );
  const [input] = await listCaptures([path]);
  await readCapture(input, (packet) => network.packet(packet));
  network.finish();
  return seen;
}

const FIELDS = ['frame.number', 'frame.protocols', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'];
const UDP_FIELDS = ['udp.srcport', 'udp.dstport', 'udp.length', 'udp.payload'];

function theirs(path: string): string[] {
  const seen: string[] = [];
  const rows = tsharkFields(
    path,
    'udp',
    [...FIELDS, ...UDP_FIELDS],
    ['-o', 'esp.enable_null_encryption_decode_heuristic:TRUE', '-o', 'udp.ignore_ipv6_zero_checksum:TRUE'],
  );
  for (const [frame, protocols, source4, destination4, source6, destination6, from, to, length, payload] of rows) {
    const layers = protocols[0].split(':');
    // The UDP header that an ICMP error quotes is no datagram.
    if (layers.includes('icmp') || layers.includes('icmpv6')) continue;
    const is6 = layers.lastIndexOf('ipv6') > layers.lastIndexOf('ip');
    const inner = layers.slice(layers.lastIndexOf(is6 ? 'ipv6' : 'ip'));
    if (!inner.includes('udp')) continue;
    const source = (is6 ? source6 : source4).at(-1);
    const destination = (is6 ? destination6 : destination4).at(-1);
    const hex = length.at(-1) === '8' ? '' : payload.at(-1);
    seen.push(`${frame[0]} ${source} ${destination} ${from.at(-1)} ${to.at(-1)} ${hex}`);
  }
  return seen;
}

for (const path of [...sharedCaptures('sip'), ...sharedCaptures('formats')]) {
  if (ONE_READER_ONLY.test(path)) continue;
  test(`the UDP datagrams of ${relative(sharedDir, path)} are those tshark sees`, async () => {
    const compared = (lines: string[]) =>
      lines
        .filter((line) => !EXCEPTIONS.some(({ file, datagram }) => file.test(path) && datagram.test(line)))
        .map((line) => (OTHER_BLOCKS_NUMBERED.test(path) ? line.replace(/^\d+/, '') : line))
        .sort();
    expect(compared(await ours(path))).toEqual(compared(theirs(path)));
  });
}
