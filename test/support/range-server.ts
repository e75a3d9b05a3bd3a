/** A web server on this machine that serves files in ranges, counts, and misbehaves on demand. */
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RangeServer {
  /** URL of the file. */
  readonly url: string;
  /** Requests since the start, or since they were last set to 0. */
  requests: number;
  /** Bytes of the bodies sent. */
  bytes: number;
  /** Answers in place of the file, while it returns true. */
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

/** Serves one file, with its size and time of change as ETag, as it is at each request. */
export async function serveFile(path: string): Promise<RangeServer> {
  const server = createServer((request, response) => {
    counted.requests++;
    if (counted.misbehave(request, response)) return;
    sendRange(path, request, response)
      .then((bytes) => (counted.bytes += bytes))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const counted: RangeServer = {
    url: `http://127.0.0.1:${port}/file.h5`,
    requests: 0,
    bytes: 0,
    misbehave: () => false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return counted;
}

/** The same for the running test. */
export async function serveFileForTest(path: string): Promise<RangeServer> {
  const server = await serveFile(path);
  onTestFinished(() => server.close());
  return server;
}

async function sendRange(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const file = await open(path);
  try {
    const { size, mtime, mtimeMs } = await file.stat();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!;
    const start = Number(first);
    const end = Math.min(Number(last) + 1, size);
    const validators = { ETag: `"${size}-${mtimeMs}"`, 'Last-Modified': mtime.toUTCString() };
    if (start >= size) {
      response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
      return 0;
    }
    const body = Buffer.alloc(end - start);
    await file.read(body, 0, body.length, start);
    response.writeHead(206, {
      ...validators,
      'Content-Range': `bytes ${start}-${end - 1}/${size}`,
      'Content-Length': body.length,
    });
    response.end(body);
    return body.length;
  } finally {
    await file.close();
  }
}
