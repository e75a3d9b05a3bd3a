/**
 * What the fast lane reads: for each request, a line of JSON with a file's name and the paths of
 * datasets, their digests, or the errors. Also the datasets that it finds by itself.
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

import type { ChunkIndex } from '#src/chunking/chunk-index.js';
import type { DatasetLayout } from '#src/chunking/dataset-layout.js';
import { openHdf5File, type Hdf5File } from '#src/chunking/format/hdf5-file.js';
import { findMessage, MessageType, readObjectHeader } from '#src/chunking/format/object-header.js';
import { readGroup } from '#src/chunking/group.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { PlanefeedError, UnsupportedLayoutError } from '#src/errors.js';
import type { ByteSource } from '#src/storage/byte-source.js';
import { openFileSource } from '#src/storage/file-source.js';
import { inflate } from '#src/storage/inflate.js';

import type { FastLaneAnswer, FastLaneDataset, FastLaneError, FastLaneRequest } from './answers.js';

const BLOCK_BYTES = 16 * 2 ** 20;
const MAX_LISTED = 10_000;

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await describeFile(JSON.parse(line) as FastLaneRequest);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function describeFile({ file, datasets }: FastLaneRequest): Promise<FastLaneAnswer> {
  const source = await openFileSource(file);
  try {
    const described: FastLaneDataset[] = [];
    for (const { path, ranges } of datasets) {
      described.push(await describeDataset(source, path, ranges).catch(errorOf));
    }
    return { listed: await listDatasets(source).catch(errorOf), datasets: described };
  } finally {
    await source.close();
  }
}

async function describeDataset(
  source: ByteSource,
  path: string,
  ranges: FastLaneRequest['datasets'][number]['ranges'],
): Promise<FastLaneDataset> {
  const layout = await openDataset(source, path);
  const { shape, type } = layout;
  const rowBytes = shape.slice(1).reduce((product, n) => product * n, type.size);
  const step = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)));
  const digest = createHash('sha256');
  for (const [start, stop] of ranges ?? [[0, shape[0] ?? 1]]) {
    for (let at = start; at < stop; at += step) {
      const values = await readRows(source, layout, inflate, at, Math.min(at + step, stop));
      digest.update(canonicalBytes(values, layout));
    }
  }
  await expectScanAgrees(layout.index);
  return { shape, digest: digest.digest('hex'), index: layout.index.kind };
}

/** Little-endian, as is every machine that runs this; of 16-bit floats, read as 32-bit ones, one NaN. */
function canonicalBytes(values: ArrayBufferView, { type }: DatasetLayout): Uint8Array {
  if (type.kind === 'f' && type.size === 2) {
    const floats = values as Float32Array;
    const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
    floats.forEach((value, i) => {
      if (Number.isNaN(value)) bits[i] = 0x7fc00000;
    });
  }
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A scan of the index yields each allocated chunk once, where looking it up finds it. */
async function expectScanAgrees(index: ChunkIndex): Promise<void> {
  const seen = new Set<number>();
  for await (const block of index.blocks()) {
    const located = await index.locate(block.chunks);
    block.chunks.forEach((chunk, i) => {
      const same =
        located.offsets[i] === block.offsets[i] &&
        located.sizes[i] === block.sizes[i] &&
        located.filterMasks[i] === block.filterMasks[i];
      if (!same || seen.has(chunk)) {
        throw new Error(`Chunk ${chunk} is listed otherwise than it is located`);
      }
      seen.add(chunk);
    });
  }
}

/** Depth first, names in order; an object with several hard links counts once. */
async function listDatasets(source: ByteSource): Promise<string[]> {
  const file = await openHdf5File(source);
  const paths: string[] = [];
  await walk(file, file.root, '', paths, new Set([file.root]));
  return paths;
}

async function walk(
  file: Hdf5File,
  offset: number,
  path: string,
  paths: string[],
  seen: Set<number>,
): Promise<void> {
  const links = (await readGroup(file, offset)) ?? new Map<string, never>();
  for (const [name, link] of [...links].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (link.kind !== 'hard' || seen.has(link.offset) || seen.size > MAX_LISTED) continue;
    seen.add(link.offset);
    const here = `${path}/${name}`;
    try {
      if (await isDataset(file, link.offset)) paths.push(here);
      else await walk(file, link.offset, here, paths, seen);
    } catch (error) {
      // One damaged object doesn't hide the others; it is compared by its path, if h5py reads it.
      if (!(error instanceof PlanefeedError)) throw error;
    }
  }
}

async function isDataset(file: Hdf5File, offset: number): Promise<boolean> {
  const header = await readObjectHeader(file, offset);
  return findMessage(header, MessageType.dataLayout) !== undefined;
}

function errorOf(error: unknown): FastLaneError {
  if (error instanceof UnsupportedLayoutError) {
    return { error: error.tag, message: error.message, feature: error.feature };
  }
  if (error instanceof PlanefeedError) return { error: error.tag, message: error.message };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { error: null, message };
}
