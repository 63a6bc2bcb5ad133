import type { CatpoolEvent } from '../../events/event.ts';
import type { ClockOffset } from '../../features/history/clocks.ts';
import type { History } from '../../features/history/history.ts';
import {
  DIRECTION_BITS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  KIND_BITS,
  Kind,
  Real,
  type RowBlock,
  TERMINATING,
  Whole,
} from '../../features/history/rows.ts';
import type { SharedTexts } from '../../features/history/texts.ts';
import { type Naming, OwnLines, type OwnOptions, type Register } from '../../features/naming/naming.ts';
import type { Collected } from '../collect.ts';
import type { RowNames } from '../naming/names.ts';
import type { SpoolStore } from '../spool.ts';
import { clockOf, compareClocks, type Shifts } from './clock-shifts.ts';
import { LineReader, type LineRows, type Partition } from './line-reader.ts';
import { eventsInOrder } from './order.ts';
import { showOwn } from './own-rows.ts';
import { FirstRows, Ranks } from './ranks.ts';
import { SortAhead } from './sort-ahead.ts';
import { listed, type OnEntry, spread } from './spread.ts';
import type { EventTable } from './table.ts';
import { eachRowIn, isToOther } from './window-rows.ts';

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

/** Lines whose rows are in a file, for other threads to read. */
export interface SharedLines {
  texts: SharedTexts;
  /** By line: numbers of the texts of its name and of its IMSI, -1 unknown. */
  names: Int32Array;
  imsis: Int32Array;
  rows: LineRows;
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
  private readonly ranks: Ranks;
  private readonly rows: LineRows;
  private readonly reader: LineReader;
  /** By line: the time of its first row, and the id of that row's event; only where rows are in a file. */
  private readonly firsts: FirstRows | null;
  private readonly shifts: Shifts;
  private ahead: SortAhead | null = null;
  /** How the clocks of several feeds differ, or of the interfaces of one. */
  readonly clocks: readonly ClockOffset[];
  /** How many lines are known by their IMSI alone and left out, since own lines are told by their numbers. */
  readonly unnumbered: number;
  constructor(table: EventTable, store: SpoolStore, options: LineOptions) {
    this.table = table;
    this.options = options;
    const { texts, blocks } = table;
    const { naming, names } = table.names(options.register);
    this.naming = naming;
    this.names = names;
    const own = new OwnLines(naming, options);
    const { feeds, interfaces, found } = showOwn(own, table, names, options);
    const { shifts, report } = compareClocks(table, names, options, feeds, interfaces);
    this.unnumbered = own.unnumbered.size;
    this.shifts = shifts;
    this.clocks = report;
    const ranks = new Ranks(own, texts);
    for (let number = 0; number < found.length; number++) if (found[number]! > 0) ranks.of(number);
    ranks.sort();
    const sizes = ranks.numbersInOrder().map((number) => found[number]!);
    this.lines = ranks.lines;
    this.ranks = ranks;
    const starts = new Uint32Array(new SharedArrayBuffer(4 * (sizes.length + 1)));
    for (const [line, size] of sizes.entries()) starts[line + 1] = starts[line]! + size;
    const eachEntry = (onEntry: OnEntry): void => this.eachEntry(onEntry);
    const inMemory = blocks.inMemory();
    this.firsts = inMemory === null ? new FirstRows(sizes.length, shifts) : null;
    const partitions =
      this.firsts === null ? [listed(starts, inMemory!, eachEntry)] : spread(starts, store, this.firsts, eachEntry);
    const sorted = new Int32Array(new SharedArrayBuffer(4 * (1 + partitions.length)));
    this.rows = { starts, shifts, partitions, sorted };
    this.reader = new LineReader(texts, this.rows, {
      nameOf: (line) => this.lines[line]!,
      imsiOf: (line, time) => naming.imsiOf(this.lines[line]!, time),
      otherOf: (block, row, mirror) => this.otherOf(block, row, mirror),
    });
  }

  /** How many lines there are. */
  get count(): number {
    return this.lines.length;
  }

  /** Ranges of lines that can be gone through by themselves: what is in memory at a time. */
  get partitions(): readonly Partition[] {
    return this.rows.partitions;
  }

  /** Name of a line by its place. */
  nameOf(line: number): string {
    return this.lines[line]!;
  }

