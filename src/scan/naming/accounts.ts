import {
  DIRECTION_BITS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  KIND_BITS,
  Kind,
  NO_NUMBER,
  ORIGINATING,
  Real,
  type RowBlock,
  TERMINATING,
  Whole,
} from '../../features/history/rows.ts';
import type { Texts } from '../../features/history/texts.ts';
import type { Identities } from '../../features/naming/identities.ts';
import { rankOf } from '../../features/references/subscribers.ts';
import type { KeptBlocks } from '../rows/table.ts';
import { type Account, type Told, tell } from './account-numbers.ts';
import { Passing, type Sent } from './account-passing.ts';
import { clearDevice, endpointOf, hasAnswered, isRegistered, trunkOf } from './account-rows.ts';
import { AccountTable, NONE, OWN, SEVERAL } from './account-table.ts';

const SIP = INTERFACES.indexOf('sip');
const ISUP = INTERFACES.indexOf('isup');

export interface AccountRows {
  blocks: KeptBlocks;
  /** By number of a capture: its rows do not count. */
  dropped: readonly boolean[];
  texts: Texts;
  identities: Identities;
  /** Numbers are pseudonyms, which have the first digits of a number alone. */
  pseudonymous: boolean;
}

/**
 * Whose SIP calls are that name a line that is not there: calls of an account that presents one number after the other, and calls that
 * a switch delivers to the registered address of an account though other numbers were dialled. An operator can cut off the account, so
 * the account is the line. What counts is said in `account-numbers.ts`.
 *
 * A call is an account's by the credentials it was paid with, or by the address and port that it came from or went to, where that is
 * the registered address of one account alone. Accounts are found in all rows, in whatever capture they registered.
 *
 * A call to the account's own number there is one that reaches it, also where a switch writes that address into To, as if it called on a trunk.
 */
export class Accounts {
  private readonly rows: AccountRows;
  private readonly table: AccountTable;
  private readonly passing = new Passing((account, number) => this.table.isOwn(account, number));
  /** Lines are seen at home on the radio side, or by the home network. */
  private areElsewhere = false;
  /** A switch sent a call to the account whose number it is. */
  private hasArrivals = false;
  private told: readonly Told[] = [];
  /** Identities of a number beside an account that only presented it: no name of the account. */
  readonly presented = new Set<number>();
  /** Some rows are of accounts. */
  readonly any: boolean;

  constructor(rows: AccountRows) {
    this.rows = rows;
    const table = new AccountTable(rows.identities, rows.texts);
    this.table = table;
    const challenged = new Set<number>();
    const minutes = new Set<number>();
    let minute = Number.NaN;
    this.eachRow((block, row, kind) => {
      const now = Math.floor(block.floats[row * FLOATS + Real.time]! / 60);
      if (now !== minute) minutes.add((minute = now));
      if (kind === Kind.registration) table.register(block, row);
      else if ((kind === Kind.leg || kind === Kind.sms) && hasAnswered(block, row))
        challenged.add(block.integers[row * INTEGERS + Whole.identity]!);
    });
    if (table.areShared)
      this.eachRow((block, row, kind) => {
        if (kind === Kind.registration) this.stay(block, row);
      });
    table.settle();
    for (const identity of challenged) table.addUnregistered(identity);
    this.eachRow((block, row, kind) => {
      if (kind === Kind.leg || kind === Kind.sms) this.note(block, row);
      else if (kind === Kind.registration) this.refresh(block, row);
    });
    const observed = Float64Array.from(minutes).sort();
    this.told = table.accounts.map((account) =>
      tell(
        account,
        (number) => rows.texts.text(number),
        (first, last) => (first > last ? 0 : rankOf(observed, last, true) - rankOf(observed, first, false)),
        rows.pseudonymous,
      ),
    );
    this.any =
      this.hasArrivals ||
      this.passing.any ||
      this.told.some(({ paid, placed, deliveries }) => paid || placed || deliveries);
    table.eachAsked((identity, account) => {
      if (this.told[account]!.isMany) this.presented.add(identity);
    });
  }

  /** Gives the rows of accounts their line, and the number that stood for it. */
  settle(): void {
    if (!this.any) return;
    this.rows.blocks.rewrite((block) => {
      let changed = false;
      for (let row = 0; row < block.count; row++) {
        if (this.isCounted(block, row) && this.apply(block, row)) changed = true;
      }
      return changed;
    });
  }

