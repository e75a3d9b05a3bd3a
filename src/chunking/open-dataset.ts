import type { ByteSource } from '../storage/byte-source.js';
import type { DatasetLayout } from './dataset-layout.js';
import { openHdf5File, type Hdf5File } from './format/hdf5-file.js';
import { resolvePath } from './group.js';
import { readDataset } from './read-dataset.js';

/**
 * Finds a dataset in an HDF5 file and reads everything that is needed to read its elements
 * without the HDF5 library. The chunk index itself is read later, where it is first needed.
 *
 * @param path path in the file, `/images`; soft links are followed
 * @throws NotFoundError when there is no such dataset, CorruptFileError when the file is damaged,
 *   UnsupportedLayoutError naming an HDF5 feature that isn't read here.
 * @example
 * const source = await openFileSource('images.h5');
 * const { shape, index } = await openDataset(source, '/images');
 * const { offsets, sizes } = await index.locate([0, 1, 2]);
 */
export function openDataset(source: ByteSource, path: string): Promise<DatasetLayout> {
  return openDatasets(source).open(path);
}

/** Opens a dataset by its path, as `openDataset`. */
export type OpenDataset = (path: string) => Promise<DatasetLayout>;

/** The datasets of one file. */
export interface Datasets {
  /** What they have in common is read once, and each of them, however often it is asked for. */
  readonly open: OpenDataset;
  /** Opens these together, so that they are of one commit where the file is being written. */
  openTogether(paths: Iterable<string>): Promise<void>;
  /** Those that are open as they are now, all of one commit; see `DatasetLayout.refresh`. */
  refresh(): Promise<void>;
}

/** @throws as `openDataset`: each dataset when it is asked for */
export function openDatasets(source: ByteSource): Datasets {
  let file: Promise<Hdf5File> | undefined;
  const opened = new Map<string, Promise<DatasetLayout>>();
  const consistently = <T>(read: () => Promise<T>): Promise<T> =>
    source.consistently === undefined ? read() : source.consistently(read);

  const read = async (path: string): Promise<DatasetLayout> => {
    const found = await (file ??= openHdf5File(source));
    return found.steadily(async () => readDataset(found, await resolvePath(found, path), path));
  };
  const open: OpenDataset = (path) => {
    let dataset = opened.get(path);
    if (dataset === undefined) opened.set(path, (dataset = read(path)));
    return dataset;
  };

  return {
    open,
    openTogether(paths) {
      return consistently(async () => {
        // It may have grown since its size was looked at.
        if (source.consistently !== undefined) await source.refresh?.();
        file = undefined;
        opened.clear();
        const datasets = await Promise.allSettled(Array.from(paths, open));
        for (const dataset of datasets) {
          if (dataset.status === 'fulfilled') await readTree(source, dataset.value);
        }
      });
    },
    refresh: () =>
      consistently(async () => {
        const known = await Promise.allSettled(opened.values());
        for (const [i, path] of [...opened.keys()].entries()) {
          const dataset = known[i]!;
          // What couldn't be opened may have come to be.
          if (dataset.status === 'rejected') {
            opened.delete(path);
            continue;
          }
          const grown = await dataset.value.refresh();
          opened.set(path, Promise.resolve(grown));
          await readTree(source, grown);
        }
      }),
  };
}

/**
 * Trees are changed where they are known already when something is appended, and say less than arrays of
 * whether they are whole: of a file that is being written they are read before that.
 */
async function readTree(source: ByteSource, { index }: DatasetLayout): Promise<void> {
  if (!index.kind.endsWith('B-tree') || source.isChanging?.() !== true) return;
  for await (const block of index.blocks()) if (block.chunks.length < 0) return;
}
