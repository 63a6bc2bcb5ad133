import { createHmac } from 'node:crypto';
import { UserError } from '../base/errors.ts';
import { maskLine, maskText } from '../base/mask.ts';
import type { Tier } from '../scan/judge/verdict.ts';
import { printable } from './printable.ts';
import { sentences } from './words.ts';

/** Every kind of alert, and how grave it is: severity of RFC 5424 §6.2.1, 3 error, 4 warning, 5 notice. */
export const ALERT_KINDS = {
  new_suspect: 5,
  new_gateway: 4,
  tier_changed: 5,
  feed_lost: 3,
  clock_jump: 4,
  disk_nearly_full: 3,
  drift: 4,
} as const;
export type AlertKind = keyof typeof ALERT_KINDS;

/** What all alerts about a line say. */
interface AboutLine {
  line: string;
  msisdn: string | null;
  imsi: string | null;
  /** Raw score, 0..1. */
  score: number;
  /** Name of the box it is a modem of; null where none is known. */
  gateway: string | null;
  /** Why, in words, the weightiest first; and the same in Chinese. */
  reasons: readonly string[];
  reasons_zh: readonly string[];
}

/** What was found, before it is an alert. The same finding of the same `time` counts once, however often it is raised. */
export type Finding = {
  /** When it was so, ISO 8601 UTC: packet time where it was found in packets. */
  time: string;
} & (
  | ({ kind: 'new_suspect'; tier: Tier } & AboutLine)
  | ({ kind: 'tier_changed'; from: Tier; to: Tier } & AboutLine)
  | {
      kind: 'new_gateway';
      /** A name that the box keeps from scan to scan. */
      gateway: string;
      score: number;
      line_count: number;
      /** The first hundred of them. */
      lines: readonly string[];
      evidence: readonly string[];
      evidence_zh: readonly string[];
    }
  /** No packets of a protocol for so many minutes; `last` is the time of the last one, null where there never was one. */
  | { kind: 'feed_lost'; feed: string; protocol: string; minutes: number; last: string | null }
  /** The clock of a feed went by so many seconds, forward or (negative) back, between two packets or captures. */
  | { kind: 'clock_jump'; feed: string; seconds: number; capture: string | null }
  | { kind: 'disk_nearly_full'; path: string; free_bytes: number; total_bytes: number }
  /** A measure of the population went out of what the model was trained on. */
  | { kind: 'drift'; measure: string; value: number; low: number; high: number }
);

/** What the outbox keeps of an alert, beside its finding. */
export interface AlertFrame {
  /** Made of kind, subject and the start of its window: the same on every attempt, so that a receiver can leave out what it has. */
  id: string;
  /** Name of the probe or desk that says so. */
  probe: string;
  /** When it was taken for delivery, ISO 8601 UTC, by the clock of the machine. */
  raised: string;
  /** How often the same was found since the alert before this one without being told. */
  repeats: number;
  /** When that alert was raised; null where this is the first. */
  previous: string | null;
}

/** One alert as receivers get it: the fields of its finding stand beside these. */
export type Alert = { schema: 'catpool.alert/1' } & AlertFrame & {
    /** What it is about: a line, a gateway, a feed and protocol, a path, a measure. */
    subject: string;
    /** Severity of RFC 5424. */
    severity: number;
    text: string;
    text_zh: string;
  } & Finding;

/** Longest text of a field, and most entries of a list: what a hostile capture puts into names must not fill the outbox. */
const TEXT_MAX = 500;
const LIST_MAX = 100;
/** What the alert is about. */
function subjectOf(finding: Finding): string {
  switch (finding.kind) {
    case 'new_suspect':
    case 'tier_changed':
      return finding.line;
    case 'new_gateway':
      return finding.gateway;
    case 'feed_lost':
      return `${finding.feed} ${finding.protocol}`;
    case 'clock_jump':
      return finding.feed;
    case 'disk_nearly_full':
      return finding.path;
    case 'drift':
      return finding.measure;
  }
}

/** What makes two findings the same: kind and subject, and the tier that a line came to, since another tier is news. */
export function keyOf(finding: Finding): string {
  const aspect = finding.kind === 'tier_changed' ? finding.to : '';
  return `${finding.kind} ${aspect} ${subjectOf(finding)}`;
}

/**
 * The id of the alert that opens a window with this finding: of its kind, subject and time. It is keyed, since without a key
 * whoever gets a masked number could try out the few that fit against it.
 */
export function alertId(key: Buffer, finding: Finding): string {
  return createHmac('sha256', key)
    .update(`${keyOf(finding)} ${finding.time}`)
    .digest('hex')
    .slice(0, 32);
}

/**
 * The finding with its texts made printable and of bounded length, its lists cut.
 *
 * @throws UserError where a number is none, or its time is no time
 */
export function bounded(finding: Finding): Finding {
  if (Number.isNaN(Date.parse(finding.time))) throw new UserError(`alert ${finding.kind}: time: expected ISO 8601`);
  const entries = Object.entries(finding).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return [name, printable(value, TEXT_MAX)];
    if (Array.isArray(value)) return [name, value.slice(0, LIST_MAX).map((item) => printable(String(item), TEXT_MAX))];
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new UserError(`alert ${finding.kind}: ${name}: expected a number, not ${value}`);
    }
    return [name, value];
  });
  return Object.fromEntries(entries) as Finding;
}

/** Fields that name a line. */
const LINES: ReadonlySet<string> = new Set(['line', 'msisdn', 'imsi', 'lines']);
/** Fields whose digits belong to no subscriber. */
const OPEN: ReadonlySet<string> = new Set([
  'kind',
  'time',
  'tier',
  'from',
  'to',
  'feed',
  'protocol',
  'last',
  'capture',
  'path',
  'measure',
]);

/** The alert as a sink gets it, with its sentences; `masked`: every number in it starred. */
export function render(frame: AlertFrame, finding: Finding, masked: boolean): Alert {
  const shown = masked ? maskFinding(finding) : finding;
  return {
    schema: 'catpool.alert/1',
    id: frame.id,
    subject: subjectOf(shown),
    severity: severityOf(finding),
    ...sentences(shown),
    probe: frame.probe,
    raised: frame.raised,
    repeats: frame.repeats,
    previous: frame.previous,
    ...shown,
  } as Alert;
}

function severityOf(finding: Finding): number {
  const tier = finding.kind === 'new_suspect' ? finding.tier : finding.kind === 'tier_changed' ? finding.to : 'none';
  return tier === 'strong' ? 4 : ALERT_KINDS[finding.kind];
}

function maskFinding(finding: Finding): Finding {
  const entries = Object.entries(finding).map(([name, value]: [string, unknown]) => {
    if (OPEN.has(name)) return [name, value];
    const mask = LINES.has(name) ? maskLine : maskText;
    if (typeof value === 'string') return [name, mask(value)];
    if (Array.isArray(value)) return [name, value.map((item) => mask(String(item)))];
    return [name, value];
  });
  return Object.fromEntries(entries) as Finding;
}
