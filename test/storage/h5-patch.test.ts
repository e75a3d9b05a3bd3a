import fs from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { ClosedError, InvalidOptionError, StorageError } from '#src/errors.js';
import type { FileStructures, H5File } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { temporaryDirectory } from '../support/temp.js';
import { fillDiskAfter } from './failing-disk.js';

async function newFile(): Promise<{ file: string; h5: H5File }> {
  const file = path.join(await temporaryDirectory(), 'file.h5');
  return { file, h5: await openH5(file, 'w', { durability: 'process' }) };
}

function text(structures: FileStructures, offset: number, length: number): string {
  return Buffer.from(structures.read(offset, length)).toString('latin1');
}

const noChange = (): void => undefined;

it('structures are read with everything written out, from the root on', async () => {
  const { h5 } = await newFile();
  h5.createGroup('/group');
  const found = h5.readStructures('look', '/', (structures) => [
    text(structures, structures.base + 1, 3),
    text(structures, structures.root, 4),
    text(structures, 0, 1e4).includes('group'),
  ]);
  expect(found).toEqual(['HDF', 'OHDR', true]);
  await h5.close();
});

it('calls of HDF5 and an edit by hand are one change', async () => {
  const { file, h5 } = await newFile();
  h5.createGroup('/before');
  h5.editStructures(
    'rename',
    '/',
    () => {
      h5.createSoftLink('/soft', '/AAAA');
      expect(h5.kindOf('/soft')).toBe('soft link');
    },
    (structures) => {
      expect(text(structures, 0, 1e4)).toContain('AAAA');
    },
  );
  expect(h5.tree().map((entry) => entry.path)).toEqual(['/before', '/soft']);
  await h5.commit();
  const before = fs.readFileSync(file);
  const thrown = new Error('no');
  for (const failing of ['change', 'edit']) {
    expect(() => {
      h5.editStructures(
        'rename',
        '/',
        () => {
          h5.createGroup('/group');
          if (failing === 'change') throw thrown;
        },
        (structures) => {
          structures.write(structures.root, Uint8Array.of(0));
          throw thrown;
        },
      );
    }).toThrow(failing === 'edit' ? thrown : StorageError);
    await h5.commit();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
    expect(h5.kindOf('/group')).toBeUndefined();
  }
  await h5.close();
});

it('a file that is closed, open for reading, or on a full disk is not edited', async () => {
  const { file, h5 } = await newFile();
  h5.createGroup('/group');
  await h5.close();
  expect(() => {
    h5.editStructures('edit', '/', noChange, noChange);
  }).toThrow(ClosedError);
  const reading = await openH5(file, 'r');
  expect(() => {
    reading.editStructures('edit', '/', noChange, noChange);
  }).toThrow(InvalidOptionError);
  expect(
    reading.readStructures('look', '/', (structures) => text(structures, structures.root, 4)),
  ).toBe('OHDR');
  await reading.close();
  const full = await openH5(file, 'r+', { durability: 'process' });
  fillDiskAfter(100);
  expect(() => {
    full.editStructures('edit', '/', noChange, (structures) => {
      structures.write(structures.root + 1e4, new Uint8Array(1000));
    });
  }).toThrow(/ENOSPC/);
  await full.close();
});
