import { compareTime } from '../../base/time.ts';
import { type ConnectionState, note, type ResetState, Seen } from './state.ts';

/** Resets remembered at once: an A interface sees one when a node begins anew. */
const MOST = 65_536;

/** Circuit switched and packet switched. */
const DOMAINS = [0, 1];

/** Resets of one kind of a link, in order of time. */
type Line = ResetState[];

/**
 * Resets of A and Iu interfaces: each ends all connections between its two nodes, of a domain, or one of them. They are remembered, not
 * carried out at once, so that none costs more than the connections that it ends: a connection asks when its next message comes or when
 * it is given away.
 */
export class Resets {
  /** Of all connections of a link, by its two point codes and the domain. */
  private readonly links = new Map<number, Line>();
  /** Of single connections, by the two point codes, then by what names the connection there. */
  private readonly singles = new Map<number, Map<number, Line>>();
  private count = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** False where there are too many: it is not remembered. */
  add(reset: ResetState): boolean {
    if (this.count >= MOST) return false;
    const link = linkOf(reset.key1, reset.key2);
    const [name] = namesOf(reset);
    let line: Line;
    if (name === undefined) {
      line = lineOf(this.links, keyOf(link, reset.domain));
    } else {
      let ofLink = this.singles.get(link);
      if (ofLink === undefined) {
        ofLink = new Map();
        this.singles.set(link, ofLink);
      }
      line = lineOf(ofLink, name);
    }
    const after = line.findLastIndex((each) => isBefore(each, reset)) + 1;
    line.splice(after, 0, reset);
    this.count++;
    return true;
  }

  /**
   * Ends the connection where a reset came after its last message. True where it did.
   *
   * @param isWhole all that was seen of it is in `state`: a domain that it does not say may be either
   */
  settle(state: ConnectionState, isWhole: boolean): boolean {
    if (this.count === 0 || state.marks[Seen.closed] !== null) return false;
    const link = linkOfConnection(state);
    if (link < 0) return false;
    const { domain } = state;
    let reset = firstAfter(this.links.get(keyOf(link, -1)), state, null);
    for (const each of DOMAINS)
      if (domain === each || (domain < 0 && isWhole))
        reset = firstAfter(this.links.get(keyOf(link, each)), state, reset);
    const ofLink = this.singles.get(link);
    if (ofLink !== undefined) for (const name of namesOf(state)) reset = firstAfter(ofLink.get(name), state, reset);
    if (reset === null) return false;
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
    this.count -= forget(this.links, seconds);
    for (const [link, ofLink] of this.singles) {
      this.count -= forget(ofLink, seconds);
      if (ofLink.size === 0) this.singles.delete(link);
    }
  }

  states(): ResetState[] {
    const lines = [...this.links.values()];
    for (const ofLink of this.singles.values()) lines.push(...ofLink.values());
    return lines.flat();
  }
}

function lineOf(lines: Map<number, Line>, key: number): Line {
  let line = lines.get(key);
  if (line === undefined) {
    line = [];
    lines.set(key, line);
  }
  return line;
}

/** How many of the lines were before a time, seconds: they are there no more. */
function forget(lines: Map<number, Line>, seconds: number): number {
  let forgotten = 0;
  for (const [key, line] of lines) {
    const kept = line.filter(({ firstS }) => firstS >= seconds);
    forgotten += line.length - kept.length;
    if (kept.length === 0) lines.delete(key);
    else lines.set(key, kept);
  }
  return forgotten;
}

function isBefore(a: ResetState, b: ResetState): boolean {
  return compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) < 0;
}

/** The first of a line at or after the last message of a connection, or `other` where that is earlier. */
function firstAfter(
  line: Line | undefined,
  { lastS, lastNs }: ConnectionState,
  other: ResetState | null,
): ResetState | null {
  if (line === undefined) return other;
  let from = 0;
  let to = line.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const { firstS, firstNs } = line[middle]!;
    if (compareTime(firstS, firstNs, lastS, lastNs) < 0) from = middle + 1;
    else to = middle;
  }
  const found = line[from];
  return found === undefined || (other !== null && isBefore(other, found)) ? other : found;
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

/** What names one connection of a link: an identifier of 24 bits, beyond those a circuit, beyond those a call identifier. */
function namesOf({
  iuConnection,
  circuit,
  callIdentifier,
}: Pick<ResetState, 'iuConnection' | 'circuit' | 'callIdentifier'>): number[] {
  const names: number[] = [];
  if (iuConnection >= 0) names.push(iuConnection);
  if (circuit >= 0) names.push(0x100_0000 + circuit);
  if (callIdentifier >= 0) names.push(0x200_0000 + callIdentifier);
  return names;
}

/** A link has 48 bits. */
function keyOf(link: number, domain: number): number {
  return link * 4 + domain + 1;
}
