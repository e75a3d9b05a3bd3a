import fs from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { InvalidOptionError, UnsupportedByLibraryError } from '#src/errors.js';
import type { H5Box } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const all: H5Box = { start: [0], count: [3] };

/** numpy types whose numbers have either byte order, or both. */
const types = {
  big: `'>i4'`,
  half: `'>f2'`,
  enumeration: `h5py.enum_dtype({'A': 1, 'B': 2, 'C': 300}, basetype='>i2')`,
  'enumeration of 8 bytes': `h5py.enum_dtype({'A': 1, 'B': 2}, basetype='>u8')`,
  compound: `[('a', '>i4'), ('b', '>f8')]`,
  'compound of both': `[('a', '>i4'), ('b', '<f8'), ('s', 'S3'), ('c', '>u2')]`,
  // To HDF5 what has one byte is little-endian.
  'compound with a byte': `[('a', '>i4'), ('b', 'i1'), ('c', '>f8')]`,
  'compound with a bool': `[('a', '>i4'), ('b', bool), ('c', '>c8')]`,
  'nested compound': `[('a', [('x', '>u2'), ('y', '<u2')]), ('row', '>f4', (2, 3)), ('v', 'V3')]`,
  'compound with an enumeration': `[('a', '<i4'), ('b', h5py.enum_dtype({'A': 1}, basetype='>i2'))]`,
};

