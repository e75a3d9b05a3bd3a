import type { Metadata } from 'h5wasm/node';
import { InvalidOptionError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Box } from './h5-box.js';
import { checkBox, product } from './h5-box.js';
import type { H5Handle } from './h5-handle.js';
import { transfer, withMemory } from './h5-memory.js';
import type { KnownMetadata } from './h5-metadata.js';
import { readStringBox, requireNoNul, writeStringBox } from './h5-strings.js';

/**
 * Elements as bytes, row-major, in the type in which they are stored but little-endian: HDF5
 * turns the bytes of big-endian integers, floats and compounds of them; nothing else is converted.
 * A compound of both byte orders stays as it is stored. A big-endian enumeration can't be read or written (`StorageError`).
 */
export interface H5Elements {
  /**
   * @param into where the bytes go; default: new memory
   * @returns `into`
   * @throws UnsupportedByLibraryError for elements of variable length; strings: `readText`
   */
  readElements(path: string, box: H5Box, into?: Uint8Array): Uint8Array;
  /** @throws UnsupportedByLibraryError for elements of variable length; strings: `writeText` */
  writeElements(path: string, box: H5Box, bytes: Uint8Array): void;
  /** Variable-length strings, row-major. One that was never written is ''. */
  readText(path: string, box: H5Box): string[];
  writeText(path: string, box: H5Box, strings: readonly string[]): void;
}

export function elementCalls(handle: H5Handle, known: KnownMetadata): H5Elements {
  const check = (path: string, box: H5Box): Metadata => {
    const metadata = known.of(path);
    checkBox(metadata.shape, box, { dataset: path });
    return metadata;
  };
  const bytesOf = (path: string, box: H5Box): number => {
    const metadata = check(path, box);
    if (variable(metadata)) {
      throw new UnsupportedByLibraryError('the bytes of elements of variable length', {
        place: { file: handle.path, dataset: path },
      });
    }
    return product(box.count) * metadata.size;
  };
  const stringsIn = (path: string, box: H5Box): number => {
    if (!check(path, box).vlen) {
      throw new InvalidOptionError('Expected variable-length strings', {
        place: { dataset: path },
      });
    }
    return product(box.count);
  };

  return {
    readElements: (path, box, into) => {
      const bytes = bytesOf(path, box);
      if (into !== undefined) expectCount('bytes', bytes, into.length, path);
      const out = into ?? new Uint8Array(bytes);
      if (bytes === 0) return out;
      return handle.run('read the dataset', { dataset: path }, (h5, id) =>
        withMemory(h5, bytes, (pointer) => {
          const { start, count, stride } = box;
          transfer(h5, 'get_dataset_data', id, path, start, count, pointer, stride);
          out.set(h5.HEAPU8.subarray(pointer, pointer + bytes));
          return out;
        }),
      );
    },

    writeElements: (path, box, bytes) => {
      expectCount('bytes', bytesOf(path, box), bytes.length, path);
      if (bytes.length === 0) return;
      handle.runWriting('write to the dataset', { dataset: path }, (h5, id) => {
        withMemory(h5, bytes.length, (pointer) => {
          h5.HEAPU8.set(bytes, pointer);
          const { start, count, stride } = box;
          transfer(h5, 'set_dataset_data', id, path, start, count, pointer, stride);
        });
      });
    },

    readText: (path, box) => {
      if (stringsIn(path, box) === 0) return [];
      return handle.run('read the dataset', { dataset: path }, (h5, id) =>
        readStringBox(h5, id, path, box),
      );
    },

    writeText: (path, box, strings) => {
      expectCount('strings', stringsIn(path, box), strings.length, path);
      requireNoNul(strings, path);
      if (strings.length === 0) return;
      handle.runWriting('write to the dataset', { dataset: path }, (h5, id) => {
        writeStringBox(h5, id, path, box, strings);
      });
    },
  };
}

function expectCount(unit: string, expected: number, got: number, path: string): void {
  if (got === expected) return;
  throw new InvalidOptionError(`Expected ${expected} ${unit}, got ${got}`, {
    place: { dataset: path },
  });
}

/** H5T_VLEN of H5Tpublic.h. */
const variableClass = 9;

/** Such elements are pointers into HDF5's memory. */
function variable(type: Metadata): boolean {
  return (
    type.vlen ||
    type.type === variableClass ||
    (type.compound_type?.members.some(variable) ?? false) ||
    (type.array_type !== undefined && variable(type.array_type))
  );
}
