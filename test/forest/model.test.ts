import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { rarity, reasonsFor } from '../../src/forest/explain.ts';
import { type FitOptions, fitModel } from '../../src/forest/fit.ts';
import { loadModel, MAX_MODEL_BYTES, type Model, saveModel } from '../../src/forest/model.ts';
import { populationOf, shareBeyond } from '../../src/forest/population.ts';
import { compile } from '../../src/forest/predict.ts';
import { BASES } from '../../src/forest/thresholds.ts';
import { noisyRows, table } from './rows.ts';

const rows = noisyRows(400);
const digests = new Map(rows.features.map((name) => [name, `digest of ${name}`]));
const asked: FitOptions = {
  trainer: 'histogram',
  options: { trees: 7, maxLeaves: 16 },
  seed: 2,
  folds: 4,
  digests,
  seen: Array.from({ length: rows.rows }, (_, row) => ({ basis: 'sip' as const, hours: 24, acts: rows.x[row * 4]! })),
  difficulty: Array.from(rows.y, (y, row) => (y === 0 ? '' : row % 2 === 0 ? 'naive' : 'imei')),
  prevalence: 1e-4,
  timeZone: 'Asia/Shanghai',
  simulated: true,
  progress: () => {},
};
const model = await fitModel(rows, asked);
const text = saveModel(model);

/** What the tests change of a model file. */
interface Content {
  format: string;
  version: number;
  features: { name: string }[];
  trees: { nodes: number[] } & Record<Column, string>;
  population: Record<'ordinary' | 'gateway', { values: number[]; below: number[] }[]>;
  calibration?: unknown;
  prevalence: number;
  thresholds: { reason: string | null }[];
  more?: number;
}
type Column = 'feature' | 'value' | 'threshold' | 'missingLeft';

/** The file with a change made to it. */
function changed(change: (file: Content) => void): string {
  const file = JSON.parse(text) as Content;
  change(file);
  return JSON.stringify(file);
}
const load = (file: string) => loadModel(file, digests);

describe('a fitted model', () => {
  it('says what it was trained on', () => {
    expect(model.training).toMatchObject({ trainer: 'histogram', rows: 400, seed: 2, simulated: true });
    expect(model.training.positives).toBe(rows.y.reduce((sum, y) => sum + y, 0));
    expect(model.training.options).toMatchObject({ trees: 7, maxLeaves: 16, minLeaf: 5, bag: 'row' });
    expect(model.training.libraries).toEqual({ 'ml-random-forest': '2.1.0', 'simple-statistics': '7.12.1' });
    expect(Object.keys(model.training.metrics)).toEqual(['all', 'imei', 'naive']);
    const { all, imei, naive } = model.training.metrics;
    expect(imei!.positives + naive!.positives).toBe(all!.positives);
    // The signal is real and the rows are few: measured on rows apart it is well above chance and well below certainty.
    expect(all!.auc).toBeGreaterThan(0.85);
    expect(all!.auc).toBeLessThan(0.999);
    expect(all!.tprAtFpr[0]!.tpr).toBeNull();
    expect(model.thresholds[0]).toMatchObject({ score: null, rows: 400 - all!.positives });
    const seen = (acts: number, spans: readonly number[]) =>
      BASES.flatMap((basis) => spans.map((hours) => ({ basis, hours, acts })));
    expect(model.strata.map(({ basis, hours, acts }) => ({ basis, hours, acts }))).toEqual([
      ...seen(0, [0, 0.5, 2.5, 9]),
      ...seen(5, [0.5, 2.5, 9]),
    ]);
  });

  it('measures chance as chance: no row is scored by a forest that saw its group', async () => {
    const random = new Random(4);
    const gateways = Array.from({ length: 20 }, () => [random.normal(), random.normal()]);
    // The lines of a gateway are alike, but nothing tells gateways from others.
    const list = Array.from({ length: 600 }, (_, i) =>
      i < 200
        ? [...gateways[i % 20]!.map((v) => v + 1e-6 * random.normal()), 1]
        : [random.normal(), random.normal(), 0],
    );
    const chance = table(['a', 'b'], list);
    for (let row = 0; row < 200; row++) chance.group[row] = 10_000 + (row % 20);
    const fitted = await fitModel(chance, {
      ...asked,
      digests: new Map([
        ['a', ''],
        ['b', ''],
      ]),
      difficulty: [],
      seen: list.map(() => ({ basis: 'sip' as const, hours: 24, acts: 0 })),
      options: { trees: 30 },
    });
    expect(fitted.training.metrics.all!.auc).toBeLessThan(0.65);
  });

  it('can be of the second trainer', async () => {
    const second = await fitModel(rows, { ...asked, trainer: 'ml-random-forest', options: { trees: 3, bagRows: 60 } });
    expect(load(saveModel(second)).training).toMatchObject({
      trainer: 'ml-random-forest',
      options: { trees: 3, featureShare: 0.5 },
    });
  });

  it('reports progress and refuses what it cannot use', async () => {
    const steps: string[] = [];
    await fitModel(rows, { ...asked, options: { trees: 1 }, progress: (done, of) => steps.push(`${done}/${of}`) });
    expect(steps).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    await expect(fitModel(rows, { ...asked, options: { tree: 1 } })).rejects.toThrow(
      'the trainer histogram has no option tree',
    );
    await expect(fitModel(rows, { ...asked, options: { trees: 'many' } })).rejects.toThrow(
      'trees must be a number, got many',
    );
    await expect(fitModel(rows, { ...asked, prevalence: 0 })).rejects.toThrow(UserError);
    await expect(fitModel(rows, { ...asked, digests: new Map() })).rejects.toThrow('feature calls has no definition');
  });
});

