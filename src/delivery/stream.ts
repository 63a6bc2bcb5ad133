import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { failed, type Outcome, SENT } from './sink.ts';

export interface StreamTarget {
  host: string;
  port: number;
  /** null: plain TCP. Otherwise TLS, `ca` trusted, PEM; undefined: those of the system. */
  tls: { ca: string[] | undefined } | null;
}

/** A connection under way, and the event that says it is there. */
interface Opening {
  socket: Socket;
  ready: 'connect' | 'secureConnect';
}

/** Begins to connect, so that either side may end its own direction alone. Certificates are verified for the host. */
export function openStream({ host, port, tls }: StreamTarget): Opening {
  if (tls === null) return { socket: connectTcp({ host, port, allowHalfOpen: true }), ready: 'connect' };
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host,
    port,
    allowHalfOpen: true,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
  };
  return { socket: connectTls(options), ready: 'secureConnect' };
}

const CLOSED = 'the receiver closed the connection before everything was sent';
/** A receiver that is gone answers what we send within this, milliseconds. */
const RESET_WAIT = 300;
/** A receiver that has everything ends its direction when we end ours; one that does not is believed after this, milliseconds. */
const END_WAIT = 5000;

/**
 * Sends bytes on a connection of their own to a receiver that never answers. Sent means: it took the end of the connection
 * after them without an error. The last byte is held back for a moment after the others, so that a receiver which left is
 * noticed: its system answers the first part, and the last fails.
 *
 * A receiver over TCP may end its own direction and read on; over TLS the end of one direction is the end of both (RFC 5246 §7.2.1).
 */
export function sendWhole({ socket, ready }: Opening, data: Buffer, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    let peerEnded = false;
    let finished = false;
    let timer: NodeJS.Timeout | undefined;
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(outcome);
    };
    const abort = () => end(failed('given up'));
    const finish = () => {
      socket.end(data.subarray(-1), (error?: Error | null) => {
        if (error) return;
        finished = true;
        if (peerEnded) end(SENT);
        else timer = setTimeout(() => end(SENT), END_WAIT);
      });
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', (error) => end(failed(error.message)));
    // Read, so that its end is seen; whatever it says is not asked for.
    socket.on('data', () => undefined);
    socket.on('end', () => {
      if (finished) end(SENT);
      else if (ready === 'secureConnect') end(failed(CLOSED));
      peerEnded = true;
    });
    socket.on('close', () => end(failed(CLOSED)));
    socket.once(ready, () => {
      socket.write(data.subarray(0, -1), (error) => {
        // What came meanwhile is heard first, also where this process was held up.
        if (!error) timer = setTimeout(() => setImmediate(finish), RESET_WAIT);
      });
    });
  });
}
