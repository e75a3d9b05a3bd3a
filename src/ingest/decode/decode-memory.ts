import type { Target } from './decode-pixels.js';
import { channelCount } from './decode-pixels.js';
import type { ImageHeader } from './image-header.js';
import { svgBytesPerByte } from './svg.js';

/** libvips keeps this many rows on their way through its operations. */
const rowsInWork = 256;
const bytesOfThread = 2 ** 21;

/**
 * Bytes that decoding an image takes at most, beyond the file's: an estimate that errs upwards.
 *
 * @param source bytes of the file
 */
export function decodeMemory(header: ImageHeader, target: Target, source: number): number {
  const { format, width, height, bytesPerPixel, samples } = header;
  const pixels = width * height;
  const sampleBytes = { byte: 1, word: 2, float: 4 }[samples];
  const rows = Math.min(pixels, width * rowsInWork) * 4 * sampleBytes;
  // Before it is turned, cut out and converted.
  const result = 4 * target.height * target.width * channelCount[target.channels] * sampleBytes;
  // Without a size asked for, all is converted as it is.
  const drawn = format === 'SVG' ? source * svgBytesPerByte + result : 0;
  return bytesOfThread + Math.ceil(pixels * bytesPerPixel) + rows + result + drawn;
}
