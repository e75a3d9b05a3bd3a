import type { ChunkLocations } from '../chunking/chunk-index.js';
import { pieceSpan, type ImageChunks } from '../chunking/image-chunks.js';
import { planReads, type CoalesceLimits, type ReadPlan } from '../chunking/read-plan.js';
import { ABSENT, imageRecord, stagingBytes } from './assemble-image.js';
import type { ImageChoices } from './augmentation/choices.js';
import { BLOCK_RECORD, READ_RECORD, type AssemblySpec, type AssemblyTask } from './assembly.js';

/** A task and the images (numbers into the window) that are complete when it is done. */
export interface PlannedTask {
  readonly task: AssemblyTask;
  readonly images: Uint32Array;
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
 * packs groups in file order until a task is large enough to be worth a worker's attention. Where the
 * images go to is left open: see `setTargets`.
 *
 * @param locations of `chunksOf(spec.chunks, images)`
 * @param choices of each image, where they are augmented
 */
export function planTasks(
  spec: AssemblySpec,
  images: ArrayLike<number>,
  locations: ChunkLocations,
  limits: TaskLimits,
  choices?: ImageChoices,
): PlannedTask[] {
  const wanted = wantedRanges(spec, images, locations, choices);
  const plan = planReads(wanted, limits);
  const window: Window = { spec, images, locations, choices, wanted, plan };
  const builder = createBuilder(window);
  const tasks: PlannedTask[] = [];
  for (let group = 0; group < plan.groups.count; group++) {
    builder.add(group);
    if (builder.bytes() >= limits.taskBytes) tasks.push(builder.finish());
  }
  builder.addUnread();
  if (!builder.isEmpty()) tasks.push(builder.finish());
  return tasks;
}

/**
 * Says where a task's images go to.
 *
 * @param targetOf absolute address of the place of image `i` of the window
 */
export function setTargets(
  spec: AssemblySpec,
  { task, images }: PlannedTask,
  targetOf: (image: number) => number,
): void {
  const record = imageRecord(spec);
  images.forEach((image, i) => {
    task.images[i * record] = targetOf(image);
  });
}

/** The target of an image that has none yet. */
const UNPLACED = 0;

interface Wanted {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly owners: Uint32Array;
  /** Piece of the owner that each range holds. */
  readonly pieces: Uint32Array;
  /** Bytes from where the image's part of the chunk begins to where the range does (unfiltered chunks). */
  readonly skipped: Float64Array;
  /** Ranges of image `i` are `firstRange[i]` up to `firstRange[i + 1]`. */
  readonly firstRange: Uint32Array;
}

interface Window {
  readonly spec: AssemblySpec;
  readonly images: ArrayLike<number>;
  readonly locations: ChunkLocations;
  readonly choices: ImageChoices | undefined;
  readonly wanted: Wanted;
  readonly plan: ReadPlan;
}

/**
 * The bytes to read for each allocated piece: the whole stored chunk, or just the part that is needed.
 * Nothing is read of pieces outside the crop.
 */
function wantedRanges(
  spec: AssemblySpec,
  images: ArrayLike<number>,
  locations: ChunkLocations,
  choices: ImageChoices | undefined,
): Wanted {
  const { chunks, elementSize, kernel } = spec;
  const { pieces, rowStride, columnStride } = chunks;
  const spans = pieces.map((piece) => pieceSpan(chunks, piece));
  const whole = spec.filters.length > 0;
  const most = locations.offsets.length;
  const wanted = {
    offsets: new Float64Array(most),
    lengths: new Float64Array(most),
    owners: new Uint32Array(most),
    pieces: new Uint32Array(most),
    skipped: new Float64Array(most),
    firstRange: new Uint32Array(images.length + 1),
  };
  let count = 0;
  for (let owner = 0; owner < images.length; owner++) {
    const row = images[owner]! % chunks.imagesPerChunk;
    const top = choices === undefined ? 0 : choices.tops[owner]!;
    const left = choices === undefined ? 0 : choices.lefts[owner]!;
    for (let number = 0; number < pieces.length; number++) {
      const chunk = owner * pieces.length + number;
      const offset = locations.offsets[chunk]!;
      const piece = pieces[number]!;
      // Rows and columns of the piece before and after the crop.
      const above = Math.max(0, top - piece.top);
      const before = Math.max(0, left - piece.left);
      const below = Math.max(0, piece.top + piece.height - top - kernel.height);
      const after = Math.max(0, piece.left + piece.width - left - kernel.width);
      const outside = above + below >= piece.height || before + after >= piece.width;
      if (offset < 0 || outside) continue;
      const { start, length } = spans[number]!;
      const skipped = start + above * rowStride + before * columnStride;
      const unread = (above + below) * rowStride + (before + after) * columnStride;
      const image = offset + row * chunks.imageStride * elementSize;
      wanted.offsets[count] = whole ? offset : image + skipped * elementSize;
      wanted.lengths[count] = whole ? locations.sizes[chunk]! : (length - unread) * elementSize;
      wanted.owners[count] = owner;
      wanted.pieces[count] = number;
      wanted.skipped[count] = skipped * elementSize;
      count++;
    }
    wanted.firstRange[owner + 1] = count;
  }
  return {
    ...wanted,
    offsets: wanted.offsets.subarray(0, count),
    lengths: wanted.lengths.subarray(0, count),
    owners: wanted.owners.subarray(0, count),
  };
}

/** Fills tasks one after the other; their arrays are parts of a few that have room for the window. */
interface TaskBuilder {
  /** Adds a group of the plan. */
  add(group: number): void;
  /** Adds the images none of whose chunks are allocated: they need no read, only fill values. */
  addUnread(): void;
  /** Bytes that the task so far reads. */
  bytes(): number;
  isEmpty(): boolean;
  /** Ends the task. */
  finish(): PlannedTask;
}

function createBuilder(window: Window): TaskBuilder {
  const { spec, images, locations, choices, wanted, plan } = window;
  const { chunks, elementSize } = spec;
  const pieceCount = chunks.pieces.length;
  const filtered = spec.filters.length > 0;
  const chunkBytes = chunks.chunkElements * elementSize;
  const { reads: groupReads, readEnds, owners, ownerEnds, count: groupCount } = plan.groups;

  const groups = numbersList(3 * (groupCount + 1));
  const reads = numbersList(READ_RECORD * plan.offsets.length);
  const blocks = numbersList(filtered ? BLOCK_RECORD * wanted.offsets.length : 0);
  const records = numbersList(imageRecord(spec) * images.length);
  const done = new Uint32Array(images.length);
  let doneStart = 0;
  let doneEnd = 0;
  let bytes = 0;
  let scratch = 0;
  /** Address of each read in scratch. */
  const addresses = new Float64Array(plan.offsets.length);
  /** End of what the group has of scratch. */
  let top = 0;

  const take = (length: number): number => {
    const address = top;
    top = Math.ceil((top + length) / ALIGNMENT) * ALIGNMENT;
    return address;
  };
  const storedAddress = (range: number): number => {
    const read = plan.readOf[range]!;
    return addresses[read]! + wanted.offsets[range]! - plan.offsets[read]!;
  };
  // A chunk that holds several of the group's images is decoded once.
  const decoded = new Map<number, number>();
  const decodedAddress = (range: number, mask: number): number => {
    const offset = wanted.offsets[range]!;
    const known = decoded.get(offset);
    if (known !== undefined) return known;
    const address = take(chunkBytes);
    blocks.push(storedAddress(range));
    blocks.push(wanted.lengths[range]!);
    blocks.push(mask);
    blocks.push(address);
    blocks.push(offset);
    decoded.set(offset, address);
    return address;
  };

  const addImage = (owner: number): void => {
    const row = images[owner]! % chunks.imagesPerChunk;
    records.push(UNPLACED);
    const sources = records.end();
    for (let piece = 0; piece < pieceCount; piece++) records.push(ABSENT);
    for (let range = wanted.firstRange[owner]!; range < wanted.firstRange[owner + 1]!; range++) {
      const piece = wanted.pieces[range]!;
      // Where the image's own part of the chunk begins, whether or not all of it was read.
      records.all[sources + piece] = filtered
        ? decodedAddress(range, locations.filterMasks[owner * pieceCount + piece]!) +
          row * chunks.imageStride * elementSize
        : storedAddress(range) - wanted.skipped[range]!;
    }
    if (choices !== undefined) {
      records.push(choices.tops[owner]!);
      records.push(choices.lefts[owner]!);
      records.push(choices.flips[owner]!);
      records.push(choices.scaleFactors[owner]!);
      records.push(choices.biasFactors[owner]!);
    }
    done[doneEnd++] = owner;
  };

  const endGroup = (): void => {
    groups.push(reads.length() / READ_RECORD);
    groups.push(blocks.length() / BLOCK_RECORD);
    groups.push(doneEnd - doneStart);
    scratch = Math.max(scratch, top);
    top = 0;
    decoded.clear();
  };

  return {
    add(group) {
      for (let i = group === 0 ? 0 : readEnds[group - 1]!; i < readEnds[group]!; i++) {
        const read = groupReads[i]!;
        const length = plan.lengths[read]!;
        const address = take(length);
        addresses[read] = address;
        reads.push(plan.offsets[read]!);
        reads.push(length);
        reads.push(address);
        bytes += length;
      }
      for (let i = group === 0 ? 0 : ownerEnds[group - 1]!; i < ownerEnds[group]!; i++) {
        addImage(owners[i]!);
      }
      endGroup();
    },
    addUnread() {
      const before = doneEnd;
      for (let owner = 0; owner < images.length; owner++) {
        if (wanted.firstRange[owner] === wanted.firstRange[owner + 1]) addImage(owner);
      }
      if (doneEnd > before) endGroup();
    },
    bytes: () => bytes,
    isEmpty: () => groups.length() === 0,
    finish() {
      const task = {
        groups: groups.cut(),
        reads: reads.cut(),
        blocks: blocks.cut(),
        images: records.cut(),
        staging: scratch,
        scratchBytes: scratch + stagingBytes(spec),
      };
      const finished = { images: done.subarray(doneStart, doneEnd), task };
      doneStart = doneEnd;
      bytes = 0;
      scratch = 0;
      return finished;
    },
  };
}

/** A list of numbers that is filled and cut up. */
interface NumbersList {
  readonly all: Float64Array;
  push(number: number): void;
  /** Where the next number goes. */
  end(): number;
  /** Numbers since it was last cut. */
  length(): number;
  /** Those numbers. */
  cut(): Float64Array;
}

/** @param room for that many numbers */
function numbersList(room: number): NumbersList {
  const all = new Float64Array(room);
  let [start, end] = [0, 0];
  return {
    all,
    push(number) {
      all[end++] = number;
    },
    end: () => end,
    length: () => end - start,
    cut() {
      const part = all.subarray(start, end);
      start = end;
      return part;
    },
  };
}
