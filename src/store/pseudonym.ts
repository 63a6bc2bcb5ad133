import { createHmac } from 'node:crypto';
import { mncDigits } from '../base/cells.ts';
import { UserError } from '../base/errors.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { PseudonymKey } from './pseudonym-key.ts';

/**
 * Digits of a number that stay: the country code and the beginning of its operator's range, as many as features of prefixes read.
 * Zeros before them stand for a way of dialling and stay too.
 */
const NUMBER_PREFIX = 5;
/** Digits of a number that never stay, however short it is. */
const LEAST_HIDDEN = 4;
/** Digits of an IMSI, of which MCC and MNC stay (3GPP TS 23.003 §2.2), and of its MCC. An IMSI of 14 has an MNC of two. */
const IMSI_DIGITS = 15;
const MCC_DIGITS = 3;
/** Type allocation code, which stays, and all digits of an IMEI without its check digit (3GPP TS 23.003 §6.2.1). */
const TAC_DIGITS = 8;
const IMEI = /^\d{14}$/;
/** More digits than this name nobody; they are hidden as names are. */
const MOST_DIGITS = 24;
/** Shorter runs of digits in a text are a version, a port, a count: a subscriber's number has 7 or more (ITU-T E.164 §6.1). */
const RUN = /\d{7,}/g;
/** RFC 3323 §4.1.1.3, 3GPP TS 23.003 §13.7: who hides already. */
const ANONYMOUS = /^(?:anonymous|unavailable)$/i;

/** Rounds of the Feistel network: even, so that both halves come out as long as they went in. NIST SP 800-38G takes as many. */
const ROUNDS = 10;
/** Pseudonyms remembered; then all are forgotten and it begins anew. */
const REMEMBERED = 262_144;

/**
 * Pseudonyms of numbers and names, by a key: equal ones get equal pseudonyms, on every interface, in every capture and feed;
 * different ones get different ones. A pseudonym of digits is as long as its number and begins as it does. What comes after is
 * permuted among all digits of that length, by a Feistel network whose rounds are HMAC-SHA-256: a digest cut to eight digits
 * would give two lines of ten thousand the same name. So the key also leads back from a pseudonym to its number, as trying all
 * numbers would with any keyed digest.
 */
export class Pseudonyms {
  readonly key: PseudonymKey;
  private readonly known = new Map<string, string>();

  constructor(key: PseudonymKey) {
    this.key = key;
  }

  /** The event with no number or name of a subscriber in it. A TMSI, which the network changes, and addresses of hosts stay. */
  event(event: CatpoolEvent): CatpoolEvent {
    return this.turned(event, HIDE);
  }

  /** The event that {@link event} made of another, with its numbers again. Names of other signs than digits stay hidden. */
  numbered(event: CatpoolEvent): CatpoolEvent {
    return this.turned(event, SHOW);
  }

  /** Pseudonym of a line or counterpart: a number, an IMSI, the user of a SIP address or all of it. */
  name(text: string): string {
    return this.remembered('name', text, nameOf, HIDE);
  }

  /** The number behind a pseudonym of a line or counterpart; a pseudonym of other signs than digits as it is. */
  number(name: string): string {
    return this.remembered('name', name, nameOf, SHOW);
  }

  /** The IMEI behind its pseudonym. */
  imei(pseudonym: string): string {
    return this.remembered('imei', pseudonym, imeiOf, SHOW);
  }

  /** A text with the numbers behind the pseudonyms in it. */
  text(text: string): string {
    return this.remembered('text', text, textOf, SHOW);
  }

  /**
   * @throws UserError where own lines would be told by digits that pseudonyms do not keep
   */
  checkOwn(prefixes: readonly string[], imsiPrefixes: readonly string[]): void {
    for (const prefix of prefixes)
      if (prefix.length > NUMBER_PREFIX)
        throw new UserError(`--own-prefixes ${prefix}: a pseudonymous store keeps the first ${NUMBER_PREFIX} digits`);
    for (const prefix of imsiPrefixes)
      if (prefix.length > networkDigits(prefix))
        throw new UserError(`--own-imsi ${prefix}: a pseudonymous store keeps MCC and MNC alone`);
  }

  private turned(event: CatpoolEvent, way: Way): CatpoolEvent {
    const of = (kind: string, make: Maker) => (text: string | null) =>
      text === null ? null : this.remembered(kind, text, make, way);
    const name = of('name', nameOf);
    const within = of('text', textOf);
    const isSip = event.interface === 'sip';
    return {
      ...event,
      imsi: name(event.imsi),
      msisdn: name(event.msisdn),
      aor: name(event.aor),
      counterpart: name(event.counterpart),
      imei: of('imei', imeiOf)(event.imei),
      ussd_code: within(event.ussd_code),
      forwarding: within(event.forwarding),
      contact: within(event.contact),
      user_agent: within(event.user_agent),
      trunk: isSip ? within(event.trunk) : event.trunk,
      // Elsewhere it is the number of an exchange, and of no subscriber.
      visited: isSip ? within(event.visited) : event.visited,
    };
  }

