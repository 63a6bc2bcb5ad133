import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskText } from '../../base/mask.ts';
import { FAMILIES } from '../../features/definition.ts';
import { featuresOf, populationOf } from '../../forest/explain.ts';
import type { Model } from '../../forest/model.ts';
import { type FeaturePopulation, medianOf, shareBeyond } from '../../forest/population.ts';
import { DEFINITIONS } from '../../scan/judge/judge.ts';
import { unitOf } from '../../scan/judge/units.ts';
import type { VerdictReason } from '../../scan/judge/verdict.ts';
import { allowedNow } from '../../store/cases/lists.ts';
import { QUERY_FLAGS, QUERY_KEYS, type QueryContext } from '../../store/cases/query.ts';
import { type LineRow, lineId, lineRow, queueFacets, queuePage } from '../../store/cases/queue.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import { type CaseState, isAtLeast, type LabelKind } from '../../store/cases/workflow.ts';
import { activityOf } from './activity.ts';
import type { QueueLine, Reply } from './api.ts';
import type { Desk } from './desk.ts';
import { TIERS } from './evidence-report.ts';
import { type Eyes, maskField } from './eyes.ts';
import type { Who } from './guard.ts';
import { type Handlers, sendFile } from './handler.ts';
import { callRow, type LineEvent, legsOf, timeText } from './line-events.ts';
import { placesOf } from './places.ts';
import type { JobResults } from './workers.ts';

type Names = 'queue' | 'facets' | 'line' | 'features' | 'activity' | 'calls' | 'call' | 'callPackets';

/** Lines: the queue, and each one down to its packets. */
export function lineHandlers(desk: Desk): Handlers<Names> {
  const { database } = desk;
  const contextOf = ({ user }: Who): QueryContext => ({
    user: user.id,
    parts: isAtLeast(user.role, 'investigator'),
    now: database.now(),
    named: (number) => desk.plan.named(number),
  });

  return {
    queue: ({ query: { q, sort, cursor, limit }, who, eyes }) => {
      const context = contextOf(who);
      const { rows, next, count } = queuePage(database, q, sort, cursor ?? null, limit, context);
      return { items: rows.map((row) => queueLine(row, eyes)), next, count };
    },

    facets: ({ query: { q }, who }) => ({
      ...queueFacets(database, q, contextOf(who)),
      keys: QUERY_KEYS,
      flags: QUERY_FLAGS,
    }),

    line: ({ params, eyes }) => lineView(desk, theLine(desk, params.line), eyes),

    features: async ({ params }) => {
      const row = theLine(desk, params.line);
      const span = desk.spanOf(row);
      const id = desk.models.currentId();
      const model = desk.models.model(id);
      const { windows } = await desk.workers.run({
        ...desk.scanSettings,
        kind: 'features',
        model: desk.models.path(id),
        lines: [row.line],
        from: Math.max(0, span.until - PAST_WINDOWS * desk.options.window),
        until: span.until,
      });
      return featuresView(model, windows, span);
    },

    activity: async ({ params, query, eyes }) => {
      const row = theLine(desk, params.line);
      const span = desk.spanOf(row, query.since, query.until);
      const events = await desk.eventsOf(row, span.from, span.until);
      return activityOf(
        row,
        events,
        span,
        desk.localTime(query.zone),
        eyes,
        (number) => lineId(database, number),
        (tac) => desk.typeOf(tac),
      );
    },

    calls: async ({ params, query, eyes, who }) => {
      const row = theLine(desk, params.line);
      const { from, until } = desk.spanOf(row, query.since, query.until);
      const events = await desk.eventsOf(row, from, until);
      const wanted = query.counterpart?.replace(/^\+/, '');
      if (wanted !== undefined && !eyes.sees(row.id) && !isAtLeast(who.user.role, 'investigator'))
        throw new Refusal('forbidden', 'your role may not look for numbers');
      const found = events.filter(
        ({ event, direction, counterpart, repeat }) =>
          (query.kind === undefined ? event.kind === 'leg' && !repeat : event.kind === query.kind) &&
          (query.direction === undefined || direction === query.direction) &&
          (query.outcome === undefined || event.outcome === query.outcome) &&
          (query.interface === undefined || event.interface === query.interface) &&
          (wanted === undefined || counterpart?.startsWith(wanted) === true) &&
          (query.least_talk_s === undefined || (event.talk_ms ?? -1) >= query.least_talk_s * 1000) &&
          (query.most_talk_s === undefined || (event.talk_ms ?? 0) <= query.most_talk_s * 1000),
      );
      const at = query.cursor === undefined ? 0 : Number(query.cursor);
      if (!Number.isSafeInteger(at) || at < 0)
        throw new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
      const next = at + query.limit;
      return {
        items: found.slice(at, next).map((one) => callRow(one, row.id, eyes)),
        next: next < found.length ? String(next) : null,
        total: found.length,
      };
    },

    call: async ({ params, eyes }) => {
      const row = theLine(desk, params.line);
      const { one, events } = await theCall(desk, row, params.event);
      const { spans, missing } = await placesOf(desk, [one.event]);
      const [places = []] = spans;
      const found = await desk.workers.run({ kind: 'messages', places });
      const whole = eyes.sees(row.id);
      const start = Date.parse(found.messages[0]?.time ?? '');
      return {
        call: callRow(one, row.id, eyes),
        legs: legsOf(events, one).map((leg) => callRow(leg, row.id, eyes)),
        messages: found.messages.map((message) => ({
          ...message,
          offset_s: (Date.parse(message.time) - start) / 1000,
          fields: whole
            ? message.fields
            : Object.fromEntries(
                Object.entries(message.fields).map(([name, value]) => [
                  name,
                  typeof value === 'string' ? maskField(name, value) : value,
                ]),
              ),
        })),
        missing: [...missing, ...found.missing],
      };
    },

    callPackets: async ({ params, reply, eyes, who }) => {
      const row = theLine(desk, params.line);
      if (!eyes.sees(row.id))
        throw new Refusal('forbidden', 'packets show whole numbers: unmask the line first', { line: row.id });
      const { one } = await theCall(desk, row, params.event);
      const { spans } = await placesOf(desk, [one.event]);
      const [places = []] = spans;
      const { messages } = await desk.workers.run({ kind: 'messages', places });
      const folder = mkdtempSync(join(desk.folder('scratch'), 'packets-'));
      try {
        const file = join(folder, 'packets.pcapng');
        const wanted = places.map(({ path, sha256 }) => ({
          path,
          sha256,
          frames: messages.filter(({ capture }) => capture === sha256).map(({ frame }) => frame),
        }));
        const { packets } = await desk.workers.run({ kind: 'packets', wanted, file });
        if (packets === 0) throw new Refusal('not_found', 'the original captures are no longer there');
        desk.log(who.actor, 'export.packets', `line:${row.id}`, { event: params.event, packets });
        return sendFile(reply, `call-${params.event}.pcapng`, 'application/octet-stream', readFileSync(file));
      } finally {
        desk.discard(folder);
      }
    },
  };
}

