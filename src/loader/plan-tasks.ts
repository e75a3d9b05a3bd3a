import type { ChunkLocations } from '../chunking/chunk-index.js';
import { pieceSpan, type ImageChunks } from '../chunking/image-chunks.js';
import {
  planReads,
  type CoalesceLimits,
  type ReadGroup,
  type ReadPlan,
} from '../chunking/read-plan.js';
import {
  ABSENT,
  BLOCK_RECORD,
  READ_RECORD,
  type AssemblySpec,
  type AssemblyTask,
} from './assembly.js';

/** A task and the images (numbers into the window) that are complete when it is done. */
export interface PlannedTask {
  readonly task: AssemblyTask;
  readonly images: readonly number[];
}

export interface TaskLimits extends CoalesceLimits {
  /** A task is closed when its reads reach this many bytes. */
  readonly taskBytes: number;
}

/** Blocks in scratch start on a cache line. */
const ALIGNMENT = 64;

/**
 * Chunk numbers of a window of images, image by image, piece by piece.
 *
 * @param images image numbers
 */
export function chunksOf(chunks: ImageChunks, images: ArrayLike<number>): Float64Array {
  const { pieces, imagesPerChunk, chunkStride } = chunks;
  const numbers = new Float64Array(images.length * pieces.length);
  let at = 0;
  for (let i = 0; i < images.length; i++) {
    const first = Math.floor(images[i]! / imagesPerChunk) * chunkStride;
    for (const piece of pieces) numbers[at++] = first + piece.firstChunk;
  }
  return numbers;
}

/**
 * Turns a window of images into tasks: plans the reads, lays each group of reads out in scratch, and
 * packs groups in file order until a task is large enough to be worth a worker's attention.
 *
 * @param locations of `chunksOf(spec.chunks, images)`
 * @param targets absolute address of each image's place in its batch
 */
export function planTasks(
  spec: AssemblySpec,
  images: ArrayLike<number>,
  locations: ChunkLocations,
  targets: ArrayLike<number>,
  limits: TaskLimits,
): PlannedTask[] {
  const spans = spec.chunks.pieces.map((piece) => pieceSpan(spec.chunks, piece));
  const wanted = wantedRanges(spec, spans, images, locations);
  const plan = planReads(wanted, limits);
  const window: Window = { spec, spans, images, locations, targets, wanted, plan };
  const tasks: PlannedTask[] = [];
  let builder = createBuilder(window);
  for (const group of [...plan.groups, ...unreadImages(images.length, wanted)]) {
    builder.add(group);
    if (builder.bytes() >= limits.taskBytes) {
      tasks.push(builder.finish());
      builder = createBuilder(window);
    }
  }
  if (!builder.isEmpty()) tasks.push(builder.finish());
  return tasks;
}

/** A contiguous stretch of a chunk, in elements. */
interface Span {
  readonly start: number;
  readonly length: number;
}

interface Wanted {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly owners: Uint32Array;
  /** Piece of the owner that each range holds. */
  readonly pieces: Uint32Array;
  /** Ranges of image `i` are `firstRange[i]` up to `firstRange[i + 1]`. */
  readonly firstRange: Uint32Array;
}

interface Window {
  readonly spec: AssemblySpec;
  readonly spans: readonly Span[];
  readonly images: ArrayLike<number>;
  readonly locations: ChunkLocations;
  readonly targets: ArrayLike<number>;
  readonly wanted: Wanted;
  readonly plan: ReadPlan;
}

/** The bytes to read for each allocated piece: the whole stored chunk, or just the span that is needed. */
function wantedRanges(
  spec: AssemblySpec,
  spans: readonly Span[],
  images: ArrayLike<number>,
  locations: ChunkLocations,
): Wanted {
  const { chunks, elementSize } = spec;
  const whole = spec.filters.length > 0;
  const most = locations.offsets.length;
  const offsets = new Float64Array(most);
  const lengths = new Float64Array(most);
  const owners = new Uint32Array(most);
  const pieces = new Uint32Array(most);
  const firstRange = new Uint32Array(images.length + 1);
  let count = 0;
  for (let owner = 0; owner < images.length; owner++) {
    const row = images[owner]! % chunks.imagesPerChunk;
    for (let piece = 0; piece < spans.length; piece++) {
      const chunk = owner * spans.length + piece;
      const offset = locations.offsets[chunk]!;
      if (offset < 0) continue;
      const span = spans[piece]!;
      const start = (row * chunks.imageStride + span.start) * elementSize;
      offsets[count] = whole ? offset : offset + start;
      lengths[count] = whole ? locations.sizes[chunk]! : span.length * elementSize;
      owners[count] = owner;
      pieces[count] = piece;
      count++;
    }
    firstRange[owner + 1] = count;
  }
  return {
    offsets: offsets.subarray(0, count),
    lengths: lengths.subarray(0, count),
    owners: owners.subarray(0, count),
    pieces: pieces.subarray(0, count),
    firstRange,
  };
}

