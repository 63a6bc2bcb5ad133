import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { believedUntil } from '../../base/time.ts';
import { listCaptures } from '../../capture/list.ts';
import { readCapture } from '../../capture/read.ts';
import { featuresOf, movedBy } from '../../forest/explain.ts';
import { readModel } from '../../scan/judge/default-model.ts';
import { DEFINITIONS } from '../../scan/judge/judge.ts';
import { addToStore, lastWindow } from '../../scan/lake.ts';
import { judgeWindows, type LinesOptions, scan, wholeCaptures, withCollected } from '../../scan/run.ts';
import { openDatabase } from '../../store/cases/database.ts';
import { importRuns, type RunRow } from '../../store/cases/runs.ts';
import { openStore, type Store } from '../../store/store.ts';
import { cutPackets, findFrames, findMessages } from './messages.ts';
import type { Job, JobReply, JobResults, ScanSettings } from './workers.ts';

/** Does what would keep the desk from answering, in a process of its own: reads captures and windows of the store. */

function say(reply: JobReply): void {
  process.send?.(reply);
}

async function work(job: Job): Promise<JobResults[Job['kind']]> {
  switch (job.kind) {
    case 'features':
      return features(job);
    case 'preview':
      return preview(job);
    case 'upload':
      return upload(job);
    case 'import':
      return takeIn(job);
    case 'trails':
      return trails(job);
    case 'messages':
      return findMessages(job.places);
    case 'frames':
      return findFrames(job.spans);
    case 'packets':
      return cutPackets(job.wanted, job.file);
  }
}

function linesOptions({ feed, homeCountry, timeZone, window, references }: ScanSettings): LinesOptions {
  return { ...wholeCaptures(feed, homeCountry), timeZone, window, references };
}

/** The store of a job, which names lines by their numbers. */
function storeOf({ store, pseudonymKey }: ScanSettings): Store {
  return openStore(store, false, { numbers: true, pseudonymKey });
}

