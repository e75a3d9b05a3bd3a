import zlib from 'node:zlib';
import { ClosedError, ImageError, InvalidOptionError } from '../errors.js';
import type { Durability } from '../storage/h5.js';
import { channelCount } from './decode.js';
import type { ImageFile, ImageSettings, RequestedSettings } from './image-file.js';
import { openImageFile } from './image-file.js';
import { splitPlanes } from './planes.js';
import type { ColumnTypes, ColumnValue } from './value-columns.js';
import { misfit, openValueColumns } from './value-columns.js';

export interface IngesterOptions extends RequestedSettings {
  /** Images between commits; default 256. With placement `channel`, rounded up to whole runs. */
  readonly commitEvery?: number | undefined;
  /** Default `full`. */
  readonly durability?: Durability | undefined;
  /** Datasets in `/columns` with a value for each image: all that the file has, and no others. */
  readonly columns?: ColumnTypes | undefined;
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
  /** `height × width × channels` bytes, interleaved. */
  readonly pixels: Uint8Array;
}

/** Appends images to a file. Calls are made one after the other. */
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
  has(id: string): boolean;
  /** Numbers classes ahead of their first image, in this order. Known ones keep their number. */
  addClasses(names: readonly string[]): void;
  append(image: IngestImage): Promise<void>;
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
 * durable; the last run of a session may be short, and appending later starts a new one.
 *
 * @throws InvalidOptionError, NotFoundError, StorageError, CorruptFileError
 * @example
 * await using ingester = await createIngester('data.h5', { height: 64, width: 64 });
 * await ingester.append({ id: 'a', className: 'cats', pixels });
 */
export async function createIngester(
  file: string,
  options: IngesterOptions = {},
): Promise<Ingester> {
  const { commitEvery = 256, durability = 'full', columns, ...requested } = options;
  requirePositive('commitEvery', commitEvery);
  requirePositive('height', requested.height);
  requirePositive('width', requested.width);
  requirePositive('run', requested.run);
  const target = await openImageFile(file, requested, columns, durability);
  return makeIngester(target, commitEvery);
}

/** The label of an image that has no class. */
const noClass = -1;
const batchBytes = 2 ** 25;
/** Planes are copied into HDF5's memory on writing; this bounds the copy. */
const writeBytes = 2 ** 24;

