/** What opening a dataset with very many chunks costs. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { openDataset } from '#src/chunking/open-dataset.js';
import type { ByteSource } from '#src/storage/byte-source.js';
import { openFileSource } from '#src/storage/file-source.js';

import { readThrough } from './files.js';
import { chunked, type IndexFile } from './index-file.js';
import type { Bound } from './report.js';
import { summarize } from './statistics.js';

/** Milliseconds, and 10⁶ bytes. */
const most = { open: 20, first: 20, memory: 20, lookups: 3 };

/** Lookups of scattered chunks, whose reads are counted. */
const scattered = 1000;

/**
 * Time and memory of opening (medians), the time until a chunk in the middle is found, and the reads that
 * each of many scattered lookups takes: one for each level of the index, however many chunks there are.
 */
export async function measureOpening(file: IndexFile, repetitions: number): Promise<Bound[]> {
  const openings: Opening[] = [];
  readThrough(file.path);
  for (let i = -1; i < repetitions; i++) {
    const opening = await open(file);
    // The first one is a warm-up.
    if (i >= 0) openings.push(opening);
  }
  const median = (of: (opening: Opening) => number): number => summarize(openings.map(of)).median;
  const chunks = `${file.chunks.toLocaleString('en')} chunks`;
  const first = `opening, and the first of ${chunks}`;
  return [
    bound(
      `opening ${chunks}`,
      'ms',
      most.open,
      median(({ milliseconds }) => milliseconds),
    ),
    bound(
      first,
      'ms',
      most.first,
      median(({ found }) => found),
    ),
    bound(
      `memory of ${first}`,
      'MB',
      most.memory,
      median(({ bytes }) => bytes / 1e6),
    ),
    bound(
      'a lookup of a scattered chunk',
      'reads',
      most.lookups,
      median(({ reads }) => reads),
    ),
  ];
}

interface Opening {
  readonly milliseconds: number;
  /** Milliseconds until the first chunk is found. */
  readonly found: number;
  /** Read until then, and kept in memory then. */
  readonly bytes: number;
  /** Of the file, for each lookup after that. */
  readonly reads: number;
}

async function open({ path, chunks }: IndexFile): Promise<Opening> {
  collectGarbage();
  const before = allocated();
  const start = performance.now();
  const source = await openFileSource(path);
  try {
    const counted = countReading(source);
    const { index } = await openDataset(counted, chunked);
    const milliseconds = performance.now() - start;
    await index.locate([Math.floor(chunks / 2)]);
    const found = performance.now() - start;
    const taken = counted.bytes;
    collectGarbage();
    const bytes = Math.max(allocated() - before, 0) + taken;
    const earlier = counted.reads;
    for (let i = 0; i < scattered; i++) {
      await index.locate([Math.floor(((i * 0.618034) % 1) * chunks)]);
    }
    return { milliseconds, found, bytes, reads: (counted.reads - earlier) / scattered };
  } finally {
    await source.close();
  }
}

function bound(name: string, unit: string, atMost: number, measured: number): Bound {
  return { name, unit, atMost, measured, met: measured <= atMost };
}

function allocated(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function countReading(
  source: ByteSource,
): ByteSource & { readonly reads: number; readonly bytes: number } {
  let [reads, bytes] = [0, 0];
  return {
    name: source.name,
    get size() {
      return source.size;
    },
    get reads() {
      return reads;
    },
    get bytes() {
      return bytes;
    },
    read(offset, length, options) {
      reads++;
      bytes += length;
      return source.read(offset, length, options);
    },
    close: () => source.close(),
  };
}
