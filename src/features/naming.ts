import type { CatpoolEvent } from '../events/event.ts';

/** What names of a line are read from an event. */
type Identified = Pick<CatpoolEvent, 'time' | 'imsi' | 'msisdn' | 'aor'>;

/**
 * Who is who. `learn` every event of the window, in any order; then `lineOf` names the line of an event by MSISDN, else IMSI,
 * else SIP address of record, using the pairs that other events showed.
 *
 * Numbers are recycled, so each pair keeps when it was first seen. Of several partners of one identity, the one that was new
 * last before the event counts; before all of them, the first. Ties go to the smaller text. Memory grows with distinct pairs.
 */
export class Naming {
  /** IMSI or address of record -> MSISDN. */
  private readonly msisdns = new Map<string, Pair[]>();
  private readonly imsiOfAor = new Map<string, Pair[]>();
  private readonly aorOfImsi = new Map<string, Pair[]>();
  private readonly imsiOfMsisdn = new Map<string, Pair[]>();
  /** User part of addresses of record -> the address, or null where several hosts have that user. */
  private readonly aorOfUser = new Map<string, string | null>();

  /** Whether the last name asked for hangs on the time it was asked for. */
  byTime = false;

  /** Collects the identity pairs of one event. */
  learn(event: Identified): void {
    const { msisdn, imsi } = event;
    const aor = known(event.aor);
    if (aor !== null) {
      const at = aor.indexOf('@');
      if (at > 0) {
        const user = aor.slice(0, at);
        const other = this.aorOfUser.get(user);
        if (other === undefined) this.aorOfUser.set(user, aor);
        else if (other !== aor) this.aorOfUser.set(user, null);
      }
    }
    if ((msisdn === null ? 0 : 1) + (imsi === null ? 0 : 1) + (aor === null ? 0 : 1) < 2) return;
    const time = event.time.s + event.time.ns / 1e9;
    if (msisdn !== null) {
      if (imsi !== null) {
        see(this.msisdns, imsi, msisdn, time);
        see(this.imsiOfMsisdn, msisdn, imsi, time);
      }
      if (aor !== null) see(this.msisdns, aor, msisdn, time);
    }
    if (imsi !== null && aor !== null) {
      see(this.imsiOfAor, aor, imsi, time);
      see(this.aorOfImsi, imsi, aor, time);
    }
  }

  /** Name of the line the event is of, or null where it has no identity. */
  lineOf(event: Identified): string | null {
    this.byTime = false;
    return this.name(event.msisdn, event.imsi, known(event.aor), event.time.s + event.time.ns / 1e9);
  }

  /** Name of the other line, in the form `lineOf` gives; null where there is none. A user part without host is looked up. */
  lineOfCounterpart(event: Pick<CatpoolEvent, 'time' | 'counterpart'>): string | null {
    this.byTime = false;
    const { counterpart } = event;
    if (counterpart === null || ANONYMOUS.test(counterpart)) return null;
    const aor = counterpart.includes('@') ? counterpart : this.aorOfUser.get(counterpart);
    if (aor === undefined || aor === null) return counterpart;
    return this.name(null, null, aor, event.time.s + event.time.ns / 1e9);
  }

  /** IMSI of a line by its name, as known at a time; null where none was seen. */
  imsiOf(line: string, epochSeconds: number): string | null {
    return (
      this.partner(this.imsiOfMsisdn, line, epochSeconds) ??
      this.partner(this.imsiOfAor, line, epochSeconds) ??
      (IMSI.test(line) ? line : null)
    );
  }

  private name(msisdn: string | null, imsi: string | null, aor: string | null, time: number): string | null {
    if (msisdn !== null) return msisdn;
    if (imsi === null && aor !== null) imsi = this.partner(this.imsiOfAor, aor, time);
    if (aor === null && imsi !== null) aor = this.partner(this.aorOfImsi, imsi, time);
    return (
      (imsi === null ? null : this.partner(this.msisdns, imsi, time)) ??
      (aor === null ? null : this.partner(this.msisdns, aor, time)) ??
      imsi ??
      aor
    );
  }

