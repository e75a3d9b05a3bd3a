import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  createIngester,
  InvalidOptionError,
  openDataset,
  repack,
  type RepackOptions,
} from 'planefeed';
import { chunkBoxes } from '#src/repack/chunk-boxes.js';
import { openH5 } from '#src/storage/h5.js';
import { contentOf } from '../support/ingested.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const durability = 'process';
const columns = { w: 'float64', s: 'string' } as const;

/** Seven images of 4×3×3 with labels, ids and columns. */
async function ourFile(): Promise<string> {
  const file = path.join(await temporaryDirectory(), 'a.h5');
  await using ingester = await createIngester(file, { height: 4, width: 3, columns, durability });
  for (let i = 0; i < 7; i++) {
    const pixels = Uint8Array.from({ length: 36 }, (_, k) => (i * 36 + k * 7) % 256);
    const values = { w: i / 2, s: `s${i}` };
    await ingester.append({ id: `id ${i}`, className: `c${i % 2}`, columns: values, pixels });
  }
  return file;
}

/** Image and channel of each chunk, in the order in which they lie in the file. */
async function orderOf(file: string): Promise<string[]> {
  await using dataset = await openDataset(file, '/images');
  const found: { at: string; offset: number }[] = [];
  for await (const { chunk, offset } of dataset.index.entries()) {
    found.push({ at: `${Math.floor(chunk / 3)}.${chunk % 3}`, offset });
  }
  return found.sort((a, b) => a.offset - b.offset).map(({ at }) => at);
}

