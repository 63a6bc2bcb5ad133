import { createHash } from 'node:crypto';
import { UserError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { believedUntil, isoTime } from '../base/time.ts';
import type { Finding } from '../delivery/alert.ts';
import type { OwnOptions } from '../features/naming/naming.ts';
import type { ReferencePaths } from '../features/references/references.ts';
import type { Model } from '../forest/model.ts';
import { hasThresholds } from '../forest/thresholds.ts';
import type { Gateway } from '../gateways/boxes.ts';
import type { Tier, Verdict } from '../scan/judge/verdict.ts';
import { lastWindow } from '../scan/lake.ts';
import { isWorse } from '../scan/run.ts';
import type { Store } from '../store/store.ts';
import { type FoundWindow, scoreApart, scoreHere } from './window.ts';

export interface ScoreOptions extends OwnOptions {
  /** Feed whose captures are scored; undefined: all that the store holds. */
  of: string | undefined;
  /** Feed whose writer keeps the verdicts. */
  by: string;
  /** Lengths of the windows, seconds. */
  windows: readonly number[];
  model: Model;
  /** Raw score from which a line is suspect; null: the model's own thresholds. */
  threshold: number | null;
  timeZone: string | null;
  homeCountry: string | null;
  limits: Limits;
  /** Left out: none. */
  references?: ReferencePaths;
  /** Threads that go through the lines. */
  workers: number;
  /** Windows of many events are scored by a process of its own; see {@link scoreApart}. Left out: none are. */
  apart?: boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** A marked line as the last scoring of a window had it. */
interface Mark {
  tier: Tier;
}

/** What earlier scorings found, by which news are told from what is known; JSON. */
export interface Marks {
  /** By length of window, seconds. */
  windows: Record<string, { until: number; lines: Record<string, Mark> }>;
  gateways: { name: string; lines: string[]; seen: number }[];
}

export const NO_MARKS: Marks = { windows: {}, gateways: [] };

/** One window, scored. */
export interface ScoredWindow {
  /** Length, seconds. */
  window: number;
  /** Seconds since the epoch. */
  from: number;
  until: number;
  lines: number;
  suspect: number;
  strong: number;
  /** Lines that only the allow list kept from being marked. */
  allowed: number;
  gateways: number;
  events: number;
  /** That the scan took. */
  seconds: number;
  /** Name of the verdicts' file below the store. */
  file: string;
}

export interface Scored {
  windows: ScoredWindow[];
  findings: Finding[];
  marks: Marks;
  /** Marked lines over all windows, each at its worst. */
  tiers: Record<'suspect' | 'strong', number>;
}

/** A window is scored again when this share of it is new: its verdicts change little before. */
const SHARE = 1 / 24;
/** Events from which on a window is scored apart: with fewer, starting a process takes longer than scoring, and they leave nothing behind. */
const MANY_EVENTS = 50_000;
/** Population stability index beyond which the model does not know these lines: the usual bound. */
const DRIFTED = 0.25;
/** Gateways that nothing was seen of for so long are forgotten, seconds. */
const FORGOTTEN = 90 * 86_400;

/**
 * Scores the windows of a store that are due, each ending with the last packet that is not of the future, keeps the verdicts there, and tells what is new since
 * `marks`.
 *
 * @param signal ends it, between two windows or in one that is scored apart: what is not scored then is left for the next time
 */
export async function scoreWindows(
  store: Store,
  options: ScoreOptions,
  marks: Marks,
  signal: AbortSignal,
): Promise<Scored> {
  const found: { verdicts: Verdict[]; gateways: Gateway[]; until: number }[] = [];
  const drifts: Finding[] = [];
  const scored: ScoredWindow[] = [];
  const windows = { ...marks.windows };
  for (const window of [...options.windows].sort((a, b) => a - b)) {
    if (signal.aborted) break;
    const began = options.now();
    const notAfter = believedUntil(began);
    const span = lastWindow(store, options.of, { window, since: null, until: null, notAfter });
    const before = marks.windows[window];
    const news = Math.abs(span.until - (before?.until ?? Number.NEGATIVE_INFINITY));
    if (span.until === 0 || news < Math.max(1, window * SHARE)) continue;
    const { of, by, windows: _, now: __, apart = false, ...judging } = options;
    const order = { options: { ...judging, feed: by, window, ...span }, filter: { feed: of, ...span } };
    let result: FoundWindow;
    try {
      result =
        apart && store.rows(order.filter) >= MANY_EVENTS
          ? await scoreApart(store, order, signal)
          : await scoreHere(store, order);
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
    const rows = result.verdicts.map((verdict) => ({ ...verdict }));
    const file = await store.writeVerdicts(rows, result.from, result.until, options.by);
    const { verdicts, gateways, drift } = result;
    const { psi } = drift.score;
    if (drift.score.verdict === 'drifted' && psi !== null) {
      const measure = `population stability index of scores, window of ${window / 3600} h`;
      drifts.push({
        kind: 'drift',
        time: isoTime(span.until, 0),
        measure,
        value: Number(psi.toFixed(3)),
        low: 0,
        high: DRIFTED,
      });
    }
    found.push({ verdicts, gateways, until: span.until });
    const { suspect, strong } = result.tiers;
    scored.push({
      window,
      from: result.from,
      until: span.until,
      lines: result.lines,
      suspect,
      strong,
      allowed: result.allowed,
      gateways: gateways.length,
      events: result.events,
      seconds: (options.now() - began) / 1000,
      file,
    });
    windows[window] = {
      until: span.until,
      lines: Object.fromEntries(verdicts.map(({ line, tier }) => [line, { tier }])),
    };
    if (!reachesBack(store, options.of, span.since)) break;
  }
  // What is no longer configured says nothing any more.
  for (const window of Object.keys(windows)) if (!options.windows.includes(Number(window))) delete windows[window];
  const until = Math.max(0, ...found.map((one) => one.until));
  const known = named(
    marks.gateways,
    found.flatMap(({ gateways }) => gateways),
    until,
  );
  const next: Marks = { windows, gateways: known.gateways };
  const tiers = { suspect: 0, strong: 0 };
  for (const tier of tiersOf(next).values()) if (tier !== 'none') tiers[tier]++;
  const findings = [
    ...drifts,
    ...lineFindings(marks, next, found, known.nameOf),
    ...known.fresh.map(
      ({ name, gateway }): Finding => ({
        kind: 'new_gateway',
        time: isoTime(until, 0),
        gateway: name,
        score: gateway.score,
        line_count: gateway.lines.length,
        lines: gateway.lines,
        evidence: gateway.evidence.map(({ text }) => text),
        evidence_zh: gateway.evidence.map(({ text_zh }) => text_zh),
      }),
    ),
  ];
  return { windows: scored, findings, marks: next, tiers };
}

/** Whether there is anything before a time: if not, a longer window would show the same. */
function reachesBack(store: Store, feed: string | undefined, time: number): boolean {
  const before = store.eachCapture({ feed, until: time });
  const { done } = before.next();
  return done !== true;
}

/** @throws UserError where a model cannot mark lines by itself and is given no threshold */
export function checkModel(model: Model, path: string, threshold: number | null): void {
  if (threshold === null && !hasThresholds(model))
    throw new UserError(`model ${path}: has no thresholds (trained on too few ordinary lines): set threshold`);
}

const WEIGHT: Record<Tier, number> = { none: 0, suspect: 1, strong: 2 };

/** Each line at its worst over the windows. */
function tiersOf({ windows }: Marks): Map<string, Tier> {
  const tiers = new Map<string, Tier>();
  for (const { lines } of Object.values(windows)) {
    for (const [line, { tier }] of Object.entries(lines)) {
      const known = tiers.get(line) ?? 'none';
      if (WEIGHT[tier] > WEIGHT[known]) tiers.set(line, tier);
    }
  }
  return tiers;
}

function lineFindings(
  before: Marks,
  after: Marks,
  found: readonly { verdicts: readonly Verdict[]; until: number }[],
  nameOf: (line: string) => string | null,
): Finding[] {
  const were = tiersOf(before);
  const worst = new Map<string, { verdict: Verdict; until: number }>();
  for (const { verdicts, until } of found) {
    for (const verdict of verdicts) {
      const known = worst.get(verdict.line);
      if (known === undefined || isWorse(verdict, known.verdict)) worst.set(verdict.line, { verdict, until });
    }
  }
  const findings: Finding[] = [];
  for (const [line, to] of tiersOf(after)) {
    const from = were.get(line) ?? 'none';
    const now = worst.get(line);
    // A line that fell back in one window may be what it is now by another, which was not scored this time.
    if (from === to || now === undefined) continue;
    const { verdict, until } = now;
    const about = {
      time: isoTime(until, 0),
      line,
      msisdn: verdict.msisdn,
      imsi: verdict.imsi,
      score: verdict.score,
      gateway: nameOf(line),
      reasons: verdict.reasons.map(({ text }) => text),
      reasons_zh: verdict.reasons.map(({ text_zh }) => text_zh),
    };
    findings.push(
      from === 'none' ? { kind: 'new_suspect', tier: to, ...about } : { kind: 'tier_changed', from, to, ...about },
    );
  }
  return findings;
}

/** Gives boxes names that stay: a box that shares half of the smaller one's lines with a known one is that one. */
function named(known: Marks['gateways'], found: readonly Gateway[], until: number) {
  const gateways = known.map((gateway) => ({ ...gateway }));
  const fresh: { name: string; gateway: Gateway }[] = [];
  for (const gateway of [...found].sort((a, b) => b.score - a.score)) {
    const same = gateways.find(({ lines }) => {
      const shared = gateway.lines.filter((line) => lines.includes(line)).length;
      return 2 * shared >= Math.min(lines.length, gateway.lines.length);
    });
    if (same !== undefined) {
      same.lines = [...new Set([...same.lines, ...gateway.lines])].sort();
      same.seen = Math.max(same.seen, until);
      continue;
    }
    const digest = createHash('sha256')
      .update(`${until} ${gateway.lines.join(' ')}`)
      .digest('hex');
    const name = `box-${digest.slice(0, 6)}`;
    gateways.push({ name, lines: gateway.lines, seen: until });
    fresh.push({ name, gateway });
  }
  const nameOf = (line: string): string | null => gateways.find(({ lines }) => lines.includes(line))?.name ?? null;
  return { gateways: gateways.filter(({ seen }) => until - seen < FORGOTTEN), fresh, nameOf };
}