describe('the model file', () => {
  it('gives back the model, to the bit, and the same bytes when saved again', () => {
    const loaded = load(text);
    expect(loaded).toEqual(model);
    expect(saveModel(loaded)).toBe(text);
    const [before, after] = [compile(model.forest), compile(loaded.forest)];
    for (let row = 0; row < rows.rows; row++) expect(after.score(rows.x, row * 4)).toBe(before.score(rows.x, row * 4));
  });

  it('has its keys in the order of the alphabet, so that the same training gives the same bytes', async () => {
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(text)).sort());
    expect(saveModel(await fitModel(rows, asked))).toBe(text);
  });

  it('names the first feature that this build defines otherwise, or not at all', () => {
    expect(() => loadModel(text, new Map([...digests, ['cells', 'other']]))).toThrow(
      'feature cells is defined otherwise than when the model was trained; train it again',
    );
    expect(() => loadModel(text, new Map([['calls', 'digest of calls']]))).toThrow(
      'feature cells, which this build does not compute',
    );
    expect(() => loadModel(text, new Map([...digests, ['more', 'features']]))).not.toThrow();
  });

  const bytes = (file: Content, name: Column, change: (data: Buffer) => void) => {
    const data = Buffer.from(file.trees[name], 'base64');
    change(data);
    file.trees[name] = data.toString('base64');
  };
  const corruptions: [string, (file: Content) => void, RegExp][] = [
    ['another format', (file) => (file.format = 'other'), /does not say "format": "catpool-model"/],
    ['a newer version', (file) => (file.version = 4), /is of version 4; this build reads version 3/],
    [
      'a feature beyond the features',
      (file) => bytes(file, 'feature', (data) => data.writeInt16LE(4, 0)),
      /asks for feature 4 of 4/,
    ],
    ['a feature below -1', (file) => bytes(file, 'feature', (data) => data.writeInt16LE(-2, 0)), /asks for feature -2/],
    [
      'a root that became a leaf',
      (file) => bytes(file, 'feature', (data) => data.writeInt16LE(-1, 0)),
      /nothing leads to/,
    ],
    [
      'leaves that became inner nodes',
      (file) => bytes(file, 'feature', (data) => data.fill(0)),
      /lacks the children of a node/,
    ],
    [
      'a value that is NaN',
      (file) => bytes(file, 'value', (data) => data.writeFloatLE(Number.NaN, 4)),
      /value outside of 0..1/,
    ],
    ['a value above 1', (file) => bytes(file, 'value', (data) => data.writeFloatLE(1.5, 0)), /value outside of 0..1/],
    [
      'a threshold that is NaN',
      (file) => bytes(file, 'threshold', (data) => data.writeFloatLE(Number.NaN, 0)),
      /threshold that is no number/,
    ],
    [
      'a threshold that is infinite',
      (file) => bytes(file, 'threshold', (data) => data.writeFloatLE(Infinity, 0)),
      /threshold that is no number/,
    ],
    ['a side of 7', (file) => bytes(file, 'missingLeft', (data) => data.fill(7)), /side other than 0 and 1/],
    [
      'an array cut short',
      (file) => (file.trees.value = file.trees.value.slice(0, -8)),
      /trees\.value has \d+ bytes instead of/,
    ],
    ['no base64', (file) => (file.trees.value = '*'), /trees\.value: is not base64/],
    ['tree sizes that do not add up', (file) => (file.trees.nodes[0] += 1), /does not add up|bytes instead of/],
    ['a huge tree', (file) => (file.trees.nodes[0] = 2 ** 50 + 1), /bytes instead of|add up/],
    ['a tree of no nodes', (file) => (file.trees.nodes[0] = 0), /trees\.nodes\.0/],
    ['no trees', (file) => (file.trees.nodes = []), /trees\.nodes/],
    ['a key too many', (file) => (file.more = 1), /more/],
    ['a key too few', (file) => delete file.calibration, /calibration/],
    ['a feature twice', (file) => (file.features[1].name = 'calls'), /named twice/],
    ['a population too few', (file) => file.population.gateway.pop(), /population\.gateway is not one entry a feature/],
    ['a population of uneven lists', (file) => file.population.ordinary[0].below.pop(), /lists of one length/],
    ['values that do not ascend', (file) => file.population.ordinary[0].values.reverse(), /does not ascend/],
    [
      'a calibration that falls',
      (file) => (file.calibration = { kind: 'isotonic', scores: [0, 1], probabilities: [1, 0], prior: 0.5 }),
      /does not ascend/,
    ],
    [
      'a calibration of uneven lists',
      (file) => (file.calibration = { kind: 'isotonic', scores: [0, 1], probabilities: [1], prior: 0.5 }),
      /as many scores/,
    ],
    [
      'a slope below 0',
      (file) => (file.calibration = { kind: 'platt', slope: -1, intercept: 0, prior: 0.5 }),
      /calibration\.slope/,
    ],
    ['a prevalence of 0', (file) => (file.prevalence = 0), /prevalence/],
    ['a threshold without score or reason', (file) => (file.thresholds[0].reason = null), /needs a score or a reason/],
  ];
  it.each(corruptions)('is refused in one line: %s', (_, change, words) => {
    const file = changed(change);
    expect(() => load(file)).toThrow(words);
    expect(() => load(file)).toThrow(UserError);
  });

  it('is refused when it is no model at all', () => {
    for (const file of ['', '{', 'null', '[]', '3', '"x"', '{}', '\u0089PNG', 'x'.repeat(MAX_MODEL_BYTES + 1)]) {
      expect(() => load(file)).toThrow(/^not a usable model file: [^\n]*$/);
    }
  });

  it('with any byte changed or cut off loads or is refused in one line', () => {
    const random = new Random(8);
    for (let attempt = 0; attempt < 400; attempt++) {
      const at = random.integer(0, text.length - 1);
      const other = String.fromCharCode(random.integer(32, 126));
      const file = attempt % 4 === 0 ? text.slice(0, at) : text.slice(0, at) + other + text.slice(at + 1);
      try {
        const loaded = load(file);
        const score = compile(loaded.forest).score(rows.x, 0);
        expect(score >= 0 && score <= 1).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        expect((error as Error).message).not.toContain('\n');
        expect((error as Error).message.length).toBeLessThan(500);
      }
    }
  });

  it('is not written where the model breaks its rules', () => {
    const broken = (part: Partial<Model>) => () => saveModel({ ...model, ...part });
    expect(broken({ prevalence: Number.NaN })).toThrow(RangeError);
    expect(broken({ forest: { ...model.forest, value: model.forest.value.map(() => 0.1) } })).toThrow(
      'not exact in 32 bits',
    );
    expect(broken({ forest: { ...model.forest, left: model.forest.left.map((left) => left + 2) } })).toThrow(
      'not breadth-first',
    );
    expect(broken({ timeZone: 'x'.repeat(MAX_MODEL_BYTES) })).toThrow('more than 5 MB; train fewer trees or leaves');
  });
});

