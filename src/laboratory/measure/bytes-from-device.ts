import { readFileSync } from 'node:fs';

/**
 * Bytes that this process has made the system fetch from storage so far: what the page cache had isn't
 * in it. Undefined where the system doesn't tell (only Linux does, in `/proc/self/io`).
 */
export function bytesFromDevice(): number | undefined {
  try {
    const found = /^read_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}
