import { tac } from '../base/imei.ts';
import { areNeighbours, type EvidenceKind, numberOfImei } from './evidence.ts';
import type { Sketch } from './sketch.ts';

/** Why lines are taken for modems of one box, in words. */
export interface GatewayEvidence {
  kind: EvidenceKind;
  /** How many of its lines share it with another, and which. */
  lines: number;
  tied: string[];
  /** Of the two lines it ties most: nats. */
  weight: number;
  text: string;
  text_zh: string;
}

interface Tie {
  lines: ReadonlySet<string>;
  weight: number;
}

/** What ties the members together: what ties most of them first. */
export function tell(members: readonly Sketch[], ties: ReadonlyMap<EvidenceKind, Tie>): GatewayEvidence[] {
  return [...ties]
    .sort(([a, x], [b, y]) => y.lines.size - x.lines.size || y.weight - x.weight || (a < b ? -1 : 1))
    .map(([kind, { lines, weight }]) => {
      const tied = members.filter(({ line }) => lines.has(line));
      const { en, zh } = WORDS[kind](tied);
      return { kind, lines: lines.size, tied: tied.map(({ line }) => line), weight, text: en, text_zh: zh };
    });
}

const WORDS: Record<EvidenceKind, (tied: readonly Sketch[]) => { en: string; zh: string }> = {
  imei: (tied) => ({
    en: `${tied.length} lines took turns with the same IMEIs`,
    zh: `${tied.length} 条线路轮用相同的 IMEI`,
  }),
  serials: (tied) => {
    const imeis = neighbouring(tied);
    const types = new Set(imeis.map(tac));
    return {
      en: `${imeis.length} IMEIs of neighbouring serial numbers under ${types.size === 1 ? `TAC ${[...types][0]}` : `${types.size} TACs`}`,
      zh: `${imeis.length} 个序列号相邻的 IMEI，属 ${types.size === 1 ? `TAC ${[...types][0]}` : `${types.size} 个 TAC`}`,
    };
  },
  type: (tied) => {
    const types = shared(tied.map(({ imeis }) => imeis.map(tac)));
    return {
      en: `${tied.length} lines on ${types.length === 1 ? `TAC ${types[0]}` : `${types.length} TACs`} that suspected lines crowd`,
      zh: `${tied.length} 条线路的 TAC（${types.length === 1 ? types[0] : `${types.length} 个`}）集中出现于嫌疑线路`,
    };
  },
  switched: (tied) => ({
    en: `${tied.length} lines switched on or off within 30 s of each other`,
    zh: `${tied.length} 条线路在 30 秒内一同开关机`,
  }),
  endpoint: (tied) =>
    addresses(
      tied.flatMap(({ endpoints }) => endpoints),
      tied.length,
      'from',
      '来自',
    ),
  contact: (tied) =>
    addresses(
      tied.flatMap(({ contacts }) => contacts),
      tied.length,
      'reached at',
      '联系地址为',
    ),
  look: (tied) => ({
    en: `the same rare make of messages on ${tied.length} lines`,
    zh: `${tied.length} 条线路的信令特征相同且少见`,
  }),
  place: (tied) => {
    const cells = new Set(tied.flatMap(({ homes }) => homes));
    const isOne = cells.size === 1;
    const [cell] = cells;
    const where = isOne ? `cell ${cell}` : `${cells.size} cells`;
    const whereZh = isOne ? `小区 ${cell}` : ` ${cells.size} 个小区`;
    // Nearly all of the events of a line are enough to tell where it stays.
    const never = tied.every(({ stays }) => stays);
    return {
      en: `${tied.length} lines ${never ? 'never left' : 'were nearly always in'} ${where}`,
      zh: `${tied.length} 条线路${never ? '从未离开' : '几乎始终在'}${whereZh}`,
    };
  },
  called: (tied) => ({
    en: `${tied.length} lines called numbers that the others called too`,
    zh: `${tied.length} 条线路呼叫过相同的号码`,
  }),
  succession: (tied) => ({
    en: `one took over within minutes where another fell silent, on ${tied.length} lines`,
    zh: `${tied.length} 条线路此停彼起，相隔数分钟`,
  }),
};

/** Values that two lines or more show, sorted. */
function shared(lines: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const values of lines) for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].flatMap(([value, count]) => (count > 1 ? [value] : [])).sort();
}

/** IMEIs of these lines beside which another line has one. */
function neighbouring(tied: readonly Sketch[]): string[] {
  const all = tied
    .flatMap(({ line, imeis }) => imeis.map((imei) => ({ line, imei, number: numberOfImei(imei) })))
    .sort((a, b) => a.number - b.number);
  const found = new Set<string>();
  // Either way, the one before it, and the one before that of another line than that one's: a box may have very many.
  for (const order of [all, all.toReversed()]) {
    let before: (typeof all)[number] | undefined;
    let another: typeof before;
    for (const one of order) {
      if (before !== undefined && before.line !== one.line) another = before;
      if (another !== undefined && areNeighbours(another.number, one.number)) found.add(one.imei);
      before = one;
    }
  }
  return [...found];
}

function addresses(all: readonly string[], lines: number, en: string, zh: string): { en: string; zh: string } {
  const counts = new Map<string, number>();
  for (const address of all) counts.set(address, (counts.get(address) ?? 0) + 1);
  const shared = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = shared.slice(0, 3).map(([address]) => address);
  const more = shared.length - shown.length;
  return {
    en: `${lines} lines ${en} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    zh: `${lines} 条线路${zh} ${shown.join('、')}${more > 0 ? ` 等 ${shared.length} 个` : ''}`,
  };
}
