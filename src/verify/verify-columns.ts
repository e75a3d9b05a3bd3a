import { setImmediate } from 'node:timers/promises';
import { rowReader } from '../chunking/read-rows.js';
import { partNumberOf } from '../common/parts.js';
import { PlanefeedError } from '../errors.js';
import { openKnownIds } from '../ingest/known-ids.js';
import type { ByteSource } from '../storage/byte-source.js';
import type { H5File } from '../storage/h5.js';
import { inflate } from '../storage/inflate.js';
import type { FoundAttributes, FoundDataset, FoundObjects } from './find-objects.js';
import type { Problems } from './problems.js';

/** A file of images with columns beside them, as ingests make it. */
export interface ColumnedFile {
  readonly source: ByteSource;
  readonly h5: H5File;
  readonly objects: FoundObjects;
  readonly attributes: FoundAttributes;
  /** Rows that each column has. */
  readonly images: number;
}

const REQUIRED = ['/labels', '/ids', '/checksums'];
const ROWS_AT_ONCE = 16_384;

/**
 * Holds the columns to what is known of them: as long as there are images, ids that are unique, labels
 * and categories that have a name, classes as often as counted, parts that follow from the ids.
 *
 * @returns the columns that there are
 */
export async function verifyColumns(file: ColumnedFile, problems: Problems): Promise<string[]> {
  const { objects, images } = file;
  const columns = [...objects.keys()].filter(
    (path) =>
      objects.get(path)?.kind === 'dataset' &&
      (REQUIRED.includes(path) || path === '/split' || path.startsWith('/columns/')),
  );
  for (const path of REQUIRED) {
    if (!objects.has(path))
      problems.add('rows', 'Expected this dataset, found none', { dataset: path });
  }
  for (const path of columns) {
    const dataset = objects.get(path) as FoundDataset;
    const rows = dataset.shape[0] ?? 0;
    if (rows !== images) {
      problems.add('rows', `Expected ${images} rows, one an image, found ${rows}`, {
        dataset: path,
      });
      continue;
    }
    try {
      if (path === '/labels') await verifyLabels(file, dataset, problems);
      else if (path === '/ids') await verifyIds(file, problems);
      else if (path.startsWith('/columns/')) await verifyValues(file, path, dataset, problems);
    } catch (error) {
      if (!(error instanceof PlanefeedError)) throw error;
      problems.addError('structure', error, { dataset: path });
    }
  }
  return columns;
}

/** Most labels that an ingest counts: those of larger numbers aren't classes. */
const MOST_COUNTED = 65_536;

async function verifyLabels(
  file: ColumnedFile,
  { layout }: FoundDataset,
  problems: Problems,
): Promise<void> {
  const place = { dataset: '/labels' };
  const attributes = file.attributes.get('/labels');
  const names = namesOf(attributes?.names);
  const counts = new Map<number, number>();
  await eachNumber(file, layout, (label, image) => {
    if (label >= 0 && label < MOST_COUNTED) counts.set(label, (counts.get(label) ?? 0) + 1);
    if (label >= -1 && (names === undefined || label < names)) return;
    problems.add(
      'values',
      `Expected a label from -1 (none) to ${names === undefined ? '2147483647' : names - 1}, found ${label}`,
      { ...place, image },
    );
  });
  const stored = attributes?.counts;
  // Where another program has appended without counting, they aren't of these images.
  if (!Array.isArray(stored) || !wasCounted(file)) return;
  for (const [label, count] of stored.entries()) {
    const found = counts.get(label) ?? 0;
    if (found === Number(count)) continue;
    problems.add(
      'values',
      `Expected label ${label} ${String(count)} times, as the attribute counts has it, found it ${found} times`,
      place,
    );
  }
}

function wasCounted({ attributes, images }: ColumnedFile): boolean {
  const counted = attributes.get('/statistics')?.images;
  return Number(Array.isArray(counted) ? counted[0] : counted) === images;
}

