import type { DatasetLayout } from '../../chunking/dataset-layout.js';
import { createDecoder } from '../../chunking/filters/pipeline.js';
import { rowReader } from '../../chunking/read-rows.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { inflate } from '../../storage/inflate.js';
import type { StoredRows } from '../row-cache.js';

/** Reading this much takes hardly longer than reading one row. */
const BLOCK_BYTES = 16_384;
/** What is kept for a block costs as much as so many small rows. */
const LEAST_ROWS = 32;

/**
 * The rows of a dataset, to be read in blocks that fit its chunks.
 *
 * @throws UnsupportedLayoutError for a filter that isn't read here: at once, not when it is read
 */
export async function storedRows(source: ByteSource, layout: DatasetLayout): Promise<StoredRows> {
  const place = { file: source.name, dataset: layout.path };
  await createDecoder({ ...layout, chunkBytes: 0 }, inflate, place);
  const width = layout.shape.slice(1).reduce((a, b) => a * b, 1);
  return {
    rows: layout.shape[0] ?? 0,
    width,
    blockRows: blockRows(layout, width * layout.type.size),
    read: rowReader(source, layout, inflate),
  };
}

/** Whole chunks; of large ones that can be read in part, a part. */
function blockRows({ chunkShape, filters }: DatasetLayout, rowBytes: number): number {
  const chunkRows = chunkShape[0] ?? 1;
  const enough = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)));
  if (filters.length === 0 && chunkRows > enough) return enough;
  return chunkRows * Math.ceil(Math.min(LEAST_ROWS, enough) / chunkRows);
}
