/** Arrays in memory → an HDF5 file of planes. */
import fs from 'node:fs';

import type { Ingester } from 'planefeed';
import { openIngester } from '#src/ingest/ingester.js';

import type { OpenPeer, Peer } from '../../lib/peer.js';
import { missingPython, startPython } from '../../lib/python.js';
import { storedDigest, temporaryFile } from './written-file.js';

/** A batch of RGB images, 224×224, that is appended again and again. */
export interface ImageArray {
  readonly path: string;
  readonly images: number;
  readonly placement: 'image' | 'channel';
}

export const imageSize = 224;
export const imageBytes: number = imageSize * imageSize * 3;

export const appendBatch: Peer<ImageArray> = appending(
  'planefeed, appendBatch',
  "ingester.appendBatch(…) and a commit, 256 images at a time, with durability 'process'",
);
export const withFsync: Peer<ImageArray> = appending(
  'planefeed, with fsync',
  "the same with durability 'full'",
  { durability: 'full' },
);
export const withoutJournal: Peer<ImageArray> = appending(
  'planefeed, no journal',
  'the same without a journal: a crash may spoil the file',
  { journal: false },
);

export const h5pySlices: Peer<ImageArray> = h5py(
  'h5py, plane slices',
  'slices',
  'ds.resize, then ds[n, :, :, c] = plane (placement image) or ds[n:n+256, :, :, c] = planes, and flush',
);
export const h5pyChunks: Peer<ImageArray> = h5py(
  'h5py, write_direct_chunk',
  'chunks',
  'ds.resize, then ds.id.write_direct_chunk(…) of each plane, past HDF5’s selections, and flush',
);

function appending(
  name: string,
  detail: string,
  { durability = 'process', journal = true }: Partial<Storage> = {},
): Peer<ImageArray> {
  return {
    name,
    kind: 'planefeed',
    detail,
    open: (data) => Promise.resolve(open(data, { durability, journal })),
  };
}

interface Storage {
  readonly durability: 'full' | 'process';
  readonly journal: boolean;
}

function open({ path, images, placement }: ImageArray, { durability, journal }: Storage): OpenPeer {
  const pixels = new Uint8Array(fs.readFileSync(path));
  const file = temporaryFile();
  const write = async (work: number): Promise<void> => {
    const options = { height: imageSize, width: imageSize, placement, durability } as const;
    const ingester: Ingester = await openIngester(file.path, { ...options, run: images }, journal);
    for (let first = 0; first < work; first += images) {
      const ids = Array.from({ length: images }, (_, i) => `image-${first + i}`);
      await ingester.appendBatch({ ids, pixels });
    }
    await ingester.close();
  };
  return {
    step: images,
    measure: async (_turn, work) => {
      file.remove();
      const start = performance.now();
      await write(work);
      return performance.now() - start;
    },
    digest: async (amount) => {
      file.remove();
      await write(amount * images);
      return storedDigest(file.path, amount * images);
    },
    close: () => {
      file.remove();
      return Promise.resolve();
    },
  };
}

function h5py(name: string, method: 'slices' | 'chunks', detail: string): Peer<ImageArray> {
  return {
    name,
    kind: 'peer',
    detail,
    missing: () => missingPython('h5py', 'numpy'),
    open: async ({ path, images, placement }) => {
      const file = temporaryFile();
      const script = new URL('h5py_peer.py', import.meta.url);
      const shape = [images, imageSize, imageSize, 3];
      const options = { file: file.path, pixels: path, shape, placement, method };
      const python = await startPython(script, options);
      const write = async (work: number): Promise<number> => {
        file.remove();
        const reply = await python.ask({ op: 'measure', batches: work / images });
        return (reply as { milliseconds: number }).milliseconds;
      };
      return {
        step: images,
        versions: python.versions,
        measure: (_turn, work) => write(work),
        digest: async (amount) => {
          await write(amount * images);
          return storedDigest(file.path, amount * images);
        },
        close: async () => {
          await python.close();
          file.remove();
        },
      };
    },
  };
}
