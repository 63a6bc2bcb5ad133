/** Where more accounts register at one address, it is a border controller's. */
const MOST_ACCOUNTS = 32;

/** As many numbers dialled for each account there, and these more, are no numbers of the accounts. */
const NUMBERS = 2;
const MORE = 3;
const UNTOLD = -1;

/**
 * From when to when each of several accounts registered at one address: the SIMs of a bank that take turns on a port of a gateway, or
 * the lines of one phone. Times are seconds since the epoch.
 */
export class Stays {
  private readonly accounts: number[] = [];
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];
  private readonly dialled = new Set<number>();
  private isCrowded = false;

  /** Takes note that an account registered at a time. */
  add(account: number, time: number): void {
    const { accounts, firsts, lasts } = this;
    const at = accounts.indexOf(account);
    if (at >= 0) {
      firsts[at] = Math.min(firsts[at]!, time);
      lasts[at] = Math.max(lasts[at]!, time);
    } else if (accounts.length === MOST_ACCOUNTS) {
      this.isCrowded = true;
    } else {
      accounts.push(account);
      firsts.push(time);
      lasts.push(time);
    }
  }

  /**
   * Whose turn it is at a time: who registered before and after it, else who did last before it, else first of all; -1 where another
   * registered there in the meantime of that account.
   */
  at(time: number): number {
    const { accounts, firsts, lasts } = this;
    if (this.isCrowded || accounts.length === 0) return UNTOLD;
    let found = 0;
    for (let i = 1; i < accounts.length; i++) if (this.isNearer(i, found, time)) found = i;
    for (let i = 0; i < accounts.length; i++)
      if (i !== found && firsts[i]! <= lasts[found]! && lasts[i]! >= firsts[found]!) return UNTOLD;
    return accounts[found]!;
  }

  private isNearer(a: number, b: number, time: number): boolean {
    const { firsts, lasts } = this;
    const aBegan = firsts[a]! <= time;
    if (aBegan !== firsts[b]! <= time) return aBegan;
    return aBegan ? lasts[a]! > lasts[b]! : firsts[a]! < firsts[b]!;
  }

  /** Takes note of a number dialled in a call that was sent there, and is of none of the accounts. */
  dial(number: number): void {
    if (!this.isCrowded && !this.isOfMany) this.dialled.add(number);
  }

  /** Whether more numbers were dialled than the accounts may be known by: calls go on from there. */
  get isOfMany(): boolean {
    return !this.isCrowded && this.dialled.size >= NUMBERS * this.accounts.length + MORE;
  }

  /** The first of the accounts that is such; -1 where none is. */
  find(isSuch: (account: number) => boolean): number {
    return this.accounts.find(isSuch) ?? UNTOLD;
  }
}
