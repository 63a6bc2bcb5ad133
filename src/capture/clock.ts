/** Packet time from the 64-bit timestamps of pcapng, whose unit and origin each interface says for itself. */

/** Where a clock writes the time it made. */
interface TimeFields {
  seconds: number;
  nanoseconds: number;
}

/** Makes packet time of the upper and lower 32 bits of a timestamp. */
export type Clock = (high: number, low: number, into: TimeFields) => void;

/** The if_tsresol of an interface that has none: 10^-6. */
export const MICROSECONDS = 6;

/**
 * The clock of an interface (pcapng, clause 4.2).
 *
 * @param resolution if_tsresol: the negative power of ten, or of two where the top bit is set
 * @param offset if_tsoffset: seconds added to each timestamp
 */
export function makeClock(resolution: number, offset: number): Clock {
  const exponent = resolution & 0x7f;
  return resolution < 10 ? decimalClock(exponent, offset) : exactClock(resolution, exponent, offset);
}

/**
 * Units of a nanosecond and coarser powers of ten, without BigInt. The upper half changes every 4.3 seconds at most often, so
 * what it amounts to is kept: seconds, and units left over. The units of a timestamp are then below 2^32 + 10^9.
 */
function decimalClock(exponent: number, offset: number): Clock {
  const units = 10 ** exponent;
  const nanoseconds = 10 ** (9 - exponent);
  let knownHigh = 0;
  let knownSeconds = offset;
  let knownUnits = 0;
  return (high, low, into) => {
    if (high !== knownHigh) {
      const total = BigInt(high) << 32n;
      knownHigh = high;
      knownSeconds = offset + Number(total / BigInt(units));
      knownUnits = Number(total % BigInt(units));
    }
    const sum = knownUnits + low;
    const whole = Math.floor(sum / units);
    into.seconds = knownSeconds + whole;
    into.nanoseconds = (sum - whole * units) * nanoseconds;
  };
}

/** Any other unit; a part of a nanosecond is dropped. */
function exactClock(resolution: number, exponent: number, offset: number): Clock {
  const units = resolution & 0x80 ? 2n ** BigInt(exponent) : 10n ** BigInt(exponent);
  return (high, low, into) => {
    const total = (BigInt(high) << 32n) | BigInt(low);
    into.seconds = offset + Number(total / units);
    into.nanoseconds = Number(((total % units) * 1_000_000_000n) / units);
  };
}
