/** The lives of datasets as this library lives them. */
import { ELLIPSIS, slice, toList } from 'planefeed';
import type { ArrayInput, AxisSelection, ShapedInput, Dataset, File, Selection } from 'planefeed';

import type { Scalar } from '#src/hdf5/values.js';
import type { Entry } from './arbitrary-selections.js';
import type { Creation, Phase, Step } from './round-trip-cases.js';
import type { Facts } from './round-trip-h5py.js';
import { nestModel } from './round-trip-model.js';
import type { ModelDataset } from './round-trip-model.js';
import { textOf } from './round-trip-selections.js';
import { arrayOf, dtypeOf } from './round-trip-types.js';
import type { ElementType, Value } from './round-trip-types.js';

export function create(
  file: File,
  name: string,
  type: ElementType,
  { shape, maxshape, chunks, gzip, shuffle, fletcher32, fillvalue, values }: Creation,
): Dataset {
  return file.createDataset(name, {
    shape,
    dtype: dtypeOf(type),
    ...(maxshape === null ? {} : { maxshape }),
    ...(chunks === null ? {} : { chunks }),
    ...(gzip === null ? {} : { compression: 'gzip', compressionOpts: gzip }),
    ...(shuffle ? { shuffle } : {}),
    ...(fletcher32 ? { fletcher32 } : {}),
    ...(fillvalue === null ? {} : { fillvalue: fillOf(type, fillvalue) }),
    ...(values === null ? {} : { data: inputOf(type, { shape, values }, false) }),
  });
}

export function take(dataset: Dataset, type: ElementType, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.kind === 'resize') dataset.resize(step.shape);
    else dataset.set(selectionOf(step.entries, step.plain), inputOf(type, step, step.plain));
  }
}

/** All of it, then what each selection gives: shapes, and nested lists. */
export function readAll(dataset: Dataset, { reads }: Phase): { shape: unknown; list: unknown }[] {
  const all = [{ entries: ['...'] as Entry[], text: false }, ...reads];
  return all.map(({ entries, text }) => {
    const got = dataset.get(selectionOf(entries, text));
    return { shape: got.shape, list: toList(got) };
  });
}

export function factsOf(dataset: Dataset): Facts {
  const { shape, maxshape, chunks, compression, compressionOpts, shuffle, fletcher32 } = dataset;
  return {
    shape: shape!,
    maxshape: maxshape!,
    chunks,
    compression,
    compressionOpts,
    shuffle,
    fletcher32,
  };
}

/** As the user writes it: text where it can be, and is wanted. */
export function selectionOf(entries: readonly Entry[], text: boolean): Selection {
  const written = text ? textOf(entries) : undefined;
  return (
    written ??
    entries.map((entry): AxisSelection => {
      if (typeof entry === 'number') return entry;
      if (entry === '...') return ELLIPSIS;
      if ('slice' in entry) return slice(entry.slice[0], entry.slice[1], entry.slice[2]);
      if ('list' in entry) return entry.list;
      return { data: entry.mask, shape: entry.shape, dtype: '|b1' };
    })
  );
}

/** Nested lists have no form for complex numbers and compounds. */
function inputOf(type: ElementType, given: ModelDataset<Value>, plain: boolean): ArrayInput {
  const single = type.kind !== 'compound' && !(type.kind === 'number' && type.str[1] === 'c');
  // An axis within one of length 0 can't be seen in them.
  const visible = !given.shape.slice(0, -1).includes(0);
  if (plain && single && visible) return nestModel(given) as ArrayInput;
  return shaped(type, given);
}

function fillOf(type: ElementType, value: Value): Scalar | ShapedInput {
  if (typeof value !== 'object') return value;
  return shaped(type, { shape: [], values: [value] });
}

/** The data tells its dtype, but of complex numbers. */
function shaped(type: ElementType, { shape, values }: ModelDataset<Value>): ShapedInput {
  const complex = type.kind === 'number' && type.str[1] === 'c';
  return { data: arrayOf(type, values), shape, ...(complex ? { dtype: type.str } : {}) };
}
