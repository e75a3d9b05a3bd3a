import type { ChunkBlock, ChunkIndex, ChunkLocations } from '../chunk-index.js';
import {
  BtreeV2Type,
  readBtreeV2,
  readBtreeV2Node,
  type BtreeV2,
  type BtreeV2Child,
} from '../format/btree-v2.js';
import { UNDEFINED } from '../format/cursor.js';
import {
  isLeaf,
  ownChunk,
  parseInner,
  parseLeaf,
  type Inner,
  type Node,
} from './btree-v2-nodes.js';
import { copyRecord, recordLength } from './chunk-records.js';
import { blockBudget, lazyIndex, PARALLEL_LOADS, type IndexContext } from './lazy-index.js';
import { blockOf, lastAtMost, leafOfScratch, copyFromLeaf, type Leaf } from './sorted-leaf.js';

/**
 * The version 2 B-tree, which indexes the chunks of datasets with two or more unlimited
 * dimensions. A lookup descends from the root, reading the nodes that were not read before; unlike
 * those of a version 1 B-tree, nodes above the leaves hold chunks too.
 *
 * Source: HDF5 File Format Specification, "Version 2 B-trees", record types 10 and 11.
 */
export function btreeV2Index(context: IndexContext): ChunkIndex {
  const { file, grid, records } = context;
  const spend = blockBudget(file);
  const type = records.filtered ? BtreeV2Type.filteredChunks : BtreeV2Type.chunks;
  const length = recordLength(records, file.offsetSize) + 8 * grid.shape.length;
  // The root is the only child of a node that isn't in the file.
  const top: Inner = {
    level: Infinity,
    ranks: new Float64Array(0),
    records: { offsets: new Float64Array(0), sizes: 0, masks: null },
    pointers: [{ address: context.address, records: 0 }],
    children: [undefined],
    loading: new Map(),
  };
  let header: BtreeV2 | undefined;
  /** Neighbours are often looked up together. */
  let recent: Leaf | undefined;

  async function readRoot(): Promise<Node> {
    header ??= await readBtreeV2(file, context.address, type, length);
    const { root, rootRecords, depth } = header;
    if (root === UNDEFINED) return leafOfScratch(0);
    return readNode(header, depth, { address: root, records: rootRecords });
  }

  async function readNode(tree: BtreeV2, level: number, pointer: BtreeV2Child): Promise<Node> {
    const node = await readBtreeV2Node(file, tree, level, pointer, type);
    spend(node.length, pointer.address);
    return level === 0 ? parseLeaf(node, context) : parseInner(node, level, context);
  }

  function loadChild(parent: Inner, i: number): Promise<Node> {
    const known = parent.children[i];
    if (known !== undefined) return Promise.resolve(known);
    let loading = parent.loading.get(i);
    if (loading === undefined) {
      const reading =
        header === undefined || parent === top
          ? readRoot()
          : readNode(header, parent.level - 1, parent.pointers[i]!);
      loading = reading
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
        const before = lastAtMost(node.ranks, chunk);
        if (isOwn(node, before, chunk)) {
          copyRecord(node.records, before, into, at);
          return true;
        }
        const next: Node | undefined = node.children[before + 1];
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
      const before = lastAtMost(node.ranks, chunk);
      if (isOwn(node, before, chunk)) return;
      node = await loadChild(node, before + 1);
    }
  }

  async function* scanFrom(node: Node): AsyncGenerator<ChunkBlock> {
    if (isLeaf(node)) {
      yield blockOf([node]);
      return;
    }
    for (let from = 0; from < node.pointers.length; from += PARALLEL_LOADS) {
      const group = node.pointers.slice(from, from + PARALLEL_LOADS);
      if (header !== undefined && node !== top) {
        const { nodeSize } = header;
        file.prefetch(group.map(({ address }) => ({ offset: address, length: nodeSize })));
      }
      const children = await Promise.all(group.map((_, i) => loadChild(node, from + i)));
      // Behind each child but the last comes a chunk of the node's own.
      const own = children.map((_, i) =>
        from + i < node.ranks.length ? [ownChunk(node, from + i)] : [],
      );
      if (children.every(isLeaf)) {
        yield blockOf(children.flatMap((leaf, i) => [leaf, ...own[i]!]));
        continue;
      }
      for (const [i, child] of children.entries()) {
        yield* scanFrom(child);
        yield blockOf(own[i]!);
      }
    }
  }

  return lazyIndex('v2 B-tree', grid, context.unfilteredEdges, {
    find,
    load,
    async *scan() {
      yield* scanFrom(top);
    },
  });
}

function isOwn({ ranks, records }: Inner, i: number, chunk: number): boolean {
  return i >= 0 && ranks[i] === chunk && records.offsets[i] !== UNDEFINED;
}
