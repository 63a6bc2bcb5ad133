import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/delivery/clock.ts';
import { readDelivery } from '../../src/delivery/config.ts';
import { openSinks } from '../../src/delivery/open-sinks.ts';
import { open, scratch, setup, suspect } from './bench.ts';
import { certificate, deadPort, listen, polite, StreamReceiver } from './servers.ts';

/** RFC 5424 §6, its ABNF as an expression: SYSLOG-MSG with one SD-ELEMENT and UTF-8 text. */
const PARAM = String.raw`[\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32}="(?:[^"\\\]]|\\["\\\]])*"`;
const RFC5424 = new RegExp(
  String.raw`^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) [\x21-\x7e]{1,255} catpool - ([\x21-\x7e]{1,32}) \[catpool@32473((?: ${PARAM})*)\] \ufeff(.*)$`,
  'u',
);

function outboxFor(config: object) {
  const { sinks } = readDelivery({ sinks: [{ type: 'syslog', name: 'noc', ...config }] });
  const { sink } = openSinks(sinks, { clock: systemClock, environment: {} })[0]!;
  return open(scratch(), [setup(sink, { masked: true })], systemClock).outbox;
}

/** Octet counting taken apart by RFC 6587 §3.4.1: MSG-LEN SP SYSLOG-MSG. */
function frames(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const text = data.toString('latin1', at, space);
    expect(text).toMatch(/^[1-9]\d*$/);
    const end = space + 1 + Number(text);
    expect(end).toBeLessThanOrEqual(data.length);
    found.push(data.toString('utf8', space + 1, end));
    at = end;
  }
  return found;
}

const subjects = (lines: string[]) => lines.map((line) => /subject="([^"]*)"/.exec(line)?.[1]);

describe('syslog over UDP', () => {
  async function receiver(): Promise<{ socket: Datagrams; port: number }> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => {
      socket.close();
    });
    return { socket, port: (socket.address() as AddressInfo).port };
  }

  it('is one datagram of RFC 5424 for each alert, harmless whatever names hold', async () => {
    const { socket, port } = await receiver();
    const outbox = outboxFor({ transport: 'udp', host: '127.0.0.1', port, facility: 13 });
    const evil = 'sip:x"]\\\n<0>1 - forged - - - - root logged in\u2028\u202e@example.com';
    const arrived = once(socket, 'message');
    outbox.raise([suspect(evil, 0, { reasons: ['first\r\nsecond', 'tab\tbell\u0007'] })]);
    await outbox.pump();
    const text = ((await arrived) as [Buffer])[0].toString('utf8');
    expect(text).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    const [, priority, , kind, parameters, words] = RFC5424.exec(text)!;
    // 13 * 8 + 5 (notice).
    expect([priority, kind]).toEqual(['109', 'new_suspect']);
    expect(parameters).toMatch(/ id="[0-9a-f]{32}" subject=/);
    expect(parameters).toMatch(/ probe="p1" time="2026-03-01T00:00:00\.000Z" repeats="0"$/);
    expect(words).toContain('first second');
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 1, queued: 0 });
  });

  it('fits into 2048 bytes, cut between characters', async () => {
    const { socket, port } = await receiver();
    const outbox = outboxFor({ transport: 'udp', host: '127.0.0.1', port });
    const arrived = once(socket, 'message');
    outbox.raise([suspect('8613800000001', 0, { reasons: Array(4).fill('猫池'.repeat(240)) })]);
    await outbox.pump();
    const [data] = (await arrived) as [Buffer];
    expect(data.length).toBeLessThanOrEqual(2048);
    expect(data.length).toBeGreaterThan(2044);
    expect(new TextDecoder('utf-8', { fatal: true }).decode(data)).toContain('86138******01');
  });

  it('to a host that answers that nobody listens there is tried again', async () => {
    const outbox = outboxFor({ transport: 'udp', host: '127.0.0.1', port: await deadPort() });
    outbox.raise([suspect('a')]);
    await outbox.pump();
    expect(outbox.status().sinks[0]).toMatchObject({
      queued: 1,
      failed: 1,
      trouble: expect.stringMatching('ECONNREFUSED'),
    });
  });
});

