import { openDataset } from '#src/chunking/open-dataset.js';
import type { ByteSource } from '#src/storage/byte-source.js';
import { openFileSource } from '#src/storage/file-source.js';

import { chunked, type IndexFile } from '../../lib/index-file.js';
import type { Peer } from '../../lib/peer.js';
import { digestOf, inProcess, middleChunk, type Method, type Places } from './methods.js';

export function planefeed(method: Method): Peer<IndexFile> {
  return {
    name: 'planefeed',
    kind: 'planefeed',
    detail:
      method === 'scan'
        ? 'openFileSource, openDataset, index.blocks(): offsets and sizes summed'
        : 'openFileSource, openDataset, index.locate([chunk]), source.read',
    open(file) {
      const act = method === 'scan' ? sumOfPlaces : readMiddle;
      const places = method === 'scan' ? placesOfAll : readMiddle;
      return Promise.resolve({
        ...inProcess(method, file, () => act(file)),
        digest: async () => digestOf(file.path, await places(file)),
        close: () => Promise.resolve(),
      });
    },
  };
}

type Dataset = Awaited<ReturnType<typeof openDataset>>;

async function withDataset<T>(
  path: string,
  use: (dataset: Dataset, source: ByteSource) => Promise<T>,
): Promise<T> {
  const source = await openFileSource(path);
  try {
    return await use(await openDataset(source, chunked), source);
  } finally {
    await source.close();
  }
}

function sumOfPlaces({ path, chunks }: IndexFile): Promise<number> {
  return withDataset(path, async ({ index }) => {
    let count = 0;
    let sum = 0;
    for await (const { offsets, sizes } of index.blocks()) {
      count += offsets.length;
      for (let i = 0; i < offsets.length; i++) sum += offsets[i]! + sizes[i]!;
    }
    if (count !== chunks) throw new Error(`Expected ${chunks} chunks in ${path}, ${count} came`);
    return sum;
  });
}

function placesOfAll({ path, chunks }: IndexFile): Promise<Places> {
  return withDataset(path, async ({ index }) => {
    const places = { offsets: new Float64Array(chunks), sizes: new Float64Array(chunks) };
    for await (const block of index.blocks()) {
      block.chunks.forEach((chunk, i) => {
        places.offsets[chunk] = block.offsets[i]!;
        places.sizes[chunk] = block.sizes[i]!;
      });
    }
    return places;
  });
}

function readMiddle(file: IndexFile): Promise<Places> {
  return withDataset(file.path, async ({ index }, source) => {
    const places = await index.locate([middleChunk(file)]);
    await source.read(places.offsets[0]!, places.sizes[0]!);
    return places;
  });
}
