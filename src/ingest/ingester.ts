import { partNumberOf } from '../common/parts.js';
import { ClosedError, ImageError, InvalidOptionError } from '../errors.js';
import type { Durability } from '../storage/h5.js';
import { openClassLabels } from './class-labels.js';
import { channelCount } from './decode.js';
import { openDuplicates } from './duplicates.js';
import type { ImageFile } from './image-file.js';
import { openImageFile } from './image-file.js';
import type { ImageSettings, RequestedSettings } from './image-settings.js';
import { openKnownIds } from './known-ids.js';
import type { PixelArray } from './pixel-types.js';
import { pixelTypes } from './pixel-types.js';
import { storedRows } from './stored-rows.js';
import type { ColumnTypes, ColumnValue } from './value-columns.js';
import { misfit, openValueColumns } from './value-columns.js';
import { createWaitingRows } from './waiting-rows.js';
import { writeRows } from './write-rows.js';

export interface IngesterOptions extends RequestedSettings {
  /** Images between commits; default 256. With placement `channel`, rounded up to whole runs. */
  readonly commitEvery?: number | undefined;
  /** Default `full`. */
  readonly durability?: Durability | undefined;
  /** Datasets in `/columns` with a value for each image: all that the file has, and no others. */
  readonly columns?: ColumnTypes | undefined;
  /** Leave out images whose pixels are those of an image that is in, exactly. Default false. */
  readonly dedupe?: boolean | undefined;
}

/** One image to append. */
export interface IngestImage {
  /** Names the image; no two images of a file have the same. */
  readonly id: string;
  /** Its class, by name: numbered when first met. Neither this nor `label`: label -1. */
  readonly className?: string | undefined;
  /** Its class, by number: stored as it is. */
  readonly label?: number | undefined;
  /** A value for each column of the file. */
  readonly columns?: Readonly<Record<string, ColumnValue>> | undefined;
  /** `height × width × channels` elements of the file's dtype, interleaved. */
  readonly pixels: PixelArray;
}

/** Many images in one array, and what goes with each of them. */
export interface IngestBatch {
  readonly ids: readonly string[];
  readonly classNames?: readonly string[] | undefined;
  readonly labels?: ArrayLike<number> | undefined;
  /** An array of values for each column of the file. */
  readonly columns?: Readonly<Record<string, ArrayLike<ColumnValue>>> | undefined;
  /** `images × height × width × channels` elements of the file's dtype. */
  readonly pixels: PixelArray;
}

/** What became of an image: `duplicateOf` is the id of the image with the same pixels, if it was left out for it. */
export interface Appended {
  readonly duplicateOf?: string;
}

/** Appends images to a file. Calls are made one after the other, but for `has` and `rowOf`. */
export interface Ingester extends AsyncDisposable {
  readonly settings: ImageSettings;
  /** Images in the file and waiting to be written. */
  readonly count: number;
  /** Images that are in the file for good. */
  readonly committed: number;
  /** The names of the classes; their places are the labels. */
  readonly classes: readonly string[];
  /** The columns of the file. */
  readonly columns: ColumnTypes;
  /** Whether an image is in the file or waits to be written. */
  has(id: string): Promise<boolean>;
  /** The row of the image with this id, in the file or once it is written; `undefined` if it isn't in. */
  rowOf(id: string): Promise<number | undefined>;
  /** Numbers classes ahead of their first image, in this order. Known ones keep their number. */
  addClasses(names: readonly string[]): void;
  append(image: IngestImage): Promise<Appended>;
  /** Appends many images; what doesn't fit is refused before any of them is in. */
  appendBatch(images: IngestBatch): Promise<Appended[]>;
  /** Writes what is waiting (with placement `channel` that ends the run) and commits. */
  commit(): Promise<void>;
  /** Commits and closes. After a failed write it only closes. */
  close(): Promise<void>;
  /**
   * Drops what is waiting to be written, commits and closes: appending the same images again
   * later gives the file that an undisturbed run would have given.
   */
  stop(): Promise<void>;
}

