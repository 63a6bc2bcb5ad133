import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../src/forest/model.ts';
import { judgeKnownLines } from '../../src/scan/evaluation.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { type Label, readLabels } from '../../src/scan/labels.ts';
import { type LinesOptions, wholeCaptures, withLines } from '../../src/scan/run.ts';
import { TrainingRows } from '../../src/scan/training.ts';
import { cli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capture = join(folder, 'capture-001.pcap');
const START = Date.UTC(2024, 2, 6, 2) / 1000;
const HOUR = 3600;
let model: Model;
let labels: Label[] = [];
/** IMSIs of lines by their numbers, where the capture shows both. */
const imsis = new Map<string, string>();

beforeAll(async () => {
  const wanted = ['--seed', '7', '--country', '86', '--subscribers', '60', '--gateways', '2', '--hours', '3'];
  await cli('simulate', '--out', folder, ...wanted, '--start', '2024-03-06T02:00:00Z');
  model = readModel(DEFAULT_MODEL);
  labels = readLabels(join(folder, 'labels.csv'));
  await withLines([capture], wholeCaptures('test', 'CN'), ({ lines }) => {
    lines.each(({ line, time }) => {
      const imsi = lines.imsiOf(line, time[0]!);
      if (/^86/.test(line) && imsi !== null) imsis.set(line, imsi);
    });
  });
});

/** Known lines judged in a window. */
function judged(window: Partial<LinesOptions>, known: readonly Label[] = labels, kinds = new Map<string, string>()) {
  return judgeKnownLines([capture], known, kinds, model, { ...wholeCaptures('test', 'CN'), ...window });
}

/** Names of the labelled lines that do something in a window, as features are computed there. */
async function seenIn(window: Partial<LinesOptions>): Promise<string[]> {
  const known = new Set(labels.map(({ line }) => line));
  const names: string[] = [];
  await withLines([capture], { ...wholeCaptures('test', 'CN'), ...window }, ({ lines }) => {
    lines.each(({ line, count }) => {
      if (count > 0 && known.has(line)) names.push(line);
    });
  });
  return names.sort();
}

describe('known lines are judged', () => {
  test.each([
    ['from --since on', { since: START + 2 * HOUR }],
    ['up to --until', { until: START + HOUR }],
    ['between both', { since: START + HOUR, until: START + 2 * HOUR }],
    ['in the last window of longer captures', { window: HOUR }],
  ])('%s, as features are', async (_name, window) => {
    const { spans } = await judged(window);
    const { seconds, lines } = spans.at(-1)!;
    expect(Math.abs(seconds - HOUR)).toBeLessThan(60);
    expect(lines.map(({ line }) => line).sort()).toEqual(await seenIn(window));
    for (const { first } of lines) expect(first).toBeLessThan(seconds);
  });
});

/** A row of what a line is. */
const row = (line: string, gateway: boolean, rest: Partial<Label> = {}): Label => ({
  line,
  gateway,
  from: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
  box: gateway ? 'box' : '',
  difficulty: '',
  weight: 1,
  kind: '',
  ...rest,
});

const window = { since: START + HOUR, until: START + 2 * HOUR };

test('the kind of an ordinary line is that of its label, unless another is given', async () => {
  const [a, b, c] = (await seenIn(window)) as [string, string, string];
  const known = [row(a, false, { kind: 'courier' }), row(b, false, { kind: 'courier' }), row(c, true, { kind: 'x' })];
  const { spans, exposures } = await judged(window, known, new Map([[b, 'taxi']]));
  const kinds = new Map([
    [a, 'courier'],
    [b, 'taxi'],
    [c, ''],
  ]);
  for (const { lines } of [...spans, ...exposures])
    for (const { line, kind } of lines) expect([line, kind]).toEqual([line, kinds.get(line)]);
});

test.each([
  ['with a plus', (number: string) => `+${number}`],
  ['with an international prefix', (number: string) => `00${number}`],
  ['as dialled at home', (number: string) => number.slice(2)],
  ['by the IMSI of a line that has a number', (number: string) => imsis.get(number)!],
])('lines are known by numbers %s', async (_name, nameOf) => {
  const [a, b] = (await seenIn(window)).filter((line) => imsis.has(line)) as [string, string];
  const known = [row(nameOf(a), true), row(nameOf(b), false), row('8613999999999', false), row('13999999999', false)];
  const { spans, known: found, missing } = await judged(window, known, new Map([[nameOf(b), 'taxi']]));
  const said = spans.at(-1)!.lines.map(({ line, gateway, kind }) => [line, gateway, kind]);
  expect(said.toSorted()).toEqual(
    [
      [a, true, ''],
      [b, false, 'taxi'],
    ].toSorted(),
  );
  expect(found.toSorted()).toEqual([a, b].toSorted());
  expect(missing).toEqual(['8613999999999']);
  const rows = new TrainingRows();
  expect(await rows.add(null, [capture], known, { ...wholeCaptures('test', 'CN'), ...window })).toBe(2);
  expect([...rows.known].toSorted()).toEqual([a, b].toSorted());
  expect([...rows.missing]).toEqual(['8613999999999']);
});

describe('of several rows of a line', () => {
  const AFTER = START + 10 * HOUR;

  test('the last that holds at its first event in the window counts, to evaluate and to train', async () => {
    const [a, b, c, d] = (await seenIn(window)) as [string, string, string, string];
    const known = [
      // A later row says more of a part of the time, and another of a time that is not looked at.
      ...[row(a, false), row(a, true, { from: START, until: AFTER }), row(a, false, { from: AFTER })],
      ...[row(b, true), row(b, false)],
      ...[row(c, true, { until: START }), row(c, false, { from: AFTER })],
      row(d, true, { from: START, until: AFTER }),
    ];
    const { spans } = await judged(window, known);
    const said = spans.at(-1)!.lines.map(({ line, gateway }) => [line, gateway]);
    expect(new Map(said as [string, boolean][])).toEqual(
      new Map([
        [a, true],
        [b, false],
        [d, true],
      ]),
    );
    const rows = new TrainingRows();
    expect(await rows.add(null, [capture], known, { ...wholeCaptures('test', 'CN'), ...window })).toBe(3);
    expect(rows.data().y.toSorted()).toEqual([0, 1, 1]);
  });
});
