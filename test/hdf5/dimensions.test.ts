import path from 'node:path';
import { inspect } from 'node:util';

import { expect, it } from 'vitest';

import { Attributes } from '#src/hdf5/attributes.js';
import { Dimensions, isScale, makeScale, type NamedDataset } from '#src/hdf5/dimensions.js';
import { dereference, type Reference } from '#src/hdf5/reference.js';
import { openH5, type H5File } from '#src/storage/h5.js';
import { InvalidOptionError, NotFoundError, StorageError } from 'planefeed';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

const open = (name: string): NamedDataset => ({ name });

function dims(file: H5File, name: string): Dimensions {
  return new Dimensions(file, name, open);
}

async function newFile(): Promise<H5File> {
  const name = path.join(await temporaryDirectory(), 'file.h5');
  const file = await openH5(name, 'w', { durability: 'process' });
  for (const [dataset, shape] of [
    ['/data', [4, 3]],
    ['/time', [4]],
    ['/frame', [4]],
    ['/x', [3]],
  ] as const) {
    file.createDataset(dataset, { dtype: 'float64', shape });
  }
  return file;
}

describeWithH5py('dimension scales and labels', () => {
  const read = `
def facts(path):
    with h5py.File(path) as f:
        d = f['data']
        return [[dim.label for dim in d.dims], [dim.keys() for dim in d.dims],
            [[v.name for v in dim.values()] for dim in d.dims],
            [f[n].is_scale for n in ('data', 'time', 'frame', 'x')],
            {n: sorted(f[n].attrs) for n in ('data', 'time', 'frame', 'x')}]
`;

  it("are h5py's after the same steps", async () => {
    const file = await newFile();
    const directory = await temporaryDirectory();
    const theirs = path.join(directory, 'theirs.h5');
    makeScale(file, '/time', 'seconds');
    makeScale(file, '/frame');
    const of = dims(file, '/data');
    of.at(0).label = 'tíme';
    of.at(0).attachScale(open('/time'));
    of.at(0).attachScale(open('/frame'));
    of.at(0).attachScale(open('/frame'));
    of.at(1).attachScale(open('/x'));
    of.at(0).detachScale(open('/frame'));
    of.at(0).attachScale(open('/frame'));
    of.at(1).label = 'other';
    of.at(1).label = 'x';
    await file.close();
    const [ours, expected] = (await h5py.run(
      `${read}
with h5py.File(data['theirs'], 'w') as f:
    d = f.create_dataset('data', (4, 3), 'f8')
    for n, l in (('time', 4), ('frame', 4), ('x', 3)): f.create_dataset(n, (l,), 'f8')
    f['time'].make_scale('seconds'); f['frame'].make_scale()
    d.dims[0].label = 'tíme'
    for n in ('time', 'frame', 'frame'): d.dims[0].attach_scale(f[n])
    d.dims[1].attach_scale(f['x'])
    d.dims[0].detach_scale(f['frame']); d.dims[0].attach_scale(f['frame'])
    d.dims[1].label = 'other'
    d.dims[1].label = 'x'
result = [facts(data['ours']), facts(data['theirs'])]
`,
      { ours: file.path, theirs },
    )) as [unknown, unknown];
    expect(ours).toEqual(expected);
  });

  it('are read from what h5py writes', async () => {
    const name = path.join(await temporaryDirectory(), 'theirs.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w') as f:
          d = f.create_dataset('data', (4, 3), 'f8')
          g = f.create_group('scales')
          for n in ('time', 'frame'): g.create_dataset(n, (4,), 'f8').make_scale(n.upper())
          f['plain'] = [1]
          d.dims[0].label = 'tíme'
          for n in g.values(): d.dims[0].attach_scale(n)
      `,
      name,
    );
    const file = await openH5(name, 'r');
    const of = dims(file, '/data');
    expect(of.size).toBe(2);
    expect([...of].map(({ label }) => label)).toEqual(['tíme', '']);
    expect([...of].map(({ size }) => size)).toEqual([2, 0]);
    expect([...of.at(0)]).toEqual(['FRAME', 'TIME']);
    expect(of.at(0).values()).toEqual([open('/scales/frame'), open('/scales/time')]);
    expect(of.at(0).entries()[1]).toEqual(['TIME', open('/scales/time')]);
    expect(of.at(0).get('TIME')).toEqual(open('/scales/time'));
    expect(of.at(0).get(0)).toEqual(open('/scales/frame'));
    expect(of.at(0).get('other')).toBeUndefined();
    expect(of.at(1).keys()).toEqual([]);
    expect(of.at(1).get(0)).toBeUndefined();
    expect(isScale(file, '/scales/time')).toBe(true);
    expect(isScale(file, '/plain')).toBe(false);

    // How HDF5 keeps it.
    const list = new Attributes(file, '/data').get('DIMENSION_LIST') as unknown as {
      data: { data: Reference[] }[];
    };
    expect(list.data.map(({ data }) => data.map((each) => dereference(file, each)))).toEqual([
      ['/scales/frame', '/scales/time'],
      [],
    ]);
    const back = new Attributes(file, '/scales/time').get('REFERENCE_LIST');
    expect(back).toMatchObject({ shape: [1], data: { dimension: Uint32Array.of(0) } });
    await file.close();
  });
});

it('dimensions print as in h5py, also when the file is closed', async () => {
  const file = await newFile();
  const of = dims(file, '/data');
  const dimension = of.at(1);
  dimension.label = 'x';
  expect(String(of)).toBe('<Dimensions of HDF5 object at /data>');
  expect(String(dimension)).toBe('<"x" dimension 1 of HDF5 dataset at /data>');
  await file.close();
  expect(inspect(of)).toBe('<Dimensions of closed HDF5 dataset>');
  expect(inspect(dimension)).toBe('<Dimension of closed HDF5 dataset>');
  expect(() => dimension.label).toThrow('the file has been closed');
});

it('wrong scales are refused, and say why', async () => {
  const file = await newFile();
  file.createGroup('/group');
  const of = dims(file, '/data');
  of.at(0).attachScale(open('/time'));
  const refused: readonly [() => unknown, new (...arguments_: never[]) => Error, string][] = [
    [() => of.at(2), InvalidOptionError, 'Index out of range'],
    [() => of.at(-1), InvalidOptionError, 'Index out of range'],
    [() => of.at(0.5), InvalidOptionError, 'got 0.5'],
    [
      () => {
        of.at(0).detachScale(open('/frame'));
      },
      StorageError,
      'not attached',
    ],
    [
      () => {
        of.at(1).detachScale(open('/time'));
      },
      StorageError,
      'not attached',
    ],
    [
      () => {
        of.at(0).attachScale(open('/data'));
      },
      StorageError,
      'attach',
    ],
    [
      () => {
        dims(file, '/time').at(0).attachScale(open('/frame'));
      },
      StorageError,
      'attach',
    ],
    [
      () => {
        of.at(0).attachScale(open('/missing'));
      },
      NotFoundError,
      '/missing',
    ],
    [
      () => {
        of.at(0).attachScale(open('/group'));
      },
      NotFoundError,
      '/group',
    ],
    [
      () => {
        of.at(0).attachScale('time' as unknown as NamedDataset);
      },
      InvalidOptionError,
      'dataset',
    ],
    [
      () => {
        of.at(0).label = 'a\0';
      },
      InvalidOptionError,
      'NUL',
    ],
    [
      () => {
        of.at(0).label = 5 as unknown as string;
      },
      InvalidOptionError,
      'got 5',
    ],
    [
      () => {
        makeScale(file, '/data');
      },
      StorageError,
      'dimension scale',
    ],
    [
      () => {
        makeScale(file, '/missing');
      },
      NotFoundError,
      '/missing',
    ],
    [() => isScale(file, '/group'), NotFoundError, '/group'],
  ];
  for (const [attempt, kind, text] of refused) {
    expect(attempt, text).toThrow(kind);
    expect(attempt).toThrow(text);
  }
  expect(of.at(0).keys()).toEqual(['']);
  await file.close();
});
