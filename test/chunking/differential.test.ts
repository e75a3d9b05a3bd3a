/** Every storage that HDF5 has, written by h5py and read here: values must be equal. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ByteSource } from '#src/storage/byte-source.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { UnsupportedLayoutError } from '#src/errors.js';
import { openFileSource } from '#src/storage/file-source.js';
import { inflate } from '#src/storage/inflate.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

interface Written {
  readonly file: string;
  readonly path: string;
  readonly shape: number[];
  /** SHA-256 of the values, little-endian, 16-bit floats as 32-bit ones. */
  readonly digest: string;
}

/** Writes the matrix: shapes × chunks × formats × filters × types × sparse or full. */
const WRITE_MATRIX = `
  import hashlib, os
  rng = np.random.default_rng(7)
  result = []

  def values_of(dataset):
      values = np.asarray(dataset[()])
      values = values.astype(values.dtype.newbyteorder('<'))
      if values.dtype == np.float16: values = values.astype('<f4')
      return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()

  # shape, chunks, maxshape
  shapes = [
      ((7,), None, None),
      ((), None, None),
      ((0, 5), None, None),
      ((10, 6), (10, 6), None),
      ((10, 6), (4, 4), None),
      ((10, 6), (16, 8), (16, 8)),
      ((10, 6, 2), (3, 6, 1), (None, 6, 2)),
      ((9, 40), (2, 3), (9, None)),
      ((5, 17, 6), (2, 4, 5), (5, None, 11)),
      ((5, 4, 23), (2, 3, 2), (8, 4, None)),
      ((0, 4), (3, 4), (None, 4)),
      ((20, 8, 8, 3), (1, 8, 8, 1), (None, 8, 8, 3)),
      ((20, 8, 8, 3), (1, 5, 8, 3), (40, 8, 8, 3)),
      # Two unlimited dimensions and more: v2 B-trees.
      ((9, 7), (2, 3), (None, None)),
      ((11, 3, 14), (1, 2, 2), (None, 3, None)),
      ((6, 5, 4, 3), (2, 2, 1, 2), (None, None, None, None)),
      ((0, 4), (3, 4), (None, None)),
  ]
  filter_kinds = {
      'plain': {},
      'gzip': dict(compression='gzip', compression_opts=1),
      'shuffle-gzip': dict(compression='gzip', shuffle=True),
      'fletcher': dict(fletcher32=True),
      'all': dict(compression='gzip', shuffle=True, fletcher32=True),
      'lzf': dict(compression='lzf', shuffle=True),
  }
  types = ['u1', '<i2', '>u4', '<f4', '>f8', '<i8', '>f2', '?']

  for libver in ['earliest', 'v108', 'v110', 'v112', 'v200']:
      for userblock in ([0, 1024] if libver in ('earliest', 'v110') else [0]):
          file = os.path.join(data['directory'], f'{libver}-{userblock}.h5')
          bounds = (libver, 'latest') if libver in ('earliest', 'v108') else (libver, libver)
          with h5py.File(file, 'w', libver=bounds, userblock_size=userblock) as f:
              paths = []
              for s, (shape, chunks, maxshape) in enumerate(shapes):
                  for k, (kind, options) in enumerate(filter_kinds.items()):
                      if chunks is None and kind != 'plain': continue
                      for sparse in (False, True):
                          dtype = np.dtype(types[(s + k + sparse) % len(types)])
                          name = f'{s // 4}/{s}/{kind}/{"sparse" if sparse else "full"}'
                          fill = np.array(1).astype(dtype) if sparse else None
                          d = f.create_dataset(name, shape, dtype=dtype, chunks=chunks,
                                               maxshape=maxshape, fillvalue=fill, **options)
                          values = rng.integers(0, 2 if dtype.kind == 'b' else 100, shape).astype(dtype)
                          if not sparse: d[...] = values
                          elif len(shape) > 0 and shape[0] > 1: d[shape[0] // 2:] = values[shape[0] // 2:]
                          paths.append(name)
              for path in paths: result.append(dict(file=file, path=path, shape=f[path].shape, digest=values_of(f[path])))
`;

