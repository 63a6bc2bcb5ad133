import { countryCodeOf } from '../base/numbers.ts';

/** Fewer callers tell of no exchange; nor do fewer from abroad. */
const LEAST_CALLERS = 16;
const LEAST_FOREIGN = 4;
/** Numbers of a kind that are looked at. */
const MOST_LOOKED_AT = 200;
/** Of an exchange with other networks, callers that show themselves here in another way are at most this share. */
const MOST_AT_HOME = 0.1;
/** Of those looked at, at least so many have a number of some country. */
const LEAST_VALID = 0.8;
/** Callers are of many countries where there are so many, none of which has more than this share. */
const LEAST_COUNTRIES = 4;
const MOST_OF_ONE = 0.6;
/** They are from abroad where no more than this share is of the country that most lines at home are of. */
const MOST_OF_HOME = 0.2;

/**
 * SIP peers that bring in calls of other networks: callers of several countries, or from abroad, come from one address, and hardly any
 * of them registers or is seen at home in another way. The trunk that calls from abroad take to a gateway is one. Who calls through it
 * is a subscriber elsewhere, whatever this network can see of the call.
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
   * Lines that called through an exchange and are not seen at home.
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
    let country: string | null | undefined;
    for (const callers of this.callers.values()) {
      if (callers.size < LEAST_FOREIGN) continue;
      const others = [...callers].filter((line) => !isAtHome(line));
      if (callers.size - others.length > MOST_AT_HOME * callers.size) continue;
      const counts = countriesOf(others.map(textOf));
      if (country === undefined) country = homeOf(countriesOf([...home]));
      if ((callers.size >= LEAST_CALLERS && areOfMany(counts)) || areForeign(counts, country))
        for (const line of others) strangers.add(line);
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

function areForeign({ counts, looked, valid }: Countries, home: string | null): boolean {
  if (home === null || valid < Math.max(LEAST_FOREIGN, LEAST_VALID * looked)) return false;
  return (counts.get(home) ?? 0) <= MOST_OF_HOME * looked;
}

/** The country that most are of; null where none is. */
function homeOf({ counts, looked }: Countries): string | null {
  for (const [country, count] of counts) if (count > MOST_OF_ONE * looked) return country;
  return null;
}
