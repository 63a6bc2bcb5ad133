import { HIDDEN_TOGETHER } from '../src/forest/boost.ts';
import { importanceSection, trainersSection } from '../src/forest/evaluation-report.ts';
import type { Margins } from '../src/forest/margin.ts';
import type { Model } from '../src/forest/model.ts';
import { medianOf } from '../src/forest/population.ts';
import type { Threshold } from '../src/forest/thresholds.ts';
import { heldOutSection, type readHeldOut } from './held-out.ts';
import { HOTEL_RUNS, RESTARTED_RUNS, trainingRun, VARIED_RUNS } from './training-plan.ts';

/** The card of a model: what it was made of, what it can and cannot tell, and every figure from the model itself. */
export function modelCard(model: Model, runs: number, held: ReturnType<typeof readHeldOut>): string {
  const { training, forest, second } = model;
  const all = training.metrics.all!;
  const plans = Array.from({ length: runs }, (_, run) => trainingRun(run));
  const enriched = plans.filter((plan) => plan.enriched).length;
  const boxless = plans.filter(({ scenario }) => scenario.gateways === 0).length;
  const lines = [
    '# The model that comes with Catpool',
    '',
    'Made by `npm run train:default`, which prints these figures and writes this page.',
    '',
    '**It was trained on simulated captures alone.** Real networks differ: other devices, habits and boxes. Check every line it',
    'marks before anything is done to it, gather your verdicts in a labels file, and train your own with `catpool train`.',
    'Automatic suspension must refuse a model whose training says `simulated`.',
    '',
    '## What it was made of',
    '',
    `- ${runs} simulated networks, each with its own country, devices, habits, hard negatives and boxes, seen by probes on SIP alone or`,
    '  on SS7 interfaces (A, MAP, CAP, ISUP) in many combinations, some of which follow a part of the lines or miss packets;',
    `  ${training.rows.toLocaleString('en-US')} rows (a line in a window of 10 minutes to 24 hours), ${training.positives.toLocaleString('en-US')} of them of gateway lines.`,
    '- Boxes: naive, each axis that hides something, two of them, and all at once; some send messages in bulk, none gathers verification codes.',
    `- ${enriched} of the networks have more call centres, survey desks, offices, licensed gateways or labs than others, many of them on mobile phones; ${boxless} of`,
    '  these have no box. They are trained on; rates, measures and what is usual come from the others, in which every kind has its share,',
    '  but in few of them labs and companies that keep their phones.',
    `- The last ${VARIED_RUNS + RESTARTED_RUNS + HOTEL_RUNS} differ as well in how long calls take to ring, how far people go, and how regular registrations are refreshed and`,
    '  challenges answered; in the others these vary from line to line and from call to call, but not from network to network.',
    `  ${RESTARTED_RUNS + HOTEL_RUNS} of them also in how many calls people answer, how soon, and how long they talk; there networks fail or restart, so that all come`,
    `  back together; ${HOTEL_RUNS} have hotels, which the others have not.`,
    `- Trainer: ${training.trainer}, ${forest.roots.length} trees, options ${JSON.stringify(Object.fromEntries(Object.entries(training.options).sort()))}`,
    `  of the forest of own behaviour. Of that which knows the company, whose trees are grown one after the other on what those before`,
    `  left over: ${second?.forest.roots.length ?? 0} trees, ${JSON.stringify(training.secondOptions ?? {})}.`,
    `- Of each network ${Math.round(100 * (training.hidden ?? 0))} % of the families of features, by chance, were hidden from the forests as if no probe had shown them:`,
    `  from the second forest others every ${HIDDEN_TOGETHER} trees.`,
    '',
    '## How it did',
    '',
    'On rows of populations that the forest in question had not seen (5 folds by population). Intervals: 95 %, bootstrap over populations.',
    'Gateway lines that had done nothing yet count a quarter. Rows are short and long windows, of idle and of busy lines alike. In these',
    'networks the share of outgoing calls tells more (AUC about .93 by itself) than on public data of real subscribers (.75): expect less',
    'of the model on a real network.',
    '',
    '| boxes | rows | gateway rows | AUC | PR-AUC | TPR at FPR 1e-3 | TPR at FPR 1e-4 |',
    '|---|---|---|---|---|---|---|',
  ];
  const first = training.first === undefined ? [] : ([['all, own behaviour alone', training.first]] as const);
  const groups = Object.entries(training.metrics);
  for (const [name, metrics] of [...groups.slice(0, 1), ...first, ...groups.slice(1)]) {
    const tpr = metrics.tprAtFpr
      .slice(0, 2)
      .map(({ tpr, low, high }) => (tpr === null ? 'not measurable' : `${share(tpr)} (${share(low)}-${share(high)})`));
    lines.push(
      `| ${name} | ${metrics.rows} | ${metrics.positives} | ${share(metrics.auc)} | ${share(metrics.averagePrecision)} | ${tpr.join(' | ')} |`,
    );
  }
  lines.push('', `Brier score ${all.brier.toFixed(4)}, expected calibration error ${all.ece.toFixed(4)}.`, '');
  lines.push(...heldOutSection(held));
  lines.push(
    '## Thresholds',
    '',
    'Raw score from which a line is marked, by what was seen of it: SIP signalling, with the IMEI or without; on the radio side the device,',
    'or cells alone; calls on a SIP trunk of very many; calls alone; or that it texts and hardly calls. It is that of a span of hours in the',
    'middle of it (by the logarithm), and lies between two middles accordingly. Where five acts (calls, messages sent) and half an hour were',
    'seen of a line, its behaviour can tell, and the second figure is asked of it; of others, to be marked for what they do, that of FPR 1e-4.',
    marginWords(training.margins ?? {}),
    '',
  );
  lines.push(
    '| seen | hours | FPR 1e-3 (suspect) | where enough was seen | FPR 1e-4 (strong) | ordinary rows |',
    '|---|---|---|---|---|---|',
  );
  const hours = [...new Set(model.strata.map((stratum) => stratum.hours))];
  for (const { basis, hours: from, acts, thresholds } of model.strata) {
    if (acts > 0) continue;
    const [suspect, strong] = thresholds;
    const enough = model.strata.find((one) => one.acts > 0 && one.basis === basis && one.hours === from);
    const told = [suspect!, enough?.thresholds[0], strong!].map((one) =>
      one === undefined ? '-' : thresholdText(one),
    );
    lines.push(`| ${basis} | ${rangeOf(from, hours)} | ${told.join(' | ')} | ${suspect!.rows} |`);
  }
  const [suspect, strong] = model.thresholds;
  lines.push(`| all | all | ${thresholdText(suspect!)} | - | ${thresholdText(strong!)} | ${suspect!.rows} |`, '');
  lines.push(
    'Where fewer than 3/rate lines were seen for so long, the threshold is drawn from them (*): how fast the highest of their scores thin',
    'out is fitted (a generalised Pareto distribution of the log-odds beyond the score that one to five in a hundred reach), and drawn on to',
    'the rate. That is done 400 times over networks drawn anew; what one in a hundred of these surpasses is the threshold, so that one',
    'company alone cannot set it. It is drawn only where ten networks have such lines, and never to 1e-5. Where lines seen for shorter were',
    'enough to count the rate, the lower of the two is asked: of a line seen for longer no more is asked than of one seen for shorter.',
    '',
    'Such a threshold is not lower than the third highest score of those that were seen for so long. None lets more than one in a hundred of a',
    'kind of ordinary lines through, where there are a hundred of them, of eight networks or more; three, where networks with many desks count. Of lines',
    'seen in calls alone a desk that calls for a living looks as a box does, and its lines come in whole companies; of lines that text, so do',
    'lawful machines. There, of a kind that few were seen of, all that were seen so tell it. Such lines are missed rather than people marked.',
    '',
  );
  lines.push(...trainersSection({ comparison: null, model }), ...importanceSection(model));
  lines.push('## Features', '', 'Median of ordinary and of gateway rows, and how often the value is missing.', '');
  lines.push('| feature | ordinary | gateway | missing, ordinary | missing, gateway |', '|---|---|---|---|---|');
  for (const [index, name] of forest.features.entries()) {
    const ordinary = model.population.ordinary[index]!;
    const gateway = model.population.gateway[index]!;
    lines.push(
      `| ${name} | ${figure(medianOf(ordinary))} | ${figure(medianOf(gateway))} | ${share(ordinary.missing)} | ${share(gateway.missing)} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** `0.5-2.5`, from one start to the next. */
function marginWords(margins: Margins): string {
  const all = Object.entries(margins).map(([basis, margin]) => `${basis} ${margin}`);
  if (all.length === 0) return 'They are as measured.';
  return `They ask more than was measured, since ordinary lines of other networks score higher, in log-odds: ${all.join(', ')}.`;
}

function rangeOf(from: number, starts: readonly number[]): string {
  const next = starts[starts.indexOf(from) + 1];
  return next === undefined ? `${from} and more` : `${from}-${next}`;
}

function share(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

/** With a star where it was drawn on to the rate, not counted. */
function thresholdText({ score, reason }: Threshold): string {
  return score === null ? 'not measurable' : `${score.toFixed(3)}${reason === null ? '' : '*'}`;
}

function figure(value: number): string {
  return Number.isNaN(value) ? '-' : String(Number(value.toPrecision(3)));
}
