/** Wrong arguments: an error of the kind that h5py has, that names them; and the file as it was. */
import fs from 'node:fs';
import path from 'node:path';

import {
  Empty,
  ExternalLink,
  File,
  SoftLink,
  InvalidOptionError,
  NotFoundError,
  PlanefeedError,
} from 'planefeed';
import type { CreateDatasetOptions } from 'planefeed';
import { describe, expect, it, onTestFinished, test } from 'vitest';

import { describeWithH5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import { sameInH5py, type Step } from './beside-h5py.js';

const setup = `
  f['x'] = np.arange(6.).reshape(2, 3)
  f.create_dataset('chunked', (4, 6), 'i4', chunks=(2, 3), maxshape=(10, None))
  f['text'] = ['a', 'b']
  f['g/y'] = [1]
  f['empty'] = h5py.Empty('f4')
  f['one'] = 5
  f['dang'] = h5py.SoftLink('/nope')
`;

const untyped = (options: unknown): CreateDatasetOptions => options as CreateDatasetOptions;

describeWithH5py('refused by h5py too', () => {
  const create = (name: string, options: unknown) => (f: File) => {
    f.createDataset(name, untyped(options));
  };
  // h5py's keywords, ours.
  const options: [string, unknown][] = [
    ['', {}],
    ["shape=(2,), dtype='nope'", { shape: [2], dtype: 'nope' }],
    ["shape=(2,), dtype='U5'", { shape: [2], dtype: 'U5' }],
    ["shape=(-1,), dtype='f4'", { shape: [-1], dtype: 'f4' }],
    ["shape=(1.5,), dtype='f4'", { shape: [1.5], dtype: 'f4' }],
    ["shape='a', dtype='f4'", { shape: 'a', dtype: 'f4' }],
    ["shape=(1,) * 33, dtype='f4'", { shape: new Array(33).fill(1), dtype: 'f4' }],
    ['shape=(2,), data=[1, 2, 3]', { shape: [2], data: [1, 2, 3] }],
    ["shape=(2,), data=h5py.Empty('f4')", { shape: [2], data: new Empty('f4') }],
    ['data=[[1, 2], [3]]', { data: [[1, 2], [3]] }],
    ['data=object()', { data: Symbol('no') }],
    ['data=[1], nope=1', { data: [1], nope: 1 }],
    ["data=['a'], dtype='i4'", { data: ['a'], dtype: 'i4' }],
    ["shape=(2,), dtype='f4', chunks=(3,)", { shape: [2], dtype: 'f4', chunks: [3] }],
    ["shape=(2,), dtype='f4', chunks=(1, 1)", { shape: [2], dtype: 'f4', chunks: [1, 1] }],
    ["shape=(2,), dtype='f4', chunks=(0,)", { shape: [2], dtype: 'f4', chunks: [0] }],
    ["shape=(2,), dtype='f4', chunks='a'", { shape: [2], dtype: 'f4', chunks: 'a' }],
    ["shape=(2,), dtype='f4', maxshape=(1,)", { shape: [2], dtype: 'f4', maxshape: [1] }],
    [
      "shape=(2,), dtype='f4', maxshape=(None, None)",
      { shape: [2], dtype: 'f4', maxshape: [null, null] },
    ],
    [
      "shape=(2,), dtype='f4', compression='nope'",
      { shape: [2], dtype: 'f4', compression: 'nope' },
    ],
    ["shape=(2,), dtype='f4', compression=10", { shape: [2], dtype: 'f4', compression: 10 }],
    [
      "shape=(2,), dtype='f4', compression='gzip', compression_opts=11",
      { shape: [2], dtype: 'f4', compression: 'gzip', compressionOpts: 11 },
    ],
    ["shape=(2,), dtype='f4', compression_opts=3", { shape: [2], dtype: 'f4', compressionOpts: 3 }],
    ["shape=(), dtype='f4', chunks=True", { shape: [], dtype: 'f4', chunks: true }],
    ["shape=(), dtype='f4', compression='gzip'", { shape: [], dtype: 'f4', compression: 'gzip' }],
    ["shape=(), dtype='f4', maxshape=(None,)", { shape: [], dtype: 'f4', maxshape: [null] }],
    ["data=h5py.Empty('f4'), chunks=True", { data: new Empty('f4'), chunks: true }],
    ["shape=(2,), dtype='f4', fillvalue='a'", { shape: [2], dtype: 'f4', fillvalue: 'a' }],
    ["shape=(2,), dtype='f4', fillvalue=[1, 2]", { shape: [2], dtype: 'f4', fillvalue: [1, 2] }],
    ["shape=(2**40, 2**22), dtype='f4'", { shape: [2 ** 40, 2 ** 22], dtype: 'f4' }],
  ];
  // numpy cuts a fraction off.
  const differs: Record<string, unknown> = {
    "shape=(1.5,), dtype='f4'": { error: 'invalid-option' },
  };
  sameInH5py(
    'creating, also where groups were to be made',
    setup,
    ['new', 'some/new/name'].flatMap((name) =>
      options.map(([theirs, ours]): Step => ({
        python: `f.create_dataset('${name}', ${theirs})`,
        ours: create(name, ours),
        ...(theirs in differs ? { differs: differs[theirs] } : {}),
      })),
    ),
  );

  const selections: [string, unknown][] = [
    ['2', 2],
    ['-3', -3],
    ['0, 3', [0, 3]],
    ['0, 0, 0', [0, 0, 0]],
    ['::-1', '::-1'],
    ['::0', '::0'],
    ['..., ...', '..., ...'],
    ["'a'", 'a'],
    ['None', null],
    ['[0, 5]', [[0, 5]]],
    ['[1, 0]', [[1, 0]]],
    ['1.5', 1.5],
    [
      '[[0, 1], [0, 1]]',
      [
        [
          [0, 1],
          [0, 1],
        ],
      ],
    ],
  ];
  sameInH5py('selecting', setup, [
    ...selections.map(([theirs, ours]): Step => ({
      python: `f['x'][${theirs}]`,
      ours: (f) => {
        f.dataset('x').get(ours as string);
      },
    })),
    ...selections.map(([theirs, ours]): Step => ({
      python: `f['x'][${theirs}] = 1`,
      ours: (f) => {
        f.dataset('x').set(ours as string, 1);
      },
    })),
    {
      python: "f['empty'][0]",
      ours: (f) => {
        f.dataset('empty').get(0);
      },
    },
    {
      python: "f['one'][0]",
      ours: (f) => {
        f.dataset('one').get(0);
      },
    },
    {
      python: "len(f['one'])",
      ours: (f) => {
        return f.dataset('one').length;
      },
    },
    {
      python: "len(f['empty'])",
      ours: (f) => {
        return f.dataset('empty').length;
      },
    },
    {
      python: "f['x'][...] = [1, 2]",
      ours: (f) => {
        f.dataset('x').set('...', [1, 2]);
      },
    },
    {
      python: "f['x'][0] = [[1, 2, 3], [4, 5, 6]]",
      ours: (f) => {
        f.dataset('x').set(0, [
          [1, 2, 3],
          [4, 5, 6],
        ]);
      },
    },
    {
      python: "f['x'][...] = 'a'",
      ours: (f) => {
        f.dataset('x').set('...', 'a');
      },
    },
    {
      python: "f['x'][...] = 1j",
      ours: (f) => {
        f.dataset('x').set('...', { data: Float64Array.of(0, 1), shape: [], dtype: 'c16' });
      },
    },
    {
      python: "f['text'][0] = 5",
      ours: (f) => {
        f.dataset('text').set(0, 5);
      },
    },
    {
      python: "f['x'].read_direct(np.zeros((3, 3)))",
      ours: (f) => {
        f.dataset('x').readDirect({ data: new Float64Array(9), shape: [3, 3] });
      },
    },
    {
      python: "f['x'].resize((3, 3))",
      ours: (f) => {
        f.dataset('x').resize([3, 3]);
      },
    },
    {
      python: "f['chunked'].resize((11, 6))",
      ours: (f) => {
        f.dataset('chunked').resize([11, 6]);
      },
      differs: { error: 'invalid-option' },
    },
    {
      python: "f['chunked'].resize((4,))",
      ours: (f) => {
        f.dataset('chunked').resize([4]);
      },
    },
    {
      python: "f['chunked'].resize(4, axis=2)",
      ours: (f) => {
        f.dataset('chunked').resize(4, 2);
      },
    },
    {
      python: "f['chunked'].resize(-1, axis=0)",
      ours: (f) => {
        f.dataset('chunked').resize(-1, 0);
      },
    },
    {
      python: "f['x'].iter_chunks().__next__()",
      ours: (f) => {
        f.dataset('x').iterChunks();
      },
    },
    {
      python: "f['x'].astype('nope')",
      ours: (f) => {
        f.dataset('x').astype('nope');
      },
    },
    {
      python: "f.require_dataset('x', (2, 2), 'f8')",
      ours: (f) => {
        f.requireDataset('x', { shape: [2, 2], dtype: 'f8' });
      },
    },
    {
      python: "f.require_dataset('x', (2, 3), 'c16')",
      ours: (f) => {
        f.requireDataset('x', { shape: [2, 3], dtype: 'c16' });
      },
    },
    {
      python: "f.require_dataset('x', (2, 3), 'f4', exact=True)",
      ours: (f) => {
        f.requireDataset('x', { shape: [2, 3], dtype: 'f4', exact: true });
      },
    },
    {
      python: "f.require_dataset('g', (2, 3), 'f4')",
      ours: (f) => {
        f.requireDataset('g', { shape: [2, 3], dtype: 'f4' });
      },
    },
    {
      python: "out = [f['x'][...], f['chunked'].shape, f['text'][...].tolist()]",
      ours: (f) => [f.dataset('x').get(), f.dataset('chunked').shape, f.dataset('text').get().data],
    },
  ]);
});

describe('a call that fails', () => {
  /** A file with something of everything, as bytes. */
  async function sample(): Promise<{ name: string; f: File; bytes: () => string }> {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    {
      using file = await File.open(name, 'w');
      file.createDataset('x', {
        data: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        chunks: [1, 3],
        maxshape: [5, 3],
      });
      file.createDataset('half', { shape: [3], dtype: 'f2' });
      file.set('text', ['a', 'b']);
      file.createGroup('g/sub');
      file.set('dang', new SoftLink('/nope'));
      file.set('ext', new ExternalLink('none.h5', '/x'));
      file.attrs.set('a', 1);
    }
    const f = await File.open(name, 'r+');
    onTestFinished(() => {
      f.close();
    });
    return {
      name,
      f,
      bytes: () => {
        f.flush();
        return fs.readFileSync(name).toString('latin1');
      },
    };
  }

  type Call = [string, (f: File) => unknown, RegExp];
  const calls: Call[] = [
    [
      'a dtype that there is not, in new groups',
      (f) => f.createDataset('new/a/b', { shape: [2], dtype: 'nope' }),
      /'nope'.*new\/a\/b/,
    ],
    [
      'chunks that are too large, in new groups',
      (f) => f.createDataset('new/a/b', { shape: [2], chunks: [3] }),
      /Chunk shape must not be greater/,
    ],
    [
      'a chunk of more bytes than HDF5 counts',
      (f) =>
        f.createDataset('new/a/b', {
          shape: [2 ** 20, 2 ** 20],
          chunks: [2 ** 20, 2 ** 20],
          dtype: 'f2',
        }),
      /at most 4294967295 bytes/,
    ],
    [
      'axes beyond the limit',
      (f) => f.createDataset('new/a/b', { shape: new Array<number>(33).fill(1) }),
      /at most 32 axes, got 33/,
    ],
    [
      'an unknown option',
      (f) => f.createDataset('new/a/b', untyped({ shape: [2], chunk: [1] })),
      /Unknown option 'chunk'.*There are: shape/,
    ],
    [
      'a filter that can not be had',
      (f) => f.createDataset('new/a/b', untyped({ shape: [2], compression: 'lzf' })),
      /compression 'lzf'.*gzip/,
    ],
    [
      'text that can not be stored',
      (f) => f.createDataset('new/a/b', { data: ['a\0b'] }),
      /contains NUL/,
    ],
    [
      'text that is no ASCII',
      (f) => f.createDataset('new/a/b', { data: ['ü'], dtype: 'S4' }),
      /ASCII/,
    ],
    [
      'a fill value of text',
      (f) => f.createDataset('new/a/b', { shape: [2], dtype: 'str', fillvalue: 'a' }),
      /fill values of variable-length strings/,
    ],
    [
      'ragged data',
      (f) => {
        f.set('new/a/b', [[1, 2], [3]]);
      },
      /Ragged.*\[1\]/,
    ],
    ['no options', (f) => f.createDataset('new/a/b', untyped(undefined)), /Expected the options/],
    [
      'a name that is taken',
      (f) => {
        f.set('x', 1);
      },
      /name is taken by <HDF5 dataset "x"/,
    ],
    [
      'a name that a link has',
      (f) => f.createDataset('dang', { data: 1 }),
      /name is taken by a link/,
    ],
    [
      'a name below a dataset',
      (f) => f.createDataset('x/y/z', { data: 1 }),
      /Incompatible object \(Dataset\).*dataset \/x/,
    ],
    [
      'a name below a link that leads nowhere',
      (f) => f.createDataset('dang/y/z', { data: 1 }),
      /soft link leads nowhere: to \/nope/,
    ],
    [
      'a name below an external link that leads nowhere',
      (f) => f.createDataset('ext/y/z', { data: 1 }),
      /external link leads nowhere: to \/x in none\.h5/,
    ],
    ['no name', (f) => f.createDataset('', { data: 1 }), /empty text/],
    ['a name that is no text', (f) => f.createGroup(5 as unknown as string), /as text, got 5/],
    ['a name with NUL', (f) => f.createGroup('a\0b'), /got "a\\u0000b"/],
    [
      'a link to nothing',
      (f) => {
        f.set('new/a/b', new SoftLink(''));
      },
      /path of its target.*got ''/,
    ],
    [
      'a value that is none',
      (f) => {
        f.set('new/a/b', undefined as unknown as number);
      },
      /undefined/,
    ],
    [
      'a selection out of range',
      (f) => {
        f.dataset('x').set(2, 1);
      },
      /Index \(2\) out of range for \(0-1\).*dataset \/x/,
    ],
    [
      'a shape that does not fit',
      (f) => {
        f.dataset('x').set('...', [1, 2]);
      },
      /Can't broadcast \(2,\) -> \(2, 3\)/,
    ],
    [
      'text for numbers',
      (f) => {
        f.dataset('half').set('...', ['a', 'b', 'c']);
      },
      /Expected a number for dtype '<f2' at \[0\], got 'a'/,
    ],
    [
      'numbers for text',
      (f) => {
        f.dataset('text').set(0, 5);
      },
      /Expected text.*got 5/,
    ],
    [
      'text with NUL',
      (f) => {
        f.dataset('text').set(0, 'a\0');
      },
      /contains NUL/,
    ],
    [
      'a shape beyond maxshape',
      (f) => {
        f.dataset('x').resize([6, 3]);
      },
      /5/,
    ],
    [
      'an axis that there is not',
      (f) => {
        f.dataset('x').resize(6, 2);
      },
      /Invalid axis \(0 to 1 allowed\), got 2/,
    ],
    [
      'deleting what is not there',
      (f) => {
        f.delete('g/sub/none');
      },
      /nearest group that is there, \/g\/sub, is empty/,
    ],
    [
      'moving what is not there',
      (f) => {
        f.move('none', 'new/a/b');
      },
      /no such object.*\/none/,
    ],
    [
      'moving onto something',
      (f) => {
        f.move('x', 'g');
      },
      /there is something at \/g/,
    ],
    [
      'moving a group into itself',
      (f) => {
        f.move('g', 'g/sub/g');
      },
      /inside of it/,
    ],
    [
      'an attribute that can not be',
      (f) => {
        f.attrs.set('b', undefined as unknown as number);
      },
      /Expected a value for the attribute/,
    ],
    [
      'deleting an attribute that is not there',
      (f) => {
        f.attrs.delete('b');
      },
      /There are: a/,
    ],
    ['a group that is a dataset', (f) => f.requireGroup('x'), /Incompatible object \(Dataset\)/],
    [
      'a dataset that is a group',
      (f) => f.dataset('g'),
      /Expected a dataset, found <HDF5 group "\/g"/,
    ],
    [
      'a dataset of another dtype',
      (f) => f.dataset('x', 'float32'),
      /dtype 'float32', found '<i8'/,
    ],
    [
      'a dataset that is not there',
      (f) => f.dataset('g/sub/none/x'),
      /nearest group that is there, \/g\/sub/,
    ],
    ['a dataset behind a link', (f) => f.dataset('dang'), /soft link leads nowhere: to \/nope/],
  ];

  it.each(calls)('leaves the file as it was: %s', async (_what, call, message) => {
    const { f, bytes, name } = await sample();
    const before = bytes();
    let error: unknown;
    try {
      call(f);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PlanefeedError);
    expect((error as Error).message.replaceAll('\n', ' ')).toMatch(message);
    expect(bytes() === before, 'the bytes of the file').toBe(true);
    f.close();
    using again = await File.open(name);
    expect([...again, ...again.attrs]).toEqual(['dang', 'ext', 'g', 'half', 'text', 'x', 'a']);
  });

  test('leaves no groups for a link to an object that is gone', async () => {
    const { f } = await sample();
    const gone = f.createGroup('gone');
    f.delete('gone');
    expect(() => {
      f.set('new/a/b', gone);
    }).toThrow(NotFoundError);
    expect(f.has('new')).toBe(false);
  });

  test('in a file that is open for reading says so', async () => {
    const { f, name } = await sample();
    f.close();
    using file = await File.open(name);
    const changes: ((f: File) => unknown)[] = [
      (g) => {
        g.set('y', 1);
      },
      (g) => g.createDataset('y', { shape: 2, dtype: 'f2' }),
      (g) => g.createGroup('y'),
      (g) => g.requireGroup('y'),
      (g) => {
        g.set('y', new SoftLink('/x'));
      },
      (g) => {
        g.set('y', g.group('g'));
      },
      (g) => {
        g.delete('x');
      },
      (g) => {
        g.move('x', 'y');
      },
      (g) => {
        g.dataset('x').set(0, 1);
      },
      (g) => {
        g.dataset('text').set(0, 'c');
      },
      (g) => {
        g.dataset('x').resize([1, 3]);
      },
      (g) => {
        g.dataset('x').makeScale();
      },
      (g) => {
        g.dataset('x').dims.at(0).label = 'a';
      },
      (g) => {
        g.attrs.set('a', 2);
      },
      (g) => {
        g.attrs.set('b', new Empty('f4'));
      },
      (g) => {
        g.attrs.delete('a');
      },
    ];
    for (const change of changes) {
      expect(() => change(file), String(change)).toThrow(InvalidOptionError);
      expect(() => change(file), String(change)).toThrow(
        /open for reading.*Open it with mode 'r\+'/,
      );
    }
    expect(() => {
      file.delete('none');
    }).toThrow(NotFoundError);
    expect(file.dataset('x').fillvalue).toBe(0n);
  });
});
