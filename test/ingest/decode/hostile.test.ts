import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import zlib from 'node:zlib';

import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';

import type { DecodeOptions } from '#src/ingest/decode.js';
import { decodeImage } from '#src/ingest/decode.js';
import { ImageError } from '#src/errors.js';
import { png as pngFile, pngChunk } from '../../support/apng.js';
import { fromRaw, pattern, png } from '../../support/images.js';
import { temporaryDirectory } from '../../support/temp.js';

const exact = { height: 16, width: 24, channels: 'rgb', fit: 'none' } as const;
const small = { height: 8, width: 8, channels: 'rgb', fit: 'cover' } as const;

/** Why it is set aside; fails if it isn't. */
async function reasonFor(bytes: Uint8Array, options: Partial<DecodeOptions> = {}): Promise<string> {
  const error: unknown = await decodeImage(bytes, { ...small, ...options }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ImageError);
  return (error as ImageError).message;
}

const encoders: Record<string, (image: Sharp) => Sharp> = {
  JPEG: (image) => image.jpeg(),
  'progressive JPEG': (image) => image.jpeg({ progressive: true }),
  PNG: (image) => image.png(),
  'interlaced PNG': (image) => image.png({ progressive: true }),
  WebP: (image) => image.webp(),
  'lossless WebP': (image) => image.webp({ lossless: true }),
  GIF: (image) => image.gif(),
  'LZW TIFF': (image) => image.tiff({ compression: 'lzw' }),
  'JPEG TIFF': (image) => image.tiff({ compression: 'jpeg' }),
  AVIF: (image) => image.avif({ effort: 0 }),
};
const kinds = Object.keys(encoders);

function encode(kind: string, image = pattern(16, 24)): Promise<Buffer> {
  return encoders[kind]!(fromRaw(image)).toBuffer();
}

describe('a damaged image', () => {
  it.each(kinds)('of %s that is cut short anywhere is set aside', async (kind) => {
    const whole = await encode(kind);
    await decodeImage(whole, exact);
    for (let part = 0; part < 12; part++) {
      const cut = whole.subarray(0, Math.floor((whole.length * part) / 12));
      expect(await reasonFor(cut), `${part} of 12`).toMatch(
        /^The .* is broken, cut short|Expected/,
      );
    }
  });

  it.each(['PNG', 'interlaced PNG'])('of %s is known by its checksums', async (kind) => {
    const whole = await encode(kind);
    const expected = await decodeImage(whole, small);
    for (let at = 16; at < whole.length - 12; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      const outcome: unknown = await decodeImage(damaged, small).catch((error: unknown) => error);
      // Of a chunk that says how large a pixel is on paper, damage does no harm.
      if (outcome instanceof Uint8Array) expect(outcome).toEqual(expected);
      else expect(outcome).toBeInstanceOf(ImageError);
    }
  });

  it('of JPEG is known where the decoder warns', async () => {
    const whole = await encode('JPEG', pattern(200, 200));
    const middle = whole.length / 2;
    const without = Buffer.concat([whole.subarray(0, middle), whole.subarray(middle + 40)]);
    expect(await reasonFor(without, { height: 200, width: 200 })).toMatch(
      /^The JPEG is broken.*Corrupt JPEG data/,
    );
  });

  it('is told apart from junk that decoders skip', async () => {
    const whole = await encode('JPEG');
    const expected = await decodeImage(whole, exact);
    const app0 = 4 + whole.readUInt16BE(4);
    const junk = Buffer.concat([
      whole.subarray(0, app0),
      Buffer.from('junk'),
      whole.subarray(app0),
    ]);
    expect(await decodeImage(junk, exact)).toEqual(expected);
  });

  it('gives its own reason however many fail at once', async () => {
    const files = await Promise.all(
      ['JPEG', 'PNG', 'GIF', 'LZW TIFF', 'WebP'].map((kind) => encode(kind)),
    );
    const cut = files.map((file) => file.subarray(0, file.length * 0.7));
    const reasons = await Promise.all(cut.map((file) => reasonFor(file)));
    ['JPEG', 'PNG', 'GIF', 'TIFF', 'WebP'].forEach((name, i) => {
      expect(reasons[i]).toMatch(new RegExp(`^The ${name} is broken`));
      expect(reasons[i]).not.toContain('\n');
    });
  });
});

