import { KeyTable } from '../../base/key-table.ts';
import { Stays } from './account-stays.ts';

/** Numbers of other addresses that are dialled at one before it is taken for one that passes calls on. */
const MANY = 8;

/** A call that was sent to an address, by the number of host and port. */
export interface Sent {
  key: number;
  /** Number dialled, by that of its text. */
  number: number;
  /** Seconds since the epoch. */
  time: number;
  /** Nobody registers at the address, and the number does at another. */
  isElsewhere: boolean;
  /** Nobody registers anywhere. */
  isTrunk: boolean;
}

/**
 * Addresses from which calls are passed on to who was dialled: a gateway that calls these over a mobile network in turn, a switch. Nobody
 * registers there, and many numbers that do elsewhere are dialled; or several accounts do, and many numbers of none of them are. The
 * device there is not that of who was dialled. Where nobody registers at all, the calls to many numbers at one address are seen on a trunk,
 * on the way from who placed them. Likewise an address from which many call who are at home elsewhere is a switch on their way.
 */
export class Passing {
  /** Who registered when at an address of several accounts. */
  private readonly stays = new KeyTable<Stays>();
  /** By address where nobody registers: the number, or numbers, dialled there; where nobody registers anywhere. */
  private readonly dialled = new ManyNumbers();
  private readonly trunks = new ManyNumbers();
  /** By address where nobody registers: who calls from there, and is at home elsewhere. */
  private readonly callers = new ManyNumbers();
  private readonly isOwn: (account: number, number: number) => boolean;
  /** There is such an address. */
  any = false;

  /** @param isOwn whether a number, or name, is an account's */
  constructor(isOwn: (account: number, number: number) => boolean) {
    this.isOwn = isOwn;
  }

  /** Takes note of a registration at an address of several accounts. */
  stay(key: number, account: number, time: number): void {
    let stays = this.stays.get(key);
    if (stays === undefined) this.stays.set(key, (stays = new Stays()));
    stays.add(account, time);
  }

  /** The account whose turn it is at an address of several; -1 where it cannot be told. */
  turn(key: number, time: number): number {
    return this.stays.get(key)?.at(time) ?? -1;
  }

  /** Of the several accounts of an address the one whose number it is; -1 where it is nobody's. */
  ownerOf(key: number, number: number): number {
    return this.stays.get(key)?.find((account) => this.isOwn(account, number)) ?? -1;
  }

  /** Takes note of a call that came from an address where nobody registers, by who is at home elsewhere. */
  place(key: number, number: number): void {
    if (this.callers.add(key, number)) this.any = true;
  }

  /** Whether calls of many come from an address by way of a switch there. */
  isSwitch(key: number): boolean {
    return this.callers.has(key);
  }

  /** Takes note of a call. */
  note(sent: Sent): void {
    if (sent.isElsewhere || sent.isTrunk) {
      const table = sent.isTrunk ? this.trunks : this.dialled;
      if (table.add(sent.key, sent.number)) this.any = true;
      return;
    }
    const stays = this.staysOf(sent);
    stays?.dial(sent.number);
    if (stays?.isOfMany === true) this.any = true;
  }

  /** Whether a call was passed on. */
  has(sent: Sent): boolean {
    if (!sent.isElsewhere) return !sent.isTrunk && this.staysOf(sent)?.isOfMany === true;
    return this.dialled.has(sent.key);
  }

  /** Whether a call is seen on a trunk. */
  isOnTrunk({ key, isTrunk }: Sent): boolean {
    return isTrunk && this.trunks.has(key);
  }

  /** The accounts of an address under a number of none of them, where it cannot be told whose turn it was; else null. */
  private staysOf({ key, number, time }: Sent): Stays | null {
    const stays = this.stays.get(key);
    return stays === undefined || stays.at(time) >= 0 || this.ownerOf(key, number) >= 0 ? null : stays;
  }
}

/** Numbers by address, as far as it takes to know that they are {@link MANY}. */
class ManyNumbers {
  private readonly known = new KeyTable<number | Set<number>>();

  /** Takes note of a number. @returns whether they are many now */
  add(key: number, number: number): boolean {
    const known = this.known.get(key);
    if (known === undefined) this.known.set(key, number);
    else if (typeof known !== 'number') return known.size === MANY || known.add(number).size === MANY;
    else if (known !== number) this.known.set(key, new Set([known, number]));
    return false;
  }

  /** Whether they are many. */
  has(key: number): boolean {
    const known = this.known.get(key);
    return known instanceof Set && known.size === MANY;
  }
}
