import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { readLabels } from '../../src/scan/labels.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  const path = join(folder, 'labels.csv');
  writeFileSync(path, text);
  return readLabels(path);
}

describe('a labels file', () => {
  test('says what each line was, and leaves out what it need not say', () => {
    const labels = read(
      '\ufeffline,label,from,until,gateway,difficulty,weight,kind\n' +
        '8613800000001,gateway,2024-01-01T00:00:00Z,,box-1,hard,0.5,\n' +
        'alice@example.com , ordinary,,2024-01-02T00:00:00Z,,,,call centre\n',
    );
    expect(labels).toEqual([
      {
        line: '8613800000001',
        from: 1_704_067_200,
        until: Number.POSITIVE_INFINITY,
        gateway: true,
        box: 'box-1',
        difficulty: 'hard',
        weight: 0.5,
        kind: '',
      },
      {
        line: 'alice@example.com',
        from: Number.NEGATIVE_INFINITY,
        until: 1_704_153_600,
        gateway: false,
        box: '',
        difficulty: '',
        weight: 1,
        kind: 'call centre',
      },
    ]);
    expect(read('line,label\n861,gateway\n')[0]).toMatchObject({ box: '', weight: 1, kind: '' });
  });

  test.each([
    ['line,label\n', 'no rows'],
    ['msisdn,label\n861,gateway\n', 'no column line'],
    ['line,label\n861,gateway\n,ordinary\n', 'row 3, line: expected the name of a line, got nothing'],
    ['line,label\n861,box\n', 'row 2, label: expected gateway or ordinary, got box'],
    [
      'line,label,from\n861,gateway,yesterday\n',
      'row 2, from: expected an ISO 8601 time such as 2026-01-31T08:00:00Z, got y',
    ],
    ['line,label,from\n861,gateway,05/03/2024\n', 'row 2, from: expected an ISO 8601 time'],
    [
      'line,label,from\n861,gateway,\n862,gateway,2024-02-30\n',
      'row 3, from: expected a time that there is, got 2024-02-30',
    ],
    ['line,label,until\n861,gateway,2024-03-05T08:00:00\n', 'row 2, until: expected a time with its offset, such as'],
    [
      'line,label,from,until\n861,gateway,,2024-01-01T00:00:00Z\n861,ordinary,2024-01-02T00:00:00Z,2024-01-02T00:00:00Z\n',
      'row 3, until: expected a time after from, got 2024-01-02T00:00:00Z',
    ],
    ['line,label,weight\n861,gateway,0\n', 'row 2, weight: expected a number above 0, got 0'],
    ['\nline,label\n\n861,gateway\n\n\n862,x\n', 'row 7, label: expected gateway or ordinary, got x'],
    ['line,label\n\n1,gateway\n\n1,ordinary\n', 'rows 3 and 5 call 1 gateway and ordinary'],
    ['line,label\n"861,gateway\n', 'labels.csv: '],
  ])('that is wrong is one line naming the place: %j', (text, words) => {
    expect(() => read(text)).toThrow(UserError);
    expect(() => read(text)).toThrow(words);
  });

  test('that is missing is one line', () => {
    expect(() => readLabels(join(folder, 'none.csv'))).toThrow(/none\.csv: no such file/);
  });

  test('that say the opposite of one time name both rows', () => {
    const twice = 'line,label,from\n1,gateway,\n2,ordinary,\n1,ordinary,\n';
    expect(() => read(twice)).toThrow(/rows 2 and 4 call 1 gateway and ordinary/);
    expect(() => read(twice)).toThrow(UserError);
    // Of another time it may be something else, and the same may be said twice.
    expect(read('line,label,from\n1,gateway,\n1,ordinary,2024-01-01T00:00:00Z\n1,gateway,\n')).toHaveLength(3);
  });
});
