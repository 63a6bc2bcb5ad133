import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = join(folder, 'sim');
const captures = join(out, 'capture-001.pcap');
const labels = join(out, 'labels.csv');
const model = join(folder, 'own.json');

describe('from a simulation to a model to verdicts', () => {
  beforeAll(async () => {
    const scenario = join(folder, 'scenario.yaml');
    writeFileSync(
      scenario,
      [
        'seed: 5',
        'country: "86"',
        'subscribers: 60',
        'hours: 2',
        'network: { numberFormat: plus, identity: number }',
        'everyGateway: { difficulty: naive, lines: 8, idle: 0 }',
        'gateways: 4',
      ].join('\n'),
    );
    const run = await cli('simulate', '--out', out, '--scenario', scenario);
    expect(run).toMatchObject({ code: 0, stdout: '' });
    expect(run.stderr).toMatch(/SIP messages in .* calls, 92 lines of which 32 in gateways/);
  });

  test('both trainers make a model that scan takes', async () => {
    for (const trainer of ['histogram', 'ml-random-forest']) {
      const run = await cli(
        'train',
        captures,
        '--labels',
        labels,
        '-o',
        model,
        '--trees',
        '12',
        '--folds',
        '3',
        '--trainer',
        trainer,
      );
      expect(run.stderr).toMatch(/12 trees from \d+ lines, \d+ of them gateway lines/);
      expect(run.code).toBe(0);
      // 3/1e-3 ordinary lines are needed to measure the first threshold: a user must say one.
      expect(run.stderr).toMatch(/not measurable: 3000 ordinary rows are needed/);
      expect(run.stderr.trimEnd().split('\n').at(-1)).toMatch(
        /warning:.* the model has no thresholds: name scan a score/,
      );
      expect((await cli('scan', captures, '--model', model)).stderr).toMatch(/no thresholds.*give --threshold/);
      const { stdout } = await cli('scan', captures, '--model', model, '--threshold', '0.5', '--format', 'ndjson');
      const boxes = new Set(
        readFileSync(labels, 'utf8')
          .split('\n')
          .filter((line) => line.includes(',gateway,'))
          .map((line) => line.split(',')[0]),
      );
      const marked = records(stdout).filter((record) => record.line !== undefined);
      const right = marked.filter((record) => boxes.has(String(record.line)));
      // Scored on what it was trained on: nearly all must be found, and little else.
      expect(right.length).toBeGreaterThan(20);
      expect(right.length / marked.length).toBeGreaterThan(0.9);
    }
  });

  test.each([
    ['report.html', ['report.html']],
    ['report.md', ['report.md']],
    ['report.2026-03', ['report.2026-03.html', 'report.2026-03.md']],
  ])('evaluate -o %s writes that form, or both', async (name, written) => {
    const to = mkdtempSync(join(folder, 'report-'));
    const run = await cli('evaluate', captures, '--labels', labels, '-o', join(to, name));
    expect(run).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(to).sort()).toEqual(written);
    for (const file of written)
      expect(readFileSync(join(to, file), 'utf8').startsWith('<!')).toBe(file.endsWith('.html'));
  });

  test('evaluate writes one report in two forms, of a model that says how it is and how odd lines are', async () => {
    const args = ['--labels', labels, '--trees', '10', '--folds', '3', '--compare', '--prior', 'none'];
    const trained = await cli('train', captures, ...args, '-o', model);
    expect(trained.stderr).toMatch(/had not seen, histogram, first forest alone: AUC [\d.]+/);
    expect(trained.stderr).toMatch(/had not seen, ml-random-forest, first forest alone: AUC [\d.]+/);
    expect(trained.stderr).toMatch(/later lines of other boxes: not measurable: all rows are of one time/);
    const report = join(folder, 'report');
    const kinds = join(out, 'lines.csv');
    const run = await cli('evaluate', captures, '--labels', labels, '--kinds', kinds, '--model', model, '-o', report);
    expect(run).toMatchObject({ code: 0, stdout: '' });
    // A model of so few ordinary lines has no thresholds: nothing is marked by it, which says nothing of it.
    expect(run.stderr).toMatch(
      /nothing can be marked: the model has no thresholds\. Scores of \d+ gateway lines and \d+/,
    );
    expect(run.stderr).not.toMatch(/lines marked/);
    const markdown = readFileSync(`${report}.md`, 'utf8');
    expect(markdown).toContain('What it would mark is not measurable; its scores are.');
    expect(markdown).toMatch(/^- Gateway lines: \d+\.$/m);
    expect(markdown).not.toMatch(/\b0 %|## (?:Missed|How soon|Boxes|Wrongly)/);
    expect(markdown).toMatch(/\| attach \| \d+ \|/);
    expect(markdown).toMatch(/\| 5 calls \| \d+ \|/);
    expect(markdown).toContain('ml-random-forest, on the training rows');
    expect(readFileSync(`${report}.html`, 'utf8')).toMatch(/^<!doctype html>/);

    const scanned = await cli('scan', captures, '--model', model, '--threshold', '0.5', '--format', 'ndjson');
    const lines = records(scanned.stdout);
    // Scored on its own training rows, of which a third are gateways; the scores of fewer than a hundred lines tell nothing.
    expect(lines.at(-1)).toMatchObject({ record: 'summary', drift: { verdict: 'unknown', score_psi: null } });
    const marked = lines.find((record) => record.tier !== undefined)!;
    expect(marked.anomaly).toBeGreaterThan(0);
    expect(marked.anomaly).toBeLessThan(1);
    expect(marked.anomaly_percentile).toBeLessThanOrEqual(1);
    const explained = await cli('explain', String(marked.line), captures, '--model', model);
    expect(explained.stdout).toMatch(/Odder than [\d.]+ % of ordinary lines, whatever labels say/);
  });

  test('evaluate says how many labelled lines it did not find, however often labels name one', async () => {
    const some = join(folder, 'some.csv');
    const [head, ...rows] = readFileSync(labels, 'utf8').trim().split('\n');
    const others = ['999999999', '+888888888', '8613999999999', '013999999999', '13999999999'];
    writeFileSync(some, [head, ...rows, ...others.map((line) => `${line},,,gateway,,,,`)].join('\n'));
    const found = (await cli('evaluate', captures, '--labels', labels, '--model', model)).stderr;
    const missing = Number(/(\d+) labelled lines? did nothing in these captures/.exec(found)?.[1] ?? 0);
    const { stderr } = await cli('evaluate', captures, '--labels', some, '--model', model);
    expect(stderr).toContain(`${missing + 3} labelled lines did nothing in these captures`);
    expect(stderr.split('\n').at(-2)).toBe(found.split('\n').at(-2));
  });

  test('with few gateway lines most trees are those of the model to start from, unless none is wanted', async () => {
    const args = ['train', captures, '--labels', labels, '--trees', '20', '--folds', '3'];
    expect((await cli(...args, '-o', model, '--prior', 'none')).stderr).not.toMatch(/the model to start from/);
    const beside = await cli(...args, '-o', join(folder, 'beside.json'), '--prior', model);
    // 30 lines or so of 4 boxes: 30 / 230 of the trees.
    expect(beside.stderr).toMatch(/1[67] trees of these are of the model to start from: it alone AUC [\d.]+/);
    const nothing = await cli(...args, '-o', model, '--prior', join(folder, 'nothing.json'));
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toMatch(/model .*nothing\.json: /);
  });

  test('the same seed gives the same bytes', async () => {
    const again = join(folder, 'again.json');
    const args = ['train', captures, '--labels', labels, '--trees', '5', '--folds', '3', '--seed', '9'];
    await cli(...args, '-o', model);
    await cli(...args, '-o', again);
    expect(readFileSync(again)).toEqual(readFileSync(model));
  });

  test('labels that cannot be read name the row and the column', async () => {
    const bad = join(folder, 'bad.csv');
    const cases: [string, RegExp][] = [
      ['line,label\n8613,human\n', /row 2, label: expected gateway or ordinary, got human/],
      ['line,label\n,gateway\n', /row 2, line/],
      ['line,label,weight\n8613,gateway,-1\n', /row 2, weight: expected a number above 0/],
      ['line,label,from\n8613,gateway,soon\n', /row 2, from: expected an ISO 8601 time/],
      ['number,label\n8613,gateway\n', /no column line/],
      ['', /no rows/],
      ['line,label\n8613,gateway\n', /none of the labelled lines/],
    ];
    for (const [text, words] of cases) {
      writeFileSync(bad, text);
      const { code, stderr } = await cli('train', captures, '--labels', bad, '-o', model);
      expect(stderr).toMatch(words);
      expect(code).toBe(1);
    }
    expect((await cli('train', captures, '--labels', join(folder, 'none.csv'), '-o', model)).code).toBe(1);
  });

  test('simulate says what a scenario can say, and what is wrong with one', async () => {
    expect((await cli('simulate', '--describe')).stdout).toMatch(/^seed: /);
    expect((await cli('simulate')).stderr).toMatch(/--out/);
    expect((await cli('simulate', '--out', out, '--scenario', join(folder, 'none.yaml'))).stderr).toMatch(
      /scenario .*: no such file/,
    );
    expect((await cli('simulate', '--out', out, '--hours', '-1')).stderr).toMatch(/hours/);
  });
});
