import type { Value } from './database.ts';
import { Refusal } from './refusal.ts';

/** A condition in SQL, its values apart. */
export interface Condition {
  sql: string;
  values: Value[];
  /** Beginnings of numbers that all lines found have: how many lines that may be, an index counts quickly. */
  beginnings: string[];
  /** The same for going through lines in an order: no index of numbers serves it. */
  walked: string;
}

/** Of one term; `walked` where that is another. */
interface Part {
  sql: string;
  values: Value[];
  walked?: string;
  beginnings?: string[];
}

export interface QueryContext {
  /** Id of whoever asks, for `assignee:me`. */
  user: number;
  /** May look for parts of numbers; others must name a number whole. */
  parts: boolean;
  now: number;
  /** A number as lines are called, of one that may be as dialled at home. */
  named: (number: string) => string;
}

interface Term {
  negated: boolean;
  key: string | null;
  operator: '' | '>' | '>=' | '<' | '<=';
  value: string;
  at: number;
}

const MOST_TERMS = 32;
const TERM = /([!-])?(?:([a-z]+):)?(>=|<=|>|<)?(?:"([^"]*)"|(\S+))/gy;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Columns of numbers, by key. */
const REALS: Readonly<Record<string, string>> = {
  score: 'l.score',
  probability: 'l.probability',
  calls: 'l.calls',
  alarms: 'l.alarms',
};
/** Columns of texts, equal or of a pattern with `*`. */
const TEXTS: Readonly<Record<string, string>> = {
  tier: 'l.tier',
  cell: 'l.cell',
  dealer: 'l.dealer',
  product: 'l.product',
  state: 'l.case_state',
};
/** Keys of whole numbers: equal only where no `*` stands in them. */
const IDENTITIES: Readonly<Record<string, string>> = { line: 'l.line', msisdn: 'l.msisdn', imsi: 'l.imsi' };
const MARKED = ['suspect', 'strong'];
/** What several lines may share. */
const MARKS = ['imei', 'endpoint'];
/** Words that stand alone. */
const FLAGS: Readonly<Record<string, string>> = {
  reviewed: 'l.reviewed = 1',
  case: 'l.case_id IS NOT NULL',
  boxed: 'l.gateway IS NOT NULL',
  // From the few that are allowed to their lines, not the other way.
  allowed: `l.id IN (${['line', 'msisdn', 'imsi']
    .map(
      (name) =>
        `SELECT x.id FROM allowed a CROSS JOIN lines x ON x.${name} = a.number WHERE a.ended IS NULL AND a.until > ?`,
    )
    .join(' UNION ')})`,
};

export const QUERY_KEYS = [
  ...Object.keys(REALS),
  ...Object.keys(TEXTS),
  ...Object.keys(IDENTITIES),
  ...MARKS,
  'interface',
  'gateway',
  'ua',
  'assignee',
];
export const QUERY_FLAGS = Object.keys(FLAGS);

/**
 * A query as a condition on `lines l`: terms with spaces between, all of which must hold. `score:>0.9 tier:strong gateway:12
 * cell:460-00-1234 ua:*goip* !reviewed dealer:X`. `!` negates, `,` separates alternatives, `"` holds spaces; a word alone is a
 * flag, or the beginning of a number.
 *
 * @throws Refusal naming the term that is not understood and where it stands
 */
export function conditionOf(query: string, context: QueryContext): Condition {
  const terms = termsOf(query).map((term): Part => {
    const part = termCondition(term, context);
    // A missing value is not what was asked for, so its negation holds.
    return term.negated ? { sql: `(${part.sql}) IS NOT TRUE`, values: part.values } : part;
  });
  const all = (parts: string[]): string => (parts.length === 0 ? 'true' : parts.join(' AND '));
  return {
    sql: all(terms.map(({ sql }) => sql)),
    walked: all(terms.map(({ sql, walked }) => walked ?? sql)),
    values: terms.flatMap(({ values }) => values),
    beginnings: terms.flatMap(({ beginnings }) => beginnings ?? []),
  };
}

