import { channelsApart, imageChunks, resolveAxes } from '../../chunking/image-chunks.js';
import { READ_RECORD, type AssemblySpec } from '../../loader/assembly.js';
import type { ImageChoices } from '../../loader/augmentation/choices.js';
import { chunksOf, planTasks } from '../../loader/plan-tasks.js';
import type { ReadTrace } from '../trace.js';
import type { PlacedImages } from './place-chunks.js';

/** How a loader reads. */
export interface LoaderReading {
  /** Images whose reads are planned together, in file order: the loader's window of batches. */
  readonly ahead: number;
  /** Reads in flight: the loader's workers. */
  readonly depth: number;
  /** Unwanted bytes that are read rather than split a read (`coalesceGap`). Default 4096. */
  readonly gap?: number;
}

/** A part of every image, from its upper left corner. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The reads with which planefeed's loader fetches images: planned by the loader's own code, window by
 * window. A window isn't waited for: the next is on its way meanwhile.
 *
 * @param images image numbers in the order of the epoch
 * @param channels channel numbers
 */
export function loaderTrace(
  placed: PlacedImages,
  images: ArrayLike<number>,
  channels: readonly number[],
  reading: LoaderReading,
  crop?: Crop,
): ReadTrace {
  const { ahead, depth, gap = 4096 } = reading;
  const spec = specOf(placed, channels, crop);
  const limits = { gap, maxLength: MAX_READ, taskBytes: TASK_BYTES };
  const numbers: number[] = [];
  for (let first = 0; first < images.length; first += ahead) {
    const window = Array.from(
      { length: Math.min(ahead, images.length - first) },
      (_, i) => images[first + i]!,
    );
    const locations = placed.locate(chunksOf(spec.chunks, window));
    const choices = crop === undefined ? undefined : sameCrop(crop, window.length);
    for (const { task } of planTasks(spec, window, locations, limits, choices)) {
      for (const number of task.reads) numbers.push(number);
    }
  }
  const count = numbers.length / READ_RECORD;
  return {
    offsets: Float64Array.from({ length: count }, (_, i) => numbers[i * READ_RECORD]!),
    lengths: Float64Array.from({ length: count }, (_, i) => numbers[i * READ_RECORD + 1]!),
    depth,
    barriers: new Uint32Array(0),
  };
}

/** What planning needs to know; nothing is assembled, so the rest is empty. */
function specOf(
  { shape, chunkShape, filtered, itemSize }: PlacedImages,
  channels: readonly number[],
  crop: Crop | undefined,
): AssemblySpec {
  const chunks = imageChunks({ shape, chunkShape }, resolveAxes('nhwc', 4), channels);
  const { height, width } = crop ?? chunks;
  const readsParts = !filtered && height < chunks.height;
  return {
    chunks: readsParts ? channelsApart(chunks) : chunks,
    mode: 'planes',
    kernel: {
      conversion: {
        input: { kind: 'u', size: itemSize, littleEndian: true },
        dtype: 'float32',
        scale: new Float32Array(channels.length),
        bias: new Float32Array(channels.length),
      },
      channels: channels.length,
      source: 'planes',
      layout: 'nhwc',
      height,
      width,
    },
    coefficients: 0,
    augmented: crop !== undefined,
    jitter: false,
    zeros: 0,
    filters: filtered ? [{ id: 1, name: 'deflate', optional: true, clientData: [] }] : [],
    elementSize: itemSize,
    place: {},
    fillAddress: 0,
  };
}

function sameCrop({ top, left }: Crop, images: number): ImageChoices {
  return {
    tops: new Int32Array(images).fill(top),
    lefts: new Int32Array(images).fill(left),
    flips: new Uint8Array(images),
    scaleFactors: new Float64Array(images).fill(1),
    biasFactors: new Float64Array(images).fill(1),
  };
}

const MAX_READ = 8 * 2 ** 20;
const TASK_BYTES = 2 * 2 ** 20;
