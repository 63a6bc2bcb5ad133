import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { type CaptureEntry, capture, type PackName } from './commit.ts';

/** End of the name of a pack. */
export const PACK = '.pack';

const count = z.int().nonnegative();
/** Name; first packet, s and ns; last packet, s; size on disk; place and length of its loose ends behind the rest of the pack. */
const row = z.tuple([
  z.string().regex(/^[0-9a-f]{64}$/),
  z.number().nullable(),
  count,
  z.number().nullable(),
  count,
  count.nullable(),
  count,
]);
const index = z.array(row);
const details = z.array(capture);

/** A capture as the index of a pack has it; its loose ends at a place of the pack. */
export interface PackedCapture {
  sha256: string;
  first: { s: number; ns: number } | null;
  last: number | null;
  size: number;
  ends: { offset: number; length: number } | null;
}

/**
 * Puts captures into one file: an index, which is read when the feed is opened; all that commits said of them, which is read when it
 * is asked for; and their loose ends, each by itself.
 *
 * @param ends of each capture, as their files hold them; null where it has none
 */
export function makePack(
  captures: readonly { entry: CaptureEntry; ends: Buffer | null }[],
): Pick<PackName, 'captures' | 'index' | 'details'> & { data: Buffer; rows: PackedCapture[] } {
  const said = gzipSync(JSON.stringify(captures.map(({ entry }) => entry)));
  let offset = 0;
  const lines: z.infer<typeof index> = captures.map(({ entry: { result }, ends }) => {
    const at = offset;
    offset += ends?.length ?? 0;
    const { sha256, first, last, diskBytes } = result;
    return [
      sha256,
      first?.s ?? null,
      first?.ns ?? 0,
      last?.s ?? null,
      diskBytes,
      ends === null ? null : at,
      ends?.length ?? 0,
    ];
  });
  const listed = gzipSync(JSON.stringify(lines));
  const data = Buffer.concat([listed, said, ...captures.flatMap(({ ends }) => (ends === null ? [] : [ends]))]);
  const sizes = { index: listed.length, details: said.length };
  return { captures: captures.length, ...sizes, data, rows: rowsOf(lines, sizes) };
}

/** The index of a pack; null where the file is not there. @throws UserError, one line, where it is damaged */
export function readIndex(folder: string, pack: PackName): PackedCapture[] | null {
  const path = join(folder, pack.name);
  const bytes = readPart(path, 0, pack.index);
  return bytes === null ? null : rowsOf(parsed(path, bytes, index), pack);
}

/** All that commits said of the captures of a pack. @throws UserError, one line, where that cannot be read */
export function readDetails(folder: string, pack: PackName): CaptureEntry[] {
  const path = join(folder, pack.name);
  const bytes = readPart(path, pack.index, pack.details);
  if (bytes === null) throw new UserError(`${path}: missing pack of captures`);
  return parsed(path, bytes, details);
}

/**
 * Bytes of a file; null where it is not there.
 *
 * @param length left out: all of it
 * @throws UserError where it cannot be read
 */
export function readPart(path: string, offset = 0, length?: number): Buffer | null {
  try {
    if (length === undefined) return readFileSync(path);
    const bytes = Buffer.alloc(length);
    const file = openSync(path, 'r');
    try {
      for (let done = 0; done < length; ) {
        const got = readSync(file, bytes, done, length - done, offset + done);
        if (got === 0) return bytes.subarray(0, done);
        done += got;
      }
    } finally {
      closeSync(file);
    }
    return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(`${path}: cannot be read: ${(error as Error).message}`);
  }
}

function rowsOf(lines: z.infer<typeof index>, sizes: Pick<PackName, 'index' | 'details'>): PackedCapture[] {
  const behind = sizes.index + sizes.details;
  return lines.map(([sha256, s, ns, last, size, offset, length]) => ({
    sha256,
    first: s === null ? null : { s, ns },
    last,
    size,
    ends: offset === null ? null : { offset: behind + offset, length },
  }));
}

function parsed<T>(path: string, bytes: Buffer, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(gunzipSync(bytes).toString());
  } catch (error) {
    throw new UserError(`${path}: damaged pack of captures: ${(error as Error).message}`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new UserError(`${path}: damaged pack of captures: ${result.error.issues[0]?.message}`);
}
