import { z } from 'zod';
import { LEVELS, REASONS, ROLES } from '../../../store/cases/workflow.ts';

/** Id of a row of the desk. */
export const ID = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Version of what is changed, as it was read: a change made from an older one is refused with 409. */
export const VERSION = z.number().int().min(0);
/** Milliseconds since the epoch. */
export const MS = z.number();
/** The same of a time that somebody asks for: one that a calendar has. */
export const WHEN = z.number().int().min(0).max(8.64e15);
/** Seconds since the epoch: time of packets. */
export const SECONDS = z.number();
export const TIER = z.enum(['none', 'suspect', 'strong']);
export const ROLE = z.enum(ROLES);
export const REASON = z.enum(REASONS);
export const LEVEL = z.enum(LEVELS);

/** A text that a person wrote: no control characters but tabs and line ends. */
export const WORDS = z
  .string()
  .trim()
  .max(4000)
  .regex(/^[^\0-\x08\x0b\x0c\x0e-\x1f\x7f]*$/, 'has control characters');
export const SHORT = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\0-\x1f\x7f]*$/, 'has control characters');
/** Name of a user or a token. */
export const NAME = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, 'is letters, digits, . _ @ - (at most 64)');
export const PASSWORD = z.string().min(12, 'has at least 12 characters').max(200);
/** A number as a person writes it: digits, or an address of record. */
export const NUMBER = z
  .string()
  .trim()
  .regex(/^\+?(?:\d{3,20}|[^\s@\0-\x1f]{1,100}@[^\s@\0-\x1f]{1,155})$/, 'is digits, or an address of record');

/** Asks for a page. `cursor`: `next` of the page before. */
export const PAGE = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** One page; `next` is null on the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** A list that comes whole. */
export function itemsOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item) });
}

/** What every refusal looks like. `code` is for programs, `message` for people. */
export const ERROR = z.object({
  code: z.enum([
    'invalid',
    'unauthenticated',
    'forbidden',
    'csrf',
    'not_found',
    'conflict',
    'refused',
    'reading',
    'locked',
    'too_many',
    'too_large',
    'timeout',
    'disk',
    'internal',
  ]),
  message: z.string(),
  /** For programs: `at` (place in a query), `field`, `until` (of a lock-out), `current` (409: the case as it stands now). */
  details: z.record(z.string(), z.unknown()),
});

export const OK = z.object({ ok: z.literal(true) });
/** Answered with bytes, as a file to keep. */
export const FILE = z.any().describe('The bytes of a file');

/** How a person of the desk is named. */
export const PERSON = z.object({ name: z.string(), display: z.string() });

/** Where something is, degrees (WGS 84); null where `--cells` does not say. */
export const PLACE = z.object({ latitude: z.number(), longitude: z.number() }).nullable();

/** A line as it is named on screen: masked unless the reader may see it, or has unmasked it. */
export const LINE_NAME = z.object({
  id: z.number().int(),
  /** The number, masked or not. */
  line: z.string(),
  masked: z.boolean(),
});
