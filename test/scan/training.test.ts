import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLabels } from '../../src/scan/labels.ts';
import { wholeCaptures } from '../../src/scan/run.ts';
import { TrainingRows } from '../../src/scan/training.ts';
import { cli, records } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capture = join(folder, 'capture-001.pcap');
const options = wholeCaptures('test', 'CN');

beforeAll(async () => {
  const wanted = ['--seed', '7', '--country', '86', '--subscribers', '60', '--gateways', '2', '--hours', '2'];
  await cli('simulate', '--out', folder, ...wanted, '--start', '2024-03-06T02:00:00Z');
});

describe('rows to train on', () => {
  test('are one of each labelled line that did something, and where wanted one of it on the way: at its attach, or after 1, 5 or 20 calls', async () => {
    const rows = new TrainingRows();
    const labels = readLabels(join(folder, 'labels.csv'));
    const added = await rows.add(null, [capture], labels, options, [options], true);
    const verdicts = records(
      (await cli('scan', capture, '--home-country', 'CN', '--threshold', '0', '--format', 'ndjson')).stdout,
    ).filter((record) => record.line !== undefined);
    const known = new Set(labels.map(({ line }) => line));
    const callsOf = verdicts
      .filter(({ line }) => known.has(line as string))
      .map(({ exposure }) => (exposure as { calls: number }).calls);
    const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b);
    const { windows, calls, until } = rows.data();
    const [{ rows: whole, early }] = windows as [(typeof windows)[0]];
    expect(added).toBe(whole.length + early.length);
    expect(sorted(whole.map((row) => calls[row]!))).toEqual(sorted(callsOf));
    expect(early.length).toBeGreaterThan(callsOf.length / 3);
    for (const { row, member, hours } of early) {
      expect([0, 1, 5, 20]).toContain(calls[row]);
      expect(calls[row]).toBeLessThanOrEqual(calls[whole[member]!]!);
      expect(until[row]).toBeLessThan(until[whole[member]!]!);
      expect(rows.seen[row]!.hours).toBe(hours);
    }
    // Messages sent are acts as calls are.
    const texted = rows.seen.map(({ acts }, row) => acts - calls[row]!);
    expect(texted.every((sent) => sent >= 0)).toBe(true);
    expect(new Set(early.map(({ row }) => calls[row])).size).toBe(4);
  });

  test('of an attach tell nothing of the calls that came after it', async () => {
    const labels = readLabels(join(folder, 'labels.csv'));
    const rows = new TrainingRows();
    await rows.add(null, [capture], labels, options, [options], true);
    const { extras, valuesOf } = rows.second()!;
    const values = valuesOf(new Float64Array(rows.rows).fill(0.9), new Float64Array());
    const { windows, calls } = rows.data();
    const ofCalls = ['called_with_suspects', 'outside_called_to_callers'];
    const shown = (row: number): boolean[] =>
      ofCalls.map((name) => !Number.isNaN(values[row * extras.length + extras.findIndex((one) => one.name === name)]!));
    const attached = windows.flatMap(({ early }) => early.filter(({ row }) => calls[row] === 0));
    expect(attached.length).toBeGreaterThan(5);
    for (const { row } of attached) expect(shown(row)).toEqual([false, false]);
    const whole = attached.map(({ member }) => shown(windows[0]!.rows[member]!));
    for (const at of ofCalls.keys()) expect(whole.filter((one) => one[at]).length).toBeGreaterThan(0);
  });

  test('gathered elsewhere are the same when taken over, behind other rows', async () => {
    const labels = readLabels(join(folder, 'labels.csv'));
    const one = new TrainingRows();
    await one.add('a', [capture], labels, options, [options], true);
    const two = new TrainingRows();
    two.take(one.data());
    two.take(one.data());
    expect(two.rows).toBe(2 * one.rows);
    expect(two.seen).toEqual([...one.seen, ...one.seen]);
    const values = one.second()!.valuesOf(
      Float64Array.from({ length: one.rows }, (_, row) => row / 1e3),
      new Float64Array(),
    );
    const scores = Float64Array.from({ length: two.rows }, (_, row) => (row % one.rows) / 1e3);
    expect(two.second()!.valuesOf(scores, new Float64Array())).toEqual(Float64Array.of(...values, ...values));
  });
});
