import { type ClockOffset, Clocks } from '../../features/history/clocks.ts';
import {
  DIRECTION_BITS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  KIND_BITS,
  Kind,
  Real,
  TERMINATING,
  Whole,
} from '../../features/history/rows.ts';
import type { RowNames } from '../naming/names.ts';
import type { EventTable } from './table.ts';
import { eachRowIn, type RowWindow } from './window-rows.ts';

/** What is put right of the clocks of probes: seconds to add to the times of a row, by {@link clockOf}. */
export type Shifts = ReadonlyMap<number, number>;

/** Interfaces have so many numbers. */
const PLACES = 8;
/** Interfaces tell each other of an answer within this, seconds: what is less says nothing of clocks. */
const AT_ONCE = 0.75;

/** Number of the clock that timed a row: that of its feed and interface. */
export function clockOf(integers: Int32Array, row: number): number {
  const flags = integers[row * INTEGERS + Whole.flags]!;
  return integers[row * INTEGERS + Whole.feed]! * PLACES + ((flags >> INTERFACE_BIT) & 7);
}

/**
 * How the clocks of probes differ: of several feeds by when calls began that two saw. Of one alone, which may hold captures of several probes
 * that were named together, those of its interfaces by when calls were answered, which all see at once.
 *
 * @param feeds by the number of their name
 * @param interfaces those with rows, a bit each
 */
export function compareClocks(
  table: EventTable,
  names: RowNames,
  window: RowWindow,
  feeds: ReadonlyMap<number, string>,
  interfaces: number,
): { shifts: Shifts; report: ClockOffset[] } {
  const [only] = feeds;
  if (only === undefined || (feeds.size === 1 && (interfaces & (interfaces - 1)) === 0))
    return { shifts: new Map(), report: [] };
  const isOne = feeds.size === 1;
  const clocks = new Clocks();
  for (const [, block] of table.blocks.read(window.from, window.until)) {
    const { integers, floats } = block;
    eachRowIn(window, table.dropped, block, (row, began) => {
      const whole = row * INTEGERS;
      const flags = integers[whole + Whole.flags]!;
      if ((flags & KIND_BITS) !== Kind.leg || (flags & DIRECTION_BITS) === TERMINATING) return;
      const time = isOne ? floats[row * FLOATS + Real.answer]! : began;
      const caller = names.line(names.identity(block, row), began);
      const called = names.other(integers[whole + Whole.counterpart]!, began);
      if (caller < 0 || called < 0 || Number.isNaN(time)) return;
      clocks.note(isOne ? (flags >> INTERFACE_BIT) & 7 : integers[whole + Whole.feed]!, caller, called, time);
    });
  }
  return isOne ? ofInterfaces(clocks, only, interfaces) : ofFeeds(clocks, feeds);
}

function ofFeeds(clocks: Clocks, feeds: ReadonlyMap<number, string>): { shifts: Shifts; report: ClockOffset[] } {
  const { shifts, report } = clocks.offsets(feeds);
  const all = new Map<number, number>();
  for (const [feed, seconds] of shifts)
    for (let over = 0; over < PLACES; over++) all.set(feed * PLACES + over, seconds);
  return { shifts: all, report };
}

function ofInterfaces(
  clocks: Clocks,
  [feed, name]: readonly [number, string],
  interfaces: number,
): { shifts: Shifts; report: ClockOffset[] } {
  const seen = INTERFACES.flatMap((over, place) =>
    (interfaces & (1 << place)) === 0 ? [] : [[place, `${name} ${over}`] as const],
  );
  const { shifts, report } = clocks.offsets(new Map(seen));
  const all = new Map<number, number>();
  for (const [over, seconds] of shifts) if (Math.abs(seconds) > AT_ONCE) all.set(feed * PLACES + over, seconds);
  return { shifts: all, report: all.size > 0 ? report : [] };
}
