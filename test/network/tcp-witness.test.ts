import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { readCapture } from '../../src/capture/read.ts';
import { endpointText } from '../../src/network/address.ts';
import { Network } from '../../src/network/network.ts';
import { sharedCapture } from '../support/shared.ts';

async function ours(path: string): Promise<Map<string, string>> {
  const streams = new Map<string, string>();
  const network = new Network(
    {
      datagram() {},
      stream({ data, start, end, header, addressLength, ...payload }, _midway, verdict) {
        const from = endpointText(header, payload.sourceAt, addressLength, payload.sourcePort);
        const to = endpointText(header, payload.destinationAt, addressLength, payload.destinationPort);
        const key = `${from}>${to}`;
        streams.set(key, (streams.get(key) ?? '') + data.toString('hex', start, end));
        verdict.consumed = end - start;
      },
    },
    DEFAULT_LIMITS,
    new Counters(),
  );
  const [input] = await listCaptures([path]);
  await readCapture(input, (packet) => network.packet(packet));
  network.finish();
  return streams;
}

/** The bytes that tshark puts together of each direction of its streams 0 to `count` - 1. */
function theirs(path: string, count: number): Map<string, string> {
  const follow = Array.from({ length: count }, (_, number) => ['-z', `follow,tcp,raw,${number}`]);
  const { stdout } = spawnSync('tshark', ['-n', '-r', path, '-q', ...follow.flat()], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, WIRESHARK_CONFIG_DIR: '/nonexistent' },
  });
  const streams = new Map<string, string>();
  for (const [, node0, node1, lines] of stdout.matchAll(/^Node 0: (.*)\nNode 1: (.*)\n([^=]*)/gm)) {
    for (const [, tab, hex] of lines.matchAll(/^(\t?)([0-9a-f]+)$/gm)) {
      const key = tab === '' ? `${node0}>${node1}` : `${node1}>${node0}`;
      streams.set(key, (streams.get(key) ?? '') + hex);
    }
  }
  return streams;
}

/** Captures with the streams to follow in each: in order and not, retransmitted, joined midway, seen three times over. */
const CAPTURES: [string, number][] = [
  ['OISF+suricata-verify/sip-tcp.pcap', 1],
  ['ajbanjara+Wireshark/1filtered.cap', 1],
  ['ajbanjara+Wireshark/aaa.pcap', 4],
  ['ajbanjara+Wireshark/SIP_CALL_RTP_G711', 62],
  ['ajbanjara+Wireshark/nb6-startup.pcap', 8],
  ['irontec+sngrep/ipip.pcap', 1],
  ['ntop+nDPI/webex.pcap', 55],
  ['open5gs+open5gs/ipsec_reg.pcapng', 24],
  ['open5gs+open5gs/nonipsec_to_ipsec_call.pcapng', 28],
  ['zongbingwang+pcapApplication/sip.pcap', 60],
];

for (const [name, count] of CAPTURES) {
  test(`the ${count} TCP streams of ${name} have the bytes that tshark puts together`, async () => {
    const path = sharedCapture('sip', name);
    const expected = theirs(path, count);
    expect(expected.size).toBeGreaterThan(0);
    const read = await ours(path);
    for (const [direction, bytes] of expected) expect(read.get(direction), direction).toBe(bytes);
  });
}
