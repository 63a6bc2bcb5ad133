import type { CatpoolEvent } from '../../events/event.ts';
import {
  BLOCK_ROWS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  Real,
  type RowBlock,
  tmsiBits,
  Whole,
} from '../../features/history/rows.ts';
import type { Texts } from '../../features/history/texts.ts';
import type { Identities } from '../../features/naming/identities.ts';
import type { Naming } from '../../features/naming/naming.ts';
import { TmsiNames, type TmsiSource } from './tmsi-names.ts';

/** Names of lines by number of text, for rows: nearly all names are worked out once an identity, whatever the number of rows. */
export class RowNames {
  private readonly naming: Naming;
  private readonly texts: Texts;
  private readonly identities: Identities;
  private readonly lines: Int32Array;
  private readonly others: Int32Array;
  /** Number of the identity of events that name nobody, -1 where there are none; and who they are of all the same. */
  private readonly nobody: number;
  private readonly tmsis: TmsiNames | null;
  private readonly ofRow = { lines: new Int32Array(BLOCK_ROWS), others: new Int32Array(BLOCK_ROWS) };

  /** @param naming that has learnt all identities */
  constructor(naming: Naming, { texts, identities, blocks, dropped }: NamedRows) {
    this.naming = naming;
    this.texts = texts;
    this.identities = identities;
    this.lines = new Int32Array(identities.count).fill(UNKNOWN);
    this.others = new Int32Array(texts.count).fill(UNKNOWN);
    this.nobody = identities.nobody();
    const lineOf = (identity: number, time: number): number => this.line(identity, time);
    this.tmsis = this.nobody < 0 ? null : new TmsiNames({ blocks, dropped, texts, identities, lineOf }, this.nobody);
  }

  /** The identity that a row is of: its own, or of a row that shows nothing but a TMSI, the one of whom that is. */
  identity({ integers, floats }: RowBlock, row: number): number {
    const whole = row * INTEGERS;
    const identity = integers[whole + Whole.identity]!;
    if (this.tmsis === null || identity !== this.nobody || integers[whole + Whole.tmsi] === -1) return identity;
    if (((integers[whole + Whole.flags]! >> INTERFACE_BIT) & 7) === SIP) return identity;
    const found = this.tmsis.identityAt(integers, whole, floats[row * FLOATS + Real.time]!);
    return found < 0 ? identity : found;
  }

  /** Name of the line that an event is of; null where it has none. */
  lineOf(event: CatpoolEvent): string | null {
    const { imsi, msisdn, aor, cell, time } = event;
    if (this.tmsis === null || imsi !== null || msisdn !== null || aor !== null || cell === null)
      return this.naming.lineOf(event);
    const identity = this.tmsis.identityIn(cell, tmsiBits(event), time.s + time.ns / 1e9);
    return identity < 0 ? null : this.naming.lineOf(identityOf(this.identities, this.texts, identity, time.s));
  }

  /** The line that a row of this identity and time is of, or -1. */
  line(identity: number, time: number): number {
    const known = this.lines[identity]!;
    if (known !== UNKNOWN) return known;
    const number = this.numberOf(this.naming.lineOf(identityOf(this.identities, this.texts, identity, time)));
    if (!this.naming.byTime) this.lines[identity] = number;
    return number;
  }

  /**
   * The lines that the rows of a block are of, and those of their counterparts, as {@link line} and {@link other} name them; valid
   * until the next are asked for. Rows come in no order of lines: looked up side by side, memory answers several at a time.
   */
  ofRows(block: RowBlock): { lines: Int32Array; others: Int32Array } {
    const { integers, floats, count } = block;
    const { ofRow, nobody } = this;
    for (let row = 0, at = Whole.identity; row < count; row++, at += INTEGERS)
      ofRow.lines[row] = integers[at] === nobody ? UNKNOWN : this.lines[integers[at]!]!;
    for (let row = 0, at = Whole.counterpart; row < count; row++, at += INTEGERS)
      ofRow.others[row] = integers[at]! < 0 ? -1 : this.others[integers[at]!]!;
    for (let row = 0; row < count; row++) {
      const time = floats[row * FLOATS + Real.time]!;
      if (ofRow.lines[row] === UNKNOWN) ofRow.lines[row] = this.line(this.identity(block, row), time);
      if (ofRow.others[row] === UNKNOWN)
        ofRow.others[row] = this.other(integers[row * INTEGERS + Whole.counterpart]!, time);
    }
    return ofRow;
  }

  /** The line that a counterpart is, or -1. */
  other(counterpart: number, time: number): number {
    if (counterpart < 0) return -1;
    const known = this.others[counterpart]!;
    if (known !== UNKNOWN) return known;
    const text = this.texts.text(counterpart);
    const number = this.numberOf(this.naming.lineOfCounterpart({ counterpart: text, time: { s: time, ns: 0 } }));
    if (!this.naming.byTime) this.others[counterpart] = number;
    return number;
  }

  private numberOf(name: string | null): number {
    return name === null ? -1 : this.texts.number(name);
  }
}

/** Rows, and what they speak of. */
export type NamedRows = Pick<TmsiSource, 'texts' | 'identities' | 'blocks' | 'dropped'>;

const UNKNOWN = -2;
const SIP = INTERFACES.indexOf('sip');

/** An identity as events hold it, at a time in seconds since the epoch. */
export function identityOf(
  identities: Identities,
  texts: Texts,
  number: number,
  time: number,
): { imsi: string | null; msisdn: string | null; aor: string | null; time: { s: number; ns: number } } {
  const textOf = (part: number): string | null => (part < 0 ? null : texts.text(part));
  return {
    imsi: textOf(identities.imsi(number)),
    msisdn: textOf(identities.msisdn(number)),
    aor: textOf(identities.aor(number)),
    time: { s: time, ns: 0 },
  };
}
