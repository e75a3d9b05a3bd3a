import type { DType } from './dtype.js';
import { isText, sameDType } from './dtype.js';

/**
 * Whether every value of one dtype can be had in the other without loss: numpy's
 * `can_cast(from, to)` with `casting='safe'`, for what HDF5 converts: not numbers to text, nor one
 * compound to another.
 */
export function canCast(from: DType, to: DType): boolean {
  const [text, other] = [isText(from), isText(to)];
  if (text && other) return to.kind === 'O' || (from.kind === 'S' && from.itemsize <= to.itemsize);
  if (text || other) return false;
  if ('VO'.includes(from.kind) || 'VO'.includes(to.kind)) return sameDType(from, to);
  const level = levels.indexOf(to.kind);
  if (from.kind === 'b') return true;
  if (to.kind === 'b') return false;
  const [mine, theirs] = [significant(from), significant(to)];
  if (from.kind === to.kind) return mine <= theirs;
  if (from.kind === 'u' && to.kind === 'i') return from.itemsize < to.itemsize;
  if (levels.indexOf(from.kind) > level || to.kind === 'u') return false;
  // numpy lets 64-bit integers into float64, which rounds the largest.
  return isInteger(from) ? from.itemsize < theirs || theirs >= 8 : mine <= theirs;
}

const levels: readonly DType['kind'][] = ['b', 'u', 'i', 'f', 'c'];

/** Bytes of a number, or of a part of a complex one. */
function significant({ kind, itemsize }: DType): number {
  return kind === 'c' ? itemsize / 2 : itemsize;
}

function isInteger({ kind }: DType): boolean {
  return kind === 'i' || kind === 'u';
}
