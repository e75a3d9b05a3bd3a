import { chunkGrid, chunkNumber } from '../../chunking/chunk-grid.js';
import type { ImageAxes } from '../../chunking/image-chunks.js';
import type { OpenDataset } from '../../chunking/open-dataset.js';
import { rowReader } from '../../chunking/read-rows.js';
import { NotFoundError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { inflate } from '../../storage/inflate.js';
import { digest } from '../../common/hash.js';
import type { FileIdentity } from '../state.js';
import type { StoredImages } from '../stored-images.js';

/** The images of a file, and how their bytes are had. */
export interface IdentifiedImages {
  readonly layout: StoredImages;
  readonly axes: ImageAxes;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/**
 * What tells a file from others, and is the same for its copies and for what it grows to: the kind of
 * images it has, and a digest of 16 of its first `n` images. Their checksums where there are some, else
 * 4 KiB of each as stored. Reads 16 small pieces.
 */
export async function fileIdentity(
  source: ByteSource,
  openDataset: OpenDataset,
  images: IdentifiedImages,
  n: number,
): Promise<FileIdentity> {
  const { layout, axes } = images;
  const { path, shape, type } = layout;
  const content =
    (await checksums(source, openDataset, layout, n)) ?? (await storedBytes(images, n));
  return {
    dataset: path,
    shape: shape.filter((_, axis) => axis !== axes.image),
    dtype: `${type.littleEndian || type.size === 1 ? '' : '>'}${type.kind}${type.size}`,
    content,
  };
}

const SAMPLES = 16;
const SAMPLE_BYTES = 4096;

async function checksums(
  source: ByteSource,
  openDataset: OpenDataset,
  { path, shape }: StoredImages,
  n: number,
): Promise<string | undefined> {
  if (path !== '/images') return undefined;
  try {
    const layout = await openDataset('/checksums');
    if (layout.shape.length !== 2 || !(layout.shape[0]! >= n)) return undefined;
    if (layout.shape[1] !== shape[3]) return undefined;
    const read = rowReader(source, layout, inflate);
    const rows = samples(n).map((row) => read(row, row + 1));
    return `checksums ${digest(...(await Promise.all(rows)))}`;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof UnsupportedLayoutError) return undefined;
    throw error;
  }
}

/** Bytes that stay as they are when the file grows. */
async function storedBytes({ layout, axes, read }: IdentifiedImages, n: number): Promise<string> {
  const { shape, chunkShape, type, filters, index } = layout;
  const grid = chunkGrid(shape, chunkShape);
  const imagesPerChunk = chunkShape[axes.image]!;
  const byRow = filters.length === 0 && axes.image === 0;
  const rowBytes = chunkShape.slice(1).reduce((product, length) => product * length, type.size);
  // A chunk that isn't full yet will be written again, where its images don't lie one after the other.
  const whole = (image: number): boolean =>
    (Math.floor(image / imagesPerChunk) + 1) * imagesPerChunk <= n;
  const images = samples(n).filter((image) => byRow || whole(image));
  const chunks = images.map((image) =>
    chunkNumber(
      grid,
      shape.map((_, axis) => (axis === axes.image ? Math.floor(image / imagesPerChunk) : 0)),
    ),
  );
  const { offsets, sizes } = await index.locate(chunks);
  const parts = images.map(async (image, i): Promise<Uint8Array | string> => {
    if (offsets[i]! < 0) return 'not allocated';
    const start = byRow ? (image % imagesPerChunk) * rowBytes : 0;
    const size = byRow ? rowBytes : sizes[i]!;
    const length = Math.min(SAMPLE_BYTES, size);
    // Each at another place: margins are alike in many images.
    const within = Math.floor(((size - length) * (i + 1)) / (images.length + 1));
    return read(offsets[i]! + start + within, length);
  });
  return `bytes ${digest(...(await Promise.all(parts)))}`;
}

/** Numbers spread over 0 to n - 1, the first and the last among them. */
function samples(n: number): number[] {
  const count = Math.min(SAMPLES, n);
  return Array.from({ length: count }, (_, i) =>
    Math.floor((i * (n - 1)) / Math.max(1, count - 1)),
  );
}
