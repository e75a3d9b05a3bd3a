/** JPEG files → an HDF5 file, beside sharp alone, which keeps nothing. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

import sharp from 'sharp';

import { ingest, type EncodedRecord } from 'planefeed';

import type { JpegFiles } from '../../lib/jpeg-files.js';
import type { OpenPeer, Peer } from '../../lib/peer.js';
import { storedDigest, temporaryFile } from './written-file.js';

const size = 224;

export const ingestJpegs: Peer<JpegFiles> = {
  name: 'planefeed, ingest',
  kind: 'planefeed',
  detail: "ingest(records, file, { durability: 'process' }), a new file each time",
  open: (files) => Promise.resolve(ingesting(files)),
};

export const sharpAlone: Peer<JpegFiles> = {
  name: 'sharp alone',
  kind: 'peer',
  detail: 'readFile, then sharp(bytes).resize(…).raw(), twice as many at once as there are cores',
  open: (files) => Promise.resolve(decoding(files)),
};

function ingesting({ paths }: JpegFiles): OpenPeer {
  const run = async (file: string, work: number): Promise<void> => {
    const report = await ingest(records(paths, work), file, {
      height: size,
      width: size,
      durability: 'process',
    });
    if (report.added !== work) throw new Error(`Expected ${work} images, got ${report.added}`);
  };
  const file = temporaryFile();
  return {
    step: paths.length,
    measure: async (_turn, work) => {
      file.remove();
      const start = performance.now();
      await run(file.path, work);
      return performance.now() - start;
    },
    digest: async (amount) => {
      file.remove();
      await run(file.path, amount);
      return storedDigest(file.path, amount);
    },
    close: () => {
      file.remove();
      return Promise.resolve();
    },
  };
}

function* records(paths: readonly string[], count: number): Generator<EncodedRecord> {
  for (let i = 0; i < count; i++) {
    const path = paths[i % paths.length]!;
    yield { id: `image-${i}`, className: `class-${i % 10}`, bytes: () => readFile(path) };
  }
}

function decoding({ paths }: JpegFiles): OpenPeer {
  const decode = async (i: number): Promise<Buffer> =>
    sharp(await readFile(paths[i % paths.length]!), { failOn: 'warning', autoOrient: true })
      .resize({ height: size, width: size, fit: 'cover' })
      .raw()
      .toBuffer();
  return {
    step: paths.length,
    measure: async (_turn, work) => {
      let [next, touched] = [0, 0];
      const lane = async (): Promise<void> => {
        while (next < work) touched += (await decode(next++))[0]!;
      };
      const start = performance.now();
      await Promise.all(Array.from({ length: 2 * availableParallelism() }, lane));
      const time = performance.now() - start;
      if (!Number.isFinite(touched)) throw new Error('Expected pixels');
      return time;
    },
    digest: async (amount) => {
      const sha = createHash('sha256');
      for (let i = 0; i < amount; i++) sha.update(await decode(i));
      return sha.digest('hex');
    },
    close: () => Promise.resolve(),
  };
}
