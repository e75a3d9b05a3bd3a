/** A dataset that grows while it is read: only what is new is read again, and old readers go on. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChunkIndex } from '#src/chunking/chunk-index.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import type { TypedArray } from '#src/chunking/typed-array.js';
import { InvalidOptionError } from '#src/errors.js';
import { openFileSource } from '#src/storage/file-source.js';
import { openH5 } from '#src/storage/h5.js';
import { httpSource } from '#src/storage/http-source.js';
import { inflate } from '#src/storage/inflate.js';
import { counted } from '../support/counted-source.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { serveFileForTest } from '../support/range-server.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

interface Case {
  readonly kind: string;
  readonly libver: string;
  /** Of 3 dimensions; the first grows. */
  readonly maxShape: (number | null)[];
  readonly options: Record<string, unknown>;
}

const ROWS = 9000;
const MORE = 600;
const LEAST = 3;

const CASES: Case[] = [
  { kind: 'v1 B-tree', libver: 'earliest', maxShape: [null, 32, 32], options: {} },
  {
    kind: 'v1 B-tree',
    libver: 'earliest',
    maxShape: [null, 32, 32],
    options: { compression: 'gzip' },
  },
  { kind: 'extensible array', libver: 'v110', maxShape: [null, 32, 32], options: {} },
  {
    kind: 'extensible array',
    libver: 'v110',
    maxShape: [null, 32, 32],
    options: { compression: 'gzip' },
  },
  { kind: 'fixed array', libver: 'v110', maxShape: [20_000, 32, 32], options: {} },
  {
    kind: 'fixed array',
    libver: 'v110',
    maxShape: [20_000, 32, 32],
    options: { compression: 'gzip' },
  },
  { kind: 'v2 B-tree', libver: 'v110', maxShape: [null, 32, null], options: {} },
  {
    kind: 'v2 B-tree',
    libver: 'v110',
    maxShape: [null, 32, null],
    options: { compression: 'gzip' },
  },
];

/**
 * Row r is 32 × 32 bytes r % 251 + 1, so that index blocks lie apart. Of sparse rows, those of an odd
 * number of tens are never written.
 */
const GROW = `
  rows = lambda a, b: np.broadcast_to((np.arange(a, b) % 251 + 1).astype('u1')[:, None, None], (b - a, 32, 32))
  def grow(d, start, stop, sparse=False):
      d.resize(stop, axis=0)
      if not sparse: d[start:stop] = rows(start, stop)
      else:
          for i in range(start, stop, 20): d[i:i + 10] = rows(i, i + 10)
  def create(f, n, sparse=False):
      d = f.create_dataset('rows', (0, 32, 32), 'u1', chunks=(1, 32, 32), maxshape=data['maxShape'],
                           **data['options'])
      grow(d, 0, n, sparse)
`;

async function fileOf(
  name: string,
  { libver, maxShape, options }: Case,
  code: string,
): Promise<string> {
  const path = join(temp.path, name);
  await h5py.run(
    `${GROW}\n  with h5py.File(data['path'], 'w', libver=data['libver']) as f:\n      ${code}`,
    {
      path,
      libver,
      maxShape,
      options,
    },
  );
  return path;
}

async function change(path: string, code: string): Promise<void> {
  await h5py.run(`${GROW}\n  with h5py.File(data, 'r+', libver='v110') as f:\n      ${code}`, path);
}

function expectRows(values: TypedArray, start: number, stop: number): void {
  expect(values).toHaveLength((stop - start) * 1024);
  const wrong = values.findIndex((value, i) => Number(value) !== ((start + (i >> 10)) % 251) + 1);
  expect(wrong).toBe(-1);
}

async function scanned(index: ChunkIndex): Promise<Map<number, number>> {
  const offsets = new Map<number, number>();
  for await (const { chunk, offset } of index.entries()) offsets.set(chunk, offset);
  return offsets;
}

