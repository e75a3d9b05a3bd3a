import { InvalidOptionError } from '../errors.js';
import type { Batch } from './batch.js';
import { integer } from './check-option.js';
import { expectHeld, expectLendable, noteLoan, type TfBackend } from './lending.js';

/** The part of `@tensorflow/tfjs-node` or `@tensorflow/tfjs` that makes tensors; `T` is its `Tensor`. */
export interface TfTensors<T> extends TfBackend {
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32'): T;
}

/** The part of tfjs that makes datasets; `S` is its `Dataset`. */
export interface TfData<T, S> extends TfTensors<T> {
  readonly data: { generator(make: () => AsyncIterator<TensorPair<T>>): S };
}

export interface TensorOptions {
  /**
   * The tensor uses the batch's memory instead of a copy. Default false. It is valid until the batch is
   * released (which it is as soon as the next is asked for, unless it is retained): dispose of it before,
   * and of all that was made of it without computing (`reshape`, `expandDims`, `clone`, …). Only for
   * float32 and int32 batches, on the backends `tensorflow` (tfjs-node) and `cpu`.
   *
   * The memory is used for another batch once the batch is released and the tensor and its clones are
   * disposed of: a tensor that is forgotten costs memory, but never shows other images. What
   * TensorFlow reshapes without copying is beyond our sight.
   */
  readonly lend?: boolean;
}

/** What a dataset for `fitDataset` yields. */
export type TensorPair<T> = Record<'xs' | 'ys', T>;

export interface DatasetOptions extends TensorOptions {
  /** The column that becomes `ys`: integers. Default `label`. */
  readonly label?: string;
  /** Number of classes: `ys` becomes float32 `[n, classes]`, one-hot. Default: `ys` is float32 `[n]`. */
  readonly oneHot?: number;
}

/**
 * A tensor of a batch's images: float32, or int32 for the dtypes uint8 and int32. By default a copy, so
 * that the batch may be released at any time: tfjs keeps the array that it is given.
 *
 * @param tf `@tensorflow/tfjs-node` or `@tensorflow/tfjs`
 * @throws ClosedError for a batch that was released
 * @throws InvalidOptionError for `lend` where the tensor can't use the batch's memory
 * @example
 * for await (const batch of loader) {
 *   const xs = toTensor(tf, batch, { lend: true }); // [32, 224, 224, 3], nothing copied
 *   …
 *   xs.dispose(); // before the next batch
 * }
 */
export function toTensor<T>(tf: TfTensors<T>, batch: Batch, options: TensorOptions = {}): T {
  const { images, dtype } = batch;
  const shape = [...batch.shape];
  expectHeld(batch);
  if (options.lend !== true) {
    return dtype === 'float32'
      ? tf.tensor(new Float32Array(images), shape, 'float32')
      : tf.tensor(new Int32Array(images), shape, 'int32');
  }
  expectLendable(tf, batch);
  const tensor = tf.tensor(
    images as Float32Array | Int32Array,
    shape,
    dtype === 'float32' ? 'float32' : 'int32',
  );
  noteLoan(tf, batch, tensor);
  return tensor;
}

/**
 * A `tf.data.Dataset` over a loader's batches. tfjs disposes of the tensors that it took; a batch is
 * released when the next is asked for. With `lend`, that must be after it was worked on: use the dataset
 * as it is, without `prefetch`, `shuffle` or `batch`.
 */
export function toDataset<T, S>(
  tf: TfData<T, S>,
  batches: AsyncIterable<Batch>,
  options: DatasetOptions = {},
): S {
  if (options.oneHot !== undefined) integer('oneHot', options.oneHot, 1);
  return tf.data.generator(() => tensorPairs(tf, batches, options));
}

async function* tensorPairs<T>(
  tf: TfTensors<T>,
  batches: AsyncIterable<Batch>,
  options: DatasetOptions,
): AsyncGenerator<TensorPair<T>, void, void> {
  for await (const batch of batches) {
    // The labels first: where they are missing, no tensor is left behind.
    const labels = labelsOf(batch, options);
    yield {
      xs: toTensor(tf, batch, options),
      ys: tf.tensor(labels.values, labels.shape, 'float32'),
    };
  }
}

function labelsOf(
  batch: Batch,
  { label = 'label', oneHot }: DatasetOptions,
): { values: Float32Array; shape: number[] } {
  const column = batch.columns[label];
  const count = batch.indices.length;
  if (column?.length !== count || typeof column[0] === 'string') {
    throw new InvalidOptionError(
      `Expected a column \`${label}\` with one number an image, got ${column === undefined ? `the columns ${Object.keys(batch.columns).join(', ') || '(none)'}` : 'another kind of column'}`,
      { advice: 'Name it with the loader option `columns`, for example { label: "/labels" }' },
    );
  }
  const integers = Array.from(column, Number);
  if (oneHot === undefined) return { values: Float32Array.from(integers), shape: [count] };
  const values = new Float32Array(count * oneHot);
  integers.forEach((value, row) => {
    if (!Number.isInteger(value) || value < 0 || value >= oneHot) {
      throw new InvalidOptionError(
        `Expected labels from 0 to ${oneHot - 1} for \`oneHot\` ${oneHot}, got \`${value}\``,
        { place: { image: batch.indices[row]! } },
      );
    }
    values[row * oneHot + value] = 1;
  });
  return { values, shape: [count, oneHot] };
}