/** What the high-level interface of h5py doesn't write, or only in larger files. */
const WRITE_SPECIAL = `
  import ctypes, hashlib, os, re
  result = []
  file = os.path.join(data['directory'], 'special.h5')
  # h5py has no call for "don't filter partial edge chunks"; the library under it does.
  libhdf5 = ctypes.CDLL(re.search(r'\\S*/libhdf5-\\S*', open('/proc/self/maps').read())[0])
  rng = np.random.default_rng(8)

  def add(dataset):
      values = np.asarray(dataset[()])
      values = values.astype(values.dtype.newbyteorder('<'))
      digest = hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
      result.append(dict(file=file, path=dataset.name, shape=dataset.shape, digest=digest))

  def low_level(group, name, shape, maxshape, dtype, configure):
      plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
      configure(plist)
      space = h5py.h5s.create_simple(shape, maxshape)
      h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(np.dtype(dtype)), space, plist)
      return group[name]

  U = h5py.h5s.UNLIMITED
  with h5py.File(file, 'w', libver=('v110', 'v110')) as f:
      low = f.create_group('low')
      def compact(p): p.set_layout(h5py.h5d.COMPACT)
      d = low_level(low, 'compact', (5, 7), (5, 7), '>i4', compact); d[...] = np.arange(35).reshape(5, 7); add(d)
      def implicit(p):
          p.set_chunk((2, 3)); p.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
      d = low_level(low, 'implicit', (9, 7), (12, 7), 'f8', implicit); d[...] = rng.random((9, 7)); add(d)
      def edges(p):
          p.set_chunk((4, 4)); p.set_deflate(4)
          if libhdf5.H5Pset_chunk_opts(ctypes.c_int64(p.id), ctypes.c_uint(2)) < 0: raise OSError('H5Pset_chunk_opts')
      for name, maxshape in (('fixed', (10, 10)), ('extensible', (U, 10))):
          d = low_level(low, f'edges-{name}', (10, 10), maxshape, 'u2', edges); d[...] = rng.integers(0, 9, (10, 10)); add(d)

      # Filters that this chunk skips, by its mask: chunk 1 skips shuffle, chunk 2 skips deflate, chunk 3 both.
      import zlib
      masks = f.create_dataset('masks', (4, 8), '<u4', chunks=(1, 8), maxshape=(None, 8), compression='gzip', shuffle=True)
      for i in range(4):
          raw = (np.arange(8, dtype='<u4') + 1000 * i).tobytes()
          stored = raw if i & 1 else np.frombuffer(raw, 'u1').reshape(8, 4).T.tobytes()
          stored = stored if i & 2 else zlib.compress(stored)
          masks.id.write_direct_chunk((i, 0), stored, filter_mask=i)
      add(masks)

      # Many chunks: paged data blocks of both arrays, and holes of all sizes in them.
      many = f.create_group('many')
      for name, maxshape, options in [('extensible', (None, 2), {}), ('fixed', None, {}), ('filtered', (None, 2), dict(fletcher32=True)),
                                      ('fixed-filtered', None, dict(fletcher32=True)), ('rotated', (3, None), {})]:
          shape = (3, 46000) if name == 'rotated' else (135000, 2) if maxshape else (9000, 2)
          chunks = (1, 1) if name == 'rotated' else (1, 2)
          d = many.create_dataset(name, shape, 'u2', chunks=chunks, maxshape=maxshape, fillvalue=9, **options)
          if name == 'rotated': d[:, 30000:30010] = 3; d[1, 44990:45500:17] = 5; d[2, 45990:] = 4
          else: d[3] = 1; d[20:40] = 2; d[5000:5300:7] = 3; d[8990:9000] = 4; d[131000:131100] = 5; d[134000:134500:7] = 6; d[134999:] = 7
          add(d)

      # A committed datatype, soft links, a group within a group, an old and a new fill value.
      f['type'] = np.dtype('<i4')
      d = f.create_dataset('committed', (3,), dtype=f['type'], data=[1, 2, 3]); add(d)
      f['low/soft'] = h5py.SoftLink('/low/up'); f['low/up'] = h5py.SoftLink('compact')
      result.append(dict(result[0], path='/low/soft'))

      # A shrunk and grown dataset keeps its chunks where they were.
      d = f.create_dataset('resized', (8, 8), 'i4', chunks=(3, 3), maxshape=(None, 20), data=np.arange(64).reshape(8, 8))
      d.resize((4, 5)); d.resize((11, 17)); add(d)

      # Bytes that lzf packs well, partly, and not at all: those are stored as they are, by the mask.
      noise = rng.integers(0, 256, (6, 5000), dtype='u1')
      noise[1] = 7; noise[2] //= 64; noise[3, ::2] = 0; noise[4, 1000:4000] = noise[4, 500]; noise[5] = np.tile(noise[0, :250], 20)
      d = f.create_dataset('lzf', data=noise, chunks=(1, 5000), compression='lzf'); add(d)
      masks = [d.id.get_chunk_info(i).filter_mask for i in range(6)]
      if len(set(masks)) != 2: raise ValueError(f'masks {masks}')
      d = f.create_dataset('lzf-long', data=np.repeat(np.arange(90000) // 700, 3).astype('>i4'), chunks=(270000,), compression='lzf'); add(d)

  # v2 B-trees of several levels.
  for libver in ('v108', 'v110', 'v200'):
      file = os.path.join(data['directory'], f'trees-{libver}.h5')
      with h5py.File(file, 'w', libver=(libver, 'v200')) as f:
          side = 300 if libver == 'v110' else 120
          d = f.create_dataset('deep', (side, side), 'u1', chunks=(1, 1), maxshape=(None, None)); d[...] = rng.integers(0, 256, (side, side)); add(d)
          # In no order and with holes, so that nodes are split in many ways.
          d = f.create_dataset('sparse', (200, 210), '<i2', chunks=(2, 3), maxshape=(None, None), fillvalue=-3, shuffle=True, compression='lzf')
          for i, j in rng.integers(0, 200, (2000, 2)): d[i, j] = i + j
          add(d)
          # Chunks outside of the shape stay in the tree or are taken out of it.
          for name, filters in (('shrunk', {}), ('shrunk-filtered', dict(fletcher32=True))):
              d = f.create_dataset(name, (90, 80), 'u2', chunks=(2, 1), maxshape=(None, None), data=np.arange(7200).reshape(90, 80), **filters)
              d.resize((41, 33)); add(d)
              d = f.create_dataset(name + '-grown', (90, 80), 'u2', chunks=(2, 1), maxshape=(None, None), data=np.arange(7200).reshape(90, 80), **filters)
              d.resize((41, 33)); d.resize((50, 100)); add(d)
              d = f.create_dataset(name + '-emptied', (90, 80), 'u2', chunks=(2, 1), maxshape=(None, None), data=np.arange(7200).reshape(90, 80), **filters)
              d.resize((0, 0)); d.resize((7, 7)); add(d)
          e = low_level(f, 'edges', (10, 10), (U, U), 'u2', edges); e[...] = rng.integers(0, 9, (10, 10)); add(e)

  with h5py.File(os.path.join(data['directory'], 'old.h5'), 'w', libver='earliest') as f:
      file = os.path.join(data['directory'], 'old.h5')
      # More names than a symbol table node and more chunks than a B-tree node hold: trees of several levels.
      for i in range(300): f.create_group(f'wide/group-{i:03}')
      d = f.create_dataset('wide/group-177/deep', (3000, 5), 'i2', chunks=(1, 2), maxshape=(None, None), fillvalue=-1)
      d[::3] = np.arange(5000).reshape(1000, 5); add(d)
      d = f.create_dataset('resized', (8, 8), 'i4', chunks=(3, 3), maxshape=(None, 20), data=np.arange(64).reshape(8, 8))
      d.resize((4, 5)); d.resize((11, 17)); add(d)
      # Attributes until the object header needs continuation blocks.
      d = f.create_dataset('noted', (4,), 'f4', data=[1, 2, 3, 4])
      for i in range(40): d.attrs[f'note {i}'] = 'x' * 50
      d.attrs.create('more', 1); add(d)

  # Dense groups: heaps of one block, of one row, of many rows and indirect blocks; trees of several levels.
  for libver in ('v108', 'v110', 'v200'):
      for track in (False, True):
          file = os.path.join(data['directory'], f'dense-{libver}-{track}.h5')
          with h5py.File(file, 'w', libver=(libver, 'v200')) as f:
              for count in (9, 40, 700):
                  g = f.create_group(f'g{count}', track_order=track)
                  for i in range(count): g[f'name-{i:0{1 + i % 40}}'] = h5py.SoftLink(f'/targets/{i % 9}')
                  for i in range(0, count, 5): del g[f'name-{i:0{1 + i % 40}}']
              t = f.create_group('targets', track_order=track)
              for i in range(9): t[str(i)] = np.arange(i, i + 5)
              # 6,000 names of 200 bytes: 1.4 MB, beyond the largest direct block's rows.
              if libver == 'v110':
                  big = f.create_group('big')
                  for i in range(6000): big[f'{i}' + 'x' * 200] = h5py.SoftLink('/targets/4')
                  result.append(dict(file=file, path='big/5999' + 'x' * 200)); result.append(dict(file=file, path='big/0' + 'x' * 200))
              # A name too long for the heap's blocks, and one that isn't ASCII.
              long = f.create_group('long', track_order=track)
              for i in range(10): long[f'é{i}'] = h5py.SoftLink('/targets/3')
              long['L' * 5000] = t['8']; long['M' * 6000] = h5py.SoftLink('/targets/5')
              for path in ('g9/name-01', 'g40/name-' + '31'.zfill(32), 'g700/name-' + '699'.zfill(20), 'g700/name-' + '1'.zfill(2),
                           'targets/8', 'long/é7', 'long/' + 'L' * 5000, 'long/' + 'M' * 6000):
                  result.append(dict(file=file, path=path))
  for entry in result:
      if 'digest' in entry: continue
      with h5py.File(entry['file']) as f:
          values = f[entry['path']][()].astype('<i8')
          entry.update(shape=values.shape, digest=hashlib.sha256(values.tobytes()).hexdigest())

  # Addresses and lengths of other sizes.
  for libver in ('earliest', 'v110'):
      for offsets, lengths in ((4, 4), (8, 4), (4, 8)):
          file = os.path.join(data['directory'], f'sizes-{libver}-{offsets}-{lengths}.h5')
          fcpl = h5py.h5p.create(h5py.h5p.FILE_CREATE); fcpl.set_sizes(offsets, lengths); fcpl.set_userblock(2048)
          fapl = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
          if libver == 'v110': fapl.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
          with h5py.File(h5py.h5f.create(file.encode(), h5py.h5f.ACC_TRUNC, fcpl, fapl)) as f:
              for i, (maxshape, options) in enumerate([((None, 6), {}), ((None, 6), dict(compression='gzip')), (None, {}), (None, dict(fletcher32=True))]):
                  add(f.create_dataset(f'group/{i}', (50, 6), 'u2', chunks=(1, 4), maxshape=maxshape, data=np.arange(300).reshape(50, 6), **options))
              for i, options in enumerate([{}, dict(compression='lzf')]):
                  add(f.create_dataset(f'tree/{i}', (50, 60), 'u2', chunks=(1, 4), maxshape=(None, None), data=np.arange(3000).reshape(50, 60), **options))
              for i in range(50): f[f'dense/{i}'] = i
              result.append(dict(result[-1], path='dense/alias')); f['dense/alias'] = f['tree/1']
              add(f.create_dataset('contiguous', (50, 6), 'u2', data=np.arange(300).reshape(50, 6)))
              add(f.create_dataset('single', (50, 6), 'u2', chunks=(50, 6), compression='gzip', data=np.arange(300).reshape(50, 6)))
`;

