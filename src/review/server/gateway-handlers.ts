import { createReadStream } from 'node:fs';
import { tac } from '../../base/imei.ts';
import { maskText } from '../../base/mask.ts';
import { membersOf as membersOfCase } from '../../store/cases/case-rows.ts';
import { gatewayLines, type LineRow, lineRow } from '../../store/cases/queue.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { Reply } from './api.ts';
import type { Desk } from './desk.ts';
import { makeEvidence } from './evidence.ts';
import type { Eyes } from './eyes.ts';
import type { Who } from './guard.ts';
import { type Handlers, sendFile } from './handler.ts';
import { type Lead, leadOf } from './lead.ts';
import { cellOf, seconds } from './line-events.ts';
import { queueLine, reasonsOf, theLine } from './line-handlers.ts';
import { eachEventOf } from './victims.ts';

type Names = 'gateways' | 'gateway' | 'gatewayEvidence' | 'lineEvidence' | 'caseLead';
type View = Reply<'gateway'>;

/** Slices of time that the activity of members is told in. */
const SLICES = 96;
/** What fewer lines share is no edge; of called numbers there are many more. */
const LEAST_SHARED = 2;
const LEAST_CALLED = 3;
const MOST_NODES = 400;

/** Gateways, and the packages of proof of lines and gateways. */
export function gatewayHandlers(desk: Desk): Handlers<Names> {
  const evidence = async (
    rows: LineRow[],
    subject: string,
    call: { who: Who; eyes: Eyes; reply: Parameters<typeof sendFile>[0] },
    lead: Lead | null = null,
  ) => {
    if (!rows.every(({ id }) => call.eyes.sees(id)))
      throw new Refusal('forbidden', 'an evidence package shows whole numbers: unmask the lines first', {
        lines: rows.map(({ id }) => id),
      });
    const { path, name } = await makeEvidence(desk, rows, subject, call.who.user.name, call.who.actor, lead);
    const stream = createReadStream(path);
    stream.on('close', () => desk.discard(path));
    return sendFile(call.reply, name, 'application/zip', stream);
  };
  return {
    gateways: () => gatewayList(desk),
    gateway: ({ params, eyes }) => gatewayView(desk, params.gateway, eyes),
    lineEvidence: ({ params, who, eyes, reply }) => {
      const row = theLine(desk, params.line);
      return evidence([row], row.line, { who, eyes, reply });
    },
    caseLead: ({ params, who, eyes, reply }) => {
      const { case: id } = params;
      const lead = leadOf(desk.database, id, null);
      const rows = membersOfCase(desk.database, id).flatMap((member) => lineRow(desk.database, member.id) ?? []);
      return evidence(rows, `case-${id}`, { who, eyes, reply }, lead);
    },
    gatewayEvidence: ({ params, who, eyes, reply }) => {
      const rows = membersOf(desk, params.gateway);
      return evidence(rows, `gateway-${params.gateway}`, { who, eyes, reply });
    },
  };
}

function membersOf(desk: Desk, gateway: number): LineRow[] {
  const rows = gatewayLines(desk.database, gateway);
  if (rows.length === 0) throw new Refusal('not_found', `there is no gateway #${gateway} in the newest run`);
  return rows;
}

/** What the list needs of a member. */
interface MemberRow extends Pick<LineRow, 'id' | 'score' | 'tier' | 'cell' | 'first_s' | 'last_s'> {
  gateway: number;
  /** Its open case, and whether that is one of a gateway. */
  case_id: number | null;
  kind: 'line' | 'gateway' | null;
}

const MOST_MEMBERS = 100_000;

/** Members of one gateway of the newest run, or of all of them, highest scores first. */
function memberRows({ database }: Desk, gateway: number | null): Map<number, MemberRow[]> {
  const rows = database.all<MemberRow>(
    `SELECT l.id, l.gateway, l.score, l.tier, l.cell, l.first_s, l.last_s, m.case_id, c.kind FROM lines l
     LEFT JOIN case_lines m ON m.line = l.id AND m.open = 1 LEFT JOIN cases c ON c.id = m.case_id
     WHERE l.run = (SELECT id FROM newest_run) AND l.gateway ${gateway === null ? 'IS NOT NULL' : '= ?'}
     ORDER BY l.gateway, l.score DESC LIMIT ${MOST_MEMBERS}`,
    ...(gateway === null ? [] : [gateway]),
  );
  const gateways = new Map<number, MemberRow[]>();
  for (const row of rows) {
    const known = gateways.get(row.gateway);
    if (known === undefined) gateways.set(row.gateway, [row]);
    else known.push(row);
  }
  return gateways;
}

function gatewayList(desk: Desk): Reply<'gateways'> {
  return {
    run: desk.newestRun()?.name ?? null,
    items: [...memberRows(desk, null)].map(([gateway, rows]) => rowOf(desk, gateway, rows)),
  };
}

function rowOf({ database }: Desk, gateway: number, rows: readonly MemberRow[]): Reply<'gateways'>['items'][number] {
  const scores = rows.map(({ score }) => score).slice(0, Math.ceil(rows.length / 2));
  const verdict = database.get<{ reasons: string }>('SELECT reasons FROM verdicts WHERE line = ?', rows[0]?.id ?? 0);
  const why = verdict === undefined ? undefined : reasonsOf(verdict).find(({ feature }) => feature === 'gateway');
  return {
    gateway,
    score: scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length),
    lines: rows.length,
    strong: rows.filter(({ tier }) => tier === 'strong').length,
    cell: commonest(rows.flatMap(({ cell }) => cell ?? [])),
    first: Math.min(...rows.map(({ first_s }) => first_s)),
    last: Math.max(...rows.map(({ last_s }) => last_s)),
    why: { en: maskText(tiesOf(why?.text)), zh: maskText(tiesOf(why?.text_zh)) },
    open: rows.filter(({ case_id }) => case_id !== null).length,
    case: rows.find(({ kind }) => kind === 'gateway')?.case_id ?? null,
  };
}

