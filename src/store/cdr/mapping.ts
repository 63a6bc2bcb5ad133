import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { zoneOf } from './local-time.ts';
import { isTimeFormat, TIME_FORMATS } from './time-format.ts';

/** Units of a length of time. */
export const DURATION_UNITS = ['s', 'ms', 'min', 'hh:mm:ss'] as const;

/** What a record can be. */
const KINDS = ['leg', 'sms', 'presence', 'device'] as const;
const DIRECTIONS = ['originating', 'terminating'] as const;
const OUTCOMES = [
  'answered',
  'busy',
  'rejected',
  'no_answer',
  'cancelled',
  'failed',
  'redirected',
  'delivered',
] as const;
const RELEASERS = ['caller', 'called', 'network'] as const;
/** Types of a location update (3GPP TS 24.008 §10.5.3.5), and leaving the network (§4.3.4). */
const LU_TYPES = ['normal', 'periodic', 'attach', 'detach'] as const;

const name = z.string({ error: 'expected the name of a column' }).min(1, 'expected the name of a column');
const optional = z.boolean().default(false).describe('The file may lack the column.');

/** A column alone stands for an object with nothing but it. */
function columnWith<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess(
    (value) => (typeof value === 'string' ? { column: value } : value),
    z.strictObject(
      { column: name, optional, ...shape },
      { error: named('a column, or an object with the key column') },
    ),
  );
}

/** The message of a value of the wrong type; keys that are not known keep theirs. */
function named(what: string) {
  return (issue: { code: string }): string | undefined =>
    issue.code === 'invalid_type' ? `expected ${what}` : undefined;
}

function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `expected one of ${values.join(', ')}` });
}

const text = columnWith({});
const time = z.preprocess(
  (value) => (typeof value === 'string' || Array.isArray(value) ? { column: value } : value),
  z.strictObject(
    {
      column: z.union([name, z.array(name).min(1)], {
        error: 'expected the name of a column, or a list of those that make the time together',
      }),
      optional,
      format: z
        .string({ error: `expected ${TIME_FORMATS}` })
        .refine(isTimeFormat, `expected ${TIME_FORMATS}`)
        .default('iso'),
    },
    { error: named('a column, or an object with the keys column and format') },
  ),
);
const duration = columnWith({ unit: oneOf(DURATION_UNITS).default('s') });
const coded = <const T extends readonly [string, ...string[]]>(values: T) =>
  columnWith({ values: z.record(z.string(), oneOf(values), { error: named('what each code stands for') }).optional() });
const numbered = columnWith({
  base: z.union([z.literal(10), z.literal(16)], { error: 'expected 10 or 16' }).default(10),
});
/** A constant in place of a column: what all records of the file have in common. */
const fixed = z.union([z.strictObject({ value: z.string().min(1) }), text], {
  error: 'expected a column, or an object with the key value',
});

/** What a record says, and in which column. */
export const FIELDS = {
  line: text.describe('Number of the subscriber whose record it is.'),
  imsi: text.describe('IMSI of the subscriber.'),
  imei: text.describe('IMEI of the device: 14 digits, with a check digit or software version after them.'),
  counterpart: text.describe('The other number: called in an originating record, calling in a terminating one.'),
  time: time.describe('When it began: for a call the seizure, or the answer where nothing else is known.'),
  answer_time: time.describe('When the call was answered.'),
  end_time: time.describe('When the call was released.'),
  duration: duration.describe('How long was talked.'),
  ring: duration.describe('How long it rang.'),
  outcome: coded(OUTCOMES).describe('How it ended.'),
  cause: numbered.describe('ITU-T Q.850 cause value.'),
  released_by: coded(RELEASERS).describe('Who hung up.'),
  trunk: text.describe('Trunk or peer.'),
  mcc: fixed.describe('Mobile country code of the cell.'),
  mnc: fixed.describe('Mobile network code of the cell.'),
  lac: numbered.describe('Location or tracking area code.'),
  cell: columnWith({ base: z.union([z.literal(10), z.literal(16)]).optional() }).describe(
    'Cell identity, or mcc-mnc-lac-cell; with a base it is a number.',
  ),
  visited: text.describe('Network or switch that served the subscriber.'),
  lu_type: coded(LU_TYPES).describe('Type of a location update.'),
  sms_length: numbered.describe('Bytes of the text of a short message.'),
} as const;
export type Field = keyof typeof FIELDS;

const columns = z
  .strictObject(
    Object.fromEntries(Object.entries(FIELDS).map(([key, schema]) => [key, schema.optional()])) as {
      [K in Field]: z.ZodOptional<(typeof FIELDS)[K]>;
    },
  )
  .describe('What a record says, and in which column.');
