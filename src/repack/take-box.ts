import { copyBox } from '../chunking/copy-box.js';
import type { Box } from './chunk-boxes.js';

/**
 * The elements of a box within a slab, row-major: the slab itself where they are the same.
 *
 * @param bytes of the slab, whose start is a multiple of 8 in its buffer
 */
export function takeBox(bytes: Uint8Array, slab: Box, box: Box, elementSize: number): Uint8Array {
  if (box.count.every((length, axis) => length === slab.count[axis])) return bytes;
  const part = new Uint8Array(box.count.reduce((a, b) => a * b, elementSize));
  const start = box.start.map((at, axis) => at - slab.start[axis]!);
  if (box.count.at(-1) === 1 && takePlane(bytes, part, slab.count, box.count, start, elementSize)) {
    return part;
  }
  copyBox(
    box.count,
    elementSize,
    { bytes, shape: slab.count, start },
    { bytes: part, shape: box.count, start: box.count.map(() => 0) },
  );
  return part;
}

/**
 * One channel of interleaved ones, where rows are whole: element by element, which `copyBox` is
 * made for runs and slow at.
 *
 * @returns whether it could be done so
 */
function takePlane(
  bytes: Uint8Array,
  part: Uint8Array,
  shape: readonly number[],
  count: readonly number[],
  start: readonly number[],
  elementSize: number,
): boolean {
  const inner = count.slice(1, -1);
  const wholeRows = inner.every((length, i) => length === shape[i + 1]);
  if (!wholeRows || !(elementSize === 1 || elementSize === 2 || elementSize === 4)) return false;
  const [from, to] = [elementsOf(bytes, elementSize), elementsOf(part, elementSize)];
  const stride = shape.at(-1)!;
  const rowElements = shape.slice(1).reduce((a, b) => a * b);
  let source = start[0]! * rowElements + start.at(-1)!;
  for (let i = 0; i < to.length; i++, source += stride) to[i] = from[source]!;
  return true;
}

function elementsOf(
  { buffer, byteOffset, length }: Uint8Array,
  size: 1 | 2 | 4,
): Uint8Array | Uint16Array | Uint32Array {
  switch (size) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length / 2);
    case 4:
      return new Uint32Array(buffer, byteOffset, length / 4);
  }
}
