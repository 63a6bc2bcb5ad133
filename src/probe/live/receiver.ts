import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureDecoder } from '../../capture/decode.ts';
import { readDisk } from '../../capture/disk.ts';
import { HepReceiver } from './hep.ts';
import type { LiveData, LiveReply } from './live.ts';
import { Segments } from './segments.ts';

const port = parentPort!;
const { folder, segment, hep, pipe } = workerData as LiveData;
const say = (reply: LiveReply): void => port.postMessage(reply);
const segments = new Segments(folder, segment, Date.now, (words) => say({ kind: 'said', words }));
const receiver = new HepReceiver((packet) => segments.write(packet), Date.now);

/** Standard input where it is a pipe: reading it holds no thread up. */
let stdin: Socket | null = null;

const timer = setInterval(() => {
  segments.tick();
  count();
}, 1000);

port.on('message', () => {
  clearInterval(timer);
  receiver.close();
  stdin?.destroy();
  segments.end();
  count();
  say({ kind: 'over' });
  port.close();
});

void begin();

async function begin(): Promise<void> {
  try {
    const ports: number[] = [];
    for (const address of hep) ports.push(await receiver.listen(address));
    say({ kind: 'ready', ports });
    if (!pipe) return;
    await follow();
    segments.end();
    count();
    say({ kind: 'ended' });
  } catch (error) {
    say({ kind: 'failed', words: (error as Error).message });
  }
}

/** Reads a capture from standard input as it comes. */
async function follow(): Promise<void> {
  const decoder = new CaptureDecoder(
    (packet) => segments.write(packet),
    () => true,
  );
  try {
    for await (const chunk of openStdin()) {
      await decoder.push(chunk);
      if (decoder.found !== null) throw new Error(`standard input: not a pcap or pcapng capture but ${decoder.found}`);
    }
    const stop = decoder.finish();
    if (decoder.found !== null) throw new Error(`standard input: not a pcap or pcapng capture but ${decoder.found}`);
    if (stop !== null) say({ kind: 'said', words: `standard input: cut at offset ${stop.offset}: ${stop.reason}` });
  } finally {
    decoder.close();
  }
}

function openStdin(): AsyncIterable<Buffer> {
  const stat = fstatSync(0);
  if (!stat.isFIFO() && !stat.isSocket()) return readDisk('/dev/stdin');
  stdin = new Socket({ fd: 0, readable: true, writable: false });
  return stdin as AsyncIterable<Buffer>;
}

function count(): void {
  say({ kind: 'counted', written: segments.written, lost: segments.lost, refused: receiver.refused });
}
