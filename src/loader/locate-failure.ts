import type { ChunkLocations } from '../chunking/chunk-index.js';
import { errorClasses, PlanefeedError, type ErrorPlace } from '../errors.js';
import type { AssemblySpec } from './assembly.js';

/**
 * Adds to an error that names a byte of the file which image and channel lie there, and in which
 * dataset.
 *
 * @param images image numbers of the window that was read
 * @param locations of `chunksOf(spec.chunks, images)`
 */
export function locateFailure(
  error: unknown,
  spec: AssemblySpec,
  images: ArrayLike<number>,
  locations: ChunkLocations,
): unknown {
  if (!(error instanceof PlanefeedError) || error.place.offset === undefined) return error;
  const found = imageAt(spec, images, locations, error.place.offset);
  return addPlace(error, { ...spec.place, ...found });
}

/** The same error, with what is known of its place beside what it says itself. */
export function addPlace(error: PlanefeedError, known: ErrorPlace): PlanefeedError {
  // These are made of a message alone.
  if (error.tag === 'unsupported-layout' || error.tag === 'unsupported-by-library') return error;
  const place: ErrorPlace = { ...known, ...error.place };
  const { reason, advice, cause } = error;
  return new errorClasses[error.tag](reason, {
    place,
    ...(advice === undefined ? {} : { advice }),
    cause,
  });
}

/** The image whose bytes are at an offset, or begin after it nearest: reads may begin in between. */
function imageAt(
  { chunks, elementSize, filters }: AssemblySpec,
  images: ArrayLike<number>,
  { offsets, sizes }: ChunkLocations,
  offset: number,
): Pick<ErrorPlace, 'image'> {
  const pieces = chunks.pieces.length;
  const whole = filters.length > 0;
  const imageBytes = chunks.imageStride * elementSize;
  // Where a chunk's images aren't one after the other, a byte says little about the image.
  if (chunks.imageStride * chunks.imagesPerChunk !== chunks.chunkElements) return {};
  let image: number | undefined;
  let nearest = Infinity;
  for (let i = 0; i < images.length * pieces; i++) {
    const number = images[Math.floor(i / pieces)]!;
    const chunk = offsets[i]!;
    if (chunk < 0) continue;
    const start = whole ? chunk : chunk + (number % chunks.imagesPerChunk) * imageBytes;
    const length = whole || chunks.imagesPerChunk === 1 ? sizes[i]! : imageBytes;
    const distance = offset >= start && offset < start + length ? 0 : start - offset;
    if (distance < 0 || distance >= nearest) continue;
    nearest = distance;
    image = number;
  }
  return image === undefined ? {} : { image };
}
