import { chunkCoordinates, chunkGrid, type ChunkGrid } from '../chunking/chunk-grid.js';
import type { DatasetLayout } from '../chunking/dataset-layout.js';
import { createDecoder, type Decode } from '../chunking/filters/pipeline.js';
import { imageChunks, isPlanar, resolveAxes } from '../chunking/image-chunks.js';
import type { ErrorPlace } from '../errors.js';
import type { ByteSource } from '../storage/byte-source.js';
import { inflate } from '../storage/inflate.js';
import { chunksInFileOrder, type PlacedChunks } from './chunks-in-file-order.js';
import type { PlaneChecks } from './plane-checks.js';
import type { Problems } from './problems.js';
import { SMALLEST_HEAP, type HeapScan } from './verify-heaps.js';
import { readAhead } from './read-ahead.js';

/** Images of which each chunk is one whole plane. */
export interface PlanarImages {
  readonly layout: DatasetLayout;
  readonly channels: number;
  readonly checks: PlaneChecks;
}

/** Whether every chunk is one plane of one image. */
export function arePlanar(layout: DatasetLayout, channels: number): boolean {
  if (layout.storage !== 'chunked') return false;
  const axes = resolveAxes(undefined, layout.shape.length);
  const chunks = imageChunks(
    layout,
    axes,
    Array.from({ length: channels }, (_, c) => c),
  );
  return (
    chunks.imagesPerChunk === 1 && isPlanar(chunks) && chunks.pieces.length === chunks.channels
  );
}

/**
 * Goes over all stored chunks in file order: none may share bytes with another, and those of `images`
 * are read and checked. What lies between chunks is searched for heaps.
 *
 * @param onProgress called as planes are done
 * @returns how many chunks there are
 */
export async function verifyChunks(
  source: ByteSource,
  layouts: readonly DatasetLayout[],
  images: PlanarImages | undefined,
  heaps: HeapScan,
  problems: Problems,
  onProgress: (planes: number) => void,
): Promise<number> {
  const grids = layouts.map(({ shape, chunkShape }) => chunkGrid(shape, chunkShape));
  const checkOverlaps = overlapCheck(layouts, grids, problems);
  const planes = images && (await planeReader(source, images, onProgress));
  const number = images === undefined ? -1 : layouts.indexOf(images.layout);
  let count = 0;
  let end = 0;
  for await (const chunks of chunksInFileOrder(layouts, source.size)) {
    count += chunks.offsets.length;
    for (const [i, offset] of chunks.offsets.entries()) {
      if (offset - end >= SMALLEST_HEAP) await heaps.scan(end, offset);
      end = Math.max(end, offset + chunks.sizes[i]!);
    }
    checkOverlaps(chunks);
    await planes?.read(chunks, number);
  }
  await heaps.scan(end, source.size);
  await planes?.checkAbsent();
  return count;
}

function overlapCheck(
  layouts: readonly DatasetLayout[],
  grids: readonly ChunkGrid[],
  problems: Problems,
): (chunks: PlacedChunks) => void {
  let end = 0;
  let owner = '';
  return ({ datasets, chunks, offsets, sizes }) => {
    for (let i = 0; i < offsets.length; i++) {
      const offset = offsets[i]!;
      const dataset = datasets[i]!;
      const coordinates = (): number[] => chunkCoordinates(grids[dataset]!, chunks[i]!);
      if (offset < end) {
        problems.add(
          'chunks',
          `Expected chunks apart from one another, got one that shares ${Math.min(end - offset, sizes[i]!)} bytes with ${owner}`,
          { dataset: layouts[dataset]!.path, chunk: coordinates(), offset },
        );
      }
      if (offset + sizes[i]! <= end) continue;
      end = offset + sizes[i]!;
      const next = offsets[i + 1];
      // Named only where it may be needed: there are millions.
      if (next === undefined || next < end) {
        owner = `chunk [${coordinates().join(', ')}] of ${layouts[dataset]!.path}`;
      }
    }
  };
}

/** Reading so much costs no more than leaving it out. */
const GAP = 16_384;
const MAX_READ = 2 ** 20;

interface PlaneRead {
  readonly offset: number;
  readonly length: number;
  /** Which of the chunks it has. */
  readonly chunks: readonly number[];
}

async function planeReader(
  source: ByteSource,
  { layout, channels, checks }: PlanarImages,
  onProgress: (planes: number) => void,
): Promise<{
  read(chunks: PlacedChunks, dataset: number): Promise<void>;
  checkAbsent(): Promise<void>;
}> {
  const chunkBytes = layout.chunkShape.reduce((a, b) => a * b, layout.type.size);
  const place = { file: source.name, dataset: layout.path };
  const decode = await createDecoder({ ...layout, chunkBytes }, inflate, place);
  const count = (layout.shape[0] ?? 0) * channels;
  const seen = new Uint8Array(Math.ceil(count / 8));

  return {
    async read(placed, dataset) {
      for await (const read of readAhead(source, planeReads(placed, dataset))) {
        for (const i of read.chunks) {
          const chunk = placed.chunks[i]!;
          seen[chunk >> 3]! |= 1 << (chunk & 7);
          await checkOne(read, placed, i, { checks, channels, decode });
        }
        onProgress(read.chunks.length);
      }
    },
    /** Planes that were never written have the fill value. */
    async checkAbsent() {
      let plane: Uint8Array | undefined;
      for (let chunk = 0; chunk < count; chunk++) {
        if (((seen[chunk >> 3]! >> (chunk & 7)) & 1) === 1) continue;
        plane ??= Uint8Array.from(
          { length: chunkBytes },
          (_, at) => layout.fillValue[at % layout.type.size]!,
        );
        await checks.check(Math.floor(chunk / channels), chunk % channels, plane, {});
        onProgress(1);
      }
    },
  };
}

function* planeReads(
  { datasets, offsets, sizes }: PlacedChunks,
  dataset: number,
): Generator<PlaneRead> {
  let [start, end] = [0, 0];
  let chunks: number[] = [];
  for (let i = 0; i < offsets.length; i++) {
    if (datasets[i] !== dataset) continue;
    const [from, to] = [offsets[i]!, offsets[i]! + sizes[i]!];
    if (chunks.length > 0 && (from > end + GAP || to - start > MAX_READ)) {
      yield { offset: start, length: end - start, chunks };
      chunks = [];
    }
    if (chunks.length === 0) [start, end] = [from, to];
    end = Math.max(end, to);
    chunks.push(i);
  }
  if (chunks.length > 0) yield { offset: start, length: end - start, chunks };
}

async function checkOne(
  read: Parameters<typeof bytesOf>[0] & PlaneRead,
  { chunks, offsets, sizes, filterMasks }: PlacedChunks,
  i: number,
  { checks, channels, decode }: Pick<PlanarImages, 'checks' | 'channels'> & { decode: Decode },
): Promise<void> {
  const [image, channel] = [Math.floor(chunks[i]! / channels), chunks[i]! % channels];
  const place: ErrorPlace = { offset: offsets[i]! };
  const at = offsets[i]! - read.offset;
  let plane: Uint8Array;
  try {
    plane = decode(bytesOf(read).subarray(at, at + sizes[i]!), filterMasks[i]!);
  } catch (error) {
    checks.fail(1, error, { ...place, image, channel });
    return;
  }
  await checks.check(image, channel, plane, place);
}

function bytesOf(read: { readonly bytes: Uint8Array } | { readonly error: unknown }): Uint8Array {
  if ('bytes' in read) return read.bytes;
  throw read.error;
}
