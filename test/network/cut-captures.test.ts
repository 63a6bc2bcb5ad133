import { expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { listCaptures } from '../../src/capture/list.ts';
import type { Packet } from '../../src/capture/packet.ts';
import { readCapture } from '../../src/capture/read.ts';
import { MessageDecoder } from '../../src/messages/decoder.ts';
import { Network } from '../../src/network/network.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import { sharedCapture } from '../support/shared.ts';
import { packetOf } from './record.ts';

async function packetsIn(path: string): Promise<Packet[]> {
  const packets: Packet[] = [];
  const [input] = await listCaptures([path]);
  await readCapture(input, ({ data, start, end, ...fields }) => {
    packets.push(packetOf(Buffer.from(data.subarray(start, end)), { ...fields, start: 0, end: end - start }));
  });
  return packets;
}

/** SIP messages of captures of `size` packets each, and of the stitch of their loose ends. */
function messagesOf(packets: Packet[], size: number): string[] {
  const seen: string[] = [];
  const counters = new Counters();
  const network = () => {
    const addresses = new AddressReader(counters);
    const decoder = new MessageDecoder(DEFAULT_LIMITS, counters, addresses, ({ data, start, end }) => {
      seen.push(data.toString('latin1', start, end));
    });
    return new Network(decoder, DEFAULT_LIMITS, counters);
  };
  const stitch = network();
  for (let at = 0; at < packets.length; at += size) {
    const capture = network();
    for (const packet of packets.slice(at, at + size)) capture.packet(packet);
    for (const loose of capture.finish()) stitch.replay(loose);
  }
  return seen.sort();
}

const SIZES = [1, 2, 3, 7, 20, 100];

test.each([
  'OISF+suricata-verify/sip-tcp.pcap',
  'ajbanjara+Wireshark/1filtered.cap',
  'ajbanjara+Wireshark/aaa.pcap',
  'irontec+sngrep/ipip.pcap',
  'open5gs+open5gs/nonipsec_reg.pcapng',
])('%s has the same SIP messages, however many packets its pieces have', async (name) => {
  const packets = await packetsIn(sharedCapture('sip', name));
  const whole = messagesOf(packets, packets.length);
  expect(whole.length).toBeGreaterThan(0);
  for (const size of SIZES) expect(messagesOf(packets, size), `pieces of ${size}`).toEqual(whole);
});

// Each packet of these was captured on three interfaces. A copy of a TCP segment is passed over in one capture, but is all there
// is where the first one is in another capture.
test.each([
  'open5gs+open5gs/ipsec_reg.pcapng',
  'open5gs+open5gs/ipsec_to_ipsec_call.pcapng',
  'open5gs+open5gs/nonipsec_to_ipsec_call.pcapng',
  'open5gs+open5gs/volte.pcapng',
])('%s loses no SIP message and gains only copies, however many packets its pieces have', async (name) => {
  const packets = await packetsIn(sharedCapture('sip', name));
  const whole = messagesOf(packets, packets.length);
  for (const size of SIZES) {
    const left = [...messagesOf(packets, size)];
    for (const message of whole) {
      const at = left.indexOf(message);
      expect(at, `${message.slice(0, 80)} in pieces of ${size}`).toBeGreaterThanOrEqual(0);
      left.splice(at, 1);
    }
    for (const copy of left) expect(whole).toContain(copy);
  }
});
