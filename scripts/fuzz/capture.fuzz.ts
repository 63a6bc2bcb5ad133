import { CaptureDecoder } from '../../src/capture/decode.ts';
import { claim } from './claims.ts';

/** Most a compressed input may grow to before the tap says it wants no more. */
const ENOUGH = 16 * 1024 * 1024;

/** The bytes are a file of any format, read whole and in pieces: the same packets, each inside its bytes. */
export async function fuzz(input: Buffer): Promise<void> {
  const whole = await read([input]);
  const cut = input.length > 0 ? input[input.length - 1]! % input.length : 0;
  const pieces = await read([input.subarray(0, cut), input.subarray(cut)]);
  claim(
    whole === pieces || whole === '' || pieces === '',
    'the packets do not depend on how the file is cut into reads',
  );
}

async function read(chunks: Buffer[]): Promise<string> {
  let packets = 0;
  let bytes = 0;
  let lastFrame = 0;
  let taken = 0;
  const decoder = new CaptureDecoder(
    (packet) => {
      claim(
        packet.start >= 0 && packet.start <= packet.end && packet.end <= packet.data.length,
        'a packet lies in its bytes',
      );
      claim(packet.nanoseconds >= 0 && packet.nanoseconds < 1e9, 'nanoseconds are of a second');
      claim(Number.isInteger(packet.seconds), 'seconds are whole');
      claim(packet.frame > lastFrame, 'frames count up');
      lastFrame = packet.frame;
      packets++;
      bytes += packet.end - packet.start;
    },
    (chunk) => {
      taken += chunk.length;
      return taken < ENOUGH;
    },
  );
  for (const chunk of chunks) await decoder.push(chunk);
  const stop = decoder.finish();
  decoder.close();
  claim(bytes <= decoder.bytes, 'packets hold no more bytes than the file');
  // How far zlib gets before damage depends on what it is given at once.
  if (taken >= ENOUGH || stop?.layer === 'gzip') return '';
  return `${packets} ${bytes} ${decoder.found !== null} ${stop?.layer} ${stop?.offset} ${stop?.reason}`;
}
