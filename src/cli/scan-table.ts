import Table from 'cli-table3';
import pc from 'picocolors';
import type { Verdict } from '../scan/judge/verdict.ts';
import type { ScanResult } from '../scan/run.ts';
import { TIERS } from './chinese.ts';
import { explainCommand } from './next.ts';
import { notRead } from './not-read.ts';
import type { Language } from './options.ts';
import { count, figure } from './report.ts';
import { Sink } from './sink.ts';

/** What the table tells of a scan. */
type Told = Pick<ScanResult, 'verdicts' | 'tiers' | 'counters' | 'gateways' | 'nearest' | 'close'>;

interface TableOptions {
  language: Language;
  /** File to write; left out: standard output. */
  output?: string | undefined;
  threshold?: number | undefined;
}

/** What the table says besides its verdicts, and how wide score, tier and box are with the space after them. */
const WORDS = {
  en: {
    gateways: 'Gateways',
    all: 'All lines',
    suspected: 'Suspected lines',
    head: ['line', 'score', 'tier', 'box', 'why'],
    widths: [7, 9, 5],
    lines: (many: number, others: number) => count(many, 'line') + (others > 0 ? `, ${figure(others)} not marked` : ''),
    tiers: ({ strong, suspect, none }: Told['tiers']) =>
      `${count(strong, 'line')} strong, ${figure(suspect)} suspect, ${figure(none)} not.`,
    nearest: (line: string, score: string, asked: string) =>
      `Nearest: ${line} with ${score}, where ${asked} is asked (--threshold 0 ranks all lines).`,
    close: (many: number, score: string) =>
      `${figure(many)} more ${many === 1 ? 'reaches' : 'reach'} ${score}, as about one in 100 ordinary lines does (--threshold ${score} lists ${many === 1 ? 'it' : 'them'}).`,
    next: 'Next: ',
    between: ' ',
  },
  zh: {
    gateways: '网关',
    all: '全部线路',
    suspected: '可疑线路',
    head: ['线路', '得分', '等级', '网关', '原因'],
    widths: [7, 10, 6],
    lines: (many: number, others: number) =>
      `${figure(many)} 条线路${others > 0 ? `，其中 ${figure(others)} 条未标记` : ''}`,
    tiers: ({ strong, suspect, none }: Told['tiers']) =>
      `${figure(strong)} 条${TIERS.strong}，${figure(suspect)} 条${TIERS.suspect}，${figure(none)} 条${TIERS.none}。`,
    nearest: (line: string, score: string, asked: string) =>
      `最接近的是 ${line}，得分 ${score}，标记需 ${asked}（--threshold 0 列出全部线路）。`,
    close: (many: number, score: string) =>
      `另有 ${figure(many)} 条达到 ${score}（普通线路中约百分之一也会达到；--threshold ${score} 可列出）。`,
    next: '下一步：',
    between: '',
  },
} as const;

/** Columns left of the table. */
const MARGIN = 2;
const NARROWEST_WHY = 40;

/**
 * Writes the table of a scan: gateways, marked lines with their reasons, and what to do next.
 *
 * @param options all that the scan was given, so that what is next says the same
 */
export function printTable(result: Told, options: TableOptions): void {
  const { language, output, threshold } = options;
  const { verdicts, tiers, counters, gateways, nearest, close } = result;
  const words = WORDS[language];
  const sink = new Sink(output ?? null);
  const colour = output === undefined && process.stdout.isTTY;
  if (gateways.length > 0) sink.write(gatewayLines(result, language));
  if (verdicts.length > 0) {
    sink.write(`${threshold === 0 ? words.all : words.suspected}\n`);
    sink.write(`${lineTable(verdicts, language, colour).replace(/[ \t]+$/gm, '')}\n`);
  }
  const [first] = verdicts;
  const near =
    nearest === null || threshold === 0
      ? ''
      : words.nearest(nearest.line, scoreText(nearest.score), scoreText(nearest.exposure.marked_from!));
  const more =
    close === null || threshold !== undefined || !isFew(close.lines, tiers)
      ? ''
      : words.close(close.lines, scoreText(close.score, 2));
  const next = first === undefined ? '' : words.next + explainCommand(first.line, options);
  const said = [words.tiers(tiers), near, more, notRead(counters, language), next];
  sink.write(`${said.filter((part) => part !== '').join(words.between)}\n`);
  sink.end();
}

