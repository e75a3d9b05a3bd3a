import type { Metadata } from 'h5wasm/node';
import { InvalidOptionError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Box } from './h5-box.js';
import { checkBox, product } from './h5-box.js';
import type { H5Handle } from './h5-handle.js';
import type { KnownMetadata } from './h5-metadata.js';
import { isPlainSequence, readSequenceBox } from './h5-sequences.js';
import { readStringBox, requireNoNul, writeStringBox } from './h5-strings.js';
import type { Elements } from './h5-transfer.js';
import { elementsOf, readBox, writeBox } from './h5-transfer.js';

/**
 * Elements as bytes, row-major, in the type in which they are stored but little-endian, whatever
 * byte order their numbers are stored in; nothing else is converted. References are moved as they
 * are: 8 bytes to an object, 12 to a region.
 */
export interface H5Elements {
  /**
   * @param into where the bytes go; default: new memory
   * @returns `into`
   * @throws UnsupportedByLibraryError for elements of variable length (strings: `readText`), and
   *   for big-endian enumerations in a compound or array of big-endian numbers only
   */
  readElements(path: string, box: H5Box, into?: Uint8Array): Uint8Array;
  /** @throws UnsupportedByLibraryError as `readElements` does; strings: `writeText` */
  writeElements(path: string, box: H5Box, bytes: Uint8Array): void;
  /** Variable-length strings, row-major. One that was never written is ''. */
  readText(path: string, box: H5Box): string[];
  /**
   * Sequences of variable length, row-major: the bytes of each, as `readElements` gives them. One
   * that was never written is empty.
   *
   * @throws InvalidOptionError when the elements are no sequences; UnsupportedByLibraryError for
   *   sequences of sequences or strings, and of big-endian enumerations
   */
  readSequences(path: string, box: H5Box): Uint8Array[];
  writeText(path: string, box: H5Box, strings: readonly string[]): void;
}

export function elementCalls(handle: H5Handle, known: KnownMetadata): H5Elements {
  const check = (path: string, box: H5Box): Metadata => {
    const metadata = known.of(path);
    checkBox(metadata.shape, box, { dataset: path });
    return metadata;
  };
  const elementsIn = (path: string, box: H5Box): { elements: Elements; bytes: number } => {
    const metadata = check(path, box);
    const place = { file: handle.path, dataset: path };
    if (variable(metadata)) {
      throw new UnsupportedByLibraryError('the bytes of elements of variable length', { place });
    }
    const elements = elementsOf(path, metadata, place);
    return { elements, bytes: product(box.count) * metadata.size };
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
      const { elements, bytes } = elementsIn(path, box);
      if (into !== undefined) expectCount('bytes', bytes, into.length, path);
      const out = into ?? new Uint8Array(bytes);
      if (bytes === 0) return out;
      handle.run('read the dataset', { dataset: path }, (h5, id) => {
        readBox(h5, id, elements, box, bytes, (found) => {
          out.set(found);
        });
      });
      return out;
    },

    writeElements: (path, box, bytes) => {
      const { elements, bytes: expected } = elementsIn(path, box);
      expectCount('bytes', expected, bytes.length, path);
      if (bytes.length === 0) return;
      known.runChanging('write to the dataset', path, (h5, id) => {
        writeBox(h5, id, elements, box, bytes);
      });
    },

    readSequences: (path, box) => {
      const metadata = check(path, box);
      const place = { file: handle.path, dataset: path };
      const base = metadata.vlen_type;
      if (base === undefined) {
        throw new InvalidOptionError('Expected sequences of variable length', { place });
      }
      if (!isPlainSequence(metadata, variable)) {
        throw new UnsupportedByLibraryError('sequences of such elements', { place });
      }
      if (product(box.count) === 0) return [];
      return handle.run('read the dataset', place, (h5, id) =>
        readSequenceBox(h5, id, path, base, box),
      );
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
      known.runChanging('write to the dataset', path, (h5, id) => {
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
