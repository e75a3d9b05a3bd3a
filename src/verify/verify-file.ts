import type { DatasetLayout } from '../chunking/dataset-layout.js';
import { createDecoder } from '../chunking/filters/pipeline.js';
import { refusePlugins } from '../chunking/filters/registered-filters.js';
import { rowReader } from '../chunking/read-rows.js';
import { CorruptFileError, NotFoundError, UnsupportedLayoutError } from '../errors.js';
import { openFileSource, type FileSource } from '../storage/file-source.js';
import { openH5, type H5File } from '../storage/h5.js';
import { inflate } from '../storage/inflate.js';
import { journalState, type JournalState } from '../storage/journal-state.js';
import {
  findAttributes,
  findObjects,
  type FoundDataset,
  type FoundObjects,
} from './find-objects.js';
import { planeChecks, type PlaneChecks } from './plane-checks.js';
import { collectProblems, type Problem, type Problems } from './problems.js';
import { arePlanar, verifyChunks, type PlanarImages } from './verify-chunks.js';
import { verifyColumns } from './verify-columns.js';
import { heapScan, type HeapScan } from './verify-heaps.js';
import { verifyRows } from './verify-rows.js';

export interface VerifyFileOptions {
  /** The images; default `/images`, where there is such a dataset. */
  readonly dataset?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as planes are done, never after the promise is settled. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

export interface VerifyProgress {
  /** Planes. */
  readonly done: number;
  readonly total: number;
  /** Bytes of them, as they are in memory. */
  readonly bytes: number;
}

/** What was found in a file. */
export interface FileVerification {
  /** As it was asked for. */
  readonly file: string;
  readonly bytes: number;
  /** Whether nothing is wrong. */
  readonly sound: boolean;
  readonly journal: JournalState;
  /** Groups and datasets whose headers and attributes were read. */
  readonly objects: number;
  /** Stored chunks, all within the file and apart from one another. */
  readonly chunks: number;
  /** The dataset of images, and how many there are; `null` where there is none. */
  readonly dataset: string | null;
  readonly images: number | null;
  /** Planes that were held to a checksum, and those that weren't: there is none, or they can't be read. */
  readonly verified: number;
  readonly unverified: number;
  /** Columns of a file that an ingest made. */
  readonly columns: readonly string[];
  /** What is wrong: the first thousand of `problemCount`. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  readonly seconds: number;
}

/**
 * Looks for damage in an HDF5 file and changes nothing: reads the headers and attributes of all objects
 * and all chunk indexes, every plane of the images, which is held to its checksum, and the columns, held
 * to the images and to each other. Planes are read once, in file order, a few megabytes at a time.
 *
 * In a file of planefeed's it finds every changed byte of images, checksums, labels, chunk indexes and
 * headers. It can't find a change to what has no checksum and makes sense all the same: an id that
 * becomes another, in a file without splits; two labels that are exchanged; a number or string in
 * `/columns`.
 *
 * @throws NotFoundError when there is no file, or no such dataset; StorageError when it can't be read;
 *   `signal.reason` when aborted. Damage is no error: it is in `problems`.
 * @example
 * const { sound, problems } = await verifyFile('photos.h5');
 * for (const { message } of problems) console.error(message);
 */
export async function verifyFile(
  file: string,
  options: VerifyFileOptions = {},
): Promise<FileVerification> {
  const started = performance.now();
  const problems = collectProblems(file);
  const journal = journalState(file);
  if (journal === 'foreign') {
    problems.add('journal', `Expected a journal, found something else in ${file}-journal`, {});
  }
  let facts: Facts = NOTHING;
  if (journal === 'needed') {
    problems.add('journal', 'A commit is half in the file: planefeed recover completes it', {});
  } else {
    facts = await verifyOpened(file, options, problems);
  }
  const { kept, count } = problems;
  return {
    file,
    sound: count === 0,
    journal,
    ...facts,
    problems: kept,
    problemCount: count,
    seconds: (performance.now() - started) / 1000,
  };
}

type Facts = Pick<
  FileVerification,
  'bytes' | 'objects' | 'chunks' | 'dataset' | 'images' | 'verified' | 'unverified' | 'columns'
>;

const NOTHING: Facts = {
  bytes: 0,
  objects: 0,
  chunks: 0,
  dataset: null,
  images: null,
  verified: 0,
  unverified: 0,
  columns: [],
};

async function verifyOpened(
  file: string,
  options: VerifyFileOptions,
  problems: Problems,
): Promise<Facts> {
  const source = await openFileSource(file);
  let h5: H5File | undefined;
  try {
    h5 = await openH5(file, 'r');
    return await verifyContent(source, h5, options, problems);
  } catch (error) {
    // So damaged that nothing in it can be found.
    if (!(error instanceof CorruptFileError)) throw error;
    problems.addError('structure', error);
    return { ...NOTHING, bytes: source.size };
  } finally {
    await h5?.close();
    await source.close();
  }
}

async function verifyContent(
  source: FileSource,
  h5: H5File,
  { dataset, signal, onProgress }: VerifyFileOptions,
  problems: Problems,
): Promise<Facts> {
  const objects = await consistently(source, problems, (found) => findObjects(source, h5, found));
  signal?.throwIfAborted();
  const images = imagesOf(objects, dataset, source.name);
  const layouts = await walkIndexes(objects, problems);
  const heaps = await heapScan(source, problems);
  const facts = { ...NOTHING, bytes: source.size, objects: objects.size };
  if (images === undefined) {
    const chunks = await verifyChunks(source, layouts, undefined, heaps, problems, () => {
      signal?.throwIfAborted();
    });
    await verifyBeside(undefined);
    return { ...facts, chunks };
  }

  const count = images.shape[0] ?? 0;
  const channels = images.shape[3] ?? 1;
  const checksums = checksumsOf(objects, images.path);
  const checks = planeChecks(source, images.path, checksums, [count, channels], problems);
  const progress = progressOf(images, count * channels, signal, onProgress);
  const stored = { images, layouts, channels, checks, heaps };
  const chunks = await verifyImages(source, h5, stored, problems, progress);
  signal?.throwIfAborted();
  const columns = await verifyBeside(count);
  const { verified, unverified } = checks;
  return { ...facts, chunks, dataset: images.path, images: count, verified, unverified, columns };

  /** Attributes and columns, for which HDF5 is asked, which hangs on some damage of heaps. */
  async function verifyBeside(images: number | undefined): Promise<string[]> {
    if (!heaps.sound) return [];
    const attributes = await consistently(source, problems, (found) =>
      Promise.resolve(findAttributes(h5, objects, found)),
    );
    if (attributes.get('/')?.planefeed_format === undefined) return [];
    if (images === undefined) {
      problems.add('rows', 'Expected this dataset, found none', { dataset: '/images' });
      return [];
    }
    return verifyColumns({ source, h5, objects, attributes, images }, problems);
  }
}

/** Problems are those of the attempt in which nothing was committed. */
async function consistently<T>(
  source: FileSource,
  problems: Problems,
  read: (problems: Problems) => Promise<T>,
): Promise<T> {
  let found = collectProblems(source.name);
  const result = await source.consistently(() => read((found = collectProblems(source.name))));
  for (const { kind, message, place } of found.kept) problems.addMessage(kind, message, place);
  return result;
}

interface Images extends FoundDataset {
  readonly path: string;
}

function imagesOf(
  objects: FoundObjects,
  asked: string | undefined,
  file: string,
): Images | undefined {
  const path = asked === undefined || asked.startsWith('/') ? (asked ?? '/images') : `/${asked}`;
  const found = objects.get(path);
  if (found?.kind === 'dataset' && (found.shape.length === 3 || found.shape.length === 4)) {
    return { ...found, path };
  }
  if (asked === undefined) return undefined;
  throw new NotFoundError('Expected a dataset of images, of 3 or 4 dimensions, found none', {
    place: { file, dataset: path },
  });
}

function checksumsOf(objects: FoundObjects, images: string): FoundDataset | undefined {
  const found = objects.get(images.replace(/[^/]*$/, 'checksums'));
  return found?.kind === 'dataset' ? found : undefined;
}

/** Datasets whose chunk indexes are sound. */
async function walkIndexes(objects: FoundObjects, problems: Problems): Promise<DatasetLayout[]> {
  const layouts: DatasetLayout[] = [];
  for (const object of objects.values()) {
    if (object.kind !== 'dataset' || object.layout === undefined) continue;
    const { layout } = object;
    try {
      for await (const block of layout.index.blocks()) if (block.chunks.length === 0) break;
      layouts.push(layout);
    } catch (error) {
      problems.addError('structure', error, { dataset: layout.path });
    }
  }
  return layouts;
}

interface StoredImages {
  readonly images: Images;
  readonly layouts: readonly DatasetLayout[];
  readonly channels: number;
  readonly checks: PlaneChecks;
  readonly heaps: HeapScan;
}

async function verifyImages(
  source: FileSource,
  h5: H5File,
  { images, layouts, channels, checks, heaps }: StoredImages,
  problems: Problems,
  onProgress: (planes: number) => void,
): Promise<number> {
  const { layout, shape, path } = images;
  const count = shape[0] ?? 0;
  const isWalked = layout !== undefined && layouts.includes(layout);
  const isRead = isWalked && (await canDecode(layout));
  const planar: PlanarImages | undefined =
    isRead && arePlanar(layout, channels) ? { layout, channels, checks } : undefined;
  const chunks = await verifyChunks(source, layouts, planar, heaps, problems, onProgress);
  if (planar !== undefined) return chunks;
  if (layout !== undefined && !isWalked) {
    checks.skip(count * channels);
    onProgress(count * channels);
    return chunks;
  }
  if (!isRead) refusePlugins(h5.dataset(path).filters, { file: source.name, dataset: path });
  const wide = { start: [0, 0, 0].slice(0, shape.length - 1), count: shape.slice(1) };
  await verifyRows(
    {
      images: count,
      channels,
      pixels: (shape[1] ?? 0) * (shape[2] ?? 0),
      elementSize: layout?.type.size ?? Number(/\d+$/.exec(images.dtype)?.[0] ?? 8) / 8,
      rowsPerChunk: layout?.storage === 'chunked' ? (layout.chunkShape[0] ?? 1) : 1,
      read: isRead
        ? rowReader(source, inFileOrder(layout), inflate)
        : (start, stop) =>
            Promise.resolve(
              h5.readSlice(path, [start, ...wide.start], [stop - start, ...wide.count]),
            ),
    },
    checks,
    onProgress,
  );
  return chunks;
}

/** What a filter needs may not be installed, or only h5wasm has it. */
async function canDecode(layout: DatasetLayout): Promise<boolean> {
  try {
    await createDecoder({ ...layout, chunkBytes: 0 }, inflate);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedLayoutError) return false;
    throw error;
  }
}

/** Elements whose bytes are left as they are. */
function inFileOrder(layout: DatasetLayout): DatasetLayout {
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return { ...layout, type: { kind: 'u', size: layout.type.size, littleEndian } };
}

function progressOf(
  { shape, layout }: Images,
  total: number,
  signal: AbortSignal | undefined,
  onProgress: VerifyFileOptions['onProgress'],
): (planes: number) => void {
  const planeBytes = (shape[1] ?? 0) * (shape[2] ?? 0) * (layout?.type.size ?? 1);
  let done = 0;
  return (planes) => {
    signal?.throwIfAborted();
    done += planes;
    onProgress?.({ done, total, bytes: done * planeBytes });
  };
}
