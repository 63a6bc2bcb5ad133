import { type CatpoolEvent, EVENT_KINDS } from '../events/event.ts';
import { type ClockOffset, Clocks } from '../features/clocks.ts';
import { History } from '../features/history.ts';
import { type Naming, OwnLines, type OwnOptions, type Register } from '../features/naming.ts';
import {
  BLOCK_ROWS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  Kind,
  Real,
  ROW_BYTES,
  type RowBlock,
  Whole,
} from '../features/rows.ts';
import type { Texts } from '../features/texts.ts';
import type { Collected } from './collect.ts';
import { identityOf, type RowNames } from './names.ts';
import { eventsInOrder } from './order.ts';
import type { SpoolStore } from './spool.ts';
import { type EventTable, KeptBlocks } from './table.ts';

/** Bytes of rows that one partition should hold: what is in memory while its lines are read. */
const PARTITION_BYTES = 12 * 1024 * 1024;

export interface LineOptions extends OwnOptions {
  /** Only events that began in [from, until), seconds since the epoch. */
  from: number;
  until: number;
  /** Which MSISDN and IMSI are one subscriber's, where no event says so. */
  register?: Register;
}

/** One leg, whoever's: numbers of names among the texts, -1 unknown; times by the clock of the feed that saw most, NaN unknown. */
export interface Leg {
  caller: number;
  called: number;
  time: number;
  answer: number;
  end: number;
  /** Place among INTERFACES. */
  over: number;
  /** Number of the text of its access network, or -1. */
  access: number;
}

/** Lines [begin, end), in order of name, and the blocks that hold their rows. */
interface Partition {
  begin: number;
  end: number;
  blocks: RowBlock[] | KeptBlocks;
}

/**
 * The events of a window by line: named, mirrored to the line that was called. Rows that are in memory are used where they lie; else
 * they are spread over partitions by line, so that one partition at a time is in memory.
 */
export class Lines {
  /** Names of the lines, sorted. */
  private readonly lines: string[];
  private readonly table: EventTable;
  private readonly options: LineOptions;
  private readonly naming: Naming;
  private readonly names: RowNames;
  private readonly history: History;
  /** Entries of line n are [starts[n], starts[n + 1]): twice a row's place in its partition, plus one where it is mirrored. */
  private readonly starts: Uint32Array;
  private readonly entries: Uint32Array;
  /** Seconds to add to the times of each feed, by the number of its name; empty where there is one feed. */
  private readonly shifts: ReadonlyMap<number, number>;
  /** How the clocks of several feeds differ. */
  readonly clocks: readonly ClockOffset[];
  private readonly partitions: Partition[];
  private sorted = false;

  constructor(table: EventTable, store: SpoolStore, options: LineOptions) {
    this.table = table;
    this.options = options;
    const { texts, blocks } = table;
    this.history = new History(texts);
    const { naming, names } = table.names(options.register);
    this.naming = naming;
    this.names = names;
    const own = new OwnLines(naming, options);
    const feeds = this.showOwn(own);
    const { shifts, report } = feeds.size > 1 ? this.compareClocks(feeds) : { shifts: new Map(), report: [] };
    this.shifts = shifts;
    this.clocks = report;
    const ranks = new Ranks(own, texts);
    const found: number[] = [];
    for (const [, block] of blocks.read(options.from, options.until)) {
      this.eachEntry(block, ranks, (rank) => {
        found[rank] = (found[rank] ?? 0) + 1;
      });
    }
    const sizes = ranks.sort().map((rank) => found[rank]!);
    this.lines = ranks.lines;
    this.starts = new Uint32Array(sizes.length + 1);
    for (const [line, size] of sizes.entries()) this.starts[line + 1] = this.starts[line]! + size;
    this.entries = new Uint32Array(this.starts[sizes.length]!);
    const inMemory = blocks.inMemory();
    if (inMemory === null) {
      this.partitions = this.spread(ranks, store);
    } else {
      this.partitions = [{ begin: 0, end: this.lines.length, blocks: inMemory }];
      this.index(ranks);
    }
  }