/** What must be refused by name. */
const WRITE_UNSUPPORTED = `
  import os
  file = os.path.join(data['directory'], 'unsupported.h5')
  with h5py.File(file, 'w', libver=('v110', 'v110')) as f:
      g = f.create_group('a')
      g.create_dataset('source', (4, 4), 'i4', data=np.ones((4, 4)))
      g['strings'] = ['a', 'b']
      g['compound'] = np.zeros(2, dtype=[('x', 'i4')])
      g.create_dataset('scaled', (100,), 'i4', scaleoffset=8, data=np.zeros(100))
      g.create_dataset('empty', data=h5py.Empty('f4'))
      g['complex'] = np.zeros(2, 'c8')
      g.create_dataset('external', (4,), 'u1', external=[('raw.bin', 0, 4)])
      h = f.create_group('b')
      layout = h5py.VirtualLayout((4, 4), 'i4'); layout[...] = h5py.VirtualSource(file, 'a/source', (4, 4))
      h.create_virtual_dataset('virtual', layout)
      h['link'] = h5py.ExternalLink('other.h5', '/x')
  writing = os.path.join(data['directory'], 'writing.h5')
  f = h5py.File(writing, 'w', libver=('v110', 'v110')); f['x'] = 1; f.flush()
  import shutil; shutil.copy(writing, writing + '.copy'); f.close()
  result = dict(file=file, writing=writing + '.copy')
`;

