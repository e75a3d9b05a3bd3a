import { CorruptFileError } from '../../errors.js';
import type { ChunkBlock, ChunkIndexKind, ChunkLocations } from '../chunk-index.js';
import { copyAbsent, copyRecord } from './chunk-records.js';
import { unsettledDimensions } from './settled-chunks.js';
import { lazyIndex, loadInFileOrder, type GrowableIndex, type IndexContext } from './lazy-index.js';
import {
  blockOf,
  chunkOf,
  copyFromLeaf,
  lastAtMost,
  mergeLeaves,
  recordOf,
  sliceOfLeaf,
  type Leaf,
} from './sorted-leaf.js';

/** A node above the leaves, as it is in the file. */
export interface InnerNode {
  readonly level: number;
  /** Child `i` holds chunks from `starts[i]` up to, not including, `stops[i]`; both ascend. */
  readonly starts: Float64Array;
  readonly stops: Float64Array;
  readonly addresses: Float64Array;
  /** Chunks of each child; `null` where the child itself says how many. */
  readonly counts: Uint16Array | null;
  /** Chunks that lie in the node itself, between those of its children; `null` for none. */
  readonly own: Leaf | null;
}

/** How one kind of B-tree is read. */
export interface TreeReader {
  readonly readRoot: () => Promise<Leaf | InnerNode>;
  readonly readChild: (parent: InnerNode, i: number) => Promise<Leaf | InnerNode>;
  /** The same without waiting; `undefined` when it has to be waited for. */
  readonly tryReadChild: (parent: InnerNode, i: number) => Leaf | InnerNode | undefined;
  /** Bytes of a node, about. */
  readonly nodeBytes: () => number;
}

/** A node above the leaves, with what has been read below it. */
interface Branch extends InnerNode {
  readonly low: number;
  readonly high: number;
  /** What it is a child of, and which. */
  readonly parent: Branch | null;
  readonly place: number;
  readonly children: (Leaf | Branch | undefined)[];
  readonly loading: Map<number, Promise<Leaf | Branch>>;
  missing: number;
}

/**
 * An index whose chunks lie in a B-tree. A lookup descends from the root, reading the nodes that
 * were not read before. Where all children of a node are read, and are leaves, one leaf takes the
 * place of all: a thousand small arrays take more memory than what is in them.
 *
 * @param makeReader makes what reads the tree of a context
 * @param before leaves without gaps, known from before the dataset grew, ascending. What lies
 *   within one of them isn't read again: nothing can have been inserted there.
 */
