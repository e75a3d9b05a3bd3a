/** A dataset as plain nested loops over plain values have it: what the real ones are held to. */
import type { Entry } from './arbitrary-selections.js';

export interface ModelDataset<Value> {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: readonly Value[];
}

/** Shape and elements of what a selection picks. */
export function readModel<Value>(
  { shape, values }: ModelDataset<Value>,
  entries: readonly Entry[],
): ModelDataset<Value> {
  const picked = pick(shape, entries);
  return { shape: picked.shape, values: picked.elements.map((element) => values[element]!) };
}

/** The dataset with a selection of it overwritten; values are repeated by numpy's rules. */
export function writeModel<Value>(
  dataset: ModelDataset<Value>,
  entries: readonly Entry[],
  source: ModelDataset<Value>,
): ModelDataset<Value> {
  const picked = pick(dataset.shape, entries);
  const written = [...dataset.values];
  picked.elements.forEach((element, at) => {
    const place = coordinates(at, picked.shape);
    // Axes are matched from the last one; those of length 1 are repeated.
    const from = source.shape.map((length, axis) => {
      const own = place[axis + place.length - source.shape.length] ?? 0;
      return length === 1 ? 0 : own;
    });
    written[element] = source.values[elementAt(from, source.shape)]!;
  });
  return { shape: dataset.shape, values: written };
}

/** Elements keep their coordinates; what is new holds the fill value. */
export function resizeModel<Value>(
  { shape, values }: ModelDataset<Value>,
  newShape: readonly number[],
  fill: Value,
): ModelDataset<Value> {
  const resized = Array.from({ length: size(newShape) }, (_, at) => {
    const place = coordinates(at, newShape);
    const inside = place.every((index, axis) => index < shape[axis]!);
    return inside ? values[elementAt(place, shape)]! : fill;
  });
  return { shape: newShape, values: resized };
}

/** As nested lists. */
export function nestModel<Value>({ shape, values }: ModelDataset<Value>): unknown {
  let level: unknown[] = [...values];
  if (shape.length === 0) return level[0];
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const [length, rows] = [shape[axis]!, size(shape.slice(0, axis))];
    const inner = level;
    level = Array.from({ length: rows }, (_, row) => inner.slice(row * length, (row + 1) * length));
  }
  return level;
}

/** Row-major numbers of the selected elements. */
export function pick(
  shape: readonly number[],
  entries: readonly Entry[],
): { shape: number[]; elements: number[] } {
  const [only] = entries;
  if (entries.length === 1 && isWholeMask(only, shape)) {
    const elements = only.mask.flatMap((chosen, at) => (chosen ? [at] : []));
    return { shape: [elements.length], elements };
  }
  const axes = spread(entries, shape.length).map((entry, axis) => indicesOf(entry, shape[axis]!));
  const all = Array.from({ length: size(shape) }, (_, element) => element);
  // Strictly increasing indices on each axis: the elements come in the order of the file.
  const elements = all.filter((element) =>
    coordinates(element, shape).every((index, axis) => axes[axis]!.indices.includes(index)),
  );
  const kept = axes.filter(({ dropped }) => !dropped);
  return { shape: kept.map(({ indices }) => indices.length), elements };
}

const WHOLE: Entry = { slice: [null, null, null] };

function spread(entries: readonly Entry[], rank: number): Entry[] {
  const at = entries.includes('...') ? entries.indexOf('...') : entries.length;
  const [before, after] = [entries.slice(0, at), entries.slice(at + 1)];
  const missing = Array.from({ length: rank - before.length - after.length }, () => WHOLE);
  return [...before, ...missing, ...after];
}

function indicesOf(entry: Entry, length: number): { indices: number[]; dropped: boolean } {
  const all = Array.from({ length }, (_, index) => index);
  const fromStart = (index: number): number => (index < 0 ? index + length : index);
  if (typeof entry === 'number') return { indices: [fromStart(entry)], dropped: true };
  if (typeof entry === 'string') throw new Error('an ellipsis is no axis');
  if ('list' in entry) return { indices: entry.list.map(fromStart), dropped: false };
  if ('mask' in entry) return { indices: all.filter((index) => entry.mask[index]), dropped: false };
  const [start, stop, step] = entry.slice;
  const first = Math.max(0, fromStart(start ?? 0));
  const end = fromStart(stop ?? length);
  const indices = all.filter(
    (index) => index >= first && index < end && (index - first) % (step ?? 1) === 0,
  );
  return { indices, dropped: false };
}

function isWholeMask(
  entry: Entry | undefined,
  shape: readonly number[],
): entry is Extract<Entry, { mask: unknown }> {
  return (
    typeof entry === 'object' &&
    'mask' in entry &&
    shape.length > 0 &&
    JSON.stringify(entry.shape) === JSON.stringify(shape)
  );
}

function coordinates(element: number, shape: readonly number[]): number[] {
  let rest = element;
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = (rest - index) / length;
      return index;
    })
    .reverse();
}

function elementAt(place: readonly number[], shape: readonly number[]): number {
  return place.reduce((element, index, axis) => element * shape[axis]! + index, 0);
}

export function size(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}
