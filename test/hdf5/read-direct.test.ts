import path from 'node:path';

import fc from 'fast-check';
import { File, InvalidOptionError, toList } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import type { Entry } from './arbitrary-selections.js';
import { nestModel, pick, readModel, size, writeModel } from './round-trip-model.js';
import type { ModelDataset } from './round-trip-model.js';
import { selectionOf } from './round-trip-ours.js';
import { arbitrarySelection, maybe, selectionOf as entriesOf } from './round-trip-selections.js';
import { arrayOf } from './round-trip-types.js';

interface Direct {
  readonly stored: string;
  readonly wanted: string;
  readonly shape: readonly number[];
  readonly source: readonly Entry[];
  readonly outShape: readonly number[];
  readonly dest: readonly Entry[] | null;
}

const DTYPES = ['|u1', '<i2', '>i4', '<f2', '<f4', '>f8'];

const rawDirect = fc.record({
  dtypes: fc.tuple(fc.constantFrom(...DTYPES), fc.constantFrom(...DTYPES), fc.boolean()),
  shape: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
  source: arbitrarySelection,
  // How each axis of the result lies in memory: start, step, what follows.
  layout: fc.array(
    fc.record({
      // Often all of the axis: then what is read may be one run of elements.
      start: fc.constantFrom(0, 0, 0, 1, 3),
      step: fc.constantFrom(1, 1, 1, 2, 3),
      after: fc.constantFrom(0, 0, 1, 2),
      list: maybe(9, fc.nat({ max: 0xffff })),
    }),
    { minLength: 4, maxLength: 4 },
  ),
  within: fc.boolean(),
  dropped: maybe(2, fc.record({ at: fc.nat({ max: 3 }), length: fc.integer({ min: 1, max: 3 }) })),
  ones: fc.boolean(),
});

/** Memory with room for what is read, all of it or in places. */
const directs: fc.Arbitrary<Direct> = rawDirect.map((raw) => {
  const [stored, other, same] = raw.dtypes;
  const wanted = (same ? stored : other).replace('>', '<');
  const source = entriesOf(raw.source, raw.shape);
  const result = pick(raw.shape, source).shape;
  const common = { stored, wanted, shape: raw.shape, source };
  if (!raw.within) {
    // Axes of length 1 make no difference.
    return { ...common, outShape: raw.ones ? [1, ...result] : result, dest: null };
  }
  let listed = false;
  const axes = result.map((length, axis): { length: number; entry: Entry } => {
    const { start, step, after, list } = raw.layout[axis]!;
    if (list !== null && !listed) {
      listed = true;
      const indices: number[] = [];
      for (let at = 0, next = start; at < length; at++) {
        indices.push(next);
        next += 1 + ((list >> at) & 1);
      }
      return { length: (indices.at(-1) ?? 0) + 1 + after, entry: { list: indices } };
    }
    const end = start + Math.max(0, length - 1) * step + Math.min(1, length);
    return { length: end + after, entry: { slice: [start, end, step] } };
  });
  if (raw.dropped !== null) {
    const at = Math.min(raw.dropped.at, axes.length);
    axes.splice(at, 0, { length: raw.dropped.length, entry: raw.dropped.length - 1 });
  }
  return {
    ...common,
    outShape: axes.map(({ length }) => length),
    dest: axes.map(({ entry }) => entry),
  };
});

describe('readDirect', () => {
  test('is reading, and putting what was read where it belongs', async () => {
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    let runs = 0;
    fc.assert(
      fc.property(directs, (given) => {
        const got = readInto(file, `x${runs++}`, given);
        expect(got).toEqual(nestModel(expected(given)));
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test('what has another shape is refused, and nothing is read', async () => {
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    const dataset = file.createDataset('x', { data: Int32Array.from([1, 2, 3, 4]), shape: [2, 2] });
    const out = { data: new Int32Array(6).fill(-1), shape: [2, 3] };
    for (const [source, dest] of [
      ['...', undefined],
      ['...', ':, 1:2'],
      ['0, :', '0, :'],
      [':, 0', '0, :'],
    ] as const) {
      expect(() => {
        dataset.readDirect(out, source, dest);
      }).toThrow(InvalidOptionError);
    }
    expect(out.data).toEqual(new Int32Array(6).fill(-1));
    // Plain memory of the right size needs no shape.
    const plain = new Float32Array(4);
    dataset.readDirect(plain);
    expect(plain).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describeWithH5py('readDirect beside h5py', () => {
  test("the same memory as numpy's assignment and h5py's read_direct fill", async () => {
    const cases = fc.sample(directs, { numRuns: 150, seed: 4 });
    const theirs = (await h5py.run(ORACLE, cases)) as { assigned: unknown; direct: unknown }[];
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    let compared = 0;
    cases.forEach((given, at) => {
      const ours = readInto(file, `x${at}`, given);
      const { assigned, direct } = theirs[at]!;
      expect(ours, JSON.stringify(given)).toEqual(assigned);
      if (direct === null) return;
      compared++;
      expect(ours, JSON.stringify(given)).toEqual(direct);
    });
    expect(compared).toBeGreaterThan(50);
  });
});

const ORACLE = `
  f = h5py.File('oracle', 'w', driver='core', backing_store=False)
  result = []
  for i, c in enumerate(data):
      values = np.arange(np.prod(c['shape'], dtype=int)).reshape(c['shape']) % 100
      d = f.create_dataset(str(i), data=values.astype(c['stored']))
      source, dest = selection(c['source']), None if c['dest'] is None else selection(c['dest'])
      got = np.asarray(d[source])
      assigned = np.full(c['outShape'], 101, c['wanted'])
      if dest is None: assigned[...] = got.reshape(c['outShape'])
      elif all(isinstance(e, int) for e in dest): assigned[dest] = got
      else:
          # To numpy an integer beside a list is a list as well, which moves axes.
          dest = dest if isinstance(dest, tuple) else (dest,)
          at = lambda e, kind: e if isinstance(e, int) == kind else slice(None)
          view = assigned[tuple(at(e, True) for e in dest)]
          view[tuple(e for e in dest if not isinstance(e, int))] = got
      direct = np.full(c['outShape'], 101, c['wanted'])
      try: d.read_direct(direct, source, dest)
      # h5py doesn't read into nothing, nor lists into lists.
      except Exception: direct = None
      result.append({'assigned': assigned, 'direct': direct})
`;

function readInto(file: File, name: string, given: Direct): unknown {
  const { stored, wanted, shape, source, outShape, dest } = given;
  const type = { kind: 'number', str: stored } as const;
  const { values } = numbered(shape);
  const dataset = file.createDataset(name, {
    data: { data: arrayOf(type, values), shape },
    dtype: stored,
  });
  const memory = arrayOf({ kind: 'number', str: wanted }, new Array(size(outShape)).fill(101));
  const out = { data: memory as Int32Array<ArrayBuffer>, shape: outShape, dtype: wanted };
  const into = dest === null ? undefined : selectionOf(dest, false);
  dataset.readDirect(out, selectionOf(source, false), into);
  return toList(out);
}

function expected({ shape, source, outShape, dest }: Direct): ModelDataset<number> {
  const got = readModel(numbered(shape), source);
  if (dest === null) return { shape: outShape, values: got.values };
  const memory = { shape: outShape, values: new Array<number>(size(outShape)).fill(101) };
  return writeModel(memory, dest, got);
}

function numbered(shape: readonly number[]): ModelDataset<number> {
  return { shape, values: Array.from({ length: size(shape) }, (_, at) => at % 100) };
}
