import type { ReadTrace } from '../trace.js';
import { libraryTrace } from './library-trace.js';

/** A line of elements along one axis of a contiguous array, as h5py reads it. */
export interface AxisLine {
  readonly selection: '[1,1,:]' | '[1,:,1]' | '[:,1,1]';
  readonly elements: number;
  readonly trace: ReadTrace;
}

/**
 * Lines along the last, the middle and the first axis of a contiguous array: what the order of axes
 * costs where nothing is chunked.
 *
 * @param shape of the array, in elements
 * @param itemSize bytes of an element
 */
export function axisLines(
  shape: readonly [number, number, number],
  itemSize: number,
): readonly AxisLine[] {
  const size = shape.reduce((product, length) => product * length, itemSize);
  const array = {
    shape,
    itemSize,
    chunkShape: shape,
    contiguous: true,
    filtered: false,
    locate: () => ({
      offsets: new Float64Array(1),
      sizes: new Float64Array([size]),
      filterMasks: new Uint32Array(1),
    }),
  };
  const start = shape.map((length) => Math.min(1, length - 1));
  return (['[1,1,:]', '[1,:,1]', '[:,1,1]'] as const).map((selection, i) => {
    const axis = 2 - i;
    const count = [1, 1, 1];
    count[axis] = shape[axis]!;
    const from = start.map((at, other) => (other === axis ? 0 : at));
    return {
      selection,
      elements: shape[axis]!,
      trace: libraryTrace(array, [{ start: from, count }]),
    };
  });
}
