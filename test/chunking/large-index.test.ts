/** Indexes of many chunks: what opening, a lookup and a scan take in reads, bytes and memory. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset } from '#src/chunking/open-dataset.js';
import { openFileSource } from '#src/storage/file-source.js';
import { counted } from '../support/counted-source.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { heldMemory } from '../support/memory.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

/**
 * Chunks of 1 byte are allocated by the library without being written. With fixed maximum
 * dimensions that would make an implicit index; there a chunk in each page is written instead.
 */
const WRITE = `
  with h5py.File(data['path'], 'w', libver=data['libver']) as f:
      fixed = None not in data['maxShape']
      p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
      p.set_chunk((1, 1, 1, 1))
      p.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
      p.set_alloc_time(h5py.h5d.ALLOC_TIME_INCR if fixed else h5py.h5d.ALLOC_TIME_EARLY)
      most = tuple(h5py.h5s.UNLIMITED if m is None else m for m in data['maxShape'])
      s = h5py.h5s.create_simple((data['images'], 1, 1, 3), most)
      h5py.h5d.create(f.id, b'images', h5py.h5t.NATIVE_UINT8, s, p)
      if fixed: f['images'][::300] = 1
      else: result = [f['images'].id.get_num_chunks(), f['images'].id.get_chunk_info_by_coord((7, 0, 0, 2)).byte_offset]
`;

const CASES = [
  { kind: 'extensible array', libver: 'v110', images: 1_000_000, maxShape: [null, 1, 1, 3] },
  { kind: 'fixed array', libver: 'v110', images: 1_000_000, maxShape: [1_000_000, 1, 1, 3] },
  { kind: 'v1 B-tree', libver: 'earliest', images: 200_000, maxShape: [null, 1, 1, 3] },
  { kind: 'v2 B-tree', libver: 'v110', images: 200_000, maxShape: [null, 1, 1, null] },
];

describeWithH5py('an index', () => {
  it.each(CASES)('of $images images, $kind', async ({ kind, libver, images, maxShape }) => {
    const path = join(temp.path, `${kind}.h5`);
    const info = await h5py.run(WRITE, { path, libver, images, maxShape });
    const chunks = images * 3;
    const file = await openFileSource(path);
    const source = counted(file);

    const memoryBefore = heldMemory();
    const { index } = await openDataset(source, '/images');
    expect(index.kind).toBe(kind);
    expect(source.reads).toBeLessThanOrEqual(3);
    expect(source.bytes).toBeLessThanOrEqual(24_576);
    expect(heldMemory() - memoryBefore).toBeLessThan(1_000_000);

    // A few blocks of an array, a path of a tree; the metadata cache holds 2 MiB in all.
    const { offsets } = await index.locate([23, chunks - 1]);
    expect(source.reads).toBeLessThanOrEqual(12);
    expect(source.bytes).toBeLessThanOrEqual(98_304);
    if (info !== null) expect([chunks, offsets[0]]).toEqual(info);

    source.offsets.length = 0;
    let found = 0;
    for await (const block of index.blocks()) found += block.chunks.length;
    expect(found).toBe(info === null ? Math.ceil(images / 300) * 3 : chunks);
    expect(heldMemory() - memoryBefore).toBeLessThanOrEqual(2_500_000 + 8 * chunks);
    expect(source.bytes).toBeLessThan(1.5 * file.size);
    // Forwards through the file, once for each level of a tree.
    const jumps = source.offsets.filter((offset, i) => offset < (source.offsets[i - 1] ?? 0));
    expect(jumps.length).toBeLessThanOrEqual(3);
    const { reads } = source;
    await index.locate(Float64Array.from({ length: 1000 }, (_, i) => (i * chunks) / 1000));
    expect(source.reads).toBe(reads);
    await file.close();
  });

  it.each([
    ['v1 B-tree', 'earliest', [null, 16, 8]],
    ['v2 B-tree', 'v110', [null, 16, null]],
    ['extensible array', 'v110', [null, 16, 8]],
    ['fixed array', 'v110', [3000, 16, 8]],
  ])(
    'of chunks that were written in any order, %s, is read in file order',
    async (kind, libver, maxShape) => {
      const path = join(temp.path, `any-order-${kind}.h5`);
      const expected = await h5py.run(
        `
      with h5py.File(data['path'], 'w', libver=data['libver']) as f:
          d = f.create_dataset('images', (3000, 16, 8), 'u8', chunks=(1, 16, 8), maxshape=data['maxShape'])
          order = np.random.default_rng(3).permutation(3000)
          for i in order[:2500]: d[i] = i
          result = []
          d.id.chunk_iter(lambda c: result.append([c.chunk_offset[0], c.byte_offset]))
          result.sort()
      `,
        { path, libver, maxShape },
      );
      const file = await openFileSource(path);
      const source = counted(file);
      const { index } = await openDataset(source, '/images');
      expect(index.kind).toBe(kind);
      const entries: number[][] = [];
      for await (const { chunk, offset } of index.entries()) entries.push([chunk, offset]);
      expect(entries).toEqual(expected);
      // Header and superblock, then each level of a tree, or secondary blocks and data blocks.
      const jumps = source.offsets.filter((offset, i) => offset < (source.offsets[i - 1] ?? 0));
      expect(jumps.length).toBeLessThanOrEqual(6);
      await file.close();
    },
  );
});
