import type { ImageChunks } from '../chunking/image-chunks.js';
import { CorruptFileError, type ErrorPlace } from '../errors.js';
import type { FilterSpec } from '../chunking/dataset-layout.js';
import { createDecoder, type Decode, type Inflate } from '../chunking/filters/pipeline.js';
import { createImageAssembler, imageRecord } from './assemble-image.js';
import type { KernelSpec } from './kernels/pixel-kernel.js';
import { createVerifier, type Crc32 } from './verify-planes.js';

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
  readonly groups: Float64Array;
  /** Records of `[file offset, length, address]`. */
  readonly reads: Float64Array;
  /** Records of `[address of stored bytes, stored length, filter mask, address for decoded bytes, file offset]`. */
  readonly blocks: Float64Array;
  /**
   * Records of `[absolute target, source of each piece, or `ABSENT`]`; of augmented images also
   * `[top of the crop, left, 1 for a flip, factor of the scales, of the biases]`.
   */
  readonly images: Float64Array;
  /** Ascending records of `[image record, checksum of each channel]` of the images to verify. */
  readonly checks?: Float64Array;
  /** Address of what the image assembler needs for itself. */
  readonly staging: number;
  /** Bytes of scratch that the task needs. */
  readonly scratchBytes: number;
}

/** What a task took, in milliseconds, and the damage that it found. */
export interface AssemblyReport {
  readonly read: number;
  readonly decode: number;
  readonly verify: number;
  readonly assemble: number;
  readonly damage: readonly Damage[];
}

/** An image of a task whose bytes can't be right. It was assembled all the same. */
export interface Damage {
  /** Its image record. */
  readonly image: number;
  readonly piece: number;
  /** Channel of the batch, where it is known which. */
  readonly channel: number | undefined;
  readonly reason: string;
}

/** What an assembler is given from outside. */
export interface AssemblerTools {
  readonly readInto: ReadInto;
  readonly decode: Decode;
  readonly crc32: Crc32;
  /** Chunks that can't be decoded are damage; else the task fails. */
  readonly tolerant: boolean;
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

/** Makes the function that runs tasks: read, decode, verify, assemble, group by group. */
export function createAssembler(
  memory: WebAssembly.Memory,
  spec: AssemblySpec,
  { readInto, decode, crc32, tolerant }: AssemblerTools,
): (task: AssemblyTask, scratch: number) => AssemblyReport {
  const assembleImage = createImageAssembler(memory, spec);
  const verifyPlanes = createVerifier(memory, spec, crc32);
  const record = imageRecord(spec);
  const checkRecord = 1 + spec.chunks.channels;

  return (task, scratch) => {
    const bytes = new Uint8Array(memory.buffer);
    const { groups, reads, blocks, images, checks = NONE } = task;
    const damage: Damage[] = [];
    const times = { read: 0, decode: 0, verify: 0, assemble: 0 };
    let [read, block, image, check] = [0, 0, 0, 0];
    let time = performance.now();
    const count = (stage: keyof typeof times): void => {
      const now = performance.now();
      times[stage] += now - time;
      time = now;
    };
    for (let group = 0; group < groups.length; group += 3) {
      for (; read < groups[group]!; read++) {
        const at = read * READ_RECORD;
        readInto(bytes, scratch + reads[at + 2]!, reads[at + 1]!, reads[at]!);
      }
      count('read');
      const imagesEnd = groups[group + 2]!;
      const undecoded = new Map<number, string>();
      if (block < groups[group + 1]!) {
        for (; block < groups[group + 1]!; block++) {
          const reason = decodeBlock(bytes, blocks, block * BLOCK_RECORD, scratch);
          if (reason !== undefined) undecoded.set(blocks[block * BLOCK_RECORD + 3]!, reason);
        }
        for (let i = image; undecoded.size > 0 && i < imagesEnd; i++) {
          damage.push(...undecodedPieces(images, i, undecoded));
        }
        count('decode');
      }
      if (checks[check]! < imagesEnd) {
        for (; checks[check]! < imagesEnd; check += checkRecord) {
          const wrong = verifyImage(images, scratch, checks, check);
          if (wrong !== undefined) damage.push(wrong);
        }
        count('verify');
      }
      for (; image < imagesEnd; image++) {
        assembleImage(images, image * record, scratch, scratch + task.staging);
      }
      count('assemble');
    }
    return { ...times, damage };
  };

  /** @returns why the chunk can't be decoded, where that is damage */
  function decodeBlock(
    bytes: Uint8Array,
    blocks: Float64Array,
    at: number,
    scratch: number,
  ): string | undefined {
    const stored = scratch + blocks[at]!;
    // Decoders may keep or hand on what they are given; the shared bytes are about to change.
    const copy = bytes.slice(stored, stored + blocks[at + 1]!);
    const place = { ...spec.place, offset: blocks[at + 4]! };
    try {
      bytes.set(decode(copy, blocks[at + 2]!, place), scratch + blocks[at + 3]!);
      return undefined;
    } catch (error) {
      if (!tolerant || !(error instanceof CorruptFileError)) throw error;
      const { cause } = error;
      return cause instanceof Error ? `${error.reason}: ${cause.message}` : error.reason;
    }
  }

  function undecodedPieces(
    images: Float64Array,
    image: number,
    undecoded: ReadonlyMap<number, string>,
  ): Damage[] {
    const { chunks, elementSize } = spec;
    const chunkBytes = chunks.chunkElements * elementSize;
    return chunks.pieces.flatMap(({ channels }, piece) => {
      const source = images[image * record + 1 + piece]!;
      const channel = channels.length === 1 ? channels[0]!.batchChannel : undefined;
      return Array.from(undecoded)
        .filter(([address]) => source >= address && source < address + chunkBytes)
        .map(([, reason]) => ({ image, piece, channel, reason }));
    });
  }

  function verifyImage(
    images: Float64Array,
    scratch: number,
    checks: Float64Array,
    check: number,
  ): Damage | undefined {
    const image = checks[check]!;
    const wrong = verifyPlanes(images, image * record, scratch, checks, check + 1);
    if (wrong === undefined) return undefined;
    const { channel, checksum } = wrong;
    const piece = spec.chunks.pieces.findIndex(({ channels }) =>
      channels.some(({ batchChannel }) => batchChannel === channel),
    );
    const expected = checks[check + 1 + channel]!;
    const reason = `Expected the plane's checksum to be ${hex(expected)}, as the file has it, got ${hex(checksum)}`;
    return { image, piece, channel, reason };
  }
}

const NONE = new Float64Array(0);

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
