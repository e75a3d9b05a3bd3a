import { InvalidOptionError } from '../errors.js';
import { chunkGrid, chunksAlong, rowMajorStrides } from './chunk-grid.js';
import type { DatasetLayout } from './dataset-layout.js';

/** The axis of a dataset that counts images, rows, columns and channels; channel -1 where there is none. */
export interface ImageAxes {
  readonly image: number;
  readonly height: number;
  readonly width: number;
  readonly channel: number;
}

/** The part of an image that lies in one chunk. Strides and offsets are in elements. */
export interface ImagePiece {
  /** Chunk number for the images of the first row of chunks; others are `image chunk × chunkStride` on. */
  readonly firstChunk: number;
  /** Upper left corner in the image. */
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** Channels of the batch that the piece holds, and where each starts in the chunk (for its first image). */
  readonly channels: readonly { readonly batchChannel: number; readonly offset: number }[];
}

/**
 * Which chunks hold an image and which elements of them: the same for every image but for the
 * chunk's number along the image axis and the image's row inside the chunk.
 */
export interface ImageChunks {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Images per chunk. */
  readonly imagesPerChunk: number;
  /** Chunk numbers from one row of chunks to the next along the image axis. */
  readonly chunkStride: number;
  /** Elements from one image, row, column to the next inside a chunk. */
  readonly imageStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
  /** Elements in a whole chunk. */
  readonly chunkElements: number;
  readonly pieces: readonly ImagePiece[];
}

/**
 * Reads an axis string such as `nhwc`: one letter a dimension, `n` image, `h` height, `w` width,
 * `c` channel (may be missing: one channel).
 *
 * @param axes default `nhwc`, or `nhw` at rank 3
 * @throws InvalidOptionError when the letters don't fit the rank
 */
export function resolveAxes(axes: string | undefined, rank: number): ImageAxes {
  const letters = Array.from(axes?.toLowerCase() ?? (rank === 3 ? 'nhw' : 'nhwc'));
  const unique = new Set(letters);
  const known = letters.every((letter) => 'nhwc'.includes(letter));
  const needed = ['n', 'h', 'w'].every((letter) => unique.has(letter));
  if (!known || !needed || unique.size !== letters.length || letters.length !== rank) {
    throw new InvalidOptionError(
      `Expected \`axes\` to name each of the dataset's ${rank} dimensions once with the letters n, h, w and perhaps c, got \`${letters.join('')}\``,
      { advice: 'For example nhwc or nchw, or nhw where there is one channel' },
    );
  }
  return {
    image: letters.indexOf('n'),
    height: letters.indexOf('h'),
    width: letters.indexOf('w'),
    channel: letters.indexOf('c'),
  };
}

/**
 * Finds the chunks of an image.
 *
 * @param channels channel numbers wanted, in the order of the batch
 * @example
 * // [n, 224, 224, 3] in chunks (1, 224, 224, 1): three pieces, one whole plane each
 * imageChunks(layout, resolveAxes('nhwc', 4), [0, 1, 2]).pieces.length; // 3
 */
export function imageChunks(
  layout: Pick<DatasetLayout, 'shape' | 'chunkShape'>,
  axes: ImageAxes,
  channels: readonly number[],
): ImageChunks {
  const { shape, chunkShape } = layout;
  const { strides: chunkNumberStride } = chunkGrid(shape, chunkShape);
  const stride = rowMajorStrides(chunkShape);
  const height = shape[axes.height]!;
  const width = shape[axes.width]!;
  const chunkChannels = axes.channel < 0 ? 1 : chunkShape[axes.channel]!;
  const pieces: ImagePiece[] = [];

  // Channels by chunk, in the order in which chunks are first wanted.
  const byChunk = new Map<number, { batchChannel: number; offset: number }[]>();
  channels.forEach((channel, batchChannel) => {
    const chunk = Math.floor(channel / chunkChannels);
    const offset = axes.channel < 0 ? 0 : (channel % chunkChannels) * stride[axes.channel]!;
    const list = byChunk.get(chunk) ?? [];
    list.push({ batchChannel, offset });
    byChunk.set(chunk, list);
  });

  for (const [channelChunk, channelOffsets] of byChunk) {
    for (const row of cuts(height, chunkShape[axes.height]!)) {
      for (const column of cuts(width, chunkShape[axes.width]!)) {
        pieces.push({
          firstChunk:
            row.chunk * chunkNumberStride[axes.height]! +
            column.chunk * chunkNumberStride[axes.width]! +
            (axes.channel < 0 ? 0 : channelChunk * chunkNumberStride[axes.channel]!),
          top: row.start,
          left: column.start,
          height: row.length,
          width: column.length,
          channels: channelOffsets,
        });
      }
    }
  }
  return {
    height,
    width,
    channels: channels.length,
    imagesPerChunk: chunkShape[axes.image]!,
    chunkStride: chunkNumberStride[axes.image]!,
    imageStride: stride[axes.image]!,
    rowStride: stride[axes.height]!,
    columnStride: stride[axes.width]!,
    chunkElements: chunkShape.reduce((a, b) => a * b, 1),
    pieces,
  };
}

/** The contiguous elements `[start, start + length)` of a chunk that cover a piece of its first image. */
export function pieceSpan(
  chunks: ImageChunks,
  piece: ImagePiece,
): { start: number; length: number } {
  const offsets = piece.channels.map((channel) => channel.offset);
  const start = Math.min(...offsets);
  const last =
    Math.max(...offsets) +
    (piece.height - 1) * chunks.rowStride +
    (piece.width - 1) * chunks.columnStride;
  return { start, length: last - start + 1 };
}

/**
 * The same, with a piece for each channel where a chunk holds its channels one after the other: so that
 * of each the same few rows can be read, and nothing between them.
 */
export function channelsApart(chunks: ImageChunks): ImageChunks {
  const pieces = chunks.pieces.flatMap((piece) => {
    const plane = pieceSpan(chunks, { ...piece, channels: piece.channels.slice(0, 1) }).length;
    const offsets = piece.channels.map(({ offset }) => offset).sort((a, b) => a - b);
    const apart = offsets.every((offset, i) => i === 0 || offset - offsets[i - 1]! >= plane);
    return apart ? piece.channels.map((channel) => ({ ...piece, channels: [channel] })) : [piece];
  });
  return { ...chunks, pieces };
}

/** Whether every channel of a piece is one whole plane, its pixels side by side. */
export function isPlanar(chunks: ImageChunks): boolean {
  return (
    chunks.columnStride === 1 &&
    chunks.rowStride === chunks.width &&
    chunks.pieces.every((piece) => piece.height === chunks.height && piece.width === chunks.width)
  );
}

function cuts(extent: number, size: number): { chunk: number; start: number; length: number }[] {
  return Array.from({ length: chunksAlong(extent, size) }, (_, chunk) => ({
    chunk,
    start: chunk * size,
    length: Math.min(size, extent - chunk * size),
  }));
}
