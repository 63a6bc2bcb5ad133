import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { Desk } from '../../review/server/desk.ts';
import { makeEvidence } from '../../review/server/evidence.ts';
import { labelsList, removalList } from '../../review/server/exports.ts';
import { Eyes } from '../../review/server/eyes.ts';
import { type Lead, leadOf } from '../../review/server/lead.ts';
import { shiftReport } from '../../review/server/shift.ts';
import { auditRows, verifyAudit } from '../../store/cases/audit.ts';
import { membersOf } from '../../store/cases/case-rows.ts';
import type { Database } from '../../store/cases/database.ts';
import { handOut, openOrders } from '../../store/cases/lists.ts';
import { gatewayLines, type LineRow, lineRow, linesNamed } from '../../store/cases/queue.ts';
import { homeOfStore } from '../../store/feed-state.ts';
import { cliActor, type DeskArguments, deskFolder, deskOptions, withDesk } from '../desk.ts';
import { durationOf, keyOption, type ReferenceArguments, referenceOptions, referencePathsOf } from '../options.ts';
import { checkOutputs } from '../outputs.ts';
import { count, say } from '../report.ts';
import { Sink } from '../sink.ts';

interface Arguments extends DeskArguments, ReferenceArguments {
  what: 'removal' | 'evidence' | 'lead' | 'labels' | 'audit' | 'shift';
  subject?: string | undefined;
  format?: 'csv' | 'json' | undefined;
  output?: string | undefined;
  verify: boolean;
  captures?: string[] | undefined;
  window?: string | undefined;
  timeZone?: string | undefined;
  pseudonymKey?: string | undefined;
}

export const exportCommand: CommandModule<object, Arguments> = {
  command: 'export <what> [subject]',
  describe:
    'The list for provisioning, evidence of a line or gateway, a case for the police, labels, the audit log, the report of a shift',
  builder: (yargs) =>
    keyOption(referenceOptions(deskOptions(yargs)))
      .positional('what', {
        choices: ['removal', 'evidence', 'lead', 'labels', 'audit', 'shift'] as const,
        demandOption: true,
      })
      .positional('subject', {
        describe:
          'Of evidence: a line, or #12 for a gateway of the newest run; of lead: the number of a case; of shift: how long it was (12h)',
        type: 'string',
      })
      .option('format', {
        describe: 'Form of the removal list',
        choices: ['csv', 'json'] as const,
        defaultDescription: 'csv',
        group: 'Output:',
      })
      .option('output', {
        describe: 'File to write instead of standard output; evidence and lead always need a file',
        type: 'string',
        alias: 'o',
        group: 'Output:',
      })
      .option('verify', {
        describe: 'Of audit: go through the chain, exit with 1 where a row was changed or is missing',
        type: 'boolean',
        default: false,
        group: 'Output:',
      })
      .option('captures', {
        describe: 'Folder to look in for original captures that were moved',
        type: 'string',
        array: true,
        nargs: 1,
        group: 'Input:',
      })
      .option('window', {
        describe: 'Time that features are taken over',
        type: 'string',
        defaultDescription: '24h',
        group: 'Input:',
      })
      .option('time-zone', { describe: 'Local time, for instance Asia/Shanghai', type: 'string', group: 'Input:' })
      .check(checkOutputs, false)
      .example(
        '$0 export removal --desk lake-desk -o removal.csv',
        'orders to carry out; the same ids until they are done',
      )
      .example('$0 export evidence 8613812345678 --store lake -o line.zip', 'proof that needs no Catpool')
      .example('$0 export lead 12 --store lake -o case.zip', 'case 12 with its evidence, for the police')
      .example('$0 export labels --desk lake-desk -o labels.csv', 'for catpool train --labels')
      .example('$0 export shift 8h --desk lake-desk -o shift.json', 'who did what, what waits, what is overdue')
      .example('$0 export audit --desk lake-desk --verify', 'was the log tampered with?') as never,
  handler: exportHandler,
};

async function exportHandler(args: Arguments): Promise<void> {
  refuseOthers(args);
  if (args.what === 'evidence' || args.what === 'lead') await exportEvidence(args);
  else
    await withDesk(args, false, async (database) => {
      if (args.what === 'audit') exportAudit(database, args);
      else if (args.what === 'removal') await exportRemoval(database, args);
      else {
        const text = args.what === 'labels' ? labelsList(database, cliActor()) : shiftText(database, args.subject);
        const sink = new Sink(args.output ?? null);
        sink.write(text);
        sink.end();
      }
    });
}

const OF_PACKAGES = ['evidence', 'lead'] as const;

/** What options are of, where not of all that is exported. */
const OF: Readonly<Record<string, readonly Arguments['what'][]>> = {
  verify: ['audit'],
  format: ['removal'],
  captures: OF_PACKAGES,
  window: OF_PACKAGES,
  'time-zone': OF_PACKAGES,
  'pseudonym-key': OF_PACKAGES,
  subscribers: OF_PACKAGES,
  'tac-db': OF_PACKAGES,
  cells: OF_PACKAGES,
  networks: OF_PACKAGES,
  fingerprints: OF_PACKAGES,
};

