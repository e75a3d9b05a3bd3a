import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { IngestReport } from '#src/ingest/ingest-report.js';
import { openH5 } from '#src/storage/h5.js';
import { fromRaw, pattern, writeFolder, writePngFolder } from '../support/images.js';
import { temporaryDirectory } from '../support/temp.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `planefeed ingest …`; `started` gets the process id. */
function ingest(
  args: readonly string[],
  { preload, started }: { preload?: string; started?: (pid: number) => void } = {},
): Promise<Ended> {
  const node = preload === undefined ? [] : ['--import', preload];
  const child = spawn(process.execPath, [...node, main, 'ingest', ...args]);
  const ended: Ended = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
  started?.(child.pid!);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ ...ended, status });
    });
  });
}

async function makeWorkspace(): Promise<{ folder: string; file: string }> {
  const directory = await temporaryDirectory();
  const folder = path.join(directory, 'photos');
  await writePngFolder(folder, ['cats/1', 'cats/2', 'dogs/1']);
  return { folder, file: path.join(directory, 'photos.h5') };
}

async function idsOf(file: string): Promise<string[]> {
  const h5 = await openH5(file, 'r');
  const ids = h5.readStrings('/ids');
  await h5.close();
  return ids;
}

/** What a user must never see. */
const stackTrace = /^\s+at |HDF5-DIAG|#00\d/m;

describe('planefeed ingest', () => {
  it('exits 0 with every file in, and again with nothing to do', async () => {
    const { folder, file } = await makeWorkspace();
    const first = await ingest([folder, file, '--size', '8x6']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/3 images in 2 classes\nadded 3, skipped 0/);
    const second = await ingest([folder, file, '--size', '8x6', '--json']);
    expect(second.status).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ added: 0, skipped: 3, images: 3 });
    expect(await idsOf(file)).toEqual(['cats/1.png', 'cats/2.png', 'dogs/1.png']);
  });

  it('exits 2 when files were set aside, and lists them', async () => {
    const { folder, file } = await makeWorkspace();
    await writeFolder(folder, { 'dogs/x.png': 'no picture' });
    const plain = await ingest([folder, file, '--size', '8x6']);
    expect(plain.status).toBe(2);
    expect(plain.stdout).toMatch(/set aside: dogs\/x\.png: .*no known image format/);
    const json = await ingest([folder, file, '--size', '8x6', '--json']);
    expect(json.status).toBe(2);
    const report = JSON.parse(json.stdout) as IngestReport;
    expect(report.setAside).toMatchObject([{ id: 'dogs/x.png' }]);
  });

  it('passes its options on', async () => {
    const { folder, file } = await makeWorkspace();
    const options =
      '--fit contain --background black --max-pixels 1e6 --memory-limit 300MiB --frames all --channels rgba --placement channel --run 2 --commit-every 3';
    const { status } = await ingest([
      folder,
      file,
      '--size',
      '9x7',
      ...options.split(' '),
      '--durability',
      'process',
    ]);
    expect(status).toBe(0);
    const h5 = await openH5(file, 'r');
    expect(h5.dataset('/images').shape).toEqual([3, 9, 7, 4]);
    const stored = ['fit', 'background', 'channels', 'placement', 'run'].map((name) =>
      h5.readAttribute('/images', name),
    );
    expect(stored).toEqual(['contain', 'black', 'rgba', 'channel', 2]);
    await h5.close();
  });

  it('keeps a dtype, divides, and leaves out duplicates, which it lists', async () => {
    const { folder, file } = await makeWorkspace();
    fs.copyFileSync(path.join(folder, 'cats/1.png'), path.join(folder, 'dogs/copy.png'));
    const options = ['--size', '8x6', '--dtype', 'uint16', '--split', 'a=1/3,b=2/3', '--dedupe'];
    const { status, stdout } = await ingest([folder, file, ...options]);
    expect(status).toBe(0);
    expect(stdout).toContain('added 3, skipped 0 that were in, duplicates 1, set aside 0');
    expect(stdout).toContain('duplicate: dogs/copy.png: its pixels are those of cats/1.png');
    await using h5 = await openH5(file, 'r');
    expect(h5.dataset('/images')).toMatchObject({ dtype: 'uint16', shape: [3, 8, 6, 3] });
    expect(h5.dataset('/split').shape).toEqual([3]);
    expect(h5.readAttribute('/split', 'names')).toEqual(['a', 'b']);
  });

  it('exits 1 with one line that says what is wrong', async () => {
    const { folder, file } = await makeWorkspace();
    await ingest([folder, file, '--size', '8x6']);
    const text = path.join(path.dirname(file), 'text.h5');
    fs.writeFileSync(text, 'text');
    const cases: [string[], RegExp][] = [
      [[`${folder}x`, file, '--size', '8x6'], /^planefeed: Expected images, found no such/],
      [[folder, file, '--size', '8x7'], /^planefeed: The file's width is 6, not 7/],
      [[folder, text, '--size', '8x6'], /^planefeed: .*no HDF5 signature/],
      [[folder, folder, '--size', '8x6'], /^planefeed: .*found a directory/],
      [[folder, `${file}2`], /^planefeed: Expected a height and a width/],
      [[folder, file, '--size', '8'], /^error: .*HEIGHTxWIDTH/],
      [[folder, file, '--size', '8x6', '--run', '0'], /^error: .*above 0/],
      [[folder, file, '--size', '8x6', '--fit', 'squeeze'], /^error: .*Allowed choices/],
      [[folder, file, '--size', '8x6', '--memory-limit', 'much'], /^error: .*number of bytes/],
    ];
    for (const [args, message] of cases) {
      const ended = await ingest(args);
      expect(ended.status, args.join(' ')).toBe(1);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(ended.stdout).toBe('');
    }
    const json = await ingest([folder, file, '--size', '8x7', '--json']);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { tag: 'invalid-option' } });
  });

  it('exits 1 with the cause when writes fail', async () => {
    const { folder, file } = await makeWorkspace();
    // Beneath the command line, in its own process: Node's own write fails from 2,000 bytes on.
    const preload = `data:text/javascript,${encodeURIComponent(`
      import fs from 'node:fs';
      const write = fs.writeSync;
      let left = 2000;
      fs.writeSync = (fd, buffer, offset, length, position) => {
        if (fd <= 2) return write(fd, buffer, offset, length, position);
        if ((left -= length) < 0)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return write(fd, buffer, offset, length, position);
      };
    `)}`;
    const ended = await ingest([folder, file, '--size', '64x64'], { preload });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^planefeed: Could not .*ENOSPC: no space left on device/);
    expect(ended.stderr).toContain(file);
    expect(ended.stderr).not.toMatch(stackTrace);
    expect(ended.stdout).toBe('');
  });

  it('exits 1 with the cause on a disk that is really full', async ({ skip }) => {
    const { folder } = await makeWorkspace();
    const disk = await temporaryDirectory();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk], { stdio: 'pipe' });
    } catch (error) {
      console.warn(`\n!!! Not tested on a real full disk: mounting one failed: ${String(error)}\n`);
      skip('mounting a tmpfs failed');
    }
    onTestFinished(() => {
      execFileSync('umount', [disk]);
    });
    const ended = await ingest([folder, path.join(disk, 'photos.h5'), '--size', '200x200']);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^planefeed: Could not .*ENOSPC/);
    expect(ended.stderr).not.toMatch(stackTrace);
  });

  it('exits 130 on Ctrl-C with the file at a commit, and goes on from there', async () => {
    const { folder, file } = await makeWorkspace();
    const photo = await fromRaw(pattern(900, 900)).jpeg().toBuffer();
    const names = Array.from({ length: 300 }, (_, i) => `birds/${i}.jpg`);
    await writeFolder(folder, Object.fromEntries(names.map((name) => [name, photo])));
    const args = [folder, file, '--size', '32x32', '--commit-every', '10'];
    const ended = await ingest(args, {
      started: (pid) => {
        const timer = setInterval(() => {
          // Some commits of some 30 kB are in.
          if (!fs.existsSync(file) || fs.statSync(file).size < 100_000) return;
          clearInterval(timer);
          process.kill(pid, 'SIGINT');
        }, 5);
      },
    });
    expect(ended.status).toBe(130);
    expect(ended.stderr).toMatch(
      /planefeed: interrupted after \d+ of 303 files; .* run the same command/,
    );
    const before = await idsOf(file);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(303);
    expect(before.length % 10).toBe(0);

    const again = await ingest([...args, '--json']);
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ skipped: before.length, images: 303 });
    expect(await idsOf(file)).toEqual([...names, 'cats/1.png', 'cats/2.png', 'dogs/1.png'].sort());
  });
});

