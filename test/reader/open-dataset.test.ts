import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  File,
  InvalidOptionError,
  NotFoundError,
  openDataset,
  UnsupportedLayoutError,
} from 'planefeed';
import type { DatasetOrigin } from 'planefeed';
import { expect, test } from 'vitest';

import { serveFileForTest } from '../support/range-server.js';
import { temporaryDirectory } from '../support/temp.js';

test('reads the same rows from a path, a URL, a Blob, memory', async () => {
  const { file, values } = await sample();
  const server = await serveFileForTest(file);
  const origins: DatasetOrigin[] = [
    file,
    pathToFileURL(file),
    server.url,
    new URL(server.url),
    await openAsBlob(file),
    await readFile(file),
  ];
  for (const origin of origins) {
    await using dataset = await openDataset(origin, '/group/numbers');
    expect(dataset).toMatchObject({
      shape: [50, 7],
      maxShape: [null, 7],
      chunkShape: [4, 7],
      dtype: '<f4',
    });
    expect(dataset.filters.map(({ name }) => name)).toEqual(['shuffle', 'deflate']);
    const rows = await dataset.read(3, 9);
    expect(rows).toEqual({
      data: values.slice(3 * 7, 9 * 7),
      shape: [6, 7],
      stride: [7, 1],
      dtype: '<f4',
    });
    expect((await dataset.read()).data).toEqual(values);
  }
});

test('tells where chunks lie', async () => {
  const { file } = await sample();
  const bytes = await readFile(file);
  await using dataset = await openDataset(file, '/plain');
  const { offsets, sizes } = await dataset.index.locate([1]);
  expect(sizes[0]).toBe(16);
  expect([...new Int32Array(bytes.buffer.slice(bytes.byteOffset + offsets[0]!), 0, 4)]).toEqual([
    4, 5, 6, 7,
  ]);
});

test('takes in what was appended since', async () => {
  const { file } = await sample();
  await using dataset = await openDataset(file, '/plain');
  expect((await dataset.read(6)).data).toEqual(Int32Array.of(6, 7));
  {
    using writer = await File.open(file, 'r+');
    const plain = writer.dataset('plain');
    plain.resize([10]);
    plain.set('8:', [8, 9]);
  }
  expect(dataset.shape).toEqual([8]);
  await dataset.refresh();
  expect(dataset.shape).toEqual([10]);
  expect((await dataset.read(6)).data).toEqual(Int32Array.of(6, 7, 8, 9));
});

test('says what it can’t open', async () => {
  const { file } = await sample();
  await expect(openDataset('nowhere.h5', '/x')).rejects.toBeInstanceOf(NotFoundError);
  await expect(openDataset(file, '/x')).rejects.toBeInstanceOf(NotFoundError);
  await expect(openDataset(file, '/text')).rejects.toBeInstanceOf(UnsupportedLayoutError);
  await expect(openDataset(5 as unknown as string, '/x')).rejects.toBeInstanceOf(
    InvalidOptionError,
  );
});

async function sample(): Promise<{ file: string; values: Float32Array }> {
  const file = path.join(await temporaryDirectory(), 'sample.h5');
  const values = Float32Array.from({ length: 350 }, (_, at) => Math.sin(at));
  using h5 = await File.open(file, 'w');
  h5.createDataset('group/numbers', {
    data: { data: values, shape: [50, 7] },
    maxshape: [null, 7],
    chunks: [4, 7],
    compression: 'gzip',
    shuffle: true,
  });
  h5.createDataset('plain', {
    data: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
    maxshape: [null],
    chunks: 4,
  });
  h5.set('text', 'not a number');
  return { file, values };
}
