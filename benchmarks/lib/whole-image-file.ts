/** The images of a data file again, with the channels of an image in one chunk. */
import { openLoader } from 'planefeed';

import { openH5 } from '#src/storage/h5.js';

import { cachedFile, type DataFile } from './files.js';

/** @returns the path of the file, from the cache or made now */
export function wholeImageFile(data: DataFile, say: (line: string) => void): Promise<string> {
  const { images, height, width, channels } = data;
  const name = `random-${images}x${height}x${width}x${channels}-whole-images-1.h5`;
  return cachedFile(name, say, (path) => copy(data, path));
}

const batchSize = 64;

async function copy({ path: from, images, height, width, channels }: DataFile, to: string) {
  await using h5 = await openH5(to, 'w', { durability: 'process' });
  const image = [height, width, channels] as const;
  h5.createDataset('/images', {
    dtype: 'uint8',
    shape: [0, ...image],
    maxShape: [null, ...image],
    chunkShape: [1, ...image],
  });
  const labels = new Int32Array(images);
  await using loader = await openLoader(from, { batchSize, dtype: 'uint8' });
  for await (const { images: pixels, indices, columns } of loader) {
    const first = indices[0]!;
    h5.resize('/images', [first + indices.length, ...image]);
    h5.writeSlice('/images', [first, 0, 0, 0], [indices.length, ...image], pixels);
    labels.set(columns.label as Int32Array, first);
  }
  h5.createDataset('/labels', { dtype: 'int32', shape: [images], chunkShape: [images] });
  h5.writeSlice('/labels', [0], [images], labels);
}