  private remembered(kind: string, text: string, make: Maker, way: Way): string {
    const slot = `${way.name} ${kind} ${text}`;
    let made = this.known.get(slot);
    if (made === undefined) {
      made = make(text, this.key.numbers, way);
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(slot, made);
    }
    return made;
  }
}

/** From numbers to pseudonyms, or back. */
interface Way {
  name: string;
  /** Digits with those after the first `kept` turned. */
  digits: (digits: string, kept: number, key: Buffer) => string;
  /** A name of other signs than digits. */
  user: (user: string, key: Buffer) => string;
}

/** Makes one of the other. */
type Maker = (text: string, key: Buffer, way: Way) => string;

const HIDE: Way = {
  name: 'hide',
  digits: digitsOf,
  user: (user, key) => `u${createHmac('sha256', key).update(`name ${user}`).digest('hex').slice(0, 16)}`,
};
const SHOW: Way = { name: 'show', digits: digitsBehind, user: (user) => user };

function nameOf(text: string, key: Buffer, way: Way): string {
  const at = text.indexOf('@');
  if (at < 0) return userOf(text, key, way);
  const scheme = /^sips?:/i.exec(text)?.[0] ?? '';
  return `${scheme}${userOf(text.slice(scheme.length, at), key, way)}@${textOf(text.slice(at + 1), key, way)}`;
}

/** User part of an address, or a number. */
function userOf(user: string, key: Buffer, way: Way): string {
  if (user === '' || ANONYMOUS.test(user)) return user;
  const plus = user.startsWith('+') ? '+' : '';
  const digits = user.slice(plus.length);
  if (/^\d+$/.test(digits) && digits.length <= MOST_DIGITS) return plus + way.digits(digits, keptDigits(digits), key);
  return way.user(user, key);
}

/** A text with every run of digits in it that could be a number replaced. */
function textOf(text: string, key: Buffer, way: Way): string {
  return text.replace(RUN, (digits) =>
    digits.length > MOST_DIGITS ? '*'.repeat(digits.length) : way.digits(digits, keptDigits(digits), key),
  );
}

function imeiOf(imei: string, key: Buffer, way: Way): string {
  return IMEI.test(imei) ? way.digits(imei, TAC_DIGITS, key) : userOf(imei, key, way);
}

/** MCC and MNC at the beginning of an IMSI, digits. */
function networkDigits(imsi: string): number {
  return MCC_DIGITS + mncDigits(imsi.slice(0, MCC_DIGITS));
}

/** Digits at the beginning of a number or IMSI that its pseudonym has too. They tell that of the pseudonym as well. */
function keptDigits(digits: string): number {
  if (digits.length === IMSI_DIGITS) return networkDigits(digits);
  const zeros = /^0*/.exec(digits)![0].length;
  const most = Math.max(0, digits.length - LEAST_HIDDEN);
  return Math.min(zeros + NUMBER_PREFIX, most);
}

/** Digits with those after the first `kept` permuted. */
function digitsOf(digits: string, kept: number, key: Buffer): string {
  const { prefix, tweak, lengths, halves } = partsOf(digits, kept);
  let [a, b] = halves;
  if (lengths[0] === 0) return prefix + moved(b, stepOf(tweak, key));
  for (let round = 0; round < ROUNDS; round++) [a, b] = [b, moved(a, stepOf(`${tweak} ${round} ${b}`, key))];
  return prefix + a + b;
}

/** What {@link digitsOf} was given: the same rounds, backwards. */
function digitsBehind(digits: string, kept: number, key: Buffer): string {
  const { prefix, tweak, lengths, halves } = partsOf(digits, kept);
  let [a, b] = halves;
  if (lengths[0] === 0) return prefix + moved(b, -stepOf(tweak, key));
  for (let round = ROUNDS - 1; round >= 0; round--) [a, b] = [moved(b, -stepOf(`${tweak} ${round} ${a}`, key)), a];
  return prefix + a + b;
}

/** The digits that stay, and those that do not in two halves, the shorter first: that is empty where there is one digit or none. */
function partsOf(digits: string, kept: number) {
  const prefix = digits.slice(0, kept);
  const hidden = digits.length - kept;
  const lengths = [Math.floor(hidden / 2), Math.ceil(hidden / 2)] as const;
  const halves: [string, string] = [digits.slice(kept, kept + lengths[0]), digits.slice(kept + lengths[0])];
  return { prefix, tweak: `${digits.length} ${prefix}`, lengths, halves };
}

function stepOf(text: string, key: Buffer): number {
  return createHmac('sha256', key).update(text).digest().readUIntBE(0, 6);
}

/** A number of as many digits, so much further on, of which all come round again. */
function moved(digits: string, step: number): string {
  if (digits === '') return '';
  const all = 10 ** digits.length;
  return String((((Number(digits) + step) % all) + all) % all).padStart(digits.length, '0');
}
