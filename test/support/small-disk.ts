/** A file system with little room, where the tests may mount one. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Why none can be mounted, or `undefined`. */
export const noSmallDisk: string | undefined = find();

/** Why processes can't be kept from writing large files, or `undefined`. */
export const noFileLimit: string | undefined =
  spawnSync('bash', ['-c', 'ulimit -f 200'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'there is no bash with ulimit';

export interface SmallDisk {
  readonly path: string;
  /** Changes how much room there is, or whether it can be written. */
  remount(options: string): void;
  remove(): void;
}

/** @param bytes in all: `256k` */
export function mountSmallDisk(bytes: string): SmallDisk {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'planefeed-disk-'));
  const mount = (options: string): boolean =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' })
      .status === 0;
  if (!mount(`size=${bytes}`)) {
    fs.rmdirSync(folder);
    throw new Error('A tmpfs could not be mounted');
  }
  return {
    path: folder,
    remount: (options) => {
      if (!mount(`remount,${options}`)) throw new Error(`It could not be remounted ${options}`);
    },
    remove: () => {
      spawnSync('umount', [folder], { stdio: 'ignore' });
      fs.rmdirSync(folder);
    },
  };
}

function find(): string | undefined {
  if (process.platform !== 'linux') return 'there is no tmpfs';
  try {
    mountSmallDisk('64k').remove();
    return undefined;
  } catch {
    return 'only root may mount one';
  }
}
