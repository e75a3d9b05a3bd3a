import { InvalidOptionError, type ErrorPlace } from '../errors.js';
import { digest } from '../common/hash.js';
import type { ResolvedOrder } from './order-options.js';
import type { StreamPoint } from './planned-batches.js';
import type { Where } from './subset.js';

/**
 * Where a loader is in its stream: what `JSON.stringify` keeps is enough to go on from there. The same
 * for all ranks at the same step, so it is enough to keep that of one.
 */
export interface LoaderState extends StreamPoint, StreamIdentity {
  readonly version: 1;
}

/** Which stream it is. */
export interface StreamIdentity {
  /** Images in the file as the loader counts them: those that were there when the stream began. */
  readonly n: number;
  /** The options that decide the order, as text, where they aren't the default. */
  readonly order: Readonly<Record<string, string>>;
  /** What the columns held that the order depends on. */
  readonly selection: string;
  readonly file: FileIdentity;
}

/** What a file has in common with its copies and with what it grows to. */
export interface FileIdentity {
  readonly dataset: string;
  /** Without the number of images. */
  readonly shape: readonly number[];
  readonly dtype: string;
  /** A digest of some of the images. */
  readonly content: string;
}

/** The options that decide the order, as the state keeps them: short, and equal where they mean the same. */
export function describeOrder(options: ResolvedOrder): Record<string, string> {
  const { shuffle, seed, where, images, split, sampling } = options;
  return {
    ...(shuffle === false ? {} : { shuffle: canonical(shuffle) }),
    ...(seed === 0 ? {} : { seed: String(seed) }),
    ...(where === undefined ? {} : { where: canonical(sortedWhere(where)) }),
    ...(images === undefined ? {} : { images: canonical(images) }),
    ...(split === undefined
      ? {}
      : { split: canonical({ ...split, parts: Object.entries(split.parts) }) }),
    ...(sampling === undefined ? {} : { sampling: canonical(sampling) }),
  };
}

/**
 * Refuses to go on with other options than the state's.
 *
 * @throws InvalidOptionError naming the option that differs
 */
export function expectSameOrder(then: LoaderState['order'], now: LoaderState['order']): void {
  for (const option of new Set([...Object.keys(then), ...Object.keys(now)])) {
    if (then[option] === now[option]) continue;
    throw new InvalidOptionError(
      `Expected the same \`${option}\` as in \`state\`, ${then[option] ?? 'the default'}, got ${now[option] ?? 'the default'}`,
      { advice: AFRESH },
    );
  }
}

/** @throws InvalidOptionError when the columns that decide the order hold other values than they did */
export function expectSameSelection(
  { selection, order }: Pick<LoaderState, 'selection' | 'order'>,
  now: string,
  place: ErrorPlace,
): void {
  if (selection === now) return;
  const options = ['where', 'split', 'sampling'].filter((option) => option in order);
  throw new InvalidOptionError(
    `Expected the file of \`state\`, got one with other values in the columns of \`${options.join('`, `')}\``,
    { place, advice: AFRESH },
  );
}

/** @throws InvalidOptionError naming what differs */
export function expectSameFile(then: FileIdentity, now: FileIdentity, place: ErrorPlace): void {
  const names = {
    dataset: 'dataset',
    shape: 'shape of an image',
    dtype: 'element type',
    content: 'images',
  } as const;
  for (const key of ['dataset', 'shape', 'dtype', 'content'] as const) {
    const [expected, got] = [describe(then[key]), describe(now[key])];
    if (expected === got) continue;
    const values = key === 'content' ? '' : `: ${got}, not ${expected}`;
    throw new InvalidOptionError(
      `Expected the file of \`state\`, got one with ${key === 'content' ? 'other' : 'another'} ${names[key]}${values}`,
      { place, advice: AFRESH },
    );
  }
}

/** @throws InvalidOptionError when it isn't what a loader's `state()` returned */
export function checkState(state: unknown): LoaderState {
  const wrong = (what: string): InvalidOptionError =>
    new InvalidOptionError(`Expected \`state\` to be what a loader's state() returned, ${what}`);
  if (!isRecord(state)) throw wrong(`got \`${String(state)}\` (${typeof state})`);
  if (state.version !== 1) throw wrong(`got version \`${String(state.version)}\`, not 1`);
  for (const name of ['n', 'epoch', 'position']) {
    if (Number.isSafeInteger(state[name]) && (state[name] as number) >= 0) continue;
    throw wrong(`got ${name} \`${String(state[name])}\``);
  }
  const { order, selection, file } = state;
  const known = isRecord(order) && Object.values(order).every((text) => typeof text === 'string');
  if (!known || typeof selection !== 'string' || !isFile(file)) throw wrong('got parts of it');
  return state as unknown as LoaderState;
}

function isFile(file: unknown): boolean {
  if (!isRecord(file)) return false;
  const texts = [file.dataset, file.dtype, file.content];
  return texts.every((text) => typeof text === 'string') && Array.isArray(file.shape);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const AFRESH = 'To begin afresh, leave `state` out';
/** Longer texts, and lists of numbers, are kept as digests. */
const LONGEST = 200;
const LONGEST_LIST = 16;

function canonical(value: unknown): string {
  const text = JSON.stringify(plain(value));
  return text.length <= LONGEST ? text : `${text.slice(0, 20)}… ${digest(text)}`;
}

/** `'train'` and `['train']` mean the same, and the order of columns and values nothing. */
function sortedWhere(where: Where): Record<string, unknown> {
  const texts = Object.entries(where).map(([column, wanted]): [string, unknown] => [
    column,
    (Array.isArray(wanted) ? (wanted as readonly unknown[]) : [wanted]).map(plain).sort(),
  ]);
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Keys in a fixed order, long lists of numbers as their digests, and what JSON lacks as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const list = value as ArrayLike<unknown>;
    if (list.length > LONGEST_LIST && typeof list[0] === 'number') {
      const numbers = Float64Array.from(list as ArrayLike<number>);
      return `${numbers.length} numbers ${digest(numbers)}`;
    }
    return Array.from(list, plain);
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, plain(each)]));
}

function describe(value: string | readonly number[]): string {
  return typeof value === 'string' ? value : `[${value.join(', ')}]`;
}
