import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  ingest,
  InvalidOptionError,
  NotFoundError,
  openSource,
  type SourceOptions,
} from 'planefeed';
import { contentOf, type IngestedContent } from '../../support/ingested.js';
import { pattern, png, writeFolder } from '../../support/images.js';
import { temporaryDirectory } from '../../support/temp.js';

const size = { height: 4, width: 3, durability: 'process' } as const;

/** A folder with `0.png` to `4.png` and a table. */
async function makeFolder(name: string, table: string): Promise<{ table: string; file: string }> {
  const folder = await temporaryDirectory();
  const images = await Promise.all([0, 1, 2, 3, 4].map((seed) => png(pattern(4, 3, 3, seed))));
  await writeFolder(
    folder,
    Object.fromEntries(images.map((image, i) => [`photos/${i}.png`, image])),
  );
  await writeFolder(folder, { [name]: table });
  return { table: path.join(folder, name), file: path.join(folder, 'out.h5') };
}

async function ingestTable(
  name: string,
  table: string,
  options: SourceOptions = {},
): Promise<IngestedContent & { setAside: { place?: string; reason: string }[] }> {
  const made = await makeFolder(name, table);
  const source = await openSource(made.table, options);
  const report = await ingest(source, made.file, size);
  return { ...(await contentOf(made.file)), setAside: [...report.setAside] };
}

