import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import { readPart } from './pack.ts';
import type { PseudonymKey } from './pseudonym-key.ts';

/** Loose ends as a file holds them, with the name that their contents give it. */
export interface PackedEnds {
  digest: string;
  data: Buffer;
}

/** @param key enciphers them: a stitch needs numbers as they are, which a pseudonymous store does not show; null: as they are */
export function packEnds(ends: LooseEnds, key: PseudonymKey | null): PackedEnds {
  const text = JSON.stringify(ends);
  const data = gzipSync(text, { level: 1 });
  if (key !== null) return { digest: key.digest(text), data: key.seal(data) };
  return { digest: createHash('sha256').update(text).digest('hex').slice(0, 16), data };
}

/** Where loose ends are: a file, or a part of one. */
export interface EndsFile {
  path: string;
  part?: { offset: number; length: number };
}

/** Reads loose ends back; null where they are not there. @throws UserError, one line, where the file is damaged */
export function readEnds({ path, part }: EndsFile, key: PseudonymKey | null): LooseEnds | null {
  const data = readPart(path, part?.offset, part?.length);
  if (data === null) return null;
  try {
    return JSON.parse(gunzipSync(key === null ? data : key.unseal(data)).toString()) as LooseEnds;
  } catch (error) {
    throw new UserError(`${path}: damaged loose ends: ${(error as Error).message}`);
  }
}
