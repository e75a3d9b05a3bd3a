/** Files with many small chunks, one for each kind of chunk index. */
import { openDataset } from '#src/chunking/open-dataset.js';
import { openFileSource } from '#src/storage/file-source.js';
import { openH5, type LibraryVersion } from '#src/storage/h5.js';

import { cachedFile } from './files.js';
import { startPython } from './python.js';

export const indexKinds = [
  'v1 B-tree',
  'fixed array',
  'extensible array',
  'extensible array, gzip',
  'v2 B-tree',
  'implicit',
] as const;

export type IndexKind = (typeof indexKinds)[number];

export interface IndexFile {
  readonly kind: IndexKind;
  readonly path: string;
  readonly shape: readonly [number, number, number, number];
  /** Chunks of the dataset, all of which are stored. */
  readonly chunks: number;
}

/** The dataset's name. */
export const chunked = 'chunks';
export const chunkShape = [1, 4, 4, 1] as const;
/** Bytes of a chunk before gzip. */
export const chunkBytes = 16;

/**
 * The file of one kind, from the cache or made now. h5wasm writes all but the implicit index,
 * for which h5py is needed.
 *
 * @param images a chunk each for `channels` channels
 */
export async function indexFile(
  kind: IndexKind,
  images: number,
  channels: number,
  say: (line: string) => void,
): Promise<IndexFile> {
  const shape = [images, 4, 4, channels] as const;
  const made = (which: IndexKind): Promise<string> =>
    cachedFile(
      `index-${which.replaceAll(/\W+/g, '-')}-${images}x4x4x${channels}-1.h5`,
      say,
      (at) => (which === 'implicit' ? writeImplicit(at, shape) : write(at, which, shape)),
    );
  const path = await made(kind);
  await requireKind(path, kind);
  return {
    kind,
    path,
    shape,
    chunks: images * channels,
  };
}

interface Storage {
  readonly libver: LibraryVersion;
  /** Axes without a limit. */
  readonly unlimited: readonly number[];
  readonly gzip?: number;
}

const storages: Readonly<Record<Exclude<IndexKind, 'implicit'>, Storage>> = {
  'v1 B-tree': { libver: 'earliest', unlimited: [0] },
  'fixed array': { libver: 'v110', unlimited: [] },
  'extensible array': { libver: 'v110', unlimited: [0] },
  'extensible array, gzip': { libver: 'v110', unlimited: [0], gzip: 1 },
  'v2 B-tree': { libver: 'v110', unlimited: [0, 3] },
};

async function write(
  path: string,
  kind: Exclude<IndexKind, 'implicit'>,
  shape: IndexFile['shape'],
): Promise<void> {
  const { libver, unlimited, gzip } = storages[kind];
  await using h5 = await openH5(path, 'w', { durability: 'process', libver: [libver, 'v110'] });
  const [images, ...image] = shape;
  // Where it can grow, it does: HDF5 allocates all that there is at the beginning in one go.
  const grows = unlimited.includes(0);
  h5.createDataset(`/${chunked}`, {
    dtype: 'uint8',
    shape: grows ? [0, ...image] : shape,
    chunkShape,
    maxShape: shape.map((length, axis) => (unlimited.includes(axis) ? null : length)),
    ...(gzip === undefined ? {} : { gzip }),
  });
  const imageBytes = image.reduce((product, length) => product * length, 1);
  const most = 10_000;
  for (let first = 0; first < images; first += most) {
    const count = Math.min(most, images - first);
    const data = Uint8Array.from({ length: count * imageBytes }, (_, i) =>
      elementAt(first * imageBytes + i),
    );
    if (grows) h5.resize(`/${chunked}`, [first + count, ...image]);
    h5.writeSlice(`/${chunked}`, [first, 0, 0, 0], [count, ...image], data);
  }
}

/** Element `i` of the dataset; `write_implicit.py` has the same. */
function elementAt(i: number): number {
  return (i ^ (i >>> 8) ^ (i >>> 16)) & 0xff;
}

async function writeImplicit(path: string, shape: IndexFile['shape']): Promise<void> {
  const script = new URL('../peers/chunk-index/write_implicit.py', import.meta.url);
  const python = await startPython(script, { file: path, dataset: chunked, shape });
  await python.close();
}

async function requireKind(path: string, kind: IndexKind): Promise<void> {
  const source = await openFileSource(path);
  try {
    const { index } = await openDataset(source, chunked);
    if (kind.startsWith(index.kind)) return;
    throw new Error(`Expected the index of ${path} to be of kind ${kind}, found ${index.kind}`);
  } finally {
    await source.close();
  }
}
