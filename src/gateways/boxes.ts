import { UndirectedGraph } from 'graphology';
import louvainModule from 'graphology-communities-louvain';
import { tac } from '../base/imei.ts';
import { Random } from '../base/random.ts';
import type { Population } from '../features/population.ts';
import { type Background, type EvidenceKind, evidenceOf, lookOf, markOf } from './evidence.ts';
import { KeyTable } from './key-table.ts';
import { Pairs } from './pairs.ts';
import type { Sketch } from './sketch.ts';
import type { Switching } from './switching.ts';
import { type GatewayEvidence, tell } from './words.ts';

/** Lines that are modems of one box, as far as what they share can tell. */
export interface Gateway {
  /** Its number in the report, from 1. */
  gateway: number;
  /** Names of its lines, sorted. */
  lines: string[];
  /** Mean raw score of the better half of its lines. */
  score: number;
  evidence: GatewayEvidence[];
  /** Cell that most of its lines stay in; null where none is known. */
  place: string | null;
  /** Addresses that its requests came from. */
  endpoints: string[];
  /** First and last event of its lines, seconds since the epoch. */
  first: number;
  last: number;
}

/** Its types speak of a `default` that the module, which is CommonJS, does not have. */
const louvain = louvainModule as unknown as typeof louvainModule.default;

/** An edge needs this much evidence more than the logarithm of the lines compared, nats: the more pairs, the more look alike by chance. */
const LEAST = 2;
/** A line that its own behaviour does not mark belongs to the box only where it is tied to a marked one by this much more. */
const MORE = 2;
/** Evidence that hardly but a box shows, nats: with less, what ties a line to others may as well be the company they work for. */
const OF_BOX = 4;
/** Communities are parts of one box where so many pairs of their likely lines are linked. */
const LINKED = 0.2;
/** Members that must be marked by their own behaviour; of a small box one will do. */
const MARKED = 2;
/** So many that nearly are stand for marked ones: of unrelated lines hardly so many come near and are tied to each other. */
const SEVERAL = 4;

/**
 * Finds boxes among sketches of lines (by name, ascending): compares those that share something, links those that share much, and
 * takes communities of the links (Louvain, weighted) that hold marked lines, or several that nearly are. The same lines give the same
 * boxes.
 *
 * @param marked names of the lines that their own behaviour marked
 * @param onLoose told of each line that nothing ties to its box but what lines of one company share too
 */
export function findGateways(
  sketches: readonly Sketch[],
  marked: ReadonlySet<string>,
  population: Population,
  switching: Switching,
  onLoose: (line: string) => void = () => {},
): Gateway[] {
  // What one marked line and many that nearly are share, a box shows as well as what as many marked ones share.
  const likely = new Set(sketches.flatMap(({ line, near }) => (near || marked.has(line) ? [line] : [])));
  if (likely.size === 0) return [];
  const background: Background = {
    population,
    switching,
    likely,
    marks: marksOf(sketches, likely),
    callers: callersOf(sketches),
    compared: sketches.length,
    enriched: new Map(),
  };
  const least = LEAST + Math.log(sketches.length);
  const graph = edgesOf(sketches, background, least);
  if (graph.size === 0) return [];
  const random = new Random(1, 'communities');
  const communities = joined(louvain(graph, { getEdgeWeight: 'weight', rng: () => random.next() }), graph, likely);
  const byCommunity = new Map<number, Sketch[]>();
  for (const sketch of sketches) {
    const community = communities[sketch.line];
    if (community === undefined) continue;
    const members = byCommunity.get(community);
    if (members === undefined) byCommunity.set(community, [sketch]);
    else members.push(sketch);
  }
  const gateways: Gateway[] = [];
  for (const members of byCommunity.values()) {
    const several = members.filter(({ line }) => likely.has(line)).length >= SEVERAL;
    const gateway = gatewayOf(members, several ? likely : marked, background, graph, least + MORE, onLoose);
    if (gateway !== null) gateways.push(gateway);
  }
  return number(gateways);
}

