import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { PixelArray, PixelDtype } from '../pixel-types.js';
import type { IngestSource, SourceRecord } from '../source.js';
import { byteRows } from './byte-rows.js';
import type { ImageAxes } from './image-axes.js';
import { imageAxes } from './image-axes.js';
import type { NpyHeader } from './npy.js';
import { npyHeaderBytes, npyPreambleBytes, parseNpyHeader, refuse } from './npy.js';
import type { SourceOptions } from './source-options.js';

/** What is known of the images of an array beside their pixels, by row. */
export type RowFacts = (
  row: number,
) => Partial<Pick<SourceRecord, 'id' | 'className' | 'label' | 'columns'>>;

/** A numpy array of images in a file, one image in memory at a time. */
export async function openNpy(file: string, options: SourceOptions): Promise<IngestSource> {
  const name = path.basename(file);
  const header = await readHeader(file, name);
  return {
    ...arraySource(name, header, options),
    name: file,
    columns: {},
    records: () => {
      const stream = createReadStream(file, { start: header.offset, highWaterMark: 2 ** 20 });
      return arrayRecords({ file, name, header, stream, options, facts: () => ({}) });
    },
  };
}

async function readHeader(file: string, name: string): Promise<NpyHeader> {
  const handle = await open(file);
  try {
    const read = async (length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    };
    const length = npyHeaderBytes(await read(npyPreambleBytes), name);
    return parseNpyHeader(await read(length), name);
  } finally {
    await handle.close();
  }
}

/** What the array tells of its images. */
export function arraySource(
  name: string,
  header: NpyHeader,
  { axes }: SourceOptions,
): Pick<IngestSource, 'count' | 'settings'> {
  const { count, height, width, channels } = imageAxes(header.shape, axes, name);
  pixelType(header, name);
  return { count, settings: { height, width, channels, dtype: dtypeOf(header) } };
}

export interface ArrayReading {
  readonly file: string;
  /** Of the array, for messages and ids. */
  readonly name: string;
  readonly header: NpyHeader;
  /** The elements. */
  readonly stream: AsyncIterable<Uint8Array>;
  readonly options: SourceOptions;
  readonly facts: RowFacts;
}

export async function* arrayRecords(reading: ArrayReading): AsyncGenerator<SourceRecord> {
  const { file, name, header, stream, options, facts } = reading;
  const axes: ImageAxes = imageAxes(header.shape, options.axes, name);
  const toPixels = pixelType(header, name);
  let row = 0;
  for await (const bytes of byteRows(stream, axes.elements * header.size, axes.count, file)) {
    const pixels = axes.interleave(toPixels(bytes));
    yield { id: `${name}#${row}`, ...facts(row), pixels, shape: axes.shape };
    row++;
  }
}

/** @throws InvalidOptionError for elements that pixels can't be */
function pixelType(
  { kind, size, littleEndian }: NpyHeader,
  name: string,
): (bytes: Uint8Array<ArrayBuffer>) => PixelArray {
  const type = `${kind}${size}`;
  if (type === 'u1' || type === 'b1') return (bytes) => bytes;
  if (type !== 'u2' && type !== 'f4') {
    throw refuse(
      name,
      `expected pixels of uint8, uint16 or float32, found ${type}`,
      "Save it with another dtype: array.astype('float32')",
    );
  }
  return (bytes) => {
    if (!littleEndian) swapBytes(bytes, size);
    return type === 'u2' ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer);
  };
}

function dtypeOf({ kind, size }: NpyHeader): PixelDtype {
  if (size === 1) return 'uint8';
  return kind === 'f' ? 'float32' : 'uint16';
}

function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else buffer.swap32();
}
