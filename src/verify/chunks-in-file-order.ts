import type { ChunkBlock } from '../chunking/chunk-index.js';
import type { DatasetLayout } from '../chunking/dataset-layout.js';

/** Stored chunks of some datasets in the order in which they lie in the file, as parallel arrays. */
export interface PlacedChunks extends ChunkBlock {
  /** Which of the datasets each belongs to. */
  readonly datasets: Uint32Array;
}

/** Chunks in memory at once, 32 bytes each. */
const MOST_AT_ONCE = 2 ** 20;
const MOST_BUCKETS = 2 ** 16;
const LEAST_BUCKET = 2 ** 16;

/**
 * Yields all stored chunks in file order, about a million at a time, however many there are: counted
 * by where they lie first, then collected span by span of the file, from indexes that keep what they
 * have read.
 *
 * @param fileSize no chunk lies beyond
 */
export async function* chunksInFileOrder(
  layouts: readonly DatasetLayout[],
  fileSize: number,
): AsyncGenerator<PlacedChunks> {
  const bucketBytes = Math.max(LEAST_BUCKET, Math.ceil(fileSize / MOST_BUCKETS));
  const buckets = new Float64Array(Math.floor(fileSize / bucketBytes) + 1);
  for (const { index } of layouts) {
    for await (const { offsets } of index.blocks()) {
      for (const offset of offsets) buckets[Math.floor(offset / bucketBytes)]!++;
    }
  }
  for (let from = 0; from < buckets.length;) {
    let to = from;
    let count = 0;
    do count += buckets[to++]!;
    while (to < buckets.length && count + buckets[to]! <= MOST_AT_ONCE);
    if (count > 0) {
      const [start, end] = [from * bucketBytes, to * bucketBytes];
      yield sorted(await collect(layouts, start, end, count), start, end, bucketBytes);
    }
    from = to;
  }
}

async function collect(
  layouts: readonly DatasetLayout[],
  from: number,
  to: number,
  count: number,
): Promise<PlacedChunks> {
  const into = emptyChunks(count);
  let at = 0;
  for (const [dataset, { index }] of layouts.entries()) {
    for await (const block of index.blocks()) {
      for (let i = 0; i < block.chunks.length; i++) {
        const offset = block.offsets[i]!;
        if (offset < from || offset >= to) continue;
        into.datasets[at] = dataset;
        into.chunks[at] = block.chunks[i]!;
        into.offsets[at] = offset;
        into.sizes[at] = block.sizes[i]!;
        into.filterMasks[at] = block.filterMasks[i]!;
        at++;
      }
    }
  }
  return into;
}

/** Put in order by bucket, and within buckets where they aren't in order already: mostly they are. */
function sorted(chunks: PlacedChunks, from: number, to: number, bucketBytes: number): PlacedChunks {
  const { offsets } = chunks;
  if (isSorted(offsets, (offset) => offset)) return chunks;
  const bucketOf = (i: number): number => Math.floor((offsets[i]! - from) / bucketBytes);
  // Where each bucket begins.
  const starts = new Uint32Array(Math.ceil((to - from) / bucketBytes) + 1);
  for (let i = 0; i < offsets.length; i++) starts[bucketOf(i) + 1]!++;
  for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
  const order = new Uint32Array(offsets.length);
  const next = starts.slice();
  for (let i = 0; i < offsets.length; i++) order[next[bucketOf(i)]!++] = i;
  for (let bucket = 0; bucket + 1 < starts.length; bucket++) {
    const some = order.subarray(starts[bucket], starts[bucket + 1]);
    if (!isSorted(some, (i) => offsets[i]!)) some.sort((i, j) => offsets[i]! - offsets[j]!);
  }
  return reordered(chunks, order);
}

function isSorted(values: Float64Array | Uint32Array, key: (value: number) => number): boolean {
  for (let i = 1; i < values.length; i++) if (key(values[i - 1]!) > key(values[i]!)) return false;
  return true;
}

function reordered(chunks: PlacedChunks, order: Uint32Array): PlacedChunks {
  const result = emptyChunks(order.length);
  for (const name of ['datasets', 'chunks', 'offsets', 'sizes', 'filterMasks'] as const) {
    const [from, into] = [chunks[name], result[name]];
    for (let i = 0; i < order.length; i++) into[i] = from[order[i]!]!;
  }
  return result;
}

function emptyChunks(count: number): PlacedChunks {
  return {
    datasets: new Uint32Array(count),
    chunks: new Float64Array(count),
    offsets: new Float64Array(count),
    sizes: new Float64Array(count),
    filterMasks: new Uint32Array(count),
  };
}
