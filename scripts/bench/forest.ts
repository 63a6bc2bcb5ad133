import { availableParallelism } from 'node:os';
import { Random } from '../../src/base/random.ts';
import { CATALOGUE } from '../../src/features/catalogue.ts';
import type { Dataset, Forest } from '../../src/forest/forest.ts';
import { trainInParallel } from '../../src/forest/parallel.ts';
import { compile } from '../../src/forest/predict.ts';
import { line, rate } from './measure.ts';

/** Lines and trees of the training that is measured; features as many as the catalogue has. */
const ROWS = 100_000;
const TREES = 300;
/** Lines scored at once, and how often. */
const LINES = 20_000;
const ROUNDS = 20;

/** `npm run bench -- forest`: training and scoring, on made-up rows. */
export async function benchForest(): Promise<void> {
  const workers = Math.min(2, availableParallelism());
  const dataset = madeUpRows(ROWS, CATALOGUE.length);
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await trainInParallel(dataset, { trees: TREES }, workers);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const words = `${rate(ROWS)} lines x ${CATALOGUE.length} features x ${TREES} trees`;
  line(
    `training on ${workers} threads`,
    `${words}: ${seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s CPU)`,
  );
  const { wall, processor } = scoringRates();
  line('scoring, 100 trees of 256 leaves', `${rate(wall)} lines/s (${rate(processor)} a CPU second)`);
}

/** Lines scored a second of time and of this thread's processor time, through full binary trees of 256 leaves with random splits. */
export function scoringRates(): { wall: number; processor: number } {
  const random = new Random(1, 'bench');
  const width = 100;
  const x = Float64Array.from({ length: LINES * width }, () => (random.chance(0.1) ? Number.NaN : random.next()));
  const scorer = compile(randomForest(random, width, 100, 256));
  const out = new Float64Array(LINES);
  scorer.scoreRows(x, LINES, out);
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let round = 0; round < ROUNDS; round++) scorer.scoreRows(x, LINES, out);
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (LINES * ROUNDS) / wall, processor: (LINES * ROUNDS * 1e6) / (user + system) };
}

/** One line in ten of a gateway; every third feature counts, others are normal; some of both kinds tell the classes apart. */
function madeUpRows(rows: number, width: number): Dataset {
  const random = new Random(1, 'bench rows');
  const y = Uint8Array.from({ length: rows }, () => (random.chance(0.1) ? 1 : 0));
  const x = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let feature = 0; feature < width; feature++) {
      const told = feature % 8 === 0 ? y[row]! : 0;
      const value = feature % 3 === 0 ? random.integer(0, 9) + 2 * told : random.normal() + told / 2;
      x[row * width + feature] = random.chance(0.1) ? Number.NaN : value;
    }
  }
  return {
    features: Array.from({ length: width }, (_, feature) => `f${feature}`),
    rows,
    x,
    y,
    weight: new Float64Array(rows).fill(1),
    group: Int32Array.from(y, (_, row) => row),
  };
}

function randomForest(random: Random, width: number, trees: number, leaves: number): Forest {
  const size = 2 * leaves - 1;
  const nodes = trees * size;
  const forest = {
    features: Array.from({ length: width }, (_, i) => `f${i}`),
    roots: Int32Array.from({ length: trees }, (_, tree) => tree * size),
    feature: new Int16Array(nodes).fill(-1),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes).fill(-1),
    right: new Int32Array(nodes).fill(-1),
    missingLeft: Uint8Array.from({ length: nodes }, () => random.integer(0, 1)),
    value: Float64Array.from({ length: nodes }, () => random.next()),
  };
  for (let node = 0; node < nodes; node++) {
    const inTree = node % size;
    if (inTree >= leaves - 1) continue;
    forest.feature[node] = random.integer(0, width - 1);
    forest.threshold[node] = random.next();
    forest.left[node] = node + inTree + 1;
    forest.right[node] = node + inTree + 2;
  }
  return forest;
}
