import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { CommandModule } from 'yargs';
import { troubleOf, UserError } from '../../base/errors.ts';
import { evaluate } from '../../forest/evaluate.ts';
import { htmlReport, markdownReport } from '../../forest/evaluation-report.ts';
import { fitModel } from '../../forest/fit.ts';
import type { Model, TrainerMetrics } from '../../forest/model.ts';
import { hasThresholds } from '../../forest/thresholds.ts';
import { trainingLabel } from '../../review/server/decisions.ts';
import { type JudgedCaptures, joinJudged, judgeKnownLines } from '../../scan/evaluation.ts';
import { DEFAULT_MODEL, readModel } from '../../scan/judge/default-model.ts';
import { definitionDigests } from '../../scan/judge/judge.ts';
import { type Label, readLabels } from '../../scan/labels.ts';
import type { LinesOptions } from '../../scan/run.ts';
import { familyOf, TrainingRows } from '../../scan/training.ts';
import { areDecisions, readDecisions } from '../decisions.ts';
import { atHome } from '../home.ts';
import { capturesOf, lakeOptions, type StoreArguments, withStore } from '../lake.ts';
import { captureOptions, type LineArguments, lineOptions, linesOptionsOf, storeOption } from '../options.ts';
import { checkOutputs } from '../outputs.ts';
import { count, say, sayMissing } from '../report.ts';
import { Sink } from '../sink.ts';

interface Arguments extends StoreArguments, LineArguments {
  labels: string;
  desk?: string | undefined;
  kinds?: string | undefined;
  model: string;
  compare: boolean;
  output?: string | undefined;
}

export const evaluateCommand: CommandModule<object, Arguments> = {
  command: 'evaluate [capture...]',
  describe: 'An honest report on a model, from captures with known lines',
  builder: (yargs) =>
    lineOptions(storeOption(captureOptions(yargs), STORE))
      .option('labels', {
        describe:
          'CSV: line, from, until, label (gateway or ordinary), gateway, difficulty, weight, kind; or `store`: the decisions of the desk on it',
        type: 'string',
        demandOption: true,
        group: 'Evaluation:',
      })
      .option('desk', {
        describe: 'Folder of the desk, for --labels store',
        type: 'string',
        defaultDescription: 'beside the store: STORE-desk',
        group: 'Evaluation:',
      })
      .option('kinds', {
        describe:
          'CSV: line, kind; what kind of customer ordinary lines are where labels do not say it, or say otherwise',
        type: 'string',
        group: 'Evaluation:',
      })
      .option('model', {
        describe: 'Model file',
        type: 'string',
        default: DEFAULT_MODEL,
        defaultDescription: 'the one shipped',
        group: 'Evaluation:',
      })
      .option('compare', {
        describe: 'Train both trainers on these lines as well, and measure each on boxes and lines it has not seen',
        type: 'boolean',
        default: false,
        group: 'Evaluation:',
      })
      .option('output', {
        describe: 'NAME.html, NAME.md, or NAME for both; without it Markdown goes to standard output',
        type: 'string',
        alias: 'o',
        group: 'Output:',
      })
      .check((given) => {
        for (const output of given.output === undefined ? [] : reportPaths(given.output))
          checkOutputs({ ...given, output });
        return true;
      }, false)
      .example('$0 evaluate spool/ --labels verdicts.csv --output report', 'report.md and report.html')
      .example('$0 evaluate --store lake/ --labels verdicts.csv --window 7d', 'on the last seven days of a store')
      .example(
        '$0 evaluate --labels store --store lake/ --model own.json',
        'held to the decisions of the desk that it did not learn from, each on the window it was made on',
      ) as never,
  handler: evaluateHandler,
};

async function evaluateHandler(args: Arguments): Promise<void> {
  const isDecided = areDecisions(args);
  const model = readModel(args.model);
  const kinds = args.kinds === undefined ? new Map<string, string>() : readKinds(args.kinds);
  const { spans, exposures, captures, unlabelled, comparison, known, missing } = await withRead(
    args,
    model,
    async (parts) => {
      const judged: JudgedCaptures[] = [];
      for (const { paths, labels, options } of parts)
        judged.push(await judgeKnownLines(paths, labels, kinds, model, options));
      const comparison = args.compare ? await compareTrainers(args, parts) : null;
      return { ...joinJudged(judged), comparison };
    },
  );
  if (spans.at(-1)!.lines.length === 0) throw new UserError('none of the labelled lines is in these captures');
  sayMissing(missing, new Set(known));
  const evaluation = evaluate(spans, exposures);
  const origin = {
    path: args.model === DEFAULT_MODEL ? 'the one shipped' : args.model,
    model,
    captures: captures.length,
    labels: isDecided ? 'the desk: what people decided' : args.labels,
    unlabelled: unlabelled.length,
    caveat: isDecided ? DECIDED : undefined,
    comparison,
  };
  for (const path of args.output === undefined ? [null] : reportPaths(args.output))
    write(path, path?.endsWith('.html') === true ? htmlReport(evaluation, origin) : markdownReport(evaluation, origin));
  const { gateway, ordinary, all } = evaluation;
  if (!hasThresholds(model)) {
    say(
      `nothing can be marked: the model has no thresholds. Scores of ${count(gateway.lines, 'gateway line')} and ${count(ordinary.lines, 'ordinary line')}: AUC ${all.auc?.toFixed(3) ?? 'not measurable'}`,
    );
    return;
  }
  say(
    `${gateway.marked} of ${count(gateway.lines, 'gateway line')} marked, ${ordinary.marked} of ${count(ordinary.lines, 'ordinary line')}, and ${unlabelled.length} that no label knows`,
  );
}

