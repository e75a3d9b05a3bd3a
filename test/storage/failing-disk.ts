/** Makes the disk fail beneath everything that writes through `node:fs`. */
import fs from 'node:fs';

import { onTestFinished, vi } from 'vitest';

/** An error as Node raises it. */
export function systemError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** After `bytes` more bytes every write fails with ENOSPC, until the test ends or `restore`. */
export function fillDiskAfter(bytes: number): { restore: () => void; attempts: () => number } {
  const write = fs.writeSync.bind(fs);
  let left = bytes;
  const failing = (
    descriptor: number,
    buffer: NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    position: number,
  ): number => {
    if (left <= 0) throw systemError('ENOSPC', 'no space left on device, write');
    const count = write(descriptor, buffer, offset, Math.min(length, left), position);
    left -= count;
    return count;
  };
  const spy = vi.spyOn(fs, 'writeSync').mockImplementation(failing as typeof fs.writeSync);
  const restore = (): void => {
    spy.mockRestore();
  };
  onTestFinished(restore);
  return { restore, attempts: () => spy.mock.calls.length };
}
