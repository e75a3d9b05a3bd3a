import type { DType } from './dtype.js';
import { parseDType } from './dtype-name.js';
import { printAsText } from './inspect.js';

/**
 * A value of a type but without elements or a shape (HDF5's null dataspace): h5py's `Empty`.
 * Attributes and datasets can be made of it, and read as it.
 *
 * @example file.attrs.set('unknown', new Empty('float32'));
 */
export class Empty {
  static {
    printAsText(this);
  }

  readonly dtype: DType;
  /** As h5py's `Empty.shape`, which is `None`. */
  readonly shape = null;

  /** @throws InvalidOptionError for names that numpy or HDF5 doesn't know */
  constructor(dtype: string | DType) {
    this.dtype = parseDType(dtype);
  }

  toString(): string {
    return `Empty(dtype="${this.dtype.str}")`;
  }
}
