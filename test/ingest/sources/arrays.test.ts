import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { CorruptFileError, createIngester, ingest, openSource } from 'planefeed';
import { openH5 } from '#src/storage/h5.js';
import { contentOf } from '../../support/ingested.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';
import { temporaryDirectory } from '../../support/temp.js';

const durability = 'process';

/** The first version of the NPY format. */
function npy(descr: string, shape: readonly number[], data: Uint8Array, fortran = false): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')},), }`;
  const head = Buffer.from(`${text.padEnd(117)}\n`);
  const preamble = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, head.length, 0]);
  return Buffer.concat([preamble, head, data]);
}

const values = Uint8Array.from({ length: 5 * 4 * 3 * 3 }, (_, i) => (i * 7) % 256);

describe('an npy array', () => {
  it('gives images of its own size, grey or in colour, channels first or last', async () => {
    const folder = await temporaryDirectory();
    const file = path.join(folder, 'a.npy');
    fs.writeFileSync(file, npy('|u1', [5, 4, 3, 3], values));
    const report = await ingest(file, path.join(folder, 'rgb.h5'), { durability });
    expect(report).toMatchObject({ added: 5, setAside: [] });
    const rgb = await contentOf(path.join(folder, 'rgb.h5'));
    expect(rgb.images).toEqual(values);
    expect(rgb.ids).toEqual([0, 1, 2, 3, 4].map((row) => `a.npy#${row}`));

    fs.writeFileSync(file, npy('|u1', [5, 3, 4, 3], values));
    await ingest(await openSource(file, { axes: 'nchw' }), path.join(folder, 'f.h5'), {
      durability,
    });
    const at = (n: number, c: number, y: number, x: number): number =>
      ((n * 3 + c) * 4 + y) * 3 + x;
    const moved = values.slice();
    for (let n = 0, to = 0; n < 5; n++) {
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 3; x++)
          for (let c = 0; c < 3; c++) moved[to++] = values[at(n, c, y, x)]!;
      }
    }
    expect((await contentOf(path.join(folder, 'f.h5'))).images).toEqual(moved);

    fs.writeFileSync(file, npy('|u1', [15, 4, 3], values));
    await ingest(file, path.join(folder, 'grey.h5'), { durability });
    expect((await contentOf(path.join(folder, 'grey.h5'))).images).toEqual(values);
    // The size of the file is another: refused before anything changes.
    await expect(ingest(file, path.join(folder, 'rgb.h5'))).rejects.toThrow(/channels is rgb/);
  });

  it.each([
    ['<u2', 'uint16', Uint16Array],
    ['>u2', 'uint16', Uint16Array],
    ['<f4', 'float32', Float32Array],
    ['>f4', 'float32', Float32Array],
  ] as const)('of %s keeps its values', async (descr, dtype, array) => {
    const file = path.join(await temporaryDirectory(), 'a.npy');
    const numbers = array.from(Array.from({ length: 5 * 12 }, (_, i) => i * 1000));
    const bytes = Buffer.from(numbers.slice().buffer);
    if (descr === '>u2') bytes.swap16();
    if (descr === '>f4') bytes.swap32();
    fs.writeFileSync(file, npy(descr, [5, 4, 3], bytes));
    expect(await ingest(file, `${file}.h5`, { durability })).toMatchObject({ added: 5 });
    await using h5 = await openH5(`${file}.h5`, 'r');
    expect(h5.dataset('/images').dtype).toBe(dtype);
    expect(h5.readSlice('/images', [0, 0, 0, 0], [5, 4, 3, 1])).toEqual(numbers);
    await h5.close();
    // And on, from that file; a file of another dtype refuses it.
    await ingest(`${file}.h5`, `${file}2.h5`, { durability });
    await using again = await openH5(`${file}2.h5`, 'r');
    expect(again.readSlice('/images', [0, 0, 0, 0], [5, 4, 3, 1])).toEqual(numbers);
    fs.writeFileSync(file, npy('|u1', [5, 4, 3], new Uint8Array(60)));
    await expect(ingest(file, `${file}.h5`)).rejects.toThrow(/dtype is/);
  });

  it('that cannot be read is refused by name', async () => {
    const folder = await temporaryDirectory();
    const file = path.join(folder, 'a.npy');
    const cases: [Buffer, RegExp][] = [
      [npy('|u1', [5, 4, 3, 3], values, true), /Fortran order.*ascontiguousarray/],
      [npy('<f8', [5, 4, 3, 3], values), /uint8, uint16 or float32, found f8/],
      [npy('|O', [5, 4, 3, 3], values), /numbers or strings/],
      [npy('<c8', [5, 4, 3, 3], values), /type c8/],
      [npy('|u1', [180], values), /dimensions nhwc, found shape \[180\]/],
      [npy('|u1', [5, 2, 3, 6], values), /1, 3 or 4 channels.*found 6.*nchw/],
      [Buffer.from('text'), /NPY format/],
      [Buffer.from([0x93, ...Buffer.from('NUMPY'), 2, 0, 255, 255, 255, 255]), /head has/],
    ];
    for (const [bytes, message] of cases) {
      fs.writeFileSync(file, bytes);
      await expect(openSource(file)).rejects.toThrow(message);
    }
    fs.writeFileSync(file, npy('|u1', [5, 4, 3, 3], values).subarray(0, -1));
    const out = path.join(folder, 'x.h5');
    await expect(ingest(file, out, { durability, commitEvery: 2 })).rejects.toThrow(
      CorruptFileError,
    );
    expect((await contentOf(out)).ids).toHaveLength(4);
    await expect(ingest(out, out)).rejects.toThrow(/is the file that is to be written/);
  });
});

