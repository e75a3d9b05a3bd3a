import type { ChunkIndex, ChunkIndexKind } from '../chunking/chunk-index.js';
import { chunkGrid } from '../chunking/chunk-grid.js';
import type { DatasetLayout } from '../chunking/dataset-layout.js';
import { createDecoder } from '../chunking/filters/pipeline.js';
import { readDataset } from '../chunking/read-dataset.js';
import { UnsupportedLayoutError } from '../errors.js';
import type { DatasetInfo, H5File } from '../storage/h5.js';
import { inflate } from '../storage/inflate.js';
import type { PlainValue } from './describe-attributes.js';
import { measurePlacement, type MeasuredPlacement } from './measure-placement.js';
import { messageOf } from './message-of.js';
import type { FoundObject } from './walk-file.js';

/** How a dataset is stored. */
export interface DatasetFacts {
  /** As numpy names it, without the byte order: `uint8`, `float32`; else `string`, `compound`, … */
  readonly dtype: string;
  readonly byteOrder: 'little' | 'big';
  /** `[]` is a scalar, `null` an empty dataspace. */
  readonly shape: readonly number[] | null;
  /** `null` within is unlimited. */
  readonly maxShape: readonly (number | null)[] | null;
  /** `null`: not chunked, and h5wasm doesn't tell what instead. */
  readonly storage: 'chunked' | 'contiguous' | 'compact' | null;
  /** `null` where the dataset isn't chunked. */
  readonly chunkShape: readonly number[] | null;
  /** `null` where the dataset isn't chunked or the fast lane doesn't read it. */
  readonly index: ChunkIndexKind | null;
  readonly filters: readonly { readonly id: number; readonly name: string }[];
  /** What of it has been written; `null` where the fast lane doesn't read the dataset. */
  readonly allocated: Allocation | null;
  /** The HDF5 feature because of which the fast lane doesn't read this dataset; `null`: it does. */
  readonly h5wasmOnly: string | null;
  /** Of images in one-channel chunks. */
  readonly placement?: PlacementFacts;
}

export interface Allocation {
  /** Chunks that are there, of `of` in the current shape; data that isn't chunked counts as one. */
  readonly chunks: number;
  readonly of: number;
  /** Bytes as stored, after filters. */
  readonly bytes: number;
}

export interface PlacementFacts {
  /** What the dataset's attribute says: `image` or `channel`; `null` without one. */
  readonly attribute: PlainValue;
  /** Images in a channel's run, as the attribute says. */
  readonly run: PlainValue;
  /** What the chunks' offsets say; `null` when there are no images. */
  readonly measured: MeasuredPlacement | null;
}

/**
 * Describes a dataset from its metadata and chunk index; h5wasm is asked for those that the fast lane
 * doesn't read. A damaged chunk index is told in `error`.
 *
 * @throws PlanefeedError when the dataset's metadata can't be read
 */
export async function describeDataset(
  { path, at }: Pick<FoundObject, 'path' | 'at'>,
  h5: H5File,
  attributes: Readonly<Record<string, PlainValue>>,
): Promise<DatasetFacts & { readonly error?: string }> {
  if ('feature' in at) return fromH5wasm(h5.dataset(path), at.feature);
  let layout: DatasetLayout;
  try {
    layout = await readDataset(at.hdf5, at.offset, path);
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError)) throw error;
    return fromH5wasm(h5.dataset(path), error.feature);
  }
  const facts = await factsOf(layout);
  try {
    const allocated = await sumAllocation(layout);
    const planes = await measurePlacement(layout);
    if (planes === undefined) return { ...facts, allocated };
    const { placement: attribute = null, run = null } = attributes;
    return { ...facts, allocated, placement: { attribute, run, measured: planes } };
  } catch (error) {
    return { ...facts, error: messageOf(error) };
  }
}

async function factsOf(layout: DatasetLayout): Promise<DatasetFacts> {
  const { type, storage, shape, maxShape, chunkShape, index } = layout;
  const chunked = storage === 'chunked';
  return {
    dtype: `${{ u: 'uint', i: 'int', f: 'float' }[type.kind]}${type.size * 8}`,
    byteOrder: type.littleEndian ? 'little' : 'big',
    shape,
    maxShape,
    storage,
    chunkShape: chunked ? chunkShape : null,
    index: chunked ? index.kind : null,
    filters: layout.filters.map(({ id, name }) => ({ id, name })),
    allocated: null,
    h5wasmOnly: await missingFilter(layout),
  };
}

/** Opening a dataset doesn't need its filters; reading it does. */
async function missingFilter(layout: DatasetLayout): Promise<string | null> {
  try {
    await createDecoder({ ...layout, chunkBytes: 0 }, inflate);
    return null;
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError)) throw error;
    return error.feature;
  }
}

async function sumAllocation(layout: {
  readonly index: ChunkIndex;
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
}): Promise<Allocation> {
  let chunks = 0;
  let bytes = 0;
  for await (const block of layout.index.blocks()) {
    chunks += block.chunks.length;
    for (const size of block.sizes) bytes += size;
  }
  return { chunks, of: chunkGrid(layout.shape, layout.chunkShape).count, bytes };
}

function fromH5wasm(info: DatasetInfo, feature: string): DatasetFacts {
  const { dtype, littleEndian, shape, maxShape, chunkShape, filters } = info;
  return {
    dtype,
    byteOrder: littleEndian ? 'little' : 'big',
    shape,
    maxShape,
    storage: chunkShape === null ? null : 'chunked',
    chunkShape,
    index: null,
    filters: filters.map(({ id, name }) => ({ id, name })),
    allocated: null,
    h5wasmOnly: feature,
  };
}
