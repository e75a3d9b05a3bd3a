/** An introduction to HDF5, step by step: in h5py and in TypeScript, with the same outcome. */
import { statSync } from 'node:fs';
import path from 'node:path';

import { Dataset, ELLIPSIS, File, mask, PlanefeedError, slice, toList } from 'planefeed';
import type { Group, NestedList } from 'planefeed';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

/** Cell by cell: what h5py printed, or the error that it raised. */
type Cells = Record<string, unknown>;

const first = [
  [0.09, 0.1],
  [0.59, 0.64],
  [0.62, 0.05],
];
const second = first.map((row) => row.map((value) => 1 - value));
const random = [
  [1, 9, 5, 3, 0, 3, 6, 0, 0, 6],
  [7, 8, 3, 8, 1, 4, 1, 1, 7, 8],
  [6, 4, 0, 8, 3, 0, 1, 5, 1, 1],
  [2, 6, 3, 8, 8, 8, 6, 9, 2, 1],
  [2, 1, 7, 1, 2, 3, 1, 2, 6, 2],
];

const python = `
import os
name, cells = data['file'], {}
def outcome(cell, action):
    try: cells[cell] = action()
    except Exception as error: cells[cell] = type(error).__name__ + ': ' + str(error)
def plain(a): return [str(a.dtype), a.tolist()]

with h5py.File(name, 'w') as f: pass
first, second, random = (np.array(data[k]) for k in ('first', 'second', 'random'))
with h5py.File(name, 'a') as f: f['dataset_1'] = first
def overwrite():
    with h5py.File(name, 'a') as f: f['dataset_1'] = second
outcome('overwriting', overwrite)
with h5py.File(name, 'a') as f: f['dataset_1'][...] = second
with h5py.File(name, 'a') as f:
    dataset = f['dataset_1']
    cells['open'] = repr(dataset)
cells['closed'] = repr(dataset)
with h5py.File(name, 'a') as f:
    cells['slices'] = [plain(f['dataset_1'][1:3, 1:2]), plain(f['dataset_1'][...])]
with h5py.File(name, 'a') as f:
    f.create_dataset('empty_dataset1', shape=(3, 1), dtype='f4')
    f.create_dataset('empty_dataset2', shape=(10, 4), dtype=np.float16)
    f.create_dataset('ones_dataset1', data=np.ones((3, 3), dtype=np.complex64))
    f.create_dataset('large', shape=(10000, 10000), dtype='f8')
    ones = f['ones_dataset1'][...]
    cells['created'] = [plain(f['empty_dataset1'][...]), plain(f['empty_dataset2'][...]),
                        str(ones.dtype), ones.real.tolist(), ones.imag.tolist()]
with h5py.File(name, 'a') as f:
    f['empty_dataset1'][1] = 2.**65
    f['empty_dataset2'][1, 1] = 2.**65
    cells['overflow'] = [f['empty_dataset1'][1].tolist(), str(f['empty_dataset2'][1, 1])]
with h5py.File(name, 'a') as f:
    out = np.empty((3, 1), dtype=np.float16)
    f['empty_dataset1'].read_direct(out)
    view = f['empty_dataset1'].astype('float16')[...]
    cells['cast on read'] = [[str(out.dtype), str(out.tolist())], [str(view.dtype), str(view.tolist())]]
with h5py.File(name, 'a') as f:
    d = f.create_dataset('random', data=random)
    cells['slicing'] = [a.tolist() for a in (d[...], d[1:2, :], d[:, 2:3], d[1:5, 0:3])]
with h5py.File(name) as f:
    d = f['random']
    outcome('comparing', lambda: d[d > 5])
    cells['mask'] = d[d[...] > 5].tolist()
    out = np.empty((2, d.shape[1]))
    d.read_direct(out, np.s_[1:5:2, :])
    cells['direct'] = plain(out)
with h5py.File(name, 'a') as f:
    outcome('not chunked', lambda: f['random'].resize((50, 1)))
with h5py.File(name, 'a') as f:
    d = f.create_dataset(name='reshapable', shape=(2, 2), dtype='float32', maxshape=(None, None))
    steps = [plain(d[...])]
    d.resize((4, 1)); steps.append(plain(d[...]))
    d[...] = np.arange(2, 6).reshape((4, 1)); steps.append(plain(d[...]))
    d.resize((2, 2)); steps.append(plain(d[...]))
    d[...] = np.arange(2, 6).reshape((2, 2))
    d.resize((2, 3)); steps.append(plain(d[...]))
    d[...] = np.arange(2, 8).reshape((2, 3))
    d.resize((3, 3)); steps.append(plain(d[...]))
    cells['resizing'] = steps
    cells['guessed chunks'] = d.chunks
with h5py.File(name, 'a') as f:
    g = f.create_group('some_group')
    g.create_dataset(name='first_ordered_dataset', shape=(3, 3), dtype='float32')
    g['second_ordered_dataset'] = np.ones((2, 2))
    f['some_group'].create_group('some_subgroup')
    cells['nested'] = f.create_group('a_group/a_subgroup/a_subsubgroup').name
    f.create_dataset(name='new_group/new_dataset', shape=(3, 3), dtype='int')
    cells['in groups'] = [plain(f['some_group/first_ordered_dataset'][...]),
                          plain(f['some_group']['second_ordered_dataset'][...]),
                          plain(f['new_group/new_dataset'][...])]
with h5py.File(name, 'a') as f:
    cells['names'] = list(f)
    cells['groups'] = [i for i in f if not isinstance(f[i], h5py.Dataset)]
    cells['subgroups'] = [i for i in f['some_group'] if not isinstance(f['some_group'][i], h5py.Dataset)]
    cells['file is a group'] = isinstance(f, h5py.Group)
    d = f.create_dataset(name='chunking', shape=(4, 10, 10, 3), maxshape=(None, 10, 10, 3), chunks=(1, 10, 10, 1), dtype='f4')
    cells['chunking'] = [d.chunks, d.maxshape, d.shape]
with h5py.File(name) as f:
    def write(): f['random'][0, 0] = 1
    outcome('read-only', write)
cells['size'] = os.path.getsize(name) < 100_000
result = cells
`;

