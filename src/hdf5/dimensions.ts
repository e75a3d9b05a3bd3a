import { InvalidOptionError } from '../errors.js';
import type { H5File } from '../storage/h5.js';
import { describeValue } from './describe-value.js';
import { printAsText } from './inspect.js';

/** What a dimension needs to know of a dataset. */
export interface NamedDataset {
  /** Absolute path. */
  readonly name: string;
}

/**
 * The dimensions of a dataset: h5py's `dataset.dims`. Each may have a label, and dimension scales:
 * datasets whose elements are its coordinates.
 *
 * @example
 * dataset.dims.at(0).label = 'time';
 * times.makeScale('seconds');
 * dataset.dims.at(0).attachScale(times);
 */
export class Dimensions<Dataset extends NamedDataset = NamedDataset> implements Iterable<
  Dimension<Dataset>
> {
  static {
    printAsText(this);
  }

  readonly #file: H5File;
  readonly #path: string;
  readonly #open: (path: string) => Dataset;

  /** @internal */
  constructor(file: H5File, path: string, open: (path: string) => Dataset) {
    this.#file = file;
    this.#path = path;
    this.#open = open;
  }

  /** How many there are: the dataset's rank. */
  get size(): number {
    return this.#file.dimensionLabels(this.#path).length;
  }

  /** @throws InvalidOptionError for an index that isn't from 0 to `size - 1` */
  at(index: number): Dimension<Dataset> {
    const { size } = this;
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new InvalidOptionError(
        `Index out of range: expected a dimension from 0 to ${size - 1}, got ${describeValue(index)}`,
        { place: { file: this.#file.path, dataset: this.#path } },
      );
    }
    return new Dimension(this.#file, this.#path, index, this.#open);
  }

  *[Symbol.iterator](): Generator<Dimension<Dataset>> {
    const { size } = this;
    for (let index = 0; index < size; index++) yield this.at(index);
  }

  toString(): string {
    if (this.#file.closed) return '<Dimensions of closed HDF5 dataset>';
    return `<Dimensions of HDF5 object at ${this.#path}>`;
  }
}

/** One dimension of a dataset; iterates the names of its scales. */
export class Dimension<Dataset extends NamedDataset = NamedDataset> implements Iterable<string> {
  static {
    printAsText(this);
  }

  readonly #file: H5File;
  readonly #path: string;
  readonly #index: number;
  readonly #open: (path: string) => Dataset;

  /** @internal */
  constructor(file: H5File, path: string, index: number, open: (path: string) => Dataset) {
    this.#file = file;
    this.#path = path;
    this.#index = index;
    this.#open = open;
  }

  /** `''` if it has none. */
  get label(): string {
    return this.#file.dimensionLabels(this.#path)[this.#index] ?? '';
  }

  set label(label: string) {
    requireText(label, 'the label of a dimension');
    this.#file.setDimensionLabel(this.#path, this.#index, label);
  }

  /** How many scales are attached. */
  get size(): number {
    return this.#scales().length;
  }

  /**
   * Attaches a scale; a dataset that isn't one yet becomes one. Attaching again does nothing.
   *
   * @throws StorageError when the dataset has scales itself, or is its own scale
   */
  attachScale(scale: NamedDataset): void {
    this.#file.attachScale(this.#path, this.#index, pathOf(scale));
  }

  /** @throws StorageError when the scale isn't attached to this dimension */
  detachScale(scale: NamedDataset): void {
    this.#file.detachScale(this.#path, this.#index, pathOf(scale));
  }

  /** Names of the scales, `''` where one has none. */
  keys(): string[] {
    return this.#scales().map((path) => this.#file.scaleName(path) ?? '');
  }

  values(): Dataset[] {
    return this.#scales().map((path) => this.#open(path));
  }

  /** h5py's `items()`. */
  entries(): [string, Dataset][] {
    const values = this.values();
    return this.keys().map((name, at) => [name, values[at]!]);
  }

  /**
   * @param key the name of a scale, or its number; `-1` is the last
   * @returns `undefined` when there is no such scale
   */
  get(key: string | number): Dataset | undefined {
    const paths = this.#scales();
    const path =
      typeof key === 'number'
        ? paths.at(key)
        : paths.find((candidate) => this.#file.scaleName(candidate) === key);
    return path === undefined ? undefined : this.#open(path);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.keys()[Symbol.iterator]();
  }

  toString(): string {
    if (this.#file.closed) return '<Dimension of closed HDF5 dataset>';
    return `<"${this.label}" dimension ${this.#index} of HDF5 dataset at ${this.#path}>`;
  }

  #scales(): string[] {
    return this.#file.attachedScales(this.#path, this.#index);
  }
}

/**
 * Turns a dataset into a dimension scale: h5py's `make_scale`.
 *
 * @param name default: none
 * @throws StorageError when it has scales itself
 */
export function makeScale(file: H5File, path: string, name = ''): void {
  requireText(name, 'the name of a scale');
  file.makeScale(path, name);
}

/** h5py's `is_scale`. */
export function isScale(file: H5File, path: string): boolean {
  return file.scaleName(path) !== null;
}

function requireText(text: unknown, what: string): void {
  if (typeof text === 'string' && !text.includes('\0')) return;
  throw new InvalidOptionError(`Expected ${what} as text without NUL, got ${describeValue(text)}`);
}

/** Callers without types may give anything. */
function pathOf(scale: NamedDataset | null | undefined): string {
  const name: unknown = scale?.name;
  if (typeof name === 'string') return name;
  throw new InvalidOptionError(`Expected a dataset as scale, got ${describeValue(scale)}`);
}
