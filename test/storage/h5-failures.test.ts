import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { StorageError } from '#src/errors.js';
import type { H5File } from '#src/storage/h5.js';
import { openH5 } from '#src/storage/h5.js';
import { temporaryDirectory } from '../support/temp.js';
import { fillDiskAfter, systemError } from './failing-disk.js';

/** Everything that an ingest does to a file. */
async function fill(h5: H5File): Promise<void> {
  const shape = [0, 32, 32, 3];
  const maxShape = [null, 32, 32, 3];
  h5.createDataset('/images', { dtype: 'uint8', shape, maxShape, chunkShape: [1, 32, 32, 1] });
  h5.createDataset('/ids', { dtype: 'string', shape: [0], maxShape: [null], chunkShape: [64] });
  for (let n = 0; n < 40; n += 20) {
    h5.resize('/images', [n + 20, 32, 32, 3]);
    for (const channel of [0, 1, 2]) {
      const planes = new Uint8Array(20 * 32 * 32).fill(n + channel);
      h5.writeSlice('/images', [n, 0, 0, channel], [20, 32, 32, 1], planes);
    }
    h5.resize('/ids', [n + 20]);
    h5.writeStrings(
      '/ids',
      n,
      Array.from({ length: 20 }, (_, i) => `image ${n + i}`),
    );
    h5.writeAttribute('/ids', 'names', ['a', 'b', `c${n}`]);
    await h5.commit();
  }
}

async function outcome(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectNoSpace(error: unknown): void {
  expect(error).toBeInstanceOf(StorageError);
  expect((error as Error).message).toMatch(/ENOSPC: no space left on device/);
  expect(((error as Error).cause as NodeJS.ErrnoException).code).toBe('ENOSPC');
}

describe('when the disk is full', () => {
  it('the call, the commit or the closing fails with the cause, wherever it fills up', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const whole = await openH5(file, 'w', { durability: 'process' });
    await fill(whole);
    await whole.close();
    const { size } = fs.statSync(file);

    const bytes = fc.oneof(fc.nat(2 * size), fc.nat(4096));
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(bytes, async (room) => {
        const h5 = await openH5(file, 'w', { durability: 'process' });
        const disk = fillDiskAfter(room);
        const filling = await outcome(() => fill(h5));
        const closing = await outcome(() => h5.close());
        disk.restore();
        const error = filling ?? closing;
        if (error === undefined) {
          const again = await openH5(file, 'r');
          expect(again.readStrings('/ids')).toHaveLength(40);
          expect(again.readSlice('/images', [39, 31, 31, 0], [1, 1, 1, 3])).toEqual(
            Uint8Array.of(20, 21, 22),
          );
          await again.close();
        } else {
          failures++;
          expectNoSpace(error);
          // Reported once: closing then only releases.
          expect(filling === undefined || closing === undefined).toBe(true);
        }
      }),
      { numRuns: 60, examples: [[0], [1], [size - 1]] },
    );
    expect(failures).toBeGreaterThan(20);
  });

  it('refuses everything afterwards, even with room again, and writes nothing more', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w', { durability: 'process' });
    const disk = fillDiskAfter(50_000);
    expectNoSpace(await outcome(() => fill(h5)));
    disk.restore();

    const before = fs.readFileSync(file);
    expectNoSpace(await outcome(() => h5.commit()));
    expect(() => h5.readStrings('/ids')).toThrow(StorageError);
    expect(() => {
      h5.resize('/ids', [1]);
    }).toThrow(/out of use/);
    await h5.close();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  it('leaves HDF5 fit to make the file anew', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const descriptors = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const h5 = await openH5(file, 'w');
    const disk = fillDiskAfter(10_000);
    expectNoSpace(await outcome(() => fill(h5)));
    await h5.close();
    disk.restore();
    const again = await openH5(file, 'w');
    await fill(again);
    await again.close();
    expect(descriptors()).toBe(before);
    const reading = await openH5(file, 'r');
    expect(reading.readStrings('/ids')).toHaveLength(40);
    await reading.close();
  });
});

describe('when the device fails', () => {
  it('a failed fsync fails the commit, for good', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w', { durability: 'full' });
    const failing = (_descriptor: number, done: fs.NoParamCallback): void => {
      done(systemError('EIO', 'i/o error, fsync'));
    };
    const spy = vi.spyOn(fs, 'fsync').mockImplementation(failing);
    onTestFinished(() => {
      spy.mockRestore();
    });
    await expect(h5.commit()).rejects.toThrow(/EIO/);
    spy.mockRestore();
    await expect(h5.commit()).rejects.toThrow(/EIO/);
    await h5.close();
  });

  it('syncs at every commit and at closing, and never with durability process', async () => {
    const directory = await temporaryDirectory();
    const spy = vi.spyOn(fs, 'fsync');
    onTestFinished(() => {
      spy.mockRestore();
    });
    const counts: number[] = [];
    for (const durability of ['full', 'process'] as const) {
      spy.mockClear();
      const h5 = await openH5(path.join(directory, durability), 'w', { durability });
      await h5.commit();
      counts.push(spy.mock.calls.length);
      await h5.commit();
      counts.push(spy.mock.calls.length);
      await h5.close();
      counts.push(spy.mock.calls.length);
    }
    // The first commit of a new file syncs its directory too.
    expect(counts).toEqual([2, 3, 4, 0, 0, 0]);
  });

  it('syncs likewise at closing without waiting, whose failure is told', async () => {
    const directory = await temporaryDirectory();
    const spy = vi.spyOn(fs, 'fsyncSync');
    onTestFinished(() => {
      spy.mockRestore();
    });
    const counts: number[] = [];
    for (const durability of ['full', 'process'] as const) {
      spy.mockClear();
      const h5 = await openH5(path.join(directory, durability), 'w', { durability });
      h5.flush();
      counts.push(spy.mock.calls.length);
      h5.closeSync();
      counts.push(spy.mock.calls.length);
    }
    expect(counts).toEqual([0, 2, 0, 0]);

    const h5 = await openH5(path.join(directory, 'failing'), 'w');
    spy.mockImplementation(() => {
      throw systemError('EIO', 'i/o error, fsync');
    });
    expect(() => {
      h5.closeSync();
    }).toThrow(/Could not sync the file: EIO/);
    expect(h5.closed).toBe(true);
    h5.closeSync();
  });

  it('a failed write is told once, by closing without waiting too', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w');
    h5.createGroup('/x');
    const disk = fillDiskAfter(10);
    expect(() => {
      h5.flush();
    }).toThrow(/ENOSPC/);
    disk.restore();
    h5.closeSync();
    expect(h5.closed).toBe(true);
  });

  it('a failed read is an error that names the file', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    const h5 = await openH5(file, 'w');
    await fill(h5);
    await h5.close();
    const reading = await openH5(file, 'r');
    const spy = vi.spyOn(fs, 'readSync').mockImplementation(() => {
      throw systemError('EIO', 'i/o error, read');
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
    const read = (): unknown => reading.readSlice('/images', [0, 0, 0, 0], [1, 32, 32, 1]);
    expect(read).toThrow(StorageError);
    expect(read).toThrow(file);
    expect(read).toThrow(/EIO/);
    spy.mockRestore();
    await reading.close();
  });
});
