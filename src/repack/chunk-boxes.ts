import type { ImageLayout } from './image-layout.js';

/** A box of elements. */
export interface Box {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/**
 * The chunks of the rows from `start` to `stop`, clipped to the dataset, in the order in which they
 * shall lie in the file: HDF5 gives a chunk its place when it is first written.
 */
export function* chunkBoxes(
  layout: Pick<ImageLayout, 'shape' | 'chunks' | 'placement' | 'channelAxis'>,
  start: number,
  stop: number,
): Generator<Box> {
  const { shape, channelAxis, placement } = layout;
  const chunks = layout.chunks ?? [stop - start, ...shape.slice(1)];
  const axes = shape.map((_, axis) => axis);
  const first = placement === 'channel' && channelAxis !== null ? [channelAxis] : [];
  const last = placement === 'image' && channelAxis !== null ? [channelAxis] : [];
  const middle = axes.filter((axis) => axis !== channelAxis);
  const order = channelAxis === null ? axes : [...first, ...middle, ...last];
  const ends = shape.map((length, axis) => (axis === 0 ? stop : length));
  const corner = shape.map((_, axis) => (axis === 0 ? start : 0));
  yield* along(0);

  function* along(depth: number): Generator<Box> {
    const axis = order[depth];
    if (axis === undefined) {
      const count = corner.map((at, i) => Math.min(chunks[i]!, ends[i]! - at));
      yield { start: [...corner], count };
      return;
    }
    const from = corner[axis]!;
    for (let at = from; at < ends[axis]!; at += chunks[axis]!) {
      corner[axis] = at;
      yield* along(depth + 1);
    }
    corner[axis] = from;
  }
}