describe('another HDF5 file', () => {
  it('of planefeed is taken over with ids, classes and columns', async () => {
    const folder = await temporaryDirectory();
    const [from, to] = [path.join(folder, 'a.h5'), path.join(folder, 'b.h5')];
    const columns = { w: 'float64', s: 'string', c: 'category', i: 'int32' } as const;
    await using ingester = await createIngester(from, { height: 4, width: 3, columns, durability });
    for (let i = 0; i < 5; i++) {
      await ingester.append({
        id: `id ${i}`,
        className: `c${i % 2}`,
        columns: { w: i / 2, s: `s${i}`, c: `k${i % 3}`, i },
        pixels: values.subarray(i * 36, (i + 1) * 36),
      });
    }
    await ingester.close();
    const report = await ingest(from, to, { durability, placement: 'channel', run: 3 });
    expect(report).toMatchObject({ added: 5, setAside: [] });
    expect({ ...(await contentOf(to)), checksums: 0 }).toEqual({
      ...(await contentOf(from)),
      checksums: 0,
    });
    const image = await openSource(from, { imageColumn: '/labels' }).catch(
      (error: unknown) => error,
    );
    expect((image as Error).message).toMatch(/uint8, uint16 or float32, found int32/);
  });
});

describeWithH5py('numpy and h5py', () => {
  it('write what is read: npz with labels and columns, and HDF5 of any layout', async () => {
    const folder = await temporaryDirectory();
    await h5py.run(
      `
      import os
      os.chdir(data)
      x = (np.arange(7 * 4 * 3 * 3) * 5 % 256).astype('u1').reshape(7, 4, 3, 3)
      y = np.array([2, 0, 1, 2, 0, 1, 2])
      np.savez('a.npz', x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
      np.savez_compressed('b.npz', images=x[..., 0], labels=np.array(['ü', 'b', 'ü', 'b', 'c', 'c', 'c']),
                          w=np.linspace(0, 1, 7), o=np.array([None]), f=np.asfortranarray(x))
      with h5py.File('c.h5', 'w') as f:
          f.create_dataset('train/x', data=x.transpose(0, 3, 1, 2), chunks=(3, 3, 2, 3), compression='gzip', shuffle=True)
          f['train/y'] = y.astype('i8')
          f['train/weight'] = np.linspace(0, 1, 7).astype('f4')
      `,
      folder,
    );
    const x = Uint8Array.from({ length: 7 * 36 }, (_, i) => (i * 5) % 256);
    const linear = Array.from({ length: 7 }, (_, i) => i / 6);
    const at = (name: string): string => path.join(folder, name);
    await expect(openSource(at('a.npz'))).rejects.toThrow(/x_train \[7, 4, 3, 3\]/);
    await ingest(await openSource(at('a.npz'), { imageColumn: 'x_train' }), at('a.h5'), {
      durability,
    });
    const labels = [2, 0, 1, 2, 0, 1, 2];
    expect(await contentOf(at('a.h5'))).toMatchObject({ images: x, labels });

    await expect(openSource(at('b.npz'), { imageColumn: 'f' })).rejects.toThrow(/Fortran/);
    await ingest(await openSource(at('b.npz'), { columns: { w: 'auto' } }), at('b.h5'), {
      durability,
    });
    const b = await contentOf(at('b.h5'));
    expect(b).toMatchObject({ images: x.filter((_, i) => i % 3 === 0), classes: ['b', 'c', 'ü'] });
    expect(b.labels).toEqual([2, 0, 2, 0, 1, 1, 1]);
    expect(b.columns.w).toEqual(linear.map((v) => expect.closeTo(v, 12) as number));

    const options = { axes: 'nchw', columns: { '/train/weight': 'auto' } } as const;
    await ingest(await openSource(at('c.h5'), options), at('d.h5'), { durability });
    const d = await contentOf(at('d.h5'));
    expect(d).toMatchObject({ images: x, labels });
    expect(d.columns.weight).toEqual(linear.map((v) => Math.fround(v)));

    // Every byte of an array counts: one that is wrong is found out.
    for (const offset of [200, 250, 330]) {
      const damaged = Buffer.from(fs.readFileSync(at('a.npz')));
      damaged[offset]! ^= 1;
      fs.writeFileSync(at('damaged.npz'), damaged);
      const source = openSource(at('damaged.npz'), { imageColumn: 'x_train' });
      await expect(
        source.then((opened) => ingest(opened, at(`${offset}.h5`), { durability })),
      ).rejects.toThrow(/damaged|can't be read/);
    }
    await using h5 = await openH5(at('d.h5'), 'r');
    expect(h5.dataset('/images').chunkShape).toEqual([1, 4, 3, 1]);
  });
});
