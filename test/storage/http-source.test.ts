import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  ClosedError,
  CorruptFileError,
  InvalidOptionError,
  NotFoundError,
  StorageError,
} from '#src/errors.js';
import { httpSource } from '#src/storage/http-source.js';
import { serveFileForTest, type RangeServer } from '../support/range-server.js';
import { temporaryDirectory } from '../support/temp.js';

const SIZE = 600_000;
const bytes = Uint8Array.from({ length: SIZE }, (_, i) => i * 7 + (i >> 8));

async function served(content: Uint8Array = bytes): Promise<{ path: string; server: RangeServer }> {
  const path = join(await temporaryDirectory(), 'file.bin');
  await writeFile(path, content);
  return { path, server: await serveFileForTest(path) };
}

it('reads ranges, the first of them in the request that opens', async () => {
  const { server } = await served();
  const source = await httpSource(server.url);
  expect([source.name, source.size, server.requests]).toEqual([server.url, SIZE, 1]);
  expect(await source.read(5, 1000)).toEqual(bytes.slice(5, 1005));
  expect(await source.read(SIZE, 0)).toHaveLength(0);
  expect(server.requests).toBe(1);
  const reads = [
    [262_143, 2],
    [SIZE - 1, 1],
    [300_000, 300_000],
  ] as const;
  const got = await Promise.all(reads.map(([offset, length]) => source.read(offset, length)));
  expect(got).toEqual(reads.map(([offset, length]) => bytes.slice(offset, offset + length)));
  expect(server.requests).toBe(4);
  for (const [offset, length] of [
    [SIZE - 1, 2],
    [-1, 2],
    [0, NaN],
  ] as const) {
    await expect(source.read(offset, length)).rejects.toThrow(CorruptFileError);
  }
  expect(server.requests).toBe(4);
  await source.close();
  await source.close();
  await expect(source.read(0, 1)).rejects.toThrow(ClosedError);
});

it('opens files of every size', async () => {
  for (const size of [0, 1, 262_144, 262_145]) {
    const { server } = await served(bytes.subarray(0, size));
    const source = await httpSource(new URL(server.url));
    expect(source.size).toBe(size);
    expect(await source.read(0, size)).toEqual(bytes.slice(0, size));
  }
});

it('sends headers and follows redirects', async () => {
  const { server } = await served();
  let keys = 0;
  server.misbehave = (request, response) => {
    if (request.headers['x-key'] === 'secret') keys++;
    if (request.url !== '/moved') return false;
    response.writeHead(302, { Location: '/file.h5' }).end();
    return true;
  };
  const source = await httpSource(new URL('/moved', server.url), {
    headers: { 'X-Key': 'secret' },
  });
  expect(await source.read(500_000, 3)).toEqual(bytes.slice(500_000, 500_003));
  expect([server.requests, keys]).toEqual([4, 4]);
});

it.each(['as large', 'shorter', 'longer'])('refuses a file that is another, %s', async (how) => {
  const { path, server } = await served();
  const source = await httpSource(server.url);
  if (how === 'shorter') await truncate(path, 550_000);
  else if (how === 'longer') await appendFile(path, 'x');
  else await writeFile(path, bytes.slice().reverse());
  const error = await source.read(500_000, 10).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageError);
  expect((error as Error).message).toMatch(/has changed since it was opened.*Open it again/s);
  await expect(source.read(599_990, 10)).rejects.toThrow(/changed|ends before/);
});

it('accepts what has grown on refresh, and refuses what has shrunk', async () => {
  const { path, server } = await served();
  const source = await httpSource(server.url);
  await appendFile(path, 'more');
  await source.refresh!();
  expect(source.size).toBe(SIZE + 4);
  expect(Buffer.from(await source.read(SIZE, 4)).toString()).toBe('more');
  await truncate(path, SIZE);
  await expect(source.refresh!()).rejects.toThrow(/Expected the file to have 600004 bytes/);
});

