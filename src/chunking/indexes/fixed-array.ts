import type { ChunkBlock, ChunkLocations } from '../chunk-index.js';
import { UNDEFINED } from '../format/cursor.js';
import {
  bitAt,
  settledRecords,
  expectArrayBlock,
  expectElementSize,
  readOnce,
} from './array-blocks.js';
import { copyAbsent, copyRecord, parseChunkRecords, type ChunkRecords } from './chunk-records.js';
import {
  blockBudget,
  lazyIndex,
  loadInFileOrder,
  type GrowableIndex,
  type IndexContext,
} from './lazy-index.js';
import { positionalBlock } from './positional-block.js';
import { positionalNumbering } from './positional-numbering.js';

/** The data block as far as it is needed to find its pages; an unpaged one is a single page. */
interface DataBlock {
  readonly pageLength: number;
  readonly pages: number;
  /** Whether a page was ever written: the bytes of one that wasn't are garbage. */
  readonly written: (page: number) => boolean;
  readonly extentOf: (page: number) => { offset: number; length: number };
  /** The records of page `p`, `null` when it was never written. */
  readonly readPage: (page: number) => Promise<ChunkRecords | null>;
}

const CHECKSUM = 4;
const ROOT = 0;

/**
 * The fixed array index: the chunks of a dataset whose every dimension has a maximum.
 *
 * Source: HDF5 File Format Specification, "Fixed Array Index".
 *
 * @param before complete pages of the same array, known from before the dataset grew
 */
export function fixedArrayIndex(
  context: IndexContext,
  before: Iterable<readonly [number, ChunkRecords]> = [],
): GrowableIndex {
  const { grid } = context;
  const numbering = positionalNumbering(grid, context.maxShape);
  const dataBlock = readOnce(() => readDataBlock(context, numbering.capacity));
  const pages = readOnce<ChunkRecords | null>(
    async (page) => (await dataBlock.get(ROOT))?.readPage(page) ?? null,
    before,
  );

  function find(chunk: number, into: ChunkLocations, at: number): boolean {
    const block = dataBlock.known.get(ROOT);
    if (block === undefined) return false;
    const position = numbering.position(chunk);
    const records =
      block === null ? null : pages.known.get(Math.floor(position / block.pageLength));
    if (records === undefined) return false;
    if (records === null) copyAbsent(into, at);
    else copyRecord(records, position % block!.pageLength, into, at);
    return true;
  }

  return lazyIndex('fixed array', context, {
    find,
    async load(chunk) {
      const block = await dataBlock.get(ROOT);
      if (block !== null) await pages.get(Math.floor(numbering.position(chunk) / block.pageLength));
    },
    async *scan(): AsyncGenerator<ChunkBlock> {
      const block = await dataBlock.get(ROOT);
      if (block === null) return;
      const end = Math.min(block.pages, Math.ceil(numbering.end / block.pageLength));
      const written = Array.from({ length: end }, (_, page) => page).filter(block.written);
      const missing = written.filter((page) => !pages.known.has(page));
      await loadInFileOrder(
        context.file,
        missing.map((page) => ({ ...block.extentOf(page), page })),
        ({ page }) => pages.get(page),
      );
      for (const page of written) {
        const records = pages.known.get(page);
        if (records) yield positionalBlock(records, page * block.pageLength, numbering);
      }
    },
    grown(next) {
      const pageLength = dataBlock.known.get(ROOT)?.pageLength;
      // Without the data block no page of this array has been asked for: what is known is from before.
      if (pageLength === undefined) return fixedArrayIndex(next, before);
      const first = (page: number): number => page * pageLength;
      return fixedArrayIndex(next, settledRecords(pages.known, context, numbering, first));
    },
  });
}

async function readDataBlock(
  context: IndexContext,
  capacity: number | null,
): Promise<DataBlock | null> {
  const { file, address: headerAddress, records: format } = context;
  const spend = blockBudget(file);
  const header = await file.readChecked(
    headerAddress,
    8 + file.lengthSize + file.offsetSize + CHECKSUM,
    'fixed array header',
  );
  expectArrayBlock(header, 'FAHD', format);
  const elementSize = expectElementSize(header, file, format);
  const pageBits = header.u8();
  const elements = header.length();
  if (elements !== capacity) {
    throw header.fail(`Expected a fixed array of ${capacity} elements, got ${elements}`);
  }
  const address = header.address();
  if (address === UNDEFINED) return null;
  const structure = 'fixed array data block';
  const prefixLength = 6 + file.offsetSize;

  const pageLength = 2 ** pageBits;
  if (elements <= pageLength) {
    const length = prefixLength + elements * elementSize + CHECKSUM;
    return {
      pageLength,
      pages: 1,
      written: () => true,
      extentOf: () => ({ offset: address, length }),
      async readPage() {
        const block = await file.readChecked(address, length, structure);
        expectArrayBlock(block, 'FADB', format, headerAddress);
        return parseChunkRecords(block, elements, format);
      },
    };
  }
  const pages = Math.ceil(elements / pageLength);
  const bitsLength = Math.ceil(pages / 8);
  const prefix = await file.readChecked(address, prefixLength + bitsLength + CHECKSUM, structure);
  expectArrayBlock(prefix, 'FADB', format, headerAddress);
  const written = prefix.take(bitsLength).slice();
  const isWritten = (page: number): boolean => bitAt(written, page);
  const firstPage = address + prefixLength + bitsLength + CHECKSUM;
  const elementsOf = (page: number): number => Math.min(pageLength, elements - page * pageLength);
  const extentOf = (page: number): { offset: number; length: number } => ({
    offset: firstPage + page * (pageLength * elementSize + CHECKSUM),
    length: elementsOf(page) * elementSize + CHECKSUM,
  });
  return {
    pageLength,
    pages,
    written: isWritten,
    extentOf,
    async readPage(page) {
      if (!isWritten(page)) return null;
      const { offset, length } = extentOf(page);
      spend(length, offset);
      const cursor = await file.readChecked(offset, length, 'fixed array data block page');
      return parseChunkRecords(cursor, elementsOf(page), format);
    },
  };
}
