import { InvalidOptionError } from '../errors.js';
import { sizeOf } from './shape.js';

const CHUNK_BASE = 16 * 1024;
const CHUNK_MIN = 8 * 1024;
const CHUNK_MAX = 1024 * 1024;

/**
 * The chunk shape that h5py chooses where `chunks` is `true`, or is needed but not given: axes are
 * halved in turn until a chunk is near a target between 8 KiB and 1 MiB that grows with the
 * dataset. The algorithm is `guess_chunk` of h5py's `_hl/filters.py`.
 *
 * @param shape of the dataset, in elements; an axis of length 0 counts as 1024
 * @param itemSize bytes of an element
 * @throws InvalidOptionError for a scalar dataset
 *
 * @example guessChunk([1000, 224, 224, 3], 1) // [125, 28, 28, 1]
 */
export function guessChunk(shape: readonly number[], itemSize: number): number[] {
  if (shape.length === 0) {
    throw new InvalidOptionError('Chunks not allowed for scalar datasets', {
      advice: 'Give the dataset a shape with at least one axis, or leave out `chunks`',
    });
  }
  const chunks = shape.map((length) => (length === 0 ? 1024 : length));
  const target = targetBytes(sizeOf(chunks) * itemSize);
  for (let axis = 0; ; axis = (axis + 1) % chunks.length) {
    const elements = sizeOf(chunks);
    if (isNear(elements * itemSize, target) || elements === 1) return chunks;
    chunks[axis] = Math.ceil(chunks[axis]! / 2);
  }
}

function targetBytes(datasetBytes: number): number {
  const target = CHUNK_BASE * 2 ** Math.log10(datasetBytes / (1024 * 1024));
  return Math.min(Math.max(target, CHUNK_MIN), CHUNK_MAX);
}

function isNear(bytes: number, target: number): boolean {
  return bytes < CHUNK_MAX && (bytes < target || Math.abs(bytes - target) / target < 0.5);
}
