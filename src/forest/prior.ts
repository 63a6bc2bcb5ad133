import { UserError } from '../base/errors.ts';
import { MAX_TREES } from './dataset.ts';
import type { Forest } from './forest.ts';

/** Gateway lines whose evidence counts as much as the whole of the model trained before. */
const EQUAL_EVIDENCE = 200;
/** Lines of one box are alike: more than this many of them tell nothing new. */
const LINES_OF_A_BOX = 10;

/**
 * Share of the trees that own rows get beside those of a model that was trained before: .1 with 22 gateway lines, half with 200, nearly
 * all with thousands. Shown lines of one box count as ten at most.
 *
 * @param positives gateway rows
 * @param boxes groups that they are from
 */
export function ownShare(positives: number, boxes: number): number {
  const evidence = Math.min(positives, boxes * LINES_OF_A_BOX);
  return evidence / (evidence + EQUAL_EVIDENCE);
}

/** How many of `trees` own rows get, at least one. */
export function ownTrees(trees: number, share: number): number {
  return Math.max(1, Math.min(trees, Math.round(trees * share)));
}

/**
 * One forest of the trees of two: all of `own`, and `count` of `prior` spread evenly over it (some twice where it has fewer). Its score is the
 * mean of both by their numbers of trees, and its path attributions stay exact.
 *
 * @throws UserError where the prior asks for a feature that the own rows do not have
 */
export function besidePrior(own: Forest, prior: Forest, count: number): Forest {
  const spread = Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * prior.roots.length) / count));
  return joined(own, prior, spread);
}

/**
 * The same forest, for rows of these features.
 *
 * @throws UserError where it asks for one that is not among them
 */
export function onFeatures(prior: Forest, features: readonly string[]): Forest {
  const all = Array.from(prior.roots, (_, tree) => tree);
  const { boosted } = prior;
  return { ...joined({ ...EMPTY, features }, prior, all), ...(boosted === undefined ? {} : { boosted }) };
}

/** A forest without trees, to put others beside. */
const EMPTY = {
  roots: new Int32Array(0),
  feature: new Int16Array(0),
  threshold: new Float64Array(0),
  left: new Int32Array(0),
  right: new Int32Array(0),
  missingLeft: new Uint8Array(0),
  value: new Float64Array(0),
};

/** One forest of all trees of `own` and those of `prior` that are chosen. */
function joined(own: Forest, prior: Forest, chosen: readonly number[]): Forest {
  const places = prior.features.map((name) => {
    const place = own.features.indexOf(name);
    if (place < 0) throw new UserError(`the model to start from uses feature ${name}, which these rows do not have`);
    return place;
  });
  const parts = [
    ...Array.from(own.roots, (_, tree) => treeOf(own, tree, null)),
    ...chosen.map((tree) => treeOf(prior, tree, places)),
  ];
  const size = parts.reduce((sum, part) => sum + part.value.length, 0);
  const both: Forest = {
    features: own.features,
    roots: new Int32Array(parts.length),
    feature: new Int16Array(size),
    threshold: new Float64Array(size),
    left: new Int32Array(size),
    right: new Int32Array(size),
    missingLeft: new Uint8Array(size),
    value: new Float64Array(size),
  };
  let root = 0;
  for (const [tree, part] of parts.entries()) {
    both.roots[tree] = root;
    both.feature.set(part.feature, root);
    both.threshold.set(part.threshold, root);
    both.left.set(
      part.left.map((child) => (child < 0 ? child : child + root)),
      root,
    );
    both.right.set(
      part.right.map((child) => (child < 0 ? child : child + root)),
      root,
    );
    both.missingLeft.set(part.missingLeft, root);
    both.value.set(part.value, root);
    root += part.value.length;
  }
  return both;
}

/**
 * One boosted forest of the trees of two: its log-odds are the mean of theirs, those of `own` with the weight `share`. Of a prior that was
 * blended again and again, with more trees than one file holds, the last, which say least, are left out.
 *
 * @throws UserError where the prior asks for a feature that the own rows do not have
 */
export function blend(own: Forest, prior: Forest, share: number): Forest {
  const scaled = (forest: Forest, by: number): Forest => ({
    ...forest,
    value: forest.value.map((value) => Math.fround(value * by)),
  });
  const room = Math.min(prior.roots.length, MAX_TREES - own.roots.length);
  const first = Array.from({ length: room }, (_, tree) => tree);
  return { ...joined(scaled(own, share), scaled(prior, 1 - share), first), boosted: true };
}

/** One tree by itself, its children counted from its root, its features those of another list where `places` is given. */
function treeOf(forest: Forest, tree: number, places: readonly number[] | null) {
  const from = forest.roots[tree]!;
  const to = forest.roots[tree + 1] ?? forest.feature.length;
  return {
    feature: forest.feature
      .slice(from, to)
      .map((feature) => (feature < 0 || places === null ? feature : places[feature]!)),
    threshold: forest.threshold.slice(from, to),
    left: forest.left.slice(from, to).map((child) => (child < 0 ? child : child - from)),
    right: forest.right.slice(from, to).map((child) => (child < 0 ? child : child - from)),
    missingLeft: forest.missingLeft.slice(from, to),
    value: forest.value.slice(from, to),
  };
}
