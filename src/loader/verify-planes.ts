import type { AssemblySpec } from './assembly.js';
import { ABSENT } from './assemble-image.js';

/** CRC-32 as zlib computes it. */
export type Crc32 = (bytes: Uint8Array) => number;

/**
 * Checks the planes of an image that was read: the first channel of the batch whose bytes don't give
 * the checksum expected, and the checksum that they give.
 *
 * @param records image records of a task
 * @param at where the image's record begins
 * @param scratch address to which its sources are relative
 * @param expected checksum of each channel, from `from` on
 */
export type VerifyPlanes = (
  records: Float64Array,
  at: number,
  scratch: number,
  expected: Float64Array,
  from: number,
) => { readonly channel: number; readonly checksum: number } | undefined;

/** Works on any layout; costs no copy where a channel is one whole plane. */
export function createVerifier(
  memory: WebAssembly.Memory,
  spec: AssemblySpec,
  crc32: Crc32,
): VerifyPlanes {
  const { chunks, elementSize } = spec;
  const planeBytes = chunks.height * chunks.width * elementSize;
  const channels = Array.from({ length: chunks.channels }, (_, channel) => partsOf(spec, channel));
  let plane: Uint8Array | undefined;

  return (records, at, scratch, expected, from) => {
    const bytes = new Uint8Array(memory.buffer);
    for (const [channel, parts] of channels.entries()) {
      const [first] = parts;
      const source = first === undefined ? ABSENT : records[at + 1 + first.piece]!;
      let content: Uint8Array;
      if (first !== undefined && source !== ABSENT && spec.mode === 'planes') {
        const start = scratch + source + first.offset * elementSize;
        content = bytes.subarray(start, start + planeBytes);
      } else {
        content = plane ??= new Uint8Array(planeBytes);
        for (const part of parts)
          copyPart(spec, bytes, records[at + 1 + part.piece]!, part, scratch, content);
      }
      const checksum = crc32(content);
      if (checksum !== expected[from + channel]) return { channel, checksum };
    }
    return undefined;
  };
}

/** What a piece has of a channel. */
interface Part {
  readonly piece: number;
  /** Element of the chunk where it starts. */
  readonly offset: number;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

function partsOf({ chunks }: AssemblySpec, channel: number): Part[] {
  return chunks.pieces.flatMap(({ channels, top, left, height, width }, piece) =>
    channels
      .filter(({ batchChannel }) => batchChannel === channel)
      .map(({ offset }) => ({ piece, offset, top, left, height, width })),
  );
}

function copyPart(
  { chunks, elementSize, fillAddress }: AssemblySpec,
  bytes: Uint8Array,
  source: number,
  part: Part,
  scratch: number,
  plane: Uint8Array,
): void {
  for (let y = 0; y < part.height; y++) {
    let to = ((part.top + y) * chunks.width + part.left) * elementSize;
    for (let x = 0; x < part.width; x++) {
      const element = part.offset + y * chunks.rowStride + x * chunks.columnStride;
      const at = source === ABSENT ? fillAddress : scratch + source + element * elementSize;
      for (let b = 0; b < elementSize; b++) plane[to++] = bytes[at + b]!;
    }
  }
}
