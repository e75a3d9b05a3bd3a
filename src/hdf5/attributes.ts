import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { H5File } from '../storage/h5.js';
import type { AttributeInput, AttributeOptions } from './attributes/attribute-input.js';
import { planAttribute } from './attributes/attribute-input.js';
import type { AttributeValue } from './attributes/attribute-value.js';
import { decodeAttribute, scalarOf } from './attributes/attribute-value.js';
import { modifyAttribute } from './attributes/modify-attribute.js';
import { writeAttribute } from './attributes/write-attribute.js';
import { describeValue } from './describe-value.js';
import { Empty } from './empty.js';
import { printAsText } from './inspect.js';
import { attributesRepr } from './repr.js';
import { dtypeOfStored } from './stored-dtype.js';

export type { AttributeInput, AttributeOptions } from './attributes/attribute-input.js';
export type {
  AttributeData,
  AttributeScalar,
  AttributeValue,
  Complex,
  CompoundValue,
} from './attributes/attribute-value.js';

const MAX_NAMES_LISTED = 20;

/**
 * The attributes of a file, group, dataset or named datatype: small values with a name; h5py's
 * `AttributeManager`. Iterates their names. Each change is made whole, or not at all.
 *
 * @example
 * dataset.attrs.set('units', 'cm');
 * dataset.attrs.get('units');                              // 'cm'
 * dataset.attrs.create('scale', 0.1, { dtype: 'float16' });
 * for (const [name, value] of dataset.attrs.entries()) console.log(name, value);
 */
export class Attributes implements Iterable<string> {
  static {
    printAsText(this);
  }

  readonly #file: H5File;
  readonly #path: string;

  /** @internal */
  constructor(file: H5File, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** How many there are. */
  get size(): number {
    return this.#names().length;
  }

  /**
   * A single value comes as a number (64-bit integers as `bigint`), boolean, text, `{ re, im }`, a
   * `Reference` or a record of a compound's fields; others as `{ data, shape, stride, dtype }`, and
   * what has no elements as `Empty`.
   *
   * @returns `undefined` when there is no such attribute
   * @throws UnsupportedByLibraryError for opaque, bit-field and time types, and floats beyond 64 bits
   */
  get(name: string): AttributeValue | undefined {
    const info = this.#file.attributeInfo(this.#path, name);
    if (info === undefined) return undefined;
    const { type, shape } = info;
    if (shape === null) return new Empty(dtypeOfStored(type));
    const value = this.#file.readAttributeElements(this.#path, name, (elements, memory) =>
      decodeAttribute(type, elements, shape, memory),
    );
    return value.shape.length === 0 ? scalarOf(value, type) : value;
  }

  /**
   * Creates an attribute, or replaces it, whatever its type was: h5py's `attrs[name] = value`.
   * Integers, also `1.0`, become int64 and other numbers float64; text becomes variable-length UTF-8.
   *
   * @throws InvalidOptionError for values that no attribute can hold, or in a file open for reading
   * @throws StorageError when HDF5 refuses: one of 64 KiB or more in an object that a version of
   *   HDF5 before 1.8 can read, as h5py's are by default
   */
  set(name: string, value: AttributeInput): void {
    this.create(name, value);
  }

  /**
   * As `set`, with a dtype or a shape of your own.
   *
   * @param options.shape must have as many elements as the data
   * @param options.dtype the data is converted to it as `cast` does: what doesn't fit is **silently**
   *   the nearest that does
   * @example attrs.create('ids', [1, 2, 3, 4], { dtype: '>u2', shape: [2, 2] });
   */
  create(name: string, data: AttributeInput, options: AttributeOptions = {}): void {
    checkName(name, this.#path);
    writeAttribute(this.#file, this.#path, name, planAttribute(data, options));
  }

  /**
   * Gives an attribute another value and keeps its dtype and shape; creates it where there is none.
   * A single value fits shape `[1]` and the other way round.
   *
   * @throws InvalidOptionError when the value has another shape, or the attribute is `Empty`
   */
  modify(name: string, value: AttributeInput): void {
    const info = this.#file.attributeInfo(this.#path, name);
    if (info === undefined) this.set(name, value);
    else modifyAttribute(this.#file, this.#path, name, info, value);
  }

  /** @throws NotFoundError when there is no such attribute: names those that are there */
  delete(name: string): void {
    const names = this.#names();
    if (!names.includes(name)) {
      const more = names.length > MAX_NAMES_LISTED ? `, … (${names.length} in all)` : '';
      throw new NotFoundError(`There is no attribute ${describeValue(name)}`, {
        place: { file: this.#file.path, dataset: this.#path },
        advice:
          names.length === 0
            ? 'The object has no attributes'
            : `There are: ${names.slice(0, MAX_NAMES_LISTED).join(', ')}${more}`,
      });
    }
    this.#file.deleteAttribute(this.#path, name);
  }

  has(name: string): boolean {
    return this.#names().includes(name);
  }

  /** In alphabetical order, or of creation where the object keeps it. */
  keys(): IterableIterator<string> {
    return this.#names().values();
  }

  *values(): IterableIterator<AttributeValue> {
    for (const name of this.#names()) yield this.get(name)!;
  }

  *entries(): IterableIterator<[string, AttributeValue]> {
    for (const name of this.#names()) yield [name, this.get(name)!];
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /** As h5py prints it, with the object's path instead of an address. */
  toString(): string {
    return attributesRepr(this.#file.closed ? null : this.#path);
  }

  #names(): string[] {
    return this.#file.attributeNames(this.#path);
  }
}

/** Callers without types may give anything. */
function checkName(name: unknown, path: string): void {
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return;
  throw new InvalidOptionError(
    `Expected the name of an attribute as text, not empty and without NUL, got ${describeValue(name)}`,
    { place: { dataset: path } },
  );
}
