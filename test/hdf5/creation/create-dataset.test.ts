import path from 'node:path';

import { expect, it } from 'vitest';

import { createDataset, type DatasetToCreate } from '#src/hdf5/creation/create-dataset.js';
import { parseDType } from '#src/hdf5/dtype-name.js';
import { stringDType } from '#src/hdf5/dtype.js';
import { openH5 } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';
import { describeWithHdf5Tools, h5dump } from '../../support/hdf5-tools.js';
import { temporaryDirectory } from '../../support/temp.js';

const numeric = 'i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 c8 c16'.split(' ');

/** Every dtype that HDF5 in TypeScript is to create, with numpy's name for it. */
const dtypes: readonly string[] = [
  '?',
  'S10',
  ...numeric.flatMap((name) => [`<${name}`, `>${name}`]),
];

interface Case {
  readonly name: string;
  readonly ours: DatasetToCreate;
  /** Arguments of h5py's `create_dataset`. */
  readonly theirs: Record<string, unknown>;
}

function cases(): Case[] {
  const all: Case[] = [];
  for (const numpy of dtypes) {
    const dtype = parseDType(numpy === '?' ? 'bool' : numpy);
    const shape = [7, 5];
    const fill = fillBytes(numpy, dtype.itemsize);
    all.push({
      name: `plain ${numpy}`,
      ours: { dtype, shape },
      theirs: { dtype: numpy, shape },
    });
    all.push({
      name: `fill ${numpy}`,
      ours: { dtype, shape, fillValue: fill },
      theirs: { dtype: numpy, shape, fillbytes: [...fill] },
    });
    all.push({
      name: `all ${numpy}`,
      ours: {
        dtype,
        shape,
        maxShape: [null, 9],
        chunkShape: [2, 3],
        fillValue: fill,
        gzip: 4,
        shuffle: true,
        fletcher32: true,
      },
      theirs: {
        dtype: numpy,
        shape,
        maxshape: [null, 9],
        chunks: [2, 3],
        fillbytes: [...fill],
        compression: 4,
        shuffle: true,
        fletcher32: true,
      },
    });
    all.push({
      name: `scalar ${numpy}`,
      ours: { dtype, shape: [] },
      theirs: { dtype: numpy, shape: [] },
    });
    all.push({ name: `empty ${numpy}`, ours: { dtype, shape: null }, theirs: { dtype: numpy } });
  }
  const [f2, i4] = [parseDType('f2'), parseDType('i4')];
  for (const [filters, arguments_] of [
    [{ gzip: 0 }, { compression: 0 }],
    [{ gzip: 9 }, { compression: 9 }],
    [{ shuffle: true }, { shuffle: true }],
    [{ fletcher32: true }, { fletcher32: true }],
    [
      { gzip: 1, shuffle: true },
      { compression: 1, shuffle: true },
    ],
  ] as const) {
    for (const [maxShape, kind] of [
      [[6, 4], 'single chunk'],
      [[12, 8], 'fixed array'],
      [[null, 4], 'extensible array'],
      [[null, null], 'B-tree'],
    ] as const) {
      for (const [dtype, numpy] of [
        [f2, '<f2'],
        [i4, '<i4'],
      ] as const) {
        all.push({
          name: `${kind} ${numpy} ${JSON.stringify(filters)}`,
          ours: { dtype, shape: [6, 4], maxShape, chunkShape: [6, 4], ...filters },
          theirs: {
            dtype: numpy,
            shape: [6, 4],
            maxshape: maxShape,
            chunks: [6, 4],
            ...arguments_,
          },
        });
      }
    }
  }
  for (const encoding of ['ascii', 'utf-8'] as const) {
    const [variable, fixed] = [stringDType({ encoding }), stringDType({ encoding, length: 6 })];
    all.push(
      {
        name: `variable ${encoding}`,
        ours: { dtype: variable, shape: [7, 5] },
        theirs: { string: encoding, shape: [7, 5] },
      },
      {
        name: `variable chunked ${encoding}`,
        ours: {
          dtype: variable,
          shape: [7, 5],
          maxShape: [null, 5],
          chunkShape: [3, 5],
          gzip: 2,
          shuffle: true,
        },
        theirs: {
          string: encoding,
          shape: [7, 5],
          maxshape: [null, 5],
          chunks: [3, 5],
          compression: 2,
          shuffle: true,
        },
      },
      {
        name: `fixed ${encoding}`,
        ours: { dtype: fixed, shape: [4] },
        theirs: { string: encoding, length: 6, shape: [4] },
      },
      {
        name: `fixed fill ${encoding}`,
        ours: { dtype: fixed, shape: [4], fillValue: Buffer.from('abc\0\0\0') },
        theirs: {
          string: encoding,
          length: 6,
          shape: [4],
          fillbytes: [...Buffer.from('abc\0\0\0')],
        },
      },
    );
  }
  const high = Array.from({ length: 32 }, () => 1);
  all.push({
    name: 'rank 32',
    ours: { dtype: f2, shape: high, chunkShape: high, gzip: 1, shuffle: true },
    theirs: { dtype: '<f2', shape: high, chunks: high, compression: 1, shuffle: true },
  });
  all.push({
    name: 'huge contiguous',
    ours: { dtype: f2, shape: [1_000_000, 1_000_000] },
    theirs: { dtype: '<f2', shape: [1_000_000, 1_000_000] },
  });
  const images = [1_000_000, 224, 224, 3];
  all.push({
    name: 'huge chunked',
    ours: {
      dtype: f2,
      shape: images,
      chunkShape: [1, 224, 224, 1],
      fillValue: Uint8Array.of(0, 60),
    },
    theirs: { dtype: '<f2', shape: images, chunks: [1, 224, 224, 1], fillbytes: [0, 60] },
  });
  return all;
}

