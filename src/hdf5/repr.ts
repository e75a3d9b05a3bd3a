/**
 * How files, groups, datasets and attributes print: letter for letter as h5py's `repr`.
 */

/** @param mode `r` or `r+`, as h5py's `file.mode`; closed files pass `null` */
export function fileRepr(filename: string, mode: string | null): string {
  if (mode === null) return '<Closed HDF5 file>';
  return `<HDF5 file "${baseName(filename, /[/\\]/)}" (mode ${mode})>`;
}

/** @param members how many links the group holds; `null` once the file is closed */
export function groupRepr(path: string | null, members: number | null): string {
  if (members === null) return '<Closed HDF5 group>';
  const name = path === null ? '(anonymous)' : `"${path}"`;
  return `<HDF5 group ${name} (${members} members)>`;
}

/** What a dataset's repr shows. */
export interface DatasetSummary {
  /** Path in the file; `null` where it has no name. */
  readonly path: string | null;
  /** `null` of an empty dataset (null dataspace). */
  readonly shape: readonly number[] | null;
  /** As numpy's `dtype.str`: `<f8`. */
  readonly dtype: string;
}

/**
 * @param dataset `null` once the file is closed
 * @example
 * datasetRepr({ path: '/a/d', shape: [3, 2], dtype: '<f8' })
 * // <HDF5 dataset "d": shape (3, 2), type "<f8">
 */
export function datasetRepr(dataset: DatasetSummary | null): string {
  if (dataset === null) return '<Closed HDF5 dataset>';
  const { path, shape, dtype } = dataset;
  const name = path === null ? '(anonymous)' : `"${baseName(path)}"`;
  const shapePart = shape === null ? 'None' : shapeText(shape);
  return `<HDF5 dataset ${name}: shape ${shapePart}, type "${dtype}">`;
}

/** @param id what tells the object from others; `null` once the file is closed */
export function attributesRepr(id: number | bigint | string | null): string {
  if (id === null) return '<Attributes of closed HDF5 object>';
  return `<Attributes of HDF5 object at ${id}>`;
}

export function softLinkRepr(path: string): string {
  return `<SoftLink to "${path}">`;
}

/** h5py leaves out the closing `>`; so does this. */
export function externalLinkRepr(path: string, filename: string): string {
  return `<ExternalLink to "${path}" in file "${filename}"`;
}

/** A shape as Python prints a tuple: `()`, `(3,)`, `(3, 2)`. */
export function shapeText(shape: readonly (number | null)[]): string {
  const items = shape.map((length) => (length === null ? 'None' : String(length)));
  return items.length === 1 ? `(${items.join()},)` : `(${items.join(', ')})`;
}

function baseName(path: string, separator: string | RegExp = '/'): string {
  const parts = path.split(separator).filter((part) => part !== '');
  return parts.at(-1) ?? '';
}
