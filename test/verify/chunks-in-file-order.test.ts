import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChunkBlock } from '#src/chunking/chunk-index.js';
import type { DatasetLayout } from '#src/chunking/dataset-layout.js';
import { chunksInFileOrder } from '#src/verify/chunks-in-file-order.js';

const FILE_SIZE = 10 ** 7;

/** A dataset of which only the index is looked at, which tells a few chunks at a time. */
function layoutOf(offsets: readonly number[]): DatasetLayout {
  async function* blocks(): AsyncGenerator<ChunkBlock> {
    for (let from = 0; from < offsets.length; from += 3) {
      const some = offsets.slice(from, from + 3);
      yield await Promise.resolve({
        chunks: Float64Array.from(some, (_, i) => from + i),
        offsets: Float64Array.from(some),
        sizes: Float64Array.from(some, (offset) => (offset % 100) + 1),
        filterMasks: Uint32Array.from(some, (_, i) => from + i),
      });
    }
  }
  return { index: { blocks } } as unknown as DatasetLayout;
}

it('yields every chunk of every dataset once, in file order, with all that belongs to it', async () => {
  const offset = fc.oneof(fc.nat(FILE_SIZE - 1), fc.nat(3000));
  const datasets = fc.array(fc.array(offset, { maxLength: 60 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(datasets, async (all) => {
      const seen: { dataset: number; chunk: number; offset: number }[] = [];
      for await (const placed of chunksInFileOrder(all.map(layoutOf), FILE_SIZE)) {
        for (const [i, chunk] of placed.chunks.entries()) {
          const at = placed.offsets[i]!;
          expect(placed.sizes[i]).toBe((at % 100) + 1);
          expect(placed.filterMasks[i]).toBe(chunk);
          seen.push({ dataset: placed.datasets[i]!, chunk, offset: at });
        }
      }
      const offsets = seen.map((chunk) => chunk.offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      const expected = all.flatMap((each, dataset) =>
        each.map((place, chunk) => ({ dataset, chunk, offset: place })),
      );
      const byChunk = (a: (typeof seen)[0], b: (typeof seen)[0]): number =>
        a.dataset - b.dataset || a.chunk - b.chunk;
      expect(seen.toSorted(byChunk)).toEqual(expected);
    }),
  );
});
