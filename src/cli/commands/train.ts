import { renameSync, writeFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { fitModel } from '../../forest/fit.ts';
import type { Metrics } from '../../forest/metrics.ts';
import { type Model, saveModel, type TrainingSummary } from '../../forest/model.ts';
import { hasThresholds } from '../../forest/thresholds.ts';
import { heldOut, trainingLabel } from '../../review/server/decisions.ts';
import { DEFAULT_MODEL, readModel } from '../../scan/judge/default-model.ts';
import { definitionDigests } from '../../scan/judge/judge.ts';
import { readLabels } from '../../scan/labels.ts';
import { familyOf, TrainingRows } from '../../scan/training.ts';
import { areDecisions, readDecisions } from '../decisions.ts';
import { atHome } from '../home.ts';
import { capturesOf, lakeOptions, type StoreArguments, withStore } from '../lake.ts';
import { captureOptions, type LineArguments, lineOptions, linesOptionsOf, storeOption } from '../options.ts';
import { checkOutputs } from '../outputs.ts';
import { count, say, sayMissing, warn } from '../report.ts';

interface Arguments extends StoreArguments, LineArguments {
  labels: string;
  desk?: string | undefined;
  holdOut?: number | undefined;
  output: string;
  trainer: 'histogram' | 'ml-random-forest';
  trees: number;
  seed: number;
  folds: number;
  prevalence: number;
  compare: boolean;
  prior: string;
}

export const trainCommand: CommandModule<object, Arguments> = {
  command: 'train [capture...]',
  describe: 'A model from captures with known lines',
  builder: (yargs) =>
    lineOptions(storeOption(captureOptions(yargs), STORE))
      .option('labels', {
        describe:
          'CSV: line, from, until, label (gateway or ordinary), gateway, difficulty, weight, kind; or `store`: the decisions of the desk on it',
        type: 'string',
        demandOption: true,
        group: 'Training:',
      })
      .option('desk', {
        describe: 'Folder of the desk, for --labels store',
        type: 'string',
        defaultDescription: 'beside the store: STORE-desk',
        group: 'Training:',
      })
      .option('hold-out', {
        describe: 'With --labels store: share of the decisions, the newest, that are left for the preview of the desk',
        type: 'number',
        defaultDescription: String(HELD_OUT),
        group: 'Training:',
      })
      .option('output', {
        describe: 'Model file to write',
        type: 'string',
        alias: 'o',
        demandOption: true,
        group: 'Training:',
      })
      .option('trainer', {
        describe: 'Which forest',
        choices: ['histogram', 'ml-random-forest'] as const,
        default: 'histogram' as const,
        group: 'Training:',
      })
      .option('trees', { describe: 'Trees of the forest', type: 'number', default: 100, group: 'Training:' })
      .option('folds', {
        describe: 'Parts, by gateway and line, that thresholds are measured on',
        type: 'number',
        default: 5,
        group: 'Training:',
      })
      .option('prevalence', {
        describe: 'Share of gateway lines that probabilities assume',
        type: 'number',
        default: 1e-4,
        group: 'Training:',
      })
      .option('seed', {
        describe: 'Whole number: the same seed gives the same model',
        type: 'number',
        default: 1,
        group: 'Training:',
      })
      .option('compare', {
        describe: 'Measure the other trainer on the same folds as well',
        type: 'boolean',
        default: false,
        group: 'Training:',
      })
      .option('prior', {
        describe:
          'Model to start from, or none: with few gateway lines most of the result is its, with thousands hardly any; half with 200 of 20 boxes',
        type: 'string',
        default: DEFAULT_MODEL,
        defaultDescription: 'the one shipped',
        group: 'Training:',
      })
      .check(checkOutputs, false)
      .example('$0 train spool/ --labels verdicts.csv --output own.json', 'learn from your own verdicts')
      .example(
        '$0 train --labels store --store lake/ --output own.json',
        'learn from the decisions made at the desk, each on the window it was made on',
      ) as never,
  handler: train,
};

const STORE = 'Store to put the captures into; what is learned from is the last window of all that it holds';

/** Share of the decisions of a desk that are held out. */
const HELD_OUT = 0.2;

async function train(args: Arguments): Promise<void> {
  const rows = new TrainingRows();
  const decisions = areDecisions(args) ? await addDecisions(rows, args) : undefined;
  if (decisions === undefined) await addLabels(rows, args);
  const dataset = rows.dataset();
  const second = rows.second();
  const fitted = await fitModel(dataset, {
    trainer: args.trainer,
    options: { trees: args.trees, seed: args.seed },
    seed: args.seed,
    folds: args.folds,
    digests: definitionDigests(),
    seen: rows.seen,
    networks: rows.networks,
    difficulty: rows.difficulty,
    kinds: rows.kinds,
    prevalence: args.prevalence,
    timeZone: args.timeZone ?? null,
    simulated: false,
    progress: () => undefined,
    workers: args.workers,
    times: rows.times,
    familyOf,
    compare: args.compare,
    prior: priorOf(args.prior),
    ...(second === null ? {} : { second }),
  });
  const model: Model = {
    ...fitted,
    training: { ...fitted.training, ...(decisions === undefined ? {} : { decisions }) },
  };
  try {
    writeFileSync(`${args.output}.part`, saveModel(model), { mode: 0o600 });
    renameSync(`${args.output}.part`, args.output);
  } catch (error) {
    throw new UserError(`cannot write ${args.output}: ${(error as Error).message}`);
  }
  const gateways = dataset.y.reduce((sum, y) => sum + y, 0);
  say(
    `${args.output}: ${count(args.trees, 'tree')} from ${count(dataset.rows, 'line')}, ${gateways} of them gateway lines`,
  );
  describe(model);
  for (const threshold of model.thresholds) {
    say(
      `  false positives ${threshold.rate}: ${threshold.score === null ? threshold.reason : `score ${threshold.score.toFixed(3)}`}`,
    );
  }
  if (!hasThresholds(model)) {
    warn(
      'the model has no thresholds: name scan a score to mark lines from (--threshold; `threshold` in the configuration of watch), or train on more ordinary lines',
    );
  }
}

async function addLabels(rows: TrainingRows, args: Arguments): Promise<void> {
  const labels = readLabels(args.labels);
  const captures = capturesOf('train', args);
  const options = await atHome(linesOptionsOf({ ...args, capture: captures }), captures, args.store);
  const { store } = args;
  const added =
    store === undefined
      ? await rows.add(null, captures, labels, options)
      : await withStore({ ...args, store }, options.homeCountry, (lake, filter) =>
          rows.add(null, [], labels, lakeOptions(options, lake, filter)),
        );
  if (added === 0) throw new UserError('none of the labelled lines is in these captures');
  sayMissing(rows.missing, rows.known);
}

/**
 * Rows of the lines that people at the desk decided on, each in the window that it was decided on.
 *
 * @returns what the model is to say of these decisions
 */
async function addDecisions(rows: TrainingRows, args: Arguments): Promise<TrainingSummary['decisions']> {
  const { store, holdOut = HELD_OUT } = args;
  if (!(holdOut >= 0 && holdOut < 1)) throw new UserError('--hold-out needs a share from 0 up to, not including, 1');
  const captures = capturesOf('train', args);
  const options = await atHome(linesOptionsOf({ ...args, capture: captures }), captures, args.store);
  const { taken, left, windows } = await readDecisions(args, options.window, (labels) => {
    const { learned, held } = heldOut(labels, holdOut);
    return { taken: learned, left: held };
  });
  if (left.length > 0)
    say(`  the newest ${count(left.length, 'decision')} left for the preview of the desk (--hold-out)`);
  let added = 0;
  if (store === undefined) added = await rows.add(null, captures, taken.map(trainingLabel), options);
  else
    await withStore({ ...args, store }, options.homeCountry, async (lake, filter) => {
      for (const { from, until, labels: decided } of windows) {
        const span = { since: from, until };
        const known = decided.map(trainingLabel);
        const there = { store: lake, filter: { ...filter, ...span } };
        added += await rows.add(null, [], known, { ...options, ...span, lake: there });
      }
    });
  if (added === 0) throw new UserError('none of the lines that were decided on is in these captures');
  return { lines: taken.length, until: taken.at(-1)!.at };
}

/** The model to start from. The shipped one, where this build computes its features otherwise, is no reason not to train. */
function priorOf(path: string): Model | null {
  if (path === 'none') return null;
  try {
    return readModel(path);
  } catch (error) {
    if (path !== DEFAULT_MODEL) throw error;
    say(`no model to start from: ${(error as Error).message}`);
    return null;
  }
}

/** Says what the model measures on rows that its forests had not seen, beside what it is to be compared with. */
function describe({ training, second }: Model): void {
  const { prior, comparison, later, metrics } = training;
  if (prior !== undefined) {
    const first = prior.first === true ? ', first forest alone,' : '';
    const trees = count(prior.trees, 'tree');
    say(`  ${trees} of these are of the model to start from: it alone${first} ${figures(prior.metrics)}`);
  }
  say(`  lines it had not seen: ${figures(metrics.all!)}`);
  const first = second === undefined ? '' : ', first forest alone';
  for (const one of comparison ?? []) say(`  lines it had not seen, ${one.trainer}${first}: ${figures(one.metrics)}`);
  if (later?.metrics) say(`  later lines of other boxes${first}: ${figures(later.metrics)}`);
  else if (later?.reason) say(`  later lines of other boxes: ${later.reason}`);
}

function figures({ auc, averagePrecision, tprAtFpr }: Metrics): string {
  const [first] = tprAtFpr;
  const found = first?.tpr == null ? 'not measurable' : first.tpr.toFixed(3);
  return `AUC ${auc?.toFixed(3) ?? '-'}, average precision ${averagePrecision?.toFixed(3) ?? '-'}, TPR at FPR 1e-3 ${found}`;
}
