import {
  btreeNodeLength,
  readBtreeNode,
  tryReadBtreeNode,
  type BtreeNode,
} from '../format/btree-v1.js';
import { parseInner, parseLeaf } from './btree-v1-nodes.js';
import { chunkTreeIndex, type InnerNode, type TreeReader } from './chunk-tree.js';
import { blockBudget, type GrowableIndex, type IndexContext } from './lazy-index.js';
import type { Leaf } from './sorted-leaf.js';

/** Entries of a node, unless the file was created with an unusual rank of its B-trees. */
const USUAL_ENTRIES = 64;

/**
 * The version 1 B-tree, which indexes the chunks of every dataset written with HDF5's default
 * format.
 *
 * Source: HDF5 File Format Specification, "Version 1 B-trees", node type 1.
 */
export function btreeV1Index(context: IndexContext): GrowableIndex {
  return chunkTreeIndex('v1 B-tree', context, btreeV1Reader);
}

function btreeV1Reader(context: IndexContext): TreeReader {
  const { file, grid } = context;
  const spend = blockBudget(file);
  const keyLength = 8 + 8 * (grid.shape.length + 1);

  async function readNode(address: number, level?: number): Promise<Leaf | InnerNode> {
    return parse(await readBtreeNode(file, address, 1, keyLength, level, USUAL_ENTRIES), address);
  }

  function parse(node: BtreeNode, address: number): Leaf | InnerNode {
    spend(node.length, address);
    return node.level === 0
      ? parseLeaf(node.body, node.entries, context)
      : parseInner(node.body, node.entries, node.level, grid);
  }

  return {
    readRoot: () => readNode(context.address),
    readChild: ({ addresses, level }, i) => readNode(addresses[i]!, level - 1),
    tryReadChild({ addresses, level }, i) {
      const address = addresses[i]!;
      const node = tryReadBtreeNode(file, address, 1, keyLength, level - 1, USUAL_ENTRIES);
      return node && parse(node, address);
    },
    nodeBytes: () => btreeNodeLength(file, keyLength, USUAL_ENTRIES),
  };
}
