import type { Metadata } from 'h5wasm/node';
import { NotFoundError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import type { H5Library } from './h5-io.js';
import { captureErrorStack } from './h5-io.js';
import { otherFile } from './h5-lookup.js';
import { withMemory } from './h5-memory.js';
import { elementsOf } from './h5-transfer.js';
import type { H5Type } from './h5-type.js';
import { h5TypeOf } from './h5-type.js';

export interface H5AttributeInfo {
  readonly type: H5Type;
  /** `null` when it has no elements: a null dataspace. */
  readonly shape: readonly number[] | null;
}

/** HDF5's memory, in which elements of variable length lie; only to be used within a call. */
export interface H5Memory {
  /** NUL-terminated UTF-8; '' for a null pointer. */
  text(pointer: number): string;
  bytes(pointer: number, length: number): Uint8Array;
}

/** Attributes as bytes. */
export interface H5AttributeElements {
  /** `undefined` when there is no such attribute. */
  attributeInfo(path: string, name: string): H5AttributeInfo | undefined;
  /**
   * Reads all elements, as they lie in HDF5's memory: little-endian where a type has one byte order
   * (a big-endian enumeration, and a compound of both byte orders, as they are stored); strings and
   * sequences of variable length as pointers of 4 bytes, sequences with their length before it.
   *
   * @throws UnsupportedByLibraryError for big-endian enumerations among big-endian numbers only
   */
  readAttributeElements<T>(
    path: string,
    name: string,
    use: (elements: Uint8Array, memory: H5Memory) => T,
  ): T;
}

export function attributeElementCalls(
  handle: H5Handle,
  attributeNames: (path: string) => string[],
): H5AttributeElements {
  const metadataOf = (path: string, name: string): Metadata | undefined => {
    // Asked first: h5wasm throws through WebAssembly, leaking its stack, when the name is missing.
    if (!attributeNames(path).includes(name)) return undefined;
    return handle.run(`read the attribute '${name}'`, { dataset: path }, (h5, id) =>
      h5.get_attribute_metadata(id, path, name),
    );
  };

  return {
    attributeInfo: (path, name) => {
      const metadata = metadataOf(path, name);
      if (metadata === undefined) return undefined;
      return { type: h5TypeOf(metadata), shape: metadata.shape };
    },

    readAttributeElements: (path, name, use) => {
      const place = { dataset: path };
      const metadata = metadataOf(path, name);
      if (metadata === undefined) {
        throw new NotFoundError(`Expected an attribute '${name}', found none`, {
          place: { file: handle.path, ...place },
        });
      }
      const { size, total_size: elements } = metadata;
      const { order } = elementsOf(path, metadata, { file: handle.path, ...place });
      if (elements === 0) return use(new Uint8Array(), memoryless);
      return handle.run(`read the attribute '${name}'`, place, (h5, id) => {
        requireReadable(h5, id, path, metadata);
        return withMemory(h5, size * elements, (pointer) => {
          h5.HEAPU8.fill(0, pointer, pointer + size * elements);
          const read = (): number => h5.get_attribute_data(id, path, name, BigInt(pointer));
          if (order.complains) captureErrorStack(read);
          else read();
          try {
            return use(h5.HEAPU8.slice(pointer, pointer + size * elements), memoryOf(h5));
          } finally {
            if (variable(metadata)) h5.reclaim_vlen_memory(id, path, name, BigInt(pointer));
          }
        });
      });
    },
  };
}

/**
 * HDF5 looks for the elements of variable length of an attribute that it opens by its object's name
 * in the file that it starts from.
 *
 * @throws UnsupportedByLibraryError when an external link leads to another
 */
export function requireReadable(
  library: H5Library,
  fileId: bigint,
  path: string,
  metadata: Metadata,
): void {
  const other = variable(metadata) ? otherFile(library, fileId, path) : undefined;
  if (other === undefined) return;
  throw new UnsupportedByLibraryError(
    `reading attributes of variable length through an external link (to ${other})`,
    { place: { dataset: path }, advice: 'Open that file' },
  );
}

function memoryOf(library: H5Library): H5Memory {
  return {
    text: (pointer) => (pointer === 0 ? '' : library.UTF8ToString(pointer)),
    bytes: (pointer, length) => library.HEAPU8.slice(pointer, pointer + length),
  };
}

const memoryless: H5Memory = { text: () => '', bytes: () => new Uint8Array() };

/** H5T_VLEN of H5Tpublic.h. */
const sequence = 9;

function variable(type: Metadata): boolean {
  return (
    type.vlen ||
    type.type === sequence ||
    (type.compound_type?.members.some(variable) ?? false) ||
    (type.array_type !== undefined && variable(type.array_type))
  );
}
