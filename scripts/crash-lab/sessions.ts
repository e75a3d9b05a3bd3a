import type { File } from 'planefeed';
import { stringDType } from 'planefeed';

/** A program that writes a file, in steps that each end with a commit. */
export interface Session {
  readonly name: string;
  /** Steps before the recording. */
  readonly earlier: readonly Step[];
  readonly mode: 'w' | 'r+';
  readonly steps: readonly Step[];
}

export type Step = (file: File, bounds: Bounds) => void;

/** Versions of the structures that are written: the oldest that HDF5 2 can, or those of 1.10. */
export type Bounds = 'earliest' | 'v110';

export const sessions: readonly Session[] = [
  {
    name: 'ingest into a new file',
    earlier: [],
    mode: 'w',
    steps: [createColumns, ...range(8).map((n) => appendTo(4 * n, 4))],
  },
  {
    name: 'append to a file that is there',
    earlier: [createColumns, appendTo(0, 5)],
    mode: 'r+',
    steps: range(8).map((n) => appendTo(5 + 3 * n, 3)),
  },
  {
    name: 'overwrite, resize, create, delete',
    earlier: [createColumns, appendTo(0, 12), addRoom],
    mode: 'r+',
    steps: [
      overwrite(0),
      (file) => {
        file.dataset('images').resize(5, 0);
        file.dataset('ids').resize([5]);
      },
      appendTo(5, 6),
      (file, bounds) => {
        // h5wasm can't create halves and booleans: the closed file is changed by hand.
        const byHand = bounds === 'v110';
        const dtype = byHand ? 'float16' : 'float32';
        file.createDataset('halves', { data: Float32Array.of(1, 2, 0.5), dtype });
        file.createDataset('flags', { shape: [40], dtype: byHand ? 'bool' : 'uint8' });
      },
      overwrite(7),
      (file) => {
        file.delete('room');
      },
      (file) => {
        file.createDataset('again', { data: new Int32Array(700).fill(3), chunks: [64] });
        file.createGroup('group/within');
      },
      (file) => {
        file.move('again', 'group/moved');
        file.delete('flags');
      },
      (file) => {
        file.dataset('group/moved').resize([20]);
        file.delete('halves');
      },
      appendTo(11, 4),
    ],
  },
  {
    name: 'write a file anew',
    earlier: [createColumns, appendTo(0, 6), addRoom],
    mode: 'w',
    steps: [createColumns, appendTo(0, 2), overwrite(1)],
  },
];

const pixels = 8 * 8;

function createColumns(file: File): void {
  file.createDataset('images', {
    shape: [0, 8, 8, 3],
    maxshape: [null, 8, 8, 3],
    chunks: [1, 8, 8, 1],
    dtype: 'uint8',
  });
  // In UTF-8 they would have to be created by hand, for which the oldest structures won't do.
  const dtype = stringDType({ encoding: 'ascii' });
  file.createDataset('ids', { shape: [0], maxshape: [null], chunks: [16], dtype });
}

function appendTo(first: number, count: number): Step {
  return (file) => {
    const images = file.dataset('images');
    const ids = file.dataset('ids');
    images.resize(first + count, 0);
    ids.resize([first + count]);
    for (let n = first; n < first + count; n++) {
      const data = Uint8Array.from({ length: 3 * pixels }, (_, at) => 31 * n + 7 * at + first);
      images.set(n, { data, shape: [8, 8, 3] });
    }
    const names = range(count).map((n) => `image ${first + n} of class ${n % 3}`);
    ids.set(`${first}:${first + count}`, names);
    ids.attrs.set('count', first + count);
  };
}

function addRoom(file: File): void {
  file.createDataset('room', { data: new Uint8Array(9000).fill(9) });
}

function overwrite(salt: number): Step {
  return (file) => {
    const images = file.dataset('images');
    const length = 3 * pixels;
    const data = Uint8Array.from({ length }, (_, at) => 5 * at + salt);
    images.set(salt % images.length, { data, shape: [8, 8, 3] });
    file.dataset('ids').attrs.set('count', -salt);
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
