import type { ChunkGrid } from '../chunk-grid.js';
import { UNDEFINED, type Cursor } from '../format/cursor.js';
import type { BtreeV2Node } from '../format/btree-v2.js';
import { checkedOffset } from './chunk-records.js';
import type { InnerNode } from './chunk-tree.js';
import type { IndexContext } from './lazy-index.js';
import { leafOfScratch, SCRATCH, type Leaf } from './sorted-leaf.js';

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

export function parseInner(node: BtreeV2Node, level: number, context: IndexContext): InnerNode {
  const { records: body, count, children } = node;
  const { chunks } = SCRATCH;
  const starts = new Float64Array(count + 1);
  const stops = new Float64Array(count + 1).fill(context.grid.count);
  let found = 0;
  for (let i = 0; i < count; i++) {
    const rank = parseRecord(body, context, found);
    const before = rank < 0 ? -1 - rank : rank;
    if (before < starts[i]!) throw body.fail('Expected chunks in order');
    stops[i] = before;
    // The number of chunks before grows behind each chunk of the grid.
    starts[i + 1] = rank < 0 ? before : before + 1;
    if (rank >= 0) chunks[found++] = rank;
  }
  const addresses = new Float64Array(count + 1);
  const counts = new Uint16Array(count + 1);
  for (let i = 0; i <= count; i++) {
    addresses[i] = children[i]!.address;
    counts[i] = children[i]!.records;
  }
  return {
    level,
    starts,
    stops,
    addresses,
    counts,
    own: leafOfScratch(found),
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
  SCRATCH.filterMasks[at] = mask;
  return rank;
}

/** Of one chunk: HDF5 has 32 dimensions at most. */
const COORDINATES = new Float64Array(32);

/**
 * Reads chunk coordinates and returns how many chunks of the grid come before: for a chunk of the
 * grid its number. For one outside of the grid it is `-1 -` that count.
 */
function rankOfRecord(body: Cursor, { gridShape, strides }: ChunkGrid): number {
  body.unsigned64s(COORDINATES, gridShape.length);
  let rank = 0;
  let inside = true;
  for (let d = 0; d < gridShape.length && inside; d++) {
    const coordinate = COORDINATES[d]!;
    inside = coordinate < gridShape[d]!;
    // Beyond the grid's end in this dimension come all chunks that share the coordinates so far.
    rank += Math.min(coordinate, gridShape[d]!) * strides[d]!;
  }
  return inside ? rank : -1 - rank;
}
