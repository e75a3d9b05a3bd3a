import { availableParallelism } from 'node:os';
import { imageChunks } from '../../chunking/image-chunks.js';
import { openDatasets } from '../../chunking/open-dataset.js';
import { openFileSource } from '../../storage/file-source.js';
import { openH5 } from '../../storage/h5.js';
import { prepareAssembly } from '../assembly-spec.js';
import { resolveAugmentation } from '../augmentation/augmentation.js';
import { createChooser } from '../augmentation/choices.js';
import type { BatchDtype } from '../batch.js';
import { createBatchMemory } from '../batch-memory.js';
import type { Column } from '../columns.js';
import { resolveDepths } from '../depth.js';
import { createLane } from '../lane.js';
import { createLoader, type Loader } from '../loader.js';
import {
  resolveAffine,
  resolveChannels,
  resolveDtype,
  resolveOptions,
  type LoaderOptions,
} from '../options.js';
import type { TaskLimits } from '../plan-tasks.js';
import { checksumsPath } from './open-checksums.js';
import { columnPaths } from './open-columns.js';
import { openContent } from './open-content.js';
import { openExecutor } from './open-executor.js';
import { openImages } from './open-images.js';
import { steadily } from './steadily.js';

const MIB = 2 ** 20;
/** Merged reads stay below this: long enough for a disk, short enough for scratch memory. */
const MAX_READ = 8 * MIB;
/** What a worker is given at a time: enough to be worth a message, little enough to share evenly. */
const TASK_BYTES = 2 * MIB;

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
    const datasets = openDatasets(source);
    const { dataset = '/images' } = options;
    // All of one commit, if someone is writing the file.
    await datasets.openTogether([dataset, ...columnPaths(options.columns), checksumsPath(dataset)]);
    const images = await openImages(source, datasets.open, options);
    cleanups.push(() => images.close());
    const { layout, axes } = images;
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
    const executor = await openExecutor(
      {
        ...{ memory, spec, fd: source.fd, file: source.name },
        tolerant: resolved.onCorrupt !== 'error',
      },
      options.workers,
      images.readInto,
    );
    cleanups.push(() => executor.close());
    const content = await openContent(source, datasets, images, options, resolved, spec, channels);
    const limits: TaskLimits = {
      gap: resolved.coalesceGap,
      maxLength: MAX_READ,
      taskBytes: TASK_BYTES,
      ...images.limits,
    };
    const { workers } = executor;
    const laneName = images.readInto === undefined ? 'fast' : 'h5wasm';
    return createLoader<D>({
      options: resolved,
      content,
      imageShape:
        resolved.layout === 'nhwc'
          ? [height, width, channels.length]
          : [channels.length, height, width],
      imageBytes,
      dtype: dtype as D,
      depths: resolveDepths(options.prefetch, batchBytes, workers),
      lane: createLane(
        content.index,
        spec,
        imageBytes,
        executor,
        limits,
        { plan: content.plan, channels },
        choose,
      ),
      facts: {
        workers,
        cores: availableParallelism(),
        shuffle: resolved.order.shuffle,
        dtype,
        lane: laneName,
        filters: layout.filters.map(({ name }) => name),
        channels: channels.length,
      },
      laneName,
      laneReason: images.reason,
      memory,
      classNames: (column) =>
        steadily(source, () => classNames(path, content.current().columns[column])),
      dispose,
    });
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function classNames(file: string, column: Column | undefined): Promise<string[] | undefined> {
  if (column === undefined) return undefined;
  await using h5 = await openH5(file, 'r');
  const names = h5.readAttribute(column.path, 'names');
  return Array.isArray(names) ? names.map(String) : undefined;
}