describe('what no decoder is there for', () => {
  const ftyp = (brand: string): Buffer =>
    Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1`, 'latin1');
  it.each([
    ['BMP', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)])],
    ['ICO', Buffer.from(`00000100010010${'00'.repeat(30)}`, 'hex')],
    ['JPEG XL', Buffer.from('ff0a00000000', 'hex')],
    ['JPEG 2000', Buffer.from('ff4fff510000', 'hex')],
    ['PSD', Buffer.from('8BPS\0\x01')],
    ['PDF', Buffer.from('%PDF-1.7')],
    ['ZIP', Buffer.from('PK\x03\x04')],
  ])('is set aside by the name of its format: %s', async (name, bytes) => {
    expect(await reasonFor(bytes)).toBe(
      `Expected JPEG, PNG, WebP, GIF, TIFF, AVIF or SVG, found ${name}. Convert it to PNG`,
    );
  });

  it('is HEIC, which only the decoder knows', async () => {
    expect(await reasonFor(ftyp('heic'))).toMatch(/HEIC/);
  });

  it('is no image at all', async () => {
    expect(await reasonFor(Buffer.from('hello'))).toMatch(/no known image format/);
    expect(await reasonFor(Buffer.alloc(0))).toMatch(/empty file/);
    expect(await reasonFor(Buffer.from('<html><body>404</body></html>'))).toMatch(/no known/);
    expect(await reasonFor(zlib.gzipSync('hello'))).toMatch(/gzip of something else/);
  });
});

describe('an image that is too large', () => {
  const header = (width: number, height: number, colour = 2): Buffer => {
    const data = Buffer.alloc(13);
    data.writeUInt32BE(width, 0);
    data.writeUInt32BE(height, 4);
    data.set([8, colour], 8);
    return pngFile([pngChunk('IHDR', data), pngChunk('IDAT', zlib.deflateSync(Buffer.alloc(9)))]);
  };

  it('is refused by its header, without being decoded', async () => {
    expect(await reasonFor(header(20_000, 30_000))).toMatch(
      /at most 268435456 pixels, the header says 30000×20000/,
    );
    expect(await reasonFor(header(2 ** 31 - 1, 2 ** 31 - 1))).toMatch(/at most 268435456 pixels/);
    expect(await reasonFor(header(0, 5))).toMatch(/found a PNG of 5×0/);
  });

  it('is refused where it has another size than asked for, however much there is of it', async () => {
    expect(await reasonFor(header(10_000, 10_000), { fit: 'none' })).toMatch(
      /Expected 8×8 pixels .* got 10000×10000/,
    );
  });

  it('is refused in a GIF, a WebP, a TIFF and an SVG too', async () => {
    const gif = Buffer.from(
      'GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;',
      'latin1',
    );
    expect(await reasonFor(gif)).toMatch(/at most|broken/);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="1000000" height="1000000"/>';
    expect(await reasonFor(Buffer.from(svg))).toMatch(/the header says 1000000×1000000/);
  });

  it('comes out as a thin line or not at all', async () => {
    for (const [height, width] of [
      [1, 20_000],
      [20_000, 1],
    ] as const) {
      const file = await sharp({ create: { height, width, channels: 3, background: '#ff8800' } })
        .png()
        .toBuffer();
      for (const fit of ['cover', 'contain', 'fill'] as const) {
        const pixels = await decodeImage(file, { ...small, fit });
        expect(pixels).toHaveLength(192);
        expect(pixels).toContain(0x88);
      }
    }
  });
});

describe('CMYK', () => {
  const image = pattern(16, 24);
  it.each(['jpeg', 'tiff'] as const)(
    'with and without a profile becomes sRGB: %s',
    async (kind) => {
      const cmyk = fromRaw(image).toColourspace('cmyk');
      const options = kind === 'jpeg' ? { quality: 100 } : {};
      const without = await cmyk.clone().toFormat(kind, options).toBuffer();
      const withProfile = await cmyk
        .clone()
        .withIccProfile('cmyk')
        .toFormat(kind, options)
        .toBuffer();
      expect((await sharp(withProfile).metadata()).icc).toBeDefined();
      for (const file of [without, withProfile]) {
        expect((await sharp(file).metadata()).space).toBe('cmyk');
        const decoded = await decodeImage(file, exact);
        const error = decoded.reduce(
          (sum, value, i) => sum + Math.abs(value - image.pixels[i]!),
          0,
        );
        expect(error / decoded.length).toBeLessThan(30);
      }
    },
  );
});

describe('an SVG', () => {
  const svg = (inside: string, before = ''): Buffer =>
    Buffer.from(
      `${before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xi="http://www.w3.org/2001/XInclude" width="40" height="20">${inside}</svg>`,
    );
  const red = '<rect width="40" height="20" fill="#f00"/>';

  it('is rendered at the size asked for, on the background', async () => {
    const half = '<rect width="20" height="20" fill="#f00"/>';
    const options = { height: 200, width: 400, channels: 'rgb', fit: 'cover' } as const;
    for (const file of [svg(half), zlib.gzipSync(svg(half))]) {
      const pixels = await decodeImage(file, options);
      const row = pixels.subarray(100 * 1200, 101 * 1200);
      expect([...row.subarray(199 * 3, 201 * 3)]).toEqual([255, 0, 0, 255, 255, 255]);
    }
  });

  it('that refers to something elsewhere is set aside, and nothing is fetched', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'red.png');
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#f00' } }).toFile(file);
    const elsewhere = [`${base}/x.png`, `file://${file}`, file, 'red.png', '../red.png'];
    for (const where of elsewhere) {
      for (const inside of [
        `<image xlink:href="${where}" width="40" height="20"/>`,
        `<image href='${where}' width="40" height="20"/>`,
        `<use xlink:href="${where}#a"/>`,
        `<xi:include href="${where}" parse="xml"/>`,
        `<filter id="f"><feImage href="${where}"/></filter>`,
        `<style>@import url("${where}");</style>`,
      ]) {
        expect(await reasonFor(svg(inside)), inside).toMatch(/complete in itself/);
      }
    }
    for (const before of [
      `<?xml-stylesheet href="${base}/x.css"?>`,
      `<!DOCTYPE svg [<!ENTITY x SYSTEM "file://${file}">]>`,
      `<!DOCTYPE svg [<!ENTITY % x SYSTEM "${base}/x.dtd"> %x;]>`,
    ]) {
      expect(await reasonFor(svg('<text>&x;</text>', before)), before).toMatch(
        /complete in itself/,
      );
    }
    // What no pattern finds isn't fetched either.
    const hidden = `<image xlink:href="&#x68;ttp:${base.slice(5)}/x.png" width="40" height="20"/>`;
    await decodeImage(svg(hidden), small).catch(() => undefined);
    await decodeImage(svg(red, `<!DOCTYPE svg SYSTEM "${base}/x.dtd">`), small);
    await decodeImage(svg(`<a href="${base}/link">${red}</a>`), small);
    server.close();
    expect(requests).toBe(0);
  });

  it('that is a bomb is set aside', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const entities = names.map((name, i) => {
      const value = i === 0 ? 'lol'.repeat(10) : `&${names[i - 1]!};`.repeat(10);
      return `<!ENTITY ${name} "${value}">`;
    });
    const laughs = svg('<text>&j;</text>', `<!DOCTYPE svg [${entities.join('')}]>`);
    expect(await reasonFor(laughs)).toMatch(/The SVG is broken.*amplification/);
    expect(await reasonFor(svg('<g>'.repeat(10_000)))).toMatch(/The SVG is broken/);
    const blank = Buffer.concat([svg(red), Buffer.alloc(2 ** 25, 32)]);
    expect(await reasonFor(zlib.gzipSync(blank))).toMatch(/compressed SVG of at most 16777216/);
    expect(await reasonFor(blank)).toMatch(/SVG of at most 16777216 bytes/);
  });
});

describe('text chunks of a PNG', () => {
  it('that are bombs are not unpacked', async () => {
    const whole = await png(pattern(16, 24));
    const bomb = Buffer.concat([Buffer.from('key\0\0'), zlib.deflateSync(Buffer.alloc(2 ** 26))]);
    const end = whole.length - 12;
    const file = Buffer.concat([
      whole.subarray(0, end),
      pngChunk('zTXt', bomb),
      whole.subarray(end),
    ]);
    const pixels = await decodeImage(file, exact).catch((error: unknown) => error);
    if (pixels instanceof Uint8Array) expect(pixels).toEqual(await decodeImage(whole, exact));
    else expect(pixels).toBeInstanceOf(ImageError);
  });
});
