/** Parts of the cache appear whole or not at all. */
import { existsSync, mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { SetUpError } from './set-up-error.js';

/**
 * Lets `fill` make a directory beside `target` and gives it its name when it is complete. If
 * another run was faster, its result stays and ours goes.
 */
export function placeAtomically(target: string, fill: (directory: string) => void): void {
  const partial = join(dirname(target), `partial-${process.pid}-${basename(target)}`);
  rmSync(partial, { recursive: true, force: true });
  try {
    mkdirSync(partial, { recursive: true });
    fill(partial);
    if (!existsSync(target)) renameSync(partial, target);
  } catch (error) {
    throw asSetUpError(error, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** The process that owns a partial directory of this name. */
export function parkedBy(name: string): number | undefined {
  const match = /^partial-(\d+)-/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export function needFreeSpace(directory: string, megabytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < megabytes) {
    throw new SetUpError(
      `${megabytes} MB of free disk are needed in ${directory}, and there are ${free} MB ` +
        '(let $PLANEFEED_TFJS_CACHE name a directory on a larger disk)',
    );
  }
}

function asSetUpError(error: unknown, target: string): SetUpError {
  if (error instanceof SetUpError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new SetUpError(`could not write ${target}: ${reason}`, 'failure', error);
}
