/** Real images for tests, made with sharp: nothing binary is committed. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import sharp, { type Sharp } from 'sharp';

export interface RawImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  /** Interleaved, `height × width × channels`. */
  readonly pixels: Uint8Array;
}

/** Pixels that differ everywhere, and between seeds; smooth enough to survive JPEG. */
export function pattern(
  height: number,
  width: number,
  channels: 1 | 3 | 4 = 3,
  seed = 0,
): RawImage {
  const pixels = new Uint8Array(height * width * channels);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, at++) {
        pixels[at] =
          40 * c + seed * 29 + Math.round((150 * y) / height) + Math.round((60 * x) / width);
      }
    }
  }
  return { height, width, channels, pixels };
}

/** A sharp pipeline that starts at these pixels. */
export function fromRaw({ height, width, channels, pixels }: RawImage): Sharp {
  return sharp(pixels, { raw: { height, width, channels } });
}

export function png(image: RawImage): Promise<Buffer> {
  return fromRaw(image).png().toBuffer();
}

/** Writes files into a folder, making the sub-folders in their names. */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return folder;
}

/** A folder of lossless images in classes: `names` are ids without extension. */
export async function writePngFolder(
  folder: string,
  names: readonly string[],
  height = 8,
  width = 6,
): Promise<Map<string, RawImage>> {
  const images = new Map<string, RawImage>();
  for (const [seed, name] of names.entries()) {
    const image = pattern(height, width, 3, seed);
    images.set(`${name}.png`, image);
    await writeFolder(folder, { [`${name}.png`]: await png(image) });
  }
  return images;
}
