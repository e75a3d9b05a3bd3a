import { UnsupportedByLibraryError } from '../errors.js';
import { Attributes } from '../hdf5/attributes.js';
import { createDataset } from '../hdf5/creation/create-dataset.js';
import { planDataset } from '../hdf5/creation/dataset-options.js';
import type { DType } from '../hdf5/dtype.js';
import { readFillValue } from '../hdf5/fill-value.js';
import { dtypeOfStored } from '../hdf5/stored-dtype.js';
import type { DatasetInfo, H5File } from '../storage/h5.js';
import { copyElements } from './copy-elements.js';
import type { ImageLayout } from './image-layout.js';

/** Something that isn't in the new file, and why. */
export interface LeftOut {
  /** Of an object, or of an attribute: `/x@name`. */
  readonly path: string;
  readonly reason: string;
}

interface Copying {
  readonly source: H5File;
  readonly target: H5File;
  /** Path of the images, which get `layout` and whose elements are left to be copied. */
  readonly images: string;
  readonly layout: ImageLayout;
  /** Objects by their addresses in the source: where they are in the target. */
  readonly copied: Map<bigint, string>;
  readonly leftOut: LeftOut[];
}

/**
 * Copies all that is in a file, but for the elements of the images: groups, datasets as they are
 * stored, attributes, links of all kinds, dimension scales.
 *
 * @returns what can't be written here: references, sequences of variable length, named types
 */
export function copyObjects(
  source: H5File,
  target: H5File,
  images: string,
  layout: ImageLayout,
): LeftOut[] {
  const copying: Copying = { source, target, images, layout, copied: new Map(), leftOut: [] };
  copying.copied.set(source.objectAddress('/'), '/');
  copyAttributes(copying, '/');
  copyGroup(copying, '/');
  copyScales(copying);
  return copying.leftOut;
}

function copyGroup(copying: Copying, group: string): void {
  const { source, target, copied, leftOut } = copying;
  for (const name of source.names(group)) {
    const path = group === '/' ? `/${name}` : `${group}/${name}`;
    const link = source.linkOf(path);
    if (link?.kind === 'soft') target.createSoftLink(path, link.target);
    else if (link?.kind === 'external') target.createExternalLink(path, link.file, link.target);
    else {
      const kind = source.kindOf(path);
      if (kind !== 'group' && kind !== 'dataset') {
        leftOut.push({ path, reason: `it is a ${kind ?? 'link to nothing'}` });
        continue;
      }
      const address = source.objectAddress(path);
      const known = copied.get(address);
      if (known !== undefined) {
        target.createHardLink(path, known);
        continue;
      }
      if (kind === 'group') {
        target.createGroup(path);
        copied.set(address, path);
        copyAttributes(copying, path);
        copyGroup(copying, path);
      } else if (copyDataset(copying, path)) {
        copied.set(address, path);
        copyAttributes(copying, path);
      }
    }
  }
}

/** @returns whether it could be */
function copyDataset(copying: Copying, path: string): boolean {
  const { source, target, images, layout } = copying;
  const info = source.dataset(path);
  const dtype = dtypeOfStored(info.type);
  const isImages = path === images;
  try {
    if (dtype.reference !== undefined) throw new UnsupportedByLibraryError('references');
    const stored = isImages ? asLaidOut(layout) : asStored(info);
    const { create } = planDataset(path, {
      dtype,
      ...(info.shape === null ? {} : { shape: info.shape }),
      ...stored,
      ...fillOf(source, path, dtype),
    });
    createDataset(target, path, create);
    if (!isImages) copyElements(source, target, path);
    return true;
  } catch (error) {
    if (isImages || !(error instanceof UnsupportedByLibraryError)) throw error;
    copying.leftOut.push({ path, reason: error.reason });
    return false;
  }
}

type Stored = Pick<
  Parameters<typeof planDataset>[1],
  'chunks' | 'maxshape' | 'compression' | 'shuffle' | 'fletcher32'
>;

function asLaidOut({ chunks, maxShape, gzip, shuffle }: ImageLayout): Stored {
  if (chunks === null) return {};
  return {
    chunks,
    maxshape: maxShape,
    shuffle,
    ...(gzip === undefined ? {} : { compression: gzip }),
  };
}

const filter = { gzip: 1, shuffle: 2, fletcher32: 3 } as const;

/** With the filters of HDF5 itself; others can't be written here, and are left out. */
function asStored({ chunkShape, maxShape, filters }: DatasetInfo): Stored {
  if (chunkShape === null) return {};
  const gzip = filters.find(({ id }) => id === filter.gzip)?.clientData[0];
  return {
    chunks: chunkShape,
    ...(maxShape === null ? {} : { maxshape: maxShape }),
    ...(gzip === undefined ? {} : { compression: gzip }),
    shuffle: filters.some(({ id }) => id === filter.shuffle),
    fletcher32: filters.some(({ id }) => id === filter.fletcher32),
  };
}

/** What elements hold that were never written, where it isn't zero. */
function fillOf(source: H5File, path: string, dtype: DType): { fillvalue?: number | boolean } {
  if (!'iufb'.includes(dtype.kind)) return {};
  const value = readFillValue(source, path, dtype);
  if (typeof value === 'bigint') return Number(value) === 0 ? {} : { fillvalue: Number(value) };
  return (typeof value === 'number' || typeof value === 'boolean') && value
    ? { fillvalue: value }
    : {};
}

/** What dimension scales are made of: they are made anew. */
const scaleAttributes = new Set(['CLASS', 'NAME', 'REFERENCE_LIST', 'DIMENSION_LIST']);

function copyAttributes({ source, target, images, layout, leftOut }: Copying, path: string): void {
  const [from, to] = [new Attributes(source, path), new Attributes(target, path)];
  const isDataset = source.kindOf(path) === 'dataset';
  const isScale = isDataset && source.scaleName(path) !== null;
  for (const name of from.keys()) {
    const isOfScale = scaleAttributes.has(name) && (isScale || name === 'DIMENSION_LIST');
    if (isDataset && isOfScale) continue;
    try {
      const { type } = source.attributeInfo(path, name)!;
      const dtype = dtypeOfStored(type);
      if (dtype.reference !== undefined) throw new UnsupportedByLibraryError('references');
      to.create(name, from.get(name) as Parameters<typeof to.create>[1], { dtype });
    } catch (error) {
      if (!(error instanceof UnsupportedByLibraryError)) throw error;
      leftOut.push({ path: `${path}@${name}`, reason: error.reason });
    }
  }
  // What planefeed notes of the placement.
  if (path !== images || !to.has('placement')) return;
  to.modify('placement', layout.placement);
  if (to.has('run')) to.delete('run');
  if (layout.placement === 'channel') target.writeAttribute(path, 'run', layout.run);
}

function copyScales({ source, target, copied }: Copying): void {
  const datasets = [...copied.values()].filter((path) => target.kindOf(path) === 'dataset');
  for (const path of datasets) {
    const name = source.scaleName(path);
    if (name !== null) target.makeScale(path, name);
  }
  for (const path of datasets) {
    const rank = source.dataset(path).shape?.length ?? 0;
    for (let dimension = 0; dimension < rank; dimension++) {
      for (const scale of source.attachedScales(path, dimension)) {
        const there = copied.get(source.objectAddress(scale));
        if (there !== undefined) target.attachScale(path, dimension, there);
      }
    }
  }
}
