import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EvaluatedExposure, type EvaluatedLine, type EvaluatedSpan, evaluate } from '../src/forest/evaluate.ts';

/** What probes see, and where a network is tapped; left out: anywhere. */
interface View {
  name: string;
  interfaces: string[];
  registrations: boolean;
  network?: { tap: 'trunk'; proxies: number };
}

/** What the probes of the first runs that are held out see, in turn. */
const IN_TURN: readonly View[] = [['sip', 'a', 'map', 'cap', 'isup'], ['sip'], ['cap'], ['a']].map((interfaces) => ({
  name: interfaces.join(', '),
  interfaces,
  registrations: true,
}));
/** How many they are. */
const TURNS = 24;
/** What those of the next see: calls between switches; then: calls on a trunk, where switches write all messages. */
const BETWEEN_SWITCHES: View = { name: 'sip, where nobody registers', interfaces: ['sip'], registrations: false };
const BETWEEN_RUNS = 6;
const ON_TRUNK: View = { ...BETWEEN_SWITCHES, name: 'sip, on a trunk', network: { tap: 'trunk', proxies: 2 } };

export function viewOf(run: number): View {
  if (run < TURNS) return IN_TURN[run % IN_TURN.length]!;
  return run < TURNS + BETWEEN_RUNS ? BETWEEN_SWITCHES : ON_TRUNK;
}

interface HeldOutRun {
  visibility: string;
  spans: EvaluatedSpan[];
  exposures: EvaluatedExposure[];
  /** Marked lines that are of no subscriber. */
  unlabelled: string[];
}

/** The runs that `held-out-runs` wrote. */
export function readHeldOut(folder: string): HeldOutRun[] {
  return readdirSync(folder)
    .map((name) => name.slice(0, -'.json'.length))
    .sort((a, b) => Number(a) - Number(b))
    .map((run) => {
      const read = JSON.parse(readFileSync(join(folder, `${run}.json`), 'utf8')) as HeldOutRun;
      const own = (line: EvaluatedLine): EvaluatedLine => ({
        ...line,
        line: `${run} ${line.line}`,
        group: `${run} ${line.group}`,
      });
      return {
        visibility: read.visibility,
        unlabelled: read.unlabelled,
        spans: read.spans.map(({ seconds, lines }) => ({ seconds, lines: lines.map(own) })),
        exposures: read.exposures.map(({ name, lines }) => ({ name, lines: lines.map(own) })),
      };
    });
}

/** The last span of all runs as one. */
function joined(runs: readonly HeldOutRun[]): EvaluatedSpan[] {
  const last = runs.map(({ spans }) => spans.at(-1)!);
  return [{ seconds: Math.max(...last.map(({ seconds }) => seconds)), lines: last.flatMap(({ lines }) => lines) }];
}

