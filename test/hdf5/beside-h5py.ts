/** The same steps in h5py and here, to be held to the same outcome. */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import {
  Attributes,
  Datatype,
  Dataset,
  Empty,
  ExternalLink,
  File,
  Group,
  HardLink,
} from 'planefeed';
import { PlanefeedError, Reference, SoftLink, toList } from 'planefeed';
import type { FileMode, NdArray } from 'planefeed';
import { expect, test } from 'vitest';

import { h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

export interface Step {
  /** Statements, with the file `f`; the outcome is what they assign to `out`. */
  readonly python: string;
  readonly ours: (f: File) => unknown;
  /** Where it is not to be h5py's outcome, which is still known to be another. */
  readonly differs?: unknown;
}

/** A value as JSON has it, or the kind of an error. */
type Outcome = unknown;

/**
 * Makes two copies of a file, does all steps one after the other on each, and compares every
 * outcome, and what then is in the two files (see `Step.differs` for exceptions).
 *
 * @param setup Python that fills the file `f`
 */
export function sameInH5py(
  name: string,
  setup: string,
  steps: readonly Step[],
  mode: FileMode = 'r+',
): void {
  test(name, async () => {
    const folder = await temporaryDirectory();
    const [theirs, ours] = ['theirs.h5', 'ours.h5'].map((file) => path.join(folder, file));
    await h5py.run(
      `import os\nos.chdir(data[0])\nwith h5py.File(data[1], 'w') as f:\n${indent(setup)}`,
      [folder, theirs],
    );
    await copyFile(theirs!, ours!);
    const expected = (await h5py.run(PYTHON, {
      file: theirs,
      mode,
      steps: steps.map(({ python }) => python),
    })) as Outcome[];
    const file = await File.open(ours!, mode);
    const actual = steps.map((step) => outcomeOf(() => step.ours(file)));
    file.close();
    const table = (outcomes: readonly Outcome[]): Record<string, Outcome> =>
      Object.fromEntries(steps.map(({ python }, at) => [`${at}: ${python}`, outcomes[at]]));
    const wanted = steps.map((step, at) => ('differs' in step ? step.differs : expected[at]));
    expect(table(actual)).toEqual(table(wanted));
    const alike = steps.filter(
      (step, at) => 'differs' in step && isDeepStrictEqual(expected[at], step.differs),
    );
    expect(
      alike.map(({ python }) => python),
      'said to differ, and does not',
    ).toEqual([]);
  });
}

export function outcomeOf(action: () => unknown): Outcome {
  try {
    return shown(action());
  } catch (error) {
    if (!(error instanceof PlanefeedError)) throw error;
    return { error: error.tag === 'corrupt-file' ? 'storage' : error.tag };
  }
}

/** As `show` of the Python below. */
export function shown(value: unknown): Outcome {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  const printed = prints.find((type) => value instanceof type);
  if (printed !== undefined) return (value as File).toString().replace('ours.h5', '*.h5');
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, shown);
  if (isNdArray(value)) return [value.dtype, value.shape, shown(toList(value))];
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(shown);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

const prints: readonly (new (...args: never[]) => object)[] = [
  Group,
  Dataset,
  Datatype,
  Attributes,
  Reference,
  HardLink,
  SoftLink,
  ExternalLink,
  Empty,
];

function isNdArray(value: object): value is NdArray {
  return 'data' in value && 'shape' in value && 'dtype' in value;
}

function indent(code: string): string {
  const lines = code.split('\n').filter((line) => line.trim() !== '');
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => `    ${line.slice(margin)}`).join('\n');
}

/** `show` and `outcome`, for Python that is run by itself. */
export const SHOW = `
def show(value):
    if value is None or isinstance(value, (bool, int, float, str)): return value
    if isinstance(value, bytes): return value.decode()
    if isinstance(value, complex): return {'re': value.real, 'im': value.imag}
    if isinstance(value, h5py.Empty): return f'Empty(dtype="{value.dtype.str}")'
    if isinstance(value, (h5py.HardLink,)): return '<HardLink>'
    if isinstance(value, (h5py.Group, h5py.Dataset, h5py.Datatype, h5py.SoftLink, h5py.ExternalLink,
                          h5py.Reference, h5py.RegionReference)):
        return repr(value).replace('theirs.h5', '*.h5')
    if isinstance(value, np.ndarray): return [value.dtype.str, list(value.shape), nested(value)]
    if isinstance(value, np.void):
        if value.dtype.names: return {n: show(value[n]) for n in value.dtype.names}
        return list(value.tobytes())
    if isinstance(value, np.generic): return show(value.item())
    if isinstance(value, dict): return {k: show(v) for k, v in value.items()}
    return [show(item) for item in value]
def nested(array):
    if array.ndim == 0: return element(array[()])
    return [nested(part) if isinstance(part, np.ndarray) and array.dtype != object or array.ndim > 1
            else element(part) for part in array]
def element(value):
    return [show(v) for v in value.ravel()] if isinstance(value, np.ndarray) else show(value)
def kind(error):
    if isinstance(error, FileNotFoundError): return 'not-found'
    if isinstance(error, KeyError): return 'not-found'
    if isinstance(error, (TypeError, ValueError, IndexError, OverflowError)): return 'invalid-option'
    if isinstance(error, (OSError, RuntimeError)): return 'storage'
    return type(error).__name__
`;

const PYTHON = `
${SHOW}
outcomes = []
names = {'h5py': h5py, 'np': np, 'slice': slice}
with h5py.File(data['file'], data['mode']) as f:
    for step in data['steps']:
        names.update(f=f, out=None)
        try:
            exec(step, names)
            outcomes.append(show(names['out']))
        except Exception as error: outcomes.append({'error': kind(error)})
result = outcomes
`;
