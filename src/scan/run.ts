import type { Counters } from '../base/counters.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { FeatureContext } from '../features/definition.ts';
import type { ClockOffset } from '../features/history/clocks.ts';
import type { OwnOptions } from '../features/naming/naming.ts';
import { type ReferencePaths, readReferences } from '../features/references/references.ts';
import { DriftCounter, type DriftReport } from '../forest/drift.ts';
import type { Model } from '../forest/model.ts';
import type { Gateway } from '../gateways/boxes.ts';
import type { EventFilter, Store } from '../store/store.ts';
import { type Collected, type CollectOptions, collect } from './collect.ts';
import { type ContextOptions, contextOf } from './context.ts';
import { boxReason, joinGateways } from './judge/boxes.ts';
import { closeScore } from './judge/close.ts';
import type { Judge } from './judge/judge.ts';
import { type Judging, judgeMet, type MetWindow } from './judge/judge-window.ts';
import type { Verdict } from './judge/verdict.ts';
import { collectFromStore } from './lake.ts';
import { namesGiven } from './naming/given.ts';
import { meetByThreads } from './rows/line-threads.ts';
import { Lines } from './rows/lines.ts';
import { meetHere } from './rows/meeting.ts';
import { SpoolStore } from './spool.ts';
import { observedSeconds, type WindowOptions, wholeOf, windowOf, windowsWithEvents } from './windows.ts';

/** Bytes of event rows kept in memory before they go to a temporary file. */
const MEMORY = 16 * 1024 * 1024;

export interface LinesOptions extends CollectOptions, OwnOptions, WindowOptions {
  /** IANA time zone, or null. */
  timeZone: string | null;
  /** Files that only the operator has. */
  references?: ReferencePaths;
  lake?: Lake;
}

/** The whole of captures, as one window, on this thread. */
export function wholeCaptures(feed: string, homeCountry: string | null): LinesOptions {
  return {
    feed,
    homeCountry,
    limits: DEFAULT_LIMITS,
    workers: 1,
    window: Number.POSITIVE_INFINITY,
    since: null,
    until: null,
    timeZone: null,
  };
}

/** A store to read instead of captures. */
export interface Lake {
  store: Store;
  filter: EventFilter;
}

/** Captures read, their lines ready to be gone through. */
export interface OpenedLines {
  collected: Collected;
  lines: Lines;
  context: FeatureContext;
}

/** Reads captures, gathers events by line over the window, and hands everything to `use`; temporary files are gone afterwards. */
export async function withLines<T>(
  paths: readonly string[],
  options: LinesOptions,
  use: (opened: OpenedLines) => T | Promise<T>,
): Promise<T> {
  return withCollected(paths, options, (collected, store) => {
    return use(openLines(collected, store, options, options));
  });
}

/**
 * Reads captures, or the store of `lake` instead, and hands over what features read of their events, unless told to keep more;
 * temporary files are gone afterwards.
 */
export async function withCollected<T>(
  paths: readonly string[],
  options: CollectOptions & OwnOptions & Pick<LinesOptions, 'lake' | 'references'>,
  use: (collected: Collected, store: SpoolStore) => T | Promise<T>,
): Promise<T> {
  const pseudonyms = options.lake?.store.pseudonyms ?? null;
  pseudonyms?.checkOwn(options.prefixes ?? [], options.imsiPrefixes ?? []);
  // Before the captures: a wrong file is told at once.
  const pseudonym = (number: string): string => pseudonyms?.name(number) ?? number;
  const references = await readReferences(options.references ?? {}, options.homeCountry, pseudonym);
  const store = new SpoolStore(MEMORY);
  try {
    const collected =
      options.lake === undefined
        ? await collect(paths, store, { ...options, keep: options.keep ?? 'rows' })
        : await collectFromStore(options.lake.store, store, options.lake.filter);
    collected.references = references;
    return await use(collected, store);
  } finally {
    store.close();
  }
}

/** Gathers collected events by line over a window. */
export function openLines(
  collected: Collected,
  store: SpoolStore,
  options: OwnOptions & Pick<LinesOptions, 'timeZone'>,
  window: WindowOptions,
): OpenedLines {
  const { lines, about } = gatherLines(collected, store, options, window);
  return { collected, lines, context: contextOf(lines, about) };
}

