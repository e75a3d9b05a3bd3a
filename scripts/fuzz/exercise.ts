/** What a user does with a file: opens it, lists it, opens its datasets, finds chunks, reads rows. */
import { chunkGrid } from '#src/chunking/chunk-grid.js';
import type { DatasetLayout } from '#src/chunking/dataset-layout.js';
import { loadZstd } from '#src/chunking/filters/zstd.js';
import { openHdf5File, type Hdf5File } from '#src/chunking/format/hdf5-file.js';
import { readGroup } from '#src/chunking/group.js';
import { openDataset } from '#src/chunking/open-dataset.js';
import { readDataset } from '#src/chunking/read-dataset.js';
import { readRows } from '#src/chunking/read-rows.js';
import { PlanefeedError } from '#src/errors.js';
import { memorySource } from '#src/storage/memory-source.js';
import { meter, type Measure, type Meter } from './meter.js';

export interface Outcome {
  /** Operations that yielded a value, and those refused by the tag of the error. */
  readonly verdicts: Record<string, number>;
  /** Everything that must not happen. */
  readonly violations: readonly string[];
  /** The largest share of each bound that an operation took. */
  readonly shares: Record<Measure, number>;
  /** Of the datasets that were opened. */
  readonly paths: readonly string[];
}

/** Objects that are looked at in one file. */
const MAX_OBJECTS = 40;
const MAX_SOFT_LINKS = 4;
/** Rows are read as far as they fit in; a damaged shape may have rows of any length. */
const MAX_ROW_BYTES = 4096;
const LOOKED_UP = 24;

/** @param paths are opened by name too, which follows their links */
export async function exercise(bytes: Uint8Array, paths: readonly string[]): Promise<Outcome> {
  await loaded;
  const meters = meter(memorySource(bytes, 'mutant.h5'));
  const verdicts: Record<string, number> = {};
  const opened: string[] = [];
  const attempt: Attempt = async (name, asked, run) => {
    let verdict = 'read';
    try {
      return await meters.measure(name, asked, run);
    } catch (error) {
      verdict = error instanceof PlanefeedError ? error.tag : 'violation';
      if (verdict === 'violation') meters.violations.push(`${name}: ${describe(error)}`);
      return undefined;
    } finally {
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    }
  };
  const file = await attempt('open file', 0, () => openHdf5File(meters.source));
  if (file !== undefined) await walk(file, meters, attempt, opened);
  for (const path of paths) {
    const layout = await attempt(`open ${path}`, 0, () => openDataset(meters.source, path));
    if (layout !== undefined) await readDatasetFully(layout, meters, attempt);
  }
  const { violations, shares } = meters;
  return { verdicts, violations, shares, paths: opened };
}

/** What is loaded once in a thread, on first use, is no cost of the file that comes first. */
const loaded = loadZstd('a test', {}).catch(() => undefined);

type Attempt = <T>(name: string, asked: number, run: () => Promise<T>) => Promise<T | undefined>;

async function walk(
  file: Hdf5File,
  meters: Meter,
  attempt: Attempt,
  opened: string[],
): Promise<void> {
  const stack = [{ path: '', offset: file.root }];
  const seen = new Set<number>();
  let softLinks = 0;
  for (let at = stack.pop(); at !== undefined && seen.size < MAX_OBJECTS; at = stack.pop()) {
    const { path, offset } = at;
    if (seen.has(offset)) continue;
    seen.add(offset);
    const links = await attempt(`list ${path}/`, 0, () => readGroup(file, offset));
    for (const [name, link] of links ?? []) {
      const linked = `${path}/${name}`;
      if (link.kind === 'hard') stack.push({ path: linked, offset: link.offset });
      if (link.kind !== 'soft' || ++softLinks > MAX_SOFT_LINKS) continue;
      await attempt(`follow ${linked}`, 0, () => openDataset(meters.source, linked));
    }
    if (links !== null) continue;
    const layout = await attempt(`open ${path}`, 0, () => readDataset(file, offset, path));
    if (layout === undefined) continue;
    opened.push(path);
    await readDatasetFully(layout, meters, attempt);
  }
}

async function readDatasetFully(
  layout: DatasetLayout,
  meters: Meter,
  attempt: Attempt,
): Promise<void> {
  const { path, index, shape, chunkShape, type } = layout;
  const { size } = meters.source;
  await attempt(`scan ${path}`, 0, async () => {
    let entries = 0;
    for await (const block of index.blocks()) {
      entries += block.chunks.length;
      if (entries > size) throw new Error('more chunks than bytes');
      block.offsets.forEach((offset, i) => {
        const isWithin = offset >= 0 && offset + block.sizes[i]! <= size;
        if (!isWithin) throw new Error(`chunk at ${offset} of ${block.sizes[i]} bytes`);
      });
    }
  });
  const { count } = chunkGrid(shape, chunkShape);
  const step = Math.max(1, Math.floor(count / LOOKED_UP));
  const chunks = Array.from({ length: Math.min(count, LOOKED_UP) }, (_, i) => i * step);
  if (count > 0) await attempt(`look up ${path}`, 0, () => index.locate([...chunks, count - 1]));
  const rows = shape[0] ?? 1;
  const rowBytes = shape.slice(1).reduce((product, n) => product * n, type.size);
  const fitting = Math.min(rows, Math.floor(MAX_ROW_BYTES / Math.max(1, rowBytes)));
  const read = (start: number, stop: number): Promise<unknown> =>
    attempt(`rows ${start} to ${stop} of ${path}`, (stop - start) * rowBytes, () =>
      readRows(meters.source, layout, meters.inflate, start, stop),
    );
  await read(0, fitting);
  await attempt(`refresh ${path}`, 0, () => layout.refresh());
  if (fitting > 0 && rows > fitting) await read(rows - fitting, rows);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