export type Columns = z.infer<typeof columns>;

const type = z.strictObject(
  {
    kind: oneOf(KINDS),
    direction: oneOf(DIRECTIONS).optional(),
    outcome: oneOf(OUTCOMES).optional(),
    columns: columns.default({}).describe('Where this type has its columns, besides those of all.'),
  },
  { error: named('an object with the key kind') },
);

/** Where records of calls, messages and places stand in a file, and what they mean. */
const schema = z.strictObject({
  schema: z.literal('catpool.cdr-mapping/1', { error: 'expected catpool.cdr-mapping/1' }),
  describe: z.string().describe('What layout this is, in a line.').default(''),
  file: z
    .strictObject({
      encoding: z
        .string()
        .refine(isEncoding, 'expected the name of an encoding, for instance utf-8, gb18030, windows-1252')
        .default('utf-8'),
      delimiter: z.string().min(1, 'expected one or more characters').default(','),
      quote: z
        .union([z.string().length(1, 'expected one character, or null for none'), z.null()], {
          error: 'expected one character, or null for none',
        })
        .default('"'),
      header: z
        .union([z.literal(true), z.array(name).min(1)], {
          error: 'expected true, or the list of column names of a file without a line of them',
        })
        .default(true),
      missing: z
        .array(z.string(), { error: named('a list of the texts that stand for no value') })
        .default([])
        .describe('Texts that stand for no value, besides the empty one.'),
    })
    .prefault({})
    .describe('Form of a CSV file; Parquet needs none.'),
  interface: oneOf(['sip', 'isup', 'cap', 'map', 'bssap', 'ranap']).describe('Where the records were made.'),
  time_zone: z
    .string()
    .refine(isZone, 'expected a time zone, for instance Europe/Rome or +08:00')
    .optional()
    .describe('Local time of times without an offset.'),
  numbers: oneOf(['e164', 'opaque'])
    .default('e164')
    .describe('opaque: numbers, IMSIs and IMEIs are pseudonyms, and stay as they are.'),
  records: z.union(
    [
      type,
      z.strictObject({
        column: name,
        types: z.record(z.string(), type).describe('By what stands in the column.'),
        unlisted: oneOf(['refuse', 'skip']).default('refuse').describe('What becomes of records of other types.'),
      }),
    ],
    { error: recordsError },
  ),
  columns: columns.default({}),
});
export type Mapping = z.infer<typeof schema>;
export type RecordType = z.infer<typeof type>;

/** A union says nothing of its branches: the errors of the one that was meant. */
function recordsError(issue: { code?: string; input?: unknown; errors?: z.core.$ZodIssue[][] }): string {
  const meant = issue.input !== null && typeof issue.input === 'object' && 'column' in issue.input ? 1 : 0;
  const first = issue.errors?.[meant]?.[0];
  if (first === undefined) return 'expected kind and direction, or column and types';
  return `${first.path.length > 0 ? `${first.path.join('.')}: ` : ''}${first.message}`;
}

/**
 * Reads a mapping.
 *
 * @param path of the file it came from, for messages
 * @throws UserError, one line: the key, and what was expected there
 */
export function parseMapping(yaml: string, path: string): Mapping {
  let value: unknown;
  try {
    value = parse(yaml, { merge: true });
  } catch (error) {
    throw new UserError(`${path}: not YAML: ${(error as Error).message.split('\n')[0]!.replace(/:$/, '')}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const key = first!.path.join('.');
    throw new UserError(`${path}: ${key === '' ? '' : `${key}: `}${first!.message}`);
  }
  const mapping = parsed.data;
  for (const [key, { kind, direction, columns: own }] of typesOf(mapping)) {
    const all = { ...mapping.columns, ...own };
    const where = key === null ? 'records' : `records.types.${key}`;
    if ((kind === 'leg' || kind === 'sms') && direction === undefined)
      throw new UserError(`${path}: ${where}.direction: expected one of ${DIRECTIONS.join(', ')}`);
    if (all.line === undefined && all.imsi === undefined)
      throw new UserError(`${path}: columns.line: expected the column of the subscriber's number, or columns.imsi`);
    if (all.time === undefined)
      throw new UserError(`${path}: columns.time: expected the column of the time (for ${where})`);
  }
  return mapping;
}

/** The types of record that a mapping knows, by what stands in the column; null: all records are of this one. */
export function typesOf({ records }: Mapping): [string | null, RecordType][] {
  return 'types' in records ? Object.entries(records.types) : [[null, records]];
}

function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}

function isZone(zone: string): boolean {
  try {
    zoneOf(zone);
    return true;
  } catch {
    return false;
  }
}
