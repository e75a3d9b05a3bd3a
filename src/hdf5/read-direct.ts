import { rowMajorStrides } from '../chunking/chunk-grid.js';
import type { TypedArray } from '../chunking/typed-array.js';
import { InvalidOptionError } from '../errors.js';
import { allocate, entriesPerElement } from './array-data.js';
import { putIntoBox } from './block-copy.js';
import { cast } from './cast.js';
import { readBytes, readSelection } from './dataset-io.js';
import type { DatasetHandle } from './dataset-io.js';
import { describeValue } from './describe-value.js';
import type { DType } from './dtype.js';
import { parseDType } from './dtype-name.js';
import { shapeText } from './repr.js';
import { resolveSelection } from './resolve-selection.js';
import type { ResolvedSelection } from './resolve-selection.js';
import { selectionBlocks } from './selection-blocks.js';
import type { Selection } from './selection.js';
import { transferredDType } from './stored-dtype.js';
import { dtypeOfTypedArray, isTypedArray } from './values.js';

/**
 * Memory to read into: a typed array, whose shape is taken to be that of what is read, or one with
 * a shape and, where the array doesn't tell (`float16` lies in a `Float32Array`), a dtype.
 */
export type DirectOutput =
  | TypedArray
  | {
      readonly data: TypedArray;
      readonly shape: readonly number[];
      readonly dtype?: string;
    };

/** Reads a selection into given memory; see `Dataset.readDirect`. */
export function readDirect(
  dataset: DatasetHandle,
  source: ResolvedSelection,
  out: DirectOutput,
  dest: Selection | undefined,
): void {
  const target = targetOf(out, source);
  const place = { file: dataset.h5.path, dataset: dataset.path };
  const into = dest === undefined ? null : resolveSelection(dest, target.shape, place);
  const shape = into?.resultShape ?? target.shape;
  if (!sameElements(shape, source.resultShape)) {
    throw new InvalidOptionError(
      `Can't broadcast ${shapeText(source.resultShape)} -> ${shapeText(shape)}`,
      { place, advice: 'What is read and where it goes must have the same shape' },
    );
  }
  const run = into === null ? { first: 0, length: source.size } : contiguousRun(into);
  const { data, dtype } = target;
  if (run !== null && isStoredAs(dataset.dtype, dtype)) {
    const start = data.byteOffset + run.first * dtype.itemsize;
    const bytes = new Uint8Array(data.buffer, start, run.length * dtype.itemsize);
    readBytes(dataset, source, bytes);
    return;
  }
  const elements = cast(readSelection(dataset, source), dataset.dtype, dtype) as TypedArray;
  if (run !== null) {
    // Both arrays hold the same type: bigints in bigint arrays, numbers in the others.
    (data as Float64Array).set(elements as Float64Array, run.first * entriesPerElement(dtype));
  } else {
    const whole = { start: target.shape.map(() => 0), count: target.shape };
    const blocks = selectionBlocks(into!);
    putIntoBox(elements, data, whole, into!, blocks, entriesPerElement(dtype));
  }
}

interface Target {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

function targetOf(out: unknown, source: ResolvedSelection): Target {
  if (isTypedArray(out)) {
    const dtype = dtypeOfTypedArray(out);
    // One axis too many or too few would be a nuisance for plain memory of the right size.
    const shape = out.length === source.size ? source.resultShape : [out.length];
    return { data: out, shape, dtype };
  }
  const { data, shape, dtype: name } = (out ?? {}) as Partial<Record<string, unknown>>;
  if (!isTypedArray(data) || !Array.isArray(shape)) {
    throw new InvalidOptionError(
      `Expected a typed array, or { data, shape } with one, to read into, got ${describeValue(out)}`,
    );
  }
  const dtype = name === undefined ? dtypeOfTypedArray(data) : parseDType(name as string);
  const lengths = shape as readonly number[];
  const entries = lengths.reduce((total, length) => total * length, entriesPerElement(dtype));
  if (data.length !== entries) {
    throw new InvalidOptionError(
      `Shape ${shapeText(lengths)} of ${dtype.str} needs ${entries} entries of data, got ${data.length}`,
    );
  }
  const expected = allocate(dtype, 0);
  if (expected.constructor.name !== data.constructor.name) {
    throw new InvalidOptionError(
      `Memory for dtype '${dtype.str}' must be a ${expected.constructor.name}, got a ${data.constructor.name}`,
    );
  }
  return { data, shape: lengths, dtype };
}

/** Axes of length 1 make no difference, as in h5py. */
function sameElements(a: readonly number[], b: readonly number[]): boolean {
  const [mine, theirs] = [a, b].map((shape) => shape.filter((length) => length !== 1));
  return String(mine) === String(theirs);
}

/** Where a selection of memory is one run of elements. */
function contiguousRun(selection: ResolvedSelection): { first: number; length: number } | null {
  if (selection.kind !== 'hyperslab') return null;
  const { shape, start, count, stride } = selection;
  // Behind the first axis that is cut, all must be whole; before it, single.
  let cut = 0;
  while (cut < shape.length && count[cut] === 1) cut++;
  const whole = count.every((length, axis) => axis <= cut || length === shape[axis]);
  if (!whole || (stride[cut] ?? 1) !== 1) return null;
  const steps = rowMajorStrides(shape);
  const first = start.reduce((sum, at, axis) => sum + at * steps[axis]!, 0);
  return { first, length: selection.size };
}

/** Elements come from storage in the type that memory holds, in the machine's byte order. */
function isStoredAs(stored: DType, wanted: DType): boolean {
  const { kind, itemsize, byteOrder } = transferredDType(stored);
  const widened = kind === 'f' && itemsize === 2;
  return !widened && kind === wanted.kind && itemsize === wanted.itemsize && byteOrder !== '>';
}
