import type { ImageChunks } from '../chunking/image-chunks.js';
import type { ErrorPlace } from '../errors.js';
import type { FilterSpec } from '../chunking/dataset-layout.js';
import { createDecoder, type Decode, type Inflate } from '../chunking/filters/pipeline.js';
import { createPixelKernel, type KernelSpec } from './kernels/kernels.js';

/** Puts the file's `length` bytes at `offset` into `target` from `address` on, or throws. */
export type ReadInto = (
  target: Uint8Array,
  address: number,
  length: number,
  offset: number,
) => void;

/** What stays the same for every batch; sent once to each worker. */
export interface AssemblySpec {
  readonly chunks: ImageChunks;
  /**
   * How pixels lie in a chunk: `planes` one whole plane a channel, `pixels` already as in the batch,
   * `gather` any other way (copied to planes first).
   */
  readonly mode: 'planes' | 'pixels' | 'gather';
  readonly kernel: KernelSpec;
  readonly filters: readonly FilterSpec[];
  readonly elementSize: number;
  /** The file and dataset, for messages. */
  readonly place: ErrorPlace;
  /** Address of a plane (in mode `pixels`: an image) of fill values, for chunks that aren't allocated. */
  readonly fillAddress: number;
}

/**
 * Groups of reads and the images that they complete. Numbers only, so that it crosses threads cheaply.
 * Addresses in `reads`, `blocks` and `images` sources are relative to the scratch, where a group may
 * use every byte again that the group before it used.
 */
export interface AssemblyTask {
  /** Per group: where its reads, blocks and images end in the arrays below, counted in records. */
  readonly groups: Uint32Array;
  /** Records of `[file offset, length, address]`. */
  readonly reads: Float64Array;
  /** Records of `[address of stored bytes, stored length, filter mask, address for decoded bytes, file offset]`. */
  readonly blocks: Float64Array;
  /** Records of `[absolute target, source of each piece, or `ABSENT`]`. */
  readonly images: Float64Array;
  /** Address of the staging planes in mode `gather`. */
  readonly staging: number;
  /** Bytes of scratch that the task needs. */
  readonly scratchBytes: number;
}

/** Milliseconds that a task took. */
export interface AssemblyTimes {
  readonly read: number;
  readonly assemble: number;
}

export const READ_RECORD = 3;
export const BLOCK_RECORD = 5;
/** The source of a piece whose chunk isn't allocated. */
export const ABSENT: number = Number.NEGATIVE_INFINITY;

/**
 * Makes what undoes the filters of the images' chunks.
 *
 * @throws UnsupportedLayoutError naming a filter that isn't read here, or the package that it needs.
 */
export function createImageDecoder(
  { chunks, filters, elementSize, place }: AssemblySpec,
  inflate: Inflate,
): Promise<Decode> {
  const chunkBytes = chunks.chunkElements * elementSize;
  return createDecoder({ filters, type: { size: elementSize }, chunkBytes }, inflate, place);
}

/** Makes the function that runs tasks: read, decode, assemble, group by group. */
export function createAssembler(
  memory: WebAssembly.Memory,
  spec: AssemblySpec,
  readInto: ReadInto,
  decode: Decode,
): (task: AssemblyTask, scratch: number) => AssemblyTimes {
  const assembleImage = imageAssembler(memory, spec);
  const imageRecord = 1 + spec.chunks.pieces.length;

  return (task, scratch) => {
    const bytes = new Uint8Array(memory.buffer);
    let [read, block, image] = [0, 0, 0];
    let [readTime, assembleTime] = [0, 0];
    let time = performance.now();
    for (let group = 0; group < task.groups.length; group += 3) {
      for (; read < task.groups[group]!; read++) {
        const at = read * READ_RECORD;
        readInto(bytes, scratch + task.reads[at + 2]!, task.reads[at + 1]!, task.reads[at]!);
      }
      const readEnd = performance.now();
      readTime += readEnd - time;
      for (; block < task.groups[group + 1]!; block++) {
        const at = block * BLOCK_RECORD;
        const stored = scratch + task.blocks[at]!;
        // Decoders may keep or hand on what they are given; the shared bytes are about to change.
        const copy = bytes.slice(stored, stored + task.blocks[at + 1]!);
        const place = { ...spec.place, offset: task.blocks[at + 4]! };
        bytes.set(decode(copy, task.blocks[at + 2]!, place), scratch + task.blocks[at + 3]!);
      }
      for (; image < task.groups[group + 2]!; image++) {
        assembleImage(task.images, image * imageRecord, scratch, scratch + task.staging);
      }
      time = performance.now();
      assembleTime += time - readEnd;
    }
    return { read: readTime, assemble: assembleTime };
  };
}

type ImageAssembler = (records: Float64Array, at: number, scratch: number, staging: number) => void;

function imageAssembler(memory: WebAssembly.Memory, spec: AssemblySpec): ImageAssembler {
  const kernel = createPixelKernel(memory, spec.kernel);
  if (spec.mode === 'gather') return gatheringAssembler(memory, spec, kernel);
  const { pieces } = spec.chunks;
  const planes = new Float64Array(spec.kernel.channels);
  return (records, at, scratch) => {
    for (let p = 0; p < pieces.length; p++) {
      const source = records[at + 1 + p]!;
      for (const { batchChannel, offset } of pieces[p]!.channels) {
        // In mode `pixels` the one "plane" is the whole image, which starts at its first channel.
        if (spec.mode === 'pixels' && batchChannel > 0) continue;
        planes[batchChannel] =
          source === ABSENT ? spec.fillAddress : scratch + source + offset * spec.elementSize;
      }
    }
    kernel(planes, records[at]!);
  };
}

/** Copies each piece to its place in planes, then assembles these. */
function gatheringAssembler(
  memory: WebAssembly.Memory,
  spec: AssemblySpec,
  kernel: (planes: ArrayLike<number>, target: number) => void,
): ImageAssembler {
  const { pieces, height, width, channels, rowStride, columnStride } = spec.chunks;
  const size = spec.elementSize;
  const planeBytes = height * width * size;
  const planes = new Float64Array(channels);
  return (records, at, scratch, staging) => {
    const bytes = new Uint8Array(memory.buffer);
    for (let c = 0; c < channels; c++) planes[c] = staging + c * planeBytes;
    for (let p = 0; p < pieces.length; p++) {
      const piece = pieces[p]!;
      const source = records[at + 1 + p]!;
      for (const { batchChannel, offset } of piece.channels) {
        for (let y = 0; y < piece.height; y++) {
          const to = planes[batchChannel]! + ((piece.top + y) * width + piece.left) * size;
          if (source === ABSENT) {
            bytes.copyWithin(to, spec.fillAddress, spec.fillAddress + piece.width * size);
            continue;
          }
          const from = scratch + source + (offset + y * rowStride) * size;
          copyRow(bytes, from, columnStride * size, to, piece.width, size);
        }
      }
    }
    kernel(planes, records[at]!);
  };
}

/** Copies `count` elements of `size` bytes that lie `stride` bytes apart to side by side. */
function copyRow(
  bytes: Uint8Array,
  from: number,
  stride: number,
  to: number,
  count: number,
  size: number,
): void {
  if (stride === size) {
    bytes.copyWithin(to, from, from + count * size);
    return;
  }
  for (let i = 0; i < count; i++, from += stride) {
    for (let b = 0; b < size; b++) bytes[to++] = bytes[from + b]!;
  }
}