/** Features of some lines in each window, with the one in which each looked worst. */
async function features(job: Extract<Job, { kind: 'features' }>): Promise<JobResults['features']> {
  const model = readModel(job.model);
  const store = storeOf(job);
  const wanted = new Map(job.lines.flatMap((line) => store.namesOf(line).map((name) => [name, line])));
  try {
    const options = { ...linesOptions(job), since: job.from, until: job.until, model, threshold: null };
    const lake = { store, filter: { since: job.from, until: job.until } };
    return await withCollected([], { ...options, lake }, async (collected, spools) => {
      const windows = new Map<string, JobResults['features']['windows'][number]>();
      const worst = new Map<string, string>();
      const places = new Map(featuresOf(model).map((name, place) => [name, place]));
      await judgeWindows(collected, spools, options, {
        listed: (name) => wanted.has(name),
        onVerdict: ({ line: name }, worse, { vector, row }, { context: { until } }) => {
          const line = wanted.get(name);
          if (line === undefined) return;
          const key = `${until} ${line}`;
          const parts = movedBy(model, row, 0);
          const placeOf = (name: string) => places.get(name) ?? -1;
          const names = [...DEFINITIONS.keys()];
          // Those of the company are in the row alone, of a model that asks for it.
          const values = names.map((name, index) => finite(vector[index] ?? row[placeOf(name)] ?? Number.NaN));
          const moved = names.map((name) => parts[placeOf(name)] ?? 0);
          windows.set(key, { line, until, values, moved, worst: false });
          if (worse) worst.set(line, key);
        },
      });
      for (const key of worst.values()) windows.get(key)!.worst = true;
      return { windows: [...windows.values()].reverse() };
    });
  } finally {
    await store.close();
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Tier and score of every line that either model would mark, and of those decided on, without writing anything. */
async function preview(job: Extract<Job, { kind: 'preview' }>): Promise<JobResults['preview']> {
  const store = storeOf(job);
  const numberOf = (name: string) => store.behind?.number(name) ?? name;
  try {
    const options = linesOptions(job);
    const last = lastWindow(store, undefined, { ...options, notAfter: believedUntil(Date.now()) });
    const found: JobResults['preview'] = {
      ...{ from: last.since, until: last.until, lines: 0, before: {}, after: {} },
      decided: { before: {}, after: {} },
    };
    for (const [which, path] of [
      ['before', job.before],
      ['after', job.after],
    ] as const) {
      const model = readModel(path);
      const judged = async (span: { since: number; until: number }) =>
        scan([], { ...options, ...span, lake: { store, filter: span }, model, threshold: 0 });
      const result = await judged(last);
      found.lines = result.lines;
      for (const { line, tier, score } of result.verdicts)
        if (tier !== 'none') found[which][numberOf(line)] = { tier, score };
      for (const { since, until, lines } of job.decided) {
        const isLast = since === last.since && until === last.until;
        const wanted = new Set(lines);
        for (const { line: name, tier, score } of (isLast ? result : await judged({ since, until })).verdicts) {
          const line = numberOf(name);
          if (wanted.has(line)) found.decided[which][line] = { tier, score };
        }
      }
    }
    return found;
  } finally {
    await store.close();
  }
}

/** Puts a capture into the store, scores the window it lies in, and keeps the verdicts there. */
async function upload(job: Extract<Job, { kind: 'upload' }>): Promise<JobResults['upload']> {
  const model = readModel(job.model);
  const id = createHash('sha256').update(readFileSync(job.model)).digest('hex');
  const store = openStore(job.store, true, { homeCountry: job.homeCountry, pseudonymKey: job.pseudonymKey });
  try {
    const options = linesOptions(job);
    const [input] = await listCaptures([job.path]);
    const { sha256, last } = await readCapture(input!, () => undefined);
    // What any probe put in before is not put in once more.
    const repeated = store.has(sha256);
    const added = repeated
      ? null
      : await addToStore([job.path], store, {
          ...options,
          onProgress: (bytes) => say({ kind: 'progress', state: 'reading', bytes }),
        });
    say({ kind: 'progress', state: 'scoring', bytes: 0 });
    const window = { ...options, until: last === null ? null : last.s + 1 };
    const notAfter = believedUntil(Date.now());
    const span = lastWindow(store, undefined, { ...window, notAfter });
    const result = await scan([], { ...window, ...span, lake: { store, filter: span }, model, threshold: null });
    await store.writeVerdicts(
      result.verdicts.map((verdict) => ({ ...verdict, model: id })),
      result.from,
      result.until,
    );
    return {
      repeated,
      expired: added !== null && added.expired.length > 0,
      future: last !== null && last.s > notAfter,
      lines: result.lines,
      marked: result.tiers.suspect + result.tiers.strong,
    };
  } finally {
    await store.close();
  }
}

async function trails(job: Extract<Job, { kind: 'trails' }>): Promise<JobResults['trails']> {
  const store = storeOf(job);
  try {
    return { trails: store.trails(job.events) };
  } finally {
    await store.close();
  }
}

/** How often it is told that lines came in, ms. */
const TOLD_MS = 1000;

/** On a busy machine a transaction takes long: the desk does not need the file for longer than this to come in between, ms. */
const LONGEST_REST_MS = 40;

/** Takes new verdicts into the desk's file. It has the file half of the time at most: the desk writes in between. */
async function takeIn(job: Extract<Job, { kind: 'import' }>): Promise<JobResults['import']> {
  const store = storeOf(job);
  try {
    const database = await openDatabase(job.desk, Date.now, true);
    try {
      let runs = 0;
      let told = Number.NEGATIVE_INFINITY;
      let since = performance.now();
      const rest = async (): Promise<void> => {
        const now = performance.now();
        if (now - told > TOLD_MS) {
          told = now;
          say({ kind: 'taken', run: null });
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_REST_MS, now - since)));
        since = performance.now();
      };
      const onRun = ({ id }: RunRow): void => {
        runs++;
        say({ kind: 'taken', run: id });
      };
      await importRuns(database, store, onRun, rest);
      database.foldLog();
      return { runs };
    } finally {
      database.close();
    }
  } finally {
    await store.close();
  }
}

process.once('message', (job: Job) => {
  work(job).then(
    (value) => {
      process.send?.({ kind: 'done', value } satisfies JobReply, () => process.disconnect());
    },
    (error: Error) => {
      const user = error.name === 'UserError';
      process.send?.(
        { kind: 'failed', message: user ? error.message : String(error.stack), user } satisfies JobReply,
        () => process.disconnect(),
      );
    },
  );
});
// The desk has gone: nobody wants the answer.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
