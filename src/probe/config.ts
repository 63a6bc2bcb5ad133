import { readFileSync } from 'node:fs';
import { Cron } from 'croner';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.ts';
import { complaint, deliverySchema } from '../delivery/config.ts';
import { systemWords } from '../delivery/files.ts';
import { Ss7Variant } from '../ss7/message.ts';

/** Says what was expected, whatever was found instead. */
const expected = (what: string) => ({ error: `expected ${what}` });

const DURATION = 'a duration such as 30s, 10m, 24h or 7d';
/** From a second on. */
const duration = z.string(expected(DURATION)).regex(/^[1-9]\d{0,5}[smhd]$/, expected(DURATION));
/** What can also be left out, by 0s. */
const durationOrNone = z.string(expected(DURATION)).regex(/^(?:0s|[1-9]\d{0,5}[smhd])$/, expected(DURATION));
const SIZE = 'a size such as 500MB or 2TB';
const size = z.string(expected(SIZE)).regex(/^[1-9]\d{0,5} ?[MGT]B$/, expected(SIZE));
const SCHEDULE = "a cron expression such as '*/10 * * * *', or an interval such as 10m";
const PREFIX = 'digits in quotes, at most 15';
const prefix = z.string(expected(PREFIX)).regex(/^\d{1,15}$/, expected(PREFIX));
const path = z.string(expected('a path')).min(1, expected('a path'));
const FEED = 'letters, digits, dots, dashes and underscores, at most 64';
const COUNTRY = 'two capital letters such as CN';
const ZONE = 'a time zone such as Asia/Shanghai';
const PERCENT = 'a share such as 5%';
const ADDRESS = 'an address and a port such as 127.0.0.1:9464';
const HEP = 'udp:PORT, tcp:PORT, or with an address udp:192.0.2.1:9060';
const WHOLE = 'a whole number from 1 on';

const limits = z
  .partialRecord(
    z.enum(
      Object.keys(DEFAULT_LIMITS) as [keyof Limits, ...(keyof Limits)[]],
      expected('the name of a limit (see scan --help)'),
    ),
    z.int(expected(WHOLE)).min(1, expected(WHOLE)),
  )
  .default({});

/** The whole configuration of a probe. */
export const configSchema = z
  .strictObject(
    {
      feed: z
        .string(expected(FEED))
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, expected(FEED))
        .default('local')
        .describe('Name of this probe. Each that writes into one store has its own.'),
      folder: path.optional().describe('Folder that captures are written to; the command line may name it instead.'),
      store: path.optional().describe('Folder of the store; the command line may name it instead.'),
      settle: durationOrNone.default('30s').describe('A file that has not changed for so long is complete.'),
      sweep: duration.default('5s').describe('The folder is looked through at least so often.'),
      schedule: z
        .string(expected(SCHEDULE))
        .refine(isSchedule, expected(SCHEDULE))
        .default('*/10 * * * *')
        .describe('When to score: cron expression (local time of time_zone, else of the machine) or interval.'),
      windows: z
        .array(duration, expected('a list of durations'))
        .min(1, expected('at least one duration'))
        .default(['1h', '24h', '7d', '30d'])
        .describe('Windows that are scored. A window is scored again when a 24th of it is new.'),
      score: z
        .enum(['feed', 'store', 'off'], expected('feed, store or off'))
        .default('feed')
        .describe('What is scored: the captures of this feed, all of the store, or nothing.'),
      model: path.optional().describe('Model file; the one that comes with the program where it is not said.'),
      threshold: z
        .number(expected('a number from 0 to 1'))
        .min(0, expected('a number from 0 to 1'))
        .max(1, expected('a number from 0 to 1'))
        .optional()
        .describe('Score from which a line is suspect, instead of the thresholds of the model.'),
      home_country: z
        .string(expected(COUNTRY))
        .regex(/^[A-Z]{2}$/, expected(COUNTRY))
        .optional()
        .describe('Country of numbers without a country code; without it what the first captures of the feed show.'),
      own_prefixes: z.array(prefix, expected('a list')).optional().describe('E.164 prefixes of own lines.'),
      own_imsi: z.array(prefix, expected('a list')).optional().describe('IMSI prefixes of own lines.'),
      time_zone: z
        .string(expected(ZONE))
        .refine(isZone, expected(ZONE))
        .optional()
        .describe('Local time of the lines; without it that of the home country, where it has one.'),
      references: z
        .strictObject(
          {
            subscribers: path.optional().describe('CSV: msisdn, imsi, id_hash, activated, product, dealer, brand.'),
            tac_db: path.optional().describe('CSV: tac, class or name.'),
            cells: path.optional().describe('CSV: cell, lat, lon.'),
            networks: path.optional().describe('CSV: cidr, class.'),
            fingerprints: path.optional().describe('JSON: gateway fingerprints besides the known ones.'),
            allowed: path
              .optional()
              .describe('CSV: line, owner, reason, until. Lines that nothing marks until that day.'),
          },
          expected('paths of subscribers, tac_db, cells, networks, fingerprints and allowed'),
        )
        .default({})
        .describe('Files that only the operator has, read anew for each scoring.'),
      ss7_variant: z
        .enum(['auto', ...Object.keys(Ss7Variant)], expected(`one of auto, ${Object.keys(Ss7Variant).join(', ')}`))
        .default('auto')
        .describe('Point codes of SS7: found link by link, or one of these on all links.'),
      limits: limits.describe('Bounds of tables, by name.'),
      retention: z
        .strictObject(
          {
            age: duration
              .optional()
              .describe('Days that ended so long before the last packet go; packets of the future do not count.'),
            size: size.optional().describe('Events of this feed may take so much.'),
          },
          expected('age, size or both'),
        )
        .default({})
        .describe('What the store keeps of this feed; without it, everything.'),
      live: z
        .strictObject(
          {
            hep: z
              .array(
                z.string(expected(HEP)).refine((text) => hepAddress(text) !== null, expected(HEP)),
                expected('a list'),
              )
              .default([])
              .describe(
                'Where HEP version 3 is taken from agents. It is neither ciphered nor signed: keep it in your own network.',
              ),
            segment: duration.default('60s').describe('Live input is cut into captures of this much packet time.'),
            keep: size.default('10GB').describe('Captures of live input stay until they take more than this.'),
          },
          expected('hep, segment and keep'),
        )
        .prefault({}),
      alerts: z
        .strictObject(
          {
            feed_loss: durationOrNone.default('15m').describe('No packets of a protocol for so long; 0s: not told.'),
            clock_jump: durationOrNone
              .default('60s')
              .describe('Steps of the clock of the feed larger than this; 0s: not told.'),
            disk_free: z
              .string(expected(PERCENT))
              .regex(/^\d{1,2}%$/, expected(PERCENT))
              .default('5%')
              .describe('Less of the disk of the store is free; 0%: not told.'),
          },
          expected('feed_loss, clock_jump and disk_free'),
        )
        .prefault({}),
      delivery: deliverySchema.prefault({}),
      metrics: z
        .string(expected(ADDRESS))
        .refine((text) => hostPort(text) !== null, expected(ADDRESS))
        .optional()
        .describe('Where /metrics and /health answer. Nobody is asked for a password: keep it on loopback.'),
      log_level: z.enum(['debug', 'info', 'warn', 'error'], expected('debug, info, warn or error')).default('info'),
      nice: z
        .int(expected('a whole number from 0 to 19'))
        .min(0, expected('a whole number from 0 to 19'))
        .max(19, expected('a whole number from 0 to 19'))
        .default(10)
        .describe('Priority: the larger, the more other programs go first.'),
    },
    expected('keys and values'),
  )
  .describe('Configuration of catpool watch');
