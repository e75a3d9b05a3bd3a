import type { ChunkBlock, ChunkLocations } from '../chunk-index.js';
import { compactRecords, copyAbsent, copyRecord, type ChunkRecords } from './chunk-records.js';
import { emptyLocations } from './lazy-index.js';

/** The chunks of a B-tree's leaf, in order of their numbers. */
export interface Leaf {
  readonly level: 0;
  readonly first: number;
  readonly last: number;
  /** Chunk numbers, ascending; `null` when they are `first`, `first + 1`, … `last`. */
  readonly chunks: Float64Array | null;
  readonly records: ChunkRecords;
}

/** The most entries of a node: a v1 B-tree stores their number in 16 bits, a v2 B-tree is held to it. */
const MAX_ENTRIES = 0xffff;

/** Where a leaf is parsed into: making many small typed arrays would cost more than parsing. */
export const SCRATCH: {
  readonly chunks: Float64Array;
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  readonly masks: Uint32Array;
} = {
  chunks: new Float64Array(MAX_ENTRIES),
  offsets: new Float64Array(MAX_ENTRIES),
  sizes: new Float64Array(MAX_ENTRIES),
  masks: new Uint32Array(MAX_ENTRIES),
};

/** A leaf of the first `count` chunks of the scratch. */
export function leafOfScratch(count: number): Leaf {
  const { chunks, offsets, sizes, masks } = SCRATCH;
  const first = chunks[0] ?? 0;
  const last = chunks[count - 1] ?? -1;
  return {
    level: 0,
    first,
    last,
    chunks: last - first === count - 1 ? null : chunks.slice(0, count),
    records: compactRecords(
      offsets.slice(0, count),
      sizes.subarray(0, count),
      masks.subarray(0, count),
    ),
  };
}

/** Answers a lookup: a chunk's record, or that the leaf doesn't have the chunk. */
export function copyFromLeaf(leaf: Leaf, chunk: number, into: ChunkLocations, at: number): void {
  const found = recordOf(leaf, chunk);
  if (found < 0) copyAbsent(into, at);
  else copyRecord(leaf.records, found, into, at);
}

/** Index of a chunk's record in the leaf, or -1. */
function recordOf({ first, last, chunks }: Leaf, chunk: number): number {
  if (chunk < first || chunk > last) return -1;
  if (chunks === null) return chunk - first;
  const found = lastAtMost(chunks, chunk);
  return chunks[found] === chunk ? found : -1;
}

/** Index of the last of the ascending `values` that is at most `value`, or -1. */
export function lastAtMost(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function blockOf(leaves: readonly Leaf[]): ChunkBlock {
  const count = leaves.reduce((sum, { records }) => sum + records.offsets.length, 0);
  const chunks = new Float64Array(count);
  const locations = emptyLocations(count);
  let at = 0;
  for (const leaf of leaves) {
    for (let i = 0; i < leaf.records.offsets.length; i++, at++) {
      chunks[at] = leaf.chunks === null ? leaf.first + i : leaf.chunks[i]!;
      copyRecord(leaf.records, i, locations, at);
    }
  }
  return { chunks, ...locations };
}
