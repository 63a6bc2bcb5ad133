import { KeyTable } from '../../base/key-table.ts';
import { INTEGERS, type RowBlock, Whole } from '../../features/history/rows.ts';
import type { Texts } from '../../features/history/texts.ts';
import type { Identities } from '../../features/naming/identities.ts';
import type { Account } from './account-numbers.ts';
import { endpointOf, isRegistered } from './account-rows.ts';

/** Where the account of an address is not known, several accounts have it, or nobody has asked yet. */
export const NONE = -1;
export const SEVERAL = -2;
const UNASKED = -3;
/** An identity that names its line itself. */
export const OWN = -4;

/** Accounts by what they registered: their addresses of record, their numbers, and the places where they are reached. */
export class AccountTable {
  readonly accounts: Account[] = [];
  /** Numbers that registered. */
  readonly numbers = new Set<number>();
  /** Somebody registers. */
  isHome = false;
  /** Several accounts registered at one address. */
  areShared = false;
  private readonly identities: Identities;
  private readonly texts: Texts;
  /** By number of the text of an address of record; of its user part, -2 where several hosts have that. */
  private readonly byAor = new Map<number, number>();
  private readonly byUser = new Map<string, number>();
  /** By number of the text of a host and a port: the one that registered there, -2 where several did. */
  private readonly byAddress = new KeyTable<number>();
  /** By identity: see {@link of}. */
  private asked = new Int32Array(0);

  constructor(identities: Identities, texts: Texts) {
    this.identities = identities;
    this.texts = texts;
  }

  /** Identities are known up to here; each is asked for once. */
  settle(): void {
    this.asked = new Int32Array(this.identities.count).fill(UNASKED);
  }

  /** Takes note of a registration. */
  register({ integers }: RowBlock, row: number): void {
    const whole = row * INTEGERS;
    if (!isRegistered(integers, whole)) return;
    const { identities, texts } = this;
    const identity = integers[whole + Whole.identity]!;
    const aor = identities.aor(identity);
    if (aor < 0) return;
    this.isHome = true;
    let place = this.byAor.get(aor);
    if (place === undefined) {
      place = this.make(aor, identity);
      const user = userOf(texts.text(aor));
      this.byUser.set(user, this.byUser.has(user) ? SEVERAL : place);
    }
    const account = this.accounts[place]!;
    const number = identities.msisdn(identity);
    if (number >= 0) {
      account.own.add(number);
      this.numbers.add(number);
      const known = identities.msisdn(account.identity);
      if (known < 0 || texts.text(number) < texts.text(known)) account.identity = identity;
    }
    account.expires = Math.max(account.expires, integers[whole + Whole.expires]!);
    const agent = integers[whole + Whole.userAgent]!;
    if (agent >= 0) account.agents.add(agent);
    const key = endpointOf(integers, whole);
    if (key < 0) return;
    const there = this.byAddress.get(key);
    if (there !== undefined && there !== place) this.areShared = true;
    this.byAddress.set(key, there === undefined || there === place ? place : SEVERAL);
  }

  /** Has an account whose credentials a challenge was answered with, though no registration of it is seen. */
  addUnregistered(identity: number): void {
    const { identities, texts } = this;
    const aor = identities.aor(identity);
    const number = identities.msisdn(identity);
    if (this.of(identity) !== NONE || aor < 0 || number < 0) return;
    // Mostly From is the number itself.
    const user = userOf(texts.text(aor)).replace(/\D/g, '');
    if (user.length >= 7 && texts.text(number).endsWith(user.slice(-7))) return;
    this.make(aor, identities.number(-1, -1, aor, Number.POSITIVE_INFINITY));
    this.asked[identity] = this.byAor.get(aor)!;
  }

  /**
   * The account that an identity is of by the address beside the number, where the number is not its own; {@link OWN} where the identity
   * is right as it is; {@link NONE} where it knows no account.
   */
  of(identity: number): number {
    if (identity >= this.asked.length) return OWN;
    const known = this.asked[identity]!;
    if (known !== UNASKED) return known;
    const { identities, texts } = this;
    const aor = identities.aor(identity);
    const number = identities.msisdn(identity);
    let found = aor < 0 ? NONE : (this.byAor.get(aor) ?? NONE);
    if (found === NONE && aor >= 0) {
      // The host in From may be any.
      const byUser = this.byUser.get(userOf(texts.text(aor))) ?? NONE;
      if (byUser >= 0) found = byUser;
    }
    if (found >= 0 && (number < 0 || this.accounts[found]!.own.has(number))) found = OWN;
    else if (found < 0) found = number >= 0 && this.numbers.has(number) ? OWN : NONE;
    if (identities.imsi(identity) >= 0) found = OWN;
    return (this.asked[identity] = found);
  }

  /** Whether a number is one that an account registered under, or its name. */
  isOwn(account: number, number: number): boolean {
    return this.accounts[account]!.own.has(number) || this.byUser.get(this.texts.text(number)) === account;
  }

  /** The account of an address of record. */
  ofAor(aor: number): number | undefined {
    return this.byAor.get(aor);
  }

  /** Each identity that was asked for, with its account. */
  eachAsked(onIdentity: (identity: number, account: number) => void): void {
    for (let identity = 0; identity < this.asked.length; identity++) {
      const account = this.asked[identity]!;
      if (account >= 0) onIdentity(identity, account);
    }
  }

  /** The account that registered at an address; {@link SEVERAL} where several did. */
  at(key: number): number {
    return key < 0 ? NONE : (this.byAddress.get(key) ?? NONE);
  }

  private make(aor: number, identity: number): number {
    const place = this.accounts.length;
    this.accounts.push({
      identity,
      own: new Set(),
      agents: new Set(),
      expires: 0,
      first: Number.POSITIVE_INFINITY,
      last: Number.NEGATIVE_INFINITY,
      paid: new Set(),
      placed: new Set(),
      dialled: new Set(),
    });
    this.byAor.set(aor, place);
    return place;
  }
}

function userOf(aor: string): string {
  const at = aor.lastIndexOf('@');
  return at < 0 ? aor : aor.slice(0, at);
}
