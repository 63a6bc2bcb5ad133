import { beforeAll, describe, expect, it } from 'vitest';
import { type EvaluatedLine, evaluate } from '../../src/forest/evaluate.ts';
import { htmlReport, markdownReport } from '../../src/forest/evaluation-report.ts';
import { fitModel } from '../../src/forest/fit.ts';
import type { Model } from '../../src/forest/model.ts';
import { noisyRows } from './rows.ts';

const DAY = 86_400;

/** A known line; ordinary, unmarked and of no kind unless said otherwise. */
function line(name: string, part: Partial<EvaluatedLine> = {}): EvaluatedLine {
  return {
    line: name,
    gateway: false,
    group: name,
    difficulty: '',
    kind: '',
    weight: 1,
    calls: 0,
    interfaces: 'sip',
    score: 0,
    probability: 0,
    marked: false,
    strong: false,
    box: null,
    reasons: [],
    held: [],
    first: 0,
    ...part,
  };
}

const box = (name: string, part: Partial<EvaluatedLine> = {}) =>
  line(name, { gateway: true, group: 'box-1', difficulty: 'naive', ...part });
const at = (seconds: number, lines: EvaluatedLine[]) => ({ seconds, lines });

describe('an evaluation, by arithmetic', () => {
  // Gateways at .9 and .7, ordinary lines at .8, .7 and .1: AUC 4.5 of 6 pairs, average precision (1 + 2/4) / 2.
  const lines = [
    box('g1', { score: 0.9, probability: 0.95, marked: true, strong: true, calls: 30, box: 2 }),
    line('o1', { score: 0.8, probability: 0.62, marked: true, calls: 7, kind: 'courier', interfaces: 'isup+map' }),
    box('g2', {
      score: 0.7,
      probability: 0.5,
      calls: 3,
      group: 'box-2',
      difficulty: 'imei',
      held: ['cells 4 (-0.200)'],
    }),
    line('o2', { score: 0.7, probability: 0.28, calls: 1, kind: 'courier' }),
    line('o3', { score: 0.1, probability: 0.02 }),
  ];
  const evaluation = evaluate([at(DAY, lines)]);

  it('ranks: AUC and average precision', () => {
    expect(evaluation.all.auc).toBeCloseTo(4.5 / 6, 14);
    expect(evaluation.all.averagePrecision).toBeCloseTo(0.75, 14);
    expect(evaluation.all).toMatchObject({ rows: 5, positives: 2, groups: 5 });
  });

  it('takes probabilities at their word: Brier score and calibration error', () => {
    const squares = [0.05, 0.62, 0.5, 0.28, 0.02].map((error) => error * error);
    expect(evaluation.all.brier).toBeCloseTo(squares.reduce((a, b) => a + b) / 5, 14);
    // Every probability is alone in its tenth: the error is the mean distance from the truth.
    expect(evaluation.all.ece).toBeCloseTo((0.05 + 0.62 + 0.5 + 0.28 + 0.02) / 5, 14);
    expect(evaluation.reliability.map(({ rows }) => rows)).toEqual([1, 1, 1, 1, 1]);
    expect(evaluation.reliability[2]).toEqual({ said: 0.5, was: 1, rows: 1 });
  });

  it('says of rates that five lines cannot measure them', () => {
    expect(evaluation.all.tprAtFpr.map(({ rate, tpr }) => [rate, tpr])).toEqual([
      [1e-3, null],
      [1e-4, null],
      [1e-5, null],
    ]);
  });

  it('measures TPR at FPR where there are the lines: 3,000 for one in a thousand', () => {
    // Three of 3,000 ordinary lines may be above; six are, at scores that part the gateways in halves.
    const ordinary = Array.from({ length: 3000 }, (_, row) =>
      line(`o${row}`, { score: row < 6 ? 0.8 - row * 0.01 : 0.1 }),
    );
    const gateways = Array.from({ length: 10 }, (_, row) =>
      box(`g${row}`, { score: row < 5 ? 0.9 : 0.775, group: `box-${row}` }),
    );
    const low = Array.from({ length: 10 }, (_, row) => box(`l${row}`, { score: 0.755, group: `low-${row}` }));
    const { all } = evaluate([at(DAY, [...ordinary, ...gateways, ...low])]);
    // Above .775 are the ordinary .80, .79, .78: three. .755 is below .77 and .76.
    expect(all.tprAtFpr[0]).toMatchObject({ rate: 1e-3, tpr: 0.5 });
    expect(all.tprAtFpr[0]!.low).toBeLessThanOrEqual(0.5);
    expect(all.tprAtFpr[0]!.high).toBeGreaterThanOrEqual(0.5);
    expect(all.tprAtFpr[1]!.tpr).toBeNull();
  });

  it('counts marks by class, difficulty, calls and interfaces', () => {
    expect(evaluation.gateway).toEqual({ name: 'gateway', lines: 2, marked: 1, strong: 1 });
    expect(evaluation.ordinary).toEqual({ name: 'ordinary', lines: 3, marked: 1, strong: 0 });
    expect(evaluation.byDifficulty.map(([name, metrics, { marked }]) => [name, metrics.positives, marked])).toEqual([
      ['imei', 1, 0],
      ['naive', 1, 1],
    ]);
    expect(evaluation.byCalls.map(([name, { rows }]) => [name, rows])).toEqual([
      ['0', 1],
      ['1-4', 2],
      ['5-19', 1],
      ['20 and more', 1],
    ]);
    expect(evaluation.byInterfaces.map(([name, { rows }]) => [name, rows])).toEqual([
      ['isup+map', 1],
      ['sip', 4],
    ]);
    expect(evaluation.boxes).toEqual([
      { box: 'box-1', difficulty: 'naive', lines: 1, marked: 1, found: [2] },
      { box: 'box-2', difficulty: 'imei', lines: 1, marked: 0, found: [] },
    ]);
  });

  it('tells hard negatives kind by kind, the wrongly marked first', () => {
    expect(evaluation.kinds).toEqual([
      { name: 'courier', lines: 2, marked: 1, strong: 0 },
      { name: 'unknown', lines: 1, marked: 0, strong: 0 },
    ]);
    expect(evaluation.wrong.map((one) => one.line)).toEqual(['o1']);
    expect(evaluation.missed.map((one) => [one.line, one.held])).toEqual([['g2', ['cells 4 (-0.200)']]]);
  });

  it('alerts per million a day: one of three lines in a day; half of that a day in two', () => {
    expect(evaluation.alertsPerMillionADay).toBeCloseTo(1e6 / 3, 6);
    expect(evaluate([at(2 * DAY, lines)]).alertsPerMillionADay).toBeCloseTo(1e6 / 6, 6);
    // A mark stands for its day: an hour with one does not make twenty-four.
    expect(evaluate([at(3600, lines)]).alertsPerMillionADay).toBeCloseTo(1e6 / 3, 6);
    expect(evaluate([at(3599, lines)]).alertsPerMillionADay).toBeNull();
  });

  it('histograms hold every line once, a score of 1 in the last bin', () => {
    const { histogram } = evaluate([at(DAY, [...lines, line('top', { score: 1 })])]);
    expect(histogram.ordinary.reduce((a, b) => a + b)).toBe(4);
    expect(histogram.ordinary[19]).toBe(1);
    expect(histogram.gateway[18]).toBe(1);
  });
});

