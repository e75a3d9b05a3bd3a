import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { Module, ready } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';

import {
  ClosedError,
  InvalidOptionError,
  StorageError,
  UnsupportedByLibraryError,
} from '#src/errors.js';
import type { EmptyDataset, H5File } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { temporaryDirectory } from '../support/temp.js';
import { fillDiskAfter } from './failing-disk.js';

const bytes: EmptyDataset = {
  type: { class: 'integer', size: 1, signed: false },
  shape: [4, 6],
};

async function newFile(): Promise<{ file: string; h5: H5File }> {
  const file = path.join(await temporaryDirectory(), 'file.h5');
  return { file, h5: await openH5(file, 'w', { durability: 'process' }) };
}

function failure(work: () => void): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  return expect.fail('expected an error');
}

describe('createPatched', () => {
  it('shows the closed file to the patch, and what the patch did to HDF5', async () => {
    const { file, h5 } = await newFile();
    h5.createEmpty('/first', bytes);
    h5.createPatched('/second', bytes, (closed, header) => {
      expect(Buffer.from(closed.read(header, 4)).toString()).toBe('OHDR');
      expect(closed.read(1e6, 8)).toHaveLength(0);
    });
    h5.writeElements('/second', { start: [0, 0], count: [1, 6] }, new Uint8Array(6).fill(9));
    expect(h5.readSlice('/second', [0, 0], [2, 1])).toEqual(Uint8Array.of(9, 0));
    expect(h5.tree().map((entry) => entry.path)).toEqual(['/first', '/second']);
    await h5.close();
    const again = await openH5(file, 'r');
    expect(again.readSlice('/second', [0, 0], [2, 1])).toEqual(Uint8Array.of(9, 0));
    expect(() => {
      again.createPatched('/third', bytes, () => undefined);
    }).toThrow(InvalidOptionError);
    await again.close();
    expect(() => {
      h5.createPatched('/third', bytes, () => undefined);
    }).toThrow(ClosedError);
  });

  it('leaves the file as it was when the patch throws, and usable', async () => {
    const { file, h5 } = await newFile();
    h5.createEmpty('/first', bytes);
    await h5.commit();
    const before = fs.readFileSync(file);
    const thrown = new Error('no');
    expect(
      failure(() => {
        h5.createPatched('/second', bytes, (closed, header) => {
          closed.write(header, Uint8Array.of(0));
          throw thrown;
        });
      }),
    ).toBe(thrown);
    await h5.commit();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
    expect(h5.kindOf('/second')).toBeUndefined();
    h5.createPatched('/second', bytes, () => undefined);
    expect(h5.kindOf('/second')).toBe('dataset');
    await h5.close();
  });

  it('says so, and changes nothing, while HDF5 has something else open in the file', async () => {
    const { file, h5 } = await newFile();
    await ready;
    const version = Module.H5F_LIBVER_V110;
    const other = Module.open(file, Module.H5F_ACC_RDWR, false, version, version);
    const create = (): void => {
      h5.createPatched('/second', bytes, () => undefined);
    };
    expect(create).toThrow(/HDF5 has an object open/);
    expect(h5.kindOf('/second')).toBeUndefined();
    Module.close_file(other);
    create();
    expect(h5.kindOf('/second')).toBe('dataset');
    await h5.close();
  });

  it('puts the file out of use when the disk fills up, and never shows the unpatched dataset', async () => {
    const directory = await temporaryDirectory();
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(3000), async (room) => {
        const file = path.join(directory, 'file.h5');
        const h5 = await openH5(file, 'w', { durability: 'process' });
        await h5.commit();
        const disk = fillDiskAfter(room);
        const patch = Uint8Array.from(Buffer.from('PATCHED.'));
        let header = 0;
        let error: unknown;
        try {
          h5.createPatched('/x', bytes, (closed, at) => {
            header = at;
            closed.write(at, patch);
          });
        } catch (caught) {
          error = caught;
        }
        disk.restore();
        const found = fs
          .readFileSync(file)
          .subarray(header, header + 8)
          .toString('latin1');
        if (error === undefined) {
          expect(found).toBe('PATCHED.');
        } else {
          failures++;
          expect(error).toBeInstanceOf(StorageError);
          expect((error as Error).message).toMatch(/ENOSPC/);
          if (header > 0) expect(found.startsWith('OHDR')).toBe(false);
          expect(() => h5.tree()).toThrow(/ENOSPC/);
        }
        // What the patch left is no object header: HDF5 never gets to see it here.
        await h5.close();
      }),
    );
    expect(failures).toBeGreaterThan(0);
  });
});

