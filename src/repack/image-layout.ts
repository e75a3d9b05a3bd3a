import type { ErrorPlace } from '../errors.js';
import { InvalidOptionError } from '../errors.js';
import { dtypeOfStored } from '../hdf5/stored-dtype.js';
import type { DatasetInfo } from '../storage/h5.js';

/** The chunks of images: one a channel of an image, one an image, these; or none. */
export type ChunkChoice = 'per-channel' | 'per-image' | 'contiguous' | readonly number[];

export interface RequestedLayout {
  /** Default `per-channel`, the layout that the loader reads fastest. */
  readonly chunks?: ChunkChoice | undefined;
  /**
   * What lies side by side in the file: the chunks of an image, or a run of images' chunks of one
   * channel. Default `image`.
   */
  readonly placement?: 'image' | 'channel' | undefined;
  /** Images in a run, with placement `channel`; default 256, or what fits into 128 MiB. */
  readonly run?: number | undefined;
  /** Deflate level, 0 to 9; default: no compression. */
  readonly gzip?: number | undefined;
  /** Reorders the bytes of elements before compression; no use for uint8. */
  readonly shuffle?: boolean | undefined;
  /** Dimensions: n image, h height, w width, c channel; default `nhwc`, or `nhw` at rank 3. */
  readonly axes?: string | undefined;
}

/** A layout of a dataset of images. */
export interface ImageLayout {
  readonly shape: readonly number[];
  readonly maxShape: readonly (number | null)[];
  /** `null`: contiguous. */
  readonly chunks: readonly number[] | null;
  readonly placement: 'image' | 'channel';
  /** Images of which all chunks are written before those of the next. */
  readonly run: number;
  /** The dimension of channels; `null`: there is none. */
  readonly channelAxis: number | null;
  readonly gzip: number | undefined;
  readonly shuffle: boolean;
}

/** Images in memory at once take no more, unless one image does. */
export const slabBytes: number = 2 ** 27;

/** @throws InvalidOptionError when the layout can't be had */
export function planLayout(
  info: DatasetInfo,
  requested: RequestedLayout,
  place: ErrorPlace,
): ImageLayout {
  const shape = info.shape!;
  const { chunks: choice = 'per-channel', placement = 'image', gzip, shuffle = false } = requested;
  if (!'iufbc'.includes(dtypeOfStored(info.type).kind)) {
    throw new InvalidOptionError(`Expected images of numbers, found ${info.dtype}`, { place });
  }
  const axes = requested.axes ?? (shape.length === 3 ? 'nhw' : 'nhwc');
  if (axes.length !== shape.length || !axes.startsWith('n') || !/^[nhwc]+$/.test(axes)) {
    throw new InvalidOptionError(
      `Expected the dimensions ${axes}, found shape [${shape.join(', ')}]`,
      { place, advice: 'Name the dimensions with the option axes (--axes), n first' },
    );
  }
  const at = axes.indexOf('c');
  const channelAxis = at < 0 ? null : at;
  const chunks = chunksOf(choice, shape, channelAxis, place);
  if (chunks === null && (gzip !== undefined || shuffle)) {
    throw new InvalidOptionError('Expected chunks, which gzip and shuffle need', { place });
  }
  if (gzip !== undefined && !(Number.isInteger(gzip) && gzip >= 0 && gzip <= 9)) {
    throw new InvalidOptionError(`Expected a gzip level from 0 to 9, got ${gzip}`, { place });
  }
  const maxShape = chunks === null ? shape : (growable(info) ?? [null, ...shape.slice(1)]);
  return {
    shape,
    maxShape,
    chunks,
    placement,
    run: runOf(requested, info, chunks, place),
    channelAxis,
    gzip,
    shuffle,
  };
}

function chunksOf(
  choice: ChunkChoice,
  shape: readonly number[],
  channelAxis: number | null,
  place: ErrorPlace,
): readonly number[] | null {
  switch (choice) {
    case 'contiguous':
      return null;
    case 'per-image':
      return [1, ...shape.slice(1)];
    case 'per-channel':
      return shape.map((length, axis) => (axis === 0 || axis === channelAxis ? 1 : length));
    default: {
      const fits =
        choice.length === shape.length &&
        choice.every((length, axis) => {
          const most = axis === 0 ? Number.MAX_SAFE_INTEGER : shape[axis]!;
          return Number.isSafeInteger(length) && length >= 1 && length <= most;
        });
      if (fits) return choice;
      throw new InvalidOptionError(
        `Expected a chunk shape that fits [${shape.join(', ')}], got [${choice.join(', ')}]`,
        { place },
      );
    }
  }
}

function growable({ maxShape, chunkShape }: DatasetInfo): readonly (number | null)[] | undefined {
  return chunkShape === null ? undefined : (maxShape ?? undefined);
}

function runOf(
  { placement = 'image', run }: RequestedLayout,
  info: DatasetInfo,
  chunks: readonly number[] | null,
  place: ErrorPlace,
): number {
  if (run !== undefined && !(Number.isSafeInteger(run) && run > 0)) {
    throw new InvalidOptionError(`Expected run to be a whole number above 0, got ${run}`);
  }
  const imageBytes = Math.max(1, imageBytesOf(info));
  const fitting = Math.max(1, Math.floor(slabBytes / imageBytes));
  if (run !== undefined && placement === 'channel' && run > fitting) {
    throw new InvalidOptionError(
      `Expected a run of at most ${slabBytes} bytes, got ${run} images of ${imageBytes}`,
      { place, advice: `Choose a run of at most ${fitting}` },
    );
  }
  const depth = chunks?.[0] ?? 1;
  const wanted =
    placement === 'channel' ? (run ?? 256) : Math.max(depth, info.chunkShape?.[0] ?? 1, 16);
  // Whole chunks, where one isn't too deep.
  return Math.max(depth, Math.min(wanted, fitting) - (Math.min(wanted, fitting) % depth));
}

function imageBytesOf({ shape, type }: DatasetInfo): number {
  return shape!.slice(1).reduce((a, b) => a * b, dtypeOfStored(type).itemsize);
}
