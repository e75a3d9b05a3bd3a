/** Sound files that planefeed writes, through h5wasm. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openH5, type LibraryVersion } from '#src/storage/h5.js';

const VERSIONS: readonly LibraryVersion[] = ['earliest', 'v110'];

/** The files by name. @param directory where they are made */
export async function ownSeeds(directory: string): Promise<Map<string, Uint8Array>> {
  const seeds = new Map<string, Uint8Array>();
  for (const libver of VERSIONS) {
    const path = join(directory, `planefeed-${libver}.h5`);
    const h5 = await openH5(path, 'w', { durability: 'process', libver: [libver, 'v110'] });
    h5.createDataset('/images', {
      dtype: 'uint8',
      shape: [30, 2, 2, 3],
      chunkShape: [1, 2, 2, 1],
      maxShape: [null, 2, 2, 3],
      gzip: 1,
    });
    h5.writeSlice('/images', [0, 0, 0, 0], [30, 2, 2, 3], new Uint8Array(360).fill(5));
    h5.createDataset('/labels', { dtype: 'int32', shape: [30] });
    h5.writeSlice('/labels', [0], [30], new Int32Array(30));
    await h5.close();
    seeds.set(`planefeed-${libver}`, await readFile(path));
  }
  return seeds;
}
