import fs from 'node:fs';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  ClosedError,
  CorruptFileError,
  InvalidOptionError,
  NotFoundError,
  StorageError,
} from '#src/errors.js';
import type { H5File, NumericArray } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

async function newFile(): Promise<{ file: string; h5: H5File }> {
  const file = path.join(await temporaryDirectory(), 'file.h5');
  return { file, h5: await openH5(file, 'w', { durability: 'process' }) };
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail('expected an error'),
    (error: unknown) => error as Error,
  );
}

/** Root may do everything; permissions show only as somebody else. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('opening', () => {
  it("has h5py's modes", async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await expect(openH5(file, 'r')).rejects.toThrow(NotFoundError);
    await expect(openH5(file, 'r+')).rejects.toThrow(NotFoundError);
    for (const mode of ['w-', 'a', 'r+', 'r', 'w', 'a'] as const) {
      const before = fs.existsSync(file);
      const h5 = await openH5(file, mode);
      expect(h5.kindOf('/x'), mode).toBe(before && mode !== 'w' ? 'group' : undefined);
      if (h5.writable && h5.kindOf('/x') === undefined) h5.createGroup('/x');
      await h5.close();
    }
    await expect(openH5(file, 'w-')).rejects.toThrow(/exists/);
  });

  it('says in plain words what is in the way', async () => {
    const directory = await temporaryDirectory();
    const at = (name: string): string => path.join(directory, name);
    await mkdir(at('folder'));
    await writeFile(at('text.h5'), 'This is no HDF5 file, but it has some length. '.repeat(50));
    await writeFile(at('empty.h5'), '');
    const { file, h5 } = await newFile();
    h5.createGroup('/x');
    await h5.close();
    await writeFile(at('cut.h5'), (await readFile(file)).subarray(0, 150));

    const cases: [string, 'r' | 'w' | 'a', new (m: string) => Error, RegExp][] = [
      ['folder', 'r', StorageError, /found a directory/],
      ['folder', 'w', StorageError, /found a directory/],
      ['text.h5', 'r', CorruptFileError, /no HDF5 signature/],
      ['text.h5', 'a', CorruptFileError, /no HDF5 signature/],
      ['empty.h5', 'r', CorruptFileError, /empty file/],
      ['cut.h5', 'r', CorruptFileError, /truncated/],
      ['none/file.h5', 'w', NotFoundError, /directory to create the file in/],
      ['text.h5/file.h5', 'a', StorageError, /ENOTDIR/],
    ];
    for (const [name, mode, type, message] of cases) {
      const error = await failure(openH5(at(name), mode));
      expect(error, name).toBeInstanceOf(type);
      expect(error.message, name).toMatch(message);
      expect(error.message, name).toContain(directory);
    }
  });

  it('says when there is no permission', async () => {
    const { file, h5 } = await newFile();
    await h5.close();
    await chmod(path.dirname(file), 0o755);
    await chmod(file, 0o444);
    await asNobody(() => expect(openH5(file, 'r+')).rejects.toThrow(/No permission to write/));
    await chmod(file, 0);
    await asNobody(() => expect(openH5(file, 'r')).rejects.toThrow(/No permission to read/));
  });

  it('says when the file is marked as being written', async () => {
    const { file, h5 } = await newFile();
    await h5.commit();
    const copy = `${file}.copy`;
    await copyFile(file, copy);
    await h5.close();
    const error = await failure(openH5(copy, 'r'));
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(
      /open already, here or in another process, or is marked so by one that was killed/,
    );
  });
});

describe('an open file', () => {
  it('gives back slices of every numeric type', async () => {
    const { h5 } = await newFile();
    const samples: NumericArray[] = [
      Uint8Array.of(0, 255, 3, 4, 5, 6),
      Int8Array.of(-128, 127, 3, 4, 5, 6),
      Uint16Array.of(0, 65535, 3, 4, 5, 6),
      Int16Array.of(-32768, 2, 3, 4, 5, 6),
      Uint32Array.of(0, 2 ** 32 - 1, 3, 4, 5, 6),
      Int32Array.of(-(2 ** 31), 2, 3, 4, 5, 6),
      BigUint64Array.of(0n, 2n ** 64n - 1n, 3n, 4n, 5n, 6n),
      BigInt64Array.of(-(2n ** 63n), 2n, 3n, 4n, 5n, 6n),
      Float32Array.of(-1.5, 2, 3, 4, 5, 6),
      Float64Array.of(Math.PI, 2, 3, 4, 5, 6),
    ];
    for (const data of samples) {
      const dtype = data.constructor.name.replace(/Array|Big/g, '').toLowerCase() as 'uint8';
      const name = `/${dtype}`;
      h5.createDataset(name, { dtype, shape: [2, 3], maxShape: [null, 3], chunkShape: [1, 3] });
      h5.writeSlice(name, [0, 0], [2, 3], data);
      expect(h5.readSlice(name, [0, 0], [2, 3])).toEqual(data);
      expect(h5.readSlice(name, [1, 1], [1, 2])).toEqual(data.slice(4, 6));
      expect(h5.dataset(name)).toMatchObject({ dtype, shape: [2, 3], maxShape: [null, 3] });
    }
    await h5.close();
  });

  it('grows datasets that start empty, and describes them', async () => {
    const { h5 } = await newFile();
    h5.createDataset('/images', {
      dtype: 'uint8',
      shape: [0, 4, 4, 3],
      maxShape: [null, 4, 4, 3],
      chunkShape: [1, 4, 4, 1],
    });
    h5.createDataset('/z', { dtype: 'float32', shape: [8], chunkShape: [4], gzip: 6 });
    h5.setDimensionLabels('/images', ['n', 'height', 'width', 'channel']);
    h5.resize('/images', [2, 4, 4, 3]);
    h5.writeSlice('/images', [0, 0, 0, 2], [2, 4, 4, 1], new Uint8Array(32).fill(9));
    expect(h5.readSlice('/images', [1, 3, 3, 0], [1, 1, 1, 3])).toEqual(Uint8Array.of(0, 0, 9));
    expect(h5.dimensionLabels('/images')).toEqual(['n', 'height', 'width', 'channel']);
    expect(h5.dataset('/images')).toEqual({
      dtype: 'uint8',
      littleEndian: true,
      type: { class: 'integer', size: 1, signed: false, littleEndian: true },
      shape: [2, 4, 4, 3],
      maxShape: [null, 4, 4, 3],
      chunkShape: [1, 4, 4, 1],
      filters: [],
    });
    expect(h5.dataset('/z').filters).toMatchObject([{ id: 1, name: 'deflate', clientData: [6] }]);
    expect(h5.tree()).toEqual([
      { path: '/images', kind: 'dataset' },
      { path: '/z', kind: 'dataset' },
    ]);
    await h5.close();
  });

  it('gives back any text, in columns and attributes', async () => {
    const { file, h5 } = await newFile();
    h5.createDataset('/ids', { dtype: 'string', shape: [0], maxShape: [null], chunkShape: [16] });
    const text = fc.string({ unit: 'binary', maxLength: 20 }).map((s) => s.replaceAll('\0', '·'));
    const all: string[] = [];
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (strings) => {
        const start = all.length;
        all.push(...strings);
        h5.resize('/ids', [all.length]);
        h5.writeStrings('/ids', start, strings);
        h5.writeAttribute('/ids', 'names', strings);
        expect(h5.readStrings('/ids', start, strings.length)).toEqual(strings);
        expect(h5.readAttribute('/ids', 'names')).toEqual(strings);
      }),
      { numRuns: 50 },
    );
    await h5.close();
    const again = await openH5(file, 'r');
    expect(again.readStrings('/ids')).toEqual(all);
    await again.close();
  });

  it('keeps attributes of every kind, and replaces them', async () => {
    const { h5 } = await newFile();
    const values = ['text', '', 7, -1.5, 2 ** 40, [1, 2], [0.5], ['a', 'ü', '']] as const;
    for (const value of values) {
      h5.writeAttribute('/', 'value', value);
      expect(h5.readAttribute('/', 'value')).toEqual(value);
    }
    expect(h5.attributeNames('/')).toEqual(['value']);
    expect(h5.readAttribute('/', 'none')).toBeUndefined();
    // Too long for an object header: HDF5 stores it elsewhere.
    const names = Array.from({ length: 20_000 }, (_, i) => `class ${i}`);
    h5.writeAttribute('/', 'names', names);
    h5.writeAttribute('/', 'names', [...names, 'one more']);
    expect(h5.readAttribute('/', 'names')).toEqual([...names, 'one more']);
    await h5.close();
  });

  it('refuses what does not fit, before HDF5 sees it', async () => {
    const { h5 } = await newFile();
    h5.createDataset('/x', { dtype: 'uint8', shape: [2, 2] });
    h5.createDataset('/s', { dtype: 'string', shape: [1] });
    const bytes = new Uint8Array(4);
    expect(() => h5.readSlice('/none', [0], [1])).toThrow(NotFoundError);
    expect(() => h5.readAttribute('/none', 'a')).toThrow(NotFoundError);
    expect(() => h5.tree('/x')).toThrow(NotFoundError);
    for (const bad of [
      () => h5.readSlice('/x', [0], [1]),
      () => h5.readSlice('/x', [0, 1], [1, 2]),
      () => h5.readSlice('/x', [-1, 0], [1, 1]),
      () => h5.readSlice('/s', [0], [1]),
      () => h5.readStrings('/x', 0, 1),
      () => {
        h5.writeSlice('/x', [0, 0], [2, 2], new Int8Array(4));
      },
      () => {
        h5.writeSlice('/x', [0, 0], [2, 1], bytes);
      },
      () => {
        h5.writeStrings('/s', 0, ['a\0b']);
      },
      () => {
        h5.writeStrings('/s', 1, ['a']);
      },
    ]) {
      expect(bad).toThrow(InvalidOptionError);
    }
    // What only HDF5 can know is its complaint.
    expect(() => {
      h5.createDataset('/x', { dtype: 'uint8', shape: [1] });
    }).toThrow(/name already exists/);
    await h5.close();
  });

  it('is closed once and for all', async () => {
    const { file, h5 } = await newFile();
    await h5.close();
    await h5.close();
    expect(() => h5.tree()).toThrow(ClosedError);
    await expect(h5.commit()).rejects.toThrow(ClosedError);
    const reading = await openH5(file, 'r');
    expect(() => {
      reading.createGroup('/x');
    }).toThrow(/open for reading/);
    await expect(reading.commit()).rejects.toThrow(InvalidOptionError);
    await reading.close();
  });

  it('can be flushed and closed without waiting', async () => {
    const { file, h5 } = await newFile();
    expect([h5.mode, h5.writable, h5.closed]).toEqual(['w', true, false]);
    h5.createGroup('/a group');
    expect(fs.readFileSync(file).includes('a group')).toBe(false);
    h5.flush();
    expect(fs.readFileSync(file).includes('a group')).toBe(true);
    h5.closeSync();
    h5.closeSync();
    await h5.close();
    expect(h5.closed).toBe(true);
    expect(() => {
      h5.flush();
    }).toThrow(ClosedError);
    const reading = await openH5(file, 'r');
    expect([reading.mode, reading.kindOf('/a group')]).toEqual(['r', 'group']);
    // As h5py: there is nothing to write out.
    reading.flush();
    await reading.close();
    reading.closeSync();
    expect(reading.closed).toBe(true);
  });

  it('leaves no descriptor open', async () => {
    const descriptors = (): number => fs.readdirSync('/proc/self/fd').length;
    const { file, h5 } = await newFile();
    await h5.close();
    const before = descriptors();
    for (const mode of ['r', 'r+', 'w', 'a'] as const) {
      await (await openH5(file, mode)).close();
      (await openH5(file, mode)).closeSync();
    }
    await expect(openH5(file, 'w-')).rejects.toThrow(StorageError);
    expect(descriptors()).toBe(before);
  });
});

describeWithH5py('a file that h5py wrote', () => {
  it('is listed and read, with links that lead nowhere and types of every kind', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          f['a/x'] = np.arange(3)
          f['big'] = np.arange(3, dtype='>i4')
          f['bool'] = np.array([True, False])
          f['compound'] = np.zeros(3, dtype=[('a', 'i4'), ('b', 'f8')])
          f['empty'] = h5py.Empty('f4')
          f['external'] = h5py.ExternalLink('none.h5', '/x')
          f['fixed'] = np.array([b'ab', b'c'])
          f['link'] = h5py.SoftLink('/a/x')
          f['nowhere'] = h5py.SoftLink('/none')
          f['scalar'] = np.float32(2.5)
          f['type'] = np.dtype('f4')
          f.attrs['bool'] = True
          f.attrs['compound'] = np.array((1, 2.5), dtype=[('a', 'i4'), ('b', 'f8')])
          f.attrs['empty'] = h5py.Empty('f4')
          f.attrs['half'] = np.float16(1.5)
      `,
      file,
    );
    const h5 = await openH5(file, 'r');
    const dtypes = h5
      .tree()
      .map(({ path: name, kind }) => [name, kind === 'dataset' ? h5.dataset(name).dtype : kind]);
    expect(Object.fromEntries(dtypes)).toEqual({
      '/a': 'group',
      '/a/x': 'int64',
      '/big': 'int32',
      '/bool': 'int8',
      '/compound': 'compound',
      '/empty': 'float32',
      '/external': 'external link',
      '/fixed': 'string',
      '/link': 'int64',
      '/nowhere': 'soft link',
      '/scalar': 'float32',
      '/type': 'datatype',
    });
    expect(h5.dataset('/big').littleEndian).toBe(false);
    expect(h5.readSlice('/big', [0], [3])).toEqual(Int32Array.of(0, 1, 2));
    expect(h5.readSlice('/bool', [0], [2])).toEqual(Int8Array.of(1, 0));
    expect(h5.readSlice('/scalar', [], [])).toEqual(Float32Array.of(2.5));
    expect(h5.readSlice('/link', [1], [2])).toEqual(BigInt64Array.of(1n, 2n));
    expect(h5.readStrings('/fixed')).toEqual(['ab', 'c']);
    expect(() => h5.readSlice('/empty', [], [])).toThrow(InvalidOptionError);
    expect(() => h5.readSlice('/compound', [0], [1])).toThrow(/found compound/);
    expect(h5.readAttribute('/', 'bool')).toBe(true);
    expect(h5.readAttribute('/', 'compound')).toEqual([1, 2.5]);
    expect(h5.readAttribute('/', 'empty')).toBeNull();
    expect(() => h5.readAttribute('/', 'half')).toThrow(/Float16 not supported/);
    await h5.close();
  });
});

describeWithH5py('h5py reads the file', () => {
  it('finds values, strings, labels and attributes', async () => {
    const { file, h5 } = await newFile();
    h5.createGroup('/group');
    h5.createDataset('/group/x', { dtype: 'int32', shape: [4], maxShape: [null], chunkShape: [2] });
    h5.writeSlice('/group/x', [0], [4], Int32Array.of(1, -2, 3, -4));
    h5.setDimensionLabels('/group/x', ['n']);
    h5.createDataset('/ids', { dtype: 'string', shape: [3] });
    h5.writeStrings('/ids', 0, ['a', 'b ', 'ü/日本']);
    h5.writeAttribute('/ids', 'names', ['cats', 'dogs ']);
    h5.writeAttribute('/', 'run', 256);
    await h5.close();
    const found = await h5py.run(
      `
      with h5py.File(data) as f:
          x = f['group/x']
          result = [x[...], x.chunks, x.maxshape, x.dims[0].label, f['ids'].asstr()[...],
                    f['ids'].attrs['names'], int(f.attrs['run'])]
      `,
      file,
    );
    expect(found).toEqual([
      [1, -2, 3, -4],
      [2],
      [null],
      'n',
      ['a', 'b ', 'ü/日本'],
      ['cats', 'dogs '],
      256,
    ]);
  });
});