/** Highest score first, numbered from 1. */
export function number(gateways: Gateway[]): Gateway[] {
  gateways.sort((a, b) => b.score - a.score || b.lines.length - a.lines.length || (a.lines[0]! < b.lines[0]! ? -1 : 1));
  for (const [index, gateway] of gateways.entries()) gateway.gateway = index + 1;
  return gateways;
}

type Graph = UndirectedGraph<object, { weight: number; ofBox: number }>;

/**
 * Links of likely lines, and of those whom these are linked to with others, so that a line goes with its own household or office
 * where that is nearer. Links between lines further away decide nothing.
 */
function edgesOf(sketches: readonly Sketch[], background: Background, least: number): Graph {
  const edges: { a: number; b: number; weight: number; ofBox: number }[] = [];
  const likely = Uint8Array.from(sketches, ({ line }) => (background.likely.has(line) ? 1 : 0));
  const near = new Uint8Array(sketches.length);
  const compare = (a: number, b: number): boolean => {
    const [one, other] = [sketches[a]!, sketches[b]!];
    // One phone under two writings of its number is no box.
    if (isSameNumber(one.line, other.line)) return false;
    const evidence = evidenceOf(one, other, background);
    const weight = evidence.reduce((sum, { weight }) => sum + weight, 0);
    if (weight < least || !evidence.some(({ ties }) => ties)) return false;
    const ofBox = evidence.reduce((sum, { weight, ofBox }) => (ofBox ? sum + weight : sum), 0);
    edges.push({ a, b, weight, ofBox });
    return true;
  };
  const pairs = new Pairs(sketches);
  pairs.each(likely, new Uint8Array(sketches.length), (a, b) => {
    if (!compare(a, b)) return;
    if (likely[a] === 0) near[a] = 1;
    if (likely[b] === 0) near[b] = 1;
  });
  pairs.each(near, likely, compare);
  const graph: Graph = new UndirectedGraph();
  const linked = new Set(edges.flatMap(({ a, b }) => [a, b]));
  for (const [line, sketch] of sketches.entries()) if (linked.has(line)) graph.addNode(sketch.line);
  edges.sort((x, y) => x.a - y.a || x.b - y.b);
  for (const { a, b, weight, ofBox } of edges) graph.addEdge(sketches[a]!.line, sketches[b]!.line, { weight, ofBox });
  return graph;
}

function gatewayOf(
  community: readonly Sketch[],
  marked: ReadonlySet<string>,
  background: Background,
  graph: Graph,
  leastTie: number,
  onLoose: (line: string) => void,
): Gateway | null {
  const certain = community.filter(({ line }) => marked.has(line));
  if (certain.length === 0 || community.length < 2) return null;
  const isTied = (line: string, to: readonly Sketch[], weight: number, ofBox: number): boolean =>
    to.some((other) => {
      const edge = graph.edge(line, other.line);
      if (edge === undefined) return false;
      const tie = graph.getEdgeAttributes(edge);
      return tie.weight >= weight && tie.ofBox >= ofBox;
    });
  const tiedLines = community.filter(({ line }) => !marked.has(line) && isTied(line, certain, leastTie, 0));
  const loose = tiedLines.filter(({ line }) => !isTied(line, certain, leastTie, OF_BOX));
  // Of a box most lines that work nearly are marked. Where more of those that share a place or an address are not, it is a company.
  const isCompany = loose.filter(({ near }) => !near).length > certain.length;
  const joining = new Set(isCompany ? tiedLines.filter((line) => !loose.includes(line)) : tiedLines);
  const candidates = community.filter((sketch) => marked.has(sketch.line) || joining.has(sketch));
  // One that hung together with the others only by lines that are no part of it is none.
  const members = candidates.filter(({ line }) => isTied(line, candidates, 0, 0));
  if (members.length < 2 || (certain.length < MARKED && members.length > 2 * MARKED)) return null;
  for (const { line } of members) if (!isTied(line, members, 0, OF_BOX)) onLoose(line);
  const tied = new Map<EvidenceKind, { lines: Set<string>; weight: number }>();
  for (const [i, a] of members.entries()) {
    for (const b of members.slice(i + 1)) {
      if (!graph.hasEdge(a.line, b.line)) continue;
      for (const { kind, weight } of evidenceOf(a, b, background)) {
        const known = tied.get(kind) ?? { lines: new Set<string>(), weight: 0 };
        known.lines.add(a.line).add(b.line);
        known.weight = Math.max(known.weight, weight);
        tied.set(kind, known);
      }
    }
  }
  const scores = members.map(({ score }) => score).sort((a, b) => b - a);
  const half = scores.slice(0, Math.ceil(scores.length / 2));
  // What everybody comes through is no address of theirs.
  const isOwn = (address: string): boolean => !background.population.isCommon(address);
  const told = members.map((member) => ({
    ...member,
    endpoints: member.endpoints.filter(isOwn),
    contacts: member.contacts.filter(isOwn),
  }));
  return {
    gateway: 0,
    lines: members.map(({ line }) => line),
    score: half.reduce((sum, score) => sum + score, 0) / half.length,
    evidence: tell(told, tied),
    place: commonest(members.flatMap(({ home }) => home ?? [])),
    endpoints: [...new Set(told.flatMap(({ endpoints }) => endpoints))].sort().slice(0, 16),
    first: Math.min(...members.map(({ first }) => first)),
    last: Math.max(...members.map(({ last }) => last)),
  };
}

