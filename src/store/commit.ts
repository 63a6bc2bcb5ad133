import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';

/** Of the form of the files below a store. A store of a newer one is refused. */
export const STORE_VERSION = 1;
/** Of a pseudonymous store, so that no program that knows nothing of pseudonyms writes numbers into it. */
export const PSEUDONYMOUS_VERSION = 2;
/** Of commits that name packs, so that no program that knows nothing of packs takes the captures in them for new. */
export const PACKED_VERSION = 3;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.object({ s: z.number(), ns: z.int().min(0).max(999_999_999) });
const counts = z.record(z.string(), z.number());

/** Place of a capture in the order of its feed: by first packet, then name. */
const place = z.object({ s: z.number(), ns: z.int(), sha256 });
export type Place = z.infer<typeof place>;

const file = z.object({
  /** Below the store. */
  name: z.string().regex(/^events\/day=\d{4}-\d\d-\d\d\/[\w.-]+\.parquet$/),
  /** `own`: events that captures held whole. `stitched`: events that the stitch made of loose ends. */
  kind: z.enum(['own', 'stitched']),
  rows: count,
  bytes: count,
  /** Earliest and latest start of an event, seconds since the epoch. */
  first: z.number(),
  last: z.number(),
  /** stitched: the first and last capture whose step of the stitch gave these events. */
  from: place.nullable(),
  to: place.nullable(),
});
export type LakeFile = z.infer<typeof file>;

/** What a commit says of a capture. */
export const capture = z.object({
  result: z.object({
    path: z.string(),
    sha256,
    format: z.string(),
    compression: z.enum(['none', 'gzip', 'zstd']),
    packets: count,
    bytes: count,
    diskBytes: count,
    first: time.nullable(),
    last: time.nullable(),
    stop: z
      .object({ layer: z.string(), offset: z.number(), need: z.number(), have: z.number(), reason: z.string() })
      .nullable(),
    cutPackets: count,
  }),
  /** Events it held whole. */
  events: count,
  counters: z.object({ packets: counts, messages: counts, anomalies: counts, dropped: counts, encrypted: counts }),
  /** File of its loose ends, beside the commit. */
  ends: z.string().nullable(),
  /** File of what the stitch held open after it; null where that is not kept. */
  rest: z.string().nullable(),
});
export type CaptureEntry = z.infer<typeof capture>;

const pack = z.object({
  /** Beside the commit. */
  name: z.string().regex(/^[\w.-]+\.pack$/),
  captures: count,
  /** Bytes of its index, and of what commits said of its captures, one after the other. */
  index: count,
  details: count,
});
/** A file that many captures were put into. */
export type PackName = z.infer<typeof pack>;

const commit = z.object({
  schema: z.literal('catpool.commit/1'),
  version: count,
  feed: z.string(),
  /** Later commits say more. */
  generation: z.int().positive(),
  /** This one holds all that the ones before it said. */
  snapshot: z.boolean(),
  homeCountry: z.string().nullable(),
  captures: z.array(capture),
  /** snapshot: where the captures of commits before it are. */
  packs: z.array(pack).default([]),
  files: z.array(file),
  /** Names of files that this commit replaces. */
  superseded: z.array(z.string()),
  /** What the stitch held open after captures of earlier commits, where that changed. */
  rests: z.array(z.object({ sha256, rest: z.string().nullable() })),
  /** Captures that retention took away. */
  expired: z.array(sha256),
  /** The last capture that retention took away, and what the stitch held open after it. */
  base: z.object({ place, rest: z.string() }).nullable(),
  /** End of the last day that retention took away, seconds since the epoch: what began earlier is not taken any more. */
  horizon: z.number().nullable(),
});
export type Commit = z.infer<typeof commit>;

/** Reads a commit. @throws UserError, one line, where it is damaged or newer; null where it is not there */
export function readCommit(path: string): Commit | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(`${path}: cannot be read: ${(error as Error).message}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: damaged commit: not JSON`);
  }
  checkVersion(path, json);
  const parsed = commit.safeParse(json);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new UserError(`${path}: damaged commit: ${first?.path.join('.') || 'all of it'}: ${first?.message}`);
}

/** @throws UserError where a file of a store is of a newer version than this program knows */
export function checkVersion(path: string, json: unknown): void {
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > PACKED_VERSION) {
    throw new UserError(
      `${path}: written by a newer catpool (store version ${version}; this one knows ${PACKED_VERSION}): update catpool`,
    );
  }
}

/** Order in which the stitch takes captures. */
export function comparePlaces(a: Place, b: Place): number {
  return a.s - b.s || a.ns - b.ns || (a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : 0);
}
