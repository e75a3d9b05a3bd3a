import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { StoredImages } from '../stored-images.js';
import { imageChunks, resolveAxes, type ImageAxes } from '../../chunking/image-chunks.js';
import type { DatasetLayout } from '../../chunking/dataset-layout.js';
import { createDecoder } from '../../chunking/filters/pipeline.js';
import { isPlugin } from '../../chunking/filters/registered-filters.js';
import { datasetOpener, type OpenDataset } from '../../chunking/open-dataset.js';
import { InvalidOptionError, UnsupportedLayoutError } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import { openFileSource } from '../../storage/file-source.js';
import { openH5 } from '../../storage/h5.js';
import { inflate } from '../../storage/inflate.js';
import { readInto } from '../../storage/read-into.js';
import {
  createAssembler,
  createImageDecoder,
  type AssemblySpec,
  type ReadInto,
} from '../assembly.js';
import { prepareAssembly } from '../assembly-spec.js';
import { resolveAugmentation } from '../augmentation/augmentation.js';
import { createChooser } from '../augmentation/choices.js';
import type { BatchDtype } from '../batch.js';
import { createBatchMemory, type BatchMemory } from '../batch-memory.js';
import type { Column } from '../columns.js';
import { inlineExecutor, type Executor } from '../executor.js';
import { createLane } from '../lane.js';
import { createLoader, type Loader } from '../loader.js';
import {
  resolveAffine,
  resolveChannels,
  resolveDtype,
  resolveOptions,
  resolvePrefetch,
  type LoaderOptions,
} from '../options.js';
import type { TaskLimits } from '../plan-tasks.js';
import { createScratch } from '../scratch.js';
import { planVerification } from '../verification.js';
import { openH5wasmDataset } from './h5wasm-reader.js';
import { openChecksums } from './open-checksums.js';
import { openColumns } from './open-columns.js';
import { openOrder } from './open-order.js';
import { workerExecutor } from './worker-executor.js';

const MIB = 2 ** 20;
/** Merged reads stay below this: long enough for a disk, short enough for scratch memory. */
const MAX_READ = 8 * MIB;
/** What a worker is given at a time: enough to be worth a message, little enough to share evenly. */
const TASK_BYTES = 2 * MIB;
const MAX_DEFAULT_WORKERS = 4;
/** Image numbers are delivered as 32-bit integers. */
const MAX_IMAGES = 2 ** 32 - 1;

/**
 * Opens an HDF5 file for streaming batches of its images: one that `planefeed ingest` wrote, or any
 * numeric dataset of rank 3 or 4.
 *
 * @throws NotFoundError when the file, the dataset or a column isn't there
 * @throws CorruptFileError when the file is damaged
 * @throws InvalidOptionError when an option isn't what it must be
 * @example
 * await using loader = await openLoader('pets.h5', {
 *   batchSize: 32, shuffle: 'full', seed: 1, dtype: 'float32', scale: 1 / 255,
 * });
 * for await (const batch of loader) {
 *   batch.images; // Float32Array of batch.shape, [32, 224, 224, 3]
 *   batch.columns.label; // Int32Array
 * }
 */
