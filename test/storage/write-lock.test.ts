import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { createIngester, File, StorageError } from 'planefeed';
import { journalFiles, type JournalFiles } from '#src/storage/journal-files.js';
import { livingHolder, takeWriteLock, type LockHolder } from '#src/storage/write-lock.js';
import { temporaryDirectory } from '../support/temp.js';
import { systemError } from './failing-disk.js';

async function newFiles(): Promise<JournalFiles> {
  return journalFiles(path.join(await temporaryDirectory(), 'file.h5'));
}

function holderOf({ lock }: JournalFiles): LockHolder {
  return JSON.parse(fs.readFileSync(lock, 'utf8')) as LockHolder;
}

/** A lock as another process would have left it. */
function plantLock(files: JournalFiles, change: Partial<LockHolder>): void {
  const lock = takeWriteLock(files);
  const holder = { ...holderOf(files), token: crypto.randomUUID(), ...change };
  lock.release();
  fs.writeFileSync(files.lock, JSON.stringify(holder));
}

/** A process id that was in use and isn't any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return child.pid!;
}

describe('a lock', () => {
  it('is held once, names its holder, and leaves nothing behind', async () => {
    const files = await newFiles();
    const lock = takeWriteLock(files);
    expect(() => takeWriteLock(files)).toThrow(StorageError);
    expect(() => takeWriteLock(files)).toThrow(
      new RegExp(`being written by this process on ${os.hostname()}, since 20`),
    );
    expect(livingHolder(files)?.pid).toBe(process.pid);
    lock.release();
    expect(fs.readdirSync(files.folder)).toEqual([]);
    takeWriteLock(files).release();
  });

  it('is not taken from a living process, and its name is told', async () => {
    const files = await newFiles();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    plantLock(files, { pid: child.pid!, started: null });
    expect(() => takeWriteLock(files)).toThrow(new RegExp(`process ${child.pid!} on`));
  });

  it('passes on when its holder is dead, also when its number is used again', async () => {
    const files = await newFiles();
    for (const change of [
      { pid: await deadPid() },
      { pid: process.pid, started: '1' },
      { pid: process.pid, boot: 'an earlier one' },
    ]) {
      plantLock(files, change);
      expect(livingHolder(files)).toBeUndefined();
      const lock = takeWriteLock(files);
      expect(livingHolder(files)?.token).toBe(holderOf(files).token);
      expect(() => takeWriteLock(files)).toThrow(/this process/);
      lock.release();
      expect(fs.readdirSync(files.folder)).toEqual([]);
    }
  });

  it('of another machine, or that is none, is left alone', async () => {
    const files = await newFiles();
    plantLock(files, { pid: await deadPid(), host: 'elsewhere' });
    expect(() => takeWriteLock(files)).toThrow(/on elsewhere.*delete .*file\.h5-lock/s);
    fs.writeFileSync(files.lock, 'mine');
    expect(() => takeWriteLock(files)).toThrow(/found something else/);
    expect(fs.readFileSync(files.lock, 'utf8')).toBe('mine');
  });

  it('passes on along heirs that died before they had it', async () => {
    const files = await newFiles();
    plantLock(files, { pid: await deadPid() });
    const dead = holderOf(files);
    const heir = `${files.lock}.${dead.token}`;
    fs.writeFileSync(heir, JSON.stringify({ ...dead, token: crypto.randomUUID() }));
    const lock = takeWriteLock(files);
    lock.release();
    expect(fs.readdirSync(files.folder)).toEqual([]);
  });

  it('is taken on file systems without hard links, too', async () => {
    const files = await newFiles();
    const spy = vi.spyOn(fs, 'linkSync').mockImplementation(() => {
      throw systemError('EPERM', 'operation not permitted, link');
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
    const lock = takeWriteLock(files);
    expect(() => takeWriteLock(files)).toThrow(/this process/);
    lock.release();
    plantLock(files, { pid: await deadPid() });
    takeWriteLock(files).release();
    expect(fs.readdirSync(files.folder)).toEqual([]);
  });

  it('of a dead process goes to one of many that want it', async () => {
    const files = await newFiles();
    const module = new URL('../../dist/storage/', import.meta.url).href;
    const script = `
      const { journalFiles } = await import('${module}journal-files.js');
      const { takeWriteLock } = await import('${module}write-lock.js');
      const files = journalFiles(process.argv[1]);
      process.stdout.write('ready');
      process.stdin.once('data', () => {
        try { takeWriteLock(files); process.stdout.write(' won'); }
        catch (error) { process.stdout.write(' ' + error.name); }
        process.stdin.once('data', () => process.exit());
      });`;
    const rivals = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, files.file]);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      return { child, output: () => output };
    });
    const until = async (pattern: RegExp): Promise<void> => {
      while (!rivals.every(({ output }) => pattern.test(output()))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await until(/ready/);
    plantLock(files, { pid: await deadPid() });
    for (const { child } of rivals) child.stdin.write('go\n');
    await until(/won|Error/);
    expect(rivals.filter(({ output }) => output().includes('won'))).toHaveLength(1);
    for (const { child } of rivals) child.stdin.write('end\n');
    await Promise.all(rivals.map(({ child }) => once(child, 'close')));
  });
});

describe('a file that is being written', () => {
  it('refuses a second writer of any kind, and nobody who reads', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await using ingester = await createIngester(file, { height: 2, width: 2 });
    await ingester.append({ id: 'a', className: 'x', pixels: new Uint8Array(12) });
    await ingester.commit();
    await expect(createIngester(file)).rejects.toThrow(/being written by this process/);
    await expect(File.open(file, 'r+')).rejects.toThrow(/being written by this process/);
    await expect(File.open(file, 'w', { journal: true })).rejects.toThrow(/being written/);
    using reading = await File.open(file);
    expect(reading.dataset('ids').length).toBe(1);
  });

  it('is known by all its names', async () => {
    const folder = await temporaryDirectory();
    const file = path.join(folder, 'file.h5');
    const link = path.join(folder, 'link.h5');
    (await File.open(file, 'w')).close();
    fs.symlinkSync(file, link);
    using writing = await File.open(link, 'r+', { journal: true });
    writing.set('x', [1]);
    await expect(File.open(file, 'r+', { journal: true })).rejects.toThrow(/being written/);
  });
});
