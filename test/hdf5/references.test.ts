/** Datasets whose elements are neither numbers nor text: references, arrays, sequences, bytes. */
import { Reference } from 'planefeed';
import type { File } from 'planefeed';

import { describeWithH5py } from '../support/h5py.js';
import { sameInH5py } from './beside-h5py.js';

describeWithH5py('references', () => {
  const setup = `
    f['x'] = np.arange(6.).reshape(2, 3)
    f['g/y'] = [1]
    refs = f.create_dataset('refs', (2, 2), dtype=h5py.ref_dtype)
    refs[0] = [f['x'].ref, f['g'].ref]
    regions = f.create_dataset('regions', (2,), dtype=h5py.regionref_dtype)
    regions[0] = f['x'].regionref[0:1]
    f['compound'] = np.array([(1, f['x'].ref), (2, f['g'].ref)], [('n', '<i4'), ('to', h5py.ref_dtype)])
  `;
  const at = (f: File, name: string, element: number): Reference => {
    const reference = (f.dataset(name).get().data as Reference[])[element];
    if (reference === undefined) throw new Error(`no element ${element}`);
    return reference;
  };
  sameInH5py('are read, followed, written and created', setup, [
    { python: "out = f['refs']", ours: (f) => f.dataset('refs') },
    { python: "out = f['refs'][...]", ours: (f) => f.dataset('refs').get() },
    { python: "out = f['refs'][:, 1]", ours: (f) => f.dataset('refs').get(':, 1') },
    {
      python: "out = f['refs'][[1, 0]] if False else f['refs'][[0, 1]]",
      ours: (f) => f.dataset('refs').get([[0, 1]]),
    },
    { python: "out = f[f['refs'][0, 0]].name", ours: (f) => f.get(at(f, 'refs', 0))?.name },
    { python: "out = f[f['refs'][0, 1]]", ours: (f) => f.group(at(f, 'refs', 1)) },
    {
      python: "out = f['g'][f['refs'][0, 0]]",
      ours: (f) => f.group('g').dataset(at(f, 'refs', 0)),
    },
    { python: "out = f[f['refs'][1, 1]]", ours: (f) => f.get(at(f, 'refs', 3)) },
    { python: "out = bool(f['refs'][1, 1])", ours: (f) => !at(f, 'refs', 3).isNull },
    { python: "out = f['x'].ref", ours: (f) => f.dataset('x').ref },
    { python: 'out = f.ref', ours: (f) => f.ref },
    { python: 'out = f[f.ref].name', ours: (f) => f.get(f.ref)?.name },
    { python: "out = f['regions'][...].tolist()[0]", ours: (f) => at(f, 'regions', 0) },
    { python: "out = f[f['regions'][0]].name", ours: (f) => f.get(at(f, 'regions', 0))?.name },
    {
      python: "f['refs'][1, 0] = f['g/y'].ref",
      ours: (f) => {
        f.dataset('refs').set([1, 0], f.dataset('g/y').ref);
      },
    },
    {
      python: "f['refs'][:, 1] = [f['x'].ref, f['x'].ref]",
      ours: (f) => {
        f.dataset('refs').set(':, 1', [f.dataset('x').ref, f.dataset('x').ref]);
      },
    },
    {
      python: "out = [f[r].name for r in f['refs'][...].ravel()]",
      ours: (f) => (f.dataset('refs').get().data as Reference[]).map((r) => f.get(r)?.name),
    },
    {
      python: "f['refs'][0, 0] = 5",
      ours: (f) => {
        f.dataset('refs').set([0, 0], 5);
      },
    },
    {
      python: "f['x'][0, 0] = f['x'].ref",
      ours: (f) => {
        f.dataset('x').set([0, 0], f.dataset('x').ref);
      },
    },
    {
      python:
        "f.create_dataset('made', data=[f['x'].ref, f['g'].ref], dtype=h5py.ref_dtype); out = f['made']",
      ours: (f) => f.createDataset('made', { data: [f.dataset('x').ref, f.group('g').ref] }),
    },
    { python: "out = f[f['made'][1]].name", ours: (f) => f.get(at(f, 'made', 1))?.name },
    {
      python:
        "f.create_dataset('later', (3,), dtype=h5py.ref_dtype, chunks=(2,), maxshape=(None,)); out = f['later'][...]",
      ours: (f) =>
        f.createDataset('later', { shape: 3, dtype: 'ref', chunks: 2, maxshape: [null] }).get(),
    },
    {
      python: "f['later'][2] = f.ref; out = f[f['later'][2]].name",
      ours: (f) => {
        f.dataset('later').set(2, f.ref);
        return f.get(at(f, 'later', 2))?.name;
      },
    },
    {
      python: "f['one'] = f['x'].ref; out = f[f['one'][()]].name",
      ours: (f) => {
        f.set('one', f.dataset('x').ref);
        return f.get(at(f, 'one', 0))?.name;
      },
    },
    {
      python: "f.require_dataset('made', (2,), h5py.ref_dtype); out = f['made'].dtype.str",
      ours: (f) => f.requireDataset('made', { shape: 2, dtype: 'ref' }).dtype,
    },
    {
      python: "out = f['compound'][...]['n']",
      ours: (f) => ({
        ...f.dataset('compound').get(),
        data: (f.dataset('compound').get().data as unknown as { n: Int32Array }).n,
        dtype: '<i4',
      }),
    },
    {
      python: "out = f[f['compound'][1]['to']].name",
      ours: (f) =>
        f.get((f.dataset('compound').get().data as unknown as { to: Reference[] }).to[1]!)?.name,
    },
    {
      python: "f.move('x', 'moved'); out = f[f['made'][0]].name",
      ours: (f) => {
        f.move('x', 'moved');
        return f.get(at(f, 'made', 0))?.name;
      },
    },
    {
      python: "out = f['made'].fillvalue",
      ours: (f) => f.dataset('made').fillvalue,
      differs: '<HDF5 object reference (null)>',
    },
    {
      python: "f['regions'][1] = f['moved'].regionref[:]",
      ours: (f) => {
        f.dataset('regions').set(1, at(f, 'regions', 0));
      },
      differs: { error: 'unsupported-by-library' },
    },
    {
      python: "f.create_dataset('more', (1,), dtype=h5py.regionref_dtype)",
      ours: (f) => f.createDataset('more', { shape: 1, dtype: f.dataset('regions').elementType }),
      differs: { error: 'unsupported-by-library' },
    },
  ]);
});

