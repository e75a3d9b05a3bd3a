import type { Metadata } from 'h5wasm/node';
import type { ErrorPlace } from '../errors.js';
import { InvalidOptionError } from '../errors.js';

/**
 * Whether HDF5 will take a new shape, found out before it is asked; the words are h5py's.
 *
 * @throws InvalidOptionError when the dataset isn't chunked, or the shape has another rank, goes
 *   beyond the dataset's largest, or has lengths that are no counts
 */
export function checkResize(
  { chunks, shape, maxshape }: Pick<Metadata, 'chunks' | 'shape' | 'maxshape'>,
  wanted: readonly number[],
  place: ErrorPlace,
): void {
  if (chunks === null || shape === null || maxshape === null) {
    const is = shape === null ? 'it is empty' : `its shape is ${text(shape)}, for good`;
    throw new InvalidOptionError(
      `Only chunked datasets can be resized; ${is}, got ${text(wanted)}`,
      { place, advice: 'Create it with chunks, or with a largest shape' },
    );
  }
  if (wanted.length !== shape.length) {
    throw new InvalidOptionError(
      `New shape length (${wanted.length}) must match dataset rank (${shape.length}): expected a shape like ${text(shape)}, got ${text(wanted)}`,
      { place },
    );
  }
  if (!wanted.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new InvalidOptionError(`Expected lengths that count elements, got ${text(wanted)}`, {
      place,
    });
  }
  if (wanted.some((length, dimension) => length > maxshape[dimension]!)) {
    throw new InvalidOptionError(
      `Expected a shape of at most ${text(maxshape)}, got ${text(wanted)}`,
      { place, advice: 'The largest shape is given when a dataset is created' },
    );
  }
}

function text(shape: readonly number[]): string {
  const lengths = shape.map((length) =>
    length > Number.MAX_SAFE_INTEGER ? 'unlimited' : String(length),
  );
  return `[${lengths.join(', ')}]`;
}