/**
 * Finds lines of a window by what somebody calls them at a time, seconds since the epoch; see {@link namesGiven}. Of one that is not
 * there, gives what it would be called, whichever of its names was given.
 */
export function lineFinder(
  { collected, lines, context }: OpenedLines,
  options: Pick<LinesOptions, 'homeCountry' | 'lake'>,
): (given: string, epochSeconds?: number) => string {
  const { naming } = collected.table.names(collected.references?.subscribers);
  const isThere = (name: string): boolean => lines.placeOf(name) >= 0;
  return (given, epochSeconds = Number.POSITIVE_INFINITY) => {
    if (isThere(given)) return given;
    const names = namesGiven(given, naming, Math.min(epochSeconds, context.until), options);
    return names.find(isThere) ?? names.at(-1)!;
  };
}

function gatherLines(
  collected: Collected,
  store: SpoolStore,
  options: OwnOptions & Pick<LinesOptions, 'timeZone'>,
  window: WindowOptions,
): { lines: Lines; about: ContextOptions } {
  const { from, until } = windowOf(collected.captures, window);
  const { references } = collected;
  const register = references?.subscribers;
  const lines = new Lines(collected.table, store, {
    ...ownOf(options),
    from,
    until,
    ...(register === undefined ? {} : { register }),
  });
  const about: ContextOptions = {
    from,
    until,
    observedSeconds: observedSeconds(collected.captures, from, until, collected.table),
    timeZone: options.timeZone,
    prefixes: options.prefixes,
    references,
    pseudonymous: collected.pseudonymous,
    withoutCountry: collected.withoutCountry,
  };
  return { lines, about };
}

function ownOf(options: OwnOptions): OwnOptions {
  const own: OwnOptions = {};
  if (options.prefixes !== undefined) own.prefixes = options.prefixes;
  if (options.imsiPrefixes !== undefined) own.imsiPrefixes = options.imsiPrefixes;
  return own;
}

export interface ScanOptions extends LinesOptions {
  model: Model;
  /** Raw score from which a line is suspect; null: the model's own thresholds. 0: those, and every line is listed. */
  threshold: number | null;
}

export interface ScanResult {
  /** Highest score first, then by name. */
  verdicts: Verdict[];
  /** Boxes that lines belong to, highest score first. */
  gateways: Gateway[];
  lines: number;
  tiers: Record<Verdict['tier'], number>;
  /** Lines that only the allow list kept from being marked. */
  allowed: number;
  /** Where nothing is marked, the line with the highest score; null where something is, or no score would mark that line. */
  nearest: Verdict | null;
  /** Lines besides the marked ones that reach the score {@link closeScore}; null where the model tells none. */
  close: { score: number; lines: number } | null;
  captures: CaptureResult[];
  repeated: string[];
  events: number;
  counters: Counters;
  /** How far the lines differ from those that the model was trained on. */
  drift: DriftReport;
  from: number;
  until: number;
  observedSeconds: number;
  /** How the clocks of several feeds differ, in the newest window; empty where there is one feed. */
  clocks: readonly ClockOffset[];
  /** Lines of that window that number prefixes leave out, known by their IMSI alone. */
  unnumbered: number;
}

/**
 * Captures in, verdicts out. Captures longer than a window are gone through window by window, back from the end: a line's verdict is
 * that of the window in which it looked worst. Lines below every threshold are counted, not listed, unless `threshold` is 0.
 */
