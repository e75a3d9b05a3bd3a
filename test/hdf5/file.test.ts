/** Opening, closing and printing files, beside h5py. */
import { fork, type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';

import { Datatype, File, Group, PlanefeedError, SoftLink, StorageError } from 'planefeed';
import type { FileMode } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest';

import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';
import { SHOW } from './beside-h5py.js';

const modes: readonly FileMode[] = ['r', 'r+', 'w', 'w-', 'x', 'a'];

describeWithH5py('opening', () => {
  let temp: SharedDirectory;
  beforeAll(async () => {
    temp = await sharedDirectory();
  });
  afterAll(() => temp.remove());

  // Each is a file (or not) that is there before.
  const made: Record<string, (name: string, sample: Buffer) => void> = {
    missing: () => undefined,
    existing: (name, sample) => {
      fs.writeFileSync(name, sample);
    },
    directory: (name) => {
      fs.mkdirSync(name);
    },
    text: (name) => {
      fs.writeFileSync(name, 'not HDF5, however long it is '.repeat(100));
    },
    empty: (name) => {
      fs.writeFileSync(name, '');
    },
    truncated: (name, sample) => {
      fs.writeFileSync(name, sample.subarray(0, sample.length - 100));
    },
    'truncated in the superblock': (name, sample) => {
      fs.writeFileSync(name, sample.subarray(0, 20));
    },
    'in no directory': () => undefined,
    'behind a file': () => undefined,
  };

  test('every mode and every kind of file ends as in h5py', async () => {
    const sample = path.join(temp.path, 'sample.h5');
    await h5py.run("with h5py.File(data, 'w') as f: f['x'] = [1, 2]", sample);
    const bytes = fs.readFileSync(sample);
    fs.writeFileSync(path.join(temp.path, 'plain'), '');
    const cases = Object.keys(made).flatMap((kind) => modes.map((mode) => ({ kind, mode })));
    const nameOf = (whose: string, { kind, mode }: { kind: string; mode: string }): string => {
      const name = `${whose} ${kind} ${mode}.h5`;
      if (kind === 'in no directory') return path.join(temp.path, 'none', name);
      return path.join(temp.path, ...(kind === 'behind a file' ? ['plain', name] : [name]));
    };
    for (const each of cases) {
      for (const whose of ['theirs', 'ours']) made[each.kind]!(nameOf(whose, each), bytes);
    }
    const theirs = await h5py.run(
      `
      ${SHOW.replaceAll('\n', '\n      ')}
      result = []
      for mode, name in data:
          try:
              with h5py.File(name, mode) as f: result.append([f.mode, list(f)])
          except Exception as error: result.append(kind(error))
      `,
      cases.map((each) => [each.mode, nameOf('theirs', each)]),
    );
    const ours: unknown[] = [];
    for (const each of cases) {
      const name = nameOf('ours', each);
      const before =
        fs.existsSync(name) && fs.statSync(name).isFile() ? fs.readFileSync(name) : null;
      try {
        using file = await File.open(name, each.mode);
        ours.push([file.mode, [...file]]);
      } catch (error) {
        if (!(error instanceof PlanefeedError)) throw error;
        expect(error.message, JSON.stringify(each)).toContain(`file ${temp.path}`);
        ours.push(error.tag === 'corrupt-file' ? 'storage' : error.tag);
        const after =
          fs.existsSync(name) && fs.statSync(name).isFile() ? fs.readFileSync(name) : null;
        expect(after?.toString('latin1'), `${each.kind} ${each.mode}`).toBe(
          before?.toString('latin1'),
        );
      }
    }
    const table = (outcomes: unknown): unknown =>
      Object.fromEntries(
        cases.map(({ kind, mode }, at) => [`${kind}, ${mode}`, (outcomes as unknown[])[at]]),
      );
    // h5py has an OSError where the folder is a file.
    const expected = table(theirs) as Record<string, unknown>;
    for (const mode of modes) expected[`behind a file, ${mode}`] = expect.anything();
    expect(table(ours)).toEqual(expected);
  });

  it('says what is wrong with a file', async () => {
    const name = path.join(temp.path, 'wrong.h5');
    fs.writeFileSync(name, 'text');
    await expect(File.open(name)).rejects.toThrow(/no HDF5 signature.*wrong\.h5/);
    fs.writeFileSync(name, '');
    await expect(File.open(name)).rejects.toThrow(/an empty file.*wrong\.h5/);
    fs.writeFileSync(name, fs.readFileSync(path.join(temp.path, 'sample.h5')).subarray(0, 1500));
    await expect(File.open(name)).rejects.toThrow(/truncated file.*wrong\.h5/);
    await expect(File.open(temp.path)).rejects.toThrow(/found a directory/);
    await expect(File.open(path.join(temp.path, 'no.h5'), 'r+')).rejects.toThrow(
      /found nothing.*no\.h5/,
    );
    for (const bad of ['', undefined, 5, null]) {
      await expect(File.open(bad as string)).rejects.toThrow(/Expected the path/);
    }
    for (const bad of ['rw', 'R', '', 5, null]) {
      await expect(File.open(name, bad as FileMode)).rejects.toThrow(
        /Invalid mode; must be one of r, r\+/,
      );
    }
  });
});

describe('a file that is open already', () => {
  const seconds = ['r', 'r+', 'a', 'w', 'w-'] as const;
  it.each(['w', 'r+', 'r'] as const)(
    'here with %s: is opened again where HDF5 can share it',
    async (first) => {
      const name = path.join(await temporaryDirectory(), 'f.h5');
      const opened: string[] = [];
      for (const mode of seconds) {
        {
          using file = await File.open(name, 'w');
          file.set('x', [1, 2]);
        }
        using file = await File.open(name, first);
        try {
          using second = await File.open(name, mode);
          expect([...second]).toEqual([...file]);
          opened.push(mode);
        } catch (error) {
          expect(error, mode).toBeInstanceOf(StorageError);
        }
      }
      // As h5py.
      expect(opened).toEqual(first === 'r' ? ['r'] : ['r', 'r+', 'a']);
    },
  );

  it('here for writing a second time: what needs it closed for a moment is refused', async () => {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    using first = await File.open(name, 'w');
    first.set('x', [1, 2]);
    {
      using second = await File.open(name, 'r+');
      second.set('y', [3]);
      for (const file of [first, second]) {
        expect(() => file.createDataset('z', { shape: 3, dtype: 'f2' })).toThrow(
          /open here a second time/,
        );
        expect(() => {
          file.delete('x');
        }).toThrow(/open here a second time/);
        expect([...file]).toEqual(['x', 'y']);
      }
    }
    first.createDataset('z', { shape: 3, dtype: 'f2' });
    first.delete('x');
    expect([...first]).toEqual(['y', 'z']);
  });

  const child = (code: string, name: string): Promise<ChildProcess> => {
    const script = path.join(path.dirname(name), 'holder.mjs');
    fs.writeFileSync(script, code);
    const process = fork(script, [name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    onTestFinished(() => void process.kill());
    return new Promise((resolve, reject) => {
      process.once('message', () => {
        resolve(process);
      });
      process.once('exit', () => {
        reject(new Error('the other process ended'));
      });
    });
  };

  it('for writing by another process of ours: is refused, and says so', async () => {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const holder = await child(
      `import { File } from ${JSON.stringify(library)};
       const file = await File.open(process.argv[2], 'w');
       file.set('x', [1, 2]);
       file.flush();
       process.send('open');
       process.once('message', () => { file.close(); process.disconnect(); });`,
      name,
    );
    for (const mode of ['r', 'r+', 'a'] as const) {
      await expect(File.open(name, mode), mode).rejects.toThrow(
        /open already, here or in another process/,
      );
    }
    const ended = new Promise((resolve) => holder.once('exit', resolve));
    holder.send('close');
    await ended;
    using file = await File.open(name);
    expect(file.dataset('x').get().data).toEqual(BigInt64Array.of(1n, 2n));
  });
});

describeWithH5py('a file that h5py has open for writing', () => {
  it.each(['earliest', 'v110'])(
    '(%s) is refused where the format has a mark for it',
    async (libver) => {
      const name = path.join(await temporaryDirectory(), 'f.h5');
      const holder = spawn(h5py.python, [
        '-c',
        `import h5py, sys
f = h5py.File(sys.argv[1], 'w', libver=sys.argv[2])
f['x'] = [1, 2]
f.flush()
print('open', flush=True)
sys.stdin.read()
f.close()`,
        name,
        libver,
      ]);
      onTestFinished(() => void holder.kill());
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      // Files of the oldest format have no mark in them, and WebAssembly no locks.
      if (libver === 'v110') {
        for (const mode of ['r', 'r+', 'a'] as const) {
          await expect(File.open(name, mode), mode).rejects.toThrow(/open already/);
        }
      } else {
        using file = await File.open(name);
        expect([...file]).toEqual(['x']);
      }
      const ended = new Promise((resolve) => holder.once('exit', resolve));
      holder.stdin.end();
      await ended;
      using file = await File.open(name, 'r+');
      expect(file.dataset('x').shape).toEqual([2]);
    },
  );

  it('is refused by h5py when it is open here', async () => {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    using file = await File.open(name, 'w');
    file.set('x', 1);
    file.flush();
    const outcome = await h5py.run(
      `
      result = []
      for mode in ['r', 'r+', 'a']:
          try: h5py.File(data, mode).close()
          except OSError: result.append(mode)
      `,
      name,
    );
    expect(outcome).toEqual(['r', 'r+', 'a']);
  });
});

describeWithH5py('printing', () => {
  test('open and closed, letter for letter', async () => {
    const folder = await temporaryDirectory();
    const name = path.join(folder, 'two words.h5');
    const theirs = await h5py.run(
      `
      f = h5py.File(data, 'w')
      f['a/b'] = np.zeros((2, 3), 'f2')
      f['scalar'] = np.complex64(1)
      f['text'] = 'some'
      f['empty'] = h5py.Empty('f4')
      f['type'] = np.dtype('>i2')
      f['soft'] = h5py.SoftLink('/a')
      f['ext'] = h5py.ExternalLink('o.h5', '/q')
      f['record'] = np.zeros(2, [('x', 'i4')])
      names = ['a', 'a/b', 'scalar', 'text', 'empty', 'type', 'record', '/']
      objects = [f] + [f[n] for n in names]
      links = [f.get(n, getlink=True) for n in ['soft', 'ext']]
      attrs = f['a'].attrs
      result = [[repr(o) for o in objects + links], [str(o) for o in objects]]
      f.close()
      result += [[repr(o) for o in objects + links + [attrs]]]
      f = h5py.File(data)
      result += [[repr(f), f.mode, f.filename]]
      f.close()
      `,
      name,
    );
    const file = await File.open(name);
    const objects = [
      file,
      ...['a', 'a/b', 'scalar', 'text', 'empty', 'type', 'record', '/'].map((each) =>
        file.get(each)!,
      ),
    ];
    const links = ['soft', 'ext'].map((each) => file.getLink(each)!);
    const { attrs } = file.group('a');
    expect(objects[6]).toBeInstanceOf(Datatype);
    expect(attrs.toString()).toBe('<Attributes of HDF5 object at /a>');
    const texts = (list: readonly object[]): string[] => list.map(String);
    const [open, opened, , again] = theirs as string[][];
    const reading = (list: string[]): string[] =>
      list.map((text) => text.replace('(mode r+)', '(mode r)'));
    expect(texts([...objects, ...links])).toEqual(reading(open!));
    expect(texts(objects)).toEqual(reading(opened!));
    expect([...objects, ...links].map((each) => inspect(each))).toEqual(
      texts([...objects, ...links]),
    );
    expect([String(file), file.mode, file.filename]).toEqual(again);
    file.close();
    expect(texts([...objects, ...links, attrs])).toEqual((theirs as string[][])[2]);
    expect([...objects, ...links, attrs].map((each) => inspect(each))).toEqual(
      (theirs as string[][])[2],
    );
  });
});

describe('closing', () => {
  it('happens once, at the end of a block, or earlier', async () => {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    let kept: File;
    {
      using file = await File.open(name, 'w');
      file.set('x', 1);
      kept = file;
    }
    expect(kept.closed).toBe(true);
    kept.close();
    kept.close();
    kept[Symbol.dispose]();
    using again = await File.open(name, 'a');
    again.close();
    expect([...(await File.open(name))]).toEqual(['x']);
  });

  it('ends all use of everything, however it is used', async () => {
    const name = path.join(await temporaryDirectory(), 'f.h5');
    const file = await File.open(name, 'w');
    const group = file.createGroup('g');
    const dataset = file.createDataset('x', { shape: [4, 2], chunks: [2, 2], dtype: 'f2' });
    const scale = file.createDataset('scale', { shape: 4, dtype: 'i4' });
    scale.makeScale('s');
    dataset.dims.at(0).attachScale(scale);
    const reference = dataset.ref;
    const { attrs, dims } = dataset;
    const dimension = dims.at(0);
    const view = dataset.astype('f4');
    attrs.set('a', 1);
    const begun = [
      file.keys(),
      file.values(),
      file.entries(),
      attrs.values(),
      attrs.entries(),
      dims[Symbol.iterator](),
      dataset[Symbol.iterator](),
    ];
    for (const iterator of begun) iterator.next();
    file.close();
    const uses: (() => unknown)[] = [
      ...begun.map((iterator) => () => iterator.next()),
      () => {
        file.flush();
      },
      ...[file, group].flatMap((g: Group) => [
        () => g.size,
        () => g.get('x'),
        () => g.dataset('x'),
        () => g.group('g'),
        () => {
          g.set('y', 1);
        },
        () => {
          g.set('y', dataset);
        },
        () => {
          g.set('y', new SoftLink('/x'));
        },
        () => g.getLink('x'),
        () => [...g.keys()],
        () => [...g.values()],
        () => [...g.entries()],
        () => [...g],
        () => g.createDataset('y', { data: 1 }),
        () => g.createDataset('y', { shape: 3, dtype: 'f2' }),
        () => g.requireDataset('x', { shape: [4, 2], dtype: 'f2' }),
        () => g.createGroup('h'),
        () => g.requireGroup('g'),
        () => {
          g.delete('x');
        },
        () => {
          g.move('x', 'y');
        },
        () => {
          g.visit(() => undefined);
        },
        () => {
          g.visititems(() => undefined);
        },
        () => g.get(reference),
        () => g.parent,
        () => g.ref,
        () => g.attrs.get('a'),
        () => {
          g.attrs.set('a', 1);
        },
      ]),
      () => dataset.shape,
      () => dataset.dtype,
      () => dataset.elementType,
      () => dataset.ndim,
      () => dataset.size,
      () => dataset.nbytes,
      () => dataset.length,
      () => dataset.maxshape,
      () => dataset.chunks,
      () => dataset.compression,
      () => dataset.compressionOpts,
      () => dataset.shuffle,
      () => dataset.fletcher32,
      () => dataset.fillvalue,
      () => dataset.dims.size,
      () => {
        dataset.makeScale();
      },
      () => dataset.isScale,
      () => dataset.get(),
      () => {
        dataset.set('...', 1);
      },
      () => {
        dataset.readDirect(new Float32Array(8));
      },
      () => dataset.astype('f8').get(),
      () => dataset.getBits(),
      () => dataset.iterChunks(),
      () => {
        dataset.resize([2, 2]);
      },
      () => [...dataset],
      () => dataset.parent,
      () => dataset.ref,
      () => view.shape,
      () => view.get(),
      () => dims.size,
      () => dims.at(0),
      () => [...dims],
      () => dimension.label,
      () => {
        dimension.label = 'x';
      },
      () => dimension.size,
      () => {
        dimension.attachScale(scale);
      },
      () => {
        dimension.detachScale(scale);
      },
      () => dimension.keys(),
      () => dimension.values(),
      () => dimension.entries(),
      () => dimension.get(0),
      () => [...dimension],
      () => attrs.size,
      () => attrs.get('a'),
      () => {
        attrs.set('a', 2);
      },
      () => {
        attrs.create('b', 2);
      },
      () => {
        attrs.modify('a', 2);
      },
      () => {
        attrs.delete('a');
      },
      () => attrs.has('a'),
      () => [...attrs.keys()],
      () => [...attrs.values()],
      () => [...attrs.entries()],
      () => [...attrs],
    ];
    const kinds = uses.map((use) => {
      try {
        return `${String(use)}: ${String(use())}`;
      } catch (error) {
        return error instanceof PlanefeedError ? error.tag : `${String(use)}: ${String(error)}`;
      }
    });
    expect([...new Set(kinds)]).toEqual(['closed']);
    expect([
      file.has('x'),
      file.has('y'),
      group.has(reference),
      file.closed,
      dataset.closed,
    ]).toEqual([false, false, false, true, true]);
    expect([dataset.name, dataset.file === file, file.equals(file), dataset.equals(scale)]).toEqual(
      ['/x', true, true, false],
    );
  });
});
