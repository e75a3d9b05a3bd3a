import { execFileSync } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ClosedError, CorruptFileError, NotFoundError, StorageError } from '#src/errors.js';
import { blobSource } from '#src/storage/blob-source.js';
import { openFileSource } from '#src/storage/file-source.js';
import { memorySource } from '#src/storage/memory-source.js';
import { temporaryDirectory } from '../support/temp.js';

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(), 'file.bin');
  await writeFile(path, content);
  return path;
}

it('reads the same from a file, a Blob and memory', async () => {
  const path = await fileOf(bytes);
  for (const source of [
    await openFileSource(path),
    memorySource(bytes, path),
    blobSource(await openAsBlob(path), path),
    blobSource(new File([bytes], path)),
  ]) {
    expect([source.name, source.size]).toEqual([path, 100]);
    expect([...(await source.read(0, 3))]).toEqual([0, 1, 2]);
    expect([...(await source.read(98, 2))]).toEqual([98, 99]);
    expect(await source.read(100, 0)).toHaveLength(0);
    for (const [offset, length] of [
      [99, 2],
      [-1, 2],
      [101, 0],
      [0, -1],
      [NaN, 1],
      [0, Infinity],
    ]) {
      await expect(source.read(offset!, length!)).rejects.toThrow(CorruptFileError);
    }
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(source.read(0, 1, { signal })).rejects.toThrow('stop');
    await source.close();
    await source.close();
  }
});

it('tells a missing file, a folder and a closed source apart', async () => {
  const directory = await temporaryDirectory();
  await expect(openFileSource(join(directory, 'none.h5'))).rejects.toThrow(NotFoundError);
  await expect(openFileSource(directory)).rejects.toThrow(StorageError);
  const source = await openFileSource(await fileOf(bytes));
  await source.close();
  await expect(source.read(0, 1)).rejects.toThrow(ClosedError);
});

it.skipIf(process.platform === 'win32')('refuses a pipe instead of waiting for it', async () => {
  const pipe = join(await temporaryDirectory(), 'pipe.h5');
  execFileSync('mkfifo', [pipe]);
  await expect(openFileSource(pipe)).rejects.toThrow(/Expected a regular file/);
});

it('lets timers run between many small reads', async () => {
  const source = await openFileSource(await fileOf(bytes));
  const stop = AbortSignal.timeout(5);
  let reads = 0;
  const readOn = async (): Promise<void> => {
    for (; reads < 1e6; reads++) await source.read(reads % 90, 10, { signal: stop });
  };
  await expect(readOn()).rejects.toThrow(/timeout/);
  expect(reads).toBeGreaterThan(0);
  await source.close();
});

it('reads what was asked for before it was closed', async () => {
  const large = Uint8Array.from({ length: 100_000 }, (_, i) => i);
  const source = await openFileSource(await fileOf(large));
  const reading = Array.from({ length: 20 }, () => source.read(0, large.length));
  await source.close();
  for (const read of reading) expect(Buffer.compare(await read, large)).toBe(0);
});

it('says so when the file has been cut since it was opened', async () => {
  const path = await fileOf(bytes);
  const source = await openFileSource(path);
  await truncate(path, 10);
  await expect(source.read(5, 10)).rejects.toThrow(
    /Expected 10 bytes at 5, but the file ends at 10/,
  );
  await source.close();
});

it('sees what was appended after a refresh, and only then', async () => {
  const path = await fileOf(bytes);
  const source = await openFileSource(path);
  await appendFile(path, 'more');
  expect(source.size).toBe(100);
  await expect(source.read(100, 4)).rejects.toThrow(CorruptFileError);
  await source.refresh();
  expect(source.size).toBe(104);
  expect(Buffer.from(await source.read(100, 4)).toString()).toBe('more');
  await truncate(path, 50);
  await expect(source.refresh()).rejects.toThrow(/Expected the file to have 104 bytes or more/);
  await source.close();
  await expect(source.refresh()).rejects.toThrow(ClosedError);
});

it('says so when the file behind a Blob was changed', async () => {
  const path = await fileOf(bytes);
  const source = blobSource(await openAsBlob(path));
  expect(source.name).toBe('blob');
  await appendFile(path, 'more');
  const error = await source.read(0, 10).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageError);
  expect((error as Error).message).toMatch(/pick it again/);
});

it('needs nothing of Node for HTTP, Blobs and memory', async () => {
  const dist = new URL('../../dist/storage/', import.meta.url);
  const seen = new Set<string>();
  const walk = async (url: URL): Promise<void> => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const [, name] of (await readFile(url, 'utf8')).matchAll(/from '(.*?)'/g)) {
      expect(name).toMatch(/^\.{1,2}\//);
      await walk(new URL(name!, url));
    }
  };
  for (const name of ['http-source.js', 'blob-source.js', 'memory-source.js']) {
    await walk(new URL(name, dist));
  }
  expect(seen.size).toBeGreaterThanOrEqual(6);
});