function makeIngester(
  { h5, settings, ids, classes, columns }: ImageFile,
  commitEvery: number,
): Ingester {
  const { height, width, placement, run } = settings;
  const c = channelCount[settings.channels];
  const pixels = height * width;
  const capacity =
    placement === 'channel'
      ? run
      : Math.max(1, Math.min(commitEvery, Math.floor(batchBytes / (pixels * c))));

  const known = new Set(ids);
  const labels = new Map(classes.map((name, label) => [name, label]));
  const planes = new Uint8Array(capacity * c * pixels);
  const batch = {
    ids: [] as string[],
    labels: new Int32Array(capacity),
    checksums: new Uint32Array(capacity * c),
  };
  const values = openValueColumns(h5, columns);
  let written = ids.size;
  let committed = ids.size;
  let namesChanged = false;
  let state: 'open' | 'failed' | 'closed' = 'open';

  /** Where a plane waits, so that the batch lies in memory in the order of placement. */
  const planeAt = (row: number, channel: number): Uint8Array => {
    const index = placement === 'channel' ? channel * capacity + row : row * c + channel;
    return planes.subarray(index * pixels, (index + 1) * pixels);
  };

  const labelOf = (className: string): number => {
    const label = labels.get(className) ?? labels.size;
    if (label === labels.size) {
      labels.set(className, label);
      namesChanged = true;
    }
    return label;
  };

  /** All columns grow together: a row is in the file whole or not at all. */
  const writeBatch = (): void => {
    const rows = batch.ids.length;
    if (rows === 0) return;
    const end = written + rows;
    h5.resize('/images', [end, height, width, c]);
    for (const { row, channel, count } of writesOf(placement, rows, c, pixels)) {
      const first = planeAt(row, channel);
      const data = new Uint8Array(planes.buffer, first.byteOffset, count * pixels);
      h5.writeSlice('/images', [written + row, 0, 0, channel], [count, height, width, 1], data);
    }
    h5.resize('/checksums', [end, c]);
    h5.writeSlice('/checksums', [written, 0], [rows, c], batch.checksums.subarray(0, rows * c));
    h5.resize('/labels', [end]);
    h5.writeSlice('/labels', [written], [rows], batch.labels.subarray(0, rows));
    h5.resize('/ids', [end]);
    h5.writeStrings('/ids', written, batch.ids);
    values.write(written);
    written = end;
    batch.ids = [];
  };

  const commitWritten = async (): Promise<void> => {
    if (namesChanged) h5.writeAttribute('/labels', 'names', [...labels.keys()]);
    namesChanged = false;
    values.writeNames();
    await h5.commit();
    committed = written;
  };

  const guarded = async (operation: () => void | Promise<void>): Promise<void> => {
    if (state !== 'open') {
      throw new ClosedError(
        `The ingester is ${state === 'closed' ? 'closed' : 'out of use after a failure'}`,
        {
          place: { file: h5.path },
        },
      );
    }
    try {
      await operation();
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
          if (keepWaiting) writeBatch();
          if (written > committed || namesChanged) await commitWritten();
        });
      }
    } finally {
      state = 'closed';
      await h5.close();
    }
  };

  return {
    settings,
    get count() {
      return written + batch.ids.length;
    },
    get committed() {
      return committed;
    },
    get classes() {
      return [...labels.keys()];
    },
    columns,
    has: (id) => known.has(id),
    addClasses: (names) => {
      names.forEach(labelOf);
    },

    append: async ({ id, className, label, columns: row = {}, pixels: interleaved }) => {
      if (known.has(id)) {
        throw new InvalidOptionError(`An image with the id '${id}' is in the file already`, {
          place: { file: h5.path },
        });
      }
      if (interleaved.length !== pixels * c) {
        throw new ImageError(
          `Expected ${height}×${width}×${c} = ${pixels * c} bytes of pixels, got ${interleaved.length} for '${id}'`,
        );
      }
      const wrong = misfit(columns, row);
      if (wrong !== undefined) throw new InvalidOptionError(`Can't append '${id}': ${wrong}`);
      await guarded(async () => {
        const at = batch.ids.length;
        const rowPlanes = Array.from({ length: c }, (_, channel) => planeAt(at, channel));
        splitPlanes(interleaved, rowPlanes);
        rowPlanes.forEach((plane, channel) => {
          batch.checksums[at * c + channel] = zlib.crc32(plane);
        });
        batch.labels[at] = label ?? (className === undefined ? noClass : labelOf(className));
        values.push(row);
        batch.ids.push(id);
        known.add(id);
        const due = written - committed + batch.ids.length >= commitEvery;
        if (batch.ids.length < capacity && (placement === 'channel' || !due)) return;
        writeBatch();
        if (due) await commitWritten();
      });
    },

    commit: () =>
      guarded(async () => {
        writeBatch();
        await commitWritten();
      }),
    close: () => finish(true),
    stop: () => finish(false),
    [Symbol.asyncDispose]: () => finish(true),
  };
}

interface PlaneWrite {
  readonly row: number;
  readonly channel: number;
  /** Rows, one plane each. */
  readonly count: number;
}

/**
 * The writes of a batch in the order in which its planes shall lie in the file: HDF5 gives a chunk
 * its place when it is first written.
 */
export function* writesOf(
  placement: 'image' | 'channel',
  rows: number,
  channels: number,
  pixels: number,
): Generator<PlaneWrite> {
  if (placement === 'image') {
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < channels; channel++) yield { row, channel, count: 1 };
    }
    return;
  }
  const rowsAtOnce = Math.max(1, Math.floor(writeBytes / pixels));
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row += rowsAtOnce) {
      yield { row, channel, count: Math.min(rowsAtOnce, rows - row) };
    }
  }
}

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return;
  throw new InvalidOptionError(`Expected ${name} to be a whole number above 0, got ${value}`);
}
