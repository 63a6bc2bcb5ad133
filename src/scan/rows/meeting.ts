import { CATALOGUE, computeVector } from '../../features/catalogue.ts';
import type { FeatureContext } from '../../features/definition.ts';
import type { History } from '../../features/history/history.ts';
import type { Population } from '../../features/population.ts';
import type { Forest } from '../../forest/forest.ts';
import type { Model } from '../../forest/model.ts';
import { compile, type Scorer } from '../../forest/predict.ts';
import { Company, type CompanyData } from '../../gateways/company.ts';
import { switchedAt } from '../../gateways/sketch.ts';
import { Switching } from '../../gateways/switching.ts';
import { SpoolStore } from '../spool.ts';
import type { Lines } from './lines.ts';
import { LineVectors } from './vectors.ts';

/** Bytes of what lines share that stay in memory. */
const MEMORY = 8 * 1024 * 1024;

/** What a forest needs of a vector: its own features, in its own order. */
export class OwnScorer {
  /** Place of each of the forest's features in the catalogue. */
  private readonly places: Int32Array;
  private readonly scorer: Scorer;
  /** Features that nobody can ask for: their places in a row, and what they would be asked of, with its place in the catalogue. */
  private readonly unasked: { at: number; of: number; least: number }[];

  constructor(forest: Forest, { pseudonymous }: Pick<Population, 'pseudonymous'>) {
    const places = new Map(CATALOGUE.map((definition, index) => [definition.name, index]));
    this.places = Int32Array.from(forest.features, (name) => places.get(name)!);
    this.scorer = compile(forest);
    this.unasked = ASKED_OF.flatMap(({ name, of, least }) => {
      const at = forest.features.indexOf(name);
      return pseudonymous && at >= 0 ? [{ at, of: places.get(of)!, least }] : [];
    });
  }

  /** Features of the forest. */
  get width(): number {
    return this.places.length;
  }

  /** Puts the forest's features of a vector into `own`. @returns their raw score */
  score(vector: Float64Array, own: Float64Array): number {
    this.take(vector, own);
    return this.scorer.score(own, 0);
  }

  take(vector: Float64Array, own: Float64Array): void {
    for (let i = 0; i < this.places.length; i++) own[i] = vector[this.places[i]!]!;
    for (const { at, of, least } of this.unasked) if (vector[of]! >= least) own[at] = 0;
  }
}

/**
 * Features that are missing where pseudonyms stand for numbers, and what they are asked of elsewhere: a forest that was trained on numbers
 * takes them for missing because too little was seen. It is told that there are no neighbours, as of most lines.
 */
const ASKED_OF = [
  { name: 'sequential_number_share', of: 'called_numbers', least: 5 },
  { name: 'imeis_near_in_serial', of: 'imeis', least: 1 },
] as const;

/** What was found of the lines of one partition. */
export interface MetLines {
  /** Place of the first of them. */
  begin: number;
  /** Raw score of each by itself, and its calls. */
  scores: Float64Array<ArrayBuffer>;
  calls: Uint32Array<ArrayBuffer>;
  company: CompanyData;
}

/** Computes the vectors of lines, scores them by themselves, and notes what they share. */
export class Meeter {
  readonly switching = new Switching();
  private readonly context: FeatureContext;
  private readonly scorer: OwnScorer;
  private readonly vectors: LineVectors;
  private readonly all = new Float64Array(CATALOGUE.length);
  private readonly own: Float64Array;

  constructor(forest: Forest, context: FeatureContext, vectors: LineVectors) {
    this.scorer = new OwnScorer(forest, context.population);
    this.own = new Float64Array(this.scorer.width);
    this.context = context;
    this.vectors = vectors;
  }

  /** @param each goes through the lines [begin, end) */
  meet(
    { begin, end }: { begin: number; end: number },
    each: (onLine: (history: History, line: number) => void) => void,
  ): MetLines {
    const { context, scorer, vectors, all, own, switching } = this;
    const company = new Company(context);
    const scores = new Float64Array(end - begin);
    const calls = new Uint32Array(end - begin);
    each((history, line) => {
      computeVector(history, context, all);
      vectors.put(line, all);
      scores[line - begin] = scorer.score(all, own);
      calls[line - begin] = history.outgoingCount + history.incomingCount;
      company.add(history, all);
      switching.add(switchedAt(history, context.from));
    });
    vectors.flush();
    return { begin, scores, calls, company: company.data() };
  }
}

/** All lines of a window as the first forest sees them, and what they share. What grows with the lines is kept in files. */
export class Meeting {
  readonly vectors: LineVectors;
  /** By place of the line: raw score by itself, calls. */
  readonly scores: Float64Array;
  readonly calls: Uint32Array;
  readonly switching = new Switching();
  private readonly store = new SpoolStore(MEMORY);
  /** Of each partition: how many lines, keys and traits, and where they are. */
  private readonly companies: { lines: number; keys: number; bytes: number; place: Buffer | number }[] = [];

  constructor(lines: number, inFile = false) {
    this.vectors = new LineVectors(lines, { inFile });
    this.scores = new Float64Array(lines);
    this.calls = new Uint32Array(lines);
  }

  /** Takes the lines of the next partition. */
  add({ begin, scores, calls, company: { keys, starts, traits } }: MetLines): void {
    this.scores.set(scores, begin);
    this.calls.set(calls, begin);
    const all = new Float64Array(starts.length + keys.length + traits.length);
    all.set(starts);
    all.set(keys, starts.length);
    all.set(traits, starts.length + keys.length);
    const place = this.store.keep(Buffer.from(all.buffer));
    this.companies.push({ lines: scores.length, keys: keys.length, bytes: all.byteLength, place });
  }

  /** What the lines share, partition by partition; each is valid until the next is asked for. */
  *company(): Generator<CompanyData> {
    for (const { lines, keys, bytes, place } of this.companies) {
      const all = typeof place === 'number' ? Buffer.from(new ArrayBuffer(bytes)) : place;
      if (typeof place === 'number') this.store.load(place, bytes, all);
      const numbers = new Float64Array(all.buffer as ArrayBuffer, all.byteOffset, bytes / 8);
      const begin = lines + 1;
      yield {
        starts: numbers.subarray(0, begin),
        keys: numbers.subarray(begin, begin + keys),
        traits: numbers.subarray(begin + keys),
      };
    }
  }

  /** Gives memory and files back. */
  close(): void {
    this.vectors.close();
    this.store.close();
  }
}

/** Goes through the lines on this thread. To be closed. */
export function meetHere(lines: Lines, context: FeatureContext, model: Model): Meeting {
  const meeting = new Meeting(lines.count);
  try {
    const meeter = new Meeter(model.forest, context, meeting.vectors);
    for (const partition of lines.partitions)
      meeting.add(meeter.meet(partition, (onLine) => lines.eachOf(partition, onLine)));
    meeting.switching.merge(meeter.switching.data());
    return meeting;
  } catch (error) {
    meeting.close();
    throw error;
  }
}
