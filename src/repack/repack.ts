import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { Durability, H5File } from '../storage/h5.js';
import { openH5 } from '../storage/h5.js';
import type { LeftOut } from './copy-objects.js';
import { copyObjects } from './copy-objects.js';
import { copyImages } from './copy-images.js';
import type { ImageLayout, RequestedLayout } from './image-layout.js';
import { planLayout } from './image-layout.js';
import { writeWhole } from './write-whole.js';

export interface RepackOptions extends RequestedLayout {
  /** The images; default `/images`, or the only dataset of rank 3 or 4. */
  readonly dataset?: string | undefined;
  /** Default `full`. */
  readonly durability?: Durability | undefined;
  /** Ends the repacking: no new file is left. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RepackProgress) => void) | undefined;
}

export interface RepackProgress {
  /** Images that have been written. */
  readonly done: number;
  readonly total: number;
  /** Bytes of pixels that have been written, before compression. */
  readonly bytes: number;
}

export interface RepackReport {
  readonly file: string;
  /** Path of the images. */
  readonly dataset: string;
  readonly images: number;
  /** `null`: contiguous. */
  readonly chunks: readonly number[] | null;
  /** What the new file doesn't have, because it can't be written here, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Bytes of pixels, before compression. */
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Writes an HDF5 file anew with its images in another layout: other chunks, another placement,
 * with or without compression. Values, labels, ids, columns and attributes are the same, and so is
 * all else in the file: groups, datasets (as they are stored), links, dimension scales. The new
 * file appears whole, or not at all; images are in memory a few at a time.
 *
 * @param to the new file; there must be none
 * @throws NotFoundError when there is no such file or dataset; InvalidOptionError when there is a
 *   file already, or the layout isn't possible; StorageError when reading or writing fails,
 *   `signal.reason` when aborted
 * @example
 * await repack('archive.h5', 'fast.h5', { chunks: 'per-channel', placement: 'channel' });
 * await repack('fast.h5', 'small.h5', { chunks: 'per-image', gzip: 4, shuffle: true });
 */
export async function repack(
  from: string,
  to: string,
  options: RepackOptions = {},
): Promise<RepackReport> {
  const { durability = 'full', signal, onProgress } = options;
  const started = performance.now();
  await using source = await openH5(from, 'r');
  const dataset = findImages(source, from, options.dataset);
  const { shape } = source.dataset(dataset);
  if (shape === null || shape.length < 3) {
    throw new InvalidOptionError(
      `Expected images of 3 or more dimensions, found shape [${String(shape)}]`,
      { place: { file: from, dataset } },
    );
  }
  const layout: ImageLayout = planLayout(source.dataset(dataset), options, { file: from, dataset });
  const images = shape[0]!;
  let bytes = 0;
  const leftOut = await writeWhole(to, durability, async (target) => {
    const left = copyObjects(source, target, dataset, layout);
    for await (const { rows, bytes: written } of copyImages(source, target, dataset, layout)) {
      signal?.throwIfAborted();
      bytes += written;
      onProgress?.({ done: rows, total: images, bytes });
    }
    return left;
  });
  const seconds = (performance.now() - started) / 1000;
  return { file: to, dataset, images, chunks: layout.chunks, leftOut, bytes, seconds };
}

function findImages(source: H5File, file: string, asked: string | undefined): string {
  if (asked !== undefined) {
    if (source.kindOf(asked) === 'dataset') return asked.startsWith('/') ? asked : `/${asked}`;
    throw new NotFoundError('Expected a dataset, found none', { place: { file, dataset: asked } });
  }
  if (source.kindOf('/images') === 'dataset') return '/images';
  const paths = source
    .tree()
    .filter(({ path, kind }) => kind === 'dataset' && rankOf(source, path) >= 3)
    .map(({ path }) => path);
  if (paths.length === 1) return paths[0]!;
  throw new InvalidOptionError(`Expected one dataset of images, found ${paths.length}`, {
    place: { file },
    advice: `Name it with the option dataset (--dataset)${paths.length === 0 ? '' : `: ${paths.slice(0, 20).join(', ')}`}`,
  });
}

function rankOf(source: H5File, path: string): number {
  return source.dataset(path).shape?.length ?? 0;
}