describeWithH5py('a dataset that h5py appends to', () => {
  it.each(CASES)('$kind, $options: reads what is new, not the rest again', async (kindOf) => {
    const path = await fileOf(`new-${CASES.indexOf(kindOf)}.h5`, kindOf, `create(f, ${ROWS})`);
    const file = await openFileSource(path);
    const source = counted(file);
    const before = await openDataset(source, '/rows');
    expect(before.index.kind).toBe(kindOf.kind);
    const places = await scanned(before.index);
    expect(places.size).toBe(ROWS);
    const scanning = { reads: source.reads, bytes: source.bytes };

    let stop = ROWS;
    let layout = before;
    for (const more of [MORE, 1, LEAST]) {
      await change(path, `grow(f['rows'], ${stop}, ${stop + more})`);
      source.reads = source.bytes = 0;
      layout = await layout.refresh();
      expect(layout.shape).toEqual([stop + more, 32, 32]);
      const chunks = Float64Array.from({ length: more }, (_, i) => stop + i);
      const { offsets } = await layout.index.locate(chunks);
      expect(Math.min(...offsets)).toBeGreaterThan(0);
      // The object header, the way down to the last leaf, and what is new.
      expect(source.reads).toBeLessThanOrEqual(8 + Math.ceil(more / 25));
      expect(source.bytes).toBeLessThan(Math.max(scanning.bytes / 4, 65_536));
      expectRows(
        await readRows(source, layout, inflate, stop - 5, stop + more),
        stop - 5,
        stop + more,
      );
      stop += more;
    }

    // All that was known is: the new index has it, and the old one goes on.
    source.reads = source.bytes = 0;
    const now = await scanned(layout.index);
    expect(now.size).toBe(stop);
    expect(source.reads).toBeLessThan(Math.max(scanning.reads / 4, 8));
    for (const [chunk, offset] of places)
      if (now.get(chunk) !== offset) expect([chunk, now.get(chunk)]).toEqual([chunk, offset]);
    expect(await scanned(before.index)).toEqual(places);
    expectRows(await readRows(source, before, inflate, 0, ROWS), 0, ROWS);
    await expect(readRows(source, before, inflate, 0, ROWS + 1)).rejects.toThrow(
      InvalidOptionError,
    );
    await expect(before.index.locate([ROWS])).rejects.toThrow(InvalidOptionError);
    await file.close();
  });

  it.each(CASES)(
    '$kind, $options: an index that has read nothing yet keeps its rows',
    async (kindOf) => {
      const path = await fileOf(
        `lazy-${CASES.indexOf(kindOf)}.h5`,
        kindOf,
        `create(f, 1000, True)`,
      );
      const source = await openFileSource(path);
      const before = await openDataset(source, '/rows');
      await before.index.locate([500]);
      await change(path, `grow(f['rows'], 1000, 4000)`);
      const after = await before.refresh();
      // Written since, among rows that were there.
      await change(path, `f['rows'][10:20] = rows(10, 20)`);
      const last = await after.refresh();
      expectRows(await readRows(source, last, inflate, 0, 30), 0, 30);
      expectRows(await readRows(source, after, inflate, 1000, 4000), 1000, 4000);
      for (const row of [0, 20, 500, 985]) {
        expectRows(await readRows(source, before, inflate, row, row + 5), row, row + 5);
      }
      expect((await readRows(source, before, inflate, 30, 31)).every((value) => value === 0)).toBe(
        true,
      );
      await source.close();
    },
  );

  it('is seen when its writer has only flushed it', async () => {
    const path = join(temp.path, 'flushed.h5');
    const steps = join(temp.path, 'step');
    const writing = h5py.run(
      `${GROW}
  import os, time
  if True:
      def wait(n):
          open(data['steps'] + f'-done-{n}', 'w').close()
          while not os.path.exists(data['steps'] + f'-go-{n}'): time.sleep(0.01)
      with h5py.File(data['path'], 'w', libver='v110') as f:
          f.create_dataset('rows', data=rows(0, 100),
                           chunks=(1, 32, 32), maxshape=(None, 32, 32))
      wait(0)
      with h5py.File(data['path'], 'r+', libver='v110') as f:
          for n in range(1, 4):
              f['rows'].resize(100 * (n + 1), axis=0)
              f['rows'][-100:] = rows(100 * n, 100 * (n + 1))
              f.flush()
              wait(n)
      `,
      { path, steps },
    );
    const { existsSync, writeFileSync } = await import('node:fs');
    const done = async (n: number): Promise<void> => {
      while (!existsSync(`${steps}-done-${n}`))
        await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await done(0);
    const source = await openFileSource(path);
    let layout = await openDataset(source, '/rows');
    for (let n = 1; n < 4; n++) {
      writeFileSync(`${steps}-go-${n - 1}`, '');
      await done(n);
      layout = await layout.refresh();
      expect(layout.shape[0]).toBe(100 * (n + 1));
      expectRows(await readRows(source, layout, inflate, 0, 100 * (n + 1)), 0, 100 * (n + 1));
    }
    writeFileSync(`${steps}-go-3`, '');
    await writing;
    await source.close();
  });

  it.each<[string, string, (number | null)[]]>([
    ['extensible array', 'v110', [3, null]],
    ['v2 B-tree', 'v110', [null, null]],
    ['fixed array', 'v110', [9, 20]],
    ['v1 B-tree', 'earliest', [null, null]],
  ])('%s: may grow in any dimension', async (kind, libver, maxShape) => {
    const path = join(temp.path, `wide-${kind}.h5`);
    await h5py.run(
      `
      with h5py.File(data['path'], 'w', libver=data['libver']) as f:
          f.create_dataset('x', data=np.arange(15).reshape(3, 5), chunks=(2, 2), maxshape=data['maxShape'])
      `,
      { path, libver, maxShape },
    );
    const source = await openFileSource(path);
    const before = await openDataset(source, '/x');
    expect(before.index.kind).toBe(kind);
    await before.index.locate([0, 1, 2, 3, 4, 5]);
    await h5py.run(
      `
      with h5py.File(data['path'], 'r+') as f:
          f['x'].resize(11, axis=1)
          f['x'][:, 5:] = 100
      `,
      { path },
    );
    const after = await before.refresh();
    const all = await readRows(source, after, inflate, 0, 3);
    const expected = Array.from({ length: 33 }, (_, i) =>
      i % 11 < 5 ? Math.floor(i / 11) * 5 + (i % 11) : 100,
    );
    expect(Array.from(all, Number)).toEqual(expected);
    expect(Array.from(await readRows(source, before, inflate, 0, 3), Number)).toEqual(
      Array.from({ length: 15 }, (_, i) => i),
    );
    expect((await scanned(before.index)).size).toBe(6);
    expect((await scanned(after.index)).size).toBe(12);
    await source.close();
  });

  it('grows behind HTTP, where a file that changes is otherwise refused', async () => {
    const path = await fileOf('remote.h5', CASES[2]!, 'create(f, 2000)');
    const server = await serveFileForTest(path);
    const source = await httpSource(server.url);
    const before = await openDataset(source, '/rows');
    expectRows(await readRows(source, before, inflate, 1990, 2000), 1990, 2000);
    await change(path, `grow(f['rows'], 2000, 2100)`);
    await expect(readRows(source, before, inflate, 1000, 1010)).rejects.toThrow(/has changed/);
    server.requests = 0;
    const after = await before.refresh();
    await after.index.locate(Float64Array.from({ length: 100 }, (_, i) => 2000 + i));
    expect(server.requests).toBeLessThanOrEqual(4);
    expectRows(await readRows(source, after, inflate, 1950, 2100), 1950, 2100);
    expectRows(await readRows(source, before, inflate, 1000, 1010), 1000, 1010);
  });

  it('may begin empty, and is refused when the file has shrunk', async () => {
    const path = await fileOf('empty.h5', CASES[2]!, `create(f, 0)`);
    const source = await openFileSource(path);
    const before = await openDataset(source, '/rows');
    await change(path, `grow(f['rows'], 0, 40)`);
    expectRows(await readRows(source, await before.refresh(), inflate, 0, 40), 0, 40);
    expect(await scanned(before.index)).toEqual(new Map());
    await h5py.run(`h5py.File(data, 'w').close()`, path);
    await expect(before.refresh()).rejects.toThrow(/Expected the file to have \d+ bytes or more/);
    await source.close();
  });
});

it('sees what h5wasm appends', async () => {
  const path = join(temp.path, 'h5wasm.h5');
  const append = async (start: number, stop: number): Promise<void> => {
    const h5 = await openH5(path, start === 0 ? 'w' : 'r+', {
      durability: 'process',
      libver: ['v110', 'v110'],
    });
    if (start === 0) {
      h5.createDataset('/rows', {
        dtype: 'uint8',
        shape: [0, 32, 32],
        chunkShape: [1, 32, 32],
        maxShape: [null, 32, 32],
      });
    }
    h5.resize('/rows', [stop, 32, 32]);
    const values = new Uint8Array((stop - start) * 1024).map(
      (_, i) => ((start + (i >> 10)) % 251) + 1,
    );
    h5.writeSlice('/rows', [start, 0, 0], [stop - start, 32, 32], values);
    await h5.close();
  };
  await append(0, 5000);
  const file = await openFileSource(path);
  const source = counted(file);
  const before = await openDataset(source, '/rows');
  await scanned(before.index);
  await append(5000, 5200);
  source.reads = source.bytes = 0;
  const after = await before.refresh();
  await after.index.locate([5000, 5199]);
  expect(source.reads).toBeLessThanOrEqual(6);
  expect(source.bytes).toBeLessThan(65_536);
  expectRows(await readRows(source, after, inflate, 4990, 5200), 4990, 5200);
  expectRows(await readRows(source, before, inflate, 0, 5000), 0, 5000);
  await file.close();
});
