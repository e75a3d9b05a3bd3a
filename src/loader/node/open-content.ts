import type { ChunkIndex } from '../../chunking/chunk-index.js';
import type { Datasets } from '../../chunking/open-dataset.js';
import { InvalidOptionError, StorageError, type ErrorPlace } from '../../errors.js';
import type { ByteSource } from '../../storage/byte-source.js';
import type { AssemblySpec } from '../assembly.js';
import type { Content, GrowingContent } from '../content.js';
import type { LoaderOptions, ResolvedOptions } from '../options.js';
import type { ResolvedOrder } from '../order-options.js';
import type { StreamPoint } from '../planned-batches.js';
import type { StoredImages } from '../stored-images.js';
import { planVerification, type PlanChecks } from '../verification.js';
import { openChecksums } from './open-checksums.js';
import { openColumns } from './open-columns.js';
import { readerOf, type OpenedImages } from './open-images.js';
import { openOrder } from './open-order.js';

/** Image numbers are delivered as 32-bit integers. */
const MAX_IMAGES = 2 ** 32 - 1;

/** The content of a file, and what its images are read and checked by: always those of what is current. */
export interface OpenedContent extends GrowingContent {
  readonly index: Pick<ChunkIndex, 'locate'>;
  readonly plan: PlanChecks;
}

interface ReadContent extends Content {
  readonly start: StreamPoint;
  readonly layout: StoredImages;
  readonly plan: PlanChecks;
}

/**
 * Opens what a loader delivers: order, columns and checksums.
 *
 * @param spec how images are assembled; the same however many there are
 * @param channels delivered
 * @throws InvalidOptionError where an option doesn't fit the file
 */
export async function openContent(
  source: ByteSource,
  datasets: Datasets,
  images: OpenedImages,
  options: LoaderOptions,
  resolved: ResolvedOptions,
  spec: AssemblySpec,
  channels: readonly number[],
): Promise<OpenedContent> {
  const { axes } = images;
  const place: ErrorPlace = { file: source.name, dataset: images.layout.path };
  if (resolved.order.follow) expectFollowable(images, place);

  const read = async (layout: StoredImages, order: ResolvedOrder): Promise<ReadContent> => {
    const available = layout.shape[axes.image]!;
    if (available > MAX_IMAGES) {
      throw new InvalidOptionError(`Expected at most ${MAX_IMAGES} images, got ${available}`, {
        place,
      });
    }
    const channelCount = axes.channel < 0 ? 1 : layout.shape[axes.channel]!;
    const [columns, stream, checksums] = await Promise.all([
      openColumns(source, datasets.open, options.columns, available, {
        path: layout.path,
        axis: axes.image,
      }),
      openOrder(
        source,
        datasets.open,
        { layout, axes, read: readerOf(source, images.readInto) },
        available,
        order,
        options.columns,
      ),
      resolved.verify === 'off'
        ? undefined
        : openChecksums(source, datasets.open, layout.path, available, channelCount, channels),
    ]);
    const plan = planVerification(resolved.verify, order.seed, spec, checksums);
    return { ...stream, columns, layout, plan };
  };

  let current = await read(images.layout, resolved.order);
  const growOnce = async (): Promise<void> => {
    await datasets.refresh();
    const layout = await datasets.open(images.layout.path);
    const available = layout.shape[axes.image]!;
    if (available === current.rows) return;
    if (available < current.rows) {
      throw new StorageError(`Expected ${current.rows} images or more, got ${available}`, {
        place,
        advice: 'The file was cut or written anew: open it again',
      });
    }
    current = await read(layout, { ...resolved.order, state: undefined });
  };
  // One after the other, also where somebody has stopped waiting for the one before.
  let growing: Promise<void> = Promise.resolve();
  const grow = (): Promise<void> => {
    growing = growing.then(growOnce, growOnce);
    growing.catch(() => undefined);
    return growing;
  };
  return {
    start: current.start,
    current: () => current,
    grow: resolved.order.follow ? grow : undefined,
    index: { locate: (chunks) => current.layout.index.locate(chunks) },
    plan: (...window) => current.plan(...window),
  };
}

function expectFollowable({ axes, reason, readInto }: OpenedImages, place: ErrorPlace): void {
  if (readInto !== undefined) {
    throw new InvalidOptionError(
      `Expected images that the fast lane reads for \`follow\`, got ${reason ?? 'others'}`,
      { place },
    );
  }
  if (axes.image === 0) return;
  throw new InvalidOptionError('Expected images along the first axis for `follow`', {
    place,
    advice: 'Leave `follow` out, or store the images one after the other',
  });
}