export function chunkTreeIndex(
  kind: ChunkIndexKind,
  context: IndexContext,
  makeReader: (context: IndexContext) => TreeReader,
  before: readonly Leaf[] = [],
): GrowableIndex {
  const { file, grid } = context;
  const reader = makeReader(context);
  // The root is the only child of a node that isn't in the file.
  const top = branchOf(
    {
      level: Infinity,
      starts: Float64Array.of(0),
      stops: Float64Array.of(grid.count),
      addresses: Float64Array.of(context.address),
      counts: null,
      own: null,
    },
    { low: 0, high: grid.count, parent: null, place: 0 },
  );
  const beforeFirsts = Float64Array.from(before, ({ first }) => first);
  /** Neighbours are often looked up together. */
  let recent: Leaf | undefined;

  function rangeOf(parent: Branch, i: number): { low: number; high: number } {
    const low = Math.max(parent.low, parent.starts[i]!);
    return { low, high: Math.min(parent.high, parent.stops[i]!) };
  }

  function keptChild(parent: Branch, i: number): Leaf | undefined {
    const { low, high } = rangeOf(parent, i);
    const kept = before[lastAtMost(beforeFirsts, low)];
    if (kept === undefined || low >= high || high - 1 > kept.last) return undefined;
    return sliceOfLeaf(kept, low, high);
  }

  async function readChild(parent: Branch, i: number): Promise<Leaf | Branch> {
    const reading = parent === top ? reader.readRoot() : reader.readChild(parent, i);
    return checked(parent, i, await reading);
  }

  function checked(parent: Branch, i: number, node: Leaf | InnerNode): Leaf | Branch {
    const { low, high } = rangeOf(parent, i);
    if (!isLeaf(node)) return branchOf(node, { low, high, parent, place: i });
    if (node.records.count > 0 && (node.first < low || node.last >= high)) {
      throw new CorruptFileError(
        `Expected chunks ${low} to ${high - 1} in a leaf, got ${node.first} to ${node.last}`,
        { place: { ...file.place, structure: kind, offset: parent.addresses[i]! } },
      );
    }
    return node;
  }

  function loadChild(parent: Branch, i: number): Promise<Leaf | Branch> {
    const known = parent.children[i];
    if (known !== undefined) return Promise.resolve(known);
    const kept = keptChild(parent, i);
    if (kept !== undefined) return Promise.resolve(setChild(parent, i, kept));
    let loading = parent.loading.get(i);
    if (loading === undefined) {
      loading = readChild(parent, i)
        .then((node) => setChild(parent, i, node))
        .finally(() => parent.loading.delete(i));
      parent.loading.set(i, loading);
    }
    return loading;
  }

  /** Loads what has been read beforehand; `false` when that isn't so. */
  function tryLoadChild(parent: Branch, i: number): boolean {
    if (parent.children[i] !== undefined) return true;
    if (parent === top || parent.loading.has(i)) return false;
    const node = reader.tryReadChild(parent, i);
    if (node !== undefined) setChild(parent, i, checked(parent, i, node));
    return node !== undefined;
  }

  function setChild(parent: Branch, i: number, node: Leaf | Branch): Leaf | Branch {
    parent.children[i] = node;
    parent.missing--;
    mergeIfWhole(parent);
    return node;
  }

  function mergeIfWhole(branch: Branch): void {
    if (branch.missing > 0 || branch.parent === null) return;
    const leaves = branch.children.filter((child) => child !== undefined).filter(isLeaf);
    if (leaves.length < branch.children.length) return;
    const merged = mergeLeaves(leaves, branch.own);
    if (merged !== null) branch.parent.children[branch.place] = merged;
  }

  function find(chunk: number, into: ChunkLocations, at: number): boolean {
    if (recent === undefined || chunk < recent.first || chunk > recent.last) {
      let node: Leaf | Branch = top;
      while (!isLeaf(node)) {
        const own = node.own === null ? -1 : recordOf(node.own, chunk);
        if (own >= 0) {
          copyRecord(node.own!.records, own, into, at);
          return true;
        }
        const child = lastAtMost(node.starts, chunk);
        if (child < 0) {
          copyAbsent(into, at);
          return true;
        }
        const next: Leaf | Branch | undefined = node.children[child];
        if (next === undefined) return false;
        node = next;
      }
      recent = node;
    }
    copyFromLeaf(recent, chunk, into, at);
    return true;
  }

  async function load(chunk: number): Promise<void> {
    let node: Leaf | Branch = top;
    while (!isLeaf(node)) {
      if (node.own !== null && recordOf(node.own, chunk) >= 0) return;
      const child = lastAtMost(node.starts, chunk);
      if (child < 0) return;
      node = await loadChild(node, child);
    }
  }

  /** Level by level, since only a level that is wholly known can be read in file order. */
  async function loadAll(): Promise<void> {
    for (let branches = [top]; branches.length > 0;) {
      const wanted = branches.flatMap((branch) =>
        Array.from(branch.addresses, (offset, i) => ({
          offset,
          length: reader.nodeBytes(),
          branch,
          i,
        })).filter(({ i }) => {
          if (branch.children[i] !== undefined) return false;
          const kept = keptChild(branch, i);
          if (kept !== undefined) setChild(branch, i, kept);
          return kept === undefined;
        }),
      );
      await loadInFileOrder(
        file,
        wanted,
        ({ branch, i }) => loadChild(branch, i),
        ({ branch, i }) => tryLoadChild(branch, i),
      );
      branches = branches
        .flatMap(({ children }) => children)
        .filter((child): child is Branch => child !== undefined && !isLeaf(child));
    }
  }

  /** What can be taken over when the dataset grows along its first dimension. */
  function settledLeaves(): Leaf[] {
    const unsettled = unsettledDimensions(context);
    if (unsettled.some((d) => d > 0)) return [];
    const end = unsettled.length > 0 ? grid.count - grid.strides[0]! : grid.count;
    const known = [...leavesBelow(top), ...before]
      .filter(({ first, chunks, records }) => chunks === null && records.count > 0 && first < end)
      .map((leaf) => (leaf.last < end ? leaf : sliceOfLeaf(leaf, leaf.first, end)))
      .sort((a, b) => a.first - b.first || b.last - a.last);
    let last = -1;
    return known.filter((leaf) => {
      const isNew = leaf.last > last;
      last = Math.max(last, leaf.last);
      return isNew;
    });
  }

  return lazyIndex(kind, context, {
    find,
    load,
    async *scan() {
      await loadAll();
      yield* blocksBelow(top);
    },
    grown(next) {
      // Otherwise the chunks have other numbers now.
      const same = grid.strides.every((stride, d) => stride === next.grid.strides[d]);
      return chunkTreeIndex(kind, next, makeReader, same ? settledLeaves() : []);
    },
  });
}

function isLeaf(node: Leaf | InnerNode): node is Leaf {
  return node.level === 0;
}

function branchOf(
  node: InnerNode,
  where: Pick<Branch, 'low' | 'high' | 'parent' | 'place'>,
): Branch {
  const count = node.addresses.length;
  return {
    ...node,
    ...where,
    children: new Array<undefined>(count),
    loading: new Map(),
    missing: count,
  };
}

function* leavesBelow(node: Leaf | Branch): Generator<Leaf> {
  if (isLeaf(node)) yield node;
  else for (const child of node.children) if (child !== undefined) yield* leavesBelow(child);
}

/** All chunks in order of a tree that has been read. */
function* blocksBelow(node: Leaf | Branch): Generator<ChunkBlock> {
  if (isLeaf(node)) {
    yield blockOf(node);
    return;
  }
  const { own, starts } = node;
  let ownDone = 0;
  for (const [i, child] of node.children.entries()) {
    if (child !== undefined) yield* blocksBelow(child);
    if (own === null) continue;
    const from = ownDone;
    const next = starts[i + 1] ?? Infinity;
    while (ownDone < own.records.count && chunkOf(own, ownDone) < next) ownDone++;
    if (ownDone > from) yield blockOf(own, from, ownDone);
  }
}
