import path from 'node:path';
import { InvalidOptionError } from '../errors.js';
import { openH5 } from '../storage/h5.js';
import type { Durability, H5File, LibraryVersion } from '../storage/h5.js';
import { describeValue } from './describe-value.js';
import { Group } from './group.js';
import type { FileContext } from './hdf5-object.js';
import { fileRepr } from './repr.js';

/**
 * | mode        | meaning                                             |
 * |-------------|-----------------------------------------------------|
 * | `r`         | read; the file must exist (default)                 |
 * | `r+`        | read and write; the file must exist                 |
 * | `w`         | create; an existing file is emptied                 |
 * | `w-` or `x` | create; an existing file is an error                |
 * | `a`         | read and write; created if it doesn't exist         |
 */
export type FileMode = 'r' | 'r+' | 'w' | 'w-' | 'x' | 'a';

const modes: readonly string[] = ['r', 'r+', 'w', 'w-', 'x', 'a'] satisfies FileMode[];

export interface FileOptions {
  /**
   * Oldest and newest HDF5 version whose structures may be written; default `['v110', 'v110']`:
   * HDF5 1.10 and h5py 2.8 can read them.
   */
  readonly libver?: readonly [LibraryVersion, LibraryVersion];
  /**
   * Lets the file go from commit to commit: `flush` and `close` are commits, and whatever happens in
   * between (the process is killed), the file is at the last one. Only one process at a time may
   * write the file then. Changes to what is committed are held in memory until the next commit, up
   * to 256 MiB. Default: false, as h5py.
   */
  readonly journal?: boolean;
  /**
   * What a commit survives: `process` (default) the death of the process, `full` also a power
   * failure, which costs some fsyncs a commit.
   */
  readonly durability?: Durability;
}

/**
 * An HDF5 file, which is also its root group: h5py's `File`. Opening waits for the library to
 * load; everything after that is synchronous.
 *
 * @example
 * using file = await File.open('data.h5', 'w');
 * file.set('numbers', [[1, 2], [3, 4]]);
 * file.dataset('numbers').get(':, 0').data; // BigInt64Array [1n, 3n]
 */
export class File extends Group implements Disposable {
  /**
   * Opens a file, by default for reading.
   *
   * @throws NotFoundError when there is no file; CorruptFileError when it isn't HDF5, or truncated;
   *   StorageError when it exists (`w-`, `x`), is a directory, may not be read or written, or is
   *   open for writing elsewhere
   */
  static async open(name: string, mode: FileMode = 'r', options: FileOptions = {}): Promise<File> {
    if (typeof name !== 'string' || name === '') {
      throw new InvalidOptionError(`Expected the path of an HDF5 file, got ${describeValue(name)}`);
    }
    if (!modes.includes(mode)) {
      throw new InvalidOptionError(
        `Invalid mode; must be one of ${modes.join(', ')}, got ${describeValue(mode)}`,
        { place: { file: path.resolve(name) } },
      );
    }
    const h5 = await openH5(name, mode === 'x' ? 'w-' : mode, {
      durability: 'process',
      ...options,
    });
    return new File({ h5 }, name);
  }

  /** As it was given. */
  readonly filename: string;

  private constructor(context: FileContext, filename: string) {
    super(context, '/');
    this.filename = filename;
    context.file = this;
  }

  /** `r` or `r+`. */
  get mode(): 'r' | 'r+' {
    return this.#h5.writable ? 'r+' : 'r';
  }

  /** Hands everything written so far to the operating system. With a journal, a commit. */
  flush(): void {
    this.#h5.flush();
  }

  /** Writes everything out and closes; its objects can't be used any more. Again: does nothing. */
  close(): void {
    this.#h5.closeSync();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  override toString(): string {
    return fileRepr(this.filename, this.closed ? null : this.mode);
  }

  get #h5(): H5File {
    return this.context.h5;
  }
}
