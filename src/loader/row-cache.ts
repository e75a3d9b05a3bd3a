import type { TypedArray } from '../chunking/typed-array.js';

/** A row-aligned dataset of numbers, `width` a row, read in pieces. */
export interface StoredRows {
  readonly rows: number;
  readonly width: number;
  /** Rows that are read, and kept, together. */
  readonly blockRows: number;
  /** Rows `start` to `stop`, not included. */
  read(start: number, stop: number): Promise<TypedArray>;
}

/**
 * The values of some rows, in their order: at once where they are in memory, which is what they soon
 * are when rows are asked for again and again.
 */
export type GatherRows = (rows: ArrayLike<number>) => TypedArray | Promise<TypedArray>;

/** What a block takes beside its bytes. */
const OVERHEAD = 256;
/** Blocks that are read at a time. */
const TOGETHER = 16;

/**
 * Reads rows block by block as they are asked for, in the order of the file, and keeps what it has read:
 * up to `limit` bytes, then the oldest goes first. Those who ask first are served first.
 *
 * @param pause lets others have the thread, between one reading and the next
 */
export function cacheRows(
  stored: StoredRows,
  limit: number,
  pause: () => Promise<unknown> = () => Promise.resolve(),
): GatherRows {
  const { rows: length, width, blockRows } = stored;
  const blocks: (TypedArray | undefined)[] = new Array<undefined>(Math.ceil(length / blockRows));
  /** Numbers of the blocks that are there, the oldest first. */
  const kept = new Set<number>();
  let bytes = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function load(numbers: readonly number[]): Promise<TypedArray[]> {
    const loaded: TypedArray[] = [];
    for (let from = 0; from < numbers.length; from += TOGETHER) {
      const reads = numbers.slice(from, from + TOGETHER).map((number) => {
        const start = number * blockRows;
        return stored.read(start, Math.min(start + blockRows, length));
      });
      loaded.push(...(await Promise.all(reads)));
    }
    return loaded;
  }

  function keep(number: number, block: TypedArray): void {
    blocks[number] = block;
    kept.add(number);
    bytes += block.byteLength + OVERHEAD;
    for (const oldest of kept) {
      if (bytes <= limit || oldest === number) break;
      bytes -= blocks[oldest]!.byteLength + OVERHEAD;
      blocks[oldest] = undefined;
      kept.delete(oldest);
    }
  }

  async function loadAfter(before: Promise<unknown>, rows: ArrayLike<number>): Promise<TypedArray> {
    await before;
    const wanted = blocksOf(rows, blockRows);
    const missing = wanted.filter((number) => blocks[number] === undefined);
    // Held here too: what is read now may push out what was there.
    const found = new Map(wanted.map((number) => [number, blocks[number]]));
    if (missing.length > 0) {
      await pause();
      const loaded = await load(missing);
      missing.forEach((number, i) => {
        found.set(number, loaded[i]);
        keep(number, loaded[i]!);
      });
    }
    return gather(rows, width, blockRows, (number) => found.get(number))!;
  }

  return (rows) => {
    const values = gather(rows, width, blockRows, (number) => blocks[number]);
    if (values !== undefined) return values;
    const loading = loadAfter(last, rows);
    last = loading.catch(() => undefined);
    return loading;
  };
}

/** Of the rows, ascending. */
function blocksOf(rows: ArrayLike<number>, blockRows: number): number[] {
  const numbers = new Set<number>();
  for (let i = 0; i < rows.length; i++) numbers.add(Math.floor(rows[i]! / blockRows));
  return [...numbers].sort((a, b) => a - b);
}

/** `undefined` as soon as a block isn't there. */
function gather(
  rows: ArrayLike<number>,
  width: number,
  blockRows: number,
  blockOf: (number: number) => TypedArray | undefined,
): TypedArray | undefined {
  const first = blockOf(Math.floor(rows[0]! / blockRows));
  if (first === undefined) return undefined;
  const values = likeArray(first, rows.length * width);
  for (let i = 0, to = 0; i < rows.length; i++) {
    const number = Math.floor(rows[i]! / blockRows);
    const block = blockOf(number);
    if (block === undefined) return undefined;
    let from = (rows[i]! - number * blockRows) * width;
    for (let k = 0; k < width; k++) values[to++] = block[from++]!;
  }
  return values;
}

/** A new array of the same type. */
export function likeArray<A extends TypedArray>(array: A, length: number): A {
  return new (array.constructor as new (length: number) => A)(length);
}
