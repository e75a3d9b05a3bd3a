import type { ChunkBlock, ChunkIndex, ChunkLocations } from '../chunk-index.js';
import { superBlockOf } from '../format/extensible-array.js';
import { readOnce } from './array-blocks.js';
import { copyAbsent, copyRecord } from './chunk-records.js';
import { openExtensibleArray, type ExtensibleArray, type Leaf } from './extensible-array-blocks.js';
import { lazyIndex, PARALLEL_LOADS, type IndexContext } from './lazy-index.js';
import { positionalBlock } from './positional-block.js';
import { positionalNumbering } from './positional-numbering.js';

const ROOT = 0;

/**
 * The extensible array index: the chunks of a dataset with one unlimited dimension. A lookup
 * reads at most the header, the index block, one secondary block and one data block or page.
 *
 * Source: HDF5 File Format Specification, "Extensible Array Index".
 */
export function extensibleArrayIndex(context: IndexContext): ChunkIndex {
  const { grid } = context;
  const numbering = positionalNumbering(grid, context.maxShape);
  const arrays = readOnce(() => openExtensibleArray(context, numbering.end));
  const leaves = readOnce(async (leaf) => (await arrays.get(ROOT))?.readLeaf(leaf) ?? null);

  function find(chunk: number, into: ChunkLocations, at: number): boolean {
    const array = arrays.known.get(ROOT);
    if (array === undefined) return false;
    if (array === null) {
      copyAbsent(into, at);
      return true;
    }
    const position = numbering.position(chunk);
    const { indexElements, minDataBlockElements } = array.parameters;
    if (position < indexElements) {
      copyRecord(array.indexRecords, position, into, at);
      return true;
    }
    const element = position - indexElements;
    const superBlock = array.geometry.superBlocks[superBlockOf(element, minDataBlockElements)]!;
    const within = element - superBlock.firstElement;
    const leaf = Math.floor(within / superBlock.leafElements);
    const records = leaves.known.get(superBlock.firstLeaf + leaf);
    if (records === undefined) return false;
    if (records === null) copyAbsent(into, at);
    else copyRecord(records, within - leaf * superBlock.leafElements, into, at);
    return true;
  }

  async function load(chunk: number): Promise<void> {
    const array = await arrays.get(ROOT);
    const position = numbering.position(chunk);
    if (array === null || position < array.parameters.indexElements) return;
    await leaves.get(leafOf(array, position));
  }

  async function* scan(): AsyncGenerator<ChunkBlock> {
    const array = await arrays.get(ROOT);
    if (array === null) return;
    const { indexElements } = array.parameters;
    yield positionalBlock(array.indexRecords, 0, numbering);
    let group: Leaf[] = [];
    for await (const next of array.writtenLeaves(numbering.end - indexElements)) {
      group.push(next);
      if (group.length < PARALLEL_LOADS) continue;
      yield* blocksOf(group, indexElements);
      group = [];
    }
    yield* blocksOf(group, indexElements);
  }

  async function* blocksOf(
    group: readonly Leaf[],
    indexElements: number,
  ): AsyncGenerator<ChunkBlock> {
    context.file.prefetch(group);
    const read = await Promise.all(group.map(({ leaf }) => leaves.get(leaf)));
    for (const [i, records] of read.entries()) {
      if (records === null) continue;
      yield positionalBlock(records, indexElements + group[i]!.firstElement, numbering);
    }
  }

  return lazyIndex('extensible array', grid, context.unfilteredEdges, { find, load, scan });
}

function leafOf({ geometry, parameters }: ExtensibleArray, position: number): number {
  const element = position - parameters.indexElements;
  const superBlock = geometry.superBlocks[superBlockOf(element, parameters.minDataBlockElements)]!;
  const within = element - superBlock.firstElement;
  return superBlock.firstLeaf + Math.floor(within / superBlock.leafElements);
}
