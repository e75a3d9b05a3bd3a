import type { ChunkGrid } from '../chunk-grid.js';
import type { ChunkBlock, ChunkIndex, ChunkLocations } from '../chunk-index.js';
import { readBtreeNode } from '../format/btree-v1.js';
import { UNDEFINED, type Cursor } from '../format/cursor.js';
import {
  checkedOffset,
  compactRecords,
  copyAbsent,
  copyRecord,
  type ChunkRecords,
} from './chunk-records.js';
import {
  blockBudget,
  emptyLocations,
  lazyIndex,
  PARALLEL_LOADS,
  type IndexContext,
} from './lazy-index.js';

interface Leaf {
  readonly level: 0;
  /** Chunk numbers, ascending. */
  readonly chunks: Float64Array;
  readonly records: ChunkRecords;
}

interface Inner {
  readonly level: number;
  /** Child `i` holds the chunks from `separators[i]` to below `separators[i + 1]`. */
  readonly separators: Float64Array;
  readonly addresses: Float64Array;
  /** Children as far as they have been read, or are being read. */
  readonly children: (Node | Promise<Node> | undefined)[];
}

type Node = Leaf | Inner;

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
  let root: Node | Promise<Node> | undefined;

  async function readNode(address: number, level?: number): Promise<Node> {
    const node = await readBtreeNode(file, address, 1, keyLength, level);
    spend(node.length, address);
    return node.level === 0
      ? parseLeaf(node.body, node.entries, context)
      : parseInner(node.body, node.entries, node.level, grid);
  }

  async function loadRoot(): Promise<Node> {
    root ??= readNode(context.address);
    try {
      return (root = await root);
    } catch (error) {
      root = undefined;
      throw error;
    }
  }

  async function loadChild(parent: Inner, i: number): Promise<Node> {
    const { children } = parent;
    const loading = (children[i] ??= readNode(parent.addresses[i]!, parent.level - 1));
    try {
      return (children[i] = await loading);
    } catch (error) {
      children[i] = undefined;
      throw error;
    }
  }

  function find(chunk: number, into: ChunkLocations, at: number): boolean {
    let node = root;
    for (;;) {
      if (node === undefined || node instanceof Promise) return false;
      if (isLeaf(node)) break;
      const child = lastAtMost(node.separators, chunk);
      if (child < 0) {
        copyAbsent(into, at);
        return true;
      }
      node = node.children[child];
    }
    const found = lastAtMost(node.chunks, chunk);
    if (found >= 0 && node.chunks[found] === chunk) copyRecord(node.records, found, into, at);
    else copyAbsent(into, at);
    return true;
  }

  async function load(chunk: number): Promise<void> {
    let node = await loadRoot();
    while (!isLeaf(node)) {
      const child = lastAtMost(node.separators, chunk);
      if (child < 0) return;
      node = await loadChild(node, child);
    }
  }

  async function* scanFrom(node: Node): AsyncGenerator<ChunkBlock> {
    if (isLeaf(node)) {
      yield leafBlock(node);
      return;
    }
    for (let from = 0; from < node.children.length; from += PARALLEL_LOADS) {
      const count = Math.min(PARALLEL_LOADS, node.children.length - from);
      const loads = Array.from({ length: count }, (_, i) => loadChild(node, from + i));
      for (const child of await Promise.all(loads)) yield* scanFrom(child);
    }
  }

  return lazyIndex('v1 B-tree', grid, context.unfilteredEdges, {
    find,
    load,
    async *scan() {
      yield* scanFrom(await loadRoot());
    },
  });
}

function isLeaf(node: Node): node is Leaf {
  return node.level === 0;
}

function parseLeaf(body: Cursor, entries: number, context: IndexContext): Leaf {
  const { grid, records } = context;
  const chunks = new Float64Array(entries);
  const offsets = new Float64Array(entries);
  const sizes = new Float64Array(entries);
  const masks = new Uint32Array(entries);
  let count = 0;
  for (let i = 0; i < entries; i++) {
    const size = body.u32();
    const mask = body.u32();
    const { rank, exact } = rankOfKey(body, grid);
    const offset = body.address();
    if (!exact) continue; // outside of the current shape
    if (offset === UNDEFINED) throw body.fail("Expected a chunk's address");
    if (!records.filtered && size !== records.chunkBytes) {
      throw body.fail(`Expected an unfiltered chunk of ${records.chunkBytes} bytes, got ${size}`);
    }
    if (count > 0 && rank <= chunks[count - 1]!) throw body.fail('Expected chunks in order');
    chunks[count] = rank;
    offsets[count] = checkedOffset(body, offset, size, records);
    sizes[count] = size;
    masks[count] = mask;
    count++;
  }
  return {
    level: 0,
    chunks: chunks.slice(0, count),
    records: compactRecords(offsets.slice(0, count), sizes.slice(0, count), masks.slice(0, count)),
  };
}

function parseInner(body: Cursor, entries: number, level: number, grid: ChunkGrid): Inner {
  const separators = new Float64Array(entries);
  const addresses = new Float64Array(entries);
  for (let i = 0; i < entries; i++) {
    body.skip(8); // size and filter mask
    separators[i] = rankOfKey(body, grid).rank;
    addresses[i] = body.address();
    if (addresses[i] === UNDEFINED) throw body.fail("Expected a child's address");
    if (i > 0 && separators[i]! < separators[i - 1]!) throw body.fail('Expected keys in order');
  }
  return { level, separators, addresses, children: new Array<undefined>(entries) };
}

/**
 * Reads a key's element offsets. `rank` is how many chunks of the grid come before the key, which
 * for a chunk of the grid (`exact`) is its number.
 */
function rankOfKey(body: Cursor, grid: ChunkGrid): { rank: number; exact: boolean } {
  let rank = 0;
  let exact = true;
  for (let d = 0; d < grid.shape.length; d++) {
    const element = body.unsigned(8);
    if (!exact) continue;
    const coordinate = Math.floor(element / grid.chunkShape[d]!);
    if (coordinate * grid.chunkShape[d]! !== element) {
      throw body.fail(`Expected a multiple of the chunk's ${grid.chunkShape[d]}, got ${element}`);
    }
    exact = coordinate < grid.gridShape[d]!;
    // Beyond the grid's end in this dimension come all chunks that share the coordinates so far.
    rank += Math.min(coordinate, grid.gridShape[d]!) * grid.strides[d]!;
  }
  body.skip(8); // the offset within an element, always 0
  return { rank, exact };
}

/** Index of the last of the ascending `values` that is at most `value`, or -1. */
function lastAtMost(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function leafBlock({ chunks, records }: Leaf): ChunkBlock {
  const locations = emptyLocations(chunks.length);
  for (let i = 0; i < chunks.length; i++) copyRecord(records, i, locations, i);
  return { chunks: chunks.slice(), ...locations };
}
