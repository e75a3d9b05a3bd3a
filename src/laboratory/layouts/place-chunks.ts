import { chunkGrid, type ChunkGrid } from '../../chunking/chunk-grid.js';
import type { ChunkIndex, ChunkLocations } from '../../chunking/chunk-index.js';
import type { ImageSet, Layout } from './layout.js';

/** Images that lie somewhere: in a file, or by calculation in one that nobody wrote. */
export interface PlacedImages extends ImageSet {
  /** Contiguous: one chunk, the whole shape. */
  readonly chunkShape: readonly number[];
  readonly contiguous: boolean;
  /** Chunks are compressed, so that a part of one can't be read. */
  readonly filtered: boolean;
  /** Chunks by number, row-major over the grid. */
  readonly locate: (chunks: ArrayLike<number>) => ChunkLocations;
  /** Bytes from the start of the file to the end of the last chunk. */
  readonly end: number;
}

export interface PlaceOptions {
  /** Byte of the file at which the first chunk starts. Default 0. */
  readonly start?: number;
  /** Stored bytes of a compressed chunk, as a share of its bytes. Default 1. */
  readonly ratio?: number;
}

/**
 * Calculates where every chunk of a layout lies, without a file: chunks one after the other in the
 * order in which `planefeed ingest` and `repack` write them (HDF5 gives a chunk its place when it is
 * first written). Chunks at the edge are stored whole, as HDF5 does. What HDF5 puts between chunks (a
 * few KiB of chunk index for every hundred or thousand of them) is left out.
 */
export function placeChunks(
  set: ImageSet,
  layout: Layout,
  { start = 0, ratio = 1 }: PlaceOptions = {},
): PlacedImages {
  const { shape, itemSize } = set;
  const contiguous = layout.chunks === null;
  const chunkShape = layout.chunks ?? shape;
  const filtered = layout.compression !== 'none';
  const grid = chunkGrid(shape, chunkShape);
  const bytes = chunkShape.reduce((product, length) => product * length, itemSize);
  const stored = filtered ? Math.max(1, Math.round(bytes * ratio)) : bytes;
  const rank = writtenAs(grid, layout);
  return {
    ...set,
    chunkShape,
    contiguous,
    filtered,
    locate: (chunks) => ({
      offsets: Float64Array.from(chunks, (chunk) => start + rank(chunk) * stored),
      sizes: new Float64Array(chunks.length).fill(stored),
      filterMasks: new Uint32Array(chunks.length),
    }),
    end: start + grid.count * stored,
  };
}

/** The same of a file that is there. Its index is read whole: for small files. */
export async function locateChunks(
  set: ImageSet,
  layout: Layout,
  index: Pick<ChunkIndex, 'locate'>,
): Promise<PlacedImages> {
  const chunkShape = layout.chunks ?? set.shape;
  const { count } = chunkGrid(set.shape, chunkShape);
  const all = await index.locate(Float64Array.from({ length: count }, (_, chunk) => chunk));
  return {
    ...set,
    chunkShape,
    contiguous: layout.chunks === null,
    filtered: layout.compression !== 'none',
    locate: (chunks) => ({
      offsets: Float64Array.from(chunks, (chunk) => all.offsets[chunk]!),
      sizes: Float64Array.from(chunks, (chunk) => all.sizes[chunk]!),
      filterMasks: Uint32Array.from(chunks, (chunk) => all.filterMasks[chunk]!),
    }),
    end: all.offsets.reduce((end, offset, i) => Math.max(end, offset + all.sizes[i]!), 0),
  };
}

/** Chunk number → how many chunks were written before it. */
export function writtenAs(
  { gridShape, chunkShape }: ChunkGrid,
  { placement, run }: Layout,
): (chunk: number) => number {
  if (placement === 'image') return (chunk) => chunk;
  const [images, rows, columns, channels] = gridShape as [number, number, number, number];
  const runOfChunks = Math.max(1, Math.floor(run / chunkShape[0]!));
  const perImage = rows * columns * channels;
  return (chunk) => {
    const image = Math.floor(chunk / perImage);
    const within = Math.floor((chunk % perImage) / channels);
    const channel = chunk % channels;
    const first = image - (image % runOfChunks);
    const inRun = Math.min(runOfChunks, images - first);
    return first * perImage + (channel * inRun + image - first) * rows * columns + within;
  };
}
