import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { inflateSync } from 'node:zlib';

import type { OpenPeer } from '../../lib/peer.js';
import { chunkBytes, type IndexFile } from '../../lib/index-file.js';

/** The file of one kind of index. */
export interface IndexData extends IndexFile {
  /** The same elements in chunks of the same shape, with the index that every reader knows: a v1 B-tree. */
  readonly earliest: string;
}

/**
 * `scan`: opening the file and listing where all chunks lie; work is counted in chunks.
 * `find`: opening the file and reading what is stored of the chunk in the middle; work is counted in openings.
 */
export type Method = 'scan' | 'find';

/** Where chunks lie, by chunk number. */
export interface Places {
  readonly offsets: ArrayLike<number>;
  readonly sizes: ArrayLike<number>;
}

/** The chunk that `find` looks for. */
export function middleChunk({ chunks }: IndexFile): number {
  return Math.floor(chunks / 2);
}

/** Least work of a measurement. */
export function stepOf(method: Method, { chunks }: IndexFile): number {
  return method === 'scan' ? chunks : 1;
}

/** Measuring for readers that live in this process, by doing it `once` after the other. */
export function inProcess(
  method: Method,
  file: IndexFile,
  once: () => Promise<unknown>,
): Pick<OpenPeer, 'step' | 'measure'> {
  const step = stepOf(method, file);
  return {
    step,
    async measure(_turn, work) {
      const start = performance.now();
      for (let done = 0; done < work; done += step) await once();
      return performance.now() - start;
    },
  };
}

/** SHA-256 of what the chunks hold, one after the other; the peers in Python have the same. */
export function digestOf(path: string, { offsets, sizes }: Places): string {
  const bytes = fs.readFileSync(path);
  const hash = createHash('sha256');
  for (let i = 0; i < offsets.length; i++) {
    const stored = bytes.subarray(offsets[i], offsets[i]! + sizes[i]!);
    hash.update(stored.length === chunkBytes ? stored : inflateSync(stored));
  }
  return hash.digest('hex');
}
