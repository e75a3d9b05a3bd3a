/** What opening a file of many images reads until the first batch is there. */
import { join } from 'node:path';
import { openLoader, type LoaderOptions } from 'planefeed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countReads } from '../support/count-reads.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { heldMemory } from '../support/memory.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const IMAGES = 1_000_000;

/** Planes of 1 byte, which the library allocates without writing them; columns as planefeed has them. */
const WRITE = `
  with h5py.File(data['path'], 'w', libver='v110') as f:
      p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
      p.set_chunk((1, 1, 1, 1))
      p.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
      p.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
      n = data['images']
      s = h5py.h5s.create_simple((n, 1, 1, 3), (h5py.h5s.UNLIMITED, 1, 1, 3))
      h5py.h5d.create(f.id, b'images', h5py.h5t.NATIVE_UINT8, s, p)
      f.create_dataset('labels', data=np.arange(n, dtype='<i4') % 1000, chunks=(1024,), maxshape=(None,))
      f.create_dataset('checksums', data=np.zeros((n, 3), '<u4'), chunks=(256, 3), maxshape=(None, 3))
`;

describeWithH5py('the first shuffled batch of 1,000,000 images', () => {
  let temp: SharedDirectory;
  let file: string;
  beforeAll(async () => {
    temp = await sharedDirectory();
    file = join(temp.path, 'large.h5');
    await h5py.run(WRITE, { path: file, images: IMAGES });
  });
  afterAll(() => temp.remove());

  const options: LoaderOptions = { shuffle: 'full', workers: 0, batchSize: 32, verify: 'off' };

  it('takes few reads of few bytes, labels and all', async () => {
    const lengths = await countReads(async () => {
      await using loader = await openLoader(file, { ...options, prefetch: 1 });
      for await (const { indices, columns } of loader) {
        expect(columns.label).toEqual(Int32Array.from(indices, (image) => image % 1000));
        break;
      }
    });
    // Of each image a block of the index, its planes, a block of labels and what leads there; the next
    // batch is planned already.
    expect(lengths.length).toBeLessThan(32 * 8);
    expect(lengths.reduce((a, b) => a + b, 0)).toBeLessThan(2_000_000);
  });

  it('comes without holding what isn’t needed for it', async () => {
    const before = heldMemory();
    await using loader = await openLoader(file, options);
    for await (const batch of loader) {
      expect(batch.indices).toHaveLength(32);
      break;
    }
    expect(heldMemory() - before).toBeLessThan(8_000_000);
  });

  it('opens with a handful of reads', async () => {
    const lengths = await countReads(async () => {
      await using loader = await openLoader(file, { ...options, columns: {} });
      expect(loader.length).toBe(IMAGES);
    });
    expect(lengths.length).toBeLessThan(80);
    expect(lengths.reduce((a, b) => a + b, 0)).toBeLessThan(500_000);
  });
});
