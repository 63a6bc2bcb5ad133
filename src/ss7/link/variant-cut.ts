import { ANSI_ISUP_MESSAGES, ISUP_MESSAGES } from '../isup/isup-messages.ts';
import { ServiceIndicator, Ss7Variant, type Ss7VariantId } from '../message.ts';
import type { MessageFormat } from '../parameters.ts';
import { SCCP_MESSAGES, SccpParameter } from '../sccp/sccp-messages.ts';

/** Octets of a circuit identification code, of a call instance code of BICC. */
const CIRCUIT = 2;
const INSTANCE = 4;
/** What stands in for octets that are cut off. */
const GONE = -1;

/**
 * How well the user part data [at, end), whose end the capture cut off, fits its service indicator in a variant as far as it is there: 0 where a
 * parameter does not begin where the one before it ends, or the message ends before its bytes do; else 1, and 1 more for each address that
 * says that it is of the variant.
 *
 * @param measure 0 of what is no address, 2 of one that says so
 */
export function fitSoFar(
  data: Buffer,
  at: number,
  end: number,
  indicator: number,
  variant: Ss7VariantId,
  measure: (data: Buffer, from: number, to: number, variant: Ss7VariantId) => number,
): number {
  switch (indicator) {
    case ServiceIndicator.sccp:
      if (at >= end) return 0;
      return fitOf(SCCP_MESSAGES[data[at]!], data, at + 1, end, SccpParameter.longData, (from, to) =>
        measure(data, from, to, variant),
      );
    case ServiceIndicator.isup: {
      const ansi = variant === Ss7Variant.ansi;
      const type = at + CIRCUIT;
      if (type >= end || (data[at + 1]! & (ansi ? 0xc0 : 0xf0)) !== 0) return 0;
      return fitOf((ansi ? ANSI_ISUP_MESSAGES : ISUP_MESSAGES)[data[type]!], data, type + 1, end, -1, plain);
    }
    case ServiceIndicator.bicc: {
      const type = at + INSTANCE;
      return type < end ? fitOf(ISUP_MESSAGES[data[type]!], data, type + 1, end, -1, plain) : 0;
    }
    default:
      return 0;
  }
}

/** ISUP has no addresses; the codes of its numbers are those of SCCP's. */
function plain(): number {
  return 1;
}

function fitOf(
  format: MessageFormat | undefined,
  data: Buffer,
  at: number,
  end: number,
  wide: number,
  measure: (from: number, to: number) => number,
): number {
  if (format === undefined) return 0;
  const { fixed, variable, pointer, optional } = format;
  for (let index = 1; index < fixed.length; index += 2) at += fixed[index]!;
  let last = at + pointer * (variable.length + (optional ? 1 : 0));
  let found = 1;
  for (const code of variable) {
    const value = numberAt(data, at, end, pointer);
    if (value === GONE) return found;
    const from = at + pointer - 1 + value;
    const width = code === wide ? 2 : 1;
    if (from !== last) return 0;
    const length = numberAt(data, from, end, width);
    if (length === GONE) return found;
    last = from + width + length;
    if (last > end) return found;
    if (code === SccpParameter.called || code === SccpParameter.calling) {
      const address = measure(from + width, last);
      if (address === 0) return 0;
      found += address - 1;
    }
    at += pointer;
  }
  if (optional) {
    const value = numberAt(data, at, end, pointer);
    if (value === GONE) return found;
    if (value === 0) return last >= end ? found : 0;
    if (at + pointer - 1 + value !== last) return 0;
    while (last < end && data[last] !== 0) last += 2 + Math.max(0, numberAt(data, last + 1, end, 1));
    last++;
  }
  return last >= end ? found : 0;
}

/** A number of one octet or two, least significant first; {@link GONE} where it is not all there. */
function numberAt(data: Buffer, at: number, end: number, width: 1 | 2): number {
  if (at + width > end) return GONE;
  return width === 1 ? data[at]! : data[at]! | (data[at + 1]! << 8);
}
