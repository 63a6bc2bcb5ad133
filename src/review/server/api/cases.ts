import { z } from 'zod';
import {
  ACTION_NAMES,
  CASE_STATES,
  CLOCKS,
  LABELS,
  LEVELS,
  MEASURES,
  ORDER_ACTIONS,
  ORDER_STATES,
} from '../../../store/cases/workflow.ts';
import {
  ID,
  LEVEL,
  LINE_NAME,
  MS,
  NUMBER,
  PAGE,
  PERSON,
  pageOf,
  REASON,
  ROLE,
  SECONDS,
  SHORT,
  TIER,
  VERSION,
  WHEN,
  WORDS,
} from './common.ts';

export const CASE_PARAMS = z.object({ case: ID });

/** One row of the list of cases. */
export const CASE_ROW = z.object({
  id: z.number().int(),
  kind: z.enum(['line', 'gateway']),
  /** The line, or `#12` of a gateway, with how many lines it holds. */
  subject: z.string(),
  lines: z.number().int(),
  state: z.enum(CASE_STATES),
  measure: z.enum(MEASURES),
  /** Verdict it was opened on. */
  tier: TIER,
  score: z.number(),
  /** Counts every change; goes back with the next one. */
  version: VERSION,
  opened: MS,
  opened_by: z.string(),
  updated: MS,
  assignee: PERSON.nullable(),
  /** The clock that runs, and when it runs out. */
  clock: z.object({ kind: z.enum(CLOCKS), due: MS, overdue: z.boolean() }).nullable(),
  /** An action that waits for a second person. */
  pending: z.enum(ACTION_NAMES).nullable(),
});

const APPROVAL = z.object({
  person: z.string(),
  answer: z.enum(['approve', 'reject']),
  comment: z.string(),
  at: MS,
});

const DECISION = z.object({
  id: z.number().int(),
  action: z.enum(ACTION_NAMES),
  /** `proposed`: waits for approvals. */
  state: z.enum(['proposed', 'done', 'rejected', 'withdrawn']),
  proposer: z.string(),
  reason: REASON,
  comment: z.string(),
  level: z.enum(LEVELS).nullable(),
  needed: z.number().int(),
  approvals: z.array(APPROVAL),
  created: MS,
  decided: MS.nullable(),
});

/** What the reader may do with the case now. */
const ALLOWED_ACTION = z.object({
  action: z.enum(ACTION_NAMES),
  /** Second persons it will need. */
  approvals: z.number().int(),
  /** Restoration levels that the measure in force and the reader's role allow; empty where none is asked for. */
  levels: z.array(LEVEL),
});