/** @throws UserError where something is given that would change nothing */
function refuseOthers(args: Arguments): void {
  const { what, subject, verify, output } = args;
  for (const [name, whats] of Object.entries(OF)) {
    const given = (args as unknown as Record<string, unknown>)[name];
    if (given === undefined || given === false || whats.includes(what)) continue;
    throw new UserError(`--${name} goes with export ${whats.join(' and ')}`);
  }
  if (subject !== undefined && (what === 'removal' || what === 'labels' || what === 'audit'))
    throw new UserError(`export ${what} takes no more words: ${subject}`);
  if (verify && output !== undefined) throw new UserError('export audit --verify writes no file: leave out --output');
}

/** The list is written before its orders are noted as handed out: whoever takes none of it has been handed nothing. */
async function exportRemoval(database: Database, { format = 'csv', output }: Arguments): Promise<void> {
  const orders = openOrders(database);
  const sink = new Sink(output ?? null);
  let isOut = false;
  let isEnded = false;
  try {
    sink.write(removalList(orders, format));
    if (!(await sink.settle())) throw new UserError('standard output did not take the list: no order is handed out');
    isOut = !sink.isHidden;
    handOut(database, cliActor(), orders, () => {
      isEnded = true;
      sink.end();
      isOut = true;
    });
  } catch (error) {
    if (!isEnded) sink.abandon();
    if (!isOut) throw error;
    const words = 'the list was written, but its orders are not noted as handed out: the next list has them again';
    throw new UserError(`${(error as Error).message}; ${words}`);
  }
}

/** JSON; numbers are masked, as on a screen that everybody on the shift sees. */
function shiftText(database: Database, length: string | undefined): string {
  const since =
    length === undefined ? undefined : database.now() - 1000 * durationOf(length, 'the length of the shift');
  const report = shiftReport({ database }, new Eyes(new Set()), since);
  return `${JSON.stringify({ schema: 'catpool.shift/1', ...report }, null, 2)}\n`;
}

function exportAudit(database: Database, { verify, output }: Arguments): void {
  if (!verify) {
    const sink = new Sink(output ?? null);
    for (const { detail, at, ...row } of auditRows(database, 0)) {
      const told = { ...row, time: new Date(at).toISOString(), at, detail: detailOf(detail) };
      sink.write(`${JSON.stringify({ schema: 'catpool.audit/1', ...told })}\n`);
    }
    sink.end();
    return;
  }
  const { rows, hash, broken } = verifyAudit(database);
  if (broken !== null)
    throw new UserError(`the audit log is broken at row ${broken.seq}: ${broken.why}; ${rows} rows before it hold`);
  say(`${count(rows, 'row')} hold. Keep this elsewhere: ${rows} ${hash}`);
}

/** What a row tells, as an object; where somebody wrote over it what is none, as it stands. */
function detailOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function exportEvidence(args: Arguments): Promise<void> {
  const { what, subject, output, store } = args;
  if (subject === undefined)
    throw new UserError(
      what === 'lead' ? 'export lead: name a case' : 'export evidence: name a line, or #12 for a gateway',
    );
  if (what === 'lead' && !/^[1-9]\d{0,11}$/.test(subject))
    throw new UserError(`export lead: expected the number of a case, got ${subject}`);
  if (output === undefined) throw new UserError(`export ${what}: name the file with --output`);
  if (store === undefined) throw new UserError(`export ${what}: name the store with --store`);
  const folder = deskFolder(args);
  if (!existsSync(folder)) throw new UserError(`${folder}: no desk; review makes one`);
  const desk = await Desk.open({
    store,
    folder,
    now: Date.now,
    captures: args.captures ?? [],
    homeCountry: homeOfStore(store) ?? null,
    timeZone: args.timeZone ?? null,
    window: durationOf(args.window ?? '24h', '--window'),
    references: referencePathsOf(args),
    pseudonymKey: args.pseudonymKey,
  });
  try {
    await desk.refresh();
    const { rows, name, lead } = what === 'lead' ? ofCase(desk.database, Number(subject)) : found(desk, subject);
    const { path, sha256, notes } = await makeEvidence(desk, rows, name, cliActor(), cliActor(), lead);
    move(path, output);
    for (const note of notes) say(note);
    say(`${output}: SHA-256 ${sha256}`);
  } finally {
    await desk.close();
  }
}

interface Wanted {
  rows: LineRow[];
  /** Of the package. */
  name: string;
  lead: Lead | null;
}

/** A line by its number, or a gateway of the newest run. */
function found({ database, plan }: Desk, subject: string): Wanted {
  const gateway = /^#(\d{1,6})$/.exec(subject)?.[1];
  const rows =
    gateway === undefined
      ? [subject.replace(/^\+/, ''), plan.named(subject)].flatMap((name) => linesNamed(database, name)).slice(0, 1)
      : gatewayLines(database, Number(gateway));
  if (rows.length === 0) throw new UserError(`${subject}: no verdict of it in this store`);
  return { rows, name: gateway === undefined ? rows[0]!.line : `gateway-${gateway}`, lead: null };
}

function ofCase(database: Database, id: number): Wanted {
  if (database.get('SELECT 1 FROM cases WHERE id = ?', id) === undefined)
    throw new UserError(`export lead: there is no case ${id} at this desk`);
  const rows = membersOf(database, id).flatMap((member) => lineRow(database, member.id) ?? []);
  return { rows, name: `case-${id}`, lead: leadOf(database, id, null) };
}

/** The file may have to go to another disk. */
function move(from: string, to: string): void {
  try {
    copyFileSync(from, `${to}.part`);
    renameSync(`${to}.part`, to);
  } catch (error) {
    throw new UserError(`cannot write ${to}: ${(error as Error).message}`);
  } finally {
    rmSync(from, { force: true });
  }
}
