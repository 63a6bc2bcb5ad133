import type { CatpoolEvent } from '../../events/event.ts';
import {
  BLOCK_BYTES,
  BLOCK_ROWS,
  END_TEXT,
  FIRST_TEXT,
  FLOATS,
  INTEGERS,
  Real,
  ROW_BYTES,
  RowBlock,
  RowCoder,
  Whole,
} from '../../features/history/rows.ts';
import { Texts } from '../../features/history/texts.ts';
import { Identities } from '../../features/naming/identities.ts';
import { Naming, type Register } from '../../features/naming/naming.ts';
import { Accounts } from '../naming/accounts.ts';
import { identityOf, RowNames } from '../naming/names.ts';
import { namesByTrunk } from '../naming/trunk-names.ts';
import type { SpoolStore } from '../spool.ts';

const NO_BLOCK = new RowBlock(new ArrayBuffer(0));

/** Blocks of rows, in memory while the store has room for them, else in its file. */
export class KeptBlocks {
  private readonly store: SpoolStore;
  private readonly full: { kept: RowBlock | number; rows: number; first: number; last: number }[] = [];
  private last = NO_BLOCK;

  constructor(store: SpoolStore) {
    this.store = store;
  }

  /** The block that the next row goes into. */
  room(): RowBlock {
    if (this.last.count === BLOCK_ROWS) this.keep();
    if (this.last.floats.length === 0) this.last = new RowBlock();
    return this.last;
  }

  /**
   * Every block in turn, with its place among all; one is valid until the next is asked for. Blocks without a row in [from, until)
   * are left out: mostly all but a few, for rows come nearly in order of time.
   */
  *read(from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY): Generator<[number, RowBlock]> {
    let loaded: RowBlock | null = null;
    for (const [index, { kept, rows, first, last }] of this.full.entries()) {
      if (last < from || first >= until) continue;
      if (typeof kept !== 'number') {
        yield [index, kept];
        continue;
      }
      loaded ??= new RowBlock();
      this.load(kept, rows, loaded);
      yield [index, loaded];
    }
    if (this.last.count > 0) yield [this.full.length, this.last];
  }

  /** Has every block changed in place. @param change of one block; returns whether it did */
  rewrite(change: (block: RowBlock) => boolean): void {
    const loaded = new RowBlock();
    for (const place of this.full) {
      if (typeof place.kept !== 'number') {
        change(place.kept);
        continue;
      }
      this.load(place.kept, place.rows, loaded);
      if (change(loaded)) place.kept = this.store.write(Buffer.from(loaded.floats.buffer));
    }
    if (this.last.count > 0) change(this.last);
  }

  /** All blocks where they are in memory, else null. */
  inMemory(): RowBlock[] | null {
    const blocks: RowBlock[] = [];
    for (const { kept } of this.full) {
      if (typeof kept === 'number') return null;
      blocks.push(kept);
    }
    if (this.last.count > 0) blocks.push(this.last);
    return blocks;
  }

  private keep(): void {
    const { last } = this;
    const place = this.store.keep(Buffer.from(last.floats.buffer));
    const span = { rows: last.count, first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
    for (let row = 0; row < last.count; row++) {
      const time = last.floats[row * FLOATS + Real.time]!;
      span.first = Math.min(span.first, time);
      span.last = Math.max(span.last, time);
    }
    if (typeof place === 'number') {
      this.full.push({ kept: place, ...span });
      last.count = 0;
    } else {
      this.full.push({ kept: last, ...span });
      this.last = NO_BLOCK;
    }
  }

  private load(place: number, rows: number, into: RowBlock): void {
    this.store.load(place, BLOCK_BYTES, Buffer.from(into.floats.buffer));
    into.count = rows;
  }
}

/** What a worker hands over: whole rows, and the texts and identities that they use for the first time. */
export interface RowShipment {
  rows: ArrayBuffer;
  count: number;
  texts: string[];
  /** Of each three numbers of texts, and whether it is that of enquiries. */
  identities: Int32Array;
}

/** Events of captures as rows, with the texts and identities they speak of. */
export class EventTable {
  readonly texts = new Texts();
  readonly identities = new Identities();
  readonly blocks: KeptBlocks;
  /** By number of a capture: its rows do not count. */
  readonly dropped: boolean[] = [];
  /** Numbers in it are pseudonyms. */
  pseudonymous = false;
  private known: { naming: Naming; names: RowNames; register: Register | undefined } | null = null;
  private accounts: Accounts | null = null;
  private readonly coder = new RowCoder(this.texts, this.identities);

  constructor(store: SpoolStore) {
    this.blocks = new KeptBlocks(store);
  }

  add(event: CatpoolEvent, capture: number): void {
    this.coder.add(event, capture, this.blocks.room());
  }

  /** Who is who, from all events and a register of subscribers: to be asked when all are there. */
  names(register?: Register): { naming: Naming; names: RowNames } {
    if (this.known === null || this.known.register !== register) {
      const { identities, texts } = this;
      const naming = new Naming(register);
      const accounts = this.settleAccounts();
      for (let i = 0; i < identities.count; i++)
        if (!accounts.presented.has(i))
          naming.learn(
            identityOf(identities, texts, i, identities.first(i)),
            identities.asked(i) === 1,
            identities.latest(i),
          );
      this.learnFromTrunks(naming);
      if (register !== undefined) this.learnNames(register);
      this.known = { naming, names: new RowNames(naming, this), register };
    }
    return this.known;
  }

