import { countryCodeOf } from '../../base/numbers.ts';

/** Fewer callers tell of no exchange. */
const LEAST_CALLERS = 16;
/** Fewer lines at home do not tell what country home is. */
const LEAST_HOME = 10;
/** Numbers of a kind that are looked at. */
const MOST_LOOKED_AT = 200;
/** Of an exchange with other networks, callers that show themselves here in another way are at most this share. */
const MOST_AT_HOME = 0.1;
/** Of those looked at, at least so many have a number of some country. */
const LEAST_VALID = 0.8;
/** Callers are of many countries where there are so many, none of which has more than this share. */
const LEAST_COUNTRIES = 4;
const MOST_OF_ONE = 0.6;

/**
 * Callers over SIP who are subscribers elsewhere, whatever this network can see of the call: who is not seen at home in another way (a
 * registration, a radio interface), and either calls from an address that brings in callers of several countries, hardly any of whom
 * is seen at home, as the trunk does that calls from abroad take to a gateway; or has a number of another country than most who are.
 *
 * Lines and peers are numbers of texts. Memory grows with pairs of them.
 */
export class Exchanges {
  /** Peer -> callers. */
  private readonly callers = new Map<number, Set<number>>();
  /** By line: the peer it called from last, or -1. */
  private lastPeers: Int32Array;

  /** @param lines about how many numbers of lines there are */
  constructor(lines: number) {
    this.lastPeers = new Int32Array(lines).fill(-1);
  }

  /** Takes note that a line called, or sent a message, from the address of a peer. */
  see(line: number, peer: number): void {
    if (line >= this.lastPeers.length) {
      const more = new Int32Array(2 * (line + 1)).fill(-1);
      more.set(this.lastPeers);
      this.lastPeers = more;
    }
    if (this.lastPeers[line] === peer) return;
    this.lastPeers[line] = peer;
    const known = this.callers.get(peer);
    if (known === undefined) this.callers.set(peer, new Set([line]));
    else known.add(line);
  }

  /** Every line that called, once. */
  eachCaller(onLine: (line: number) => void): void {
    for (const [line, peer] of this.lastPeers.entries()) if (peer >= 0) onLine(line);
  }

  /**
   * Callers who are subscribers elsewhere.
   *
   * @param isAtHome of a line
   * @param home names of lines that are seen at home
   */
  strangers(
    textOf: (number: number) => string,
    isAtHome: (line: number) => boolean,
    home: Iterable<string>,
  ): Set<number> {
    const strangers = new Set<number>();
    const others = new Set<number>();
    this.eachCaller((line) => {
      if (!isAtHome(line)) others.add(line);
    });
    if (others.size === 0) return strangers;
    for (const callers of this.callers.values()) {
      if (callers.size < LEAST_CALLERS) continue;
      const away = [...callers].filter((line) => others.has(line));
      if (callers.size - away.length > MOST_AT_HOME * callers.size) continue;
      if (areOfMany(countriesOf(away.map(textOf)))) for (const line of away) strangers.add(line);
    }
    const country = homeOf(countriesOf([...home]));
    if (country === null) return strangers;
    for (const line of others) {
      const other = strangers.has(line) ? null : countryCodeOf(textOf(line));
      if (other !== null && other !== country) strangers.add(line);
    }
    return strangers;
  }
}

interface Countries {
  /** Numbers by country code. */
  counts: Map<string, number>;
  /** Numbers that were looked at, and those of some country. */
  looked: number;
  valid: number;
}

/** Looks at names in order, so that they are the same whatever the order they came in. */
function countriesOf(names: string[]): Countries {
  names.sort();
  const step = Math.max(1, names.length / MOST_LOOKED_AT);
  const found: Countries = { counts: new Map(), looked: 0, valid: 0 };
  for (let at = 0; at < names.length; at += step) {
    found.looked++;
    const country = countryCodeOf(names[Math.floor(at)]!);
    if (country === null) continue;
    found.valid++;
    found.counts.set(country, (found.counts.get(country) ?? 0) + 1);
  }
  return found;
}

function areOfMany({ counts, looked, valid }: Countries): boolean {
  if (valid < LEAST_VALID * looked || counts.size < LEAST_COUNTRIES) return false;
  return Math.max(...counts.values()) <= MOST_OF_ONE * looked;
}

/** The country that most numbers are of; names and IMSIs say nothing. Null where none is. */
function homeOf({ counts, valid }: Countries): string | null {
  if (valid < LEAST_HOME) return null;
  for (const [country, count] of counts) if (count > MOST_OF_ONE * valid) return country;
  return null;
}
