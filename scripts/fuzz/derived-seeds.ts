/** Sound files that h5py doesn't write: its files, changed to other versions of their structures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edited, type FileEditor } from './file-editor.js';

const LAYOUT = 0x08;

/** The files by name. @param directory of h5py's */
export async function derivedSeeds(directory: string): Promise<Map<string, Uint8Array>> {
  const seed = (name: string): Uint8Array => readFileSync(join(directory, `${name}.h5`));
  const old = seed('old-layouts');
  return new Map([
    ['old-layouts-1', await edited(old, (file) => toOldLayouts(file, 1))],
    ['old-layouts-2', await edited(old, (file) => toOldLayouts(file, 2))],
    ['v110-unfiltered-edges', await edited(seed('v110-edges'), leaveEdgesUnfiltered)],
    ['v200-unfiltered-edges', await edited(seed('v200-edges'), leaveEdgesUnfiltered)],
  ]);
}

/**
 * Layouts of version 3 as HDF5 before 1.6.3 wrote them. They are longer, and take the space of the
 * message behind them, the modification time.
 */
async function toOldLayouts(file: FileEditor, version: 1 | 2): Promise<void> {
  const contiguous = await file.message('/contiguous', LAYOUT);
  const chunked = await file.message('/chunked', LAYOUT);
  const contiguousAddress = file.get(contiguous + 2, 8);
  const chunkedAddress = file.get(chunked + 3, 8);
  const write = async (
    path: string,
    at: number,
    head: number[],
    address: number,
    sizes: number[],
  ) => {
    file.set(at - 8 + 2, 2, 24 + 16);
    file.bytes.fill(0, at, at + 40);
    file.bytes.set(head, at);
    file.set(at + 8, 8, address);
    sizes.forEach((size, i) => {
      file.set(at + 16 + 4 * i, 4, size);
    });
    const header = await file.header(path);
    file.set(header + 2, 2, file.get(header + 2, 2) - 1);
  };
  await write('/contiguous', contiguous, [version, 2, 1], contiguousAddress, [3, 4]);
  await write('/chunked', chunked, [version, 3, 2], chunkedAddress, [2, 3, 2]);
}

/** The edge chunks were written without filters already. */
async function leaveEdgesUnfiltered(file: FileEditor): Promise<void> {
  const layout = await file.message('/d', LAYOUT);
  file.set(layout + 2, 1, file.get(layout + 2, 1) | 0x01);
}