/** Tables of what a model did on runs it was not trained on, as Markdown. */
export function heldOutSection(runs: readonly HeldOutRun[]): string[] {
  const lines = [
    '## On whole days of networks it had not seen',
    '',
    `${runs.length} simulated networks with seeds, makes and parameters of their own, 24 hours each, judged as \`scan\` does. Boxes hide in any`,
    'of the ways that `simulate` knows. `marked` is the share of gateway lines marked at the thresholds of the model, company and boxes',
    'included; TPR is what the scores allow at that rate of false positives on these ordinary lines (`-`: too few of them to measure it).',
    'Numbers that are no subscriber’s are looked at by themselves: some boxes show such in place of their own.',
    '',
  ];
  for (const { name: visibility } of [...IN_TURN, BETWEEN_SWITCHES, ON_TRUNK]) {
    const part = runs.filter((run) => run.visibility === visibility);
    if (part.length === 0) continue;
    const result = evaluate(joined(part));
    const others = part.reduce((sum, { unlabelled }) => sum + unlabelled.length, 0);
    lines.push(
      `### Probes on ${visibility}`,
      '',
      `${result.ordinary.lines} ordinary lines, ${result.ordinary.marked} of them marked (${percent(result.ordinary)}), ${result.ordinary.strong} as strong. ` +
        `${result.gateway.lines} gateway lines, ${result.gateway.marked} marked (${percent(result.gateway)}), ${result.gateway.strong} as strong. ` +
        `Of numbers that are no subscriber's, ${others} are marked.`,
      '',
      '| boxes | lines | marked | TPR at FPR 1e-2 | TPR at FPR 1e-3 |',
      '|---|---|---|---|---|',
    );
    for (const [name, , marks] of result.byDifficulty) {
      const { lines: judged } = joined(part)[0]!;
      const [loose, strict] = [1e-2, 1e-3].map((rate) => tprOf(judged, ({ difficulty }) => difficulty === name, rate));
      lines.push(`| ${name} | ${marks.lines} | ${percent(marks)} | ${loose} | ${strict} |`);
    }
    lines.push('');
  }
  const all = evaluate(joined(runs), exposuresOf(runs));
  lines.push('### By how much had been seen of a line', '', 'All probes together; a box brings in nobody.', '');
  lines.push('| seen | gateway lines | marked | ordinary lines | marked |', '|---|---|---|---|---|');
  for (const { name, gateway, ordinary } of all.exposure)
    lines.push(`| ${name} | ${gateway.lines} | ${percent(gateway)} | ${ordinary.lines} | ${percent(ordinary)} |`);
  lines.push(
    '',
    'Where all probes see it, what the scores allow at FPR 1e-3. Modules: no box of handsets or on Wi-Fi, nor one that hides all it can.',
    '',
  );
  lines.push('| seen | all boxes | modules |', '|---|---|---|');
  for (const { name, lines: judged } of exposuresOf(runs.filter(({ visibility }) => visibility === IN_TURN[0]!.name))) {
    const [every, modules] = [() => true, holdsModules].map((isMeant) => tprOf(judged, isMeant, 1e-3));
    lines.push(`| ${name} | ${every} | ${modules} |`);
  }
  lines.push('', '### Ordinary lines by kind', '', '| kind | lines | marked | | strong |', '|---|---|---|---|---|');
  for (const kind of all.kinds)
    lines.push(`| ${kind.name} | ${kind.lines} | ${kind.marked} | ${percent(kind)} | ${kind.strong} |`);
  lines.push('');
  return lines;
}

function exposuresOf(runs: readonly HeldOutRun[]): EvaluatedExposure[] {
  const byName = new Map<string, EvaluatedLine[]>();
  for (const { exposures } of runs)
    for (const { name, lines } of exposures) byName.set(name, [...(byName.get(name) ?? []), ...lines]);
  return [...byName].map(([name, lines]) => ({ name, lines }));
}

/** False of boxes that hide in real handsets or at Wi-Fi access points, by this axis or by all at once. */
function holdsModules({ difficulty }: EvaluatedLine): boolean {
  return difficulty !== 'all' && !difficulty.split('+').some((axis) => axis === 'handset' || axis === 'wifi');
}

/** Share of the gateway lines that are meant above the score that `rate` of the ordinary lines reach. */
function tprOf(lines: readonly EvaluatedLine[], isMeant: (line: EvaluatedLine) => boolean, rate: number): string {
  const ordinary = lines.filter(({ gateway }) => !gateway).map(({ score }) => score);
  if (ordinary.length < 3 / rate) return '-';
  const limit = ordinary.sort((a, b) => b - a)[Math.floor(rate * ordinary.length)]!;
  const boxes = lines.filter((line) => line.gateway && isMeant(line));
  return (boxes.filter(({ score }) => score > limit).length / boxes.length).toFixed(3);
}

function percent({ lines, marked }: { lines: number; marked: number }): string {
  return lines === 0 ? '-' : `${((100 * marked) / lines).toFixed(2)} %`;
}