/**
 * Opens or creates a file to append images to. A new file needs `height` and `width`; of an
 * existing one the options must be as they are in the file, or left out.
 *
 * Images are written in batches: with placement `image` in as many as fit into 32 MiB, with
 * `channel` in whole runs, so a run may take at most 512 MiB. A commit makes whole batches
 * durable; the last run of a session may be short, and appending later starts a new one. Each image
 * in the file takes up to 14 bytes of memory, with `dedupe` twice as much.
 *
 * @throws InvalidOptionError, NotFoundError, StorageError, CorruptFileError
 * @example
 * await using ingester = await createIngester('data.h5', { height: 64, width: 64 });
 * await ingester.append({ id: 'a', className: 'cats', pixels });
 */
export function createIngester(file: string, options: IngesterOptions = {}): Promise<Ingester> {
  return openIngester(file, options, true);
}

/** @param journal without one a crash may spoil the file: to measure what it costs */
export async function openIngester(
  file: string,
  options: IngesterOptions,
  journal: boolean,
): Promise<Ingester> {
  const { commitEvery = 256, durability = 'full', columns, dedupe = false, ...requested } = options;
  requirePositive('commitEvery', commitEvery);
  requirePositive('height', requested.height);
  requirePositive('width', requested.width);
  requirePositive('run', requested.run);
  const target = await openImageFile(file, requested, columns, { durability, journal });
  try {
    return makeIngester(target, commitEvery, dedupe);
  } catch (error) {
    await target.h5.close();
    throw error;
  }
}

/** The label of an image that has no class. */
const noClass = -1;