describe('a table in CSV', () => {
  it('gives images, classes in order of their names, and columns as their values are', async () => {
    const content = await ingestTable(
      'list.csv',
      [
        '\ufeffpath,label,whole,number,gaps,text,code,,quoted',
        'photos/0.png,dog,1,0.5,1,a,007,0,"x, ""y""\nz"',
        'photos/1.png,cat,-2,3,,b,010,1,',
        'photos/2.png,dog,3,1e3,NA,,7,2,1',
        '',
      ].join('\r\n'),
    );
    expect(content.setAside).toEqual([]);
    expect(content.ids).toEqual(['photos/0.png', 'photos/1.png', 'photos/2.png']);
    expect(content.classes).toEqual(['cat', 'dog']);
    expect(content.labels).toEqual([1, 0, 1]);
    expect(content.columns).toEqual({
      whole: [1, -2, 3],
      number: [0.5, 3, 1000],
      gaps: [1, NaN, NaN],
      text: ['a', 'b', ''],
      code: ['007', '010', '7'],
      quoted: ['x, "y"\nz', '', '1'],
    });
    expect([...content.images.subarray(0, 36)]).toEqual([...pattern(4, 3, 3, 0).pixels]);
  });

  it('has its columns chosen, and numbers as labels', async () => {
    const table = ['name;target;weight;camera', '1.png;5;1;a', '2.png;0;2;b'].join('\n');
    const made = await makeFolder('list.csv', table);
    const root = path.join(path.dirname(made.table), 'photos');
    const options: SourceOptions = {
      imageColumn: 'name',
      labelColumn: 'target',
      idColumn: 'camera',
      columns: { weight: 'float64', camera: 'category' },
      root,
    };
    await ingest(await openSource(made.table, options), made.file, size);
    const content = await contentOf(made.file);
    expect(content).toMatchObject({ ids: ['a', 'b'], labels: [5, 0] });
    expect(content.columns).toEqual({ weight: [1, 2], camera: [0, 1] });
    const none = await openSource(made.table, { ...options, labelColumn: false, columns: {} });
    await ingest(none, `${made.file}2`, size);
    expect(await contentOf(`${made.file}2`)).toMatchObject({ labels: [-1, -1], columns: {} });
  });

  it('sets rows aside, with their lines, and takes the others', async () => {
    const made = await makeFolder(
      'list.tsv',
      [
        'path\tlabel',
        'photos/0.png\ta',
        'photos/1.png',
        '../outside.png\ta',
        '/etc/hostname\ta',
        'photos\ta',
        'photos/gone.png\ta',
        '\ta',
        'photos/2.png\t',
        'photos/link.png\ta',
        'photos/0.png\tb',
        'photos/3.png\tb',
      ].join('\n'),
    );
    const folder = path.dirname(made.table);
    fs.writeFileSync(path.join(path.dirname(folder), 'outside.png'), '');
    fs.symlinkSync('/etc/hostname', path.join(folder, 'photos/link.png'));
    const report = await ingest(made.table, made.file, size);
    expect(report.added).toBe(2);
    expect(report.setAside.map(({ place, reason }) => [place, reason])).toEqual([
      ['list.tsv, line 3', 'expected 2 fields, got 1'],
      ['list.tsv, line 4', 'Its path leads out of the folder'],
      ['list.tsv, line 5', 'Its path leads out of the folder'],
      ['list.tsv, line 6', 'Expected a regular file'],
      ['list.tsv, line 7', expect.stringContaining('ENOENT')],
      ['list.tsv, line 8', `it has no image in the column 'path'`],
      ['list.tsv, line 9', `it has no label in the column 'label'`],
      ['list.tsv, line 10', 'Its path leads out of the folder'],
      ['list.tsv, line 11', 'another record has the same id'],
    ]);
    fs.rmSync(path.join(path.dirname(folder), 'outside.png'));
  });

  it('that cannot be read says why', async () => {
    const cases: [string, SourceOptions, RegExp][] = [
      ['path,a\n"photos/0.png,1\n', {}, /can't be read: Quote Not Closed/],
      ['path,path\nx,y\n', {}, /column 'path' comes twice/],
      ['where,label\nx,y\n', {}, /says where the images are.*'where', 'label'/],
      ['path,label\nx,y\n', { labelColumn: 'breed' }, /no column 'breed'.*'path', 'label'/],
      ['path,label\nx,y\n', { columns: { z: 'auto' } }, /no column 'z'/],
      ['path,label\nx,1.5\n', {}, /names or whole numbers as labels/],
      ['path,label\nx,y\n', { root: '/no such folder' }, /folder that paths start from/],
    ];
    for (const [table, options, message] of cases) {
      const made = await makeFolder('list.csv', table);
      await expect(openSource(made.table, options)).rejects.toThrow(message);
    }
    const wrong = await ingestTable('list.csv', 'path,n\nphotos/0.png,1\nphotos/1.png,x\n', {
      columns: { n: 'int32' },
    });
    expect(wrong).toMatchObject({ columns: { n: [1] } });
    expect(wrong.setAside[0]).toMatchObject({ place: 'list.csv, line 3' });
    await expect(openSource('no-such.csv')).rejects.toThrow(NotFoundError);
    const { table } = await makeFolder('list.txt', 'path\n');
    await expect(openSource(table)).rejects.toThrow(InvalidOptionError);
    await expect(openSource(table, { type: 'csv' })).resolves.toMatchObject({ count: 0 });
    await expect(ingest(await openSource(table, { type: 'csv' }), `${table}.h5`)).rejects.toThrow(
      /found none/,
    );
  });

  it('keeps every value that it is given', async () => {
    const table = path.join(await temporaryDirectory(), 'list.csv');
    const text = fc.string({ maxLength: 5, unit: 'binary' }).filter((t) => !/[\0\r]/.test(t));
    const row = fc.record({
      whole: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      number: fc.double({ noNaN: true }),
      text,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (rows) => {
        const lines = rows.map(
          (r, i) => `${i}.png,${r.whole},${r.number},"${r.text.replaceAll('"', '""')}"`,
        );
        fs.writeFileSync(table, ['path,whole,number,text', ...lines].join('\n'));
        const columns = { whole: 'auto', number: 'float64', text: 'string' } as const;
        const source = await openSource(table, { columns });
        expect(source.columns).toEqual({ ...columns, whole: 'int32' });
        const read: unknown[] = [];
        for await (const record of source.records()) {
          read.push('refused' in record ? record : record.columns);
        }
        // -0 is written as 0.
        expect(read).toEqual(rows.map((r) => ({ ...r, number: r.number + 0 })));
      }),
      { numRuns: 25 },
    );
  });
});

describe('a table in JSON Lines', () => {
  it('gives images, classes and columns; keys may come late', async () => {
    const content = await ingestTable(
      'list.jsonl',
      [
        JSON.stringify({ file_name: 'photos/0.png', label: 'b', n: 1, ok: true, box: [1, 2] }),
        '',
        JSON.stringify({ file_name: 'photos/1.png', label: 'a', n: 2.5, ok: false, late: 'x' }),
        'no JSON',
        '[1]',
        JSON.stringify({ label: 'a' }),
        JSON.stringify({ file_name: 'photos/2.png', label: 'a', n: null, ok: true, text: '7' }),
      ].join('\n'),
    );
    expect(content).toMatchObject({ classes: ['a', 'b'], labels: [1, 0, 0] });
    expect(content.columns).toEqual({
      n: [1, 2.5, NaN],
      ok: [1, 0, 1],
      box: ['[1,2]', '', ''],
      late: ['', 'x', ''],
      text: ['', '', '7'],
    });
    expect(content.setAside.map(({ place }) => place)).toEqual([
      'list.jsonl, line 4',
      'list.jsonl, line 5',
      'list.jsonl, line 6',
    ]);
  });

  it('with a line without end is refused', async () => {
    const made = await makeFolder('list.ndjson', `{"path": "${'x'.repeat(3_000_000)}`);
    await expect(openSource(made.table)).rejects.toThrow(/line 1 to be longer/);
  });
});
