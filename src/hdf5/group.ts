import { InvalidOptionError, locate, StorageError } from '../errors.js';
import { prepareDataset } from './creation/create-dataset.js';
import type { CreateDatasetOptions } from './creation/dataset-options.js';
import { planDataset } from './creation/dataset-options.js';
import { canCast } from './can-cast.js';
import { Dataset } from './dataset.js';
import { datasetHandle, writeSelection } from './dataset-io.js';
import { Datatype } from './datatype.js';
import { describeValue } from './describe-value.js';
import { isText } from './dtype.js';
import type { DType } from './dtype.js';
import { parseDType } from './dtype-name.js';
import type { Empty } from './empty.js';
import { Hdf5Object } from './hdf5-object.js';
import { ExternalLink, HardLink, SoftLink } from './link-classes.js';
import { moveLink, removeLink } from './links/index.js';
import type { ArrayInput } from './nd-array.js';
import { notFound, objectPath, parentPath } from './object-path.js';
import { dereference, Reference } from './reference.js';
import { groupRepr, shapeText } from './repr.js';
import { resolveSelection } from './resolve-selection.js';
import { ELLIPSIS } from './selection.js';

/** What a name in a group can lead to. */
export type GroupMember = Group | Dataset | Datatype;

/**
 * A folder of datasets and groups: h5py's `Group`. Names may be paths, relative to the group or,
 * with a `/` in front, to the file. As h5py's, iterating gives names, in alphabetical order.
 */
export class Group extends Hdf5Object implements Iterable<string> {
  /** How many names it holds: h5py's `len(group)`. */
  get size(): number {
    return this.context.h5.names(this.name).length;
  }

  /**
   * What is at `name`, or `undefined`: h5py's `group.get(name)`. `dataset` and `group` say what
   * they expect, and fail if it isn't there.
   *
   * @param name or a reference to an object
   */
  get(name: string | Reference): GroupMember | undefined {
    const path = this.#pathOf(name);
    switch (this.context.h5.kindOf(path)) {
      case 'group':
        return new Group(this.context, path);
      case 'dataset':
        return new Dataset(this.context, path);
      case 'datatype':
        return new Datatype(this.context, path);
      default:
        return undefined;
    }
  }

