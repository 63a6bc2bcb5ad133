import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { listCaptures } from '../capture/list.ts';
import type { Clock } from '../delivery/clock.ts';
import { readPiece, systemWords } from '../delivery/files.ts';
import { openSinks } from '../delivery/open-sinks.ts';
import { readReferences } from '../features/references/references.ts';
import { decodeInto } from '../scan/collect.ts';
import { KeyTrouble } from '../store/pseudonym-key.ts';
import { openStore } from '../store/store.ts';
import { diskOf } from './assess.ts';
import type { ProbeConfig } from './config.ts';
import { modelOf, referencesOf } from './held.ts';

/** One thing that was looked at. */
export interface Check {
  what: string;
  state: 'ok' | 'warn' | 'fail';
  /** What was found and, where it is not well, what to do. */
  words: string;
}

export interface DoctorOptions {
  /** Null where it could not be read; `complaint` says why. */
  config: ProbeConfig | null;
  complaint: string | null;
  folder: string | undefined;
  store: string | undefined;
  /** File of the key of a pseudonymous store. */
  pseudonymKey: string | undefined;
  /** A capture that holds messages, to decode for a test. */
  sample: string;
  clock: Clock;
  environment: Readonly<Record<string, string | undefined>>;
  /** Node's version, `process.versions.node`. */
  node: string;
}

/** Free of a disk that is little: share. */
const LITTLE = 0.05;
/** A clock before this is not set: milliseconds since the epoch, 2024. */
const CLOCK_SET = 1_704_067_200_000;
/** Clocks of this machine and of the disk of the store may differ by so much, milliseconds. */
const CLOCKS_APART = 5000;

/** Looks at everything an installation needs, and changes nothing. */
export async function examine(options: DoctorOptions): Promise<Check[]> {
  const { config, folder, store } = options;
  const checks: Check[] = [nodeCheck(options.node), configCheck(options)];
  checks.push(folder === undefined ? missing('folder', 'name it: folder in the configuration') : folderCheck(folder));
  if (store === undefined) checks.push(missing('store', 'name it: --store, or store in the configuration'));
  else checks.push(...storeChecks(store, options), diskCheck(store), clockCheck(store, options.clock));
  if (config !== null) checks.push(countryCheck(config));
  checks.push(modelCheck(config), ...(await referencesCheck(config)));
  checks.push(sinksCheck(options), await decodeCheck(options.sample));
  return checks;
}

/** Of every Parquet file, at its beginning and end. */
const PARQUET = 'PAR1';
const REPAIR =
  'bring it back from a copy, or move the folder of the feed in commits/ and in probes/ away and let watch read its captures again';

const ok = (what: string, words: string): Check => ({ what, state: 'ok', words });
const warn = (what: string, words: string): Check => ({ what, state: 'warn', words });
const fail = (what: string, words: string): Check => ({ what, state: 'fail', words });
const missing = (what: string, words: string): Check => warn(what, `none given: ${words}`);

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('node', version)
    : fail('node', `${version} is too old: install 20.19 or later`);
}

function configCheck({ config, complaint }: DoctorOptions): Check {
  if (config === null) return fail('config', `${complaint}: correct it`);
  if (complaint !== null) return warn('config', complaint);
  return ok('config', `feed ${config.feed}, windows ${config.windows.join(' ')}, schedule ${config.schedule}`);
}

function folderCheck(folder: string): Check {
  try {
    if (!statSync(folder).isDirectory())
      return fail('folder', `${folder}: no folder: name the one that captures are written to`);
    accessSync(folder, constants.R_OK | constants.X_OK);
    return ok('folder', folder);
  } catch (error) {
    const words = systemWords(error);
    return fail('folder', `${folder}: ${words}: make it, or give this user the right to read it`);
  }
}

function storeChecks(store: string, { config, pseudonymKey }: DoctorOptions): Check[] {
  if (!existsSync(store)) {
    const above = nearest(store);
    return isWritable(above)
      ? [ok('store', `${store}: not there yet, will be made`)]
      : [fail('store', `${store}: cannot be made in ${above}: make it and give it to this user`)];
  }
  const checks: Check[] = [];
  if (!isWritable(store))
    checks.push(fail('store', `${store}: this user cannot write there: give it to this user, or mount it writable`));
  const { mode } = statSync(store);
  if ((mode & 0o077) !== 0)
    checks.push(warn('store', `${store}: others can look into it (mode ${(mode & 0o777).toString(8)}): chmod 700 it`));
  if (!existsSync(join(store, 'store.json'))) {
    checks.push(ok('store', `${store}: no store yet`));
    return checks;
  }
  try {
    const opened = openStore(store, false, { pseudonymKey });
    const captures = opened.count();
    const feeds = opened.feeds();
    checks.push(ok('store', `${captures} captures of ${feeds.length === 0 ? 'no feed' : feeds.join(', ')}`));
    for (const feed of feeds) {
      const bad = opened.files(feed).find((file) => !isWhole(join(store, file.name), file.bytes));
      if (bad !== undefined) checks.push(fail('store', `${bad.name}: missing or damaged: ${REPAIR}`));
    }
  } catch (error) {
    const what = error instanceof KeyTrouble ? error.remedy : 'bring it back from a copy';
    checks.push(fail('store', `${(error as Error).message}: ${what}`));
  }
  if (config !== null) {
    const quarantine = join(store, 'probes', config.feed, 'quarantine.jsonl');
    const lines = existsSync(quarantine) ? readFileSync(quarantine, 'utf8').split('\n').length - 1 : 0;
    if (lines > 0) checks.push(warn('quarantine', `${lines} files could not be read: see ${quarantine}`));
  }
  return checks;
}