describeWithH5py('the introduction to HDF5, beside h5py', () => {
  let folder: SharedDirectory;
  let theirs: Cells;
  let ours: Cells;
  beforeAll(async () => {
    folder = await sharedDirectory();
    theirs = (await h5py.run(python, {
      file: path.join(folder.path, 'theirs.h5'),
      first,
      second,
      random,
    })) as Cells;
    ours = await runOurs(path.join(folder.path, 'ours.h5'));
  });
  afterAll(() => folder.remove());

  test.each([
    'open',
    'closed',
    'slices',
    'created',
    'overflow',
    'cast on read',
    'slicing',
    'mask',
    'direct',
    'resizing',
    'guessed chunks',
    'nested',
    'in groups',
    'names',
    'groups',
    'subgroups',
    'file is a group',
    'chunking',
    'size',
  ])('%s', (cell) => {
    expect(ours[cell]).toEqual(theirs[cell]);
  });

  test('the same steps fail', () => {
    expect(theirs.overwriting).toMatch(/^OSError: .*name already exists/);
    expect(ours.overwriting).toMatch(/^StorageError: .*the name is taken/);
    expect(theirs.comparing).toMatch(/^TypeError: '>' not supported/);
    expect(ours.comparing).toMatch(/^InvalidOptionError: .*can't be compared.*mask\(/);
    expect(theirs['not chunked']).toBe('TypeError: Only chunked datasets can be resized');
    expect(ours['not chunked']).toMatch(
      /^InvalidOptionError: Only chunked datasets can be resized/,
    );
    expect(theirs['read-only']).toMatch(/^OSError: .*no write intent on file/);
    expect(ours['read-only']).toMatch(/^InvalidOptionError: .*the file is open for reading/);
  });

  async function runOurs(name: string): Promise<Cells> {
    const cells: Cells = {};
    const outcome = (cell: string, action: () => unknown): void => {
      try {
        cells[cell] = action();
      } catch (error) {
        expect(error).toBeInstanceOf(PlanefeedError);
        cells[cell] = String(error);
      }
    };
    (await File.open(name, 'w')).close();
    {
      using file = await File.open(name, 'a');
      file.set('dataset_1', first);
    }
    {
      using file = await File.open(name, 'a');
      outcome('overwriting', () => {
        file.set('dataset_1', second);
      });
      file.dataset('dataset_1').set(ELLIPSIS, second);
    }
    let dataset: Dataset;
    {
      using file = await File.open(name, 'a');
      dataset = file.dataset('dataset_1');
      cells.open = String(dataset);
      cells.slices = [plain(dataset, [slice(1, 3), slice(1, 2)]), plain(dataset)];
    }
    cells.closed = dataset.toString();
    {
      using file = await File.open(name, 'a');
      const one = file.createDataset('empty_dataset1', { shape: [3, 1], dtype: 'f4' });
      const two = file.createDataset('empty_dataset2', { shape: [10, 4], dtype: 'float16' });
      const ones = file.createDataset('ones_dataset1', {
        data: { data: ones3x3(), shape: [3, 3], dtype: 'complex64' },
      });
      file.createDataset('large', { shape: [10_000, 10_000], dtype: 'f8' });
      const complex = toList(ones.get()) as { re: number; im: number }[][];
      cells.created = [
        plain(one),
        plain(two),
        numpyName(ones.dtype),
        complex.map((row) => row.map(({ re }) => re)),
        complex.map((row) => row.map(({ im }) => im)),
      ];
      one.set(1, 2 ** 65);
      two.set([1, 1], 2 ** 65);
      cells.overflow = [
        toList(one.get(1)),
        String(two.get([1, 1]).data[0])
          .slice(0, 3)
          .toLowerCase(),
      ];
      const out = { data: new Float32Array(3), shape: [3, 1], dtype: 'float16' };
      one.readDirect(out);
      const view = one.astype('float16').get();
      cells['cast on read'] = [
        ['float16', pythonList([...out.data])],
        [numpyName(view.dtype), pythonList([...view.data])],
      ];
    }
    {
      using file = await File.open(name, 'a');
      const d = file.createDataset('random', { data: random });
      cells.slicing = ['...', '1:2, :', ':, 2:3', '1:5, 0:3'].map((s) => plain(d, s)[1]);
    }
    {
      using file = await File.open(name);
      const d = file.dataset('random', 'int64');
      const values = d.get();
      outcome('comparing', () => {
        // @ts-expect-error TypeScript sees it too.
        return d.get(d > 5);
      });
      cells.mask = Array.from(d.get(mask(values, (value) => value > 5)).data, Number);
      const out = { data: new Float64Array(20), shape: [2, 10] };
      d.readDirect(out, '1:5:2, :');
      cells.direct = ['float64', toList({ ...out, dtype: '<f8' })];
      outcome('read-only', () => {
        d.set([0, 0], 1);
      });
    }
    {
      using file = await File.open(name, 'a');
      outcome('not chunked', () => {
        file.dataset('random').resize([50, 1]);
      });
      const d = file.createDataset('reshapable', {
        shape: [2, 2],
        dtype: 'float32',
        maxshape: [null, null],
      });
      const steps = [plain(d)];
      d.resize([4, 1]);
      steps.push(plain(d));
      d.set('...', [[2], [3], [4], [5]]);
      steps.push(plain(d));
      d.resize([2, 2]);
      steps.push(plain(d));
      d.set('...', [
        [2, 3],
        [4, 5],
      ]);
      d.resize([2, 3]);
      steps.push(plain(d));
      d.set('...', [
        [2, 3, 4],
        [5, 6, 7],
      ]);
      d.resize([3, 3]);
      steps.push(plain(d));
      cells.resizing = steps;
      cells['guessed chunks'] = d.chunks;
    }
    {
      using file = await File.open(name, 'a');
      const group = file.createGroup('some_group');
      group.createDataset('first_ordered_dataset', { shape: [3, 3], dtype: 'float32' });
      group.set('second_ordered_dataset', {
        data: new Float64Array(4).fill(1),
        shape: [2, 2],
      });
      file.group('some_group').createGroup('some_subgroup');
      cells.nested = file.createGroup('a_group/a_subgroup/a_subsubgroup').name;
      file.createDataset('new_group/new_dataset', { shape: [3, 3], dtype: 'int' });
      cells['in groups'] = [
        plain(file.dataset('some_group/first_ordered_dataset')),
        plain(file.group('some_group').dataset('second_ordered_dataset')),
        plain(file.dataset('new_group/new_dataset')),
      ];
      cells.names = [...file];
      cells.groups = notDatasets(file);
      cells.subgroups = notDatasets(file.group('some_group'));
      cells['file is a group'] = file instanceof group.constructor;
      const d = file.createDataset('chunking', {
        shape: [4, 10, 10, 3],
        maxshape: [null, 10, 10, 3],
        chunks: [1, 10, 10, 1],
      });
      cells.chunking = [d.chunks, d.maxshape, d.shape];
    }
    cells.size = statSync(name).size < 100_000;
    return cells;
  }
});

function notDatasets(group: Group): string[] {
  return [...group].filter((name) => !(group.get(name) instanceof Dataset));
}

function plain(dataset: Dataset, selection?: Parameters<Dataset['get']>[0]): [string, unknown] {
  const values = dataset.get(selection);
  return [numpyName(values.dtype), numbers(toList(values))];
}

function numbers(list: NestedList): unknown {
  if (Array.isArray(list)) return list.map(numbers);
  return typeof list === 'bigint' ? Number(list) : list;
}

function ones3x3(): Float32Array {
  return Float32Array.from({ length: 18 }, (_, at) => 1 - (at % 2));
}

/** As Python prints a column of floats. */
function pythonList(values: readonly number[]): string {
  const texts = values.map((value) => (value === Infinity ? 'inf' : value.toFixed(1)));
  return `[${texts.map((text) => `[${text}]`).join(', ')}]`;
}

function numpyName(str: string): string {
  const kinds: Record<string, string> = { f: 'float', i: 'int', c: 'complex' };
  return `${kinds[str[1]!]!}${8 * Number(str.slice(2))}`;
}