function makeIngester(
  { h5, settings, rows: rowsBefore, columns, statistics }: ImageFile,
  commitEvery: number,
  dedupe: boolean,
): Ingester {
  const { height, width, split, dtype } = settings;
  const channels = channelCount[settings.channels];
  const elements = height * width * channels;
  const waiting = createWaitingRows(settings, commitEvery);
  const values = openValueColumns(h5, columns);
  const classes = openClassLabels(h5, rowsBefore);
  const partOf = split === undefined ? () => 0 : partNumberOf(split, 0);
  let written = rowsBefore;
  let committed = rowsBefore;
  const stored = storedRows(h5, settings, waiting, () => written);
  const ids = openKnownIds(rowsBefore, (start, count) => stored.ids(start, count));
  const duplicates = dedupe
    ? openDuplicates(rowsBefore, channels, (start, count) => stored.checksums(start, count))
    : undefined;
  let committing: Promise<void> | undefined;
  let state: 'open' | 'failed' | 'closed' = 'open';

  const writeWaiting = async (): Promise<void> => {
    const { count, labels } = waiting;
    if (count === 0) return;
    await writeRows(h5, settings, waiting, written);
    values.write(written);
    for (let row = 0; row < count; row++) {
      classes.count(labels[row]!);
      statistics?.add(waiting.planes.sums(row));
    }
    written += count;
    waiting.clear();
  };

  const commitWritten = async (): Promise<void> => {
    classes.write();
    values.writeNames();
    if (written > committed) statistics?.write();
    committing = h5.commit();
    try {
      await committing;
    } finally {
      committing = undefined;
    }
    committed = written;
  };

  const guarded = async <T>(operation: () => T | Promise<T>): Promise<T> => {
    if (state !== 'open') {
      throw new ClosedError(
        `The ingester is ${state === 'closed' ? 'closed' : 'out of use after a failure'}`,
        { place: { file: h5.path } },
      );
    }
    try {
      return await operation();
    } catch (error) {
      state = 'failed';
      throw error;
    }
  };

  const finish = async (keepWaiting: boolean): Promise<void> => {
    if (state === 'closed') return;
    const failed = state === 'failed';
    try {
      if (!failed) {
        await guarded(async () => {
          if (keepWaiting) await writeWaiting();
          if (written > committed || classes.changed) await commitWritten();
        });
      }
    } finally {
      state = 'closed';
      await h5.close();
    }
  };

  /** The file can't be read while a commit is made; but ids that aren't in need no look at it. */
  const rowOf = async (id: string): Promise<number | undefined> => {
    if (!ids.mayHold(id)) return undefined;
    while (committing !== undefined) await committing.catch(() => undefined);
    return ids.find(id);
  };

  /** Reading ids may fail, but that spoils nothing: it comes before all changes. */
  const requireFits = ({ id, columns: row = {}, pixels }: IngestImage): void => {
    if (/[\0\p{Surrogate}]/u.test(id)) {
      throw new InvalidOptionError(
        `HDF5 can't store the id ${JSON.stringify(id)}: it holds NUL or half a character`,
      );
    }
    if (state === 'open' && ids.find(id) !== undefined) {
      throw new InvalidOptionError(`An image with the id '${id}' is in the file already`, {
        place: { file: h5.path },
      });
    }
    if (!(pixels instanceof pixelTypes[dtype].array)) {
      throw new ImageError(`Expected pixels of ${dtype}, got a ${nameOf(pixels)} for '${id}'`);
    }
    if (pixels.length !== elements) {
      throw new ImageError(
        `Expected ${height}×${width}×${channels} = ${elements} elements of pixels, got ${pixels.length} for '${id}'`,
      );
    }
    const wrong = misfit(columns, row);
    if (wrong !== undefined) throw new InvalidOptionError(`Can't append '${id}': ${wrong}`);
  };

  const put = async (image: IngestImage): Promise<Appended> => {
    const { id, className, label, columns: row = {} } = image;
    const checksums = waiting.prepare(image.pixels);
    const same = duplicates?.find(checksums, (row) => stored.isLikeNext(row));
    if (same !== undefined) return { duplicateOf: stored.ids(same, 1)[0]! };
    duplicates?.add(checksums);
    ids.add(id);
    values.push(row);
    const number = label ?? (className === undefined ? noClass : classes.labelOf(className));
    waiting.keep(id, number, partOf(id));
    const due = written - committed + waiting.count >= commitEvery;
    if (waiting.count < waiting.capacity && (settings.placement === 'channel' || !due)) return {};
    await writeWaiting();
    if (due) await commitWritten();
    return {};
  };

  return {
    settings,
    get count() {
      return written + waiting.count;
    },
    get committed() {
      return committed;
    },
    get classes() {
      return classes.names;
    },
    columns,
    has: async (id) => (await rowOf(id)) !== undefined,
    rowOf,
    addClasses: (names) => {
      for (const name of names) classes.labelOf(name);
    },
    append: async (image) => {
      requireFits(image);
      return guarded(() => put(image));
    },
    appendBatch: async (batch) => {
      const images = imagesOf(batch, elements);
      images.forEach(requireFits);
      requireDistinct(batch.ids);
      return guarded(async () => {
        const appended: Appended[] = [];
        for (const image of images) appended.push(await put(image));
        return appended;
      });
    },
    commit: () =>
      guarded(async () => {
        await writeWaiting();
        await commitWritten();
      }),
    close: () => finish(true),
    stop: () => finish(false),
    [Symbol.asyncDispose]: () => finish(true),
  };
}

/** The images of a batch, their pixels being views of its array. */
function imagesOf(batch: IngestBatch, elements: number): IngestImage[] {
  const { ids, classNames, labels, columns = {}, pixels } = batch;
  const sizes = { classNames, labels, ...columns };
  for (const [name, values] of Object.entries(sizes)) {
    if (values === undefined || values.length === ids.length) continue;
    throw new InvalidOptionError(
      `Expected a value of \`${name}\` for each of the ${ids.length} images, got ${values.length}`,
    );
  }
  if (pixels.length !== ids.length * elements) {
    throw new ImageError(
      `Expected ${ids.length} × ${elements} elements of pixels, got ${pixels.length}`,
    );
  }
  return ids.map((id, at) => ({
    id,
    className: classNames?.[at],
    label: labels?.[at],
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, values[at]!]),
    ),
    pixels: pixels.subarray(at * elements, (at + 1) * elements),
  }));
}

function requireDistinct(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw new InvalidOptionError(`Expected each id once in a batch, got '${id}' twice`);
    }
    seen.add(id);
  }
}

function nameOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return;
  throw new InvalidOptionError(`Expected ${name} to be a whole number above 0, got ${value}`);
}
