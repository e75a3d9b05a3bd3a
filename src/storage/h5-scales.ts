import { NotFoundError, StorageError, UnsupportedByLibraryError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import { headerAddress } from './h5-header-address.js';
import type { H5Library } from './h5-io.js';
import { kindAt, otherFile } from './h5-lookup.js';

/** Dimension scales: datasets whose elements are the coordinates of a dimension of others. */
export interface H5Scales {
  /** Turns a dataset into a dimension scale. */
  makeScale(path: string, name: string): void;
  /** The name of a dimension scale, `''` if it has none; `null`: the dataset is no scale. */
  scaleName(path: string): string | null;
  /** Paths of the scales of a dimension, in the order in which they were attached. */
  attachedScales(path: string, dimension: number): string[];
  attachScale(path: string, dimension: number, scale: string): void;
  detachScale(path: string, dimension: number, scale: string): void;
  setDimensionLabel(path: string, dimension: number, label: string): void;
}

export function scaleCalls(handle: H5Handle): H5Scales {
  // Asked first: HDF5's high-level library would go on with the dataset that it didn't get.
  const requireDatasets = (h5: H5Library, id: bigint, paths: readonly string[]): void => {
    const missing = paths.find((path) => kindAt(h5, id, path) !== 'dataset');
    if (missing === undefined) return;
    throw new NotFoundError('Expected a dataset, found none', {
      place: { file: handle.path, dataset: missing },
    });
  };
  /** Scales and what they are attached to refer to each other. */
  const requireOwn = (h5: H5Library, id: bigint, paths: readonly string[]): void => {
    for (const path of paths) {
      const other = otherFile(h5, id, path);
      if (other === undefined) continue;
      throw new UnsupportedByLibraryError(`dimension scales in another file (${other})`, {
        place: { file: handle.path, dataset: path },
      });
    }
  };
  const reading = <T>(path: string, call: (h5: H5Library, id: bigint) => T): T =>
    handle.run('read the dimension scales', { dataset: path }, (h5, id) => {
      requireDatasets(h5, id, [path]);
      return call(h5, id);
    });
  /** h5wasm drops what the library returns, so whether it has `worked` is looked up. */
  const writing = (
    action: string,
    [path, ...others]: readonly [string, ...string[]],
    why: string,
    call: (h5: H5Library, id: bigint) => void,
    worked: (h5: H5Library, id: bigint) => boolean,
  ): void => {
    handle.runChanging(action, path, (h5, id) => {
      requireDatasets(h5, id, [path, ...others]);
      requireOwn(h5, id, others);
      call(h5, id);
      if (worked(h5, id)) return;
      throw new StorageError(`Could not ${action}: ${why}`, {
        place: { file: handle.path, dataset: path },
      });
    });
  };

  return {
    makeScale: (path, name) => {
      writing(
        'make the dataset a dimension scale',
        [path],
        'it has dimension scales itself',
        (h5, id) => h5.set_scale(id, path, name),
        (h5, id) => h5.get_scale_name(id, path) === name,
      );
    },

    scaleName: (path) => reading(path, (h5, id) => h5.get_scale_name(id, path)),

    attachedScales: (path, dimension) =>
      reading(path, (h5, id) => h5.get_attached_scales(id, path, dimension)),

    attachScale: (path, dimension, scale) => {
      writing(
        `attach the dimension scale ${scale}`,
        [path, scale],
        'a dataset is either a scale or has scales',
        (h5, id) => h5.attach_scale(id, path, scale, dimension),
        (h5, id) => isAttached(h5, id, path, dimension, scale),
      );
    },

    detachScale: (path, dimension, scale) => {
      let attached = false;
      writing(
        `detach the dimension scale ${scale}`,
        [path, scale],
        `it is not attached to dimension ${dimension}`,
        (h5, id) => {
          attached = isAttached(h5, id, path, dimension, scale);
          if (attached) h5.detach_scale(id, path, scale, dimension);
        },
        (h5, id) => attached && !isAttached(h5, id, path, dimension, scale),
      );
    },

    setDimensionLabel: (path, dimension, label) => {
      writing(
        'set the label of the dimension',
        [path],
        'HDF5 gave no reason',
        (h5, id) => h5.set_dimension_label(id, path, dimension, label),
        (h5, id) => (h5.get_dimension_labels(id, path)[dimension] ?? '') === label,
      );
    },
  };
}

/** By whatever name. */
function isAttached(
  h5: H5Library,
  id: bigint,
  path: string,
  dimension: number,
  scale: string,
): boolean {
  const address = headerAddress(h5, id, scale);
  const paths = h5.get_attached_scales(id, path, dimension);
  return paths.some((candidate) => headerAddress(h5, id, candidate) === address);
}
