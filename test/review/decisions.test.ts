import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluatedLine } from '../../src/forest/evaluate.ts';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { decidedWindows, heldOut } from '../../src/review/server/decisions.ts';
import { joinJudged } from '../../src/scan/evaluation.ts';
import { type LabelRow, lastLabels } from '../../src/store/cases/lists.ts';
import { cli } from '../support/cli.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;
let ben: Person;
let root: Person;

beforeAll(async () => {
  folder = scratch();
  await makeStore(`${folder.path}/lake`, [SAMPLE]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/lake-desk`);
  // Verdicts were taken in before anybody decided on them.
  test.clock.now += 60_000;
  ann = await test.person('ann', 'investigator');
  ben = await test.person('ben', 'approver');
  root = await test.person('root', 'administrator');
});
afterAll(async () => {
  await test?.close();
  folder?.remove();
});

async function step(person: Person, view: CaseView, action: string, reason: string): Promise<CaseView> {
  const body = { action, version: view.version, reason, comment: '' };
  return (await person.post<CaseView>(`/api/cases/${view.id}/actions`, body)).body;
}

/** Suspends a line, or clears it, a minute after what was decided before. */
async function decide(line: number, what: 'suspend' | 'clear'): Promise<void> {
  test.clock.now += 60_000;
  const { body: opened } = await ann.post<CaseView>('/api/cases', { line });
  const view = await step(ann, opened, what, what === 'suspend' ? 'simbox' : 'insufficient');
  if (what === 'clear') return;
  const url = `/api/cases/${view.id}/decisions/${view.decisions[0]!.id}`;
  expect((await ben.post(url, { answer: 'approve', version: view.version, comment: '' })).status).toBe(200);
}

const args = (...more: string[]) => [
  'train',
  '--labels',
  'store',
  '--store',
  `${folder.path}/lake`,
  '--trees',
  '4',
  ...more,
];
const output = () => `${folder.path}/own.json`;

describe('a model that learns from the desk', () => {
  it('is none before anybody decided', async () => {
    const run = await cli(...args('-o', output()));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^catpool: .*lake-desk: no decision has been made at this desk yet\n$/);
  });

  it('learns from all decisions but the newest fifth, and says whose they are and of when', async () => {
    const { items } = await ann.get<Reply<'queue'>>('/api/lines?q=tier:strong,suspect');
    // The lines of one box stand first: from the end, they are of both.
    for (const [at, { id }] of items.slice(-10).reverse().entries())
      await decide(id, at % 3 === 2 ? 'clear' : 'suspend');
    const run = await cli(...args('-o', output(), '--folds', '2', '--prior', 'none'));
    expect([run.code, run.stderr]).toEqual([
      0,
      expect.stringMatching(/own\.json: 4 trees from 8 lines, 6 of them gateway lines/),
    ]);
    expect(run.stderr).toContain('8 decisions of the desk: 6 confirmed, 2 cleared; by ann, 2026-01-05 to 2026-01-05');
    expect(run.stderr).toContain('the newest 2 decisions left for the preview of the desk');
    const { training } = JSON.parse(readFileSync(output(), 'utf8'));
    const made = lastLabels(test.desk.database)
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    expect(training.decisions).toEqual({ lines: 8, until: made[7] });
    const [logged] = (await ben.get<Reply<'audit'>>('/api/audit?action=export.labels')).items;
    expect(logged).toMatchObject({ actor: expect.stringMatching(/^cli:/), detail: { labels: 8 } });
  });

  it('is held to the decisions that it did not learn from, beside the current one, before anybody switches', async () => {
    const reply = await root.upload('/api/models', 'own.json', readFileSync(output()));
    const { models, version } = reply.json<Reply<'models'>>();
    const own = models.find(({ name }) => name === 'own.json')!;
    const preview = await ben.get<Reply<'previewModel'>>(`/api/models/${own.id}/preview`);
    // The ninth was cleared, the tenth suspended.
    expect(preview).toMatchObject({
      held_out: 2,
      decisions: 10,
      before: { confirmed: 1, confirmed_found: 1, cleared: 1, cleared_marked: 1 },
      after: { confirmed: 1, cleared: 1 },
    });
    expect(models.find(({ current }) => current)!.name).toBe('default');
    const switched = await root.post<Reply<'models'>>(`/api/models/${own.id}/switch`, { version });
    expect(switched.body.models.find(({ current }) => current)!.name).toBe('own.json');
    const back = await root.post<Reply<'models'>>('/api/models/roll-back', { version: switched.body.version });
    expect(back.body.models.find(({ current }) => current)!.name).toBe('default');
  });

  it('is evaluated on those that it did not learn from, and on no other', async () => {
    const evaluated = (...more: string[]) =>
      cli('evaluate', '--labels', 'store', '--store', `${folder.path}/lake`, '-o', `${folder.path}/report.md`, ...more);
    const own = await evaluated('--model', output());
    expect([own.code, own.stderr]).toEqual([
      0,
      expect.stringContaining('2 decisions of the desk: 1 confirmed, 1 cleared'),
    ]);
    expect(own.stderr).toContain('8 decisions left out: the model learned from them');
    // It has no thresholds: so few decisions measure none.
    expect(own.stderr).toMatch(/nothing can be marked: .* Scores of 1 gateway line and 1 ordinary line: AUC/);
    expect(readFileSync(`${folder.path}/report.md`, 'utf8')).toMatch(/not what was missed/);
    // The one shipped learned from none. It had marked all ten: that is why somebody decided on them.
    const shipped = await evaluated();
    expect(shipped.stderr).toContain('10 decisions of the desk: 7 confirmed, 3 cleared');
    expect(shipped.stderr).toMatch(/7 of 7 gateway lines marked, 3 of 3 ordinary lines/);
    expect(shipped.stderr).not.toContain('left out');
  });

  it('learns from all of them where nothing is held out, and then nothing is left to hold it to', async () => {
    const run = await cli(...args('-o', output(), '--folds', '2', '--prior', 'none', '--hold-out', '0'));
    expect(run.stderr).toMatch(/4 trees from 10 lines/);
    const { models } = (await root.upload('/api/models', 'all.json', readFileSync(output()))).json<Reply<'models'>>();
    const all = models.find(({ name }) => name === 'all.json')!;
    const preview = await ben.get<Reply<'previewModel'>>(`/api/models/${all.id}/preview`);
    expect(preview).toMatchObject({ held_out: 0, decisions: 10, after: { confirmed: 0, cleared: 0 } });
    expect(preview.caveats).toContainEqual(expect.stringMatching(/^No decision was made since/));
    const evaluated = await cli('evaluate', '--labels', 'store', '--store', `${folder.path}/lake`, '--model', output());
    expect(evaluated).toMatchObject({ code: 1, stderr: expect.stringMatching(/none is left to hold it to\n$/) });
  });

  it.each([
    [['--hold-out', '1'], /--hold-out needs a share/],
    [['--desk', '/nowhere'], /\/nowhere: no desk/],
  ])('tells what is wrong with %s in one line', async (more, words) => {
    const run = await cli(...args('-o', output(), ...more));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(new RegExp(`^catpool: .*${words.source}.*\\n$`));
  });
});

describe('lines that were judged in several windows', () => {
  it('count once each, as they looked worst', () => {
    const judged = (line: string, score: number) => ({ line, score }) as EvaluatedLine;
    const day = {
      spans: [
        { seconds: 600, lines: [] },
        { seconds: 7200, lines: [judged('a', 0.2), judged('b', 0.9)] },
      ],
    };
    const next = {
      spans: [
        { seconds: 600, lines: [judged('a', 0.1)] },
        { seconds: 3600, lines: [judged('a', 0.6)] },
      ],
    };
    const exposures = (name: string, score: number) => [{ name, lines: [judged('a', score)] }];
    expect(
      joinJudged([
        {
          ...day,
          exposures: exposures('6 h', 0.3),
          captures: ['x', 'y'],
          unlabelled: ['c', 'd'],
          known: ['a'],
          missing: ['b', 'e'],
        },
        {
          ...next,
          exposures: exposures('attach', 0.5),
          captures: ['y'],
          unlabelled: ['b', 'c'],
          known: ['b', 'a'],
          missing: ['e'],
        },
      ]),
    ).toEqual({
      spans: [
        { seconds: 600, lines: [judged('a', 0.1)] },
        { seconds: 7200, lines: [judged('a', 0.6), judged('b', 0.9)] },
      ],
      exposures: [...exposures('attach', 0.5), ...exposures('6 h', 0.3)],
      captures: ['x', 'y'],
      unlabelled: ['b', 'c', 'd'],
      known: ['a', 'b'],
      missing: ['b', 'e'],
    });
  });
});

describe('decisions', () => {
  const label = (id: number, at: number, from_s: number | null = null): LabelRow => ({
    ...{ id, at, from_s, until_s: from_s, line: String(id), label: 'confirmed', gateway: '', case_id: null },
    person: 'ann',
  });

  it('of one moment, as those of one gateway are, stay together when some are held out', () => {
    const rows = [label(5, 9), ...[1, 2, 3, 4].map((id) => label(id, 5))];
    expect(heldOut(rows, 0.5)).toEqual({ learned: rows.slice(1), held: [rows[0]] });
    expect(heldOut(rows, 0).held).toEqual([]);
  });

  it('are learned from in the window of the run that they were made on, and in none where no run shows the line', () => {
    const { database } = test.desk;
    const run = database.get<{ from_s: number; until_s: number }>('SELECT from_s, until_s FROM newest_run')!;
    const made = test.clock.now;
    const windows = decidedWindows(
      database,
      [label(1, made, run.from_s + 10), label(2, made, 5), label(3, made)],
      86_400,
    );
    expect(windows).toMatchObject([{ from: run.from_s, until: run.until_s, labels: [{ id: 1 }] }]);
    // A longer run is gone through in windows as long as asked for.
    const [hour, ...others] = decidedWindows(database, [label(1, made, run.until_s - 10)], 3600);
    expect(others).toEqual([]);
    expect(hour).toMatchObject({ from: run.until_s - 3600, until: run.until_s });
    // Verdicts that came in later are not what somebody decided on.
    expect(decidedWindows(database, [label(1, 0, run.from_s + 10)], 86_400)).toEqual([]);
  });
});