/** A little-endian element that isn't the same backwards. */
function fillBytes(numpy: string, size: number): Uint8Array {
  if (numpy === '?') return Uint8Array.of(1);
  if (numpy.startsWith('S')) return new Uint8Array(Buffer.from('fill\0\0\0\0\0\0'));
  return Uint8Array.from({ length: size }, (_, at) => at + 3);
}

const describeAll = `
def filter_facts(p, i):
    id, flags, values, name = p.get_filter(i)
    # h5wasm's own gzip is mandatory where h5py's is optional, which changes nothing in a file.
    return [id, flags if p.get_nfilters() > 1 or id != 1 else 1, list(values), name]
def facts(f, name):
    d = f[name]
    t = d.id.get_type()
    p = d.id.get_create_plist()
    return dict(dtype=d.dtype.str, type=list(t.encode()), shape=d.shape, maxshape=d.maxshape,
        chunks=d.chunks, compression=d.compression, opts=d.compression_opts, shuffle=d.shuffle,
        fletcher32=d.fletcher32, filters=[filter_facts(p, i) for i in range(p.get_nfilters())],
        fill=repr(d.fillvalue), defined=p.fill_value_defined(), fill_time=p.get_fill_time(),
        alloc=p.get_alloc_time(), layout=p.get_layout(), storage=d.id.get_storage_size(),
        empty=isinstance(d[()], h5py.Empty) if d.shape is None else None)
def facts_all(path, names):
    with h5py.File(path) as f:
        return {n: facts(f, n) for n in names}
`;

const createTheirs = `
def create(f, name, theirs):
    a = dict(theirs)
    fill = a.pop('fillbytes', None)
    if 'string' in a:
        a['dtype'] = h5py.string_dtype(a.pop('string'), a.pop('length', None))
    for k in ('shape', 'maxshape', 'chunks'):
        if k in a: a[k] = tuple(a[k])
    if fill is not None:
        t = np.dtype(a['dtype'])
        a['fillvalue'] = np.frombuffer(bytes(fill), t.newbyteorder('<'))[0]
    if 'shape' not in a: f.create_dataset(name, data=h5py.Empty(np.dtype(a['dtype'])))
    else: f.create_dataset(name, **a)
`;