  /** Whose an event of the table is that names another line than the account it is of: the line's, and the role that the event tells; else null. */
  accountOf(event: CatpoolEvent): { line: string; other: string | null; role: 'own' | 'mirror' } | null {
    const row = this.accountRow(event);
    if (row === null) return null;
    const { names } = this.names(this.known?.register);
    const time = event.time.s + event.time.ns / 1e9;
    const textOf = (line: number) => (line < 0 ? null : this.texts.text(line));
    const isTerminating = ((row.integers[Whole.flags]! >> 4) & 3) === 2;
    return {
      line: textOf(names.line(row.integers[Whole.identity]!, time))!,
      other: textOf(names.other(row.integers[Whole.counterpart]!, time)),
      // A call that was delivered there is told from the caller's side.
      role: isTerminating === (event.direction === 'terminating') ? 'own' : 'mirror',
    };
  }

  /** An event of the table as a row, where its line is that of an account and not the one that it names; else null. */
  private accountRow(event: CatpoolEvent): RowBlock | null {
    const accounts = this.settleAccounts();
    if (!accounts.any || event.interface !== 'sip') return null;
    const block = new RowBlock(new ArrayBuffer(ROW_BYTES));
    this.coder.add(event, 0, block);
    return accounts.apply(block, 0) ? block : null;
  }

  /** Once: rows that are of accounts are given their line. */
  private settleAccounts(): Accounts {
    if (this.accounts === null) {
      this.accounts = new Accounts(this);
      this.accounts.settle();
    }
    return this.accounts;
  }

  /** Learns the numbers of phones that only their IMSI names from the trunks that carry their calls on. */
  private learnFromTrunks(naming: Naming): void {
    const { texts } = this;
    const isNumbered = (imsi: number): boolean => {
      const text = texts.text(imsi);
      return naming.lineOf({ imsi: text, msisdn: null, aor: null, time: { s: 0, ns: 0 } }) !== text;
    };
    for (const { imsi, msisdn, first, last } of namesByTrunk(this, isNumbered)) {
      const pair = { imsi: texts.text(imsi), msisdn: texts.text(msisdn), aor: null };
      naming.learn({ ...pair, time: { s: first, ns: 0 } }, false, last);
    }
  }

  /** Makes texts of the names that only the register knows, before anything is counted by the number of a text. */
  private learnNames(register: Register): void {
    const { identities, texts } = this;
    for (let i = 0; i < identities.count; i++) {
      const imsi = identities.imsi(i);
      const msisdn = imsi < 0 ? null : register.msisdnOf(texts.text(imsi));
      if (msisdn !== null) texts.number(msisdn);
    }
  }

  /** Somewhere to put the shipments of one worker's capture. */
  receiver(): (shipment: RowShipment) => void {
    const { texts, identities } = this;
    const numbers: number[] = [];
    const people: number[] = [];
    const textOf = (number: number): number => (number < 0 ? -1 : numbers[number]!);
    return (shipment) => {
      for (const text of shipment.texts) numbers.push(texts.number(text));
      for (let i = 0; i < shipment.identities.length; i += 4) {
        const [imsi, msisdn, aor, asked] = shipment.identities.subarray(i, i + 4);
        people.push(identities.number(textOf(imsi!), textOf(msisdn!), textOf(aor!), Number.POSITIVE_INFINITY, asked));
      }
      const given = new RowBlock(shipment.rows);
      for (let row = 0; row < shipment.count; ) {
        const block = this.blocks.room();
        const { integers, floats } = block;
        const from = block.count;
        const rows = Math.min(BLOCK_ROWS - from, shipment.count - row);
        floats.set(given.floats.subarray(row * FLOATS, (row + rows) * FLOATS), from * FLOATS);
        for (let i = from; i < from + rows; i++) {
          const whole = i * INTEGERS;
          for (let column = FIRST_TEXT; column < END_TEXT; column++) {
            const number = integers[whole + column]!;
            if (number >= 0) integers[whole + column] = numbers[number]!;
          }
          const identity = people[integers[whole + Whole.identity]!]!;
          integers[whole + Whole.identity] = identity;
          identities.see(identity, floats[i * FLOATS + Real.time]!);
        }
        block.count += rows;
        row += rows;
      }
    };
  }
}

/** In a worker: makes rows of one capture's events and ships them block by block. */
export class RowShipper {
  private readonly coder = new RowCoder(new Texts(), new Identities());
  private readonly ship: (shipment: RowShipment) => void;
  private block = new RowBlock();
  private texts = 0;
  private identities = 0;

  constructor(ship: (shipment: RowShipment) => void) {
    this.ship = ship;
  }

  add(event: CatpoolEvent, capture: number): void {
    if (this.block.count === BLOCK_ROWS) {
      this.flush();
      this.block = new RowBlock();
    }
    this.coder.add(event, capture, this.block);
  }

  flush(): void {
    const { count, floats } = this.block;
    if (count === 0) return;
    const texts: string[] = [];
    for (; this.texts < this.coder.texts.count; this.texts++) texts.push(this.coder.texts.text(this.texts));
    const { identities } = this.coder;
    const parts: number[] = [];
    for (; this.identities < identities.count; this.identities++) {
      const number = this.identities;
      parts.push(identities.imsi(number), identities.msisdn(number), identities.aor(number), identities.asked(number));
    }
    const rows = count === BLOCK_ROWS ? floats.buffer : floats.buffer.slice(0, 8 * count * FLOATS);
    this.ship({ rows, count, texts, identities: Int32Array.from(parts) });
  }
}