describe.each(['udp', 'tcp', 'tls'])('syslog over %s', (transport) => {
  it('to a name that is none is tried again', async () => {
    // A label has at most 63 octets (RFC 1035 §2.3.4).
    const outbox = outboxFor({ transport, host: 'x'.repeat(64), port: 514 });
    outbox.raise([suspect('a')]);
    await outbox.pump();
    expect(outbox.status().sinks[0]).toMatchObject({
      queued: 1,
      failed: 1,
      trouble: expect.stringMatching('getaddrinfo'),
    });
  });
});

describe.each(['tcp', 'tls'] as const)('syslog over %s', (transport) => {
  async function receiver(treat: (socket: Socket, index: number, raw: Socket) => void) {
    const made = transport === 'tls' ? certificate('localhost') : null;
    const receiving = new StreamReceiver(made, treat);
    const port = await listen(receiving.server, 'localhost');
    const outbox = outboxFor({ transport, host: 'localhost', port, ...(made === null ? {} : { ca: made.path }) });
    return { receiving, outbox };
  }
  const LINES = Array.from({ length: 250 }, (_, index) => `line-${index}`);

  it('counts octets, and carries every alert in order', async () => {
    const { receiving, outbox } = await receiver(polite);
    outbox.raise([suspect('猫池'), ...LINES.map((line) => suspect(line))]);
    expect(await outbox.pump()).toBeNull();
    const lines = [0, 1, 2].flatMap((index) => frames(receiving.ended[index]!));
    for (const line of lines) expect(line).toMatch(RFC5424);
    expect(subjects(lines)).toEqual(['猫池', ...LINES]);
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 251, queued: 0, failed: 0 });
  });

  it('waits for a receiver that reads slowly', async () => {
    const { receiving, outbox } = await receiver((socket) => {
      polite(socket);
      socket.on('data', () => {
        socket.pause();
        setTimeout(() => socket.resume(), 20);
      });
    });
    outbox.raise(LINES.map((line) => suspect(line)));
    expect(await outbox.pump()).toBeNull();
    expect(subjects([0, 1, 2].flatMap((index) => frames(receiving.ended[index]!)))).toEqual(LINES);
  });

  it('believes a receiver that never ends its direction', async () => {
    const { receiving, outbox } = await receiver(() => undefined);
    outbox.raise([suspect('a')]);
    expect(await outbox.pump()).toBeNull();
    expect(subjects(frames(await receiving.bytes(0)))).toEqual(['a']);
  });

  it.each([
    ['closes at once', (socket: Socket) => socket.destroy()],
    ['resets', (_: Socket, raw: Socket) => raw.resetAndDestroy()],
    ['resets after the first bytes', (socket: Socket, raw: Socket) => socket.once('data', () => raw.resetAndDestroy())],
  ])('tries again where the receiver %s', async (_, rude) => {
    const { receiving, outbox } = await receiver((socket, index, raw) =>
      index === 0 ? rude(socket, raw) : polite(socket),
    );
    outbox.raise([suspect('a'), suspect('b')]);
    expect(await outbox.drain(60_000)).toBe(true);
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 2, failed: 1 });
    expect(subjects(frames(receiving.ended.at(-1)!))).toEqual(['a', 'b']);
  });
});

describe('syslog over TCP', () => {
  it('sends on to a receiver that ended its own direction and reads', async () => {
    const receiving = new StreamReceiver(null, (socket) => socket.end());
    const port = await listen(receiving.server);
    const outbox = outboxFor({ transport: 'tcp', host: '127.0.0.1', port });
    outbox.raise([suspect('a'), suspect('b')]);
    expect(await outbox.pump()).toBeNull();
    expect(subjects(frames(await receiving.bytes(0)))).toEqual(['a', 'b']);
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 2, failed: 0 });
  });
});

describe('syslog over TLS', () => {
  it('is sent to no receiver whose certificate is not trusted, or of another name', async () => {
    const other = certificate('elsewhere.example');
    for (const [made, ca] of [
      [certificate('localhost'), undefined],
      [other, other.path],
    ] as const) {
      const receiving = new StreamReceiver(made, polite);
      const port = await listen(receiving.server, 'localhost');
      const outbox = outboxFor({ transport: 'tls', host: 'localhost', port, ...(ca === undefined ? {} : { ca }) });
      outbox.raise([suspect('a')]);
      await outbox.pump();
      expect(outbox.status().sinks[0]).toMatchObject({
        queued: 1,
        trouble: expect.stringMatching(ca === undefined ? /self.signed/ : /altnames/),
      });
      expect(Buffer.concat(receiving.ended).length).toBe(0);
    }
  });
});
