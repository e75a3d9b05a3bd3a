import { UNDEFINED, type Cursor } from '../format/cursor.js';
import {
  extensibleArrayGeometry,
  type ExtensibleArrayGeometry,
  type ExtensibleArrayParameters,
  type SuperBlock,
} from '../format/extensible-array.js';
import { bitAt, expectArrayBlock, expectElementSize, readOnce } from './array-blocks.js';
import { parseChunkRecords, type ChunkRecords } from './chunk-records.js';
import { blockBudget, type IndexContext } from './lazy-index.js';

/**
 * An extensible array whose header and index block have been read. What is read and checked at
 * once, a page or an unpaged data block, is here a "leaf"; leaves are numbered in the order of
 * their elements, and so are elements, those in the index block not counted.
 */
export interface ExtensibleArray {
  readonly parameters: ExtensibleArrayParameters;
  readonly geometry: ExtensibleArrayGeometry;
  /** The elements in the index block itself. */
  readonly indexRecords: ChunkRecords;
  /** `null` for a leaf that was never written. */
  readLeaf(leaf: number): Promise<ChunkRecords | null>;
  /** The leaves that were written, among those that hold elements below `end`. */
  writtenLeaves(end: number): AsyncGenerator<Leaf>;
  /** The secondary blocks read so far that have nothing left to be added. */
  completeSecondary(): SecondaryBlocks;
}

/** By super block. */
export type SecondaryBlocks = ReadonlyMap<number, SecondaryBlock>;

/** Where a leaf lies, and what it holds. */
export interface Leaf {
  readonly leaf: number;
  readonly firstElement: number;
  readonly offset: number;
  readonly length: number;
}

interface Header {
  readonly parameters: ExtensibleArrayParameters;
  readonly elementSize: number;
  readonly indexBlock: number;
}

interface SecondaryBlock {
  /** Addresses of its data blocks. */
  readonly dataBlocks: readonly number[];
  /** One bit for each page; empty where data blocks aren't paged. */
  readonly written: Uint8Array;
}

const CHECKSUM = 4;

/**
 * Returns `null` when nothing was ever written.
 *
 * @param before complete secondary blocks, known from before the array grew
 */
export async function openExtensibleArray(
  context: IndexContext,
  positions: number,
  before?: SecondaryBlocks,
): Promise<ExtensibleArray | null> {
  const { file, address: headerAddress, records: format } = context;
  const spend = blockBudget(file);
  const { parameters, elementSize, indexBlock } = await readHeader(context, positions);
  if (indexBlock === UNDEFINED) return null;
  const geometry = extensibleArrayGeometry(parameters);
  const { superBlocks, directSuperBlocks, directDataBlocks } = geometry;
  /** Bytes of a block's number of its first element, which nobody needs. */
  const blockOffsetSize = Math.ceil(parameters.maxBits / 8);
  const prefixLength = 6 + file.offsetSize + blockOffsetSize;

  const index = await readIndexBlock();
  const secondary = readOnce<SecondaryBlock | null>(readSecondaryBlock, before);

  async function readBlock(
    offset: number,
    length: number,
    signature: string,
    structure: string,
  ): Promise<Cursor> {
    spend(length, offset);
    const block = await file.readChecked(offset, length, structure);
    expectArrayBlock(block, signature, format, headerAddress);
    return block;
  }

  async function readIndexBlock(): Promise<{
    records: ChunkRecords;
    dataBlocks: number[];
    secondaryBlocks: number[];
  }> {
    const pointers = directDataBlocks + superBlocks.length - directSuperBlocks;
    const elementBytes = parameters.indexElements * elementSize;
    const length = 6 + file.offsetSize + elementBytes + pointers * file.offsetSize + CHECKSUM;
    const block = await readBlock(indexBlock, length, 'EAIB', 'extensible array index block');
    const records = parseChunkRecords(block, parameters.indexElements, format);
    return {
      records,
      dataBlocks: addresses(block, directDataBlocks),
      secondaryBlocks: addresses(block, superBlocks.length - directSuperBlocks),
    };
  }

  async function readSecondaryBlock(u: number): Promise<SecondaryBlock | null> {
    const offset = index.secondaryBlocks[u - directSuperBlocks]!;
    if (offset === UNDEFINED) return null;
    const { dataBlocks, leaves } = superBlocks[u]!;
    // Each data block's bits get whole bytes of space, but lie one behind the other without gaps.
    const bitsLength = leaves > 1 ? dataBlocks * Math.ceil(leaves / 8) : 0;
    const length = prefixLength + bitsLength + dataBlocks * file.offsetSize + CHECKSUM;
    const block = await readBlock(offset, length, 'EASB', 'extensible array secondary block');
    block.skip(blockOffsetSize);
    const written = block.take(bitsLength).slice();
    return { written, dataBlocks: addresses(block, dataBlocks) };
  }

  /** The address of data block `block` of super block `u`, and whether its page was written. */
  function dataBlockAddress(
    blocks: SecondaryBlock | null,
    u: number,
    block: number,
    page: number,
  ): number {
    const { firstDataBlock, leaves } = superBlocks[u]!;
    if (u < directSuperBlocks) return index.dataBlocks[firstDataBlock + block]!;
    if (blocks === null) return UNDEFINED;
    if (leaves > 1 && !bitAt(blocks.written, block * leaves + page)) return UNDEFINED;
    return blocks.dataBlocks[block]!;
  }

  function secondaryBlockOf(u: number): Promise<SecondaryBlock | null> {
    return u < directSuperBlocks ? Promise.resolve(null) : secondary.get(u);
  }

  /** The page, or the whole data block where it isn't paged. */
  function extentOf(
    u: number,
    dataBlock: number,
    page: number,
  ): { offset: number; length: number } {
    const { leaves, leafElements } = superBlocks[u]!;
    const length = leafElements * elementSize + CHECKSUM;
    return leaves === 1
      ? { offset: dataBlock, length: prefixLength + length }
      : { offset: dataBlock + prefixLength + CHECKSUM + page * length, length };
  }

  async function readLeaf(leaf: number): Promise<ChunkRecords | null> {
    const u = superBlocks.findLastIndex(({ firstLeaf }) => firstLeaf <= leaf);
    const { firstLeaf, leaves, leafElements } = superBlocks[u]!;
    const block = Math.floor((leaf - firstLeaf) / leaves);
    const page = (leaf - firstLeaf) % leaves;
    const address = dataBlockAddress(await secondaryBlockOf(u), u, block, page);
    if (address === UNDEFINED) return null;
    const { offset, length } = extentOf(u, address, page);
    if (leaves === 1) {
      const cursor = await readBlock(offset, length, 'EADB', 'extensible array data block');
      cursor.skip(blockOffsetSize);
      return parseChunkRecords(cursor, leafElements, format);
    }
    spend(length, offset);
    const cursor = await file.readChecked(offset, length, 'extensible array data block page');
    return parseChunkRecords(cursor, leafElements, format);
  }

  async function* writtenLeaves(end: number): AsyncGenerator<Leaf> {
    for (const [u, superBlock] of superBlocks.entries()) {
      if (superBlock.firstElement >= end) return;
      const blocks = await secondaryBlockOf(u);
      if (u >= directSuperBlocks && blocks === null) continue;
      const leaves = leavesBelow(superBlock, end);
      for (let i = 0; i < leaves; i++) {
        const page = i % superBlock.leaves;
        const address = dataBlockAddress(blocks, u, Math.floor(i / superBlock.leaves), page);
        if (address === UNDEFINED) continue;
        yield {
          leaf: superBlock.firstLeaf + i,
          firstElement: superBlock.firstElement + i * superBlock.leafElements,
          ...extentOf(u, address, page),
        };
      }
    }
  }

  function completeSecondary(): SecondaryBlocks {
    const complete = new Map<number, SecondaryBlock>();
    for (const [u, block] of secondary.known) {
      if (block === null || block.dataBlocks.includes(UNDEFINED)) continue;
      const { dataBlocks, leaves } = superBlocks[u]!;
      const pages = leaves > 1 ? dataBlocks * leaves : 0;
      if (Array.from({ length: pages }, (_, i) => bitAt(block.written, i)).includes(false))
        continue;
      complete.set(u, block);
    }
    return complete;
  }

  return {
    parameters,
    geometry,
    indexRecords: index.records,
    readLeaf,
    writtenLeaves,
    completeSecondary,
  };
}

