import { InvalidOptionError } from '../errors.js';
import type { Batch } from './batch.js';

/** The part of `@tensorflow/tfjs-node` or `@tensorflow/tfjs` that makes tensors; `T` is its `Tensor`. */
export interface TfTensors<T> {
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32'): T;
}

/** The part of tfjs that makes datasets; `S` is its `Dataset`. */
export interface TfData<T, S> extends TfTensors<T> {
  readonly data: { generator(make: () => AsyncIterator<TensorPair<T>>): S };
}

/** What a dataset for `fitDataset` yields. */
export type TensorPair<T> = Record<'xs' | 'ys', T>;

export interface DatasetOptions {
  /** The column that becomes `ys`: integers. Default `label`. */
  readonly label?: string;
  /** Number of classes: `ys` becomes float32 `[n, classes]`, one-hot. Default: `ys` is float32 `[n]`. */
  readonly oneHot?: number;
}

/**
 * Copies a batch's images into a tensor: float32, or int32 for the dtypes uint8 and int32. The batch may
 * be released afterwards: tfjs keeps the array that it is given, so it is given a copy.
 *
 * @param tf `@tensorflow/tfjs-node` or `@tensorflow/tfjs`
 * @example
 * for await (const batch of loader) {
 *   const xs = toTensor(tf, batch); // [32, 224, 224, 3]
 *   …
 *   xs.dispose();
 * }
 */
export function toTensor<T>(tf: TfTensors<T>, batch: Batch): T {
  const { images, dtype } = batch;
  return dtype === 'float32'
    ? tf.tensor(new Float32Array(images), [...batch.shape], 'float32')
    : tf.tensor(new Int32Array(images), [...batch.shape], 'int32');
}

/**
 * A `tf.data.Dataset` over a loader's batches. tfjs disposes of the tensors that it took; batches are
 * released as soon as they are copied.
 */
export function toDataset<T, S>(
  tf: TfData<T, S>,
  batches: AsyncIterable<Batch>,
  options: DatasetOptions = {},
): S {
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
    yield { xs: toTensor(tf, batch), ys: tf.tensor(labels.values, labels.shape, 'float32') };
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
