import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { FINGERPRINT_TABLE } from './fingerprint-table.ts';
import type { History, TextColumn } from './history/history.ts';

const COLUMNS = {
  user_agent: 'userAgent',
  id_shape: 'idShape',
  sdp_fingerprint: 'sdpFingerprint',
} as const satisfies Record<string, TextColumn>;

const ENTRY = z.strictObject({
  /** Whose device shows it. */
  device: z.string().min(1),
  /** Event column it stands in. */
  column: z.enum(['user_agent', 'id_shape', 'sdp_fingerprint']),
  /** How `value` is compared, without regard to case. */
  match: z.enum(['equals', 'starts', 'contains']),
  value: z.string().min(1),
  /** `seen`: published from a device or a probe. `unverified`: hearsay, off unless asked for. */
  confidence: z.enum(['seen', 'unverified']),
  /** Evidence from 0 (none) to 1 (no other device is known to show it). */
  weight: z.number().min(0).max(1),
  source: z.string().min(1),
});
const TABLE = z.strictObject({ version: z.number().int(), entries: z.array(ENTRY) });

export type FingerprintTable = z.infer<typeof TABLE>;
type FingerprintEntry = FingerprintTable['entries'][number];

/** Texts whose result is remembered. */
const CACHE_ENTRIES = 20_000;

/** Known gateway fingerprints, ready to match. */
export class Fingerprints {
  private readonly entries: Record<keyof typeof COLUMNS, FingerprintEntry[]> = {
    user_agent: [],
    id_shape: [],
    sdp_fingerprint: [],
  };
  private readonly cache = new Map<string, FingerprintEntry | null>();

  /** @param unverified use entries that are hearsay too */
  constructor(tables: readonly FingerprintTable[], unverified = false) {
    for (const table of tables) {
      for (const entry of table.entries) {
        if (unverified || entry.confidence === 'seen')
          this.entries[entry.column].push({ ...entry, value: entry.value.toLowerCase() });
      }
    }
  }

  /**
   * Reads a table of the user's: `{"version": 1, "entries": [{device, column, match, value, confidence, weight, source}]}`.
   *
   * @throws UserError naming the file and the first fault
   */
  static parse(text: string, file: string): FingerprintTable {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw new UserError(`${file}: not JSON`);
    }
    const parsed = TABLE.safeParse(json);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new UserError(`${file}: ${issue.path.join('.') || 'table'}: ${issue.message}`);
  }

  /** The weightiest entry that each column of a line matches. */
  matches(history: History): FingerprintEntry[] {
    const found: FingerprintEntry[] = [];
    for (const column of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) {
      let best: FingerprintEntry | null = null;
      for (const text of history.texts(COLUMNS[column])) {
        const entry = this.find(column, text);
        if (entry !== null && (best === null || entry.weight > best.weight)) best = entry;
      }
      if (best !== null) found.push(best);
    }
    return found;
  }

  private find(column: keyof typeof COLUMNS, text: string): FingerprintEntry | null {
    const key = `${column} ${text}`;
    let best = this.cache.get(key);
    if (best !== undefined) return best;
    best = null;
    const lower = text.toLowerCase();
    for (const entry of this.entries[column])
      if (isMatch(entry, lower) && (best === null || entry.weight > best.weight)) best = entry;
    if (this.cache.size >= CACHE_ENTRIES) this.cache.clear();
    this.cache.set(key, best);
    return best;
  }
}

/** The table that comes with Catpool, without hearsay. */
export const KNOWN_FINGERPRINTS = new Fingerprints([FINGERPRINT_TABLE]);

function isMatch(entry: FingerprintEntry, text: string): boolean {
  if (entry.match === 'equals') return text === entry.value;
  return entry.match === 'starts' ? text.startsWith(entry.value) : text.includes(entry.value);
}
