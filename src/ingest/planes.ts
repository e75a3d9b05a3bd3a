/**
 * Splits interleaved pixels (`R G B R G B …`) into one plane for each channel.
 *
 * @param interleaved `pixels × channels` elements
 * @param planes one array of `pixels` elements for each channel, filled
 * @example
 * splitPlanes(Uint8Array.of(1, 2, 3, 4), [new Uint8Array(2), new Uint8Array(2)]); // [1, 3] [2, 4]
 */
export function splitPlanes(interleaved: Uint8Array, planes: readonly Uint8Array[]): void {
  const channels = planes.length;
  planes.forEach((plane, channel) => {
    for (let pixel = 0, from = channel; pixel < plane.length; pixel++, from += channels) {
      plane[pixel] = interleaved[from]!;
    }
  });
}
