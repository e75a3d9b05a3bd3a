import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { InvalidOptionError, StorageError, UnsupportedByLibraryError } from '#src/errors.js';
import { createDataset, type DatasetToCreate } from '#src/hdf5/creation/create-dataset.js';
import { parseDType } from '#src/hdf5/dtype-name.js';
import { compoundDType, stringDType } from '#src/hdf5/dtype.js';
import { openH5 } from '#src/storage/h5.js';
import { temporaryDirectory } from '../../support/temp.js';

describe('a dataset that can’t be created', () => {
  const f2 = parseDType('f2');
  const refused: [string, DatasetToCreate, string, new (m: string) => Error, RegExp][] = [
    ['a taken name', { dtype: f2, shape: [2] }, '/there', StorageError, /name is taken/],
    ['a missing group', { dtype: f2, shape: [2] }, '/no/x', StorageError, /no/],
    ['chunks too big', { dtype: f2, shape: [2], chunkShape: [3] }, '/x', StorageError, /[Cc]hunk/],
    [
      'chunks too big for f4',
      { dtype: parseDType('f4'), shape: [2], chunkShape: [3] },
      '/x',
      StorageError,
      /[Cc]hunk/,
    ],
    [
      'filters without chunks',
      { dtype: f2, shape: [2], gzip: 1 },
      '/x',
      InvalidOptionError,
      /chunks/,
    ],
    [
      'a chunked scalar',
      { dtype: f2, shape: [], chunkShape: [] },
      '/x',
      InvalidOptionError,
      /Scalar/,
    ],
    [
      'a fill value of the wrong size',
      { dtype: f2, shape: [2], fillValue: new Uint8Array(4) },
      '/x',
      InvalidOptionError,
      /2 bytes/,
    ],
    [
      'a text to fill with',
      { dtype: stringDType(), shape: [2], fillValue: new Uint8Array(16) },
      '/x',
      UnsupportedByLibraryError,
      /fill values of variable-length strings/,
    ],
    [
      'text with fletcher32',
      { dtype: stringDType(), shape: [2], chunkShape: [2], fletcher32: true },
      '/x',
      InvalidOptionError,
      /fletcher32/,
    ],
    [
      'text in a compound',
      { dtype: compoundDType([{ name: 't', dtype: stringDType(), offset: 0 }], 16), shape: [2] },
      '/x',
      UnsupportedByLibraryError,
      /variable-length string 't' in a compound/,
    ],
  ];

  it.each(refused)(
    'is refused and changes nothing: %s',
    async (_, dataset, name, type, message) => {
      const file = path.join(await temporaryDirectory(), 'file.h5');
      const h5 = await openH5(file, 'w', { durability: 'process' });
      createDataset(h5, '/there', { dtype: f2, shape: [2] });
      await h5.commit();
      const before = fs.readFileSync(file);
      expect(() => {
        createDataset(h5, name, dataset);
      }).toThrow(type);
      expect(() => {
        createDataset(h5, name, dataset);
      }).toThrow(message);
      await h5.commit();
      expect(fs.readFileSync(file).equals(before)).toBe(true);
      expect(h5.tree().map((entry) => entry.path)).toEqual(['/there']);
      createDataset(h5, '/after', { dtype: f2, shape: [2] });
      expect(h5.kindOf('/after')).toBe('dataset');
      await h5.close();
    },
  );

  it('is refused where old headers are asked for', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w', { libver: ['earliest', 'latest'], durability: 'process' });
    h5.createGroup('/g');
    expect(() => {
      createDataset(h5, '/x', { dtype: f2, shape: [2] });
    }).toThrow(UnsupportedByLibraryError);
    expect(h5.tree().map((entry) => entry.path)).toEqual(['/g']);
    await h5.close();
  });
});
