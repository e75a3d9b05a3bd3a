import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { File, MemoryLimitError, StorageError } from 'planefeed';
import { openH5, type H5File } from '#src/storage/h5.js';
import { findSuperblock, withoutMarks } from '#src/storage/h5-superblock.js';
import { applyChanges, heldPages } from '#src/storage/journal-pages.js';
import { decodeRecord, encodeRecord, type JournalRecord } from '#src/storage/journal-record.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import { fillDiskAfter, systemError } from './failing-disk.js';

async function newName(): Promise<string> {
  return path.join(await temporaryDirectory(), 'file.h5');
}

async function failureOf(work: () => unknown): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

describe('a record', () => {
  const place = fc.maxSafeNat();
  const bytes = fc.uint8Array({ maxLength: 600 });
  const record: fc.Arbitrary<JournalRecord> = fc.record({
    sequence: place,
    oldEnd: place,
    newEnd: place,
    superblockAt: place,
    oldSuperblock: bytes,
    newSuperblock: bytes,
    zeros: fc.record({ from: place, to: place }),
    extents: fc.array(fc.record({ position: place, bytes })),
  });

  it('comes back as it was, also with the rest of a longer one behind it', () => {
    fc.assert(
      fc.property(record, bytes, (original, rest) => {
        const encoded = new Uint8Array([...encodeRecord(original), ...rest]);
        expect(decodeRecord(encoded)).toEqual(original);
      }),
    );
  });

  it('is none when any of it is missing or another', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (original, at, change) => {
        const encoded = encodeRecord(original);
        expect(decodeRecord(encoded.subarray(0, at % encoded.length))).toBeUndefined();
        encoded[at % encoded.length]! ^= change;
        expect(decodeRecord(encoded)).toBeUndefined();
      }),
    );
  });
});

describe('held pages', () => {
  type Move =
    | { kind: 'write'; at: number; bytes: Uint8Array }
    | { kind: 'truncate'; length: number }
    | { kind: 'commit'; applied: number };
  const length = fc.nat(6000);
  const moves: fc.Arbitrary<Move[]> = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        at: length,
        bytes: fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 1500 }),
          fc.integer({ min: 1, max: 3000 }).map((zeros) => new Uint8Array(zeros)),
        ),
      }),
      fc.record({ kind: fc.constant('truncate' as const), length }),
      fc.record({ kind: fc.constant('commit' as const), applied: fc.integer({ min: 1, max: 3 }) }),
    ),
    { maxLength: 25 },
  );

  it('show what was written, and leave what is committed alone until it is applied', async () => {
    const name = await newName();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), moves, (start, steps) => {
        fs.writeFileSync(name, start);
        const descriptor = fs.openSync(name, 'r+');
        const pages = heldPages(descriptor, name, start.length, 2 ** 20);
        let committed = Buffer.from(start);
        let model = Buffer.from(start);
        for (const step of steps) {
          if (step.kind === 'write') {
            const { at, bytes } = step;
            for (let done = 0; done < bytes.length;) {
              done += pages.write(bytes.subarray(done), at + done);
            }
            const grown = Buffer.alloc(Math.max(model.length, at + bytes.length));
            model.copy(grown);
            grown.set(bytes, at);
            model = grown;
          } else if (step.kind === 'truncate') {
            pages.truncate(step.length);
            const cut = Buffer.alloc(step.length);
            model.copy(cut);
            model = cut;
          } else {
            const record = { ...pages.changes(), newEnd: pages.size() };
            // Again and again, as recovery may.
            for (let n = 0; n < step.applied; n++) applyChanges(descriptor, record);
            pages.settle(pages.size());
            committed = Buffer.from(model);
          }
          expect(pages.size()).toBe(model.length);
          expect(pages.isShort).toBe(fs.statSync(name).size < model.length);
          const shown = Buffer.alloc(model.length + 10);
          expect(pages.read(shown, 0)).toBe(model.length);
          expect(shown.subarray(0, model.length).equals(model)).toBe(true);
          const onDisk = fs.readFileSync(name).subarray(0, committed.length);
          expect(onDisk.equals(committed)).toBe(true);
        }
        fs.closeSync(descriptor);
      }),
      { numRuns: 300 },
    );
  });
});

/** Rows of a thousand numbers, each a commit. */
function addRow(h5: H5File, row: number): void {
  if (h5.kindOf('/rows') === undefined) {
    const shape = { shape: [0, 1000], maxShape: [null, 1000], chunkShape: [1, 1000] };
    h5.createDataset('/rows', { dtype: 'uint8', ...shape });
  }
  h5.resize('/rows', [row + 1, 1000]);
  h5.writeSlice('/rows', [row, 0], [1, 1000], new Uint8Array(1000).fill(row + 1));
}

