import { dtypeOfStored } from '../hdf5/stored-dtype.js';
import type { H5File } from '../storage/h5.js';

/** Copied at once. */
const pieceBytes = 2 ** 24;

/** Copies the elements of a dataset to one of the same type and shape, a few rows at a time. */
export function copyElements(source: H5File, target: H5File, path: string): void {
  const { shape, type, chunkShape } = source.dataset(path);
  if (shape?.includes(0) !== false) return;
  const isText = type.class === 'variable-length string';
  const [rows = 1, ...rest] = shape;
  const rowBytes = rest.reduce((a, b) => a * b, isText ? 64 : dtypeOfStored(type).itemsize);
  const fitting = Math.max(1, Math.floor(pieceBytes / Math.max(1, rowBytes)));
  const depth = chunkShape?.[0] ?? 1;
  const step = fitting > depth ? fitting - (fitting % depth) : fitting;
  for (let row = 0; row < rows; row += step) {
    const box =
      shape.length === 0
        ? { start: [], count: [] }
        : {
            start: [row, ...rest.map(() => 0)],
            count: [Math.min(step, rows - row), ...rest],
          };
    if (isText) target.writeText(path, box, source.readText(path, box));
    else target.writeElements(path, box, source.readElements(path, box));
  }
}
