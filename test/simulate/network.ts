import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { collect } from '../../src/scan/collect.ts';
import { eventsInOrder } from '../../src/scan/rows/order.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import { isSipAlone, parseScenario, shownInterfaces } from '../../src/simulate/scenario.ts';
import { type SimulationSummary, simulate } from '../../src/simulate/simulate.ts';
import { type ActRecord, type CallLeg, FolderSink, type TruthRecord } from '../../src/simulate/sink.ts';

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
  /** Labels of lines by number; each stands there once more by its IMSI. */
  labels: string[][];
  /** Seconds since the epoch at which the captures end. */
  end: number;
}

/** Simulates into a folder of its own below the system's temporary one, and reads its captures. */
export async function observe(changes: Record<string, unknown>): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-network-'));
  const scenario = parseScenario('', changes);
  const { hours, files } = scenario;
  const sink = new FolderSink(folder, Date.parse(scenario.start) / 1000, hours, files, shownInterfaces(scenario));
  const summary = await simulate(scenario, sink);
  const captures = readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => join(folder, name));
  const lines = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trim().split('\n');
  const truth = lines('truth.ndjson').map((line) => JSON.parse(line) as TruthRecord | TrueAct);
  const alone = isSipAlone(scenario);
  return {
    folder,
    captures,
    summary,
    calls: truth.filter((record) => !('kind' in record)) as TruthRecord[],
    acts: truth.filter((record) => 'kind' in record) as TrueAct[],
    end: Date.parse(scenario.start) / 1000 + hours * 3600,
    events: await eventsOf(captures, summary.homeCountry),
    labels: lines('labels.csv')
      .slice(1)
      .map((line) => line.split(','))
      .filter((_, row) => alone || row % 2 === 0),
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

/** A leg of the truth and the event that shows it. */
export interface Pair {
  call: TruthRecord;
  leg: CallLeg;
  event: CatpoolEvent;
}

/** The leg from abroad of a call that a box brings in, and its event. */
interface Abroad {
  call: TruthRecord;
  trunk: NonNullable<TruthRecord['trunk']>;
  event: CatpoolEvent;
}

/**
 * Who calls whom in a leg, and over what. The A interface does not say the line's own number; whose leg one of SIP is hangs on
 * the registrations that were seen.
 */
function keyOf(over: string, direction: string | null, own: string, other: string | null): string {
  const parties = direction === 'originating' ? [own, other] : [other, own];
  if (over === 'bssap') return [over, direction, other].join(' ');
  return [over, over === 'sip' ? '' : direction, ...parties].join(' ');
}

function numberOf({ msisdn, aor }: CatpoolEvent): string {
  return msisdn ?? aor?.slice(0, aor.indexOf('@')).replace(/^\+/, '') ?? '';
}

/** Each leg of the truth with the event of its own: the next one of the same parties on the same interface. */
export function paired({ calls, events, end }: Pick<Seen, 'calls' | 'events' | 'end'>): {
  pairs: Pair[];
  abroad: Abroad[];
  missing: object[];
  extra: CatpoolEvent[];
} {
  const left = new Map<string, CatpoolEvent[]>();
  for (const event of events) {
    if (event.kind !== 'leg') continue;
    const key = keyOf(event.interface, event.direction, numberOf(event), event.counterpart);
    left.set(key, [...(left.get(key) ?? []), event]);
  }
  // No event is before its call, and the same two have one call after the other.
  const take = (key: string, began: string, cell: string | undefined): CatpoolEvent | undefined => {
    const start = instant(began);
    const of = left.get(key) ?? [];
    const event = of
      .filter((each) => at(each.time) > start - 0.001 && at(each.time) < start + 15)
      .filter((each) => cell === undefined || cell === each.cell)
      .sort((a, b) => at(a.time) - at(b.time))[0];
    if (event !== undefined)
      left.set(
        key,
        of.filter((other) => other !== event),
      );
    return event;
  };
  const pairs: Pair[] = [];
  const abroad: Abroad[] = [];
  const missing: object[] = [];
  // A leg of a call that begins last of all may begin after the captures.
  const misses = (call: TruthRecord, of: object): void => {
    if (instant(call.start) < end - 5) missing.push({ call, of });
  };
  for (const call of calls.toSorted((a, b) => instant(a.start) - instant(b.start))) {
    const { caller, called, trunk } = call;
    for (const leg of call.legs ?? []) {
      const [own, other] = leg.direction === 'originating' ? [caller, called] : [called, caller];
      const event = take(keyOf(leg.interface, leg.direction, own, other), call.start, leg.cell);
      if (event === undefined) misses(call, leg);
      else pairs.push({ call, leg, event });
    }
    if (trunk !== undefined) {
      const event = take(keyOf(trunk.interface, 'originating', trunk.caller, called), trunk.start, undefined);
      if (event === undefined) misses(call, trunk);
      else abroad.push({ call, trunk, event });
    }
  }
  return { pairs, abroad, missing, extra: [...left.values()].flat() };
}
