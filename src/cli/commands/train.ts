import { renameSync, writeFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { fitModel } from '../../forest/fit.ts';
import { saveModel } from '../../forest/model.ts';
import { readLabels } from '../../scan/labels.ts';
import { definitionDigests } from '../../scan/run.ts';
import { TrainingRows } from '../../scan/training.ts';
import { type CaptureArguments, captureOptions, type LineArguments, lineOptions, linesOptionsOf } from '../options.ts';
import { count, say } from '../report.ts';

interface Arguments extends CaptureArguments, LineArguments {
  labels: string;
  output: string;
  trainer: 'histogram' | 'ml-random-forest';
  trees: number;
  seed: number;
  folds: number;
  prevalence: number;
}

export const trainCommand: CommandModule<object, Arguments> = {
  command: 'train <capture...>',
  describe: 'A model from captures with known lines',
  builder: (yargs) =>
    lineOptions(captureOptions(yargs))
      .option('labels', {
        describe: 'CSV: line, from, until, label (gateway or ordinary), gateway, difficulty, weight',
        type: 'string',
        demandOption: true,
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
      .example('$0 train spool/ --labels verdicts.csv --output own.json', 'learn from your own verdicts') as never,
  handler: train,
};

async function train(args: Arguments): Promise<void> {
  const labels = readLabels(args.labels);
  const rows = new TrainingRows();
  const added = await rows.add(null, args.capture, labels, linesOptionsOf(args));
  if (added === 0) throw new UserError('none of the labelled lines is in these captures');
  const missing = new Set(labels.map((label) => label.line)).size - added;
  if (missing > 0) say(`${count(missing, 'labelled line')} not in these captures`);
  const dataset = rows.dataset();
  const model = await fitModel(dataset, {
    trainer: args.trainer,
    options: { trees: args.trees, seed: args.seed },
    seed: args.seed,
    folds: args.folds,
    digests: definitionDigests(),
    calls: rows.calls,
    difficulty: rows.difficulty,
    prevalence: args.prevalence,
    timeZone: args.timeZone ?? null,
    simulated: false,
    progress: () => undefined,
  });
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
  for (const threshold of model.thresholds) {
    say(
      `  false positives ${threshold.rate}: ${threshold.score === null ? threshold.reason : `score ${threshold.score.toFixed(3)}`}`,
    );
  }
}
