/** What is damaged is found, and named: file, dataset, structure and offset. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHdf5File } from '#src/chunking/format/hdf5-file.js';
import { lookup3 } from '#src/chunking/format/lookup3.js';
import { readGroup } from '#src/chunking/group.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { CorruptFileError, NotFoundError } from '#src/errors.js';
import { openH5, type LibraryVersion } from '#src/storage/h5.js';
import { inflate } from '#src/storage/inflate.js';
import { memorySource } from '#src/storage/memory-source.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import { checkedBlocks, type CheckedBlock } from '../../scripts/fuzz/checked-blocks.js';

const ROWS = 3000;

async function fileOf(
  libver: LibraryVersion,
  maxRows: number | null,
  maxColumns: number | null = 2,
): Promise<Uint8Array> {
  const path = join(await temporaryDirectory(), 'file.h5');
  const h5 = await openH5(path, 'w', { durability: 'process', libver: [libver, 'v110'] });
  h5.createDataset('/rows', {
    dtype: 'int32',
    shape: [ROWS, 2],
    chunkShape: [1, 2],
    maxShape: [maxRows, maxColumns],
  });
  h5.writeSlice('/rows', [0, 0], [ROWS, 2], new Int32Array(2 * ROWS).fill(0x01020304));
  await h5.close();
  return new Uint8Array(await readFile(path));
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const source = memorySource(bytes, 'damaged.h5');
  await readRows(source, await openDataset(source, '/rows'), inflate, 0, ROWS);
}

async function failure(bytes: Uint8Array): Promise<CorruptFileError> {
  const error = await readAll(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CorruptFileError);
  return error as CorruptFileError;
}

it.each<[string, number | null, number | null, string[]]>([
  [
    'extensible array',
    null,
    2,
    [
      'extensible array data block',
      'extensible array header',
      'extensible array index block',
      'extensible array secondary block',
      'object header',
      'superblock',
    ],
  ],
  [
    'fixed array',
    ROWS,
    2,
    [
      'fixed array data block',
      'fixed array data block page',
      'fixed array header',
      'object header',
      'superblock',
    ],
  ],
  [
    'v2 B-tree',
    null,
    null,
    [
      'object header',
      'superblock',
      'v2 B-tree header',
      'v2 B-tree internal node',
      'v2 B-tree leaf node',
    ],
  ],
])(
  'a changed bit anywhere in the metadata around: %s',
  async (_, maxRows, maxColumns, structures) => {
    const bytes = await fileOf('v110', maxRows, maxColumns);
    await readAll(bytes);
    const found = new Set<string>();
    for (const { start, length } of checkedBlocks(bytes)) {
      // The superblock's signature has 8 bytes; without it the file isn't one of HDF5.
      const firsts = start === 0 ? [8, 9, 12] : [4, 5, 6, 8];
      for (const at of [...firsts, length - 5, length - 1]) {
        bytes[start + at]! ^= 0x20;
        const { place, message } = await failure(bytes);
        bytes[start + at]! ^= 0x20;
        expect(place.file).toBe('damaged.h5');
        expect(place.offset).toBeGreaterThanOrEqual(start);
        expect(place.offset).toBeLessThan(start + length);
        expect(message).toContain(`${place.structure ?? ''}, byte ${place.offset ?? ''}`);
        if (/array|B-tree/.test(place.structure ?? '')) expect(place.dataset).toBe('/rows');
        found.add(place.structure ?? '');
      }
    }
    expect([...found].sort()).toEqual(structures);
  },
);

it('a B-tree that leads back to itself', async () => {
  const bytes = await fileOf('earliest', null);
  await readAll(bytes);
  const view = new DataView(bytes.buffer);
  const nodes = positionsOf(bytes, 'TREE').filter((at) => bytes[at + 4] === 1);
  const inner = nodes.filter((at) => bytes[at + 5]! > 0);
  expect(inner.length).toBeGreaterThan(0);
  for (const at of inner) {
    const child = at + 24 + 8 + 3 * 8;
    const before = view.getBigUint64(child, true);
    view.setBigUint64(child, BigInt(at), true);
    expect((await failure(bytes)).message).toMatch(/level/);
    view.setBigUint64(child, before, true);
  }
  // Two children that are one: no circle, but one of them is in the wrong place.
  const [root] = inner;
  view.setBigUint64(root! + 24 + 32 + 8 + 32, view.getBigUint64(root! + 24 + 32, true), true);
  expect((await failure(bytes)).message).toMatch(
    /Expected chunks 57 to \d+ in a leaf, got 0 to 56/,
  );
});

it('an object header that continues in itself', async () => {
  const bytes = await fileOf('earliest', null);
  const view = new DataView(bytes.buffer);
  // The root group's symbol table message becomes a continuation that is the same block.
  const root = Number(view.getBigUint64(64, true));
  const length = view.getUint32(root + 8, true);
  view.setUint16(root + 16, 0x10, true);
  view.setBigUint64(root + 24, BigInt(root + 16), true);
  view.setBigUint64(root + 32, BigInt(length), true);
  expect((await failure(bytes)).message).toMatch(/continuation block once/);
});

it('a text file', async () => {
  const { message, place } = await failure(new TextEncoder().encode('no HDF5 '.repeat(1000)));
  expect(message).toMatch(/no HDF5 signature/);
  expect(place.structure).toBe('superblock');
});

it('a v2 B-tree whose nodes hold one another', async () => {
  const bytes = await fileOf('v110', null, null);
  const view = new DataView(bytes.buffer);
  const inner = checkedBlocks(bytes).filter(({ start }) => textAt(bytes, start) === 'BTIN');
  expect(inner.length).toBeGreaterThan(0);
  const [{ start, length }] = inner as [CheckedBlock];
  // Pointers of 8 bytes of address and 1 of a count stand behind the records, of 8 + 2 × 8 bytes.
  const pointers = start + length - 4;
  const count = Math.round((length - 10 - 9) / (24 + 9)) + 1;
  const first = pointers - 9 * count;
  const set = (address: number, records: number) => {
    view.setBigUint64(first, BigInt(address), true);
    bytes[first + 8] = records;
    view.setUint32(pointers, lookup3(bytes, start, pointers), true);
  };
  const before = [Number(view.getBigUint64(first, true)), bytes[first + 8]!] as const;
  // Itself: what should be a leaf is not, and its length is another.
  set(start, count - 1);
  await failure(bytes);
  // Another leaf twice: no circle, but in the wrong place.
  set(Number(view.getBigUint64(first + 9, true)), bytes[first + 17]!);
  expect((await failure(bytes)).message).toMatch(/Expected chunks 0 to \d+ in a leaf, got/);
  set(...before);
  await readAll(bytes);
});

describeWithH5py('a dense group', () => {
  it('names what has changed in it', async () => {
    const file = join(await temporaryDirectory(), 'dense.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w', libver='v110') as f:
          for i in range(600): f[f'rows {i}'] = h5py.SoftLink('/rows')
          f['rows'] = np.zeros((3000, 2))
      `,
      file,
    );
    const bytes = new Uint8Array(await readFile(file));
    const listAll = async () => {
      const hdf5 = await openHdf5File(memorySource(bytes, 'dense.h5'));
      return readGroup(hdf5, hdf5.root);
    };
    expect((await listAll())?.size).toBe(601);
    const found = new Set<string>();
    for (const { start, length } of checkedBlocks(bytes)) {
      for (const at of [4, 5, 8, 18, Math.min(length, 300) - 5]) {
        bytes[start + at]! ^= 0x20;
        const error = await listAll().catch((reason: unknown) => reason);
        bytes[start + at]! ^= 0x20;
        if (!(error instanceof CorruptFileError)) continue;
        expect(error.place.file).toBe('dense.h5');
        found.add(error.place.structure ?? '');
      }
    }
    expect([...found].sort()).toEqual([
      'fractal heap direct block',
      'fractal heap header',
      'fractal heap indirect block',
      'object header',
      'superblock',
      'v2 B-tree header',
      'v2 B-tree internal node',
      'v2 B-tree leaf node',
    ]);
  });
});

describeWithH5py('links', () => {
  it('that lead in circles or nowhere are not followed for ever', async () => {
    const file = join(await temporaryDirectory(), 'links.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          f['a'] = h5py.SoftLink('/b/c'); f['b'] = h5py.SoftLink('/a/c'); f['self'] = h5py.SoftLink('self')
          f['nowhere'] = h5py.SoftLink('/none')
      `,
      file,
    );
    const source = memorySource(new Uint8Array(await readFile(file)), file);
    for (const path of ['/a', '/b', '/self', '/nowhere', '/self/x/y']) {
      await expect(openDataset(source, path), path).rejects.toThrow(NotFoundError);
    }
  });
});

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function positionsOf(bytes: Uint8Array, text: string): number[] {
  const buffer = Buffer.from(bytes.buffer);
  const positions: number[] = [];
  for (let at = buffer.indexOf(text); at >= 0; at = buffer.indexOf(text, at + 1))
    positions.push(at);
  return positions;
}
