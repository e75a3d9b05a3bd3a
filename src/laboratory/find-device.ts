import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NotFoundError } from '../errors.js';

/** What the system tells of the device under a path. What it doesn't tell is undefined. */
export interface FoundDevice {
  /** The path with links resolved. */
  readonly path: string;
  readonly mountPoint?: string;
  /** `ext4`, `xfs`, `nfs4`, … */
  readonly fileSystem?: string;
  /** Name of the whole disk in the kernel, `sda`, `nvme0n1`. */
  readonly disk?: string;
  /** Maker's name of the model. */
  readonly model?: string;
  /** Whether it turns, as the kernel believes: virtual disks often claim what their host isn't. */
  readonly rotational?: boolean;
  /** The kernel's I/O scheduler. */
  readonly scheduler?: string;
  /** Bytes of the disk. */
  readonly capacity?: number;
  /** Whether it is a disk of a virtual machine: what lies below isn't known. */
  readonly virtual?: boolean;
  /** Why more isn't known, in words for the user. */
  readonly unknown?: string;
}

/**
 * Finds the disk under a path, on Linux by `/proc/self/mountinfo` and `/sys/dev/block`. Elsewhere, and
 * for file systems without a disk of their own (tmpfs, NFS, overlays), it says what it can't know.
 *
 * @param roots where `/proc` and `/sys` are, for tests
 * @throws NotFoundError if the path doesn't exist
 *
 * @example
 * await findDevice('/data/images.h5'); // { fileSystem: 'ext4', disk: 'sda', rotational: true, … }
 */
export async function findDevice(
  path: string,
  roots: { readonly proc?: string; readonly sys?: string } = {},
): Promise<FoundDevice> {
  const { proc = '/proc', sys = '/sys' } = roots;
  const resolved = await resolvePath(path);
  const table = await textOf(join(proc, 'self/mountinfo'));
  if (table === undefined) {
    return {
      path: resolved,
      unknown: `Which disk a file lies on isn't told on ${process.platform}`,
    };
  }
  const mount = mountOf(resolved, parseMounts(table));
  if (mount === undefined) return { path: resolved, unknown: 'No mount holds the path' };
  const { mountPoint, fileSystem } = mount;
  const found = { path: resolved, mountPoint, fileSystem };
  const directory = await diskDirectory(sys, mount);
  return directory === undefined
    ? { ...found, unknown: `A ${fileSystem} mount has no disk of its own that the kernel shows` }
    : { ...found, ...(await describeDisk(directory)) };
}

interface Mount {
  readonly number: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
}

async function resolvePath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new NotFoundError('There is nothing at this path', { place: { file: path }, cause });
  }
}

/** Lines of `mountinfo`: id, parent, major:minor, root, mount point, options, …, `-`, type, source. */
function parseMounts(table: string): Mount[] {
  return table.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    if (before === undefined || after === undefined) return [];
    const [, , number, , mountPoint] = before.split(' ');
    const [fileSystem, source] = after.split(' ');
    if (number === undefined || mountPoint === undefined) return [];
    if (fileSystem === undefined || source === undefined) return [];
    return [{ number, mountPoint: unescape(mountPoint), fileSystem, source: unescape(source) }];
  });
}

/** Blanks and backslashes are written in octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** The mount that holds a path: the longest mount point, of equals the last mounted. */
function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    if (path !== mount.mountPoint && !path.startsWith(prefix)) continue;
    if (mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}

/** The kernel's directory of the whole disk under a mount: by number, or else by name (btrfs). */
async function diskDirectory(sys: string, mount: Mount): Promise<string | undefined> {
  const candidates = [
    join(sys, 'dev/block', mount.number),
    join(sys, 'class/block', basename(mount.source)),
  ];
  for (const candidate of candidates) {
    const target = await linkTarget(candidate);
    if (target === undefined) continue;
    const partition = (await textOf(join(target, 'partition'))) !== undefined;
    return partition ? dirname(target) : target;
  }
  return undefined;
}

async function linkTarget(link: string): Promise<string | undefined> {
  try {
    return join(dirname(link), await readlink(link));
  } catch {
    return undefined;
  }
}

async function describeDisk(directory: string): Promise<Partial<FoundDevice>> {
  const read = async (file: string): Promise<string | undefined> =>
    (await textOf(join(directory, file)))?.trim();
  const disk = basename(directory);
  const rotational = await read('queue/rotational');
  const scheduler = await read('queue/scheduler');
  const [sectors, model] = [await read('size'), await read('device/model')];
  const virtual = /^(vd|xvd|nbd|rbd)/.test(disk) || /virtual|qemu|vmware/i.test(model ?? '');
  return {
    disk,
    virtual,
    ...(model === undefined || model === '' ? {} : { model }),
    ...(rotational === undefined ? {} : { rotational: rotational === '1' }),
    // The one in use stands in brackets; a single one may stand without.
    ...(scheduler === undefined ? {} : { scheduler: /\[(.+)\]/.exec(scheduler)?.[1] ?? scheduler }),
    ...(sectors === undefined ? {} : { capacity: Number(sectors) * 512 }),
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
