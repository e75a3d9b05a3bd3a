import { NotFoundError, StorageError } from '../errors.js';
import type { H5Handle } from './h5-handle.js';
import type { H5Library } from './h5-io.js';

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
  const requireDataset = (h5: H5Library, id: bigint, path: string): void => {
    if (h5.get_type(id, path) === h5.H5G_DATASET) return;
    throw new NotFoundError('Expected a dataset, found none', {
      place: { file: handle.path, dataset: path },
    });
  };
  const reading = <T>(path: string, call: (h5: H5Library, id: bigint) => T): T =>
    handle.run('read the dimension scales', { dataset: path }, (h5, id) => {
      requireDataset(h5, id, path);
      return call(h5, id);
    });
  const writing = (
    action: string,
    paths: readonly string[],
    why: string,
    call: (h5: H5Library, id: bigint) => number,
  ): void => {
    const place = { dataset: paths[0]! };
    handle.runWriting(action, place, (h5, id) => {
      for (const path of paths) requireDataset(h5, id, path);
      // The high-level library says only that it failed.
      if (call(h5, id) < 0) {
        throw new StorageError(`Could not ${action}: ${why}`, {
          place: { file: handle.path, ...place },
        });
      }
    });
  };

  return {
    makeScale: (path, name) => {
      writing(
        'make the dataset a dimension scale',
        [path],
        'it has dimension scales itself, or is one already',
        (h5, id) => h5.set_scale(id, path, name),
      );
    },
    scaleName: (path) => reading(path, (h5, id) => h5.get_scale_name(id, path)),
    attachedScales: (path, dimension) =>
      reading(path, (h5, id) => h5.get_attached_scales(id, path, dimension)),
    attachScale: (path, dimension, scale) => {
      writing(
        `attach the dimension scale ${scale}`,
        [path, scale],
        'one that has scales can be none, and a scale has none',
        (h5, id) => h5.attach_scale(id, path, scale, dimension),
      );
    },
    detachScale: (path, dimension, scale) => {
      writing(
        `detach the dimension scale ${scale}`,
        [path, scale],
        `it is not attached to dimension ${dimension}`,
        (h5, id) => h5.detach_scale(id, path, scale, dimension),
      );
    },
    setDimensionLabel: (path, dimension, label) => {
      writing('set the label of the dimension', [path], 'HDF5 gave no reason', (h5, id) =>
        h5.set_dimension_label(id, path, dimension, label),
      );
    },
  };
}