describeWithH5py('datasets that h5py wrote', () => {
  let temp: SharedDirectory;
  beforeAll(async () => {
    temp = await sharedDirectory();
  });
  afterAll(() => temp.remove());

  it('have equal values in every format, shape, chunking, type and filter', async () => {
    const written = (await h5py.run(WRITE_MATRIX, { directory: temp.path })) as Written[];
    expect(written.length).toBeGreaterThan(1000);
    await expectEqual(written);
  });

  it('have equal values in storage that is rare or needs many chunks', async () => {
    const written = (await h5py.run(WRITE_SPECIAL, { directory: temp.path })) as Written[];
    const kinds = await expectEqual(written);
    for (const kind of [
      'compact',
      'implicit',
      'fixed array',
      'extensible array',
      'v1 B-tree',
      'v2 B-tree',
    ]) {
      expect(kinds).toContain(kind);
    }
    const source = await openFileSource(written[0]!.file);
    for (const path of ['/low/edges-fixed', '/low/edges-extensible']) {
      const { unfilteredEdges, index } = await openDataset(source, path);
      expect(unfilteredEdges).toBe(true);
      expect([...(await index.locate([0, 2, 8])).filterMasks]).toEqual([0, 0xffffffff, 0xffffffff]);
    }
    await source.close();
  });

  it('are refused by the name of what is not read', async () => {
    const { file, writing } = (await h5py.run(WRITE_UNSUPPORTED, { directory: temp.path })) as {
      file: string;
      writing: string;
    };
    const features = {
      'a/strings': 'variable-length values',
      'a/compound': 'compound values',
      'a/scaled': 'the scaleoffset filter (number 6)',
      'a/empty': 'a null dataspace',
      'a/complex': 'compound values',
      'a/external': 'data in external files',
      'b/virtual': 'a virtual dataset',
      'b/link': 'external links',
    };
    const source = await openFileSource(file);
    for (const [path, feature] of Object.entries(features)) {
      const error = await readAll(source, path).catch((reason: unknown) => reason);
      expect(error, path).toBeInstanceOf(UnsupportedLayoutError);
      expect(error, path).toMatchObject({ feature, place: { file } });
    }
    await source.close();
    const busy = await openFileSource(writing);
    await expect(openDataset(busy, 'x')).rejects.toThrow(/marked as open for writing/);
    await busy.close();
  });
});

