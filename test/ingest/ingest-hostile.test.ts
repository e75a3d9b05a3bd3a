import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { ImageError, InvalidOptionError } from '#src/errors.js';
import type { IngestOptions, IngestReport } from '#src/ingest/ingest-report.js';
import { ingest } from '#src/ingest/ingest.js';
import { openH5 } from '#src/storage/h5.js';
import { apng, png as pngFile, pngChunk } from '../support/apng.js';
import { fromRaw, pattern, png, writeFolder } from '../support/images.js';
import { repository } from '../support/probe.js';
import { temporaryDirectory } from '../support/temp.js';

const options: IngestOptions = { height: 8, width: 6, durability: 'process' };

async function contentOf(file: string): Promise<{ ids: string[]; images: unknown }> {
  const h5 = await openH5(file, 'r');
  const { shape } = h5.dataset('/images');
  const images = h5.readSlice('/images', [0, 0, 0, 0], shape!);
  const content = { ids: h5.readStrings('/ids'), images };
  await h5.close();
  return content;
}

async function animation(kind: 'gif' | 'webp', seeds: readonly number[]): Promise<Buffer> {
  const frames = await Promise.all(seeds.map((seed) => png(pattern(8, 6, 3, seed))));
  const exact = {
    gif: { interFrameMaxError: 0, interPaletteMaxError: 0 },
    webp: { lossless: true },
  }[kind];
  return sharp(frames, { join: { animated: true } })
    .toFormat(kind, exact)
    .toBuffer();
}

describe('images whose name says something else', () => {
  it('are what their bytes are', async () => {
    const directory = await temporaryDirectory();
    const image = pattern(8, 6);
    await writeFolder(directory, {
      'x/png.jpg': await png(image),
      'x/webp.png': await fromRaw(image).webp({ lossless: true }).toBuffer(),
      'x/tiff': await fromRaw(image).tiff({ compression: 'lzw' }).toBuffer(),
      'x/text.jpg': 'text',
    });
    const file = path.join(directory, 'out.h5');
    const report = await ingest(directory, file, options);
    expect(report.setAside.map(({ id }) => id)).toEqual(['x/text.jpg']);
    const { images } = await contentOf(file);
    for (const row of [0, 1, 2]) {
      expect((images as Uint8Array).subarray(row * 144, row * 144 + 144)).toEqual(image.pixels);
    }
  });
});

describe('pictures of an animation', () => {
  const sources = async (): Promise<{ id: string; bytes: () => Uint8Array }[]> => {
    const files = {
      a: await png(pattern(8, 6, 3, 1)),
      b: await animation('gif', [2, 3, 4]),
      c: await animation('webp', [5, 6]),
      d: await apng([{ image: pattern(8, 6, 4, 1) }, { image: pattern(8, 6, 4, 0) }]),
    };
    return Object.entries(files).map(([id, bytes]) => ({ id, bytes: () => bytes }));
  };

  it('are images of their own if asked for, in order, also after an interruption', async () => {
    const directory = await temporaryDirectory();
    const records = await sources();
    const first = path.join(directory, 'first.h5');
    expect(await ingest(records, first, options)).toMatchObject({ added: 4, setAside: [] });
    expect((await contentOf(first)).ids).toEqual(['a', 'b', 'c', 'd']);

    const all = path.join(directory, 'all.h5');
    const wanted = { ...options, frames: 'all', commitEvery: 1 } as const;
    const seen: number[] = [];
    const report = await ingest(records, all, {
      ...wanted,
      onProgress: ({ done }) => seen.push(done),
    });
    expect(report).toMatchObject({ added: 8, skipped: 0, setAside: [] });
    expect(seen).toEqual([1, 2, 3, 4]);
    const content = await contentOf(all);
    expect(content.ids).toEqual(['a', 'b#0', 'b#1', 'b#2', 'c#0', 'c#1', 'd#0', 'd#1']);
    expect((content.images as Uint8Array).subarray(5 * 144, 6 * 144)).toEqual(
      pattern(8, 6, 3, 6).pixels,
    );
    expect(await ingest(records, all, wanted)).toMatchObject({ added: 0, skipped: 4 });

    // Stopped within an animation: the second picture of b is the last that is in.
    const file = path.join(directory, 'part.h5');
    const whole = records[1]!.bytes();
    const cut = await animation('gif', [2, 3]);
    await ingest([records[0]!, { id: 'b', bytes: () => cut }], file, wanted);
    expect(whole).not.toEqual(cut);
    expect(await ingest(records, file, wanted)).toMatchObject({ added: 5, skipped: 1 });
    expect(await contentOf(file)).toEqual(content);
  });

  it('before a damaged one are in, and it is named', async () => {
    const directory = await temporaryDirectory();
    const whole = await apng([{ image: pattern(8, 6, 4, 1) }, { image: pattern(8, 6, 4, 0) }]);
    const damaged = Buffer.from(whole);
    damaged[whole.length - 30]! ^= 1;
    const records = [{ id: 'x', bytes: () => damaged }];
    const file = path.join(directory, 'out.h5');
    const wanted = { ...options, frames: 'all' } as const;
    const report = await ingest(records, file, wanted);
    expect(report).toMatchObject({ added: 1, setAside: [{ id: 'x#1' }] });
    expect(report.setAside[0]!.reason).toMatch(/The PNG is broken/);
    const stopping = ingest(records, file, { ...wanted, onError: 'stop' });
    await expect(stopping).rejects.toThrow(ImageError);
  });
});

