import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import type { DecodeOptions } from '#src/ingest/decode.js';
import { createDecoder, decodeImage } from '#src/ingest/decode.js';
import type { PixelArray } from '#src/ingest/pixel-types.js';
import { apng } from '../../support/apng.js';
import { fromRaw, pattern, png, type RawImage } from '../../support/images.js';
import { tiff } from '../../support/tiff.js';

const size = { height: 6, width: 9 };
const options = { ...size, channels: 'rgba', fit: 'none' } as const;

async function framesOf(
  file: Uint8Array,
  wanted: DecodeOptions = options,
  from = 0,
): Promise<PixelArray[]> {
  const image = await createDecoder(wanted).open(file);
  const frames: PixelArray[] = [];
  for await (const frame of image.all(from)) frames.push(frame);
  expect(image.frames).toBe(from + frames.length);
  expect(await image.first()).toEqual(await decodeImage(file, wanted));
  return frames;
}

function plain(red: number, green: number, alpha = 255): RawImage {
  const pixels = Uint8Array.from({ length: 6 * 9 * 4 }, (_, i) => [red, green, 0, alpha][i % 4]!);
  return { ...size, channels: 4, pixels };
}

const part = (image: RawImage, height: number, width: number): RawImage => ({
  height,
  width,
  channels: 4,
  pixels: image.pixels.slice(0, height * width * 4),
});

describe('frames', () => {
  it.each(['gif', 'webp'] as const)('of a %s are images, each and together', async (kind) => {
    // More than are decoded at once.
    const images = Array.from({ length: 70 }, (_, i) => plain(i * 3, 255 - i));
    const files = await Promise.all(images.map((image) => png(image)));
    const animation = sharp(files, { join: { animated: true } });
    const exact = {
      webp: { lossless: true },
      gif: { interFrameMaxError: 0, interPaletteMaxError: 0, keepDuplicateFrames: true },
    }[kind];
    const file = await animation.toFormat(kind, exact).toBuffer();
    const frames = await framesOf(file);
    expect(frames).toHaveLength(70);
    frames.forEach((frame, i) => {
      expect(frame, String(i)).toEqual(Buffer.from(images[i]!.pixels));
    });
    expect(await framesOf(file, options, 67)).toEqual(frames.slice(67));
    const resized = await framesOf(file, { height: 5, width: 4, channels: 'rgb', fit: 'contain' });
    expect(resized).toHaveLength(70);
    for (const frame of resized) expect(frame).toHaveLength(60);
  });

  it('of one frame or page are the image', async () => {
    for (const kind of ['jpeg', 'png', 'gif', 'tiff', 'avif'] as const) {
      const file = await fromRaw(pattern(6, 9)).toFormat(kind).toBuffer();
      expect(await framesOf(file)).toHaveLength(1);
    }
  });
});

describe('pages of a TIFF', () => {
  it('need not be alike', async () => {
    const [first, second] = [new Uint16Array(54 * 3).fill(4660), new Uint8Array(20).fill(77)];
    const file = chain(
      tiff({ ...size, samples: 3, data: first }),
      tiff({ height: 4, width: 5, samples: 1, data: second }),
    );
    const wanted = { ...size, channels: 'rgb', fit: 'fill', dtype: 'uint16' } as const;
    const pages = await framesOf(file, wanted);
    expect(pages).toEqual([first, new Uint16Array(54 * 3).fill(77 * 257)]);
  });
});

describe('frames of an animated PNG', () => {
  const [a, b] = [plain(200, 10), plain(10, 200)];

  it('are laid on the canvas as the file says', async () => {
    const patch = part(b, 2, 3);
    const half = part(plain(0, 255, 128), 2, 3);
    const file = await apng([
      { image: a },
      { image: patch, left: 1, top: 2, dispose: 1 }, // replaces, then clears
      { image: patch, left: 5, top: 0, dispose: 2 }, // replaces, then takes back
      { image: half, left: 0, top: 4, blend: 1 }, // laid over
      { image: part(plain(0, 0, 0), 2, 3), left: 6, top: 4 }, // replaces by nothing
    ]);
    const canvas = Uint8Array.from(a.pixels);
    const paint = (left: number, top: number, colour: number[]): Uint8Array => {
      for (let y = top; y < top + 2; y++) {
        for (let x = left; x < left + 3; x++) canvas.set(colour, (y * 9 + x) * 4);
      }
      return canvas.slice();
    };
    const expected = [canvas.slice(), paint(1, 2, [10, 200, 0, 255])];
    paint(1, 2, [0, 0, 0, 0]);
    expected.push(paint(5, 0, [10, 200, 0, 255]));
    paint(5, 0, [200, 10, 0, 255]);
    expected.push(paint(0, 4, [100, 133, 0, 255]));
    expected.push(paint(6, 4, [0, 0, 0, 0]));
    const frames = await framesOf(file);
    expect(frames).toEqual(expected.map((frame) => Buffer.from(frame)));
    expect(await framesOf(file, options, 3)).toEqual(frames.slice(3));
    const deep = await framesOf(file, { ...options, dtype: 'uint16' });
    expect(deep).toEqual(expected.map((frame) => Uint16Array.from(frame, (byte) => byte * 257)));
  });

  it('leave out what only other decoders show', async () => {
    const file = await apng([{ image: a }, { image: b }], plain(1, 2));
    expect(await framesOf(file)).toEqual([Buffer.from(a.pixels), Buffer.from(b.pixels)]);
    expect((await decodeImage(file, options)).subarray(0, 4)).toEqual(Buffer.of(1, 2, 0, 255));
  });

  it('that lie outside, are damaged or missing are refused', async () => {
    const decoder = createDecoder(options);
    const outside = await apng([{ image: a }, { image: part(b, 2, 3), left: 7 }]);
    await expect(drain((await decoder.open(outside)).all())).rejects.toThrow(/outside the image/);
    const whole = await apng([{ image: a }, { image: b }]);
    const cut = await decoder.open(whole.subarray(0, whole.length - 40));
    await expect(drain(cut.all())).rejects.toThrow(/not whole|cut short/);
    const damaged = Buffer.from(whole);
    damaged[whole.length - 30]! ^= 1;
    await expect(drain((await decoder.open(damaged)).all())).rejects.toThrow(/The PNG is broken/);
  });
});

async function drain(frames: AsyncGenerator<PixelArray>): Promise<void> {
  for await (const frame of frames) expect(frame).toHaveLength(6 * 9 * 4);
}

/** Two files of one page, as one of two: offsets of the second move. */
function chain(first: Uint8Array, second: Uint8Array): Buffer {
  const file = Buffer.concat([first, second]);
  const base = first.length;
  const count = file.readUInt16LE(8);
  file.writeUInt32LE(base + 8, 10 + 12 * count);
  const moved = new Set([273]);
  for (let i = 0; i < file.readUInt16LE(base + 8); i++) {
    const at = base + 10 + 12 * i;
    if (moved.has(file.readUInt16LE(at)))
      file.writeUInt32LE(file.readUInt32LE(at + 8) + base, at + 8);
  }
  return file;
}
