/** No chunk, however damaged, does more than fail: our own errors, or a chunk of its length. */
import { expect, it } from 'vitest';
import { createDecoder } from '#src/chunking/filters/pipeline.js';
import { CorruptFileError, UnsupportedLayoutError } from '#src/errors.js';
import { inflate } from '#src/storage/inflate.js';
import { describeWithHdf5plugin, h5py } from '../../support/h5py.js';
import { mutated } from '../../../scripts/fuzz/mutate.js';
import { randomNumbers } from '../../../scripts/fuzz/random.js';

const SEED = 20_260_311;
/** Per chunk; $PLANEFEED_MUTATIONS sets it for a longer run. */
const MUTATIONS = Number(process.env.PLANEFEED_MUTATIONS ?? 400);

interface Chunk {
  readonly name: string;
  readonly filters: { id: number; name: string; optional: boolean; clientData: number[] }[];
  readonly size: number;
  readonly plain: string;
  readonly stored: string;
}

const WRITE = `
  import hdf5plugin
  rng = np.random.default_rng(3)
  options = dict(
      lz4=hdf5plugin.LZ4(), lz4_blocks=hdf5plugin.LZ4(512), zstd=hdf5plugin.Zstd(),
      bitshuffle=hdf5plugin.Bitshuffle(24, cname='none'), bitshuffle_lz4=hdf5plugin.Bitshuffle(128, cname='lz4'),
      bitshuffle_zstd=hdf5plugin.Bitshuffle(128, cname='zstd'),
      blosc_blosclz=hdf5plugin.Blosc('blosclz', 9), blosc_lz4=hdf5plugin.Blosc('lz4', 9),
      blosc_bits=hdf5plugin.Blosc('lz4', 5, 2), blosc_zlib=hdf5plugin.Blosc('zlib'), blosc_zstd=hdf5plugin.Blosc('zstd'),
      lzf=dict(compression='lzf'), gzip=dict(compression='gzip', shuffle=True),
      zstd_shuffle_fletcher=dict(shuffle=True, fletcher32=True, **hdf5plugin.Zstd()))
  result = []
  with h5py.File('x', 'w', driver='core', backing_store=False) as f:
      for name, filters in options.items():
          for dtype in ('u1', '<i4'):
              a = (np.cumsum(rng.integers(-1, 2, 4003)) // 2 + 100).astype(dtype)
              a[1000:1500] = rng.integers(0, 200, 500)
              d = f.create_dataset(f'{name}-{dtype}', data=a, chunks=a.shape, **filters)
              plist = d.id.get_create_plist()
              pipeline = [plist.get_filter(i) for i in range(plist.get_nfilters())]
              mask, stored = d.id.read_direct_chunk((0,))
              if mask: raise ValueError(f'{name} was left out')
              result.append(dict(name=d.name, size=a.itemsize, plain=a.tobytes().hex(), stored=stored.hex(),
                  filters=[dict(id=i, name=n.decode(), optional=True, clientData=v) for i, _, v, n in pipeline]))
`;

describeWithHdf5plugin('damaged chunks', () => {
  it('fail, or give as many bytes as a chunk has', async () => {
    const chunks = (await h5py.run(WRITE)) as Chunk[];
    expect(chunks.length).toBe(28);
    const random = randomNumbers(SEED);
    let refused = 0;
    for (const { name, filters, size, plain, stored } of chunks) {
      const sound = Uint8Array.from(Buffer.from(plain, 'hex'));
      const bytes = Uint8Array.from(Buffer.from(stored, 'hex'));
      const layout = { filters, type: { size }, chunkBytes: sound.length };
      const decode = await createDecoder(layout, inflate);
      for (let i = 0; i < MUTATIONS; i++) {
        // Half of the damage goes to the front, where the lengths are.
        const front = random(2) === 0 ? bytes.length : Math.min(64, bytes.length);
        const damaged = Uint8Array.from(bytes);
        const whole = { blocks: [], fields: [] };
        const part = mutated(bytes.subarray(0, front), whole, random).subarray(0, front);
        damaged.set(part);
        const isCut = part.length < front;
        const given = isCut ? damaged.subarray(0, part.length) : damaged;
        try {
          expect(decode(given, 0).length).toBe(sound.length);
        } catch (error) {
          const isOurs =
            error instanceof CorruptFileError || error instanceof UnsupportedLayoutError;
          if (!isOurs) throw new Error(`${name}, mutation ${i}`, { cause: error });
          refused++;
        }
      }
      // What was damaged left no trace in the decoder.
      expect(Buffer.compare(decode(bytes, 0), sound), name).toBe(0);
    }
    expect(refused).toBeGreaterThan((chunks.length * MUTATIONS) / 4);
  });
});