export async function openLoader<D extends BatchDtype = BatchDtype>(
  path: string,
  options: LoaderOptions<D> = {},
): Promise<Loader<D>> {
  const resolved = resolveOptions(options);
  const source = await openFileSource(path);
  const cleanups: (() => Promise<void>)[] = [() => source.close()];
  const dispose = async (): Promise<void> => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  };
  try {
    const openDataset = datasetOpener(source);
    const dataset = await openImages(source, openDataset, options);
    cleanups.push(() => dataset.close());
    const { layout, axes } = dataset;
    const available = layout.shape[axes.image]!;
    if (available > MAX_IMAGES) {
      throw new InvalidOptionError(`Expected at most ${MAX_IMAGES} images, got ${available}`, {
        place: { file: source.name, dataset: layout.path },
      });
    }
    const channelCount = axes.channel < 0 ? 1 : layout.shape[axes.channel]!;
    const channels = resolveChannels(options.channels, channelCount);
    const dtype = resolveDtype(options.dtype, layout.type);
    const affine = resolveAffine(options, dtype, channels.length);
    const chunks = imageChunks(layout, axes, channels);
    const augmentation = resolveAugmentation(options, dtype, chunks);
    const { height, width } = augmentation ?? chunks;
    const imageBytes = height * width * channels.length * (dtype === 'uint8' ? 1 : 4);
    const batchBytes = resolved.batchSize * imageBytes;

    const memory = createBatchMemory(resolved.memoryLimit);
    const spec = prepareAssembly(
      memory,
      layout,
      chunks,
      { input: layout.type, dtype, ...affine },
      resolved.layout,
      source.name,
      augmentation,
    );
    const choose =
      augmentation === undefined
        ? undefined
        : createChooser(augmentation, resolved.order.seed, chunks);
    if (batchBytes > memory.limit - memory.used) throw memory.limitError(batchBytes, 'one batch');
    // Threads start while the rest is opened.
    const tolerant = resolved.onCorrupt !== 'error';
    const workers = dataset.readInto === undefined ? (options.workers ?? defaultWorkers()) : 0;
    const executor =
      workers > 0
        ? workerExecutor(workers, { spec, fd: source.fd, file: source.name, tolerant }, memory)
        : await callingThread(
            memory,
            spec,
            dataset.readInto ?? readInto(source.fd, source.name),
            tolerant,
          );
    cleanups.push(() => executor.close());
    const [columns, stream, checksums] = await Promise.all([
      openColumns(source, openDataset, options.columns, available),
      openOrder(
        source,
        openDataset,
        { layout, axes, read: readerOf(source, dataset.readInto) },
        available,
        resolved.order,
        options.columns,
      ),
      resolved.verify === 'off'
        ? undefined
        : openChecksums(source, openDataset, layout.path, available, channelCount, channels),
    ]);
    const limits: TaskLimits = {
      gap: resolved.coalesceGap,
      maxLength: MAX_READ,
      taskBytes: TASK_BYTES,
      ...dataset.limits,
    };
    const integrity = {
      plan: planVerification(resolved.verify, resolved.order.seed, spec, checksums),
      channels,
    };
    const prefetch = resolvePrefetch(options.prefetch, batchBytes);
    return createLoader<D>({
      options: resolved,
      ...stream,
      imageShape:
        resolved.layout === 'nhwc'
          ? [height, width, channels.length]
          : [channels.length, height, width],
      imageBytes,
      dtype: dtype as D,
      prefetch,
      // With workers one window is read while the one before is consumed.
      window: workers > 0 ? Math.max(1, Math.floor(prefetch / 2)) : prefetch,
      lane: createLane(layout.index, spec, imageBytes, executor, limits, integrity, choose),
      facts: {
        workers,
        cores: availableParallelism(),
        shuffle: resolved.order.shuffle,
        dtype,
        lane: dataset.readInto === undefined ? 'fast' : 'h5wasm',
        filters: layout.filters.map(({ name }) => name),
        channels: channels.length,
      },
      laneName: dataset.readInto === undefined ? 'fast' : 'h5wasm',
      laneReason: dataset.reason,
      memory,
      columns,
      classNames: (column) => classNames(path, columns[column]),
      dispose,
    });
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface OpenedImages {
  readonly layout: StoredImages;
  readonly axes: ImageAxes;
  /** Set in the h5wasm lane: how its images are read. */
  readonly readInto?: ReadInto;
  readonly limits?: Partial<TaskLimits>;
  readonly reason: string | undefined;
  close(): Promise<void>;
}

async function openImages(
  source: ByteSource,
  openDataset: OpenDataset,
  { dataset = '/images', axes }: LoaderOptions,
): Promise<OpenedImages> {
  let layout: DatasetLayout | undefined;
  try {
    layout = await openDataset(dataset);
    // Fails here, not in a worker, for a filter that the fast lane doesn't have.
    await createDecoder({ ...layout, chunkBytes: 0 }, inflate, { file: source.name, dataset });
    return {
      layout,
      axes: resolveAxes(axes, layout.shape.length),
      reason: undefined,
      close: () => Promise.resolve(),
    };
  } catch (error) {
    if (!(error instanceof UnsupportedLayoutError) || layout?.filters.some(isPlugin)) throw error;
    const opened = await openH5wasmDataset(source.name, dataset, axes);
    process.emitWarning(`${error.message}. The HDF5 library reads it instead, more slowly.`, {
      type: 'PlanefeedWarning',
      code: 'PLANEFEED_H5WASM_LANE',
    });
    // A read is one image: the virtual file can't be read across.
    return { ...opened, limits: { gap: -1, maxLength: 0 }, reason: error.feature };
  }
}

/** Reads of what the lane reads from: the file, or the images as h5wasm has them. */
function readerOf(
  source: ByteSource,
  readInto: ReadInto | undefined,
): (offset: number, length: number) => Promise<Uint8Array> {
  if (readInto === undefined) return (offset, length) => source.read(offset, length);
  return (offset, length) => {
    const bytes = new Uint8Array(length);
    readInto(bytes, 0, length, offset);
    return Promise.resolve(bytes);
  };
}

async function callingThread(
  memory: BatchMemory,
  spec: AssemblySpec,
  readInto: ReadInto,
  tolerant: boolean,
): Promise<Executor> {
  const decode = await createImageDecoder(spec, inflate);
  const assemble = createAssembler(memory.wasm, spec, { readInto, decode, crc32, tolerant });
  return inlineExecutor(assemble, createScratch(memory), setImmediate);
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(MAX_DEFAULT_WORKERS, availableParallelism() - 1));
}

async function classNames(file: string, column: Column | undefined): Promise<string[] | undefined> {
  if (column === undefined) return undefined;
  await using h5 = await openH5(file, 'r');
  const names = h5.readAttribute(column.path, 'names');
  return Array.isArray(names) ? names.map(String) : undefined;
}
