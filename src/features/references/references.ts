import { readFileSync } from 'node:fs';
import { troubleOf, UserError } from '../../base/errors.ts';
import { numberPlan } from '../../base/numbers.ts';
import type { TacClass } from '../definition.ts';
import { FINGERPRINT_TABLE } from '../fingerprint-table.ts';
import { Fingerprints } from '../fingerprints.ts';
import { type AllowList, readAllowList } from './allow-list.ts';
import { type CellPlaces, readCellPlaces } from './cell-places.ts';
import { type Networks, readNetworks } from './networks.ts';
import { readSubscribers, type Subscribers } from './subscribers.ts';
import { readTacTable } from './tac-table.ts';

/** Files that only the operator has; each may be left out, and what needs it is missing then. */
export interface ReferencePaths {
  subscribers?: string;
  tacDb?: string;
  cells?: string;
  networks?: string;
  fingerprints?: string;
  allowed?: string;
}

/** What they say. */
export interface References {
  subscribers?: Subscribers;
  tacClass?: (tac: string) => TacClass | null;
  cells?: CellPlaces;
  networks?: Networks;
  fingerprints?: Fingerprints;
  allowed?: AllowList;
}

/**
 * Reads and checks reference files. Numbers in them may be as dialled in the home country.
 *
 * @param homeCountry ISO 3166-1 code; null where none is known
 * @param pseudonym of a number or IMSI, where events have pseudonyms
 * @throws UserError naming file, row and column
 */
export async function readReferences(
  paths: ReferencePaths,
  homeCountry: string | null = null,
  pseudonym: (number: string) => string = (number) => number,
): Promise<References> {
  const plan = numberPlan(homeCountry);
  const nameOf = (number: string): string => pseudonym(plan.named(number));
  const references: References = {};
  if (paths.tacDb !== undefined) references.tacClass = await readTacTable(paths.tacDb);
  if (paths.cells !== undefined) references.cells = await readCellPlaces(paths.cells);
  if (paths.networks !== undefined) references.networks = await readNetworks(paths.networks);
  if (paths.fingerprints !== undefined) references.fingerprints = readFingerprints(paths.fingerprints);
  if (paths.subscribers !== undefined)
    references.subscribers = await readSubscribers(paths.subscribers, { msisdn: nameOf, imsi: pseudonym });
  if (paths.allowed !== undefined) references.allowed = await readAllowList(paths.allowed, nameOf);
  return references;
}

/** The table that comes with Catpool and the user's. */
function readFingerprints(path: string): Fingerprints {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`--fingerprints ${path}: ${troubleOf(error)}`);
  }
  return new Fingerprints([FINGERPRINT_TABLE, Fingerprints.parse(text, `--fingerprints ${path}`)]);
}
