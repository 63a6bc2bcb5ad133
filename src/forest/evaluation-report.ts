import type { Evaluation, Marked } from './evaluate.ts';
import type { Metrics } from './metrics.ts';
import type { Model } from './model.ts';

/** What the report says of where its figures come from. */
export interface ReportOrigin {
  /** Path of the model as given, and the model. */
  path: string;
  model: Model;
  captures: number;
  labels: string;
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

function blocks(evaluation: Evaluation, { path, model, captures, labels }: ReportOrigin, draw: Draw): string[] {
  const { ordinary, gateway, seconds, alertsPerMillionADay } = evaluation;
  const lines = [
    '# Evaluation of a model',
    '',
    `Model ${path} (${model.training.trainer}, ${model.forest.roots.length} trees, trained on ${model.training.rows} rows${model.training.simulated ? ' of simulated captures' : ''}), on ${captures} captures of ${duration(seconds)} with the known lines of ${labels}.`,
    '',
    `- Gateway lines: ${gateway.lines}, of which ${gateway.marked} marked (${percent(gateway.marked, gateway.lines)}), ${gateway.strong} strong.`,
    `- Ordinary lines: ${ordinary.lines}, of which ${ordinary.marked} marked (${percent(ordinary.marked, ordinary.lines)}), ${ordinary.strong} strong.`,
    `- Alerts on ordinary lines, of a million a day: ${alertsPerMillionADay === null ? 'not measurable on less than an hour' : Math.round(alertsPerMillionADay)}${ordinary.marked < 3 && alertsPerMillionADay !== null ? ' (fewer than 3 were seen: take it as an order of magnitude)' : ''}.`,
    `- Of all lines: AUC ${figure(evaluation.all.auc)}, average precision ${figure(evaluation.all.averagePrecision)}, Brier score ${evaluation.all.brier.toFixed(4)}, expected calibration error ${evaluation.all.ece.toFixed(4)}.`,
    '',
    'Marked: what `scan` marks, company in a box included. TPR at FPR: what the raw scores would find at that rate of these very ordinary lines, with',
    'the 95 % interval over boxes and lines. A rate that fewer than 3/rate ordinary lines would have to measure is not measurable.',
    '',
    '## By difficulty',
    '',
    ...metricsTable('boxes', evaluation.byDifficulty),
    '## By calls seen',
    '',
    ...metricsTable('calls', evaluation.byCalls),
    '## By what was seen',
    '',
    ...metricsTable('interfaces', evaluation.byInterfaces),
    '## How soon',
    '',
    '| after | gateway lines seen | marked | of all |',
    '|---|---|---|---|',
    ...evaluation.delay.map(
      ({ seconds, seen, marked, of }) => `| ${duration(seconds)} | ${seen} | ${marked} | ${percent(marked, of)} |`,
    ),
    '',
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
    '## Scores and probabilities',
    '',
    ...draw(evaluation),
    '',
    '## Missed, lowest score first',
    '',
    ...linesTable(evaluation.missed.map((line) => [line.line, line.difficulty, line.score, line.calls, line.reasons])),
    '## Wrongly marked, highest score first',
    '',
    ...linesTable(evaluation.wrong.map((line) => [line.line, line.kind, line.score, line.calls, line.reasons])),
  ];
  return lines;
}

function metricsTable(name: string, parts: readonly (readonly [string, Metrics, Marked])[]): string[] {
  return [
    `| ${name} | ordinary | gateway | marked | AUC | PR-AUC | TPR at 1e-3 | TPR at 1e-4 | TPR at 1e-5 |`,
    '|---|---|---|---|---|---|---|---|---|',
    ...parts.map(([part, metrics, marked]) => {
      const rates = metrics.tprAtFpr.map(({ tpr, low, high }) =>
        tpr === null ? 'not measurable' : `${figure(tpr)} (${figure(low)}-${figure(high)})`,
      );
      return `| ${part} | ${metrics.rows - metrics.positives} | ${metrics.positives} | ${percent(marked.marked, marked.lines)} | ${figure(metrics.auc)} | ${figure(metrics.averagePrecision)} | ${rates.join(' | ')} |`;
    }),
    '',
  ];
}

function linesTable(rows: readonly (readonly [string, string, number, number, string[]])[]): string[] {
  if (rows.length === 0) return ['None.', ''];
  return [
    '| line | kind | score | calls | what speaks against it |',
    '|---|---|---|---|---|',
    ...rows.map(
      ([line, kind, score, calls, reasons]) =>
        `| ${line} | ${kind} | ${score.toFixed(3)} | ${calls} | ${reasons.join('; ').replaceAll('|', '/')} |`,
    ),
    '',
  ];
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

const WIDTH = 420;
const HEIGHT = 220;
const LEFT = 40;
const BOTTOM = 30;

function svgPlots({ reliability, histogram }: Evaluation): string[] {
  return [
    `<figure><figcaption>Lines by raw score (logarithmic)</figcaption>${histogramSvg(histogram)}</figure>`,
    `<figure><figcaption>Probability said against share of gateways</figcaption>${reliabilitySvg(reliability)}</figure>`,
  ];
}

function histogramSvg({ ordinary, gateway }: Evaluation['histogram']): string {
  const most = Math.log1p(Math.max(1, ...ordinary, ...gateway));
  const step = (WIDTH - LEFT) / ordinary.length;
  const bars = (counts: readonly number[], colour: string, shift: number): string =>
    counts
      .map((count, bin) => {
        const height = (Math.log1p(count) / most) * (HEIGHT - BOTTOM - 10);
        return `<rect x="${(LEFT + bin * step + shift).toFixed(1)}" y="${(HEIGHT - BOTTOM - height).toFixed(1)}" width="${(step / 2 - 1).toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}"><title>${count}</title></rect>`;
      })
      .join('');
  return `<svg role="img" aria-label="histogram of scores" width="${WIDTH}" height="${HEIGHT}">${bars(ordinary, '#3b7dd8', 0)}${bars(gateway, '#d8573b', step / 2)}${axis('0', '1', 'raw score: ordinary blue, gateway red')}</svg>`;
}

function reliabilitySvg(bins: Evaluation['reliability']): string {
  const x = (value: number): string => (LEFT + value * (WIDTH - LEFT - 10)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - 10)).toFixed(1);
  const points = bins.map(
    ({ said, was, rows }) =>
      `<circle cx="${x(said)}" cy="${y(was)}" r="5" fill="#d8573b"><title>${rows} lines</title></circle>`,
  );
  return `<svg role="img" aria-label="reliability of probabilities" width="${WIDTH}" height="${HEIGHT}"><line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#999" stroke-dasharray="4"/>${points.join('')}${axis('0', '1', 'probability said')}</svg>`;
}

function axis(from: string, to: string, name: string): string {
  const at = HEIGHT - BOTTOM;
  return `<line x1="${LEFT}" y1="${at}" x2="${WIDTH}" y2="${at}" stroke="#999"/><text x="${LEFT}" y="${at + 15}" font-size="11" fill="currentColor">${from}</text><text x="${WIDTH - 10}" y="${at + 15}" font-size="11" fill="currentColor">${to}</text><text x="${WIDTH / 2 - 60}" y="${at + 27}" font-size="11" fill="currentColor">${name}</text>`;
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
