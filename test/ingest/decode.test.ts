import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';

import type { Channels, DecodeOptions } from '#src/ingest/decode.js';
import { decodeImage } from '#src/ingest/decode.js';
import { ImageError } from '#src/errors.js';
import { fromRaw, pattern, png, type RawImage } from '../support/images.js';

const exact = (image: RawImage, channels: Channels = 'rgb'): Omit<DecodeOptions, 'dtype'> => ({
  height: image.height,
  width: image.width,
  channels,
  fit: 'none',
});

describe('decodeImage', () => {
  it('gives the pixels of a lossless image as they are', async () => {
    const image = pattern(7, 5);
    expect(await decodeImage(await png(image), exact(image))).toEqual(Buffer.from(image.pixels));
  });

  // "Orientation", Exif 2.32, 4.6.4 A: where the stored row 0 and column 0 belong.
  const upright: Record<number, (h: number, w: number, y: number, x: number) => [number, number]> =
    {
      1: (_h, _w, y, x) => [y, x],
      2: (_h, w, y, x) => [y, w - 1 - x],
      3: (h, w, y, x) => [h - 1 - y, w - 1 - x],
      4: (h, _w, y, x) => [h - 1 - y, x],
      5: (_h, _w, y, x) => [x, y],
      6: (h, _w, y, x) => [x, h - 1 - y],
      7: (h, w, y, x) => [w - 1 - x, h - 1 - y],
      8: (_h, w, y, x) => [w - 1 - x, y],
    };
  const encoders: Record<string, (image: Sharp) => Sharp> = {
    JPEG: (image) => image.jpeg({ quality: 100 }),
    PNG: (image) => image.png(),
    WebP: (image) => image.webp(),
    TIFF: (image) => image.tiff({ compression: 'lzw' }),
  };
  it.each(Object.keys(encoders))('applies every EXIF orientation of a %s', async (kind) => {
    const [h, w] = [16, 24];
    for (const orientation of Object.keys(upright).map(Number)) {
      const file = await encoders[kind]!(fromRaw(pattern(h, w)))
        .withMetadata({ orientation })
        .toBuffer();
      const stored = await sharp(file).raw().toBuffer();
      const [height, width] = orientation < 5 ? [h, w] : [w, h];
      const expected = Buffer.alloc(stored.length);
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const [row, column] = upright[orientation]!(h, w, y, x);
          stored.copy(expected, (row * width + column) * 3, (y * w + x) * 3, (y * w + x + 1) * 3);
        }
      }
      const decoded = await decodeImage(file, { height, width, channels: 'rgb', fit: 'none' });
      expect(decoded, String(orientation)).toEqual(expected);
    }
  });

  it('converts CMYK to sRGB', async () => {
    const image = pattern(16, 16);
    const file = await fromRaw(image).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    const decoded = await decodeImage(file, exact(image));
    expect(decoded).toEqual(await sharp(file).toColourspace('srgb').raw().toBuffer());
    const error = decoded.reduce((sum, value, i) => sum + Math.abs(value - image.pixels[i]!), 0);
    expect(error / decoded.length).toBeLessThan(30);
  });

  it('scales 16-bit values to 8 bits', async () => {
    const image = pattern(6, 6);
    const words = Uint16Array.from(image.pixels, (value) => value * 256 + 17);
    const file = await sharp(words, { raw: { height: 6, width: 6, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    const rounded = Uint8Array.from(words, (word) => Math.round(word / 257));
    expect(await decodeImage(file, exact(image))).toEqual(rounded);
  });

  it.each(['rgb', 'rgba', 'gray'] as const)('makes a grey image %s', async (channels) => {
    const image = pattern(6, 5, 1);
    const file = await fromRaw(image).toColourspace('b-w').png().toBuffer();
    expect((await sharp(file).metadata()).channels).toBe(1);
    const expected = [...image.pixels].flatMap(
      (value) =>
        ({ rgb: [value, value, value], rgba: [value, value, value, 255], gray: [value] })[channels],
    );
    expect([...(await decodeImage(file, exact(image, channels)))]).toEqual(expected);
  });

  it('makes a colour image grey by luminance', async () => {
    const pixels = Uint8Array.of(255, 255, 255, 0, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90);
    const image: RawImage = { height: 1, width: 5, channels: 3, pixels };
    const [white, black, green, blue, mid] = await decodeImage(
      await png(image),
      exact(image, 'gray'),
    );
    expect([white, black, mid]).toEqual([255, 0, 90]);
    expect(green).toBeGreaterThan(blue! * 2);
  });

  it('reads a palette', async () => {
    const pixels = Uint8Array.from(
      { length: 48 },
      (_, i) => [255, 0, 0, 0, 255, 0, 0, 0, 255][i % 9]!,
    );
    const image: RawImage = { height: 4, width: 4, channels: 3, pixels };
    const file = await fromRaw(image).png({ palette: true, colours: 4 }).toBuffer();
    expect((await sharp(file).metadata()).isPalette).toBe(true);
    expect(await decodeImage(file, exact(image))).toEqual(Buffer.from(pixels));
  });

  it('lays transparent parts on white or black, or keeps the alpha channel', async () => {
    const pixels = Uint8Array.of(200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 128);
    const image: RawImage = { height: 1, width: 3, channels: 4, pixels };
    const file = await png(image);
    expect(await decodeImage(file, exact(image, 'rgba'))).toEqual(Buffer.from(pixels));
    const flat = {
      white: await decodeImage(file, exact(image, 'rgb')),
      black: await decodeImage(file, { ...exact(image, 'rgb'), background: 'black' }),
    };
    expect([...flat.white.subarray(0, 6)]).toEqual([200, 100, 50, 255, 255, 255]);
    expect([...flat.black.subarray(0, 6)]).toEqual([200, 100, 50, 0, 0, 0]);
    [200, 100, 50].forEach((value, i) => {
      const [white, black] = [(value * 128 + 255 * 127) / 255, (value * 128) / 255];
      expect(Math.abs(flat.white[6 + i]! - white)).toBeLessThanOrEqual(1);
      expect(Math.abs(flat.black[6 + i]! - black)).toBeLessThanOrEqual(1);
    });
  });

  it('takes the first frame of an animation', async () => {
    const frames = [1, 2].map((seed) => {
      const colour = seed === 1 ? '#ff0000' : '#0000ff';
      return sharp({ create: { width: 4, height: 4, channels: 3, background: colour } })
        .png()
        .toBuffer();
    });
    const file = await sharp(await Promise.all(frames), { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(file).metadata()).pages).toBe(2);
    const decoded = await decodeImage(file, { height: 4, width: 4, channels: 'rgb', fit: 'none' });
    expect([...decoded.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect(decoded).toHaveLength(48);
  });

  it.each(['cover', 'contain', 'fill'] as const)(
    'brings an image to size with fit %s',
    async (fit) => {
      const file = await png(pattern(40, 20));
      const expected = await sharp(file)
        .resize(12, 10, { fit })
        .toColourspace('srgb')
        .raw()
        .toBuffer();
      const decoded = await decodeImage(file, { height: 10, width: 12, channels: 'rgb', fit });
      expect(decoded).toEqual(expected);
      expect(decoded).toHaveLength(360);
    },
  );

  it('pads with black, transparent where alpha is kept', async () => {
    const file = await sharp({ create: { width: 4, height: 8, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const size = { height: 8, width: 8, fit: 'contain' } as const;
    const rgb = await decodeImage(file, { ...size, channels: 'rgb' });
    const rgba = await decodeImage(file, { ...size, channels: 'rgba' });
    expect([...rgb.subarray(0, 3), ...rgb.subarray(12, 15)]).toEqual([0, 0, 0, 255, 255, 255]);
    expect([...rgba.subarray(0, 4), ...rgba.subarray(16, 20)]).toEqual([
      0, 0, 0, 0, 255, 255, 255, 255,
    ]);
  });

  it('refuses another size with fit none', async () => {
    const options = { height: 8, width: 9, channels: 'rgb', fit: 'none' } as const;
    const decoding = decodeImage(await png(pattern(8, 8)), options);
    await expect(decoding).rejects.toThrow(/Expected 8×9 pixels .* got 8×8/);
  });

  it('refuses what is no image, broken, cut short or too large, with the reason', async () => {
    const options = { height: 64, width: 64, channels: 'rgb', fit: 'cover' } as const;
    const jpeg = await fromRaw(pattern(64, 64)).jpeg().toBuffer();
    const whole = await png(pattern(64, 64));
    const noisy = Buffer.from(whole);
    noisy.fill(0xa5, 60, 120);
    const bad: Record<string, Uint8Array> = {
      'zero bytes': new Uint8Array(0),
      text: Buffer.from('not a picture'),
      'truncated JPEG': jpeg.subarray(0, jpeg.length / 2),
      'truncated PNG': whole.subarray(0, whole.length / 2),
      'damaged PNG': noisy,
      'only a signature': whole.subarray(0, 8),
    };
    for (const [what, bytes] of Object.entries(bad)) {
      const error: unknown = await decodeImage(bytes, options).catch((e: unknown) => e);
      expect(error, what).toBeInstanceOf(ImageError);
      expect((error as Error).message.length, what).toBeGreaterThan(5);
    }
    await expect(decodeImage(whole, { ...options, maxPixels: 4095 })).rejects.toThrow(
      /Expected at most 4095 pixels, the header says 64×64/,
    );
  });
});
