import { InvalidOptionError, NotFoundError, StorageError } from '../errors.js';
import { product } from './h5-box.js';
import type { LibraryType } from './h5-creation.js';
import { metadataOf } from './h5-creation.js';
import type { H5Handle } from './h5-handle.js';
import type { H5Library } from './h5-io.js';
import { withMemory } from './h5-memory.js';
import { storageMetadata } from './h5-new-storage.js';
import { requireNoNul } from './h5-strings.js';
import { typeClass } from './h5-type-class.js';

/** The types that h5wasm can give a new attribute. */
export type LibraryAttributeType =
  | LibraryType
  /** ASCII, NUL-terminated. */
  | { readonly class: 'fixed string'; readonly size: number }
  | { readonly class: 'object reference' };

export interface NewAttribute {
  readonly type: LibraryAttributeType;
  /** `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Row-major, little-endian; text where the strings are of variable length. */
  readonly elements: Uint8Array | readonly string[];
}

export interface H5AttributeChanges {
  /** @throws StorageError when HDF5 refuses, or there is such an attribute already */
  createAttribute(path: string, name: string, attribute: NewAttribute): void;
  /** @throws NotFoundError when there is no such attribute */
  deleteAttribute(path: string, name: string): void;
}

export function attributeChangeCalls(
  handle: H5Handle,
  attributeNames: (path: string) => string[],
): H5AttributeChanges {
  return {
    createAttribute: (path, name, attribute) => {
      const place = { file: handle.path, dataset: path };
      checkName(name, path);
      if (!(attribute.elements instanceof Uint8Array)) requireNoNul(attribute.elements, path);
      if (attributeNames(path).includes(name)) {
        throw new StorageError(`There is an attribute '${name}' already`, { place });
      }
      handle.runChanging(`create the attribute '${name}'`, path, (h5, id) => {
        create(h5, id, path, name, attribute);
      });
    },

    deleteAttribute: (path, name) => {
      if (!attributeNames(path).includes(name)) {
        throw new NotFoundError(`There is no attribute '${name}'`, {
          place: { file: handle.path, dataset: path },
        });
      }
      handle.runChanging(`delete the attribute '${name}'`, path, (h5, id) =>
        h5.delete_attribute(id, path, name),
      );
    },
  };
}

function create(
  h5: H5Library,
  id: bigint,
  path: string,
  name: string,
  { type, shape, elements }: NewAttribute,
): void {
  const metadata = {
    ...typeMetadata(type),
    total_size: product(shape),
    ...storageMetadata({ shape }),
    maxshape: null,
  };
  if (!(elements instanceof Uint8Array) && elements.length > 0) {
    h5.create_vlen_str_attribute(id, path, name, elements, metadata);
    return;
  }
  withMemory(h5, elements.length, (pointer) => {
    if (elements instanceof Uint8Array) h5.HEAPU8.set(elements, pointer);
    h5.create_attribute(id, path, name, BigInt(pointer), metadata);
  });
}

function typeMetadata(type: LibraryAttributeType): ReturnType<typeof metadataOf> {
  const common = { signed: false, vlen: false, littleEndian: true, cset: 0 };
  switch (type.class) {
    case 'fixed string':
      return { ...common, type: typeClass.string, size: type.size };
    case 'object reference':
      return { ...common, type: typeClass.reference, size: 8 };
    default:
      return metadataOf(type);
  }
}

function checkName(name: string, path: string): void {
  if (name !== '' && !name.includes('\0')) return;
  throw new InvalidOptionError(
    `Expected the name of an attribute, got ${name === '' ? 'empty text' : JSON.stringify(name)}`,
    { place: { dataset: path } },
  );
}