it('tries again what may pass, and no more than it should', async () => {
  const { server } = await served();
  const statuses = [503, 429, 500];
  server.misbehave = (_, response) => {
    const status = statuses.pop();
    if (status === undefined) return false;
    response.writeHead(status, status === 429 ? { 'Retry-After': '0' } : {}).end('busy');
    return true;
  };
  const source = await httpSource(server.url);
  expect(server.requests).toBe(4);

  // A body that breaks off, and a connection that does.
  let failures = 2;
  server.misbehave = (_, response) => {
    if (failures-- <= 0) return false;
    if (failures === 1)
      response
        .writeHead(206, {
          'Content-Range': `bytes 500000-500009/${SIZE}`,
          'Content-Length': 10,
        })
        .write('part');
    response.socket?.end();
    response.socket?.destroySoon();
    return true;
  };
  expect(await source.read(500_000, 10)).toEqual(bytes.slice(500_000, 500_010));
  expect(server.requests).toBe(7);

  const impatient = await httpSource(server.url, { retries: 0 });
  server.requests = 0;
  server.misbehave = (_, response) => {
    response.writeHead(503).end();
    return true;
  };
  const error = await impatient.read(500_000, 10).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageError);
  expect((error as Error).message).toMatch(/Reading 10 bytes failed once: HTTP status 503/);
  expect((error as Error).cause).toBeInstanceOf(Error);
  expect(server.requests).toBe(1);
});

it.each<[string, RangeServer['misbehave'], unknown, RegExp]>([
  [
    'the whole file',
    (_, response) => Boolean(response.writeHead(200).end(bytes)),
    StorageError,
    /got all of it \(200\).*does not serve ranges/s,
  ],
  ['nothing', (_, response) => Boolean(response.writeHead(404).end()), NotFoundError, /404/],
  ['no leave', (_, response) => Boolean(response.writeHead(403).end()), StorageError, /headers/],
  [
    'no range',
    (_, response) => Boolean(response.writeHead(206).end('abc')),
    StorageError,
    /Content-Range/,
  ],
  [
    'no size',
    (_, response) =>
      Boolean(response.writeHead(206, { 'Content-Range': 'bytes 0-2/*' }).end('abc')),
    StorageError,
    /Content-Range/,
  ],
  [
    'another range',
    (_, response) =>
      Boolean(response.writeHead(206, { 'Content-Range': 'bytes 1-3/100' }).end('abc')),
    StorageError,
    /Expected bytes 0 to 100 of 100, got 1 to 4/,
  ],
])('says so when the server sends %s', async (_, misbehave, errorClass, message) => {
  const { server } = await served();
  server.misbehave = misbehave;
  const error = await httpSource(server.url, { retries: 0 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(errorClass);
  expect((error as Error).message).toMatch(message);
  expect(server.requests).toBe(1);
});

it('takes no more than it asked for', async () => {
  const { server } = await served();
  const source = await httpSource(server.url, { retries: 0 });
  let sent = 0;
  server.misbehave = (_, response) => {
    response.writeHead(206, { 'Content-Range': `bytes 500000-500009/${SIZE}` });
    const more = (): void => {
      while (!response.destroyed && sent < 1e9) {
        sent += 65_536;
        if (!response.write(new Uint8Array(65_536))) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
    return true;
  };
  await expect(source.read(500_000, 10)).rejects.toThrow(/Expected a body of 10 bytes/);
  expect(sent).toBeLessThan(1e8);
});

it('stops when it is told to: opening, reading, waiting, closing', async () => {
  const { server } = await served();
  const stop = new Error('stop');
  await expect(httpSource(server.url, { signal: AbortSignal.abort(stop) })).rejects.toBe(stop);
  const source = await httpSource(server.url);
  const signal = AbortSignal.abort(stop);
  await expect(source.read(0, 1, { signal })).rejects.toBe(stop);

  // The server never answers, then always asks to wait.
  for (const status of [undefined, 503]) {
    const asked = new Promise<void>((resolve) => {
      server.misbehave = (_, response) => {
        if (status !== undefined) response.writeHead(status, { 'Retry-After': '9' }).end();
        resolve();
        return true;
      };
    });
    const abort = new AbortController();
    const reading = source.read(500_000, 10, { signal: abort.signal });
    await asked;
    abort.abort(stop);
    await expect(reading).rejects.toBe(stop);
  }
  const reading = source.read(500_000, 10);
  await source.close();
  await expect(reading).rejects.toThrow(ClosedError);
});

it('refuses what is no address, and tells what cannot be reached', async () => {
  for (const url of ['images.h5', 'ftp://example.org/images.h5', '']) {
    await expect(httpSource(url)).rejects.toThrow(InvalidOptionError);
  }
  await expect(httpSource('http://127.0.0.1/', { retries: -1 })).rejects.toThrow(/retries/);
  const { server } = await served();
  await server.close();
  const error = await httpSource(server.url, { retries: 0 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageError);
  expect((error as Error).message).toContain(server.url);
});
