import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { File, openDataset, recover, StorageError } from 'planefeed';
import { decodeRecord } from '#src/storage/journal-record.js';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';

interface Crashed {
  readonly file: string;
  readonly journal: string;
}

/**
 * A file as a crash leaves it: at its second commit, the third recorded and not yet applied,
 * partly applied, or being recorded.
 */
async function crashed(when: 'recorded' | 'partly applied' | 'recording'): Promise<Crashed> {
  const folder = await temporaryDirectory();
  const source = path.join(folder, 'source.h5');
  const file = path.join(folder, 'file.h5');
  const journal = `${file}-journal`;
  using writing = await File.open(source, 'w', { journal: true });
  const shape = { shape: [0], maxshape: [null], chunks: [64], dtype: 'uint8' };
  writing.createDataset('x', shape);
  writing.flush();
  const grow = (length: number): void => {
    writing.dataset('x').resize([length]);
    writing.dataset('x').set('...', length % 256);
    writing.flush();
  };
  grow(1000);
  const before = fs.readFileSync(source);
  grow(5000);
  const after = fs.readFileSync(source);
  const encoded = fs.readFileSync(`${source}-journal`);
  const record = decodeRecord(encoded)!;
  // What lies below the old end is as before the commit; the appended part is there.
  const bytes = Buffer.from(after);
  before.copy(bytes);
  if (when === 'partly applied') {
    const [first] = record.extents;
    bytes.set(first!.bytes.subarray(0, 512), first!.position);
  }
  fs.writeFileSync(file, bytes);
  fs.writeFileSync(journal, when === 'recording' ? encoded.subarray(0, 700) : encoded);
  return { file, journal };
}

/** Permissions don't bind root. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

async function lengthIn(file: string): Promise<number> {
  using reading = await File.open(file);
  const { data } = reading.dataset('x').get();
  const length = (data as Uint8Array).length;
  expect((data as Uint8Array).every((value) => value === length % 256)).toBe(true);
  return length;
}

describe('recovery', () => {
  it('completes a commit that was recorded, and forgets one that was not', async () => {
    for (const [when, outcome, length] of [
      ['recorded', 'completed', 5000],
      ['partly applied', 'completed', 5000],
      ['recording', 'discarded', 1000],
    ] as const) {
      const { file, journal } = await crashed(when);
      const size = fs.statSync(file).size;
      const recovery = await recover(file);
      expect(recovery.outcome).toBe(outcome);
      expect(recovery.bytes).toBe(fs.statSync(file).size);
      expect(recovery.cut).toBe(size - recovery.bytes);
      expect(recovery.cut > 0).toBe(when === 'recording');
      expect(fs.existsSync(journal)).toBe(false);
      expect(await lengthIn(file)).toBe(length);
      expect(await recover(file)).toEqual({ ...recovery, outcome: 'clean', cut: 0 });
    }
  });

  it('happens when the file is opened, to write it or to read it', async () => {
    const openings: ((file: string) => Promise<unknown>)[] = [
      async (file) => {
        (await File.open(file, 'r+', { journal: true })).close();
      },
      async (file) => {
        (await File.open(file, 'r+')).close();
      },
      async (file) => {
        (await File.open(file)).close();
      },
      async (file) => {
        await using x = await openDataset(file, '/x');
        expect(x.shape).toEqual([5000]);
      },
    ];
    for (const open of openings) {
      const { file, journal } = await crashed('partly applied');
      await open(file);
      expect(fs.existsSync(journal)).toBe(false);
      expect(await lengthIn(file)).toBe(5000);
    }
  });

  it('is left to the next writer where a reader needs none', async () => {
    const { file, journal } = await crashed('recording');
    expect(await lengthIn(file)).toBe(1000);
    expect(fs.existsSync(journal)).toBe(true);
  });

  it('is asked for where a reader needs it and may not do it', async () => {
    const { file } = await crashed('partly applied');
    fs.chmodSync(path.dirname(file), 0o555);
    const before = fs.readFileSync(file);
    await asNobody(async () => {
      await expect(File.open(file)).rejects.toThrow(/killed in the middle.*Run planefeed recover/);
      await expect(openDataset(file, '/x')).rejects.toThrow(/Run planefeed recover/);
      await expect(File.open(file, 'r+', { journal: true })).rejects.toThrow(/No permission/);
    });
    expect(fs.readFileSync(file).equals(before)).toBe(true);
    fs.chmodSync(file, 0o666);
    await asNobody(() =>
      expect(File.open(file, 'r+', { journal: true })).rejects.toThrow(
        /Could not lock the file for writing: EACCES/,
      ),
    );
    fs.chmodSync(path.dirname(file), 0o755);
    expect(await lengthIn(file)).toBe(5000);
  });

  it('does not touch a file that the journal is not of', async () => {
    const { file, journal } = await crashed('recorded');
    {
      const other = path.join(path.dirname(file), 'other.h5');
      using writing = await File.open(other, 'w');
      writing.set('x', new Uint8Array(20_000));
      writing.close();
      fs.renameSync(other, file);
    }
    const before = fs.readFileSync(file);
    await expect(recover(file)).rejects.toThrow(StorageError);
    await expect(recover(file)).rejects.toThrow(/isn't of this file.*Delete the journal/);
    await expect(File.open(file, 'r+')).rejects.toThrow(/isn't of this file/);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
    expect(fs.existsSync(journal)).toBe(true);
  });

  it('refuses a file that has lost its end', async () => {
    const { file } = await crashed('recorded');
    fs.truncateSync(file, fs.statSync(file).size - 1);
    await expect(recover(file)).rejects.toThrow(/changed or replaced/);
  });

  it('leaves a file alone that only has the name of a journal', async () => {
    const { file, journal } = await crashed('recorded');
    fs.writeFileSync(journal, 'notes of mine');
    await expect(recover(file)).rejects.toThrow(/found something else.*in the way/);
    expect(fs.readFileSync(journal, 'utf8')).toBe('notes of mine');
  });

  it('takes along what was being built, and a journal whose file is gone', async () => {
    const { file, journal } = await crashed('recorded');
    fs.writeFileSync(`${file}-new.1`, 'half a file');
    fs.writeFileSync(`${file}-new.h5`, 'mine');
    fs.rmSync(file);
    (await File.open(file, 'w', { journal: true })).close();
    expect(fs.existsSync(journal)).toBe(false);
    const left = fs.readdirSync(path.dirname(file)).filter((name) => name.startsWith('file'));
    expect(left.sort()).toEqual(['file.h5', 'file.h5-new.h5']);
  });
});

describeWithH5py('h5py', () => {
  it('reads what was recovered', async () => {
    const { file } = await crashed('partly applied');
    await recover(file);
    expect(await h5py.run(`result = h5py.File(data)['x'].shape`, file)).toEqual([5000]);
  });
});
