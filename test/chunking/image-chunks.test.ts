import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  channelsApart,
  imageChunks,
  isPlanar,
  pieceSpan,
  resolveAxes,
} from '#src/chunking/image-chunks.js';

const axesStrings = fc
  .shuffledSubarray(['n', 'h', 'w', 'c'], { minLength: 4, maxLength: 4 })
  .map((letters) => letters.join(''));
const extents = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 6 })));
const datasets = fc.record({
  axes: fc.oneof(axesStrings, fc.constantFrom('nhw', 'whn')),
  shape: extents,
  chunk: extents,
});

describe('imageChunks', () => {
  it('finds every element of every image, in its chunk and its place', () => {
    fc.assert(
      fc.property(
        datasets,
        fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
        (dataset, picks) => {
          const rank = dataset.axes.length;
          const shape = dataset.shape.slice(0, rank);
          const chunkShape = dataset.chunk.slice(0, rank);
          const axes = resolveAxes(dataset.axes, rank);
          const channelCount = axes.channel < 0 ? 1 : shape[axes.channel]!;
          const channels = picks.map((pick) => pick % channelCount);
          const chunks = imageChunks({ shape, chunkShape }, axes, channels);

          for (let image = 0; image < shape[axes.image]!; image++) {
            const found = new Set<string>();
            for (const piece of chunks.pieces) {
              const span = pieceSpan(chunks, piece);
              const number =
                Math.floor(image / chunks.imagesPerChunk) * chunks.chunkStride + piece.firstChunk;
              for (const { batchChannel, offset } of piece.channels) {
                for (let y = 0; y < piece.height; y++) {
                  for (let x = 0; x < piece.width; x++) {
                    const inImage = offset + y * chunks.rowStride + x * chunks.columnStride;
                    expect(inImage >= span.start && inImage < span.start + span.length).toBe(true);
                    const element = (image % chunks.imagesPerChunk) * chunks.imageStride + inImage;
                    const at = coordinates(number, element, shape, chunkShape);
                    const expected = new Array<number>(rank).fill(0);
                    expected[axes.image] = image;
                    expected[axes.height] = piece.top + y;
                    expected[axes.width] = piece.left + x;
                    if (axes.channel >= 0) expected[axes.channel] = channels[batchChannel]!;
                    expect(at).toEqual(expected);
                    found.add(`${batchChannel} ${piece.top + y} ${piece.left + x}`);
                  }
                }
              }
            }
            expect(found.size).toBe(channels.length * chunks.height * chunks.width);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('finds one whole plane a channel in chunks (1, h, w, 1)', () => {
    const layout = { shape: [10, 5, 7, 3], chunkShape: [1, 5, 7, 1] };
    const chunks = imageChunks(layout, resolveAxes(undefined, 4), [2, 0]);
    expect(isPlanar(chunks)).toBe(true);
    expect(chunks.pieces.map((piece) => piece.firstChunk)).toEqual([2, 0]);
    expect(pieceSpan(chunks, chunks.pieces[0]!)).toEqual({ start: 0, length: 35 });
  });
});

describe('channelsApart', () => {
  it('gives each channel a piece of its own where a chunk holds one plane after the other', () => {
    const layout = { shape: [9, 3, 5, 7], chunkShape: [2, 3, 5, 7] };
    const chunks = imageChunks(layout, resolveAxes('nchw', 4), [2, 0]);
    const { pieces } = channelsApart(chunks);
    expect(pieces.map(({ firstChunk }) => firstChunk)).toEqual([0, 0]);
    expect(pieces.map((piece) => pieceSpan(chunks, piece))).toEqual([
      { start: 70, length: 35 },
      { start: 0, length: 35 },
    ]);
  });

  it('leaves channels together that lie side by side', () => {
    const layout = { shape: [9, 5, 7, 3], chunkShape: [1, 5, 7, 3] };
    const chunks = imageChunks(layout, resolveAxes('nhwc', 4), [0, 1, 2]);
    expect(channelsApart(chunks)).toEqual(chunks);
  });
});

describe('resolveAxes', () => {
  it.each([
    ['nhwx', 4],
    ['nhww', 4],
    ['nhw', 4],
    ['nhwc', 3],
    ['hwc', 3],
    [undefined, 2],
  ])('refuses %s at rank %i', (axes, rank) => {
    expect(() => resolveAxes(axes, rank)).toThrow(/Expected `axes` to name each/);
  });
});

/** Where element `element` of chunk `number` lies in the dataset. */
function coordinates(
  number: number,
  element: number,
  shape: number[],
  chunkShape: number[],
): number[] {
  const grid = shape.map((extent, axis) => Math.ceil(extent / chunkShape[axis]!));
  const chunk = unravel(number, grid);
  return unravel(element, chunkShape).map(
    (within, axis) => chunk[axis]! * chunkShape[axis]! + within,
  );
}

function unravel(index: number, shape: number[]): number[] {
  const at: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = index % shape[axis]!;
    index = Math.floor(index / shape[axis]!);
  }
  return at;
}