  /**
   * Every line in turn, in order of name, with its sealed history: a view, valid during the call.
   *
   * @param cutOf of a line, the time (seconds since the epoch) before which its events began; null leaves the line out
   */
  each(
    onLine: (history: History) => void,
    cutOf: (line: string) => number | null = () => Number.POSITIVE_INFINITY,
  ): void {
    const { history, names, naming, starts, entries } = this;
    const spare: RowBlock[] = [];
    for (const { begin, end, blocks: kept } of this.partitions) {
      const blocks = kept instanceof KeptBlocks ? kept.all(spare) : kept;
      for (let line = begin; line < end; line++) {
        if (!this.sorted) sortEntries(entries.subarray(starts[line]!, starts[line + 1]!), blocks);
        const cut = cutOf(this.lines[line]!);
        if (cut === null) continue;
        history.reset(this.lines[line]!);
        for (let i = starts[line]!; i < starts[line + 1]!; i++) {
          const entry = entries[i]!;
          const block = blocks[Math.floor(entry / (2 * BLOCK_ROWS))]!;
          const row = (entry >>> 1) % BLOCK_ROWS;
          const time = block.floats[row * FLOATS + Real.time]!;
          if (time >= cut) break;
          const mirror = (entry & 1) === 1;
          const other = mirror
            ? names.line(block.integers[row * INTEGERS + Whole.identity]!, time)
            : names.other(block.integers[row * INTEGERS + Whole.counterpart]!, time);
          history.take(block, row, mirror, other, this.shiftOf(block.integers[row * INTEGERS + Whole.feed]!));
        }
        history.imsi = naming.imsiOf(history.line, history.time[0] ?? 0);
        history.seal();
        onLine(history);
      }
    }
    this.sorted = true;
  }

  /** IMSI of a line by its name, as known at a time; null where none was seen. */
  imsiOf(line: string, epochSeconds: number): string | null {
    return this.naming.imsiOf(line, epochSeconds);
  }

  /** The whole events of one line, from where they were kept, in order of time. */
  eventsOf(
    wanted: string,
    { spools, names }: Pick<Collected, 'spools' | 'names'>,
  ): { event: CatpoolEvent; role: 'own' | 'mirror' }[] {
    const { naming } = this;
    const { from, until } = this.options;
    const found: { event: CatpoolEvent; role: 'own' | 'mirror' }[] = [];
    for (const event of eventsInOrder({ spools, names })) {
      const time = event.time.s + event.time.ns / 1e9;
      if (time < from || time >= until) continue;
      const line = naming.lineOf(event);
      if (line === wanted) found.push({ event, role: 'own' });
      else if ((event.kind === 'leg' || event.kind === 'sms') && naming.lineOfCounterpart(event) === wanted)
        found.push({ event, role: 'mirror' });
    }
    return found;
  }

  /** Gives the memory back. */
  close(): void {
    for (const { blocks } of this.partitions) if (blocks instanceof KeptBlocks) blocks.clear();
  }

  /** Text of a number that {@link eachLeg} gave. */
  text(number: number): string {
    return this.table.texts.text(number);
  }

  /** Every leg of the window, whoever's; one object serves all. */
  eachLeg(onLeg: (leg: Leg) => void): void {
    const { names, table, options } = this;
    const leg: Leg = { caller: -1, called: -1, time: 0, answer: 0, end: 0, over: 0, access: -1 };
    for (const [, block] of table.blocks.read(options.from, options.until)) {
      const { integers, floats } = block;
      this.eachRow(block, (row, time) => {
        const whole = row * INTEGERS;
        const flags = integers[whole + Whole.flags]!;
        if ((flags & KIND_BITS) !== Kind.leg) return;
        const line = names.line(integers[whole + Whole.identity]!, time);
        const other = names.other(integers[whole + Whole.counterpart]!, time);
        const isTerminating = (flags & DIRECTION_BITS) === TERMINATING;
        const shift = this.shiftOf(integers[whole + Whole.feed]!);
        leg.caller = isTerminating ? other : line;
        leg.called = isTerminating ? line : other;
        leg.time = time + shift;
        leg.answer = floats[row * FLOATS + Real.answer]! + shift;
        leg.end = floats[row * FLOATS + Real.end]! + shift;
        leg.over = (flags >> INTERFACE_BIT) & 7;
        leg.access = integers[whole + Whole.access]!;
        onLeg(leg);
      });
    }
  }

  private shiftOf(feed: number): number {
    return this.shifts.size === 0 ? 0 : (this.shifts.get(feed) ?? 0);
  }

