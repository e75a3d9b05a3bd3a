import type { ChunkGrid } from '../chunk-grid.js';
import { UNDEFINED, type Cursor } from '../format/cursor.js';
import { checkedOffset } from './chunk-records.js';
import type { InnerNode } from './chunk-tree.js';
import type { IndexContext } from './lazy-index.js';
import { leafOfScratch, SCRATCH, type Leaf } from './sorted-leaf.js';

export function parseLeaf(body: Cursor, entries: number, context: IndexContext): Leaf {
  const { grid, records } = context;
  const { chunks, offsets, sizes, filterMasks } = SCRATCH;
  let count = 0;
  for (let i = 0; i < entries; i++) {
    const size = body.u32();
    const mask = body.u32();
    const rank = rankOfKey(body, grid);
    const offset = body.address();
    if (rank < 0) continue; // outside of the current shape
    if (offset === UNDEFINED) throw body.fail("Expected a chunk's address");
    if (!records.filtered && size !== records.chunkBytes) {
      throw body.fail(`Expected an unfiltered chunk of ${records.chunkBytes} bytes, got ${size}`);
    }
    if (count > 0 && rank <= chunks[count - 1]!) throw body.fail('Expected chunks in order');
    chunks[count] = rank;
    offsets[count] = checkedOffset(body, offset, size, records);
    sizes[count] = size;
    filterMasks[count] = mask;
    count++;
  }
  return leafOfScratch(count);
}

export function parseInner(
  body: Cursor,
  entries: number,
  level: number,
  grid: ChunkGrid,
): InnerNode {
  const starts = new Float64Array(entries);
  const addresses = new Float64Array(entries);
  for (let i = 0; i < entries; i++) {
    body.skip(8); // size and filter mask
    const rank = rankOfKey(body, grid);
    starts[i] = rank < 0 ? -1 - rank : rank;
    addresses[i] = body.address();
    if (addresses[i] === UNDEFINED) throw body.fail("Expected a child's address");
    if (i > 0 && starts[i]! < starts[i - 1]!) throw body.fail('Expected keys in order');
  }
  const stops = new Float64Array(entries).fill(grid.count);
  stops.set(starts.subarray(1));
  return { level, starts, stops, addresses, counts: null, own: null };
}

/** The offsets of one key: HDF5 has 32 dimensions at most. */
const ELEMENTS = new Float64Array(32);

/**
 * Reads a key's element offsets and returns how many chunks of the grid come before the key: for a
 * chunk of the grid its number. For a key outside of the grid it is `-1 -` that count.
 */
function rankOfKey(body: Cursor, grid: ChunkGrid): number {
  const { chunkShape, gridShape, strides } = grid;
  body.unsigned64s(ELEMENTS, gridShape.length);
  let rank = 0;
  let inside = true;
  for (let d = 0; d < gridShape.length && inside; d++) {
    const element = ELEMENTS[d]!;
    const coordinate = Math.floor(element / chunkShape[d]!);
    if (coordinate * chunkShape[d]! !== element) {
      throw body.fail(`Expected a multiple of the chunk's ${chunkShape[d]}, got ${element}`);
    }
    inside = coordinate < gridShape[d]!;
    // Beyond the grid's end in this dimension come all chunks that share the coordinates so far.
    rank += Math.min(coordinate, gridShape[d]!) * strides[d]!;
  }
  body.skip(8); // the offset within an element, always 0
  return inside ? rank : -1 - rank;
}
