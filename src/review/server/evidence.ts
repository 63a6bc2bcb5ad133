import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import yazl from 'yazl';
import { CATALOGUE } from '../../features/catalogue.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import { activityOf } from './activity.ts';
import { csvText, isoMs } from './csv.ts';
import type { Desk } from './desk.ts';
import { type LineActivity, type ReportFacts, reportHtml } from './evidence-report.ts';
import { Eyes } from './eyes.ts';
import type { Lead } from './lead.ts';
import { callRow, type LineEvent, timeText } from './line-events.ts';
import { reasonsOf } from './line-handlers.ts';
import { placesOf } from './places.ts';

/** Packets of so many events of a line go into its package, its calls and messages before all else, and lines into one package. */
const MOST_EVENTS = 200;
const MOST_LINES = 100;
const CALL_COLUMNS = [
  'line',
  'time',
  'end',
  'kind',
  'interface',
  'direction',
  'counterpart',
  'outcome',
  'repeat',
  'talk_s',
  'cell',
  'imei',
  'endpoint',
  'user_agent',
  'cause',
  'sip_status',
  'released_by',
  'trunk',
  'event',
  'capture',
  'first_frame',
  'last_capture',
  'last_frame',
];

/**
 * Makes the evidence package of some lines: one zip that needs no Catpool to be read, and `sha256sum -c SHA256SUMS` alone to be
 * verified. Its own digest goes into the audit log.
 *
 * @param lead goes with it where it is of a case: the package for the police
 * @returns its path, to be removed or moved by the caller, and the name it should have
 */
export async function makeEvidence(
  desk: Desk,
  rows: readonly LineRow[],
  subject: string,
  person: string,
  actor: string,
  lead: Lead | null = null,
): Promise<{ path: string; name: string; sha256: string; notes: string[] }> {
  const folder = mkdtempSync(join(desk.folder('scratch'), 'evidence-'));
  const path = `${folder}.zip`;
  try {
    if (lead !== null) writeFileSync(join(folder, 'lead.json'), `${JSON.stringify(lead, null, 1)}\n`, { mode: 0o600 });
    const notes = await fillFolder(desk, rows, subject, person, folder);
    const names = FILES.filter((name) => existsSync(join(folder, name)));
    const manifest = {
      schema: 'catpool.evidence/1',
      subject,
      lines: rows.slice(0, MOST_LINES).map(({ line }) => line),
      exported_by: person,
      exported_at: isoMs(desk.options.now()),
      notes,
      files: names.map((name) => ({
        name,
        bytes: statSync(join(folder, name)).size,
        sha256: digestOf(join(folder, name)),
      })),
    };
    writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
    const all = [...names, 'manifest.json'];
    const sums = all.map((name) => `${digestOf(join(folder, name))}  ${name}\n`).join('');
    writeFileSync(join(folder, 'SHA256SUMS'), sums, { mode: 0o600 });
    await zip(folder, [...all, 'SHA256SUMS'], path, desk.options.now());
    const sha256 = digestOf(path);
    const of = lead !== null ? `case:${lead.case}` : rows.length === 1 ? `line:${rows[0]!.id}` : subject;
    desk.log(actor, lead === null ? 'export.evidence' : 'export.lead', of, {
      person,
      sha256,
      lines: rows.length,
    });
    return { path, name: `evidence-${subject.replace(/[^\w.-]/g, '_').slice(0, 80)}.zip`, sha256, notes };
  } catch (error) {
    desk.discard(path);
    throw error;
  } finally {
    desk.discard(folder);
  }
}

/** What may be in a package besides the manifest and the sums. */
const FILES = [
  'report.html',
  'report.pdf',
  'lead.json',
  'verdict.json',
  'features.json',
  'calls.csv',
  'packets.pcapng',
];