describe('how soon', () => {
  const early = [box('g1', { first: 100, marked: true }), line('o1')];
  const later = [
    box('g1', { first: 100, marked: true }),
    box('g2', { first: 1800, marked: true }),
    box('g3', { first: 2000 }),
    line('o1'),
  ];

  it('shares are of the gateway lines that the whole captures know', () => {
    expect(evaluate([at(600, early), at(3600, later)]).delay).toEqual([
      { seconds: 600, seen: 1, marked: 1, of: 3 },
      { seconds: 3600, seen: 3, marked: 2, of: 3 },
    ]);
  });

  it('the delay to the first alert is from the first event of a line to the end of the span that marked it first', () => {
    // 600 - 100 and 3600 - 1800 seconds.
    expect(evaluate([at(600, early), at(3600, later)]).firstAlert).toEqual({
      marked: 2,
      of: 3,
      median: 1800,
      slowest: 1800,
    });
    expect(evaluate([at(600, [box('g1')])]).firstAlert).toEqual({ marked: 0, of: 1, median: null, slowest: null });
  });

  it('by what had been seen of each line: those that came so far, both classes', () => {
    const { exposure } = evaluate(
      [at(DAY, later)],
      [
        { name: 'attach', lines: [box('g1', { score: 0.4 }), box('g2', { score: 0.2 }), line('o1', { score: 0.3 })] },
        { name: '5 calls', lines: [box('g1', { score: 0.9, marked: true }), line('o1', { score: 0.3 })] },
      ],
    );
    expect(
      exposure.map(({ name, gateway, ordinary, metrics }) => [
        name,
        gateway.lines,
        gateway.marked,
        ordinary.lines,
        metrics.auc,
      ]),
    ).toEqual([
      ['attach', 2, 0, 1, 0.5],
      ['5 calls', 1, 1, 1, 1],
    ]);
  });
});