function diskCheck(store: string): Check {
  const at = nearest(store);
  const disk = diskOf(at);
  if (disk === null) return warn('disk', `${at}: cannot be told`);
  const words = `${(disk.free / 1e9).toFixed(1)} GB of ${(disk.total / 1e9).toFixed(1)} GB free`;
  return disk.free < LITTLE * disk.total ? warn('disk', `${words}: make room, or set retention`) : ok('disk', words);
}

/** The clock of this machine is set, and that of the store's disk agrees with it. */
function clockCheck(store: string, clock: Clock): Check {
  const now = clock.now();
  if (now < CLOCK_SET) return fail('clock', `${new Date(now).toISOString()}: not set: run a time service`);
  const at = nearest(store);
  if (!isWritable(at)) return ok('clock', new Date(now).toISOString());
  const folder = mkdtempSync(join(at, '.doctor-'));
  try {
    const file = join(folder, 'clock');
    writeFileSync(file, '', { mode: 0o600 });
    const apart = statSync(file).mtimeMs - clock.now();
    return Math.abs(apart) > CLOCKS_APART
      ? warn('clock', `that of the store's disk is ${Math.round(apart / 1000)} s away: run a time service on both`)
      : ok('clock', new Date(now).toISOString());
  } catch (error) {
    return warn('clock', `the disk of the store could not be asked: ${systemWords(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a probe finds in its first minutes may be wrong, and stays. */
function countryCheck({ home_country: country }: ProbeConfig): Check {
  return country === undefined
    ? warn(
        'country',
        'home_country is not set: a feed takes what its first captures show, if anything, and keeps it: set it',
      )
    : ok('country', country);
}

function modelCheck(config: ProbeConfig | null): Check {
  if (config === null) return warn('model', 'not looked at without a configuration');
  try {
    const model = modelOf(config);
    if (model === null) return ok('model', 'none: score is off');
    return model.training.simulated
      ? warn('model', 'trained on simulated captures alone: check each line, then train on your verdicts')
      : ok('model', config.model ?? 'the one that comes with the program');
  } catch (error) {
    return fail('model', `${(error as Error).message}: name a model that this version made, or none`);
  }
}

/** Nothing where no file is named. */
async function referencesCheck(config: ProbeConfig | null): Promise<Check[]> {
  const paths = config === null ? {} : referencesOf(config);
  const named = Object.keys(paths).length;
  if (named === 0) return [];
  try {
    await readReferences(paths, config?.home_country);
    return [ok('references', named === 1 ? '1 file' : `${named} files`)];
  } catch (error) {
    return [fail('references', (error as Error).message)];
  }
}

function sinksCheck({ config, clock, environment }: DoctorOptions): Check {
  if (config === null) return warn('delivery', 'not looked at without a configuration');
  const { sinks } = config.delivery;
  if (sinks.length === 0) return warn('delivery', 'no sinks: nobody is told what is found');
  try {
    openSinks(sinks, { clock, environment });
    return ok('delivery', sinks.map(({ name }) => name).join(', '));
  } catch (error) {
    return fail('delivery', (error as Error).message);
  }
}

/** Decodes the sample that comes with the program. */
async function decodeCheck(sample: string): Promise<Check> {
  try {
    const [input] = await listCaptures([sample]);
    let events = 0;
    const { counters } = await decodeInto(
      input!,
      0,
      { feed: 'doctor', homeCountry: null, limits: DEFAULT_LIMITS },
      {
        onChunk: null,
        onEvent: () => {
          events++;
        },
        onProgress: () => undefined,
      },
    );
    const messages = counters.messages.get('sip') ?? 0;
    return events > 0 && messages > 0
      ? ok('decode', `${messages} messages, ${events} events of the sample`)
      : fail('decode', `${sample}: nothing came out: install again`);
  } catch (error) {
    return fail('decode', `${(error as Error).message}: install again`);
  }
}

/** Whether a Parquet file has the size that its commit says, and its mark at both ends. */
function isWhole(path: string, bytes: number): boolean {
  try {
    if (statSync(path).size !== bytes) return false;
    return readPiece(path, 0, 4).toString() === PARQUET && readPiece(path, bytes - 4, 4).toString() === PARQUET;
  } catch {
    return false;
  }
}

/** The folder itself, or the nearest above it that is there. */
function nearest(path: string): string {
  let at = path;
  while (!existsSync(at)) at = join(at, '..');
  return at;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
