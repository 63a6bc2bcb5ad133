import type { Evaluation, Exposed, Marked } from './evaluate.ts';
import { svgPlots } from './evaluation-plots.ts';
import type { Importance } from './importance.ts';
import type { Metrics } from './metrics.ts';
import type { Model, TrainerMetrics } from './model.ts';
import { hasThresholds } from './thresholds.ts';

/** What the report says of where its figures come from. */
export interface ReportOrigin {
  /** Path of the model as given, and the model. */
  path: string;
  model: Model;
  captures: number;
  labels: string;
  /** How many lines are marked that no label knows. */
  unlabelled: number;
  /** What these labels cannot tell, in a sentence. */
  caveat?: string | undefined;
  /** Both trainers, trained on these very lines and measured on those of other folds; null where nobody asked. */
  comparison: readonly TrainerMetrics[] | null;
}

/** Figures of a reliability plot and of histograms, drawn by whoever can draw. */
type Draw = (evaluation: Evaluation) => string[];

/** The report as Markdown: tables and bars of text. */
export function markdownReport(evaluation: Evaluation, origin: ReportOrigin): string {
  return `${blocks(evaluation, origin, textPlots).join('\n')}\n`;
}

/** The report as one page of HTML that needs nothing else: the same tables, plots as SVG. */
export function htmlReport(evaluation: Evaluation, origin: ReportOrigin): string {
  const body = htmlOf(blocks(evaluation, origin, svgPlots));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Catpool evaluation</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #ccc;padding:.25rem .6rem;text-align:left}
th{background:#f3f3f3}figure{display:inline-block;margin:1rem 2rem 1rem 0}figcaption{font-weight:600}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}th{background:#262626}th,td{border-color:#444}}
</style></head><body>
${body}
</body></html>
`;
}

function blocks(evaluation: Evaluation, origin: ReportOrigin, draw: Draw): string[] {
  const { path, model, captures, labels, unlabelled, caveat } = origin;
  const { ordinary, gateway, seconds } = evaluation;
  const marks = hasThresholds(model);
  const lines = [
    '# Evaluation of a model',
    '',
    `Model ${path} (${model.training.trainer}, ${model.forest.roots.length} trees, trained on ${model.training.rows} rows${model.training.simulated ? ' of simulated captures' : ''}), on ${captures} ${captures === 1 ? 'capture' : 'captures'} of ${duration(seconds)} with the known lines of ${labels}.`,
    '',
    ...(caveat === undefined ? [] : [caveat, '']),
    ...(marks
      ? markedLines(evaluation, unlabelled)
      : [
          'The model has no thresholds: a scan marks nothing by it unless it is told from which score on. What it would mark is not measurable; its scores are.',
          '',
          `- Gateway lines: ${gateway.lines}.`,
          `- Ordinary lines: ${ordinary.lines}.`,
        ]),
    `- Of all lines: AUC ${figure(evaluation.all.auc)}, average precision ${figure(evaluation.all.averagePrecision)}, Brier score ${evaluation.all.brier.toFixed(4)}, expected calibration error ${evaluation.all.ece.toFixed(4)}.`,
    '',
    'Marked: what a scan marks, company in a box included. TPR at FPR: what the raw scores would find at that rate of these very ordinary lines, with the 95 % interval over boxes and lines. A rate that fewer than 3/rate ordinary lines would have to measure is not measurable.',
    '',
    '## By difficulty',
    '',
    ...metricsTable('boxes', evaluation.byDifficulty, marks),
    '## By calls seen',
    '',
    ...metricsTable('calls', evaluation.byCalls, marks),
    '## By what was seen',
    '',
    ...metricsTable('interfaces', evaluation.byInterfaces, marks),
    ...(marks ? delaySection(evaluation) : []),
    ...exposureTable(evaluation.exposure, marks),
    ...(marks ? kindsAndBoxes(evaluation) : []),
    '## Scores and probabilities',
    '',
    ...draw(evaluation),
    '',
    ...(marks ? wrongSection(evaluation) : []),
    ...trainersSection(origin),
    ...importanceSection(model),
  ];
  return lines;
}

/** What a scan marks of the lines. */
function markedLines({ ordinary, gateway, alertsPerMillionADay }: Evaluation, unlabelled: number): string[] {
  return [
    `- Gateway lines: ${gateway.lines}, of which ${gateway.marked} marked (${percent(gateway.marked, gateway.lines)}), ${gateway.strong} strong.`,
    `- Ordinary lines: ${ordinary.lines}, of which ${ordinary.marked} marked (${percent(ordinary.marked, ordinary.lines)}), ${ordinary.strong} strong.`,
    `- Lines that no label knows: ${unlabelled} marked.`,
    `- Alerts on ordinary lines, of a million a day: ${alertsPerMillionADay === null ? 'not measurable on less than an hour' : Math.round(alertsPerMillionADay)}${ordinary.marked < 3 && alertsPerMillionADay !== null ? ' (fewer than 3 were seen: take it as an order of magnitude)' : ''}.`,
  ];
}

/** How long it took until lines were marked. */
function delaySection(evaluation: Evaluation): string[] {
  return [
    '## How soon',
    '',
    '| after | gateway lines seen | marked | of all |',
    '|---|---|---|---|',
    ...evaluation.delay.map(
      ({ seconds, seen, marked, of }) => `| ${duration(seconds)} | ${seen} | ${marked} | ${percent(marked, of)} |`,
    ),
    '',
    firstAlertWords(evaluation.firstAlert),
    '',
  ];
}

/** Which ordinary lines and which boxes were marked. */
function kindsAndBoxes(evaluation: Evaluation): string[] {
  return [
    '## Ordinary lines by kind',
    '',
    '| kind | lines | marked | share | strong |',
    '|---|---|---|---|---|',
    ...evaluation.kinds.map(
      (kind) =>
        `| ${kind.name} | ${kind.lines} | ${kind.marked} | ${percent(kind.marked, kind.lines)} | ${kind.strong} |`,
    ),
    '',
    '## Boxes',
    '',
    '| box | difficulty | lines | marked | boxes of the report |',
    '|---|---|---|---|---|',
    ...evaluation.boxes.map(
      ({ box, difficulty, lines, marked, found }) =>
        `| ${box} | ${difficulty} | ${lines} | ${marked} | ${found.map((number) => `#${number}`).join(' ') || '-'} |`,
    ),
    '',
  ];
}

/** Lines that the marks are wrong of. */
function wrongSection(evaluation: Evaluation): string[] {
  return [
    '## Missed, lowest score first',
    '',
    ...linesTable(evaluation.missed, ({ difficulty }) => difficulty),
    '## Wrongly marked, highest score first',
    '',
    ...linesTable(evaluation.wrong, ({ kind }) => kind),
  ];
}

function metricsTable(name: string, parts: readonly (readonly [string, Metrics, Marked])[], marks: boolean): string[] {
  return [
    `| ${name} | ordinary | gateway | marked | AUC | PR-AUC | TPR at 1e-3 | TPR at 1e-4 | TPR at 1e-5 |`,
    '|---|---|---|---|---|---|---|---|---|',
    ...parts.map(([part, metrics, marked]) => {
      const rates = ratesOf(metrics);
      return `| ${part} | ${metrics.rows - metrics.positives} | ${metrics.positives} | ${shareMarked(marked, marks)} | ${figure(metrics.auc)} | ${figure(metrics.averagePrecision)} | ${rates.join(' | ')} |`;
    }),
    '',
  ];
}

function linesTable(lines: Evaluation['missed'], kindOf: (line: Evaluation['missed'][number]) => string): string[] {
  if (lines.length === 0) return ['None.', ''];
  const words = (list: readonly string[]) => list.join('; ').replaceAll('|', '/') || '-';
  return [
    '| line | kind | score | calls | what speaks against it | what held the score down |',
    '|---|---|---|---|---|---|',
    ...lines.map(
      (line) =>
        `| ${line.line} | ${kindOf(line)} | ${line.score.toFixed(3)} | ${line.calls} | ${words(line.reasons)} | ${words(line.held)} |`,
    ),
    '',
  ];
}

function firstAlertWords({ marked, of, median, slowest }: Evaluation['firstAlert']): string {
  if (median === null || slowest === null) return 'No gateway line was marked after any of these spans.';
  return `Delay to the first alert, from the first event of a line to the end of the first of these spans that marked it: ${duration(median)} in the median of the ${marked} of ${of} lines that one of these spans marked, ${duration(slowest)} for nine in ten.`;
}

/** What was found when so much had been seen of each line. */
function exposureTable(exposure: readonly Exposed[], marks: boolean): string[] {
  if (exposure.length === 0) return [];
  return [
    '## By what had been seen of a line',
    '',
    'Lines that came so far, each with its own events up to then, and other lines as the whole window shows them; not brought in by a box.',
    '',
    '| seen | ordinary | marked | gateway | marked | AUC | TPR at 1e-3 |',
    '|---|---|---|---|---|---|---|',
    ...exposure.map(({ name, ordinary, gateway, metrics }) => {
      const marked = (part: Marked) => `${part.lines} | ${shareMarked(part, marks)}`;
      return `| ${name} | ${marked(ordinary)} | ${marked(gateway)} | ${figure(metrics.auc)} | ${ratesOf(metrics)[0]} |`;
    }),
    '',
  ];
}

/** Both trainers on these lines where that was asked for, and on the rows of the training; later rows of other groups. */
export function trainersSection({ comparison, model }: Pick<ReportOrigin, 'comparison' | 'model'>): string[] {
  const { training } = model;
  const { later, prior } = training;
  const rows: [string, Metrics][] = (comparison ?? []).map(({ trainer, metrics }) => [
    `${trainer}, on these lines`,
    metrics,
  ]);
  for (const { trainer, metrics } of training.comparison ?? [])
    rows.push([`${trainer}, on the training rows`, metrics]);
  if (prior !== undefined) {
    rows.push(['this model, on the training rows', training.metrics.all!]);
    const first = prior.first === true ? ', first forest alone' : '';
    rows.push([`the model it started from, on the training rows${first}`, prior.metrics]);
  }
  if (later?.metrics) {
    const whose = model.second === undefined ? 'this model' : 'the first forest of this model';
    rows.push([`${whose}, on later training rows of other boxes`, later.metrics]);
  }
  if (rows.length === 0 && !later?.reason) return [];
  return [
    '## Trainers, on rows that their forests had not seen',
    '',
    'Folds by box and line, the same for both trainers, whose first forests are compared.',
    '',
    '| forest | rows | gateway | AUC | PR-AUC | Brier | TPR at 1e-3 | TPR at 1e-4 | TPR at 1e-5 |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.map(
      ([name, metrics]) =>
        `| ${name} | ${metrics.rows} | ${metrics.positives} | ${figure(metrics.auc)} | ${figure(metrics.averagePrecision)} | ${metrics.brier.toFixed(4)} | ${ratesOf(metrics).join(' | ')} |`,
    ),
    '',
    ...(later?.reason ? [`Later rows of other boxes: ${later.reason}.`, ''] : []),
  ];
}

const IMPORTANT = 15;

/** Permutation importance, by family and feature. */
export function importanceSection({ training: { importance } }: Model): string[] {
  if (importance === undefined) return [];
  const table = (name: string, list: readonly Importance[]) => [
    `| ${name} | AUC lost | PR-AUC lost |`,
    '|---|---|---|',
    ...list.map((one) => `| ${one.name} | ${one.auc.toFixed(4)} | ${one.averagePrecision.toFixed(4)} |`),
    '',
  ];
  return [
    '## What the model rests on',
    '',
    `What measures lose on ${importance.rows} training rows, by forests that had not seen them, where a feature is shuffled among the rows. Features that tell the same stand in for each other: a family shuffled as a whole shows it.`,
    '',
    ...(importance.families.length > 0 ? table('family', importance.families) : []),
    ...table('feature', importance.features.slice(0, IMPORTANT)),
  ];
}

function ratesOf({ tprAtFpr }: Metrics): string[] {
  return tprAtFpr.map(({ tpr, low, high }) =>
    tpr === null ? 'not measurable' : `${figure(tpr)} (${figure(low)}-${figure(high)})`,
  );
}

function textPlots({ reliability, histogram }: Evaluation): string[] {
  const most = (counts: readonly number[]): number => Math.max(1, ...counts);
  const bar = (count: number, of: number): string => '█'.repeat(Math.ceil((count / of) * 30));
  return [
    '| raw score | ordinary | | gateway | |',
    '|---|---|---|---|---|',
    ...histogram.ordinary.map((count, bin) => {
      const gateway = histogram.gateway[bin]!;
      return `| ${(bin / histogram.ordinary.length).toFixed(2)} | ${count} | ${bar(count, most(histogram.ordinary))} | ${gateway} | ${bar(gateway, most(histogram.gateway))} |`;
    }),
    '',
    'The probability is corrected for the prevalence that the model assumes, so that it lies below the share of gateways among these lines.',
    '',
    '| probability said | share that were gateways | lines |',
    '|---|---|---|',
    ...reliability.map(({ said, was, rows }) => `| ${said.toFixed(4)} | ${was.toFixed(3)} | ${rows} |`),
  ];
}

/** The few forms of Markdown that {@link blocks} uses, as HTML. Texts from captures are escaped. */
function htmlOf(lines: readonly string[]): string {
  const out: string[] = [];
  let table: string[][] | null = null;
  let list = false;
  for (const line of [...lines, '']) {
    if (table !== null && !line.startsWith('|')) {
      const [head, , ...body] = table;
      out.push(
        `<table><thead><tr>${head!.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr></thead><tbody>${body.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('')}</tbody></table>`,
      );
      table = null;
    }
    if (list && !line.startsWith('- ')) {
      out.push('</ul>');
      list = false;
    }
    if (line.startsWith('|'))
      (table ??= []).push(
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    else if (line.startsWith('- ')) {
      if (!list) out.push('<ul>');
      list = true;
      out.push(`<li>${escaped(line.slice(2))}</li>`);
    } else if (line.startsWith('## ')) out.push(`<h2>${escaped(line.slice(3))}</h2>`);
    else if (line.startsWith('# ')) out.push(`<h1>${escaped(line.slice(2))}</h1>`);
    else if (line.startsWith('<figure>')) out.push(line);
    else if (line !== '') out.push(`<p>${escaped(line)}</p>`);
  }
  return out.join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function shareMarked({ marked, lines }: Marked, marks: boolean): string {
  return marks ? percent(marked, lines) : '-';
}

function percent(part: number, of: number): string {
  return of === 0 ? '-' : `${Number(((100 * part) / of).toPrecision(3))} %`;
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

function duration(seconds: number): string {
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 2 * 86_400
    ? `${Number((seconds / 3600).toFixed(1))} h`
    : `${Number((seconds / 86_400).toFixed(1))} d`;
}
