import { type CatpoolEvent, isEnquiry } from '../../events/event.ts';
import { Partners } from './partners.ts';

/** What names of a line are read from an event. */
type Identified = Pick<CatpoolEvent, 'time' | 'imsi' | 'msisdn' | 'aor'>;

/**
 * Who is who. `learn` every event of the window, in any order; then `lineOf` names the line of an event by MSISDN, else IMSI,
 * else SIP address of record, using the pairs that other events showed.
 *
 * Numbers are recycled, so each pair keeps the span in which it was seen. Of several partners of one identity, one whose span the
 * event is in counts, of several such the one that was new last; else the one that was seen last before the event; before all of
 * them, the first. Ties go to the smaller text. Memory grows with distinct pairs. What no event shows, the operator's register may.
 *
 * What enquiries are answered counts where nothing else tells: a network that routes short messages home answers with an IMSI made up
 * for each (3GPP TR 23.840), and one with portability may with one that many numbers have (3GPP TS 23.066). So a line has no IMSI of
 * enquiries where these gave it several, or gave it to several.
 */
export class Naming {
  /** IMSI or address of record -> MSISDN. */
  private readonly msisdns = new Partners();
  private readonly imsiOfAor = new Partners();
  private readonly aorOfImsi = new Partners();
  private readonly imsiOfMsisdn = new Partners();
  /** IMSI -> MSISDN, of enquiries. */
  private readonly askedMsisdns = new Partners();
  /** MSISDN -> IMSI, of enquiries, or null where they gave it several. */
  private readonly askedImsis = new Map<string, string | null>();
  /** User part of addresses of record -> the address, or null where several hosts have that user. */
  private readonly aorOfUser = new Map<string, string | null>();

  private readonly register: Register | null;

  /** @param register of subscribers, asked where no event pairs an IMSI with a number */
  constructor(register: Register | null = null) {
    this.register = register;
  }

  /** Whether the last name asked for hangs on the time it was asked for. */
  byTime = false;

  /**
   * Collects the identity pairs of one event, or of all events that show the same.
   *
   * @param asked it is an enquiry, or they are
   * @param last time of the last of these, seconds
   */
  learn(event: Identified, asked = false, last = event.time.s + event.time.ns / 1e9): void {
    const { msisdn, imsi } = event;
    if (asked) {
      if (msisdn !== null && imsi !== null) this.learnAsked(msisdn, imsi, event.time.s + event.time.ns / 1e9, last);
      return;
    }
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
        this.msisdns.see(imsi, msisdn, time, last);
        this.imsiOfMsisdn.see(msisdn, imsi, time, last);
      }
      if (aor !== null) this.msisdns.see(aor, msisdn, time, last);
    }
    if (imsi !== null && aor !== null) {
      this.imsiOfAor.see(aor, imsi, time, last);
      this.aorOfImsi.see(imsi, aor, time, last);
    }
  }

  private learnAsked(msisdn: string, imsi: string, first: number, last: number): void {
    this.askedMsisdns.see(imsi, msisdn, first, last);
    const other = this.askedImsis.get(msisdn);
    if (other === undefined) this.askedImsis.set(msisdn, imsi);
    else if (other !== imsi) this.askedImsis.set(msisdn, null);
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
      this.register?.imsiOf(line) ??
      this.askedImsi(line) ??
      (IMSI.test(line) ? line : null)
    );
  }

  private name(msisdn: string | null, imsi: string | null, aor: string | null, time: number): string | null {
    if (msisdn !== null) return msisdn;
    if (imsi === null && aor !== null) imsi = this.partner(this.imsiOfAor, aor, time);
    if (aor === null && imsi !== null) aor = this.partner(this.aorOfImsi, imsi, time);
    const registered = imsi === null || this.register === null ? null : this.register.msisdnOf(imsi);
    return (
      (imsi === null ? null : this.partner(this.msisdns, imsi, time)) ??
      (aor === null ? null : this.partner(this.msisdns, aor, time)) ??
      registered ??
      (imsi === null ? null : this.partner(this.askedMsisdns, imsi, time)) ??
      imsi ??
      aor
    );
  }

  private askedImsi(line: string): string | null {
    const imsi = this.askedImsis.get(line) ?? null;
    return imsi === null || this.askedMsisdns.isByTime(imsi) ? null : imsi;
  }

  private partner(table: Partners, key: string, time: number): string | null {
    const partner = table.at(key, time);
    if (partner !== null && table.isByTime(key)) this.byTime = true;
    return partner;
  }
}

/** Which MSISDN and IMSI are one subscriber's. */
export interface Register {
  msisdnOf(imsi: string): string | null;
  imsiOf(msisdn: string): string | null;
}

