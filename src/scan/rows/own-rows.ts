import { EVENT_KINDS } from '../../events/event.ts';
import {
  DIRECTION_BITS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  KIND_BITS,
  ORIGINATING,
  Whole,
} from '../../features/history/rows.ts';
import { Exchanges } from '../../features/naming/exchanges.ts';
import type { OwnLines } from '../../features/naming/naming.ts';
import { identityOf, type RowNames } from '../naming/names.ts';
import type { EventTable } from './table.ts';
import { eachRowIn, isToOther, type RowWindow } from './window-rows.ts';

/** What {@link showOwn} comes by on its way. */
export interface RowsFound {
  /** Feeds by the number of their name. */
  feeds: Map<number, string>;
  /** Interfaces with rows, a bit each by their number. */
  interfaces: number;
  /** Rows by the number of the name of the line, those of whoever called it among them. */
  found: Uint32Array;
}

/** Shows every row of a window to `own`; calls over SIP last, when it is known who is seen at home. */
export function showOwn(own: OwnLines, table: EventTable, names: RowNames, options: OwnWindow): RowsFound {
  const feeds = new Map<number, string>();
  let lastFeed = -1;
  let interfaces = 0;
  const { texts, identities } = table;
  // What was shown of a line last: most rows show the same again. With IMSI prefixes the time may matter too.
  const shown = new Float64Array(texts.count).fill(-1);
  const byTime = (options.imsiPrefixes ?? []).length > 0;
  let found = new Uint32Array(texts.count);
  const count = (line: number): void => {
    // A name may be one that no event shows.
    if (line >= found.length) found = wider(found, line);
    found[line]!++;
  };
  const exchanges = own.isByPrefix ? null : new Exchanges(texts.count);
  for (const [, block] of table.blocks.read(options.from, options.until)) {
    const { integers } = block;
    const { lines, others } = names.ofRows(block);
    eachRowIn(options, table.dropped, block, (row, time) => {
      const whole = row * INTEGERS;
      const feed = integers[whole + Whole.feed]!;
      if (feed !== lastFeed) feeds.set(feed, texts.text(feed));
      lastFeed = feed;
      const line = lines[row]!;
      if (line >= 0) count(line);
      const called = others[row]!;
      const flags = integers[whole + Whole.flags]!;
      if (called >= 0 && called !== line && isToOther(flags)) count(called);
      const over = (flags >> INTERFACE_BIT) & 7;
      const isNew = (interfaces & (1 << over)) === 0;
      interfaces |= 1 << over;
      if (line < 0) return;
      const peer = integers[whole + Whole.endpoint]!;
      if (exchanges !== null && over === SIP && peer >= 0 && isToOther(flags)) {
        if ((flags & DIRECTION_BITS) === ORIGINATING) exchanges.see(line, peer);
        return;
      }
      if (shown[line] === OWN && !isNew) return;
      const act = flags & (KIND_BITS | DIRECTION_BITS);
      const identity = names.identity(block, row);
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
  if (exchanges !== null) showCallers(own, exchanges, (number) => texts.text(number));
  return { feeds, interfaces, found };
}

interface OwnWindow extends RowWindow {
  imsiPrefixes?: readonly string[];
}

function showCallers(own: OwnLines, exchanges: Exchanges, textOf: (number: number) => string): void {
  const strangers = exchanges.strangers(textOf, (line) => own.isSettled(textOf(line)), own.settled);
  exchanges.eachCaller((line) => {
    if (strangers.has(line)) own.seeStranger(textOf(line));
    else own.seeCaller(textOf(line));
  });
}

/** With room for place `last`. */
function wider(numbers: Uint32Array<ArrayBuffer>, last: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(2 * (last + 1));
  more.set(numbers);
  return more;
}

/** Nothing more need be shown of a line. */
const OWN = Number.POSITIVE_INFINITY;
const DIRECTIONS = [null, 'originating', 'terminating'] as const;
const SIP = INTERFACES.indexOf('sip');