  /** Does so with one row. @returns whether it is of an account */
  apply(block: RowBlock, row: number): boolean {
    const { integers } = block;
    const whole = row * INTEGERS;
    const flags = integers[whole + Whole.flags]!;
    if (((flags >> INTERFACE_BIT) & 7) !== SIP) return false;
    const kind = flags & KIND_BITS;
    if (kind !== Kind.leg && kind !== Kind.sms) return false;
    const found = this.find(block, row);
    if (found === null) {
      const sent = this.sentTo(block, row);
      if (sent === null) {
        const key = this.passedFrom(integers, whole);
        if (key < 0 || !this.passing.isSwitch(key)) return false;
        clearDevice(integers, whole);
        return true;
      }
      if (this.passing.isOnTrunk(sent)) return this.turn(block, row, sent.number);
      if (!this.passing.has(sent)) return false;
      clearDevice(integers, whole);
      return true;
    }
    const { account, number, isDelivery, isPaid, isOwn } = found;
    const told = this.told[account]!;
    const isTold = isOwn || (isDelivery ? told.deliveries : isPaid ? told.paid : told.placed);
    if (!isTold || told.behind.has(number)) return false;
    const caller = this.callerOf(integers[whole + Whole.identity]!);
    integers[whole + Whole.identity] = this.table.accounts[account]!.identity;
    if (!isOwn) integers[whole + Whole.alias] = number;
    if (!isDelivery || (flags & DIRECTION_BITS) === TERMINATING) return true;
    // What the row says of device and address is the switch's, which sent the call on.
    integers[whole + Whole.flags] = (flags & ~(DIRECTION_BITS | (3 << 12))) | TERMINATING;
    integers[whole + Whole.counterpart] = caller;
    clearDevice(integers, whole);
    integers[whole + Whole.endpoint] = integers[whole + Whole.trunk]!;
    integers[whole + Whole.keepAlive] = NO_NUMBER;
    block.floats[row * FLOATS + Real.latency] = Number.NaN;
    return true;
  }

  /** Tells a call to a number on a trunk from the side of who placed it. @returns whether it is known who did */
  private turn({ integers, floats }: RowBlock, row: number, number: number): boolean {
    const whole = row * INTEGERS;
    const { identities, texts } = this.rows;
    const caller = integers[whole + Whole.counterpart]!;
    if (caller < 0 || !DIGITS.test(texts.text(caller))) return false;
    const flags = integers[whole + Whole.flags]!;
    integers[whole + Whole.identity] = identities.number(-1, caller, -1, floats[row * FLOATS + Real.time]!);
    integers[whole + Whole.counterpart] = number;
    integers[whole + Whole.flags] = (flags & ~(DIRECTION_BITS | (3 << 12))) | ORIGINATING;
    clearDevice(integers, whole);
    return true;
  }

  /** Takes note of a registration at an address of several accounts. */
  private stay({ integers, floats }: RowBlock, row: number): void {
    const whole = row * INTEGERS;
    if (!isRegistered(integers, whole)) return;
    const key = endpointOf(integers, whole);
    const place = this.table.ofAor(this.rows.identities.aor(integers[whole + Whole.identity]!));
    if (place === undefined || this.table.at(key) !== SEVERAL) return;
    this.passing.stay(key, place, floats[row * FLOATS + Real.time]!);
  }

  /** Takes note of a registration as something that the account's address did. */
  private refresh({ integers, floats }: RowBlock, row: number): void {
    const time = floats[row * FLOATS + Real.time]!;
    const place = this.atTime(endpointOf(integers, row * INTEGERS), time);
    if (place >= 0) see(this.table.accounts[place]!, time);
  }

  private note(block: RowBlock, row: number): void {
    const found = this.find(block, row);
    if (found === null) {
      const sent = this.sentTo(block, row);
      if (sent !== null) this.passing.note(sent);
      else this.notePlaced(block, row);
      return;
    }
    const account = this.table.accounts[found.account]!;
    const { isDelivery, isPaid, isOwn, number } = found;
    if (isOwn) {
      this.hasArrivals = true;
      return;
    }
    // Somebody whose number registered elsewhere may have calls forwarded, or ring in parallel.
    if (isDelivery && this.table.numbers.has(number)) return;
    (isDelivery ? account.dialled : isPaid ? account.paid : account.placed).add(number);
    if (!isPaid) see(account, block.floats[row * FLOATS + Real.time]!);
  }

  /** Which account a call or message may be of, under which number; null where its own name is right. One object serves all. */
  private find({ integers, floats }: RowBlock, row: number): Found | null {
    const { identities } = this.rows;
    const whole = row * INTEGERS;
    const time = floats[row * FLOATS + Real.time]!;
    const identity = integers[whole + Whole.identity]!;
    const number = identities.msisdn(identity);
    const account = this.table.of(identity);
    const direction = integers[whole + Whole.flags]! & DIRECTION_BITS;
    if (direction === TERMINATING) {
      return this.delivery(number, endpointOf(integers, whole), time);
    }
    if (direction !== ORIGINATING) return null;
    const reached = this.reached(integers, whole, number);
    if (reached >= 0) return setFound(reached, integers[whole + Whole.counterpart]!, true, false, true);
    if (account === OWN) return null;
    if (account >= 0) return setFound(account, number, false, true);
    if (number < 0) return this.sentOn(integers, whole, time);
    const place = this.table.at(endpointOf(integers, whole));
    if (place < 0) return this.sentOn(integers, whole, time);
    // Another device behind the same address is another line.
    const agent = integers[whole + Whole.userAgent]!;
    const { agents } = this.table.accounts[place]!;
    if (agent >= 0 && agents.size > 0 && !agents.has(agent)) return null;
    return setFound(place, number, false, false);
  }