async function readHeader(context: IndexContext, positions: number): Promise<Header> {
  const { file, address, records: format } = context;
  const length = 12 + 6 * file.lengthSize + file.offsetSize + CHECKSUM;
  const header = await file.readChecked(address, length, 'extensible array header');
  expectArrayBlock(header, 'EAHD', format);
  const elementSize = expectElementSize(header, file, format);
  const parameters = {
    maxBits: header.u8(),
    indexElements: header.u8(),
    minDataBlockElements: header.u8(),
    minDataBlockPointers: header.u8(),
    pageBits: header.u8(),
  };
  expectSound(header, parameters);
  if (positions > parameters.indexElements + 2 ** parameters.maxBits) {
    throw header.fail(`Expected an array of at least ${positions} elements`);
  }
  header.skip(6 * file.lengthSize); // statistics
  return { parameters, elementSize, indexBlock: header.address() };
}

/** Source: libhdf5, `H5EA__hdr_create` and its checks. */
function expectSound(header: Cursor, parameters: ExtensibleArrayParameters): void {
  const { maxBits, minDataBlockElements, minDataBlockPointers, pageBits } = parameters;
  if (maxBits < 1 || maxBits > 64) throw header.fail(`Expected 1 to 64 bits, got ${maxBits}`);
  if (!isPowerOf2(minDataBlockElements) || Math.log2(minDataBlockElements) > maxBits) {
    throw header.fail(`Expected a power of 2 of elements, got ${minDataBlockElements}`);
  }
  const superBlocks = 1 + maxBits - Math.log2(minDataBlockElements);
  if (
    !isPowerOf2(minDataBlockPointers) ||
    minDataBlockPointers < 2 ||
    2 * Math.log2(minDataBlockPointers) > superBlocks
  ) {
    throw header.fail(`Expected a power of 2 of data block pointers, got ${minDataBlockPointers}`);
  }
  // The index block has no bits for pages, so the data blocks it points to can't be paged.
  const largestDirect = minDataBlockElements * (minDataBlockPointers / 2);
  if (pageBits > maxBits || 2 ** pageBits < largestDirect) {
    throw header.fail(
      `Expected pages of ${largestDirect} to 2^${maxBits} elements, got 2^${pageBits}`,
    );
  }
}

function isPowerOf2(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

function addresses(cursor: Cursor, count: number): number[] {
  return Array.from({ length: count }, () => cursor.address());
}

function leavesBelow(superBlock: SuperBlock, end: number): number {
  const needed = Math.ceil((end - superBlock.firstElement) / superBlock.leafElements);
  return Math.min(needed, superBlock.dataBlocks * superBlock.leaves);
}