/** Windows back from the newest that features are told of. */
const PAST_WINDOWS = 7;

/** @throws Refusal where there is no such line */
export function theLine(desk: Desk, id: number): LineRow {
  const row = lineRow(desk.database, id);
  if (row === null) throw new Refusal('not_found', 'there is no such line');
  return row;
}

async function theCall(desk: Desk, row: LineRow, id: string): Promise<{ one: LineEvent; events: LineEvent[] }> {
  const { from, until } = desk.spanOf(row);
  const events = await desk.eventsOf(row, from, until);
  const one = events.find(({ event }) => event.event_id === id);
  if (one === undefined) throw new Refusal('not_found', 'there is no such call of this line');
  return { one, events };
}

export function queueLine(row: LineRow, eyes: Eyes): QueueLine {
  return {
    ...eyes.name(row),
    score: row.score,
    probability: row.probability,
    tier: row.tier,
    gateway: row.gateway,
    calls: row.calls,
    first: row.first_s,
    last: row.last_s,
    interfaces: row.interfaces.trim().split(' '),
    cell: row.cell,
    user_agent: row.user_agent,
    dealer: row.dealer,
    product: row.product,
    alarms: row.alarms,
    reasons: reasonsOf(row)
      .slice(0, 2)
      .map(({ text, text_zh }) => ({ text: maskText(text), text_zh: maskText(text_zh) })),
    case: row.case_id,
    state: row.case_state,
    assignee: row.assignee_name === null ? null : { name: row.assignee_name, display: row.assignee_display ?? '' },
    reviewed: row.reviewed === 1,
    allowed: row.allowed === 1,
  };
}

export function reasonsOf(row: Pick<LineRow, 'reasons'>): VerdictReason[] {
  return JSON.parse(row.reasons ?? '[]') as VerdictReason[];
}

interface SiblingRow {
  id: number;
  line: string;
  score: number;
  tier: 'none' | 'suspect' | 'strong';
  why: string;
}

