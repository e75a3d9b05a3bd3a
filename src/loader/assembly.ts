import type { ImageChunks } from '../chunking/image-chunks.js';
import type { ErrorPlace } from '../errors.js';
import type { FilterSpec } from '../chunking/dataset-layout.js';
import { createDecoder, type Decode, type Inflate } from '../chunking/filters/pipeline.js';
import { createImageAssembler, imageRecord } from './assemble-image.js';
import type { KernelSpec } from './kernels/pixel-kernel.js';

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
  /** Address of the kernel's coefficients. */
  readonly coefficients: number;
  /** Image records say what was chosen for the image: see `AssemblyTask.images`. */
  readonly augmented: boolean;
  /** Images have scales and biases of their own. */
  readonly jitter: boolean;
  /** Address of a row of zeros, for padding. */
  readonly zeros: number;
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
  /**
   * Records of `[absolute target, source of each piece, or `ABSENT`]`; of augmented images also
   * `[top of the crop, left, 1 for a flip, factor of the scales, of the biases]`.
   */
  readonly images: Float64Array;
  /** Address of what the image assembler needs for itself. */
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
  const assembleImage = createImageAssembler(memory, spec);
  const record = imageRecord(spec);

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
        assembleImage(task.images, image * record, scratch, scratch + task.staging);
      }
      time = performance.now();
      assembleTime += time - readEnd;
    }
    return { read: readTime, assemble: assembleTime };
  };
}
