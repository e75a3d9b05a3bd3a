/** What `npm run corpora` counts, on files whose outcomes are known. */
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  compareDataset,
  openComparison,
  type Comparison,
  type FileOutcome,
} from '../../scripts/corpora/compare.js';
import { replaceBetweenMarkers } from '../../scripts/lib/docs-page.js';
import { findHdf5Files } from '../../scripts/corpora/hdf5-files.js';
import {
  breakdown,
  formatMarkdown,
  formatText,
  overview,
  summarize,
} from '../../scripts/corpora/summary.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { repository } from '../support/probe.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

/** One file with every outcome but "different", and files to be damaged. */
const WRITE = `
  import os
  with h5py.File(os.path.join(data, 'all.h5'), 'w', userblock_size=512) as f:
      f['numbers'] = np.arange(12).reshape(3, 4)
      f['group/halves'] = np.array([1.5, np.nan, -np.inf], '>f2')
      f['group/again'] = f['numbers']
      f['soft'] = h5py.SoftLink('/group/halves')
      f['dangling'] = h5py.SoftLink('/nowhere')
      f['outside'] = h5py.ExternalLink('other.h5', '/x')
      f['nowhere'] = h5py.ExternalLink('missing.h5', '/x')
      f['text'] = 'words'
      f['pair'] = np.zeros(2, [('a', 'i4'), ('b', 'f8')])
      f['null'] = h5py.Empty('f4')
      f['flags'] = np.array([True, False])
      f['bytes'] = np.array([b'ab'])
      f['opaque'] = np.zeros(2, 'V3')
      f.create_dataset('arrays', (2,), np.dtype('3i4'))
      f.create_dataset('reference', (1,), h5py.ref_dtype)
      space = h5py.h5s.create_simple((2,))
      h5py.h5d.create(f.id, b'bits', h5py.h5t.STD_B16LE, space)
      h5py.h5d.create(f.id, b'time', h5py.h5t.UNIX_D32LE, space)
      f['type'] = np.dtype('>i2')
      f.create_dataset('committed', (2,), f['type'])
      layout = h5py.VirtualLayout((2,), 'i8')
      layout[:] = h5py.VirtualSource('other.h5', 'x', (2,))
      f.create_virtual_dataset('virtual', layout)
      f.create_dataset('raw', (2, 2), 'i4', external=[('missing.raw', 0, 16)])
  with h5py.File(os.path.join(data, 'other.h5'), 'w') as f:
      f['x'] = [1, 2]
`;

describeWithH5py('a comparison', () => {
  let temp: SharedDirectory;
  let comparison: Comparison;
  beforeAll(async () => {
    temp = await sharedDirectory();
    comparison = openComparison(h5py.python);
    await h5py.run(WRITE, temp.path);
  });
  afterAll(async () => {
    comparison.close();
    await temp.remove();
  });

  it('says what came out of each dataset', async () => {
    const { h5pyError, datasets } = await comparison.compare(join(temp.path, 'all.h5'));
    expect(h5pyError).toBeUndefined();
    const found = Object.fromEntries(datasets.map(({ path, outcome }) => [path, outcome]));
    expect(found).toEqual({
      '/group/again': { kind: 'equal', index: 'contiguous' },
      '/group/halves': { kind: 'equal', index: 'contiguous' },
      '/soft': { kind: 'equal', index: 'contiguous' },
      '/flags': { kind: 'equal', index: 'contiguous' },
      '/outside': { kind: 'unsupported', feature: 'external links' },
      '/text': { kind: 'unsupported', feature: 'variable-length values' },
      '/pair': { kind: 'unsupported', feature: 'compound values' },
      '/committed': { kind: 'equal', index: 'contiguous' },
      '/bytes': { kind: 'unsupported', feature: 'strings' },
      '/opaque': { kind: 'unsupported', feature: 'opaque values' },
      '/arrays': { kind: 'unsupported', feature: 'arrays as elements' },
      '/reference': { kind: 'unsupported', feature: 'references' },
      '/bits': { kind: 'unsupported', feature: 'bit fields' },
      '/time': {
        kind: 'h5py cannot',
        why: expect.stringContaining('TypeTimeID') as string,
        ours: 'unsupported-layout',
      },
      '/virtual': { kind: 'unsupported', feature: 'a virtual dataset' },
      '/null': { kind: 'unsupported', feature: 'a null dataspace' },
      '/raw': {
        kind: 'h5py cannot',
        why: expect.stringContaining('external raw data file') as string,
        ours: 'unsupported-layout',
      },
      '/dangling': { kind: 'dangling link' },
      '/nowhere': { kind: 'dangling link' },
    });
  });

  it('goes on after a file that h5py does not open', async () => {
    const cut = join(temp.path, 'cut.h5');
    await copyFile(join(temp.path, 'other.h5'), cut);
    await truncate(cut, 900);
    const { h5pyError, datasets } = await comparison.compare(cut);
    expect(h5pyError).toMatch(/truncated file/);
    expect(datasets).toEqual([]);
    const other = await comparison.compare(join(temp.path, 'other.h5'));
    expect(other.datasets).toHaveLength(1);
  });

  it('finds the files that have a signature', async () => {
    await writeFile(join(temp.path, 'not.h5'), 'HDF');
    const names = findHdf5Files(temp.path).map((file) => file.slice(temp.path.length + 1));
    expect(names.filter((name) => name !== 'cut.h5')).toEqual(['all.h5', 'other.h5']);
  });
});