function lineView(desk: Desk, row: LineRow, eyes: Eyes): Reply<'line'> {
  const { database } = desk;
  const { reasons: _short, ...rest } = queueLine(row, eyes);
  const exposure = JSON.parse(row.exposure ?? '{}') as Reply<'line'>['exposure'];
  const reasons = reasonsOf(row);
  const siblings = database.all<SiblingRow>(
    `WITH tied (line, why) AS (
       SELECT m.line, m.value FROM marks o JOIN marks m ON m.value = o.value AND m.line <> o.line WHERE o.line = ?
       UNION SELECT id, 'gateway:' || CAST(gateway AS INTEGER) FROM lines WHERE run = ? AND gateway = ? AND id <> ?
       UNION SELECT l.id, 'identity:' FROM subscribers o JOIN subscribers s ON s.id_hash = o.id_hash
         JOIN lines l ON l.msisdn = s.number OR l.imsi = s.number WHERE o.number IN (?, ?) AND l.id <> ?)
     SELECT l.id, l.line, l.score, l.tier, group_concat(why, ' ') AS why FROM tied JOIN lines l ON l.id = tied.line
     GROUP BY l.id ORDER BY count(*) DESC, l.score DESC LIMIT 50`,
    row.id,
    ...[row.run, row.gateway, row.id],
    ...[row.msisdn, row.imsi, row.id],
  );
  const allowed = allowedNow(database, row);
  const run = database.get<{ name: string }>('SELECT name FROM runs WHERE id = ?', row.run ?? 0)?.name ?? null;
  return {
    ...rest,
    msisdn: eyes.number(row.id, row.msisdn),
    imsi: eyes.number(row.id, row.imsi),
    run,
    exposure,
    reasons: reasons.map((reason) => ({ ...reason, text: maskText(reason.text), text_zh: maskText(reason.text_zh) })),
    sentence: sentenceOf(row, exposure, reasons),
    past: database.all(
      `SELECT r.name AS run, r.from_s AS "from", r.until_s AS until, p.score, p.tier FROM past p JOIN runs r ON r.id = p.run
       WHERE p.line = ? ORDER BY r.until_s, r.id LIMIT 500`,
      row.id,
    ),
    siblings: siblings.map(({ why, score, tier, ...line }) => ({
      ...eyes.name(line),
      score,
      tier,
      why: why.split(' '),
    })),
    allow: allowed === null ? null : { owner: allowed.owner, reason: allowed.reason, until: allowed.until },
    labels: database.all<{ label: LabelKind; person: string; at: number; case: number | null }>(
      'SELECT label, person, at, case_id AS "case" FROM labels WHERE line = ? ORDER BY id DESC LIMIT 50',
      row.line,
    ),
    cases: database.all<{ id: number; state: CaseState; opened: number }>(
      'SELECT c.id, c.state, c.opened FROM case_lines m JOIN cases c ON c.id = m.case_id WHERE m.line = ? ORDER BY c.id DESC',
      row.id,
    ),
  };
}

function sentenceOf(
  row: LineRow,
  exposure: Reply<'line'>['exposure'],
  reasons: readonly VerdictReason[],
): { en: string; zh: string } {
  const score = row.score.toFixed(3);
  const [en, zh] = TIERS[row.tier];
  const why = maskText(reasons.map(({ text }) => text).join('; '));
  const whyZh = maskText(reasons.map(({ text_zh }) => text_zh).join('；'));
  return {
    en: `${en}, score ${score} (${exposure.rests_on ?? timeText(row.last_s)})${why === '' ? '' : `: ${why}`}`,
    zh: `${zh}，得分 ${score}（${exposure.rests_on_zh ?? timeText(row.last_s)}）${whyZh === '' ? '' : `：${whyZh}`}`,
  };
}

function featuresView(
  model: Model,
  windows: JobResults['features']['windows'],
  span: { from: number; until: number },
): Reply<'features'> {
  const current = windows.find(({ worst }) => worst) ?? windows.at(-1);
  const places = new Map(featuresOf(model).map((name, index) => [name, index]));
  return {
    ...span,
    features: [...DEFINITIONS.values()].map((definition, index) => {
      const place = places.get(definition.name);
      const ordinary = place === undefined ? null : populationOf(model, 'ordinary', place);
      const value = current?.values[index] ?? null;
      return {
        id: definition.id,
        name: definition.name,
        family: definition.family,
        family_name: FAMILIES[definition.family],
        unit: unitOf(definition),
        words: definition.words,
        value,
        contribution: current?.moved[index] ?? 0,
        rarity: ordinary === null ? null : rarityOf(ordinary, value),
        ordinary: ordinary === null ? null : spreadOf(ordinary),
        gateway: place === undefined ? null : spreadOf(populationOf(model, 'gateway', place)),
        past: windows.map(({ until, values }) => ({ until, value: values[index] ?? null })),
      };
    }),
  };
}

function rarityOf(population: FeaturePopulation, value: number | null): number | null {
  if (value === null) return shareBeyond(population, Number.NaN, 'missing');
  return shareBeyond(population, value, value < medianOf(population) ? 'low' : 'high');
}

function spreadOf({
  rows,
  missing,
  values,
  atMost,
  ...rest
}: FeaturePopulation): NonNullable<Reply<'features'>['features'][number]['ordinary']> {
  const median = medianOf({ rows, missing, values, atMost, ...rest });
  return { rows, missing, values, at_most: atMost, median: Number.isNaN(median) ? null : median };
}
