import { readFileSync } from 'node:fs';
import { UserError } from '../../../base/errors.ts';
import { unreadable } from '../../../capture/disk.ts';
import { type Mapping, parseMapping } from '../mapping.ts';
import { ASTERISK } from './asterisk.ts';
import { MSC } from './msc.ts';
import { SICHUAN_SMS, SICHUAN_VOICE } from './sichuan.ts';

/** Mappings of known layouts, as YAML, by name. */
export const READY: Readonly<Record<string, string>> = {
  msc: MSC,
  asterisk: ASTERISK,
  'sichuan-voice': SICHUAN_VOICE,
  'sichuan-sms': SICHUAN_SMS,
};

/** Reads a mapping from a file, or a ready one by its name. @throws UserError, one line, see {@link parseMapping} */
export function readMapping(path: string): Mapping {
  const ready = Object.hasOwn(READY, path) ? READY[path]! : null;
  if (ready !== null) return parseMapping(ready, `mapping ${path}`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { message } = unreadable(path, error);
    throw new UserError(`${message}; ready mappings: ${Object.keys(READY).join(', ')}`);
  }
  return parseMapping(text, path);
}