/**
 * Communities with those made one that many links of likely lines join: where links within the parts of a box are heavier than those
 * between them, parts are what is found.
 */
function joined(
  communities: Readonly<Record<string, number>>,
  graph: Graph,
  likely: ReadonlySet<string>,
): Record<string, number> {
  const sizes = new Map<number, number>();
  for (const [line, community] of Object.entries(communities))
    if (likely.has(line)) sizes.set(community, (sizes.get(community) ?? 0) + 1);
  const links = new Map<string, { a: number; b: number; count: number }>();
  graph.forEachEdge((_, __, one, other) => {
    if (!likely.has(one) || !likely.has(other)) return;
    const [a, b] = [communities[one]!, communities[other]!].sort((x, y) => x - y) as [number, number];
    if (a === b) return;
    const known = links.get(`${a} ${b}`);
    if (known === undefined) links.set(`${a} ${b}`, { a, b, count: 1 });
    else known.count++;
  });
  // The community that each went into, itself where it stays.
  const into = new Map<number, number>();
  const endOf = (community: number): number => {
    const next = into.get(community);
    return next === undefined ? community : endOf(next);
  };
  for (const { a, b, count } of links.values()) {
    if (count < LINKED * sizes.get(a)! * sizes.get(b)!) continue;
    const [one, other] = [endOf(a), endOf(b)];
    if (one !== other) into.set(Math.max(one, other), Math.min(one, other));
  }
  return Object.fromEntries(Object.entries(communities).map(([line, community]) => [line, endOf(community)]));
}

/** Whether one number ends in the other: national and international writing, where no home country said which is which. */
function isSameNumber(a: string, b: string): boolean {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length >= 7 && y.length >= 7 && (x.endsWith(y) || y.endsWith(x));
}

/** How many likely lines show each value. */
function marksOf(sketches: readonly Sketch[], likely: ReadonlySet<string>): Map<string, number> {
  const marks = new Map<string, number>();
  for (const sketch of sketches) {
    if (!likely.has(sketch.line)) continue;
    const keys = new Set([
      ...sketch.imeis.map((text) => markOf('imei', text)),
      ...sketch.imeis.map((text) => markOf('tac', tac(text))),
      ...(sketch.stays ? sketch.homes.map((cell) => markOf('stays', cell)) : []),
      ...sketch.endpoints.map((text) => markOf('endpoint', text)),
      ...sketch.contacts.map((text) => markOf('contact', text)),
      markOf('look', lookOf(sketch)),
      ...sketch.homes.map((cell) => markOf('place', cell)),
    ]);
    for (const key of keys) marks.set(key, (marks.get(key) ?? 0) + 1);
  }
  return marks;
}

function callersOf(sketches: readonly Sketch[]): KeyTable {
  const callers = new KeyTable();
  for (const { called } of sketches) for (const key of called) callers.add(key, 0);
  return callers;
}

/** The text that is there most often, of equals the smallest. */
function commonest(texts: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null;
}
