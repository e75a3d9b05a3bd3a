import path from 'node:path';
import zlib from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import yauzl from 'yauzl';
import { CorruptFileError, InvalidOptionError } from '../../errors.js';
import type { IngestSource } from '../source.js';
import type { ColumnTypes, ColumnValue } from '../value-columns.js';
import { collect } from './byte-rows.js';
import { newGuess, numberOf, textOf, toColumnValue, typeOf, widen } from './cell.js';
import { chooseColumn, labelNames, requireColumn } from './column-names.js';
import type { NpyHeader } from './npy.js';
import { npyHeaderBytes, npyPreambleBytes, npyValues, parseNpyHeader, refuse } from './npy.js';
import type { RowFacts } from './npy-source.js';
import { arrayRecords, arraySource } from './npy-source.js';
import type { SourceOptions } from './source-options.js';

interface NpzArray {
  readonly entry: Entry;
  readonly header: NpyHeader;
}

interface Arrays extends ReadonlyMap<string, NpzArray> {
  /** Why others aren't read (objects, Fortran order): no matter, unless they are asked for. */
  readonly refused: ReadonlyMap<string, InvalidOptionError>;
}

/** Labels and columns are read whole; more than this is no column of images. */
const maxColumnBytes = 2 ** 28;

/**
 * A numpy archive (`np.savez`, also compressed): an array of images, with arrays of labels, ids and
 * columns of as many rows. Images are streamed, the others read whole.
 */
export async function openNpz(file: string, options: SourceOptions): Promise<IngestSource> {
  return withZip(file, async (zip) => {
    const arrays = await readHeaders(zip, file);
    const image = chooseImages(arrays, options, file);
    const { header } = arrays.get(image)!;
    const rows = header.shape[0]!;
    const label = labelFor(image, rows, arrays, options, file);
    const read = (name: string): Promise<Values> => readColumn(zip, arrays, name, rows, file);
    const ids = options.idColumn === undefined ? undefined : await read(options.idColumn);
    const labels = label === undefined ? undefined : await read(label);
    const columns = await readColumns(options, read);
    const classes = labels?.every((value) => typeof value === 'string') === true;
    const base = path.basename(file);
    const facts: RowFacts = (row) => ({
      ...(ids === undefined ? {} : { id: textOf(ids[row]) }),
      ...(labels === undefined ? {} : labelOf(labels[row], classes)),
      columns: columns.at(row),
    });
    return {
      ...arraySource(base, header, options),
      name: file,
      columns: columns.types,
      ...(classes ? { classes: [...new Set(labels.map(textOf))].sort() } : {}),
      records: async function* () {
        const again = await openZip(file);
        try {
          const stream = elements(again, arrays.get(image)!, file);
          yield* arrayRecords({ file, name: base, header, stream, options, facts });
        } finally {
          again.close();
        }
      },
    };
  });
}

async function openZip(file: string): Promise<ZipFile> {
  try {
    return await yauzl.openPromise(file, { autoClose: false, lazyEntries: true });
  } catch (error) {
    throw notReadable(error, file);
  }
}

async function withZip<T>(file: string, use: (zip: ZipFile) => Promise<T>): Promise<T> {
  const zip = await openZip(file);
  try {
    return await use(zip);
  } finally {
    zip.close();
  }
}

async function readHeaders(zip: ZipFile, file: string): Promise<Arrays> {
  const arrays = new Map<string, NpzArray>();
  const refused = new Map<string, InvalidOptionError>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('.npy')) continue;
      const name = entry.fileName.slice(0, -'.npy'.length);
      try {
        arrays.set(name, { entry, header: await readHeader(zip, entry, name, file) });
      } catch (error) {
        if (!(error instanceof InvalidOptionError)) throw error;
        refused.set(name, error);
      }
    }
  } catch (error) {
    throw notReadable(error, file);
  }
  return Object.assign(arrays, { refused });
}

/** @throws NotFoundError when there is none, or why it isn't read */
function arrayNamed(arrays: Arrays, name: string, file: string): NpzArray {
  const refusal = arrays.refused.get(name);
  if (refusal !== undefined) throw refusal;
  requireColumn(name, [...arrays.keys()], file);
  return arrays.get(name)!;
}

async function readHeader(
  zip: ZipFile,
  entry: Entry,
  name: string,
  file: string,
): Promise<NpyHeader> {
  let head = Buffer.alloc(0);
  const stream = await zip.openReadStreamPromise(entry);
  try {
    for await (const piece of stream) {
      head = Buffer.concat([head, piece as Buffer]);
      if (head.length < npyPreambleBytes) continue;
      const length = npyHeaderBytes(head, name);
      if (head.length >= length) return parseNpyHeader(head.subarray(0, length), name);
    }
  } finally {
    stream.destroy();
  }
  throw new CorruptFileError(`The array ${name} has no head`, { place: { file } });
}

