/** HDF5 files of images whose every pixel is known, written by planefeed's own ingester. */
import { createIngester, type Placement } from 'planefeed';

export interface ImageFileOptions {
  readonly count: number;
  readonly height?: number;
  readonly width?: number;
  readonly placement?: Placement;
  readonly run?: number;
}

/** Writes `count` RGB images; image `i` has the label `i % 3` and the id `image-i`. */
export async function writeImageFile(
  file: string,
  { count, height = 8, width = 6, ...placed }: ImageFileOptions,
): Promise<string> {
  await using ingester = await createIngester(file, {
    height,
    width,
    durability: 'process',
    ...placed,
  });
  for (let image = 0; image < count; image++) {
    const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) =>
      pixelOf(image, Math.floor(i / 3), i % 3),
    );
    await ingester.append({ id: `image-${image}`, className: `class-${image % 3}`, pixels });
  }
  return file;
}

/** The value of a pixel: any two planes differ, and neighbours do. */
export function pixelOf(image: number, pixel: number, channel: number): number {
  return (Math.imul(image * 3 + channel + 1, 0x9e3779b1) >>> (pixel % 24)) & 0xff;
}