/** Images none of whose chunks are allocated need no read, only fill values. */
function unreadImages(count: number, { firstRange }: Wanted): ReadGroup[] {
  const owners = Array.from({ length: count }, (_, i) => i).filter(
    (i) => firstRange[i] === firstRange[i + 1],
  );
  return owners.length === 0 ? [] : [{ reads: [], owners }];
}

interface TaskBuilder {
  add(group: ReadGroup): void;
  /** Bytes that the groups so far read. */
  bytes(): number;
  isEmpty(): boolean;
  finish(): PlannedTask;
}

function createBuilder(window: Window): TaskBuilder {
  const { spec, spans, images, locations, targets, wanted, plan } = window;
  const { chunks, elementSize } = spec;
  const filtered = spec.filters.length > 0;
  const chunkBytes = chunks.chunkElements * elementSize;
  const groups: number[] = [];
  const reads: number[] = [];
  const blocks: number[] = [];
  const records: number[] = [];
  const done: number[] = [];
  let bytes = 0;
  let scratch = 0;

  const add = (group: ReadGroup): void => {
    let top = 0;
    const take = (length: number): number => {
      const address = top;
      top = Math.ceil((top + length) / ALIGNMENT) * ALIGNMENT;
      return address;
    };
    const readAddress = new Map<number, number>();
    for (const read of group.reads) {
      const length = plan.lengths[read]!;
      const address = take(length);
      readAddress.set(read, address);
      reads.push(plan.offsets[read]!, length, address);
      bytes += length;
    }
    const storedAddress = (range: number): number => {
      const read = plan.readOf[range]!;
      return readAddress.get(read)! + wanted.offsets[range]! - plan.offsets[read]!;
    };
    // A chunk that holds several of the group's images is decoded once.
    const decoded = new Map<number, number>();
    const decodedAddress = (range: number, mask: number): number => {
      const known = decoded.get(wanted.offsets[range]!);
      if (known !== undefined) return known;
      const address = take(chunkBytes);
      const offset = wanted.offsets[range]!;
      blocks.push(storedAddress(range), wanted.lengths[range]!, mask, address, offset);
      decoded.set(offset, address);
      return address;
    };
    for (const owner of group.owners) {
      const row = images[owner]! % chunks.imagesPerChunk;
      const sources = new Array<number>(spans.length).fill(ABSENT);
      for (let range = wanted.firstRange[owner]!; range < wanted.firstRange[owner + 1]!; range++) {
        const piece = wanted.pieces[range]!;
        // Where the image's own part of the chunk begins, whether or not all of it was read.
        sources[piece] = filtered
          ? decodedAddress(range, locations.filterMasks[owner * spans.length + piece]!) +
            row * chunks.imageStride * elementSize
          : storedAddress(range) - spans[piece]!.start * elementSize;
      }
      records.push(targets[owner]!, ...sources);
      done.push(owner);
    }
    groups.push(reads.length / READ_RECORD, blocks.length / BLOCK_RECORD, done.length);
    scratch = Math.max(scratch, top);
  };

  const stagingBytes =
    spec.mode === 'gather' ? chunks.height * chunks.width * chunks.channels * elementSize : 0;
  return {
    add,
    bytes: () => bytes,
    isEmpty: () => groups.length === 0,
    finish: () => ({
      images: done,
      task: {
        groups: Uint32Array.from(groups),
        reads: Float64Array.from(reads),
        blocks: Float64Array.from(blocks),
        images: Float64Array.from(records),
        staging: scratch,
        scratchBytes: scratch + stagingBytes,
      },
    }),
  };
}
