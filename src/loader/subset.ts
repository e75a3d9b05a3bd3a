import { InvalidOptionError } from '../errors.js';
import { ROWS_AT_ONCE, type ColumnRows, type ColumnValue, type OpenRows } from './column-rows.js';
import { partOf, type ResolvedSplit } from './split.js';

/**
 * The images wanted, by their values in columns (names or paths): each column's value, or one of its
 * values. Strings stand for themselves, or, in a column of numbers with the attribute `names`, for the
 * number that has this name.
 *
 * @example
 * { split: 'train', label: ['cats', 'dogs'] }
 */
export type Where = Readonly<Record<string, WhereValue | readonly WhereValue[]>>;
export type WhereValue = ColumnValue | boolean;

/** Which images of a file are loaded: those that fulfil all that is given. */
export interface SubsetOptions {
  readonly where?: Where | undefined;
  readonly split?: ResolvedSplit | undefined;
  /** Image numbers. */
  readonly images?: ArrayLike<number> | undefined;
}

/**
 * The numbers of the images wanted, in ascending order, or in that of `images`; `undefined`: all.
 * Takes 8 bytes an image selected, 4 once it is done; columns are read in pieces of bounded size.
 *
 * @param rows images in the file
 * @throws InvalidOptionError when no image is wanted, naming the option
 */
export async function selectImages(
  rows: number,
  { where = {}, split, images }: SubsetOptions,
  openRows: OpenRows,
): Promise<Uint32Array | undefined> {
  const listed = images === undefined ? undefined : listedImages(images, rows);
  const tests: Test[] = [];
  for (const [column, wanted] of Object.entries(where)) {
    tests.push(await whereTest(await openRows(column), column, wanted));
  }
  if (split !== undefined) tests.push(await splitTest(split, openRows));
  if (listed === undefined && tests.length === 0) return undefined;
  const kept = tests.length === 0 ? listed!.ascending : await keep(rows, listed?.ascending, tests);
  if (kept.length === 0) throw nothingLeft(tests);
  const given = listed?.given;
  if (given === undefined || tests.length === 0) return given ?? kept;
  return given.filter((image) => includes(kept, image));
}

/** A condition on the values of a column. */
interface Test {
  /** What is wanted, for messages. */
  readonly wanted: string;
  /** Some of the values that there are. */
  readonly seen: Set<ColumnValue>;
  readonly read: (start: number, stop: number) => Promise<ArrayLike<ColumnValue>>;
  readonly accepts: (value: ColumnValue) => boolean;
}

const MOST_SEEN = 10;

async function keep(
  rows: number,
  candidates: Uint32Array | undefined,
  tests: readonly Test[],
): Promise<Uint32Array> {
  const pieces: Uint32Array[] = [];
  let next = 0;
  for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
    const stop = Math.min(start + ROWS_AT_ONCE, rows);
    let kept: Uint32Array;
    if (candidates === undefined) {
      kept = range(start, stop);
    } else {
      const first = next;
      while (candidates[next]! < stop) next++;
      kept = candidates.subarray(first, next);
    }
    for (const { read, accepts, seen } of tests) {
      if (kept.length === 0) break;
      const values = await read(start, stop);
      kept = kept.filter((row) => {
        const value = values[row - start]!;
        if (seen.size < MOST_SEEN) seen.add(value);
        return accepts(value);
      });
    }
    if (kept.length > 0) pieces.push(kept);
  }
  return concatenate(pieces);
}

async function whereTest(
  rows: ColumnRows,
  column: string,
  wanted: WhereValue | readonly WhereValue[],
): Promise<Test> {
  const values: readonly WhereValue[] = Array.isArray(wanted)
    ? (wanted as readonly WhereValue[])
    : [wanted as WhereValue];
  const needNames = rows.kind !== 'string' && values.some((value) => typeof value === 'string');
  const names = needNames ? await rows.classNames() : undefined;
  const stored = new Set(values.map((value) => storedValue(value, rows, column, names)));
  return {
    wanted: `\`where.${column}\` ${values.map(String).join(', ')}`,
    seen: new Set(),
    read: (start, stop) => rows.read(start, stop),
    accepts: (value) => stored.has(value),
  };
}

