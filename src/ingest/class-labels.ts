import type { H5File } from '../storage/h5.js';
import { readNumbers, writeIntegers } from './numeric-attributes.js';

/** The classes of a file, numbered, and how many images each has. */
export interface ClassLabels {
  readonly names: readonly string[];
  /** The number of a class; a new one gets the next. */
  labelOf(name: string): number;
  /** Counts an image that is being written. */
  count(label: number): void;
  /** Whether names were added since the last `write`. */
  readonly changed: boolean;
  /** Writes the attributes `names` and `counts` of `/labels`. */
  write(): void;
}

/** Labels that are counted: those of larger numbers aren't classes. */
const mostCounted = 65_536;
const rowsAtOnce = 65_536;

/** @param rows images in the file */
export function openClassLabels(h5: H5File, rows: number): ClassLabels {
  const before = (h5.readAttribute('/labels', 'names') ?? []) as string[];
  const numbers = new Map(before.map((name, label) => [name, label]));
  const counts = readCounts(h5, rows);
  let [namesChanged, countsChanged] = [false, false];
  return {
    get names() {
      return [...numbers.keys()];
    },
    labelOf: (name) => {
      const label = numbers.get(name) ?? numbers.size;
      if (label === numbers.size) {
        numbers.set(name, label);
        namesChanged = countsChanged = true;
      }
      return label;
    },
    count: (label) => {
      countOne(counts, label);
      countsChanged = true;
    },
    get changed() {
      return namesChanged;
    },
    write: () => {
      if (namesChanged) h5.writeAttribute('/labels', 'names', [...numbers.keys()]);
      namesChanged = false;
      const length = Math.min(mostCounted, Math.max(numbers.size, counts.length));
      if (countsChanged && length > 0) {
        const all = Array.from({ length }, (_, label) => counts[label] ?? 0);
        writeIntegers(h5, '/labels', 'counts', all);
      }
      countsChanged = false;
    },
  };
}

/** As they are in the file, or counted anew: another program may have appended without counting. */
function readCounts(h5: H5File, rows: number): number[] {
  const stored = readNumbers(h5, '/labels', 'counts') ?? [];
  if (rows > 0 && stored.reduce((sum, count) => sum + count, 0) === rows) return stored;
  const counts: number[] = [];
  for (let start = 0; start < rows; start += rowsAtOnce) {
    const labels = h5.readSlice('/labels', [start], [Math.min(rowsAtOnce, rows - start)]);
    for (const label of labels) countOne(counts, Number(label));
  }
  return counts;
}

function countOne(counts: number[], label: number): void {
  if (label < 0 || label >= mostCounted) return;
  while (counts.length <= label) counts.push(0);
  counts[label]!++;
}
