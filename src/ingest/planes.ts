import type { PixelArray } from './pixel-types.js';

/**
 * Splits interleaved pixels (`R G B R G B …`) into one plane for each channel: the meaning of the
 * kernel `split`.
 *
 * @param interleaved `pixels × channels` elements
 * @param planes one array of `pixels` elements for each channel, of the same type; filled
 * @example
 * splitPlanes(Uint8Array.of(1, 2, 3, 4), [new Uint8Array(2), new Uint8Array(2)]); // [1, 3] [2, 4]
 */
export function splitPlanes(interleaved: PixelArray, planes: readonly PixelArray[]): void {
  const channels = planes.length;
  planes.forEach((plane, channel) => {
    for (let pixel = 0, from = channel; pixel < plane.length; pixel++, from += channels) {
      plane[pixel] = interleaved[from]!;
    }
  });
}
