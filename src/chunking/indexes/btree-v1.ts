import type { ChunkBlock, ChunkIndex, ChunkLocations } from '../chunk-index.js';
import { readBtreeNode } from '../format/btree-v1.js';
import { isLeaf, parseInner, parseLeaf, type Inner, type Node } from './btree-v1-nodes.js';
import { copyAbsent } from './chunk-records.js';
import { blockBudget, lazyIndex, PARALLEL_LOADS, type IndexContext } from './lazy-index.js';
import { blockOf, lastAtMost, copyFromLeaf, type Leaf } from './sorted-leaf.js';

/** Entries of a node, unless the file was created with an unusual rank of its B-trees. */
const USUAL_ENTRIES = 64;

/**
 * The version 1 B-tree, which indexes the chunks of every dataset written with HDF5's default
 * format. A lookup descends from the root, reading the nodes that were not read before.
 *
 * Source: HDF5 File Format Specification, "Version 1 B-trees", node type 1.
 */
export function btreeV1Index(context: IndexContext): ChunkIndex {
  const { file, grid } = context;
  const spend = blockBudget(file);
  const keyLength = 8 + 8 * (grid.shape.length + 1);
  // The root is the only child of a node that isn't in the file.
  const top: Inner = {
    level: Infinity,
    separators: Float64Array.of(0),
    addresses: Float64Array.of(context.address),
    children: [undefined],
    loading: new Map(),
  };
  /** Neighbours are often looked up together. */
  let recent: Leaf | undefined;

  async function readNode(address: number, level?: number): Promise<Node> {
    const node = await readBtreeNode(file, address, 1, keyLength, level);
    spend(node.length, address);
    return node.level === 0
      ? parseLeaf(node.body, node.entries, context)
      : parseInner(node.body, node.entries, node.level, grid);
  }

  function loadChild(parent: Inner, i: number): Promise<Node> {
    const known = parent.children[i];
    if (known !== undefined) return Promise.resolve(known);
    let loading = parent.loading.get(i);
    if (loading === undefined) {
      const level = parent === top ? undefined : parent.level - 1;
      loading = readNode(parent.addresses[i]!, level)
        .then((node) => (parent.children[i] = node))
        .finally(() => parent.loading.delete(i));
      parent.loading.set(i, loading);
    }
    return loading;
  }

  function find(chunk: number, into: ChunkLocations, at: number): boolean {
    if (recent === undefined || chunk < recent.first || chunk > recent.last) {
      let node: Node = top;
      while (!isLeaf(node)) {
        const child = lastAtMost(node.separators, chunk);
        if (child < 0) {
          copyAbsent(into, at);
          return true;
        }
        const next: Node | undefined = node.children[child];
        if (next === undefined) return false;
        node = next;
      }
      recent = node;
    }
    copyFromLeaf(recent, chunk, into, at);
    return true;
  }

  async function load(chunk: number): Promise<void> {
    let node: Node = top;
    while (!isLeaf(node)) {
      const child = lastAtMost(node.separators, chunk);
      if (child < 0) return;
      node = await loadChild(node, child);
    }
  }

  async function* scanFrom(node: Node): AsyncGenerator<ChunkBlock> {
    if (isLeaf(node)) {
      yield blockOf([node]);
      return;
    }
    for (let from = 0; from < node.children.length; from += PARALLEL_LOADS) {
      const group = node.addresses.subarray(from, from + PARALLEL_LOADS);
      file.prefetch(Array.from(group, (offset) => ({ offset, length: USUAL_ENTRIES * keyLength })));
      const loads = Array.from(group, (_, i) => loadChild(node, from + i));
      const children = await Promise.all(loads);
      if (children.every(isLeaf)) yield blockOf(children);
      else for (const child of children) yield* scanFrom(child);
    }
  }

  return lazyIndex('v1 B-tree', grid, context.unfilteredEdges, {
    find,
    load,
    async *scan() {
      yield* scanFrom(top);
    },
  });
}
