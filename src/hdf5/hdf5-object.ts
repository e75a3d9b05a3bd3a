import { NotFoundError, UnsupportedByLibraryError } from '../errors.js';
import type { H5File } from '../storage/h5.js';
import { Attributes } from './attributes.js';
import type { File } from './file.js';
import type { Group } from './group.js';
import { referenceTo } from './reference.js';
import type { Reference } from './reference.js';
import { parentPath } from './object-path.js';
import { printAsText } from './inspect.js';

/** What the objects of one open file share. */
export interface FileContext {
  readonly h5: H5File;
  /** Set once, by the file itself. */
  file?: File;
}

/** What files, groups, datasets and named datatypes have in common: h5py's `HLObject`. */
export abstract class Hdf5Object {
  static {
    printAsText(this);
  }

  /** @internal */
  declare readonly context: FileContext;
  /** The path by which it was reached, from the root group: `/a/b`. */
  readonly name: string;

  /** @internal Objects come from `File.open`, `group.get` and the like. */
  constructor(context: FileContext, name: string) {
    // Not enumerable: the object can be turned into JSON, or compared by a test.
    Object.defineProperty(this, 'context', { value: context });
    this.name = name;
  }

  /** The file that it is in. */
  get file(): File {
    return this.context.file!;
  }

  /** The group that it is in; the root group is in itself. */
  get parent(): Group {
    return this.file.group(parentPath(this.name));
  }

  get attrs(): Attributes {
    return new Attributes(this.context.h5, this.name);
  }

  /** A reference to it, which an attribute can hold; `group.get(reference)` follows it. */
  get ref(): Reference {
    return referenceTo(this.context.h5, this.name);
  }

  /**
   * Whether both are the same object of the same file, by whatever names they were reached: h5py's
   * `==`. Objects of other files, behind external links, are compared by the names they were
   * reached by.
   */
  equals(other: unknown): boolean {
    if (this === other) return true;
    if (!(other instanceof Hdf5Object) || this.closed || other.closed) return false;
    if (this.context.h5.path !== other.context.h5.path) return false;
    if (this.name === other.name) return true;
    const address = this.#address();
    return address !== null && address === other.#address();
  }

  /** Whether its file has been closed. */
  get closed(): boolean {
    return this.context.h5.closed;
  }

  /** `null` in another file. */
  #address(): bigint | null {
    try {
      return this.context.h5.objectAddress(this.name);
    } catch (error) {
      if (error instanceof UnsupportedByLibraryError || error instanceof NotFoundError) return null;
      throw error;
    }
  }

  /** As h5py prints it. */
  abstract toString(): string;
}
