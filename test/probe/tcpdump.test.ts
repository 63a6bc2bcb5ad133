import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/delivery/clock.ts';
import { parseConfig } from '../../src/probe/config.ts';
import { Probe } from '../../src/probe/probe.ts';
import { openStore } from '../../src/store/store.ts';
import { storedRows } from '../support/lake.ts';

const PROGRAM = 'tcpdump';

let folder: string;
let drop: string;
let lake: string;
let caller: Socket;
let called: Socket;
let dump: ChildProcess | null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  drop = join(folder, 'drop');
  lake = join(folder, 'lake');
  mkdirSync(drop);
  dump = null;
  [caller, called] = await Promise.all([bound(), bound()]);
});
afterEach(async () => {
  caller.close();
  called.close();
  if (dump !== null && dump.exitCode === null && dump.signalCode === null) {
    dump.kill('SIGKILL');
    await once(dump, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
});

async function bound(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** tcpdump on loopback, of what is said between the two sockets. Its last words come with its end. */
class Tcpdump {
  private readonly child: ChildProcess;
  private words = '';

  constructor(...more: string[]) {
    const filter = `udp and port ${caller.address().port} and port ${called.address().port}`;
    const user = process.env.USER || 'root';
    const all = ['-i', 'lo', '-n', '-U', '--immediate-mode', '-s', '2048', '-B', '16384', '-Z', user, ...more, filter];
    this.child = dump = spawn(PROGRAM, all, { cwd: drop, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.words += text;
    });
  }

  async listens(): Promise<void> {
    while (!this.words.includes('listening on')) await once(this.child.stderr!, 'data');
  }

  async end(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGINT');
    await closed;
    expect(this.words).toMatch(/^0 packets dropped by kernel$/m);
  }
}

/** Numbers that were called, in order. */
type Truth = string[];

/** Files that are there with their sizes: something else once tcpdump has written a packet. */
function written(): string {
  return readdirSync(drop)
    .map((name) => `${name} ${statSync(join(drop, name)).size}`)
    .join();
}

/** Sends a packet, and waits until it has come and tcpdump has written it: where it was slower, a ring would turn unseen. */
async function send(from: Socket, to: Socket, packet: Buffer): Promise<void> {
  const before = written();
  const heard = once(to, 'message');
  from.send(packet, to.address().port, '127.0.0.1');
  await heard;
  while (written() === before) await nextTurn();
}

/** Places one call that is refused: two packets of a good kilobyte each. */
async function call(truth: Truth): Promise<void> {
  const number = String(8613900000000 + truth.length);
  truth.push(number);
  const say = (first: string, tag: string): Buffer =>
    Buffer.from(
      [
        first,
        'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1',
        'From: <sip:+8613800000001@example.org>;tag=a',
        `To: <sip:+${number}@example.org>${tag}`,
        `Call-ID: ${number}`,
        'CSeq: 1 INVITE',
        `Subject: ${'x'.repeat(1000)}`,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
  await send(caller, called, say(`INVITE sip:+${number}@example.org SIP/2.0`, ''));
  await send(called, caller, say('SIP/2.0 486 Busy Here', ';tag=b'));
}

/** A probe at work on the folder, and what it logs. */
class Work {
  readonly taken: string[] = [];
  readonly others: string[] = [];
  private readonly probe: Probe;
  private readonly news = new EventEmitter();
  private readonly ended: Promise<void>;

  constructor() {
    this.probe = new Probe({
      folder: drop,
      pipe: false,
      store: lake,
      // Only a later file of its writer shows that one is complete.
      config: parseConfig('feed: test\nscore: off\nsettle: 1h\nsweep: 1s\n', 'test'),
      clock: systemClock,
      log: { debug: () => undefined, info: this.hear, warn: this.hear, error: this.hear },
      environment: {},
    });
    this.ended = this.probe.run();
  }

  private readonly hear = (fields: object, words: string): void => {
    const { capture } = fields as { capture?: string };
    if (words === 'capture taken') this.taken.push(capture!);
    else if (capture !== undefined) this.others.push(words);
    this.news.emit('said');
  };

  async took(count: number): Promise<void> {
    while (this.taken.length < count) await once(this.news, 'said');
  }

  async end(): Promise<void> {
    this.probe.stop();
    await this.ended;
  }
}

/** Takes what is left once nobody writes any more. @returns files taken */
async function rest(): Promise<number> {
  const probe = new Probe({
    folder: drop,
    pipe: false,
    store: lake,
    config: parseConfig('feed: test\nscore: off\nsettle: 0s\n', 'test'),
    clock: systemClock,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    environment: {},
  });
  await probe.once();
  return probe.status().captures.taken;
}

/** Numbers that legs of the store are to. */
async function counterparts(): Promise<string[]> {
  const store = openStore(lake, false);
  const rows = await storedRows(store);
  await store.close();
  return rows.map((row) => JSON.parse(row).counterpart).sort();
}

function packetsOf(file: string): number {
  const { stdout } = spawnSync('capinfos', ['-cMTr', join(drop, file)], { encoding: 'utf8' });
  return Number(stdout.trim().split('\t').at(-1));
}

describe('files that tcpdump writes', () => {
  test('by time (-G) are read once each, while it goes on', { timeout: 60_000 }, async () => {
    const truth: Truth = [];
    const tcpdump = new Tcpdump('-G', '1', '-w', 'trace-%Y%m%d-%H%M%S.pcap');
    await tcpdump.listens();
    const work = new Work();
    // A file ends with the first packet of the next second.
    while (readdirSync(drop).length < 5) {
      await call(truth);
      await sleep(50);
    }
    await work.took(3);
    await work.end();
    await tcpdump.end();
    const files = readdirSync(drop);
    expect(work.taken.length + (await rest())).toBe(files.length);
    expect(work.others).toEqual([]);
    expect(files.reduce((sum, file) => sum + packetsOf(file), 0)).toBe(2 * truth.length);
    expect(await counterparts()).toEqual(truth);
  });

  test('by size around a ring (-C -W) are read once each, each time their name comes again', {
    timeout: 120_000,
  }, async () => {
    const truth: Truth = [];
    const tcpdump = new Tcpdump('-C', '1', '-W', '3', '-w', 'ring.pcap');
    await tcpdump.listens();
    const work = new Work();
    const GENERATIONS = 7;
    for (let generation = 1; generation <= GENERATIONS; generation++) {
      // A million bytes and a call more: the file of this generation is full, the next one begun.
      const name = `ring.pcap${generation % 3}`;
      const sizeOf = () => statSync(join(drop, name), { throwIfNoEntry: false })?.size ?? 0;
      const full = sizeOf();
      do await call(truth);
      while (sizeOf() === full);
      await work.took(generation);
    }
    await work.end();
    await tcpdump.end();
    expect(readdirSync(drop).sort()).toEqual(['ring.pcap0', 'ring.pcap1', 'ring.pcap2']);
    expect(work.taken).toEqual(Array.from({ length: GENERATIONS }, (_, generation) => `ring.pcap${generation % 3}`));
    expect(work.others).toEqual([]);
    expect(await rest()).toBe(1);
    expect(await counterparts()).toEqual(truth);
  });
});