function termsOf(query: string): Term[] {
  const terms: Term[] = [];
  for (let at = 0; at < query.length; ) {
    if (/\s/.test(query[at]!)) {
      at++;
      continue;
    }
    TERM.lastIndex = at;
    const match = TERM.exec(query);
    if (match === null) throw wrong(at, 'a value is missing');
    if (terms.length === MOST_TERMS) throw wrong(at, `more than ${MOST_TERMS} terms`);
    const [whole, not, key, operator, quoted, plain] = match;
    terms.push({
      negated: not !== undefined,
      key: key ?? null,
      operator: (operator ?? '') as Term['operator'],
      value: quoted ?? plain ?? '',
      at,
    });
    at += whole.length;
  }
  return terms;
}

function termCondition({ key, operator, value, at }: Term, context: QueryContext): Part {
  if (key === null) {
    const flag = entry(FLAGS, value.toLowerCase());
    if (flag !== undefined) return { sql: flag, values: [...flag.matchAll(/\?/g)].map(() => context.now) };
    if (operator !== '') throw wrong(at, `${operator} needs a key, for instance score:>0.9`);
    return anyIdentity(value, context, at);
  }
  const real = entry(REALS, key);
  if (real !== undefined) {
    if (!NUMBER.test(value)) throw wrong(at, `${key} needs a number`);
    return { sql: `${real} ${operator === '' ? '=' : operator} ?`, values: [Number(value)] };
  }
  if (operator !== '') throw wrong(at, `${key} takes no ${operator}`);
  const text = entry(TEXTS, key);
  if (key === 'tier') return oneOf(value, ofTier);
  if (text !== undefined) return oneOf(value, (one) => (key === 'cell' ? within(one) : matches(text, one)));
  const identity = entry(IDENTITIES, key);
  if (identity !== undefined) {
    if (value.includes('*') && !context.parts) throw wrong(at, 'your role may look for whole numbers only');
    return oneOf(value, (one) => {
      const beginning = BEGINNING.exec(one)?.[1];
      if (beginning !== undefined) return beginsWith([identity], [beginning]);
      return one.includes('*') ? matches(identity, one) : isOneOf([identity], namesOf(one, context));
    });
  }
  if (MARKS.includes(key)) return oneOf(value, (one) => shared(`${key}:${one}`));
  if (key === 'interface') return oneOf(value, (one) => ({ sql: 'l.interfaces GLOB ?', values: [`* ${glob(one)} *`] }));
  if (key === 'gateway') {
    if (value === '*') return { sql: FLAGS.boxed!, values: [] };
    if (!/^,*(?:#?\d+(?:,+|$))+$/.test(value)) throw wrong(at, 'gateway needs a number');
    // A number counts within a run: that of the newest. Pages show it as `#12`.
    return oneOf(value.replaceAll('#', ''), (one) => ({
      sql: 'l.gateway = ? AND l.run = (SELECT id FROM newest_run)',
      values: [Number(one)],
    }));
  }
  if (key === 'ua') {
    return oneOf(value, (one) => ({
      sql: 'l.agent IN (SELECT id FROM agents WHERE lower(text) GLOB ?)',
      values: [glob(one.toLowerCase())],
    }));
  }
  if (key === 'assignee') {
    if (value === 'me') return { sql: 'l.assignee = ?', values: [context.user] };
    if (value === 'none') return { sql: 'l.assignee IS NULL', values: [] };
    return { sql: 'l.assignee = (SELECT id FROM users WHERE name = ?)', values: [value] };
  }
  throw wrong(at, `no key ${key}; there are ${QUERY_KEYS.join(', ')}`);
}

/** What a table itself holds: `constructor` is a word like any other. */
function entry(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function anyIdentity(value: string, context: QueryContext, at: number): Part {
  const { parts } = context;
  const columns = Object.values(IDENTITIES);
  const beginning = BEGINNING.exec(value.replace(/^\+/, ''))?.[1];
  if (parts && beginning !== undefined) return beginsWith(columns, [beginning]);
  if (value.includes('*'))
    throw wrong(at, parts ? 'a word alone is the beginning of a number' : 'your role may look for whole numbers only');
  const names = namesOf(value, context);
  return parts && LONG.test(names[0]!) ? beginsWith(columns, names) : isOneOf(columns, names);
}

/** What a line may be called that somebody names: as given, and with the country code where it may be as dialled at home. */
function namesOf(given: string, { named }: QueryContext): string[] {
  return [...new Set([given.replace(/^\+/, ''), named(given)])];
}

function isOneOf(columns: readonly string[], names: readonly string[]): Part {
  const pairs = columns.flatMap((column) => names.map((name) => ({ sql: `${column} = ?`, name })));
  return { sql: `(${pairs.map(({ sql }) => sql).join(' OR ')})`, values: pairs.map(({ name }) => name) };
}

/** The beginning of a number: digits and a star, or three digits and more. */
const BEGINNING = /^(\d+)\*+$/;
const LONG = /^\d{3,}$/;

/** A span of each column, so that its index serves. */
function beginsWith(columns: readonly string[], beginnings: string[]): Part {
  const spans = (plus: string): string =>
    `(${columns.flatMap((column) => beginnings.map(() => `(${plus}${column} >= ? AND ${plus}${column} < ?)`)).join(' OR ')})`;
  return {
    sql: spans(''),
    walked: spans('+'),
    values: columns.flatMap(() => beginnings.flatMap((beginning) => [beginning, `${beginning}:`])),
    beginnings,
  };
}

function oneOf(value: string, condition: (one: string) => Part): Part {
  const all = value.split(',').filter((one) => one !== '');
  if (all.length === 1) return condition(all[0]!);
  const conditions = all.slice(0, MOST_TERMS).map(condition);
  if (conditions.length === 0) return { sql: 'false', values: [] };
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(' OR ')})`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** The index of tiers is of marked lines alone: nearly all others are of one tier. */
function ofTier(value: string): Part {
  const { sql, values } = matches('l.tier', value);
  return { sql: MARKED.includes(value) ? `(${sql} AND l.tier <> 'none')` : sql, values };
}

/** Lines of a cell, or of those that begin like it. A few cells are found faster than a tier is gone through. */
function within(value: string): Part {
  const star = value.indexOf('*');
  if (star < 1) return matches('l.cell', value);
  const from = value.slice(0, star);
  return {
    sql: 'l.id IN (SELECT id FROM lines WHERE cell >= ? AND cell < ? AND cell GLOB ?)',
    values: [from, `${from}\u{10ffff}`, glob(value)],
  };
}

/** Lines that show a value, or one that begins like it, whichever index serves. */
function shared(value: string): Part {
  const star = value.indexOf('*');
  if (star < 0) return { sql: 'l.id IN (SELECT line FROM marks WHERE value = ?)', values: [value] };
  const from = value.slice(0, star);
  return {
    sql: 'l.id IN (SELECT line FROM marks WHERE value >= ? AND value < ? AND value GLOB ?)',
    values: [from, `${from}\u{10ffff}`, glob(value)],
  };
}

function matches(column: string, value: string): Part {
  return value.includes('*')
    ? { sql: `${column} GLOB ?`, values: [glob(value)] }
    : { sql: `${column} = ?`, values: [value] };
}

/** Only `*` has a meaning; runs of it are one, so that matching stays quick. */
function glob(value: string): string {
  return value.replace(/\*+/g, '*').replace(/[?[]/g, (one) => `[${one}]`);
}

function wrong(at: number, why: string): Refusal {
  return new Refusal('invalid', `query, at ${at + 1}: ${why}`, { at });
}
