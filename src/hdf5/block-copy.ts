import { rowMajorStrides } from '../chunking/chunk-grid.js';
import { copyStrided } from './copy-strided.js';
import type { StridedArray } from './copy-strided.js';
import type { ResolvedSelection } from './resolve-selection.js';
import { memoryShape } from './selection-blocks.js';
import type { SelectionBlock } from './selection-blocks.js';

type Elements = ArrayLike<unknown>;

/**
 * Puts the elements read for one block where they belong among all elements of the selection.
 *
 * @param all `selection.size` elements, row-major
 * @param entries array entries of one element: 2 of complex numbers, else 1
 */
export function placeBlock(
  elements: Elements,
  all: Elements,
  selection: ResolvedSelection,
  block: SelectionBlock,
  entries = 1,
): void {
  const { extent, part, whole } = layOut(selection, block, entries);
  copyStrided(extent, { data: elements, ...part }, { data: all, ...whole });
}

/** Takes from all elements of a selection those that are to be written to one block. */
export function takeBlock(
  all: Elements,
  elements: Elements,
  selection: ResolvedSelection,
  block: SelectionBlock,
  entries = 1,
): void {
  const { extent, part, whole } = layOut(selection, block, entries);
  copyStrided(extent, { data: all, ...whole }, { data: elements, ...part });
}

type Steps = Omit<StridedArray<Elements>, 'data'>;

function layOut(
  selection: ResolvedSelection,
  block: SelectionBlock,
  entries: number,
): { extent: number[]; part: Steps; whole: Steps } {
  const extent = [...block.count, entries];
  const strides = rowMajorStrides([...memoryShape(selection), entries]);
  const offset = block.at.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  return {
    extent,
    part: { offset: 0, strides: rowMajorStrides(extent) },
    whole: { offset, strides },
  };
}
