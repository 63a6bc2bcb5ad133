import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { scratch } from './bench.ts';

/** Listens on a free port of this machine until the test ends, its connections with it. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A port where nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A key and a certificate for `localhost` that it signed itself, made by openssl; and the path of the latter. */
export function certificate(name = 'localhost'): { key: string; cert: string; path: string } {
  const folder = scratch();
  const [key, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', path], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(path, 'utf8'), path };
}

/** What a receiver of a stream collected from each connection, and how it treats them. */
export class StreamReceiver {
  /** Bytes of connections that ended well. */
  readonly ended: Buffer[] = [];
  readonly server: Server;
  private waiting: (() => void)[] = [];

  constructor(
    tls: { key: string; cert: string } | null,
    /** `raw` is the connection under that of TLS. */
    treat: (socket: Socket, index: number, raw: Socket) => void,
  ) {
    let index = 0;
    let raw: Socket | undefined;
    const accept = (socket: Socket) => {
      const pieces: Buffer[] = [];
      socket.on('error', () => undefined);
      socket.on('data', (data: Buffer) => pieces.push(data));
      socket.on('end', () => {
        this.ended.push(Buffer.concat(pieces));
        for (const wake of this.waiting) wake();
      });
      treat(socket, index++, raw ?? socket);
    };
    this.server =
      tls === null
        ? createServer({ allowHalfOpen: true }, accept)
        : createTlsServer({ ...tls, allowHalfOpen: true }, accept);
    this.server.on('connection', (socket: Socket) => {
      raw = socket;
    });
  }

  /** The bytes of the connection of that number that ended well. */
  async bytes(index: number): Promise<Buffer> {
    while (this.ended.length <= index) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.ended[index]!;
  }
}

/** Ends its own direction when the other has ended: what receivers of syslog do. */
export function polite(socket: Socket): void {
  socket.on('end', () => socket.end());
}
