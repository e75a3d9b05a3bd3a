import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** Whether a file's bytes were put out of the page cache, and how, in words for the user. */
export interface Coldness {
  readonly cold: boolean;
  readonly how: string;
}

/**
 * Puts an open file's bytes out of the page cache, so that the next reads come from the device.
 *
 * First by advice for this file alone (GNU `dd iflag=nocache`, that is `posix_fadvise`; no special
 * rights needed), else for the whole machine (`/proc/sys/vm/drop_caches`; root only). Bytes that
 * aren't on the device yet stay: sync first. What a hypervisor, a RAID controller or the disk itself
 * keeps is out of reach.
 *
 * @param control where the whole cache is dropped, for tests
 *
 * @example
 * const { cold, how } = await makeCold(fd); // { cold: true, how: 'its pages were dropped (dd iflag=nocache)' }
 */
export async function makeCold(fd: number, control: string = DROP_CACHES): Promise<Coldness> {
  if (process.platform !== 'linux') {
    return {
      cold: false,
      how: `The page cache can't be emptied by a program on ${process.platform}: reads may be warm`,
    };
  }
  try {
    const input = `if=/proc/${process.pid}/fd/${fd}`;
    await promisify(execFile)('dd', [input, 'iflag=nocache', 'count=0', 'status=none']);
    return { cold: true, how: 'its pages were dropped from the page cache (dd iflag=nocache)' };
  } catch {
    return dropAllCaches(control);
  }
}

function dropAllCaches(control: string): Coldness {
  try {
    writeFileSync(control, '1');
    return { cold: true, how: `the page cache was emptied (${control})` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return {
      cold: false,
      how:
        `The page cache could not be emptied: there is no GNU dd, and writing ` +
        `${control} failed (${code}). Reads may be warm; run as root, or install coreutils`,
    };
  }
}

const DROP_CACHES = '/proc/sys/vm/drop_caches';
