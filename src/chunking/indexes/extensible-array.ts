import type { ChunkBlock, ChunkLocations } from '../chunk-index.js';
import { superBlockOf } from '../format/extensible-array.js';
import { settledRecords, readOnce } from './array-blocks.js';
import { copyAbsent, copyRecord, type ChunkRecords } from './chunk-records.js';
import {
  openExtensibleArray,
  type ExtensibleArray,
  type Leaf,
  type SecondaryBlocks,
} from './extensible-array-blocks.js';
import { lazyIndex, loadInFileOrder, type GrowableIndex, type IndexContext } from './lazy-index.js';
import { positionalBlock } from './positional-block.js';
import { positionalNumbering } from './positional-numbering.js';

const ROOT = 0;

interface KeptBlocks {
  readonly secondary: SecondaryBlocks;
  readonly leaves: ReadonlyMap<number, ChunkRecords>;
}

/**
 * The extensible array index: the chunks of a dataset with one unlimited dimension. A lookup
 * reads at most the header, the index block, one secondary block and one data block or page.
 *
 * Source: HDF5 File Format Specification, "Extensible Array Index".
 *
 * @param before complete blocks of the same array, known from before the dataset grew
 */
export function extensibleArrayIndex(context: IndexContext, before?: KeptBlocks): GrowableIndex {
  const { grid } = context;
  const numbering = positionalNumbering(grid, context.maxShape);
  const arrays = readOnce(() => openExtensibleArray(context, numbering.end, before?.secondary));
  const leaves = readOnce<ChunkRecords | null>(
    async (leaf) => (await arrays.get(ROOT))?.readLeaf(leaf) ?? null,
    before?.leaves,
  );

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
    const written: Leaf[] = [];
    for await (const leaf of array.writtenLeaves(numbering.end - indexElements)) written.push(leaf);
    const missing = written.filter(({ leaf }) => !leaves.known.has(leaf));
    await loadInFileOrder(context.file, missing, ({ leaf }) => leaves.get(leaf));
    for (const { leaf, firstElement } of written) {
      const records = leaves.known.get(leaf);
      if (records) yield positionalBlock(records, indexElements + firstElement, numbering);
    }
  }

  return lazyIndex('extensible array', context, {
    find,
    load,
    scan,
    grown(next) {
      const array = arrays.known.get(ROOT);
      // Without the index block nothing has been asked for: what is known is from before.
      if (!array) return extensibleArrayIndex(next, before);
      const first = (leaf: number): number => firstPositionOf(array, leaf);
      return extensibleArrayIndex(next, {
        secondary: array.completeSecondary(),
        leaves: settledRecords(leaves.known, context, numbering, first),
      });
    },
  });
}

function firstPositionOf({ geometry, parameters }: ExtensibleArray, leaf: number): number {
  const superBlock = geometry.superBlocks.findLast(({ firstLeaf }) => firstLeaf <= leaf)!;
  const element = superBlock.firstElement + (leaf - superBlock.firstLeaf) * superBlock.leafElements;
  return parameters.indexElements + element;
}

function leafOf({ geometry, parameters }: ExtensibleArray, position: number): number {
  const element = position - parameters.indexElements;
  const superBlock = geometry.superBlocks[superBlockOf(element, parameters.minDataBlockElements)]!;
  const within = element - superBlock.firstElement;
  return superBlock.firstLeaf + Math.floor(within / superBlock.leafElements);
}
