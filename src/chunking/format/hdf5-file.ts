import { CorruptFileError, type ErrorPlace } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { verifyChecksum } from './checksum.js';
import { Cursor, UNDEFINED, type FieldSizes } from './cursor.js';
import { metadataReader, type Extent } from './metadata-reader.js';
import { readSuperblock } from './superblock.js';
import { expectPlainFile } from './superblock-extension.js';

/** An HDF5 file whose superblock has been read: what every other structure is read through. */
export interface Hdf5File extends FieldSizes {
  readonly name: string;
  /** Bytes in the file when it was opened or last refreshed. */
  readonly size: number;
  /** Absolute file offset of the root group's object header. */
  readonly root: number;
  /** File, and dataset if one is being read, for messages. */
  readonly place: ErrorPlace;
  /** The same file; messages name the dataset too. */
  about(place: Pick<ErrorPlace, 'dataset'>): Hdf5File;
  /** A cursor over `length` bytes at an absolute offset. */
  read(offset: number, length: number, structure: string): Promise<Cursor>;
  /** As `read`, for a block whose last 4 bytes are its checksum, which is verified and left out. */
  readChecked(offset: number, length: number, structure: string): Promise<Cursor>;
  /** As `read`, without waiting; `undefined` when the bytes have to be waited for. */
  tryRead(offset: number, length: number, structure: string): Cursor | undefined;
  /** As `readChecked`, likewise. */
  tryReadChecked(offset: number, length: number, structure: string): Cursor | undefined;
  /**
   * The same file as it is now, where its source can grow. The superblock isn't read again: it
   * says that the file is being written when its writer has only flushed it.
   */
  refreshed(): Promise<Hdf5File>;
  /**
   * Runs `read`; where what it finds isn't sound and the source can change, again on the file as it is
   * now, while nothing is committed: structures that are just being changed aren't damage.
   */
  steadily<T>(read: () => Promise<T>): Promise<T>;
  /**
   * Starts reading what will soon be asked for, neighbours together. Resolves when that has been
   * read, or couldn't be.
   */
  readonly prefetch: (extents: readonly Extent[]) => Promise<unknown>;
}

/**
 * Finds and reads the superblock.
 *
 * @throws CorruptFileError when this is no HDF5 file or it is damaged or truncated,
 *   UnsupportedLayoutError when it is marked as open for writing.
 */
export async function openHdf5File(source: ByteSource): Promise<Hdf5File> {
  const { read, tryRead, prefetch, forget } = metadataReader(source);
  const superblock = await readSuperblock(read, source.name, source.size);
  const fileOf = (place: ErrorPlace): Hdf5File => ({
    ...superblock,
    name: source.name,
    get size() {
      return source.size;
    },
    place,
    prefetch,
    about: (more) => fileOf({ ...place, ...more }),
    async refreshed() {
      await source.refresh?.();
      forget();
      return fileOf(place);
    },
    async steadily(read) {
      try {
        return await read();
      } catch (error) {
        if (source.consistently === undefined || !(error instanceof CorruptFileError)) throw error;
        return source.consistently(async () => {
          await source.refresh?.();
          forget();
          return read();
        });
      }
    },
    async read(offset, length, structure) {
      return plain(await read(offset, length, structure), offset, place, structure);
    },
    async readChecked(offset, length, structure) {
      return checked(await read(offset, length, structure), offset, place, structure);
    },
    tryRead(offset, length, structure) {
      const bytes = tryRead(offset, length, structure);
      return bytes && plain(bytes, offset, place, structure);
    },
    tryReadChecked(offset, length, structure) {
      const bytes = tryRead(offset, length, structure);
      return bytes && checked(bytes, offset, place, structure);
    },
  });
  function plain(bytes: Uint8Array, offset: number, at: ErrorPlace, structure: string): Cursor {
    return new Cursor(bytes, offset, superblock, at, structure);
  }
  function checked(bytes: Uint8Array, offset: number, at: ErrorPlace, structure: string): Cursor {
    return plain(verifyChecksum(bytes, { ...at, structure, offset }), offset, at, structure);
  }
  const file = fileOf({ file: source.name });
  if (superblock.extension !== UNDEFINED) await expectPlainFile(file, superblock.extension);
  return file;
}