/** A member's reason without its beginning, that it is one of so many lines of this gateway. */
function tiesOf(reason = ''): string {
  return reason.replace(/^(?:one of \d+ lines of gateway #\d+: |网关 #\d+ 的 \d+ 条线路之一：)/, '');
}

function commonest(texts: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null;
}

type Kind = View['nodes'][number]['kind'];

/** Why a line is tied to what it shares. */
const WHY: Readonly<Record<Exclude<Kind, 'line'>, { en: string; zh: string }>> = {
  imei: { en: 'shows this IMEI', zh: '使用该 IMEI' },
  tac: { en: 'a device of this type', zh: '该型号的设备' },
  cell: { en: 'seen in this cell', zh: '出现在该小区' },
  endpoint: { en: 'from this address', zh: '来自该地址' },
  called: { en: 'called this number', zh: '拨打过该号码' },
};

async function gatewayView(desk: Desk, gateway: number, eyes: Eyes): Promise<View> {
  const rows = membersOf(desk, gateway);
  const { from, until } = desk.spanOf(rows[0]!);
  const slice = Math.max(1, (until - from) / SLICES);
  const activity = new Map(rows.map(({ id }) => [id, new Array<number>(SLICES).fill(0)]));
  /** Events by line, of each thing that lines may share. */
  const shared = new Map<string, { kind: Exclude<Kind, 'line'>; label: string; lines: Map<number, number> }>();
  const share = (kind: Exclude<Kind, 'line'>, label: string | null, line: number): void => {
    if (label === null) return;
    const key = `${kind}:${label}`;
    const known = shared.get(key) ?? { kind, label, lines: new Map<number, number>() };
    known.lines.set(line, (known.lines.get(line) ?? 0) + 1);
    shared.set(key, known);
  };
  await eachEventOf(desk.store, rows, from, until, ({ id }, event, mirror) => {
    const at = Math.min(SLICES - 1, Math.floor((seconds(event.time) - from) / slice));
    activity.get(id)![at]!++;
    if (mirror) return;
    share('imei', event.imei, id);
    share('tac', event.imei === null ? null : tac(event.imei), id);
    share('cell', cellOf(event), id);
    share('endpoint', event.endpoint?.replace(/:\d+$/, '') ?? null, id);
    if (event.kind === 'leg' && event.direction === 'originating') share('called', event.counterpart, id);
  });
  const place = [...shared.values()]
    .filter(({ kind }) => kind === 'cell')
    .map(({ label, lines }) => ({
      cell: label,
      place: desk.placeOf(label),
      lines: lines.size,
      events: [...lines.values()].reduce((sum, count) => sum + count, 0),
    }))
    .sort((a, b) => b.events - a.events);
  const ties = [...shared.entries()]
    .filter(([, { kind, lines }]) => lines.size >= (kind === 'called' ? LEAST_CALLED : LEAST_SHARED))
    .sort(([, a], [, b]) => b.lines.size - a.lines.size)
    .slice(0, MOST_NODES);
  // A number is known by its place in the list: whoever sees it masked is not told it by the id.
  const ids = new Map(ties.map(([key, { kind }], index) => [key, kind === 'called' ? `called:${index}` : key]));
  return {
    ...rowOf(desk, gateway, memberRows(desk, gateway).get(gateway) ?? []),
    members: rows.map((row) => {
      const imeis = marksOf(desk, row.id, 'imei');
      return {
        ...queueLine(row, eyes),
        activity: activity.get(row.id)!,
        imeis,
        types: [...new Set(imeis.flatMap((imei) => desk.typeOf(tac(imei)) ?? []))],
        endpoints: marksOf(desk, row.id, 'endpoint'),
      };
    }),
    nodes: [
      ...rows.map((row) => ({
        id: `line:${row.id}`,
        kind: 'line' as const,
        label: eyes.name(row).line,
        type: null,
        line: row.id,
      })),
      ...ties.map(([key, { kind, label, lines }]) => ({
        id: ids.get(key)!,
        kind,
        label: kind === 'called' ? eyes.number([...lines.keys()][0]!, label)! : label,
        type: kind === 'imei' || kind === 'tac' ? desk.typeOf(tac(label)) : null,
        line: null,
      })),
    ],
    edges: ties.flatMap(([key, { kind, lines }]) =>
      [...lines].map(([line, events]) => ({ source: `line:${line}`, target: ids.get(key)!, why: WHY[kind], events })),
    ),
    activity: { from, slice_s: slice, slices: SLICES },
    place: place.slice(0, 50),
  };
}

function marksOf({ database }: Desk, line: number, kind: string): string[] {
  return database
    .all<{ value: string }>(
      'SELECT value FROM marks WHERE line = ? AND value >= ? AND value < ? ORDER BY value',
      line,
      `${kind}:`,
      `${kind};`,
    )
    .map(({ value }) => value.slice(kind.length + 1));
}
