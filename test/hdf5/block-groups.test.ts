import { groupBlocks } from '#src/hdf5/block-groups.js';
import { resolveSelection } from '#src/hdf5/resolve-selection.js';
import { selectionBlocks } from '#src/hdf5/selection-blocks.js';
import type { SelectionBlock } from '#src/hdf5/selection-blocks.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { selectionOf } from './round-trip-ours.js';
import { arbitrarySelection, selectionOf as entriesOf } from './round-trip-selections.js';

const KiB = 1024;

const shapes = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 });
const blocksOf = fc
  .tuple(shapes, arbitrarySelection)
  .map(([shape, selection]) => [
    ...selectionBlocks(resolveSelection(selectionOf(entriesOf(selection, shape), false), shape)),
  ]);
/** From bytes, of which all blocks go together, to megabytes, of which none do. */
const itemsizes = fc.constantFrom(1, 2, 1000, 5000, 20_000, 5_000_000, 20_000_000);

describe('groupBlocks', () => {
  test('has all blocks in their order', () => {
    fc.assert(
      fc.property(blocksOf, itemsizes, (blocks, itemsize) => {
        const groups = [...groupBlocks(blocks, itemsize)];
        expect(groups.flatMap((group) => group.blocks)).toEqual(blocks);
        for (const { blocks: own } of groups) expect(own.length).toBeGreaterThan(0);
      }),
    );
  });

  test('each box is the smallest that holds its blocks', () => {
    fc.assert(
      fc.property(blocksOf, itemsizes, (blocks, itemsize) => {
        for (const { box, blocks: own } of groupBlocks(blocks, itemsize)) {
          const first = box.start.map((_, axis) => Math.min(...own.map((b) => b.start[axis]!)));
          const last = box.start.map((_, axis) => Math.max(...own.map((b) => lastOf(b, axis))));
          expect(box.start).toEqual(first);
          expect(box.count).toEqual(last.map((end, axis) => end - first[axis]! + 1));
        }
      }),
    );
  });

  test('a box wastes little, and takes little memory', () => {
    fc.assert(
      fc.property(blocksOf, itemsizes, (blocks, itemsize) => {
        for (const { box, blocks: own } of groupBlocks(blocks, itemsize)) {
          if (own.length === 1) continue;
          const [all, wanted] = [size(box.count), own.reduce((n, b) => n + size(b.count), 0)];
          expect(all * itemsize).toBeLessThanOrEqual(16 * KiB * KiB);
          // The first block's own box may have gaps, which a single block's is read without.
          const gaps =
            size(box.start.map((_, axis) => lengthOf(own[0]!, axis))) - size(own[0]!.count);
          const waste = (all - wanted - gaps) * itemsize;
          expect(waste).toBeLessThanOrEqual((own.length - 1) * 32 * KiB);
        }
      }),
    );
  });

  test('a box stays small, also where it wastes nothing', () => {
    const all = { data: new Uint8Array(16).fill(1), shape: [4, 4], dtype: '|b1' };
    const rows = selectionBlocks(resolveSelection(all, [4, 4]));
    const counts = [...groupBlocks(rows, 2 * KiB * KiB)].map(({ box }) => box.count);
    expect(counts).toEqual([
      [2, 4],
      [2, 4],
    ]);
  });

  test('neighbours go together where calls are dearer, and not where copying is', () => {
    const selection = resolveSelection([[0, 2, 3, 7, 8]], [10]);
    const counts = (itemsize: number): number[] =>
      [...groupBlocks(selectionBlocks(selection), itemsize)].map(({ blocks }) => blocks.length);
    const all = [...selectionBlocks(selection)].length;
    expect(counts(4)).toEqual([all]);
    expect(counts(64 * KiB)).toEqual(Array.from({ length: all }, () => 1));
  });
});

function lengthOf({ count, stride }: SelectionBlock, axis: number): number {
  return (count[axis]! - 1) * stride[axis]! + 1;
}

function lastOf(block: SelectionBlock, axis: number): number {
  return block.start[axis]! + lengthOf(block, axis) - 1;
}

function size(count: readonly number[]): number {
  return count.reduce((total, length) => total * length, 1);
}