export type ProbeConfig = z.infer<typeof configSchema>;

/** Reads a configuration. @throws UserError, one line, that names the file, every key that is wrong and what was expected */
export function readConfig(file: string): ProbeConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file}: cannot be read: ${systemWords(error)}`);
  }
  return parseConfig(text, file);
}

/** @param name of the file, for complaints */
export function parseConfig(text: string, name: string): ProbeConfig {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new UserError(`${name}: not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const complaints = parsed.error.issues.map((issue) => complaint(issue.path, issue).replace(/^: /, ''));
  throw new UserError(`${name}: ${complaints.join('; ')}`);
}

/** What a probe does where nothing is said. */
export function defaultConfig(): ProbeConfig {
  return configSchema.parse({});
}

/** The configuration as JSON Schema, for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `30s`, `10m`, `24h`, `7d`. */
export function secondsOf(text: string): number {
  return Number(text.slice(0, -1)) * SECONDS[text.slice(-1)]!;
}

const BYTES: Readonly<Record<string, number>> = { M: 1e6, G: 1e9, T: 1e12 };

/** Bytes of `500MB`. */
export function bytesOf(text: string): number {
  return Number.parseInt(text, 10) * BYTES[text.slice(-2, -1)]!;
}

function isInterval(text: string): boolean {
  return /^[1-9]\d{0,5}[smhd]$/.test(text);
}

function isSchedule(text: string): boolean {
  if (isInterval(text)) return true;
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** When to score next after `last`, milliseconds since the epoch. */
export function nextRun({ schedule, time_zone }: ProbeConfig, last: number): number {
  if (isInterval(schedule)) return last + secondsOf(schedule) * 1000;
  const cron = new Cron(schedule, { paused: true, ...(time_zone === undefined ? {} : { timezone: time_zone }) });
  return cron.nextRun(new Date(last))?.getTime() ?? Number.POSITIVE_INFINITY;
}

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).format(0) !== '';
  } catch {
    return false;
  }
}

export interface HostPort {
  host: string;
  port: number;
}

/** Parts of `127.0.0.1:9464` or `[::1]:9464`; null where it is none. */
export function hostPort(text: string): HostPort | null {
  const match = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  return match === null || port > 65_535 ? null : { host: match[1] ?? match[2]!, port };
}

export interface HepAddress extends HostPort {
  transport: 'udp' | 'tcp';
}

/** Parts of `udp:9060` or `tcp:192.0.2.1:9060`; null where it is none. */
export function hepAddress(text: string): HepAddress | null {
  const match = /^(udp|tcp):(?:(\d{1,5})|(.+))$/.exec(text);
  if (match === null) return null;
  const at = match[2] === undefined ? hostPort(match[3]!) : { host: '0.0.0.0', port: Number(match[2]) };
  return at === null || at.port > 65_535 ? null : { transport: match[1] as 'udp' | 'tcp', ...at };
}
