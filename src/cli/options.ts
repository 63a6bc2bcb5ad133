import { availableParallelism } from 'node:os';
import type { Argv } from 'yargs';
import { UserError } from '../base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.ts';
import { readTime, WITH_OFFSET } from '../base/time.ts';
import { localOffset } from '../features/local-time.ts';
import type { ReferencePaths } from '../features/references/references.ts';
import type { CollectOptions } from '../scan/collect.ts';
import type { LinesOptions } from '../scan/run.ts';
import { Ss7Variant } from '../ss7/message.ts';
import { checkOutputs } from './outputs.ts';
import { FORMATS, type Format } from './records.ts';

/** Feed of captures that come from no named probe. */
export const STANDARD_FEED = 'local';

/** Options of every command that makes events of captures. */
export function captureOptions<T>(yargs: Argv<T>) {
  return decodeOptions(yargs, false)
    .option('feed', {
      describe: 'Name of the probe the captures come from; with --store and no captures, read this one alone',
      type: 'string',
      defaultDescription: STANDARD_FEED,
      group: 'Input:',
    })
    .option('workers', {
      describe: 'Captures decoded at the same time',
      type: 'number',
      default: availableParallelism(),
      defaultDescription: 'one a processor',
      group: 'Input:',
    });
}

/** Options of every command that reads captures. */
export function decodeOptions<T>(yargs: Argv<T>, required: boolean) {
  return yargs
    .positional('capture', {
      describe: 'Capture files, folders of them, or - for standard input',
      type: 'string',
      array: true,
      demandOption: required,
    })
    .option('home-country', {
      describe: 'Country of numbers without a country code, for instance CN',
      type: 'string',
      group: 'Input:',
    })
    .option('limit', {
      describe:
        'Bound of a table, name=value; names with defaults: ' +
        Object.entries(DEFAULT_LIMITS)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      type: 'string',
      array: true,
      nargs: 1,
      group: 'Input:',
    })
    .option('ss7-variant', {
      describe: 'Point codes of SS7: found link by link, or one of these on all links',
      choices: ['auto', ...Object.keys(Ss7Variant)],
      default: 'auto',
      group: 'Input:',
    })
    .option('strict', {
      describe: 'Exit with 1 where a capture is cut or damaged',
      type: 'boolean',
      default: false,
      group: 'Input:',
    });
}

/** `--store`, of commands that read captures or what earlier ones left. */
export function storeOption<T>(yargs: Argv<T>, describe: string) {
  return keyOption(yargs.option('store', { describe, type: 'string', group: 'Input:' }));
}

/** `--pseudonym-key`, of commands that open a store. */
export function keyOption<T>(yargs: Argv<T>) {
  return yargs.option('pseudonym-key', {
    describe: 'File of 32 random bytes, mode 600: a store made with it holds pseudonyms in place of numbers and names',
    type: 'string',
    defaultDescription: 'CATPOOL_PSEUDONYM_KEY',
    group: 'Input:',
  });
}

/** Options of every command that goes through lines. */
export function lineOptions<T>(yargs: Argv<T>) {
  return referenceOptions(yargs)
    .option('own-prefixes', {
      describe: 'E.164 prefixes of own lines, with commas: only these are scored',
      type: 'string',
      group: 'Lines:',
    })
    .option('own-imsi', {
      describe: 'IMSI prefixes (MCC and MNC) of own lines, with commas',
      type: 'string',
      group: 'Lines:',
    })
    .option('window', {
      describe:
        'Time the features are taken over: 1h, 24h, 7d, 30d; scan and explain go through longer captures window by window, features, train and evaluate take the last',
      type: 'string',
      default: '24h',
      group: 'Lines:',
    })
    .option('since', {
      describe: 'Leave out what began earlier (ISO 8601 with offset)',
      type: 'string',
      group: 'Lines:',
    })
    .option('until', {
      describe: 'Leave out what began at this time or later (ISO 8601 with offset)',
      type: 'string',
      group: 'Lines:',
    })
    .option('time-zone', {
      describe:
        'Local time of the lines, for instance Asia/Shanghai; without it that of the home country, where it has one, or features of the local day are missing',
      type: 'string',
      group: 'Lines:',
    });
}

/** `--format` and `--output`. */
export function outputOptions<T>(yargs: Argv<T>, standard: Format) {
  return yargs
    .option('format', { describe: 'Form of the output', choices: FORMATS, default: standard, group: 'Output:' })
    .option('output', {
      describe: 'File to write instead of standard output',
      type: 'string',
      alias: 'o',
      group: 'Output:',
    })
    .option('stats', { describe: 'File for counters and speed, JSON', type: 'string', group: 'Output:' })
    .check(checkOutputs, false);
}

const LANGUAGES = ['en', 'zh'] as const;

export type Language = (typeof LANGUAGES)[number];

/** `--language`, of tables for people. */
export function languageOption<T>(yargs: Argv<T>) {
  return yargs.option('language', {
    describe: 'Language of the table; records have their reasons in both',
    choices: LANGUAGES,
    default: 'en' as const,
    group: 'Output:',
  });
}

export interface CaptureArguments {
  capture: string[];
  homeCountry?: string | undefined;
  feed?: string | undefined;
  limit?: string[] | undefined;
  ss7Variant: string;
  workers: number;
  strict: boolean;
}

