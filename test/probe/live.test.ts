import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { readCapture } from '../../src/capture/read.ts';
import { systemClock } from '../../src/delivery/clock.ts';
import { addressText } from '../../src/network/address.ts';
import { Network } from '../../src/network/network.ts';
import { Transport } from '../../src/network/payload.ts';
import { parseConfig } from '../../src/probe/config.ts';
import { Probe } from '../../src/probe/probe.ts';
import { openStore } from '../../src/store/store.ts';
import { hep3 } from '../support/frames.ts';
import { scannedRows, storedRows } from '../support/lake.ts';
import { sharedCapture } from '../support/shared.ts';
import { root } from '../support/sources.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What an event says besides the capture and frame it stands in. */
function said(row: string): unknown {
  const { first_capture, first_frame, last_capture, last_frame, ...rest } = JSON.parse(row);
  return rest;
}

async function storedEvents(): Promise<unknown[]> {
  const store = openStore(join(folder, 'lake'), false);
  const rows = await storedRows(store);
  await store.close();
  return rows.map(said);
}

/** Payloads of the HEP packets of a capture, and the port that they were sent to. */
async function datagrams(path: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  await readCapture({ path, kind: 'file', bytes: null, first: null }, ({ data, start, end }) => {
    const at = data.indexOf('HEP3', start, 'latin1');
    if (at >= 0 && at < end) found.push(Buffer.from(data.subarray(at, end)));
  });
  return found;
}

/** The messages of a capture of SIP over UDP as an agent would send them. */
async function asHep(path: string): Promise<Buffer[]> {
  const found: Buffer[] = [];
  const network = new Network(
    {
      datagram: (payload) => {
        if (payload.transport !== Transport.udp) return;
        const { data, header, start, end, addressLength, sourceAt, destinationAt, seconds, nanoseconds } = payload;
        const body = data.toString('latin1', start, end);
        if (!/^[A-Z]+ sips?:|^SIP\/2\.0 /.test(body)) return;
        found.push(
          hep3({
            source: addressText(header, sourceAt, addressLength),
            destination: addressText(header, destinationAt, addressLength),
            sourcePort: payload.sourcePort,
            destinationPort: payload.destinationPort,
            seconds,
            microseconds: Math.floor(nanoseconds / 1000),
            payload: Buffer.from(data.subarray(start, end)),
          }),
        );
      },
      stream: () => undefined,
    },
    DEFAULT_LIMITS,
    new Counters(),
  );
  await readCapture({ path, kind: 'file', bytes: null, first: null }, (packet) => network.packet(packet));
  return found;
}

/** Runs a probe that takes HEP over `transport` while `send` is given its port; ends when it has written so many packets. */
async function receive(
  transport: 'udp' | 'tcp',
  packets: number,
  send: (port: number) => Promise<void>,
): Promise<void> {
  let onPort: (port: number) => void = () => undefined;
  const port = new Promise<number>((resolve) => {
    onPort = resolve;
  });
  const say = (fields: { ports?: number[] }) => {
    if (fields.ports !== undefined) onPort(fields.ports[0]!);
  };
  const config = `feed: test\nscore: off\nsweep: 1s\nlive: { hep: ['${transport}:127.0.0.1:0'] }`;
  const probe = new Probe({
    folder: null,
    pipe: false,
    store: join(folder, 'lake'),
    config: parseConfig(config, 'test'),
    clock: systemClock,
    log: { debug: say, info: say, warn: say, error: say },
    environment: {},
  });
  const running = probe.run();
  await send(await port);
  while ((probe.status().live?.written ?? 0) < packets) await systemClock.sleep(100);
  probe.stop();
  await running;
  // What was in a segment when it ended is a capture now, and taken at the next start.
  const next = new Probe({
    folder: null,
    pipe: false,
    store: join(folder, 'lake'),
    config: parseConfig('feed: test\nscore: off', 'test'),
    clock: systemClock,
    log: { debug: say, info: say, warn: say, error: say },
    environment: {},
  });
  await next.once();
}

async function sendUdp(port: number, packets: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const packet of packets) {
    await new Promise<void>((resolve) => socket.send(packet, port, '127.0.0.1', () => resolve()));
  }
  socket.close();
}

/** Sends them as one stream, in pieces that are cut anywhere. */
async function sendTcp(port: number, packets: readonly Buffer[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const all = Buffer.concat(packets);
  for (let at = 0; at < all.length; at += 1000) socket.write(all.subarray(at, at + 1000));
  socket.end();
  await once(socket, 'close');
}

describe('HEP version 3', () => {
  test('of real agents, replayed, gives the events of the capture it came in', async () => {
    const path = sharedCapture('formats', 'sipcapture+hep-wireshark', 'hep.pcap');
    const packets = await datagrams(path);
    expect(packets).toHaveLength(8);
    await receive('udp', packets.length, (port) => sendUdp(port, packets));
    const expected = (await scannedRows([path])).map(said);
    expect(expected.length).toBeGreaterThan(0);
    expect(await storedEvents()).toEqual(expected);
  });

  test.each([
    ['udp', 'NormB+sipnab', 'sip_call.pcap'],
    ['tcp', 'NormB+sipnab', 'sip_call.pcap'],
    ['udp', 'ajbanjara+Wireshark', 'aaa.pcap'],
    ['tcp', 'ajbanjara+Wireshark', 'aaa.pcap'],
  ] as const)('over %s gives the events of the SIP that it wraps (%s %s)', async (transport, ...parts) => {
    const path = sharedCapture('sip', ...parts);
    const packets = await asHep(path);
    expect(packets.length).toBeGreaterThan(5);
    const send = transport === 'udp' ? sendUdp : sendTcp;
    await receive(transport, packets.length, (port) => send(port, packets));
    const expected = (await scannedRows([path])).map(said);
    expect(expected.length).toBeGreaterThan(0);
    expect(await storedEvents()).toEqual(expected);
  });
});

describe('a pipe', () => {
  function watch(...args: string[]): ChildProcess {
    const main = join(root, 'src/cli/main.ts');
    const node = ['--import', import.meta.resolve('tsx'), main];
    return spawn(process.execPath, [...node, 'watch', '-', '--store', join(folder, 'lake'), ...args], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  test('is cut into captures by packet time, taken to its end, and gives the events of the capture that it carried', async () => {
    const path = join(root, 'captures/sample.pcap.gz');
    mkdirSync(join(folder, 'work'));
    writeFileSync(join(folder, 'c.yaml'), 'score: off\nlive: { segment: 10m }\n');
    const child = watch('--feed', 'test', '--config', join(folder, 'c.yaml'));
    createReadStream(path).pipe(createGunzip()).pipe(child.stdin!);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    const expected = (await scannedRows([path])).map(said);
    expect(await storedEvents()).toEqual(expected);
    const segments = readdirSync(join(folder, 'lake/probes/test/spool'));
    // The sample is three hours long and begins with a full hour.
    expect(segments).toHaveLength(18);
    expect(segments.every((name) => /^live-20240305T\d\d\d000Z-\w+\.pcapng$/.test(name))).toBe(true);
  });

  test('that is no capture ends it in one line', async () => {
    const child = watch();
    let words = '';
    child.stderr!.on('data', (chunk) => {
      words += chunk;
    });
    child.stdin!.on('error', () => undefined);
    child.stdin!.end('this is no capture\n');
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(words.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([
      'catpool: standard input: not a pcap or pcapng capture but text',
    ]);
  });
});