  /** Place of a line by its name; -1 where there is none. */
  placeOf(name: string): number {
    const { lines } = this;
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lines[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return lines[low] === name ? low : -1;
  }

  /**
   * Every line in turn, in order of name, with its sealed history (a view, valid during the call) and its place.
   *
   * @param cutOf of a line, the time (seconds since the epoch) before which its events began; null leaves the line out
   */
  each(
    onLine: (history: History, line: number) => void,
    cutOf: (name: string, line: number) => number | null = () => Number.POSITIVE_INFINITY,
  ): void {
    for (const partition of this.partitions) {
      this.ahead?.reach(partition.place);
      this.eachOf(partition, onLine, (line) => cutOf(this.lines[line]!, line));
    }
  }

  /** Has another thread put rows of a file in order while `use` goes through {@link each} line. */
  sortedAhead<T>(use: () => T): T {
    if (this.firsts === null) return use();
    this.ahead = new SortAhead(this.rows);
    try {
      return use();
    } finally {
      this.ahead.end();
      this.ahead = null;
    }
  }

  /** The lines of one of the {@link partitions} likewise. */
  eachOf(
    partition: Partition,
    onLine: (history: History, line: number) => void,
    cutOf: (line: number) => number | null = () => Number.POSITIVE_INFINITY,
  ): void {
    this.reader.each(partition, onLine, cutOf);
  }

  /** For other threads; null where rows are in memory. */
  share(): SharedLines | null {
    const { firsts, lines, naming, ranks, rows } = this;
    if (firsts === null) return null;
    const { texts } = this.table;
    const imsis = new Int32Array(new SharedArrayBuffer(4 * lines.length)).fill(-1);
    for (const [line, name] of lines.entries()) {
      const imsi = naming.imsiOf(name, firsts.times[line]!);
      if (imsi !== null) imsis[line] = texts.number(imsi);
    }
    const names = new Int32Array(new SharedArrayBuffer(4 * lines.length));
    names.set(ranks.numbersInOrder());
    return { texts: texts.share(), names, imsis, rows };
  }

  /** Places of the lines that showed one of these IMEIs or addresses, ascending. */
  showing(imeis: Iterable<string>, endpoints: Iterable<string>): Set<number> {
    const { texts, blocks } = this.table;
    const wanted = new Uint8Array(texts.count);
    for (const imei of imeis) wanted[texts.number(imei)]! |= 1;
    for (const host of endpoints) wanted[texts.number(host)]! |= 2;
    const found = new Set<number>();
    for (const [, block] of blocks.read(this.options.from, this.options.until)) {
      const { integers } = block;
      this.eachRow(block, (row, time) => {
        const whole = row * INTEGERS;
        const imei = integers[whole + Whole.imei]!;
        const host = integers[whole + Whole.endpoint]!;
        if ((imei < 0 || (wanted[imei]! & 1) === 0) && (host < 0 || (wanted[host]! & 2) === 0)) return;
        const line = this.names.line(this.names.identity(block, row), time);
        const own = line < 0 ? -1 : this.ranks.of(line);
        if (own >= 0) found.add(own);
      });
    }
    return found;
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
    const { naming, names: lineNames, table } = this;
    const { from, until } = this.options;
    const found: { event: CatpoolEvent; role: 'own' | 'mirror' }[] = [];
    for (const event of eventsInOrder({ spools, names })) {
      const time = event.time.s + event.time.ns / 1e9;
      if (time < from || time >= until) continue;
      const account = table.accountOf(event);
      if (account !== null) {
        const { line, other, role } = account;
        if (line === wanted) found.push({ event, role });
        else if (other === wanted) found.push({ event, role: role === 'own' ? 'mirror' : 'own' });
        continue;
      }
      const line = lineNames.lineOf(event);
      if (line === wanted) found.push({ event, role: 'own' });
      else if ((event.kind === 'leg' || event.kind === 'sms') && naming.lineOfCounterpart(event) === wanted)
        found.push({ event, role: 'mirror' });
    }
    return found;
  }

  /** Text of a number that {@link eachLeg} gave. */
  text(number: number): string {
    return this.table.texts.text(number);
  }

  /** Every leg of the window, whoever's; one object serves all. */
  eachLeg(onLeg: (leg: Leg) => void): void {
    const { names, table, options, shifts } = this;
    const leg: Leg = { caller: -1, called: -1, time: 0, answer: 0, end: 0, over: 0, access: -1 };
    for (const [, block] of table.blocks.read(options.from, options.until)) {
      const { integers, floats } = block;
      const { lines, others } = names.ofRows(block);
      this.eachRow(block, (row, time) => {
        const whole = row * INTEGERS;
        const flags = integers[whole + Whole.flags]!;
        if ((flags & KIND_BITS) !== Kind.leg) return;
        const line = lines[row]!;
        const other = others[row]!;
        const isTerminating = (flags & DIRECTION_BITS) === TERMINATING;
        const shift = shifts.get(clockOf(integers, row)) ?? 0;
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

  /** Calls `onRow` with each row of a block that counts in the window. */
  private eachRow(block: RowBlock, onRow: (row: number, time: number) => void): void {
    eachRowIn(this.options, this.table.dropped, block, onRow);
  }

  /** Calls `onEntry` for each own line that a row of the window is of, and for the own line that was called. */
  private eachEntry(onEntry: OnEntry): void {
    const { names, ranks, options } = this;
    for (const [index, block] of this.table.blocks.read(options.from, options.until)) {
      const { integers } = block;
      const { lines, others } = names.ofRows(block);
      this.eachRow(block, (row, time) => {
        const line = lines[row]!;
        const other = others[row]!;
        const own = line < 0 ? -1 : ranks.of(line);
        if (own >= 0) onEntry(own, block, row, 0, other, time, index);
        if (!isToOther(integers[row * INTEGERS + Whole.flags]!)) return;
        const called = other < 0 || other === line ? -1 : ranks.of(other);
        if (called >= 0) onEntry(called, block, row, 1, line, time, index);
      });
    }
  }

  private otherOf(block: RowBlock, row: number, mirror: boolean): number {
    const { names } = this;
    const { integers, floats } = block;
    const time = floats[row * FLOATS + Real.time]!;
    return mirror
      ? names.line(names.identity(block, row), time)
      : names.other(integers[row * INTEGERS + Whole.counterpart]!, time);
  }
}
