import type { Cursor } from './cursor.js';

export interface Dataspace {
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  /** `null` is unlimited. */
  readonly maxShape: readonly (number | null)[];
}

const MAX_RANK = 32;
const NULL_TYPE = 2;

/** Source: HDF5 File Format Specification, "The Dataspace Message". */
export function parseDataspace(cursor: Cursor): Dataspace {
  const version = cursor.version(1, 2);
  const rank = cursor.u8();
  if (rank > MAX_RANK) throw cursor.fail(`Expected at most ${MAX_RANK} dimensions, got ${rank}`);
  const flags = cursor.u8();
  const type = cursor.u8(); // reserved in version 1
  if (version === 2 && type === NULL_TYPE) throw cursor.unsupported('a null dataspace');
  if (version === 1) cursor.skip(4);
  const shape = Array.from({ length: rank }, () => cursor.length());
  const maxShape =
    (flags & 0x01) === 0 ? shape : Array.from({ length: rank }, () => cursor.lengthOrUnlimited());
  maxShape.forEach((max, d) => {
    if (max !== null && max < shape[d]!) {
      throw cursor.fail(`Expected a maximum of at least ${shape[d]} in dimension ${d}, got ${max}`);
    }
  });
  return { shape, maxShape };
}
