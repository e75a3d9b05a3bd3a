/** Byte ranges wanted from a file, as parallel arrays; `owners[i]` is the image that needs range `i`. */
export interface WantedRanges {
  readonly offsets: ArrayLike<number>;
  readonly lengths: ArrayLike<number>;
  readonly owners: ArrayLike<number>;
}

/** How far reads may be merged. */
export interface CoalesceLimits {
  /** Unwanted bytes between two ranges that are cheaper to read than to skip. */
  readonly gap: number;
  /** A read isn't made longer than this by merging. */
  readonly maxLength: number;
}

/**
 * The few, sorted reads that fetch the wanted ranges. Owners that share a read are in one group, so
 * a group can be read and assembled without any other.
 */
export interface ReadPlan {
  /** Per read, ascending: where it starts and how long it is. */
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  /** The read that covers each wanted range. */
  readonly readOf: Uint32Array;
  /** Groups in file order of their first read. */
  readonly groups: readonly ReadGroup[];
}

export interface ReadGroup {
  /** Reads of the group, ascending. */
  readonly reads: readonly number[];
  /** Owners of the group, ascending. */
  readonly owners: readonly number[];
}

/**
 * Sorts and merges reads.
 *
 * @example
 * // three planes side by side are one read
 * planReads({ offsets: [0, 64, 128], lengths: [64, 64, 64], owners: [0, 0, 0] }, limits).lengths; // [192]
 */
export function planReads(wanted: WantedRanges, limits: CoalesceLimits): ReadPlan {
  const { offsets, lengths, owners } = wanted;
  const count = offsets.length;
  const sorted = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => offsets[a]! - offsets[b]! || lengths[a]! - lengths[b]!,
  );
  const readOffsets = new Float64Array(count);
  const readLengths = new Float64Array(count);
  const readOf = new Uint32Array(count);
  let reads = 0;
  for (const i of sorted) {
    const start = offsets[i]!;
    const end = start + lengths[i]!;
    const last = reads - 1;
    const lastStart = readOffsets[last] ?? 0;
    const lastEnd = lastStart + (readLengths[last] ?? 0);
    // A range that begins inside the last read joins it even beyond the limit: its bytes come anyway.
    const joins =
      reads > 0 &&
      (start < lastEnd || (start <= lastEnd + limits.gap && end - lastStart <= limits.maxLength));
    if (joins) {
      readLengths[last] = Math.max(end, lastEnd) - lastStart;
    } else {
      readOffsets[reads] = start;
      readLengths[reads] = end - start;
      reads++;
    }
    readOf[i] = reads - 1;
  }
  return {
    offsets: readOffsets.slice(0, reads),
    lengths: readLengths.slice(0, reads),
    readOf,
    groups: groupByRead(owners, readOf, reads),
  };
}

/** Connected components of owners that share reads. */
function groupByRead(owners: ArrayLike<number>, readOf: Uint32Array, reads: number): ReadGroup[] {
  // Union-find over reads: an owner joins all the reads it needs.
  const parent = Uint32Array.from({ length: reads }, (_, i) => i);
  const find = (read: number): number => {
    while (parent[read] !== read) {
      parent[read] = parent[parent[read]!]!;
      read = parent[read]!;
    }
    return read;
  };
  const readOfOwner = new Map<number, number>();
  for (let i = 0; i < readOf.length; i++) {
    const first = readOfOwner.get(owners[i]!);
    if (first === undefined) {
      readOfOwner.set(owners[i]!, readOf[i]!);
      continue;
    }
    const [a, b] = [find(first), find(readOf[i]!)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  // The smallest read of a component is its root, so groups come out in file order.
  const groups = new Map<number, { reads: number[]; owners: number[] }>();
  for (let read = 0; read < reads; read++) {
    const root = find(read);
    if (root === read) groups.set(root, { reads: [], owners: [] });
    groups.get(root)!.reads.push(read);
  }
  for (const [owner, read] of [...readOfOwner].sort(([a], [b]) => a - b)) {
    groups.get(find(read))!.owners.push(owner);
  }
  return [...groups.values()];
}
