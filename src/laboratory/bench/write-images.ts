import { chunkBoxes } from '../../repack/chunk-boxes.js';
import { createDataset } from '../../hdf5/creation/create-dataset.js';
import { parseDType } from '../../hdf5/dtype-name.js';
import { openH5 } from '../../storage/h5.js';
import type { ImageSet, Layout } from '../layouts/layout.js';

/**
 * Writes a file of one dataset `/images`, uint8 or uint16, in a layout: its chunks one after the other
 * in the order in which `planefeed ingest` and `repack` write them.
 *
 * @throws StorageError when it can't be written; the signal's reason on abort. The file may stay.
 */
export async function writeImages(
  path: string,
  set: ImageSet,
  layout: Layout,
  signal?: AbortSignal,
): Promise<void> {
  await using file = await openH5(path, 'w', { durability: 'process' });
  createDataset(file, '/images', {
    dtype: parseDType(`uint${set.itemSize * 8}`),
    shape: set.shape,
    ...(layout.chunks === null ? {} : { chunkShape: layout.chunks }),
    ...(layout.compression === 'none' ? {} : { gzip: 4 }),
    ...(layout.compression === 'shuffle+gzip' ? { shuffle: true } : {}),
  });
  const [n] = set.shape;
  const depth = layout.chunks?.[0] ?? 1;
  const run = layout.placement === 'channel' ? layout.run : depth;
  const geometry = { ...layout, shape: set.shape, channelAxis: 3 };
  for (let first = 0; first < n; first += run) {
    for (const box of chunkBoxes(geometry, first, Math.min(n, first + run))) {
      file.writeElements('/images', box, pictureOf(set, box.start, box.count));
    }
    signal?.throwIfAborted();
    await new Promise(setImmediate);
  }
}

/**
 * Something that compresses as little as photographs do: smooth shapes, another for each image, and
 * noise in the lowest bits.
 */
export function pictureOf(
  { itemSize }: ImageSet,
  start: readonly number[],
  count: readonly number[],
): Uint8Array {
  const [images, rows, columns, channels] = count as [number, number, number, number];
  const bytes = new Uint8Array(images * rows * columns * channels * itemSize);
  let at = 0;
  let noise = 1 + (start[0]! * 2654435761) / 7;
  for (let image = 0; image < images; image++) {
    const [a, b] = [17 + ((start[0]! + image) % 23), 29 + ((start[0]! + image) % 31)];
    for (let row = 0; row < rows; row++) {
      const across = Math.sin((start[1]! + row) / a);
      for (let column = 0; column < columns; column++) {
        const light = 128 + 60 * across + 50 * Math.sin((start[2]! + column) / b);
        for (let channel = 0; channel < channels; channel++) {
          noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
          bytes[at] = light + 8 * (start[3]! + channel) + (noise >>> 28);
          if (itemSize === 2) bytes[at + 1] = noise >>> 24;
          at += itemSize;
        }
      }
    }
  }
  return bytes;
}