describeWithH5py('elements', () => {
  it('come and go little-endian, in whatever byte order they are stored', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const bytes = await h5py.run(
      `
      rng = np.random.default_rng(1)
      result = {}
      with h5py.File(data['file'], 'w') as f:
          for name, code in data['types'].items():
              type = np.dtype(eval(code))
              # Valid in every field; enumerations may hold what is no member.
              values = np.frombuffer(rng.bytes(type.itemsize * 3), 'u1') % 100
              values = values.astype('u1').view(type)
              if 'bool' in name: values['b'] = [True, False, True]
              f.create_dataset(name, data=values, dtype=type)
              f.create_dataset(name + ' copy', shape=(3,), dtype=type)
              result[name] = list(f[name][...].astype(type.newbyteorder('<')).tobytes())
      `,
      { file, types },
    );
    const h5 = await openH5(file, 'r+', { durability: 'process' });
    for (const [name, expected] of Object.entries(bytes as Record<string, number[]>)) {
      const found = h5.readElements(`/${name}`, all);
      expect([...found], name).toEqual(expected);
      const size = found.length / 3;
      const strided = h5.readElements(`/${name}`, { start: [0], count: [2], stride: [2] });
      expect([...strided], name).toEqual([...expected.slice(0, size), ...expected.slice(2 * size)]);
      const given = found.slice();
      h5.writeElements(`/${name} copy`, all, given);
      expect(given, name).toEqual(found);
    }
    expect(h5.readSlice('/enumeration', [0], [3])).toEqual(
      new Int16Array(h5.readElements('/enumeration', all).buffer),
    );
    await h5.close();
    const equal = await h5py.run(
      `
      with h5py.File(data['file']) as f:
          result = {n: f[n][...].tobytes() == f[n + ' copy'][...].tobytes() for n in data['types']}
      `,
      { file, types },
    );
    expect(new Set(Object.values(equal as Record<string, boolean>))).toEqual(new Set([true]));
  });

  it('are refused, before anything is read, where HDF5 would turn some of them', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          enum = h5py.enum_dtype({'A': 1}, basetype='>i2')
          f.create_dataset('x', shape=(3,), dtype=[('a', '>i4'), ('b', enum)])
          f.create_dataset('sequence', shape=(3,), dtype=h5py.vlen_dtype(enum))
      `,
      file,
    );
    const before = fs.readFileSync(file);
    const h5 = await openH5(file, 'r+', { durability: 'process' });
    expect(() => h5.readElements('/x', all)).toThrow(UnsupportedByLibraryError);
    expect(() => {
      h5.writeElements('/x', all, new Uint8Array(18));
    }).toThrow(/big-endian enumerations in a compound.*\/x/);
    expect(() => h5.readElements('/sequence', all)).toThrow(UnsupportedByLibraryError);
    expect(() => h5.readSequences('/sequence', all)).toThrow(UnsupportedByLibraryError);
    await h5.close();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  it('may be references, to objects and to regions', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          f['x'] = np.arange(10)
          f.create_group('group')
          for suffix in ['', ' copy']:
              f.create_dataset('objects' + suffix, shape=(3,), dtype=h5py.ref_dtype)
              f.create_dataset('regions' + suffix, shape=(3,), dtype=h5py.regionref_dtype)
          f['objects'][0], f['objects'][2] = f['group'].ref, f['x'].ref
          f['regions'][1] = f['x'].regionref[2:5]
      `,
      file,
    );
    const h5 = await openH5(file, 'r+', { durability: 'process' });
    const objects = h5.readElements('/objects', all);
    const regions = h5.readElements('/regions', all);
    const addresses = ['/group', '/x'].map((name) => h5.objectAddress(name));
    expect([...new BigUint64Array(objects.buffer)]).toEqual([addresses[0], 0n, addresses[1]]);
    expect(regions).toHaveLength(36);
    h5.writeElements('/objects copy', all, objects);
    h5.writeElements('/regions copy', all, regions);
    await h5.close();
    const found = await h5py.run(
      `
      with h5py.File(data) as f:
          o, r = f['objects copy'], f['regions copy']
          result = [f[o[0]].name, bool(o[1]), f[o[2]].name, bool(r[0]), f['x'][r[1]].tolist()]
      `,
      file,
    );
    expect(found).toEqual(['/group', false, '/x', false, [2, 3, 4]]);
  });

  it('may be sequences of variable length', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          for name, type in [('little', '<i2'), ('big', '>i2'), ('both', [('a', '>u2'), ('b', '<u2')])]:
              f.create_dataset(name, shape=(2, 3), dtype=h5py.vlen_dtype(np.dtype(type)))
          for name in ['little', 'big']:
              f[name][0, 0] = [1, -2, 300]
              f[name][1, 2] = np.arange(5000)
          f['both'][0, 0] = np.array([(1, 2), (3, 4)], f['both'].id.dtype.metadata['vlen'])
          f.create_dataset('strings', shape=(1,), dtype=h5py.vlen_dtype(h5py.string_dtype()))
          scalar = f.create_dataset('scalar', shape=(), dtype=h5py.vlen_dtype('f4'))
          scalar[()] = np.array([1.5, 2.5], 'f4')
          f['number'] = 1
      `,
      file,
    );
    const h5 = await openH5(file, 'r');
    const whole: H5Box = { start: [0, 0], count: [2, 3] };
    const int16 = (bytes: Uint8Array): number[] => [...new Int16Array(bytes.buffer)];
    for (const name of ['/little', '/big']) {
      const found = h5.readSequences(name, whole).map(int16);
      expect(found[0], name).toEqual([1, -2, 300]);
      expect(found[5], name).toEqual(Array.from({ length: 5000 }, (_, i) => i));
      expect(found.slice(1, 5), name).toEqual([[], [], [], []]);
      const some = h5.readSequences(name, { start: [0, 0], count: [2, 2], stride: [1, 2] });
      expect(some.map((bytes) => bytes.length)).toEqual([6, 0, 0, 10_000]);
      // HDF5's memory holds less than 2 GiB: these are given back.
      for (let i = 0; i < 300; i++) h5.readSequences(name, whole);
    }
    const [both] = h5.readSequences('/both', { start: [0, 0], count: [1, 1] });
    expect(int16(both!)).toEqual([1, 2, 3, 4]);
    const [scalar] = h5.readSequences('/scalar', { start: [], count: [] });
    expect([...new Float32Array(scalar!.buffer)]).toEqual([1.5, 2.5]);
    expect(() => h5.readSequences('/number', { start: [], count: [] })).toThrow(InvalidOptionError);
    expect(() => h5.readSequences('/little', { start: [0, 0], count: [3, 3] })).toThrow(
      InvalidOptionError,
    );
    expect(() => h5.readSequences('/strings', { start: [0], count: [1] })).toThrow(
      UnsupportedByLibraryError,
    );
    await h5.close();
  });
});