async function verifyIds(
  { source, h5, objects, attributes, images }: ColumnedFile,
  problems: Problems,
): Promise<void> {
  const read = (start: number, count: number): string[] => h5.readStrings('/ids', start, count);
  const known = openKnownIds(0, read);
  const split = objects.get('/split');
  const isExpected =
    split?.kind === 'dataset'
      ? partCheck(source, split, attributes.get('/split'), images)
      : undefined;
  for (let start = 0; start < images; start += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, images - start);
    const ids = await consistently(source, () => Promise.resolve(read(start, count)));
    const expectPart = await isExpected?.(start, start + count);
    for (const [i, id] of ids.entries()) {
      const image = start + i;
      const before = known.find(id);
      if (before !== undefined) {
        const text = `Expected each id once, found ${JSON.stringify(id)} again: it is that of image ${before}`;
        problems.add('values', text, { dataset: '/ids', image });
      }
      known.add(id);
      const part = expectPart?.(id, i);
      if (part !== undefined) problems.add('values', part, { dataset: '/split', image });
    }
    // Lets an interruption through.
    await setImmediate();
  }
}

/** Says what is wrong with the part of an image, by its id. */
type PartCheck = (
  start: number,
  stop: number,
) => Promise<(id: string, i: number) => string | undefined>;

function partCheck(
  source: ByteSource,
  { layout, shape }: FoundDataset,
  attributes: ReturnType<FoundAttributes['get']>,
  images: number,
): PartCheck | undefined {
  const { names, shares, seed, hash } = attributes ?? {};
  if (!Array.isArray(names) || !Array.isArray(shares)) return undefined;
  if (layout === undefined || shape[0] !== images || hash !== 'murmur3_x86_32') return undefined;
  const parts = Object.fromEntries(names.map((name, i) => [String(name), Number(shares[i])]));
  const partOf = partNumberOf(parts, Number(seed ?? 0));
  const read = rowReader(source, layout, inflate);
  return async (start, stop) => {
    const found = await read(start, stop);
    return (id, i) => {
      const [expected, part] = [partOf(id), Number(found[i])];
      return part === expected
        ? undefined
        : `Expected the image's part to be ${expected}, which follows from its id, found ${part}`;
    };
  };
}

async function verifyValues(
  file: ColumnedFile,
  path: string,
  { layout, dtype }: FoundDataset,
  problems: Problems,
): Promise<void> {
  if (dtype === 'string') {
    for (let start = 0; start < file.images; start += ROWS_AT_ONCE) {
      file.h5.readStrings(path, start, Math.min(ROWS_AT_ONCE, file.images - start));
      await setImmediate();
    }
    return;
  }
  const { type, names: all } = file.attributes.get(path) ?? {};
  const names = type === 'category' ? (namesOf(all) ?? 0) : undefined;
  await eachNumber(file, layout, (value, image) => {
    if (names === undefined || (value >= 0 && value < names)) return;
    const text = `Expected the number of one of ${names} categories, found ${value}`;
    problems.add('values', text, { dataset: path, image });
  });
}

async function eachNumber(
  { source, images }: ColumnedFile,
  layout: FoundDataset['layout'],
  visit: (value: number, image: number) => void,
): Promise<void> {
  if (layout?.shape.length !== 1) return;
  const read = rowReader(source, layout, inflate);
  for (let start = 0; start < images; start += ROWS_AT_ONCE) {
    const values = await read(start, Math.min(images, start + ROWS_AT_ONCE));
    for (let i = 0; i < values.length; i++) visit(Number(values[i]), start + i);
    await setImmediate();
  }
}

function namesOf(names: unknown): number | undefined {
  return Array.isArray(names) ? names.length : undefined;
}

function consistently<T>(source: ByteSource, read: () => Promise<T>): Promise<T> {
  return source.consistently === undefined ? read() : source.consistently(read);
}
