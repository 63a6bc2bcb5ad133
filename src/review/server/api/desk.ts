import { z } from 'zod';
import { SETTINGS } from '../../../store/cases/policy.ts';
import { CASE_STATES, CLOCKS } from '../../../store/cases/workflow.ts';
import { CASE_ROW, WAITING } from './cases.ts';
import { ID, LINE_NAME, MS, NAME, PAGE, PLACE, pageOf, SECONDS, TIER, VERSION, WHEN } from './common.ts';

/** The desk at a glance. */
export const OVERVIEW = z.object({
  /** Lines of all runs, and of the newest. */
  lines: z.number().int(),
  tiers: z.object({ suspect: z.number().int(), strong: z.number().int() }),
  run: z.object({ name: z.string(), from: SECONDS, until: SECONDS }).nullable(),
  /** Null while those of a large store are being summed up. */
  feeds: z
    .array(
      z.object({
        feed: z.string(),
        captures: z.number().int(),
        first: SECONDS.nullable(),
        last: SECONDS.nullable(),
        /** Messages by protocol. */
        messages: z.record(z.string(), z.number()),
        /** Messages that could not be decoded, by what was wrong. */
        anomalies: z.record(z.string(), z.number()),
        encrypted: z.number().int(),
        cut: z.number().int(),
      }),
    )
    .nullable(),
  /** Run by run, oldest first. */
  history: z.array(
    z.object({
      run: z.string(),
      from: SECONDS,
      until: SECONDS,
      lines: z.number().int(),
      suspect: z.number().int(),
      strong: z.number().int(),
    }),
  ),
  /** Marked lines by the cell most of them stay in. */
  cells: z.array(
    z.object({
      cell: z.string(),
      place: PLACE,
      suspect: z.number().int(),
      strong: z.number().int(),
      gateways: z.array(z.number().int()),
    }),
  ),
  waiting: z.array(WAITING),
  states: z.array(z.object({ state: z.enum(CASE_STATES), cases: z.number().int() })),
  /** The clocks that run out first. */
  clocks: z.array(z.object({ case: CASE_ROW, kind: z.enum(CLOCKS), due: MS })),
  model: z
    .object({
      id: z.string(),
      name: z.string(),
      simulated: z.boolean(),
      rows: z.number().int(),
      prevalence: z.number(),
      /** Automatic suspension may use it. */
      automatic: z.boolean(),
    })
    .nullable(),
  /** Share of lines marked in the newest run against the runs that were over when it began; null without any, or where runs hold marked lines alone. */
  drift: z.object({ before: z.number(), now: z.number() }).nullable(),
});

export const SETTINGS_REPLY = z.object({
  settings: SETTINGS,
  version: VERSION,
  /** Why automatic suspension does nothing though it is switched on; null where it works or is off. */
  automatic_refused: z.string().nullable(),
});
export const CHANGE_SETTINGS = z.strictObject({ settings: SETTINGS, version: VERSION });

