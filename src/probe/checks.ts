import { isoTime } from '../base/time.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { Finding } from '../delivery/alert.ts';

/** What a feed looked like when it was last looked at; JSON. */
export interface FeedMemory {
  /** By protocol: when a capture with messages of it was last taken, milliseconds of the wall clock, and its last packet, ISO 8601. */
  protocols: Record<string, { taken: number; last: string }>;
  /** The last capture taken: its last packet, seconds since the epoch, and when its file was last written, milliseconds. */
  latest: { last: number; written: number } | null;
}

export const NO_MEMORY: FeedMemory = { protocols: {}, latest: null };

/** Signalling whose absence is told. */
const PROTOCOLS = ['sip', 'ss7'];

/** Seconds that a capture ends after `now`, milliseconds since the epoch; negative where it ended before. */
export function secondsAhead({ last }: CaptureResult, now: number): number {
  return last === null ? Number.NEGATIVE_INFINITY : last.s - now / 1000;
}

/**
 * Takes note of a capture that was taken, and tells where the clock of the feed jumped before it, or is ahead of this machine's.
 *
 * @param written when its file was last written, milliseconds since the epoch
 * @param now milliseconds since the epoch
 * @param jump seconds from which on a step is told
 */
export function noteCapture(
  memory: FeedMemory,
  feed: string,
  result: CaptureResult,
  messages: ReadonlyMap<string, number>,
  written: number,
  now: number,
  jump: number,
): { memory: FeedMemory; findings: Finding[] } {
  const { first, last } = result;
  if (first === null || last === null) return { memory, findings: [] };
  const protocols = { ...memory.protocols };
  for (const protocol of PROTOCOLS) {
    if ((messages.get(protocol) ?? 0) > 0) protocols[protocol] = { taken: now, last: isoTime(last.s, last.ns) };
  }
  const findings: Finding[] = [];
  const { latest } = memory;
  const ahead = secondsAhead(result, now);
  if (ahead > jump) {
    const seconds = Math.round(ahead);
    findings.push({ kind: 'clock_jump', time: isoTime(first.s, first.ns), feed, seconds, capture: result.sha256 });
    // What comes next follows on what was before.
    return { memory: { protocols, latest }, findings };
  }
  if (latest !== null) {
    const step = first.s - latest.last;
    // What went by on the disk while the packets' clock made its step; files that were copied in say little, so both must differ.
    const passed = (written - latest.written) / 1000 - (last.s - first.s);
    if (passed >= 0 && Math.abs(step - passed) > jump && Math.abs(step) > jump) {
      const seconds = Math.round(step - passed);
      findings.push({ kind: 'clock_jump', time: isoTime(first.s, first.ns), feed, seconds, capture: result.sha256 });
    }
  }
  return { memory: { protocols, latest: { last: last.s, written } }, findings };
}

/** Protocols of which nothing came for `silence` milliseconds. */
export function lostProtocols(memory: FeedMemory, feed: string, now: number, silence: number): Finding[] {
  return Object.entries(memory.protocols)
    .filter(([, { taken }]) => now - taken > silence)
    .map(([protocol, { taken, last }]) => ({
      kind: 'feed_lost',
      // The same silence is told once, whenever it is looked at.
      time: new Date(taken + silence).toISOString(),
      feed,
      protocol,
      minutes: Math.floor((now - taken) / 60_000),
      last,
    }));
}
