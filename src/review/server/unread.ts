import type { IncomingMessage } from 'node:http';

/**
 * Reads what has not come yet of the body of a request, and throws it away. Whoever is answered and hung up on while he still sends
 * meets a reset: his system then throws the answer away unread, and a browser says that the network failed.
 *
 * @param most bytes that are read in vain
 * @returns whether the whole body has come; false also where its sender went away
 */
export async function takeRest(body: IncomingMessage, most: number): Promise<boolean> {
  if (body.complete || body.destroyed) return body.complete;
  // A form whose file nobody reads any more would hold it up.
  body.unpipe();
  await new Promise<void>((resolve) => {
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= most) return;
      body.pause();
      resolve();
    });
    for (const event of ['end', 'error', 'close']) body.once(event, () => resolve());
    body.resume();
  });
  return body.complete;
}