export async function scan(paths: readonly string[], options: ScanOptions): Promise<ScanResult> {
  return withCollected(paths, options, async (collected, store) => {
    const lines = new Set<string>();
    const kept = new Set<string>();
    let clocks: readonly ClockOffset[] = [];
    let unnumbered = 0;
    const drift = new DriftCounter(options.model);
    const closeFrom = closeScore(options.model);
    const close = new Set<string>();
    const whole = wholeOf(collected.captures, options);
    let highest: Verdict | null = null;
    const { worst, gateways } = await judgeWindows(collected, store, options, {
      listed: () => options.threshold === 0,
      onWindow: (window) => {
        if (clocks.length === 0) clocks = window.clocks;
        unnumbered ||= window.unnumbered;
        for (let line = 0; line < window.count; line++) lines.add(window.nameOf(line));
      },
      onKept: (names) => {
        for (const name of names) kept.add(name);
      },
      onVector: (x, score) => drift.add(x, 0, score),
      onHighest: (verdict) => {
        if (highest === null || verdict.score > highest.score) highest = verdict;
      },
      close: closeFrom === null ? undefined : { score: closeFrom, take: (line) => close.add(line) },
    });
    const verdicts = [...worst.values()].sort((a, b) => b.score - a.score || (a.line < b.line ? -1 : 1));
    const tiers = { none: lines.size, suspect: 0, strong: 0 };
    for (const { tier, line } of verdicts) {
      tiers.none--;
      tiers[tier]++;
      if (tier !== 'none') close.delete(line);
    }
    return {
      verdicts,
      gateways,
      lines: lines.size,
      tiers,
      allowed: kept.size,
      nearest: tiers.none < lines.size ? null : markable(highest),
      close: closeFrom === null ? null : { score: closeFrom, lines: close.size },
      captures: collected.captures,
      repeated: collected.repeated,
      events: collected.events,
      counters: collected.counters,
      drift: drift.report(),
      ...whole,
      observedSeconds: observedSeconds(collected.captures, whole.from, whole.until),
      clocks,
      unnumbered,
    };
  });
}

/** A verdict with a score that would mark its line; null otherwise. */
function markable(verdict: Verdict | null): Verdict | null {
  return verdict === null || verdict.exposure.marked_from === null ? null : verdict;
}

/**
 * Judges window by window, the newest first.
 *
 * @returns of each line that is marked or listed its worst verdict, which names its box, and the boxes, highest score first
 */
export async function judgeWindows(
  collected: Collected,
  store: SpoolStore,
  options: ScanOptions,
  { onWindow, onVerdict, ...asked }: Judging,
): Promise<{ worst: ReadonlyMap<string, Verdict>; gateways: Gateway[] }> {
  const worst = new Map<string, Verdict>();
  const gateways: Gateway[] = [];
  const threshold = options.threshold === 0 ? null : options.threshold;
  for (const { from, until } of windowsWithEvents(
    collected.table,
    wholeOf(collected.captures, options),
    options.window,
  )) {
    const met = await meetLines(collected, store, options, { window: until - from, since: from, until });
    try {
      onWindow?.(met.lines);
      const take = (verdict: Verdict, judge: Judge): void => {
        const known = worst.get(verdict.line);
        const worse = known === undefined || isWorse(verdict, known);
        if (worse) worst.set(verdict.line, verdict);
        onVerdict?.(verdict, worse, judge, met);
      };
      gateways.push(...judgeMet(met, options.model, threshold, asked, take));
    } finally {
      met.meeting.close();
    }
  }
  const joined = joinGateways(gateways);
  numberBoxes(worst, joined);
  return { worst, gateways: joined };
}

/** Gathers the lines of a window and meets each, by as many threads as `workers` says where they are many. */
async function meetLines(
  collected: Collected,
  store: SpoolStore,
  options: ScanOptions,
  window: WindowOptions,
): Promise<MetWindow> {
  const { lines, about } = gatherLines(collected, store, options, window);
  const { model, workers } = options;
  const context = contextOf(lines, about, workers);
  const met = await meetByThreads(lines, context, about, model, workers);
  const { allowed } = collected.references ?? {};
  return { lines, context, allowed, meeting: met ?? meetHere(lines, context, model) };
}

/** Says in the verdicts which box of the whole report each line belongs to. */
function numberBoxes(verdicts: Map<string, Verdict>, gateways: readonly Gateway[]): void {
  for (const [line, verdict] of verdicts)
    if (verdict.gateway !== null) verdicts.set(line, { ...verdict, gateway: null });
  for (const gateway of gateways) {
    for (const line of gateway.lines) {
      const verdict = verdicts.get(line);
      // A line that two boxes had in windows of their own is told with the one of the higher score.
      if (verdict === undefined || verdict.gateway !== null) continue;
      const reasons = verdict.reasons.filter(({ feature }) => feature !== 'gateway');
      verdicts.set(line, { ...verdict, gateway: gateway.gateway, reasons: [...reasons, boxReason(gateway, line)] });
    }
  }
}

const TIERS = ['none', 'suspect', 'strong'] as const;

/** Whether verdict `a` weighs more against the line than `b`. */
export function isWorse(a: Verdict, b: Verdict): boolean {
  const tiers = TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier);
  return tiers > 0 || (tiers === 0 && a.score > b.score);
}