describe('repack', () => {
  const layouts: [string, RepackOptions, number[] | null][] = [
    ['a channel', { chunks: 'per-channel', placement: 'channel', run: 3 }, [1, 4, 3, 1]],
    ['an image', { chunks: 'per-image', gzip: 4, shuffle: true }, [1, 4, 3, 3]],
    ['several images', { chunks: [3, 2, 3, 2], gzip: 1 }, [3, 2, 3, 2]],
    ['nothing', { chunks: 'contiguous' }, null],
  ];
  it.each(layouts)('gives chunks of %s, and the same values', async (_, options, chunks) => {
    const from = await ourFile();
    const to = `${from}.new.h5`;
    const report = await repack(from, to, { ...options, durability });
    expect(report).toMatchObject({ images: 7, chunks, leftOut: [], bytes: 252 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
    await using h5 = await openH5(to, 'r');
    await using before = await openH5(from, 'r');
    expect(h5.dataset('/images').chunkShape).toEqual(chunks);
    expect(h5.dimensionLabels('/images')).toEqual(['n', 'height', 'width', 'channel']);
    expect(h5.readAttribute('/', 'planefeed_version')).toEqual(
      before.readAttribute('/', 'planefeed_version'),
    );
    expect(h5.readAttribute('/images', 'placement')).toBe(options.placement ?? 'image');
    expect(h5.readAttribute('/images', 'run')).toBe(
      options.placement === 'channel' ? 3 : undefined,
    );
    // There and back again.
    await repack(to, `${from}.back.h5`, { durability });
    expect(await contentOf(`${from}.back.h5`)).toEqual(await contentOf(from));
  });

  it.each([undefined, 1])('lays chunks in the order of the placement (gzip %s)', async (gzip) => {
    const from = await ourFile();
    const to = `${from}.new.h5`;
    await repack(from, to, { placement: 'channel', run: 4, gzip, durability });
    const run = (start: number, stop: number): string[] =>
      [0, 1, 2].flatMap((channel) =>
        Array.from({ length: stop - start }, (_, i) => `${start + i}.${channel}`),
      );
    expect(await orderOf(to)).toEqual([...run(0, 4), ...run(4, 7)]);
    await repack(to, `${to}2`, { gzip, durability });
    const images = [0, 1, 2, 3, 4, 5, 6].flatMap((i) => [`${i}.0`, `${i}.1`, `${i}.2`]);
    expect(await orderOf(`${to}2`)).toEqual(images);
  });

  it('any layout of any shape holds the same values', async () => {
    const folder = await temporaryDirectory();
    let run = 0;
    const sides = fc.tuple(...[6, 4, 3, 3].map((max) => fc.integer({ min: 1, max })));
    await fc.assert(
      fc.asyncProperty(
        sides,
        sides,
        sides,
        fc.constantFrom('image', 'channel'),
        fc.nat(5),
        async (shape, a, b, placement, images) => {
          const clip = (chunks: number[]): number[] => chunks.map((x, i) => Math.min(x, shape[i]!));
          const [from, to] = [path.join(folder, `${++run}.h5`), path.join(folder, `${run}-new.h5`)];
          const data = Uint16Array.from(
            { length: shape.reduce((x, y) => x * y) },
            (_, i) => i * 257,
          );
          const h5 = await openH5(from, 'w', { durability });
          h5.createDataset('/images', {
            dtype: 'uint16',
            shape,
            maxShape: shape,
            chunkShape: clip(a),
          });
          h5.writeSlice('/images', [0, 0, 0, 0], shape, data);
          await h5.close();
          await repack(from, to, {
            chunks: clip(b),
            placement: placement as 'image',
            run: images + 1,
            durability,
          });
          await using again = await openH5(to, 'r');
          expect(again.readSlice('/images', [0, 0, 0, 0], shape)).toEqual(data);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('leaves no file when it fails or is aborted, and overwrites none', async () => {
    const from = await ourFile();
    const folder = path.dirname(from);
    const to = path.join(folder, 'b.h5');
    const abort = new AbortController();
    const reason = new Error('enough');
    const aborted = repack(from, to, {
      placement: 'channel',
      run: 2,
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done === 4) abort.abort(reason);
      },
    });
    await expect(aborted).rejects.toBe(reason);
    const cases: [RepackOptions, RegExp][] = [
      [{ chunks: [1, 9, 3, 3] }, /chunk shape that fits \[7, 4, 3, 3\]/],
      [{ chunks: 'contiguous', gzip: 1 }, /which gzip and shuffle need/],
      [{ gzip: 10 }, /level from 0 to 9/],
      [{ dataset: '/labels' }, /3 or more dimensions/],
      [{ dataset: '/none' }, /Expected a dataset, found none/],
      [{ axes: 'nhw' }, /the dimensions nhw/],
    ];
    for (const [options, message] of cases) {
      await expect(repack(from, to, options)).rejects.toThrow(message);
    }
    expect(fs.readdirSync(folder)).toEqual(['a.h5']);
    fs.writeFileSync(to, 'mine');
    await expect(repack(from, to)).rejects.toThrow(InvalidOptionError);
    await expect(repack(from, from)).rejects.toThrow(InvalidOptionError);
    expect(fs.readFileSync(to, 'utf8')).toBe('mine');
  });
});

it('chunkBoxes covers every element once, in the order of the placement', () => {
  const sides = fc.tuple(...[6, 4, 4, 4].map((max) => fc.integer({ min: 1, max })));
  fc.assert(
    fc.property(
      sides,
      sides,
      fc.constantFrom('image' as const, 'channel' as const),
      (shape, chunks, placement) => {
        const layout = {
          shape,
          maxShape: shape,
          chunks,
          placement,
          run: 1,
          channelAxis: 3,
          gzip: undefined,
          shuffle: false,
        };
        const seen = new Set<string>();
        let before: number[] = [];
        for (const { start, count } of chunkBoxes(layout, 0, shape[0]!)) {
          for (let i = 0; i < count.reduce((a, b) => a * b); i++) {
            let rest = i;
            const at = count.map((length, axis) => {
              const value = start[axis]! + (rest % length);
              rest = Math.floor(rest / length);
              return value;
            });
            seen.add(at.join());
          }
          const order = placement === 'channel' ? [3, 0, 1, 2] : [0, 1, 2, 3];
          const key = order.map((axis) => start[axis]!);
          expect(before.length === 0 || compare(before, key) < 0).toBe(true);
          before = key;
        }
        expect(seen.size).toBe(shape.reduce((a, b) => a * b));
      },
    ),
  );
});

function compare(a: readonly number[], b: readonly number[]): number {
  const axis = a.findIndex((value, i) => value !== b[i]);
  return axis < 0 ? 0 : a[axis]! - b[axis]!;
}

describeWithH5py('repack of a file of h5py', () => {
  it('keeps all that is in it, and says what it cannot keep', async () => {
    const folder = await temporaryDirectory();
    await h5py.run(
      `
      import os
      os.chdir(data)
      with h5py.File('a.h5', 'w') as f:
          x = f.create_dataset('g/x', data=np.arange(5*3*4*2).reshape(5, 3, 4, 2).astype('>i2'), chunks=(2, 1, 4, 2), compression='lzf')
          x.attrs['unit'] = 'ü'
          x.attrs['scale'] = np.float32(0.5)
          x.attrs['big'] = np.array([1, 2], '>u4')
          x.attrs['ref'] = f['g'].ref
          f.attrs['e'] = h5py.Empty('f4')
          f['y'] = np.array(['a', 'bc', 'd', 'e', 'f'], 'S2')
          f['t'] = np.array(['ä', 'b'], dtype=h5py.string_dtype())
          f['c'] = np.array([(1, 2.5), (3, 4)], dtype=[('i', 'i1'), ('f', '>f8')])
          f['b'] = np.array([True, False])
          f['half'] = np.arange(3).astype('f2')
          f['scalar'] = 7
          f['none'] = h5py.Empty('i4')
          f.create_dataset('grow', data=np.arange(6), maxshape=(None,), chunks=(4,), compression=3, shuffle=True, fletcher32=True, fillvalue=9)
          f['refs'] = np.array([f['y'].ref], dtype=h5py.ref_dtype)
          f['again'] = f['y']
          f['soft'] = h5py.SoftLink('/g/x')
          f['out'] = h5py.ExternalLink('other.h5', '/z')
          f['scale'] = np.arange(5.0)
          f['scale'].make_scale('n')
          x.dims[0].attach_scale(f['scale'])
          x.dims[0].label = 'image'
      `,
      folder,
    );
    const [from, to] = [path.join(folder, 'a.h5'), path.join(folder, 'b.h5')];
    const report = await repack(from, to, {
      dataset: '/g/x',
      chunks: 'per-channel',
      gzip: 1,
      durability,
    });
    expect(report.leftOut).toEqual([
      { path: '/g/x@ref', reason: expect.stringContaining('references') as string },
      { path: '/refs', reason: expect.stringContaining('references') as string },
    ]);
    const compared = await h5py.run(
      `
      import os
      os.chdir(data)
      with h5py.File('a.h5') as a, h5py.File('b.h5') as b:
          same = []
          for n in ['g/x', 'y', 't', 'c', 'b', 'half', 'scalar', 'grow', 'scale', 'soft']:
              same.append(bool(a[n].dtype == b[n].dtype and np.array_equal(a[n][()], b[n][()])))
          x, g = b['g/x'], b['grow']
          same.append(b['none'].shape is None and isinstance(b.attrs['e'], h5py.Empty))
          same.append(b['again'] == b['y'])
          same.append(b.get('out', getlink=True).filename == 'other.h5')
          same.append(all(a['g/x'].attrs[k].dtype == x.attrs[k].dtype for k in ['scale', 'big']) and x.attrs['unit'] == 'ü')
          same.append((g.chunks, g.compression_opts, g.shuffle, g.fletcher32, g.maxshape, int(g.fillvalue)) == ((4,), 3, True, True, (None,), 9))
          same.append((x.chunks, x.compression, x.maxshape) == ((1, 3, 4, 1), 'gzip', a['g/x'].maxshape))
          same.append(x.dims[0].label == 'image' and x.dims[0][0] == b['scale'])
          result = same
      `,
      folder,
    );
    expect(compared).toEqual(new Array(17).fill(true));
  });
});
