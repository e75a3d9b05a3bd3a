import { PlanefeedError } from '../errors.js';
import type { PlaneChecks } from './plane-checks.js';

/** Images whose chunks aren't planes, or that aren't chunked. */
export interface ImageRows {
  readonly images: number;
  readonly channels: number;
  /** Elements of a plane. */
  readonly pixels: number;
  readonly elementSize: number;
  /** Images that are read together cost as much as one of them. */
  readonly rowsPerChunk: number;
  /** Elements of some images, row-major, in the file's byte order. */
  readonly read: (start: number, stop: number) => Promise<ArrayBufferView>;
}

const MOST_BYTES = 4 * 2 ** 20;

/** Reads all images in order, a few megabytes at a time, and checks each of their planes. */
export async function verifyRows(
  { images, channels, pixels, elementSize, rowsPerChunk, read }: ImageRows,
  checks: PlaneChecks,
  onProgress: (planes: number) => void,
): Promise<void> {
  const imageBytes = Math.max(1, channels * pixels * elementSize);
  const rows = Math.max(1, Math.floor(MOST_BYTES / imageBytes / rowsPerChunk)) * rowsPerChunk;
  const plane = new Uint8Array(pixels * elementSize);

  const checkRows = async (start: number, stop: number): Promise<void> => {
    const elements = await read(start, stop);
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    for (let image = start; image < stop; image++) {
      for (let channel = 0; channel < channels; channel++) {
        const at = (image - start) * imageBytes + channel * elementSize;
        gather(bytes, at, channels, elementSize, plane);
        await checks.check(image, channel, plane, {});
      }
    }
    onProgress((stop - start) * channels);
  };
  for (let start = 0; start < images; start += rows) {
    const stop = Math.min(images, start + rows);
    try {
      await checkRows(start, stop);
    } catch (error) {
      if (!(error instanceof PlanefeedError)) throw error;
      // Once more, chunk by chunk: the others of them may be sound.
      for (let from = start; from < stop; from += rowsPerChunk) {
        const to = Math.min(stop, from + rowsPerChunk);
        try {
          await checkRows(from, to);
        } catch (failure) {
          const planes = (to - from) * channels;
          checks.fail(planes, failure, { image: from });
          onProgress(planes);
        }
      }
    }
  }
}

function gather(
  bytes: Uint8Array,
  at: number,
  channels: number,
  size: number,
  plane: Uint8Array,
): void {
  if (channels === 1) {
    plane.set(bytes.subarray(at, at + plane.length));
    return;
  }
  const step = channels * size;
  for (let from = at, to = 0; to < plane.length; from += step) {
    for (let byte = 0; byte < size; byte++) plane[to++] = bytes[from + byte]!;
  }
}