async function readAll(source: ByteSource, path: string) {
  const layout = await openDataset(source, path);
  const values = await readRows(source, layout, inflate, 0, layout.shape[0] ?? 1);
  return { layout, values };
}

/** Returns the index kinds seen. */
async function expectEqual(written: readonly Written[]): Promise<Set<string>> {
  const kinds = new Set<string>();
  for (const file of new Set(written.map((dataset) => dataset.file))) {
    const source = await openFileSource(file);
    for (const { path, shape, digest } of written.filter((dataset) => dataset.file === file)) {
      const { layout, values } = await readAll(source, path);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      expect.soft(layout.shape, `${file} ${path}`).toEqual(shape);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect.soft(sha256, `${file} ${path} (${layout.index.kind})`).toBe(digest);
      await expectScanAgrees(layout.index, file + path);
      kinds.add(layout.index.kind);
    }
    await source.close();
  }
  return kinds;
}

/** A scan yields each allocated chunk once, where looking it up finds it. */
async function expectScanAgrees(
  index: Awaited<ReturnType<typeof openDataset>>['index'],
  name: string,
): Promise<void> {
  const entries = [];
  for await (const entry of index.entries()) entries.push(entry);
  const { offsets, sizes, filterMasks } = await index.locate(entries.map(({ chunk }) => chunk));
  const located = entries.map(({ chunk }, i) => ({
    chunk,
    offset: offsets[i],
    size: sizes[i],
    filterMask: filterMasks[i],
  }));
  expect.soft(located, name).toEqual(entries);
  expect.soft(new Set(entries.map(({ chunk }) => chunk)).size, name).toBe(entries.length);
}
