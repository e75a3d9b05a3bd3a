import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { beforeAll, afterAll, describe, expect, it } from 'vitest';

import {
  describeFile,
  type DatasetDescription,
  type FileDescription,
} from '#src/info/describe-file.js';
import { openH5 } from '#src/storage/h5.js';
import { planefeed, shell, stackTrace } from '../support/cli.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

let temp: SharedDirectory;
let images: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  images = await writeImageFile(path.join(temp.path, 'images.h5'), { count: 70 });
});
afterAll(() => temp.remove());

function datasetOf(description: FileDescription, name: string): DatasetDescription {
  const found = description.entries.find((entry) => entry.path === name);
  if (found?.kind !== 'dataset') throw new Error(`${name} is ${found?.kind ?? 'missing'}`);
  return found;
}

async function infoJson(file: string): Promise<FileDescription> {
  const { status, stdout, stderr } = await planefeed(['info', file, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as FileDescription;
}

describe('planefeed info', () => {
  it('prints what describeFile says, as JSON', async () => {
    expect(await infoJson(images)).toEqual({ ...(await describeFile(images)), file: images });
  });

  it('describes a file of images', async () => {
    const { entries, bytes, journal } = await describeFile(images);
    expect(bytes).toBeGreaterThan(70 * 144);
    expect(journal).toBe('none');
    expect(entries.map(({ path: name }) => name)).toEqual([
      '/',
      '/checksums',
      '/ids',
      '/images',
      '/labels',
      '/statistics',
    ]);
    expect(datasetOf({ entries, bytes, journal, file: images }, '/images')).toMatchObject({
      dtype: 'uint8',
      shape: [70, 8, 6, 3],
      maxShape: [null, 8, 6, 3],
      storage: 'chunked',
      chunkShape: [1, 8, 6, 1],
      index: 'extensible array',
      filters: [],
      allocated: { chunks: 210, of: 210, bytes: 70 * 144 },
      h5wasmOnly: null,
      attributes: { placement: 'image', size: [8, 6] },
    });
  });

  it('measures the placement', async () => {
    const planes = async (placement: 'image' | 'channel'): Promise<DatasetDescription> => {
      const file = path.join(temp.path, `${placement}.h5`);
      // Planes large enough that the metadata between them is a small part.
      const size = { height: 32, width: 32, count: 300 };
      await writeImageFile(file, placement === 'image' ? size : { ...size, placement, run: 100 });
      return datasetOf(await describeFile(file), '/images');
    };
    const byImage = (await planes('image')).placement!;
    expect(byImage).toMatchObject({ attribute: 'image', run: null, measured: { images: 300 } });
    expect(byImage.measured!.adjacent.images).toBeGreaterThanOrEqual(0.9);
    expect(byImage.measured!.near).toMatchObject({ gap: 4096, images: 1 });
    expect(byImage.measured!.adjacent.run).toBe(1);
    const byChannel = (await planes('channel')).placement!;
    expect(byChannel).toMatchObject({ attribute: 'channel', run: 100 });
    expect(byChannel.measured!.adjacent.images).toBe(0);
    expect(byChannel.measured!.near.run).toBe(100);
  });

  it('shows a tree', async () => {
    const { status, stdout } = await planefeed(['info', images]);
    expect(status).toBe(0);
    for (const part of [
      /images\.h5: [\d.]+ kB\n\n\/\n/,
      '├── images  uint8 [70, 8, 6, 3] of at most [∞, 8, 6, 3]\n',
      'chunks [1, 8, 6, 1], index extensible array, all 210 allocated, 10.1 kB\n',
      "placement 'image' by its attribute; measured on 70 images:\n",
      '├── ids  string [70] of at most [∞]\n',
      'h5wasm only: variable-length values\n',
      '├── labels  int32 [70] of at most [∞]\n',
      '│       @counts [24, 23, 23]\n',
      "│       @names ['class-0', 'class-1', 'class-2']\n",
      '└── statistics/\n        @images [70]\n        @mean [',
    ]) {
      expect(stdout).toMatch(part);
    }
  });

  it('takes an empty file of images and one that holds nothing', async () => {
    const none = await writeImageFile(path.join(temp.path, 'none.h5'), { count: 0 });
    expect(datasetOf(await describeFile(none), '/images')).toMatchObject({
      allocated: { chunks: 0, of: 0, bytes: 0 },
      placement: { measured: null },
    });
    const empty = path.join(temp.path, 'empty.h5');
    await (await openH5(empty, 'w')).close();
    expect((await describeFile(empty)).entries).toEqual([
      { path: '/', kind: 'group', attributes: {} },
    ]);
    expect((await planefeed(['info', empty])).stdout).toMatch(/\n\/\n$/);
  });

  it('exits 1 with one line for what is no HDF5 file', async () => {
    const cut = await writeImageFile(path.join(temp.path, 'cut.h5'), { count: 20 });
    await truncate(cut, 3000);
    const cases: [string, RegExp][] = [
      [path.join(temp.path, 'missing.h5'), /no such file/],
      [temp.path, /regular file/],
      [import.meta.filename, /no HDF5 signature/],
      ['/dev/null', /regular file/],
      [cut, /truncated/],
    ];
    for (const [file, message] of cases) {
      const { status, stdout, stderr } = await planefeed(['info', file]);
      expect({ file, status, stdout }).toEqual({ file, status: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(stackTrace);
      expect(stderr.trimEnd()).not.toContain('\n');
    }
    const json = await planefeed(['info', cut, '--json']);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { tag: 'corrupt-file' } });
  });

  it('shows the rest of a file of which a part is damaged', async () => {
    const file = path.join(temp.path, 'damaged.h5');
    const bytes = await readFile(images);
    const header = bytes.indexOf('EAHD');
    bytes.writeUInt8(bytes.readUInt8(header + 20) ^ 0xff, header + 20);
    await writeFile(file, bytes);
    const { status, stdout, stderr } = await planefeed(['info', file]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/damaged: .*checksum.*extensible array header/);
    expect(stdout).toMatch(/all \d+ allocated/);
    expect(stderr).toMatch(/^planefeed: 1 object in .* can't be read; \/\w+: .*\n$/);
    expect(stderr).not.toMatch(stackTrace);

    const object = bytes.lastIndexOf('OHDR');
    bytes.writeUInt8(bytes.readUInt8(object + 10) ^ 0xff, object + 10);
    await writeFile(file, bytes);
    const { entries } = await describeFile(file);
    expect(entries).toHaveLength(6);
    expect(
      entries.filter(({ kind, error }) => kind === 'unknown' && error !== undefined),
    ).toHaveLength(1);
  });

  it('never shows a stack trace, whatever byte is damaged', async () => {
    const bytes = await readFile(images);
    const file = path.join(temp.path, 'flipped.h5');
    // Superblock, object headers, attributes, chunk indexes, the heap of the strings.
    for (let at = 9; at < 4200; at += 300) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
      await writeFile(file, damaged);
      const { status, stderr } = await planefeed(['info', file]);
      expect([0, 1]).toContain(status);
      expect(stderr).not.toMatch(stackTrace);
      if (status === 1) expect(stderr).toMatch(/^planefeed: .*\n$/m);
    }
  });

  it('is quiet about a closed pipe', async () => {
    const many = path.join(temp.path, 'many.h5');
    {
      await using h5 = await openH5(many, 'w');
      // More output than a pipe holds, so that the command meets the closed end.
      for (let i = 0; i < 1500; i++) h5.createGroup(`/${'group '.repeat(10)}${i}`);
    }
    const { status, stdout, stderr } = await shell(
      `set -o pipefail; $planefeed info '${many}' | head -1`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/many\.h5: .*\n$/);
  });
});

interface H5pyFacts {
  dtype: string;
  shape: number[] | null;
  chunks: number[] | null;
  bytes: number;
  count: number | null;
}

/** Every kind of dataset that people have; external links would make the root group dense. */
const zoo = `
    with h5py.File(data['file'], 'w', libver=(data['libver'], 'latest')) as f:
        g = f.create_group('nested/deeper/deepest')
        g['text'] = 'hello'
        g['away'] = h5py.ExternalLink('other.h5', '/x')
        t = f.create_group('types')
        t['strings'] = np.array(['a', 'b'], dtype=h5py.string_dtype())
        t['fixed'] = np.array([b'ab', b'c'])
        t['compound'] = np.zeros(3, dtype=[('a', '<i4'), ('b', '<f8')])
        t['complex'] = np.zeros(3, dtype='c8')
        t['references'] = np.array([g.ref], dtype=h5py.ref_dtype)
        t.create_dataset('ragged', (3,), dtype=h5py.vlen_dtype('i4'))
        t['named'] = np.dtype('i4')
        n = f.create_group('numbers')
        n['scalar'] = np.float32(3)
        n['empty'] = h5py.Empty('f4')
        n['big'] = np.arange(10, dtype='>u2')
        n['half'] = np.zeros(3, dtype='f2')
        n['flags'] = np.array([True, False])
        n.create_dataset('late', (4, 4), 'i8')
        c = f.create_group('chunked')
        def chunked(name, values, **options):
            return c.create_dataset(name, data=values, **options)
        chunked('gz', np.arange(1000, dtype='f4'), chunks=(100,), compression='gzip', shuffle=True, fletcher32=True)
        chunked('scaled', np.arange(1000), chunks=(100,), scaleoffset=10)
        chunked('growing', np.arange(30).reshape(10, 3), chunks=(4, 2), maxshape=(None, 3))
        chunked('fixed', np.arange(30).reshape(10, 3), chunks=(4, 2))
        chunked('one', np.arange(30).reshape(10, 3), chunks=(10, 3))
        sparse = c.create_dataset('sparse', (1000, 8), 'u1', chunks=(10, 8))
        sparse[500:530] = 1
        c.create_dataset('norows', (0, 4), 'i8', chunks=(2, 4), maxshape=(None, 4))
        l = f.create_group('zlinks')
        l['hard'] = f['chunked/gz']
        l['loop'] = f['nested']
        l['soft'] = h5py.SoftLink('/numbers')
        l['dangling'] = h5py.SoftLink('/nowhere')
        a = f['numbers'].attrs
        a['text'] = 'é\\x1b[31m\\nx'
        a['nan'] = float('nan')
        a['empty'] = h5py.Empty('f4')
        a['many'] = np.arange(100)
        a['reference'] = g.ref
        a['__proto__'] = 1
    facts = {}
    def note(name, d):
        if isinstance(d, h5py.Dataset):
            try: count = d.id.get_num_chunks()
            except Exception: count = None
            facts['/' + name] = {'dtype': d.dtype.name, 'shape': d.shape, 'chunks': d.chunks, 'bytes': d.id.get_storage_size(), 'count': count}
    with h5py.File(data['file']) as f: f.visititems(note)
    result = facts
`;

describeWithH5py('planefeed info on files that h5py made', () => {
  it.each(['earliest', 'v110', 'latest'])('agrees with h5py, libver %s', async (libver) => {
    const file = path.join(temp.path, `${libver}.h5`);
    const facts = (await h5py.run(zoo, { file, libver })) as Record<string, H5pyFacts>;
    const description = await infoJson(file);
    const datasets = description.entries.filter((entry) => entry.kind === 'dataset');
    expect(new Set(datasets.map(({ path: name }) => name))).toEqual(new Set(Object.keys(facts)));
    let counted = 0;
    for (const [name, fact] of Object.entries(facts)) {
      const found = datasetOf(description, name);
      expect(found).not.toHaveProperty('error');
      expect({ name, shape: found.shape, chunks: found.chunkShape }).toEqual({
        name,
        shape: fact.shape,
        chunks: fact.chunks,
      });
      if (/^(u?int|float)\d+$/.test(fact.dtype)) expect(found.dtype).toBe(fact.dtype);
      if (found.allocated === null) {
        expect(found.h5wasmOnly).not.toBeNull();
        continue;
      }
      counted++;
      expect({ name, bytes: found.allocated?.bytes }).toEqual({ name, bytes: fact.bytes });
      if (fact.chunks !== null) expect(found.allocated?.chunks).toBe(fact.count);
    }
    expect(counted).toBeGreaterThanOrEqual(11);
    expect(datasetOf(description, '/numbers/big')).toMatchObject({ byteOrder: 'big' });
    expect(datasetOf(description, '/chunked/sparse').allocated).toMatchObject({
      chunks: 3,
      of: 100,
    });
    expect(datasetOf(description, '/chunked/scaled').h5wasmOnly).toMatch(/scaleoffset/);
    expect(datasetOf(description, '/chunked/gz').filters).toMatchObject([
      { name: 'shuffle' },
      { name: 'deflate' },
      { name: 'fletcher32' },
    ]);
    expect(datasetOf(description, '/types/compound')).toMatchObject({
      dtype: 'compound',
      h5wasmOnly: 'compound values',
    });
    const kinds = Object.fromEntries(
      description.entries.map(({ path: name, kind, ...rest }) => [
        name,
        'target' in rest ? `${kind} ${rest.target ?? ''}` : kind,
      ]),
    );
    expect(kinds).toMatchObject({
      '/': 'group',
      '/nested/deeper/deepest/away': 'external link other.h5:/x',
      '/types/named': 'datatype',
      '/zlinks/hard': 'hard link /chunked/gz',
      '/zlinks/loop': 'hard link /nested',
      '/zlinks/soft': 'soft link /numbers',
      '/zlinks/dangling': 'soft link /nowhere',
    });
    const numbers = description.entries.find((entry) => entry.path === '/numbers')!.attributes;
    expect(numbers).toMatchObject({ text: 'é\u001b[31m\nx', nan: 'NaN', empty: null });
    expect(Object.hasOwn(numbers, '__proto__')).toBe(true);

    const { status, stdout } = await planefeed(['info', file]);
    expect(status).toBe(0);
    // Nothing in a file may steer the terminal.
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(/@many 100 values: 0, 1, 2, 3, 4, 5, …/);
    expect(stdout).toMatch(/sparse {2}uint8 \[1000, 8\]\n.*3 of 100 allocated/);
  });

  it('lists dense groups', async () => {
    const file = path.join(temp.path, 'dense.h5');
    await h5py.run(
      `
      with h5py.File(data, 'w', libver='latest') as f:
          for i in range(20): f[f'dense/d{i}'] = np.arange(i + 1)
          f['dense/loop'] = f['dense']
          f['plain'] = 1
      `,
      file,
    );
    const description = await infoJson(file);
    expect(description.entries.filter(({ kind }) => kind === 'dataset')).toHaveLength(21);
    expect(datasetOf(description, '/dense/d19')).toMatchObject({
      dtype: 'int64',
      shape: [20],
      h5wasmOnly: null,
    });
    expect(datasetOf(description, '/plain').h5wasmOnly).toBeNull();
  });
});