/** A value as the column holds it. */
function storedValue(
  value: WhereValue,
  { kind, path }: ColumnRows,
  column: string,
  names: readonly string[] | undefined,
): ColumnValue {
  const expected = (what: string): InvalidOptionError =>
    new InvalidOptionError(
      `Expected \`where.${column}\` to be ${what}, got \`${String(value)}\` (${typeof value})`,
      { place: { dataset: path } },
    );
  if (kind === 'string') {
    if (typeof value !== 'string') throw expected('strings, as the column holds');
    return value;
  }
  let number = value;
  if (typeof value === 'string') {
    if (names === undefined) throw expected('numbers, as the column holds');
    number = names.indexOf(value);
    if (number < 0) throw expected(`numbers, or of the names ${shortList(names)}`);
  }
  if (kind === 'number') return Number(number);
  if (typeof number === 'number' && !Number.isSafeInteger(number)) throw expected('integers');
  return BigInt(number);
}

async function splitTest(split: ResolvedSplit, openRows: OpenRows): Promise<Test> {
  const { by, name } = split;
  const rows = by === null ? undefined : await openRows(by);
  const part = partOf(split);
  return {
    wanted: `\`split\` ${name}`,
    seen: new Set(),
    read: (start, stop) =>
      rows === undefined ? Promise.resolve(range(start, stop)) : rows.read(start, stop),
    accepts: (value) => part(value) === name,
  };
}

/** `images` checked; `given` only where it isn't ascending. */
function listedImages(
  images: ArrayLike<number>,
  rows: number,
): { readonly ascending: Uint32Array; readonly given: Uint32Array | undefined } {
  const given = Uint32Array.from(images, (image, i) => {
    if (Number.isInteger(image) && image >= 0 && image < rows) return image;
    throw new InvalidOptionError(
      `Expected \`images\` to be numbers from 0 to ${rows - 1}, got \`${String(image)}\` at ${i}`,
    );
  });
  if (given.every((image, i) => i === 0 || given[i - 1]! < image)) {
    return { ascending: given, given: undefined };
  }
  const ascending = given.slice().sort();
  const twice = ascending.find((image, i) => i > 0 && ascending[i - 1] === image);
  if (twice === undefined) return { ascending, given };
  throw new InvalidOptionError(`Expected each image once in \`images\`, got ${twice} twice`, {
    advice: 'To have some images more often, use `sampling: { weights }`',
  });
}

function nothingLeft(tests: readonly Test[]): InvalidOptionError {
  if (tests.length === 0) return new InvalidOptionError('Expected images in `images`, got none');
  // The first that lets nothing through tells most; it saw all that the ones before it let through.
  const wanted = tests.map((test) => test.wanted).join(' and ');
  const empty = tests.find(({ seen, accepts }) => ![...seen].some(accepts)) ?? tests[0]!;
  const seen = [...empty.seen].map(String);
  return new InvalidOptionError(`Expected images with ${wanted}, got none`, {
    ...(seen.length === 0 ? {} : { advice: `There are for example ${seen.join(', ')}` }),
  });
}

function range(start: number, stop: number): Uint32Array {
  const numbers = new Uint32Array(stop - start);
  for (let i = 0; i < numbers.length; i++) numbers[i] = start + i;
  return numbers;
}

function concatenate(pieces: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Whether an ascending array holds a value. */
function includes(ascending: Uint32Array, value: number): boolean {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value;
}

function shortList(names: readonly string[]): string {
  return names.slice(0, MOST_SEEN).join(', ') + (names.length > MOST_SEEN ? ', …' : '');
}
