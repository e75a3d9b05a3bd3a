import type { SelectionBlock } from './selection-blocks.js';
import { sizeOf } from './shape.js';

/** Blocks that are read or written together, through a box that holds them all. */
export interface BlockGroup {
  readonly box: Box;
  readonly blocks: readonly SelectionBlock[];
}

interface Box {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** What a call to HDF5 costs, in bytes that could be copied in the same time. */
const CALL_COST = 32 * 1024;
/** Bytes of the largest box: it takes this much memory twice, in HDF5's and in ours. */
const LARGEST_BOX = 16 * 1024 * 1024;

/**
 * Groups neighbouring blocks of a selection wherever one transfer of a box around them is cheaper
 * than one call each. A group of one block has that block's own extent.
 */
export function* groupBlocks(
  blocks: Iterable<SelectionBlock>,
  itemsize: number,
): Generator<BlockGroup> {
  let group: { box: Box; blocks: SelectionBlock[] } | undefined;
  for (const block of blocks) {
    const own = boxOf(block);
    const joint = group === undefined ? own : boxAround(group.box, own);
    const waste =
      group === undefined ? 0 : sizeOf(joint.count) - sizeOf(group.box.count) - sizeOf(block.count);
    const worth = waste * itemsize <= CALL_COST && sizeOf(joint.count) * itemsize <= LARGEST_BOX;
    if (group !== undefined && worth) {
      group.box = joint;
      group.blocks.push(block);
      continue;
    }
    if (group !== undefined) yield group;
    group = { box: own, blocks: [block] };
  }
  if (group !== undefined) yield group;
}

function boxOf({ start, count, stride }: SelectionBlock): Box {
  return { start, count: count.map((length, axis) => (length - 1) * stride[axis]! + 1) };
}

function boxAround(a: Box, b: Box): Box {
  const start = a.start.map((first, axis) => Math.min(first, b.start[axis]!));
  const count = start.map(
    (first, axis) =>
      Math.max(a.start[axis]! + a.count[axis]!, b.start[axis]! + b.count[axis]!) - first,
  );
  return { start, count };
}
