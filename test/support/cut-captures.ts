import { spawnSync } from 'node:child_process';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { eventRecord } from '../../src/events/record.ts';
import { collect } from '../../src/scan/collect.ts';
import { eventsInOrder } from '../../src/scan/rows/order.ts';
import { SpoolStore } from '../../src/scan/spool.ts';

/** Frames and capture names depend on the cut; everything else of an event may not. */
const BY_CUT = new Set(['first_capture', 'first_frame', 'last_capture', 'last_frame']);

/** Events of captures as JSON, in order, without what a cut of them changes. */
export async function uncutEvents(paths: readonly string[], workers = 1): Promise<string[]> {
  const store = new SpoolStore(1e9);
  const collected = await collect(paths, store, { feed: 'test', homeCountry: null, limits: DEFAULT_LIMITS, workers });
  const lines = [...eventsInOrder(collected)].map((event) =>
    JSON.stringify(Object.fromEntries(Object.entries(eventRecord(event)).filter(([name]) => !BY_CUT.has(name)))),
  );
  store.close();
  return lines;
}

/**
 * Cuts a capture after the given packet numbers, with editcap.
 *
 * @param stem path of the files without their number
 */
export function cutAfter(path: string, packets: number, cuts: readonly number[], stem: string): string[] {
  let from = 1;
  return [...cuts, packets].map((end, index) => {
    const file = `${stem}-${String(index).padStart(3, '0')}.pcapng`;
    const run = spawnSync('editcap', ['-r', path, file, `${from}-${end}`], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`editcap: ${run.stderr}`);
    from = end + 1;
    return file;
  });
}

/** Number of packets, by capinfos. */
export function packetsOf(path: string): number {
  const run = spawnSync('capinfos', ['-cMT', '-r', path], { encoding: 'utf8' });
  const found = /(\d+)\s*$/.exec(run.stdout.trim());
  if (found === null) throw new Error(`capinfos ${path}: ${run.stdout}${run.stderr}`);
  return Number(found[1]);
}
