import { siteOf } from '../base/cells.ts';
import { tac } from '../base/imei.ts';
import type { Population } from '../features/population.ts';
import type { KeyTable } from './key-table.ts';
import type { Sketch } from './sketch.ts';
import type { Switching } from './switching.ts';

/** What can tie two lines to one box. */
export const EVIDENCE_KINDS = [
  'imei',
  'serials',
  'type',
  'switched',
  'endpoint',
  'contact',
  'look',
  'place',
  'called',
  'succession',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** One reason why two lines may be modems of one box; `weight` in nats: how much likelier it is of one box than of two lines by chance. */
export interface Evidence {
  kind: EvidenceKind;
  weight: number;
  /** It says that they are in one device or one room. Without any such, likeness is only likeness: of one make, of one trade. */
  ties: boolean;
  /** Hardly but in a box: IMEIs in turn, switching together, taking over. A cell, an address, a make, numbers called a company shares too. */
  ofBox: boolean;
}

/** No kind may speak for more than this, nats: each has innocent causes that its arithmetic does not know. */
const MOST = 12;
/** A value that few lines share may speak for this much by itself: households and offices share such too. */
const MOST_CHANCE = 6;
/** Serial numbers of one type closer than this were packed in one crate. */
const SERIALS = 200;
const SERIAL_NUMBERS = 1e6;
/** Two lines stay in one place where this share of the cells of one are the other's too. */
const SAME_PLACE = 0.5;
/** Likely lines crowd a cell, or a type of phone, beyond this, nats. */
const ENRICHED = 5;
/** Lines that show neither place nor address of their own are alike enough in message and type of phone to be of one box, nats. */
const ALIKE = 16;
/** More than there are lines in a window. */
const MOST_LINES = 2 ** 26;
/** One takes over when the other has gone silent, seconds. */
const TAKES_OVER = 600;
/** Silence after it, of both, for there to be a taking over at all, seconds. */
const SILENT = 3600;

/** Counts over all lines that weigh what two of them share. */
export interface Background {
  population: Population;
  switching: Switching;
  /** Names of the lines that their own behaviour marks or nearly does, and how many of them show a value, by {@link markOf}. */
  likely: ReadonlySet<string>;
  marks: ReadonlyMap<string, number>;
  /** Lines compared that called a number, by its key. */
  callers: KeyTable;
  /** Lines compared. */
  compared: number;
  /** What {@link enrichment} found, by lines and likely ones: it takes as long as these are many, and is asked of each pair. */
  enriched: Map<number, number>;
}

/** Key of a value in {@link Background.marks}. */
export function markOf(kind: EvidenceKind | 'tac' | 'stays', text: string): string {
  return `${kind} ${text}`;
}

/**
 * All that ties two lines together, heaviest first. A weight is the logarithm of one over the chance that two unrelated lines share
 * it; where both are likely, of the chance that so many of those who show it are.
 */
export function evidenceOf(a: Sketch, b: Sketch, background: Background): Evidence[] {
  const { population, likely, marks } = background;
  const total = Math.max(2, population.total);
  const bothLikely = likely.has(a.line) && likely.has(b.line);
  const found: Evidence[] = [];
  const add = (kind: EvidenceKind, weight: number, ties: boolean, ofBox = false): void => {
    if (weight > 0.5) found.push({ kind, weight: Math.min(MOST, weight), ties, ofBox });
  };
  const enriched = (lines: number, those: number): number => {
    const key = lines * MOST_LINES + those;
    let weight = background.enriched.get(key);
    if (weight === undefined) {
      weight = enrichment(lines, those, likely.size / total);
      background.enriched.set(key, weight);
    }
    return weight;
  };
  /** Weight of a value that `lines` lines show. */
  const weigh = (mark: string, lines: number): number => {
    const chance = Math.min(MOST_CHANCE, Math.log(total / Math.max(2, lines)));
    return bothLikely ? Math.max(chance, enriched(lines, marks.get(mark) ?? 0)) : chance;
  };
  /** That of the heaviest value both show; 0 where they share none. */
  const heaviest = (x: readonly string[], y: readonly string[], kind: 'imei' | 'endpoint' | 'contact'): number => {
    let most = 0;
    for (const text of x) {
      // What everybody comes through ties nobody.
      if (y.includes(text) && !population.isCommon(text))
        most = Math.max(most, weigh(markOf(kind, text), population.lines(kind, text)));
    }
    return most;
  };

  const bothHidden = bothLikely && isHidden(a, population) && isHidden(b, population);
  // The aerials of a box in one room may take different sectors of a mast.
  const isHome = a.home !== null && b.home !== null && siteOf(a.home) === siteOf(b.home);
  const imei = heaviest(a.imeis, b.imeis, 'imei');
  let crowded = 0;
  if (imei > 0) {
    add('imei', imei, true, true);
  } else {
    const near = population.pseudonymous ? 0 : serials(a.imeis, b.imeis, population);
    const type = bothLikely ? sharedTac(a.imeis, b.imeis) : null;
    crowded = type === null ? 0 : enriched(population.linesOfType(type), marks.get(markOf('tac', type)) ?? 0);
    // A company's phones came from one crate too: it takes one place as well to make them one box, where there can be one. But each keeps
    // its IMEI. In turn they say no less than that they are of one type.
    if (near > 0)
      add('serials', Math.max(near, crowded), isHome || bothHidden, a.imeis.length > 1 || b.imeis.length > 1);
    else add('type', crowded, false);
  }

  add('switched', background.switching.shared(a.switched, b.switched), true, true);

  const endpoint = heaviest(a.endpoints, b.endpoints, 'endpoint');
  add('endpoint', endpoint, true);
  // A phone on its own address names it in Contact as well: the same fact is not counted twice.
  if (endpoint === 0) add('contact', heaviest(a.contacts, b.contacts, 'contact'), true);

  if (!differs(a, b)) {
    const look = Math.min(
      same(a.headerOrder, b.headerOrder, (text) => population.lines('header_order', text)),
      same(a.sdpFingerprint, b.sdpFingerprint, (text) => population.lines('sdp_fingerprint', text)),
      same(a.userAgent, b.userAgent, (text) => population.lines('user_agent', text)),
    );
    // What so many lines show is of the switch that they all come through.
    if (look < Number.POSITIVE_INFINITY && !population.isCrowd(look))
      add('look', weigh(markOf('look', lookOf(a)), look), false);
  }

  const cells = a.homes.filter((cell) => b.homes.includes(cell));
  if (cells.length > 0 && cells.length >= SAME_PLACE * Math.min(a.homes.length, b.homes.length)) {
    let most = 0;
    let chance = 0;
    // Of those who stay many are likely, though many pass by.
    const stay = a.stays && b.stays;
    for (const cell of cells) {
      const lines = stay ? population.stationaryLines(cell) : population.lines('cell', cell);
      const weight = weigh(markOf(stay ? 'stays' : 'place', cell), lines);
      if (weight <= most) continue;
      most = weight;
      chance = Math.log(total / Math.max(2, lines));
    }
    // Where a whole town stays in one cell, those of a type of phone that likely lines crowd are still in one room.
    add('place', most, bothLikely && ((most > chance && most >= ENRICHED) || (stay && crowded >= ENRICHED)));
  }

  add('called', called(a, b, background), false);

  if ((imei > 0 || endpoint > 0 || isHome) && takesOver(a, b)) add('succession', 3, true, true);
  if (bothHidden) tieAlike(found);
  return found.sort((x, y) => y.weight - x.weight);
}

/** Whether nothing can show a line in one room with another: no cell, and no address but what everybody comes through. */
function isHidden({ home, endpoints, contacts }: Sketch, population: Population): boolean {
  return home === null && [...endpoints, ...contacts].every((address) => population.isCommon(address));
}

/** What likeness of the messages and of the type of phone say of two such lines, if they say much. */
function tieAlike(found: Evidence[]): void {
  const alike = found.filter(({ kind }) => kind === 'look' || kind === 'type');
  if (alike.reduce((sum, { weight }) => sum + weight, 0) < ALIKE) return;
  for (const one of alike) if (one.kind === 'look') one.ties = true;
}

/** What the messages of a line look like, as one text. */
export function lookOf({ headerOrder, sdpFingerprint, userAgent }: Sketch): string {
  return `${headerOrder ?? ''} ${sdpFingerprint ?? ''} ${userAgent ?? ''}`;
}

/** -ln of the chance that `likely` or more of `lines` lines are likely where `share` of all are (binomial tail, its largest term). */
function enrichment(lines: number, likely: number, share: number): number {
  if (likely < 2 || share <= 0 || likely <= lines * share) return 0;
  let chance = likely * Math.log(share) + (lines - likely) * Math.log1p(-share);
  for (let i = 0; i < likely; i++) chance += Math.log((lines - i) / (i + 1));
  return -chance;
}

function sharedTac(a: readonly string[], b: readonly string[]): string | null {
  const types = new Set(b.map(tac));
  return a.map(tac).find((type) => types.has(type)) ?? null;
}

function same(a: string | null, b: string | null, lines: (text: string) => number): number {
  return a !== null && a === b ? Math.max(2, lines(a)) : Number.POSITIVE_INFINITY;
}

/** The two look different in something that both show. */
function differs(a: Sketch, b: Sketch): boolean {
  const other = (x: string | null, y: string | null): boolean => x !== null && y !== null && x !== y;
  return other(a.userAgent, b.userAgent) || other(a.headerOrder, b.headerOrder);
}

/** Chance that the nearest serial numbers of one type lie so close, of all pairs the lists make. */
function serials(a: readonly string[], b: readonly string[], population: Population): number {
  const others = sortedNumbers(b);
  let nearest = Number.POSITIVE_INFINITY;
  let type = '';
  for (const x of a) {
    const number = numberOfImei(x);
    const next = firstFrom(others, number);
    for (const other of [others[next - 1], others[next]]) {
      if (other === undefined || !areNeighbours(other, number)) continue;
      const distance = Math.abs(number - other);
      if (distance >= nearest) continue;
      nearest = distance;
      type = tac(x);
    }
  }
  if (type === '') return 0;
  const sharing = Math.max(2, population.linesOfType(type)) / Math.max(2, population.total);
  const close = Math.min(1, (a.length * b.length * 2 * Math.max(1, nearest)) / SERIAL_NUMBERS);
  return -Math.log(Math.max(1e-12, sharing * close));
}

/** Type and serial number (3GPP TS 23.003 §6.2.1) as one number. */
export function numberOfImei(imei: string): number {
  return Number(imei.slice(0, 14));
}

/** Whether two such numbers are of one type and may have come in one crate. */
export function areNeighbours(a: number, b: number): boolean {
  return Math.abs(a - b) <= SERIALS && Math.floor(a / SERIAL_NUMBERS) === Math.floor(b / SERIAL_NUMBERS);
}

/** What {@link numberOfImei} says, in order, of each list that was asked for: a line is compared with many others. */
const sortedLists = new WeakMap<readonly string[], Float64Array>();

function sortedNumbers(imeis: readonly string[]): Float64Array {
  let sorted = sortedLists.get(imeis);
  if (sorted === undefined) {
    sorted = Float64Array.from(imeis, numberOfImei).sort();
    sortedLists.set(imeis, sorted);
  }
  return sorted;
}

/** Place of the first number that is not below another. */
function firstFrom(sorted: Float64Array, number: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Numbers that few of the compared lines called, no more than so many lines that share so many would not share by chance. */
function called(a: Sketch, b: Sketch, { callers, compared }: Background): number {
  const own = a.called;
  const others = b.called;
  let weight = 0;
  let shared = 0;
  for (let i = 0, j = 0; i < own.length && j < others.length; ) {
    const number = own[i]!;
    if (number === others[j]) {
      weight += Math.max(0, Math.log(compared / Math.max(2, callers.count(number))) - 1);
      shared++;
      i++;
      j++;
    } else if (number < others[j]!) i++;
    else j++;
  }
  // Of many numbers called, some are shared by chance: two that dial along one range meet there again and again.
  const expected = (own.length * others.length) / Math.max(1, callers.size);
  const surprise = shared > expected ? shared * Math.log(shared / expected) - (shared - expected) : 0;
  return Math.min(surprise, weight - Math.log(1 + Math.min(own.length, others.length)));
}

/** One falls silent for good, and within minutes the other begins. */
function takesOver(a: Sketch, b: Sketch): boolean {
  const [first, then] = a.last <= b.last ? [a, b] : [b, a];
  const gap = then.first - first.last;
  return gap > -1 && gap < TAKES_OVER && then.last - first.last > SILENT && first.last - first.first > SILENT;
}
