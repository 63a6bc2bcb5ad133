import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { CaptureInput } from '../../src/capture/list.ts';
import { type CollectOptions, collect } from '../../src/scan/collect.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import { type DecodeOutputs, DecodeWorker } from '../../src/scan/workers.ts';
import { Scene } from '../support/scene.ts';
import { sharedCapture } from '../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Twenty refused calls in twenty minutes: most are over long before the capture is. */
function calls(): Scene {
  const scene = new Scene();
  for (let i = 0; i < 20; i++) {
    const common = [
      'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
      'From: <sip:+8613800000001@example.com>;tag=a',
      `To: <sip:+86139000000${10 + i}@example.com>`,
      `Call-ID: ${i}@10.0.0.1`,
      'CSeq: 1 INVITE',
    ];
    scene.say(i * 60, '10.0.0.1', '10.0.0.2', [`INVITE sip:+86139000000${10 + i}@example.com SIP/2.0`, ...common]);
    scene.say(i * 60 + 2, '10.0.0.2', '10.0.0.1', ['SIP/2.0 486 Busy Here', ...common]);
  }
  return scene;
}

const CAPTURE = calls().write(join(folder, 'calls.pcap'));
const OTHER = sharedCapture('sip', 'CESNET+ipfixprobe', 'sip.pcap');
const OPTIONS = { feed: 'test', homeCountry: null, limits: DEFAULT_LIMITS, named: true };

function inputOf(path: string): CaptureInput {
  return { path, kind: 'file', bytes: null, first: null };
}

/** Outputs that count what they are given. */
function counting(): DecodeOutputs & { chunks: number; rows: number } {
  const outputs = {
    chunks: 0,
    rows: 0,
    onChunk: () => void outputs.chunks++,
    onNameless: () => {},
    onRows: ({ count }: { count: number }) => void (outputs.rows += count),
    onProgress: () => {},
  };
  return outputs;
}

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a thread that decodes', () => {
  test('gives rows and whole events, and lives on after a capture it cannot read', async () => {
    const worker = new DecodeWorker({ ...OPTIONS, keep: 'both' });
    const missing = worker.decode({ input: inputOf(join(folder, 'missing.pcap')), index: 0, named: true }, counting());
    await expect(missing).rejects.toThrow(UserError);
    await expect(missing).rejects.toThrow(/missing\.pcap/);
    const outputs = counting();
    const { result, events, ends } = await worker.decode({ input: inputOf(CAPTURE), index: 1, named: true }, outputs);
    expect(result.packets).toBeGreaterThan(0);
    expect(events).toBeGreaterThan(10);
    expect([outputs.rows, outputs.chunks]).toEqual([events, 1]);
    for (const state of ends.states) expect(state.firstCapture.sha256).toBe(result.sha256);
    await worker.close();
  });

  test('fails its capture when it ends early', async () => {
    const worker = new DecodeWorker({ ...OPTIONS, keep: 'rows' });
    // Nobody writes to the pipe: the thread waits.
    const waiting = worker.decode(
      { input: { ...inputOf(pipe('silent')), kind: 'stdin' }, index: 0, named: true },
      counting(),
    );
    const failed = expect(waiting).rejects.toThrow(/silent: the thread that read it ended early/);
    await worker.close();
    await failed;
  });

  test('fails its capture when it breaks down', async () => {
    // Options that cannot be used break it before it can answer for itself.
    const worker = new DecodeWorker({ ...OPTIONS, limits: null as never, keep: 'rows' });
    await expect(worker.decode({ input: inputOf(CAPTURE), index: 0, named: true }, counting())).rejects.toThrow();
    await worker.close();
  });

  test('fails its capture when what it gives cannot be kept', async () => {
    const worker = new DecodeWorker({ ...OPTIONS, keep: 'events' });
    const full = {
      ...counting(),
      onChunk: () => {
        throw new UserError('cannot keep events: no space left');
      },
    };
    await expect(worker.decode({ input: inputOf(CAPTURE), index: 0, named: true }, full)).rejects.toThrow(
      'cannot keep events: no space left',
    );
    await worker.close();
  });
});

describe('captures read at the same time', () => {
  const run = (
    paths: string[],
    workers: number,
    keep: CollectOptions['keep'] = 'events',
    store = new SpoolStore(1e9),
  ) => collect(paths, store, { ...OPTIONS, workers, keep: keep! }).finally(() => store.close());

  test('fail together when one cannot be read', async () => {
    const closed = pipe('closed');
    const writer = spawn('sh', ['-c', ': > "$0"', closed]);
    await expect(run([CAPTURE, OTHER, closed], 3)).rejects.toThrow(/closed before anything was written/);
    writer.kill();
  });

  test('fail together when there is no room for what they give', async () => {
    const broken = new SpoolStore(0);
    broken.close();
    await expect(run([CAPTURE, OTHER], 2, 'events', broken)).rejects.toThrow(/nothing more is kept/);
  });

  test('count once where they are the same', async () => {
    const copy = join(folder, 'copy.pcap');
    const packed = join(folder, 'packed.pcap.gz');
    copyFileSync(CAPTURE, copy);
    copyFileSync(CAPTURE, join(folder, 'packed.pcap'));
    execFileSync('gzip', ['-f', join(folder, 'packed.pcap')]);
    for (const workers of [1, 3]) {
      for (const keep of ['events', 'rows'] as const) {
        const alone = await run([CAPTURE], 1, keep);
        const all = await run([packed, CAPTURE, copy], workers, keep);
        expect(all.events).toBe(alone.events);
        expect(all.captures.map(({ sha256 }) => sha256)).toEqual(alone.captures.map(({ sha256 }) => sha256));
        expect(all.repeated).toHaveLength(2);
        expect(all.counters.toJSON()).toEqual(alone.counters.toJSON());
        expect(all.table.dropped.filter(Boolean)).toHaveLength(2);
      }
    }
  });

  test('count once where another one, which begins with the same packet, is read between them', async () => {
    const [a, b, c] = ['same-a.pcap', 'same-b.pcap', 'same-c.pcap'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const whole = readFileSync(CAPTURE);
    for (const path of [a, c]) writeFileSync(path, whole);
    writeFileSync(b, whole.subarray(0, whole.length >> 1));
    const store = new SpoolStore(1e9);
    const all = await collect([a, b, c], store, { ...OPTIONS, named: false, workers: 1, keep: 'rows' });
    store.close();
    expect(all.repeated).toEqual([c]);
    // Both have their names; the other one needs none.
    expect(all.captures.map(({ sha256 }) => sha256 !== '').sort()).toEqual([false, true]);
  });

  test('tell how far they are', async () => {
    const store = new SpoolStore(1e9);
    let last = 0;
    await collect([CAPTURE, OTHER], store, { ...OPTIONS, workers: 2, onProgress: (bytes) => (last = bytes) });
    store.close();
    const plain = await run([CAPTURE, OTHER], 1);
    expect(last).toBe(plain.captures.reduce((sum, { diskBytes }) => sum + diskBytes, 0));
  });

  test('wait for a capture that does not tell when it begins', async () => {
    // Cut within its first packet header: no packet, no first time.
    const empty = join(folder, 'empty.pcap');
    copyFileSync(CAPTURE, empty);
    truncateSync(empty, 24);
    const all = await run([CAPTURE, empty, OTHER], 2);
    expect(all.captures.at(-1)!.path).toBe(empty);
    expect(all.events).toBe((await run([CAPTURE, OTHER], 1)).events);
  });
});