/** Where many lines reach what one in a hundred should, the network is unlike those of the training, and no list of them would help. */
function isFew(many: number, { none, suspect, strong }: Told['tiers']): boolean {
  return many > 0 && many <= (none + suspect + strong) / 10;
}

function lineTable(verdicts: readonly Verdict[], language: Language, colour: boolean): string {
  const { head, widths } = WORDS[language];
  // On a terminal the reasons are folded to its width; in a pipe or a file a line stays one line.
  const lineWidth = Math.max(4, ...verdicts.map((verdict) => verdict.line.length)) + 2;
  const others = widths.reduce<number>((sum, one) => sum + one, lineWidth + MARGIN);
  const whyWidth = Math.max(NARROWEST_WHY, (process.stdout.columns ?? 120) - others);
  const table = new Table({
    ...(colour ? { colWidths: [lineWidth, ...widths, whyWidth], wordWrap: true } : {}),
    head: [...head],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '  ',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  for (const verdict of verdicts) {
    const why = reasonsOf(verdict, language);
    table.push([
      verdict.line,
      scoreText(verdict.score),
      tierText(verdict.tier, language, colour),
      verdict.gateway === null ? '-' : `#${verdict.gateway}`,
      colour && language === 'zh' ? folded(why, whyWidth - 2) : why,
    ]);
  }
  return table.toString();
}

/** Gateways, one a line: number, score, how many lines and how many of them are not marked, where, and what ties them together. */
function gatewayLines({ gateways, verdicts }: Told, language: Language): string {
  const words = WORDS[language];
  const marked = new Set(verdicts.flatMap(({ line, tier }) => (tier === 'none' ? [] : [line])));
  const rows = gateways.map(({ gateway, score, lines, place, endpoints, evidence }) => {
    const where = place ?? endpoints[0] ?? '';
    const why = evidence.slice(0, 3).map(({ text, text_zh }) => (language === 'zh' ? text_zh : text));
    const others = lines.filter((line) => !marked.has(line)).length;
    return `  #${gateway}  ${scoreText(score)}  ${words.lines(lines.length, others)}  ${where}  ${why.join(' · ')}\n`;
  });
  return `${words.gateways}\n${rows.join('')}`;
}

function reasonsOf({ reasons, exposure }: Verdict, language: Language): string {
  const [texts, restsOn] =
    language === 'zh'
      ? [reasons.map((reason) => reason.text_zh), exposure.rests_on_zh]
      : [reasons.map((reason) => reason.text), exposure.rests_on];
  return [...texts.slice(0, 3), restsOn].join(' · ');
}

function scoreText(score: number, digits = 3): string {
  return score.toFixed(digits).replace(/^0/, '');
}

function tierText(tier: Verdict['tier'], language: Language, colour: boolean): string {
  const text = language === 'zh' ? TIERS[tier] : tier;
  if (!colour || tier === 'none') return text;
  return tier === 'strong' ? pc.red(text) : pc.yellow(text);
}

/** A character that takes two columns, as those of Chinese do; spaces; or what else stands together. */
const PIECES = /[\u1100-\uffe6]|\s+|[^\s\u1100-\uffe6]+/g;

/** A text in lines of so many columns. Chinese has no spaces to fold at: the table would cut what is longer than a line. */
function folded(text: string, columns: number): string {
  let [lines, at] = ['', 0];
  for (const piece of text.match(PIECES) ?? []) {
    const width = /^[\u1100-\uffe6]/.test(piece) ? 2 : piece.length;
    if (at > 0 && at + width > columns) {
      lines += '\n';
      at = 0;
    }
    if (at === 0 && /^\s/.test(piece)) continue;
    lines += piece;
    at += width;
  }
  return lines;
}
