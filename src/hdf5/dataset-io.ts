import type { TypedArray } from '../chunking/typed-array.js';
import { UnsupportedByLibraryError } from '../errors.js';
import type { H5Box, H5File } from '../storage/h5.js';
import type { ArrayData } from './array-data.js';
import { placeBlock, putIntoBox, takeBlock, takeFromBox } from './block-copy.js';
import { groupBlocks } from './block-groups.js';
import { unwritablePart } from './dtype.js';
import type { DType } from './dtype.js';
import { decodeElements, encodeElements } from './element-bytes.js';
import type { ResolvedSelection } from './resolve-selection.js';
import { selectionBlocks } from './selection-blocks.js';
import { splitBox } from './split-box.js';
import { dtypeOfStored, transferredDType } from './stored-dtype.js';
import { sizeOf } from './shape.js';

/** A dataset as reading and writing need it. */
export interface DatasetHandle {
  readonly h5: H5File;
  readonly path: string;
  readonly dtype: DType;
  /** `null`: it has no elements at all. */
  readonly shape: readonly number[] | null;
  readonly chunkShape: readonly number[] | null;
}

export function datasetHandle(h5: H5File, path: string): DatasetHandle {
  const { type, shape, chunkShape } = h5.dataset(path);
  return { h5, path, dtype: dtypeOfStored(type), shape, chunkShape };
}

/** Bytes that HDF5 gets to move in one call. */
const LARGEST_CALL = 32 * 1024 * 1024;
/** Strings likewise. */
const MOST_STRINGS = 64 * 1024;

/** Reads the selected elements in the selection's order. */
export function readSelection(dataset: DatasetHandle, selection: ResolvedSelection): ArrayData {
  const { dtype } = dataset;
  if (isVariable(dtype)) {
    requireElements(dataset);
    return dtype.base === undefined
      ? readVariable(dataset, selection, (box) => dataset.h5.readText(dataset.path, box))
      : readSequences(dataset, selection, transferredDType(dtype.base));
  }
  // Arrays as elements are one array of what they are made of.
  const stored = dtype.shape === undefined ? dtype : dtype.base!;
  return decodeElements(readBytes(dataset, selection), transferredDType(stored));
}

/** Writes elements of the dataset's dtype, in the selection's order. */
export function writeSelection(
  dataset: DatasetHandle,
  selection: ResolvedSelection,
  data: ArrayData,
): void {
  const { dtype } = dataset;
  requireElements(dataset);
  requireWritable(dataset);
  if (isVariable(dtype)) writeStrings(dataset, selection, data as string[]);
  else writeBytes(dataset, selection, encodeElements(data, transferredDType(dtype)));
}

/**
 * Reads the selected elements as storage hands them over: see {@link transferredDType}.
 *
 * @param into where they go: `selection.size` elements; default: new memory
 */
export function readBytes(
  dataset: DatasetHandle,
  selection: ResolvedSelection,
  into?: Uint8Array,
): Uint8Array {
  requireElements(dataset);
  const { itemsize } = dataset.dtype;
  const all = into ?? new Uint8Array(selection.size * itemsize);
  if (selection.kind === 'hyperslab') {
    readBox(dataset, selection, selection.stride, all);
    return all;
  }
  const size = wordSize(itemsize, all.byteOffset);
  const [words, entries] = [wordsOf(all, size), itemsize / size];
  for (const { box, blocks } of groupBlocks(selectionBlocks(selection), itemsize)) {
    const [first] = blocks;
    const single = blocks.length === 1;
    const from = single ? first! : { ...box, stride: box.start.map(() => 1) };
    const part = new Uint8Array(sizeOf(from.count) * itemsize);
    readBox(dataset, from, from.stride, part);
    const source = wordsOf(part, size);
    if (single) placeBlock(source, words, selection, first!, entries);
    else takeFromBox(source, box, words, selection, blocks, entries);
  }
  return all;
}

function writeBytes(dataset: DatasetHandle, selection: ResolvedSelection, all: Uint8Array): void {
  const { itemsize } = dataset.dtype;
  if (selection.kind === 'hyperslab') {
    writeBox(dataset, selection, selection.stride, all);
    return;
  }
  const size = wordSize(itemsize, all.byteOffset);
  const [words, entries] = [wordsOf(all, size), itemsize / size];
  for (const { box, blocks } of groupBlocks(selectionBlocks(selection), itemsize)) {
    const [first] = blocks;
    if (blocks.length === 1) {
      const part = new Uint8Array(sizeOf(first!.count) * itemsize);
      takeBlock(words, wordsOf(part, size), selection, first!, entries);
      writeBox(dataset, first!, first!.stride, part);
      continue;
    }
    // What lies between the blocks is read, and written back as it was.
    const stride = box.start.map(() => 1);
    const part = new Uint8Array(sizeOf(box.count) * itemsize);
    readBox(dataset, box, stride, part);
    putIntoBox(words, wordsOf(part, size), box, selection, blocks, entries);
    writeBox(dataset, box, stride, part);
  }
}

