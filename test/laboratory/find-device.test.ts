import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NotFoundError } from '#src/errors.js';
import { findDevice } from '#src/laboratory/find-device.js';
import { temporaryDirectory } from '../support/temp.js';

/** A `/proc` and a `/sys` that say what a test wants, and a place whose mount they describe. */
async function pretend(options: {
  readonly mounts: (place: string) => readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
}): Promise<{ place: string; roots: { proc: string; sys: string } }> {
  const root = await temporaryDirectory();
  const place = join(root, 'data');
  await mkdir(place);
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  await write(join(root, 'proc/self/mountinfo'), options.mounts(place).join('\n') + '\n');
  for (const [path, text] of Object.entries(options.files ?? {})) {
    await write(join(root, 'sys', path), text);
  }
  for (const [link, target] of Object.entries(options.links ?? {})) {
    await mkdir(dirname(join(root, 'sys', link)), { recursive: true });
    await symlink(target, join(root, 'sys', link));
  }
  return { place, roots: { proc: join(root, 'proc'), sys: join(root, 'sys') } };
}

describe('finding the device under a path', () => {
  it('follows a partition to its disk', async () => {
    const { place, roots } = await pretend({
      mounts: (at) => [
        '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
        `30 22 8:17 / ${at} rw,relatime - xfs /dev/sdb1 rw`,
      ],
      files: {
        'devices/ata2/block/sdb/queue/rotational': '1\n',
        'devices/ata2/block/sdb/queue/scheduler': 'none [mq-deadline] kyber\n',
        'devices/ata2/block/sdb/device/model': 'WDC WD4003FRYZ-0\n',
        'devices/ata2/block/sdb/size': '7814037168\n',
        'devices/ata2/block/sdb/sdb1/partition': '1\n',
      },
      links: { 'dev/block/8:17': '../../devices/ata2/block/sdb/sdb1' },
    });
    expect(await findDevice(place, roots)).toEqual({
      path: place,
      mountPoint: place,
      fileSystem: 'xfs',
      disk: 'sdb',
      model: 'WDC WD4003FRYZ-0',
      rotational: true,
      scheduler: 'mq-deadline',
      capacity: 7814037168 * 512,
      virtual: false,
    });
  });

  it('finds by name the disk of a file system that has a number of its own', async () => {
    const { place, roots } = await pretend({
      mounts: () => ['22 1 0:29 /@ / rw,relatime - btrfs /dev/nvme0n1p2 rw,ssd'],
      files: {
        'devices/nvme/nvme0n1/queue/rotational': '0\n',
        'devices/nvme/nvme0n1/queue/scheduler': 'none\n',
        'devices/nvme/nvme0n1/nvme0n1p2/partition': '2\n',
      },
      links: { 'class/block/nvme0n1p2': '../../devices/nvme/nvme0n1/nvme0n1p2' },
    });
    expect(await findDevice(place, roots)).toMatchObject({
      disk: 'nvme0n1',
      rotational: false,
      scheduler: 'none',
    });
  });

  it('takes the longest mount point, and knows blanks in it', async () => {
    const { place, roots } = await pretend({
      mounts: (at) => [
        '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
        `23 22 0:40 / ${at.replace(/data$/, 'da')} rw - tmpfs tmpfs rw`,
        `24 22 0:41 / ${at}/my\\040disk rw - nfs4 server:/export rw`,
      ],
    });
    const inside = join(place, 'my disk');
    await mkdir(inside);
    expect(await findDevice(inside, roots)).toEqual({
      path: inside,
      mountPoint: inside,
      fileSystem: 'nfs4',
      unknown: 'A nfs4 mount has no disk of its own that the kernel shows',
    });
    expect(await findDevice(place, roots)).toMatchObject({ mountPoint: '/', fileSystem: 'ext4' });
  });

  it('says that it doesn’t know where nothing tells', async () => {
    const { place } = await pretend({ mounts: () => [] });
    const found = await findDevice(place, { proc: join(place, 'none') });
    expect(found).toEqual({
      path: place,
      unknown: expect.stringContaining("isn't told") as string,
    });
  });

  it('refuses a path where nothing is', async () => {
    await expect(findDevice('/no/such/place')).rejects.toThrow(NotFoundError);
  });

  it('works on this machine', async () => {
    const found = await findDevice('.');
    expect(found.path).toBe(process.cwd());
    if (found.unknown === undefined) expect(found.disk).toMatch(/\w/);
  });
});
