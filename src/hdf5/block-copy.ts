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

/**
 * Picks blocks out of a box around them, read in one go: for lists and masks of many short blocks
 * one large read is far cheaper than many small ones.
 *
 * @param boxed the elements of `box`, row-major
 */
export function takeFromBox(
  boxed: Elements,
  box: Pick<SelectionBlock, 'start' | 'count'>,
  all: Elements,
  selection: ResolvedSelection,
  blocks: Iterable<SelectionBlock>,
  entries = 1,
): void {
  for (const block of blocks) {
    const { extent, whole } = layOut(selection, block, entries);
    copyStrided(extent, { data: boxed, ...inBox(block, box, entries) }, { data: all, ...whole });
  }
}

/** Puts blocks into a box around them, to be written in one go. */
export function putIntoBox(
  all: Elements,
  boxed: Elements,
  box: Pick<SelectionBlock, 'start' | 'count'>,
  selection: ResolvedSelection,
  blocks: Iterable<SelectionBlock>,
  entries = 1,
): void {
  for (const block of blocks) {
    const { extent, whole } = layOut(selection, block, entries);
    copyStrided(extent, { data: all, ...whole }, { data: boxed, ...inBox(block, box, entries) });
  }
}

type Steps = Omit<StridedArray<Elements>, 'data'>;

function inBox(
  block: SelectionBlock,
  box: Pick<SelectionBlock, 'start' | 'count'>,
  entries: number,
): Steps {
  const steps = rowMajorStrides([...box.count, entries]);
  const offset = block.start.reduce(
    (sum, start, axis) => sum + (start - box.start[axis]!) * steps[axis]!,
    0,
  );
  return { offset, strides: steps.map((step, axis) => step * (block.stride[axis] ?? 1)) };
}

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
