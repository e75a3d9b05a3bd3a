import type { ChunkBlock, ChunkLocations } from '../chunk-index.js';
import {
  compactRecords,
  copyAbsent,
  copyRecord,
  copyRecords,
  type ChunkRecords,
} from './chunk-records.js';
import { emptyLocations } from './lazy-index.js';

/** Chunks of a B-tree, in order of their numbers. */
export interface Leaf {
  readonly level: 0;
  /** The first chunk, and the last; -1 below the first where there is none. */
  readonly first: number;
  readonly last: number;
  /** Chunk numbers less `first`, ascending; `null` when they are `first`, `first + 1`, … `last`. */
  readonly chunks: Uint32Array | Float64Array | null;
  readonly records: ChunkRecords;
}

/** The most entries of a node: a v1 B-tree stores their number in 16 bits, a v2 B-tree is held to it. */
export const MAX_ENTRIES = 0xffff;

/** Where a leaf is parsed into: making many small typed arrays would cost more than parsing. */
export const SCRATCH: {
  readonly chunks: Float64Array;
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  readonly filterMasks: Uint32Array;
} = { chunks: new Float64Array(MAX_ENTRIES), ...emptyLocations(MAX_ENTRIES) };

/** A leaf of the first `count` chunks of the scratch. */
export function leafOfScratch(count: number): Leaf {
  const { chunks, offsets, sizes, filterMasks } = SCRATCH;
  const first = chunks[0] ?? 0;
  const last = count === 0 ? first - 1 : chunks[count - 1]!;
  return {
    level: 0,
    first,
    last,
    chunks: last - first === count - 1 ? null : relativeTo(first, chunks, count),
    records: compactRecords(offsets, sizes, filterMasks, count),
  };
}

function relativeTo(
  first: number,
  chunks: Float64Array,
  count: number,
): Uint32Array | Float64Array {
  const span = chunks[count - 1]! - first;
  const relative = new (span < 2 ** 32 ? Uint32Array : Float64Array)(count);
  for (let i = 0; i < count; i++) relative[i] = chunks[i]! - first;
  return relative;
}

/** The chunks from `first` to below `end` of a leaf without gaps that has them all, as a view. */
export function sliceOfLeaf(leaf: Leaf, first: number, end: number): Leaf {
  const { records } = leaf;
  const from = first - leaf.first;
  const to = end - leaf.first;
  const { low, high, sizes, masks } = records;
  return {
    level: 0,
    first,
    last: end - 1,
    chunks: null,
    records: {
      count: to - from,
      base: records.base,
      low: low.subarray(from, to),
      high: high === null ? null : high.subarray(from, to),
      sizes: typeof sizes === 'number' ? sizes : sizes.subarray(from, to),
      masks: masks === null ? null : masks.subarray(from, to),
    },
  };
}

/** The number of the leaf's chunk `i`. */
export function chunkOf({ first, chunks }: Leaf, i: number): number {
  return chunks === null ? first + i : first + chunks[i]!;
}

/** Answers a lookup: a chunk's record, or that the leaf doesn't have the chunk. */
export function copyFromLeaf(leaf: Leaf, chunk: number, into: ChunkLocations, at: number): void {
  const found = recordOf(leaf, chunk);
  if (found < 0) copyAbsent(into, at);
  else copyRecord(leaf.records, found, into, at);
}

/** Index of a chunk's record in the leaf, or -1. */
export function recordOf({ first, last, chunks }: Leaf, chunk: number): number {
  if (chunk < first || chunk > last) return -1;
  if (chunks === null) return chunk - first;
  const found = lastAtMost(chunks, chunk - first);
  return chunks[found] === chunk - first ? found : -1;
}

/** Index of the last of the ascending `values` that is at most `value`, or -1. */
export function lastAtMost(values: Float64Array | Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Copies the leaf's chunks `from` to `to` (not included) to place `at` of the block. */
export function copyChunks(
  leaf: Leaf,
  from: number,
  to: number,
  into: ChunkBlock,
  at: number,
): void {
  for (let i = from; i < to; i++) into.chunks[at + i - from] = chunkOf(leaf, i);
  copyRecords(leaf.records, from, to, into, at);
}

export function blockOf(leaf: Leaf, from = 0, to: number = leaf.records.count): ChunkBlock {
  const block = { chunks: new Float64Array(to - from), ...emptyLocations(to - from) };
  copyChunks(leaf, from, to, block, 0);
  return block;
}

/**
 * One leaf in place of neighbours and of chunks between them, or `null` where it would be too
 * large, or the chunks aren't in order (as those of a damaged tree may be).
 */
export function mergeLeaves(leaves: readonly Leaf[], between: Leaf | null): Leaf | null {
  const all = leaves.filter(({ records }) => records.count > 0);
  const ownCount = between?.records.count ?? 0;
  const total = all.reduce((sum, { records }) => sum + records.count, ownCount);
  if (total > MAX_ENTRIES) return null;
  let count = 0;
  let own = 0;
  const copyOwnBelow = (limit: number): void => {
    const from = own;
    while (own < ownCount && chunkOf(between!, own) < limit) own++;
    if (own > from) copyChunks(between!, from, own, SCRATCH, count);
    count += own - from;
  };
  for (const leaf of all) {
    copyOwnBelow(leaf.first);
    copyChunks(leaf, 0, leaf.records.count, SCRATCH, count);
    count += leaf.records.count;
  }
  copyOwnBelow(Infinity);
  for (let i = 1; i < total; i++) {
    if (SCRATCH.chunks[i]! <= SCRATCH.chunks[i - 1]!) return null;
  }
  return leafOfScratch(total);
}
