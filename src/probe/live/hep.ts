import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { u16, u32 } from '../../base/bytes.ts';
import { UserError } from '../../base/errors.ts';
import type { WrittenPacket } from '../../capture/write-pcapng.ts';
import { systemWords } from '../../delivery/files.ts';
import { udpFrame } from '../../network/encode.ts';
import { isHep3 } from '../../network/hep.ts';
import type { HepAddress } from '../config.ts';

/** LINKTYPE_ETHERNET. */
const ETHERNET = 1;
/** Most bytes that a UDP datagram of IPv4 holds. */
const MOST = 65_507;
/** Bytes of HEP3: magic and length; vendor, type and length of a chunk. */
const HEAD = 6;
const CHUNK = 6;
/** Chunks of vendor 0 (HEP3 specification, "Generic chunk types"): time in seconds, microseconds. */
const SECONDS = 9;
const MICROSECONDS = 10;
/** Room that the system is asked for, so that nothing is lost while this process is busy, bytes. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;
/** Agents connected at a time. */
const MOST_AGENTS = 256;

/** When the agent saw the message; null where it does not say. */
function hepTime(data: Buffer): { seconds: number; nanoseconds: number } | null {
  let seconds: number | null = null;
  let nanoseconds = 0;
  for (let at = HEAD; at + CHUNK <= data.length; ) {
    const length = u16(data, at + 4);
    if (length < CHUNK) break;
    const type = u16(data, at) === 0 ? u16(data, at + 2) : 0;
    if (type === SECONDS && length === CHUNK + 4 && at + length <= data.length) seconds = u32(data, at + CHUNK);
    if (type === MICROSECONDS && length === CHUNK + 4 && at + length <= data.length)
      nanoseconds = (u32(data, at + CHUNK) % 1_000_000) * 1000;
    at += length;
  }
  return seconds === null ? null : { seconds, nanoseconds };
}

/** Takes HEP version 3 from agents and hands each over as the datagram that it came in, at the time that the agent says. */
export class HepReceiver {
  /** What was no HEP3, or longer than a datagram can be. */
  refused = 0;
  private readonly onPacket: (packet: WrittenPacket) => void;
  private readonly now: () => number;
  private readonly frame = Buffer.alloc(MOST + 64);
  private readonly sockets = new Set<Socket>();
  private readonly closing: (() => void)[] = [];

  /** @param now milliseconds of the wall clock, for what names no time */
  constructor(onPacket: (packet: WrittenPacket) => void, now: () => number) {
    this.onPacket = onPacket;
    this.now = now;
  }

  /** @returns the port @throws UserError where it cannot listen */
  async listen(address: HepAddress): Promise<number> {
    try {
      return await (address.transport === 'udp' ? this.listenUdp(address) : this.listenTcp(address));
    } catch (error) {
      const { transport, host, port } = address;
      throw new UserError(`hep: cannot listen on ${transport}:${host}:${port}: ${systemWords(error)}`);
    }
  }

  close(): void {
    for (const close of this.closing) close();
    for (const socket of this.sockets) socket.destroy();
  }

  private listenUdp({ host, port }: HepAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket: UdpSocket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', reject);
      socket.on('message', (data, from) => this.take(data, from.address, from.port, socket.address().port));
      socket.bind(port, host, () => {
        try {
          socket.setRecvBufferSize(RECEIVE_BUFFER);
        } catch {
          // What the system gives by itself must do.
        }
        this.closing.push(() => socket.close());
        resolve(socket.address().port);
      });
    });
  }

  private listenTcp({ host, port }: HepAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      const server: Server = createServer((socket) => this.follow(socket));
      server.maxConnections = MOST_AGENTS;
      server.once('error', reject);
      server.listen(port, host, () => {
        this.closing.push(() => server.close());
        const at = server.address();
        resolve(typeof at === 'object' && at !== null ? at.port : port);
      });
    });
  }

  /** Cuts the stream of one agent into its messages. */
  private follow(socket: Socket): void {
    const { remoteAddress = '', remotePort = 0, localPort = 0 } = socket;
    let held: Buffer = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('data', (chunk: Buffer) => {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let at = 0;
      while (at + HEAD <= data.length) {
        const length = u16(data, at + 4);
        if (!isHep3(data, at, data.length) || length < HEAD) {
          this.refused++;
          const next = data.indexOf('HEP3', at + 1, 'latin1');
          at = next < 0 ? Math.max(at + 1, data.length - 3) : next;
          continue;
        }
        if (at + length > data.length) break;
        this.take(data.subarray(at, at + length), remoteAddress, remotePort, localPort);
        at += length;
      }
      held = Buffer.from(data.subarray(at));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }

  private take(data: Buffer, address: string, sourcePort: number, destinationPort: number): void {
    if (!isHep3(data, 0, data.length) || data.length > MOST) {
      this.refused++;
      return;
    }
    const now = this.now();
    const time = hepTime(data) ?? { seconds: Math.floor(now / 1000), nanoseconds: Math.floor(now % 1000) * 1e6 };
    // An agent that speaks IPv6 has no address in these frames: what it says of the messages it saw is whole.
    const source = /(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? '0.0.0.0';
    const end = udpFrame(this.frame, 0, {
      source,
      destination: '127.0.0.1',
      sourcePort,
      destinationPort,
      payload: data,
    });
    this.onPacket({ data: this.frame, start: 0, end, originalLength: end, linkType: ETHERNET, ...time });
  }
}
