import { chunkGrid } from '../../chunking/chunk-grid.js';
import { openDatasets } from '../../chunking/open-dataset.js';
import { InvalidOptionError, MemoryLimitError } from '../../errors.js';
import { openFileSource } from '../../storage/file-source.js';
import type { ImageSet } from '../layouts/layout.js';
import type { PlacedImages } from '../layouts/place-chunks.js';

/**
 * The images of a file, as they lie in it.
 *
 * @param dataset of rank 4, `[n, h, w, c]`, or 3, `[n, h, w]`
 * @throws NotFoundError, CorruptFileError (it isn't HDF5, or damaged), UnsupportedLayoutError;
 * InvalidOptionError for datasets of another rank, or without images
 */
export async function openPresent(
  file: string,
  dataset: string,
): Promise<{ readonly set: ImageSet; readonly placed: PlacedImages }> {
  const source = await openFileSource(file);
  try {
    const layout = await openDatasets(source).open(dataset);
    const place = { file, dataset };
    const rank = layout.shape.length;
    if ((rank !== 3 && rank !== 4) || layout.shape.includes(0)) {
      throw new InvalidOptionError(
        `Expected images [n, h, w, c] or [n, h, w], found shape [${layout.shape.join(', ')}]`,
        { place, advice: 'Name the dataset of the images with --dataset' },
      );
    }
    const [n, h, w, c = 1] = layout.shape as [number, number, number, number?];
    const chunkShape = rank === 4 ? layout.chunkShape : [...layout.chunkShape, 1];
    const { count } = chunkGrid([n, h, w, c], chunkShape);
    if (count > MOST_CHUNKS) {
      throw new MemoryLimitError(`Expected at most ${MOST_CHUNKS} chunks, got ${count}`, { place });
    }
    const all = await layout.index.locate(Float64Array.from({ length: count }, (_, i) => i));
    const set: ImageSet = { shape: [n, h, w, c], itemSize: layout.type.size };
    return {
      set,
      placed: {
        ...set,
        chunkShape,
        contiguous: layout.storage !== 'chunked',
        filtered: layout.filters.length > 0,
        locate: (chunks) => ({
          offsets: Float64Array.from(chunks, (chunk) => all.offsets[chunk]!),
          sizes: Float64Array.from(chunks, (chunk) => all.sizes[chunk]!),
          filterMasks: Uint32Array.from(chunks, (chunk) => all.filterMasks[chunk]!),
        }),
        end: source.size,
      },
    };
  } finally {
    await source.close();
  }
}

const MOST_CHUNKS = 2 ** 24;
