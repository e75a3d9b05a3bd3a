import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { CorruptFileError, MemoryLimitError } from '../../errors.js';
import type { Manifest, ManifestRow } from './manifest.js';
import { importOptional } from './optional-package.js';

/** Decoded at once: a row group, or less where the file has indexes of its pages. */
const maxGroupBytes = 2 ** 28;

/**
 * A Parquet file: of paths, or with the images in a column, as Hugging Face's `datasets` writes
 * them (`image: { bytes, path }`), whose names of classes are taken over. Needs the optional
 * packages hyparquet and hyparquet-compressors.
 *
 * @throws InvalidOptionError naming the package to install
 */
export async function openParquet(file: string): Promise<Manifest> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await importOptional(
    'hyparquet',
    () => import('hyparquet'),
  );
  const { compressors } = await importOptional(
    'hyparquet-compressors',
    () => import('hyparquet-compressors'),
  );
  const metadata = await withFile(file, (buffer) =>
    // What a geographic column means doesn't matter here.
    describe(file, () => parquetMetadataAsync(buffer, { geoparquet: false })),
  );
  const schema = describeNow(file, () => parquetSchema(metadata)).children;
  const classes = classNamesOf(metadata);
  return {
    file,
    text: false,
    columns: schema.map(({ element }) => element.name),
    images: schema.filter(holdsBytes).map(({ element }) => element.name),
    classNames: (column) => classes[column],
    rows: async function* (columns): AsyncGenerator<ManifestRow> {
      const handle = await open(file);
      try {
        const buffer = await asyncBuffer(handle);
        for (const [rowStart, rowEnd] of rangesOf(metadata, columns, file)) {
          const rows = await describe(file, () =>
            parquetReadObjects({
              file: buffer,
              metadata,
              compressors,
              columns: [...columns],
              rowStart,
              rowEnd,
              utf8: false,
              geoparquet: false,
              useOffsetIndex: true,
            }),
          );
          for (const [i, values] of rows.entries()) {
            yield { place: `row ${rowStart + i}`, row: rowStart + i, values };
          }
        }
      } finally {
        await handle.close();
      }
    },
  };
}

async function withFile<T>(file: string, use: (buffer: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(file);
  try {
    return await use(await asyncBuffer(handle));
  } finally {
    await handle.close();
  }
}

async function asyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) throw new Error('the file ends early');
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

/** The ranges of rows that are decoded at once, by what their columns take. */
function* rangesOf(
  { row_groups: groups }: FileMetaData,
  columns: readonly string[],
  file: string,
): Generator<[number, number]> {
  let start = 0;
  for (const group of groups) {
    const rows = Number(group.num_rows);
    const used = group.columns.filter(({ meta_data: data }) =>
      columns.includes(data?.path_in_schema[0] ?? ''),
    );
    const bytes = used.reduce(
      (sum, { meta_data: data }) => sum + Number(data?.total_uncompressed_size ?? 0),
      0,
    );
    const parts = Math.max(1, Math.ceil(bytes / maxGroupBytes));
    if (parts > 1 && used.some((column) => column.offset_index_offset === undefined)) {
      throw new MemoryLimitError(
        `Its row groups are decoded whole, and one takes ${bytes} bytes of at most ${maxGroupBytes}`,
        {
          place: { file },
          advice: 'Write the file with smaller row groups (row_group_size), or with page indexes',
        },
      );
    }
    const step = Math.max(1, Math.ceil(rows / parts));
    for (let row = 0; row < rows; row += step) {
      yield [start + row, start + Math.min(rows, row + step)];
    }
    start += rows;
  }
}

/** Bytes that aren't text, alone or as the member `bytes`. */
function holdsBytes({ element, children }: SchemaTree): boolean {
  if (children.length > 0) {
    return children.some((child) => child.element.name === 'bytes' && holdsBytes(child));
  }
  return (
    element.type === 'BYTE_ARRAY' &&
    element.converted_type === undefined &&
    element.logical_type === undefined
  );
}

/** What `datasets` notes: `{ info: { features: { label: { names: […], _type: 'ClassLabel' } } } }`. */
function classNamesOf(metadata: FileMetaData): Readonly<Record<string, readonly string[]>> {
  const noted = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (noted === undefined) return {};
  let features: unknown;
  try {
    features = (JSON.parse(noted) as { info?: { features?: unknown } }).info?.features;
  } catch {
    // Not theirs after all: the labels stay numbers.
    return {};
  }
  const entries = Object.entries((features ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.flatMap(([column, feature]) => {
      const { _type: type, names } = (feature ?? {}) as { _type?: unknown; names?: unknown };
      const listed = type === 'ClassLabel' && Array.isArray(names);
      return listed ? [[column, names.map(String)] as const] : [];
    }),
  );
}

async function describe<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw notReadable(file, cause);
  }
}

function describeNow<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw notReadable(file, cause);
  }
}

function notReadable(file: string, cause: unknown): CorruptFileError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CorruptFileError(`The Parquet file can't be read: ${reason}`, {
    place: { file },
    cause,
  });
}