async function fillFolder(
  desk: Desk,
  all: readonly LineRow[],
  subject: string,
  person: string,
  folder: string,
): Promise<string[]> {
  const notes: string[] = [];
  const rows = all.slice(0, MOST_LINES);
  if (all.length > rows.length)
    notes.push(
      `only the first ${rows.length} of ${all.length} lines are in it · 仅含 ${all.length} 条线路中的前 ${rows.length} 条`,
    );
  const eyes = new Eyes(new Set(rows.map(({ id }) => id)));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const verdicts = rows.map((row) => verdictOf(desk, row));
  write('verdict.json', `${JSON.stringify({ schema: 'catpool.verdict/1', verdicts }, null, 1)}\n`);

  const features = await featuresOf(desk, rows);
  write('features.json', `${JSON.stringify({ schema: 'catpool.features/1', lines: features }, null, 1)}\n`);

  const calls: { row: LineRow; one: LineEvent }[] = [];
  const activities: LineActivity[] = [];
  const local = desk.localTime();
  for (const row of rows) {
    const span = desk.spanOf(row);
    const events = await desk.eventsOf(row, span.from, span.until);
    for (const one of events) calls.push({ row, one });
    const typeOf = (tac: string) => desk.typeOf(tac);
    activities.push(activityOf(row, events, span, local, eyes, () => null, typeOf));
  }
  write(
    'calls.csv',
    csvText(
      CALL_COLUMNS,
      calls.map(({ row, one }) => {
        const { frames, time, end, ...call } = callRow(one, row.id, eyes);
        return {
          line: row.line,
          ...call,
          // Another observation of a call that stands above.
          repeat: one.repeat,
          time: timeText(time),
          end: end === null ? '' : timeText(end),
          capture: frames.capture,
          first_frame: frames.first,
          last_capture: frames.last_capture,
          last_frame: frames.last,
        };
      }),
    ),
  );

  const { packets, missing } = await packetsOf(desk, rows, calls, join(folder, 'packets.pcapng'));
  if (rows.some((row) => calls.filter((call) => call.row === row).length > MOST_EVENTS))
    notes.push(
      `packets are of the first ${MOST_EVENTS} events of each line, calls and messages before others · 数据包仅含每条线路的前 ${MOST_EVENTS} 个事件，通话与短信优先`,
    );
  if (packets === 0) rmSync(join(folder, 'packets.pcapng'), { force: true });
  if (packets === 0) notes.push('no packets: the original captures are no longer there · 没有数据包：原始抓包已不存在');
  else if (missing.length > 0)
    notes.push(`packets of captures that are gone are missing: ${missing.join(', ')} · 缺少已不存在的抓包中的数据包`);

  const html = reportHtml({
    subject,
    person,
    at: desk.options.now() / 1000,
    files: FILES.filter((name) => existsSync(join(folder, name))),
    verdicts: verdicts.map((verdict, at) => ({ ...verdict, activity: activities[at]! })),
    events: calls.length,
    packets,
    model: modelOf(desk),
    notes,
    time: (epochSeconds) => localText(epochSeconds, local.offsetAt(epochSeconds)),
  });
  write('report.html', html);
  const chromium = CHROMIUM.find((path) => existsSync(path));
  if (chromium === undefined || !(await printPdf(chromium, folder)))
    notes.push(
      'no report.pdf: it is printed with Chromium, which is not installed here or did not print it · 没有 report.pdf：须由 Chromium 打印，此处未安装或未能打印',
    );
  return notes;
}

