import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { collect } from '../../src/scan/collect.ts';
import { eventsInOrder } from '../../src/scan/order.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import { parseScenario } from '../../src/simulate/scenario.ts';
import { type SimulationSummary, simulate } from '../../src/simulate/simulate.ts';
import { type ActRecord, FolderSink, type TruthRecord } from '../../src/simulate/sink.ts';

/** A day's truth: the time of an act is text in the file. */
type TrueAct = Omit<ActRecord, 'time'> & { time: string };

/** What a simulation wrote and what events make of it. */
export interface Seen {
  folder: string;
  captures: string[];
  summary: SimulationSummary;
  calls: TruthRecord[];
  acts: TrueAct[];
  events: CatpoolEvent[];
  labels: string[][];
}

/** Simulates into a folder of its own below the system's temporary one, and reads its captures. */
export async function observe(changes: Record<string, unknown>): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-network-'));
  const scenario = parseScenario('', changes);
  const { hours, files, interfaces } = scenario;
  const sink = new FolderSink(folder, Date.parse(scenario.start) / 1000, hours, files, interfaces);
  const summary = await simulate(scenario, sink);
  const captures = readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => join(folder, name));
  const lines = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trim().split('\n');
  const truth = lines('truth.ndjson').map((line) => JSON.parse(line) as TruthRecord | TrueAct);
  return {
    folder,
    captures,
    summary,
    calls: truth.filter((record) => !('kind' in record)) as TruthRecord[],
    acts: truth.filter((record) => 'kind' in record) as TrueAct[],
    events: await eventsOf(captures, summary.homeCountry),
    labels: lines('labels.csv')
      .slice(1)
      .map((line) => line.split(',')),
  };
}

async function eventsOf(captures: readonly string[], homeCountry: string): Promise<CatpoolEvent[]> {
  const spools = new SpoolStore(1e8);
  try {
    const collected = await collect(captures, spools, {
      feed: 'test',
      homeCountry,
      limits: DEFAULT_LIMITS,
      workers: 1,
    });
    return [...eventsInOrder(collected)];
  } finally {
    spools.close();
  }
}

/** Seconds since the epoch. */
export function at({ s, ns }: { s: number; ns: number }): number {
  return s + ns / 1e9;
}

/** Seconds since the epoch of ISO 8601 text. */
export function instant(text: string): number {
  return Date.parse(`${text.slice(0, 19)}Z`) / 1000 + Number(`0${text.slice(19, -1)}`);
}