  /** How the clocks of feeds differ, from outgoing legs that two of them saw. */
  private compareClocks(feeds: ReadonlyMap<number, string>): ReturnType<Clocks['offsets']> {
    const clocks = new Clocks();
    const { names, table, options } = this;
    for (const [, block] of table.blocks.read(options.from, options.until)) {
      const { integers } = block;
      this.eachRow(block, (row, time) => {
        const whole = row * INTEGERS;
        const flags = integers[whole + Whole.flags]!;
        if ((flags & KIND_BITS) !== Kind.leg || (flags & DIRECTION_BITS) === TERMINATING) return;
        const caller = names.line(integers[whole + Whole.identity]!, time);
        const called = names.other(integers[whole + Whole.counterpart]!, time);
        if (caller >= 0 && called >= 0) clocks.note(integers[whole + Whole.feed]!, caller, called, time);
      });
    }
    return clocks.offsets(feeds);
  }

  /** Shows every row of the window to `own`. @returns feeds by the number of their name */
  private showOwn(own: OwnLines): Map<number, string> {
    const feeds = new Map<number, string>();
    let lastFeed = -1;
    let interfaces = 0;
    const { names, table } = this;
    const { texts, identities } = table;
    // What was shown of a line last: most rows show the same again. With IMSI prefixes the time may matter too.
    const shown = new Float64Array(texts.count).fill(-1);
    const byTime = (this.options.imsiPrefixes ?? []).length > 0;
    for (const [, block] of table.blocks.read(this.options.from, this.options.until)) {
      const { integers } = block;
      this.eachRow(block, (row, time) => {
        const identity = integers[row * INTEGERS + Whole.identity]!;
        const feed = integers[row * INTEGERS + Whole.feed]!;
        if (feed !== lastFeed) feeds.set(feed, texts.text(feed));
        lastFeed = feed;
        const line = names.line(identity, time);
        const flags = integers[row * INTEGERS + Whole.flags]!;
        const over = (flags >> INTERFACE_BIT) & 7;
        const isNew = (interfaces & (1 << over)) === 0;
        interfaces |= 1 << over;
        if (line < 0 || (shown[line] === OWN && !isNew)) return;
        const act = flags & (KIND_BITS | DIRECTION_BITS);
        const showing = (identity * 8 + over) * 64 + act;
        if (shown[line] === showing && !byTime) return;
        shown[line] = showing;
        own.see({
          ...identityOf(identities, texts, identity, time),
          kind: EVENT_KINDS[act & KIND_BITS]!,
          direction: DIRECTIONS[act >> 4]!,
          interface: INTERFACES[over]!,
        });
        if (own.isSettled(texts.text(line))) shown[line] = OWN;
      });
    }
    return feeds;
  }

  /** Calls `onRow` with each row of a block that counts in the window. */
  private eachRow(block: RowBlock, onRow: (row: number, time: number) => void): void {
    const { floats, integers, count } = block;
    const { from, until } = this.options;
    const { dropped } = this.table;
    for (let row = 0; row < count; row++) {
      const time = floats[row * FLOATS + Real.time]!;
      if (!(time >= from && time < until) || dropped[integers[row * INTEGERS + Whole.capture]!] === true) continue;
      onRow(row, time);
    }
  }

  /** Calls `onEntry` for each own line that a row of the block is of, and for the own line that was called. */
  private eachEntry(block: RowBlock, ranks: Ranks, onEntry: (rank: number, row: number, mirror: number) => void): void {
    const { names } = this;
    const { integers } = block;
    this.eachRow(block, (row, time) => {
      const line = names.line(integers[row * INTEGERS + Whole.identity]!, time);
      const own = line < 0 ? -1 : ranks.of(line);
      if (own >= 0) onEntry(own, row, 0);
      const kind = integers[row * INTEGERS + Whole.flags]! & KIND_BITS;
      if (kind !== Kind.leg && kind !== Kind.sms) return;
      const other = names.other(integers[row * INTEGERS + Whole.counterpart]!, time);
      const called = other < 0 || other === line ? -1 : ranks.of(other);
      if (called >= 0) onEntry(called, row, 1);
    });
  }

  /** Lists the rows of each line where they lie. */
  private index(ranks: Ranks): void {
    const { entries, options } = this;
    const next = this.starts.slice();
    for (const [index, block] of this.table.blocks.read(options.from, options.until)) {
      this.eachEntry(block, ranks, (line, row, mirror) => {
        entries[next[line]!++] = 2 * (index * BLOCK_ROWS + row) + mirror;
      });
    }
  }