/** `2026-01-31 16:00:00 UTC+8`. @param offset of local time from UTC, s */
function localText(epochSeconds: number, offset: number): string {
  const text = timeText(epochSeconds + offset)
    .replace('T', ' ')
    .replace('Z', '');
  const hours = Math.abs(offset) / 3600;
  const whole = Math.floor(hours);
  const minutes = Math.round((hours - whole) * 60);
  const past = minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`;
  return `${text} UTC${offset === 0 ? '' : `${offset < 0 ? '-' : '+'}${whole}${past}`}`;
}

function modelOf({ models, database }: Desk): ReportFacts['model'] {
  const model = models.current();
  const row = database.get<{ name: string }>('SELECT name FROM models WHERE id = ?', models.currentId());
  return model === null || row === undefined ? null : { name: row.name, simulated: model.training.simulated };
}

export interface EvidenceVerdict {
  line: string;
  msisdn: string | null;
  imsi: string | null;
  score: number;
  probability: number;
  tier: LineRow['tier'];
  gateway: number | null;
  calls: number;
  first: string;
  last: string;
  run: string | null;
  cell: string | null;
  user_agent: string | null;
  reasons: { feature: string; text: string; text_zh: string; contribution: number }[];
}

function verdictOf(desk: Desk, row: LineRow): EvidenceVerdict {
  return {
    line: row.line,
    msisdn: row.msisdn,
    imsi: row.imsi,
    score: row.score,
    probability: row.probability,
    tier: row.tier,
    gateway: row.gateway,
    calls: row.calls,
    first: timeText(row.first_s),
    last: timeText(row.last_s),
    run: desk.database.get<{ name: string }>('SELECT name FROM runs WHERE id = ?', row.run ?? 0)?.name ?? null,
    cell: row.cell,
    user_agent: row.user_agent,
    reasons: reasonsOf(row),
  };
}

async function featuresOf(
  desk: Desk,
  rows: readonly LineRow[],
): Promise<Record<string, Record<string, number | null>>> {
  const found: Record<string, Record<string, number | null>> = {};
  const { from, until } = desk.spanOf(rows[0]!);
  const { windows } = await desk.workers.run({
    ...desk.scanSettings,
    kind: 'features',
    model: desk.models.path(desk.models.currentId()),
    lines: rows.map(({ line }) => line),
    from,
    until,
  });
  for (const { line } of rows) {
    const values = windows.findLast((window) => window.line === line && window.worst)?.values ?? [];
    found[line] = Object.fromEntries(CATALOGUE.map(({ name }, index) => [name, values[index] ?? null]));
  }
  return found;
}

/** Cuts the frames of each event out of the captures: all between its first and last that belong to its dialog. */
async function packetsOf(
  desk: Desk,
  rows: readonly LineRow[],
  calls: readonly { row: LineRow; one: LineEvent }[],
  file: string,
): Promise<{ packets: number; missing: string[] }> {
  const isAct = ({ one: { event } }: { one: LineEvent }): boolean => event.kind === 'leg' || event.kind === 'sms';
  const events = rows.flatMap((row) => {
    const own = calls.filter((call) => call.row === row);
    return [...own.filter(isAct), ...own.filter((call) => !isAct(call))].slice(0, MOST_EVENTS);
  });
  const { spans, missing } = await placesOf(
    desk,
    events.map(({ one: { event } }) => event),
  );
  const frames = await desk.workers.run({ kind: 'frames', spans });
  const cut = await desk.workers.run({ kind: 'packets', wanted: frames.wanted, file });
  return { packets: cut.packets, missing: [...new Set([...missing, ...frames.missing, ...cut.missing])] };
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function zip(folder: string, names: readonly string[], path: string, now: number): Promise<void> {
  const file = new yazl.ZipFile();
  for (const name of names)
    file.addReadStream(createReadStream(join(folder, name)), name, { mode: 0o100600, mtime: new Date(now) });
  file.end();
  const part = `${path}.part`;
  await pipeline(file.outputStream, createWriteStream(part, { mode: 0o600 }));
  renameSync(part, path);
}

/** Where Debian, Fedora and others put Chromium. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const PRINT_MS = 60_000;

/** Prints the report; it holds no script and asks for nothing. */
async function printPdf(chromium: string, folder: string): Promise<boolean> {
  const profile = join(folder, 'profile');
  mkdirSync(profile, { mode: 0o700 });
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(
    chromium,
    [
      '--headless',
      '--disable-gpu',
      '--no-pdf-header-footer',
      ...sandbox,
      `--user-data-dir=${profile}`,
      `--print-to-pdf=${join(folder, 'report.pdf')}`,
      pathToFileURL(join(folder, 'report.html')).href,
    ],
    { stdio: 'ignore', timeout: PRINT_MS, killSignal: 'SIGKILL' },
  );
  await new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
  rmSync(profile, { recursive: true, force: true });
  return existsSync(join(folder, 'report.pdf'));
}
