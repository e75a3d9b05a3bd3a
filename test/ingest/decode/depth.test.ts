import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import type { DecodeOptions } from '#src/ingest/decode.js';
import { decodeImage } from '#src/ingest/decode.js';
import { fromRaw, pattern, png, type RawImage } from '../../support/images.js';
import { tiff } from '../../support/tiff.js';

const size = { height: 5, width: 7 };
const exact = { ...size, channels: 'rgb', fit: 'none' } as const;

/** Every value of 16 bits may come: low bytes count. */
function words(channels: number, seed = 1): Uint16Array {
  return Uint16Array.from({ length: 5 * 7 * channels }, (_, i) => (i * seed * 40_503) % 65_536);
}

async function png16(samples: Uint16Array, channels: 1 | 2 | 3 | 4): Promise<Buffer> {
  const image = sharp(samples, { raw: { ...size, channels } });
  return image
    .toColourspace(channels < 3 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer();
}

describe('samples of 16 bits', () => {
  const samples = words(3);
  const files: Record<string, () => Promise<Uint8Array>> = {
    PNG: () => png16(samples, 3),
    'interlaced PNG': () =>
      sharp(samples, { raw: { ...size, channels: 3 } })
        .toColourspace('rgb16')
        .png({ progressive: true })
        .toBuffer(),
    TIFF: () => Promise.resolve(tiff({ ...size, samples: 3, data: samples })),
  };

  it.each(Object.keys(files))(
    'of a %s are kept, made floats, or rounded to 8 bits',
    async (kind) => {
      const file = await files[kind]!();
      expect(await decodeImage(file, { ...exact, dtype: 'uint16' })).toEqual(samples);
      expect(await decodeImage(file, { ...exact, dtype: 'float32' })).toEqual(
        Float32Array.from(samples, (word) => word / 65_535),
      );
      expect(await decodeImage(file, { ...exact, dtype: 'uint8' })).toEqual(
        Uint8Array.from(samples, (word) => Math.round(word / 257)),
      );
    },
  );

  it('of grey are kept in one channel and in three', async () => {
    const grey = words(1);
    const file = await png16(grey, 1);
    const gray = { ...exact, channels: 'gray', dtype: 'uint16' } as const;
    expect(await decodeImage(file, gray)).toEqual(grey);
    expect(await decodeImage(file, { ...exact, dtype: 'uint16' })).toEqual(
      Uint16Array.from([...grey].flatMap((word) => [word, word, word])),
    );
    expect(await decodeImage(file, { ...exact, channels: 'rgba', dtype: 'uint16' })).toEqual(
      Uint16Array.from([...grey].flatMap((word) => [word, word, word, 65_535])),
    );
    const inverted = tiff({ ...size, samples: 1, data: grey, photometric: 0 });
    expect(await decodeImage(inverted, gray)).toEqual(grey.map((word) => 65_535 - word));
  });

  it('with alpha are laid on the background, or keep it', async () => {
    const rgba = words(4, 7);
    const file = await png16(rgba, 4);
    const options = { ...exact, dtype: 'uint16' } as const;
    expect(await decodeImage(file, { ...options, channels: 'rgba' })).toEqual(rgba);
    for (const background of ['white', 'black'] as const) {
      const under = background === 'white' ? 65_535 : 0;
      const expected = rgba
        .filter((_, i) => i % 4 < 3)
        .map((word, i) => {
          const alpha = rgba[Math.floor(i / 3) * 4 + 3]!;
          return Math.round((word * alpha + under * (65_535 - alpha)) / 65_535);
        });
      expect(await decodeImage(file, { ...options, background })).toEqual(expected);
    }
  });

  it('stay 16 bits when resized, with black or nothing around', async () => {
    const plain = new Uint16Array(35 * 3).fill(0x1234);
    const file = await png16(plain, 3);
    const options = { height: 9, width: 9, fit: 'contain', dtype: 'uint16' } as const;
    const rgb = await decodeImage(file, { ...options, channels: 'rgb' });
    const rgba = await decodeImage(file, { ...options, channels: 'rgba' });
    // 7 wide becomes 9, so 5 high becomes 6 of 9: one row above, two below.
    const inside = (row: number): boolean => row >= 1 && row < 7;
    for (let pixel = 0; pixel < 81; pixel++) {
      const there = inside(Math.floor(pixel / 9));
      expect([...rgb.subarray(3 * pixel, 3 * pixel + 3)]).toEqual(
        Array(3).fill(there ? 0x1234 : 0),
      );
      expect(rgba[4 * pixel + 3]).toBe(there ? 65_535 : 0);
    }
  });

  it('with the profile of another colour space come out in sRGB', async () => {
    const colours = Uint16Array.of(65_535, 0, 0, 0, 50_000, 0, 20_000, 30_000, 40_000);
    const image = sharp(colours, { raw: { height: 1, width: 3, channels: 3 } });
    const one = { height: 1, width: 3, channels: 'rgb', fit: 'none' } as const;
    const wide = await image.toColourspace('rgb16').withIccProfile('p3').png().toBuffer();
    const stored = await sharp(wide, { ignoreIcc: true })
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    expect(new Uint16Array(stored.buffer, stored.byteOffset, 9)).toEqual(colours);
    const seen = await decodeImage(wide, { ...one, dtype: 'uint16' });
    for (let pixel = 0; pixel < 9; pixel += 3) {
      fromDisplayP3(colours.subarray(pixel, pixel + 3)).forEach((word, i) => {
        expect(Math.abs(seen[pixel + i]! - word), `${pixel} ${i}`).toBeLessThan(100);
      });
    }
    const gray = await decodeImage(wide, { ...one, channels: 'gray', dtype: 'uint16' });
    expect(gray).toHaveLength(3);

    const own = await image.toColourspace('rgb16').withIccProfile('srgb').png().toBuffer();
    const kept = await sharp(own, { ignoreIcc: true })
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    expect(Buffer.from((await decodeImage(own, { ...one, dtype: 'uint16' })).buffer)).toEqual(kept);
  });

  it('of 10-bit AVIF reach white', async () => {
    const white = sharp({ create: { ...size, channels: 3, background: '#fff' } });
    const file = await white.avif({ bitdepth: 10, lossless: true, effort: 0 }).toBuffer();
    expect((await sharp(file).metadata()).bitsPerSample).toBe(10);
    const [sample] = await decodeImage(file, { ...exact, dtype: 'float32' });
    expect(sample).toBeGreaterThan(0.99);
    expect(sample).toBeLessThanOrEqual(1);
    expect((await decodeImage(file, exact))[0]).toBeGreaterThan(253);
  });
});

describe('samples of 8 bits', () => {
  const image: RawImage = pattern(5, 7);

  it.each(['png', 'jpeg', 'gif', 'webp'] as const)(
    'of a %s give the same picture in every type',
    async (kind) => {
      const file = await fromRaw(image).toFormat(kind).toBuffer();
      const bytes = await decodeImage(file, exact);
      expect(await decodeImage(file, { ...exact, dtype: 'uint16' })).toEqual(
        Uint16Array.from(bytes, (byte) => byte * 257),
      );
      expect(await decodeImage(file, { ...exact, dtype: 'float32' })).toEqual(
        Float32Array.from(bytes, (byte) => byte / 255),
      );
    },
  );

  it('are resized to the same picture in every type', async () => {
    const file = await png(pattern(40, 30));
    const options = { ...size, channels: 'rgba', fit: 'contain' } as const;
    const bytes = await decodeImage(file, options);
    expect(await decodeImage(file, { ...options, dtype: 'uint16' })).toEqual(
      Uint16Array.from(bytes, (byte) => byte * 257),
    );
  });
});

describe('floating-point samples', () => {
  const numbers = Float32Array.from({ length: 35 }, (_, i) => (i - 3) * 1000.25);
  const options = { ...size, channels: 'gray', fit: 'none' } as const;

  it('are kept as they are', async () => {
    const file = tiff({ ...size, samples: 1, data: numbers });
    expect(await decodeImage(file, { ...options, dtype: 'float32' })).toEqual(numbers);
    const colour = Float32Array.from({ length: 105 }, (_, i) => i / 7 - 3);
    const rgb = tiff({ ...size, samples: 3, data: colour });
    expect(await decodeImage(rgb, { ...exact, dtype: 'float32' })).toEqual(colour);
    const three = await decodeImage(file, { ...exact, dtype: 'float32' });
    expect(three).toEqual(Float32Array.from([...numbers].flatMap((n) => [n, n, n])));
  });

  it('are refused where whole numbers are wanted', async () => {
    const file = tiff({ ...size, samples: 1, data: numbers });
    for (const dtype of ['uint8', 'uint16'] as const) {
      await expect(decodeImage(file, { ...options, dtype })).rejects.toThrow(
        /floating-point.*dtype float32/,
      );
    }
  });

  it.each([
    ['with a sign', new Int16Array(35)],
    ['of 32 bits', new Uint32Array(35)],
  ])('and whole numbers %s, whose white nobody knows, are refused', async (_, data) => {
    const file = tiff({ ...size, samples: 1, data });
    for (const dtype of ['uint8', 'uint16', 'float32'] as const) {
      const wanted: DecodeOptions = { ...options, dtype };
      await expect(decodeImage(file, wanted)).rejects.toThrow(/Expected samples of 8 or 16 bits/);
    }
  });
});

/** Both have the transfer function of IEC 61966-2-1; the matrix follows from their primaries. */
function fromDisplayP3(words: Uint16Array): number[] {
  const [r, g, b] = Array.from(words, (word) => {
    const v = word / 65_535;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const linear = [
    1.22494 * r - 0.22494 * g,
    -0.042057 * r + 1.042057 * g,
    -0.019638 * r - 0.078636 * g + 1.098274 * b,
  ];
  return linear.map((v) => {
    const encoded = v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
    return Math.round(65_535 * Math.min(1, Math.max(0, encoded)));
  });
}
