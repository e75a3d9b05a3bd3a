import { openDataset } from '#src/chunking/open-dataset.js';
import { openFileSource } from '#src/storage/file-source.js';

import type { DataFile } from '../../lib/files.js';

/** Where each plane lies in the file, image by image. */
export async function planeOffsets(data: DataFile): Promise<Float64Array> {
  const source = await openFileSource(data.path);
  try {
    const { index } = await openDataset(source, '/images');
    const chunks = Uint32Array.from({ length: data.images * data.channels }, (_, i) => i);
    return (await index.locate(chunks)).offsets;
  } finally {
    await source.close();
  }
}
