/** Reading a file while commits are made to it: each state that a reader may meet, made by hand. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { committedReads, type CommittedReads } from '#src/storage/committed-reads.js';
import { journalFiles, type JournalFiles } from '#src/storage/journal-files.js';
import { encodeRecord } from '#src/storage/journal-record.js';
import { takeWriteLock } from '#src/storage/write-lock.js';
import { temporaryDirectory } from '../support/temp.js';

const BYTES = 1024;

let files: JournalFiles;
let reads: CommittedReads;
beforeEach(async () => {
  const file = join(await temporaryDirectory(), 'growing.h5');
  writeFileSync(file, 'a'.repeat(BYTES));
  files = journalFiles(file);
  const descriptor = openSync(file, 'r');
  onTestFinished(() => {
    closeSync(descriptor);
  });
  reads = committedReads(file, descriptor);
});

describe('what is read while a file is written', () => {
  it('is read once where nobody commits', async () => {
    const got = logged();
    expect(await reads.consistently(got.read)).toBe('a');
    expect(got.seen).toEqual(['a']);
  });

  it('waits for a commit that is being carried out', async () => {
    takeWriteLock(files);
    writeFileSync(files.journal, record('b'));
    const got = logged();
    const reading = reads.consistently(got.read);
    await setTimeout(30);
    expect(got.seen).toEqual([]);
    writeFileSync(files.file, 'b'.repeat(BYTES));
    expect(await reading).toBe('b');
    // The record stays until the next commit, and keeps nobody waiting.
    expect(await reads.consistently(got.read)).toBe('b');
    expect(got.seen).toEqual(['b', 'b']);
  });

  it('waits for a record that is being written, unless its writer is dead', async () => {
    const lock = takeWriteLock(files);
    const whole = record('b');
    writeFileSync(files.journal, whole.subarray(0, whole.length - 10));
    const got = logged();
    const reading = reads.consistently(got.read);
    await setTimeout(30);
    expect(got.seen).toEqual([]);
    lock.release();
    // What isn't wholly recorded never came to be.
    expect(await reading).toBe('a');
  });

  it.each([
    ['the first of a session', undefined],
    ['a later one', 'a'],
  ])('is read again after a commit meanwhile, %s', async (_name, before) => {
    takeWriteLock(files);
    if (before !== undefined) writeFileSync(files.journal, record(before));
    const got = logged((times) => {
      if (times > 1) return;
      writeFileSync(files.journal, record('b'));
      writeFileSync(files.file, 'b'.repeat(BYTES));
    });
    expect(await reads.consistently(got.read)).toBe('b');
    expect(got.seen).toEqual(['a', 'b']);
  });

  it('fails with what isn’t the writer’s doing, and only with that', async () => {
    takeWriteLock(files);
    const torn = logged((times) => {
      if (times > 1) return;
      writeFileSync(files.journal, record('b'));
      writeFileSync(files.file, 'b'.repeat(BYTES));
      throw new Error('torn');
    });
    expect(await reads.consistently(torn.read)).toBe('b');
    const broken = logged(() => {
      throw new Error('broken');
    });
    await expect(reads.consistently(broken.read)).rejects.toThrow('broken');
    expect(broken.seen).toHaveLength(1);
  });

  it('is completed first where its writer died in the middle', async () => {
    const lock = takeWriteLock(files);
    writeFileSync(files.journal, record('b'));
    lock.release();
    const got = logged();
    expect(await reads.consistently(got.read)).toBe('b');
    expect(got.seen).toEqual(['b']);
  });
});

/** A reader of the first byte that notes what it has read; `then` is called with how often it has. */
function logged(then?: (times: number) => void): {
  readonly seen: string[];
  readonly read: () => Promise<string>;
} {
  const seen: string[] = [];
  return {
    seen,
    async read() {
      const got = readFileSync(files.file, 'latin1').slice(0, 1);
      seen.push(got);
      await setTimeout(1);
      then?.(seen.length);
      return got;
    },
  };
}

/** A commit that makes the file's bytes these. */
function record(byte: string): Uint8Array {
  const bytes = Buffer.from(byte.repeat(BYTES));
  // The superblock, by which the journal is known to be this file's: before or after.
  const superblock = Buffer.from('a'.repeat(48));
  return encodeRecord({
    ...{ sequence: 1, oldEnd: BYTES, newEnd: BYTES, superblockAt: 0 },
    oldSuperblock: superblock,
    newSuperblock: bytes.subarray(0, 48),
    zeros: { from: 0, to: 0 },
    extents: [{ position: 0, bytes }],
  });
}