describeWithH5py('arrays, sequences and bytes as elements', () => {
  const setup = `
    f['arrays'] = np.zeros(4, np.dtype(('<f4', (3,))))
    f.create_dataset('array', (4,), np.dtype(('<f4', (3,))))[...] = np.arange(12).reshape(4, 3)
    f.create_dataset('grid', (4, 2), np.dtype(('>i2', (2, 3))))[...] = np.arange(48).reshape(4, 2, 2, 3)
    f.create_dataset('half', (2,), np.dtype(('<f2', (2,))))[...] = [[1, 2.5], [3, 4]]
    f.create_dataset('words', (2,), np.dtype(('S3', (2,))))[...] = [[b'a', b'bcd'], [b'', b'ef']]
    f.create_dataset('flags', (2,), np.dtype(('?', (2,))))[...] = [[True, False], [False, True]]
    f['opaque'] = np.array([b'abc\\x00', b'xyzw'], 'V4')
    f['one'] = np.void(b'ab')
    f['records'] = np.array([(1, [1, 2]), (2, [4, 5])], [('n', '<i4'), ('v', '<f4', (2,))])
    for name, base in [('ints', '<i4'), ('doubles', '<f8'), ('bytes', 'u1'), ('bigs', '<i8')]:
        d = f.create_dataset('vlen/' + name, (3,), h5py.vlen_dtype(np.dtype(base)))
        d[0] = [1, 2, 3]; d[2] = [5]
    d = f.create_dataset('vlen/grid', (3, 2), h5py.vlen_dtype(np.dtype('<i4')), chunks=(2, 1))
    for i in range(3):
        for j in range(2): d[i, j] = list(range(i + j))
    f.create_dataset('vlen/texts', (2,), h5py.vlen_dtype(h5py.string_dtype()))
  `;
  sameInH5py('are read as h5py does, and written where they have a length', setup, [
    ...['array', 'grid', 'half', 'words', 'flags', 'opaque', 'one'].flatMap((name) => [
      { python: `out = f['${name}']`, ours: (f: File) => f.dataset(name) },
      { python: `out = f['${name}'][...]`, ours: (f: File) => f.dataset(name).get() },
      {
        python: `out = [list(f['${name}'].shape), f['${name}'].size, f['${name}'].nbytes]`,
        ours: (f: File) => [f.dataset(name).shape, f.dataset(name).size, f.dataset(name).nbytes],
      },
    ]),
    { python: "out = f['array'][1]", ours: (f) => f.dataset('array').get(1) },
    { python: "out = f['array'][1:4:2]", ours: (f) => f.dataset('array').get('1:4:2') },
    { python: "out = f['array'][[0, 3]]", ours: (f) => f.dataset('array').get([[0, 3]]) },
    { python: "out = f['grid'][:, 0]", ours: (f) => f.dataset('grid').get(':, 0') },
    { python: "out = f['array'].fillvalue", ours: (f) => f.dataset('array').fillvalue },
    {
      python: "f['array'][0] = [7, 8, 9]; out = f['array'][...]",
      ours: (f) => {
        f.dataset('array').set(0, [7, 8, 9]);
        return f.dataset('array').get();
      },
    },
    {
      python: "f['array'][1:3] = [[1, 2, 3], [4, 5, 6]]; out = f['array'][...]",
      ours: (f) => {
        f.dataset('array').set('1:3', [
          [1, 2, 3],
          [4, 5, 6],
        ]);
        return f.dataset('array').get();
      },
    },
    {
      python: "f['grid'][0] = np.ones((2, 2, 3), 'i2'); out = f['grid'][...]",
      ours: (f) => {
        f.dataset('grid').set(0, [
          [
            [1, 1, 1],
            [1, 1, 1],
          ],
          [
            [1, 1, 1],
            [1, 1, 1],
          ],
        ]);
        return f.dataset('grid').get();
      },
    },
    {
      python: "f['array'][0] = 7",
      ours: (f) => {
        f.dataset('array').set(0, 7);
      },
    },
    {
      python: "f['array'][0] = [1, 2]",
      ours: (f) => {
        f.dataset('array').set(0, [1, 2]);
      },
    },
    {
      python: "f['array'][0:2] = [1, 2, 3]",
      ours: (f) => {
        f.dataset('array').set('0:2', [1, 2, 3]);
      },
      differs: null,
    },
    {
      python: "f['opaque'][1] = np.void(b'1234'); out = f['opaque'][...]",
      ours: (f) => {
        f.dataset('opaque').set(1, { data: [Buffer.from('1234')], shape: [] });
        return f.dataset('opaque').get();
      },
    },
    {
      python: "f['opaque'][1] = 5",
      ours: (f) => {
        f.dataset('opaque').set(1, 5);
      },
    },
    {
      python:
        "out = f['records'][...].tolist() and [{'n': int(r['n']), 'v': r['v'].tolist()} for r in f['records'][...]]",
      ours: (f) => {
        const { n, v } = f.dataset('records').get().data as unknown as {
          n: Int32Array;
          v: Float32Array[];
        };
        return v.map((each, at) => ({ n: n[at], v: each }));
      },
    },
    ...['ints', 'doubles', 'bytes', 'bigs', 'grid'].flatMap((name) => [
      { python: `out = f['vlen/${name}']`, ours: (f: File) => f.dataset(`vlen/${name}`) },
      {
        python: `out = f['vlen/${name}'][...]`,
        ours: (f: File) => f.dataset(`vlen/${name}`).get(),
      },
    ]),
    { python: "out = f['vlen/grid'][::2, 1]", ours: (f) => f.dataset('vlen/grid').get('::2, 1') },
    { python: "out = f['vlen/grid'][[0, 2]]", ours: (f) => f.dataset('vlen/grid').get([[0, 2]]) },
    {
      python: "f['vlen/ints'][1] = [1]",
      ours: (f) => {
        f.dataset('vlen/ints').set(1, [[1]]);
      },
      differs: { error: 'unsupported-by-library' },
    },
    {
      python: "out = f['vlen/texts'][...]",
      ours: (f) => f.dataset('vlen/texts').get(),
      differs: { error: 'unsupported-by-library' },
    },
    ...['array', 'opaque', 'vlen/ints', 'records'].map((name) => ({
      python: `f.create_dataset('new/${name}', (2,), dtype=f['${name}'].dtype)`,
      ours: (f: File) =>
        f.createDataset(`new/${name}`, { shape: 2, dtype: f.dataset(name).elementType }),
      differs: { error: 'unsupported-by-library' },
    })),
    { python: "out = 'gone' in f", ours: (f) => f.has('new') },
  ]);
});
