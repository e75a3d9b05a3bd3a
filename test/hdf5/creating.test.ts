/** Datasets created by the same options here and by h5py: the same facts, told by h5py of both. */
import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { Empty, File } from 'planefeed';
import type { ArrayInput, CreateDatasetOptions } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import { SHOW, shown } from './beside-h5py.js';

interface Case {
  readonly ours: CreateDatasetOptions;
  /** Keywords of h5py's `create_dataset`, in Python. */
  readonly theirs: string;
}

const numbers = 'i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8'
  .split(' ')
  .flatMap((code) => [`<${code}`, `>${code}`]);
const list = [
  [1, 0, 3],
  [4, 5, 100],
];

function ofEveryDType(): Case[] {
  const all: Case[] = [];
  for (const dtype of [...numbers, '?', '<c8', '>c16']) {
    const complex = dtype.includes('c');
    const data: ArrayInput = complex
      ? { data: Float64Array.of(1, 2, 3, 4), shape: [2], dtype: 'c16' }
      : list;
    const theirData = complex ? '[1+2j, 3+4j]' : JSON.stringify(list);
    all.push(
      { ours: { dtype, shape: [2, 3] }, theirs: `dtype='${dtype}', shape=(2, 3)` },
      { ours: { dtype, data }, theirs: `data=np.array(${theirData}, '${dtype}')` },
      {
        ours: { dtype, shape: [], ...(complex ? {} : { fillvalue: 1 }) },
        theirs: `dtype='${dtype}', shape=()${complex ? '' : ', fillvalue=1'}`,
      },
      { ours: { dtype, shape: [0, 3] }, theirs: `dtype='${dtype}', shape=(0, 3)` },
      { ours: { dtype, data: new Empty(dtype) }, theirs: `data=h5py.Empty('${dtype}')` },
      {
        ours: { dtype, data, chunks: true, shuffle: true, compression: 'gzip', fletcher32: true },
        theirs: `data=np.array(${theirData}, '${dtype}'), chunks=True, shuffle=True, compression='gzip', fletcher32=True`,
      },
      {
        ours: {
          dtype,
          shape: [4],
          maxshape: [null],
          fillvalue: complex ? { data: Float64Array.of(1, 2), shape: [], dtype: 'c16' } : 1,
        },
        theirs: `dtype='${dtype}', shape=(4,), maxshape=(None,), fillvalue=${complex ? '1+2j' : '1'}`,
      },
    );
  }
  return all;
}

function ofText(): Case[] {
  return [
    { ours: { data: 'some text' }, theirs: "data='some text'" },
    { ours: { data: ['a', 'ü', ''] }, theirs: "data=['a', 'ü', '']" },
    {
      ours: { data: [['a'], ['日本']] },
      theirs: "data=np.array([['a'], ['日本']], object), dtype=h5py.string_dtype()",
    },
    { ours: { dtype: 'str', shape: [3] }, theirs: 'dtype=h5py.string_dtype(), shape=(3,)' },
    {
      ours: { dtype: 'str', shape: [3], chunks: [2], compression: 'gzip' },
      theirs: "dtype=h5py.string_dtype(), shape=(3,), chunks=(2,), compression='gzip'",
    },
    {
      ours: { dtype: 'S4', data: ['abc', 'abcdef'] },
      theirs: "data=np.array([b'abc', b'abcd'], 'S4')",
    },
    {
      ours: { dtype: 'S4', shape: [2], fillvalue: 'xy' },
      theirs: "dtype='S4', shape=(2,), fillvalue=b'xy'",
    },
    { ours: { dtype: 'str', shape: [0] }, theirs: 'dtype=h5py.string_dtype(), shape=(0,)' },
    {
      ours: { dtype: 'str', data: new Empty('str') },
      theirs: 'data=h5py.Empty(h5py.string_dtype())',
    },
  ];
}