  /** Copies the rows of the lines into partitions, and lists them there. */
  private spread(ranks: Ranks, store: SpoolStore): Partition[] {
    const { entries, starts } = this;
    const most = Math.floor(PARTITION_BYTES / ROW_BYTES);
    const partitions: { begin: number; end: number; blocks: KeptBlocks; rows: number }[] = [];
    const partitionOf = new Uint32Array(this.lines.length);
    for (let line = 0; line < this.lines.length; line++) {
      let last = partitions.at(-1);
      if (last === undefined || starts[line + 1]! - starts[last.begin]! > most) {
        last = { begin: line, end: line, blocks: new KeptBlocks(store), rows: 0 };
        partitions.push(last);
      }
      last.end = line + 1;
      partitionOf[line] = partitions.length - 1;
    }
    const next = starts.slice();
    for (const [, block] of this.table.blocks.read(this.options.from, this.options.until)) {
      this.eachEntry(block, ranks, (line, row, mirror) => {
        const partition = partitions[partitionOf[line]!]!;
        const room = partition.blocks.room();
        room.floats.set(block.floats.subarray(row * FLOATS, (row + 1) * FLOATS), room.count++ * FLOATS);
        entries[next[line]!++] = 2 * partition.rows++ + mirror;
      });
    }
    for (const { blocks } of partitions) blocks.flush();
    return partitions;
  }
}

/** Nothing more need be shown of a line. */
const OWN = Number.POSITIVE_INFINITY;
const KIND_BITS = 15;
const DIRECTION_BITS = 3 << 4;
const TERMINATING = 2 << 4;
const DIRECTIONS = [null, 'originating', 'terminating'] as const;

/** Own lines, each with a rank by the number of its name: as they come, after {@link sort} in order of name. */
class Ranks {
  lines: string[] = [];
  private readonly own: OwnLines;
  private readonly texts: Texts;
  private readonly numbers: number[] = [];
  private readonly ranks: Int32Array;

  constructor(own: OwnLines, texts: Texts) {
    this.own = own;
    this.texts = texts;
    this.ranks = new Int32Array(texts.count).fill(UNKNOWN);
  }

  /** Rank of the line whose name has this number, or -1 where it is not scored. */
  of(number: number): number {
    const known = this.ranks[number]!;
    if (known !== UNKNOWN) return known;
    const line = this.texts.text(number);
    if (!this.own.has(line)) return (this.ranks[number] = -1);
    this.lines.push(line);
    return (this.ranks[number] = this.numbers.push(number) - 1);
  }

  /** Puts the lines in order of name. Returns the rank that each had. */
  sort(): number[] {
    const { lines } = this;
    const order = [...lines.keys()].sort((a, b) => (lines[a]! < lines[b]! ? -1 : 1));
    for (const [rank, before] of order.entries()) this.ranks[this.numbers[before]!] = rank;
    this.lines = order.map((before) => lines[before]!);
    return order;
  }
}

const UNKNOWN = -2;

/** Sorts the entries of one line by time, id of the event, own before mirrored. Most are nearly in order. */
function sortEntries(entries: Uint32Array, blocks: readonly RowBlock[]): void {
  for (let i = 1; i < entries.length; i++) {
    const entry = entries[i]!;
    let at = i;
    while (at > 0 && i - at < MOST_MOVES && compareEntries(entries[at - 1]!, entry, blocks) > 0) {
      entries[at] = entries[at - 1]!;
      at--;
    }
    entries[at] = entry;
    if (i - at === MOST_MOVES) {
      entries.sort((a, b) => compareEntries(a, b, blocks));
      return;
    }
  }
}

/** Further than this a row is not moved by hand. */
const MOST_MOVES = 64;

function compareEntries(a: number, b: number, blocks: readonly RowBlock[]): number {
  const blockA = blocks[Math.floor(a / (2 * BLOCK_ROWS))]!;
  const blockB = blocks[Math.floor(b / (2 * BLOCK_ROWS))]!;
  const rowA = (a >>> 1) % BLOCK_ROWS;
  const rowB = (b >>> 1) % BLOCK_ROWS;
  const byTime = blockA.floats[rowA * FLOATS + Real.time]! - blockB.floats[rowB * FLOATS + Real.time]!;
  if (byTime !== 0) return byTime;
  const idA = rowA * INTEGERS + Whole.idHigh;
  const idB = rowB * INTEGERS + Whole.idHigh;
  return (
    (blockA.integers[idA]! >>> 0) - (blockB.integers[idB]! >>> 0) ||
    (blockA.integers[idA + 1]! >>> 0) - (blockB.integers[idB + 1]! >>> 0) ||
    (a & 1) - (b & 1)
  );
}
