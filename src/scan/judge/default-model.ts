import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { troubleOf, UserError } from '../../base/errors.ts';
import { loadModel, MAX_MODEL_BYTES, type Model } from '../../forest/model.ts';
import { definitionDigests } from './judge.ts';

/** The model that comes with Catpool. */
export const DEFAULT_MODEL = fileURLToPath(new URL('../../../models/default.json', import.meta.url));

/** Reads and checks a model file. @throws UserError, one line that names the file */
export function readModel(path: string): Model {
  let text: string;
  try {
    if (statSync(path).size > MAX_MODEL_BYTES) throw new UserError(`larger than ${MAX_MODEL_BYTES} bytes`);
    text = readFileSync(path, 'utf8');
    return loadModel(text, definitionDigests());
  } catch (error) {
    throw new UserError(`model ${path}: ${troubleOf(error)}`);
  }
}
