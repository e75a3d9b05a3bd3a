import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { H5File } from '../storage/h5.js';
import { printAsText } from './inspect.js';
import { objectPath } from './object-path.js';

/**
 * A value that points to an object of the same file: h5py's `Reference`. `object.ref` makes one and
 * `group.get(reference)` follows it. It stays right when the object is moved. A reference to a
 * region of a dataset (h5py's `RegionReference`) can be read, and leads to the dataset; it can't be
 * made or written.
 */
export class Reference {
  static {
    printAsText(this);
  }

  readonly kind: 'object' | 'region';
  /** @internal As it is stored. */
  readonly bytes: Uint8Array;

  /** @internal */
  constructor(kind: 'object' | 'region', bytes: Uint8Array) {
    this.kind = kind;
    this.bytes = bytes;
  }

  /** It points nowhere, as one that was never written does. */
  get isNull(): boolean {
    return this.bytes.every((byte) => byte === 0);
  }

  equals(other: Reference): boolean {
    return this.kind === other.kind && Buffer.compare(this.bytes, other.bytes) === 0;
  }

  /** As h5py prints it. */
  toString(): string {
    const name = this.kind === 'object' ? 'object' : 'region';
    return `<HDF5 ${name} reference${this.isNull ? ' (null)' : ''}>`;
  }
}

/**
 * @param path of a group, dataset or named datatype
 * @throws NotFoundError when there is none
 */
export function referenceTo(file: H5File, path: string): Reference {
  return new Reference('object', file.objectReference(objectPath('/', path)));
}

/**
 * A path of the object that a reference points to.
 *
 * @throws InvalidOptionError for a null reference; NotFoundError when the object has been deleted,
 *   or the reference comes from another file
 */
export function dereference(file: H5File, reference: Reference): string {
  if (reference.isNull) {
    throw new InvalidOptionError('Expected a reference to an object, got a null reference', {
      place: { file: file.path },
    });
  }
  let path: string | null = null;
  let cause: unknown;
  try {
    path = file.referencedPath(reference.bytes, reference.kind);
  } catch (error) {
    if (file.closed) throw error;
    cause = error;
  }
  if (path !== null && path !== '') return path;
  throw new NotFoundError('The reference leads to no object of this file', {
    place: { file: file.path },
    cause,
  });
}
