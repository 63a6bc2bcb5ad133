import { parsePhoneNumber } from 'awesome-phonenumber';
import { isSubscriberNumber } from './numbers.ts';

/** Blocks of numbers that are remembered; then all are forgotten and it begins anew. */
const REMEMBERED = 65_536;
/** Digits that the numbers of one block differ in: plans give out blocks of ten thousand and more. */
const BLOCK_DIGITS = 4;
/** Where a block is looked up: no plan has a rule for these digits of their own. */
const WITHIN = '2345';
/** Shorter numbers are looked up as they are. */
const SHORTEST_OF_BLOCK = 10;

const remembered = new Map<string, NumberType>();

/** What a numbering plan gives numbers to; null where it does not tell, as where mobile and fixed lines share ranges, or has none such. */
export type NumberType = 'mobile' | 'fixed' | null;

/**
 * Whether a number in E.164 digits is of a mobile line, and so may be of a SIM card, or of a fixed line or a service (free, shared cost,
 * premium, over IP), by the national numbering plan.
 */
export function numberTypeOf(digits: string): NumberType {
  if (!isSubscriberNumber(digits)) return null;
  if (digits.length < SHORTEST_OF_BLOCK) return lookUp(digits);
  const block = digits.slice(0, -BLOCK_DIGITS) + WITHIN;
  const known = remembered.get(block);
  if (known !== undefined) return known;
  if (remembered.size >= REMEMBERED) remembered.clear();
  const type = lookUp(block);
  remembered.set(block, type);
  return type;
}

function lookUp(digits: string): NumberType {
  const parsed = parsePhoneNumber(`+${digits}`);
  if (!parsed.valid) return null;
  switch (parsed.type) {
    case 'mobile':
      return 'mobile';
    case 'fixed-line':
    case 'toll-free':
    case 'premium-rate':
    case 'shared-cost':
    case 'voip':
    case 'uan':
      return 'fixed';
    default:
      return null;
  }
}
