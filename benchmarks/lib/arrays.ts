/** The pixels of a data file as plain arrays: for those that map memory, and to make other formats of. */
import fs from 'node:fs';
import path from 'node:path';

import { cachedFile, sourceImages, type DataFile } from './files.js';

/**
 * A folder with `images.npy`, uint8 NHWC, and `labels.npy`, int64: from the cache, or made now.
 *
 * @param say is told what takes long
 */
export function arrayFolder(data: DataFile, say: (line: string) => void): Promise<string> {
  const { images, height, width, channels } = data;
  const shape = [images, height, width, channels];
  const name = `random-${shape.join('x')}-arrays-1`;
  return cachedFile(name, say, (folder) => {
    fs.mkdirSync(folder);
    const labels = new BigInt64Array(images);
    const fd = fs.openSync(path.join(folder, 'images.npy'), 'w');
    try {
      fs.writeSync(fd, npyHeader('|u1', shape));
      let image = 0;
      for (const { pixels, label } of sourceImages(data)) {
        fs.writeSync(fd, pixels);
        labels[image++] = BigInt(label);
      }
    } finally {
      fs.closeSync(fd);
    }
    const header = npyHeader('<i8', [images]);
    const bytes = Buffer.concat([header, Buffer.from(labels.buffer)]);
    fs.writeFileSync(path.join(folder, 'labels.npy'), bytes);
    return Promise.resolve();
  });
}

const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
const alignment = 64;

/** Of format version 1.0: magic, length of the dictionary, the dictionary padded with spaces. */
export function npyHeader(descr: string, shape: readonly number[]): Buffer {
  const tuple = `(${shape.map((length) => `${length},`).join(' ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const before = magic.length + Uint16Array.BYTES_PER_ELEMENT;
  const total = Math.ceil((before + text.length + 1) / alignment) * alignment;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(total - before);
  return Buffer.concat([magic, length, Buffer.from(`${text.padEnd(total - before - 1)}\n`)]);
}
