import type { ChunkGrid } from '../chunk-grid.js';
import { UNDEFINED, type Cursor } from '../format/cursor.js';
import type { BtreeV2Child, BtreeV2Node } from '../format/btree-v2.js';
import { checkedOffset, compactRecords, type ChunkRecords } from './chunk-records.js';
import type { IndexContext } from './lazy-index.js';
import { leafOfScratch, SCRATCH, type Leaf } from './sorted-leaf.js';

export interface Inner {
  readonly level: number;
  /**
   * How many chunks of the grid come before each of the node's own records: of a chunk within the
   * grid that is its number.
   */
  readonly ranks: Float64Array;
  /** Of the node's own chunks; the offset is `UNDEFINED` where one lies outside of the grid. */
  readonly records: ChunkRecords;
  /** Child `i` holds what comes before record `i`, the last child what comes behind all. */
  readonly pointers: readonly BtreeV2Child[];
  /** Children as far as they have been read. */
  readonly children: (Node | undefined)[];
  /** Children that are being read. */
  readonly loading: Map<number, Promise<Node>>;
}

export type Node = Leaf | Inner;

export function isLeaf(node: Node): node is Leaf {
  return node.level === 0;
}

export function parseLeaf({ records: body, count }: BtreeV2Node, context: IndexContext): Leaf {
  const { chunks } = SCRATCH;
  let found = 0;
  for (let i = 0; i < count; i++) {
    const rank = parseRecord(body, context, found);
    if (rank < 0) continue; // outside of the current shape
    if (found > 0 && rank <= chunks[found - 1]!) throw body.fail('Expected chunks in order');
    chunks[found++] = rank;
  }
  return leafOfScratch(found);
}

export function parseInner(node: BtreeV2Node, level: number, context: IndexContext): Inner {
  const { records: body, count, children: pointers } = node;
  const { offsets, sizes, masks } = SCRATCH;
  const ranks = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const rank = parseRecord(body, context, i);
    const before = rank < 0 ? -1 - rank : rank;
    if (rank < 0) offsets[i] = UNDEFINED;
    // The number of chunks before grows behind each chunk of the grid.
    const least = i === 0 ? 0 : ranks[i - 1]! + (offsets[i - 1] === UNDEFINED ? 0 : 1);
    if (before < least) throw body.fail('Expected chunks in order');
    ranks[i] = before;
  }
  return {
    level,
    ranks,
    records: compactRecords(
      offsets.slice(0, count),
      sizes.subarray(0, count),
      masks.subarray(0, count),
    ),
    pointers,
    children: new Array<undefined>(pointers.length),
    loading: new Map(),
  };
}

/** A node's own chunk `i` as a leaf of one chunk, or of none where it lies outside of the grid. */
export function ownChunk({ ranks, records }: Inner, i: number): Leaf {
  const { offsets, sizes, masks } = records;
  const rank = ranks[i]!;
  const stop = offsets[i] === UNDEFINED ? i : i + 1;
  return {
    level: 0,
    first: rank,
    last: rank + stop - i - 1,
    chunks: null,
    records: {
      offsets: offsets.subarray(i, stop),
      sizes: typeof sizes === 'number' ? sizes : sizes.subarray(i, stop),
      masks: masks === null ? null : masks.subarray(i, stop),
    },
  };
}

/** Reads a record into the scratch at `at` and returns its rank, as {@link rankOfRecord} does. */
function parseRecord(body: Cursor, { grid, records }: IndexContext, at: number): number {
  const offset = body.address();
  if (offset === UNDEFINED) throw body.fail("Expected a chunk's address");
  const size = records.filtered ? body.unsigned(records.sizeBytes) : records.chunkBytes;
  const mask = records.filtered ? body.u32() : 0;
  const rank = rankOfRecord(body, grid);
  SCRATCH.offsets[at] = rank < 0 ? offset : checkedOffset(body, offset, size, records);
  SCRATCH.sizes[at] = size;
  SCRATCH.masks[at] = mask;
  return rank;
}

/**
 * Reads chunk coordinates and returns how many chunks of the grid come before: for a chunk of the
 * grid its number. For one outside of the grid it is `-1 -` that count.
 */
function rankOfRecord(body: Cursor, { gridShape, strides }: ChunkGrid): number {
  let rank = 0;
  let inside = true;
  for (let d = 0; d < gridShape.length; d++) {
    const coordinate = body.unsigned(8);
    if (!inside) continue;
    inside = coordinate < gridShape[d]!;
    // Beyond the grid's end in this dimension come all chunks that share the coordinates so far.
    rank += Math.min(coordinate, gridShape[d]!) * strides[d]!;
  }
  return inside ? rank : -1 - rank;
}