export interface OwnOptions {
  /** E.164 digit prefixes of the own network, `86`. */
  prefixes?: readonly string[];
  /** IMSI prefixes (MCC and MNC), `46000`. */
  imsiPrefixes?: readonly string[];
}

/**
 * Which lines are scored: with prefixes, lines that have one, and with those of numbers accounts without a number that register; without, lines that did something themselves (placed a call, sent
 * a message, registered, ...), so that a number that was only ever called, or asked about, stays a counterpart. Numbers of all networks
 * call on trunks: those that only call on ISUP, and callers over SIP who are subscribers elsewhere, are lines where nothing else is seen of
 * anybody; beside what shows who is at home, they stay counterparts.
 *
 * Show it every event with {@link see} after `naming` has learnt all of them.
 */
export class OwnLines {
  private readonly naming: Naming;
  private readonly prefixes: readonly string[];
  private readonly imsiPrefixes: readonly string[];
  private readonly lines = new Set<string>();
  /** Lines that did something on ISUP, and strangers to the network that called over SIP. */
  private readonly callers = new Set<string>();
  private readonly strangers = new Set<string>();
  /** Lines that did something and are known by their IMSI alone, which number prefixes leave out. */
  readonly unnumbered = new Set<string>();
  private isHomeSeen = false;

  constructor(naming: Naming, options: OwnOptions = {}) {
    this.naming = naming;
    this.prefixes = options.prefixes ?? [];
    this.imsiPrefixes = options.imsiPrefixes ?? [];
  }

  /** Takes note of one event. */
  see(event: Identified & Pick<CatpoolEvent, 'kind' | 'direction' | 'interface'>): void {
    if (event.interface !== 'sip' && event.interface !== 'isup') this.isHomeSeen = true;
    const line = this.naming.lineOf(event);
    if (line === null || this.lines.has(line)) return;
    if (this.prefixes.length === 0 && this.imsiPrefixes.length === 0) {
      if (isAct(event)) (event.interface === 'isup' ? this.callers : this.lines).add(line);
    } else if (this.imsiPrefixes.length > 0) {
      const imsi = event.imsi ?? this.naming.imsiOf(line, event.time.s);
      if (imsi !== null && startsWithOne(imsi, this.imsiPrefixes)) this.lines.add(line);
    } else if (event.kind === 'registration' && ACCOUNT.test(line)) {
      this.lines.add(line);
    } else if (line === event.imsi && !this.isSettled(line) && isAct(event)) {
      this.unnumbered.add(line);
    }
  }

  /** Takes note of any other caller over SIP. */
  seeCaller(line: string): void {
    this.lines.add(line);
  }

  /** Takes note of a caller over SIP who is a subscriber elsewhere. */
  seeStranger(line: string): void {
    this.strangers.add(line);
  }

  /** Names of lines that did something at home so far. */
  get settled(): Iterable<string> {
    return this.lines;
  }

  /** Whether lines are told by their prefixes, whatever they do. */
  get isByPrefix(): boolean {
    return this.prefixes.length > 0 || this.imsiPrefixes.length > 0;
  }

  /** Whether the line of this name is scored. */
  has(line: string): boolean {
    if (this.isSettled(line)) return true;
    if (this.isHomeSeen) return false;
    return this.callers.has(line) || (this.lines.size === 0 && this.strangers.has(line));
  }

  /** Whether the line is scored whatever else is shown. */
  isSettled(line: string): boolean {
    return this.lines.has(line) || (startsWithOne(line, this.prefixes) && DIGITS.test(line) && !IMSI.test(line));
  }
}

/**
 * Whether the line itself, or the node that serves it, did this. Calls and messages count that it placed; a presence that
 * terminates at it is a question how to reach it.
 */
function isAct({ kind, direction }: Pick<CatpoolEvent, 'kind' | 'direction'>): boolean {
  if (kind === 'leg' || kind === 'sms') return direction === 'originating';
  return !isEnquiry({ kind, direction });
}

/**
 * The address of who hides (RFC 3323 §4.1.1.3) or of whom another network does not tell (3GPP TS 23.003 §13.7, TS 29.163), not of
 * a line; nor is any at a name that nobody has (RFC 2606 §2).
 */
const ANONYMOUS = /^(?:anonymous|unavailable)(@|$)|[@.]invalid$/i;
/** Numbers of machines may be as long; no country code of mobile networks (ITU-T E.212) begins with 1 or 8, and with 9 those of no country do. */
const IMSI = /^(?:[02-7]\d\d|901|999)\d{11,12}$/;
const DIGITS = /^\d+$/;
/** An address of record whose user is no number. */
const ACCOUNT = /^[^@]*[^\d+@][^@]*@/;

function known(aor: string | null): string | null {
  return aor === null || ANONYMOUS.test(aor) ? null : aor;
}

function startsWithOne(text: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => text.startsWith(prefix));
}