export const CASE = CASE_ROW.extend({
  members: z.array(LINE_NAME.extend({ tier: TIER, score: z.number() })),
  level: z.enum(LEVELS).nullable(),
  merged_into: z.number().int().nullable(),
  decisions: z.array(DECISION),
  notes: z.array(z.object({ id: z.number().int(), author: z.string(), text: z.string(), at: MS })),
  attachments: z.array(
    z.object({
      id: z.number().int(),
      name: z.string(),
      sha256: z.string(),
      bytes: z.number().int(),
      author: z.string(),
      at: MS,
    }),
  ),
  orders: z.array(
    z.object({
      id: z.string(),
      action: z.enum(ORDER_ACTIONS),
      state: z.enum(ORDER_STATES),
      /** What was said of it: by provisioning, or by the receiver that refused it. */
      message: z.string(),
      created: MS,
    }),
  ),
  /** Everything that was done, newest first, from the audit log. */
  history: z.array(
    z.object({
      seq: z.number().int(),
      at: MS,
      actor: z.string(),
      action: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
  actions: z.array(ALLOWED_ACTION),
  /** Whether the reader may answer the decision that waits. */
  may_answer: z.boolean(),
  /** Other open cases of its lines or its gateway: to be merged into this one. */
  duplicates: z.array(z.object({ id: z.number().int(), subject: z.string(), state: z.enum(CASE_STATES) })),
});

export const CASES_QUERY = PAGE.extend({
  /** Commas between several. */
  state: z.string().max(200).optional(),
  /** Id of a user, `me` or `none`. */
  assignee: z
    .string()
    .regex(/^(?:me|none|\d{1,12})$/)
    .optional(),
  /** Only those waiting for a second person that the reader could be. */
  pending: z.enum(['mine', 'any']).optional(),
  /** Only those whose clock has run out. */
  overdue: z.enum(['yes']).optional(),
  sort: z.enum(['updated', 'opened', 'due', 'score']).default('updated'),
});
export const CASES = pageOf(CASE_ROW).extend({
  /** Cases by state, of all. */
  counts: z.array(z.object({ state: z.enum(CASE_STATES), cases: z.number().int() })),
});

export const NEW_CASE = z.union([
  z.strictObject({ line: z.number().int().min(1) }),
  z.strictObject({ gateway: z.number().int().min(1) }),
]);

/** One step of the workflow. `version` is that of the case as it was read. */
export const ACT = z.strictObject({
  action: z.enum(ACTION_NAMES),
  version: VERSION,
  reason: REASON,
  comment: WORDS.default(''),
  /** For `restore` only. */
  level: LEVEL.optional(),
});
export const ANSWER_PARAMS = CASE_PARAMS.extend({ decision: ID });
/** A second person's answer; `withdraw` is the proposer's own. */
export const ANSWER = z.strictObject({
  answer: z.enum(['approve', 'reject', 'withdraw']),
  version: VERSION,
  comment: WORDS.default(''),
});
export const ASSIGN = z.strictObject({ user: z.number().int().min(1).nullable(), version: VERSION });
export const MERGE = z.strictObject({
  /** The case that goes on. */
  into: z.number().int().min(1),
  version: VERSION,
});
export const NOTE = z.strictObject({ text: WORDS.min(1), version: VERSION });
export const ATTACHMENT_PARAMS = CASE_PARAMS.extend({ attachment: ID });

/** One step for many: lines (a case is opened where there is none) or cases, each by itself wholly or not at all. */
export const BULK = z.strictObject({
  targets: z
    .array(
      z.union([
        z.strictObject({ line: z.number().int().min(1) }),
        z.strictObject({ case: z.number().int().min(1), version: VERSION }),
      ]),
    )
    .min(1)
    .max(500),
  action: z.enum(ACTION_NAMES),
  reason: REASON,
  comment: WORDS.default(''),
  level: LEVEL.optional(),
});
export const BULK_REPLY = z.object({
  results: z.array(
    z.object({
      target: z.union([z.object({ line: z.number().int() }), z.object({ case: z.number().int() })]),
      case: z.number().int().nullable(),
      state: z.enum(CASE_STATES).nullable(),
      /** It waits for a second person. */
      pending: z.boolean(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  done: z.number().int(),
  failed: z.number().int(),
});

/** An order to provisioning, as the removal list has it. */
const ORDER = z.object({
  id: z.string(),
  case: z.number().int(),
  line: z.string(),
  masked: z.boolean(),
  imsi: z.string().nullable(),
  action: z.enum(ORDER_ACTIONS),
  reason: REASON,
  approvals: z.array(z.string()),
  state: z.enum(ORDER_STATES),
  message: z.string(),
  created: MS,
  updated: MS,
});
export const ORDERS_QUERY = PAGE.extend({ state: z.enum(ORDER_STATES).optional() });
export const ORDERS = pageOf(ORDER);
export const ORDER_PARAMS = z.object({ order: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/) });
/** What provisioning says of an order. */
export const ORDER_STATE = z.strictObject({
  /** Of one that was refused: `ready` sends it again, `withdrawn` takes it back. */
  state: z.enum(ORDER_STATES),
  message: WORDS.default(''),
});
export const EXPORT_QUERY = z.object({ format: z.enum(['csv', 'json']).default('csv') });

export const ALLOWED = z.object({
  id: z.number().int(),
  number: z.string(),
  masked: z.boolean(),
  owner: z.string(),
  reason: z.string(),
  until: MS,
  person: z.string(),
  created: MS,
  /** Taken off before its end date. */
  ended: MS.nullable(),
});
export const NEW_ALLOWED = z.strictObject({ number: NUMBER, owner: SHORT, reason: WORDS.min(1), until: WHEN });
export const ALLOWED_PARAMS = z.object({ allowed: ID });

export const LABEL = z.object({
  id: z.number().int(),
  line: z.string(),
  masked: z.boolean(),
  from: SECONDS.nullable(),
  until: SECONDS.nullable(),
  label: z.enum(LABELS),
  gateway: z.string(),
  case: z.number().int().nullable(),
  person: z.string(),
  at: MS,
});

export const WARNED = z.strictObject({ note: WORDS.default('') });
export const VICTIMS_SENT = z.object({ victims: z.number().int() });
export const VICTIM_PARAMS = z.object({ victim: ID });

/** Something that waits for somebody: of the overview. */
export const WAITING = z.object({
  role: ROLE,
  what: z.enum(['lead', 'review', 'approval', 'objection', 'order', 'refused']),
  cases: z.number().int(),
});
