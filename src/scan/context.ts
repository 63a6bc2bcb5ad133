import type { FeatureContext } from '../features/definition.ts';
import { digitsOf } from '../features/history/dictionary.ts';
import { INTERFACES } from '../features/history/rows.ts';
import { localOffset } from '../features/local-time.ts';
import { Pairing } from '../features/pairing.ts';
import { Population } from '../features/population.ts';
import type { References } from '../features/references/references.ts';
import { RegisteredLines } from '../features/registered-lines.ts';
import { Sightings } from '../features/sightings.ts';
import type { Lines } from './rows/lines.ts';

/** What a window's features are measured by. */
export interface ContextOptions {
  from: number;
  until: number;
  observedSeconds: number;
  timeZone: string | null;
  /** Prefixes of the own network's numbers, where they were given. */
  prefixes: readonly string[] | undefined;
  references: References | undefined;
  /** The events are of a pseudonymous store. */
  pseudonymous?: boolean | undefined;
  /** See {@link Population.withoutCountry}. */
  withoutCountry?: boolean | undefined;
}

/** Goes through the lines of a window, and gathers what features know besides a line's own events. */
export function contextOf(lines: Lines, options: ContextOptions, threads = 1): FeatureContext {
  const { from, until, observedSeconds, timeZone, prefixes, references = {} } = options;
  const { subscribers, tacClass, cells, networks, fingerprints } = references;
  const population = new Population(options.pseudonymous, options.withoutCountry);
  const registered = subscribers === undefined ? null : new RegisteredLines(subscribers);
  const gather = (): Pairing => {
    const pairing = pairingOf(lines, observedSeconds);
    lines.each((history) => {
      population.add(history, (from + until) / 2);
      registered?.add(history);
    });
    return pairing;
  };
  const pairing = threads > 1 ? lines.sortedAhead(gather) : gather();
  const context: FeatureContext = {
    from,
    until,
    observedSeconds,
    population,
    localOffset: timeZone === null ? null : localOffset(timeZone),
    pairing,
  };
  if (registered !== null) context.registered = registered;
  if (tacClass !== undefined) context.tacClass = tacClass;
  if (networks !== undefined) context.networks = networks;
  if (fingerprints !== undefined) context.fingerprints = fingerprints;
  if (prefixes !== undefined) context.ownPrefixes = prefixes;
  if (cells !== undefined) {
    const sightings = new Sightings(cells);
    lines.each((history) => sightings.add(history, population));
    context.cells = cells;
    context.sightings = sightings;
  }
  return context;
}

const SIP = INTERFACES.indexOf('sip');
const ISUP = INTERFACES.indexOf('isup');

/** Indexes the legs on trunks to numbers that mobile lines called. */
function pairingOf(lines: Lines, observedSeconds: number): Pairing {
  const pairing = new Pairing(observedSeconds);
  /** By number of a text: whether it names a mobile access. */
  const isMobile: (boolean | undefined)[] = [];
  const digits: number[] = [];
  const numberOf = (text: number): number => (text < 0 ? Number.NaN : (digits[text] ??= digitsOf(lines.text(text))));
  const isOnTrunk = (over: number, access: number): boolean => {
    if (over === ISUP) return true;
    if (over !== SIP) return false;
    return access < 0 || !(isMobile[access] ??= lines.text(access).startsWith('3GPP'));
  };
  let trunkLegs = 0;
  let mobileLegs = 0;
  lines.eachLeg(({ over, access, called }) => {
    if (isOnTrunk(over, access)) {
      trunkLegs++;
    } else if (called >= 0) {
      mobileLegs++;
      pairing.noteCalled(numberOf(called));
    }
  });
  if (trunkLegs > 0 && mobileLegs > 0) {
    lines.eachLeg((leg) => {
      if (!isOnTrunk(leg.over, leg.access)) return;
      const { time, answer, end } = leg;
      pairing.noteTrunk({ called: numberOf(leg.called), caller: numberOf(leg.caller), time, answer, end });
    });
  }
  pairing.seal();
  return pairing;
}
