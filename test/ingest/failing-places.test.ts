import fs from 'node:fs';
import path from 'node:path';

import { createIngester, ingestFolder, recover, StorageError, verifyFile } from 'planefeed';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { shell, planefeed, stackTrace } from '../support/cli.js';
import { writePngFolder } from '../support/images.js';
import { asOtherUser, NOBODY, noOtherUser } from '../support/other-user.js';
import { mountSmallDisk, noFileLimit, noSmallDisk, type SmallDisk } from '../support/small-disk.js';
import { sharedDirectory, temporaryDirectory, type SharedDirectory } from '../support/temp.js';

const COUNT = 40;
const size = { height: 64, width: 64 };

let temp: SharedDirectory;
let photos: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  fs.chmodSync(temp.path, 0o755);
  photos = path.join(temp.path, 'photos');
  const names = Array.from({ length: COUNT }, (_, i) => `class ${i % 2}/${i}`);
  await writePngFolder(photos, names, size.height, size.width);
});
afterAll(() => temp.remove());

/** Loudly skipped where the machine can't do it. */
function describeUnless(missing: string | undefined, name: string, body: () => void): void {
  if (missing === undefined) describe(name, body);
  else describe.skip(`${name} [${missing}]`, body);
}

function smallDisk(bytes: string): SmallDisk {
  const disk = mountSmallDisk(bytes);
  onTestFinished(() => {
    disk.remove();
  });
  return disk;
}

/** Whole commits of four images are in `file`, some but not all; with room, the rest comes. */
async function expectCommitted(file: string, makeRoom: () => void): Promise<void> {
  const left = await verifyFile(file);
  expect(left).toMatchObject({ sound: true, journal: 'complete' });
  expect(left.images! % 4).toBe(0);
  expect(left.images).toBeGreaterThan(0);
  expect(left.images).toBeLessThan(COUNT);

  // Recovering needs no room.
  expect((await recover(file)).outcome).toBe('completed');
  expect(await verifyFile(file)).toMatchObject({
    sound: true,
    journal: 'none',
    images: left.images,
  });

  makeRoom();
  const report = await ingestFolder(photos, file, { durability: 'process' });
  expect(report.added).toBe(COUNT - left.images!);
  expect(await verifyFile(file)).toMatchObject({ sound: true, verified: 3 * COUNT });
}

describeUnless(noSmallDisk, 'a full disk', () => {
  it('ends an ingest with words and exit code 1; what was committed stays', async () => {
    const disk = smallDisk('256k');
    const file = path.join(disk.path, 'photos.h5');
    const args = ['ingest', photos, file, '--size', '64x64', '--commit-every', '4'];
    const { status, stderr } = await planefeed(args);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^planefeed: Could not .*: ENOSPC: no space left on device.*photos\.h5/m,
    );
    expect(stderr).not.toMatch(stackTrace);
    await expectCommitted(file, () => {
      disk.remount('size=4m');
    });
  });

  it('wherever it fills up, whole commits are left', async () => {
    for (const kilobytes of [96, 132, 164, 208]) {
      const disk = smallDisk(`${kilobytes}k`);
      const file = path.join(disk.path, 'photos.h5');
      await expect(
        ingestFolder(photos, file, { ...size, commitEvery: 4, durability: 'process' }),
      ).rejects.toThrow(/ENOSPC/);
      const { sound, images } = await verifyFile(file);
      expect({ sound, rest: images! % 4 }).toEqual({ sound: true, rest: 0 });
    }
  });

  it('that has no room for a new file is left as it was', async () => {
    const disk = smallDisk('8k');
    const file = path.join(disk.path, 'photos.h5');
    await expect(ingestFolder(photos, file, size)).rejects.toThrow(/ENOSPC/);
    expect(fs.readdirSync(disk.path)).toEqual([]);
  });

  it('that is mounted to be read only can be read and verified, not written', async () => {
    const disk = smallDisk('4m');
    const file = path.join(disk.path, 'photos.h5');
    await ingestFolder(photos, file, { ...size, durability: 'process' });
    disk.remount('ro');
    await expect(ingestFolder(photos, file)).rejects.toThrow(/EROFS: read-only file system/);
    await expect(recover(file)).rejects.toThrow(/EROFS.* its folder has to be writable/);
    expect(await verifyFile(file)).toMatchObject({ sound: true, images: COUNT, journal: 'none' });
  });
});

describeUnless(noFileLimit, 'a limit on the size of files', () => {
  it('ends an ingest likewise', async () => {
    const file = path.join(await temporaryDirectory(), 'photos.h5');
    const { status, stderr } = await shell(
      `ulimit -f 200; $planefeed ingest '${photos}' '${file}' --size 64x64 --commit-every 4`,
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^planefeed: Could not .*: EFBIG: file too large.*photos\.h5/m);
    await expectCommitted(file, () => undefined);
  });
});

