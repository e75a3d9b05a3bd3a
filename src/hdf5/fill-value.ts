import { parseFillValue, parseOldFillValue } from '../chunking/format/fill-value.js';
import { MessageType } from '../chunking/format/object-header.js';
import { CorruptFileError, UnsupportedByLibraryError } from '../errors.js';
import type { FileStructures, H5File } from '../storage/h5.js';
import type { ArrayData } from './array-data.js';
import type { Complex } from './attributes/attribute-value.js';
import type { DType } from './dtype.js';
import { decodeElements } from './element-bytes.js';
import { findPlacedMessage, isShared, readPlacedHeader } from './links/header-messages.js';
import { structuresOf } from './links/structures.js';
import type { NdArray } from './nd-array.js';
import { ndArray } from './nd-array.js';
import type { Reference } from './reference.js';

/** What an element holds that was never written; of opaque bytes and sequences a typed array. */
export type FillValue =
  | number
  | bigint
  | boolean
  | string
  | Complex
  | Reference
  | Uint8Array
  | NdArray
  | { readonly [field: string]: FillValue };

/**
 * Reads a dataset's fill value, which h5wasm doesn't tell, from its object header.
 *
 * @throws UnsupportedByLibraryError where one of variable length is defined, or objects share it
 */
export function readFillValue(h5: H5File, path: string, dtype: DType): FillValue {
  const place = { file: h5.path, dataset: path };
  const address = Number(h5.objectAddress(path));
  const defined = h5.readStructures('read the fill value', path, (source) =>
    definedBytes(source, address),
  );
  const variable = dtype.kind === 'O' && dtype.reference === undefined;
  if (variable) {
    if (defined === null) return dtype.base === undefined ? '' : emptyOf(dtype.base);
    throw new UnsupportedByLibraryError('reading fill values of variable length', { place });
  }
  const bytes = defined ?? new Uint8Array(dtype.itemsize);
  if (bytes.length === dtype.itemsize) return scalarOf(decodeElements(bytes, dtype), dtype);
  throw new CorruptFileError(
    `Expected a fill value of ${dtype.itemsize} bytes, found ${bytes.length}`,
    { place },
  );
}

function definedBytes(source: FileStructures, address: number): Uint8Array | null {
  const file = structuresOf(source);
  const header = readPlacedHeader(file, file.base + address);
  const message = findPlacedMessage(header, MessageType.fillValue);
  const old = findPlacedMessage(header, MessageType.oldFillValue);
  const found = message ?? old;
  if (found === undefined) return null;
  if (isShared(found)) throw new UnsupportedByLibraryError('fill values that datasets share');
  const body = found.body.renamed('fill value message');
  return message === undefined ? parseOldFillValue(body) : parseFillValue(body);
}

function emptyOf(base: DType): FillValue {
  return ndArray(decodeElements(new Uint8Array(), base), [0], base.str);
}

/** The only element of an array. */
function scalarOf(data: ArrayData, dtype: DType): FillValue {
  const { kind, fields, shape, base } = dtype;
  if (kind === 'c') {
    const [re, im] = data as Float64Array;
    return { re: re!, im: im! };
  }
  if (fields !== undefined) {
    const columns = data as Readonly<Record<string, ArrayData>>;
    return Object.fromEntries(
      fields.map(({ name, dtype: field }) => [name, scalarOf(columns[name]!, field)]),
    );
  }
  const [value] = data as readonly (number | bigint | string | Uint8Array)[];
  if (shape !== undefined) return ndArray(value as Uint8Array, shape, base!.str);
  return kind === 'b' ? value !== 0 : value!;
}
