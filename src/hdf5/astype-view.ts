import type { ArrayOf } from './array-data.js';
import { cast } from './cast.js';
import type { Dataset } from './dataset.js';
import type { DType } from './dtype.js';
import { ndArray } from './nd-array.js';
import type { NdArray } from './nd-array.js';
import type { Selection } from './selection.js';

/** A dataset whose elements are converted to another dtype when they are read. */
export class AsTypeView<Name extends string = string> {
  readonly #dataset: Dataset;
  readonly #dtype: DType;

  /** @internal Comes from `dataset.astype`. */
  constructor(dataset: Dataset, dtype: DType) {
    this.#dataset = dataset;
    this.#dtype = dtype;
  }

  /** As numpy's `dtype.str`. */
  get dtype(): string {
    return this.#dtype.str;
  }

  get shape(): readonly number[] | null {
    return this.#dataset.shape;
  }

  /**
   * Reads the selected elements. What doesn't fit the dtype is not an error: see `dataset.set`.
   *
   * @throws InvalidOptionError where there is no conversion: text to numbers, complex to real
   */
  get(selection?: Selection): NdArray<ArrayOf<Name>> {
    const { data, shape } = this.#dataset.get(selection);
    const { elementType } = this.#dataset;
    // Arrays as elements come as one array of what they are made of.
    const from = elementType.shape === undefined ? elementType : elementType.base!;
    const converted = cast(data, from, this.#dtype);
    return ndArray(converted as ArrayOf<Name>, shape, this.#dtype.str);
  }
}