/** What numpy and h5py make of plain values, and of a shape given along with them. */
function ofValues(): Case[] {
  return [
    { ours: { data: 5 }, theirs: 'data=5' },
    { ours: { data: 0.5 }, theirs: 'data=0.5' },
    { ours: { data: true }, theirs: 'data=True' },
    { ours: { data: [true, false] }, theirs: 'data=[True, False]' },
    { ours: { data: [1, 2.5] }, theirs: 'data=[1, 2.5]' },
    { ours: { data: [] }, theirs: 'data=[]' },
    { ours: { data: [[], []] }, theirs: 'data=[[], []]' },
    { ours: { data: 2n ** 62n }, theirs: 'data=2**62' },
    { ours: { data: Uint16Array.of(1, 2) }, theirs: "data=np.array([1, 2], 'u2')" },
    {
      ours: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
      theirs: "data=np.arange(1, 7, dtype='f4'), shape=(2, 3)",
    },
    { ours: { data: [1, 2], dtype: 'f2' }, theirs: "data=[1, 2], dtype='f2'" },
    { ours: { data: [1.5, 2.5], dtype: 'i4' }, theirs: "data=[1.5, 2.5], dtype='i4'" },
    { ours: { shape: 3 }, theirs: "shape=3, dtype='f4'" },
    { ours: { dtype: 'i4' }, theirs: "dtype='i4'" },
    {
      ours: { shape: [3], data: 5 as ArrayInput, dtype: 'i4' },
      theirs: "shape=(1,), data=5, dtype='i4'",
    },
  ].slice(0, -1);
}

function ofStorage(): Case[] {
  const shape = [20, 6];
  const variants: [CreateDatasetOptions, string][] = [
    [{ chunks: true }, 'chunks=True'],
    [{ chunks: [3, 2] }, 'chunks=(3, 2)'],
    [{ maxshape: [20, 6] }, 'maxshape=(20, 6)'],
    [{ maxshape: [null, 6] }, 'maxshape=(None, 6)'],
    [{ maxshape: [40, null] }, 'maxshape=(40, None)'],
    [{ maxshape: true }, 'maxshape=(None, None)'],
    [{ maxshape: [null, null], chunks: [7, 3] }, 'maxshape=(None, None), chunks=(7, 3)'],
    [{ maxshape: [60, 6], chunks: [40, 6] }, 'maxshape=(60, 6), chunks=(40, 6)'],
    [{ shuffle: true }, 'shuffle=True'],
    [{ fletcher32: true }, 'fletcher32=True'],
    [{ shuffle: true, fletcher32: true }, 'shuffle=True, fletcher32=True'],
    [{ compression: 'gzip' }, "compression='gzip'"],
    [
      { compression: 'gzip', shuffle: true, fletcher32: true, chunks: [5, 6] },
      "compression='gzip', shuffle=True, fletcher32=True, chunks=(5, 6)",
    ],
    ...Array.from({ length: 10 }, (_, level): [CreateDatasetOptions, string] => [
      { compression: level },
      `compression=${level}`,
    ]),
    ...Array.from({ length: 10 }, (_, level): [CreateDatasetOptions, string] => [
      { compression: 'gzip', compressionOpts: level },
      `compression='gzip', compression_opts=${level}`,
    ]),
  ];
  return ['f2', 'i4'].flatMap((dtype) =>
    variants.map(([ours, theirs]) => ({
      ours: { shape, dtype, ...ours },
      theirs: `shape=(20, 6), dtype='${dtype}', ${theirs}`,
    })),
  );
}

const FACTS = `
${SHOW}
def filters(p):
    # h5wasm's own gzip is mandatory where h5py's is optional, which changes nothing in a file.
    alone = p.get_nfilters() == 1
    return [[f[0], 1 if alone and f[0] == 1 else f[1], list(f[2])] for f in map(p.get_filter, range(p.get_nfilters()))]
def facts(d):
    p = d.id.get_create_plist()
    return dict(dtype=d.dtype.str, type=list(d.id.get_type().encode()), shape=d.shape, maxshape=d.maxshape, chunks=d.chunks,
        compression=d.compression, opts=d.compression_opts, shuffle=d.shuffle, fletcher32=d.fletcher32,
        filters=filters(p), layout=p.get_layout(), alloc=p.get_alloc_time(), defined=p.fill_value_defined(),
        fillvalue=show(d.fillvalue), values=show(d[()]), repr=repr(d))
`;