/** `--subscribers`, `--tac-db`, `--cells`, `--networks`, `--fingerprints`. */
export function referenceOptions<T>(yargs: Argv<T>) {
  const group = 'Reference files:';
  return yargs
    .option('subscribers', {
      describe: 'CSV: msisdn, imsi, id_hash, activated, product, dealer, brand',
      type: 'string',
      group,
    })
    .option('tac-db', {
      describe: 'CSV: tac, class (phone, module, modem, iot) or name',
      type: 'string',
      group,
    })
    .option('cells', { describe: 'CSV: cell (460-00-6151-1), lat, lon', type: 'string', group })
    .option('networks', {
      describe: 'CSV: cidr, class (own, access, interconnect, hosting, anonymous)',
      type: 'string',
      group,
    })
    .option('fingerprints', { describe: 'JSON: gateway fingerprints besides the known ones', type: 'string', group });
}

/** `--allowed`, of commands that judge lines. */
export function allowedOption<T>(yargs: Argv<T>) {
  return yargs.option('allowed', {
    describe: 'CSV: line, owner, reason, until; lines that nothing marks until that day',
    type: 'string',
    group: 'Reference files:',
  });
}

export interface ReferenceArguments {
  allowed?: string | undefined;
  subscribers?: string | undefined;
  tacDb?: string | undefined;
  cells?: string | undefined;
  networks?: string | undefined;
  fingerprints?: string | undefined;
}

export interface LineArguments extends ReferenceArguments {
  ownPrefixes?: string | undefined;
  ownImsi?: string | undefined;
  window: string;
  since?: string | undefined;
  until?: string | undefined;
  timeZone?: string | undefined;
}

export function collectOptionsOf(args: CaptureArguments): CollectOptions {
  if (!Number.isInteger(args.workers) || args.workers < 1)
    throw new UserError('--workers needs a whole number from 1 on');
  return {
    feed: args.feed ?? STANDARD_FEED,
    homeCountry: args.homeCountry ?? null,
    limits: limitsOf(args.limit ?? []),
    ss7Variant: args.ss7Variant === 'auto' ? null : Ss7Variant[args.ss7Variant as keyof typeof Ss7Variant],
    workers: args.workers,
  };
}

export function linesOptionsOf(args: CaptureArguments & LineArguments): LinesOptions {
  const [since, until] = [timeOf(args.since, '--since'), timeOf(args.until, '--until')];
  if (since !== null && until !== null && since >= until) throw new UserError('--until: is not after --since');
  // A wrong one is told before captures are read for hours.
  if (args.timeZone !== undefined) localOffset(args.timeZone);
  const options: LinesOptions = {
    ...collectOptionsOf(args),
    window: durationOf(args.window, '--window'),
    since,
    until,
    timeZone: args.timeZone ?? null,
    references: referencePathsOf(args),
  };
  if (args.ownPrefixes !== undefined) options.prefixes = prefixesOf(args.ownPrefixes, '--own-prefixes');
  if (args.ownImsi !== undefined) options.imsiPrefixes = prefixesOf(args.ownImsi, '--own-imsi');
  return options;
}

/** Files that only the operator has, as they were named. */
export function referencePathsOf(args: ReferenceArguments): ReferencePaths {
  const { subscribers, tacDb, cells, networks, fingerprints, allowed } = args;
  const paths: ReferencePaths = {};
  if (subscribers !== undefined) paths.subscribers = subscribers;
  if (tacDb !== undefined) paths.tacDb = tacDb;
  if (cells !== undefined) paths.cells = cells;
  if (networks !== undefined) paths.networks = networks;
  if (fingerprints !== undefined) paths.fingerprints = fingerprints;
  if (allowed !== undefined) paths.allowed = allowed;
  return paths;
}

function limitsOf(settings: readonly string[]): Limits {
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const setting of settings) {
    const [name, value] = setting.split('=', 2);
    if (name === undefined || !(name in DEFAULT_LIMITS))
      throw new UserError(`--limit: there is no limit ${name}; see --help`);
    if (value === undefined || !/^[1-9]\d{0,11}$/.test(value))
      throw new UserError(`--limit ${name}: expected a whole number from 1 on, got ${value ?? 'nothing'}`);
    limits[name] = Number(value);
  }
  return limits as Limits;
}

function prefixesOf(text: string, option: string): string[] {
  const prefixes = text.split(',').map((part) => part.trim().replace(/^\+/, ''));
  for (const prefix of prefixes)
    if (!/^\d{1,15}$/.test(prefix))
      throw new UserError(`${option}: expected digits, got ${prefix === '' ? 'nothing' : prefix}`);
  return prefixes;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Seconds of `90s`, `10min`, `24h`, `7d`. */
export function durationOf(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|min|h|d)$/.exec(text);
  if (match === null || Number(match[1]) === 0)
    throw new UserError(`${option}: expected a length of time such as 24h or 7d, got ${text}`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

function timeOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const read = readTime(text.trim());
  // A day alone might be meant to begin at home.
  const time = typeof read === 'number' && !text.includes(':') ? WITH_OFFSET : read;
  if (typeof time === 'string') throw new UserError(`${option}: expected ${time}, got ${text}`);
  return time;
}
