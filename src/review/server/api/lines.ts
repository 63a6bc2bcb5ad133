import { z } from 'zod';
import { CASE_STATES, LABELS } from '../../../store/cases/workflow.ts';
import { ID, LINE_NAME, MS, PAGE, PERSON, PLACE, pageOf, SECONDS, TIER } from './common.ts';

const REASON_OF_VERDICT = z.object({
  /** Name of the feature; `gateway` where the company of others is the reason. */
  feature: z.string(),
  value: z.number().nullable(),
  /** What it moved the raw score by. */
  contribution: z.number(),
  /** Share of ordinary lines at least as far out. */
  rarity: z.number().nullable(),
  text: z.string(),
  text_zh: z.string(),
});

const EXPOSURE = z.object({
  hours: z.number(),
  events: z.number(),
  calls: z.number(),
  rests_on: z.string(),
  rests_on_zh: z.string(),
});

/** One row of the queue. */
export const QUEUE_LINE = LINE_NAME.extend({
  score: z.number(),
  probability: z.number(),
  tier: TIER,
  /** Number of its gateway in the newest run. */
  gateway: z.number().int().nullable(),
  calls: z.number().int(),
  first: SECONDS,
  last: SECONDS,
  interfaces: z.array(z.string()),
  cell: z.string().nullable(),
  user_agent: z.string().nullable(),
  dealer: z.string().nullable(),
  product: z.string().nullable(),
  /** Runs that marked it. */
  alarms: z.number().int(),
  /** The first two reasons, in words. */
  reasons: z.array(z.object({ text: z.string(), text_zh: z.string() })),
  case: z.number().int().nullable(),
  state: z.enum(CASE_STATES).nullable(),
  assignee: PERSON.nullable(),
  reviewed: z.boolean(),
  allowed: z.boolean(),
});

const SORTS = ['score', 'last', 'calls', 'line'] as const;

/** The query box: `score:>0.9 tier:strong gateway:12 cell:460-00-1234 ua:*goip* !reviewed dealer:X`. */
const QUERY = z.string().max(1000).default('');
export const QUEUE_QUERY = PAGE.extend({ q: QUERY, sort: z.enum(SORTS).default('score') });
export const QUEUE = pageOf(QUEUE_LINE).extend({
  /** Lines that match; `exact` false: at least so many. */
  count: z.object({ value: z.number().int(), exact: z.boolean() }),
});
export const FACETS_QUERY = z.object({ q: QUERY });
/** How many of the lines that match show each value, most first. A value goes into the query as `key:value`. */
export const FACETS = z.object({
  /** Only the best so many lines that match were counted; null: all were. */
  counted: z.number().int().nullable(),
  facets: z.array(
    z.object({ key: z.string(), values: z.array(z.object({ value: z.string(), lines: z.number().int() })) }),
  ),
  /** For completion in the query box. */
  keys: z.array(z.string()),
  flags: z.array(z.string()),
});

export const LINE_PARAMS = z.object({ line: ID });

/** What is said of a line, and where it stands. */
export const LINE = QUEUE_LINE.omit({ reasons: true }).extend({
  msisdn: z.string().nullable(),
  imsi: z.string().nullable(),
  run: z.string().nullable(),
  exposure: EXPOSURE,
  reasons: z.array(REASON_OF_VERDICT),
  /** One sentence. */
  sentence: z.object({ en: z.string(), zh: z.string() }),
  /** The same line in earlier runs, oldest first. */
  past: z.array(z.object({ run: z.string(), from: SECONDS, until: SECONDS, score: z.number(), tier: TIER })),
  /** Other lines that share a device, an address, a gateway of the run or an identity with it; `why`: `imei:`, `endpoint:`, `gateway:`, `identity:`. */
  siblings: z.array(LINE_NAME.extend({ score: z.number(), tier: TIER, why: z.array(z.string()) })),
  allow: z.object({ owner: z.string(), reason: z.string(), until: MS }).nullable(),
  labels: z.array(z.object({ label: z.enum(LABELS), person: z.string(), at: MS, case: z.number().int().nullable() })),
  /** All its cases, newest first. */
  cases: z.array(z.object({ id: z.number().int(), state: z.enum(CASE_STATES), opened: MS })),
});

