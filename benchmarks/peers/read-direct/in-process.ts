import { createHash } from 'node:crypto';

import type { OpenPeer } from '../../lib/peer.js';
import { bytesPerRead, firstRow, type RowReads } from '../../lib/read-file.js';

type Elements = Float32Array | Uint8Array;

/**
 * Measuring and digesting for readers that live in this process. Work is counted in MiB.
 *
 * @param read gives the rows from `first` up to and without `end`
 */
export function inProcess(
  reads: RowReads,
  read: (first: number, end: number) => Elements,
): Required<Pick<OpenPeer, 'step' | 'measure' | 'digest'>> {
  const step = bytesPerRead(reads) / 2 ** 20;
  const readAt = (k: number): Elements => {
    const first = firstRow(reads, k);
    return read(first, first + reads.rowsPerRead);
  };
  return {
    step,
    measure(_turn, work) {
      const count = work / step;
      let touched = 0;
      const start = performance.now();
      for (let k = 0; k < count; k++) {
        const elements = readAt(k);
        touched += elements[0]! + elements[elements.length - 1]!;
      }
      const time = performance.now() - start;
      if (!Number.isFinite(touched)) throw new Error('Expected numbers in what was read');
      return Promise.resolve(time);
    },
    digest(amount) {
      const hash = createHash('sha256');
      for (let k = 0; k < amount; k++) {
        const { buffer, byteOffset, byteLength } = readAt(k);
        hash.update(new Uint8Array(buffer, byteOffset, byteLength));
      }
      return Promise.resolve(hash.digest('hex'));
    },
  };
}