const STORE = 'Store to put the captures into; what is looked at is the last window of all that it holds';

const DECIDED =
  'People decide on lines that a model or somebody else pointed out, few others: these figures say how often marks were right, and not what was missed.';

/** Forms that a report has not, by the endings of their files. */
const OTHER_FORMS =
  /\.(?:csv|docx?|htm|json|markdown|ndjson|odt|parquet|pdf|rtf|tex|tsv|txt|xhtml|xlsx?|xml|ya?ml|zip)$/i;

/** Files of a report: the one that is named, or both. @throws UserError where the name asks for another form */
function reportPaths(output: string): string[] {
  if (OTHER_FORMS.test(output))
    throw new UserError(`--output ${output}: a report is HTML and Markdown: end its name in .html, .md or nothing`);
  return /\.(?:html|md)$/.test(output) ? [output] : [`${output}.html`, `${output}.md`];
}

/** Captures, or a window of the store, with the lines that are known in it. */
interface Part {
  paths: readonly string[];
  labels: readonly Label[];
  options: LinesOptions;
}

/** Has captures read, or what the store holds, with the labels of each. */
async function withRead<T>(args: Arguments, model: Model, use: (parts: readonly Part[]) => Promise<T>): Promise<T> {
  const captures = capturesOf('evaluate', args);
  const options = await atHome(linesOptionsOf({ ...args, capture: captures }), captures, args.store);
  const { store } = args;
  const decided = areDecisions(args) ? await decisionsFor(args, model, options.window) : null;
  const labels = decided === null ? readLabels(args.labels) : decided.taken.map(trainingLabel);
  if (store === undefined) return use([{ paths: captures, labels, options }]);
  return withStore({ ...args, store }, options.homeCountry, (lake, filter) => {
    const parts =
      decided === null
        ? [{ paths: [], labels, options: lakeOptions(options, lake, filter) }]
        : decided.windows.map(({ from, until, labels: some }) => {
            const span = { since: from, until };
            const there = { store: lake, filter: { ...filter, ...span } };
            return { paths: [], labels: some.map(trainingLabel), options: { ...options, ...span, lake: there } };
          });
    if (parts.length === 0) throw new UserError('none of the lines that were decided on is in this store');
    return use(parts);
  });
}

/** The decisions of the desk that a model did not learn from. */
async function decisionsFor(args: Arguments, { training }: Model, window: number) {
  const learned = training.decisions?.until ?? Number.NEGATIVE_INFINITY;
  const decided = await readDecisions(args, window, (labels) => ({
    taken: labels.filter(({ at }) => at > learned),
    left: labels.filter(({ at }) => at <= learned),
  }));
  if (decided.left.length > 0) say(`  ${count(decided.left.length, 'decision')} left out: the model learned from them`);
  return decided;
}

const MOST_FOLDS = 5;
const SEED = 1;

/** Both trainers on the labelled lines, as many folds as there are boxes, five at most. */
async function compareTrainers(args: Arguments, parts: readonly Part[]): Promise<readonly TrainerMetrics[]> {
  const rows = new TrainingRows();
  for (const { paths, labels, options } of parts) await rows.add(null, paths, labels, options);
  const dataset = rows.dataset();
  const boxes = new Set(dataset.group.filter((_, row) => dataset.y[row] === 1)).size;
  if (boxes < 2) throw new UserError(`--compare needs gateway lines of 2 boxes, got ${boxes}`);
  const model = await fitModel(dataset, {
    trainer: 'histogram',
    options: {},
    seed: SEED,
    folds: Math.min(MOST_FOLDS, boxes),
    digests: definitionDigests(),
    seen: rows.seen,
    difficulty: [],
    prevalence: 1e-4,
    timeZone: args.timeZone ?? null,
    simulated: false,
    progress: () => undefined,
    workers: args.workers,
    familyOf,
    compare: true,
  });
  return model.training.comparison ?? [];
}

function write(path: string | null, text: string): void {
  const sink = new Sink(path);
  sink.write(text);
  sink.end();
}

function readKinds(path: string): Map<string, string> {
  let rows: Record<string, string>[];
  try {
    rows = parse(readFileSync(path), { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    throw new UserError(`kinds ${path}: ${troubleOf(error)}`);
  }
  if (rows.length > 0 && !('line' in rows[0]! && 'kind' in rows[0]!)) {
    throw new UserError(`kinds ${path}: expected the columns line and kind`);
  }
  return new Map(rows.map(({ line, kind }) => [line!, kind!]));
}