describe('a directory', () => {
  it('in place of the file is named', async () => {
    const folder = path.join(await temporaryDirectory(), 'photos.h5');
    fs.mkdirSync(folder);
    await expect(ingestFolder(photos, folder, size)).rejects.toThrow(/found a directory/);
    await expect(recover(folder)).rejects.toThrow(/found a directory/);
    await expect(verifyFile(folder)).rejects.toThrow(/Expected a regular file/);
    expect(fs.readdirSync(path.dirname(folder))).toEqual(['photos.h5']);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it.each(['journal', 'lock'])(
    'in place of the %s is named, and nothing is changed',
    async (name) => {
      const file = path.join(await temporaryDirectory(), 'photos.h5');
      await ingestFolder(photos, file, { ...size, durability: 'process' });
      const before = fs.readFileSync(file);
      fs.mkdirSync(`${file}-${name}`);
      for (const open of [
        (): Promise<unknown> => ingestFolder(photos, file),
        recover,
        verifyFile,
      ]) {
        const error: unknown = await open(file).catch((failure: unknown) => failure);
        expect(error).toBeInstanceOf(StorageError);
        expect((error as Error).message).toContain(`photos.h5`);
        expect((error as Error).message).toMatch(/EISDIR/);
      }
      expect(fs.readFileSync(file).equals(before)).toBe(true);
    },
  );

  it('in place of the folder of a file that is in the way is named', async () => {
    const file = path.join(await temporaryDirectory(), 'photos.h5');
    fs.writeFileSync(file, 'something');
    await expect(ingestFolder(photos, path.join(file, 'inner.h5'), size)).rejects.toThrow(
      StorageError,
    );
    await expect(ingestFolder(photos, file, size)).rejects.toThrow(/no HDF5 signature/);
    expect(fs.readFileSync(file, 'utf8')).toBe('something');
  });
});

describeUnless(noOtherUser, 'without permission', () => {
  it('each command says so, exits 1, and changes nothing', async () => {
    const folder = path.join(temp.path, 'refused');
    fs.mkdirSync(folder);
    const whole = path.join(folder, 'whole.h5');
    // A writer that is killed leaves a journal.
    const ingester = await createIngester(whole, { ...size, durability: 'process' });
    await ingester.append({ id: 'a', pixels: new Uint8Array(64 * 64 * 3) });
    await ingester.commit();
    const copyTo = (name: string, mode: number, { journal = false } = {}): string => {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.copyFileSync(whole, file);
      fs.chmodSync(file, mode);
      if (journal) fs.copyFileSync(`${whole}-journal`, `${file}-journal`);
      return file;
    };
    const files = {
      readOnly: copyTo('read-only.h5', 0o444, { journal: true }),
      hidden: copyTo('hidden.h5', 0),
      inFolder: copyTo('folder/photos.h5', 0o644, { journal: true }),
    };
    const bytes = fs.readFileSync(whole);
    await ingester.close();
    if (process.getuid?.() === 0) {
      for (const name of ['.', 'folder', ...Object.values(files)]) {
        fs.chownSync(path.resolve(folder, name), NOBODY, NOBODY);
      }
    }
    fs.chmodSync(path.join(folder, 'folder'), 0o555);
    onTestFinished(() => {
      fs.chmodSync(path.join(folder, 'folder'), 0o755);
      fs.chmodSync(files.hidden, 0o644);
    });

    const cases: readonly (readonly [readonly string[], RegExp | 'sound'])[] = [
      [['ingest', photos, files.readOnly], /No permission to write the file .*read-only\.h5/],
      [['recover', files.readOnly], /Could not recover the file: EACCES.*read-only\.h5/],
      [['verify', files.readOnly], 'sound'],
      [['ingest', photos, files.hidden], /No permission to write the file .*hidden\.h5/],
      [['verify', files.hidden], /The file cannot be opened: EACCES.*hidden\.h5/],
      [['ingest', photos, files.inFolder], /EACCES.*folder has to be writable/],
      [['recover', files.inFolder], /EACCES.*folder has to be writable/],
      [['verify', files.inFolder], 'sound'],
    ];
    const outcomes = await asOtherUser(cases.map(([args]) => args));
    for (const [i, { status, stdout, stderr }] of outcomes.entries()) {
      const [args, expected] = cases[i]!;
      if (expected === 'sound') {
        expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
        expect(stdout).toMatch(/: sound\n(.*\n)*.*journal: left by .*planefeed recover/);
        continue;
      }
      expect({ args, status }).toEqual({ args, status: 1 });
      expect(stderr).toMatch(expected);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).not.toMatch(stackTrace);
    }
    fs.chmodSync(files.hidden, 0o644);
    for (const file of Object.values(files)) {
      expect(fs.readFileSync(file).equals(bytes)).toBe(true);
    }
  });
});
