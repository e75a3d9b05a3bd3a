/**
 * Lays pixels with an alpha channel, the last, on a background of one value.
 *
 * @returns the pixels without the alpha channel, rounded to the nearest.
 */
export function layOn<T extends Uint8Array | Uint16Array>(
  samples: T,
  channels: number,
  white: number,
  background: number,
): T {
  const colours = channels - 1;
  const pixels = samples.length / channels;
  const result = arrayLike(samples, pixels * colours);
  for (let pixel = 0, to = 0; pixel < pixels; pixel++) {
    const at = pixel * channels;
    const alpha = samples[at + colours]!;
    for (let colour = 0; colour < colours; colour++, to++) {
      const over = samples[at + colour]! * alpha + background * (white - alpha);
      result[to] = Math.floor(over / white + 0.5);
    }
  }
  return result;
}

/** Appends a channel of one value to every pixel. */
export function addChannel<T extends Uint8Array | Uint16Array | Float32Array>(
  samples: T,
  channels: number,
  value: number,
): T {
  const pixels = samples.length / channels;
  const result = arrayLike(samples, pixels * (channels + 1)).fill(value) as T;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      result[pixel * (channels + 1) + channel] = samples[pixel * channels + channel]!;
    }
  }
  return result;
}

/** Makes every pixel of one channel a pixel of three. */
export function repeatGrey(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: samples.length * 3 }, (_, i) => samples[Math.floor(i / 3)]!);
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Puts an image into the middle of a larger one of zeros. */
export function pad<T extends Uint8Array | Uint16Array | Float32Array>(
  samples: T,
  from: Size,
  to: Size,
): T {
  if (from.height === to.height && from.width === to.width) return samples;
  const channels = samples.length / (from.height * from.width);
  const result = arrayLike(samples, to.height * to.width * channels);
  const top = Math.floor((to.height - from.height) / 2);
  const left = Math.floor((to.width - from.width) / 2);
  const rowLength = from.width * channels;
  for (let row = 0; row < from.height; row++) {
    const source = samples.subarray(row * rowLength, (row + 1) * rowLength);
    result.set(source, ((top + row) * to.width + left) * channels);
  }
  return result;
}

function arrayLike<T extends Uint8Array | Uint16Array | Float32Array>(
  samples: T,
  length: number,
): T {
  const Type = samples.constructor as new (length: number) => T;
  // A Buffer from sharp is a Uint8Array.
  return (samples instanceof Uint8Array ? new Uint8Array(length) : new Type(length)) as T;
}
