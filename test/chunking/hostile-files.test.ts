/** No file, however damaged, hurts: only our own errors, no read outside of it, no endless work. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { CorruptFileError, PlanefeedError } from '#src/errors.js';
import type { ByteSource } from '#src/storage/byte-source.js';
import { openH5, type LibraryVersion } from '#src/storage/h5.js';
import { inflate } from '#src/storage/inflate.js';
import { memorySource } from '#src/storage/memory-source.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';
import { checkedBlocks, mutated, randomNumbers } from './mutations.js';

const SEED = 20_240_229;
/** Per file; $PLANEFEED_MUTATIONS sets it for a longer run. */
const MUTATIONS = Number(process.env.PLANEFEED_MUTATIONS ?? 400);
const ROW_BYTES_READ = 1_000_000;
const MEMORY_LIMIT = 256 * 2 ** 20;

let temp: SharedDirectory;
beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

describe.each<LibraryVersion>(['earliest', 'v110'])('a file of h5wasm, %s', (libver) => {
  it('hurts nobody when damaged', async () => {
    const path = join(temp.path, `${libver}.h5`);
    const h5 = await openH5(path, 'w', { durability: 'process', libver: [libver, 'v110'] });
    h5.createDataset('/images', {
      dtype: 'uint8',
      shape: [30, 2, 2, 3],
      chunkShape: [1, 2, 2, 1],
      maxShape: [null, 2, 2, 3],
      gzip: 1,
    });
    h5.writeSlice('/images', [0, 0, 0, 0], [30, 2, 2, 3], new Uint8Array(360).fill(5));
    h5.createDataset('/labels', { dtype: 'int32', shape: [30] });
    h5.writeSlice('/labels', [0], [30], new Int32Array(30));
    await h5.close();
    await expectHarmless(await readFile(path), ['/images', '/labels'], MUTATIONS);
  });
});

const WRITE = `
  import os
  result = []
  for libver in ['earliest', 'v110', 'v200']:
      file = os.path.join(data['directory'], f'h5py-{libver}.h5')
      bounds = 'earliest' if libver == 'earliest' else (libver, libver)
      with h5py.File(file, 'w', libver=bounds, userblock_size=512) as f:
          f.create_dataset('a/tree', (90, 3), 'i2', chunks=(1, 2), maxshape=(None, 3), fletcher32=True, data=np.ones((90, 3)))
          f.create_dataset('a/fixed', (40, 3), '>i4', chunks=(3, 2), data=np.ones((40, 3)))
          f.create_dataset('a/paged', (2100,), 'u1', chunks=(1,))[2000:2050] = 1
          f.create_dataset('a/rotated', (3, 30), 'f8', chunks=(2, 1), maxshape=(3, None), shuffle=True, compression='gzip', data=np.ones((3, 30)))
          f.create_dataset('b/single', (9, 9), 'f4', chunks=(9, 9), compression='gzip', data=np.ones((9, 9)))
          f.create_dataset('b/plain', (50,), '?')
          f['type'] = np.dtype('<i4')
          f.create_dataset('b/committed', (3,), dtype=f['type'], data=[1, 2, 3])
          f['b/soft'] = h5py.SoftLink('/a/../a/tree')
          f['soft'] = h5py.SoftLink('/a/fixed')
          plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
          plist.set_layout(h5py.h5d.COMPACT)
          h5py.h5d.create(f.id, b'compact', h5py.h5t.NATIVE_INT32, h5py.h5s.create_simple((5,)), plist)
          f.create_dataset('t/tree', (40, 30), 'u1', chunks=(1, 2), maxshape=(None, None), data=np.ones((40, 30)))
          f.create_dataset('t/lzf', (30, 4), 'i4', chunks=(2, 4), maxshape=(None, None), compression='lzf', shuffle=True, data=np.ones((30, 4)))
          for i in range(120): f[f'dense/link {i}'] = h5py.SoftLink('/a/fixed')
          for i in range(20): f['a/fixed'].attrs[f'note {i}'] = 'x' * 20
          paths = ['a/tree', 'a/fixed', 'a/paged', 'a/rotated', 'b/single', 'b/plain', 'b/committed', 'soft', 'compact', 't/tree', 't/lzf', 'dense/link 77']
      result.append(dict(file=file, paths=paths))
`;

describeWithH5py('files of h5py', () => {
  it('hurt nobody when damaged', async () => {
    const files = (await h5py.run(WRITE, { directory: temp.path })) as {
      file: string;
      paths: string[];
    }[];
    for (const { file, paths } of files) {
      await expectHarmless(await readFile(file), paths, MUTATIONS);
    }
  });
});

it('cut at any byte is found to be cut', async () => {
  const path = join(temp.path, 'cut.h5');
  const h5 = await openH5(path, 'w', { durability: 'process' });
  h5.createDataset('/labels', { dtype: 'int32', shape: [30], chunkShape: [4], maxShape: [null] });
  await h5.close();
  const bytes = await readFile(path);
  for (let length = 0; length < bytes.length; length++) {
    const source = memorySource(bytes.subarray(0, length), 'cut.h5');
    await expect(openDataset(source, '/labels')).rejects.toThrow(CorruptFileError);
  }
});

async function expectHarmless(
  bytes: Uint8Array,
  paths: readonly string[],
  mutations: number,
): Promise<void> {
  const blocks = checkedBlocks(bytes);
  for (const path of paths) await readEverything(bytes, path);
  const outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < mutations; i++) {
    const damaged = mutated(bytes, blocks, randomNumbers(SEED + i));
    for (const path of paths) {
      try {
        await readEverything(damaged, path);
        outcomes.read++;
      } catch (error) {
        if (!(error instanceof PlanefeedError)) {
          throw new Error(`Mutation ${i}, dataset ${path}: ${String(error)}`, { cause: error });
        }
        outcomes.refused++;
      }
    }
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(MEMORY_LIMIT);
  }
  // The mutations must reach deep enough that some are refused, and not all.
  expect(outcomes.refused).toBeGreaterThan(mutations / 10);
  expect(outcomes.read).toBeGreaterThan(mutations / 10);
}

/** Opens, scans and reads; no more rows than a megabyte holds, since a damaged shape may be huge. */
async function readEverything(bytes: Uint8Array, path: string): Promise<void> {
  const source = watched(memorySource(bytes, 'damaged.h5'));
  const layout = await openDataset(source, path);
  let entries = 0;
  for await (const { offset, size, chunk } of layout.index.entries()) {
    if (!(offset >= 0 && offset + size <= bytes.length)) throw new Error(`entry at ${offset}`);
    if (!(chunk >= 0 && Number.isInteger(chunk))) throw new Error(`chunk ${chunk}`);
    if (++entries > bytes.length) throw new Error('more chunks than bytes');
  }
  const rows = layout.shape[0] ?? 1;
  const rowBytes = layout.shape.slice(1).reduce((product, n) => product * n, layout.type.size);
  const stop = Math.min(rows, Math.floor(ROW_BYTES_READ / Math.max(1, rowBytes)));
  await readRows(source, layout, inflate, 0, stop);
  if (rows > stop) await readRows(source, layout, inflate, rows - 1, rows - 1 + Math.min(1, stop));
}

/** Fails, not with one of our own errors, when asked for bytes outside of the file. */
function watched(source: ByteSource): ByteSource {
  return {
    ...source,
    read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= source.size)) {
        throw new RangeError(`Read of ${length} bytes at ${offset} of ${source.size}`);
      }
      return source.read(offset, length);
    },
  };
}