  /**
   * The account that a call reaches which was sent to its own number, or to what it calls itself, at its registered address: no number, for
   * many a phone makes up a name for its Contact; {@link NONE} where none, as where the caller registered at the address that the call came
   * from, and calls the other by itself.
   */
  private reached(integers: Int32Array, whole: number, caller: number): number {
    const key = trunkOf(integers, whole);
    const there = this.table.at(key);
    const called = integers[whole + Whole.counterpart]!;
    if (there === NONE || called < 0) return NONE;
    const from = this.table.at(endpointOf(integers, whole));
    if (from >= 0 && this.table.accounts[from]!.own.has(caller)) return NONE;
    if (there === SEVERAL) return this.passing.ownerOf(key, called);
    return this.table.isOwn(there, called) || MADE_UP.test(this.rows.texts.text(called)) ? there : NONE;
  }

  /** A call that was sent to an address of an own phone, as far as its row says; null of all other rows. */
  private sentTo({ integers, floats }: RowBlock, row: number): Sent | null {
    const whole = row * INTEGERS;
    if ((integers[whole + Whole.flags]! & DIRECTION_BITS) !== TERMINATING) return null;
    const number = this.rows.identities.msisdn(integers[whole + Whole.identity]!);
    const key = endpointOf(integers, whole);
    if (number < 0 || key < 0) return null;
    const isElsewhere = this.table.at(key) === NONE && this.table.numbers.has(number);
    return { key, number, time: floats[row * FLOATS + Real.time]!, isElsewhere, isTrunk: !this.table.isHome };
  }

  private notePlaced({ integers }: RowBlock, row: number): void {
    const key = this.passedFrom(integers, row * INTEGERS);
    const number = this.rows.identities.msisdn(integers[row * INTEGERS + Whole.identity]!);
    if (key >= 0 && number >= 0 && (this.areElsewhere || this.table.numbers.has(number)))
      this.passing.place(key, number);
  }

  /** The address that a call came from, where nobody registers there; -1 of all other rows. */
  private passedFrom(integers: Int32Array, whole: number): number {
    if ((integers[whole + Whole.flags]! & DIRECTION_BITS) !== ORIGINATING) return -1;
    const key = endpointOf(integers, whole);
    return this.table.at(key) === NONE ? key : -1;
  }

  /** A call from a switch, by where it is sent. */
  private sentOn(integers: Int32Array, whole: number, time: number): Found | null {
    return this.delivery(integers[whole + Whole.counterpart]!, trunkOf(integers, whole), time);
  }

  private delivery(number: number, key: number, time: number): Found | null {
    const place = this.atTime(key, time);
    if (number < 0 || place < 0) return null;
    // Several lines of one phone: a call to one of them is no other's.
    if (this.table.accounts[place]!.own.has(number) || this.passing.ownerOf(key, number) >= 0) return null;
    return setFound(place, number, true, false);
  }

  /** The account of an address: of several the one whose turn it is, as the SIMs of a bank take turns on a port. */
  private atTime(key: number, time: number): number {
    const place = this.table.at(key);
    return place === SEVERAL ? this.passing.turn(key, time) : place;
  }

  private callerOf(identity: number): number {
    const { identities } = this.rows;
    const number = identities.msisdn(identity);
    return number >= 0 ? number : identities.aor(identity);
  }

  private eachRow(onRow: (block: RowBlock, row: number, kind: number) => void): void {
    for (const [, block] of this.rows.blocks.read()) {
      for (let row = 0; row < block.count; row++) {
        const flags = block.integers[row * INTEGERS + Whole.flags]!;
        const over = (flags >> INTERFACE_BIT) & 7;
        if (over === SIP && this.isCounted(block, row)) onRow(block, row, flags & KIND_BITS);
        else if (over !== SIP && over !== ISUP) this.areElsewhere = true;
      }
    }
  }

  private isCounted({ integers, floats }: RowBlock, row: number): boolean {
    return (
      this.rows.dropped[integers[row * INTEGERS + Whole.capture]!] !== true &&
      !Number.isNaN(floats[row * FLOATS + Real.time]!)
    );
  }
}

const DIGITS = /^\d+$/;
/** What nobody dials. */
const MADE_UP = /[a-z]/i;

interface Found {
  account: number;
  /** Number of the text of the number presented, or dialled. */
  number: number;
  isDelivery: boolean;
  /** By credentials, not by address. */
  isPaid: boolean;
  /** The number dialled is the account's. */
  isOwn: boolean;
}
const scratch: Found = { account: 0, number: 0, isDelivery: false, isPaid: false, isOwn: false };

function setFound(account: number, number: number, isDelivery: boolean, isPaid: boolean, isOwn = false): Found {
  scratch.account = account;
  scratch.number = number;
  scratch.isDelivery = isDelivery;
  scratch.isPaid = isPaid;
  scratch.isOwn = isOwn;
  return scratch;
}

function see(account: Account, time: number): void {
  const minute = Math.floor(time / 60);
  account.first = Math.min(account.first, minute);
  account.last = Math.max(account.last, minute);
}