describe('the report', () => {
  const rows = noisyRows(400);
  let model: Model;
  let html: string;
  let markdown: string;
  const evaluation = evaluate(
    [
      at(600, [box('g1', { marked: true }), line('o1')]),
      at(DAY, [
        box('g1', { score: 0.9, marked: true, strong: true }),
        box('<script>alert(1)</script>', { score: 0.1, reasons: ['a | b <i>'], held: ['cells 4 (-0.200)'] }),
        line('o1', { kind: 'courier' }),
        line('o2', { kind: 'terminal', score: 0.7, marked: true, reasons: ['45 calls out'] }),
      ]),
    ],
    [{ name: 'attach', lines: [box('g1', { score: 0.4 }), line('o1')] }],
  );
  beforeAll(async () => {
    const fitted = await fitModel(rows, {
      trainer: 'histogram',
      options: { trees: 4 },
      seed: 1,
      folds: 3,
      digests: new Map(rows.features.map((name) => [name, name])),
      seen: Array.from(rows.y, (acts) => ({ basis: 'sip', hours: 24, acts })),
      difficulty: [],
      prevalence: 1e-4,
      timeZone: null,
      simulated: true,
      progress: () => {},
      familyOf: (name) => name[0]!.toUpperCase(),
      compare: true,
    });
    // So few rows measure none.
    model = { ...fitted, thresholds: [{ rate: 1e-3, score: 0.5, rows: 3000, reason: null }] };
    const origin = {
      path: 'own.json',
      model,
      captures: 1,
      labels: 'labels.csv',
      unlabelled: 3,
      comparison: model.training.comparison!,
    };
    html = htmlReport(evaluation, origin);
    markdown = markdownReport(evaluation, origin);
  });

  it('is one page that needs nothing else and runs nothing', () => {
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|\son\w+=/i);
    expect(html).not.toMatch(/https?:/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    for (const tag of ['table', 'thead', 'tbody', 'tr', 'td', 'ul', 'p', 'figure', 'svg'])
      expect(html.split(`<${tag}`).length, tag).toBe(html.split(`</${tag}>`).length);
  });

  it('says in both forms what the evaluation holds', () => {
    for (const text of [html, markdown]) {
      for (const words of [
        'Gateway lines: 2, of which 1 marked (50 %), 1 strong',
        'Ordinary lines: 2, of which 1 marked (50 %), 0 strong',
        'Lines that no label knows: 3 marked',
        'million a day: 500000 (fewer than 3 were seen',
        'not measurable',
        'courier',
        'cells 4 (-0.200)',
        '45 calls out',
        'By what had been seen of a line',
        'Delay to the first alert',
        'histogram, on these lines',
        'ml-random-forest, on these lines',
        'ml-random-forest, on the training rows',
        'What the model rests on',
        'trained on 400 rows of simulated captures',
      ])
        expect(text, words).toContain(words);
    }
    // What a reason says with a bar stays in its cell.
    expect(markdown).toContain('| a / b <i> |');
  });

  it('puts both trainers beside each other with the measures of the same folds', () => {
    const [ours, other] = model.training.comparison!;
    for (const { trainer, metrics } of [ours!, other!])
      expect(markdown).toContain(
        `| ${trainer}, on these lines | 400 | ${metrics.positives} | ${metrics.auc!.toFixed(3)} | ${metrics.averagePrecision!.toFixed(3)} |`,
      );
    expect(ours!.metrics.positives).toBe(other!.metrics.positives);
  });

  it('tells of a model without thresholds its scores alone: nothing can be marked by it', () => {
    const bare = { ...model, thresholds: model.thresholds.map((one) => ({ ...one, score: null, reason: 'too few' })) };
    const origin = { path: 'x', model: bare, captures: 1, labels: 'l', unlabelled: 0, comparison: null };
    const text = markdownReport(evaluation, origin);
    expect(text).toContain('The model has no thresholds: a scan marks nothing by it');
    expect(text).toMatch(/^- Gateway lines: 2\.\n- Ordinary lines: 2\.\n- Of all lines: AUC \d/m);
    expect(text).not.toMatch(/, of which|Lines that no label|million a day|\d %(?! interval)|Missed|Delay to|## Boxes/);
  });

  it('leaves out what nobody measured', () => {
    const { importance: _i, comparison: _c, ...training } = model.training;
    const older = {
      path: 'x',
      model: { ...model, training },
      captures: 2,
      labels: 'l',
      unlabelled: 0,
      comparison: null,
    };
    const text = markdownReport(evaluate([at(60, [box('g1')])]), older);
    expect(text).not.toMatch(/Trainers, on rows|What the model rests on|By what had been seen/);
    expect(text).toContain('not measurable on less than an hour');
    expect(text).toContain('on 2 captures of 1 min');
  });
});
