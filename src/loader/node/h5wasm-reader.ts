import { resolveAxes, type ImageAxes } from '../../chunking/image-chunks.js';
import type { ChunkLocations } from '../../chunking/chunk-index.js';
import type { ElementType } from '../../chunking/dataset-layout.js';
import { refusePlugins } from '../../chunking/filters/registered-filters.js';
import { PlanefeedError, UnsupportedLayoutError } from '../../errors.js';
import { openH5, type H5File } from '../../storage/h5.js';
import type { ReadInto } from '../assembly.js';
import { addPlace } from '../locate-failure.js';
import type { StoredImages } from '../stored-images.js';

/** A dataset behind h5wasm, dressed up as a contiguous one whose images lie one after the other. */
export interface H5wasmDataset {
  readonly layout: StoredImages;
  readonly axes: ImageAxes;
  readonly imageBytes: number;
  readonly readInto: ReadInto;
  close(): Promise<void>;
}

/**
 * The way for files that the fast lane doesn't read: h5wasm reads an image, and the loader takes it
 * from there as if from a file. A read of it stays within one image.
 *
 * @param axes as the loader option; default by rank
 */
export async function openH5wasmDataset(
  path: string,
  dataset: string,
  axes: string | undefined,
): Promise<H5wasmDataset> {
  const file = await openH5(path, 'r');
  try {
    return describe(file, dataset, axes);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function describe(file: H5File, dataset: string, axesOption: string | undefined): H5wasmDataset {
  const { dtype, shape, filters } = file.dataset(dataset);
  refusePlugins(filters, { file: file.path, dataset });
  const type = elementTypes[dtype];
  if (type === undefined || shape === null) {
    throw new UnsupportedLayoutError(`images of type ${dtype}`, {
      place: { file: file.path, dataset },
      advice: 'Images are integers or floats of 8 to 64 bits',
    });
  }
  const stored = resolveAxes(axesOption, shape.length);
  const others = shape.filter((_, axis) => axis !== stored.image);
  const imageBytes = others.reduce((a, b) => a * b, type.size);
  // Images move to the front: that is how slices of one image follow one another.
  const moved = (axis: number): number => (axis < stored.image ? axis + 1 : axis);
  const virtualShape = [shape[stored.image]!, ...others];
  // An image may be read in parts, one after the other.
  let last: { readonly image: number; readonly values: ArrayBufferView } | undefined;
  return {
    imageBytes,
    axes: {
      image: 0,
      height: moved(stored.height),
      width: moved(stored.width),
      channel: stored.channel < 0 ? -1 : moved(stored.channel),
    },
    layout: {
      path: dataset,
      shape: virtualShape,
      type,
      chunkShape: virtualShape,
      filters: [],
      fillValue: new Uint8Array(type.size),
      index: { locate: (chunks) => Promise.resolve(allAtStart(chunks.length)) },
    },
    readInto(target, address, length, offset) {
      const image = Math.floor(offset / imageBytes);
      if (last?.image !== image) {
        const start = shape.map((_, axis) => (axis === stored.image ? image : 0));
        const count = shape.map((extent, axis) => (axis === stored.image ? 1 : extent));
        last = { image, values: readSlice(file, dataset, start, count, image) };
      }
      const { values } = last;
      const from = values.byteOffset + (offset - image * imageBytes);
      target.set(new Uint8Array(values.buffer, from, length), address);
    },
    close: () => file.close(),
  };
}

/** Says in an error which image it was. */
function readSlice(
  file: H5File,
  dataset: string,
  start: number[],
  count: number[],
  image: number,
): ReturnType<H5File['readSlice']> {
  try {
    return file.readSlice(dataset, start, count);
  } catch (error) {
    if (!(error instanceof PlanefeedError)) throw error;
    throw addPlace(error, { file: file.path, dataset, image });
  }
}

/** The one chunk of the virtual dataset begins at offset 0. */
function allAtStart(count: number): ChunkLocations {
  return {
    offsets: new Float64Array(count),
    sizes: new Float64Array(count),
    filterMasks: new Uint32Array(count),
  };
}

const elementTypes: Readonly<Record<string, ElementType | undefined>> = Object.fromEntries(
  [
    ...[8, 16, 32, 64].flatMap((bits) => [
      [`uint${bits}`, 'u', bits] as const,
      [`int${bits}`, 'i', bits] as const,
    ]),
    ...[32, 64].map((bits) => [`float${bits}`, 'f', bits] as const),
  ].map(([name, kind, bits]) => [name, { kind, size: bits / 8, littleEndian: true }]),
);