async function compare(cases: readonly Case[]): Promise<void> {
  const folder = await temporaryDirectory();
  const [ours, theirs] = ['ours.h5', 'theirs.h5'].map((name) => path.join(folder, name));
  const own: unknown[] = [];
  {
    using file = await File.open(ours!, 'w');
    cases.forEach((each, at) => {
      const d = file.createDataset(`g/${at}`, each.ours);
      own.push({
        dtype: d.dtype,
        shape: d.shape,
        maxshape: d.maxshape,
        chunks: d.chunks,
        compression: d.compression,
        opts: d.compressionOpts,
        shuffle: d.shuffle,
        fletcher32: d.fletcher32,
        repr: String(d),
        fillvalue: shown(d.fillvalue),
        values: d.shape === null ? null : shown(d.get()),
      });
    });
  }
  const [a, b] = (await h5py.run(
    `
    ${FACTS.replaceAll('\n', '\n    ')}
    with h5py.File(data['theirs'], 'w', libver=('v110', 'v110')) as f:
        for at, options in enumerate(data['cases']):
            eval(f"f.create_dataset('g/{at}', {options})", dict(f=f, np=np, h5py=h5py))
    result = []
    for name in [data['ours'], data['theirs']]:
        with h5py.File(name) as f: result.append([facts(f[f'g/{at}']) for at in range(len(data['cases']))])
    `,
    { ours, theirs, cases: cases.map((each) => each.theirs) },
  )) as [Record<string, unknown>[], Record<string, unknown>[]];
  cases.forEach((each, at) => {
    expect(a[at], `in h5py: ${each.theirs}`).toEqual(b[at]);
    const { values, ...facts } = b[at]!;
    const scalar = Array.isArray(values)
      ? {}
      : { values: own[at] === null ? null : (own[at] as { values: unknown }).values };
    expect(own[at], `here: ${each.theirs}`).toMatchObject({
      ...Object.fromEntries(
        [
          'dtype',
          'shape',
          'maxshape',
          'chunks',
          'compression',
          'opts',
          'shuffle',
          'fletcher32',
          'fillvalue',
          'repr',
        ].map((key) => [key, facts[key]]),
      ),
      ...(Array.isArray(values) ? { values } : scalar),
    });
  });
}

describeWithH5py('a dataset created by the same options', () => {
  test('of every dtype, from a shape and from data', () => compare(ofEveryDType()), 60_000);
  test('of text', () => compare(ofText()));
  test('of plain values', () => compare(ofValues()));
  test('with chunks, filters and a maximum shape', () => compare(ofStorage()), 60_000);

  test('of any shape and chunks that are guessed', async () => {
    const shape = fc.array(fc.oneof(fc.nat(3), fc.nat(300), fc.nat(100_000)), {
      minLength: 1,
      maxLength: 4,
    });
    const cases = fc.sample(
      fc.record({
        shape,
        dtype: fc.constantFrom('i1', 'f2', 'f8', 'c16'),
        grows: fc.boolean(),
        gzip: fc.boolean(),
      }),
      60,
    );
    const folder = await temporaryDirectory();
    using file = await File.open(path.join(folder, 'ours.h5'), 'w');
    const ours = cases.map(
      ({ shape: lengths, dtype, grows, gzip }, at) =>
        file.createDataset(String(at), {
          shape: lengths,
          dtype,
          ...(grows ? { maxshape: true } : { chunks: true }),
          ...(gzip ? { compression: 'gzip' } : {}),
        }).chunks,
    );
    const theirs = await h5py.run(
      `
      with h5py.File(data['file'], 'w') as f:
          result = [f.create_dataset(str(i), c['shape'], c['dtype'], **(dict(maxshape=[None] * len(c['shape'])) if c['grows'] else dict(chunks=True)),
                                     **(dict(compression='gzip') if c['gzip'] else {})).chunks for i, c in enumerate(data['cases'])]
      `,
      { file: path.join(folder, 'theirs.h5'), cases },
    );
    expect(ours).toEqual(theirs);
  }, 60_000);
});

describe('a dataset of any size', () => {
  test('takes no room until it is written', async () => {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    {
      using file = await File.open(name, 'w');
      for (const dtype of ['f8', 'f2']) {
        file.createDataset(`matrix ${dtype}`, { shape: [10_000, 10_000], dtype, fillvalue: 1.5 });
        file.createDataset(`images ${dtype}`, {
          shape: [1_000_000, 224, 224, 3],
          maxshape: [null, 224, 224, 3],
          chunks: [1, 224, 224, 1],
          dtype,
        });
      }
      file.createDataset('more than fits', { shape: [2 ** 31, 2 ** 20], dtype: 'u1' });
    }
    expect(fs.statSync(name).size).toBeLessThan(10_000);
    using file = await File.open(name, 'r+');
    expect(file.dataset('matrix f8').get('9999, 9998:').data).toEqual(Float64Array.of(1.5, 1.5));
    expect(file.dataset('images f2').get('999_999, 0, 0'.replace('_', '')).data).toEqual(
      new Float32Array(3),
    );
    file.dataset('images f8').set([999_999, 223, 223], [1, 2, 3]);
    expect(file.dataset('images f8').get([-1, -1, -1]).data).toEqual(Float64Array.of(1, 2, 3));
    file.flush();
    expect(fs.statSync(name).size).toBeLessThan(5 * 224 * 224 * 8);
  });
});
