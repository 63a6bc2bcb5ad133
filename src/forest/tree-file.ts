import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { MAX_TREES } from './dataset.ts';
import type { Forest } from './forest.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'is not base64');

/**
 * Nodes breadth-first, so that children need no index: those of the k-th inner node of a tree are its nodes 2k+1 and 2k+2.
 * Little-endian. `feature` (16 bits, -1 for a leaf) and `value` (32-bit float) of every node; `threshold` (32-bit float) and
 * `missingLeft` (8 bits) of inner nodes only.
 */
export const TREES = z.strictObject({
  feature: base64,
  missingLeft: base64,
  /** There where the trees are {@link Forest.boosted}. */
  boosted: z.literal(true).optional(),
  nodes: z.array(z.number().int().min(1)).min(1).max(MAX_TREES),
  threshold: base64,
  value: base64,
});
type TreesFile = z.infer<typeof TREES>;

/** What is said of a model file that breaks a rule. */
export function corrupt(what: string): UserError {
  return new UserError(`not a usable model file: ${what}`);
}

/**
 * A forest as it stands in a model file.
 *
 * @throws RangeError where it is not breadth-first, or not exact in 32 bits
 */
export function encodeTrees(forest: Forest): TreesFile {
  const size = forest.feature.length;
  const inner = forest.feature.reduce((sum, feature) => sum + (feature >= 0 ? 1 : 0), 0);
  const feature = Buffer.alloc(size * 2);
  const value = Buffer.alloc(size * 4);
  const threshold = Buffer.alloc(inner * 4);
  const missingLeft = Buffer.alloc(inner);
  const nodes = Array.from(forest.roots, (root, tree) => (forest.roots[tree + 1] ?? size) - root);
  let seen = 0;
  forest.roots.forEach((root, tree) => {
    let child = root + 1;
    for (let node = root; node < root + nodes[tree]!; node++) {
      feature.writeInt16LE(forest.feature[node]!, node * 2);
      value.writeFloatLE(exact(forest.value[node]!), node * 4);
      if (forest.feature[node]! < 0) continue;
      if (forest.left[node] !== child || forest.right[node] !== child + 1)
        throw new RangeError('the trees are not breadth-first');
      child += 2;
      threshold.writeFloatLE(exact(forest.threshold[node]!), seen * 4);
      missingLeft[seen++] = forest.missingLeft[node]!;
    }
  });
  const text = (bytes: Buffer) => bytes.toString('base64');
  return {
    ...(forest.boosted === true ? { boosted: true as const } : {}),
    nodes,
    feature: text(feature),
    value: text(value),
    threshold: text(threshold),
    missingLeft: text(missingLeft),
  };
}

/** What is saved must be what was trained, to the bit. */
function exact(value: number): number {
  if (Math.fround(value) !== value) throw new RangeError(`${value} is not exact in 32 bits`);
  return value;
}

/**
 * A forest from a model file, every index and value checked.
 *
 * @throws UserError where it is corrupt
 */
export function decodeTrees(features: readonly string[], trees: TreesFile): Forest {
  const size = trees.nodes.reduce((sum, nodes) => sum + nodes, 0);
  const inner = (size - trees.nodes.length) / 2;
  if (!Number.isInteger(inner)) throw corrupt('trees.nodes does not add up to whole trees');
  const bytes = (name: 'feature' | 'value' | 'threshold' | 'missingLeft', length: number) => {
    const decoded = Buffer.from(trees[name], 'base64');
    if (decoded.length !== length) throw corrupt(`trees.${name} has ${decoded.length} bytes instead of ${length}`);
    return decoded;
  };
  const feature = bytes('feature', size * 2);
  const value = bytes('value', size * 4);
  const threshold = bytes('threshold', inner * 4);
  const missingLeft = bytes('missingLeft', inner);
  const boosted = trees.boosted === true;
  const forest: Forest = {
    ...(boosted ? { boosted } : {}),
    features,
    roots: new Int32Array(trees.nodes.length),
    feature: new Int16Array(size).fill(-1),
    threshold: new Float64Array(size),
    left: new Int32Array(size).fill(-1),
    right: new Int32Array(size).fill(-1),
    missingLeft: new Uint8Array(size),
    value: new Float64Array(size),
  };
  let root = 0;
  let seen = 0;
  trees.nodes.forEach((nodes, tree) => {
    forest.roots[tree] = root;
    const end = root + nodes;
    let child = root + 1;
    for (let node = root; node < end; node++) {
      // A node that no earlier one leads to, or children beyond the tree: the shape is not that of a tree.
      if (node >= child) throw corrupt(`tree ${tree} has nodes that nothing leads to`);
      const asked = feature.readInt16LE(node * 2);
      if (asked < -1 || asked >= features.length)
        throw corrupt(`tree ${tree} asks for feature ${asked} of ${features.length}`);
      forest.feature[node] = asked;
      forest.value[node] = value.readFloatLE(node * 4);
      if (boosted ? !Number.isFinite(forest.value[node]!) : !(forest.value[node]! >= 0 && forest.value[node]! <= 1))
        throw corrupt(`tree ${tree} has a value ${boosted ? 'that is no number' : 'outside of 0..1'}`);
      if (asked < 0) continue;
      if (child + 2 > end) throw corrupt(`tree ${tree} lacks the children of a node`);
      forest.threshold[node] = threshold.readFloatLE(seen * 4);
      if (!Number.isFinite(forest.threshold[node])) throw corrupt(`tree ${tree} has a threshold that is no number`);
      if (missingLeft[seen]! > 1) throw corrupt(`tree ${tree} has a missing-value side other than 0 and 1`);
      forest.missingLeft[node] = missingLeft[seen++]!;
      forest.left[node] = child;
      forest.right[node] = child + 1;
      child += 2;
    }
    root = end;
  });
  return forest;
}
