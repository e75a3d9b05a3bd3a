import { resolveAxes, type ImageAxes } from '../../chunking/image-chunks.js';
import type { DatasetLayout } from '../../chunking/dataset-layout.js';
import { createDecoder } from '../../chunking/filters/pipeline.js';
import { isPlugin } from '../../chunking/filters/registered-filters.js';
import type { OpenDataset } from '../../chunking/open-dataset.js';
import { UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { inflate } from '../../storage/inflate.js';
import type { ReadInto } from '../assembly.js';
import type { LoaderOptions } from '../options.js';
import type { TaskLimits } from '../plan-tasks.js';
import type { StoredImages } from '../stored-images.js';
import { openH5wasmDataset } from './h5wasm-reader.js';

/** The images, and how they are read. */
export interface OpenedImages {
  readonly layout: StoredImages;
  readonly axes: ImageAxes;
  /** Set in the h5wasm lane: how its images are read. */
  readonly readInto?: ReadInto;
  readonly limits?: Partial<TaskLimits>;
  readonly reason: string | undefined;
  close(): Promise<void>;
}

/** Opens the images for the fast lane; where it can't read them, for h5wasm, with a warning. */
export async function openImages(
  source: ByteSource,
  openDataset: OpenDataset,
  { dataset = '/images', axes }: LoaderOptions,
): Promise<OpenedImages> {
  let layout: DatasetLayout | undefined;
  try {
    layout = await openDataset(dataset);
    // Fails here, not in a worker, for a filter that the fast lane doesn't have.
    await createDecoder({ ...layout, chunkBytes: 0 }, inflate, { file: source.name, dataset });
    return {
      layout,
      axes: resolveAxes(axes, layout.shape.length),
      reason: undefined,
      close: () => Promise.resolve(),
    };
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError) || layout?.filters.some(isPlugin)) throw error;
    const opened = await openH5wasmDataset(source.name, dataset, axes);
    process.emitWarning(`${error.message}. The HDF5 library reads it instead, more slowly.`, {
      type: 'PlanefeedWarning',
      code: 'PLANEFEED_H5WASM_LANE',
    });
    // A read is one image: the virtual file can't be read across.
    return { ...opened, limits: { gap: -1, maxLength: 0 }, reason: error.feature };
  }
}

/** Reads of what the lane reads from: the file, or the images as h5wasm has them. */
export function readerOf(
  source: ByteSource,
  readInto: ReadInto | undefined,
): (offset: number, length: number) => Promise<Uint8Array> {
  if (readInto === undefined) return (offset, length) => source.read(offset, length);
  return (offset, length) => {
    const bytes = new Uint8Array(length);
    readInto(bytes, 0, length, offset);
    return Promise.resolve(bytes);
  };
}