async function rowsOf(file: string): Promise<number> {
  const h5 = await openH5(file, 'r');
  const [rows] = h5.dataset('/rows').shape!;
  const values = h5.readSlice('/rows', [0, 0], [rows!, 1000]) as Uint8Array;
  expect(values.every((value, at) => value === Math.floor(at / 1000) + 1)).toBe(true);
  await h5.close();
  return rows!;
}

describe('a session with a journal', () => {
  it('makes a new file with its first commit, and leaves only the file', async () => {
    const file = await newName();
    const folder = path.dirname(file);
    const h5 = await openH5(file, 'w', { journal: true });
    addRow(h5, 0);
    expect(fs.existsSync(file)).toBe(false);
    await h5.commit();
    expect(fs.existsSync(file)).toBe(true);
    addRow(h5, 1);
    await h5.commit();
    expect(fs.existsSync(`${file}-journal`)).toBe(true);
    await h5.close();
    expect(fs.readdirSync(folder)).toEqual(['file.h5']);
    expect(await rowsOf(file)).toBe(2);
  });

  it('replaces a file with its first commit, permissions kept, and not before', async () => {
    const file = await newName();
    fs.writeFileSync(file, 'old', { mode: 0o640 });
    const abandoned = await openH5(file, 'w', { journal: true });
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
    addRow(abandoned, 0);
    const disk = fillDiskAfter(0);
    await expect(abandoned.commit()).rejects.toThrow(/ENOSPC/);
    disk.restore();
    await abandoned.close();
    expect(fs.readdirSync(path.dirname(file))).toEqual(['file.h5']);
    expect(fs.readFileSync(file, 'utf8')).toBe('old');

    const h5 = await openH5(file, 'w', { journal: true });
    addRow(h5, 0);
    await h5.close();
    expect(await rowsOf(file)).toBe(1);
    expect(fs.statSync(file).mode & 0o777).toBe(0o640);
  });

  it('changes nothing when nothing is changed', async () => {
    const file = await newName();
    const h5 = await openH5(file, 'w', { journal: true });
    addRow(h5, 0);
    await h5.close();
    const before = fs.readFileSync(file);
    await (await openH5(file, 'r+', { journal: true })).close();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  it('takes no calls while a commit is under way, and further commits in turn', async () => {
    const file = await newName();
    const h5 = await openH5(file, 'w', { journal: true });
    addRow(h5, 0);
    const commits = [h5.commit(), h5.commit()];
    expect(() => {
      addRow(h5, 1);
    }).toThrow(/a commit is under way.*Await/);
    expect(() => {
      h5.closeSync();
    }).toThrow(/under way/);
    const closing = h5.close();
    await Promise.all(commits).catch(() => undefined);
    await closing;
    expect(await rowsOf(file)).toBe(1);
  });

  it('holds no more than it may, says so, and keeps what is committed', async () => {
    const file = await newName();
    const h5 = await openH5(file, 'w', { journal: true, journalMemory: 50_000 });
    for (let row = 0; row < 100; row++) addRow(h5, row);
    await h5.commit();
    const overwrite = (): void => {
      h5.writeSlice('/rows', [0, 0], [100, 1000], new Uint8Array(1e5));
      h5.flush();
    };
    const error = await failureOf(overwrite);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error!.message).toMatch(/at most 50000 bytes of changes.*Commit \(flush\) more often/s);
    await expect(h5.commit()).rejects.toThrow(MemoryLimitError);
    await h5.close();
    expect(await rowsOf(file)).toBe(100);
  });

  it('reads structures and changes the closed file through the journal', async () => {
    const file = await newName();
    {
      using first = await File.open(file, 'w', { journal: true });
      first.createDataset('half', { data: Float32Array.of(1, 2), dtype: 'float16' });
      first.createDataset('gone', { data: [1, 2] });
    }
    const before = fs.readFileSync(file);
    using second = await File.open(file, 'r+', { journal: true });
    second.delete('gone');
    second.createDataset('flags', { shape: [3], dtype: 'bool' });
    expect([...second.keys()]).toEqual(['flags', 'half']);
    expect(fs.readFileSync(file).subarray(0, before.length).equals(before)).toBe(true);
    second.flush();
    using reading = await File.open(file);
    expect([...reading.keys()]).toEqual(['flags', 'half']);
  });
});

describe('when the disk fails', () => {
  it('in any write, the call fails, the file is out of use, and at a commit', async () => {
    const file = await newName();
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(40_000), async (room) => {
        const fresh = await openH5(file, 'w', { journal: true, durability: 'process' });
        addRow(fresh, 0);
        await fresh.close();
        const h5 = await openH5(file, 'r+', { journal: true, durability: 'process' });
        const disk = fillDiskAfter(room);
        let returned = 1;
        const error = await failureOf(async () => {
          for (let row = 1; row < 10; row++) {
            addRow(h5, row);
            await h5.commit();
            returned = row + 1;
          }
        });
        const closing = await failureOf(() => h5.close());
        disk.restore();
        if (error !== undefined) {
          failures++;
          expect(error).toBeInstanceOf(StorageError);
          expect((error.cause as NodeJS.ErrnoException).code).toBe('ENOSPC');
          expect(closing).toBeUndefined();
          expect(() => {
            addRow(h5, 0);
          }).toThrow(/closed/);
        }
        const rows = await rowsOf(file);
        expect([returned, returned + 1]).toContain(rows);
        const again = await openH5(file, 'r+', { journal: true });
        addRow(again, rows);
        await again.close();
        expect(await rowsOf(file)).toBe(rows + 1);
      }),
      // 31,918 bytes end within the superblock.
      { numRuns: 40, examples: [[31_918]] },
    );
    expect(failures).toBeGreaterThan(10);
  });

  it('in any fsync, the commit fails, for good, and the file is at a commit', async () => {
    const file = await newName();
    for (let failing = 1; failing <= 5; failing++) {
      const fresh = await openH5(file, 'w', { journal: true, durability: 'process' });
      addRow(fresh, 0);
      await fresh.close();
      const h5 = await openH5(file, 'r+', { journal: true });
      let calls = 0;
      const real = fs.fsync.bind(fs);
      const spy = vi.spyOn(fs, 'fsync').mockImplementation((descriptor, done) => {
        if (++calls === failing) done(systemError('EIO', 'i/o error, fsync'));
        else real(descriptor, done);
      });
      onTestFinished(() => {
        spy.mockRestore();
      });
      let returned = 1;
      const error = await failureOf(async () => {
        for (let row = 1; row < 4; row++) {
          addRow(h5, row);
          await h5.commit();
          returned = row + 1;
        }
      });
      expect(error?.message).toMatch(/Could not commit: EIO: i\/o error, fsync/);
      await expect(h5.commit()).rejects.toThrow(/out of use/);
      expect(() => {
        h5.kindOf('/rows');
      }).toThrow(/EIO/);
      await h5.close();
      spy.mockRestore();
      expect([returned, returned + 1]).toContain(await rowsOf(file));
    }
  });
});