  private partner(table: Map<string, Pair[]>, key: string, time: number): string | null {
    const pairs = table.get(key);
    if (pairs === undefined || pairs.length > MOST_PARTNERS) return null;
    let best = pairs[0]!;
    if (pairs.length > 1) this.byTime = true;
    for (let i = 1; i < pairs.length; i++) if (fitsBetter(pairs[i]!, best, time)) best = pairs[i]!;
    return best.value;
  }
}

export interface OwnOptions {
  /** E.164 digit prefixes of the own network, `86`. */
  prefixes?: readonly string[];
  /** IMSI prefixes (MCC and MNC), `46000`. */
  imsiPrefixes?: readonly string[];
}

/**
 * Which lines are scored: with prefixes, lines that have one; without, lines that did something themselves (placed a call, sent
 * a message, registered, ...), so that a number that was only ever called stays a counterpart.
 *
 * Show it every event with {@link see} after `naming` has learnt all of them.
 */
export class OwnLines {
  private readonly naming: Naming;
  private readonly prefixes: readonly string[];
  private readonly imsiPrefixes: readonly string[];
  private readonly lines = new Set<string>();

  constructor(naming: Naming, options: OwnOptions = {}) {
    this.naming = naming;
    this.prefixes = options.prefixes ?? [];
    this.imsiPrefixes = options.imsiPrefixes ?? [];
  }

  /** Takes note of one event. */
  see(event: Identified & Pick<CatpoolEvent, 'kind' | 'direction'>): void {
    const line = this.naming.lineOf(event);
    if (line === null || this.lines.has(line)) return;
    if (this.prefixes.length === 0 && this.imsiPrefixes.length === 0) {
      if ((event.kind !== 'leg' && event.kind !== 'sms') || event.direction === 'originating') this.lines.add(line);
    } else if (this.imsiPrefixes.length > 0) {
      const imsi = event.imsi ?? this.naming.imsiOf(line, event.time.s);
      if (imsi !== null && startsWithOne(imsi, this.imsiPrefixes)) this.lines.add(line);
    }
  }

  /** Whether the line of this name is scored. */
  has(line: string): boolean {
    return (
      this.lines.has(line) || (this.prefixes.length > 0 && startsWithOne(line, this.prefixes) && DIGITS.test(line))
    );
  }
}

/** RFC 3323 §4.1.1.3: the address of who hides, not of a line. */
const ANONYMOUS = /^anonymous(@|$)|@anonymous\.invalid$/i;
const IMSI = /^\d{14,15}$/;
const DIGITS = /^\d+$/;

/** An identity seen with more partners than this is shared (a trunk, a switchboard) and names no line. */
const MOST_PARTNERS = 16;

/** One partner of an identity, with the time they were first seen together. */
interface Pair {
  value: string;
  first: number;
}

function see(table: Map<string, Pair[]>, key: string, value: string, time: number): void {
  const pairs = table.get(key);
  if (pairs === undefined) {
    table.set(key, [{ value, first: time }]);
    return;
  }
  const known = pairs.find((pair) => pair.value === value);
  if (known === undefined) {
    if (pairs.length <= MOST_PARTNERS) pairs.push({ value, first: time });
  } else if (time < known.first) known.first = time;
}

function fitsBetter(a: Pair, b: Pair, time: number): boolean {
  const aBegan = a.first <= time;
  if (aBegan !== b.first <= time) return aBegan;
  if (a.first !== b.first) return aBegan ? a.first > b.first : a.first < b.first;
  return a.value < b.value;
}

function known(aor: string | null): string | null {
  return aor === null || ANONYMOUS.test(aor) ? null : aor;
}

function startsWithOne(text: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => text.startsWith(prefix));
}