/** Spread of a feature over the lines a model was trained on. `at_most[i]`: share of lines at or below `values[i]`. */
const SPREAD = z.object({
  rows: z.number(),
  /** Share of lines without a value. */
  missing: z.number(),
  values: z.array(z.number()),
  at_most: z.array(z.number()),
  median: z.number().nullable(),
});

const FEATURE = z.object({
  id: z.string(),
  name: z.string(),
  /** Letter of its family, and the name of it. */
  family: z.string(),
  family_name: z.string(),
  unit: z.string(),
  words: z.object({ en: z.string(), zh: z.string() }),
  value: z.number().nullable(),
  /** What it moved the score by; 0 where the model does not use it. */
  contribution: z.number(),
  /** Share of ordinary lines at least as far out. */
  rarity: z.number().nullable(),
  /** Null where the model does not know the feature. */
  ordinary: SPREAD.nullable(),
  gateway: SPREAD.nullable(),
  /** The line's own values, window by window, oldest first. */
  past: z.array(z.object({ until: SECONDS, value: z.number().nullable() })),
});
export const FEATURES = z.object({ from: SECONDS, until: SECONDS, features: z.array(FEATURE) });

const SPAN_QUERY = z.object({
  /** Seconds since the epoch; left out: the window of the verdict. */
  since: z.coerce.number().min(0).max(1e11).optional(),
  until: z.coerce.number().min(0).max(1e11).optional(),
});

export const ACTIVITY_QUERY = SPAN_QUERY.extend({
  /** Time zone of the reader, in which hours and weekdays are told where the desk has none of its own. */
  zone: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_+/-]+$/)
    .optional(),
});

/** One mark on the time axis. */
const TIMELINE_EVENT = z.object({
  event: z.string(),
  kind: z.string(),
  time: SECONDS,
  end: SECONDS.nullable(),
  interface: z.string(),
  /** From this line's side: a call it made is `out`. */
  direction: z.enum(['out', 'in']).nullable(),
  counterpart: z.string().nullable(),
  outcome: z.string().nullable(),
  talk_s: z.number().nullable(),
  cell: z.string().nullable(),
  imei: z.string().nullable(),
  endpoint: z.string().nullable(),
  user_agent: z.string().nullable(),
});

export const ACTIVITY = z.object({
  from: SECONDS,
  until: SECONDS,
  /** Time zone that hours and weekdays are told in: the desk's, else the one asked for, else UTC. */
  zone: z.string(),
  /** Minutes east of UTC that it had at the end. */
  offset_minutes: z.number(),
  /** Events there are; `events` holds the first 5,000 of them. */
  total: z.number().int(),
  events: z.array(TIMELINE_EVENT),
  /** Calls made and taken by weekday (0: Monday) and hour: 7 rows of 24. */
  heat: z.array(z.array(z.number().int())),
  /** Answered calls by talk time: from `from_s`, below the next. */
  talk: z.array(z.object({ from_s: z.number(), out: z.number().int(), in: z.number().int() })),
  /** The other numbers, most calls first, at most 200. */
  counterparts: z.array(
    z.object({
      number: z.string(),
      out: z.number().int(),
      in: z.number().int(),
      sms: z.number().int(),
      talk_s: z.number(),
      first: SECONDS,
      last: SECONDS,
      /** Where the other is a line of the desk itself. */
      line: z.number().int().nullable(),
    }),
  ),
  distinct_counterparts: z.number().int(),
  /** Stays in a cell, in order of time. */
  cells: z.array(z.object({ cell: z.string(), from: SECONDS, until: SECONDS, events: z.number().int() })),
  /** Devices in order of appearance. */
  devices: z.array(
    z.object({
      imei: z.string(),
      tac: z.string(),
      /** Maker and model, or class, of the type; null where `--tac-db` does not say. */
      type: z.string().nullable(),
      user_agent: z.string().nullable(),
      first: SECONDS,
      last: SECONDS,
      events: z.number().int(),
    }),
  ),
  endpoints: z.array(z.object({ endpoint: z.string(), first: SECONDS, last: SECONDS, events: z.number().int() })),
});

export const CALLS_QUERY = PAGE.extend({
  ...SPAN_QUERY.shape,
  direction: z.enum(['out', 'in']).optional(),
  outcome: z.string().max(20).optional(),
  interface: z.string().max(20).optional(),
  /** Beginning of the other number. */
  counterpart: z.string().max(64).optional(),
  least_talk_s: z.coerce.number().min(0).max(1e7).optional(),
  most_talk_s: z.coerce.number().min(0).max(1e7).optional(),
  kind: z.string().max(20).optional(),
});