interface Box {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

function readBox(
  dataset: DatasetHandle,
  box: Box,
  stride: readonly number[],
  into: Uint8Array,
): void {
  for (const { part, bytes } of transfers(dataset, box, stride, into)) {
    dataset.h5.readElements(dataset.path, part, bytes);
  }
}

function writeBox(
  dataset: DatasetHandle,
  box: Box,
  stride: readonly number[],
  all: Uint8Array,
): void {
  for (const { part, bytes } of transfers(dataset, box, stride, all)) {
    dataset.h5.writeElements(dataset.path, part, bytes);
  }
}

/** The parts of a box that go in one call each, and where their elements lie in memory. */
function* transfers(
  { dtype: { itemsize }, chunkShape }: DatasetHandle,
  box: Box,
  stride: readonly number[],
  memory: Uint8Array,
): Generator<{ part: H5Box; bytes: Uint8Array }> {
  for (const { start, count, first } of splitBox(box, stride, limitOf(itemsize), chunkShape)) {
    const from = first * itemsize;
    const bytes = memory.subarray(from, from + sizeOf(count) * itemsize);
    yield { part: { start, count, stride }, bytes };
  }
}

function limitOf(itemsize: number): number {
  return Math.max(1, Math.floor(LARGEST_CALL / itemsize));
}

/** What is of variable length comes one by one. */
function readVariable<T>(
  { chunkShape }: DatasetHandle,
  selection: ResolvedSelection,
  read: (box: H5Box) => readonly T[],
): T[] {
  const all = new Array<T>(selection.size);
  for (const block of selectionBlocks(selection)) {
    const part: T[] = [];
    for (const { start, count } of splitBox(block, block.stride, MOST_STRINGS, chunkShape)) {
      for (const item of read({ start, count, stride: block.stride })) part.push(item);
    }
    placeBlock(part, all, selection, block);
  }
  return all;
}

function readSequences(
  dataset: DatasetHandle,
  selection: ResolvedSelection,
  base: DType,
): TypedArray[] {
  const { h5, path } = dataset;
  return readVariable(dataset, selection, (box) =>
    h5.readSequences(path, box).map((bytes) => decodeElements(bytes, base) as TypedArray),
  );
}

function writeStrings(
  { h5, path, chunkShape }: DatasetHandle,
  selection: ResolvedSelection,
  all: readonly string[],
): void {
  for (const block of selectionBlocks(selection)) {
    const part = new Array<string>(sizeOf(block.count));
    takeBlock(all, part, selection, block);
    for (const piece of splitBox(block, block.stride, MOST_STRINGS, chunkShape)) {
      const { start, count, first } = piece;
      const strings = part.slice(first, first + sizeOf(count));
      h5.writeText(path, { start, count, stride: block.stride }, strings);
    }
  }
}

/** Bytes of the words in which elements are copied, faster than byte by byte. */
function wordSize(itemsize: number, byteOffset: number): 1 | 2 | 4 {
  if (itemsize % 4 === 0 && byteOffset % 4 === 0) return 4;
  return itemsize % 2 === 0 && byteOffset % 2 === 0 ? 2 : 1;
}

function wordsOf(bytes: Uint8Array, size: 1 | 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, length } = bytes;
  if (size === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  return size === 2 ? new Uint16Array(buffer, byteOffset, length / 2) : bytes;
}

function requireElements({ h5, path, dtype }: DatasetHandle): void {
  const known = hasElements(dtype);
  if (known) return;
  throw new UnsupportedByLibraryError(`elements of type '${dtype.str}' (no numbers or strings)`, {
    place: { file: h5.path, dataset: path },
  });
}

function requireWritable({ h5, path, dtype }: DatasetHandle): void {
  const unwritable = unwritablePart(dtype);
  if (unwritable === null) return;
  throw new UnsupportedByLibraryError(`writing ${unwritable}`, {
    place: { file: h5.path, dataset: path },
  });
}

/** Elements that are pointers, each to so many bytes. */
function isVariable({ kind, reference }: DType): boolean {
  return kind === 'O' && reference === undefined;
}

function hasElements(dtype: DType): boolean {
  const { kind, itemsize, encoding, fields, base, shape, opaque, reference } = dtype;
  switch (kind) {
    case 'O':
      return (
        encoding !== undefined || reference !== undefined || (base && isNumeric(base)) === true
      );
    case 'V': {
      const parts = fields?.map((field) => field.dtype) ?? (shape && base ? [base] : null);
      const inPlace = (part: DType): boolean => !isVariable(part) && hasElements(part);
      return parts?.every(inPlace) ?? opaque === true;
    }
    case 'f':
      return itemsize <= 8;
    default:
      return true;
  }
}

function isNumeric({ kind, itemsize }: DType): boolean {
  return 'iubc'.includes(kind) || (kind === 'f' && itemsize <= 8);
}
