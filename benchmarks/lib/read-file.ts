/** The file of which rows are read: contiguous and chunked datasets of float32 and uint8. */
import { File } from 'planefeed';

import { cachedFile } from './files.js';

export const storages = ['contiguous', 'chunked'] as const;
export const dtypes = ['float32', 'uint8'] as const;

/** Which rows are read of which dataset: read `k` is the `k`-th run of `rowsPerRead` rows, from the beginning again after the last. */
export interface RowReads {
  readonly path: string;
  readonly dataset: string;
  readonly dtype: (typeof dtypes)[number];
  readonly rows: number;
  readonly rowLength: number;
  readonly rowsPerRead: number;
}

/** Bytes of a row. */
export const rowBytes = 4096;
const chunkRows = 64;
const rowsPerWrite = 1024;

/** The file with datasets `/contiguous/float32` and so on, of `rows` rows each; from the cache or made now. */
export function readFile(rows: number, say: (line: string) => void): Promise<string> {
  return cachedFile(`rows-${rows}x${rowBytes}-1.h5`, say, async (path) => {
    using file = await File.open(path, 'w');
    for (const storage of storages) {
      for (const dtype of dtypes) {
        const rowLength = lengthOfRow(dtype);
        const dataset = file.createDataset(`${storage}/${dtype}`, {
          shape: [rows, rowLength],
          dtype,
          ...(storage === 'chunked' ? { chunks: [chunkRows, rowLength] } : {}),
        });
        for (let first = 0; first < rows; first += rowsPerWrite) {
          const count = Math.min(rowsPerWrite, rows - first);
          const data = elements(dtype, first * rowLength, count * rowLength);
          dataset.set(`${first}:${first + count}`, { data, shape: [count, rowLength] });
        }
      }
    }
  });
}

export function lengthOfRow(dtype: RowReads['dtype']): number {
  return dtype === 'float32' ? rowBytes / Float32Array.BYTES_PER_ELEMENT : rowBytes;
}

/** First row of the `k`-th read. */
export function firstRow({ rows, rowsPerRead }: RowReads, k: number): number {
  return (k % (rows / rowsPerRead)) * rowsPerRead;
}

export function bytesPerRead({ rowsPerRead }: RowReads): number {
  return rowsPerRead * rowBytes;
}

/** They differ from row to row, so that reading others shows. */
function elements(
  dtype: RowReads['dtype'],
  first: number,
  length: number,
): Float32Array | Uint8Array {
  const data = dtype === 'float32' ? new Float32Array(length) : new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = ((first + i) * 2654435761) >>> 7;
  return data;
}