  /**
   * The dataset at `name`: h5py's `group[name]`.
   *
   * @param dtype what its elements must be, so that TypeScript knows the arrays that it reads
   * @throws NotFoundError naming the nearest group that is there and what it holds;
   *   InvalidOptionError when it is no dataset, or of another dtype
   * @example file.dataset('images', 'uint8').get(0).data // Uint8Array
   */
  dataset<const Name extends string = string>(
    name: string | Reference,
    dtype?: Name,
  ): Dataset<Name> {
    const found = this.#require(name);
    if (!(found instanceof Dataset)) throw this.#notA('dataset', found);
    if (dtype !== undefined && !isNamed(parseDType(dtype), found.elementType)) {
      throw new InvalidOptionError(
        `Expected a dataset of dtype '${dtype}', found '${found.dtype}'`,
        { place: this.#place(found.name), advice: 'Read it as it is, or through astype()' },
      );
    }
    return found as Dataset<Name>;
  }

  /** The group at `name`: h5py's `group[name]`. Errors as {@link dataset}. */
  group(name: string | Reference): Group {
    const found = this.#require(name);
    if (!(found instanceof Group)) throw this.#notA('group', found);
    return found;
  }

  /**
   * Gives something a name, as h5py's `group[name] = value`: an object a further (hard) link, a
   * link itself; of anything else a dataset is made. The name must be free.
   *
   * @example
   * file.set('numbers', [1, 2, 3]);
   * file.set('latest', new SoftLink('/numbers'));
   */
  set(name: string, value: ArrayInput | Empty | GroupMember | SoftLink | ExternalLink): void {
    const { h5 } = this.context;
    if ((value as unknown) === undefined) {
      throw new InvalidOptionError('Expected an object, a link or data, got undefined', {
        place: this.#place(this.#pathOf(name)),
      });
    }
    if (value instanceof Hdf5Object) {
      if (value.context !== this.context) {
        throw new InvalidOptionError('A hard link must stay in its file', {
          place: this.#place(this.#pathOf(name)),
          advice: 'Use new ExternalLink(filename, path)',
        });
      }
      // There, and in this file: found out before groups are made.
      h5.objectAddress(value.name);
      h5.createHardLink(this.#free(name, 'link'), value.name);
    } else if (value instanceof SoftLink) {
      h5.createSoftLink(this.#free(name, 'link'), value.path);
    } else if (value instanceof ExternalLink) {
      h5.createExternalLink(this.#free(name, 'link'), value.filename, value.path);
    } else {
      this.createDataset(name, { data: value });
    }
  }

  /**
   * Whether there is something of this name: h5py's `name in group`. That is also a link that leads
   * nowhere; `get` tells whether there is an object. Nothing is in a closed file.
   */
  has(name: string | Reference): boolean {
    if (this.closed || name === '') return false;
    if (name instanceof Reference) return this.get(name) !== undefined;
    const path = this.#pathOf(name);
    return path === '/' || this.context.h5.linkOf(path) !== undefined;
  }

  /**
   * The link at `name` itself, not followed: h5py's `group.get(name, getlink=True)`.
   */
  getLink(name: string): HardLink | SoftLink | ExternalLink | undefined {
    const link = this.context.h5.linkOf(this.#pathOf(name));
    switch (link?.kind) {
      case undefined:
        return undefined;
      case 'soft':
        return new SoftLink(link.target);
      case 'external':
        return new ExternalLink(link.file, link.target);
      default:
        return new HardLink();
    }
  }

  /** The names of its members, in alphabetical order; also of links that lead nowhere. */
  keys(): IterableIterator<string> {
    return this.#eachOf(this.context.h5.names(this.name));
  }

  /** Its members; `undefined` for a link that leads nowhere. */
  *values(): IterableIterator<GroupMember | undefined> {
    for (const name of this.keys()) yield this.get(name);
  }

  /** Names with members: h5py's `items()`. */
  *entries(): IterableIterator<[string, GroupMember | undefined]> {
    for (const name of this.keys()) yield [name, this.get(name)];
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /**
   * Creates a dataset, and the groups before its name. The elements come from `data`, or are not
   * written at all: a dataset of any size is made at once and takes no room until it is filled.
   *
   * @throws InvalidOptionError naming the option; StorageError when the name is taken;
   *   UnsupportedByLibraryError for what h5wasm can't create. The file stays as it was.
   * @example
   * file.createDataset('images', {
   *   shape: [0, 224, 224, 3], maxshape: [null, 224, 224, 3], chunks: [1, 224, 224, 1],
   *   dtype: 'uint8',
   * });
   */
  createDataset<const Name extends string = string>(
    name: string,
    options: CreateDatasetOptions<Name>,
  ): Dataset<Name> {
    const path = this.#free(name, 'dataset', false);
    const { create, data } = planDataset(path, options);
    const make = locate(this.#place(path), () => prepareDataset(path, create));
    this.#createParents(path);
    make(this.context.h5);
    if (data !== null && create.shape !== null) {
      writeSelection(
        datasetHandle(this.context.h5, path),
        resolveSelection(ELLIPSIS, create.shape),
        data,
      );
    }
    return new Dataset<Name>(this.context, path);
  }

  /**
   * The dataset at `name`, created if there is none. One that is there must have the shape and a
   * dtype to which `dtype` converts safely (`exact`: the same).
   *
   * @throws InvalidOptionError with h5py's words when it doesn't fit
   */
  requireDataset<const Name extends string>(
    name: string,
    options: CreateDatasetOptions<Name> & {
      readonly shape: number | readonly number[];
      readonly dtype: Name | DType;
      readonly exact?: boolean;
    },
  ): Dataset<Name> {
    const { exact = false, ...creation } = options;
    const found = this.get(name);
    if (found === undefined) return this.createDataset(name, creation);
    if (!(found instanceof Dataset)) throw this.#incompatible(found);
    const fail = (message: string): InvalidOptionError =>
      new InvalidOptionError(message, { place: this.#place(found.name) });
    const shape = typeof options.shape === 'number' ? [options.shape] : options.shape;
    if (String(shape) !== String(found.shape)) {
      const existing = found.shape === null ? 'None' : shapeText(found.shape);
      throw fail(`Shapes do not match (existing ${existing} vs new ${shapeText(shape)})`);
    }
    const wanted = parseDType(options.dtype);
    if (exact && wanted.str !== found.dtype) {
      throw fail(`Datatypes do not exactly match (existing ${found.dtype} vs new ${wanted.str})`);
    }
    if (!canCast(wanted, found.elementType)) {
      throw fail(`Datatypes cannot be safely cast (existing ${found.dtype} vs new ${wanted.str})`);
    }
    return found as Dataset<Name>;
  }

  /** Creates a group, and the groups before its name. */
  createGroup(name: string): Group {
    const path = this.#free(name, 'group');
    this.context.h5.createGroup(path);
    return new Group(this.context, path);
  }

  /** The group at `name`, created if there is none. */
  requireGroup(name: string): Group {
    const found = this.get(name);
    if (found === undefined) return this.createGroup(name);
    if (found instanceof Group) return found;
    throw this.#incompatible(found);
  }

  /**
   * Takes a name away: h5py's `del group[name]`. The room of an object without a name is not used
   * again (as with h5py, `h5repack` makes the file smaller).
   *
   * @throws NotFoundError when there is no such name
   */
  delete(name: string): void {
    removeLink(this.context.h5, this.#pathOf(name));
  }

  /** Renames: moves the link at `source`, a path in this group, to `dest`, another. */
  move(source: string, dest: string): void {
    const [from, to] = [this.#pathOf(source), this.#pathOf(dest)];
    if (from === to) return;
    moveLink(this.context.h5, from, to);
  }

  /**
   * Calls `visitor` with the name, relative to this group, of every object below it, once each,
   * and ends when it returns something. As h5py's, it doesn't follow soft and external links, and
   * goes by the alphabet also where a group keeps the order in which its members were made.
   *
   * @returns what the last call returned
   */
  visit<Result>(visitor: (name: string) => Result | undefined): Result | undefined {
    return this.visititems((name) => visitor(name));
  }

  /** As `visit`; the visitor gets the object too. */
  visititems<Result>(
    visitor: (name: string, object: GroupMember) => Result | undefined,
  ): Result | undefined {
    for (const [name, object] of this.#below('', new Set([this.#address(this.name)]))) {
      const result = visitor(name, object);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  override toString(): string {
    return groupRepr(this.name, this.closed ? null : this.size);
  }

  *#eachOf(names: readonly string[]): Generator<string, undefined> {
    for (const name of names) {
      yield name;
      // Says so as any other call does.
      if (this.closed) this.context.h5.names(this.name);
    }
    return undefined;
  }

  *#below(prefix: string, seen: Set<bigint>): Generator<[string, GroupMember]> {
    for (const name of [...this.keys()].sort(byBytes)) {
      if (!(this.getLink(name) instanceof HardLink)) continue;
      const object = this.#require(name);
      const address = this.#address(object.name);
      if (seen.has(address)) continue;
      seen.add(address);
      yield [prefix + name, object];
      if (object instanceof Group) yield* object.#below(`${prefix}${name}/`, seen);
    }
  }

  #address(path: string): bigint {
    return this.context.h5.objectAddress(path);
  }

  #pathOf(name: string | Reference): string {
    if (name instanceof Reference) return dereference(this.context.h5, name);
    return objectPath(this.name, name);
  }

  #require(name: string | Reference): GroupMember {
    const found = this.get(name);
    if (found === undefined) throw notFound(this.context.h5, this.#pathOf(name));
    return found;
  }

  /** A name for something new; the groups before it are made. */
  #free(name: string, what: string, makeParents = true): string {
    const path = objectPath(this.name, name);
    const taken = this.context.h5.linkOf(path);
    if (taken !== undefined || path === '/') {
      throw new StorageError(
        `Could not create the ${what}: the name is taken by ${this.get(path)?.toString() ?? 'a link'}`,
        {
          place: this.#place(path),
          ...(what === 'dataset'
            ? {
                advice: 'Elements change by dataset.set(selection, value); delete() frees the name',
              }
            : {}),
        },
      );
    }
    this.#checkParents(path);
    if (makeParents) this.#createParents(path);
    return path;
  }

  #checkParents(path: string): void {
    for (let parent = parentPath(path); parent !== '/'; parent = parentPath(parent)) {
      const found = this.get(parent);
      if (found !== undefined && !(found instanceof Group)) throw this.#incompatible(found);
      // A link that leads nowhere: no group can be made in its place.
      if (found === undefined && this.has(parent)) throw notFound(this.context.h5, parent);
    }
  }

  #createParents(path: string): void {
    const parent = parentPath(path);
    if (this.context.h5.kindOf(parent) === 'group') return;
    this.#createParents(parent);
    this.context.h5.createGroup(parent);
  }

  #notA(expected: string, found: GroupMember): InvalidOptionError {
    return new InvalidOptionError(`Expected a ${expected}, found ${found.toString()}`, {
      place: this.#place(found.name),
    });
  }

  #incompatible(found: GroupMember): InvalidOptionError {
    return new InvalidOptionError(
      `Incompatible object (${found.constructor.name}) already exists`,
      { place: this.#place(found.name) },
    );
  }

  #place(path: unknown): { file: string; dataset: string } {
    return {
      file: this.context.h5.path,
      dataset: typeof path === 'string' ? path : describeValue(path),
    };
  }
}

/** HDF5's order of names. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether a dtype with a name of its own is that of a dataset; text is, however it is encoded. */
function isNamed(wanted: DType, found: DType): boolean {
  return (
    wanted.str === found.str &&
    wanted.reference === found.reference &&
    isText(wanted) === isText(found)
  );
}