describe('planefeed', () => {
  it('takes several sources of any kind, keeps what it sets aside, and stops if it is told to', async () => {
    const { folder, file } = await makeWorkspace();
    const directory = path.dirname(file);
    await writeFolder(directory, {
      'photos/cats/bad.png': 'no picture',
      'list.txt': 'where,kind,weight\nphotos/dogs/1.png,dog,1\nphotos/cats/bad.png,cat,2\n',
    });
    const table = path.join(directory, 'list.txt');
    const chosen =
      '--source-type csv --image-column where --label-column kind --columns weight:float64';
    const kept = path.join(directory, 'kept');
    const options = ['--size', '8x6', '--quarantine', kept, ...chosen.split(' ')];
    const ended = await ingest([table, file, ...options]);
    expect(ended).toMatchObject({ status: 2, stderr: '' });
    expect(ended.stdout).toMatch(/set aside: photos\/cats\/bad.png \(list.txt, line 3\): /);
    expect(fs.readdirSync(kept)).toHaveLength(2);
    expect(await idsOf(file)).toEqual(['photos/dogs/1.png']);

    const both = [folder, file, `${file}2`, '--size', '8x6', '--columns', '', '--on-error', 'stop'];
    const stopped = await ingest(both);
    expect(stopped.status).toBe(3);
    expect(stopped.stderr).toMatch(/^planefeed: Stopped at 'cats\/bad.png': .*is at a commit\n$/);
    fs.rmSync(path.join(folder, 'cats/bad.png'));
    expect(await ingest(both)).toMatchObject({ status: 0 });
    expect(await idsOf(`${file}2`)).toEqual([
      'cats/1.png',
      'cats/2.png',
      'dogs/1.png',
      'photos/dogs/1.png',
    ]);
  });

  it('explains itself', () => {
    const help = execFileSync(process.execPath, [main, '--help'], { encoding: 'utf8' });
    expect(help).toMatch(/ingest/);
    expect(help).toMatch(/Exit codes:[\s\S]*Examples:/);
    const ofIngest = execFileSync(process.execPath, [main, 'ingest', '--help'], {
      encoding: 'utf8',
    });
    expect(ofIngest).toMatch(/--placement[\s\S]*--run[\s\S]*--commit-every[\s\S]*Examples:/);
    const version = execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
