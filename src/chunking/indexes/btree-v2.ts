import {
  BtreeV2Type,
  readBtreeV2,
  readBtreeV2Node,
  tryReadBtreeV2Node,
  type BtreeV2,
  type BtreeV2Child,
  type BtreeV2Node,
} from '../format/btree-v2.js';
import { UNDEFINED } from '../format/cursor.js';
import { parseInner, parseLeaf } from './btree-v2-nodes.js';
import { recordLength } from './chunk-records.js';
import { chunkTreeIndex, type InnerNode, type TreeReader } from './chunk-tree.js';
import { blockBudget, type GrowableIndex, type IndexContext } from './lazy-index.js';
import { leafOfScratch, type Leaf } from './sorted-leaf.js';

/** What libhdf5 writes, unless told otherwise. */
const USUAL_NODE_BYTES = 2048;

/**
 * The version 2 B-tree, which indexes the chunks of datasets with two or more unlimited
 * dimensions. Unlike those of a version 1 B-tree, nodes above the leaves hold chunks too.
 *
 * Source: HDF5 File Format Specification, "Version 2 B-trees", record types 10 and 11.
 */
export function btreeV2Index(context: IndexContext): GrowableIndex {
  return chunkTreeIndex('v2 B-tree', context, btreeV2Reader);
}

function btreeV2Reader(context: IndexContext): TreeReader {
  const { file, grid, records } = context;
  const spend = blockBudget(file);
  const type = records.filtered ? BtreeV2Type.filteredChunks : BtreeV2Type.chunks;
  const length = recordLength(records, file.offsetSize) + 8 * grid.shape.length;
  let header: BtreeV2 | undefined;

  async function readNode(
    tree: BtreeV2,
    level: number,
    pointer: BtreeV2Child,
  ): Promise<Leaf | InnerNode> {
    return parse(await readBtreeV2Node(file, tree, level, pointer, type), level, pointer.address);
  }

  function parse(node: BtreeV2Node, level: number, address: number): Leaf | InnerNode {
    spend(node.length, address);
    return level === 0 ? parseLeaf(node, context) : parseInner(node, level, context);
  }

  return {
    async readRoot() {
      header ??= await readBtreeV2(file, context.address, type, length);
      const { root, rootRecords, depth } = header;
      if (root === UNDEFINED) return leafOfScratch(0);
      return readNode(header, depth, { address: root, records: rootRecords });
    },
    readChild(parent, i) {
      return readNode(header!, parent.level - 1, childOf(parent, i));
    },
    tryReadChild(parent, i) {
      const child = childOf(parent, i);
      const level = parent.level - 1;
      const node = tryReadBtreeV2Node(file, header!, level, child, type);
      return node && parse(node, level, child.address);
    },
    nodeBytes: () => header?.nodeSize ?? USUAL_NODE_BYTES,
  };
}

function childOf({ addresses, counts }: InnerNode, i: number): BtreeV2Child {
  return { address: addresses[i]!, records: counts![i]! };
}
