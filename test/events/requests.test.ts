import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Random } from '../../src/base/random.ts';
import { Blocks } from '../../src/events/blocks.ts';
import { FactReader } from '../../src/events/facts.ts';
import { Requests } from '../../src/events/requests.ts';
import { type Payload, Transport } from '../../src/network/payload.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import { createSipMessage, scanSip } from '../../src/sip/scan.ts';

describe('blocks', () => {
  test('hold what was written to them, whatever is taken and given back around them', () => {
    const random = new Random(1);
    const blocks = new Blocks(8 << 20);
    const live: { block: number; length: number; mark: number }[] = [];
    for (let round = 0; round < 5000; round++) {
      if (live.length > 0 && random.chance(0.45)) {
        const [gone] = live.splice(random.integer(0, live.length - 1), 1);
        blocks.give(gone!.block, gone!.length);
        continue;
      }
      const length = random.integer(1, 8192);
      const block = blocks.take(length);
      if (block < 0) continue;
      const mark = round & 0xff;
      const at = blocks.offsetOf(block);
      blocks.bytesOf(block).fill(mark, at, at + length);
      live.push({ block, length, mark });
    }
    expect(live.length).toBeGreaterThan(100);
    for (const { block, length, mark } of live) {
      const at = blocks.offsetOf(block);
      const bytes = blocks.bytesOf(block).subarray(at, at + length);
      expect(bytes.length === length && bytes.every((byte) => byte === mark)).toBe(true);
    }
  });

  test('are refused beyond the memory that was allowed, and where they are too long', () => {
    const blocks = new Blocks(1 << 20);
    let taken = 0;
    while (blocks.take(8192) >= 0) taken++;
    expect(taken).toBe(128);
    expect(new Blocks(1 << 20).take(8193)).toBe(-1);
  });
});

describe('a held request says what it said when it came', () => {
  const network = Buffer.from([192, 0, 2, 1, 198, 51, 100, 7]);

  test.each([
    ['short', 'Phone/1.0'],
    ['too long to be kept as bytes', `Phone/1.0 ${'x'.repeat(20_000)}`],
  ])('%s', (_, agent) => {
    const counters = new Counters();
    const requests = new Requests(new FactReader(new AddressReader(counters)), DEFAULT_LIMITS);
    const text = [
      'INVITE sip:+8613900000002@example.net SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK77;keep=30',
      'From: <sip:+8613800000001@Example.NET>;tag=a1',
      'To: <tel:13900000002;phone-context=+86>',
      'Call-ID: 1@example.net',
      'CSeq: 1 INVITE',
      'P-Asserted-Identity: <sip:+8613800000009@example.net>',
      'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=4600018070000001',
      'Contact: <sip:me@192.0.2.9:05070>;+sip.instance="<urn:gsma:imei:35693803-567890-0>"',
      `User-Agent: ${agent}`,
      'Content-Length: 0',
      '',
      'what follows is not part of it',
    ].join('\r\n');
    const data = Buffer.from(text.replace('\r\nwhat', '\r\n\r\nwhat'));
    const message = createSipMessage();
    expect(scanSip(data, 0, data.length, message, { stream: false, maxBytes: 65_536 })).toBeGreaterThan(0);
    const payload: Payload = {
      ...{ data, start: 0, end: data.length, transport: Transport.udp, ppid: 0, header: network, addressLength: 4 },
      ...{ sourceAt: 0, destinationAt: 4, sourcePort: 5061, destinationPort: 50_600, frame: 1, cut: false, slot: null },
      ...{ seconds: 1_700_000_000, nanoseconds: 5 },
    };
    const held = requests.hold(message, payload);
    data.fill(0);
    const { facts, identity, bodyLength } = requests.read(held);
    expect(facts).toMatchObject({
      ...{ time: { s: 1_700_000_000, ns: 5 }, source: '192.0.2.1:5061', destination: '198.51.100.7:50600' },
      ...{ fromAor: '+8613800000001@example.net', fromUser: '+8613800000001' },
      ...{ toAor: null, toUser: '13900000002;phone-context=+86', requestUser: '+8613900000002' },
      ...{ contact: '192.0.2.9:5070', imei: '35693803567890', userAgent: agent, viaMismatch: true, keepAlive: 30 },
    });
    expect(identity).toMatchObject({ asserted: '+8613800000009', mcc: '460', mnc: '00', lac: 0x1807 });
    expect(bodyLength).toBe(0);
  });
});