export const AUDIT_QUERY = PAGE.extend({
  actor: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  /** For instance `case:12`. */
  subject: z.string().max(100).optional(),
});
const AUDIT_ROW = z.object({
  seq: z.number().int(),
  at: MS,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export const AUDIT_CHECK = z.object({
  rows: z.number().int(),
  hash: z.string(),
  broken: z.object({ seq: z.number().int(), why: z.string() }).nullable(),
});

const BASE64 = z.string().regex(/^[A-Za-z0-9+/]{1,400}={0,2}$/);

/** One order or lead of a signed list. */
const EXCHANGE_ITEM = z.strictObject({
  kind: z.enum(['lead', 'order', 'undo', 'identity', 'imei']),
  /** The signer's own id of it: taken once. */
  id: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/),
  /** Digits, or an address of record; of `identity` the hash, of `imei` its 14 digits. */
  subject: z.string().min(1).max(255),
  action: z.enum(['watch', 're-verify', 'restrict', 'suspend', 'close', 'restore', 'raise']),
  reason: z.string().max(64),
  at: z.string().max(40),
});
/**
 * A list as it travels. The signature (Ed25519) is over `catpool.exchange/1`, a line end, and the JSON of [signer, created, [[kind, id,
 * subject, action, reason, at], ...]], without spaces.
 */
export const SIGNED_LIST = z.strictObject({
  schema: z.literal('catpool.exchange/1'),
  list: z.strictObject({
    signer: NAME,
    created: z.string().max(40),
    items: z.array(EXCHANGE_ITEM).max(100_000),
  }),
  signature: BASE64,
});
export const EXCHANGE = z.object({
  /** This desk's public key (Ed25519, SPKI, base64), for those that shall trust it. */
  own: z.object({ name: z.string(), key: z.string() }),
  signers: z.array(
    z.object({ id: z.number().int(), name: z.string(), key: z.string(), added: MS, person: z.string() }),
  ),
  received: z.array(
    z.object({
      id: z.number().int(),
      signer: z.string(),
      kind: z.string(),
      subject: z.string(),
      action: z.string(),
      reason: z.string(),
      at: MS,
      /** The case it opened or changed here. */
      case: z.number().int().nullable(),
      /** What became of it: `applied`, or why not. */
      result: z.string(),
    }),
  ),
});
export const NEW_SIGNER = z.strictObject({ name: NAME, key: BASE64 });
export const SIGNER_PARAMS = z.object({ signer: ID });
export const EXCHANGE_OUT = z.strictObject({
  /** Leads: marked lines without a measure. Orders: measures ordered here. Undoings of orders go with them. */
  kinds: z.array(z.enum(['lead', 'order', 'undo'])).min(1),
  since: WHEN.nullable(),
});
export const EXCHANGE_IN_REPLY = z.object({
  applied: z.number().int(),
  repeated: z.number().int(),
  /** Subjects that are no line of this desk yet: they are kept and raise the line when it appears. */
  kept: z.number().int(),
  failed: z.array(z.object({ id: z.string(), why: z.string() })),
});

export const UPLOAD = z.object({
  id: z.string(),
  name: z.string(),
  bytes: z.number().int(),
  person: z.string(),
  at: MS,
  state: z.enum(['receiving', 'reading', 'scoring', 'done', 'failed']),
  /** 0..1 of the state it is in. */
  progress: z.number(),
  message: z.string(),
  lines: z.number().int().nullable(),
  marked: z.number().int().nullable(),
});
export const UPLOAD_PARAMS = z.object({ upload: z.string().regex(/^[0-9a-f]{16}$/) });

const TPR = z.object({
  confirmed: z.number().int(),
  confirmed_found: z.number().int(),
  cleared: z.number().int(),
  cleared_marked: z.number().int(),
});
const MODEL = z.object({
  /** SHA-256 of its file. */
  id: z.string(),
  name: z.string(),
  added: MS,
  person: z.string(),
  current: z.boolean(),
  simulated: z.boolean(),
  rows: z.number().int(),
  positives: z.number().int(),
  prevalence: z.number(),
  thresholds: z.array(z.object({ rate: z.number(), score: z.number().nullable(), reason: z.string().nullable() })),
});
export const MODELS = z.object({
  models: z.array(MODEL),
  version: VERSION,
  /** Id of the model that rolling back goes to; null where there was none before. */
  before: z.string().nullable(),
});
export const MODEL_PARAMS = z.object({ model: z.string().regex(/^[0-9a-f]{64}$/) });
/** The new model beside the current one: over the last window of the store, and on decisions that neither learned from. */
export const PREVIEW = z.object({
  from: SECONDS,
  until: SECONDS,
  lines: z.number().int(),
  /** Decisions that neither model learned from, of so many; `confirmed` and `cleared` count those of them that the store still has. */
  held_out: z.number().int(),
  decisions: z.number().int(),
  before: z.object({ suspect: z.number().int(), strong: z.number().int() }).extend(TPR.shape),
  after: z.object({ suspect: z.number().int(), strong: z.number().int() }).extend(TPR.shape),
  /** Lines whose tier would change, largest change first, at most 200. */
  changes: z.array(
    LINE_NAME.extend({
      before: z.object({ tier: TIER, score: z.number() }),
      after: z.object({ tier: TIER, score: z.number() }),
      label: z.string().nullable(),
    }),
  ),
  /** What this cannot tell. */
  caveats: z.array(z.string()),
});
export const SWITCH = z.strictObject({ version: VERSION });

export const SHIFT_QUERY = z.object({ since: z.coerce.number().min(0).optional() });
/** What was done since a time, and what waits. */
export const SHIFT = z.object({
  since: MS,
  until: MS,
  by_person: z.array(
    z.object({ person: z.string(), actions: z.array(z.object({ action: z.string(), count: z.number().int() })) }),
  ),
  waiting: z.array(WAITING),
  overdue: z.array(CASE_ROW),
});

export const ARRIVING = z.object({
  /** Verdicts that are being taken in; null where all are in. */
  run: z
    .object({
      name: z.string(),
      from: SECONDS,
      until: SECONDS,
      /** Lines that are in, of so many. */
      lines: z.number().int(),
      expected: z.number().int(),
      /** There is no run before: nothing stands on marked lines yet. */
      first: z.boolean(),
    })
    .nullable(),
});

/** What `GET /api/events` tells, as `event: KIND` and `data: JSON`. Whoever misses one reads again what it names. */
export const EVENT = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run'),
    run: z.string(),
    lines: z.number().int(),
    suspect: z.number().int(),
    strong: z.number().int(),
  }),
  z.object({
    kind: z.literal('case'),
    case: z.number().int(),
    version: VERSION,
    state: z.enum(CASE_STATES),
    actor: z.string(),
  }),
  /** More lines of a run are in, or all. */
  z.object({ kind: z.literal('arriving') }),
  z.object({ kind: z.literal('upload'), upload: UPLOAD }),
  z.object({ kind: z.literal('settings'), version: VERSION }),
  z.object({ kind: z.literal('model'), version: VERSION }),
]);

export const AUDIT = pageOf(AUDIT_ROW);
