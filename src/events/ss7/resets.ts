import { compareTime } from '../../base/time.ts';
import { type ConnectionState, note, type ResetState, Seen } from './state.ts';

/** Resets remembered at once: an A interface sees one when a node begins anew. */
const MOST = 65_536;

/**
 * Resets of A interfaces (3GPP TS 48.008 §3.1.4): each ends all connections between its two nodes. They are remembered, not carried out
 * at once, so that none costs more than the connections that it ends: a connection asks when its next message comes or when it
 * is given away.
 */
export class Resets {
  /** By the two point codes, in order of time. */
  private readonly links = new Map<number, ResetState[]>();
  private count = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** False where there are too many: it is not remembered. */
  add(reset: ResetState): boolean {
    if (this.count >= MOST) return false;
    const link = linkOf(reset.key1, reset.key2);
    let resets = this.links.get(link);
    if (resets === undefined) {
      resets = [];
      this.links.set(link, resets);
    }
    const after = resets.findLastIndex((each) => isBefore(each, reset)) + 1;
    resets.splice(after, 0, reset);
    this.count++;
    return true;
  }

  /** Ends the connection where a reset came after its last message. True where it did. */
  settle(state: ConnectionState): boolean {
    if (this.count === 0 || state.marks[Seen.closed] !== null) return false;
    const resets = this.links.get(linkOfConnection(state));
    const reset = resets === undefined ? undefined : firstAfter(resets, state);
    if (reset === undefined) return false;
    const { firstS, firstNs, firstFrame, firstCapture } = reset;
    note(state.marks, Seen.closed, firstS, firstNs, -1, -1);
    state.lastS = firstS;
    state.lastNs = firstNs;
    state.lastFrame = firstFrame;
    state.lastCapture = firstCapture;
    return true;
  }

  /** Forgets those before a time, seconds. */
  retire(seconds: number): void {
    for (const [link, resets] of this.links) {
      const kept = resets.filter(({ firstS }) => firstS >= seconds);
      this.count -= resets.length - kept.length;
      if (kept.length === 0) this.links.delete(link);
      else this.links.set(link, kept);
    }
  }

  states(): ResetState[] {
    return [...this.links.values()].flat();
  }
}

function isBefore(a: ResetState, b: ResetState): boolean {
  return compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) < 0;
}

function firstAfter(resets: readonly ResetState[], { lastS, lastNs }: ConnectionState): ResetState | undefined {
  let from = 0;
  let to = resets.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const { firstS, firstNs } = resets[middle]!;
    if (compareTime(firstS, firstNs, lastS, lastNs) < 0) from = middle + 1;
    else to = middle;
  }
  return resets[from];
}

/** The two nodes of a connection: by the references that both chose, else by what was said in it; -1 where one is not known. */
function linkOfConnection({ key1, key2, access, core }: ConnectionState): number {
  if (key1 >= 0 && key2 >= 0) return linkOf(Math.floor(key1 / 0x100_0000), Math.floor(key2 / 0x100_0000));
  return access < 0 || core < 0 ? -1 : linkOf(access, core);
}

/** Point codes have 24 bits. */
function linkOf(a: number, b: number): number {
  return Math.min(a, b) * 0x100_0000 + Math.max(a, b);
}