describe('the spread of a feature', () => {
  const list = table(
    ['imeis', 'gap'],
    Array.from({ length: 1000 }, (_, i) => [i < 900 ? 1 : i < 998 ? 2 : 14, i % 10 === 0 ? Number.NaN : i, 0]),
  );
  const [imeis, gap] = populationOf(list, 0);

  it('tells the share of lines at least as far out, exactly at values that were seen', () => {
    expect(shareBeyond(imeis!, 1, 'high')).toBe(1);
    expect(shareBeyond(imeis!, 2, 'high')).toBeCloseTo(0.1, 12);
    expect(shareBeyond(imeis!, 14, 'high')).toBeCloseTo(0.002, 12);
    expect(shareBeyond(imeis!, 1, 'low')).toBeCloseTo(0.9, 12);
    expect(shareBeyond(imeis!, 2, 'low')).toBeCloseTo(0.998, 12);
  });
  it('between values and outside of them', () => {
    expect(shareBeyond(imeis!, 7, 'high')).toBeCloseTo(0.002, 12);
    // Nobody is beyond 14; of 1,000 lines less than one in a thousand cannot be told.
    expect(shareBeyond(imeis!, 15, 'high')).toBe(0.001);
    expect(shareBeyond(imeis!, 0, 'low')).toBe(0.001);
    expect(shareBeyond(imeis!, 0, 'high')).toBe(1);
    expect(shareBeyond(imeis!, 15, 'low')).toBe(1);
    expect(shareBeyond(gap!, 500.5, 'high')).toBeCloseTo(0.5, 1);
  });
  it('is never told below one of the lines that have a value', () => {
    expect(shareBeyond(gap!, 1000, 'high')).toBeCloseTo(1 / 900, 12);
    expect(shareBeyond(gap!, 0, 'low')).toBeCloseTo(1 / 900, 12);
    const one = populationOf(
      table(
        ['x'],
        Array.from({ length: 1000 }, (_, i) => [i === 0 ? 1 : Number.NaN, 0]),
      ),
      0,
    )[0]!;
    expect(shareBeyond(one, 2, 'high')).toBeCloseTo(1, 9);
  });
  it('tells the share that is missing', () => {
    expect(shareBeyond(gap!, Number.NaN, 'missing')).toBeCloseTo(0.1, 12);
    expect(shareBeyond(imeis!, Number.NaN, 'missing')).toBe(0.001);
    expect(shareBeyond(gap!, Number.NaN, 'high')).toBeNull();
    expect(shareBeyond(populationOf(list, 1)[0]!, 3, 'high')).toBeNull();
  });
  it('counts lines by weight', () => {
    const weighted = {
      ...table(
        ['x'],
        [
          [1, 0],
          [2, 0],
          [3, 1],
        ],
      ),
      weight: Float64Array.of(3, 1, 1),
    };
    expect(shareBeyond(populationOf(weighted, 0)[0]!, 1, 'low')).toBe(0.75);
  });
});

