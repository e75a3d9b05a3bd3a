/** Datasets of every kind that grow in many steps, with filters that move chunks: never a stale byte. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatasetLayout } from '#src/chunking/dataset-layout.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { openFileSource } from '#src/storage/file-source.js';
import { inflate } from '#src/storage/inflate.js';
import { randomNumbers } from '../../scripts/fuzz/random.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
beforeAll(async () => {
  temp = await sharedDirectory();
});
afterAll(() => temp.remove());

/** Writes a copy of the file after each step, and the values of each copy. */
const WRITE = `
  import os, shutil
  rng = np.random.default_rng(data['seed'])
  path = os.path.join(data['directory'], 'writing.h5')
  result = []
  with h5py.File(path, 'w', libver=(data['libver'], 'v110')) as f:
      f.create_dataset('x', data['shape'], 'u2', chunks=tuple(data['chunks']),
                       maxshape=tuple(data['maxShape']), **data['options'])
  for step in range(data['steps']):
      with h5py.File(path, 'r+') as f:
          d = f['x']
          if step > 0:
              old = d.shape
              grow = [s + (int(rng.integers(0, g + 1)) if step % 3 or a == 0 else 0)
                      for a, (s, g) in enumerate(zip(old, data['growth']))]
              d.resize([min(g, m or g) for g, m in zip(grow, data['maxShape'])])
          # What is new, but for some chunks that are left out as a whole, and what was left out.
          written = d[...] != 0
          values = rng.integers(1, 2 ** int(rng.integers(1, 16)), d.shape).astype('u2')
          for row in range(0, d.shape[0], data['chunks'][0]):
              rows = slice(row, row + data['chunks'][0])
              if written[rows].all(): continue
              if written[rows].any() or step % 2 or rng.random() < 0.8:
                  d[rows] = np.where(written[rows], d[rows], values[rows])
          result.append(d[...].ravel().tolist())
      shutil.copy(path, os.path.join(data['directory'], f"{data['name']}-{step}.h5"))
`;

const KINDS = [
  { kind: 'v1 B-tree', libver: 'earliest', maxShape: [null, 6, 9], growth: [90, 1, 1] },
  { kind: 'extensible array', libver: 'v110', maxShape: [null, 6, 9], growth: [90, 1, 1] },
  { kind: 'extensible array', libver: 'v110', maxShape: [400, 6, null], growth: [60, 0, 2] },
  { kind: 'fixed array', libver: 'v110', maxShape: [600, 6, 9], growth: [90, 1, 1] },
  { kind: 'v2 B-tree', libver: 'v110', maxShape: [null, 6, null], growth: [90, 1, 1] },
] as const;
const CHUNKS = [
  [1, 6, 4],
  [4, 2, 3],
] as const;
const OPTIONS = [{}, { compression: 'gzip', shuffle: true }] as const;

const cases = KINDS.flatMap((kind, k) =>
  CHUNKS.flatMap((chunks, c) =>
    OPTIONS.map((options, o) => ({ ...kind, chunks, options, seed: 100 * k + 10 * c + o })),
  ),
);

describeWithH5py('a dataset that grows in many steps', () => {
  it.each(cases)('$kind $maxShape, chunks $chunks, $options', async ({ kind, seed, ...how }) => {
    const steps = 7;
    const name = `grown-${seed}`;
    const values = (await h5py.run(WRITE, {
      ...how,
      seed,
      steps,
      name,
      directory: temp.path,
      shape: [60, 5, 7],
    })) as number[][];
    const path = join(temp.path, `${name}.h5`);
    await copyFile(join(temp.path, `${name}-0.h5`), path);
    const source = await openFileSource(path);
    const random = randomNumbers(seed);
    const layouts: DatasetLayout[] = [await openDataset(source, '/x')];
    expect(layouts[0]!.index.kind).toBe(kind);
    for (let step = 0; step < steps; step++) {
      if (step > 0) {
        await copyFile(join(temp.path, `${name}-${step}.h5`), path);
        layouts.push(await layouts[random(layouts.length)]!.refresh());
      }
      const now = layouts.at(-1)!;
      // Some rows through each layout there has been, in any order; at times all.
      for (let i = 0; i < 4; i++) {
        const layout = layouts[random(layouts.length)]!;
        const rows = layout.shape[0]!;
        const start = random(rows + 1);
        const stop = random(3) === 0 ? rows : Math.min(rows, start + random(20));
        await expectValues(source, layout, start, Math.max(start, stop), values[step]!, now.shape);
      }
      if (random(2) === 0) {
        for await (const { chunks } of now.index.blocks()) expect(chunks).not.toHaveLength(0);
      }
    }
    const last = layouts.at(-1)!;
    for (const layout of layouts) {
      await expectValues(source, layout, 0, layout.shape[0]!, values.at(-1)!, last.shape);
    }
    await source.close();
  });
});

/** Rows of the layout are those of the whole, as far as the layout's shape goes. */
async function expectValues(
  source: Parameters<typeof readRows>[0],
  layout: DatasetLayout,
  start: number,
  stop: number,
  whole: readonly number[],
  [, height, width]: readonly number[],
): Promise<void> {
  const rows = await readRows(source, layout, inflate, start, stop);
  const [, h, w] = layout.shape as [number, number, number];
  const expected = Array.from({ length: (stop - start) * h * w }, (_, i) => {
    const row = start + Math.floor(i / (h * w));
    const y = Math.floor(i / w) % h;
    return whole[(row * height! + y) * width! + (i % w)]!;
  });
  expect(Array.from(rows, Number)).toEqual(expected);
}
