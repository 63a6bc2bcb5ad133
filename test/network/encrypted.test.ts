import { describe, expect, test } from 'vitest';
import { frame, hex, u16 } from '../support/frames.ts';
import { packetsOf, record } from './record.ts';

const CALL = 'INVITE sip:b@x SIP/2.0\r\n\r\n';

function ip() {
  return frame().ethernet().ipv4('10.0.0.1', '10.0.0.2');
}

function tcp(sourcePort: number, destinationPort: number, data: Buffer, sequence = 0): Buffer {
  return ip().tcp(sourcePort, destinationPort, { sequence }).data(data).bytes();
}

/** From 10.0.0.2 back. */
function reply(sourcePort: number, destinationPort: number, data: Buffer): Buffer {
  return frame().ethernet().ipv4('10.0.0.2', '10.0.0.1').tcp(sourcePort, destinationPort).data(data).bytes();
}

/** A ClientHello (RFC 8446 section 4.1.2) that offers the given application protocols. */
function clientHello(...protocols: string[]): Buffer {
  const names = Buffer.concat(protocols.map((name) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name)])));
  const alpn = Buffer.concat([u16(16), u16(names.length + 2), u16(names.length), names]);
  const extensions = Buffer.concat([hex('0017 0000'), ...(protocols.length > 0 ? [alpn] : [])]);
  const body = Buffer.concat([
    hex('0303'),
    Buffer.alloc(32, 7),
    hex('04 01020304'),
    hex('0004 13011302'),
    hex('01 00'),
    u16(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([hex('01 00'), u16(body.length), body]);
  return Buffer.concat([hex('16 0301'), u16(handshake.length), handshake]);
}

describe('ESP', () => {
  const datagram = '1 udp 10.0.0.1:5060>10.0.0.2:5070';

  test('with NULL encryption is opened, whatever the length of its integrity value', () => {
    for (const icv of [12, 16, 0, 24, 32]) {
      const { seen, encrypted } = record(packetsOf([ip().esp(1, icv).udp(5060, 5070).text(CALL).bytes()]));
      expect(seen).toEqual([`${datagram} ${CALL}`]);
      expect(encrypted).toEqual({});
    }
  });

  test('is opened around TCP by its checksum, and around IP by its length', () => {
    const tcpInside = ip().esp(1).tcp(5060, 5070).text(CALL).bytes();
    expect(record(packetsOf([tcpInside])).seen).toEqual([`1 tcp 10.0.0.1:5060>10.0.0.2:5070 ${CALL} midway`]);
    const odd = ip().esp(1).tcp(5060, 5070).text(`${CALL}x`).bytes();
    expect(record(packetsOf([odd])).seen.length).toBe(1);
    tcpInside[14 + 20 + 8 + 16] ^= 1;
    expect(record(packetsOf([tcpInside])).seen).toEqual([]);
    const outer = () => frame().ethernet().ipv4('192.0.2.1', '192.0.2.2').esp(1);
    const four = outer().ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5070).text(CALL).bytes();
    expect(record(packetsOf([four])).seen).toEqual([`${datagram} ${CALL}`]);
    const six = outer().ipv6('2001:db8::1', '2001:db8::2').udp(5060, 5070).text(CALL).bytes();
    expect(record(packetsOf([six])).seen).toEqual([`1 udp [2001:db8::1]:5060>[2001:db8::2]:5070 ${CALL}`]);
  });

  test('in UDP is opened; keep-alives and IKE are not taken for it', () => {
    const outer = () => frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(4500, 4500);
    const frames = [
      outer().data(hex('ff')).bytes(),
      outer().data(Buffer.alloc(40)).bytes(),
      outer().esp(9).udp(5060, 5070).text(CALL).bytes(),
    ];
    const { seen, encrypted } = record(packetsOf(frames));
    expect(seen.map((line) => line.slice(0, 42)).at(-1)).toBe('3 udp 10.0.0.1:5060>10.0.0.2:5070 INVITE s');
    expect(seen.length).toBe(3);
    expect(encrypted).toEqual({});
  });

  test('once opened keeps the length of its integrity value', () => {
    const frames = [
      ip().esp(1, 16).udp(5060, 5070).text(CALL).bytes(),
      ip().esp(1, 12).udp(5060, 5070).text(CALL).bytes(),
    ];
    expect(record(packetsOf(frames)).seen.length).toBe(1);
  });

  test('ciphered counts once an association, however many packets it has', () => {
    // Bytes of a fixed shuffle, as a cipher would make.
    const ciphered = (spi: number, length: number) =>
      ip()
        .raw(`${spi.toString(16).padStart(8, '0')} 00000001`, { protocol: 50 })
        .data(Buffer.from(Array.from({ length }, (_, i) => ((i + 7) * (i + length) * 193 + 91) & 0xff)))
        .bytes();
    const frames = Array.from({ length: 40 }, (_, i) => ciphered(1 + (i % 2), 100 + i));
    const { seen, encrypted } = record(packetsOf(frames));
    expect(seen).toEqual([]);
    expect(encrypted).toEqual({ esp: 2 });
    expect(record(packetsOf(frames), { encryptedFlows: 1 })).toMatchObject({ dropped: { encryptedFlows: 39 } });
  });

  test('too short for a header is passed over', () => {
    expect(record(packetsOf([ip().raw('00000001', { protocol: 50 }).bytes()]))).toMatchObject({
      seen: [],
      encrypted: {},
    });
  });
});

describe('TLS', () => {
  const data = hex('17 0303 0010 000102030405060708090a0b0c0d0e0f');

  test('on the ports of SIP counts once a flow, and is not shown', () => {
    const frames = [
      tcp(4000, 5061, clientHello()),
      reply(5061, 4000, data),
      tcp(4000, 5061, data, 200),
      tcp(4001, 8089, data),
    ];
    const { seen, encrypted } = record(packetsOf(frames));
    expect(seen).toEqual([]);
    expect(encrypted).toEqual({ tls: 2 });
  });

  test('on another port counts where the client offers SIP, with its answer', () => {
    const frames = [
      tcp(4000, 443, clientHello('h2', 'sip/2')),
      reply(443, 4000, data),
      tcp(4001, 443, clientHello('h2', 'http/1.1')),
      tcp(4002, 443, clientHello()),
      tcp(4003, 443, data),
    ];
    const { seen, encrypted } = record(packetsOf(frames));
    expect(seen.map((line) => line.slice(0, 32))).toEqual([
      '3 tcp 10.0.0.1:4001>10.0.0.2:443',
      '4 tcp 10.0.0.1:4002>10.0.0.2:443',
      '5 tcp 10.0.0.1:4003>10.0.0.2:443',
    ]);
    expect(encrypted).toEqual({ tls: 1 });
  });

  test('a ClientHello cut anywhere is read as far as it goes', () => {
    const hello = clientHello('sip/2');
    for (let length = 1; length < hello.length; length++) {
      record(packetsOf([tcp(4000, 443, hello.subarray(0, length))]));
    }
  });

  test('SIP in clear on a port of TLS is shown', () => {
    expect(record(packetsOf([tcp(4000, 5061, Buffer.from(CALL))])).seen.length).toBe(1);
  });

  test('flows counted are bounded', () => {
    const frames = [tcp(4000, 5061, clientHello()), tcp(4001, 5061, clientHello())];
    const { encrypted, dropped } = record(packetsOf(frames), { encryptedFlows: 1 });
    expect(encrypted).toEqual({ tls: 1 });
    expect(dropped).toEqual({ encryptedFlows: 1 });
  });
});
