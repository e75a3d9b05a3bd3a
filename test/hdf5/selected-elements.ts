/** What a selection picks, found through the library's own blocks. */
import { placeBlock, takeBlock, takeFromBox } from '#src/hdf5/block-copy.js';
import { copyStrided } from '#src/hdf5/copy-strided.js';
import type { ResolvedSelection } from '#src/hdf5/resolve-selection.js';
import { groupBlocks } from '#src/hdf5/block-groups.js';
import { selectionBlocks } from '#src/hdf5/selection-blocks.js';
import type { SelectionBlock } from '#src/hdf5/selection-blocks.js';

/** Row-major numbers of the selected elements, in the order of the result. */
export function selectedElements(selection: ResolvedSelection): number[] {
  const all = new Array<number>(selection.size).fill(-1);
  for (const block of selectionBlocks(selection)) {
    placeBlock(elementsOf(block, selection.shape), all, selection, block);
  }
  return all;
}

/** The same through groups of blocks, two entries an element: the number and its negative. */
export function groupedPairs(selection: ResolvedSelection, itemsize: number): number[] {
  const all = new Array<number>(2 * selection.size);
  for (const { box, blocks } of groupBlocks(selectionBlocks(selection), itemsize)) {
    const { start, count } = box;
    const whole: SelectionBlock = { start, count, stride: start.map(() => 1), at: start };
    const pairs = elementsOf(whole, selection.shape).flatMap((element) => [element, -element]);
    takeFromBox(pairs, box, all, selection, blocks, 2);
  }
  return all;
}

/** Writes `values` through the selection's blocks into a copy of `dataset`. */
export function writeThrough(
  dataset: readonly number[],
  values: readonly number[],
  selection: ResolvedSelection,
): number[] {
  const written = [...dataset];
  for (const block of selectionBlocks(selection)) {
    const targets = elementsOf(block, selection.shape);
    const part = new Array<number>(targets.length);
    takeBlock(values, part, selection, block);
    targets.forEach((target, at) => (written[target] = part[at]!));
  }
  return written;
}

/** What reading the hyperslab of a dataset that holds its own element numbers would give. */
function elementsOf(block: SelectionBlock, shape: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const whole = Array.from({ length: shape.reduce((n, length) => n * length, 1) }, (_, at) => at);
  const result = new Array<number>(block.count.reduce((n, length) => n * length, 1));
  copyStrided(
    block.count,
    {
      data: whole,
      offset: block.start.reduce((sum, at, axis) => sum + at * strides[axis]!, 0),
      strides: strides.map((step, axis) => step * block.stride[axis]!),
    },
    { data: result, offset: 0, strides: stridesOf(block.count) },
  );
  return result;
}

export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((n, length) => n * length, 1));
}
