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
  readonly groups: ReadGroups;
}

/**
 * Groups in file order of their first read, as flat arrays: those of group `g` are from `…Ends[g - 1]`
 * (of the first from 0) up to `…Ends[g]`.
 */
export interface ReadGroups {
  readonly count: number;
  /** Reads, ascending within a group. */
  readonly reads: Uint32Array;
  readonly readEnds: Uint32Array;
  /** Owners, ascending within a group. */
  readonly owners: Uint32Array;
  readonly ownerEnds: Uint32Array;
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
  const sorted = sortedRanges(offsets, lengths);
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

/** Numbers of the ranges by offset. */
function sortedRanges(offsets: ArrayLike<number>, lengths: ArrayLike<number>): Uint32Array {
  const count = offsets.length;
  const numbers = new Uint32Array(count);
  const keys = new Float64Array(count);
  let greatest = 0;
  for (let i = 0; i < count; i++) {
    numbers[i] = i;
    keys[i] = offsets[i]! * count + i;
    greatest = Math.max(greatest, offsets[i]!);
  }
  // Offset and number fit one float, of files up to some terabytes: sorting floats takes a fraction of
  // the time of sorting by a function.
  if (greatest < Number.MAX_SAFE_INTEGER / count - 1) {
    keys.sort();
    for (let i = 0; i < count; i++) numbers[i] = keys[i]! % count;
    return numbers;
  }
  return numbers.sort((a, b) => offsets[a]! - offsets[b]! || lengths[a]! - lengths[b]!);
}

const NONE = 0xffffffff;

/** Connected components of owners that share reads. */
function groupByRead(owners: ArrayLike<number>, readOf: Uint32Array, reads: number): ReadGroups {
  // Union-find over reads: an owner joins all the reads it needs.
  const parent = new Uint32Array(reads);
  for (let read = 0; read < reads; read++) parent[read] = read;
  const find = (read: number): number => {
    while (parent[read] !== read) {
      parent[read] = parent[parent[read]!]!;
      read = parent[read]!;
    }
    return read;
  };
  let most = 0;
  for (let i = 0; i < owners.length; i++) most = Math.max(most, owners[i]! + 1);
  const readOfOwner = new Uint32Array(most).fill(NONE);
  for (let i = 0; i < readOf.length; i++) {
    const owner = owners[i]!;
    if (readOfOwner[owner] === NONE) {
      readOfOwner[owner] = readOf[i]!;
      continue;
    }
    const [a, b] = [find(readOfOwner[owner]!), find(readOf[i]!)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  // The smallest read of a component is its root, so groups come out in file order.
  const groupOf = new Uint32Array(reads);
  let count = 0;
  for (let read = 0; read < reads; read++) {
    const root = find(read);
    groupOf[read] = root === read ? count++ : groupOf[root]!;
  }
  const groupOfOwner = readOfOwner.map((read) => (read === NONE ? NONE : groupOf[read]!));
  const [byRead, readEnds] = sortByGroup(groupOf, count);
  const [byOwner, ownerEnds] = sortByGroup(groupOfOwner, count);
  return { count, reads: byRead, readEnds, owners: byOwner, ownerEnds };
}

/** Members by their group, and where each group ends; those of no group are left out. */
function sortByGroup(groupOf: Uint32Array, count: number): [Uint32Array, Uint32Array] {
  const ends = new Uint32Array(count);
  let members = 0;
  for (const group of groupOf) {
    if (group === NONE) continue;
    ends[group]!++;
    members++;
  }
  for (let group = 1; group < count; group++) ends[group]! += ends[group - 1]!;
  const sorted = new Uint32Array(members);
  const next = ends.slice();
  for (let member = groupOf.length - 1; member >= 0; member--) {
    const group = groupOf[member]!;
    if (group !== NONE) sorted[--next[group]!] = member;
  }
  return [sorted, ends];
}