describeWithH5py('created datasets', () => {
  const all = cases();

  it.each(['new', 'v110', 'earliest', 'latest', 'userblock'] as const)(
    "are h5py's, in a file of kind: %s",
    async (kind) => {
      const directory = await temporaryDirectory();
      const [ours, theirs] = [path.join(directory, 'ours.h5'), path.join(directory, 'theirs.h5')];
      if (kind !== 'new') {
        await h5py.run(
          `
          kind = data['kind']
          more = dict(userblock_size=1024) if kind == 'userblock' else dict(libver=kind)
          with h5py.File(data['ours'], 'w', **more) as f:
              f['before/it'] = np.arange(100)
          `,
          { ours, kind },
        );
      }
      const file = await openH5(ours, 'a', { durability: 'process' });
      for (const { name, ours: dataset } of all) createDataset(file, `/${name}`, dataset);
      for (const { name, ours: dataset } of all) {
        const found = file.dataset(`/${name}`);
        expect(found.shape, name).toEqual(dataset.shape);
        expect(found.chunkShape, name).toEqual(dataset.chunkShape ?? null);
      }
      await file.close();

      const [found, expected, before] = (await h5py.run(
        `${describeAll}${createTheirs}
with h5py.File(data['theirs'], 'w', libver=('v110', 'v110')) as f:
    for c in data['all']: create(f, c['name'], c['theirs'])
names = [c['name'] for c in data['all']]
with h5py.File(data['ours']) as f:
    before = int(f['before/it'][:].sum()) if 'before' in f else None
result = [facts_all(data['ours'], names), facts_all(data['theirs'], names), before]
`,
        {
          ours,
          theirs,
          all: all.map(({ name, theirs: arguments_ }) => ({ name, theirs: arguments_ })),
        },
      )) as [Record<string, unknown>, Record<string, unknown>, number | null];
      expect(before).toBe(kind === 'new' ? null : 4950);
      for (const { name } of all) expect(found[name], name).toEqual(expected[name]);
    },
    60_000,
  );

  it('hold what we write and what h5py writes', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const some = all.filter(({ ours }) => ours.shape?.length === 2 && ours.shape[0]! < 100);
    const h5 = await openH5(file, 'w', { durability: 'process' });
    for (const { name, ours } of some) createDataset(h5, `/${name}`, ours);
    for (const { name, ours } of some) {
      const box = { start: [1, 0], count: [2, 2], stride: [2, 2] };
      if (ours.dtype.kind === 'O') {
        h5.writeText(`/${name}`, box, ['a', 'bé', '', 'd ']);
        expect(h5.readText(`/${name}`, box)).toEqual(['a', 'bé', '', 'd ']);
      } else {
        const bytes = elements(ours.dtype.kind, 4 * ours.dtype.itemsize);
        h5.writeElements(`/${name}`, box, bytes);
        expect(h5.readElements(`/${name}`, box), name).toEqual(bytes);
      }
    }
    await h5.close();

    const found = (await h5py.run(
      `
      result = {}
      with h5py.File(data, 'r+') as f:
          for n, d in f.items():
              values = d[1:4:2, 0:3:2]
              if d.dtype.kind == 'O': result[n] = [v.decode() for v in values.ravel()]
              else: result[n] = list(values.astype(d.dtype.newbyteorder('<')).tobytes())
              rest = d[0, 0]
              assert rest == (b'' if d.dtype.kind == 'O' else d.fillvalue), (n, rest, d.fillvalue)
              d[0] = d[1]
      `,
      file,
    )) as Record<string, unknown>;
    const again = await openH5(file, 'r');
    for (const { name, ours } of some) {
      const box = { start: [0, 0], count: [1, 2], stride: [1, 2] };
      if (ours.dtype.kind === 'O') {
        expect(found[name], name).toEqual(['a', 'bé', '', 'd ']);
        expect(again.readText(`/${name}`, box)).toEqual(['a', 'bé']);
      } else {
        const bytes = elements(ours.dtype.kind, 4 * ours.dtype.itemsize);
        expect(found[name], name).toEqual([...bytes]);
        expect(again.readElements(`/${name}`, box), name).toEqual(bytes.slice(0, bytes.length / 2));
      }
    }
    await again.close();
  });
});

function elements(kind: string, length: number): Uint8Array {
  if (kind === 'b') return Uint8Array.from({ length }, (_, at) => at % 2);
  // No NaN, which needn't keep its bits; no NUL, which ends a string.
  return Uint8Array.from({ length }, (_, at) => (at % 50) + 1);
}

describeWithHdf5Tools('created datasets in h5dump', () => {
  it('have the types and properties asked for', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w', { durability: 'process' });
    createDataset(h5, '/half', {
      dtype: parseDType('f2'),
      shape: [3],
      chunkShape: [3],
      fillValue: Uint8Array.of(0, 0x3c),
      gzip: 5,
      shuffle: true,
    });
    createDataset(h5, '/bool', { dtype: parseDType('bool'), shape: [2] });
    createDataset(h5, '/text', { dtype: stringDType(), shape: [2] });
    await h5.close();
    const dump = await h5dump('-p', file);
    expect(dump).toContain('16-bit little-endian floating-point');
    expect(dump).toMatch(/\(0\): 1, 1, 1/);
    expect(dump).toMatch(/PREPROCESSING SHUFFLE\s*COMPRESSION DEFLATE \{ LEVEL 5 \}/);
    expect(dump).toMatch(/H5T_ENUM \{\s*H5T_STD_I8LE;\s*"FALSE"\s*0;\s*"TRUE"\s*1;/);
    expect(dump).toMatch(/STRSIZE H5T_VARIABLE;\s*STRPAD H5T_STR_NULLTERM;\s*CSET H5T_CSET_UTF8;/);
  });
});