describe('a limit on memory', () => {
  it('is no smaller than what the process takes', async () => {
    const file = path.join(await temporaryDirectory(), 'out.h5');
    await expect(ingest([], file, { memoryLimit: 2 ** 27 })).rejects.toThrow(InvalidOptionError);
  });

  it('sets aside files and images that need more, without reading or decoding them', async () => {
    const directory = await temporaryDirectory();
    let read = false;
    const large = {
      id: 'file',
      size: () => 2 ** 40,
      bytes: () => {
        read = true;
        return new Uint8Array(1);
      },
    };
    const interlaced = { id: 'image', bytes: () => header(16_000, 16_000, 1) };
    const report = await ingest([large, interlaced], path.join(directory, 'out.h5'), options);
    expect(read).toBe(false);
    expect(report.setAside.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/Expected a file of at most \d+ bytes, found 1099511627776/),
      expect.stringMatching(/can be decoded in \d+ MiB, this PNG of 16000×16000 pixels takes/),
    ]);
  });

  it('holds for 600 million pixels beside many images of some size', async () => {
    const directory = await temporaryDirectory();
    const mid = fromRaw(pattern(1500, 2000)).jpeg({
      progressive: true,
      chromaSubsampling: '4:4:4',
    });
    const jpeg = await mid.toBuffer();
    const middle = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`x/${i}.jpg`, jpeg]));
    await writeFolder(path.join(directory, 'in'), middle);
    await writeFile(path.join(directory, 'in/x/5a.png'), stripes(20_000, 30_000));
    const code = `
      import { ingest } from 'planefeed';
      const report = await ingest('${directory}/in', '${directory}/out.h5', {
        height: 224, width: 224, durability: 'process', maxPixels: 6e8,
      });
      console.log(JSON.stringify({ report, peak: process.resourceUsage().maxRSS * 1024 }));
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', code],
      { cwd: repository },
    );
    const { report, peak } = JSON.parse(stdout) as { report: IngestReport; peak: number };
    expect(report).toMatchObject({ added: 13, setAside: [] });
    expect(peak).toBeLessThan(2 ** 29);
    const { ids, images } = await contentOf(path.join(directory, 'out.h5'));
    const row = (images as Uint8Array).subarray(ids.indexOf('x/5a.png') * 224 * 224 * 3);
    // The left half is black, the right half white.
    expect([row[0], row[223 * 3]]).toEqual([0, 255]);
  });
});

function header(width: number, height: number, interlace: 0 | 1): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, 2, 0, 0, interlace], 8);
  return pngFile([pngChunk('IHDR', data), pngChunk('IDAT', zlib.deflateSync(Buffer.alloc(9)))]);
}

/** A PNG of one bit a pixel. */
function stripes(width: number, height: number): Buffer {
  const row = Buffer.alloc(1 + width / 8).fill(0xff, 1 + width / 16);
  const rows = Buffer.alloc(row.length * height, row);
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([1, 0], 8);
  return pngFile([
    pngChunk('IHDR', data),
    pngChunk('IDAT', zlib.deflateSync(rows, { level: 1 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('transparent parts', () => {
  it('show the background that the file has, white by default', async () => {
    const directory = await temporaryDirectory();
    const clear = await png({ ...pattern(8, 6, 4), pixels: new Uint8Array(192) });
    const record = (id: string): { id: string; bytes: () => Uint8Array } => ({
      id,
      bytes: () => clear,
    });
    for (const [background, value] of [
      [undefined, 255],
      ['black', 0],
    ] as const) {
      const file = path.join(directory, `${background ?? 'default'}.h5`);
      await ingest([record('a')], file, { ...options, background });
      // Appending goes on as the file is, and never otherwise.
      await ingest([record('b')], file, { durability: 'process' });
      expect((await contentOf(file)).images).toEqual(new Uint8Array(288).fill(value));
      const other = background === 'black' ? 'white' : 'black';
      await expect(ingest([record('c')], file, { background: other })).rejects.toThrow(
        /The file's background is/,
      );
    }
  });

  it('of files made before it was stored stay black', async () => {
    const file = path.join(await temporaryDirectory(), 'old.h5');
    const solid = { id: 'a', bytes: () => png(pattern(8, 6)) };
    await ingest([solid], file, { ...options, background: 'black' });
    const h5 = await openH5(file, 'r+');
    h5.deleteAttribute('/images', 'background');
    await h5.close();
    const clear = await png({ ...pattern(8, 6, 4), pixels: new Uint8Array(192) });
    await ingest([{ id: 'b', bytes: () => clear }], file, { durability: 'process' });
    const { images } = await contentOf(file);
    expect((images as Uint8Array).subarray(144)).toEqual(new Uint8Array(144));
  });
});