it('finds the superblock of version 1, which h5py cannot be made to write', () => {
  const bytes = new Uint8Array(4096);
  bytes.set(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 512);
  bytes.set([1, 0, 0, 0, 0, 8, 8, 0], 520);
  new DataView(bytes.buffer).setBigUint64(512 + 28 + 16, 3000n, true);
  const read = (into: Uint8Array, position: number): number => {
    into.set(bytes.subarray(position, position + into.length));
    return into.length;
  };
  const found = findSuperblock(read, bytes.length)!;
  expect(found).toMatchObject({ offset: 512, end: 3512 });
  expect(found.bytes).toHaveLength(100);
  expect(withoutMarks(found.bytes)).toBe(found.bytes);
});

describeWithH5py('files of h5py', () => {
  it.each([
    ['superblock 0', { libver: 'earliest' }],
    ['superblock 2', { libver: ['v108', 'v108'] }],
    ['superblock 3', { libver: 'latest' }],
    ['a user block', { libver: 'earliest', userblock_size: 1024 }],
  ])('are written with a journal and read by h5py: %s', async (_name, keywords) => {
    const file = await newName();
    await h5py.run(
      `
      keywords = {k: tuple(v) if isinstance(v, list) else v for k, v in data['keywords'].items()}
      with h5py.File(data['file'], 'w', **keywords) as f:
          f.create_dataset('rows', (0, 1000), 'u1', maxshape=(None, 1000), chunks=(1, 1000))
      `,
      { file, keywords },
    );
    const h5 = await openH5(file, 'r+', { journal: true, libver: ['earliest', 'latest'] });
    const copy = `${file}.copy`;
    for (let row = 0; row < 3; row++) {
      addRow(h5, row);
      await h5.commit();
      // As it stands in the middle of a session.
      fs.copyFileSync(file, copy);
      const rows = await h5py.run(`result = h5py.File(data)['rows'][:, 999]`, copy);
      expect(rows).toEqual(Array.from({ length: row + 1 }, (_, n) => n + 1));
    }
    await h5.close();
    expect(await h5py.run(`result = h5py.File(data)['rows'][:, 0]`, file)).toEqual([1, 2, 3]);
  });
});