describe('readElements and writeElements', () => {
  it('move strided boxes as a plain array would', async () => {
    const { h5 } = await newFile();
    h5.createEmpty('/x', { ...bytes, shape: [9, 8] });
    const model = new Uint8Array(72);
    const axis = (length: number): fc.Arbitrary<[number, number, number]> =>
      fc
        .record({
          start: fc.nat(length - 1),
          stride: fc.integer({ min: 1, max: 4 }),
          part: fc.nat(100),
        })
        .map(({ start, stride, part }) => {
          const most = Math.floor((length - 1 - start) / stride) + 1;
          return [start, Math.round((most * part) / 100), stride];
        });
    fc.assert(
      fc.property(axis(9), axis(8), fc.nat(255), (rows, columns, seed) => {
        const [start, count, stride] = [0, 1, 2].map((i) => [rows[i]!, columns[i]!]);
        const box = { start: start!, count: count!, stride: stride! };
        const at = Array.from({ length: rows[1] }, (_, i) => rows[0] + i * rows[2]).flatMap((row) =>
          Array.from({ length: columns[1] }, (_, i) => row * 8 + columns[0] + i * columns[2]),
        );
        expect(h5.readElements('/x', box)).toEqual(Uint8Array.from(at, (i) => model[i]!));
        const values = Uint8Array.from(at, (_, i) => (seed + i) % 256);
        h5.writeElements('/x', box, values);
        at.forEach((i, n) => (model[i] = values[n]!));
        const into = new Uint8Array(72);
        expect(h5.readElements('/x', { start: [0, 0], count: [9, 8] }, into)).toBe(into);
        expect(into).toEqual(model);
      }),
    );
    await h5.close();
  });

  it('refuse what does not fit', async () => {
    const { h5 } = await newFile();
    h5.createEmpty('/x', bytes);
    h5.createDataset('/text', { dtype: 'string', shape: [2] });
    const box = { start: [0, 0], count: [2, 2], stride: [3, 1] };
    expect(h5.readElements('/x', box)).toHaveLength(4);
    for (const wrong of [
      { ...box, stride: [4, 1] },
      { ...box, stride: [0, 1] },
      { ...box, stride: [1] },
      { ...box, start: [0] },
      { ...box, start: [-1, 0] },
      { ...box, count: [2, 1.5] },
    ]) {
      expect(() => h5.readElements('/x', wrong)).toThrow(InvalidOptionError);
    }
    expect(() => h5.readElements('/x', box, new Uint8Array(3))).toThrow(/4 bytes, got 3/);
    expect(() => {
      h5.writeElements('/x', box, new Uint8Array(5));
    }).toThrow(/4 bytes, got 5/);
    expect(() => h5.readText('/x', box)).toThrow(/variable-length strings/);
    const column = { start: [0], count: [2] };
    expect(() => h5.readElements('/text', column)).toThrow(UnsupportedByLibraryError);
    expect(() => {
      h5.writeText('/text', column, ['a']);
    }).toThrow(/2 strings, got 1/);
    expect(() => {
      h5.writeText('/text', column, ['a', 'b\0']);
    }).toThrow(/NUL/);
    await h5.close();
  });
});
