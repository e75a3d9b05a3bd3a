/** How an extensible array was created: its header's parameters. */
export interface ExtensibleArrayParameters {
  /** Bits of the largest number of elements. */
  readonly maxBits: number;
  /** Elements in the index block itself. */
  readonly indexElements: number;
  /** Elements of the smallest data block: a power of 2. */
  readonly minDataBlockElements: number;
  /** Data block addresses of the smallest secondary block: a power of 2, at least 2. */
  readonly minDataBlockPointers: number;
  /** Bits of the number of elements in a data block page. */
  readonly pageBits: number;
}

/** One generation of data blocks, all of the same size (HDF5: "super block"). */
export interface SuperBlock {
  readonly dataBlocks: number;
  /** Elements of each data block. */
  readonly elements: number;
  /** Number of its first element, those in the index block not counted. */
  readonly firstElement: number;
  /** Number of its first data block, over all super blocks. */
  readonly firstDataBlock: number;
  /** Elements read and checked at once: a page, or the whole data block where it isn't paged. */
  readonly leafElements: number;
  /** Leaves of each data block; more than 1 where it is paged. */
  readonly leaves: number;
  /** Number of its first leaf, over all super blocks. */
  readonly firstLeaf: number;
}

export interface ExtensibleArrayGeometry {
  readonly superBlocks: readonly SuperBlock[];
  /** The first super blocks have no block of their own: the index block holds their addresses. */
  readonly directSuperBlocks: number;
  /** Data block addresses in the index block. */
  readonly directDataBlocks: number;
}

/**
 * The sizes of all blocks of an extensible array, which double every other super block.
 *
 * Source: HDF5 File Format Specification, "Extensible Array Index"; libhdf5, `H5EA__hdr_init`.
 */
export function extensibleArrayGeometry(
  parameters: ExtensibleArrayParameters,
): ExtensibleArrayGeometry {
  const { maxBits, minDataBlockElements, minDataBlockPointers, pageBits } = parameters;
  const pageElements = 2 ** pageBits;
  const count = 1 + maxBits - Math.log2(minDataBlockElements);
  const superBlocks: SuperBlock[] = [];
  let firstElement = 0;
  let firstDataBlock = 0;
  let firstLeaf = 0;
  for (let u = 0; u < count; u++) {
    const dataBlocks = 2 ** (u >> 1);
    const elements = minDataBlockElements * 2 ** ((u + 1) >> 1);
    const leafElements = Math.min(elements, pageElements);
    const leaves = elements / leafElements;
    superBlocks.push({
      dataBlocks,
      elements,
      firstElement,
      firstDataBlock,
      leafElements,
      leaves,
      firstLeaf,
    });
    firstElement += dataBlocks * elements;
    firstDataBlock += dataBlocks;
    firstLeaf += dataBlocks * leaves;
  }
  return {
    superBlocks,
    directSuperBlocks: 2 * Math.log2(minDataBlockPointers),
    directDataBlocks: 2 * (minDataBlockPointers - 1),
  };
}

/** The super block of element `element`, those in the index block not counted. */
export function superBlockOf(element: number, minDataBlockElements: number): number {
  const quotient = Math.floor(element / minDataBlockElements) + 1;
  return quotient < 2 ** 32
    ? 31 - Math.clz32(quotient)
    : 63 - Math.clz32(Math.floor(quotient / 2 ** 32));
}