describe('reasons', () => {
  it('are the features that pushed toward a gateway, strongest first, with side and rarity', () => {
    const x = Float64Array.of(9, 9, 9, 9, 14, Number.NaN, 2.5, 0);
    const reasons = reasonsFor(model, x, 4, 10);
    expect(reasons.length).toBeGreaterThan(1);
    reasons.forEach((reason, at) => {
      expect(reason.contribution).toBeGreaterThan(0);
      if (at > 0) expect(reason.contribution).toBeLessThanOrEqual(reasons[at - 1]!.contribution);
      expect(reason.value).toEqual(x[4 + reason.feature]);
      expect(reason.rarity).toBe(rarity(model, reason.feature, reason.value, reason.side));
    });
    const of = (name: string) => reasons.find((reason) => model.forest.features[reason.feature] === name)!;
    expect(of('cells')).toMatchObject({ side: 'missing' });
    expect(of('calls')).toMatchObject({ side: 'high', value: 14 });
    expect(of('calls').rarity).toBeLessThan(0.01);
    expect(reasonsFor(model, x, 4, 1)).toEqual(reasons.slice(0, 1));
  });
  it('say high or low by where gateways are, for a value in the middle of ordinary lines', () => {
    const population = (value: number) => ({ rows: 9, missing: 0, values: [value], below: [0], atMost: [1] });
    const made = (gateway: number): Model => ({
      ...model,
      population: { ordinary: Array(4).fill(population(5)), gateway: Array(4).fill(population(gateway)) },
    });
    const x = Float64Array.of(14, 5, 5, 5);
    const sides = (gateway: number, value: number) =>
      reasonsFor(
        made(gateway),
        x.map((_, at) => (at === 0 ? value : 5)),
        0,
        9,
      ).find((reason) => reason.feature === 0)?.side;
    expect(sides(9, 14)).toBe('high');
    expect(sides(1, 14)).toBe('high');
    const middle = (gateway: number) =>
      reasonsFor(made(gateway), Float64Array.of(5, 5, 2.5, 5), 0, 9).filter((reason) => reason.value === 5);
    for (const reason of middle(1)) expect(reason.side).toBe('low');
    for (const reason of middle(9)) expect(reason.side).toBe('high');
  });
});
