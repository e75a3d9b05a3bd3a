import { StorageError } from '../errors.js';
import { product } from './h5-box.js';
import type { FileBytes } from './h5-file-bytes.js';
import { baseAddress, bytesOf } from './h5-file-bytes.js';
import type { H5Handle } from './h5-handle.js';
import { headerAddress } from './h5-header-address.js';
import type { FileIo, H5Library } from './h5-io.js';
import { captureErrorStack, innermostMessage } from './h5-io.js';
import { kindAt } from './h5-lookup.js';
import type { NewStorage } from './h5-new-storage.js';
import { storageMetadata } from './h5-new-storage.js';
import { typeClass } from './h5-type-class.js';

/** The element types that h5wasm can give a new dataset; all little-endian. */
export type LibraryType =
  | { readonly class: 'integer'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly class: 'float'; readonly size: 4 | 8 }
  /** ASCII comes NUL-terminated. */
  | { readonly class: 'variable-length string'; readonly encoding: 'ascii' }
  | {
      readonly class: 'compound';
      readonly size: number;
      readonly members: readonly {
        readonly name: string;
        readonly offset: number;
        readonly type: LibraryType;
      }[];
    };

export interface EmptyDataset extends NewStorage {
  readonly type: LibraryType;
}

export interface H5Creation {
  /** Creates a dataset of any size; no element is written or allocated. */
  createEmpty(path: string, dataset: EmptyDataset): void;
  /**
   * Creates a dataset that h5wasm can't: the nearest one that it can, whose object header `patch`
   * then edits while the file is closed. The file is opened again before this returns. All or
   * nothing: it all happens in memory, and reaches the file only after `patch` has returned.
   *
   * @param patch gets the absolute offset of the dataset's object header; what it throws is
   *   thrown here, and leaves the file as it was
   */
  createPatched(
    path: string,
    dataset: EmptyDataset,
    patch: (bytes: FileBytes, header: number) => void,
  ): void;
}

/** Runs `change` on the open file and `patch` on the closed one; see h5-change-closed.ts. */
export type ChangeClosed = <T>(
  change: (library: H5Library, fileId: bigint) => T,
  patch: (io: FileIo, changed: T) => void,
) => void;

export function creationCalls(handle: H5Handle, changeClosed: ChangeClosed): H5Creation {
  return {
    createEmpty: (path, dataset) => {
      handle.runChanging('create the dataset', path, (h5, id) => {
        create(handle.path, h5, id, path, dataset);
      });
    },

    createPatched: (path, dataset, patch) => {
      // The file has to be as it was before, also if what follows fails.
      handle.runChanging('create the dataset', path, (h5, id) => h5.flush(id));
      changeClosed(
        (h5, id) => {
          create(handle.path, h5, id, path, dataset);
          return headerAddress(h5, id, path);
        },
        (io, address) => {
          const bytes = bytesOf(io);
          patch(bytes, baseAddress(bytes, handle.path) + address);
        },
      );
    },
  };
}

function create(
  file: string,
  h5: H5Library,
  id: bigint,
  path: string,
  dataset: EmptyDataset,
): void {
  const place = { file, dataset: path };
  if (kindAt(h5, id, path) !== undefined) {
    throw new StorageError('Could not create the dataset: the name is taken', { place });
  }
  const metadata = {
    ...metadataOf(dataset.type),
    total_size: product(dataset.shape),
    ...storageMetadata(dataset),
  };
  // h5wasm writes right after creating; without data, writing fails, and that is expected.
  const outcome = captureErrorStack(() => h5.create_dataset(id, path, 0n, metadata));
  if (kindAt(h5, id, path) === 'dataset') return;
  const cause = outcome.thrown ?? new Error(outcome.errorStack.trim());
  throw new StorageError(`Could not create the dataset: ${innermostMessage(outcome.errorStack)}`, {
    place,
    cause,
  });
}

export interface TypeMetadata {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly littleEndian: boolean;
  readonly cset: number;
  readonly compound_type?: { nmembers: number; members: TypeMember[] };
}

/** h5wasm reads only `name` and `offset` of what a member adds. */
interface TypeMember extends TypeMetadata {
  readonly name: string;
  readonly offset: number;
  readonly shape: number[];
  readonly maxshape: number[];
  readonly chunks: null;
  readonly total_size: number;
}

export function metadataOf(type: LibraryType): TypeMetadata {
  const common = { signed: false, vlen: false, littleEndian: true, cset: 0 };
  switch (type.class) {
    case 'integer':
      return { ...common, type: typeClass.integer, size: type.size, signed: type.signed };
    case 'float':
      return { ...common, type: typeClass.float, size: type.size };
    case 'variable-length string':
      return { ...common, type: typeClass.string, size: 4, vlen: true };
    case 'compound': {
      const members = type.members.map(({ name, offset, type: member }) => ({
        ...metadataOf(member),
        name,
        offset,
        shape: [],
        maxshape: [],
        chunks: null,
        total_size: 1,
      }));
      return {
        ...common,
        type: typeClass.compound,
        size: type.size,
        compound_type: { nmembers: members.length, members },
      };
    }
  }
}