function chooseImages(arrays: Arrays, { imageColumn }: SourceOptions, file: string): string {
  const names = [...arrays.keys()];
  if (imageColumn !== undefined) {
    arrayNamed(arrays, imageColumn, file);
    return imageColumn;
  }
  const candidates = names.filter((name) => {
    const rank = arrays.get(name)!.header.shape.length;
    return rank === 3 || rank === 4;
  });
  if (candidates.length === 1) return candidates[0]!;
  const [refusal] = arrays.refused.values();
  if (candidates.length === 0 && refusal !== undefined) throw refusal;
  const shown = names.map((name) => `${name} [${arrays.get(name)!.header.shape.join(', ')}]`);
  throw new InvalidOptionError(
    `Expected one array of 3 or 4 dimensions, found ${candidates.length}`,
    {
      place: { file },
      advice: `Name the images with the option imageColumn (--image-column): the file has ${shown.join(', ')}`,
    },
  );
}

/** One with a usual name, or named as the images are: `y_train` of `x_train`. */
function labelFor(
  image: string,
  rows: number,
  arrays: Arrays,
  { labelColumn }: SourceOptions,
  file: string,
): string | undefined {
  const fitting = [...arrays].filter(
    ([, { header }]) => header.shape.length === 1 && header.shape[0] === rows,
  );
  const partner = image.replace(/^x/i, (x) => (x === 'x' ? 'y' : 'Y')).replace('images', 'labels');
  const usual = [...(partner === image ? [] : [partner]), ...labelNames, 'y', 'targets'];
  const names = labelColumn === undefined ? fitting.map(([name]) => name) : [...arrays.keys()];
  return chooseColumn(labelColumn, usual, names, file);
}

type Values = readonly (number | string | bigint)[];

async function readColumn(
  zip: ZipFile,
  arrays: Arrays,
  name: string,
  rows: number,
  file: string,
): Promise<Values> {
  const array = arrayNamed(arrays, name, file);
  const { shape, size } = array.header;
  if (shape.length !== 1 || shape[0] !== rows) {
    throw refuse(name, `expected ${rows} values, found shape [${shape.join(', ')}]`);
  }
  if (rows * size > maxColumnBytes) throw refuse(name, `it has more than ${maxColumnBytes} bytes`);
  return npyValues(array.header, await collect(elements(zip, array, file)));
}

async function readColumns(
  { columns = {} }: SourceOptions,
  read: (name: string) => Promise<Values>,
): Promise<{ types: ColumnTypes; at: (row: number) => Record<string, ColumnValue> }> {
  const types: Record<string, ColumnTypes[string]> = {};
  const values: [string, Values][] = [];
  for (const [name, wanted] of Object.entries(columns)) {
    const column = await read(name);
    const guess = newGuess();
    for (const value of column) widen(guess, value, false);
    types[name] = wanted === 'auto' ? (typeOf(guess) ?? 'string') : wanted;
    values.push([name, column]);
  }
  const at = (row: number): Record<string, ColumnValue> =>
    Object.fromEntries(
      values.map(([name, column]) => [name, toColumnValue(types[name]!, column[row], false)]),
    );
  return { types, at };
}

function labelOf(
  value: Values[number] | undefined,
  named: boolean,
): { className?: string; label?: number } {
  return named ? { className: textOf(value) } : { label: numberOf(value, true) ?? NaN };
}

/** An array's elements, held to the archive's checksum at their end. */
async function* elements(
  zip: ZipFile,
  { entry, header }: NpzArray,
  file: string,
): AsyncGenerator<Uint8Array> {
  let [skip, sum] = [header.offset, 0];
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const piece of stream as AsyncIterable<Buffer>) {
      sum = zlib.crc32(piece, sum);
      const rest = piece.subarray(Math.min(skip, piece.length));
      skip -= piece.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } catch (error) {
    throw notReadable(error, file);
  }
  if (sum === entry.crc32) return;
  throw new CorruptFileError(`The checksum of ${entry.fileName} is wrong: it is damaged`, {
    place: { file },
  });
}

function notReadable(error: unknown, file: string): unknown {
  if (error instanceof InvalidOptionError || error instanceof CorruptFileError) return error;
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new CorruptFileError(`The npz archive can't be read: ${reason}`, {
    place: { file },
    cause: error,
  });
}