describe('one dataset', () => {
  const theirs = { path: '/x', link: 'hard', shape: [2], digest: 'abc' } as const;

  it('differs when anything but an unsupported feature keeps it from being equal', () => {
    const ours = { shape: [2], digest: 'abc', index: 'compact' };
    const compared = [
      ours,
      { ...ours, digest: 'abd' },
      { ...ours, shape: [3] },
      { error: 'corrupt-file', message: 'damaged' },
      { error: null, message: 'TypeError' },
      { error: 'unsupported-layout', message: 'not read', feature: 'strings' },
    ].map((answer) => compareDataset(theirs, answer).kind);
    const expected = ['equal', ...Array<string>(4).fill('different'), 'unsupported'];
    expect(compared).toEqual(expected);
    expect(compareDataset({ ...theirs, digest: null }, ours).kind).toBe('different');
  });

  it('that h5py cannot read is no excuse for an error of another kind', () => {
    const refused = { path: '/x', link: 'hard', error: 'OSError' } as const;
    expect(compareDataset(refused, { error: null, message: 'RangeError' }).kind).toBe('different');
    expect(compareDataset(refused, { error: 'corrupt-file', message: '' })).toMatchObject({
      kind: 'h5py cannot',
      ours: 'corrupt-file',
    });
  });
});

describe('the tables', () => {
  const files: FileOutcome[] = [
    {
      file: 'a.h5',
      datasets: [
        { path: '/x', outcome: { kind: 'equal', index: 'implicit' } },
        { path: '/y', outcome: { kind: 'unsupported', feature: 'strings' } },
        { path: '/z', outcome: { kind: 'dangling link' } },
      ],
    },
    {
      file: 'b.h5',
      h5pyError: 'OSError',
      datasets: [
        { path: '/x', outcome: { kind: 'h5py cannot', why: 'OSError', ours: 'read' } },
        { path: '/w', outcome: { kind: 'different', detail: 'other values' } },
      ],
    },
  ];
  const summary = summarize('Some', 'some 1.0', files);

  it('count files and datasets', () => {
    expect(summary).toMatchObject({ files: 2, filesRefused: 1, datasets: 4, danglingLinks: 1 });
    expect(summary.different).toEqual(['b.h5 /w: other values']);
    expect(overview([summary, summary])).toEqual([
      ['From', 'Files', 'Datasets', 'Equal', 'Unsupported', 'h5py can’t', 'Different'],
      ['some 1.0', '2', '4', '1', '1', '1', '1'],
      ['some 1.0', '2', '4', '1', '1', '1', '1'],
      ['Together', '4', '8', '2', '2', '2', '2'],
    ]);
    const features = breakdown('Feature', [summary], ({ unsupported }) => unsupported);
    expect(formatText(features)).toBe('Feature  Some  Together\nstrings     1         1');
    expect(formatMarkdown(features)).toBe(
      '| Feature | Some | Together |\n| ------- | ---: | -------: |\n| strings |    1 |        1 |',
    );
  });

  it('are put between their markers', () => {
    const page = 'a\n<!-- t: start -->old<!-- t: end -->\nb';
    expect(replaceBetweenMarkers(page, 't', 'new')).toBe(
      'a\n<!-- t: start -->\n\nnew\n\n<!-- t: end -->\nb',
    );
    expect(() => replaceBetweenMarkers(page, 'u', 'new')).toThrow(/<!-- u: start -->/);
  });

  it('in the docs say that nothing is different', async () => {
    const page = await readFile(join(repository, 'docs/reading-any-file.md'), 'utf8');
    const together = page.split('\n').find((line) => line.startsWith('| Together'));
    expect(together?.split('|').at(-2)?.trim()).toBe('0');
  });
});
