import type { DatasetLayout } from '../chunking/dataset-layout.js';
import { readDataset } from '../chunking/read-dataset.js';
import { UnsupportedLayoutError } from '../errors.js';
import { describeAttributes, type PlainValue } from '../info/describe-attributes.js';
import { walkFile } from '../info/walk-file.js';
import type { ByteSource } from '../storage/byte-source.js';
import type { DatasetInfo, H5File } from '../storage/h5.js';
import type { Problems } from './problems.js';

/** An object whose header could be read. */
export interface FoundGroup {
  readonly kind: 'group';
}

export interface FoundDataset {
  readonly kind: 'dataset';
  /** `undefined` where only h5wasm reads it, as strings. */
  readonly layout: DatasetLayout | undefined;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export type FoundObjects = ReadonlyMap<string, FoundGroup | FoundDataset>;

/** Attributes by the path of their object. */
export type FoundAttributes = ReadonlyMap<string, Readonly<Record<string, PlainValue>>>;

/** Reads the header of every object in a file; what can't be read is a problem. */
export async function findObjects(
  source: ByteSource,
  h5: H5File,
  problems: Problems,
): Promise<FoundObjects> {
  const found = new Map<string, FoundGroup | FoundDataset>();
  const walk = await walkFile(source);
  for await (const object of walk(h5)) {
    const { path, kind, at } = object;
    const place = { dataset: path };
    if (object.error !== undefined) problems.addMessage('structure', object.error, place);
    if (kind !== 'group' && kind !== 'dataset') continue;
    if (kind === 'group') {
      found.set(path, { kind });
      continue;
    }
    try {
      const layout =
        'feature' in at ? undefined : await layoutOf(() => readDataset(at.hdf5, at.offset, path));
      const { dtype, shape } = layout === undefined ? infoOf(h5, path) : factsOf(layout);
      found.set(path, { kind, layout, dtype, shape });
    } catch (failure) {
      problems.addError('structure', failure, place);
    }
  }
  return found;
}

/** Reads the attributes of every object; what can't be read is a problem. */
export function findAttributes(
  h5: H5File,
  objects: FoundObjects,
  problems: Problems,
): FoundAttributes {
  const found = new Map<string, Readonly<Record<string, PlainValue>>>();
  for (const path of objects.keys()) {
    const { attributes, error } = describeAttributes(h5, path);
    if (error !== undefined) problems.addMessage('structure', error, { dataset: path });
    found.set(path, attributes);
  }
  return found;
}

async function layoutOf(read: () => Promise<DatasetLayout>): Promise<DatasetLayout | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnsupportedLayoutError) return undefined;
    throw error;
  }
}

type Facts = Pick<FoundDataset, 'dtype' | 'shape'>;

function infoOf(h5: H5File, path: string): Facts {
  const { dtype, shape }: DatasetInfo = h5.dataset(path);
  return { dtype, shape: shape ?? [] };
}

function factsOf({ type, shape }: DatasetLayout): Facts {
  return { dtype: `${{ u: 'uint', i: 'int', f: 'float' }[type.kind]}${type.size * 8}`, shape };
}