export const CALL_ROW = TIMELINE_EVENT.extend({
  setup_ms: z.number().nullable(),
  ring_ms: z.number().nullable(),
  cause: z.number().int().nullable(),
  sip_status: z.number().int().nullable(),
  released_by: z.string().nullable(),
  trunk: z.string().nullable(),
  feed: z.string(),
  frames: z.object({ capture: z.string(), first: z.number().int(), last_capture: z.string(), last: z.number().int() }),
});
export const CALLS = pageOf(CALL_ROW).extend({ total: z.number().int() });

export const CALL_PARAMS = LINE_PARAMS.extend({ event: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/) });

/** One message of a call. A ladder has one column a `source`/`destination`, one arrow a message. */
const MESSAGE = z.object({
  capture: z.string(),
  frame: z.number().int(),
  time: z.string(),
  /** Seconds since the first message. */
  offset_s: z.number(),
  source: z.string(),
  destination: z.string(),
  protocol: z.string(),
  /** What stands on the arrow: `INVITE`, `200 OK`, `IAM`, `initialDP`. */
  label: z.string(),
  duplicate: z.boolean(),
  /** All decoded fields, as `catpool messages` writes them; numbers masked. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export const CALL = z.object({
  call: CALL_ROW,
  /** Observations of the same call on other interfaces. */
  legs: z.array(CALL_ROW),
  messages: z.array(MESSAGE),
  /** Original captures that are no longer there: their messages cannot be shown. */
  missing: z.array(z.string()),
});

export const GATEWAY_PARAMS = z.object({ gateway: ID });

const GATEWAY_ROW = z.object({
  gateway: z.number().int(),
  score: z.number(),
  lines: z.number().int(),
  strong: z.number().int(),
  cell: z.string().nullable(),
  first: SECONDS,
  last: SECONDS,
  why: z.object({ en: z.string(), zh: z.string() }),
  /** Members that have an open case, and one of these cases where it holds the gateway. */
  open: z.number().int(),
  case: z.number().int().nullable(),
});
export const GATEWAYS = z.object({ run: z.string().nullable(), items: z.array(GATEWAY_ROW) });

const NODE_KINDS = ['line', 'imei', 'tac', 'cell', 'endpoint', 'called'] as const;
export const GATEWAY = GATEWAY_ROW.extend({
  members: z.array(
    QUEUE_LINE.extend({
      /** Events in each of the equal slices of `activity`. */
      activity: z.array(z.number().int()),
      imeis: z.array(z.string()),
      /** What these are, each kind once, as far as `--tac-db` says. */
      types: z.array(z.string()),
      endpoints: z.array(z.string()),
    }),
  ),
  /** What ties lines: `line` nodes and what several of them share. */
  nodes: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(NODE_KINDS),
      label: z.string(),
      /** Of an IMEI or a type allocation code: what it is, where `--tac-db` says. */
      type: z.string().nullable(),
      line: z.number().int().nullable(),
    }),
  ),
  edges: z.array(
    z.object({
      source: z.string(),
      target: z.string(),
      why: z.object({ en: z.string(), zh: z.string() }),
      events: z.number().int(),
    }),
  ),
  activity: z.object({ from: SECONDS, slice_s: z.number(), slices: z.number().int() }),
  place: z.array(z.object({ cell: z.string(), place: PLACE, lines: z.number().int(), events: z.number().int() })),
});

const VICTIM = z.object({
  id: z.number().int(),
  number: z.string(),
  masked: z.boolean(),
  /** Talks to a suspect: an answered call has no end, in captures that reach to now. */
  now: z.boolean(),
  calls: z.number().int(),
  talk_s: z.number(),
  last: SECONDS,
  /** The suspects, worst first. */
  lines: z.array(LINE_NAME.extend({ tier: TIER, score: z.number(), calls: z.number().int(), talk_s: z.number() })),
  /** When and by whom a warning call was made. */
  warned: z.object({ at: MS, person: z.string(), note: z.string() }).nullable(),
});
export const VICTIMS_QUERY = PAGE.extend({ warned: z.enum(['yes', 'no']).optional() });
export const VICTIMS = pageOf(VICTIM).extend({
  run: z.string().nullable(),
  /** Somebody is there to take those that were not warned yet. */
  receiver: z.boolean(),
});
