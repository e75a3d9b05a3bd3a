/** Filters that HDF5 has as plugins, written by hdf5plugin and read here: values must be equal. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDecoder, type Decode } from '#src/chunking/filters/pipeline.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { UnsupportedLayoutError } from '#src/errors.js';
import { openFileSource } from '#src/storage/file-source.js';
import { inflate } from '#src/storage/inflate.js';
import { describeWithHdf5plugin, h5py } from '../../support/h5py.js';
import { temporaryDirectory } from '../../support/temp.js';

interface Written {
  readonly path: string;
  /** SHA-256 of the values, little-endian, 16-bit floats as 32-bit ones. */
  readonly digest: string;
  /** Bytes that all chunks take in the file. */
  readonly stored: number;
}

/** Filters × options × types × shapes, of values that compress well, partly, and not at all. */
const WRITE_MATRIX = `
  import hashlib, itertools, hdf5plugin
  rng = np.random.default_rng(11)
  result = []

  filters = {}
  for nbytes in (0, 1000, 4096, 77):
      filters[f'lz4-{nbytes}'] = hdf5plugin.LZ4(nbytes)
  for level in (1, 3, 19):
      filters[f'zstd-{level}'] = hdf5plugin.Zstd(level)
  for name, nelems in itertools.product(('none', 'lz4', 'zstd'), (0, 8, 24, 1024)):
      filters[f'bitshuffle-{name}-{nelems}'] = hdf5plugin.Bitshuffle(nelems, cname=name)
  for name, shuffle in itertools.product(('blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd'), (0, 1, 2)):
      for level in (1, 5, 9) if name in ('blosclz', 'lz4') else (5,):
          filters[f'blosc-{name}-{shuffle}-{level}'] = hdf5plugin.Blosc(name, level, shuffle)
  filters['blosc-level-0'] = hdf5plugin.Blosc('lz4', 0, 1)
  # Parameters that hdf5plugin always gives but others leave out: the compressor is BloscLZ then.
  filters['blosc-short'] = dict(compression=32001, compression_opts=())
  filters['shuffle-lz4-fletcher32'] = dict(shuffle=True, fletcher32=True, **hdf5plugin.LZ4())
  filters['bitshuffle-fletcher32'] = dict(fletcher32=True, **hdf5plugin.Bitshuffle(8, cname='lz4'))
  filters['zstd-fletcher32'] = dict(fletcher32=True, **hdf5plugin.Zstd())
  filters['blosc-fletcher32'] = dict(fletcher32=True, **hdf5plugin.Blosc())

  types = ['u1', '<i2', '>u4', '<f4', '>f8', '<i8', '<f2', '?']
  # Whole chunks, partial edges, fewer elements than a block, several blocks, single elements.
  shapes = [((6, 60, 50), (1, 60, 50)), ((10, 7, 3), (4, 4, 3)), ((3,), (2,)),
            ((70001,), (33333,)), ((5, 33), (5, 33)), ((9,), (1,)), ((2, 200, 200), (1, 200, 200))]

  def smooth(shape): return np.cumsum(rng.integers(-2, 3, shape), axis=-1) + 120
  def noise(shape): return rng.integers(0, 2**62, shape)
  def runs(shape): return np.arange(int(np.prod(shape))).reshape(shape) // 300
  def halves(shape): return np.where(rng.random(shape[:1] + (1,) * (len(shape) - 1)) < .5, noise(shape), 7)

  with h5py.File(data, 'w') as f:
      for k, (name, options) in enumerate(filters.items()):
          for s, (shape, chunks) in enumerate(shapes):
              for v, values in enumerate((smooth, noise, runs, halves)):
                  dtype = np.dtype(types[(k + s + 3 * v) % len(types)])
                  a = values(shape)
                  a = (a % 3000).astype(dtype) if dtype.kind == 'f' else (a % 2 if dtype.kind == 'b' else a).astype(dtype)
                  d = f.create_dataset(f'{name}/{s}/{values.__name__}', data=a, chunks=chunks, **options)
                  a = a.astype('<f4') if dtype == np.float16 else a.astype(dtype.newbyteorder('<'))
                  result.append(dict(path=d.name, stored=d.id.get_storage_size(),
                                     digest=hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()))
`;

describeWithHdf5plugin('lz4, zstd, blosc and bitshuffle', () => {
  it('give the values that hdf5plugin was given', async () => {
    const file = join(await temporaryDirectory(), 'plugins.h5');
    const written = (await h5py.run(WRITE_MATRIX, file)) as Written[];
    const source = await openFileSource(file);
    let compressed = 0;
    for (const { path, digest, stored } of written) {
      const layout = await openDataset(source, path);
      const values = await readRows(source, layout, inflate, 0, layout.shape[0]!);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect.soft(sha256, `${path} ${JSON.stringify(layout.type)}`).toBe(digest);
      if (stored < 0.9 * values.byteLength) compressed++;
    }
    await source.close();
    expect(written.length).toBeGreaterThan(1000);
    expect(compressed).toBeGreaterThan(written.length / 3);
  }, 240_000);

  it('go by the chunk where parameters of blosc name no compressor', async () => {
    const [stored, clientData] = (await h5py.run(`
      import hdf5plugin
      with h5py.File('x', 'w', driver='core', backing_store=False) as f:
          d = f.create_dataset('d', data=np.arange(3000) // 7, chunks=(3000,), **hdf5plugin.Blosc('zstd'))
          result = [list(d.id.read_direct_chunk((0,))[1]), d.id.get_create_plist().get_filter(0)[2]]
    `)) as [number[], number[]];
    const decoderOf = (values: number[]): Promise<Decode> => {
      const filters = [{ id: 32001, name: 'blosc', optional: true, clientData: values }];
      return createDecoder({ filters, type: { size: 8 }, chunkBytes: 24_000 }, inflate);
    };
    const bytes = Uint8Array.from(stored);
    const plain = (await decoderOf(clientData))(bytes, 0);
    expect(new BigInt64Array(plain.slice().buffer)[2999]).toBe(428n);
    expect((await decoderOf(clientData.slice(0, 6)))(bytes, 0)).toEqual(plain);
    const LZ4 = 1;
    const other = await decoderOf([...clientData.slice(0, 6), LZ4]);
    expect(() => other(bytes, 0)).toThrow(UnsupportedLayoutError);
  });

  it('say what they are when they are not read', async () => {
    const file = join(await temporaryDirectory(), 'others.h5');
    await h5py.run(
      `
      import hdf5plugin
      with h5py.File(data, 'w') as f:
          a = np.zeros((4, 5000), 'f4')
          f.create_dataset('snappy', data=a, chunks=(1, 5000), **hdf5plugin.Blosc('snappy'))
          f.create_dataset('blosc2', data=a, chunks=(1, 5000), **hdf5plugin.Blosc2())
          f.create_dataset('zfp', data=a, chunks=(1, 5000), **hdf5plugin.Zfp())
          f.create_dataset('bzip2', data=a, chunks=(1, 5000), **hdf5plugin.BZip2())
      `,
      file,
    );
    const source = await openFileSource(file);
    for (const name of ['snappy', 'blosc2', 'zfp', 'bzip2']) {
      const read = openDataset(source, name).then((layout) =>
        readRows(source, layout, inflate, 0, 4),
      );
      await expect(read).rejects.toThrow(UnsupportedLayoutError);
      await expect(read).rejects.toThrow(new RegExp(`${name}.*h5wasm.*h5repack`, 'i'));
    }
    await source.close();
  });
});
