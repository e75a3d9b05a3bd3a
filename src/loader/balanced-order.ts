import { InvalidOptionError } from '../errors.js';
import { forEachValue, type ColumnRows, type ColumnValue } from './column-rows.js';
import { indexPermutation, type Permutation } from './index-permutation.js';

/** Images by class: those of class k are `images[starts[k]]` up to `images[starts[k + 1]]`. */
export interface ImageClasses {
  readonly images: Uint32Array;
  /** One number more than there are classes. */
  readonly starts: Uint32Array;
}

/** More distinct values are no classes: ids, or measurements. */
const MOST_CLASSES = 65_536;

/**
 * Puts images of the same value together, classes in ascending order of their values. Reads the
 * column twice rather than keep it: 4 bytes an image.
 *
 * @param selected ascending image numbers; `undefined`: all
 */
export async function imageClasses(
  column: ColumnRows,
  rows: number,
  selected: Uint32Array | undefined,
): Promise<ImageClasses> {
  const counts = new Map<ColumnValue, number>();
  await forEachValue(column, rows, selected, (_row, value) => {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > MOST_CLASSES) throw tooMany(column);
  });
  const values = [...counts.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const starts = new Uint32Array(values.length + 1);
  values.forEach((value, k) => (starts[k + 1] = starts[k]! + counts.get(value)!));
  const next = new Map(values.map((value, k) => [value, starts[k]!]));
  const images = new Uint32Array(starts.at(-1)!);
  await forEachValue(column, rows, selected, (row, value) => {
    const at = next.get(value)!;
    images[at] = row;
    next.set(value, at + 1);
  });
  return { images, starts };
}

/**
 * An epoch in which every class comes equally often, give or take one: rounds in which each class has
 * one turn, in random order. The turn of round r is the class's image r, modulo how many it has, in an
 * order that is new each time the class has gone through. Rounds are counted on over epochs.
 */
export function balancedOrder(
  { images, starts }: ImageClasses,
  seed: number,
  epoch: number,
  length: number,
): Permutation {
  const classes = starts.length - 1;
  const firstRound = epoch * Math.ceil(length / classes);
  let round = -1;
  let turns: Permutation = (position) => position;
  return (position) => {
    const now = firstRound + Math.floor(position / classes);
    if (now !== round) {
      round = now;
      turns = indexPermutation(classes, [seed, 3, round]);
    }
    const k = turns(position % classes);
    const size = starts[k + 1]! - starts[k]!;
    const within = indexPermutation(size, [seed, 4, k, Math.floor(now / size)]);
    return images[starts[k]! + within(now % size)]!;
  };
}

function tooMany({ path }: ColumnRows): InvalidOptionError {
  return new InvalidOptionError(
    `Expected at most ${MOST_CLASSES} classes to balance, got more different values`,
    { place: { dataset: path } },
  );
}
