import type { CompareRecord } from '../../chunking/format/btree-v2-search.js';
import type { Cursor } from '../../chunking/format/cursor.js';
import { CorruptFileError } from '../../errors.js';
import {
  childOf,
  readRecordTree,
  totalOf,
  writeRecordTree,
  type RecordTree,
  type TreeAt,
  type TreeNode,
} from './record-tree-nodes.js';
import type { Structures } from './structures.js';

export type { CompareRecord };

/** The record of a version 2 B-tree that compares as 0. */
export function findRecord(
  file: Structures,
  at: TreeAt,
  compare: CompareRecord,
): Cursor | undefined {
  const tree = readRecordTree(file, at);
  for (let node = tree.root; node !== null;) {
    const { index, record } = search(node, compare);
    if (record !== undefined) return record;
    node = node.level === 0 ? null : childOf(file, tree, node, index);
  }
  return undefined;
}

/**
 * Takes the record that compares as 0 out of a version 2 B-tree, and returns how many are left.
 *
 * As in every B-tree, a node that gets too small takes a record over from a neighbour or is merged
 * with it. "Too small" is by the tree's own merge percentage: libhdf5 relies on it, and damages
 * memory when it later merges three nodes of which one is smaller (`H5B2__merge3`). The bytes of
 * a node that goes stay where they are, unused.
 */
export function removeRecord(file: Structures, at: TreeAt, compare: CompareRecord): number {
  const tree = readRecordTree(file, at);
  if (tree.root !== null) {
    removeBelow(file, tree, tree.root, compare);
    if (tree.root.records.length === 0) {
      tree.root = tree.root.level === 0 ? null : childOf(file, tree, tree.root, 0);
    }
    writeRecordTree(file, tree);
  }
  return tree.root === null ? 0 : totalOf(tree.root);
}

function removeBelow(
  file: Structures,
  tree: RecordTree,
  node: TreeNode,
  compare: CompareRecord,
): void {
  const { index, record } = search(node, compare);
  if (node.level === 0) {
    if (record === undefined) throw noRecord(node, 'for the link');
    node.records.splice(index, 1);
    return;
  }
  const child = childOf(file, tree, node, index);
  // A record between two children is replaced by the one before it.
  if (record === undefined) removeBelow(file, tree, child, compare);
  else node.records[index] = takeLast(file, tree, child);
  refill(file, tree, node, index);
}

function takeLast(file: Structures, tree: RecordTree, node: TreeNode): Cursor {
  if (node.level === 0) {
    const record = node.records.pop();
    if (record === undefined) throw noRecord(node, 'in a leaf');
    return record;
  }
  const last = node.records.length;
  const record = takeLast(file, tree, childOf(file, tree, node, last));
  refill(file, tree, node, last);
  return record;
}

/** Gives child `index` enough records again, if it has too few. */
function refill(file: Structures, tree: RecordTree, node: TreeNode, index: number): void {
  const child = childOf(file, tree, node, index);
  const fewest = fewestRecords(tree, child.level);
  if (child.records.length >= fewest) return;
  const left = index > 0 ? childOf(file, tree, node, index - 1) : null;
  const right = index < node.records.length ? childOf(file, tree, node, index + 1) : null;
  if (left !== null && left.records.length > fewest) {
    child.records.unshift(node.records[index - 1]!);
    node.records[index - 1] = left.records.pop()!;
    child.children.unshift(...left.children.splice(-1));
  } else if (right !== null && right.records.length > fewest) {
    child.records.push(node.records[index]!);
    node.records[index] = right.records.shift()!;
    child.children.push(...right.children.splice(0, 1));
  } else if (left !== null) {
    merge(node, index - 1, left, child);
  } else if (right !== null) {
    merge(node, index, child, right);
  }
}

function merge(node: TreeNode, index: number, left: TreeNode, right: TreeNode): void {
  left.records.push(node.records[index]!, ...right.records);
  left.children.push(...right.children);
  node.records.splice(index, 1);
  node.children.splice(index + 1, 1);
}

function noRecord({ address }: TreeNode, which: string): CorruptFileError {
  return new CorruptFileError(`Expected a record ${which}`, {
    place: { structure: 'v2 B-tree leaf node', offset: address },
  });
}

/** Source: libhdf5, `H5B2__hdr_init`. */
function fewestRecords(tree: RecordTree, level: number): number {
  return Math.max(1, Math.floor((tree.levels[level]!.maxRecords * tree.mergePercent) / 100));
}

/** The record that compares as 0, and its index; else the index of the child to look in. */
function search(
  node: TreeNode,
  compare: CompareRecord,
): { index: number; record: Cursor | undefined } {
  let [low, high] = [0, node.records.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = node.records[middle]!.renamed('v2 B-tree record');
    const order = compare(record);
    if (order === 0) {
      return { index: middle, record: record.renamed('v2 B-tree record') };
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, record: undefined };
}
