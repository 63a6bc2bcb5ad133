import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { temporary } from '../base/temporary.ts';
import { addToStore } from '../scan/lake.ts';
import { COUNTRIES } from '../simulate/numbering.ts';
import { drawScenario, type Scenario, shownInterfaces } from '../simulate/scenario.ts';
import { type SimulationSummary, simulate } from '../simulate/simulate.ts';
import { FolderSink, type PassingCaptures } from '../simulate/sink.ts';
import type { InterfaceName } from '../simulate/ss7/parameters.ts';
import { openStore } from '../store/store.ts';

/** Captures an hour at least: one of each probe is on disk at a time. */
const FILES_AN_HOUR = 4;

/** Where a scenario's captures and truth go. @param passing absent: the captures stay in the folder */
export function folderSink(
  folder: string,
  scenario: Scenario,
  files = scenario.files,
  passing?: PassingCaptures,
): FolderSink {
  const start = Date.parse(scenario.start) / 1000;
  return new FolderSink(folder, start, scenario.hours, files, shownInterfaces(scenario), passing);
}

/**
 * Simulates, and puts what each probe's captures show into a store, each as soon as it is finished: none of them stays. The store's
 * feeds have the names of the interfaces.
 *
 * @param path of the store @param out folder of the truth
 */
export async function simulateInto(path: string, out: string, scenario: Scenario): Promise<SimulationSummary> {
  const { country } = drawScenario(scenario);
  const homeCountry = COUNTRIES.find(({ code }) => code === country)!.iso;
  const options = { homeCountry, limits: DEFAULT_LIMITS, workers: 1 };
  const store = openStore(path, true, { ...options, ss7Variant: null, threads: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'catpool-'));
  const removed = temporary(folder);
  const waiting: { capture: string; feed: InterfaceName }[] = [];
  try {
    const files = Math.max(scenario.files, Math.ceil(scenario.hours * FILES_AN_HOUR));
    const done = (capture: string, feed: InterfaceName) => void waiting.push({ capture, feed });
    const sink = Object.assign(folderSink(out, scenario, files, { folder, done }), {
      rest: async () => {
        for (const { capture, feed } of waiting.splice(0)) {
          await addToStore([capture], store, { ...options, feed });
          rmSync(capture);
        }
      },
    });
    return await simulate(scenario, sink);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    removed();
    await store.close();
  }
}
